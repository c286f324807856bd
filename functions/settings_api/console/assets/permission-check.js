// Asks the vendor once more what it permits, by a connection test that somebody follows to its end: reading its end is what
// puts it into effect.

import { ApiError, get, integration as path, post } from "./api.js";
import { causeSentence } from "./words.js";

const PACE = 1000;
/** A test ends by itself after 60 seconds. */
const PATIENCE = 90_000;

/**
 * @param {import("./types.js").Connector} connector
 * @param {string} type the record type that is asked about
 * @returns {Promise<string>} what came of it, in a sentence
 */
export async function checkPermissions({ id, short_name: vendor, record_types: types }, type) {
  const label = types.find((declared) => declared.id === type)?.label || type;
  try {
    const test = await followed(id, (await post(path(id, "test"))).data.test);
    if (test.authenticated === "no") return `${vendor} refused the credentials. Correct them first.`;
    const check = test.checks.find(({ record_type: checked }) => checked === type);
    if (check?.result === "granted") return `${vendor} permits ${label} now. Switch it on and save.`;
    if (check?.result === "not_permitted" || check?.result === "not_available") {
      return [`${vendor} still does not permit ${label}.`, check.remedy || causeSentence(check.cause, vendor)]
        .filter(Boolean)
        .join(" ");
    }
    return `${vendor} could not be asked in time. Try again in a moment.`;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return `This could not be checked. ${error.sentence}`;
  }
}

/**
 * @param {string} connector
 * @param {import("./types.js").Test} test
 */
async function followed(connector, test) {
  const until = Date.now() + PATIENCE;
  while (test.state === "running" && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, PACE));
    const { data } = await get(path(connector, "tests", test.id));
    test = data.test || data;
  }
  return test;
}
