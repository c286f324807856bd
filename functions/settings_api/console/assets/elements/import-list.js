// The vendor's companies to choose from: search, filter, tick one by one or all that fit. Search and filter are the
// server's; what is ticked stays ticked whatever is shown. Tells of each change of the plan by `plan-changed`.

import { get, integration } from "../api.js";
import { complain } from "../company-actions.js";
import { h, isOff, reconcile, setAttribute, setOff, setText, show } from "../dom.js";
import { importable } from "../import-plan.js";
import { Suggestions } from "../import-suggestions.js";
import { icon } from "../icons.js";
import { Paged } from "../paged.js";
import { mayNot } from "../session.js";
import { empty, failed, loading } from "../states.js";
import { count, plural } from "../words.js";
import "./company-picker.js";
import { ImportRow } from "./import-row.js";
import { searchField } from "./search-field.js";

/** @typedef {import("../company-types.js").VendorCompany} VendorCompany */

/** @type {{id: string, label: string, query: Record<string, string>}[]} */
const FILTERS = [
  { id: "unlinked", label: "Not linked", query: { linked: "false", blocked: "false", inactive: "false" } },
  { id: "inactive", label: "Inactive", query: { linked: "false", blocked: "false", inactive: "true" } },
  { id: "blocked", label: "Blocked", query: { blocked: "true" } },
  { id: "linked", label: "Linked", query: { linked: "true" } },
  { id: "all", label: "All", query: {} },
];

/** Ticked at once at most; more than that is no choice any more but `company_import: all`. */
const MOST = 10_000;

export class ImportList extends HTMLElement {
  #connector;
  #path;
  #vendor;
  #plan;
  /** @type {Paged<VendorCompany>} */
  #list = new Paged(() => this.#render());
  #suggestions = new Suggestions();
  #note = h("p", { class: "notice warn", role: "status", hidden: true });
  /** Reads on until all that fit are ticked. @type {AbortController | null} */
  #taking = null;

  #search = searchField("Search by name, domain or id");
  #filter = h(
    "select",
    { class: "input", "aria-label": "Show" },
    FILTERS.map(({ id, label }) => h("option", { value: id }, label)),
  );
  #all = h("button", { class: "button quiet reason-end", type: "button" });
  #none = h("button", { class: "button quiet", type: "button" }, "Clear selection");
  #rows = h("div", { class: "import-rows", role: "list" });
  #state = h("div", {}, loading("vendor companies"));
  #more = h("div", { class: "more", hidden: true });
  #picker = /** @type {import("./company-picker.js").CompanyPicker} */ (document.createElement("company-picker"));

  /**
   * @param {string} connector
   * @param {string} vendor
   * @param {import("../import-plan.js").ImportPlan} plan
   */
  constructor(connector, vendor, plan) {
    super();
    this.#connector = connector;
    this.#path = integration(connector, "companies");
    this.#vendor = vendor;
    this.#plan = plan;
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const more = { class: "button", type: "button", on: { click: () => this.#list.more() } };
    this.#more.append(h("button", more, "Show more"));
    this.append(
      h("div", { class: "toolbar" }, this.#search, this.#filter, h("span", { class: "spread" }), this.#none, this.#all),
      this.#note,
      this.#state,
      this.#rows,
      this.#more,
      this.#picker,
    );
    this.#search.addEventListener("search-changed", () => this.#ask());
    this.#filter.addEventListener("change", () => this.#ask());
    this.#all.addEventListener("click", () => {
      if (!isOff(this.#all)) this.#takeAll();
    });
    this.#none.addEventListener("click", () => {
      this.#plan.clear();
      this.#changed();
      this.#search.focus();
    });
    this.#rows.addEventListener("ticked", (event) => {
      const { company } = /** @type {ImportRow} */ (event.target);
      if (/** @type {CustomEvent} */ (event).detail) this.#plan.tick(company);
      else this.#plan.untick(company);
      this.#changed();
    });
    this.#rows.addEventListener("target-wanted", (event) => {
      const { company } = /** @type {ImportRow} */ (event.target);
      this.#picker.open(/** @type {CustomEvent} */ (event).detail, company, this.#plan.target(company), (target) => {
        this.#plan.choose(company, target);
        this.#changed();
      });
    });
    this.#start();
  }

  disconnectedCallback() {
    this.#taking?.abort();
    this.#list.stop();
  }

  focus() {
    this.#search.focus();
  }

  /** Suggestions come first: what is ticked is never a new company because it was ticked too early. */
  async #start() {
    try {
      await this.#suggestions.read(this.#connector);
    } catch {
      this.#tell("What your companies resemble could not be found out. Each becomes a new one unless you choose.");
    }
    if (this.isConnected) this.#ask();
  }

  /** @param {string} text what has to be known before importing; empty: nothing */
  #tell(text) {
    this.#note.replaceChildren(icon("alert"), text);
    show(this.#note, text);
  }

  get #query() {
    const wanted = FILTERS.find(({ id }) => id === this.#filter.value) || FILTERS[0];
    const search = this.#search.value;
    return new URLSearchParams({ ...(search ? { search } : {}), ...wanted.query });
  }

  #ask() {
    this.#taking?.abort();
    this.#taking = null;
    this.#rows.scrollTop = 0;
    this.#list.read(`${this.#path}?${this.#query}`);
  }

  #changed() {
    this.#render();
    this.dispatchEvent(new CustomEvent("plan-changed", { bubbles: true }));
  }

  #render() {
    const { error, busy, fresh } = this.#list;
    const items = this.#items;
    const blank = items.length === 0;
    show(this.#state, blank || error);
    show(this.#rows, !blank && !error);
    show(this.#more, this.#list.hasMore && !error);
    setAttribute(this.#rows, "aria-busy", busy ? "true" : null);
    if (error) {
      const what = `The companies of ${this.#vendor} could not be read`;
      this.#state.replaceChildren(failed(what, error, () => this.#list.again()));
    } else if (!fresh && !busy && blank) {
      this.#state.replaceChildren(this.#nothing());
    }
    reconcile(
      this.#rows,
      items,
      ({ external_id: id }) => id,
      (company) => new ImportRow(company),
      (row, company) => row.update(company, this.#plan, mayNot("write")),
    );
    this.#renderAll();
  }

  get #items() {
    return this.#list.items.map((company) => this.#suggestions.addTo(company));
  }

  #nothing() {
    if (this.#search.value) return empty("No company fits", "Try another name, or another filter.");
    if (this.#filter.value !== "unlinked") return empty("None", `${this.#vendor} has no such companies.`);
    return empty(
      "Nothing left to import",
      `Every active company of ${this.#vendor} that has been read is linked or blocked.`,
    );
  }

  #renderAll() {
    const { items, busy } = this.#list;
    const free = items.filter(importable);
    const off = free.length === 0 && !this.#list.hasMore ? "There is nothing to select." : null;
    show(this.#none, this.#plan.size > 0);
    setOff(this.#all, mayNot("write") || (this.#taking ? "One moment, please." : busy ? "One moment, please." : off));
    if (!this.#taking)
      setText(this.#all, this.#list.hasMore ? "Select all that fit" : `Select all ${count(free.length)}`);
  }

  /** Ticks everything that fits search and filter, also what has not been shown. */
  async #takeAll() {
    const taking = new AbortController();
    this.#taking = taking;
    this.#renderAll();
    let cursor = null;
    let read = 0;
    let left = 0;
    try {
      do {
        const place = cursor ? `&cursor=${encodeURIComponent(cursor)}` : "";
        const { data } = await get(`${this.#path}?${this.#query}&limit=200${place}`, { signal: taking.signal });
        left += this.#tickAll(data.items);
        read += data.items.length;
        cursor = data.next_cursor;
        if (cursor)
          this.#all.replaceChildren(h("span", { class: "spinner" }), `${plural(read, "company", "companies")} so far`);
      } while (cursor && this.#plan.size < MOST && this.#taking === taking);
    } catch (error) {
      if (taking.signal.aborted) return;
      complain(error, "Not all companies could be selected");
    }
    if (this.#taking === taking) this.#taking = null;
    this.#tell(left > 0 ? `${count(left)} not selected: they resemble several of your companies.` : "");
    this.#changed();
  }

  /** Ticks what can be told; how many it leaves to a person. @param {VendorCompany[]} items */
  #tickAll(items) {
    const all = items.map((company) => this.#suggestions.addTo(company)).filter(importable);
    const open = all.filter((company) => this.#plan.isOpen(company));
    for (const company of all) if (!open.includes(company)) this.#plan.tick(company);
    return open.length;
  }
}

customElements.define("import-list", ImportList);
