// What quick match proposes, to be looked through: how sure it has to be, a search, the proposals with their ticks, and
// those that are left to a person because several companies come close. Tells of every change by `review-changed`.

import { h, newId, setAttribute, setText, show } from "../dom.js";
import { MatchSelection } from "../match-selection.js";
import { PagedRows } from "../paged-rows.js";
import { empty, failed, loading } from "../states.js";
import { count } from "../words.js";
import { AmbiguousList } from "./ambiguous-list.js";
import { MatchList } from "./match-list.js";
import { searchField } from "./search-field.js";

/** @typedef {import("../match-types.js").Proposal} Proposal */
/** @typedef {import("../mapping-columns.js").Column} Column */

const USUAL = 70;
const LOWEST = 40;
/** After the slider has stopped, in milliseconds. */
const PAUSE = 150;

export class MatchReview extends HTMLElement {
  #match;
  #selection = new MatchSelection();
  #list;
  #ambiguous;
  /** @type {PagedRows<Proposal> | null} */
  #rows = null;
  /** @type {PagedRows<Proposal> | null} */
  #shown = null;
  #threshold = USUAL;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #slider = h("input", { type: "range", min: LOWEST, max: 100, step: 1, id: newId("threshold") });
  #value = h("output", { for: this.#slider.id });
  #search = searchField("Search proposals");
  #tools = h("div", { class: "toolbar" });
  #proposed = tab("Proposed");
  #unclear = tab("Ambiguous");
  #panel = h("div", { class: "match-panel", role: "tabpanel", id: newId("panel") });

  /**
   * @param {import("../match-types.js").QuickMatch} match
   * @param {Column[]} columns
   */
  constructor(match, columns) {
    super();
    this.#match = match;
    const vendors = new Map(columns.map((column) => [column.connector, column]));
    this.#list = new MatchList(vendors, this.#selection);
    this.#ambiguous = new AmbiguousList(this.#path("ambiguous"), vendors);
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const threshold = h(
      "div",
      { class: "threshold" },
      h("label", { for: this.#slider.id }, "How sure, at least"),
      this.#slider,
      this.#value,
    );
    this.#tools.append(this.#search, threshold);
    const tabs = h(
      "div",
      { class: "match-tabs", role: "tablist", "aria-label": "Outcome" },
      this.#proposed,
      this.#unclear,
    );
    this.append(this.#tools, tabs, this.#panel);
    this.#slider.value = String(USUAL);
    this.#slider.addEventListener("input", () => {
      this.#threshold = Number(this.#slider.value);
      setText(this.#value, this.#threshold);
      this.#countProposed();
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#ask(), PAUSE);
    });
    setText(this.#value, USUAL);
    this.addEventListener("search-changed", () => {
      this.#ask();
      this.#ambiguous.search = this.#search.value;
    });
    this.#list.addEventListener("ticked", (event) => this.#select(/** @type {CustomEvent} */ (event).detail));
    this.#list.addEventListener("all-ticked", (event) => {
      this.#selection.setAll(/** @type {CustomEvent} */ (event).detail);
      this.#changed();
    });
    tabs.addEventListener("click", (event) => this.#open(/** @type {HTMLElement} */ (event.target)));
    tabs.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      const other = document.activeElement === this.#proposed ? this.#unclear : this.#proposed;
      other.focus();
      this.#open(other);
    });
    setText(/** @type {Node} */ (this.#unclear.lastElementChild), count(this.#match.counts.ambiguous));
    this.#open(this.#proposed);
    this.#ask();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    this.#rows?.close();
  }

  /** How many are ticked. */
  get ticked() {
    return this.#selection.count(this.#shown?.total ?? 0, this.#filter);
  }

  /** How many are listed; `null`: not known yet. */
  get listed() {
    return this.#rows?.total ?? null;
  }

  /** What is to be applied, as the API takes it. */
  get request() {
    return this.#selection.request(this.#filter);
  }

  get #filter() {
    return { threshold: this.#threshold, search: this.#search.value };
  }

  /** @param {string} what */
  #path(what) {
    return `/v1/quick-match/${encodeURIComponent(this.#match.id)}/${what}`;
  }

  #ask() {
    const { threshold, search } = this.#filter;
    const query = new URLSearchParams({ threshold: String(threshold), ...(search ? { search } : {}) });
    this.#rows?.close();
    /** @type {PagedRows<Proposal>} */
    const rows = new PagedRows({
      path: `${this.#path("proposals")}?${query}`,
      key: ({ id }) => id,
      changed: () => this.#render(),
    });
    this.#rows = rows;
    rows.want(0, 0);
    this.#render();
  }

  /** @param {Proposal} proposal */
  #select(proposal) {
    this.#selection.toggle(proposal);
    this.#changed();
  }

  #changed() {
    this.#list.update();
    this.#tell();
  }

  #tell() {
    const { ticked, listed } = this;
    this.#list.ticked = ticked === 0 ? "none" : ticked === listed ? "all" : "some";
    this.dispatchEvent(new CustomEvent("review-changed"));
  }

  #render() {
    const rows = this.#rows;
    if (!rows) return;
    setAttribute(this.#panel, "aria-busy", rows.begun || rows.problem ? null : "true");
    if (rows.begun) {
      this.#countProposed();
      if (this.#shown === rows) this.#list.update();
      else {
        this.#shown = rows;
        this.#list.rows = rows;
      }
    }
    if (this.#isOpen(this.#proposed)) this.#showProposals(rows);
    this.#tell();
  }

  /** At once while the slider moves: how many there are of each score is known. With a search, once it is answered. */
  #countProposed() {
    const { threshold, search } = this.#filter;
    const sure = this.#match.scores.filter(({ score }) => score >= threshold);
    const known = search ? this.#rows?.total : sure.reduce((sum, { proposed }) => sum + proposed, 0);
    if (known !== null && known !== undefined) {
      setText(/** @type {Node} */ (this.#proposed.lastElementChild), count(known));
    }
  }

  /** @param {PagedRows<Proposal>} rows */
  #showProposals(rows) {
    if (rows.problem) this.#put(failed("The proposals could not be read", rows.problem, () => rows.again()));
    else if (rows.begun && rows.length === 0) this.#put(this.#nothing());
    else if (rows.begun || this.#shown) this.#put(this.#list);
    else this.#put(loading("proposals", 8));
  }

  #nothing() {
    if (this.#search.value) return empty("Nothing found", "No proposal has this in its names.");
    if (this.#threshold > LOWEST) {
      return empty("Nothing that sure", "Lower the threshold to see what is less sure, or look at what is ambiguous.");
    }
    return empty("Nothing to propose", "No vendor company that is not linked yet resembles one of your companies.");
  }

  /** @param {HTMLElement} content */
  #put(content) {
    if (this.#panel.firstElementChild !== content) this.#panel.replaceChildren(content);
  }

  /** @param {HTMLElement} target */
  #open(target) {
    const wanted = [this.#proposed, this.#unclear].find((one) => one.contains(target));
    if (!wanted || this.#isOpen(wanted)) return;
    for (const one of [this.#proposed, this.#unclear]) {
      setAttribute(one, "aria-selected", String(one === wanted));
      setAttribute(one, "tabindex", one === wanted ? 0 : -1);
      setAttribute(one, "aria-controls", this.#panel.id);
    }
    setAttribute(this.#panel, "aria-labelledby", wanted.id);
    show(/** @type {HTMLElement} */ (this.#tools.lastElementChild), wanted === this.#proposed);
    if (wanted === this.#unclear) this.#put(this.#ambiguous);
    else this.#render();
  }

  /** @param {HTMLElement} one */
  #isOpen(one) {
    return one.getAttribute("aria-selected") === "true";
  }
}

/** @param {string} label */
function tab(label) {
  return h(
    "button",
    { class: "match-tab", type: "button", role: "tab", id: newId("tab") },
    label,
    h("span", { class: "tab-count" }),
  );
}

customElements.define("match-review", MatchReview);
