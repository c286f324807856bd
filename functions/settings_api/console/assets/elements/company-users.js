// A company's users: where each comes from, whether they have access and why not, and the decision about it.

import { all } from "../api.js";
import { roleName } from "../company-words.js";
import { h, isOff, newId, reconcile, setAttribute, setOff, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { Paged } from "../paged.js";
import { setQuery } from "../router.js";
import { mayNot } from "../session.js";
import { empty, failed, loading } from "../states.js";
import { giveAccess, takeAccess } from "../user-actions.js";
import { count } from "../words.js";
import "./action-menu.js";

/** @typedef {import("../company-types.js").User} User */

const COLUMNS = ["Person", "Role", "Origin", "Access", "Actions"];

/** @type {Record<User["state"], [text: string, tone: string]>} */
const STATES = { active: ["Has access", "good"], suspended: ["Suspended", "warn"], removed: ["No access", "bad"] };

export class CompanyUsers extends HTMLElement {
  #company = "";
  #users = -1;
  /** @type {import("../company-types.js").Role[]} */
  #roles = [];
  /** @type {Paged<User>} */
  #list = new Paged(() => this.#render());
  #title = h("h2", { id: newId("users"), tabindex: "-1" }, "Users");
  #add = h("button", { class: "button reason-end", type: "button" }, icon("plus"), "Add user");
  #rows = h("tbody", { role: "rowgroup" });
  #table = h("div", { class: "table-scroll", hidden: true }, table(this.#rows));
  #state = h("div", {}, loading("users", 3));
  #more = h("div", { class: "more", hidden: true });

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.#more.append(
      h("button", { class: "button", type: "button", on: { click: () => this.#list.more() } }, "Show more"),
    );
    setOff(this.#add, mayNot("write"));
    this.#add.addEventListener("click", () => {
      if (!isOff(this.#add)) setQuery({ user: "new" }, { push: true });
    });
    this.append(
      h(
        "section",
        { class: "panel", "aria-labelledby": this.#title.id },
        h("div", { class: "panel-head" }, this.#title, this.#add),
        this.#state,
        this.#table,
        this.#more,
      ),
    );
    this.#readRoles();
  }

  disconnectedCallback() {
    this.#list.stop();
  }

  /** @param {import("../company-types.js").Company} company */
  update({ id, users }) {
    setText(this.#title, users > 0 ? `Users (${count(users)})` : "Users");
    if (id !== this.#company) this.#list.read(`/v1/users?company=${encodeURIComponent(id)}`);
    else if (users !== this.#users) this.#list.again();
    this.#company = id;
    this.#users = users;
  }

  /** Reads again what is shown, unless somebody has read on. */
  look() {
    if (this.#list.items.length <= this.#list.size) this.#list.again();
  }

  async #readRoles() {
    try {
      this.#roles = await all("/v1/roles");
      this.#render();
    } catch {
      // Roles are shown by their ids.
    }
  }

  #render() {
    const { items, error, busy, fresh } = this.#list;
    const blank = items.length === 0;
    show(this.#state, blank || error);
    show(this.#table, !blank && !error);
    show(this.#more, this.#list.hasMore && !error);
    setAttribute(this.#table, "aria-busy", busy ? "true" : null);
    if (error) {
      this.#state.replaceChildren(failed("The users could not be read", error, () => this.#list.again()));
    } else if (!fresh && blank) {
      const text = "People come from a linked PSA when contact auto-import is on, or are added by hand.";
      this.#state.replaceChildren(empty("No users yet", text));
    }
    reconcile(
      this.#rows,
      items,
      ({ id }) => id,
      (user) => userRow(this.#menu(user)),
      (row, user) => updateRow(row, user, this.#roles),
    );
  }

  /** @param {User} user */
  #menu({ id, name }) {
    const menu = /** @type {import("./action-menu.js").ActionMenu} */ (document.createElement("action-menu"));
    const decide = async (/** @type {(user: User) => Promise<boolean>} */ how) => {
      const user = this.#list.items.find((one) => one.id === id);
      if (user && (await how(user))) this.dispatchEvent(new CustomEvent("companies-changed", { bubbles: true }));
    };
    menu.setup(`Access of ${name}`, () => {
      const state = this.#list.items.find((one) => one.id === id)?.state;
      const give = { label: "Give access…", off: mayNot("write"), act: () => decide(giveAccess) };
      const take = { label: "Take access away…", off: mayNot("write"), act: () => decide(takeAccess) };
      return state === "active" ? [take] : state === "suspended" ? [give, take] : [give];
    });
    return menu;
  }
}

/** @param {HTMLElement} rows */
function table(rows) {
  const heads = COLUMNS.map((name, at) =>
    h(
      "th",
      { scope: "col", role: "columnheader" },
      at === COLUMNS.length - 1 ? h("span", { class: "visually-hidden" }, name) : name,
    ),
  );
  return h(
    "table",
    { class: "table stacks", role: "table", "aria-label": "Users" },
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, heads)),
    rows,
  );
}

/** @param {HTMLElement} menu */
function userRow(menu) {
  const cell = (/** @type {number} */ at, /** @type {string} */ name) =>
    h("td", { role: "cell", class: name, "data-column": COLUMNS[at] });
  return h(
    "tr",
    { role: "row" },
    h("th", { scope: "row", role: "rowheader" }, h("span", { class: "who" }), h("p", { class: "secondary email" })),
    cell(1, "role"),
    cell(2, "origin"),
    h(
      "td",
      { role: "cell", class: "access", "data-column": COLUMNS[3] },
      h("div", {}, h("span"), h("p", { class: "secondary" })),
    ),
    h("td", { role: "cell", class: "acts" }, menu),
  );
}

/**
 * @param {HTMLTableRowElement} row
 * @param {User} user
 * @param {import("../company-types.js").Role[]} roles
 */
function updateRow(row, { name, email, role, origin, state, reason }, roles) {
  const part = (/** @type {string} */ of) => /** @type {HTMLElement} */ (row.querySelector(of));
  const [text, tone] = STATES[state];
  setText(part(".who"), name);
  setText(part(".email"), email);
  setText(part(".role"), roleName(role, roles));
  setText(part(".origin"), origin === "imported" ? "Imported" : "Added by hand");
  setText(part(".access span"), text);
  setAttribute(part(".access span"), "class", `chip ${tone}`);
  setText(part(".access p"), reason ? `${reason.charAt(0).toUpperCase()}${reason.slice(1)}` : "");
}

customElements.define("company-users", CompanyUsers);
