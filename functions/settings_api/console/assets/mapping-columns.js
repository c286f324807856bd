// The columns of the mapping grid: the connections that have companies, in the order of the catalogue. Pure.

import { everConnected } from "./attention.js";
import { reasonSentence } from "./words.js";

/**
 * @typedef {object} Column
 * @property {string} connector
 * @property {string} name
 * @property {string} short the vendor's short name
 * @property {string | null} off why what stands there is not kept up to date; `null`: it is
 */

/** @typedef {import("./types.js").Integration} Integration */

/**
 * @param {Integration[]} integrations
 * @param {Map<string, import("./types.js").Connector>} catalogue
 * @returns {Column[]}
 */
export function mappingColumns(integrations, catalogue) {
  return integrations.filter((one) => everConnected(one) && hasCompanies(one)).map((one) => columnOf(one, catalogue));
}

/** @param {Integration} integration */
function hasCompanies({ record_types: types }) {
  return types.some(({ id }) => id === "companies");
}

/**
 * @param {Integration} integration
 * @param {Map<string, import("./types.js").Connector>} catalogue
 * @returns {Column}
 */
function columnOf(integration, catalogue) {
  const { connector, name, status } = integration;
  const short = catalogue.get(connector)?.short_name || name;
  const off = status === "disconnected" ? reasonSentence(integration, short) || `${short} is not connected.` : null;
  return { connector, name, short, off };
}

/**
 * Whether a company has nothing in a connection, without anybody having said that it should not.
 *
 * @param {import("./company-types.js").Company} company
 * @param {string} connector
 */
export function lacks({ links, not_integrated: none }, connector) {
  return !links[connector]?.length && !none.includes(connector);
}
