// What a person can do to a connection from its card or its page, with what is said afterwards. Each answers whether it was done;
// what has become of the connection is read from the API, never assumed.

import { ApiError, get, integration as path, post, put } from "./api.js";
import { confirmed } from "./dialog.js";
import { h } from "./dom.js";
import { toast } from "./elements/toast-region.js";
import { setQuery } from "./router.js";
import { runCounts } from "./words.js";

/** @typedef {import("./types.js").Integration} Integration */

/**
 * @param {Integration} integration
 * @param {"changes" | "everything"} mode
 * @returns {Promise<{run: import("./types.js").Run | null, retryAfter: number | null}>}
 */
export async function sync(integration, mode) {
  try {
    const { data } = await post(path(integration.connector, "sync"), { mode });
    return { run: data.run, retryAfter: null };
  } catch (error) {
    if (error instanceof ApiError && error.status === 429 && error.retryAfter) {
      return { run: null, retryAfter: error.retryAfter };
    }
    complain(error, `${integration.name} could not be synced`);
    return { run: null, retryAfter: null };
  }
}

/**
 * Says how a run that somebody waited for has ended.
 *
 * @param {Integration} integration
 * @param {string} id
 */
export async function reportRun(integration, id) {
  try {
    const { data: run } = await get(path(integration.connector, "runs", id));
    if (run.state === "succeeded") toast(`${integration.name} is in step: ${runCounts(run) || "nothing new"}.`);
    else if (run.state === "partial")
      toast(`${integration.name} synced in part. ${run.problem || ""}`, { error: true });
    else if (run.state === "failed") toast(`${integration.name} did not sync. ${run.problem || ""}`, { error: true });
  } catch {
    // The card tells the state anyway.
  }
}

/**
 * @param {Integration} integration
 * @param {() => void} changed called once more when the pause is undone
 */
export async function pause(integration, changed) {
  try {
    await post(path(integration.connector, "disable"));
  } catch (error) {
    complain(error, `${integration.name} could not be paused`);
    return;
  }
  const undo = async () => {
    await resume(integration);
    changed();
  };
  toast(`${integration.name} is paused. Credentials and links are kept.`, { action: { label: "Undo", act: undo } });
}

/** @param {Integration} integration */
export async function resume(integration) {
  try {
    await switchOn(integration.connector, integration.name);
    toast(`${integration.name} is on again.`);
  } catch (error) {
    complain(error, `${integration.name} could not be resumed`);
  }
}

/**
 * Switches automatic sync on and waits for the test that the API makes before it; fails where that does not pass.
 *
 * @param {string} connector
 * @param {string} name
 * @param {() => boolean} [wanted] whether somebody still waits
 */
export async function switchOn(connector, name, wanted = () => true) {
  const { data: answer } = await post(path(connector, "enable"));
  let state = answer?.test?.state;
  while (wanted() && state === "running") {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    ({ state } = (await get(path(connector, "tests", answer.test.id))).data);
  }
  const { data: integration } = await get(path(connector));
  if (integration.enabled) return;
  const detail = integration.issues[0]?.remedy || "The test before it did not pass: test it again to see why.";
  throw new ApiError(409, { title: `${name} is not switched on`, detail });
}

/**
 * Lets what the vendor no longer lists be buried, after asking.
 *
 * @param {Integration} integration
 * @param {string} what was held back
 */
export async function confirmDeletions(integration, what) {
  const { name } = integration;
  const yes = await confirmed({
    title: `Were these really deleted in ${name}?`,
    body: [
      h("p", {}, what),
      h(
        "p",
        {},
        "If you confirm, each is looked up once more. What is gone leaves the portal, and with it access that follows it.",
      ),
    ],
    action: "Confirm deletions",
  });
  if (!yes) return false;
  try {
    await post(path(integration.connector, "deletions", "confirm"));
  } catch (error) {
    complain(error, "The deletions could not be confirmed");
    return false;
  }
  toast(`Confirmed. They are looked up in ${name} once more and taken out.`);
  return true;
}

/**
 * Lets this portal write to a vendor account that another one is connected to, after asking.
 *
 * @param {Integration} integration
 * @param {string} what is held back
 */
export async function confirmAccount(integration, what) {
  const { name } = integration;
  const yes = await confirmed({
    title: `Are both portals meant to work with this ${name} account?`,
    body: [
      h("p", {}, what),
      h("p", {}, "If you confirm, this portal writes there, too. Two portals may undo each other's changes."),
    ],
    action: "Confirm account",
  });
  if (!yes) return false;
  try {
    await post(path(integration.connector, "confirm-account"));
  } catch (error) {
    complain(error, "The account could not be confirmed");
    return false;
  }
  toast(`Confirmed. Changes are written to ${name} from now on.`);
  return true;
}

/**
 * Has what existed before the connection was switched on read as well. What else the options say stays.
 *
 * @param {Integration} integration
 */
export async function importExisting({ connector, name }) {
  try {
    const { data, etag } = await get(path(connector));
    await put(path(connector, "options"), { ...data.options, initial_import: true }, { etag });
  } catch (error) {
    complain(error, "The existing records could not be asked for");
    return;
  }
  toast(`The next sync of ${name} reads everything that exists.`);
}

/**
 * Opens the set-up dialog; without a step at the first unfinished one. It has an address of its own.
 *
 * @param {string} connector
 * @param {"credentials" | "options" | "test" | "enable" | null} [step]
 */
export function openSetup(connector, step = null) {
  setQuery({ connect: connector, step }, { push: true });
}

/**
 * @param {unknown} error
 * @param {string} what
 */
function complain(error, what) {
  const why = error instanceof ApiError ? error.sentence : "Something went wrong in this page.";
  toast(`${what}. ${why}`, { error: true });
}
