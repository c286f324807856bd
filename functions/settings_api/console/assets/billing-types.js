// The shapes of a company's billing as the HTTP API answers it, as JSDoc types, and what is said of them. Pure.

import { money } from "./money.js";
import { day } from "./time.js";

/** @typedef {{connector: string, external_id: string, name: string}} Customer */

/**
 * @typedef {object} Item
 * @property {string} name
 * @property {number} [quantity] absent: metered
 * @property {number} [unit_amount] absent: in tiers
 * @property {string} [interval]
 * @property {number} [interval_count]
 */

/**
 * @typedef {object} Subscription
 * @property {string} connector
 * @property {string} external_id
 * @property {string} name
 * @property {string} status
 * @property {string} currency
 * @property {number} digits
 * @property {Item[]} items
 * @property {string | null} next_at
 * @property {string | null} trial_ends_at
 * @property {string | null} ends_at
 */

/**
 * @typedef {object} Invoice
 * @property {string} connector
 * @property {string} external_id
 * @property {string} name
 * @property {string} status
 * @property {number} amount
 * @property {number} amount_remaining
 * @property {string} currency
 * @property {number} digits
 * @property {string | null} created_at
 * @property {string | null} due_at
 * @property {string | null} paid_at
 * @property {string | null} hosted_url
 * @property {string | null} pdf_url
 */

/**
 * @typedef {object} Payment
 * @property {string} connector
 * @property {string} external_id
 * @property {string} name
 * @property {string} status
 * @property {number} amount
 * @property {number} amount_refunded
 * @property {string} currency
 * @property {number} digits
 * @property {string | null} failure
 * @property {string | null} receipt_url
 * @property {string | null} created_at
 */

/**
 * @typedef {object} Billing
 * @property {Customer[]} customers
 * @property {Subscription[]} subscriptions
 * @property {Invoice[]} invoices
 * @property {Payment[]} payments
 * @property {{currency: string, digits: number, amount: number, invoices: number}[]} balance
 * @property {boolean} more
 */

/** So many things a subscription's name may name. */
const NAMED = 3;

/** @type {Record<string, [text: string, tone: string]>} */
const STATUSES = {
  active: ["Active", "good"],
  trialing: ["In trial", "good"],
  past_due: ["Past due", "bad"],
  unpaid: ["Unpaid", "bad"],
  incomplete: ["Not started", "warn"],
  incomplete_expired: ["Never started", ""],
  paused: ["Paused", "warn"],
  canceled: ["Canceled", ""],
  draft: ["Draft", ""],
  open: ["Open", "warn"],
  paid: ["Paid", "good"],
  uncollectible: ["Uncollectible", "bad"],
  void: ["Void", ""],
  succeeded: ["Paid", "good"],
  pending: ["Pending", "warn"],
  failed: ["Failed", "bad"],
};

/** A status in words; one that nobody has heard of is shown as it is. @param {string} status @returns {[string, string]} */
export function statusWords(status) {
  return STATUSES[status] || [status.replaceAll("_", " "), ""];
}

/** How an invoice stands, and until when or since when. @param {Invoice} invoice @returns {[[string, string], string | null]} */
export function invoiceStanding({ status, due_at: due }, now = Date.now()) {
  if (status !== "open" || !due) return [statusWords(status), null];
  return Date.parse(due) < now ? [["Overdue", "bad"], `since ${day(due)}`] : [statusWords(status), `due ${day(due)}`];
}

/** What is subscribed to; of many things the first two. @param {Subscription} plan */
export function planName({ name, items }) {
  if (items.length <= NAMED) return name;
  const [first, second, ...others] = items;
  return `${first.name}, ${second.name} and ${others.length} more`;
}

/** What comes next. @param {Subscription} plan */
export function planDates({ status, next_at: next, ends_at: ends, trial_ends_at: trial }) {
  const dates = [
    trial && status === "trialing" ? `Trial until ${day(trial)}` : null,
    next ? `Next invoice ${day(next)}` : null,
    ends ? `${status === "canceled" ? "Ended" : "Ends"} ${day(ends)}` : null,
  ];
  return dates.filter((date) => date !== null);
}

/** "Managed seat: 57 × $45.00 a month". @param {Item} item @param {Subscription} plan */
export function itemWords(item, { currency, digits }) {
  const price = item.unit_amount === undefined ? "priced in tiers," : money(item.unit_amount, currency, digits);
  const many = item.quantity === undefined ? "metered," : `${item.quantity} ×`;
  return `${item.name}: ${many} ${price} ${every(item)}`;
}

/** "every 3 months". @param {Item} item */
function every({ interval, interval_count: count = 1 }) {
  if (!interval) return "once";
  return count === 1 ? `a ${interval}` : `every ${count} ${interval}s`;
}
