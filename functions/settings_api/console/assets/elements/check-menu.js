// A button that opens a list of things to tick, each with a count. It knows nothing of what a tick means: it is told what
// to show and tells what was ticked.

import { h, newId, reconcile, setAttribute, setText } from "../dom.js";
import { icon } from "../icons.js";
import { placeAt } from "../place.js";
import { count } from "../words.js";

/** @typedef {{value: string, label: string, count?: number}} Choice */

/**
 * @typedef {object} MenuSpec
 * @property {string} label what the list is of
 * @property {string} lead said above it
 * @property {string} clear what the button below it says
 * @property {(value: string, on: boolean) => void} ticked
 * @property {() => void} cleared
 * @property {() => void} [closed]
 */

export class CheckMenu extends HTMLElement {
  #spec;
  #text = h("span");
  #button = h("button", { class: "button", type: "button", "aria-expanded": "false", "aria-haspopup": "dialog" });
  #choices = h("div", { class: "check-choices", role: "group" });
  #popover = h("div", { class: "check-popover", popover: "auto", role: "dialog" });

  /** @param {MenuSpec} spec */
  constructor(spec) {
    super();
    this.#spec = spec;
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const { label, lead, clear, cleared, closed = () => {} } = this.#spec;
    this.#popover.id = newId("choices");
    setAttribute(this.#button, "aria-controls", this.#popover.id);
    setAttribute(this.#popover, "aria-label", label);
    setAttribute(this.#choices, "aria-label", lead);
    this.#button.append(icon("filter"), this.#text);
    const all = h("button", { class: "button quiet", type: "button" }, clear);
    this.#popover.append(h("p", { class: "secondary" }, lead), this.#choices, all);
    this.append(this.#button, this.#popover);
    this.#button.addEventListener("click", () => this.#popover.togglePopover());
    this.#popover.addEventListener("toggle", (event) => {
      const open = /** @type {ToggleEvent} */ (event).newState === "open";
      setAttribute(this.#button, "aria-expanded", String(open));
      if (!open) return closed();
      placeAt(this.#popover, this.#button);
      this.#popover.querySelector("input")?.focus();
    });
    all.addEventListener("click", () => {
      this.#popover.hidePopover();
      this.#button.focus();
      cleared();
    });
  }

  /**
   * @param {string} text what the button says
   * @param {Choice[]} choices
   * @param {Set<string>} chosen
   */
  update(text, choices, chosen) {
    setText(this.#text, text);
    this.#button.classList.toggle("chosen", chosen.size > 0);
    reconcile(
      this.#choices,
      choices,
      (choice) => choice.value,
      (choice) => this.#line(choice),
      (line, choice) => updateLine(line, choice, chosen),
    );
  }

  /** @param {Choice} choice */
  #line({ value }) {
    const box = h("input", { type: "checkbox" });
    box.addEventListener("change", () => this.#spec.ticked(value, box.checked));
    return h(
      "label",
      { class: "tick" },
      box,
      h("span", { class: "choice-label" }),
      h("span", { class: "choice-count" }),
    );
  }
}

/** @param {HTMLElement} line @param {Choice} choice @param {Set<string>} chosen */
function updateLine(line, { value, label, count: number }, chosen) {
  const [box, name, amount] = line.children;
  /** @type {HTMLInputElement} */ (box).checked = chosen.has(value);
  setText(name, label);
  setText(amount, number === undefined ? "" : count(number));
}

customElements.define("check-menu", CheckMenu);
