// What the API's words are called on the page. Everything a person reads about states and reasons comes from here, so
// that the same thing is never called two names.

const NUMBER = new Intl.NumberFormat();
const LIST = new Intl.ListFormat("en-GB", { type: "conjunction" });

/** @param {number} value */
export function count(value) {
  return NUMBER.format(value);
}

/**
 * @param {number} value
 * @param {string} one
 * @param {string} [many]
 */
export function plural(value, one, many = `${one}s`) {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** @param {string[]} words */
export function list(words) {
  return LIST.format(words);
}

/** @param {string} text */
export function sentenceCase(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** In a message: names are as long as somebody made them, a message is not. */
const LONGEST_NAME = 60;

/**
 * A text that may end in a name: "Cobalt Inc." ends a sentence as it is.
 *
 * @param {string} text
 */
export function sentence(text) {
  return text.endsWith("..") ? text.slice(0, -1) : text;
}

/** @param {string} name */
export function brief(name) {
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1).trimEnd()}…` : name;
}

export const STATUS = { connected: "Connected", disconnected: "Disconnected", error: "Error", syncing: "Syncing" };

export const TYPE_STATE = {
  on_time: "On time",
  late: "Late",
  error: "Failing",
  action_required: "Needs you",
  off: "Off",
  pending: "Waiting for its first sync",
};

/** What a page calls the outcomes of a run, in the order in which they matter. */
export const OUTCOMES = /** @type {const} */ (["created", "updated", "deleted", "quarantined", "skipped"]);

/**
 * What a record type is called: the vendor's word for it, else ours.
 *
 * @param {{id: string, label: string}[]} types
 * @param {string} id
 */
export function typeLabel(types, id) {
  return types.find((type) => type.id === id)?.label || sentenceCase(id.replaceAll("_", " "));
}

/**
 * One sentence on why a connection is not simply connected; empty where there is nothing to say.
 *
 * @param {import("./types.js").Integration} integration
 * @param {string} vendor the vendor's short name
 */
export function reasonSentence({ reason, status }, vendor) {
  switch (reason) {
    case "setup_unfinished":
      return "Set-up is not finished.";
    case "paused":
      return status === "error"
        ? `Paused by itself, because ${vendor} kept refusing.`
        : "Paused. Credentials and links are kept.";
    case "disconnecting":
      return "It is being disconnected.";
    case "credentials_missing":
      return `There are no ${vendor} credentials.`;
    case "credentials_expired":
      return `${vendor} says that the credentials have expired.`;
    case "credentials_revoked":
      return `${vendor} refused the credentials.`;
    case "permission_missing":
      return `${vendor} does not permit everything that is switched on.`;
    case "plan":
      return `The ${vendor} subscription has no API access.`;
    case "vendor_unreachable":
      return `${vendor} is not answering.`;
    case "wrong_account":
      return `The credentials belong to another ${vendor} account than before.`;
    case "account_shared":
      return `Another portal is connected to this ${vendor} account, so nothing is written there.`;
    case "deletions_held":
      return `So many records vanished from ${vendor} at once that somebody has to confirm it.`;
    case "late":
      return "Some records are later than they should be.";
    case "clock_skew":
      return `Our clock and the one at ${vendor} differ too much.`;
    case "contact_moved":
      return "Somebody moved from one linked company to another.";
    case "quarantined":
      return "Some records could not be read and are set aside.";
    case "change_refused":
      return `${vendor} refused a change that was made in the portal.`;
    case "webhook_refused":
      return `${vendor} does not let us set up its webhooks.`;
    case "defect":
      return "Something is wrong on our side.";
    default:
      return "";
  }
}

/**
 * The next step of setting up; empty where there is none.
 *
 * @param {import("./types.js").Integration} integration
 */
export function nextStepSentence({ setup: { next, found }, reason }) {
  switch (next) {
    case "credentials":
      return reason === "setup_unfinished" ? "Next: enter the credentials." : "";
    case "options":
      return "Next: choose what to sync and how often.";
    case "test":
      return "Next: test what the credentials permit.";
    case "enable":
      return "Next: switch on automatic sync.";
    case "link_companies":
      return found
        ? `${plural(found.companies, "company", "companies")} found, ${count(found.linked)} linked.`
        : "Next: link companies.";
    case "review_import":
      return "Nobody is imported yet. Look at who would be, and why.";
    default:
      return "";
  }
}

/**
 * What a failed check of a test means.
 *
 * @param {string | undefined} cause
 * @param {string} vendor
 */
export function causeSentence(cause, vendor) {
  switch (cause) {
    case "credentials":
      return `${vendor} refused the credentials.`;
    case "permission":
      return `${vendor} does not permit it.`;
    case "plan":
      return `The ${vendor} subscription does not include it.`;
    case "network":
      return `A network or firewall stands between us and ${vendor}.`;
    case "vendor_down":
      return `${vendor} has a problem at the moment.`;
    default:
      return "";
  }
}

/**
 * Counts in words, without the zeros: "86 created · 12 updated".
 *
 * @param {Record<string, number>} counts
 * @param {readonly string[]} [keys]
 */
export function countWords(counts, keys = Object.keys(counts)) {
  const shown = keys.filter((key) => typeof counts[key] === "number" && counts[key] > 0);
  return shown.map((key) => `${count(counts[key])} ${key.replaceAll("_", " ")}`).join(" · ");
}

/**
 * What a run did so far, over all record types.
 *
 * @param {import("./types.js").Run} run
 */
export function runCounts(run) {
  /** @type {Record<string, number>} */
  const sums = {};
  for (const counts of Object.values(run.records || {})) {
    for (const key of OUTCOMES) sums[key] = (sums[key] || 0) + (counts[key] || 0);
  }
  return countWords(sums, OUTCOMES);
}
