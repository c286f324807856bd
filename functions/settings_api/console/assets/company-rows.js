// A company as a row of the list, patched in place.

import { LINK_STATE, originWords, roleName, standing, vendorName } from "./company-words.js";
import { h, setAttribute, setText } from "./dom.js";
import { mark } from "./marks.js";
import { companyPage } from "./places.js";
import { href } from "./router.js";
import { count } from "./words.js";

/** @typedef {import("./company-types.js").Company} Company */

export const COLUMNS = ["Company", "Status", "Links", "Users", "Default Import Role", "Actions"];

/**
 * @param {Company} company
 * @param {import("./elements/action-menu.js").ActionMenu} menu
 */
export function companyRow(company, menu) {
  const cell = (/** @type {number} */ at, /** @type {string} */ name) =>
    h("td", { role: "cell", class: name, "data-column": COLUMNS[at] });
  const name = h(
    "th",
    { scope: "row", role: "rowheader" },
    h("a", { class: "clamped" }),
    h("p", { class: "secondary origin" }),
  );
  const acts = h("td", { role: "cell", class: "acts" }, menu);
  const cells = [cell(1, "standing"), cell(2, "links"), cell(3, "number users"), cell(4, "import-role")];
  return h("tr", { role: "row" }, name, cells, acts);
}

/**
 * @param {HTMLTableRowElement} row
 * @param {Company} company
 * @param {import("./company-words.js").Catalogue} catalogue
 * @param {import("./company-types.js").Role[]} roles
 */
export function updateCompanyRow(row, company, catalogue, roles) {
  const part = (/** @type {string} */ of) => /** @type {HTMLElement} */ (row.querySelector(of));
  setAttribute(part("th a"), "href", href(companyPage(company.id)));
  setText(part("th a"), company.name);
  setAttribute(part("th a"), "title", company.name);
  setText(part(".origin"), originWords(company, catalogue));
  const { text, tone } = standing(company);
  part(".standing").replaceChildren(h("span", { class: `chip ${tone}` }, text));
  part(".links").replaceChildren(linkMarks(company, catalogue));
  setText(part(".users"), count(company.users));
  const own = company.import_role;
  part(".import-role").replaceChildren(
    own ? roleName(own, roles) : h("span", { class: "secondary" }, roleName(null, roles)),
  );
}

/**
 * The vendors that a company is linked to: mark, vendor company, how many more, and what is odd about it.
 *
 * @param {Company} company
 * @param {import("./company-words.js").Catalogue} catalogue
 */
function linkMarks({ links }, catalogue) {
  const entries = Object.entries(links).filter(([, some]) => some.length > 0);
  if (entries.length === 0) return h("span", { class: "secondary" }, "None");
  const shown = entries.map(([connector, some]) => {
    const vendor = vendorName(connector, catalogue);
    const odd = some.map(({ state }) => LINK_STATE[state]).find(Boolean);
    return h(
      "li",
      { title: some.map(({ name }) => `${vendor}: ${name}`).join("\n") },
      mark(connector, vendor),
      h("span", { class: "visually-hidden" }, `${vendor}: `),
      h("span", { class: "vendor-name" }, some[0].name),
      some.length > 1 && h("span", { class: "secondary" }, `+${some.length - 1}`),
      odd && h("span", { class: "secondary" }, `(${odd})`),
    );
  });
  return h("ul", { class: "link-marks", role: "list" }, shown);
}
