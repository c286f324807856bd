// Addresses that are never imported: patterns as chips, a box that takes one or a pasted list.

import { h, newId, reconcile, setAttribute, setText, show } from "../dom.js";
import { patternProblem, patternsIn, patternWords } from "../email-patterns.js";
import { icon } from "../icons.js";
import { announce } from "./toast-region.js";

export class AddressPatterns extends HTMLElement {
  #changed;
  /** @type {string[]} */
  #patterns = [];
  #chips = h("ul", { class: "chips", role: "list", "aria-label": "Addresses left out" });
  #none = h("p", { class: "secondary" }, "No address is left out.");
  #input = h("input", {
    class: "input",
    type: "text",
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
  });
  #add = h("button", { class: "button", type: "button" }, "Add");
  #wrong = h("p", { class: "wrong", id: newId("wrong"), hidden: true });

  /** @param {(patterns: string[]) => void} changed */
  constructor(changed) {
    super();
    this.#changed = changed;
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const helpId = newId("help");
    this.#input.id = newId("pattern");
    setAttribute(this.#input, "placeholder", "noreply@*");
    setAttribute(this.#input, "aria-describedby", `${this.#wrong.id} ${helpId}`);
    this.#input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.#take();
    });
    // Left without Add, as on the way to Save: what was typed counts.
    this.#input.addEventListener("change", () => this.#take());
    this.#input.addEventListener("input", () => this.#complain(""));
    this.#add.addEventListener("click", () => {
      this.#take();
      this.#input.focus();
    });
    this.append(
      h(
        "div",
        { class: "field" },
        h("label", { for: this.#input.id }, "Never import these addresses"),
        this.#chips,
        this.#none,
        h("div", { class: "add-line" }, this.#input, this.#add),
        this.#wrong,
        h("p", { class: "help", id: helpId }, "* stands for anything: noreply@* is noreply at any domain."),
      ),
    );
  }

  /** @param {string[]} patterns @param {{at: string[], detail: string}[]} wrong */
  update(patterns, wrong) {
    this.#patterns = patterns;
    const entries = patterns.map((pattern, at) => ({ pattern, bad: wrong.find((one) => one.at[0] === String(at)) }));
    reconcile(
      this.#chips,
      entries,
      ({ pattern }) => pattern,
      ({ pattern }) => this.#chip(pattern),
      (chip, { pattern, bad }) => {
        setAttribute(chip, "class", bad ? "chip removable bad" : "chip removable");
        setAttribute(chip, "title", bad?.detail || patternWords(pattern) || null);
      },
    );
    show(this.#chips, patterns.length > 0);
    show(this.#none, patterns.length === 0);
    const refused = entries.filter(({ bad }) => bad).map(({ pattern, bad }) => `${pattern}: ${bad?.detail}`);
    const general = wrong.filter(({ at }) => at.length === 0).map(({ detail }) => detail);
    if (refused.length + general.length > 0) this.#complain([...general, ...refused].join(" "));
  }

  /** @param {string} text */
  #complain(text) {
    setText(this.#wrong, text);
    show(this.#wrong, text);
    setAttribute(this.#input, "aria-invalid", text ? "true" : null);
  }

  #take() {
    const typed = patternsIn(this.#input.value);
    if (typed.length === 0) return;
    const known = new Set(this.#patterns.map((pattern) => pattern.toLowerCase()));
    const wrong = typed.filter((pattern) => patternProblem(pattern));
    const fresh = typed.filter((pattern) => !patternProblem(pattern) && !known.has(pattern.toLowerCase()));
    this.#input.value = wrong.join(" ");
    if (fresh.length > 0) {
      this.#changed([...this.#patterns, ...new Map(fresh.map((one) => [one.toLowerCase(), one])).values()]);
      announce(`${fresh.join(", ")} added`);
    } else if (wrong.length === 0) announce("That is left out already");
    this.#complain(wrong.length > 0 ? patternProblem(wrong[0]) : "");
  }

  /** @param {string} pattern */
  #chip(pattern) {
    const remove = h(
      "button",
      { class: "chip-remove", type: "button", "aria-label": `Remove ${pattern}` },
      icon("close"),
    );
    remove.addEventListener("click", () => {
      const at = this.#patterns.indexOf(pattern);
      this.#complain("");
      this.#changed(this.#patterns.filter((other) => other !== pattern));
      announce(`${pattern} removed`);
      const rest = /** @type {HTMLElement[]} */ ([...this.#chips.querySelectorAll("button")]);
      (rest[Math.min(at, rest.length - 1)] || this.#input).focus();
    });
    return h("li", { class: "chip removable" }, h("code", {}, pattern), remove);
  }
}

customElements.define("address-patterns", AddressPatterns);
