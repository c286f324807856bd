// A company's Secure Score: where it stands, how it moved, what is to be done about it, and the licences of its tenant.
//
// What a vendor wrote is text here; the line of the course is drawn by ourselves.

import { get } from "../api.js";
import { companyPath } from "../company-actions.js";
import { consentButton } from "../consent-link.js";
import { h, setText } from "../dom.js";
import { icon } from "../icons.js";
import { trendLine } from "../score-trend.js";
import { byCategory, chipsOf, comparison, gainWords, percentWords, pointsWords } from "../score-words.js";
import { empty, failed, loading } from "../states.js";
import { civilDay } from "../time.js";

/** @typedef {import("../company-types.js").Company} Company */
/** @typedef {import("../score-words.js").SecureScore} SecureScore */
/** @typedef {import("../score-words.js").Control} Control */

/** Days that the line shows. */
const SHOWN = 30;

export class CompanySecureScore extends HTMLElement {
  /** @type {Company | null} */
  #company = null;
  /** The tenant looked at, where there are several. */
  #tenant = "";
  #read = "";
  #outlet = h("div", { class: "stack" }, loading("the Secure Score"));

  connectedCallback() {
    if (this.childElementCount === 0) this.append(this.#outlet);
  }

  /** @param {Company} company */
  update(company) {
    this.#company = company;
    this.look();
  }

  async look() {
    const company = /** @type {Company} */ (this.#company);
    const query = this.#tenant ? `?external_id=${encodeURIComponent(this.#tenant)}` : "";
    try {
      const { data } = await get(`${companyPath(company.id)}/secure-score${query}`);
      // Nothing is built anew, nothing folded up and no focus lost, unless something changed.
      const read = JSON.stringify(data);
      if (read !== this.#read) this.#show(data, company);
      this.#read = read;
    } catch (error) {
      if (this.#read) return;
      this.#outlet.replaceChildren(failed("The Secure Score could not be read", error, () => this.look()));
    }
  }

  /** @param {SecureScore} score @param {Company} company */
  #show(score, company) {
    const parts = [this.#tenants(score), standing(score, company)];
    if (score.controls.length > 0) parts.push(controls(score.controls));
    if (score.licences.length > 0) parts.push(licences(score));
    this.#outlet.replaceChildren(...parts.filter((part) => part !== null));
  }

  /** @param {SecureScore} score */
  #tenants(score) {
    if (score.tenants.length < 2) return null;
    const choice = h("select", { id: "score-tenant", class: "input" });
    for (const { external_id: id, name } of score.tenants) {
      choice.append(h("option", { value: id, selected: id === score.tenant.external_id }, name));
    }
    choice.addEventListener("change", () => {
      this.#tenant = choice.value;
      this.look();
    });
    return h("div", { class: "score-tenant" }, h("label", { for: "score-tenant" }, "Tenant"), choice);
  }
}

/** @param {SecureScore} score @param {Company} company */
function standing(score, company) {
  const head = h("div", { class: "panel-head" }, h("h2", { id: "score-title" }, "Secure Score"));
  const section = h("section", { class: "panel", "aria-labelledby": "score-title" }, head);
  const waits = score.tenant.state === "needs_consent";
  if (score.percent === null) {
    section.append(waits ? notConsented(score, company) : nothingScored(score));
    return section;
  }
  if (waits) {
    const words = `The consent of ${score.tenant.name} has ended: this is what was read before.`;
    section.append(h("div", { class: "notice warn" }, icon("alert"), h("p", {}, words), consent(score, company)));
  }
  const points = `${pointsWords(score.score ?? 0)} of ${pointsWords(score.max ?? 0)} points`;
  const on = score.date ? ` on ${civilDay(score.date)}` : "";
  section.append(
    h("p", { class: "score-figure" }, h("strong", {}, percentWords(score.percent)), h("span", {}, points, on)),
    h("p", { class: "secondary" }, comparison(score.percent, score.average_percent)),
  );
  const days = score.trend.slice(-SHOWN);
  if (days.length > 1) section.append(trendLine(days));
  return section;
}

/** @param {SecureScore} score */
function nothingScored({ date }) {
  if (date) return empty("Nothing to score", "The tenant has nothing that could be scored.");
  return empty("No score yet", "Microsoft makes one a day for tenants with licences that count.");
}

/** @param {SecureScore} score @param {Company} company */
function notConsented(score, company) {
  const words = `An administrator of ${score.tenant.name} has to let this portal read its Secure Score. Send them the link.`;
  return empty("The customer has not consented", words, consent(score, company));
}

/** The way to the consent of the tenant that is looked at. @param {SecureScore} score @param {Company} company */
function consent({ tenant: { external_id: id } }, company) {
  for (const [connector, links] of Object.entries(company.links)) {
    const link = links.find(({ external_id: other }) => other === id);
    if (link) return consentButton(company.id, connector, link);
  }
  return null;
}

/** @param {Control[]} all */
function controls(all) {
  const section = h(
    "section",
    { class: "panel", "aria-labelledby": "controls-title" },
    h("div", { class: "panel-head" }, h("h2", { id: "controls-title" }, "Controls")),
    h("p", { class: "secondary" }, `${gainWords(all)}. Severity follows from the points at stake.`),
  );
  for (const [category, some] of byCategory(all)) {
    const rows = some.map((control) => h("li", {}, details(control)));
    const head = h("h3", {}, category, " ", h("span", { class: "secondary" }, gainWords(some)));
    section.append(head, h("ul", { class: "lines", role: "list" }, rows));
  }
  return section;
}

/** @param {Control} control */
function details(control) {
  const chips = chipsOf(control).map(({ words, tone }) => h("span", { class: `chip ${tone}` }, words));
  const points = `${pointsWords(control.points)} of ${pointsWords(control.max_points)} points`;
  const summary = h(
    "summary",
    {},
    icon("chevron"),
    h("span", { class: "title" }, control.title, " "),
    h("span", { class: "chips" }, chips, " "),
    h("span", { class: "secondary points" }, points),
  );
  const how = h("p", { class: "remediation" });
  setText(how, control.remediation || "Microsoft says nothing on how to do it.");
  const where = control.action_url
    ? h("p", {}, h("a", { href: control.action_url, rel: "noreferrer", target: "_blank" }, "Open where it is set"))
    : null;
  return h("details", { class: "control" }, summary, h("div", {}, how, where));
}

/** @param {SecureScore} score */
function licences(score) {
  const columns = ["Product", "Status", "Bought", "Used"];
  const heads = columns.map((label, at) =>
    h("th", { scope: "col", role: "columnheader", class: at > 1 ? "number" : null }, label),
  );
  const cell = (/** @type {number} */ at, /** @type {(Node | string | number)[]} */ ...content) =>
    h("td", { role: "cell", class: at > 1 ? "number" : null, "data-column": columns[at] }, h("div", {}, content));
  const rows = score.licences.map(({ name, status, total, used }) =>
    h(
      "tr",
      { role: "row" },
      h("th", { scope: "row", role: "rowheader" }, name),
      status ? cell(1, status) : h("td", { role: "cell" }),
      cell(2, total),
      cell(3, ...(used > total ? [h("span", { class: "chip warn" }, `${used - total} too many`), " "] : []), used),
    ),
  );
  const table = h(
    "table",
    { class: "table stacks", role: "table", "aria-label": "Licences" },
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, heads)),
    h("tbody", { role: "rowgroup" }, rows),
  );
  return h(
    "section",
    { class: "panel", "aria-labelledby": "licences-title" },
    h("div", { class: "panel-head" }, h("h2", { id: "licences-title" }, "Licences")),
    h("div", { class: "table-scroll" }, table),
  );
}

customElements.define("company-secure-score", CompanySecureScore);
