// What every section of the options shares: a head, content that follows the draft, and picklists that are asked for only
// when the section comes near, because each is a call to the vendor.
//
// A section is built once (`build`) and then follows the draft (`render`).

import { h, newId, setAttribute } from "../dom.js";

/**
 * @typedef {object} OptionsContext
 * @property {import("../types.js").Connector} connector
 * @property {import("../types.js").Integration} integration as it was read last
 * @property {import("../options-draft.js").OptionsDraft} draft
 * @property {import("../vendor-lists.js").VendorLists} lists
 * @property {import("../types.js").Role[]} roles
 * @property {string | null} off why nothing can be changed
 * @property {boolean} setup shown while setting up, before anything runs
 */

/** @type {import("../vendor-lists.js").VendorList} */
const NOT_ASKED = { state: "reading", choices: [], problem: "" };

export class OptionsSection extends HTMLElement {
  /** @type {OptionsContext} */
  context;
  #id;
  #title;
  #lead;
  #near = false;
  /** @type {IntersectionObserver | null} */
  #watch = null;
  #follow = () => this.render();

  /**
   * @param {OptionsContext} context
   * @param {{id: string, title: string, lead: string}} about
   */
  constructor(context, { id, title, lead }) {
    super();
    this.context = context;
    this.#id = id;
    this.#title = title;
    this.#lead = lead;
  }

  connectedCallback() {
    if (this.childElementCount === 0) this.#frame();
    const { draft, lists } = this.context;
    draft.addEventListener("change", this.#follow);
    lists.addEventListener("change", this.#follow);
    this.#watch = new IntersectionObserver((seen) => this.#look(seen), { rootMargin: "300px 0px" });
    this.#watch.observe(this);
    this.render();
  }

  disconnectedCallback() {
    const { draft, lists } = this.context;
    draft.removeEventListener("change", this.#follow);
    lists.removeEventListener("change", this.#follow);
    this.#watch?.disconnect();
  }

  /** The content. @returns {(Node | string)[]} */
  build() {
    return [];
  }

  /** Brings the content in line with the draft. */
  render() {}

  /** Puts the focus where the section begins. */
  focus() {
    /** @type {HTMLElement | null} */ (this.querySelector(".section-head > *"))?.focus();
  }

  /**
   * A picklist of the vendor.
   *
   * @param {string} key
   * @param {string} [board]
   */
  list(key, board) {
    return this.#near ? this.context.lists.list(key, board) : NOT_ASKED;
  }

  #frame() {
    const titleId = newId("section");
    const title = h(this.context.setup ? "h4" : "h3", { id: titleId, tabindex: "-1" }, this.#title);
    setAttribute(this, "id", `options-${this.#id}`);
    setAttribute(this, "class", "options-section");
    const content = h(
      "fieldset",
      { class: "section-body", role: "group", "aria-labelledby": titleId, disabled: Boolean(this.context.off) },
      this.build(),
    );
    this.append(h("header", { class: "section-head" }, title, h("p", { class: "secondary" }, this.#lead)), content);
  }

  /** @param {IntersectionObserverEntry[]} seen */
  #look(seen) {
    if (this.#near || !seen.some(({ isIntersecting }) => isIntersecting)) return;
    this.#near = true;
    this.#watch?.disconnect();
    this.render();
  }
}
