// One field of a credentials form, made from the connector's description: label, help, example, choices, show and hide
// for secrets. A secret that is stored already is never shown; an empty field keeps it.

import { h, newId, setAttribute, setText, show } from "../dom.js";
import { fits, normalise } from "../normalise.js";
import { plural } from "../words.js";

/** @typedef {import("../types.js").Field} Field */

export class CredentialField extends HTMLElement {
  /** @type {Field} */
  #field;
  #stored;
  /** @type {HTMLInputElement | HTMLSelectElement} */
  #input;
  #wrong = h("p", { class: "wrong", id: newId("wrong") });

  /**
   * @param {Field} field
   * @param {import("../types.js").CredentialInfo | undefined} stored
   */
  constructor(field, stored) {
    super();
    this.#field = field;
    this.#stored = stored;
    this.#input = field.choices?.length ? select(field) : input(field, stored);
    this.#input.id = newId("field");
    this.#input.value = this.#initial;
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const { label, required, help, example, kind } = this.#field;
    const helpId = newId("help");
    const more = this.#keeps ? storedWords(this.#stored) : this.#stored?.set || !example ? "" : `Example: ${example}`;
    const hint = [help, more].filter(Boolean).join(" ");
    setAttribute(this.#input, "aria-describedby", `${helpId} ${this.#wrong.id}`);
    setAttribute(this.#input, "aria-required", required ? "true" : null);
    const control = h("div", { class: "control" }, this.#input);
    if (kind === "secret") control.append(this.#reveal());
    this.#input.addEventListener("input", (event) => {
      this.wrong = "";
      if (/** @type {InputEvent} */ (event).inputType === "insertFromPaste") this.#tidy();
    });
    this.#input.addEventListener("change", () => this.#tidy());
    show(this.#wrong, false);
    this.append(
      h(
        "div",
        { class: "field" },
        h("label", { for: this.#input.id }, label, required ? "" : h("span", { class: "optional" }, " (optional)")),
        control,
        this.#wrong,
        h("p", { class: "help", id: helpId }, hint),
      ),
    );
  }

  get key() {
    return this.#field.key;
  }

  /** What to send; `null`: nothing, because what is stored stays, or because there is nothing to take out. */
  get value() {
    const value = this.#input.value.trim();
    return value === "" && (this.#keeps || this.#absent) ? null : value;
  }

  get changed() {
    return this.#input.value.trim() !== this.#initial;
  }

  /** @param {string} text empty: nothing is wrong */
  set wrong(text) {
    setText(this.#wrong, text);
    show(this.#wrong, text);
    setAttribute(this.#input, "aria-invalid", text ? "true" : null);
  }

  /** Says by itself what cannot work, and answers whether all is well. */
  check() {
    this.#tidy();
    const { label, required, pattern, example } = this.#field;
    const value = this.value;
    if (value === "" && required) this.wrong = `${label} is needed.`;
    else if (value && fits(value, pattern) === false) this.wrong = `This does not look right. Example: ${example}`;
    else this.wrong = "";
    return this.#wrong.hidden;
  }

  focus() {
    this.#input.focus();
  }

  get #keeps() {
    return this.#field.kind === "secret" && Boolean(this.#stored?.set);
  }

  get #absent() {
    return !this.#field.required && !this.#stored?.set;
  }

  get #initial() {
    if (this.#field.kind === "secret") return "";
    return this.#stored?.value ?? this.#field.default ?? "";
  }

  #tidy() {
    if (!(this.#input instanceof HTMLInputElement)) return;
    const tidy = normalise(this.#input.value, this.#field);
    if (tidy !== this.#input.value) this.#input.value = tidy;
  }

  #reveal() {
    const button = h("button", { class: "reveal", type: "button" }, "Show");
    setAttribute(button, "aria-label", `Show ${this.#field.label}`);
    setAttribute(button, "aria-pressed", "false");
    button.addEventListener("click", () => {
      const shown = this.#input.getAttribute("type") === "text";
      setAttribute(this.#input, "type", shown ? "password" : "text");
      setAttribute(button, "aria-pressed", String(!shown));
      setText(button, shown ? "Show" : "Hide");
    });
    return button;
  }
}

/**
 * @param {Field} field
 * @param {import("../types.js").CredentialInfo | undefined} stored
 */
function input(field, stored) {
  const secret = field.kind === "secret";
  return h("input", {
    class: "input",
    type: secret ? "password" : "text",
    inputmode: field.kind === "number" ? "numeric" : null,
    // These are not the reader's own passwords: nothing should offer to fill or keep them.
    autocomplete: secret ? "new-password" : "off",
    autocapitalize: "none",
    spellcheck: "false",
    "data-1p-ignore": true,
    placeholder: secret && stored?.set ? `•••• ${stored.last4 || ""}` : null,
  });
}

/** @param {import("../types.js").CredentialInfo | undefined} stored */
function storedWords(stored) {
  const days = stored?.age_days;
  const when = days === undefined ? "" : days === 0 ? " today" : ` ${plural(days, "day")} ago`;
  return `Stored${when}; leave it empty to keep it.`;
}

/** @param {Field} field */
function select(field) {
  const options = (field.choices || []).map(({ value, label }) => h("option", { value }, label));
  return h("select", { class: "input" }, h("option", { value: "" }, "Choose…"), options);
}

customElements.define("credential-field", CredentialField);
