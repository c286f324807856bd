// How far a run is: a thin bar and live counts. Where the vendor does not say how much there is, the bar says only that
// something is going on. Screen readers hear of each new record type and of the end, not of each number.

import { h, setAttribute, setText, show } from "../dom.js";
import { count, runCounts } from "../words.js";
import { announce } from "./toast-region.js";

/**
 * Whether a run waits or works.
 *
 * @param {import("../types.js").Run | undefined} run
 */
export function isUnderWay(run) {
  return run?.state === "queued" || run?.state === "running";
}

/**
 * Whether there is news beyond how far the run at work is.
 *
 * @param {import("../types.js").Integration} before
 * @param {import("../types.js").Integration} now
 */
export function hasNews(before, now) {
  return before.run?.id !== now.run?.id || (before !== now && !isUnderWay(now.run));
}

/** @type {Record<string, string>} */
const VERBS = { everything: "Resyncing", disconnect: "Disconnecting" };

export class RunProgress extends HTMLElement {
  #bar = h("div", { class: "bar", role: "progressbar" });
  #what = h("span");
  #how = h("span", { class: "how-far" });
  #counts = h("span", { class: "secondary" });
  #said = "";

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.append(h("p", { class: "doing" }, this.#what, this.#how), this.#bar, this.#counts);
  }

  /**
   * @param {import("../types.js").Run} run
   * @param {string} name whose run it is
   * @param {(recordType: string) => string} label
   */
  update(run, name, label) {
    const { progress } = run;
    const type = progress ? label(progress.record_type).toLowerCase() : "";
    const verb = VERBS[run.mode] || "Syncing";
    const what = run.state === "queued" ? "Waiting to start" : type ? `${verb} ${type}` : `${verb}…`;
    setText(this.#what, what);
    setText(this.#how, progress ? howFar(progress) : "");
    const nothing = run.mode === "disconnect" ? "" : "Nothing new so far";
    setText(this.#counts, runCounts(run) || (run.state === "queued" ? "Starts in a moment" : nothing));
    this.#updateBar(progress, name);
    this.#say(`${name}: ${what}`);
  }

  /**
   * @param {import("../types.js").Run["progress"]} progress
   * @param {string} name
   */
  #updateBar(progress, name) {
    const known = progress && progress.total !== null && progress.total > 0;
    const part = known ? Math.min(1, progress.done / Number(progress.total)) : 0;
    this.#bar.classList.toggle("unknown", !known);
    this.#bar.style.setProperty("--done", String(part));
    setAttribute(this.#bar, "aria-label", `Sync of ${name}`);
    setAttribute(this.#bar, "aria-valuenow", known ? Math.round(part * 100) : null);
    setAttribute(this.#bar, "aria-valuetext", progress ? howFar(progress) : null);
  }

  /** @param {string} text */
  #say(text) {
    if (text === this.#said) return;
    if (this.#said) announce(text);
    this.#said = text;
  }

  /** Shows or hides it; what was said of the run before is forgotten. @param {boolean} shown */
  shown(shown) {
    show(this, shown);
    if (!shown) this.#said = "";
  }
}

/** @param {NonNullable<import("../types.js").Run["progress"]>} progress */
function howFar({ done, total, unit }) {
  return total === null || total === undefined ? `${count(done)} ${unit}` : `${count(done)} of ${count(total)} ${unit}`;
}

customElements.define("run-progress", RunProgress);
