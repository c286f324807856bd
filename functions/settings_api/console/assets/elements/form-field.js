// One field of a small form: label, control, help, and what is wrong with it.

import { h, newId, setAttribute, setText, show } from "../dom.js";

/**
 * @typedef {object} FieldSpec
 * @property {string} key what the API calls it; errors whose pointer begins with it are shown here
 * @property {string} label
 * @property {"text" | "email" | "tel" | "lines" | "select"} kind `lines`: a text of several lines
 * @property {string} [value]
 * @property {string} [help]
 * @property {boolean} [required]
 * @property {{value: string, label: string}[]} [choices]
 */

export class FormField extends HTMLElement {
  #spec;
  /** @type {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} */
  #control;
  #wrong = h("p", { class: "wrong", id: newId("wrong"), hidden: true });

  /** @param {FieldSpec} spec */
  constructor(spec) {
    super();
    this.#spec = { ...spec };
    this.#control = control(spec);
    this.#control.id = newId("field");
    this.#control.value = spec.value || "";
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const { label, required, help, kind } = this.#spec;
    const helpId = newId("help");
    setAttribute(this.#control, "aria-describedby", help ? `${this.#wrong.id} ${helpId}` : this.#wrong.id);
    setAttribute(this.#control, "aria-required", required && kind !== "select" ? "true" : null);
    this.#control.addEventListener("input", () => {
      this.wrong = "";
    });
    const optional = required || kind === "select" ? null : h("span", { class: "optional" }, " (optional)");
    this.append(
      h(
        "div",
        { class: "field" },
        h("label", { for: this.#control.id }, label, optional),
        this.#control,
        this.#wrong,
        help ? h("p", { class: "help", id: helpId }, help) : null,
      ),
    );
  }

  get key() {
    return this.#spec.key;
  }

  get value() {
    return this.#control.value.trim();
  }

  set value(value) {
    this.#control.value = value;
  }

  /** @param {{value: string, label: string}[]} choices the first is taken unless told otherwise */
  fill(choices) {
    this.#control.replaceChildren(...choices.map(({ value, label }) => h("option", { value }, label)));
    if (!this.#spec.value) this.#spec.value = this.#control.value;
    this.#control.value = this.#spec.value;
  }

  get changed() {
    return this.value !== (this.#spec.value || "").trim();
  }

  /** @param {string} text empty: nothing is wrong */
  set wrong(text) {
    setText(this.#wrong, text);
    show(this.#wrong, text);
    setAttribute(this.#control, "aria-invalid", text ? "true" : null);
  }

  /** Says what is missing, and answers whether all is well. */
  check() {
    this.wrong = this.#spec.required && this.value === "" ? `${this.#spec.label} is needed.` : "";
    return this.#wrong.hidden;
  }

  focus() {
    this.#control.focus();
  }
}

/**
 * The lines of a text that have something on them, which is what is sent of a field of kind `lines` that is a list.
 *
 * @param {string} text
 */
export function linesOf(text) {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}

/** @param {FieldSpec} spec */
function control({ kind, choices = [] }) {
  if (kind === "select") {
    const options = choices.map(({ value, label }) => h("option", { value }, label));
    return h("select", { class: "input" }, options);
  }
  const about = { class: "input", autocomplete: "off", spellcheck: "false" };
  return kind === "lines" ? h("textarea", { ...about, rows: 3 }) : h("input", { ...about, type: kind });
}

customElements.define("form-field", FormField);
