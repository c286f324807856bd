// Several of a list: what is chosen stands as chips, a search box adds more. The focus stays in the box; arrows move through
// the entries, Enter takes or drops one, Escape closes. What is chosen and no longer at the vendor stays visible.

import { h, newId, reconcile, setAttribute, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { plural } from "../words.js";
import { choiceName } from "../vendor-lists.js";
import { announce } from "./toast-region.js";

/** @typedef {import("../types.js").Choice} Choice */

/**
 * @typedef {object} PickerState
 * @property {import("../vendor-lists.js").VendorList} list
 * @property {string[]} chosen
 * @property {string} effect what the choice means now
 * @property {string} wrong
 * @property {string} vendor
 */

const SHOWN = 100;

export class ChoicePicker extends HTMLElement {
  #label;
  #help;
  #changed;
  #again;
  /** @type {PickerState} */
  #state = { list: { state: "reading", choices: [], problem: "" }, chosen: [], effect: "", wrong: "", vendor: "" };
  /** @type {Choice[]} */
  #found = [];
  #at = 0;
  #open = false;

  #chips = h("ul", { class: "chips", role: "list" });
  #input = h("input", { class: "input", type: "text", role: "combobox", autocomplete: "off", spellcheck: "false" });
  #entries = h("div", { class: "combo-list", role: "listbox", "aria-multiselectable": "true", hidden: true });
  #effect = h("p", { class: "effect", role: "status" });
  #note = h("p", { class: "secondary", hidden: true });
  #retry = h("button", { class: "button", type: "button" }, "Try again");
  #trouble = h("div", { class: "notice warn", hidden: true });
  #wrong = h("p", { class: "wrong", id: newId("wrong"), hidden: true });

  /**
   * @param {{label: string, help: string, example: string}} about
   * @param {(chosen: string[]) => void} changed
   * @param {() => void} again reads the list again
   */
  constructor(about, changed, again) {
    super();
    this.#label = about.label;
    this.#help = about.help;
    this.#changed = changed;
    this.#again = again;
    setAttribute(this.#input, "placeholder", about.example ? `Search, such as ${about.example}` : "Search");
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const [labelId, helpId] = [newId("label"), newId("help")];
    this.#input.id = newId("picker");
    this.#entries.id = newId("entries");
    for (const [name, value] of Object.entries({
      "aria-autocomplete": "list",
      "aria-controls": this.#entries.id,
      "aria-expanded": "false",
      "aria-describedby": `${this.#wrong.id} ${helpId}`,
      maxlength: "200",
    }))
      setAttribute(this.#input, name, value);
    setAttribute(this.#entries, "aria-label", this.#label);
    setAttribute(this.#chips, "aria-label", `Chosen: ${this.#label}`);
    this.#retry.addEventListener("click", () => this.#again());
    this.#listen();
    const combo = h("div", { class: "combo" }, this.#input, this.#entries);
    const label = h("label", { id: labelId, for: this.#input.id }, this.#label);
    const help = h("p", { class: "help", id: helpId }, this.#help);
    this.append(
      h(
        "div",
        { class: "field" },
        label,
        this.#chips,
        combo,
        this.#note,
        this.#trouble,
        this.#wrong,
        this.#effect,
        help,
      ),
    );
  }

  #listen() {
    this.#input.addEventListener("input", () => this.#search());
    this.#input.addEventListener("click", () => this.#search());
    this.#input.addEventListener("keydown", (event) => this.#key(event));
    this.#input.addEventListener("blur", () => this.#close());
    // The focus must not leave the search box for an entry that is clicked.
    this.#entries.addEventListener("mousedown", (event) => event.preventDefault());
    this.#entries.addEventListener("click", (event) => {
      const entry = event.target instanceof Element && event.target.closest("[role=option]");
      if (entry) this.#toggle([...this.#entries.children].indexOf(entry));
    });
  }

  /** @param {PickerState} state */
  update(state) {
    this.#state = state;
    const { list, chosen, effect, wrong, vendor } = state;
    const ready = list.state === "ready";
    const names = new Map(list.choices.map((choice) => [choice.value, choiceName(choice)]));
    const hidden = list.state === "hidden";
    reconcile(
      this.#chips,
      hidden ? [] : chosen,
      (value) => value,
      (value) => this.#chip(value),
      (chip, value) => fill(chip, names.get(value), ready, value, vendor),
    );
    show(this.#chips, chosen.length > 0 && !hidden);
    show(this.#input.parentElement || this.#input, ready || list.state === "reading");
    setAttribute(this.#input, "aria-busy", list.state === "reading" ? "true" : null);
    setText(this.#effect, ready ? effect : list.state === "reading" ? `Asking ${vendor}…` : "");
    show(this.#effect, this.#effect.textContent);
    this.#renderTrouble();
    setText(this.#note, `${chosen.length} chosen. Their names are shown to people who may manage integrations.`);
    show(this.#note, hidden);
    setText(this.#wrong, wrong);
    show(this.#wrong, wrong);
    setAttribute(this.#input, "aria-invalid", wrong ? "true" : null);
    if (this.#open) this.#render();
  }

  #renderTrouble() {
    const { list, vendor } = this.#state;
    const failed = list.state === "failed";
    const words = `The list could not be read from ${vendor}. ${list.problem}`;
    if (failed && this.#trouble.firstElementChild?.textContent !== words) {
      this.#trouble.replaceChildren(h("p", {}, words), this.#retry);
    }
    show(this.#trouble, failed);
  }

  /** @param {string} value */
  #chip(value) {
    const remove = h("button", { class: "chip-remove", type: "button" }, icon("close"));
    remove.addEventListener("click", () => {
      const at = this.#state.chosen.indexOf(value);
      const name = remove.parentElement?.firstElementChild?.textContent || value;
      this.#changed(this.#state.chosen.filter((other) => other !== value));
      announce(`${name} removed`);
      const rest = /** @type {HTMLElement[]} */ ([...this.#chips.querySelectorAll("button")]);
      (rest[Math.min(at, rest.length - 1)] || this.#input).focus();
    });
    return h("li", { class: "chip removable" }, h("span"), remove);
  }

  #search() {
    this.#at = 0;
    this.#open = true;
    this.#render();
  }

  #close() {
    this.#open = false;
    show(this.#entries, false);
    setAttribute(this.#input, "aria-expanded", "false");
    setAttribute(this.#input, "aria-activedescendant", null);
  }

  #render() {
    const text = this.#input.value.trim().toLowerCase();
    const fits = this.#state.list.choices.filter((choice) => choiceName(choice).toLowerCase().includes(text));
    this.#found = fits.slice(0, SHOWN);
    this.#at = Math.min(this.#at, Math.max(0, this.#found.length - 1));
    const entries = this.#found.map((choice, at) => this.#entry(choice, at));
    const reading = this.#state.list.state === "reading";
    const none = h("p", { class: "secondary", role: "presentation" }, reading ? "One moment…" : "Nothing fits.");
    const rest = fits.length - SHOWN;
    const more = h(
      "p",
      { class: "secondary", role: "presentation" },
      `${plural(rest, "more entry", "more entries")}: type to narrow them down.`,
    );
    this.#entries.replaceChildren(...(entries.length > 0 ? entries : [none]), ...(rest > 0 ? [more] : []));
    show(this.#entries, true);
    setAttribute(this.#input, "aria-expanded", "true");
    this.#mark();
  }

  /** @param {Choice} choice @param {number} at */
  #entry(choice, at) {
    const chosen = this.#state.chosen.includes(choice.value);
    return h(
      "div",
      { class: "menu-item", role: "option", id: `${this.#entries.id}-${at}`, "aria-selected": String(chosen) },
      h("span", { class: "option-sign" }, chosen ? icon("check") : ""),
      choiceName(choice),
    );
  }

  /** Shows which entry Enter takes. */
  #mark() {
    const entries = [...this.#entries.querySelectorAll("[role=option]")];
    for (const [at, entry] of entries.entries()) {
      entry.classList.toggle("is-active", at === this.#at);
      if (at === this.#at) entry.scrollIntoView({ block: "nearest" });
    }
    setAttribute(this.#input, "aria-activedescendant", entries.length > 0 ? `${this.#entries.id}-${this.#at}` : null);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const last = this.#found.length - 1;
    if (event.key === "Escape" && this.#open) {
      event.preventDefault();
      event.stopPropagation();
      this.#close();
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (this.#open) this.#toggle(this.#at);
      else this.#search();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!this.#open) return this.#search();
      const by = event.key === "ArrowDown" ? 1 : -1;
      this.#at = (this.#at + by + last + 1) % Math.max(1, last + 1);
      this.#mark();
    }
  }

  /** @param {number} at */
  #toggle(at) {
    const choice = this.#found[at];
    if (!choice) return;
    this.#at = at;
    const { chosen } = this.#state;
    const has = chosen.includes(choice.value);
    this.#changed(has ? chosen.filter((value) => value !== choice.value) : [...chosen, choice.value]);
    announce(`${choiceName(choice)} ${has ? "removed" : "added"}`);
  }
}

/**
 * @param {HTMLElement} chip
 * @param {string | undefined} name
 * @param {boolean} known whether the list has been read, so that what it lacks is gone
 * @param {string} value
 * @param {string} vendor
 */
function fill(chip, name, known, value, vendor) {
  const gone = known && name === undefined;
  const text = name ?? (gone ? `${value}: no longer at ${vendor}` : "…");
  setText(chip.firstElementChild || chip, text);
  setAttribute(chip, "class", gone ? "chip removable warn" : "chip removable");
  setAttribute(chip.lastElementChild || chip, "aria-label", `Remove ${name ?? value}`);
}

customElements.define("choice-picker", ChoicePicker);
