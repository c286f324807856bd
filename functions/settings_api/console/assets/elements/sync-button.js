// Sync now: asks for a run, waits for its end to tell of it, and counts down where it was asked too soon. Other ways to
// ask for a run go through it, so that all of them are off at the same times for the same reasons.

import { reportRun, sync } from "../actions.js";
import { setupUnfinished } from "../attention.js";
import { h, isOff, setOff, setText } from "../dom.js";
import { icon } from "../icons.js";
import { mayNot } from "../session.js";
import { duration } from "../time.js";
import { isUnderWay } from "./run-progress.js";
import { announce, toast } from "./toast-region.js";

/** @typedef {import("../types.js").Integration} Integration */

export class SyncButton extends HTMLElement {
  /** @type {Integration | null} */
  #integration = null;
  #label = h("span");
  #button = h("button", { class: "button", type: "button" }, icon("sync"), this.#label);
  /** Sync now is refused until then. */
  #tooSoonUntil = 0;
  /** The run that was started from here and is waited for. @type {string | null} */
  #awaited = null;
  #busy = false;

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.#button.addEventListener("click", () => {
      const reason = this.#button.getAttribute("data-reason");
      if (!isOff(this.#button)) this.start("changes");
      else if (reason) announce(reason);
    });
    this.append(this.#button);
  }

  /** @param {Integration} integration */
  update(integration) {
    this.#integration = integration;
    const { run } = integration;
    if (this.#awaited && !(isUnderWay(run) && run?.id === this.#awaited)) {
      reportRun(integration, this.#awaited);
      this.#awaited = null;
    }
    this.#render();
  }

  focus() {
    this.#button.focus();
  }

  /** Why no run can be asked for; `null` if one can. The cool-down is not counted: the API tells of it. */
  get off() {
    const integration = /** @type {Integration} */ (this.#integration);
    if (mayNot("write")) return mayNot("write");
    if (integration.reason === "disconnecting") return "It is being disconnected.";
    if (integration.status === "syncing" || isUnderWay(integration.run)) return "A sync is under way already.";
    if (setupUnfinished(integration)) return "Finish the set-up first.";
    if (integration.reason === "paused" || !integration.enabled) return "Resume it first.";
    if (integration.status === "disconnected") return `${integration.name} is disconnected.`;
    return this.#busy ? "One moment, please." : null;
  }

  /** @param {"changes" | "everything"} mode */
  async start(mode) {
    const integration = /** @type {Integration} */ (this.#integration);
    if (this.#busy) return;
    this.#busy = true;
    this.#render();
    const { run, retryAfter } = await sync(integration, mode);
    this.#busy = false;
    if (run) {
      this.#awaited = run.id;
      announce(`${integration.name}: sync requested`);
    }
    if (retryAfter) this.#countDown(retryAfter);
    this.dispatchEvent(new CustomEvent("connection-changed", { bubbles: true }));
    this.#render();
  }

  /** @param {number} seconds */
  #countDown(seconds) {
    this.#tooSoonUntil = Date.now() + seconds * 1000;
    toast(`${this.#integration?.name} was synced a moment ago: again in ${duration(seconds)}.`);
    const timer = setInterval(() => {
      if (Date.now() >= this.#tooSoonUntil || !this.isConnected) clearInterval(timer);
      this.#render();
    }, 1000);
  }

  #render() {
    const { run, status, reason } = /** @type {Integration} */ (this.#integration);
    const wait = (this.#tooSoonUntil - Date.now()) / 1000;
    const underWay = status === "syncing" || isUnderWay(run);
    if (reason === "disconnecting") setText(this.#label, "Sync now");
    else if (underWay) setText(this.#label, run?.state === "queued" ? "Queued…" : "Syncing…");
    else setText(this.#label, wait > 0 ? `Again in ${duration(wait)}` : "Sync now");
    setOff(this.#button, this.off || (wait > 0 ? "It was synced a moment ago." : null));
  }
}

customElements.define("sync-button", SyncButton);
