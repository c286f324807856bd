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
/** @typedef {import("../match-types.js").Undo} Undo */
/** @typedef {import("../mapping-columns.js").Column} Column */

/** Between two questions while there is work to do; the answer itself takes up to two seconds. */
const PACE = 300;
/** Of one reason. */
const MOST_NAMES = 50;
/** After which nothing is asked any more. */
const UNDONE = ["done", "over"];

export class MatchResult extends HTMLElement {
  #match;
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
   * @param {import("../match-types.js").QuickMatch} match
   * @param {Column[]} columns
   * @param {() => Promise<Result>} begin applies, or reads where it stands
   */
  constructor(match, columns, begin) {
    super();
    this.#match = match;
    this.#path = `/v1/quick-match/${encodeURIComponent(match.id)}`;
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
  #showProgress({ total, applied, failed_count: failed }) {
    const done = applied + failed;
    setText(this.#what, `${count(done)} of ${plural(total, "company", "companies")}`);
    this.#bar.style.setProperty("--done", String(total > 0 ? done / total : 0));
    setAttribute(this.#bar, "aria-valuenow", total > 0 ? Math.round((100 * done) / total) : 0);
    setAttribute(this.#bar, "aria-valuetext", this.#what.textContent);
  }

  /** @param {Result} result */
  #show(result) {
    const { applied, undo } = result;
    this.#set(false);
    show(this.#progress, false);
    const text = `${plural(applied, "company is", "companies are")} linked.`;
    this.#outcome.replaceChildren(
      h("div", { class: "notice good" }, icon("check"), h("strong", {}, text)),
      result.failed_count > 0 ? failures(result) : "",
      undo.state === "done" ? undone(undo) : "",
      undo.state === "possible" && applied > 0 ? this.#undoOffer(undo) : "",
      this.#leftOver(),
    );
    announce(text);
    this.dispatchEvent(new CustomEvent("links-changed", { bubbles: true }));
    if (undo.state === "running") this.#undo();
  }

  /** @param {Undo} undo */
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
      /** @type {Undo} */
      let undo = (await post(`${this.#path}/undo`)).data;
      while (!UNDONE.includes(undo.state) && this.isConnected) {
        await new Promise((resolve) => setTimeout(resolve, PACE));
        undo = (await post(`${this.#path}/undo`)).data;
      }
      if (this.isConnected) this.#showUndone(undo);
    } catch (error) {
      complain(error, "Not everything could be undone");
      this.#run();
    }
  }

  /** @param {Undo} undo */
  #showUndone(undo) {
    this.#set(false);
    show(this.#progress, false);
    const said = undone(undo);
    this.#outcome.replaceChildren(said);
    announce(said.textContent || "");
    this.dispatchEvent(new CustomEvent("links-changed", { bubbles: true }));
  }

  /** What no proposal was made for can become companies of its own. */
  #leftOver() {
    const lines = this.#match.connectors.flatMap(({ connector, vendor_companies: all, proposed, ambiguous }) => {
      const page = importCompanies(connector);
      const rest = all - proposed - ambiguous;
      if (!page || rest <= 0) return [];
      const name = this.#columns.find((column) => column.connector === connector)?.name || connector;
      const from = h("span", { class: "visually-hidden" }, ` from ${name}`);
      const link = h("a", { href: href(page) }, "Import them", from);
      return [h("li", {}, `${plural(rest, "company", "companies")} in ${name}. `, link)];
    });
    if (lines.length === 0) return "";
    return h("div", { class: "left-over" }, h("h3", {}, "Companies that resemble none of yours"), h("ul", {}, lines));
  }

  /** @param {boolean} busy */
  #set(busy) {
    this.busy = busy;
    this.dispatchEvent(new CustomEvent("busy-changed"));
  }
}

/** @param {Undo} undo */
function undone({ undone: links, kept_count: kept }) {
  const text = `${plural(links, "link is", "links are")} taken away again.`;
  const more = kept > 0 ? h("p", {}, `${plural(kept, "link was", "links were")} changed since, and kept.`) : "";
  return h("div", { class: "notice good" }, icon("check"), h("div", {}, h("strong", {}, text), more));
}

/** The failures by reason; of very many the API tells the first. @param {Result} result */
function failures({ failed, failed_count: total }) {
  /** @type {Map<string, Result["failed"]>} */
  const reasons = new Map();
  for (const one of failed) reasons.set(one.reason, [...(reasons.get(one.reason) || []), one]);
  const groups = [...reasons].map(([reason, some]) => {
    const names = some
      .slice(0, MOST_NAMES)
      .map(({ name, company_name: company }) => h("li", {}, `${name} → ${company}`));
    const rest = some.length - names.length;
    const more = rest > 0 ? h("li", {}, `and ${count(rest)} more`) : "";
    const title = h("summary", {}, icon("chevron"), `${count(some.length)}: ${reason}`);
    return h("details", {}, title, h("ul", {}, names, more));
  });
  const title = `${plural(total, "company", "companies")} could not be linked`;
  const untold = total - failed.length;
  const note = untold > 0 ? h("p", { class: "secondary" }, `The first ${count(failed.length)} by reason:`) : "";
  return h("div", { class: "match-failures" }, h("h3", {}, title), note, groups);
}

customElements.define("match-result", MatchResult);
