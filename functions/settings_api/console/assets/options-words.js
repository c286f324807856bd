// What the options are called, and what becomes of a change, in words. Pure.

import { partsOf } from "./options-draft.js";
import { STAGES } from "./ticket-stages.js";
import { count, plural } from "./words.js";

/** @typedef {import("./types.js").Connector} Connector */
/** @typedef {import("./types.js").Integration} Integration */

export const DO_NOT_IMPORT = "do_not_import";

/** @type {Record<string, string>} */
const NAMES = {
  interval_minutes: "How often",
  initial_import: "Existing records",
  company_import: "Where companies come from",
  "auto_import/enabled": "Automatic import",
  "auto_import/default_role": "Role of everybody else",
  "auto_import/primary_role": "Role of primary contacts",
  "auto_import/type_rules": "Roles by type",
  "auto_import/exclude_emails": "Addresses left out",
};

/**
 * What a setting is called.
 *
 * @param {string} key of the draft
 * @param {Connector} connector
 */
export function settingName(key, connector) {
  const [group, first, second] = partsOf(key);
  if (group === "record_types") return connector.record_types.find(({ id }) => id === first)?.label || first;
  if (group === "filters") return connector.options.find((field) => field.key === first)?.label || first;
  if (group === "ticket_defaults") {
    const label = connector.ticket_defaults.find((field) => field.key === first)?.label || first;
    return `${label} of new tickets`;
  }
  if (group === "stages") return "Ticket stages";
  if (group === "out") return `Status written for ${stageName(first)}${second === "*" ? "" : " on a board"}`;
  return NAMES[key] || key;
}

/** @param {string} id */
export function stageName(id) {
  return STAGES.find((stage) => stage.id === id)?.label || id;
}

/**
 * When a change that was saved takes effect.
 *
 * @param {string[]} keys of what was changed
 * @param {Integration} integration as it is after saving
 * @returns {string}
 */
export function effectSentence(keys, { enabled, name, reason, interval_minutes: minutes }) {
  if (!enabled) {
    return `Saved. It takes effect when ${name} is switched on${reason === "paused" ? " again" : ""}.`;
  }
  const changed = (/** @type {string} */ group) => keys.some((key) => partsOf(key)[0] === group);
  const sentences = [];
  if (changed("record_types") || changed("filters") || changed("initial_import")) {
    sentences.push("A sync starts now and applies it.");
  }
  if (changed("auto_import") || changed("company_import")) {
    sentences.push(
      sentences.length > 0
        ? "Who gets in is decided again with it."
        : "Who gets in is decided again now, without asking the vendor.",
    );
  }
  if (changed("interval_minutes")) sentences.push(`Checked every ${minutes} minutes from now on.`);
  if (changed("stages")) sentences.push("Tickets show their new stages at once.");
  else if (changed("out")) sentences.push("It applies from the next change of a ticket on.");
  if (changed("ticket_defaults")) sentences.push("It applies to the next ticket made in the portal.");
  return ["Saved.", ...sentences.slice(0, 2)].join(" ");
}

/**
 * How much a choice of many narrows: "9 of 14 teams", "3 of 12 left out".
 *
 * @param {import("./types.js").Field} field
 * @param {string} noun of what is listed, in the plural
 * @param {string[]} chosen
 * @param {import("./types.js").Choice[]} choices
 */
export function choiceEffect(field, noun, chosen, choices) {
  const all = choices.length;
  const there = choices.filter(({ value }) => chosen.includes(value)).length;
  if (leavesOut(field)) return there === 0 ? "Nothing is left out." : `${count(there)} of ${count(all)} left out.`;
  if (chosen.length === 0) return all === 1 ? `The only one of the ${noun}.` : `All ${count(all)} ${noun}.`;
  return `${count(there)} of ${count(all)} ${noun}.`;
}

/** Fields named so say what stays out; all others say what comes in. @param {import("./types.js").Field} field */
export function leavesOut({ key }) {
  return key.startsWith("exclude_");
}

/**
 * What happens to the companies at the vendor.
 *
 * @param {"all" | "choose"} choice
 * @param {Integration} integration
 * @param {string} vendor
 */
export function companySentence(choice, { setup: { found } }, vendor) {
  if (!found) {
    return choice === "all"
      ? "Every company that the filters let in becomes a portal company, later ones too."
      : "Nothing becomes a portal company until somebody picks it.";
  }
  const left = found.companies - found.linked;
  const later = choice === "all" ? "become portal companies by themselves" : "wait until somebody picks them";
  if (left === 0) {
    const all = plural(found.companies, "company", "companies");
    return `${all} of ${vendor}, all linked already. Later ones ${later}.`;
  }
  const one = left === 1;
  const lead = `${plural(left, "company", "companies")} of ${vendor} not linked yet:`;
  if (choice === "choose") {
    return `${lead} ${one ? "it waits until somebody imports or links it" : "they wait until somebody imports or links them"}. What is linked stays.`;
  }
  const becomes = one ? "it becomes a portal company" : "they become portal companies";
  const resembles = one ? "If it resembles one that you have, it waits" : "Those that resemble one that you have wait";
  return `${lead} ${becomes}. ${resembles} in Quick match instead, so that none is made twice. Later ones follow by themselves.`;
}
