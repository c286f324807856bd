// One stage: its statuses as chips with a menu each, and the status that is written for it. Without a stage it is the place
// of statuses that have none.

import { h, newId, reconcile, setAttribute, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { STAGES } from "../ticket-stages.js";
import { plural } from "../words.js";
import { ActionMenu } from "./action-menu.js";
import { fillSelect, problemText, selectField } from "./option-controls.js";

/** What is dragged: data of other kinds is not taken. */
const KIND = "application/x-ticket-status";

/** @typedef {{value: string, label: string, gone: boolean}} Entry */

/**
 * @typedef {object} ColumnState
 * @property {Entry[]} entries
 * @property {ReturnType<import("../stage-moves.js").StageMoves["written"]> | null} written `null`: nothing is written here
 * @property {string} vendor
 * @property {boolean} hidden names may not be read
 * @property {boolean} off nothing can be changed
 * @property {boolean} reading
 * @property {number} [total]
 * @property {string} [noun] what a board is called
 * @property {boolean} [perBoard]
 */

export class StageColumn extends HTMLElement {
  #about;
  #move;
  #count = h("span", { class: "count" });
  #chips = h("ul", { class: "status-chips", role: "list" });
  #empty = h("p", { class: "secondary" });
  #written;
  #unsaid = h("p", { class: "secondary", hidden: true });
  /** @type {Map<string, ActionMenu>} */
  #menus = new Map();
  #off = false;

  /**
   * @param {{id: string, label: string, about: string}} about
   * @param {(status: string, stage: string | null) => void} move
   * @param {(status: string) => void} write
   */
  constructor(about, move, write) {
    super();
    this.#about = about;
    this.#move = move;
    this.#written = selectField("Written back as", "", write);
  }

  get stage() {
    return this.#about.id;
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const { id, label, about } = this.#about;
    const titleId = newId("stage");
    setAttribute(this, "class", id ? "stage" : "stage without");
    setAttribute(this, "role", "group");
    setAttribute(this, "aria-labelledby", titleId);
    const title = h("p", { class: "stage-title", id: titleId }, label, " ", this.#count);
    this.append(title, about ? h("p", { class: "secondary" }, about) : "", this.#chips, this.#empty);
    if (id) this.append(this.#written.element, this.#unsaid);
    this.addEventListener("dragover", (event) => this.#over(event, true));
    this.addEventListener("dragleave", (event) => this.#over(event, false));
    this.addEventListener("drop", (event) => this.#drop(event));
  }

  /** @param {ColumnState} state */
  update(state) {
    const { entries, off, hidden, vendor, reading, total = entries.length } = state;
    this.#off = off;
    setText(this.#count, String(total));
    reconcile(
      this.#chips,
      hidden ? [] : entries,
      ({ value }) => value,
      (entry) => this.#chip(entry),
      (chip, { label, gone }) => {
        setAttribute(chip, "class", gone ? "status-chip gone" : "status-chip");
        setAttribute(chip, "title", gone ? `No longer at ${vendor}` : null);
        setAttribute(chip, "draggable", off ? null : "true");
        const button = chip.querySelector("button");
        if (button) setText(button, gone ? `${label} (no longer there)` : label);
        if (button) button.disabled = off;
      },
    );
    const several = hidden && total > 0;
    setText(this.#empty, several ? plural(total, "status", "statuses") : reading ? "…" : "No status");
    show(this.#empty, hidden || entries.length === 0);
    this.#renderWritten(state);
  }

  /** Puts the focus on a status that has just come here. @param {string} status */
  focusOn(status) {
    this.#menus.get(status)?.querySelector("button")?.focus();
  }

  /** @param {ColumnState} state */
  #renderWritten({ entries, written, hidden, perBoard, noun, reading }) {
    const shown = written && !hidden && !reading && entries.length > 0;
    show(this.#written.element, shown);
    show(this.#unsaid, written && !hidden && !reading && entries.length === 0);
    setText(this.#unsaid, "The portal cannot move tickets here.");
    if (!shown) return;
    const { own, any, only, wrong } = written;
    const name = (/** @type {string | undefined} */ value) =>
      entries.find((entry) => entry.value === value)?.label || value;
    const fallback = any || (perBoard ? undefined : only);
    const none = any ? `As elsewhere: ${name(any)}` : fallback ? String(name(fallback)) : "Choose…";
    const rest = own || any || !fallback ? entries.map(({ value, label }) => ({ value, label })) : [];
    const choices = [{ value: "", label: none }, ...rest];
    fillSelect(this.#written.input, choices, own || "");
    const unsaid = !own && !fallback;
    this.#written.help(
      unsaid ? `Until one is chosen, the portal cannot move tickets ${perBoard ? `of this ${noun} ` : ""}here.` : "",
    );
    this.#written.wrong(problemText(wrong));
    this.#written.element.classList.toggle("unsaid", unsaid);
  }

  /** @param {Entry} entry */
  #chip({ value, label }) {
    const menu = new ActionMenu();
    const items = () => {
      const stages = STAGES.filter(({ id }) => id !== this.#about.id);
      const moves = stages.map(({ id, label: name }) => ({
        label: `Move to ${name}`,
        act: () => this.#move(value, id),
      }));
      return this.#about.id ? [...moves, { label: "No stage", act: () => this.#move(value, null) }] : moves;
    };
    const place = this.#about.id ? `under ${this.#about.label}` : "without a stage";
    menu.setup(`${label}, ${place}: move`, items, label);
    this.#menus.set(value, menu);
    const chip = h("li", { class: "status-chip" }, icon("grip"), menu);
    chip.addEventListener("dragstart", (event) => {
      event.dataTransfer?.setData(KIND, value);
      chip.classList.add("dragged");
    });
    chip.addEventListener("dragend", () => chip.classList.remove("dragged"));
    return chip;
  }

  /** @param {DragEvent} event @param {boolean} over */
  #over(event, over) {
    if (this.#off || !event.dataTransfer?.types.includes(KIND)) return;
    if (over) event.preventDefault();
    const left = event.relatedTarget instanceof Node && this.contains(event.relatedTarget);
    this.classList.toggle("is-target", over || left);
  }

  /** @param {DragEvent} event */
  #drop(event) {
    this.classList.remove("is-target");
    const status = event.dataTransfer?.getData(KIND);
    if (!status || this.#off) return;
    event.preventDefault();
    if (!this.#menus.has(status) || !this.#chips.querySelector(`[data-key="${CSS.escape(status)}"]`)) {
      this.#move(status, this.#about.id || null);
    }
  }
}

customElements.define("stage-column", StageColumn);
