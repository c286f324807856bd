// Which connections need somebody, which sentence says so, and what the one button does. Pure: cards, the strip above
// them and their order all ask here, so they cannot disagree.

import { reasonSentence } from "./words.js";

/** @typedef {import("./types.js").Integration} Integration */
/** @typedef {import("./types.js").Issue} Issue */

/** The steps that the set-up dialog covers. */
const DIALOG_STEPS = ["credentials", "options", "test", "enable"];

const NEEDS_CREDENTIALS = ["credentials_expired", "credentials_revoked", "credentials_missing", "wrong_account"];

/** @param {Integration} integration */
export function everConnected({ reason }) {
  return reason !== "never_connected";
}

/** @param {Integration} integration */
export function setupUnfinished({ setup, reason }) {
  const begun = reason !== "never_connected" && reason !== "disconnecting";
  return begun && setup.next !== null && DIALOG_STEPS.includes(setup.next);
}

/**
 * Somebody must act: a config issue is open, the status is Error, or the vendor no longer takes the credentials. What
 * a person left unfinished or paused on purpose is no alarm.
 *
 * @param {Integration} integration
 */
export function needsAttention({ status, reason, issues }) {
  if (status === "error" || issues.some((issue) => issue.cause === "config")) return true;
  return status === "disconnected" && (reason === "credentials_expired" || reason === "credentials_revoked");
}

/**
 * @param {Integration} integration
 * @param {string} vendor
 */
export function attentionSentence(integration, vendor) {
  const issue = integration.issues.find(({ cause }) => cause === "config") || integration.issues[0];
  return issue ? issue.title : reasonSentence(integration, vendor) || "Something needs a look.";
}

/**
 * What mends it, as far as a button can: a step of the set-up dialog, a tab of the connection's page, or a decision.
 *
 * @typedef {object} Mend
 * @property {string} label
 * @property {"credentials" | "test"} [step]
 * @property {import("./places.js").ConnectionTab} [tab]
 * @property {"confirm_deletions" | "confirm_account" | "settle_move"} [decision]
 */

/**
 * @param {string | undefined} reason
 * @returns {Mend | null}
 */
export function mend(reason) {
  if (reason && NEEDS_CREDENTIALS.includes(reason)) return { label: "Update credentials", step: "credentials" };
  if (reason === "permission_missing" || reason === "plan") return { label: "Check again", step: "test" };
  if (reason === "deletions_held") return { label: "Confirm deletions", decision: "confirm_deletions" };
  if (reason === "account_shared") return { label: "Confirm account", decision: "confirm_account" };
  if (reason === "contact_moved") return { label: "Move or keep", decision: "settle_move" };
  if (reason === "quarantined") return { label: "Show the records", tab: "sync-log" };
  if (reason === "webhook_refused") return { label: "Open webhooks", tab: "webhooks" };
  return null;
}

/**
 * What needs attention first, then unfinished set-ups, then the rest by name, paused ones last. What was never connected
 * keeps the catalogue's order.
 *
 * @param {Integration} a
 * @param {Integration} b
 */
export function byUrgency(a, b) {
  const rank = urgency(a) - urgency(b);
  return rank || (everConnected(a) ? a.name.localeCompare(b.name) : 0);
}

/** @param {Integration} integration */
function urgency(integration) {
  if (!everConnected(integration)) return 4;
  if (needsAttention(integration)) return 0;
  if (setupUnfinished(integration)) return 1;
  return integration.status === "disconnected" ? 3 : 2;
}
