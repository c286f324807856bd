// Field mapping of a connection: per record type, which vendor field goes where, which way, by which rule, and how often
// it is filled. It is to be read, not changed: what can be chosen stands under Options.

import { readable } from "../activity-words.js";
import { get, integration as path } from "../api.js";
import { h, newId } from "../dom.js";
import { icon } from "../icons.js";
import { empty, failed, loading } from "../states.js";
import { count, sentenceCase } from "../words.js";
import { cell } from "./record-types.js";

/** @typedef {{vendor_field: string, direction: "in" | "out" | "both", portal_field: string, rule: string, filled: number, of: number, example?: string}} MappedField */
/** @typedef {{record_type: string, label: string, fields: MappedField[]}} MappedType */

/** @type {Record<MappedField["direction"], {sign: Parameters<typeof icon>[0], words: string}>} */
const DIRECTIONS = {
  in: { sign: "arrow", words: "to the portal" },
  out: { sign: "back", words: "from the portal" },
  both: { sign: "both", words: "both ways" },
};

export class ConnectionMapping extends HTMLElement {
  connector = "";
  #vendor = "Vendor";
  #read = false;

  /**
   * @param {import("../types.js").Integration} _
   * @param {import("../types.js").Connector} connector
   */
  update(_, connector) {
    this.#vendor = connector.short_name;
    if (!this.#read) this.#load();
  }

  async #load() {
    this.#read = true;
    this.replaceChildren(loading("the field mapping"));
    try {
      const { data } = await get(path(this.connector, "mapping"));
      const types = /** @type {MappedType[]} */ (data.record_types);
      this.replaceChildren(...(types.length > 0 ? types.map((type) => this.#section(type)) : [nothing()]));
    } catch (error) {
      this.replaceChildren(failed("The field mapping could not be read", error, () => this.#load()));
    }
  }

  /** @param {MappedType} type */
  #section({ label, fields }) {
    const title = h("h3", { id: newId("mapping") }, label);
    const head = [`Field in ${this.#vendor}`, "Way", "Field in the portal", "Rule", "Filled", "Example"];
    return h(
      "section",
      {},
      title,
      h(
        "div",
        { class: "table-frame" },
        h(
          "table",
          { class: "table stacks mapping", role: "table", "aria-labelledby": title.id },
          h(
            "thead",
            {},
            h(
              "tr",
              { role: "row" },
              head.map((text) => h("th", { scope: "col", role: "columnheader" }, text)),
            ),
          ),
          h("tbody", { role: "rowgroup" }, fields.map(row)),
        ),
      ),
    );
  }
}

/** @param {MappedField} field */
function row({ vendor_field: from, direction, portal_field: to, rule, filled, of, example }) {
  const { sign, words } = DIRECTIONS[direction] || DIRECTIONS.in;
  const way = h(
    "span",
    { class: "direction", title: sentenceCase(words) },
    icon(sign),
    h("span", { class: "visually-hidden" }, words),
  );
  const some = of > 0 ? `${count(filled)} of ${count(of)}` : "Nothing yet";
  return h(
    "tr",
    { role: "row" },
    h("th", { scope: "row", role: "rowheader" }, h("code", {}, from)),
    cell("Way", way),
    cell("In the portal", h("span", {}, readable(to))),
    cell("Rule", h("span", {}, sentenceCase(rule))),
    cell("Filled", h("span", { class: of > 0 ? "nowrap" : "secondary" }, some)),
    cell("Example", ...(example ? [h("span", { class: "example" }, example)] : [])),
  );
}

function nothing() {
  return empty("No fields to show", "The mapping of a record type appears here once the connector says what it reads.");
}

customElements.define("connection-mapping", ConnectionMapping);
