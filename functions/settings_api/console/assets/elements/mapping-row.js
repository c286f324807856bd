// A row of the mapping grid: the company, and a cell per connection with what it is linked to there. Rows are used again
// for other companies while the grid scrolls, so everything in them is patched.

import { LINK_STATE } from "../company-words.js";
import { h, setAttribute, setText } from "../dom.js";
import { cellOf } from "../cell-changes.js";
import { companyPage } from "../places.js";
import { href } from "../router.js";

/** @typedef {import("../company-types.js").Company} Company */
/** @typedef {import("../mapping-columns.js").Column} Column */

export class MappingRow extends HTMLElement {
  /** @type {Company | null} */
  company = null;
  index = -1;
  #link = h("a", { class: "company-name", tabindex: "-1" });
  #cells;

  /** @param {Column[]} columns */
  constructor(columns) {
    super();
    this.#cells = columns.map((column, at) => new MappingCell(column, at + 2));
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    setAttribute(this, "role", "row");
    this.append(h("div", { class: "cell first", role: "rowheader", "aria-colindex": "1" }, this.#link), ...this.#cells);
  }

  /**
   * @param {number} index
   * @param {Company | undefined} company `undefined`: not read yet
   */
  update(index, company) {
    if (index !== this.index) {
      this.index = index;
      setAttribute(this, "aria-rowindex", index + 2);
    }
    if (this.company === (company ?? null) && this.hasAttribute("data-ready")) return;
    this.company = company ?? null;
    setAttribute(this, "data-ready", "");
    setAttribute(this, "aria-busy", company ? null : "true");
    setText(this.#link, company?.name || "Loading…");
    setAttribute(this.#link, "href", company && href(companyPage(company.id)));
    for (const cell of this.#cells) cell.update(company);
  }

  /** Says in full what the pointer is on. @param {EventTarget | null} target */
  hint(target) {
    const cell = this.#cells[this.columnOf(target) - 1];
    if (cell && this.company) cell.hint(this.company);
    else if (target === this.#link) this.#link.title = this.company?.name || "";
  }

  /** What takes the focus in a column: the link in the first, the cell in the others. @param {number} column */
  target(column) {
    return column === 0 ? this.#link : this.#cells[column - 1];
  }

  /** The column that an event came from; -1: none. @param {EventTarget | null} target */
  columnOf(target) {
    if (!(target instanceof Element)) return -1;
    if (target === this.#link || target.closest(".first")) return 0;
    return this.#cells.findIndex((cell) => cell.contains(target)) + 1 || -1;
  }
}

/** Few nodes, since there are hundreds of cells and all change while the grid scrolls. What a blank one offers is CSS. */
class MappingCell extends HTMLElement {
  #column;
  #name = h("span", { class: "linked-name" });
  #more = h("span", { class: "more-links" });
  /** What is amiss, to be read; that nothing is linked, to be heard. */
  #said = h("span");

  /** @param {Column} column @param {number} index */
  constructor(column, index) {
    super();
    this.#column = column;
    setAttribute(this, "aria-colindex", index);
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    setAttribute(this, "role", "gridcell");
    setAttribute(this, "aria-haspopup", "dialog");
    setAttribute(this, "tabindex", "-1");
    this.append(this.#name, this.#more, this.#said);
  }

  /** @param {Company | undefined} company */
  update(company) {
    const { links, none } = company ? cellOf(company, this.#column.connector) : { links: [], none: false };
    const [first, ...others] = links;
    const states = [...new Set(links.map(({ state }) => LINK_STATE[state]).filter(Boolean))];
    const kind = first ? "" : !company ? "unread" : none ? "quiet" : "unlinked";
    setText(this.#name, first ? first.name : none ? "Not integrated" : "");
    setText(this.#more, others.length > 0 ? `+${others.length}` : "");
    setText(this.#said, kind === "unlinked" ? "not linked" : states.join(", "));
    const bad = links.some(({ state }) => state === "gone_at_vendor");
    setAttribute(this.#said, "class", states.length === 0 ? "visually-hidden" : bad ? "link-state bad" : "link-state");
    setAttribute(this, "title", null);
    setAttribute(
      this,
      "class",
      ["cell", this.#column.off ? "off" : "", kind, states.length > 0 ? "odd" : ""].filter(Boolean).join(" "),
    );
  }

  /** For the pointer, since names are cut off. @param {Company} company */
  hint(company) {
    const lines = cellOf(company, this.#column.connector).links.map(({ name, state }) =>
      [name, LINK_STATE[state]].filter(Boolean).join(", "),
    );
    setAttribute(this, "title", lines.join("\n") || null);
  }
}

customElements.define("mapping-cell", MappingCell);
customElements.define("mapping-row", MappingRow);
