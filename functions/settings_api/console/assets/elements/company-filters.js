// Search, filter and order of the list of companies. They live in the address, so a list can be linked and Back goes
// back to it; the page reads them there.

import { shortName } from "../company-words.js";
import { h, reconcile, setText } from "../dom.js";
import { queryValue, setQuery } from "../router.js";
import { count, plural } from "../words.js";
import { searchField } from "./search-field.js";

/** What the API takes, by name. */
const NAMES = ["search", "missing", "order"];

export class CompanyFilters extends HTMLElement {
  #search = searchField("Search companies");
  #missing = h("select", { class: "input", "aria-label": "Show" });
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
    this.#missing.addEventListener("change", () => setQuery({ missing: this.#missing.value || null }));
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
   * @param {{total: number, missing: Record<string, number>} | null} answer of the list: how many, and how many lack a link
   * @param {import("../company-words.js").Catalogue} catalogue
   */
  update(answer, catalogue) {
    setText(this.#total, answer ? plural(answer.total, "company", "companies") : "");
    const missing = answer?.missing || {};
    const wanted = queryValue("missing") || "";
    const choices = [{ value: "", label: "All companies" }];
    const connectors = Object.keys(missing);
    if (connectors.length > 1 || wanted === "any") choices.push({ value: "any", label: "Any link missing" });
    for (const connector of connectors) {
      const label = `Not in ${shortName(connector, catalogue)} (${count(missing[connector])})`;
      choices.push({ value: connector, label });
    }
    if (!choices.some(({ value }) => value === wanted)) choices.push({ value: wanted, label: `Not in ${wanted}` });
    reconcile(
      this.#missing,
      choices,
      ({ value }) => value,
      ({ value }) => h("option", { value }),
      (option, { label }) => setText(option, label),
    );
    this.#missing.value = wanted;
  }
}

customElements.define("company-filters", CompanyFilters);
