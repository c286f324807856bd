// Who would be imported under the options as they stand here, saved or not: counts, then each contact with the role and the
// step that gives it, or why not. Nothing is written.

import { h, newId, reconcile, setText, show } from "../dom.js";
import { integration as path, post } from "../api.js";
import { failed, loading } from "../states.js";
import { count, plural } from "../words.js";

/** @typedef {{external_id: string, name: string, email?: string, company?: string, action: string, role?: string, role_source?: string, reason?: string}} Item */
/** @typedef {{companies: Record<string, number>, contacts: Record<string, number>, items: Item[], next_cursor: string | null}} Preview */

/** @type {Record<string, string>} */
const STEPS = {
  company_override: "set for the company",
  type_rule: "by type",
  primary: "primary contact",
  default: "default",
};

const HEAD = ["Contact", "Company", "Role", "Why"];

export class ImportPreview extends HTMLElement {
  #connector;
  #options;
  #roles;
  /** @type {Item[]} */
  #items = [];
  /** @type {string | null} */
  #cursor = null;

  #dialog = h("dialog", { class: "wide-dialog", "aria-labelledby": newId("preview") });
  #counts = h("p", { class: "secondary", role: "status" });
  #body = h("div", { class: "preview-body", tabindex: "0", role: "region", "aria-label": "Contacts" });
  #rows = h("tbody");
  #more = h("button", { class: "button", type: "button", hidden: true }, "Show more");

  /**
   * @param {import("../types.js").Connector} connector
   * @param {import("../types.js").Options} options
   * @param {import("../types.js").Role[]} roles
   */
  constructor(connector, options, roles) {
    super();
    this.#connector = connector;
    this.#options = options;
    this.#roles = new Map(roles.map(({ id, name }) => [id, name]));
  }

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const close = h("button", { class: "button", type: "button", on: { click: () => this.#dialog.close() } }, "Close");
    this.#more.addEventListener("click", () => this.#read());
    this.#dialog.append(
      h("h2", { id: this.#dialog.getAttribute("aria-labelledby") }, `Who gets in from ${this.#connector.short_name}`),
      h("p", { class: "secondary" }, "With the options as they stand on this page. Nothing is imported by looking."),
      this.#counts,
      this.#body,
      h("div", { class: "choices" }, this.#more, close),
    );
    this.#dialog.addEventListener("close", () => this.dispatchEvent(new CustomEvent("dialog-closed")));
    this.append(this.#dialog);
    this.#dialog.showModal();
    close.focus();
    this.#read();
  }

  async #read() {
    if (this.#items.length === 0) this.#body.replaceChildren(loading("contacts"));
    this.#more.disabled = true;
    try {
      const query = `?limit=100${this.#cursor ? `&cursor=${encodeURIComponent(this.#cursor)}` : ""}`;
      const { data } = await post(path(this.#connector.id, "import-preview") + query, this.#options);
      const first = this.#items.length === 0;
      this.#items.push(...data.items);
      this.#cursor = data.next_cursor;
      if (first) this.#show(data);
      this.#fill();
    } catch (error) {
      this.#body.replaceChildren(failed("The preview could not be made", error, () => this.#read()));
      show(this.#more, false);
    } finally {
      this.#more.disabled = false;
    }
  }

  /** @param {Preview} preview */
  #show({ contacts, companies }) {
    const made = companies.create ? `${plural(companies.create, "company", "companies")} made. ` : "";
    const skipped = contacts.skip || 0;
    setText(this.#counts, `${made}${plural(contacts.import || 0, "contact")} imported, ${count(skipped)} left out.`);
    if (this.#items.length === 0) {
      this.#body.replaceChildren(h("div", { class: "blank" }, h("h2", {}, "Nobody yet"), h("p", {}, this.#nobody)));
      return;
    }
    const head = h(
      "thead",
      {},
      h(
        "tr",
        {},
        HEAD.map((text) => h("th", { scope: "col" }, text)),
      ),
    );
    const table = h("table", { class: "table stacks", "aria-label": "Contacts" }, head, this.#rows);
    this.#body.replaceChildren(h("div", { class: "table-frame" }, table));
  }

  get #nobody() {
    const vendor = this.#connector.short_name;
    return `No contact of ${vendor} is known here yet. They come with the first sync.`;
  }

  #fill() {
    reconcile(
      this.#rows,
      this.#items,
      ({ external_id: id }) => id,
      (item) => this.#row(item),
      () => {},
    );
    show(this.#more, this.#cursor);
  }

  /** @param {Item} item */
  #row({ name, email, company, action, role, role_source: source, reason }) {
    const given = role ? this.#roles.get(role) || role : "";
    const outcome = action === "import" ? h("span", {}, given) : h("span", { class: "secondary" }, "Left out");
    const why = reason || (source ? STEPS[source] || source : "");
    return h(
      "tr",
      {},
      h("th", { scope: "row" }, name, email ? h("p", { class: "secondary" }, email) : ""),
      h("td", { "data-column": "Company" }, company || ""),
      h("td", { "data-column": "Role" }, outcome),
      h("td", { "data-column": "Why" }, why),
    );
  }
}

customElements.define("import-preview", ImportPreview);
