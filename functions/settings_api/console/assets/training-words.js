// What the pages say about courses and who takes them. Pure.

/**
 * @typedef {object} Course
 * @property {string} id
 * @property {string} connector
 * @property {string} title
 * @property {string} [description]
 * @property {number} [seconds] how long it takes
 * @property {string[]} tags
 */

/**
 * @typedef {object} Enrolment
 * @property {string} id
 * @property {string} connector
 * @property {string} course_id
 * @property {string} course its title
 * @property {string} contact_id
 * @property {string} [name]
 * @property {string} [email]
 * @property {number} attempt from 1
 * @property {"unknown" | "incomplete" | "completed"} completion
 * @property {number} [progress] from 0 to 1
 * @property {boolean} [passed]
 * @property {number} [score] from 0 to 100
 * @property {string} [enrolled_at]
 * @property {string} [last_access_at]
 * @property {string} [completed_at]
 * @property {{state: "in_step" | "pending" | "refused", detail?: string, may_discard: boolean}} sync
 */

/**
 * How far somebody is, in a word and its tone.
 *
 * @param {Enrolment} enrolment
 * @returns {{text: string, tone: string}}
 */
export function standing({ completion, passed, sync }) {
  if (sync.state === "refused") return { text: "Refused", tone: "bad" };
  if (sync.state === "pending" && completion === "unknown") return { text: "Enrolling…", tone: "" };
  if (completion === "completed") {
    return passed === false ? { text: "Failed", tone: "bad" } : { text: passed ? "Passed" : "Completed", tone: "good" };
  }
  return completion === "incomplete" ? { text: "In progress", tone: "warn" } : { text: "Not started", tone: "" };
}

/**
 * The share that is done, in percent; null where nobody knows.
 *
 * @param {Enrolment} enrolment
 */
export function percent({ completion, progress }) {
  if (completion === "completed") return 100;
  return progress === undefined ? null : Math.round(Math.min(1, Math.max(0, progress)) * 100);
}

/**
 * What is known besides how far somebody is.
 *
 * @param {Enrolment} enrolment
 */
export function details(enrolment) {
  const { score, attempt, sync, completion } = enrolment;
  if (sync.state === "refused" && sync.detail) return sync.detail;
  const parts = [];
  const done = percent(enrolment);
  if (completion === "incomplete" && done !== null) parts.push(`${done} % done`);
  if (score !== undefined) parts.push(`Score ${Math.round(score)}`);
  if (attempt > 1) parts.push(`Attempt ${attempt}`);
  return parts.join(" · ");
}

/**
 * How long a course takes, and what it is about in a word.
 *
 * @param {Course} course
 */
export function courseHint({ seconds, tags }) {
  const minutes = seconds ? `${Math.max(1, Math.round(seconds / 60))} min` : "";
  return [minutes, tags.slice(0, 3).join(", ")].filter(Boolean).join(" · ");
}
