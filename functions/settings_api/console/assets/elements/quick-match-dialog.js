// Quick match: compares everything that is not linked with the portal's companies, lets a person look through what it
// proposes, and links what is ticked in one go. It has an address: `?quick-match=` with `1` for all integrations, a
// connector for one, or the id of a match that was made, which is what it becomes.

import { get, post } from "../api.js";
import { ask } from "../dialog.js";
import { h, isOff, newId, setOff, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { setQuery } from "../router.js";
import { mayNot } from "../session.js";
import { failed, loading } from "../states.js";
import { count, list, plural } from "../words.js";
import { CheckMenu } from "./check-menu.js";
import { MatchResult } from "./match-result.js";
import { MatchReview } from "./match-review.js";

/** @typedef {import("../mapping-columns.js").Column} Column */

const PARAMETER = "quick-match";
const EVERYTHING = "1";

export class QuickMatchDialog extends HTMLElement {
  #dialog = h("dialog", { class: "wide quick-match", "aria-labelledby": newId("quick-match") });
  #body = h("div", { class: "body" });
  #note = h("p", { class: "secondary", role: "status" });
  #apply = h("button", { class: "button primary reason-end", type: "button" });
  #cancel = h("button", { class: "button", type: "button" }, "Cancel");
  #scope = new CheckMenu({
    label: "Integrations",
    lead: "Only companies of",
    clear: "All integrations",
    ticked: (connector, on) => this.#narrow(connector, on),
    cleared: () => this.#choose([]),
    closed: () => this.#matchChosen(),
  });
  /** @type {Column[]} */
  #columns = [];
  /** What the address says; `null`: closed. @type {string | null} */
  #value = null;
  /** The connectors that are ticked; empty: all. @type {string[]} */
  #chosen = [];
  /** The connectors that were compared. @type {string[]} */
  #matched = [];
  /** @type {import("../match-types.js").QuickMatch | null} */
  #found = null;
  /** @type {MatchReview | MatchResult | null} */
  #step = null;

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const close = h(
      "button",
      { class: "button quiet icon-only", type: "button", "aria-label": "Close quick match" },
      icon("close"),
    );
    const title = h("h2", { id: this.#dialog.getAttribute("aria-labelledby"), tabindex: "-1" }, "Quick match");
    const lead = h(
      "p",
      { class: "secondary" },
      "Links vendor companies to yours where it is clear which is which. Existing links stay.",
    );
    this.#dialog.append(
      h("header", {}, h("div", { class: "grow" }, title, lead), this.#scope, close),
      this.#body,
      h("footer", {}, this.#note, h("span", { class: "grow" }), this.#cancel, this.#apply),
    );
    this.append(this.#dialog);
    for (const button of [close, this.#cancel]) button.addEventListener("click", () => this.#leave());
    this.#apply.addEventListener("click", () => {
      if (!isOff(this.#apply)) this.#applyTicked();
    });
    this.#dialog.addEventListener("cancel", (event) => {
      if (event.target !== this.#dialog) return;
      event.preventDefault();
      this.#leave();
    });
    this.#dialog.addEventListener("close", () => {
      if (this.#value !== null) this.#tellClosed();
    });
  }

  /**
   * Does what the address says.
   *
   * @param {string | null} value
   * @param {Column[]} columns
   */
  follow(value, columns) {
    if (value === this.#value || (value !== null && columns.length === 0)) return;
    this.#value = value;
    this.#columns = columns;
    if (value === null) {
      this.#dialog.close();
      this.#show(null);
      // What goes on in there ends when it is gone.
      this.#body.replaceChildren();
      return;
    }
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#dialog.querySelector("h2")?.focus();
    if (value === EVERYTHING) this.#match([]);
    else if (columns.some(({ connector }) => connector === value)) this.#match([value]);
    else this.#resume(value);
  }

  /** Compares anew. @param {string[]} connectors empty: all */
  async #match(connectors) {
    this.#matched = connectors;
    this.#choose(connectors);
    this.#show(null);
    this.#body.replaceChildren(loading("what fits", 8));
    const value = this.#value;
    try {
      const { data } = await post("/v1/quick-match", connectors.length > 0 ? { connectors } : {});
      if (!this.isConnected || this.#value !== value || this.#matched !== connectors) return;
      // The address first, so that following it does not find something new.
      this.#value = data.id;
      setQuery({ [PARAMETER]: data.id });
      this.#review(data);
    } catch (error) {
      this.#body.replaceChildren(failed("Nothing could be compared", error, () => this.#match(connectors)));
    }
  }

  /** A match made before: to be reviewed, or applied already. @param {string} id */
  async #resume(id) {
    this.#matched = [];
    this.#choose([]);
    this.#body.replaceChildren(loading("the quick match", 8));
    try {
      const { data } = await get(pathOf(id));
      if (this.#value !== id) return;
      const connectors = data.connectors.map((/** @type {{connector: string}} */ { connector }) => connector);
      const all = this.#columns.every(({ connector, off }) => off || connectors.includes(connector));
      this.#matched = all ? [] : connectors;
      this.#choose(this.#matched);
      const result = await get(`${pathOf(id)}/result`).catch(() => null);
      if (this.#value !== id) return;
      this.#found = data;
      if (result) this.#follow(async () => result.data);
      else this.#review(data);
    } catch (error) {
      this.#body.replaceChildren(failed("This quick match cannot be shown", error, () => this.#match([])));
    }
  }

  /** @param {import("../match-types.js").QuickMatch} found */
  #review(found) {
    this.#found = found;
    const review = new MatchReview(found, this.#columns);
    review.addEventListener("review-changed", () => this.#renderFoot());
    this.#show(review);
  }

  #applyTicked() {
    const review = this.#step;
    const found = this.#found;
    if (!(review instanceof MatchReview) || !found) return;
    const { request } = review;
    this.#follow(async () => (await post(`${pathOf(found.id)}/apply`, request)).data);
  }

  /** @param {() => Promise<import("../match-types.js").MatchResult>} begin */
  #follow(begin) {
    const found = this.#found;
    if (!found) return;
    const result = new MatchResult(found, this.#columns, begin);
    result.addEventListener("busy-changed", () => this.#renderFoot());
    result.addEventListener("match-failed", () => this.#review(found));
    this.#show(result);
  }

  /** @param {MatchReview | MatchResult | null} step */
  #show(step) {
    this.#step = step;
    if (step) this.#body.replaceChildren(step);
    this.#renderFoot();
  }

  #renderFoot() {
    const step = this.#step;
    const reviewing = step instanceof MatchReview;
    show(this.#apply, reviewing);
    show(this.#scope, !(step instanceof MatchResult));
    setText(this.#cancel, step instanceof MatchResult ? (step.busy ? "Stop" : "Done") : "Cancel");
    if (!reviewing) {
      setText(this.#note, "");
      return;
    }
    const { ticked, listed } = step;
    setText(this.#note, listed === null ? "" : `${count(ticked)} of ${count(listed)} ticked`);
    setText(this.#apply, ticked > 0 ? `Link ${plural(ticked, "company", "companies")}` : "Link companies");
    setOff(this.#apply, mayNot("write") || (ticked > 0 ? null : "Tick what is to be linked."));
  }

  /** @param {string[]} connectors */
  #choose(connectors) {
    this.#chosen = connectors;
    const names = this.#columns.filter(({ connector }) => connectors.includes(connector)).map(({ short }) => short);
    const choices = this.#columns.map(({ connector, name }) => ({ value: connector, label: name }));
    this.#scope.update(names.length > 0 ? list(names) : "All integrations", choices, new Set(connectors));
  }

  /** @param {string} connector @param {boolean} on */
  #narrow(connector, on) {
    const before = this.#chosen;
    const all = this.#columns.map((column) => column.connector);
    this.#choose(all.filter((one) => (one === connector ? on : before.includes(one))));
  }

  /** Once, when the choice is made, and not for every tick. */
  #matchChosen() {
    if (this.#value !== null && this.#chosen.join() !== this.#matched.join()) this.#match(this.#chosen);
  }

  async #leave() {
    if (this.#step instanceof MatchResult && this.#step.busy) {
      const answer = await ask({
        title: "Stop here?",
        text: "What is linked stays linked. The rest waits; opening this quick match again goes on with it.",
        choices: [
          { id: "stop", label: "Stop" },
          { id: "stay", label: "Go on", primary: true },
        ],
      });
      if (answer !== "stop") return;
    }
    this.#tellClosed();
  }

  #tellClosed() {
    this.dispatchEvent(new CustomEvent("dialog-closed"));
  }
}

/** @param {string} id */
function pathOf(id) {
  return `/v1/quick-match/${encodeURIComponent(id)}`;
}

customElements.define("quick-match-dialog", QuickMatchDialog);
