// The mapping grid where there is no room for one: a list to read, a card per company with what it is linked to. Links
// are changed on a larger screen.

import { LINK_STATE } from "../company-words.js";
import { h, reconcile, setAttribute, setText, show } from "../dom.js";
import { lacks } from "../mapping-columns.js";
import { companyPage } from "../places.js";
import { href } from "../router.js";
import { list } from "../words.js";

/** @typedef {import("../company-types.js").Company} Company */
/** @typedef {import("../mapping-columns.js").Column} Column */

const STEP = 100;

export class MappingList extends HTMLElement {
  #columns;
  #cards = h("ul", { class: "mapping-cards" });
  #more = h("button", { class: "button", type: "button" }, "Show more companies");
  #foot = h("div", { class: "more" }, this.#more);
  /** @type {import("../paged-rows.js").PagedRows<Company> | null} */
  #rows = null;
  #shown = STEP;

  /** @param {Column[]} columns */
  constructor(columns) {
    super();
    this.#columns = columns;
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.append(h("p", { class: "secondary" }, "Links are changed on a larger screen."), this.#cards, this.#foot);
    this.#more.addEventListener("click", () => {
      this.#shown += STEP;
      this.update();
    });
  }

  /** Another list, from its beginning. @param {import("../paged-rows.js").PagedRows<Company>} rows */
  set rows(rows) {
    this.#rows = rows;
    this.#shown = STEP;
    this.update();
  }

  update() {
    if (!this.#rows) return;
    this.#rows.want(0, this.#shown - 1);
    const companies = [...this.#rows.read()].slice(0, this.#shown);
    reconcile(
      this.#cards,
      companies,
      ({ id }) => id,
      card,
      (element, company) => this.#fill(element, company),
    );
    show(this.#foot, this.#rows.length > this.#shown);
  }

  /** @param {HTMLElement} element @param {Company} company */
  #fill(element, company) {
    const [title, links, missing] = /** @type {HTMLElement[]} */ ([...element.children]);
    const name = /** @type {HTMLElement} */ (title.firstElementChild);
    setText(name, company.name);
    setAttribute(name, "href", href(companyPage(company.id)));
    const linked = this.#columns.filter(({ connector }) => company.links[connector]?.length);
    reconcile(
      links,
      linked.map((column) => ({ column, said: linkWords(company, column) })),
      ({ column }) => column.connector,
      () => h("li", {}, h("span", { class: "secondary" }), h("span")),
      (line, { column, said }) => {
        setText(/** @type {Node} */ (line.firstElementChild), column.short);
        setText(/** @type {Node} */ (line.lastElementChild), said);
      },
    );
    show(links, linked.length > 0);
    const lacking = this.#columns.filter(({ connector }) => lacks(company, connector)).map(({ short }) => short);
    setText(missing, lacking.length > 0 ? `Not linked in ${list(lacking)}` : "");
    show(missing, lacking.length > 0);
  }
}

function card() {
  return h(
    "li",
    { class: "mapping-card" },
    h("h2", { class: "clamped" }, h("a")),
    h("ul"),
    h("p", { class: "secondary" }),
  );
}

/** @param {Company} company @param {Column} column */
function linkWords(company, { connector }) {
  const [first, ...others] = company.links[connector];
  const states = [...new Set(company.links[connector].map(({ state }) => LINK_STATE[state]).filter(Boolean))];
  return [first.name, others.length > 0 && `+${others.length}`, states.length > 0 && `(${states.join(", ")})`]
    .filter(Boolean)
    .join(" ");
}

customElements.define("mapping-list", MappingList);
