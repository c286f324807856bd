// Chooses what a vendor company becomes: a new company, the one that is suggested, or one that is searched for. Escape and
// a click elsewhere leave all as it is; the focus goes back to where it came from.

import { get } from "../api.js";
import { h, setAttribute } from "../dom.js";
import { placeAt } from "../place.js";
import { SearchList } from "./search-list.js";

/** @typedef {import("../import-plan.js").Target} Target */
/** @typedef {import("../company-types.js").VendorCompany} VendorCompany */
/** @typedef {{target: Target, label: string, hint: string, marks?: string[]}} Choice */

const RESULTS = 20;

export class CompanyPicker extends HTMLElement {
  #popover = h("div", { class: "link-picker", popover: "auto", role: "dialog" });

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.append(this.#popover);
    this.#popover.addEventListener("toggle", (event) => {
      if (/** @type {ToggleEvent} */ (event).newState === "closed") this.#popover.replaceChildren();
    });
  }

  /**
   * @param {HTMLElement} anchor the button that it opens from
   * @param {VendorCompany} company
   * @param {Target} target what it becomes as things stand
   * @param {(target: Target) => void} chosen
   */
  open(anchor, company, target, chosen) {
    setAttribute(this.#popover, "aria-label", `What ${company.name} becomes`);
    const now = target ? `Link to ${target.name}` : "Create new";
    const search = new SearchList({
      label: "Search your companies",
      find: (text, signal) => find(company, text, signal),
      entry: (/** @type {Choice} */ choice) => ({
        key: choice.target?.id || "",
        name: choice.label,
        more: choice.hint,
        marks: choice.marks,
      }),
      pick: (choice) => {
        this.#popover.hidePopover();
        anchor.focus();
        chosen(choice.target);
      },
      nothing: (text) => `You have no company like “${text}”.`,
    });
    this.#popover.replaceChildren(
      h("header", {}, h("h2", {}, company.name), h("p", { class: "secondary" }, `Now: ${now}`)),
      search,
    );
    this.#popover.showPopover();
    placeAt(this.#popover, anchor, "end");
    search.focus();
  }
}

/**
 * What can be chosen: while nothing is searched for a new one and what it resembles first.
 *
 * @param {VendorCompany} company
 * @param {string} text
 * @param {AbortSignal} signal
 * @returns {Promise<{items: Choice[], more: boolean}>}
 */
async function find({ name, suggestion, candidates = [] }, text, signal) {
  const search = text ? `search=${encodeURIComponent(text)}&` : "";
  const { data } = await get(`/v1/companies?${search}limit=${RESULTS}`, { signal });
  const resembled = suggestion ? [suggestion] : candidates;
  const found = /** @type {import("../company-types.js").Company[]} */ (data.items)
    .filter(({ id }) => text || !resembled.some(({ company_id: other }) => other === id))
    .map(({ id, name: label, domains }) => ({ target: { id, name: label }, label, hint: domains[0] || "" }));
  const more = data.next_cursor !== null;
  if (text) return { items: found, more };
  const first = [
    { target: null, label: "Create a new company", hint: `“${name}”` },
    ...resembled.map(({ company_id: id, name: label, score }) => ({
      target: { id, name: label },
      label,
      hint: "",
      marks: [`${suggestion ? "suggested" : "similar"}, ${score} of 100`],
    })),
  ];
  return { items: [...first, ...found], more };
}

customElements.define("company-picker", CompanyPicker);
