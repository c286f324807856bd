// Links the vendor companies of a group to one portal company: choose it, then each is linked by itself and says what
// came of it. One that is linked elsewhere stays there and says where.

import { ApiError, get, put } from "../api.js";
import { companyPath } from "../company-actions.js";
import { shortName } from "../company-words.js";
import { h, newId, setAttribute, setText } from "../dom.js";
import { icon } from "../icons.js";
import { brief, count, plural } from "../words.js";
import { SearchList } from "./search-list.js";
import { announce } from "./toast-region.js";

/** @typedef {import("../match-types.js").Duplicate} Duplicate */
/** @typedef {import("../match-types.js").DuplicateMember} Member */
/** @typedef {{id: string, name: string, hint: string}} Target */

const RESULTS = 25;

export class LinkAllDialog extends HTMLElement {
  #group;
  #catalogue;
  #dialog = h("dialog", { class: "small-dialog link-all", "aria-labelledby": newId("link-all") });
  #title = h("h2", { id: this.#dialog.getAttribute("aria-labelledby"), tabindex: "-1" });
  #lead = h("p");
  #body = h("div");
  #close = h("button", { class: "button", type: "button" }, "Cancel");
  #working = false;

  /** Whether anything was linked. */
  changed = false;

  /**
   * @param {Duplicate} group
   * @param {Map<string, import("../types.js").Connector>} catalogue
   */
  constructor(group, catalogue) {
    super();
    this.#group = group;
    this.#catalogue = catalogue;
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const { members, count: all } = this.#group;
    const companies = plural(all, "vendor company", "vendor companies");
    const which = all > members.length ? `the first ${count(members.length)} of ${companies}` : companies;
    setText(this.#title, `Link ${which} to…`);
    setText(this.#lead, "They stay as they are at the vendor; here they become one company.");
    const search = new SearchList({
      label: "Search your companies",
      find: (text, signal) => this.#find(text, signal),
      entry: (/** @type {Target} */ { id, name, hint }) => ({ key: id, name, more: hint }),
      pick: (target) => this.#link(target),
      nothing: (text) => (text ? `None of your companies is like “${text}”.` : "There are no companies yet."),
    });
    this.#body.append(search);
    this.#dialog.append(this.#title, this.#lead, this.#body, h("div", { class: "choices" }, this.#close));
    this.append(this.#dialog);
    this.#close.addEventListener("click", () => this.#dialog.close());
    this.#dialog.addEventListener("cancel", (event) => {
      if (this.#working) event.preventDefault();
    });
    this.#dialog.addEventListener("close", () => this.dispatchEvent(new CustomEvent("dialog-closed")));
    this.#dialog.showModal();
    search.focus();
  }

  /**
   * Before anything is typed, the companies that some of them are linked to, then those of a like name.
   *
   * @param {string} text
   * @param {AbortSignal} signal
   */
  async #find(text, signal) {
    const { members } = this.#group;
    const word = text || members[0].name.split(" ")[0];
    const path = `/v1/companies?limit=${RESULTS}&search=${encodeURIComponent(word)}`;
    const { data } = await get(path, { signal });
    /** @type {Target[]} */
    const found = data.items.map((/** @type {import("../company-types.js").Company} */ { id, name, domains }) => ({
      id,
      name,
      hint: domains[0] || "",
    }));
    if (text) return { items: found, more: data.next_cursor !== null };
    const linked = members.flatMap(({ linked_to: to }) => (to ? [{ id: to.company_id, name: to.name }] : []));
    /** @type {Map<string, Target>} */
    const known = new Map(linked.map((target) => [target.id, { ...target, hint: "Some are linked to it already" }]));
    for (const target of found) if (!known.has(target.id)) known.set(target.id, target);
    return { items: [...known.values()], more: data.next_cursor !== null, caption: "Probably one of these" };
  }

  /** @param {Target} target */
  async #link(target) {
    this.#working = true;
    const lines = this.#group.members.map((member) => this.#line(member));
    setText(this.#title, `Linking to ${brief(target.name)}`);
    setText(this.#lead, "");
    this.#body.replaceChildren(
      h(
        "ul",
        { class: "link-all-results" },
        lines.map(({ element }) => element),
      ),
    );
    setText(this.#close, "Done");
    setAttribute(this.#close, "disabled", true);
    this.#title.focus();
    let linked = 0;
    for (const [at, member] of this.#group.members.entries()) {
      const problem = await this.#linkOne(member, target);
      if (problem === null) linked += 1;
      lines[at].end(problem);
    }
    this.#working = false;
    const text = `${linked} of ${plural(lines.length, "vendor company", "vendor companies")} linked to ${brief(target.name)}`;
    setText(this.#title, text);
    announce(text);
    setAttribute(this.#close, "disabled", null);
    this.#close.focus();
  }

  /**
   * @param {Member} member
   * @param {Target} target
   * @returns {Promise<string | null>} why it could not be linked
   */
  async #linkOne({ connector, external_id: id, linked_to: linked }, target) {
    if (linked?.company_id === target.id) return null;
    const place = [connector || "", id || ""].map(encodeURIComponent).join("/");
    try {
      await put(`${companyPath(target.id)}/links/${place}`, undefined);
      this.changed = true;
      return null;
    } catch (error) {
      if (linked) return `Linked to ${linked.name}. Unlink it there first.`;
      return error instanceof ApiError ? error.sentence : "Something went wrong in this page.";
    }
  }

  /** @param {Member} member */
  #line({ connector, name, external_id: id }) {
    const state = h("span", { class: "link-all-state" }, h("span", { class: "spinner" }));
    const note = h("small");
    const vendor = connector ? shortName(connector, this.#catalogue) : "";
    setText(note, [vendor, id].filter(Boolean).join(" · "));
    const element = h(
      "li",
      {},
      state,
      h("span", { class: "match-text" }, h("span", { class: "match-name" }, name), note),
    );
    /** @param {string | null} problem */
    const end = (problem) => {
      state.replaceChildren(icon(problem ? "alert" : "check"));
      setAttribute(element, "class", problem ? "bad" : "good");
      setText(note, problem || "Linked");
    };
    return { element, end };
  }
}

customElements.define("link-all-dialog", LinkAllDialog);
