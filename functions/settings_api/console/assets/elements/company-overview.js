// Overview of a company: its links, its details and its defaults; below them its users, a table that wants the width.

import { h } from "../dom.js";
import { CompanyDefaults } from "./company-defaults.js";
import { CompanyDetails } from "./company-details.js";
import { CompanyLinks } from "./company-links.js";
import { CompanyUsers } from "./company-users.js";

/** @typedef {import("../company-types.js").Company} Company */

export class CompanyOverview extends HTMLElement {
  #links = new CompanyLinks();
  #users = new CompanyUsers();
  #details = new CompanyDetails();
  #defaults = new CompanyDefaults();

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.append(this.#links, h("div", { class: "column" }, this.#details, this.#defaults), this.#users);
  }

  /**
   * @param {Company} company
   */
  update(company) {
    this.#links.update(company);
    this.#users.update(company);
    this.#details.update(company);
    this.#defaults.update(company);
  }

  look() {
    this.#users.look();
    this.#defaults.look();
  }
}

customElements.define("company-overview", CompanyOverview);
