// A connection: what it is, how it is doing, what to do next. Built once and patched in place at every answer, so that
// nothing jumps and the focus stays where it is.

import { openSetup, pause, reportRun, resume, sync } from "../actions.js";
import { mend, setupUnfinished } from "../attention.js";
import { h, isOff, newId, reconcile, setAttribute, setOff, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { mark } from "../marks.js";
import { hasPage, navigate } from "../router.js";
import { mayNot } from "../session.js";
import { duration, setTime, timeElement } from "../time.js";
import { count, list, nextStepSentence, plural, reasonSentence } from "../words.js";
import "./action-menu.js";
import { IssueStrip } from "./issue-strip.js";
import { isUnderWay } from "./run-progress.js";
import "./status-pill.js";
import "./sync-details.js";
import { announce, toast } from "./toast-region.js";

/** @typedef {import("../types.js").Integration} Integration */

const COMPANIES_PAGE = "/settings/integrations/companies";

export class ConnectionCard extends HTMLElement {
  /** @type {Integration} */
  #integration;
  /** @type {import("../types.js").Connector | undefined} */
  #connector;
  #pill = /** @type {import("./status-pill.js").StatusPill} */ (document.createElement("status-pill"));
  #progress = /** @type {import("./run-progress.js").RunProgress} */ (document.createElement("run-progress"));
  #details = /** @type {import("./sync-details.js").SyncDetails} */ (document.createElement("sync-details"));
  #menu = /** @type {import("./action-menu.js").ActionMenu} */ (document.createElement("action-menu"));
  #facts = h("p", { class: "facts" });
  #found = h("span");
  #linked = h("span");
  #checked = timeElement();
  #checkedPart = h("span", {}, "checked ", this.#checked);
  #issues = h("div", { class: "issues" });
  #next = h("p", { class: "next-step" });
  #sync = h("button", { class: "button", type: "button" });
  #setup = h("button", { class: "button primary", type: "button" });
  #resume = h("button", { class: "button primary", type: "button" }, "Resume");
  #gear = h("button", { class: "button quiet icon-only reason-end", type: "button" }, icon("gear"));
  /** Sync now is refused until then. */
  #tooSoonUntil = 0;
  /** The run that was started from here and is waited for. @type {string | null} */
  #awaited = null;
  #busy = false;

  /** @param {Integration} integration */
  constructor(integration) {
    super();
    this.#integration = integration;
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const { connector, name, category } = this.#integration;
    const title = h("h3", { id: newId("card"), tabindex: "-1" }, name);
    setAttribute(this, "role", "listitem");
    setAttribute(this, "aria-labelledby", title.id);
    this.#facts.append(this.#found, this.#linked, this.#checkedPart);
    this.#menu.setup(`More for ${name}`, () => this.#menuItems());
    setAttribute(this.#gear, "aria-label", `Credentials and set-up of ${name}`);
    this.append(
      h("header", {}, mark(connector, name), h("div", {}, title, h("p", { class: "category" }, category)), this.#pill),
      h("p", { class: "about" }, this.#connector?.about),
      h("div", { class: "state" }, this.#facts, this.#progress),
      this.#issues,
      this.#next,
      this.#details,
      h("footer", {}, this.#setup, this.#resume, this.#sync, this.#menu, this.#gear),
    );
    this.#on(this.#sync, () => this.#startSync("changes"));
    this.#on(this.#setup, () => openSetup(connector));
    this.#on(this.#resume, () => this.#doing(() => resume(this.#integration)));
    this.#on(this.#gear, () => openSetup(connector, "credentials"));
  }

  /**
   * @param {Integration} integration
   * @param {import("../types.js").Connector | undefined} connector
   */
  update(integration, connector) {
    this.#integration = integration;
    this.#connector = connector;
    this.#pill.status = integration.status;
    setText(/** @type {Node} */ (this.querySelector(".about")), connector?.about);
    this.#updateRun();
    this.#updateFacts();
    this.#updateIssues();
    this.#details.types = integration.record_types;
    this.#updateFoot();
  }

  /** Brings the card into view, opened, with the focus on its name. */
  reveal() {
    this.#details.open();
    this.scrollIntoView({ block: "center" });
    this.querySelector("h3")?.focus({ preventScroll: true });
  }

  get #vendor() {
    return this.#connector?.short_name || this.#integration.name;
  }

  #updateRun() {
    const { run, name } = this.#integration;
    const underWay = isUnderWay(run);
    show(this.#facts, !underWay);
    this.#progress.shown(underWay);
    if (run && underWay) this.#progress.update(run, name, (id) => this.#typeLabel(id));
    if (this.#awaited && !(underWay && run?.id === this.#awaited)) {
      reportRun(this.#integration, this.#awaited);
      this.#awaited = null;
    }
  }

  #updateFacts() {
    const { setup, last_success_at: at, record_types: types } = this.#integration;
    const { found } = setup;
    const brings = at ? "" : `Brings ${list(types.map((type) => type.label.toLowerCase()))}.`;
    setText(this.#found, found ? plural(found.companies, "company", "companies") : brings);
    show(this.#found, this.#found.textContent);
    setText(this.#linked, found ? linkedWords(found.companies - found.linked) : "");
    show(this.#linked, found);
    show(this.#checkedPart, at);
    if (at) setTime(this.#checked, at);
  }

  #updateIssues() {
    const { issues, reason } = this.#integration;
    reconcile(
      this.#issues,
      issues,
      (issue) => issue.id,
      () => new IssueStrip(),
      (strip, issue) => strip.update(issue, this.#remedy(issue.reason)),
    );
    const why = issues.length === 0 ? reasonSentence(this.#integration, this.#vendor) : "";
    const text = nextStepSentence(this.#integration) || why;
    show(this.#next, text);
    setText(this.#next, text);
  }

  /** @param {string} reason */
  #remedy(reason) {
    const how = mend(reason);
    if (!how) return null;
    return { label: how.label, off: mayNot("manage"), act: () => openSetup(this.#integration.connector, how.step) };
  }

  #updateFoot() {
    const { reason, status, issues } = this.#integration;
    const unfinished = setupUnfinished(this.#integration);
    const paused = !unfinished && (reason === "paused" || (!this.#integration.enabled && status !== "disconnected"));
    const reconnect = !unfinished && !paused && status === "disconnected";
    const mended = issues.some((issue) => mend(issue.reason)?.step === "credentials");
    const held = document.activeElement;
    setText(this.#setup, unfinished ? "Continue set-up" : "Update credentials");
    show(this.#setup, unfinished || (reconnect && !mended));
    show(this.#resume, paused);
    show(this.#sync, this.#setup.hidden && this.#resume.hidden);
    setOff(this.#setup, mayNot("manage"));
    setOff(this.#resume, mayNot("manage") || (this.#busy ? "One moment, please." : null));
    setOff(this.#gear, mayNot("manage"));
    this.#updateSync();
    // A button that gives way to another hands the focus on.
    if (held instanceof HTMLElement && held.hidden && this.contains(held)) {
      /** @type {HTMLElement | null} */ (this.querySelector("footer .button:not([hidden])"))?.focus();
    }
  }

  #updateSync() {
    const { run, status } = this.#integration;
    const underWay = status === "syncing" || isUnderWay(run);
    const wait = (this.#tooSoonUntil - Date.now()) / 1000;
    if (!this.#sync.firstChild) this.#sync.append(icon("sync"), h("span"));
    const label =
      wait > 0 && !underWay
        ? `Again in ${duration(wait)}`
        : !underWay
          ? "Sync now"
          : run?.state === "queued"
            ? "Queued…"
            : "Syncing…";
    setText(/** @type {Node} */ (this.#sync.lastChild), label);
    setOff(this.#sync, this.#syncOff(wait, underWay));
  }

  /**
   * @param {number} wait
   * @param {boolean} underWay
   */
  #syncOff(wait, underWay) {
    if (mayNot("write")) return mayNot("write");
    if (underWay) return "A sync is under way already.";
    if (this.#syncBlocked()) return this.#syncBlocked();
    if (wait > 0) return "It was synced a moment ago.";
    return this.#busy ? "One moment, please." : null;
  }

  #menuItems() {
    const { enabled, reason, run, name } = this.#integration;
    const off = mayNot("write") || this.#syncBlocked();
    const unfinished = setupUnfinished(this.#integration);
    const paused = reason === "paused" || !enabled;
    const pauseOff = mayNot("manage") || (unfinished ? "Finish the set-up first." : null);
    return [
      {
        label: "Resync everything",
        hint: "Reads every record again and compares. Nothing is deleted first.",
        off: off || (isUnderWay(run) ? "A sync is under way already." : null),
        act: () => this.#startSync("everything"),
      },
      {
        label: "Import companies",
        off: hasPage(COMPANIES_PAGE) ? mayNot("write") : "Comes with the Companies page.",
        act: () => navigate(`${COMPANIES_PAGE}?connection=${this.#integration.connector}`),
      },
      paused
        ? { label: `Resume ${name}`, off: pauseOff, act: () => this.#doing(() => resume(this.#integration)) }
        : {
            label: `Pause ${name}`,
            hint: "Credentials and links stay.",
            off: pauseOff,
            act: () => this.#doing(() => pause(this.#integration, () => this.#changed())),
          },
    ];
  }

  /** Why no sync can be started at all just now. */
  #syncBlocked() {
    if (setupUnfinished(this.#integration)) return "Finish the set-up first.";
    if (this.#integration.reason === "paused" || !this.#integration.enabled) return "Resume it first.";
    return this.#integration.status === "disconnected" ? `${this.#integration.name} is disconnected.` : null;
  }

  /** @param {"changes" | "everything"} mode */
  #startSync(mode) {
    this.#doing(async () => {
      const { run, retryAfter } = await sync(this.#integration, mode);
      if (run) {
        this.#awaited = run.id;
        announce(`${this.#integration.name}: sync requested`);
      }
      if (retryAfter) this.#countDown(retryAfter);
    });
  }

  /** @param {number} seconds */
  #countDown(seconds) {
    this.#tooSoonUntil = Date.now() + seconds * 1000;
    toast(`${this.#integration.name} was synced a moment ago: again in ${duration(seconds)}.`);
    const timer = setInterval(() => {
      if (Date.now() >= this.#tooSoonUntil || !this.isConnected) clearInterval(timer);
      this.#updateSync();
    }, 1000);
  }

  /** @param {() => Promise<void>} work */
  async #doing(work) {
    if (this.#busy) return;
    this.#busy = true;
    this.#updateFoot();
    await work();
    this.#busy = false;
    this.#changed();
    this.#updateFoot();
  }

  #changed() {
    this.dispatchEvent(new CustomEvent("connection-changed", { bubbles: true }));
  }

  /** @param {string} id */
  #typeLabel(id) {
    return this.#integration.record_types.find((type) => type.id === id)?.label || id;
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

/** @param {number} open */
function linkedWords(open) {
  return open > 0 ? `${count(open)} not linked` : "all linked";
}

customElements.define("connection-card", ConnectionCard);
