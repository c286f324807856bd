// The proposals of a quick match. One stop for Tab; the arrows move from tick to tick, Space ticks. Only what is in sight
// is in the document, and tens of thousands are read as they are looked at.
//
// Tells of a tick by a `ticked` event with the proposal, of the tick in the head by `all-ticked` with its state.

import { h, setAttribute } from "../dom.js";
import { RowWindow } from "../row-window.js";
import { MatchRow } from "./match-row.js";

/** @typedef {import("../match-types.js").Proposal} Proposal */

/** As in quick-match.css. */
const ROW = 56;
const HEADS = ["Vendor company", "Your company", "Score", "Because of"];

export class MatchList extends HTMLElement {
  #frame = h("div", { class: "match-frame", role: "grid", "aria-label": "Proposals", "aria-colcount": "5" });
  #canvas = h("div", { class: "match-canvas", role: "rowgroup" });
  #all = h("input", { type: "checkbox", "aria-label": "All that are listed" });
  /** @type {RowWindow<MatchRow>} */
  #window;
  /** @type {import("../paged-rows.js").PagedRows<Proposal> | null} */
  #rows = null;
  #selection;
  #active = 0;

  /**
   * @param {Map<string, import("../mapping-columns.js").Column>} vendors
   * @param {import("../match-selection.js").MatchSelection} selection
   */
  constructor(vendors, selection) {
    super();
    this.#selection = selection;
    this.#window = new RowWindow({
      frame: this.#frame,
      canvas: this.#canvas,
      height: ROW,
      create: () => new MatchRow(vendors),
      update: (row, index) => this.#updateRow(row, index),
      looking: (first, last) => this.#looking(first, last),
    });
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const head = (/** @type {string} */ text, /** @type {number} */ at) =>
      h("div", { class: "cell", role: "columnheader", "aria-colindex": at + 2 }, text);
    const all = h("div", { class: "cell", role: "columnheader", "aria-colindex": "1" }, this.#all);
    const heads = h("div", { class: "match-heads", role: "row", "aria-rowindex": "1" }, all, HEADS.map(head));
    this.#frame.append(h("div", { class: "match-head", role: "rowgroup" }, heads), this.#canvas);
    this.append(this.#frame);
    this.#all.addEventListener("change", () => this.#tell("all-ticked", this.#all.checked));
    this.#canvas.addEventListener("click", (event) => this.#click(event));
    this.#canvas.addEventListener("focusin", (event) => {
      const row = /** @type {Element} */ (event.target).closest("match-row");
      if (row instanceof MatchRow) this.#setActive(row.index);
    });
    this.#frame.addEventListener("keydown", (event) => this.#press(event));
  }

  /** @param {import("../paged-rows.js").PagedRows<Proposal>} rows */
  set rows(rows) {
    this.#rows = rows;
    this.#active = 0;
    this.#window.toTop();
    this.update();
  }

  /** Rows have come, or the selection has changed. */
  update() {
    const { total, length } = this.#rows || { total: 0, length: 0 };
    setAttribute(this.#frame, "aria-rowcount", (total ?? length) + 1);
    this.#window.length = length;
  }

  /** How many of those listed are ticked. @param {"all" | "some" | "none"} state */
  set ticked(state) {
    this.#all.checked = state === "all";
    this.#all.indeterminate = state === "some";
  }

  /** @param {MatchRow} row @param {number} index */
  #updateRow(row, index) {
    const proposal = this.#rows?.at(index);
    row.update(index, proposal, proposal !== undefined && this.#selection.has(proposal.id));
    row.box.tabIndex = index === this.#active ? 0 : -1;
  }

  /** @param {number} first @param {number} last */
  #looking(first, last) {
    this.#rows?.want(first, last);
    if (!this.#window.row(this.#active)) this.#setActive(this.#window.firstInSight);
  }

  /** @param {number} index */
  #setActive(index) {
    const before = this.#window.row(this.#active);
    if (before) before.box.tabIndex = -1;
    this.#active = index;
    const row = this.#window.row(index);
    if (row) row.box.tabIndex = 0;
  }

  /** A click anywhere in a row ticks it. @param {MouseEvent} event */
  #click(event) {
    const row = /** @type {Element} */ (event.target).closest("match-row");
    if (!(row instanceof MatchRow) || !row.proposal) return;
    row.box.focus({ preventScroll: true });
    this.#tell("ticked", row.proposal);
  }

  /** @param {KeyboardEvent} event */
  #press(event) {
    const last = (this.#rows?.length || 0) - 1;
    const moves = {
      ArrowDown: this.#active + 1,
      ArrowUp: this.#active - 1,
      PageDown: this.#active + this.#window.inSight,
      PageUp: this.#active - this.#window.inSight,
      Home: 0,
      End: last,
    };
    if (!(event.key in moves) || last < 0) return;
    event.preventDefault();
    const fromHead = document.activeElement === this.#all;
    if (event.key === "ArrowUp" && this.#active === 0) this.#all.focus();
    else this.#goTo(fromHead ? 0 : Math.max(0, Math.min(last, moves[/** @type {keyof typeof moves} */ (event.key)])));
  }

  /** @param {number} index */
  #goTo(index) {
    this.#window.reveal(index);
    this.#setActive(index);
    this.#window.row(index)?.box.focus({ preventScroll: true });
  }

  /** @param {string} name @param {unknown} detail */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }
}

customElements.define("match-list", MatchList);
