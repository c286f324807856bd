// The record types of a connection as a table: how each stands, which way it flows, when it was and will be read, how
// much there is, and what waits for what.

import { h, reconcile, setAttribute, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { missingCompanies } from "../places.js";
import { href } from "../router.js";
import { setTime, timeElement } from "../time.js";
import { countWords, TYPE_STATE } from "../words.js";
import { cadenceWords } from "./sync-details.js";

/** @typedef {import("../types.js").RecordTypeState} RecordTypeState */

const HEAD = ["Record type", "State", "Direction", "Last success", "Next run", "Records"];

export class RecordTypes extends HTMLElement {
  #body = h("tbody", { role: "rowgroup" });

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const head = HEAD.map((text) => h("th", { scope: "col", role: "columnheader" }, text));
    const table = h(
      "table",
      { class: "table stacks", role: "table" },
      h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, head)),
      this.#body,
    );
    setAttribute(table, "aria-label", "Record types");
    this.append(h("div", { class: "table-frame" }, table));
  }

  /**
   * @param {import("../types.js").Integration} integration
   * @param {import("../types.js").Connector} connector
   */
  update(integration, connector) {
    reconcile(
      this.#body,
      integration.record_types,
      (type) => type.id,
      () => new TypeRow().element,
      (element, type) => rows.get(element)?.update(type, integration, connector),
    );
  }
}

/** A row's element is a plain `tr`; what patches it is found by it. @type {WeakMap<HTMLElement, TypeRow>} */
const rows = new WeakMap();

class TypeRow {
  #label = h("span");
  #limitation = h("p", { class: "secondary" });
  #state = h("span");
  #direction = h("span", { class: "direction" });
  #last = timeElement();
  #never = h("span", {}, "Not yet");
  #next = timeElement();
  #cadence = h("p", { class: "secondary" });
  #none = h("span", { class: "secondary" }, "None");
  #records = h("span");
  #waiting = h("p", { class: "waiting" });
  #link = h("a", {}, "Link them");

  constructor() {
    this.element = h(
      "tr",
      { role: "row" },
      h("th", { scope: "row", role: "rowheader" }, this.#label, this.#limitation),
      cell("State", this.#state),
      cell("Direction", this.#direction),
      cell("Last success", this.#last, this.#never),
      cell("Next run", this.#next, this.#none, this.#cadence),
      cell("Records", this.#records, this.#waiting),
    );
    rows.set(this.element, this);
  }

  /**
   * @param {RecordTypeState} type
   * @param {import("../types.js").Integration} integration
   * @param {import("../types.js").Connector} connector
   */
  update(type, integration, connector) {
    const declared = connector.record_types.find(({ id }) => id === type.id);
    setText(this.#label, type.label);
    setText(this.#limitation, declared?.limitation);
    show(this.#limitation, declared?.limitation);
    setAttribute(this.#state, "class", `type-state ${type.state}`);
    setText(this.#state, TYPE_STATE[type.state]);
    this.#setDirection(type.direction, connector.short_name);
    const { last_success_at: last, next_run_at: next } = type;
    show(this.#last, last);
    show(this.#never, !last);
    if (last) setTime(this.#last, last);
    show(this.#next, next);
    show(this.#none, !next);
    if (next) setTime(this.#next, next);
    setText(this.#cadence, cadenceWords(type));
    show(this.#cadence, this.#cadence.textContent);
    setText(this.#records, type.counts ? countWords(type.counts) || "0" : "");
    this.#setWaiting(type, integration.connector);
  }

  /**
   * @param {"pull" | "both"} direction
   * @param {string} vendor
   */
  #setDirection(direction, vendor) {
    const words = direction === "both" ? "Both ways" : `From ${vendor}`;
    if (this.#direction.textContent !== words) {
      this.#direction.replaceChildren(icon(direction === "both" ? "both" : "arrow"), words);
    }
  }

  /**
   * @param {RecordTypeState} type
   * @param {string} connector
   */
  #setWaiting({ waiting }, connector) {
    show(this.#waiting, waiting);
    if (!waiting) return;
    // Linking helps those only that have a company.
    const place = waiting.count > 0 ? missingCompanies(connector) : null;
    const text = place ? `${waiting.reason}: ` : `${waiting.reason}.`;
    if (this.#waiting.firstChild?.textContent === text) return;
    if (place) setAttribute(this.#link, "href", href(place));
    this.#waiting.replaceChildren(text, ...(place ? [this.#link] : []));
  }
}

/**
 * A cell that carries its column's name, shown where the table is too narrow for columns.
 *
 * @param {string} name
 * @param {...Node} children
 */
export function cell(name, ...children) {
  return h("td", { role: "cell", "data-column": name }, ...children);
}

customElements.define("record-types", RecordTypes);
