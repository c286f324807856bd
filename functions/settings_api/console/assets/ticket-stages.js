// Ticket stages: the portal's five words for the state of a ticket, and how a vendor's statuses stand under them. Pure.

/** @typedef {import("./types.js").Choice} Choice */

export const STAGES = [
  { id: "new", label: "New", about: "Nobody has looked at it" },
  { id: "triaged", label: "Triaged", about: "Looked at, not begun" },
  { id: "working", label: "Working", about: "Somebody works on it" },
  { id: "waiting", label: "Waiting", about: "It waits for somebody" },
  { id: "resolved", label: "Resolved", about: "It is done" },
];

/** Statuses written back where a board is not named. */
export const ANY_BOARD = "*";

/** Words of statuses, by the stage that they speak for; the first that fits decides. @type {[string, RegExp][]} */
const WORDS = [
  ["resolved", /\b(clos|complet|resolv|done|cancel|invoic|solv|finish|approved)/i],
  [
    "waiting",
    /\b(wait|hold|pending|await|with (?:user|client|customer|supplier|vendor)|parts|customer repl|scheduled|stalled)/i,
  ],
  ["triaged", /\b(triag|assign|acknowledg|accept|open\b|dispatch|to do)/i],
  ["working", /\b(progress|work|started|escalat|re-?open|enroute|en route|updated|respond|repl)/i],
  ["new", /\bnew|^unassigned|\bunread|\bcreated/i],
];

/**
 * The stage that a status's name speaks for; `null`: it says nothing.
 *
 * @param {string} name
 */
export function suggestedStage(name) {
  return WORDS.find(([, words]) => words.test(name))?.[0] || null;
}

/**
 * What one look at the stages shows: the vendor's statuses by stage, in the vendor's order, and those that are under none.
 * Statuses that are mapped and no longer at the vendor come last.
 *
 * @param {Choice[]} statuses of the vendor
 * @param {Map<string, string>} mapped status to stage
 * @param {boolean} complete whether `statuses` are all there are, so that others are gone
 */
export function arranged(statuses, mapped, complete) {
  /** @type {Map<string, {value: string, label: string, gone: boolean}[]>} */
  const columns = new Map(STAGES.map(({ id }) => [id, []]));
  const unmapped = [];
  const known = new Set();
  for (const { value, label } of statuses) {
    known.add(value);
    const entry = { value, label, gone: false };
    const column = columns.get(mapped.get(value) || "");
    if (column) column.push(entry);
    else unmapped.push(entry);
  }
  for (const [value, stage] of mapped) {
    if (complete && !known.has(value)) columns.get(stage)?.push({ value, label: value, gone: true });
  }
  return { columns, unmapped };
}

/**
 * Stages for statuses that have none: that of a status of the same name on another board, else what the name speaks for.
 *
 * @param {Choice[]} statuses all of them
 * @param {Map<string, string>} mapped
 * @returns {Map<string, string>} status to stage
 */
export function suggestions(statuses, mapped) {
  const byName = new Map();
  for (const { value, label } of statuses) {
    const stage = mapped.get(value);
    if (stage && !byName.has(plain(label))) byName.set(plain(label), stage);
  }
  const found = new Map();
  for (const { value, label } of statuses) {
    if (mapped.has(value)) continue;
    const stage = byName.get(plain(label)) || suggestedStage(label);
    if (stage) found.set(value, stage);
  }
  return found;
}

/** @param {string} label */
function plain(label) {
  return label
    .replace(/\s*\(inactive\)$/i, "")
    .replace(/^[^\p{L}\p{N}]+/u, "")
    .toLowerCase();
}
