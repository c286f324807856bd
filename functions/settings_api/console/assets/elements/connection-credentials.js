// What a connection signs in with: open values as they are, of secrets the last four characters and how old they are.

import { h, reconcile, setText } from "../dom.js";
import { plural } from "../words.js";

export class ConnectionCredentials extends HTMLElement {
  #list = h("dl", { class: "sum-up" });

  connectedCallback() {
    if (this.childElementCount === 0) this.append(this.#list);
  }

  /**
   * @param {Record<string, import("../types.js").CredentialInfo>} stored
   * @param {import("../types.js").Field[]} fields
   */
  update(stored, fields) {
    reconcile(
      this.#list,
      fields.filter(({ key, required }) => required || stored[key]?.set),
      ({ key }) => key,
      ({ label }) => h("div", {}, h("dt", {}, label), h("dd")),
      (line, field) => setText(/** @type {Node} */ (line.lastChild), words(field, stored[field.key])),
    );
  }
}

/**
 * @param {import("../types.js").Field} field
 * @param {import("../types.js").CredentialInfo | undefined} info
 */
function words({ kind, choices }, info) {
  if (!info?.set) return "Not given";
  if (kind !== "secret") return choices?.find(({ value }) => value === info.value)?.label || info.value;
  const days = info.age_days;
  const age = days === undefined ? "" : days === 0 ? "entered today" : `entered ${plural(days, "day")} ago`;
  return [info.last4 ? `•••• ${info.last4}` : "Stored", age].filter(Boolean).join(", ");
}

customElements.define("connection-credentials", ConnectionCredentials);
