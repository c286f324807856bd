// Carries an import out, a portion at a time, so that it can be watched and stopped, and no request outlasts the gateway.
// Each portion may be sent again after a lost answer: the API imports nothing twice.

import { ApiError, integration, items, post } from "./api.js";
import { importItem } from "./import-plan.js";

/** The API takes 200 at once; fewer show more often how far it is. */
const PORTION = 50;

/**
 * @param {string} connector
 * @param {import("./import-plan.js").ImportPlan} plan
 * @param {object} how
 * @param {() => void} how.changed
 * @param {() => boolean} how.stopped asked before each portion
 * @returns {Promise<ApiError | null>} why it ended early
 */
export async function carryOut(connector, plan, { changed, stopped }) {
  for (const portion of plan.batches(PORTION)) {
    if (stopped()) return null;
    for (const entry of portion) entry.state = "sending";
    changed();
    try {
      const answer = await post(integration(connector, "companies", "import"), { items: portion.map(importItem) });
      plan.record(items(answer));
    } catch (error) {
      for (const entry of portion) entry.state = "ticked";
      if (!(error instanceof ApiError)) throw error;
      return error;
    } finally {
      changed();
    }
  }
  return null;
}
