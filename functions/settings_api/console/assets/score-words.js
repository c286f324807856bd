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

/** @type {Record<Control["severity"], {words: string, tone: string}>} */
const SEVERITY = {
  high: { words: "High", tone: "bad" },
  medium: { words: "Medium", tone: "warn" },
  low: { words: "Low", tone: "" },
};

/** @type {Record<Control["state"], {words: string, tone: string}>} */
const STATE = {
  completed: { words: "Done", tone: "good" },
  partial: { words: "Partly done", tone: "warn" },
  to_do: { words: "To do", tone: "" },
  ignored: { words: "Set aside", tone: "" },
  third_party: { words: "Done by another product", tone: "good" },
};

const ONE_DIGIT = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const TWO_DIGITS = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 });

/** @param {number} percent */
export const percentWords = (percent) => `${ONE_DIGIT.format(percent)} %`;

/** @param {number} points */
export const pointsWords = (points) => TWO_DIGITS.format(points);

/** Whether there is something left to do about it. @param {Control} control */
export const isOpen = ({ state }) => state === "to_do" || state === "partial";

/**
 * What is said of a control beside its title. How severe it is matters only while it is open.
 *
 * @param {Control} control
 * @returns {{words: string, tone: string}[]}
 */
export function chipsOf(control) {
  const severity = SEVERITY[control.severity];
  return isOpen(control) ? [severity, ...(control.state === "partial" ? [STATE.partial] : [])] : [STATE[control.state]];
}

/** "2 of 5 done, 27 points to gain". @param {Control[]} controls */
export function gainWords(controls) {
  const open = controls.filter(isOpen);
  if (open.length === 0) return "All done";
  const gain = open.reduce((sum, { points, max_points: most }) => sum + most - points, 0);
  return `${controls.length - open.length} of ${controls.length} done, ${pointsWords(gain)} points to gain`;
}

/**
 * How a share compares with the average of all, in percentage points.
 *
 * @param {number} percent
 * @param {number | undefined} average
 */
export function comparison(percent, average) {
  if (average === undefined) return "";
  const words = `All tenants reach ${percentWords(average)} on average`;
  const apart = Math.abs(percent - average);
  if (apart < 0.05) return `${words}: just as much.`;
  return `${words}: this one is ${ONE_DIGIT.format(apart)} points ${percent > average ? "above" : "below"}.`;
}

/**
 * Controls by category, the categories in the order of their first control; in each what is open comes first.
 *
 * @param {Control[]} controls
 * @returns {Map<string, Control[]>}
 */
export function byCategory(controls) {
  /** @type {Map<string, Control[]>} */
  const found = new Map();
  for (const control of [...controls.filter(isOpen), ...controls.filter((one) => !isOpen(one))]) {
    const category = control.category || "Other";
    const some = found.get(category) || [];
    some.push(control);
    found.set(category, some);
  }
  return found;
}
