// What the pages say about companies: how they stand, what they are linked to, which role their new users get.

import { plural } from "./words.js";

/** @typedef {import("./company-types.js").Company} Company */
/** @typedef {import("./company-types.js").Link} Link */

/** The connectors' names as far as the catalogue knows them. @typedef {Map<string, import("./types.js").Connector>} Catalogue */

export const DO_NOT_IMPORT = "do_not_import";

/** @type {Record<Link["state"], string>} */
export const LINK_STATE = {
  ok: "",
  inactive: "inactive",
  gone_at_vendor: "gone at the vendor",
  needs_consent: "needs consent",
};

/** What is worst about a company's links, worst first. @type {[Link["state"], string, string][]} */
const STANDINGS = [
  ["gone_at_vendor", "Gone at the vendor", "bad"],
  ["needs_consent", "Needs consent", "warn"],
  ["inactive", "Inactive at the vendor", "warn"],
];

/**
 * How a company stands, by its links.
 *
 * @param {Company} company
 * @returns {{text: string, tone: string}}
 */
export function standing({ links }) {
  const states = Object.values(links).flatMap((some) => some.map(({ state }) => state));
  if (states.length === 0) return { text: "Not linked", tone: "" };
  for (const [state, text, tone] of STANDINGS) if (states.includes(state)) return { text, tone };
  return { text: "Linked", tone: "good" };
}

/**
 * @param {Company} company
 * @param {Catalogue} catalogue
 */
export function originWords({ imported_from: from }, catalogue) {
  return from ? `Imported from ${vendorName(from, catalogue)}` : "Added by hand";
}

/**
 * @param {string} connector
 * @param {Catalogue} catalogue
 */
export function vendorName(connector, catalogue) {
  return catalogue.get(connector)?.name || connector;
}

/**
 * @param {string} connector
 * @param {Catalogue} catalogue
 */
export function shortName(connector, catalogue) {
  return catalogue.get(connector)?.short_name || connector;
}

/**
 * A role in words; a role that is gone by its id, which is all that is left of it.
 *
 * @param {string | null | undefined} role
 * @param {import("./company-types.js").Role[]} roles
 */
export function roleName(role, roles) {
  if (!role) return "Inherited";
  if (role === DO_NOT_IMPORT) return "Do not import";
  return roles.find(({ id }) => id === role)?.name || `${role} (a role that is gone)`;
}

/**
 * Vendor companies by name, with their vendor: "Acme Ltd (Halo)".
 *
 * @param {Company} company
 * @param {Catalogue} catalogue
 */
export function linkedNames({ links }, catalogue) {
  return Object.entries(links).flatMap(([connector, some]) =>
    some.map(({ name }) => `${name} (${shortName(connector, catalogue)})`),
  );
}

/** @param {number} users */
export function userWords(users) {
  return users === 0 ? "no users" : plural(users, "user");
}
