// Chooses a portal company for a vendor company: a new one, the one that is suggested, or one that is searched for. The
// focus stays in the search box; arrows move through the entries, Enter takes one, Escape leaves all as it is.

import { h, newId, setAttribute, setText } from "../dom.js";
import { Paged } from "../paged.js";
import { announce } from "./toast-region.js";

/** @typedef {import("../import-plan.js").Target} Target */
/** @typedef {{target: Target, label: string, hint: string}} Choice */

const PAUSE = 200;
const SHOWN = 20;

export class CompanyPicker extends HTMLElement {
  #box = h("div", { class: "menu picker", popover: "auto" });
  #input = h("input", { class: "input", type: "text", role: "combobox", autocomplete: "off", spellcheck: "false" });
  #entries = h("div", { role: "listbox", id: newId("choices"), "aria-label": "Companies" });
  #note = h("p", { class: "secondary" });
  /** @type {Paged<import("../company-types.js").Company>} */
  #found = new Paged(() => this.#render(), SHOWN);
  /** @type {Choice[]} */
  #choices = [];
  #at = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {import("../company-types.js").VendorCompany | null} */
  #company = null;
  /** @type {(target: Target) => void} */
  #chosen = () => {};

  connectedCallback() {
    if (this.childElementCount > 0) return;
    for (const [name, value] of Object.entries({
      "aria-label": "Search a company to link to",
      placeholder: "Search your companies",
      "aria-autocomplete": "list",
      "aria-expanded": "true",
      "aria-controls": this.#entries.id,
      maxlength: "200",
    }))
      setAttribute(this.#input, name, value);
    this.#box.append(this.#input, this.#entries, this.#note);
    this.append(this.#box);
    this.#input.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => {
        this.#at = 0;
        this.#search();
      }, PAUSE);
    });
    this.#input.addEventListener("keydown", (event) => this.#key(event));
    // The focus must not leave the search box for an entry that is clicked.
    this.#entries.addEventListener("mousedown", (event) => event.preventDefault());
    this.#entries.addEventListener("click", (event) => {
      const entry = event.target instanceof Element && event.target.closest("[role=option]");
      if (entry) this.#take([...this.#entries.children].indexOf(entry));
    });
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    this.#found.stop();
  }

  /**
   * @param {HTMLElement} anchor the button that it opens from
   * @param {import("../company-types.js").VendorCompany} company
   * @param {Target} target as it stands
   * @param {(target: Target) => void} chosen
   */
  open(anchor, company, target, chosen) {
    this.#company = company;
    this.#chosen = chosen;
    this.#input.value = "";
    this.#at = target && target.id === company.suggestion?.company_id ? 1 : 0;
    this.#found.items = [];
    this.#box.showPopover();
    this.#place(anchor);
    this.#render();
    this.#input.focus();
    this.#search();
  }

  #search() {
    const search = this.#input.value.trim();
    this.#found.read(`/v1/companies${search ? `?search=${encodeURIComponent(search)}` : ""}`);
  }

  /** @param {HTMLElement} anchor */
  #place(anchor) {
    const button = anchor.getBoundingClientRect();
    const box = this.#box.getBoundingClientRect();
    const height = Math.max(box.height, 320);
    const below = button.bottom + 6;
    this.#box.style.left = `${Math.max(8, Math.min(button.left, innerWidth - box.width - 8))}px`;
    this.#box.style.top = `${Math.max(8, Math.min(below, innerHeight - height - 8))}px`;
  }

  #render() {
    if (!this.#company) return;
    const { name, suggestion } = this.#company;
    /** @type {Choice[]} */
    const choices = [];
    if (this.#input.value.trim() === "") {
      choices.push({ target: null, label: "Create a new company", hint: `“${name}”` });
      if (suggestion) {
        const target = { id: suggestion.company_id, name: suggestion.name };
        choices.push({ target, label: suggestion.name, hint: `Suggested, ${suggestion.score} of 100` });
      }
    }
    for (const { id, name: label, domains } of this.#found.items) {
      if (id !== suggestion?.company_id || this.#input.value.trim() !== "")
        choices.push({ target: { id, name: label }, label, hint: domains[0] || "" });
    }
    this.#choices = choices;
    this.#at = Math.min(this.#at, Math.max(0, choices.length - 1));
    this.#entries.replaceChildren(...choices.map((choice, at) => this.#entry(choice, at)));
    setAttribute(this.#entries, "aria-busy", this.#found.busy ? "true" : null);
    this.#mark();
    this.#renderNote();
  }

  #renderNote() {
    const { error, busy, hasMore, answer } = this.#found;
    const text = error
      ? "The companies could not be read. Type again to try again."
      : busy
        ? "Searching…"
        : hasMore
          ? `The first ${SHOWN} of ${answer.total}. Type to narrow them down.`
          : this.#choices.length === 0
            ? "No company fits."
            : "";
    if (text !== this.#note.textContent && !busy) announce(text || `${this.#choices.length} entries`);
    setText(this.#note, text);
  }

  /** @param {Choice} choice @param {number} at */
  #entry({ label, hint }, at) {
    const entry = h("div", { class: "menu-item", role: "option", id: `${this.#entries.id}-${at}` }, label);
    if (hint) entry.append(h("small", {}, hint));
    return entry;
  }

  /** Shows which entry Enter takes. */
  #mark() {
    for (const [at, entry] of [...this.#entries.children].entries()) {
      setAttribute(entry, "aria-selected", String(at === this.#at));
      if (at === this.#at) entry.scrollIntoView({ block: "nearest" });
    }
    setAttribute(this.#input, "aria-activedescendant", this.#choices.length ? `${this.#entries.id}-${this.#at}` : null);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const last = this.#choices.length - 1;
    if (event.key === "ArrowDown") this.#at = this.#at === last ? 0 : this.#at + 1;
    else if (event.key === "ArrowUp") this.#at = this.#at <= 0 ? last : this.#at - 1;
    else if (event.key === "Enter") this.#take(this.#at);
    else if (event.key === "Tab") this.#box.hidePopover();
    else return;
    if (event.key !== "Tab") event.preventDefault();
    this.#mark();
  }

  /** @param {number} at */
  #take(at) {
    const choice = this.#choices[at];
    if (!choice || this.#found.busy) return;
    this.#box.hidePopover();
    this.#chosen(choice.target);
  }
}

customElements.define("company-picker", CompanyPicker);
