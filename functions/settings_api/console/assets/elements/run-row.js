// One run in the sync log, with the quiet checks before it. Its element is a plain table row, patched through here.

import { h, setAttribute, setText, show } from "../dom.js";
import { didWords, RESULT, tookWords, TRIGGER } from "../run-words.js";
import { momentElement } from "../time.js";
import { count, plural } from "../words.js";
import { cell } from "./record-types.js";

/** Said where a run was more than a look at what changed. @type {Record<string, string>} */
const MODES = { everything: "Everything read again", disconnect: "Disconnected" };

/** @type {WeakMap<HTMLElement, RunRow>} */
const rows = new WeakMap();

export class RunRow {
  #open = h("button", { class: "row-button", type: "button" });
  #quiet = h("p", { class: "secondary" });
  #result = h("span");
  #trigger = h("span");
  #mode = h("span", { class: "secondary" });
  #did = h("span");
  #problem = h("p", { class: "problem" });
  #calls = h("span");
  #took = h("span", { class: "nowrap" });

  /** @param {string} id */
  constructor(id) {
    this.element = h(
      "tr",
      { role: "row", "data-href": id },
      h("th", { scope: "row", role: "rowheader" }, this.#open, this.#quiet),
      cell("Result", this.#result),
      cell("Started by", h("div", { class: "lines" }, this.#trigger, this.#mode)),
      cell("What happened", this.#did, this.#problem),
      cell("Calls", this.#calls),
      cell("Took", this.#took),
    );
    rows.set(this.element, this);
  }

  /** @param {HTMLElement} element */
  static of(element) {
    return /** @type {RunRow} */ (rows.get(element));
  }

  /**
   * @param {import("../types.js").Run} run
   * @param {{filtered: boolean}} how filtered: what stands below is not what came before
   */
  update(run, { filtered }) {
    if (!this.#open.firstChild) this.#open.append(momentElement(run.started_at));
    const [word, tone] = RESULT[run.state];
    setText(this.#result, word);
    setAttribute(this.#result, "class", `chip ${tone}`);
    setText(this.#trigger, TRIGGER[run.trigger]);
    setText(this.#mode, MODES[run.mode]);
    show(this.#mode, MODES[run.mode]);
    setText(this.#did, didWords(run));
    const problem = run.problem || firstProblem(run);
    setText(this.#problem, problem);
    show(this.#problem, problem);
    setText(this.#calls, count(run.vendor_calls));
    setText(this.#took, tookWords(run));
    show(this.#quiet, run.quiet_before > 0 && !filtered);
    setText(this.#quiet, `after ${plural(run.quiet_before, "quiet check")}`);
  }
}

/** @param {import("../types.js").Run} run */
function firstProblem({ types }) {
  return Object.values(types).find(({ problem }) => problem)?.problem || "";
}
