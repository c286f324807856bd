// Words for Secure Scores and their controls.

/**
 * @typedef {object} Control
 * @property {string} id
 * @property {string} title
 * @property {string} [category]
 * @property {"high" | "medium" | "low"} severity
 * @property {number} points
 * @property {number} max_points
 * @property {"completed" | "partial" | "to_do" | "ignored" | "third_party"} state
 * @property {string} [remediation] plain text
 * @property {string} [action_url]
 */

/** @typedef {{date: string, percent: number}} Day */

/**
 * @typedef {object} SecureScore
 * @property {{external_id: string, name: string, state: string}} tenant
 * @property {{external_id: string, name: string, state: string}[]} tenants
 * @property {string | null} date
 * @property {number | null} score
 * @property {number | null} max
 * @property {number | null} percent null: nothing to score
 * @property {number} [average_percent]
 * @property {Day[]} trend oldest first
 * @property {Control[]} controls
 * @property {{name: string, status?: string, total: number, used: number}[]} licences
 */

/** @type {Record<string, {words: string, tone: string}>} */
export const SEVERITY = {
  high: { words: "High", tone: "bad" },
  medium: { words: "Medium", tone: "warn" },
  low: { words: "Low", tone: "" },
};

/** @type {Record<string, string>} */
export const STATE = {
  completed: "Done",
  partial: "Partly done",
  to_do: "To do",
  ignored: "Set aside",
  third_party: "Done by another product",
};

const ONE_DIGIT = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const TWO_DIGITS = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 });

/** @param {number} percent */
export const percentWords = (percent) => `${ONE_DIGIT.format(percent)} %`;

/** @param {number} points */
export const pointsWords = (points) => TWO_DIGITS.format(points);

/**
 * Controls by category, the categories in the order of their first control.
 *
 * @param {Control[]} controls
 * @returns {Map<string, Control[]>}
 */
export function byCategory(controls) {
  /** @type {Map<string, Control[]>} */
  const found = new Map();
  for (const control of controls) {
    const category = control.category || "Other";
    const some = found.get(category) || [];
    some.push(control);
    found.set(category, some);
  }
  return found;
}
