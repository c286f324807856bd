// Addresses of pages that other pages lead to. Pure.

import { hasPage } from "./router.js";

const GRID = "/settings/integrations/companies";
const COMPANIES = "/settings/companies";

/** @typedef {"overview" | "options" | "field-mapping" | "sync-log" | "webhooks" | "disconnect"} ConnectionTab */

/**
 * @param {string} connector
 * @param {ConnectionTab} [tab]
 */
export function connectionPage(connector, tab = "overview") {
  return `/settings/integrations/${encodeURIComponent(connector)}/${tab}`;
}

/** The mapping grid, at the companies that this connector misses. @param {string} connector */
export function missingCompanies(connector) {
  return hasPage(GRID) ? `${GRID}?missing=${encodeURIComponent(connector)}` : null;
}

/** Quick match, for this connector alone, or one made before. @param {string} id of the connector or the quick match */
export function quickMatch(id) {
  return hasPage(GRID) ? `${GRID}?quick-match=${encodeURIComponent(id)}` : null;
}

/** The dialog that makes portal companies of the vendor's. @param {string} connector */
export function importCompanies(connector) {
  return hasPage(COMPANIES) ? `${COMPANIES}?import=${encodeURIComponent(connector)}` : null;
}

/** Who would be imported, and with which role. @param {string} connector */
export function importPreview(connector) {
  return customElements.get("connection-options") ? `${connectionPage(connector, "options")}?preview=yes` : null;
}

/** A company's own page. @param {string} id */
export function companyPage(id) {
  return `${COMPANIES}/${encodeURIComponent(id)}/overview`;
}

/** A company's row in the mapping grid. @param {string} name */
export function mappingOf(name) {
  return hasPage(GRID) ? `${GRID}?search=${encodeURIComponent(name)}` : null;
}
