// A company's Secure Score: where it stands, how it moved, what is to be done about it, and the licences of its tenant.
//
// What a vendor wrote is text here; the line of the course is drawn by ourselves.

import { get } from "../api.js";
import { companyPath } from "../company-actions.js";
import { h, setText } from "../dom.js";
import { trendLine } from "../score-trend.js";
import { SEVERITY, STATE, byCategory, percentWords, pointsWords } from "../score-words.js";
import { empty, failed, loading } from "../states.js";

/** @typedef {import("../company-types.js").Company} Company */
/** @typedef {import("../score-words.js").SecureScore} SecureScore */
/** @typedef {import("../score-words.js").Control} Control */

/** Days that the line shows. */
const SHOWN = 30;

export class CompanySecureScore extends HTMLElement {
  #company = "";
  /** The tenant looked at, where there are several. */
  #tenant = "";
  #outlet = h("div", { class: "column" }, loading("the Secure Score"));

  connectedCallback() {
    if (this.childElementCount === 0) this.append(this.#outlet);
  }

  /** @param {Company} company */
  update(company) {
    this.#company = company.id;
    this.#read();
  }

  look() {
    this.#read();
  }

  async #read() {
    const query = this.#tenant ? `?external_id=${encodeURIComponent(this.#tenant)}` : "";
    try {
      const { data } = await get(`${companyPath(this.#company)}/secure-score${query}`);
      this.#show(/** @type {SecureScore} */ (data));
    } catch (error) {
      this.#outlet.replaceChildren(failed("The Secure Score could not be read", error, () => this.#read()));
    }
  }

  /** @param {SecureScore} score */
  #show(score) {
    const parts = [this.#tenants(score), this.#standing(score)];
    if (score.controls.length > 0) parts.push(controls(score.controls));
    if (score.licences.length > 0) parts.push(licences(score));
    this.#outlet.replaceChildren(...parts.filter((part) => part !== null));
  }

  /** @param {SecureScore} score */
  #tenants(score) {
    if (score.tenants.length < 2) return null;
    const choice = h("select", { id: "score-tenant" });
    for (const { external_id: id, name } of score.tenants) {
      choice.append(h("option", { value: id, selected: id === score.tenant.external_id }, name));
    }
    choice.addEventListener("change", () => {
      this.#tenant = choice.value;
      this.#read();
    });
    return h("p", {}, h("label", { for: "score-tenant" }, "Tenant "), choice);
  }

  /** @param {SecureScore} score */
  #standing(score) {
    const title = h("h2", { id: "score-title" }, "Secure Score");
    const section = h("section", { class: "panel", "aria-labelledby": "score-title" }, title);
    if (score.tenant.state === "needs_consent") {
      section.append(notice("The customer has not consented (any more): this is what was read before."));
    }
    if (score.percent === null) {
      const why = score.date
        ? "The tenant has nothing that could be scored."
        : "No score was read yet. Microsoft makes one a day for tenants with licences that count.";
      section.append(empty("No data", why));
      return section;
    }
    const figure = h("p", { class: "score-figure" }, h("strong", {}, percentWords(score.percent)));
    figure.append(` ${pointsWords(score.score ?? 0)} of ${pointsWords(score.max ?? 0)} points on ${score.date}`);
    section.append(figure, h("p", { class: "secondary" }, comparison(score)));
    const days = score.trend.slice(-SHOWN);
    if (days.length > 1) section.append(trendLine(days));
    return section;
  }
}

/** @param {string} words */
function notice(words) {
  const text = h("p");
  setText(text, words);
  return h("div", { class: "notice warn" }, text);
}

/** @param {SecureScore} score */
function comparison(score) {
  const average = score.average_percent;
  if (average === undefined || score.percent === null) return "There is nothing to compare it with.";
  const words = `All tenants reach ${percentWords(average)} on average`;
  const apart = Math.abs(score.percent - average);
  if (apart < 0.05) return `${words}: just as much.`;
  return `${words}: this one is ${percentWords(apart)} ${score.percent > average ? "above" : "below"}.`;
}

/** @param {Control[]} all */
function controls(all) {
  const section = h(
    "section",
    { class: "panel", "aria-labelledby": "controls-title" },
    h("h2", { id: "controls-title" }, "What to improve"),
    h(
      "p",
      { class: "secondary" },
      "By category; what gives most comes first. Severity follows from the points at stake.",
    ),
  );
  for (const [category, some] of byCategory(all)) {
    const rows = some.map((control) => h("li", {}, details(control)));
    section.append(h("h3", {}, category), h("ul", { class: "lines", role: "list" }, rows));
  }
  return section;
}

/** @param {Control} control */
function details(control) {
  const { words, tone } = SEVERITY[control.severity];
  const points = `${pointsWords(control.points)} of ${pointsWords(control.max_points)} points`;
  const summary = h(
    "summary",
    {},
    h("span", { class: "grow" }, control.title, " "),
    h("span", { class: `chip ${tone}` }, words),
    h("span", { class: "secondary" }, ` ${STATE[control.state]} · ${points}`),
  );
  const how = h("p", { class: "remediation" });
  setText(how, control.remediation || "Microsoft says nothing on how to do it.");
  const where = control.action_url
    ? h("p", {}, h("a", { href: control.action_url, rel: "noreferrer", target: "_blank" }, "Open where it is set"))
    : null;
  return h("details", { class: "control" }, summary, how, where);
}

/** @param {SecureScore} score */
function licences(score) {
  const head = ["Product", "Status", "Bought", "Used"].map((label) => h("th", { scope: "col" }, label));
  const rows = score.licences.map(({ name, status, total, used }) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, name),
      h("td", {}, status || ""),
      h("td", {}, total),
      h("td", {}, used, " ", used > total ? h("span", { class: "chip warn" }, "over") : null),
    ),
  );
  return h(
    "section",
    { class: "panel", "aria-labelledby": "licences-title" },
    h("h2", { id: "licences-title" }, "Licences"),
    h(
      "div",
      { class: "table-scroll" },
      h("table", { class: "table" }, h("thead", {}, h("tr", {}, head)), h("tbody", {}, rows)),
    ),
  );
}

customElements.define("company-secure-score", CompanySecureScore);
