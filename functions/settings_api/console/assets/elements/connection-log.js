// Sync log of a connection: every run that did or found anything, latest first; checks that found nothing are one line.
// Filters and the run that is opened are part of the address. The run at work comes with each new state of the
// connection, so it is live without being asked for.

import { get, integration as path } from "../api.js";
import { h, newId, reconcile, setText, show } from "../dom.js";
import { closeQuery, queryValue, setQuery } from "../router.js";
import { empty, failed, loading } from "../states.js";
import { moment } from "../time.js";
import { RESULT, TRIGGER } from "../run-words.js";
import { plural } from "../words.js";
import { RunDrawer } from "./run-drawer.js";
import { hasNews, isUnderWay } from "./run-progress.js";
import { RunRow } from "./run-row.js";
import { SetAside } from "./set-aside.js";

/** @typedef {import("../types.js").Integration} Integration */
/** @typedef {import("../types.js").Run} Run */

const HEAD = ["Started", "Result", "Started by", "What happened", "Calls", "Took"];
const FILTERS = /** @type {const} */ (["result", "trigger", "record_type"]);

export class ConnectionLog extends HTMLElement {
  connector = "";
  /** @type {Integration | null} */
  #integration = null;
  /** @type {Run[] | null} */
  #runs = null;
  /** @type {string | null} */
  #cursor = null;
  /** Answers to questions that were asked before the last change of filters are dropped. */
  #generation = 0;
  /** The filters that are shown. */
  #filtered = "";
  #selects = new Map(FILTERS.map((name) => [name, h("select", { class: "input", id: newId("filter") })]));
  #quiet = h("p", { class: "quiet-checks" });
  #state = h("div");
  #body = h("tbody", { role: "rowgroup" });
  #frame = h("div", { class: "table-frame", hidden: true });
  #more = h("button", { class: "button", type: "button" }, "Show earlier ones");
  #moreLine = h("div", { class: "more", hidden: true }, this.#more);
  #aside = new SetAside();
  #drawer = new RunDrawer();

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.#aside.connector = this.connector;
    this.#drawer.connector = this.connector;
    const head = h(
      "tr",
      { role: "row" },
      HEAD.map((text) => h("th", { scope: "col", role: "columnheader" }, text)),
    );
    const table = h(
      "table",
      { class: "table stacks", role: "table", "aria-label": "Runs" },
      h("thead", { role: "rowgroup" }, head),
      this.#body,
    );
    this.#frame.append(table);
    this.#more.addEventListener("click", () => this.#readMore());
    this.#body.addEventListener("click", (event) => this.#openRun(event));
    this.#drawer.addEventListener("drawer-closed", () => closeQuery({ run: null }));
    this.append(this.#aside, this.#toolbar(), this.#quiet, this.#state, this.#frame, this.#moreLine, this.#drawer);
    show(this.#quiet, false);
  }

  /** @param {Integration} integration */
  update(integration) {
    const before = this.#integration;
    this.#integration = integration;
    if (!before) this.#fillSelects(integration);
    if (this.#filtered !== this.#query() || !this.#runs) this.#read();
    else if (before && hasNews(before, integration)) this.#readLatest();
    else this.#render();
    this.#aside.update(integration);
    this.#drawer.follow(queryValue("run"), integration);
  }

  #toolbar() {
    const labels = { result: "Result", trigger: "Started by", record_type: "Record type" };
    const fields = FILTERS.map((name) => {
      const select = /** @type {HTMLSelectElement} */ (this.#selects.get(name));
      select.addEventListener("change", () => setQuery({ [name]: select.value || null }));
      return h("div", { class: "filter-field" }, h("label", { for: select.id }, labels[name]), select);
    });
    return h("div", { class: "toolbar", role: "group", "aria-label": "Filter the runs" }, fields);
  }

  /** @param {Integration} integration */
  #fillSelects({ record_types: types }) {
    const results = Object.entries(RESULT).filter(([state]) => state !== "queued" && state !== "running");
    /** @type {Record<string, [string, string][]>} */
    const choices = {
      result: results.map(([state, [word]]) => [state, word]),
      trigger: Object.entries(TRIGGER),
      record_type: types.map(({ id, label }) => [id, label]),
    };
    for (const [name, select] of this.#selects) {
      const options = choices[name].map(([value, label]) => h("option", { value }, label));
      select.replaceChildren(h("option", { value: "" }, "All"), ...options);
    }
  }

  #query() {
    const query = new URLSearchParams();
    for (const name of FILTERS) {
      const value = queryValue(name);
      if (value) query.set(name, value);
    }
    return query.toString();
  }

  /** @param {string | null} [cursor] */
  #ask(cursor = null) {
    const query = [this.#query(), cursor ? `cursor=${encodeURIComponent(cursor)}` : ""].filter(Boolean).join("&");
    return get(`${path(this.connector, "runs")}${query ? `?${query}` : ""}`);
  }

  async #read() {
    this.#filtered = this.#query();
    this.#generation += 1;
    const generation = this.#generation;
    for (const [name, select] of this.#selects) select.value = queryValue(name) || "";
    this.#runs = this.#runs || [];
    this.#state.replaceChildren(loading("the runs"));
    show(this.#frame, false);
    show(this.#moreLine, false);
    try {
      const { data } = await this.#ask();
      if (generation !== this.#generation) return;
      this.#runs = data.items;
      this.#cursor = data.next_cursor;
      this.#state.replaceChildren();
      this.#renderQuiet(data.quiet);
      this.#render();
    } catch (error) {
      if (generation !== this.#generation) return;
      this.#state.replaceChildren(failed("The sync log could not be read", error, () => this.#read()));
    }
  }

  /** A run has ended or a check was quiet: what is new goes on top of what is shown. */
  async #readLatest() {
    const generation = this.#generation;
    const answer = await this.#ask().catch(() => null);
    if (!answer || generation !== this.#generation) return;
    const latest = /** @type {Run[]} */ (answer.data.items);
    const known = new Set(latest.map(({ id }) => id));
    if (this.#runs?.length === 0) this.#cursor = answer.data.next_cursor;
    this.#runs = [...latest, ...(this.#runs || []).filter(({ id }) => !known.has(id))];
    this.#renderQuiet(answer.data.quiet);
    this.#render();
  }

  async #readMore() {
    const generation = this.#generation;
    setText(this.#more, "One moment…");
    const answer = await this.#ask(this.#cursor).catch(() => null);
    setText(this.#more, answer ? "Show earlier ones" : "Try again");
    if (!answer || generation !== this.#generation) return;
    const known = new Set(this.#runs?.map(({ id }) => id));
    const earlier = /** @type {Run[]} */ (answer.data.items).filter(({ id }) => !known.has(id));
    this.#runs = [...(this.#runs || []), ...earlier];
    this.#cursor = answer.data.next_cursor;
    this.#render();
    /** @type {HTMLElement | null} */ (this.#body.querySelector(`[data-key="${earlier[0]?.id}"] button`))?.focus();
  }

  #render() {
    if (this.#state.querySelector(".loading, .failed")) return;
    const runs = this.#withCurrent();
    reconcile(
      this.#body,
      runs,
      ({ id }) => id,
      (run) => new RunRow(run.id).element,
      (element, run) => RunRow.of(element).update(run, { filtered: this.#filtered !== "" }),
    );
    show(this.#frame, runs.length > 0);
    show(this.#moreLine, this.#cursor);
    const blank = runs.length === 0 && !this.#cursor;
    if (!blank) this.#state.replaceChildren();
    else if (!this.#state.firstChild) this.#state.append(this.#filtered ? nothingFits() : nothingYet());
  }

  /** The run at work, as the connection tells of it, in its place on top. */
  #withCurrent() {
    const runs = this.#runs || [];
    const current = this.#integration?.run;
    if (!current || !isUnderWay(current)) return runs;
    const known = runs.some(({ id }) => id === current.id);
    if (known) return runs.map((run) => (run.id === current.id ? current : run));
    return this.#filtered ? runs : [current, ...runs];
  }

  /** @param {import("../types.js").QuietChecks} quiet */
  #renderQuiet({ count, since, checked_at: at }) {
    const text =
      count > 0 && since
        ? `Checked ${count === 1 ? "once" : plural(count, "time")} since ${moment(since)}, nothing new.`
        : at
          ? `Last checked ${moment(at)}.`
          : "";
    setText(this.#quiet, text);
    show(this.#quiet, text && !this.#filtered);
  }

  /** @param {MouseEvent} event */
  #openRun(event) {
    const row = event.target instanceof Element ? event.target.closest("tr") : null;
    if (row?.dataset.key) setQuery({ run: row.dataset.key }, { push: true });
  }
}

function nothingYet() {
  return empty("No runs yet", "Every sync that brings or finds anything is listed here for 30 days.");
}

function nothingFits() {
  const all = h("button", { class: "button", type: "button" }, "Show all runs");
  all.addEventListener("click", () => setQuery({ result: null, trigger: null, record_type: null }));
  return empty("No run fits", "Within the last 30 days there is no run like this.", all);
}

customElements.define("connection-log", ConnectionLog);
