// "Why isn't X here?": somebody types an id, an address or a name, and gets what became of it, with what to do.

import { ApiError, get, integration as path, items } from "../api.js";
import { h, newId, setAttribute, setText, show } from "../dom.js";
import { connectionPage, missingCompanies } from "../places.js";
import { href, queryValue, setQuery } from "../router.js";
import { announce } from "./toast-region.js";

/**
 * @typedef {object} Verdict
 * @property {string} [record_type] absent where nothing was found
 * @property {string} [external_id]
 * @property {string} [name]
 * @property {string} verdict
 * @property {string} detail
 * @property {string} [remedy]
 */

/** @type {Record<string, [word: string, tone: string]>} */
const VERDICTS = {
  not_seen: ["Never seen", "bad"],
  filtered: ["Left out by a filter", "warn"],
  company_not_linked: ["Company not linked", "warn"],
  no_role: ["No role applies", "warn"],
  excluded: ["Excluded", "warn"],
  address: ["No usable address", "warn"],
  inactive: ["Inactive", "warn"],
  off: ["Switched off", "warn"],
  quarantined: ["Set aside", "bad"],
  waiting: ["Waiting", "busy"],
  suspended: ["Suspended", "warn"],
  imported: ["Here", "good"],
};

/** What the options decide. */
const BY_OPTIONS = ["filtered", "no_role", "excluded", "off"];

/** @type {Record<string, string>} */
const TYPES = {
  companies: "Company",
  sites: "Site",
  contacts: "Contact",
  users: "Technician",
  tickets: "Ticket",
  boards: "Board",
  devices: "Device",
  alerts: "Alert",
};

export class WhyMissing extends HTMLElement {
  connector = "";
  #vendor = "the vendor";
  #field = h("input", { class: "input", type: "search", id: newId("why"), autocomplete: "off", maxlength: "200" });
  #help = h("p", { class: "help", id: newId("why-help") });
  #button = h("button", { class: "button", type: "submit" }, "Find out");
  #wrong = h("p", { class: "wrong", hidden: true, role: "alert" });
  #found = h("ul", { class: "verdicts", role: "list" });
  /** @type {AbortController | null} */
  #asking = null;

  connectedCallback() {
    if (this.childElementCount > 0) return;
    setAttribute(this.#field, "aria-describedby", this.#help.id);
    const form = h(
      "form",
      { class: "field" },
      h("label", { for: this.#field.id }, "An id, an e-mail address or a name"),
      h("div", { class: "ask" }, this.#field, this.#button),
      this.#help,
      this.#wrong,
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      setQuery({ why: this.#field.value.trim() || null });
      this.#ask();
    });
    this.append(form, this.#found);
    this.#field.value = queryValue("why") || "";
    if (this.#field.value) this.#ask();
  }

  disconnectedCallback() {
    this.#asking?.abort();
  }

  /** @param {string} vendor */
  set vendor(vendor) {
    this.#vendor = vendor;
    setText(
      this.#help,
      `What you expected here of ${vendor}: its id there, or the name or address of a person, company, ticket or device.`,
    );
  }

  async #ask() {
    const query = this.#field.value.trim();
    this.#asking?.abort();
    show(this.#wrong, false);
    this.#found.replaceChildren();
    if (!query) return;
    const asking = new AbortController();
    this.#asking = asking;
    setText(this.#button, "Looking…");
    try {
      const address = `${path(this.connector, "explain")}?query=${encodeURIComponent(query)}`;
      this.#show(items(await get(address, { signal: asking.signal })));
    } catch (error) {
      if (asking.signal.aborted) return;
      const why = error instanceof ApiError ? error.sentence : "Something went wrong in this page.";
      setText(this.#wrong, `This could not be looked up. ${why}`);
      show(this.#wrong, true);
    } finally {
      if (this.#asking === asking) setText(this.#button, "Find out");
    }
  }

  /** @param {Verdict[]} verdicts one at least */
  #show(verdicts) {
    this.#found.replaceChildren(...verdicts.map((verdict) => this.#entry(verdict)));
    announce(verdicts.length === 1 ? `${verdicts[0].detail}` : `${verdicts.length} records fit.`);
  }

  /** @param {Verdict} verdict */
  #entry({ record_type: type, external_id: id, name, verdict, detail, remedy }) {
    const [word, tone] = VERDICTS[verdict] || [verdict, ""];
    const what = [type ? TYPES[type] || type : "", id ? `id ${id}` : ""].filter(Boolean).join(", ");
    const way = this.#way(verdict, type);
    return h(
      "li",
      {},
      h(
        "p",
        { class: "verdict-head" },
        name ? h("strong", {}, name) : "",
        h("span", { class: "secondary" }, what),
        chip(word, tone),
      ),
      h("p", {}, detail),
      remedy ? h("p", { class: "secondary" }, remedy) : null,
      way ? h("p", {}, h("a", { href: href(way.place) }, way.label)) : null,
    );
  }

  /** Where something can be done about it. @param {string} verdict @param {string} [type] */
  #way(verdict, type) {
    if (verdict === "excluded" && type === "companies")
      return { place: "/settings/companies", label: "Open Companies" };
    if (verdict === "company_not_linked") {
      const place = missingCompanies(this.connector);
      return place ? { place, label: "Link companies" } : null;
    }
    if (verdict === "quarantined")
      return { place: connectionPage(this.connector, "sync-log"), label: "Open the sync log" };
    if (!BY_OPTIONS.includes(verdict) || !customElements.get("connection-options")) return null;
    return { place: connectionPage(this.connector, "options"), label: "Open the options" };
  }
}

/**
 * @param {string} word
 * @param {string} tone
 */
function chip(word, tone) {
  return h("span", { class: `chip ${tone}` }, word);
}

customElements.define("why-missing", WhyMissing);
