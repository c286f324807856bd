// Settings → Integrations → Companies: which company is which in the systems that are connected. Search, filter and order
// are in the address; so is quick match. While another question is answered, the last answer stays.

import { all } from "../api.js";
import { catalogue } from "../catalogue.js";
import { h, setAttribute, show } from "../dom.js";
import { icon } from "../icons.js";
import { MappingChanges } from "../mapping-changes.js";
import { lacks, mappingColumns } from "../mapping-columns.js";
import { PagedRows } from "../paged-rows.js";
import { importCompanies } from "../places.js";
import { closeQuery, href, queryValue, setQuery } from "../router.js";
import { empty, failed, loading } from "../states.js";
import { LinkPicker } from "./link-picker.js";
import { MappingGrid } from "./mapping-grid.js";
import { MappingList } from "./mapping-list.js";
import { MappingToolbar } from "./mapping-toolbar.js";
import { INTEGRATION_TABS, pageTabs } from "./page-tabs.js";
import { QuickMatchDialog } from "./quick-match-dialog.js";

/** @typedef {import("../company-types.js").Company} Company */
/** @typedef {import("../mapping-columns.js").Column} Column */

/**
 * What the page knows besides the rows.
 *
 * @typedef {object} Facts
 * @property {Column[]} columns
 * @property {Record<string, number>} missing companies without a link, by connection
 * @property {number} [missingAny] companies that lack at least one
 * @property {number | null} total that pass search and filter; `null`: not read yet
 */

const PHONE = matchMedia("(width < 640px)");

class MappingPage extends HTMLElement {
  /** @type {Facts} */
  #facts = { columns: [], missing: {}, total: null };
  /** Every column, before the API said which of them have companies. @type {Column[]} */
  #columns = [];
  /** @type {PagedRows<Company> | null} */
  #rows = null;
  /** The rows of the last answer, while those of the next are awaited. @type {PagedRows<Company> | null} */
  #shown = null;
  #question = "";
  /** @type {MappingGrid | MappingList | null} */
  #view = null;
  /** What the view was made for. */
  #viewOf = "";

  #quick = h("button", { class: "button primary", type: "button" }, icon("both"), "Quick match");
  #toolbar = new MappingToolbar();
  #trouble = h("div", { class: "trouble", hidden: true });
  #outlet = h("div", { class: "mapping-outlet" });
  #changes = new MappingChanges({
    find: (id) => this.#shown?.find(id),
    show: (company) => this.#replace(company),
  });
  #picker = new LinkPicker(this.#changes, () => {
    if (this.#view instanceof MappingGrid) this.#view.opened = null;
  });
  #dialog = new QuickMatchDialog();

  connectedCallback() {
    const head = h(
      "div",
      {},
      h("h1", { tabindex: "-1" }, "Companies"),
      h("p", {}, "Which company is which in the systems you have connected."),
    );
    this.append(
      h("header", { class: "page-head" }, head, this.#quick),
      pageTabs("Integrations", INTEGRATION_TABS),
      this.#toolbar,
      this.#trouble,
      this.#outlet,
      this.#picker,
      this.#dialog,
    );
    this.#quick.addEventListener("click", () => setQuery({ "quick-match": "1" }, { push: true }));
    this.#dialog.addEventListener("dialog-closed", () => closeQuery({ "quick-match": null }));
    this.#dialog.addEventListener("links-changed", () => this.#ask({ anew: true }));
    PHONE.addEventListener("change", this.#render);
    show(this.#toolbar, false);
    show(this.#quick, false);
    this.#begin();
  }

  disconnectedCallback() {
    PHONE.removeEventListener("change", this.#render);
    this.#rows?.close();
  }

  routeChanged() {
    if (this.#columns.length > 0) this.#ask();
    this.#dialog.follow(queryValue("quick-match"), this.#facts.columns);
  }

  async #begin() {
    this.#outlet.replaceChildren(loading("companies", 10));
    try {
      const [connectors, integrations] = await Promise.all([catalogue(), all("/v1/integrations")]);
      this.#columns = mappingColumns(integrations, connectors);
    } catch (error) {
      this.#outlet.replaceChildren(failed("The companies could not be read", error, () => this.#begin()));
      return;
    }
    if (!this.isConnected) return;
    if (this.#columns.length === 0) this.#outlet.replaceChildren(nothingConnected());
    else this.#ask();
  }

  /** Reads what the address asks for. @param {{anew?: boolean}} [how] `anew`: also if it is what is shown */
  #ask({ anew = false } = {}) {
    const query = this.#query;
    this.#updateToolbar();
    if (!anew && this.#rows && this.#question === query.toString()) return;
    this.#question = query.toString();
    this.#rows?.close();
    /** @type {PagedRows<Company>} */
    const rows = new PagedRows({
      path: `/v1/companies?${query}`,
      key: ({ id }) => id,
      jumps: true,
      changed: () => this.#render(),
      answered: (data) => {
        const columns = this.#columns.filter(({ connector }) => connector in data.missing);
        this.#facts = { columns, missing: data.missing, missingAny: data.missing_any, total: data.total };
      },
    });
    this.#rows = rows;
    if (this.#view) setAttribute(this.#view, "aria-busy", "true");
    rows.want(0, 0);
  }

  /** What the address asks for, as the API takes it. */
  get #query() {
    const query = new URLSearchParams();
    const search = queryValue("search");
    const missing = this.#missing;
    if (search) query.set("search", search);
    if (missing) query.set("missing", missing);
    query.set("order", queryValue("order") === "name" ? "name" : "unlinked");
    return query;
  }

  /** The filter of the address, without what is not connected: the API would refuse it. */
  get #missing() {
    const wanted = queryValue("missing")?.split(",") || [];
    if (wanted.includes("any")) return "any";
    const known = this.#columns.map(({ connector }) => connector).filter((connector) => wanted.includes(connector));
    return known.join(",") || null;
  }

  #render = () => {
    const rows = this.#rows;
    if (!rows) return;
    if (!rows.begun) {
      if (rows.problem) this.#showState(failed("The companies could not be read", rows.problem, () => rows.again()));
      return;
    }
    const { columns } = this.#facts;
    this.#updateToolbar();
    this.#renderTrouble(rows);
    this.#dialog.follow(queryValue("quick-match"), columns);
    if (columns.length === 0) this.#showState(nothingConnected());
    else if (rows.length === 0) this.#showState(this.#narrowed ? this.#nothingFound() : noCompanies(columns));
    else this.#showRows(rows);
  };

  get #narrowed() {
    return queryValue("search") !== null || this.#missing !== null;
  }

  /** @param {PagedRows<Company>} rows */
  #showRows(rows) {
    const { columns, missing } = this.#facts;
    const kind = JSON.stringify([PHONE.matches, columns]);
    if (!this.#view || this.#viewOf !== kind) {
      this.#view = PHONE.matches ? new MappingList(columns) : new MappingGrid(columns);
      this.#viewOf = kind;
      this.#view.addEventListener("cell-opened", (event) => this.#open(/** @type {CustomEvent} */ (event).detail));
      this.#outlet.replaceChildren(this.#view);
      this.#shown = null;
    }
    setAttribute(this.#view, "aria-busy", null);
    if (this.#shown === rows) this.#view.update();
    else this.#view.rows = rows;
    this.#shown = rows;
    if (this.#view instanceof MappingGrid) this.#view.missing = missing;
  }

  /** @param {HTMLElement} state */
  #showState(state) {
    this.#view = null;
    this.#shown = null;
    this.#outlet.replaceChildren(state);
  }

  /** Rows further down that could not be read. @param {PagedRows<Company>} rows */
  #renderTrouble(rows) {
    show(this.#trouble, rows.problem);
    if (rows.problem && this.#trouble.childElementCount === 0) {
      this.#trouble.append(failed("Some companies could not be read", rows.problem, () => rows.again()));
    } else if (!rows.problem) this.#trouble.replaceChildren();
  }

  #updateToolbar() {
    const { total, columns } = this.#facts;
    const some = total !== null && columns.length > 0 && (this.#narrowed || total > 0);
    show(this.#toolbar, some);
    show(this.#quick, some);
    this.#toolbar.update(this.#facts, this.#query);
  }

  /** @param {{company: Company, column: Column, anchor: HTMLElement}} cell */
  #open(cell) {
    if (this.#view instanceof MappingGrid) this.#view.opened = cell.anchor;
    this.#picker.open(cell);
  }

  /** @param {Company} company */
  #replace(company) {
    const before = this.#shown?.find(company.id);
    if (!before) return;
    const missing = { ...this.#facts.missing };
    const any = (/** @type {Company} */ one) => this.#facts.columns.some(({ connector }) => lacks(one, connector));
    for (const { connector } of this.#facts.columns) {
      missing[connector] += Number(lacks(company, connector)) - Number(lacks(before, connector));
    }
    const missingAny = this.#facts.missingAny;
    this.#facts.missing = missing;
    if (missingAny !== undefined) this.#facts.missingAny = missingAny + Number(any(company)) - Number(any(before));
    this.#shown?.replace(company);
    this.#render();
  }

  #nothingFound() {
    const clear = h("button", { class: "button primary", type: "button" }, "Show all companies");
    clear.addEventListener("click", () => {
      this.#toolbar.focus();
      setQuery({ search: null, missing: null });
    });
    return empty("No company fits", "Nothing is found for this search and filter.", clear);
  }
}

function nothingConnected() {
  const link = h("a", { class: "button primary", href: href("/settings/integrations?category=PSA") }, "Connect a PSA");
  return empty(
    "Connect a PSA or RMM first",
    "Your companies come from there. Here you then see which company is which.",
    link,
  );
}

/** @param {Column[]} columns */
function noCompanies(columns) {
  const { connector, name } = columns.find(({ off }) => !off) || columns[0];
  const page = importCompanies(connector);
  const link = page ? h("a", { class: "button primary", href: href(page) }, "Import companies") : null;
  const text = `Take over the companies that ${name} has, or some of them. Then they can be linked to the other systems.`;
  return empty("No companies yet", text, link);
}

customElements.define("mapping-page", MappingPage);
