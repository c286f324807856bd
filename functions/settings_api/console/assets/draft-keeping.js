// Keeps what is not saved over a sign-in that expired, or a page that was loaded again: in this window, for this person, and
// until it is taken up once.

import { me } from "./session.js";

/** @param {string} connector */
function name(connector) {
  const { tenant, user } = me();
  return ["options", tenant.id, user.id, connector].join("/");
}

/**
 * @param {string} connector
 * @param {import("./options-draft.js").OptionsDraft} draft
 */
export function keepDraft(connector, draft) {
  const changes = draft.changed.map((key) => [key, draft.get(key) ?? null]);
  try {
    sessionStorage.setItem(name(connector), JSON.stringify(changes));
  } catch {
    // Without storage the question before leaving is all there is.
  }
}

/** What was kept is saved, thrown away or done without. @param {string} connector */
export function dropDraft(connector) {
  try {
    sessionStorage.removeItem(name(connector));
  } catch {
    // Then nothing was kept either.
  }
}

/**
 * Puts on the draft what was kept; how many changes.
 *
 * @param {string} connector
 * @param {import("./options-draft.js").OptionsDraft} draft
 */
export function takeUpDraft(connector, draft) {
  try {
    const kept = sessionStorage.getItem(name(connector));
    if (!kept) return 0;
    sessionStorage.removeItem(name(connector));
    /** @type {[string, any][]} */
    const changes = JSON.parse(kept);
    draft.change(new Map(changes.map(([key, value]) => [key, value ?? undefined])));
    return draft.changed.length;
  } catch {
    return 0;
  }
}
