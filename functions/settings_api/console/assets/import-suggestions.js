// Which portal company each vendor company is, or may be, as quick match sees it. Asked once for a whole connector: that
// takes a second, and then every row, and everything that is selected at once, knows its suggestion.

import { all, post } from "./api.js";

/** @typedef {import("./match-types.js").Proposal} Proposal */
/** @typedef {import("./match-types.js").Ambiguous} Ambiguous */
/** @typedef {import("./company-types.js").VendorCompany} VendorCompany */

export class Suggestions {
  /** @type {Map<string, Proposal>} */
  #proposals = new Map();
  /** @type {Map<string, Ambiguous>} */
  #ambiguous = new Map();

  /** @param {string} connector */
  async read(connector) {
    const { data } = await post("/v1/quick-match", { connectors: [connector] });
    const path = `/v1/quick-match/${encodeURIComponent(data.id)}`;
    const [proposals, ambiguous] = await Promise.all([all(`${path}/proposals`), all(`${path}/ambiguous`)]);
    this.#proposals = byId(/** @type {Proposal[]} */ (proposals));
    this.#ambiguous = byId(/** @type {Ambiguous[]} */ (ambiguous));
  }

  /**
   * A vendor company with what is known of it; what is ambiguous is never guessed.
   *
   * @param {VendorCompany} company
   * @returns {VendorCompany}
   */
  addTo(company) {
    const found = this.#proposals.get(company.external_id);
    const several = this.#ambiguous.get(company.external_id);
    if (found) return { ...company, suggestion: candidate(found) };
    return several ? { ...company, candidates: several.candidates.map(candidate) } : company;
  }
}

/**
 * @template {{external_id: string}} T
 * @param {T[]} items
 */
function byId(items) {
  return new Map(items.map((item) => [item.external_id, item]));
}

/**
 * @param {{company_id: string, company_name: string, score: number}} found
 * @returns {import("./company-types.js").Candidate}
 */
function candidate({ company_id, company_name: name, score }) {
  return { company_id, name, score };
}
