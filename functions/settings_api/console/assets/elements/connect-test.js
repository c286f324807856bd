// Third step: a checklist against the vendor that fills in line by line. It writes nothing there and switches nothing on.
// What could not be verified in time is no failure; what is not permitted stays off until it is.

import { ApiError, get, post, put } from "../api.js";
import { h, reconcile } from "../dom.js";
import { list, plural } from "../words.js";
import { checkLines } from "../checklist.js";
import { CheckLine } from "./check-line.js";
import { announce } from "./toast-region.js";

/** @typedef {import("../types.js").Test} Test */

const PACE = 1000;
/** A test ends by itself after 60 seconds; longer than this there will be no answer. */
const PATIENCE = 90_000;

export class ConnectTest extends HTMLElement {
  #setup;
  /** @type {Test | null} */
  #test = null;
  #running = false;
  #lines = h("div", { class: "checklist", role: "list" });
  #summary = h("p", { class: "summary", role: "status", tabindex: "-1" });
  #again = h("button", { class: "button", type: "button" }, "Check again");

  /** @param {import("../connect-steps.js").Setup} setup */
  constructor(setup) {
    super();
    this.#setup = setup;
    this.heading = "Test";
    const promise = setup.integration.enabled
      ? "Nothing is written there."
      : "Nothing is written there, and nothing is switched on yet.";
    this.lead = `Asks ${setup.connector.short_name} for a little of everything. ${promise}`;
    this.nextLabel = "Next";
    this.dirty = false;
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.#again.addEventListener("click", () => this.#run());
    this.#lines.addEventListener("check-again", () => this.#run());
    this.append(this.#lines, h("div", { class: "checklist-foot" }, this.#summary, this.#again));
    this.#run();
  }

  get nextOff() {
    const vendor = this.#setup.connector.short_name;
    if (this.#running) return "The test is still running.";
    if (!this.#test) return "The test has to run first.";
    if (this.#test.reachable === "no") return `${vendor} has to be reachable first.`;
    if (this.#test.authenticated === "no") return `${vendor} refused the credentials. Go back and correct them.`;
    return null;
  }

  /** What is not permitted is taken out of the options before going on, so that nothing is on that cannot work. */
  async next() {
    const refused = this.#refused();
    const fresh = await get(this.#setup.path);
    const { options } = fresh.data;
    const kept = options.record_types.filter((/** @type {string} */ type) => !refused.includes(type));
    if (kept.length !== options.record_types.length) {
      await put(`${this.#setup.path}/options`, { ...options, record_types: kept }, { etag: fresh.etag });
    }
    return true;
  }

  async #run() {
    if (this.#running) return;
    this.#running = true;
    this.#test = null;
    // The buttons that start it are absent while it runs.
    if (this.contains(document.activeElement)) this.#summary.focus();
    this.#render();
    try {
      const { data } = await post(`${this.#setup.path}/test`);
      this.#test = data.test;
      this.#render();
      await this.#follow(data.test.id);
    } catch (error) {
      this.#test = null;
      this.#summary.textContent =
        error instanceof ApiError ? `The test could not run. ${error.sentence}` : "The test could not run.";
    } finally {
      this.#running = false;
      this.#render();
    }
  }

  /** @param {string} id */
  async #follow(id) {
    const until = Date.now() + PATIENCE;
    while (this.isConnected && this.#test?.state === "running" && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, PACE));
      const { data } = await get(`${this.#setup.path}/tests/${encodeURIComponent(id)}`);
      this.#test = data.test || data;
      this.#render();
    }
  }

  #refused() {
    return (this.#test?.checks || [])
      .filter(({ result }) => result === "not_permitted")
      .map(({ record_type: type }) => type);
  }

  #render() {
    const { connector } = this.#setup;
    reconcile(
      this.#lines,
      checkLines(connector, this.#test, this.#running),
      ({ id }) => id,
      () => new CheckLine(),
      (line, check) => line.update(check),
    );
    this.#again.hidden = this.#running;
    if (this.#running) this.#summary.textContent = "Testing. This takes up to a minute.";
    else if (this.#test) this.#conclude(this.#test);
    this.dispatchEvent(new CustomEvent("step-changed", { bubbles: true }));
  }

  /** @param {Test} test */
  #conclude(test) {
    const vendor = this.#setup.connector.short_name;
    const text = conclusion(test, vendor, (id) => this.#label(id));
    if (this.#summary.textContent !== text) announce(text);
    this.#summary.textContent = text;
  }

  /** @param {string} id */
  #label(id) {
    return (this.#setup.connector.record_types.find((type) => type.id === id)?.label || id).toLowerCase();
  }
}

/**
 * @param {Test} test
 * @param {string} vendor
 * @param {(recordType: string) => string} label
 */
function conclusion({ state, reachable, authenticated, checks }, vendor, label) {
  if (state === "running") return "The test is taking too long. Check again in a moment.";
  if (reachable === "no") return `${vendor} cannot be reached.`;
  if (authenticated === "no") return `${vendor} refused the credentials.`;
  const of = (/** @type {string} */ result) =>
    checks.filter((check) => check.result === result).map((check) => label(check.record_type));
  const refused = of("not_permitted");
  const unsure = [...of("unverified"), ...of("waiting")];
  const parts = [];
  if (refused.length > 0) parts.push(`Off until ${vendor} permits it: ${list(refused)}.`);
  if (unsure.length > 0)
    parts.push(`${plural(unsure.length, "check")} could not be verified in time; that is no failure.`);
  if (authenticated === "unverified") parts.push("The credentials could not be verified in time.");
  return parts.length > 0 ? parts.join(" ") : "Everything that was asked for is permitted.";
}

customElements.define("connect-test", ConnectTest);
