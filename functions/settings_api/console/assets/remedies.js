// What the button beside a problem does. Whatever has become of it afterwards is read from the API.

import { confirmAccount, confirmDeletions, openSetup } from "./actions.js";
import { mend } from "./attention.js";
import { connectionPage } from "./places.js";
import { navigate } from "./router.js";
import { mayNot } from "./session.js";
import { settleMove } from "./user-actions.js";

/** @typedef {{label: string, off: string | null, act: () => void}} Remedy */

/**
 * @param {import("./types.js").Integration} integration
 * @param {{reason: string, detail?: string, title?: string, subject?: string} | undefined} problem an issue, or the status's reason alone
 * @param {() => void} changed called when something was done
 * @returns {Remedy | null}
 */
export function remedy(integration, problem, changed) {
  const how = mend(problem?.reason);
  if (!problem || !how) return null;
  const { connector } = integration;
  const { label, step, tab, decision } = how;
  if (tab) return { label, off: null, act: () => navigate(connectionPage(connector, tab)) };
  if (step) return { label, off: mayNot("manage"), act: () => openSetup(connector, step) };
  if (!decision) return null;
  if (decision === "settle_move") {
    const { title = "", subject } = problem;
    if (!subject) return null;
    const act = async () => {
      if (await settleMove(`${connector}.${subject}`, title)) changed();
    };
    return { label, off: mayNot("write"), act };
  }
  return {
    label,
    off: mayNot("manage"),
    act: async () => {
      const confirm = decision === "confirm_account" ? confirmAccount : confirmDeletions;
      if (await confirm(integration, problem.detail || problem.title || "")) changed();
    },
  };
}
