// Vendor companies that resemble several of the portal's about as much: nothing is guessed, a person picks one or none.

import { del, put } from "../api.js";
import { companyPath, complain } from "../company-actions.js";
import { h, isOff, reconcile, setOff, setText, show } from "../dom.js";
import { mark } from "../marks.js";
import { Paged } from "../paged.js";
import { mayNot } from "../session.js";
import { empty, failed, loading } from "../states.js";
import { showEvidence } from "./match-row.js";
import { toast } from "./toast-region.js";

/** @typedef {import("../match-types.js").Ambiguous} Ambiguous */
/** @typedef {Ambiguous["candidates"][number]} Candidate */

/** Nobody is spared one for being unsure: they all are. */
const LOWEST = 40;

export class AmbiguousList extends HTMLElement {
  #path;
  #vendors;
  #search = "";
  #asked = false;
  /** What was linked here: the portal company by proposal. @type {Map<string, string>} */
  #linked = new Map();
  /** @type {Paged<Ambiguous>} */
  #found = new Paged(() => this.#render(), 100);
  #state = h("div");
  #list = h("ul", { class: "ambiguous" });
  #more = h("button", { class: "button", type: "button" }, "Show more");

  /**
   * @param {string} path
   * @param {Map<string, import("../mapping-columns.js").Column>} vendors
   */
  constructor(path, vendors) {
    super();
    this.#path = path;
    this.#vendors = vendors;
  }

  connectedCallback() {
    if (this.childElementCount === 0) {
      this.append(this.#state, this.#list, h("div", { class: "more" }, this.#more));
      this.#more.addEventListener("click", () => this.#found.more());
    }
    if (!this.#asked) this.#ask();
  }

  /** @param {string} search */
  set search(search) {
    this.#search = search;
    this.#asked = false;
    if (this.isConnected) this.#ask();
  }

  #ask() {
    this.#asked = true;
    const search = this.#search ? `&search=${encodeURIComponent(this.#search)}` : "";
    this.#found.read(`${this.#path}?threshold=${LOWEST}${search}`);
  }

  #render() {
    const { items, error, fresh, hasMore } = this.#found;
    if (error) this.#state.replaceChildren(failed("These could not be read", error, () => this.#found.again()));
    else if (fresh) this.#state.replaceChildren(loading("ambiguous companies", 6));
    else if (items.length === 0)
      this.#state.replaceChildren(
        empty("Nothing is ambiguous", "Every other company is clearly one of yours, or none."),
      );
    else this.#state.replaceChildren();
    reconcile(
      this.#list,
      items,
      keyOf,
      (one) => this.#item(one),
      (element, one) => this.#update(element, one),
    );
    show(this.#more, hasMore);
  }

  /** @param {Ambiguous} one */
  #item(one) {
    const { connector, external_id: id, name } = one;
    const vendor = this.#vendors.get(connector);
    const where = h("small", {}, `${vendor?.short || connector} · ${id}`);
    const title = h(
      "p",
      { class: "ambiguous-head" },
      mark(connector, vendor?.name || connector),
      h("span", { class: "match-text" }, h("span", { class: "match-name" }, name), where),
    );
    const lines = one.candidates.map((candidate) => this.#candidate(one, candidate));
    return h("li", {}, title, h("ul", {}, lines));
  }

  /** @param {Ambiguous} one @param {Candidate} candidate */
  #candidate(one, candidate) {
    const { company_id: id, company_name: name, score, evidence } = candidate;
    const chips = h("span", { class: "evidence" });
    showEvidence(chips, evidence);
    const act = h("button", { class: "button reason-end", type: "button", "aria-label": `Link to ${name}` }, "Link");
    act.addEventListener("click", () => {
      if (!isOff(act)) this.#link(one, candidate);
    });
    const line = h(
      "li",
      {},
      h("span", { class: "match-name" }, name),
      chips,
      h("span", { class: "match-score" }, score),
      act,
    );
    line.dataset.company = id;
    return line;
  }

  /** @param {HTMLElement} element @param {Ambiguous} one */
  #update(element, one) {
    const linked = this.#linked.get(keyOf(one));
    for (const { company_id: company, company_name: name } of one.candidates) {
      const line = element.querySelector(`[data-company="${CSS.escape(company)}"]`);
      const button = line?.querySelector("button");
      if (!button) continue;
      const off = linked ? (linked === company ? "It is linked." : "It is linked to the other one.") : mayNot("write");
      setOff(button, off);
      setText(button, linked === company ? "Linked" : "Link");
      button.setAttribute("aria-label", linked === company ? `Linked to ${name}` : `Link to ${name}`);
    }
  }

  /** @param {Ambiguous} one @param {Candidate} candidate */
  async #link(one, { company_id: company, company_name: target }) {
    const { connector, external_id: external, name } = one;
    const path = `${companyPath(company)}/links/${[connector, external].map(encodeURIComponent).join("/")}`;
    const id = keyOf(one);
    this.#set(id, company);
    try {
      await put(path, undefined);
    } catch (error) {
      this.#set(id, null);
      complain(error, `${name} could not be linked to ${target}`);
      return;
    }
    this.#tell();
    toast(`${name} is linked to ${target}.`, {
      action: { label: "Undo", act: () => this.#undo(id, path, company, name) },
    });
  }

  /** @param {string} id @param {string} path @param {string} company @param {string} name */
  async #undo(id, path, company, name) {
    this.#set(id, null);
    try {
      await del(path);
    } catch (error) {
      this.#set(id, company);
      complain(error, `${name} could not be unlinked again`);
      return;
    }
    this.#tell();
  }

  #tell() {
    this.dispatchEvent(new CustomEvent("links-changed", { bubbles: true }));
  }

  /** @param {string} id @param {string | null} company */
  #set(id, company) {
    if (company) this.#linked.set(id, company);
    else this.#linked.delete(id);
    this.#render();
  }
}

/** @param {Ambiguous} one */
function keyOf({ connector, external_id: id }) {
  return `${connector}/${id}`;
}

customElements.define("ambiguous-list", AmbiguousList);
