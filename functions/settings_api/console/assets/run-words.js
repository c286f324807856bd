// What the sync log calls its runs and what they did. Pure.

import { duration } from "./time.js";
import { count, OUTCOMES } from "./words.js";

/** @typedef {import("./types.js").Run} Run */
/** @typedef {import("./types.js").Outcome} Outcome */

/** @type {Record<import("./types.js").RunState, [word: string, tone: string]>} */
export const RESULT = {
  queued: ["Waiting", "busy"],
  running: ["Running", "busy"],
  succeeded: ["Succeeded", "good"],
  partial: ["In part", "warn"],
  failed: ["Failed", "bad"],
};

export const TRIGGER = {
  schedule: "Schedule",
  webhook: "Webhook",
  manual: "By hand",
  portal: "Change in the portal",
};

export const MODE = { changes: "What changed", everything: "Everything", disconnect: "Nothing: it disconnected" };

/** @type {Record<Outcome, [word: string, tone: string]>} */
export const OUTCOME = {
  created: ["Created", "good"],
  updated: ["Updated", "good"],
  unchanged: ["Unchanged", ""],
  skipped: ["Skipped", "warn"],
  quarantined: ["Set aside", "bad"],
  deleted: ["Deleted", ""],
};

/** Outcomes that have records in a run's drill-down: what is unchanged is only counted. */
export const LISTED = OUTCOMES;

/**
 * How often an outcome came in a run, over all record types.
 *
 * @param {Run} run
 * @param {Outcome} outcome
 */
export function total({ records }, outcome) {
  return Object.values(records).reduce((sum, counts) => sum + (counts[outcome] || 0), 0);
}

/**
 * What a run did, in one line: "86 created, 12 updated".
 *
 * @param {Run} run
 */
export function didWords(run) {
  const parts = LISTED.map((outcome) => ({ outcome, n: total(run, outcome) })).filter(({ n }) => n > 0);
  if (parts.length > 0)
    return parts.map(({ outcome, n }) => `${count(n)} ${OUTCOME[outcome][0].toLowerCase()}`).join(", ");
  return run.state === "queued" || run.state === "running" ? "Nothing so far" : "Nothing new";
}

/**
 * How long a run took; so far, if it is still at work.
 *
 * @param {Run} run
 * @param {number} [now] milliseconds
 */
export function tookWords({ started_at: from, ended_at: to, state }, now = Date.now()) {
  if (state === "queued") return "";
  const seconds = ((to ? Date.parse(to) : now) - Date.parse(from)) / 1000;
  return seconds < 1 ? "under 1 s" : duration(seconds);
}
