// The records behind a run's counts: by outcome, page by page, each with the reason where it is not plain.

import { get, integration as path } from "../api.js";
import { h, newId, reconcile, setAttribute, setText, show } from "../dom.js";
import { LISTED, OUTCOME, total } from "../run-words.js";
import { failed, loading } from "../states.js";
import { count, plural, typeLabel } from "../words.js";
import { isUnderWay } from "./run-progress.js";
import { retryButton } from "./set-aside.js";

/** @typedef {import("../types.js").Run} Run */
/** @typedef {import("../types.js").RunRecord} RunRecord */
/** @typedef {import("../types.js").RecordTypeState} RecordTypeState */

export class RunRecords extends HTMLElement {
  connector = "";
  /** @type {Run | null} */
  #run = null;
  /** @type {RecordTypeState[]} */
  #types = [];
  /** The outcome that is shown; empty: every one. */
  #outcome = "";
  /** @type {RunRecord[]} */
  #records = [];
  /** @type {string | null} */
  #cursor = null;
  /** Answers to questions about another run or outcome are dropped. */
  #generation = 0;
  #title = h("h3", { id: newId("records") }, "Records");
  #chips = h("div", { class: "filters", role: "group", "aria-labelledby": this.#title.id });
  #list = h("ul", { class: "run-records", role: "list" });
  #state = h("div");
  #more = h("button", { class: "button", type: "button" }, "Show more");
  #moreLine = h("div", { class: "more", hidden: true }, this.#more);

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.#more.addEventListener("click", () => this.#read(this.#cursor));
    this.append(this.#title, this.#chips, this.#list, this.#state, this.#moreLine);
  }

  clear() {
    this.#run = null;
    this.#outcome = "";
    this.#records = [];
    this.#generation += 1;
    this.#list.replaceChildren();
    show(this.#moreLine, false);
  }

  /**
   * @param {Run} run
   * @param {RecordTypeState[]} types
   */
  update(run, types) {
    const before = this.#run;
    this.#run = run;
    this.#types = types;
    const known = LISTED.reduce((sum, outcome) => sum + total(run, outcome), 0);
    show(this, known > 0 || isUnderWay(run));
    this.#renderChips(run, known);
    if (!before) this.#read(null);
    // While it is at work new records come at the end; only a list that is shown whole can be carried on.
    else if (isUnderWay(before) && !this.#cursor && run.records !== before.records) this.#read(null, { quietly: true });
  }

  /**
   * @param {Run} run
   * @param {number} known
   */
  #renderChips(run, known) {
    const all = { id: "", label: "All", n: known };
    const each = LISTED.map((id) => ({ id, label: OUTCOME[id][0], n: total(run, id) })).filter(({ n }) => n > 0);
    reconcile(
      this.#chips,
      [all, ...each],
      ({ id }) => id || "all",
      ({ id }) => this.#chip(id),
      (button, { id, label, n }) => {
        setText(button, `${label} ${count(n)}`);
        setAttribute(button, "aria-pressed", String(id === this.#outcome));
      },
    );
    show(this.#chips, each.length > 0);
  }

  /** @param {string} id */
  #chip(id) {
    const button = h("button", { class: "filter", type: "button" });
    button.addEventListener("click", () => {
      this.#outcome = id;
      for (const other of this.#chips.children) setAttribute(other, "aria-pressed", String(other === button));
      this.#list.replaceChildren();
      this.#read(null);
    });
    return button;
  }

  /**
   * @param {string | null} cursor
   * @param {{quietly?: boolean}} [how]
   */
  async #read(cursor, { quietly = false } = {}) {
    const run = this.#run;
    if (!run) return;
    this.#generation += 1;
    const generation = this.#generation;
    const query = new URLSearchParams({ limit: "50" });
    if (this.#outcome) query.set("outcome", this.#outcome);
    if (cursor) query.set("cursor", cursor);
    if (!quietly) this.#state.replaceChildren(loading("the records", 3));
    try {
      const { data } = await get(`${path(this.connector, "runs", run.id, "records")}?${query}`);
      if (generation !== this.#generation) return;
      this.#records = cursor ? [...this.#records, ...data.items] : data.items;
      this.#cursor = data.next_cursor;
      this.#render();
    } catch (error) {
      if (generation !== this.#generation || quietly) return;
      this.#state.replaceChildren(failed("The records could not be read", error, () => this.#read(cursor)));
    }
  }

  #render() {
    reconcile(
      this.#list,
      this.#records.map((record, at) => ({ record, at })),
      ({ record, at }) => `${at}/${record.record_type}/${record.external_id}/${record.outcome}`,
      ({ record }) => this.#entry(record),
      () => {},
    );
    show(this.#moreLine, this.#cursor);
    const none = this.#records.length === 0;
    const fate = "Records that are unchanged are only counted.";
    this.#state.replaceChildren(...(none ? [h("p", { class: "secondary" }, `No records to list. ${fate}`)] : []));
    if (none && this.#cursor) this.#state.replaceChildren();
    setAttribute(this.#list, "aria-label", plural(this.#records.length, "record"));
  }

  /** @param {RunRecord} record */
  #entry({ record_type: type, external_id: id, name, outcome, reason }) {
    const [word, tone] = OUTCOME[outcome];
    const label = typeLabel(this.#types, type);
    const what = `${label}, id ${id}`;
    return h(
      "li",
      {},
      h(
        "div",
        {},
        h("p", { class: "record-head" }, h("strong", {}, name || id), h("span", { class: `chip ${tone}` }, word)),
        h("p", { class: "secondary" }, what),
        reason ? h("p", {}, reason) : null,
      ),
      outcome === "quarantined" ? retryButton(this.connector, type, id, what) : null,
    );
  }
}

customElements.define("run-records", RunRecords);
