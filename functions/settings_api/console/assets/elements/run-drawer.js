// The drill-down of one run: what started it, how it went by record type, and the records behind each count.

import { get, integration as path } from "../api.js";
import { h, newId, reconcile, setAttribute, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { MODE, OUTCOME, RESULT, tookWords, TRIGGER } from "../run-words.js";
import { failed, loading } from "../states.js";
import { exact, moment } from "../time.js";
import { count, plural, typeLabel } from "../words.js";
import { isUnderWay } from "./run-progress.js";
import { RunRecords } from "./run-records.js";

/** @typedef {import("../types.js").Integration} Integration */
/** @typedef {import("../types.js").Run} Run */

const COUNTS = /** @type {const} */ ([
  "fetched",
  "created",
  "updated",
  "unchanged",
  "skipped",
  "quarantined",
  "deleted",
]);

export class RunDrawer extends HTMLElement {
  connector = "";
  /** @type {string | null} */
  #id = null;
  /** @type {Run | null} */
  #run = null;
  /** @type {Integration | null} */
  #integration = null;
  #title = h("h2", { id: newId("run"), tabindex: "-1" });
  #result = h("span");
  #facts = h("dl", { class: "run-facts" });
  #problem = h("div", { class: "notice warn" });
  #types = h("tbody");
  #content = h("div", { class: "run-content" });
  #state = h("div");
  #records = new RunRecords();
  #dialog = h("dialog", { class: "drawer", "aria-labelledby": this.#title.id });

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.#records.connector = this.connector;
    const close = h(
      "button",
      { class: "button quiet icon-only", type: "button", "aria-label": "Close" },
      icon("close"),
    );
    close.addEventListener("click", () => this.#dialog.close());
    const head = [
      "",
      "Fetched",
      ...COUNTS.slice(1).map((key) => OUTCOME[/** @type {import("../types.js").Outcome} */ (key)][0]),
    ];
    const table = h(
      "table",
      { class: "table counts", "aria-label": "By record type" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          head.map((text, at) => (at ? h("th", { scope: "col", class: "number" }, text) : h("td"))),
        ),
      ),
      this.#types,
    );
    // The table scrolls sideways, which a keyboard does only where it can have the focus.
    const frame = h(
      "div",
      { class: "table-frame", tabindex: "0", role: "region", "aria-label": "By record type" },
      table,
    );
    this.#content.append(this.#facts, this.#problem, frame, this.#records);
    this.#dialog.append(
      h("header", { class: "drawer-head" }, this.#title, this.#result, close),
      this.#state,
      this.#content,
    );
    this.#dialog.addEventListener("close", () => {
      if (this.#id) this.dispatchEvent(new CustomEvent("drawer-closed"));
    });
    this.append(this.#dialog);
  }

  /**
   * Does what the address says, and takes over what the connection tells of the run at work.
   *
   * @param {string | null} id
   * @param {Integration} integration
   */
  follow(id, integration) {
    this.#integration = integration;
    if (id !== this.#id) {
      this.#id = id;
      this.#run = null;
      if (!id && this.#dialog.open) this.#dialog.close();
      if (id) this.#open();
    } else if (id && this.#run && isUnderWay(this.#run)) {
      if (integration.run?.id !== id) this.#read();
      else this.#show(integration.run);
    }
  }

  #open() {
    setText(this.#title, "Run");
    setText(this.#result, "");
    setAttribute(this.#result, "class", null);
    show(this.#content, false);
    this.#state.replaceChildren(loading("the run"));
    this.#records.clear();
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#title.focus();
    this.#read();
  }

  async #read() {
    const id = this.#id;
    if (!id) return;
    try {
      const { data } = await get(path(this.connector, "runs", id));
      if (id === this.#id) this.#show(data);
    } catch (error) {
      if (id === this.#id) this.#state.replaceChildren(failed("This run could not be read", error, () => this.#read()));
    }
  }

  /** @param {Run} run */
  #show(run) {
    this.#run = run;
    const [word, tone] = RESULT[run.state];
    this.#state.replaceChildren();
    show(this.#content, true);
    setText(this.#title, `Run of ${moment(run.started_at)}`);
    setText(this.#result, word);
    setAttribute(this.#result, "class", `chip ${tone}`);
    reconcile(
      this.#facts,
      facts(run),
      ([term]) => term,
      ([term]) => h("div", {}, h("dt", {}, term), h("dd")),
      (line, [, text]) => {
        setText(/** @type {Node} */ (line.lastChild), text);
      },
    );
    const problems = [
      run.problem,
      ...Object.entries(run.types).map(([id, { problem }]) => problem && `${this.#label(id)}: ${problem}`),
    ];
    const shown = problems.filter(Boolean);
    show(this.#problem, shown.length > 0);
    this.#problem.replaceChildren(
      icon("alert"),
      h(
        "div",
        {},
        shown.map((text) => h("p", {}, text)),
      ),
    );
    reconcile(
      this.#types,
      Object.entries(run.records),
      ([id]) => id,
      ([id]) => this.#typeRow(id),
      (row, [, counts]) => {
        COUNTS.forEach((key, at) => setText(row.children[at + 1], count(counts[key] || 0)));
      },
    );
    this.#records.update(run, this.#integration?.record_types || []);
  }

  /** @param {string} id */
  #typeRow(id) {
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, this.#label(id)),
      COUNTS.map(() => h("td", { class: "number" })),
    );
  }

  /** @param {string} id */
  #label(id) {
    return typeLabel(this.#integration?.record_types || [], id);
  }
}

/**
 * @param {Run} run
 * @returns {[string, string][]}
 */
function facts(run) {
  const {
    trigger,
    mode,
    started_at: from,
    vendor_calls: calls,
    budget_left: left,
    resumed_from: resumed,
    quiet_before: quiet,
  } = run;
  /** @type {[string, string][]} */
  const lines = [
    ["Started by", TRIGGER[trigger]],
    ["Read", MODE[mode]],
    ["Started", exact(from)],
    [run.ended_at ? "Took" : "Running for", tookWords(run) || "Not started yet"],
    ["Calls to the vendor", left === undefined ? count(calls) : `${count(calls)}; ${count(left)} left of our share`],
    ["In one go", resumed ? `No: it went on at ${moment(resumed)} where it had stopped` : "Yes"],
  ];
  if (quiet > 0) lines.push(["Before it", `${plural(quiet, "check")} that found nothing`]);
  return lines;
}

customElements.define("run-drawer", RunDrawer);
