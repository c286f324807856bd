// A search box that tells of what was typed once the typing pauses, by a `search-changed` event.

import { h, newId, setAttribute } from "../dom.js";
import { icon } from "../icons.js";

const PAUSE = 250;

export class SearchField extends HTMLElement {
  #input = h("input", { class: "input", type: "search", autocomplete: "off", spellcheck: "false" });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #told = "";

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const label = this.getAttribute("label") || "Search";
    this.#input.id = newId("search");
    setAttribute(this.#input, "placeholder", label);
    setAttribute(this.#input, "maxlength", 200);
    this.append(h("label", { class: "visually-hidden", for: this.#input.id }, label), icon("search"), this.#input);
    this.#input.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#tell(), PAUSE);
    });
    this.#input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.#tell();
    });
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
  }

  get value() {
    return this.#input.value.trim();
  }

  /** Takes over what the address says, unless somebody types just now. @param {string} value */
  set value(value) {
    this.#told = value;
    if (this.value !== value && document.activeElement !== this.#input) this.#input.value = value;
  }

  focus() {
    this.#input.focus();
  }

  #tell() {
    clearTimeout(this.#timer);
    if (this.value === this.#told) return;
    this.#told = this.value;
    this.dispatchEvent(new CustomEvent("search-changed", { bubbles: true, detail: this.value }));
  }
}

customElements.define("search-field", SearchField);

/** @param {string} label */
export function searchField(label) {
  const field = /** @type {SearchField} */ (document.createElement("search-field"));
  setAttribute(field, "label", label);
  setAttribute(field, "class", "search");
  return field;
}
