// What opens at a cell of the mapping grid: what the company is linked to there, with Unlink and Swap, a search over the
// vendor's companies that links at once, and "Not integrated". Escape and a click elsewhere close it; the focus goes
// back to the cell. A vendor company belongs to one company: what is linked elsewhere says where and cannot be picked.

import { get } from "../api.js";
import { LINK_STATE } from "../company-words.js";
import { consentButton } from "../consent-link.js";
import { h, isOff, setAttribute, setOff } from "../dom.js";
import { icon } from "../icons.js";
import { cellOf } from "../cell-changes.js";
import { placeAt } from "../place.js";
import { mayNot } from "../session.js";
import { brief } from "../words.js";
import { SearchList } from "./search-list.js";

/** @typedef {import("../company-types.js").Company} Company */
/** @typedef {import("../company-types.js").Link} Link */
/** @typedef {import("../company-types.js").VendorCompany} VendorCompany */
/** @typedef {import("../mapping-columns.js").Column} Column */

/** Where it is open. @typedef {{company: Company, column: Column, anchor: HTMLElement}} At */

const RESULTS = 25;
/** Words that many names have and that hence find nothing in particular. */
const COMMON = /^(the|a|an|ltd|inc|llc|gmbh|group|co|company|and|of|st)$/i;

export class LinkPicker extends HTMLElement {
  #changes;
  #closed;
  #popover = h("div", { class: "link-picker", popover: "auto", role: "dialog" });
  /** @type {At | null} */
  #open = null;

  /**
   * @param {import("../mapping-changes.js").MappingChanges} changes
   * @param {() => void} closed
   */
  constructor(changes, closed) {
    super();
    this.#changes = changes;
    this.#closed = closed;
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.append(this.#popover);
    this.#popover.addEventListener("toggle", (event) => {
      if (/** @type {ToggleEvent} */ (event).newState === "closed") this.#left();
    });
  }

  disconnectedCallback() {
    removeEventListener("scroll", this.#scrolled, { capture: true });
    removeEventListener("resize", this.#close);
  }

  /** @param {At} at */
  open(at) {
    this.#open = at;
    const { company, column } = at;
    setAttribute(this.#popover, "aria-label", `${company.name} in ${column.name}`);
    this.#show(null);
    this.#popover.showPopover();
    this.#settle();
    addEventListener("scroll", this.#scrolled, { capture: true, passive: true });
    addEventListener("resize", this.#close);
  }

  #close = () => this.#popover.hidePopover();

  /** The cell moves away below it when the page scrolls; its own results may. @param {Event} event */
  #scrolled = (event) => {
    if (!this.#popover.contains(/** @type {Node} */ (event.target))) this.#close();
  };

  #left() {
    const { anchor } = this.#open || {};
    this.#open = null;
    removeEventListener("scroll", this.#scrolled, { capture: true });
    removeEventListener("resize", this.#close);
    const focused = document.activeElement;
    if (!focused || focused === document.body || this.#popover.contains(focused))
      anchor?.focus({ preventScroll: true });
    this.#popover.replaceChildren();
    this.#closed();
  }

  /** @param {Link | null} swapped the link that another is wanted for */
  #show(swapped) {
    const { company, column } = this.#opened;
    const { links, none } = cellOf(company, column.connector);
    const off = mayNot("write");
    const title = swapped ? `Swap ${swapped.name} for` : company.name;
    this.#popover.replaceChildren(
      h("header", {}, h("h2", {}, title), h("p", { class: "secondary" }, `in ${column.name}`)),
      column.off ? h("p", { class: "notice warn" }, icon("unlink"), `Disconnected. ${column.off}`) : "",
      off ? h("p", { class: "notice" }, icon("lock"), off) : "",
      swapped || links.length === 0 ? "" : this.#links(links, off),
      ...(swapped ? [] : links.filter(({ state }) => state === "needs_consent").map((link) => this.#consent(link))),
      off ? "" : this.#search(swapped),
      swapped ? "" : this.#notIntegrated(none, links.length > 0 ? "Unlink it first." : off),
    );
  }

  get #opened() {
    return /** @type {At} */ (this.#open);
  }

  /** Where it stands, and where the focus is. */
  #settle() {
    placeAt(this.#popover, this.#opened.anchor);
    const search = this.#popover.querySelector("search-list") || this.#popover.querySelector("button, input");
    /** @type {HTMLElement | null} */ (search)?.focus();
  }

  /** @param {Link[]} links @param {string | null} off */
  #links(links, off) {
    const line = (/** @type {Link} */ link) => {
      const swap = this.#button("Swap", `Swap ${link.name} for another`, off, () => {
        this.#show(link);
        this.#settle();
      });
      const unlink = this.#button("Unlink", `Unlink ${link.name}`, off, () => {
        this.#do(({ company, column }) => this.#changes.unlink(company, column, link));
      });
      const second = [link.external_id, LINK_STATE[link.state]].filter(Boolean).join(" · ");
      const name = h("span", { class: "linked" }, h("span", { class: "clamped" }, link.name), h("small", {}, second));
      return h("li", {}, name, swap, unlink);
    };
    return h("ul", { class: "picker-links", "aria-label": "Linked to" }, links.map(line));
  }

  /** What one customer has not allowed, and the way to ask for it. @param {Link} link */
  #consent(link) {
    const { company, column } = this.#opened;
    const words = h("p", {}, `Nothing is read of ${link.name} until an administrator there consents.`);
    return h("div", { class: "notice warn consent" }, words, consentButton(company.id, column.connector, link));
  }

  /** @param {string} text @param {string} label @param {string | null} off @param {() => void} act */
  #button(text, label, off, act) {
    const button = h("button", { class: "button quiet reason-end", type: "button", "aria-label": label }, text);
    setOff(button, off);
    button.addEventListener("click", () => {
      if (!isOff(button)) act();
    });
    return button;
  }

  /** @param {Link | null} swapped */
  #search(swapped) {
    const { company, column } = this.#opened;
    return new SearchList({
      label: `Search ${column.short} companies`,
      find: (text, signal) => findCompanies(column, company, text, signal),
      entry: (/** @type {VendorCompany} */ vendor) => entryOf(vendor, company),
      pick: (vendor) =>
        this.#do(() =>
          swapped ? this.#changes.swap(company, column, swapped, vendor) : this.#changes.link(company, column, vendor),
        ),
      nothing: (text) =>
        text ? `${column.short} has no company like “${text}”.` : `Every company in ${column.short} is linked.`,
    });
  }

  /** @param {boolean} none @param {string | null} off */
  #notIntegrated(none, off) {
    const { column } = this.#opened;
    const box = h("input", { type: "checkbox" });
    box.checked = none;
    setOff(box, off);
    box.addEventListener("click", (event) => {
      event.preventDefault();
      if (isOff(box)) return;
      this.#do(({ company }) => this.#changes.setNotIntegrated(company, column, !none));
    });
    const help = off && !mayNot("write") ? off : `It has nothing in ${column.short}, and is never counted as missing.`;
    return h(
      "label",
      { class: "tick" },
      box,
      h("span", {}, "Not integrated", h("span", { class: "help secondary" }, help)),
    );
  }

  /** Closes first: what follows shows in the cell. @param {(at: At) => unknown} act */
  #do(act) {
    const at = this.#opened;
    this.#close();
    act(at);
  }
}

/**
 * What was typed; before anything is, the vendor companies of a similar name, or those that are not linked yet.
 *
 * @param {Column} column
 * @param {Company} company
 * @param {string} text
 * @param {AbortSignal} signal
 */
async function findCompanies({ connector, short }, company, text, signal) {
  const path = `/v1/integrations/${encodeURIComponent(connector)}/companies?limit=${RESULTS}`;
  const read = async (/** @type {string} */ query) => {
    const { data } = await get(`${path}${query}`, { signal });
    return { items: /** @type {VendorCompany[]} */ (data.items), more: data.next_cursor !== null };
  };
  if (text) return read(`&search=${encodeURIComponent(text)}`);
  const word = company.name.split(/[^\p{L}\p{N}]+/u).find((part) => part.length > 1 && !COMMON.test(part));
  if (word) {
    const similar = await read(`&linked=false&search=${encodeURIComponent(word)}`);
    similar.items.sort((one, other) => alike(other.name, company.name) - alike(one.name, company.name));
    if (similar.items.length > 0) return { ...similar, caption: `Not linked yet, like “${word}”` };
  }
  return { ...(await read("&linked=false")), caption: `Not linked yet in ${short}` };
}

/** How many letters two names begin with alike. @param {string} one @param {string} other */
function alike(one, other) {
  const [short, long] = [one.toLowerCase(), other.toLowerCase()];
  let at = 0;
  while (at < short.length && short[at] === long[at]) at += 1;
  return at;
}

/**
 * @param {VendorCompany} vendor
 * @param {Company} company
 * @returns {import("./search-list.js").Entry}
 */
function entryOf(vendor, company) {
  const { external_id: id, name, subtitle, type, inactive, company_id: linked, company_name: where } = vendor;
  const off = !linked
    ? null
    : linked === company.id
      ? "Linked to it already"
      : `Linked to ${brief(where || "another company")}`;
  const more = [subtitle, type, subtitle?.includes(id) ? "" : id].filter(Boolean).join(" · ");
  return { key: id, name, more, marks: inactive ? ["inactive"] : [], off };
}

customElements.define("link-picker", LinkPicker);
