// Scope: which of the vendor's records come to the portal at all, by the fields that the connector declares. Grouped by the
// record type that a field narrows; what narrows a type that is off says so.

import { h, setText, show } from "../dom.js";
import { keyPart } from "../options-draft.js";
import { choiceEffect } from "../options-words.js";
import { list } from "../words.js";
import { ChoicePicker } from "./choice-picker.js";
import { fillSelect, problemText, selectField, switchLine } from "./option-controls.js";
import { OptionsSection } from "./options-section.js";

/** @typedef {import("../types.js").Field} Field */

export class OptionsScope extends OptionsSection {
  /** @type {(() => void)[]} */
  #fields = [];
  /** @type {{types: string[], note: HTMLElement}[]} */
  #groups = [];

  build() {
    const { connector } = this.context;
    /** @type {Map<string, Field[]>} */
    const groups = new Map();
    for (const field of connector.options) {
      const types = (field.record_types || []).join(" ");
      groups.set(types, [...(groups.get(types) || []), field]);
    }
    return [...groups].map(([types, fields]) => this.#group(types.split(" "), fields));
  }

  render() {
    const { draft } = this.context;
    for (const field of this.#fields) field();
    for (const { types, note } of this.#groups) {
      const off = types.length > 0 && types.every((type) => draft.get(`record_types/${keyPart(type)}`) === false);
      setText(note, `${this.#labels(types)} are not synced at present, so this has no effect.`);
      show(note, off);
    }
  }

  /** @param {string[]} types */
  #labels(types) {
    const { record_types: declared } = this.context.connector;
    return list(declared.filter(({ id }) => types.includes(id)).map(({ label }) => label));
  }

  /** @param {string[]} types @param {Field[]} fields */
  #group(types, fields) {
    const note = h("p", { class: "secondary", hidden: true });
    this.#groups.push({ types, note });
    const level = this.context.setup ? "h5" : "h4";
    return h(
      "div",
      { class: "scope-group" },
      h(level, {}, this.#labels(types)),
      note,
      fields.map((field) => this.#field(field)),
    );
  }

  /** @param {Field} field */
  #field(field) {
    const { draft } = this.context;
    const key = `filters/${keyPart(field.key)}`;
    if (field.kind === "list") return this.#picker(field, key);
    if (field.kind === "flag") {
      const value = field.choices?.[0]?.value || "true";
      const control = switchLine(field.label, field.help, (on) => draft.set(key, on ? [value] : []));
      this.#fields.push(() => {
        control.input.checked = (draft.get(key) || []).includes(value);
        control.wrong(problemText(draft.wrong(key)));
      });
      return control.element;
    }
    return this.#select(field, key);
  }

  /** @param {Field} field @param {string} key */
  #picker(field, key) {
    const { draft, lists, connector } = this.context;
    const picker = new ChoicePicker(
      field,
      (chosen) => draft.set(key, chosen),
      () => lists.again(),
    );
    const noun = connector.choices.find((one) => one.key === field.list)?.label || field.label;
    this.#fields.push(() => {
      const chosen = draft.get(key) || [];
      const found = this.#choices(field);
      picker.update({
        list: found,
        chosen,
        effect: choiceEffect(field, noun.toLowerCase(), chosen, found.choices),
        wrong: problemText(draft.wrong(key)),
        vendor: connector.short_name,
      });
    });
    return picker;
  }

  /** @param {Field} field @param {string} key */
  #select(field, key) {
    const { draft } = this.context;
    const control = selectField(field.label, field.help, (value) => draft.set(key, value ? [value] : []));
    this.#fields.push(() => {
      const value = (draft.get(key) || [])[0] || "";
      const { state, choices } = this.#choices(field);
      const none = { value: "", label: state === "reading" ? "One moment…" : "None" };
      fillSelect(control.input, [none, ...choices], value, state === "ready" ? undefined : value);
      control.wrong(problemText(draft.wrong(key)));
    });
    return control.element;
  }

  /** @param {Field} field @returns {import("../vendor-lists.js").VendorList} */
  #choices(field) {
    if (field.list) return this.list(field.list);
    return { state: "ready", choices: field.choices || [], problem: "" };
  }
}

customElements.define("options-scope", OptionsScope);
