// Search, filter and order of the list of companies. They live in the address, so a list can be linked and Back goes
// back to it; the page reads them there.

import { shortName, vendorName } from "../company-words.js";
import { h, setText, show } from "../dom.js";
import { queryValue, setQuery } from "../router.js";
import { plural } from "../words.js";
import { MissingFilter } from "./missing-filter.js";
import { searchField } from "./search-field.js";

/** What the API takes, by name. */
const NAMES = ["search", "missing", "order"];

export class CompanyFilters extends HTMLElement {
  #search = searchField("Search companies");
  #missing = new MissingFilter();
  #order = h(
    "select",
    { class: "input", "aria-label": "Order" },
    h("option", { value: "" }, "By name"),
    h("option", { value: "unlinked" }, "Not linked first"),
  );
  #total = h("p", { class: "secondary", role: "status" });

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.className = "toolbar";
    this.append(this.#search, this.#missing, this.#order, h("span", { class: "spread" }), this.#total);
    this.#search.addEventListener("search-changed", () => setQuery({ search: this.#search.value || null }));
    this.#missing.addEventListener("missing-changed", (event) => {
      setQuery({ missing: /** @type {CustomEvent} */ (event).detail });
    });
    this.#order.addEventListener("change", () => setQuery({ order: this.#order.value || null }));
  }

  /** What the address asks for, as the API takes it. */
  read() {
    this.#search.value = queryValue("search") || "";
    this.#order.value = queryValue("order") || "";
    const query = new URLSearchParams();
    for (const name of NAMES) {
      const value = queryValue(name);
      if (value) query.set(name, value);
    }
    return query;
  }

  /** Whether something may be hidden. */
  get narrow() {
    return Boolean(queryValue("search") || queryValue("missing"));
  }

  clear() {
    setQuery({ search: null, missing: null });
  }

  /**
   * @param {{total: number, missing: Record<string, number>, missing_any?: number} | null} answer of the list: how many
   *   there are, and how many lack a link
   * @param {import("../company-words.js").Catalogue} catalogue
   */
  update(answer, catalogue) {
    if (!answer) {
      setText(this.#total, "");
      return;
    }
    const columns = Object.keys(answer.missing).map((connector) => ({
      connector,
      name: vendorName(connector, catalogue),
      short: shortName(connector, catalogue),
      off: null,
    }));
    setText(this.#total, plural(answer.total, "company", "companies"));
    show(this.#missing, columns.length > 0);
    this.#missing.update(queryValue("missing"), columns, answer.missing, answer.missing_any);
  }
}

customElements.define("company-filters", CompanyFilters);
