// What is entered and not saved, wherever it stands. The router asks before an address that it stands under is left, a
// dialog before it closes, the browser before the window goes.

import { ask } from "./dialog.js";

/**
 * @typedef {object} Unsaved
 * @property {string[]} under the values of the query that it stands under; none: it goes with the page only
 * @property {() => boolean} dirty
 * @property {() => Promise<boolean>} mayLeave asks; whether it may be thrown away
 */

/** @type {Set<Unsaved>} */
const watched = new Set();
let unasked = false;

addEventListener("beforeunload", (event) => {
  if (!unasked && [...watched].some(({ dirty }) => dirty())) event.preventDefault();
});

/**
 * @param {Unsaved} unsaved
 * @returns {() => void} ends it
 */
export function watch(unsaved) {
  watched.add(unsaved);
  return () => watched.delete(unsaved);
}

/** The window is left to come back: what can be kept is kept. */
export function leaveUnasked() {
  unasked = true;
}

/**
 * What would be thrown away on the way from one address to another.
 *
 * @param {URL} from
 * @param {URL} to
 */
export function lostBetween(from, to) {
  const gone = (/** @type {string} */ name) => from.searchParams.get(name) !== to.searchParams.get(name);
  return [...watched].filter(({ under, dirty }) => (from.pathname !== to.pathname || under.some(gone)) && dirty());
}

/** Asks before something entered and not saved is thrown away. */
export async function mayLeave() {
  const answer = await ask({
    title: "Leave without saving?",
    text: "What you entered here is not saved yet.",
    choices: [
      { id: "leave", label: "Leave" },
      { id: "stay", label: "Keep editing", primary: true },
    ],
  });
  return answer === "leave";
}
