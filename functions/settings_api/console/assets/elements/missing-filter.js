// The filter for companies that lack a link: in any connection, or in chosen ones, each with how many there are.
// Tells of a choice by a `missing-changed` event with the address's value, or `null` for no filter.

import { list } from "../words.js";
import { CheckMenu } from "./check-menu.js";

const ANY = "any";

export class MissingFilter extends HTMLElement {
  #menu = new CheckMenu({
    label: "Missing links",
    lead: "Only companies that are not linked in",
    clear: "Show all companies",
    ticked: (value, on) => this.#tell(this.#after(value, on)),
    cleared: () => this.#tell(null),
  });
  /** @type {string[]} */
  #connectors = [];
  /** @type {string | null} */
  #value = null;

  connectedCallback() {
    if (this.childElementCount === 0) this.append(this.#menu);
  }

  /**
   * @param {string | null} value `any`, or connectors by comma
   * @param {import("../mapping-columns.js").Column[]} columns
   * @param {Record<string, number>} missing
   * @param {number | undefined} any
   */
  update(value, columns, missing, any) {
    this.#value = value;
    this.#connectors = columns.map(({ connector }) => connector);
    const chosen = new Set(value ? value.split(",") : []);
    const names = columns.filter(({ connector }) => chosen.has(connector)).map(({ short }) => short);
    const text = value === ANY ? "Missing anywhere" : names.length > 0 ? `Missing in ${list(names)}` : "Missing";
    const choices = [
      { value: ANY, label: "Any integration", count: any },
      ...columns.map(({ connector, name }) => ({ value: connector, label: name, count: missing[connector] })),
    ];
    this.#menu.update(text, choices, chosen);
  }

  /**
   * `any` stands alone: whoever chooses connections means those.
   *
   * @param {string} value
   * @param {boolean} on
   */
  #after(value, on) {
    if (value === ANY) return on ? ANY : null;
    const before = (this.#value || "").split(",");
    const chosen = this.#connectors.filter((one) => (one === value ? on : before.includes(one)));
    return chosen.length > 0 ? chosen.join(",") : null;
  }

  /** @param {string | null} value */
  #tell(value) {
    this.dispatchEvent(new CustomEvent("missing-changed", { bubbles: true, detail: value }));
  }
}

customElements.define("missing-filter", MissingFilter);
