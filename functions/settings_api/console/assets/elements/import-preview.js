// Who would be imported under the rules as they stand here, saved or not: counts, then each contact with the role and the
// step that gives it, or why not. Nothing is written.

import { get, integration as path, post } from "../api.js";
import { h, newId, reconcile, setAttribute, setText, show } from "../dom.js";
import { failed, loading } from "../states.js";
import { count, plural, sentenceCase } from "../words.js";

/** @typedef {"import" | "link" | "skip"} Action */
/** @typedef {{external_id: string, name: string, email?: string, company?: string, action: Action, role?: string, role_source?: string, reason?: string}} Item */
/** @typedef {{companies: Record<string, number>, contacts: Record<Action | "imported", number>, complete: boolean, items: Item[], next_cursor: string | null}} Preview */

/** @type {Record<string, string>} */
const STEPS = {
  company_override: "The company’s own role",
  type_rule: "Rule by type",
  primary: "Primary contact",
  default: "Default",
};

/** @type {{id: Action | "", label: string}[]} */
const TABS = [
  { id: "", label: "All" },
  { id: "import", label: "Become users" },
  { id: "link", label: "Linked to a user" },
  { id: "skip", label: "Left out" },
];

const HEAD = ["Contact", "Company", "Role", "Why"];

export class ImportPreview extends HTMLElement {
  #connector;
  #rules;
  #roles;
  /** @type {Item[]} */
  #items = [];
  /** @type {Action | ""} */
  #wanted = "";
  /** @type {string | null} */
  #cursor = null;
  /** Answers of an earlier filter come too late. */
  #asked = 0;

  #dialog = h("dialog", { class: "wide-dialog", "aria-labelledby": newId("preview") });
  #counts = h("p", { role: "status" });
  #tabs = h("div", { class: "filters", role: "group", "aria-label": "Which contacts", hidden: true });
  #body = h("div", { class: "preview-body", tabindex: "0", role: "region", "aria-label": "Contacts" });
  #rows = h("tbody");
  #more = h("button", { class: "button", type: "button", hidden: true }, "Show more");

  /**
   * @param {import("../types.js").Connector} connector
   * @param {import("../types.js").Options["auto_import"] | null} rules `null`: those that are saved
   * @param {import("../types.js").Role[]} roles
   */
  constructor(connector, rules, roles) {
    super();
    this.#connector = connector;
    this.#rules = rules;
    this.#roles = new Map(roles.map(({ id, name }) => [id, name]));
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const vendor = this.#connector.short_name;
    const close = h("button", { class: "button", type: "button", on: { click: () => this.#dialog.close() } }, "Close");
    this.#more.addEventListener("click", () => this.#read());
    const lead = this.#rules
      ? "By the rules as they stand on this page, saved or not."
      : "By the rules as they are saved.";
    this.#dialog.append(
      h("h2", { id: this.#dialog.getAttribute("aria-labelledby") }, `Who gets in from ${vendor}`),
      h("p", { class: "secondary" }, `${lead} Nothing is imported by looking.`),
      this.#counts,
      this.#tabs,
      this.#body,
      h("div", { class: "choices" }, this.#more, close),
    );
    this.#dialog.addEventListener("close", () => this.dispatchEvent(new CustomEvent("dialog-closed")));
    this.append(this.#dialog);
    this.#dialog.showModal();
    close.focus();
    this.#begin("");
  }

  /** @param {Action | ""} wanted */
  #begin(wanted) {
    this.#wanted = wanted;
    this.#items = [];
    this.#cursor = null;
    this.#body.replaceChildren(loading("contacts"));
    show(this.#more, false);
    this.#read();
  }

  async #read() {
    const asked = (this.#asked += 1);
    const query = new URLSearchParams({ limit: "100" });
    if (this.#wanted) query.set("action", this.#wanted);
    if (this.#cursor) query.set("cursor", this.#cursor);
    const where = `${path(this.#connector.id, "import-preview")}?${query}`;
    this.#more.disabled = true;
    try {
      const { data } = await (this.#rules ? post(where, { auto_import: this.#rules }) : get(where));
      if (asked === this.#asked) this.#show(data);
    } catch (error) {
      if (asked !== this.#asked) return;
      this.#body.replaceChildren(failed("The preview could not be made", error, () => this.#begin(this.#wanted)));
      show(this.#more, false);
    } finally {
      this.#more.disabled = false;
    }
  }

  /** @param {Preview} preview */
  #show({ contacts, companies, complete, items, next_cursor: cursor }) {
    this.#items.push(...items);
    this.#cursor = cursor;
    setText(this.#counts, countSentence(contacts, companies, complete));
    this.#renderTabs(contacts);
    show(this.#more, cursor);
    if (this.#items.length === 0) {
      const words = contacts.imported > 0 ? "Everybody who may get in is a user already." : this.#nobody;
      this.#body.replaceChildren(h("div", { class: "blank" }, h("h3", {}, "Nobody here"), h("p", {}, words)));
      return;
    }
    reconcile(
      this.#rows,
      this.#items,
      ({ external_id: id }) => id,
      (item) => this.#row(item),
      () => {},
    );
    if (this.#rows.isConnected) return;
    const head = h(
      "thead",
      {},
      h(
        "tr",
        {},
        HEAD.map((text) => h("th", { scope: "col" }, text)),
      ),
    );
    const table = h("table", { class: "table stacks people", "aria-label": "Contacts" }, head, this.#rows);
    this.#body.replaceChildren(h("div", { class: "table-frame" }, table));
  }

  get #nobody() {
    return `No contact of ${this.#connector.short_name} belongs here. They come with the first sync.`;
  }

  /** @param {Record<string, number>} contacts */
  #renderTabs(contacts) {
    const all = contacts.import + contacts.link + contacts.skip;
    reconcile(
      this.#tabs,
      TABS,
      ({ id }) => id || "all",
      ({ id }) => h("button", { class: "filter", type: "button", on: { click: () => this.#begin(id) } }),
      (tab, { id, label }) => {
        setText(tab, `${label} ${count(id ? contacts[id] : all)}`);
        setAttribute(tab, "aria-pressed", String(id === this.#wanted));
      },
    );
    show(this.#tabs, all > 0);
  }

  /** @param {Item} item */
  #row({ name, email, company, action, role, role_source: source, reason }) {
    const given = role ? this.#roles.get(role) || role : "";
    /** @type {Record<Action, {outcome: string, why: string}>} */
    const words = {
      import: { outcome: given, why: STEPS[source || ""] || "" },
      link: { outcome: "Stays as it is", why: "Same address as a user of this company" },
      skip: { outcome: "Left out", why: sentenceCase(reason || "") },
    };
    const { outcome, why } = words[action];
    return h(
      "tr",
      {},
      h(
        "th",
        { scope: "row" },
        h("span", { class: "clamped", title: name }, name),
        email ? h("p", { class: "secondary" }, email) : "",
      ),
      h("td", { "data-column": "Company" }, h("span", { class: "clamped", title: company }, company || "")),
      h("td", { "data-column": "Role" }, h("span", { class: action === "import" ? null : "secondary" }, outcome)),
      h("td", { "data-column": "Why" }, h("span", {}, why)),
    );
  }
}

/**
 * @param {Record<string, number>} contacts
 * @param {Record<string, number>} companies
 * @param {boolean} complete
 */
function countSentence(contacts, companies, complete) {
  const made =
    companies.create > 0
      ? ` ${plural(companies.create, "company becomes", "companies become")} portal companies first.`
      : "";
  const already = contacts.imported > 0 ? ` ${count(contacts.imported)} have a user already.` : "";
  const cut = complete ? "" : " There are more than could be looked at, so these are the first 20,000.";
  return `${plural(contacts.import, "contact becomes", "contacts become")} users, ${count(contacts.skip)} stay out.${already}${made}${cut}`;
}

customElements.define("import-preview", ImportPreview);
