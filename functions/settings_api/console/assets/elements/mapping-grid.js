// The mapping grid: a row per company, a column per connection. A grid in the sense of ARIA: one stop for Tab, arrows
// move between cells, Enter opens one. Only the rows in sight are in the document.
//
// Tells of a cell that was opened by a `cell-opened` event with `{company, column, anchor}`.

import { h, setAttribute, setText } from "../dom.js";
import { icon } from "../icons.js";
import { mark } from "../marks.js";
import { hasFocus, RowWindow } from "../row-window.js";
import { count } from "../words.js";
import { MappingRow } from "./mapping-row.js";

/** @typedef {import("../company-types.js").Company} Company */
/** @typedef {import("../mapping-columns.js").Column} Column */

/** As in mapping.css. */
const ROW = 44;
/** The row of the column heads. */
const HEAD = -1;

export class MappingGrid extends HTMLElement {
  #columns;
  #frame = h("div", { class: "grid-frame", role: "grid", "aria-label": "Companies and what they are linked to" });
  #heads;
  /** @type {Map<string, HTMLElement>} */
  #notes = new Map();
  #canvas = h("div", { class: "grid-canvas", role: "rowgroup" });
  /** @type {RowWindow<MappingRow>} */
  #window;
  /** @type {import("../paged-rows.js").PagedRows<Company> | null} */
  #rows = null;
  #active = { row: 0, column: 0 };
  /** What Tab stops at. @type {HTMLElement | null} */
  #stop = null;
  /** The cell whose picker is open. @type {HTMLElement | null} */
  #opened = null;

  /** @param {Column[]} columns */
  constructor(columns) {
    super();
    this.#columns = columns;
    this.#heads = [cornerHead(), ...columns.map((column, at) => this.#head(column, at + 2))];
    this.#window = new RowWindow({
      frame: this.#frame,
      canvas: this.#canvas,
      height: ROW,
      create: () => new MappingRow(columns),
      update: (row, index) => row.update(index, this.#rows?.at(index)),
      looking: (first, last) => this.#looking(first, last),
      holds: (row) => hasFocus(row) || row.contains(this.#opened),
    });
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    setAttribute(this.#frame, "aria-colcount", this.#columns.length + 1);
    this.#frame.style.setProperty("--columns", String(this.#columns.length));
    const heads = h("div", { class: "grid-heads", role: "row", "aria-rowindex": "1" }, this.#heads);
    this.#frame.append(h("div", { class: "grid-head", role: "rowgroup" }, heads), this.#canvas);
    this.#frame.addEventListener("focusin", (event) => this.#follow(event.target));
    this.#frame.addEventListener("keydown", (event) => this.#press(event));
    this.#frame.addEventListener("click", (event) => this.#openAt(event.target));
    this.#frame.addEventListener("pointerover", ({ target }) => {
      const row = target instanceof Element && target.closest("mapping-row");
      if (row instanceof MappingRow) row.hint(target);
    });
    this.append(this.#frame);
  }

  /** Another list, from its beginning. @param {import("../paged-rows.js").PagedRows<Company>} rows */
  set rows(rows) {
    this.#rows = rows;
    if (!this.contains(document.activeElement)) this.#active = { row: 0, column: 0 };
    this.#window.toTop();
    this.update();
  }

  /** Rows have come or changed. */
  update() {
    const length = this.#rows?.length || 0;
    setAttribute(this.#frame, "aria-rowcount", length + 1);
    this.#window.length = length;
  }

  /** @param {Record<string, number>} missing companies without a link, by connection */
  set missing(missing) {
    for (const { connector, off } of this.#columns) {
      const note = /** @type {HTMLElement} */ (this.#notes.get(connector));
      if (!off) setText(note, missing[connector] ? `${count(missing[connector])} not linked` : "All linked");
    }
  }

  /** Which cell has its picker open: its row stays in the document. @param {HTMLElement | null} cell */
  set opened(cell) {
    const before = this.#opened;
    this.#opened = cell;
    if (before) setAttribute(before, "aria-expanded", null);
    if (cell) setAttribute(cell, "aria-expanded", "true");
  }

  /** @param {Column} column @param {number} index */
  #head({ connector, name, short, off }, index) {
    const note = h("span", { class: off ? "head-note broken" : "head-note" });
    this.#notes.set(connector, note);
    if (off) note.append(icon("unlink"), "Disconnected", h("span", { class: "visually-hidden" }, `. ${off}`));
    return h(
      "div",
      {
        class: off ? "cell head off" : "cell head",
        role: "columnheader",
        "aria-colindex": index,
        tabindex: "-1",
        title: off ? `${name} is disconnected. ${off}` : name,
      },
      mark(connector, name),
      h("span", { class: "head-text" }, h("span", { class: "head-name" }, short), note),
    );
  }

  /** @param {number} first @param {number} last */
  #looking(first, last) {
    this.#rows?.want(first, last);
    const { row } = this.#active;
    if (row !== HEAD && !this.#window.row(row) && !hasFocus(this.#frame)) this.#active.row = this.#window.firstInSight;
    this.#moveStop();
  }

  /** @param {EventTarget | null} target */
  #follow(target) {
    const place = this.#placeOf(target);
    if (!place) return;
    this.#active = place;
    this.#moveStop();
  }

  /** @param {EventTarget | null} target */
  #placeOf(target) {
    if (!(target instanceof Element)) return null;
    const head = this.#heads.findIndex((one) => one.contains(target));
    if (head >= 0) return { row: HEAD, column: head };
    const row = target.closest("mapping-row");
    if (!(row instanceof MappingRow)) return null;
    return { row: row.index, column: Math.max(0, row.columnOf(target)) };
  }

  /** @returns {HTMLElement | undefined} */
  #target() {
    const { row, column } = this.#active;
    return row === HEAD ? this.#heads[column] : this.#window.row(row)?.target(column);
  }

  #moveStop() {
    const target = this.#target() || null;
    if (target === this.#stop && target?.tabIndex === 0) return;
    if (this.#stop) this.#stop.tabIndex = -1;
    if (target) target.tabIndex = 0;
    this.#stop = target;
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    if (event.altKey || event.metaKey) return;
    if (event.key === "Enter" || event.key === " ") {
      if (this.#active.column > 0 || event.key === " ") {
        event.preventDefault();
        if (!event.repeat) this.#openAt(event.target);
      }
      return;
    }
    const place = this.#placeAfter(event);
    if (!place) return;
    event.preventDefault();
    this.#goTo(place);
  }

  /** @param {KeyboardEvent} event */
  #placeAfter({ key, ctrlKey }) {
    const { row, column } = this.#active;
    const end = (this.#rows?.length || 0) - 1;
    const right = this.#columns.length;
    const page = this.#window.inSight;
    const down = (/** @type {number} */ by) => ({ row: Math.max(HEAD, Math.min(end, row + by)), column });
    const across = (/** @type {number} */ to) => ({ row, column: Math.max(0, Math.min(right, to)) });
    switch (key) {
      case "ArrowDown":
        return ctrlKey ? { row: end, column } : down(1);
      case "ArrowUp":
        return ctrlKey ? { row: 0, column } : down(-1);
      case "PageDown":
        return down(page);
      case "PageUp":
        return row < 0 ? null : { row: Math.max(0, row - page), column };
      case "ArrowRight":
        return across(column + 1);
      case "ArrowLeft":
        return across(column - 1);
      case "Home":
        return ctrlKey ? { row: 0, column: 0 } : across(0);
      case "End":
        return ctrlKey ? { row: end, column: right } : across(right);
      default:
        return null;
    }
  }

  /** @param {{row: number, column: number}} place */
  #goTo(place) {
    this.#active = place;
    if (place.row !== HEAD) this.#window.reveal(place.row);
    const target = this.#target();
    target?.focus({ preventScroll: true });
    if (place.column > 0) target?.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.#moveStop();
  }

  /** @param {EventTarget | null} target */
  #openAt(target) {
    const place = this.#placeOf(target);
    if (!place || place.row === HEAD || place.column === 0) return;
    const row = this.#window.row(place.row);
    if (!row?.company) return;
    const anchor = row.target(place.column);
    anchor.focus({ preventScroll: true });
    const detail = { company: row.company, column: this.#columns[place.column - 1], anchor };
    this.dispatchEvent(new CustomEvent("cell-opened", { detail }));
  }
}

function cornerHead() {
  return h(
    "div",
    { class: "cell head first", role: "columnheader", "aria-colindex": "1", tabindex: "-1" },
    h("span", { class: "head-name" }, "Company"),
  );
}

customElements.define("mapping-grid", MappingGrid);
