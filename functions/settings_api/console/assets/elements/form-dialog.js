// A small form in a dialog: saving is visible, what the API says about a field stands at that field, and nothing typed is
// lost on a failed save or thrown away without asking.

import { ApiError } from "../api.js";
import { h, isOff, newId, setAttribute, setOff, show } from "../dom.js";
import { icon } from "../icons.js";
import { mayLeave } from "../unsaved.js";
import { FormField, linesOf } from "./form-field.js";
import { announce } from "./toast-region.js";

/**
 * @typedef {object} FormSpec
 * @property {string} title
 * @property {string} [lead]
 * @property {import("./form-field.js").FieldSpec[]} fields
 * @property {string} action what the button says
 * @property {string | null} [off] why it cannot be used
 * @property {(values: Map<string, string>) => Promise<void>} save throws what the API refused
 */

export class FormDialog extends HTMLElement {
  #spec;
  /** @type {FormField[]} */
  #fields;
  #dialog = h("dialog", { class: "small-dialog form-dialog" });
  #problem = h("div", { class: "notice bad", role: "alert", hidden: true });
  #save = h("button", { class: "button primary reason-end", type: "submit" });
  #saving = false;

  /** @param {FormSpec} spec */
  constructor(spec) {
    super();
    this.#spec = spec;
    this.#fields = spec.fields.map((field) => new FormField(field));
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const { title, lead } = this.#spec;
    const titleId = newId("form");
    const leadId = newId("form");
    setAttribute(this.#dialog, "aria-labelledby", titleId);
    setAttribute(this.#dialog, "aria-describedby", lead ? leadId : null);
    const cancel = h("button", { class: "button", type: "button", on: { click: () => this.#leave() } }, "Cancel");
    const form = h(
      "form",
      { novalidate: true },
      this.#fields,
      this.#problem,
      h("div", { class: "choices" }, cancel, this.#save),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#dialog.append(h("h2", { id: titleId }, title), lead ? h("p", { id: leadId }, lead) : "", form);
    this.#dialog.addEventListener("cancel", (event) => {
      if (event.target !== this.#dialog) return;
      event.preventDefault();
      this.#leave();
    });
    this.#dialog.addEventListener("close", () => this.dispatchEvent(new CustomEvent("dialog-closed")));
    this.append(this.#dialog);
    this.#renderSave();
    this.#dialog.showModal();
    this.#fields[0]?.focus();
  }

  close() {
    this.#dialog.close();
  }

  /**
   * Fills a field whose choices had to be read first.
   *
   * @param {string} key
   * @param {{value: string, label: string}[]} choices
   */
  choices(key, choices) {
    this.#fields.find((field) => field.key === key)?.fill(choices);
  }

  /** Something is entered and not saved. */
  get dirty() {
    return this.#fields.some((field) => field.changed);
  }

  async #leave() {
    if (this.#saving) return;
    if (!this.dirty || (await mayLeave())) this.close();
  }

  async #submit() {
    if (isOff(this.#save)) return;
    show(this.#problem, false);
    const wrong = this.#fields.filter((field) => !field.check());
    if (wrong.length > 0) {
      wrong[0].focus();
      return;
    }
    this.#saving = true;
    this.#renderSave();
    try {
      await this.#spec.save(new Map(this.#fields.map((field) => [field.key, field.value])));
      this.close();
    } catch (error) {
      this.#complain(error);
    } finally {
      this.#saving = false;
      this.#renderSave();
    }
  }

  #renderSave() {
    setOff(this.#save, this.#saving ? "One moment, please." : this.#spec.off || null);
    this.#save.replaceChildren(...(this.#saving ? [h("span", { class: "spinner" }), "Saving…"] : [this.#spec.action]));
  }

  /** @param {unknown} error */
  #complain(error) {
    if (!(error instanceof ApiError)) throw error;
    const rest = error.errors.filter(({ pointer, detail }) => !this.#blame(pointer, detail));
    const all = error.errors.length > 0 && rest.length === 0;
    if (!all) {
      this.#problem.replaceChildren(icon("alert"), h("div", {}, h("strong", {}, error.title), error.detail));
      show(this.#problem, true);
    }
    announce(all ? error.title : error.sentence);
    /** @type {HTMLElement | null} */ (this.#dialog.querySelector("[aria-invalid]"))?.focus();
  }

  /** Shows at its field what is wrong with it; whether there is such a field. @param {string} pointer @param {string} detail */
  #blame(pointer, detail) {
    const [, key, at] = pointer.split("/");
    const field = this.#fields.find((one) => one.key === key);
    if (!field) return false;
    const line = at === undefined ? "" : `${linesOf(field.value)[Number(at)]}: `;
    field.wrong = line + detail;
    return true;
  }
}

customElements.define("form-dialog", FormDialog);
