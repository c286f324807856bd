// A vendor company in the import dialog: a tick, what it is, and what is to become of it.

import { h, isOff, newId, setAttribute, setOff, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { importable } from "../import-plan.js";

/** @typedef {import("../company-types.js").VendorCompany} VendorCompany */

export class ImportRow extends HTMLElement {
  /** @type {VendorCompany} */
  #company;
  #tick = h("input", { type: "checkbox", id: newId("tick") });
  #name = h("label", { for: this.#tick.id });
  #about = h("p", { class: "secondary", id: newId("about") });
  #chips = h("span", { class: "chips" });
  #becomes = h("span", { class: "secondary" });
  #target = h("button", { class: "button target reason-end", type: "button", "aria-haspopup": "dialog" });
  #targetName = h("span");
  #suggested = h("span", { class: "secondary" }, "suggested");
  #whose = h("span", { class: "visually-hidden" });

  /** @param {VendorCompany} company */
  constructor(company) {
    super();
    this.#company = company;
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    setAttribute(this, "role", "listitem");
    setAttribute(this.#tick, "aria-describedby", this.#about.id);
    this.#target.append(icon("arrow"), this.#targetName, this.#suggested, this.#whose);
    this.#tick.addEventListener("change", () => this.#tell("ticked", this.#tick.checked));
    this.#target.addEventListener("click", () => {
      if (!isOff(this.#target)) this.#tell("target-wanted", this.#target);
    });
    this.append(
      this.#tick,
      h("div", { class: "who" }, h("p", {}, this.#name, " ", this.#chips), this.#about),
      this.#becomes,
      this.#target,
    );
  }

  get company() {
    return this.#company;
  }

  /**
   * @param {VendorCompany} company
   * @param {import("../import-plan.js").ImportPlan} plan
   * @param {string | null} off why nothing can be imported now
   */
  update(company, plan, off) {
    this.#company = company;
    const { name, subtitle, type, external_id: id, inactive, blocked, company_name: linkedTo } = company;
    const { suggestion, candidates } = company;
    const free = importable(company);
    const target = plan.target(company);
    setText(this.#name, name || "Without a name");
    setText(this.#about, [subtitle, type, `id ${id}`].filter(Boolean).join(" · "));
    this.#chips.replaceChildren(
      ...(inactive ? [h("span", { class: "chip warn" }, "Inactive")] : []),
      ...(candidates
        ? [h("span", { class: "chip", title: candidates.map((one) => one.name).join("\n") }, "Resembles several")]
        : []),
      ...(blocked ? [h("span", { class: "chip bad", title: "Importing it unblocks it." }, "Blocked")] : []),
    );
    this.#tick.checked = plan.has(company);
    this.#tick.disabled = !free || off !== null;
    show(this.#becomes, !free);
    setText(this.#becomes, free ? "" : `Linked to ${linkedTo || "a company"}`);
    show(this.#target, free);
    setText(this.#targetName, target ? `Link to ${target.name}` : "Create new");
    show(this.#suggested, target && target.id === suggestion?.company_id);
    setText(this.#whose, `, for ${name}`);
    setOff(this.#target, off);
  }

  /** @param {string} what @param {unknown} detail */
  #tell(what, detail) {
    this.dispatchEvent(new CustomEvent(what, { bubbles: true, detail }));
  }
}

customElements.define("import-row", ImportRow);
