// One line of a test's checklist: a sign, what was asked, the answer as a word, and what to do about it. What is locked
// can be checked again from here.

import { h, setAttribute, setText, show } from "../dom.js";
import { icon } from "../icons.js";

/** @type {Record<string, Parameters<typeof icon>[0]>} */
const SIGNS = { good: "check", bad: "close", unsure: "question", off: "minus" };

export class CheckLine extends HTMLElement {
  #sign = h("span", { class: "check-sign", "aria-hidden": "true" });
  #label = h("span", { class: "check-label" });
  #word = h("span", { class: "check-word" });
  #more = h("p", { class: "secondary" });
  #again = h("button", { class: "button", type: "button" }, "Check again");
  #outcome = "";

  connectedCallback() {
    if (this.childElementCount > 0) return;
    setAttribute(this, "role", "listitem");
    this.#again.addEventListener("click", () => this.dispatchEvent(new CustomEvent("check-again", { bubbles: true })));
    this.append(this.#sign, this.#label, this.#word, this.#more, this.#again);
  }

  /** @param {import("../checklist.js").Line} line */
  update({ label, outcome, word, more, locked = false }) {
    setAttribute(this, "class", outcome);
    setText(this.#label, label);
    setText(this.#word, word);
    setText(this.#more, more);
    show(this.#more, more);
    show(this.#again, locked);
    setAttribute(this.#again, "aria-label", `Check ${label} again`);
    if (outcome === this.#outcome) return;
    this.#outcome = outcome;
    if (locked) {
      this.#sign.replaceChildren(icon("lock"));
      return;
    }
    const sign = SIGNS[outcome] ? icon(SIGNS[outcome]) : outcome === "running" ? h("span", { class: "spinner" }) : "";
    this.#sign.replaceChildren(sign);
  }
}

customElements.define("check-line", CheckLine);
