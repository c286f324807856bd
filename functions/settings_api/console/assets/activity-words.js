// What people did, in words: actions, the kinds of objects, and where an object's page is. An action that this page does
// not know yet is shown by its own name, made readable.

import { companyPage, connectionPage, quickMatch } from "./places.js";
import { count, sentenceCase } from "./words.js";

/** @typedef {import("./company-types.js").Activity} Activity */

/** @type {Record<string, string>} */
const ACTIONS = {
  "company.created": "Added the company",
  "company.changed": "Changed the company’s details",
  "company.deleted": "Deleted the company",
  "company.imported": "Imported the company",
  "company.linked": "Linked a vendor company",
  "company.unlinked": "Unlinked a vendor company",
  "company.link_swapped": "Swapped a linked vendor company",
  "company.consent_requested": "Made a consent link",
  "company.not_integrated_changed": "Changed whether it has anything in a system",
  "company.defaults_changed": "Changed the Default Import Role",
  "vendor_company.unblocked": "Allowed import of the vendor company again",
  "quick_match.applied": "Applied quick match",
  "quick_match.undone": "Took quick match back",
  "duplicate.ignored": "Declared duplicates to be none",
  "duplicate.restored": "Listed duplicates again",
  "user.created": "Added the user",
  "user.access_given": "Gave access",
  "user.access_taken": "Took access away",
  "user.moved": "Moved the user to another company",
  "credentials.replaced": "Entered credentials",
  "options.changed": "Changed the options",
  "integration.enabled": "Switched automatic sync on",
  "integration.paused": "Paused the integration",
  "integration.disconnected": "Disconnected the integration",
  "deletions.confirmed": "Confirmed held deletions",
  "account.confirmed": "Confirmed the vendor’s account",
  "sync.requested": "Asked for a sync",
  "record.retried": "Asked to read the record again",
  "webhook.rotated": "Renewed the webhook address and secret",
  "webhook.provisioned": "Set the webhooks up again",
  "ticket.created": "Opened the ticket",
  "ticket.changed": "Changed the ticket",
  "ticket.note_added": "Added a note",
  "ticket.edit_retried": "Sent a refused change again",
  "ticket.edit_discarded": "Gave a refused change up",
  "technician.created": "Added the technician",
  "technician.changed": "Changed the technician",
  "technician.imported": "Gave the technician a portal user",
  "technician.edit_retried": "Sent a refused change again",
  "technician.edit_discarded": "Gave a refused change up",
  "enrolment.created": "Enrolled somebody in the course",
  "enrolment.retried": "Sent a refused enrolment again",
  "enrolment.discarded": "Gave a refused enrolment up",
  unknown: "Did something that a newer version knows",
};

/** What is said where one entry stands for many; `#` is how many. @type {Record<string, [one: string, many: string]>} */
const MANY = {
  "company.imported": ["Imported # company", "Imported # companies"],
  "company.linked": ["Linked # company", "Linked # companies"],
  "company.unlinked": ["Unlinked # company", "Unlinked # companies"],
  "quick_match.applied": ["Applied quick match: # link", "Applied quick match: # links"],
  "quick_match.undone": ["Took quick match back: # link", "Took quick match back: # links"],
};

/** @type {Record<string, string>} */
const KINDS = {
  company: "Company",
  vendor_company: "Vendor company",
  user: "User",
  integration: "Integration",
  record: "Record",
  ticket: "Ticket",
  technician: "Technician",
  enrolment: "Enrolment",
  quick_match: "Quick match",
  duplicate: "Duplicates",
};

/** @param {Activity} entry */
export function actionWords({ action, count: number }) {
  if (number !== undefined && MANY[action]) return MANY[action][number === 1 ? 0 : 1].replace("#", count(number));
  return ACTIONS[action] || readable(action);
}

/** @param {string} kind */
export function kindWords(kind) {
  return KINDS[kind] || readable(kind);
}

/** A name of the API as words: `frobnicator.twiddled_twice` is "Frobnicator: twiddled twice". @param {string} name */
export function readable(name) {
  const [first, ...rest] = name.split(".").map((part) => part.replaceAll("_", " "));
  return sentenceCase([first, rest.join(" ")].filter(Boolean).join(": "));
}

/**
 * The page of an object; `null` where it has none, or none any more.
 *
 * @param {Activity} entry
 */
export function objectPage({ action, object: { kind, id } }) {
  if (kind === "company") return action === "company.deleted" ? null : companyPage(id);
  if (kind === "integration") return connectionPage(id);
  if (kind === "quick_match") return quickMatch(id);
  if (kind === "record") return connectionPage(id.split(".")[0], "sync-log");
  return null;
}

/** The address of what was done to one object. @param {string} kind @param {string} id */
export function activityOf(kind, id) {
  return `/settings/activity?object=${encodeURIComponent(`${kind}:${id}`)}`;
}
