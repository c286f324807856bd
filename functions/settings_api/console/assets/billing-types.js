// The shapes of a company's billing as the HTTP API answers it, as JSDoc types, and the words for its statuses.

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

/** "every 3 months". @param {Item} item */
export function every({ interval, interval_count: count = 1 }) {
  if (!interval) return "once";
  return count === 1 ? `a ${interval}` : `every ${count} ${interval}s`;
}
