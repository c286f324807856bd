// A company's own details, as far as there are any.

import { h, newId } from "../dom.js";

export class CompanyDetails extends HTMLElement {
  #list = h("dl", { class: "details" });

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const title = h("h2", { id: newId("details") }, "Details");
    this.append(
      h(
        "section",
        { class: "panel", "aria-labelledby": title.id },
        h("div", { class: "panel-head" }, title),
        this.#list,
      ),
    );
  }

  /** @param {import("../company-types.js").Company} company */
  update({ domains, phone, address }) {
    const domainList =
      domains.length > 0
        ? h(
            "ul",
            { role: "list" },
            domains.map((domain) => h("li", {}, domain)),
          )
        : null;
    const lines = address ? h("span", { class: "address" }, address) : null;
    this.#list.replaceChildren(
      ...[entry("Domains", domainList), entry("Phone", phone), entry("Address", lines)].flat(),
    );
  }
}

/**
 * @param {string} name
 * @param {Node | string | null | undefined} value
 */
function entry(name, value) {
  return [h("dt", {}, name), h("dd", {}, value || h("span", { class: "secondary" }, "None"))];
}

customElements.define("company-details", CompanyDetails);
