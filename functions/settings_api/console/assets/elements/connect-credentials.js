// First step: the credentials, with the vendor's side of the work beside them. Next authenticates once. What the vendor
// refuses is said at the field; a vendor that does not answer does not stop the set-up.

import { ApiError, put } from "../api.js";
import { h } from "../dom.js";
import { CredentialField } from "./credential-field.js";
import { VendorGuide } from "./vendor-guide.js";

export class ConnectCredentials extends HTMLElement {
  #setup;
  /** @type {CredentialField[]} */
  #fields;
  #saved = false;

  /** @param {import("../connect-steps.js").Setup} setup */
  constructor(setup) {
    super();
    this.#setup = setup;
    const { connector, integration } = setup;
    this.#fields = connector.credentials.map((field) => new CredentialField(field, integration.credentials[field.key]));
    this.heading = `Your ${connector.short_name} credentials`;
    this.lead = `Follow the guide in ${connector.short_name}, then enter what it gives you. Secrets are stored encrypted and never shown again.`;
    this.nextOff = null;
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    // A hidden submit button lets Enter in a field do what Next does.
    const submit = h("button", { type: "submit", class: "visually-hidden", tabindex: "-1", "aria-hidden": "true" });
    const form = h("form", { novalidate: true, autocomplete: "off" }, this.#fields, submit);
    this.append(h("div", { class: "with-guide" }, form, new VendorGuide(this.#setup.connector)));
  }

  get nextLabel() {
    return "Next";
  }

  get dirty() {
    return !this.#saved && this.#fields.some((field) => field.changed);
  }

  async next() {
    const wrong = this.#fields.filter((field) => !field.check());
    wrong[0]?.focus();
    if (wrong.length > 0) return false;
    if (!this.dirty && this.#allStored()) return true;
    try {
      const { data } = await put(`${this.#setup.path}/credentials`, { values: this.#values() });
      this.#saved = true;
      const said = [this.#verdict(data), data.warning].filter(Boolean).join(" ");
      this.#setup.note(said, data.state === "pending" || data.warning ? "warn" : "good");
      return true;
    } catch (error) {
      this.#pointOut(error);
      throw error;
    }
  }

  #allStored() {
    const { connector, integration } = this.#setup;
    return connector.credentials.every(({ key, required }) => !required || integration.credentials[key]?.set);
  }

  #values() {
    const given = this.#fields.filter((field) => field.value !== null);
    return Object.fromEntries(given.map((field) => [field.key, field.value]));
  }

  /** @param {{state: "active" | "pending", account?: {name: string}}} answer */
  #verdict({ state, account }) {
    const vendor = this.#setup.connector.short_name;
    if (state === "pending") {
      return `${vendor} did not answer just now. The credentials are kept and used as soon as a test has passed.`;
    }
    return account ? `${vendor} accepted the credentials for ${account.name}.` : `${vendor} accepted the credentials.`;
  }

  /** @param {unknown} error */
  #pointOut(error) {
    if (!(error instanceof ApiError)) return;
    const said = error.fields;
    const named = this.#fields.filter((field) => said.has(field.key));
    for (const field of named) field.wrong = said.get(field.key) || "";
    named[0]?.focus();
  }
}

customElements.define("connect-credentials", ConnectCredentials);
