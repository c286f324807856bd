// The steps of setting up a connection, in their order, one element each.
//
// A step element has: `heading`, `lead`, `nextLabel`, `nextOff` (why Next cannot be used, or null), `dirty`, and `next()`,
// which answers whether to go on. It throws what the API refused; the dialog shows it. It tells of changes to these by a
// `step-changed` event.

import { ConnectCredentials } from "./elements/connect-credentials.js";
import { ConnectEnable } from "./elements/connect-enable.js";
import { ConnectOptions } from "./elements/connect-options.js";
import { ConnectTest } from "./elements/connect-test.js";

/**
 * @typedef {object} Setup
 * @property {import("./types.js").Connector} connector
 * @property {import("./types.js").Integration} integration as it was when the step was opened
 * @property {string | null} etag
 * @property {string} path of the integration in the API
 * @property {(text: string, tone: "good" | "warn") => void} note something to say above the next step
 */

/** @typedef {HTMLElement & {heading: string, lead: string, nextLabel: string, nextOff: string | null, dirty: boolean, next: () => Promise<boolean>}} Step */

const STEPS = ["credentials", "options", "test", "enable"];

/** @type {Record<string, string>} */
export const STEP_NAMES = { credentials: "Credentials", options: "Options", test: "Test", enable: "Enable" };

/** @type {Record<string, new (setup: Setup) => Step>} */
const ELEMENTS = { credentials: ConnectCredentials, options: ConnectOptions, test: ConnectTest, enable: ConnectEnable };

/**
 * A connection that is on already needs no enabling; its credentials and options are changed and tested.
 *
 * @param {import("./types.js").Integration | undefined} integration
 */
export function stepsOf(integration) {
  return integration?.enabled ? STEPS.slice(0, 3) : STEPS;
}

/** @param {string} step @param {Setup} setup */
export function newStep(step, setup) {
  return new ELEMENTS[step](setup);
}
