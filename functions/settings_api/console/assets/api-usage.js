// One sentence on what a connection takes of its vendor's call allowance. Pure.

import { relative } from "./time.js";
import { count, plural } from "./words.js";

/** From this part of the share on calls are spaced out. */
const HALF = 0.5;

/**
 * @param {import("./types.js").Integration} integration
 * @param {string} vendor
 * @param {number} [now] milliseconds
 */
export function apiUsageSentence({ api_usage: usage }, vendor, now = Date.now()) {
  if (!usage) return "";
  const window =
    usage.window_seconds % 3600 === 0 ? hours(usage.window_seconds / 3600) : minutes(usage.window_seconds / 60);
  if (usage.waits_until && Date.parse(usage.waits_until) > now) {
    return `${vendor} asked us to make no calls for now; the sync goes on ${relative(usage.waits_until, now)}.`;
  }
  const made = `In the last ${window}, ${count(usage.calls)} of our ${plural(usage.share, "call")} were used`;
  const of = `${vendor} allows ${count(usage.allowed)} in all, the rest is left to your other tools`;
  const slow = usage.calls >= usage.share * HALF ? " Calls are spaced out until there is room again." : "";
  return `${made}; ${of}.${slow}`;
}

/** @param {number} value */
function hours(value) {
  return value === 1 ? "hour" : plural(value, "hour");
}

/** @param {number} value */
function minutes(value) {
  return value === 1 ? "minute" : plural(Math.max(1, Math.round(value)), "minute");
}
