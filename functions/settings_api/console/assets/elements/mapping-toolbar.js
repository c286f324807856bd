// Above the mapping grid: search, the filter for missing links, the order, how many companies that makes, and what can
// be done with them. Everything that narrows the list is in the address.

import { file } from "../api.js";
import { complain } from "../company-actions.js";
import { h, setAttribute, setText } from "../dom.js";
import { icon } from "../icons.js";
import { saveFile } from "../save-file.js";
import { queryValue, setQuery } from "../router.js";
import { plural } from "../words.js";
import { MissingFilter } from "./missing-filter.js";
import { searchField } from "./search-field.js";

/** UTF-8's byte-order mark: without it Excel reads the file in the code page of its system. */
const MARK = "\ufeff";

export class MappingToolbar extends HTMLElement {
  #search = searchField("Search companies");
  #missing = new MissingFilter();
  #order = h(
    "select",
    { class: "input", "aria-label": "Order" },
    h("option", { value: "unlinked" }, "Unlinked first"),
    h("option", { value: "name" }, "By name"),
  );
  #count = h("p", { class: "secondary count", role: "status" });
  #export = h("button", { class: "button", type: "button" }, icon("download"), "Export");

  /** What is shown, and hence exported. */
  #query = new URLSearchParams();

  connectedCallback() {
    if (this.childElementCount > 0) return;
    setAttribute(this, "class", "toolbar");
    this.append(this.#search, this.#missing, this.#order, this.#count, h("span", { class: "spread" }), this.#export);
    this.addEventListener("search-changed", (event) => {
      setQuery({ search: /** @type {CustomEvent} */ (event).detail || null });
    });
    this.addEventListener("missing-changed", (event) => {
      setQuery({ missing: /** @type {CustomEvent} */ (event).detail });
    });
    this.#order.addEventListener("change", () => {
      setQuery({ order: this.#order.value === "name" ? "name" : null });
    });
    this.#export.addEventListener("click", () => this.#save());
  }

  /**
   * Takes over the address, and what the grid has learnt.
   *
   * @param {import("./mapping-page.js").Facts} facts
   * @param {URLSearchParams} query as the API takes it
   */
  update({ columns, missing, missingAny, total }, query) {
    this.#query = query;
    this.#search.value = queryValue("search") || "";
    this.#missing.update(query.get("missing"), columns, missing, missingAny);
    this.#order.value = queryValue("order") === "name" ? "name" : "unlinked";
    setText(this.#count, total === null ? "" : plural(total, "company", "companies"));
  }

  focus() {
    this.#search.focus();
  }

  async #save() {
    if (this.#export.getAttribute("aria-busy") === "true") return;
    setAttribute(this.#export, "aria-busy", "true");
    try {
      const content = await file(`/v1/companies.csv?${this.#query}`, "text/csv");
      saveFile(new Blob([MARK, content], { type: content.type }), "companies.csv");
    } catch (error) {
      complain(error, "The companies could not be exported");
    } finally {
      setAttribute(this.#export, "aria-busy", null);
    }
  }
}

customElements.define("mapping-toolbar", MappingToolbar);
