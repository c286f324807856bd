// The lines of a test's checklist, from what the API answered so far. Pure.

import { causeSentence } from "./words.js";

/** @typedef {"waiting" | "running" | "good" | "bad" | "unsure" | "off"} Outcome */

/**
 * @typedef {object} Line
 * @property {string} id
 * @property {string} label
 * @property {Outcome} outcome
 * @property {string} word
 * @property {string} more what to do, or which account; may be empty
 * @property {boolean} [locked] switched off until the vendor permits it
 */

const RESULTS = {
  waiting: { outcome: "waiting", word: "" },
  granted: { outcome: "good", word: "Granted" },
  not_permitted: { outcome: "bad", word: "Not permitted" },
  not_available: { outcome: "off", word: "Not available" },
  unverified: { outcome: "unsure", word: "Could not verify" },
};

/**
 * @param {import("./types.js").Connector} connector
 * @param {import("./types.js").Test | null} test
 * @param {boolean} running
 * @returns {Line[]}
 */
export function checkLines(connector, test, running) {
  const vendor = connector.short_name;
  const account = test?.account ? `As ${test.account.name}` : "";
  const checks = test?.checks?.length
    ? test.checks
    : connector.record_types.map(({ id }) => ({ record_type: id, result: "waiting" }));
  const lines = [
    answer(
      "reachable",
      `${vendor} answers`,
      test?.reachable,
      `${vendor} does not answer at this address. Check the address, and any firewall in between.`,
    ),
    answer(
      "tls",
      "The connection is secure",
      test?.tls,
      `The certificate at this address is not valid. Ask whoever runs ${vendor} for you.`,
    ),
    answer(
      "authenticated",
      "The credentials are accepted",
      test?.authenticated,
      `${vendor} refused them. Go back to Credentials and correct them.`,
      account,
    ),
    ...checks.map((check) => recordTypeLine(/** @type {import("./types.js").Check} */ (check), connector)),
  ];
  return running ? withSpinner(lines) : lines;
}

/**
 * @param {string} id
 * @param {string} label
 * @param {import("./types.js").Answer | undefined} value
 * @param {string} remedy
 * @param {string} [good]
 * @returns {Line}
 */
function answer(id, label, value, remedy, good = "") {
  switch (value) {
    case "yes":
      return { id, label, outcome: "good", word: "Yes", more: good };
    case "no":
      return { id, label, outcome: "bad", word: "No", more: remedy };
    case "unverified":
      return { id, label, outcome: "unsure", word: "Could not verify", more: "There was no answer in time." };
    default:
      return { id, label, outcome: "waiting", word: "", more: "" };
  }
}

/**
 * @param {import("./types.js").Check} check
 * @param {import("./types.js").Connector} connector
 * @returns {Line}
 */
function recordTypeLine({ record_type: id, result, permission, cause, remedy }, connector) {
  const label = connector.record_types.find((type) => type.id === id)?.label || id;
  const { outcome, word } = RESULTS[result];
  const needs =
    result === "not_permitted" && permission ? `Needs “${permission}”. It is switched off and locked until then.` : "";
  const why = outcome === "good" || outcome === "waiting" ? "" : causeSentence(cause, connector.short_name);
  const more = [needs || why, outcome === "good" ? "" : remedy].filter(Boolean).join(" ");
  const locked = result === "not_permitted";
  return { id: `type-${id}`, label, outcome: /** @type {Outcome} */ (outcome), word, more, locked };
}

/** While a test runs, the first line without an answer is the one at work. @param {Line[]} lines */
function withSpinner(lines) {
  const first = lines.findIndex(({ outcome }) => outcome === "waiting");
  return lines.map((line, at) =>
    at === first ? { ...line, outcome: /** @type {Outcome} */ ("running"), word: "Checking…" } : line,
  );
}
