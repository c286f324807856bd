// Settings → Companies: the portal's companies, what each is linked to, and which role its new users get.

import { AddressDialogs } from "../address-dialogs.js";
import { Intention, all, get, items, post } from "../api.js";
import { catalogue } from "../catalogue.js";
import { deleteCompany } from "../company-actions.js";
import { COLUMNS, companyRow, updateCompanyRow } from "../company-rows.js";
import { h, isOff, reconcile, setAttribute, setOff, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { Paged } from "../paged.js";
import { companyPage, mappingOf } from "../places.js";
import { Poll } from "../poll.js";
import { navigate, setQuery } from "../router.js";
import { mayNot } from "../session.js";
import { empty, failed, loading } from "../states.js";
import { count, plural } from "../words.js";
import "./action-menu.js";
import { BlockedDialog } from "./blocked-dialog.js";
import "./company-filters.js";
import { companyForm } from "./company-form.js";
import { DefaultsDialog } from "./defaults-dialog.js";
import { ImportDialog } from "./import-dialog.js";
import { announce, toast } from "./toast-region.js";

/** @typedef {import("../company-types.js").Company} Company */

/** While the portal does not answer. */
const PATIENT = 10_000;

class CompanyListPage extends HTMLElement {
  /** @type {Paged<Company>} */
  #list = new Paged(() => this.#render());
  /** @type {import("../company-words.js").Catalogue} */
  #catalogue = new Map();
  /** @type {import("../company-types.js").Role[]} */
  #roles = [];
  /** Connections that have companies; `null`: not known yet. @type {import("../types.js").Integration[] | null} */
  #sources = null;
  /** What names and menus need is read once, however often that has to be tried. */
  #facts = new Poll(
    () => this.#readFacts(),
    () => PATIENT,
  );
  #asked = "";

  #import = /** @type {import("./action-menu.js").ActionMenu} */ (document.createElement("action-menu"));
  #blocked = h("button", { class: "button quiet", type: "button", hidden: true });
  #add = h("button", { class: "button primary reason-end", type: "button" }, icon("plus"), "Add company");
  #filters = /** @type {import("./company-filters.js").CompanyFilters} */ (document.createElement("company-filters"));
  #rows = h("tbody", { role: "rowgroup" });
  #table = h("div", { class: "table-frame", hidden: true }, table(this.#rows));
  #state = h("div", {}, loading("companies"));
  #more = h("div", { class: "more", hidden: true });
  #dialogs = new AddressDialogs(this, {
    add: () => {
      const adding = new Intention();
      return companyForm((values) => this.#create(values, adding));
    },
    blocked: () => new BlockedDialog(this.#catalogue),
    defaults: (id) => new DefaultsDialog(id),
    import: (connector) => {
      const source = this.#sources?.find((one) => one.connector === connector);
      return source ? new ImportDialog(connector, source.name) : null;
    },
  });

  connectedCallback() {
    this.#import.setup("Import companies", () => this.#importItems(), "Import");
    this.#on(this.#add, () => setQuery({ add: "company" }, { push: true }));
    this.#on(this.#blocked, () => setQuery({ blocked: "companies" }, { push: true }));
    this.#more.append(
      h("button", { class: "button", type: "button", on: { click: () => this.#list.more() } }, "Show more"),
    );
    this.addEventListener("companies-changed", () => this.#changed());
    setOff(this.#add, mayNot("write"));
    this.append(
      h(
        "header",
        { class: "page-head" },
        h(
          "div",
          {},
          h("h1", { tabindex: "-1" }, "Companies"),
          h("p", {}, "Your clients, what each is linked to, and which role their new users get."),
        ),
        h("div", { class: "head-acts" }, this.#blocked, this.#import, this.#add),
      ),
      this.#filters,
      this.#state,
      this.#table,
      this.#more,
    );
    this.#ask();
    this.#facts.start();
    this.#countBlocked();
  }

  disconnectedCallback() {
    this.#facts.stop();
    this.#list.stop();
  }

  routeChanged() {
    this.#ask();
    this.#dialogs.follow();
  }

  /** What names and menus need; the list itself does not wait for it. */
  async #readFacts() {
    try {
      const [known, roles, integrations] = await Promise.all([
        catalogue(),
        all("/v1/roles"),
        get("/v1/integrations?limit=200").then(items),
      ]);
      if (!this.isConnected) return;
      this.#facts.stop();
      this.#catalogue = known;
      this.#roles = /** @type {import("../company-types.js").Role[]} */ (roles);
      this.#sources = /** @type {import("../types.js").Integration[]} */ (integrations).filter(
        ({ reason, record_types: types }) => reason !== "never_connected" && types.some(({ id }) => id === "companies"),
      );
      this.#render();
      this.#dialogs.follow();
    } catch {
      // The list says what failed; names are shown as ids until the next try.
    }
  }

  #ask() {
    const query = this.#filters.read();
    const path = `/v1/companies${query.size > 0 ? `?${query}` : ""}`;
    if (path === this.#asked) return;
    this.#asked = path;
    this.#list.read(path);
  }

  #changed() {
    this.#list.again();
    this.#countBlocked();
  }

  async #countBlocked() {
    try {
      const blocked = await all("/v1/blocked-companies");
      setText(this.#blocked, `Blocked (${count(blocked.length)})`);
      show(this.#blocked, blocked.length > 0);
    } catch {
      show(this.#blocked, false);
    }
  }

  #render() {
    const { items: companies, answer, error, busy, fresh } = this.#list;
    const filtered = this.#filters.narrow;
    const blank = companies.length === 0;
    setAttribute(this.#table, "aria-busy", busy ? "true" : null);
    show(this.#filters, filtered || !blank || fresh);
    show(this.#table, !blank && !error);
    show(this.#more, this.#list.hasMore && !error);
    show(this.#state, blank || error);
    if (error) this.#state.replaceChildren(failed("The companies could not be read", error, () => this.#list.again()));
    else if (fresh) return;
    else if (blank && !busy) this.#state.replaceChildren(filtered ? this.#nothingFits() : this.#nothingYet());
    this.#filters.update(error ? null : answer, this.#catalogue);
    reconcile(
      this.#rows,
      companies,
      ({ id }) => id,
      (company) => companyRow(company, this.#menu(company.id)),
      (row, company) => updateCompanyRow(row, company, this.#catalogue, this.#roles),
    );
    setOff(/** @type {HTMLElement} */ (this.#import.querySelector("button")), this.#importOff());
  }

  #nothingFits() {
    const clear = h("button", { class: "button", type: "button" }, "Show all companies");
    clear.addEventListener("click", () => this.#filters.clear());
    return empty("No company fits", "Nothing has this name, domain or link, or nothing is missing there.", clear);
  }

  #nothingYet() {
    const text = "Companies are your clients. Import them from a system that you have connected, or add them by hand.";
    if (!this.#sources) return empty("No companies yet", text);
    const [source] = this.#sources;
    if (!source) {
      const connect = h("button", { class: "button primary", type: "button" }, "Connect a PSA or RMM");
      connect.addEventListener("click", () => navigate("/settings/integrations"));
      return empty("No companies yet", text, connect);
    }
    const start = h("button", { class: "button primary", type: "button" }, `Import from ${source.name}`);
    setOff(start, mayNot("write"));
    this.#on(start, () => this.#openImport(source.connector));
    return empty("No companies yet", text, start);
  }

  /** @param {string} id */
  #menu(id) {
    const menu = /** @type {import("./action-menu.js").ActionMenu} */ (document.createElement("action-menu"));
    const company = () => /** @type {Company} */ (this.#list.items.find((one) => one.id === id));
    menu.setup(`Actions for ${company().name}`, () => {
      const mapping = mappingOf(company().name);
      return [
        { label: "Open", act: () => navigate(companyPage(id)) },
        { label: "Manage defaults", act: () => setQuery({ defaults: id }, { push: true }) },
        {
          label: "Open mapping",
          off: mapping ? null : "Comes with the Companies tab of Integrations.",
          act: () => mapping && navigate(mapping),
        },
        { label: "Delete…", off: mayNot("write"), act: () => this.#delete(company()) },
      ];
    });
    return menu;
  }

  /** @param {Company} company */
  async #delete(company) {
    if (!(await deleteCompany(company))) return;
    this.#changed();
    this.querySelector("h1")?.focus();
  }

  #importOff() {
    if (mayNot("write")) return mayNot("write");
    if (!this.#sources) return "What you have connected is not known yet. One moment, please.";
    return this.#sources.length > 0 ? null : "Connect a PSA or RMM first.";
  }

  #importItems() {
    return (this.#sources || []).map(({ connector, name, setup }) => ({
      label: name,
      hint: setup.found
        ? `${plural(setup.found.companies, "company", "companies")}, ${count(setup.found.linked)} linked`
        : "",
      off: this.#importOff(),
      act: () => this.#openImport(connector),
    }));
  }

  /** @param {string} connector */
  #openImport(connector) {
    setQuery({ import: connector }, { push: true });
  }

  /** @param {object} values @param {Intention} adding */
  async #create(values, adding) {
    const { data } = await post("/v1/companies", values, adding);
    toast(`${data.name} is added.`, { action: { label: "Open", act: () => navigate(companyPage(data.id)) } });
    this.#changed();
  }

  /**
   * @param {HTMLElement} button
   * @param {() => void} act
   */
  #on(button, act) {
    button.addEventListener("click", () => {
      const reason = button.getAttribute("data-reason");
      if (!isOff(button)) act();
      else if (reason) announce(reason);
    });
  }
}

/** @param {HTMLElement} rows */
function table(rows) {
  const heads = COLUMNS.map((name, at) =>
    h(
      "th",
      { scope: "col", role: "columnheader", class: name === "Users" ? "number" : null },
      at === COLUMNS.length - 1 ? h("span", { class: "visually-hidden" }, name) : name,
    ),
  );
  return h(
    "table",
    { class: "table stacks", role: "table", "aria-label": "Companies" },
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, heads)),
    rows,
  );
}

customElements.define("company-list-page", CompanyListPage);
