// What a company pays for: what is left to pay, its plans, its invoices with the ways to see them, its payments, and the way
// to the biller's own pages. That address is made when it is clicked and kept nowhere.

import { ApiError, get, post } from "../api.js";
import { invoiceStanding, itemWords, planDates, planName, statusWords } from "../billing-types.js";
import { companyPath } from "../company-actions.js";
import { h, isOff, newId, setAttribute, setOff, setText, show } from "../dom.js";
import { icon } from "../icons.js";
import { money } from "../money.js";
import { mayNot } from "../session.js";
import { empty, failed, loading } from "../states.js";
import { day } from "../time.js";
import { plural } from "../words.js";
import { toast } from "./toast-region.js";

/** @typedef {import("../billing-types.js").Billing} Billing */
/** @typedef {import("../billing-types.js").Subscription} Subscription */
/** @typedef {import("../billing-types.js").Invoice} Invoice */
/** @typedef {import("../billing-types.js").Payment} Payment */
/** @typedef {import("../billing-types.js").Customer} Customer */

/** A subscription with more items than this folds them up. */
const ITEMS = 4;

export class CompanyBilling extends HTMLElement {
  #company = "";
  #read = "";
  #balance = panel("Open balance");
  #plans = panel("Subscriptions");
  #invoices = panel("Invoices");
  #payments = panel("Payments");
  #portals = h("div", { class: "head-acts" });
  #state = h("div", {}, loading("what the company pays for", 4));
  #parts = h("div", { class: "stack", hidden: true });

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.#balance.head.append(this.#portals);
    this.#parts.append(...[this.#balance, this.#plans, this.#invoices, this.#payments].map(({ section }) => section));
    this.append(this.#state, this.#parts);
  }

  /** @param {import("../company-types.js").Company} company */
  update({ id }) {
    if (id === this.#company) return;
    this.#company = id;
    this.look();
  }

  async look() {
    try {
      const { data } = await get(`${companyPath(this.#company)}/billing`);
      // Nothing is built anew, and no focus lost, unless something changed.
      const read = JSON.stringify(data);
      if (read !== this.#read) this.#render(data);
      this.#read = read;
    } catch (error) {
      if (this.#read) return;
      this.#state.replaceChildren(failed("Billing could not be read", error, () => this.look()));
    }
  }

  /** @param {Billing} billing */
  #render(billing) {
    const { customers, subscriptions, invoices, payments, balance, more } = billing;
    show(this.#state, customers.length === 0);
    show(this.#parts, customers.length > 0);
    this.#state.replaceChildren(
      empty("No customer is linked", "Link the company to its customer in Stripe to see what it pays for."),
    );
    this.#portals.replaceChildren(...customers.map((customer) => this.#portal(customer, customers.length > 1)));
    const open = balance.map(({ amount, currency, digits, invoices: count }) =>
      h("li", {}, h("strong", {}, money(amount, currency, digits)), ` in ${plural(count, "open invoice")}`),
    );
    this.#balance.fill(open, "Nothing is open.");
    this.#plans.fill(subscriptions.map(planRow), "No subscriptions.");
    this.#invoices.table(["Invoice", "Date", "Amount", "Status", "Open"], invoices.map(invoiceRow), "No invoices.");
    this.#payments.table(["Payment", "Date", "Amount", "Status", "Receipt"], payments.map(paymentRow), "No payments.");
    setText(this.#invoices.note, more ? "The newest are shown; the biller has all of them." : "");
  }

  /**
   * @param {Customer} customer
   * @param {boolean} several
   */
  #portal({ connector, external_id: id, name }, several) {
    const text = several ? `Billing portal of ${name}` : "Open billing portal";
    const button = h("button", { class: "button reason-end", type: "button" }, text);
    setOff(button, mayNot("write"));
    button.addEventListener("click", () => {
      if (!isOff(button)) this.#open(button, { connector, external_id: id });
    });
    return button;
  }

  /**
   * @param {HTMLButtonElement} button
   * @param {{connector: string, external_id: string}} customer
   */
  async #open(button, customer) {
    setAttribute(button, "aria-busy", "true");
    // Opened by the click itself: what opens later is taken for an advertisement.
    const page = window.open("", "_blank");
    if (page) page.opener = null;
    try {
      const body = { ...customer, return_url: window.location.href };
      const { data } = await post(`${companyPath(this.#company)}/billing/portal`, body);
      if (page) page.location.replace(data.url);
      else window.location.assign(data.url);
    } catch (error) {
      page?.close();
      toast(error instanceof ApiError ? error.sentence : "The billing portal could not be opened.", { error: true });
    } finally {
      setAttribute(button, "aria-busy", null);
    }
  }
}

/** A titled part of the page, filled with lines or with a table. @param {string} title */
function panel(title) {
  const heading = h("h2", { id: newId("billing") }, title);
  const head = h("div", { class: "panel-head" }, heading);
  const body = h("div", {});
  const note = h("p", { class: "secondary note" });
  const section = h("section", { class: "panel", "aria-labelledby": heading.id }, head, body, note);
  const nothing = (/** @type {string} */ words) => h("p", { class: "secondary" }, words);
  return {
    section,
    head,
    note,
    /**
     * @param {HTMLElement[]} lines
     * @param {string} none
     */
    fill(lines, none) {
      body.replaceChildren(lines.length > 0 ? h("ul", { class: "lines", role: "list" }, lines) : nothing(none));
    },
    /**
     * @param {string[]} columns
     * @param {HTMLElement[]} rows
     * @param {string} none
     */
    table(columns, rows, none) {
      const names = columns.map((name) =>
        h("th", { scope: "col", role: "columnheader", class: name === "Amount" ? "number" : null }, name),
      );
      for (const row of rows) {
        row.querySelectorAll("td").forEach((cell, at) => setAttribute(cell, "data-column", columns[at + 1]));
      }
      const table = h(
        "table",
        { class: "table stacks", role: "table", "aria-label": title },
        h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, names)),
        h("tbody", { role: "rowgroup" }, rows),
      );
      body.replaceChildren(rows.length > 0 ? h("div", { class: "table-scroll" }, table) : nothing(none));
    },
  };
}

/** @param {[text: string, tone: string]} said */
function chip([text, tone]) {
  return h("span", { class: `chip ${tone}` }, text);
}

/** @param {Subscription} plan */
function planRow(plan) {
  const items = plan.items.map((item) => h("li", {}, itemWords(item, plan)));
  const list = h("ul", { class: "secondary", role: "list" }, items);
  const many = items.length > ITEMS;
  return h(
    "li",
    { class: "plan" },
    h("p", {}, h("strong", {}, planName(plan)), " ", chip(statusWords(plan.status))),
    h("p", { class: "secondary" }, planDates(plan).join(" · ")),
    many ? h("details", {}, h("summary", {}, icon("chevron"), `All ${items.length} items`), list) : list,
  );
}

/** @param {Invoice} invoice */
function invoiceRow(invoice) {
  const { name, status, amount, amount_remaining: left, currency, digits, created_at: at } = invoice;
  const [standing, due] = invoiceStanding(invoice);
  const rest = status === "open" && left !== amount ? `${money(left, currency, digits)} left` : null;
  return row(
    name,
    at ? day(at) : null,
    money(amount, currency, digits),
    [chip(standing), words(due, rest)],
    [way(invoice.hosted_url, "Page", name), way(invoice.pdf_url, "PDF", name)],
  );
}

/** @param {Payment} payment */
function paymentRow({ name, status, amount, amount_refunded: back, currency, digits, created_at: at, ...more }) {
  const given = back > 0 ? `${money(back, currency, digits)} given back` : null;
  return row(
    name,
    at ? day(at) : null,
    money(amount, currency, digits),
    [chip(statusWords(status)), words(more.failure, given)],
    [way(more.receipt_url, "Receipt", name)],
  );
}

/**
 * A row of five cells, in the order of the columns.
 *
 * @param {string} name
 * @param {string | null} date
 * @param {string} amount
 * @param {(HTMLElement | null)[]} status
 * @param {(HTMLElement | null)[]} ways
 */
function row(name, date, amount, status, ways) {
  const cell = (/** @type {string} */ of, /** @type {(HTMLElement | string | null)[]} */ content) =>
    h("td", { role: "cell", class: of }, content);
  return h(
    "tr",
    { role: "row" },
    h("th", { scope: "row", role: "rowheader" }, name),
    cell("date", [date]),
    cell("number", [h("span", {}, amount)]),
    cell("status", [h("div", {}, status)]),
    cell("ways", ways.some(Boolean) ? [h("div", { class: "chips" }, ways)] : []),
  );
}

/** What is to be said beside a status. @param {...(string | null)} parts */
function words(...parts) {
  const said = parts.filter(Boolean).join(", ");
  return said ? h("p", { class: "secondary" }, said) : null;
}

/**
 * A link to the biller, opened beside this page.
 *
 * @param {string | null} url
 * @param {string} text
 * @param {string} of
 */
function way(url, text, of) {
  if (!url) return null;
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer", "aria-label": `${text} of ${of}` }, text);
}

customElements.define("company-billing", CompanyBilling);
