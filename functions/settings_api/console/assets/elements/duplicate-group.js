// A few records that are probably one thing: why, which, and what can be done. Tells of what somebody wants by
// `ignore-wanted` and `link-all-wanted` with the group.

import { shortName, vendorName } from "../company-words.js";
import { h, isOff, newId, setAttribute, setOff, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { mark } from "../marks.js";
import { companyPage } from "../places.js";
import { href } from "../router.js";
import { mayNot } from "../session.js";
import { count } from "../words.js";

/** @typedef {import("../match-types.js").Duplicate} Duplicate */
/** @typedef {import("../match-types.js").DuplicateMember} Member */

/** What the kinds are called, in the order of the filter. */
export const KINDS = {
  vendor_companies: "Vendor companies",
  companies: "Your companies",
  contacts: "Contacts",
  devices: "Devices",
};

/** @type {Record<Duplicate["reason"], string>} */
const REASONS = { name: "Same name", domain: "Same domain", email: "Same e-mail", serial: "Same serial number" };

export class DuplicateGroup extends HTMLElement {
  #catalogue;
  /** @type {Duplicate | null} */
  #group = null;
  #title = h("h2", { id: newId("duplicate"), tabindex: "-1" });
  #kind = h("p", { class: "secondary" });
  #members = h("ul", { class: "duplicate-members" });
  #link = h("button", { class: "button reason-end", type: "button" }, "Link all to…");
  #ignore = h("button", { class: "button quiet reason-end", type: "button" });

  /** @param {Map<string, import("../types.js").Connector>} catalogue */
  constructor(catalogue) {
    super();
    this.#catalogue = catalogue;
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    setAttribute(this, "role", "listitem");
    setAttribute(this, "aria-labelledby", this.#title.id);
    const acts = h("div", { class: "duplicate-acts" }, this.#link, this.#ignore);
    this.append(h("div", { class: "duplicate-head" }, h("div", {}, this.#title, this.#kind), acts), this.#members);
    for (const [button, wanted] of /** @type {[HTMLElement, string][]} */ ([
      [this.#link, "link-all-wanted"],
      [this.#ignore, "ignore-wanted"],
    ])) {
      setAttribute(button, "aria-describedby", this.#title.id);
      button.addEventListener("click", () => {
        if (!isOff(button)) this.dispatchEvent(new CustomEvent(wanted, { bubbles: true, detail: this.#group }));
      });
    }
  }

  /** @param {Duplicate} group */
  update(group) {
    if (group === this.#group) return;
    this.#group = group;
    const { kind, connector, reason, value, ignored, members, count: all } = group;
    setText(this.#title, `${REASONS[reason]}: ${value}`);
    const where = connector ? `${KINDS[kind]} in ${vendorName(connector, this.#catalogue)}` : KINDS[kind];
    setText(this.#kind, where);
    const more =
      all > members.length ? [h("li", { class: "secondary" }, `and ${count(all - members.length)} more`)] : [];
    this.#members.replaceChildren(...members.map((member) => this.#member(member)), ...more);
    show(this.#link, kind === "vendor_companies" && !ignored);
    const off = mayNot("write");
    setOff(this.#link, off);
    setOff(this.#ignore, off);
    setText(this.#ignore, ignored ? "List again" : "Ignore");
  }

  /** @param {Member} member */
  #member({ connector, company_id: id, name, subtitle, external_id: external, linked_to: linked }) {
    const title = id ? h("a", { href: href(companyPage(id)) }, name) : h("span", { class: "match-name" }, name);
    const vendor = connector && shortName(connector, this.#catalogue);
    const second = [vendor, subtitle, subtitle?.includes(external || " ") ? "" : external].filter(Boolean).join(" · ");
    return h(
      "li",
      {},
      connector ? mark(connector, vendorName(connector, this.#catalogue)) : "",
      h("span", { class: "match-text" }, title, second ? h("small", {}, second) : ""),
      linked
        ? h(
            "span",
            { class: "duplicate-link" },
            icon("arrow"),
            h("span", { class: "visually-hidden" }, "linked to "),
            h("a", { href: href(companyPage(linked.company_id)), title: linked.name }, linked.name),
          )
        : "",
    );
  }
}

customElements.define("duplicate-group", DuplicateGroup);
