// A company's Default Import Role with what it inherits, and the way to manage it.

import { all, get } from "../api.js";
import { companyPath } from "../company-actions.js";
import { roleName } from "../company-words.js";
import { h, newId, setText } from "../dom.js";
import { setQuery } from "../router.js";
import { failed, loading } from "../states.js";

export class CompanyDefaults extends HTMLElement {
  #company = "";
  #role = h("p", { class: "own-role" });
  #inherited = h("ul", { class: "inherited", role: "list" });
  #body = h("div", {}, loading("defaults", 2));

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const title = h("h2", { id: newId("defaults") }, "Defaults");
    const manage = h("button", { class: "button", type: "button" }, "Manage");
    manage.append(h("span", { class: "visually-hidden" }, " defaults"));
    manage.addEventListener("click", () => setQuery({ defaults: this.#company }, { push: true }));
    this.append(
      h(
        "section",
        { class: "panel", "aria-labelledby": title.id },
        h("div", { class: "panel-head" }, title, manage),
        this.#body,
      ),
    );
  }

  /** @param {import("../company-types.js").Company} company */
  update({ id }) {
    this.#company = id;
    this.look();
  }

  async look() {
    try {
      const path = `${companyPath(this.#company)}/defaults`;
      const [roles, { data }] = await Promise.all([all("/v1/roles"), get(path)]);
      const own = /** @type {import("../company-types.js").Defaults} */ (data);
      setText(this.#role, roleName(own.import_role, /** @type {import("../company-types.js").Role[]} */ (roles)));
      this.#inherited.replaceChildren(...own.inherited.map(({ text }) => h("li", {}, text)));
      if (!this.#role.isConnected) {
        this.#body.replaceChildren(h("p", { class: "secondary" }, "Default Import Role"), this.#role, this.#inherited);
      }
    } catch (error) {
      this.#body.replaceChildren(failed("The defaults could not be read", error, () => this.look()));
    }
  }
}

customElements.define("company-defaults", CompanyDefaults);
