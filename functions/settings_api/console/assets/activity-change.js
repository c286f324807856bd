// What changed, as lines to read: field, before, after. Nested fields become one line each, lists say what came and what
// went. Pure; names of roles, connectors and fields are handed in.

import { readable } from "./activity-words.js";
import { roleName, vendorName } from "./company-words.js";
import { count, sentenceCase } from "./words.js";

/**
 * @typedef {object} Line
 * @property {string} label
 * @property {string} [before] absent: there was nothing, or it is not told
 * @property {string} [after] absent: there is nothing, or it is not told
 * @property {string[]} [added]
 * @property {string[]} [removed]
 */

/**
 * @typedef {object} Names
 * @property {import("./company-types.js").Role[]} roles
 * @property {import("./company-words.js").Catalogue} catalogue
 */

/** Ids that nobody reads. */
const HIDDEN = ["run", "company", "user", "version"];

/** @type {Record<string, string>} */
const LABELS = {
  data: "What came from there",
  interval_minutes: "Minutes between syncs",
  initial_import: "Initial import",
  company_import: "Companies to import",
  record_types: "Record types",
  auto_import: "Contact auto-import",
  default_role: "default role",
  type_rules: "rules by contact type",
  primary_role: "role of primary contacts",
  exclude_emails: "excluded addresses",
  ticket_defaults: "Ticket defaults",
  import_role: "Default Import Role",
  external_id: "Id at the vendor",
  connector: "System",
  active: "Automatic sync",
  not_integrated: "Has nothing in",
};

/** @type {Record<string, Record<string, string>>} */
const VALUES = {
  data: { keep: "kept", remove: "removed" },
  company_import: { all: "every company", choose: "those that somebody chooses" },
  access: { active: "has access", suspended: "suspended", removed: "no access" },
  mode: { changes: "changes only", everything: "everything" },
};

const ROLES = ["role", "import_role", "default_role", "primary_role"];
const CONNECTORS = ["connector", "not_integrated", "imported_from"];

/**
 * @param {Record<string, unknown> | undefined} before
 * @param {Record<string, unknown> | undefined} after
 * @param {Names} names
 * @returns {Line[]}
 */
export function changeLines(before, after, names) {
  return walk([], before || {}, after || {}, names);
}

/**
 * @param {string[]} path
 * @param {unknown} before
 * @param {unknown} after
 * @param {Names} names
 * @returns {Line[]}
 */
function walk(path, before, after, names) {
  if (same(before, after)) return [];
  if (isFields(before) || isFields(after)) {
    const [was, is] = [isFields(before) ? before : {}, isFields(after) ? after : {}];
    const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((key) => !HIDDEN.includes(key));
    return keys.flatMap((key) => walk([...path, key], was[key], is[key], names));
  }
  const label = path
    .filter((key) => key !== "enabled" || path.length === 1)
    .map((key, at) => fieldWords(key, at, names))
    .join(" › ");
  const key = path[path.length - 1] || "";
  if (Array.isArray(before) && Array.isArray(after)) {
    const [was, is] = [before, after].map((some) => some.map((value) => words(key, value, names)));
    const added = is.filter((one) => !was.includes(one));
    const removed = was.filter((one) => !is.includes(one));
    if (added.length + removed.length > 0) return [{ label, added, removed }];
    return [{ label, before: was.join(", "), after: is.join(", ") }];
  }
  if (key === "import_role") return [{ label, before: ownRole(before, names), after: ownRole(after, names) }];
  /** @type {Line} */
  const line = { label };
  if (!isNothing(before)) line.before = words(key, before, names);
  if (!isNothing(after)) line.after = words(key, after, names);
  return line.before === undefined && line.after === undefined ? [] : [line];
}

/** A company without a role of its own inherits one. @param {unknown} role @param {Names} names */
function ownRole(role, { roles }) {
  return roleName(isNothing(role) ? null : String(role), roles);
}

/** @param {string} key @param {number} depth @param {Names} names */
function fieldWords(key, depth, { catalogue }) {
  const fields = [...catalogue.values()].flatMap(({ credentials, options }) => [...credentials, ...options]);
  const text = LABELS[key] || fields.find((field) => field.key === key)?.label || readable(key);
  return depth === 0 ? sentenceCase(text) : text.charAt(0).toLowerCase() + text.slice(1);
}

/** @param {string} key @param {unknown} value @param {Names} names @returns {string} */
function words(key, value, names) {
  if (isNothing(value)) return "empty";
  if (typeof value === "boolean") return value ? "on" : "off";
  if (typeof value === "number") return count(value);
  if (Array.isArray(value)) return value.map((one) => words(key, one, names)).join(", ");
  if (isFields(value))
    return Object.entries(value)
      .map(([name, one]) => words(name, one, names))
      .join(" → ");
  const text = String(value);
  if (ROLES.includes(key)) return roleName(text, names.roles);
  if (CONNECTORS.includes(key)) return vendorName(text, names.catalogue);
  if (key === "record_types") return readable(text);
  return VALUES[key]?.[text] || text;
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
function isFields(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @param {unknown} value */
function isNothing(value) {
  return value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);
}

/** @param {unknown} one @param {unknown} other */
function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}
