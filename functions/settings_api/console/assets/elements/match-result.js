// Applying a quick match: how far it is, what came of it with the failures by reason, Undo, and what is left to do. The
// API works on while it is asked, so this asks again until it is done; who comes back later goes on from there.

import { get, post } from "../api.js";
import { complain } from "../company-actions.js";
import { h, isOff, setAttribute, setOff, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { importCompanies } from "../places.js";
import { href } from "../router.js";
import { mayNot } from "../session.js";
import { exact } from "../time.js";
import { count, plural } from "../words.js";
import { announce } from "./toast-region.js";

/** @typedef {import("../match-types.js").MatchResult} Result */
/** @typedef {import("../match-types.js").UndoResult} UndoResult */
/** @typedef {import("../mapping-columns.js").Column} Column */

/** Between two questions while there is work to do; the answer itself takes up to two seconds. */
const PACE = 300;
/** Of one reason. */
const MOST_NAMES = 50;

export class MatchResult extends HTMLElement {
  #path;
  #columns;
  #begin;
  #what = h("p", { class: "doing" });
  #bar = h("div", { class: "bar", role: "progressbar", "aria-label": "Linking companies" });
  #progress = h("div", { class: "match-progress" }, this.#what, this.#bar);
  #outcome = h("div", { class: "match-outcome" });

  /** Whether there is still work to do. */
  busy = true;

  /**
   * @param {string} path of the quick match
   * @param {Column[]} columns
   * @param {() => Promise<Result>} begin applies, or reads where it stands
   */
  constructor(path, columns, begin) {
    super();
    this.#path = path;
    this.#columns = columns;
    this.#begin = begin;
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    setText(this.#what, "Linking…");
    this.append(this.#progress, this.#outcome);
    this.#run();
  }

  async #run() {
    try {
      let result = await this.#begin();
      while (result.state === "running" && this.isConnected) {
        this.#showProgress(result);
        await new Promise((resolve) => setTimeout(resolve, PACE));
        result = (await get(`${this.#path}/result`)).data;
      }
      if (this.isConnected) this.#show(result);
    } catch (error) {
      this.#set(false);
      show(this.#progress, false);
      complain(error, "The companies could not be linked");
      this.dispatchEvent(new CustomEvent("match-failed"));
    }
  }

  /** @param {Result} result */
  #showProgress({ total, applied, failed }) {
    const done = applied + failed.length;
    setText(this.#what, `${count(done)} of ${plural(total, "company", "companies")}`);
    this.#bar.style.setProperty("--done", String(total > 0 ? done / total : 0));
    setAttribute(this.#bar, "aria-valuenow", total > 0 ? Math.round((100 * done) / total) : 0);
    setAttribute(this.#bar, "aria-valuetext", this.#what.textContent);
  }

  /** @param {Result} result */
  #show(result) {
    const { applied, failed, undo } = result;
    this.#set(false);
    show(this.#progress, false);
    const text = `${plural(applied, "company is", "companies are")} linked.`;
    this.#outcome.replaceChildren(
      h("div", { class: "notice good" }, icon("check"), h("strong", {}, text)),
      failed.length > 0 ? failures(failed) : "",
      undo?.state === "done" ? h("p", { class: "notice" }, icon("check"), "This was undone.") : "",
      undo && undo.state !== "done" && applied > 0 ? this.#undoOffer(undo) : "",
      this.#leftOver(),
    );
    announce(text);
    this.dispatchEvent(new CustomEvent("links-changed", { bubbles: true }));
    if (undo?.state === "running") this.#undo();
  }

  /** @param {NonNullable<Result["undo"]>} undo */
  #undoOffer({ until }) {
    const button = h("button", { class: "button", type: "button" }, "Undo all of it");
    setOff(button, mayNot("write"));
    button.addEventListener("click", () => {
      if (!isOff(button)) this.#undo();
    });
    const text = `Can be undone until ${exact(until)}. Links that were changed since are kept.`;
    return h("div", { class: "match-undo" }, button, h("p", { class: "secondary" }, text));
  }

  async #undo() {
    this.#set(true);
    setText(this.#what, "Taking the links away again…");
    this.#bar.style.removeProperty("--done");
    this.#bar.classList.add("unknown");
    setAttribute(this.#bar, "aria-valuenow", null);
    show(this.#progress, true);
    this.#outcome.replaceChildren();
    try {
      /** @type {UndoResult} */
      let result = (await post(`${this.#path}/undo`)).data;
      while (result.state === "running" && this.isConnected) {
        await new Promise((resolve) => setTimeout(resolve, PACE));
        result = (await post(`${this.#path}/undo`)).data;
      }
      this.#showUndone(result);
    } catch (error) {
      complain(error, "Not everything could be undone");
      this.#run();
    }
  }

  /** @param {UndoResult} result */
  #showUndone({ undone, kept }) {
    this.#set(false);
    show(this.#progress, false);
    const text = `${plural(undone, "link is", "links are")} taken away again.`;
    const more =
      kept.length > 0 ? h("p", {}, `${plural(kept.length, "link was", "links were")} changed since, and kept.`) : "";
    this.#outcome.replaceChildren(
      h("div", { class: "notice good" }, icon("check"), h("div", {}, h("strong", {}, text), more)),
    );
    announce(text);
    this.dispatchEvent(new CustomEvent("links-changed", { bubbles: true }));
  }

  /** What no proposal was made for can become companies of its own. */
  #leftOver() {
    const links = this.#columns.flatMap(({ connector, short, name }) => {
      const page = importCompanies(connector);
      if (!page) return [];
      return [h("li", {}, h("a", { href: href(page), "aria-label": `Import companies from ${name}` }, short))];
    });
    if (links.length === 0) return "";
    return h(
      "div",
      { class: "left-over" },
      h("h3", {}, "What is still not linked"),
      h(
        "p",
        { class: "secondary" },
        "Vendor companies that resemble none of yours can become companies of their own. Import from:",
      ),
      h("ul", {}, links),
    );
  }

  /** @param {boolean} busy */
  #set(busy) {
    this.busy = busy;
    this.dispatchEvent(new CustomEvent("busy-changed"));
  }
}

/** @param {Result["failed"]} failed */
function failures(failed) {
  /** @type {Map<string, Result["failed"]>} */
  const reasons = new Map();
  for (const one of failed) reasons.set(one.reason, [...(reasons.get(one.reason) || []), one]);
  const groups = [...reasons].map(([reason, some]) => {
    const names = some
      .slice(0, MOST_NAMES)
      .map(({ name, company_name: company }) => h("li", {}, `${name} → ${company}`));
    const rest =
      some.length > MOST_NAMES ? h("li", { class: "secondary" }, `and ${count(some.length - MOST_NAMES)} more`) : "";
    return h(
      "details",
      {},
      h("summary", {}, icon("chevron"), `${count(some.length)}: ${reason}`),
      h("ul", {}, names, rest),
    );
  });
  const title = `${plural(failed.length, "company", "companies")} could not be linked`;
  return h("div", { class: "match-failures" }, h("h3", {}, title), groups);
}

customElements.define("match-result", MatchResult);
