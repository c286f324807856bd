// Saves what was changed in a company's details, and nothing else. Where somebody else changed the company meanwhile, it is
// saved all the same unless it was the same field: then nothing is overwritten unseen, and saving again overwrites it.

import { ApiError, get, patch } from "./api.js";
import { companyPath } from "./company-actions.js";
import { list } from "./words.js";

/** @typedef {import("./company-types.js").Company} Company */
/** @typedef {import("./elements/company-form.js").CompanyDetails} CompanyDetails */

/** @type {Record<keyof CompanyDetails, string>} */
const LABELS = { name: "Name", domains: "Domains", phone: "Phone", address: "Address" };
const TRIES = 3;

export class CompanyEdit {
  #company;
  #etag;

  /**
   * @param {Company} company as it was read
   * @param {string | null} etag
   */
  constructor(company, etag) {
    this.#company = company;
    this.#etag = etag;
  }

  /**
   * @param {CompanyDetails} details as they are to be
   * @returns {Promise<boolean>} whether there was anything to save
   */
  async save(details) {
    const wanted = differing(details, this.#company);
    const changes = Object.fromEntries(wanted.map((key) => [key, details[key]]));
    if (wanted.length === 0) return false;
    const path = companyPath(this.#company.id);
    for (let tries = 1; ; tries += 1) {
      try {
        await patch(path, changes, { etag: this.#etag });
        return true;
      } catch (error) {
        const stale = error instanceof ApiError && (error.status === 412 || error.status === 409);
        if (!stale || tries === TRIES) throw error;
        const before = this.#company;
        const { data, etag } = await get(path);
        this.#company = data;
        this.#etag = etag;
        const others = differing(detailsOf(before), data).filter((key) => wanted.includes(key));
        if (others.length > 0) throw taken(others, data);
      }
    }
  }
}

/**
 * @param {Company} company
 * @returns {CompanyDetails}
 */
function detailsOf({ name, domains, phone = "", address = "" }) {
  return { name, domains, phone, address };
}

/**
 * @param {CompanyDetails} details
 * @param {Company} company
 */
function differing(details, company) {
  const known = detailsOf(company);
  const keys = /** @type {(keyof CompanyDetails)[]} */ (Object.keys(LABELS));
  return keys.filter((key) => String(details[key]) !== String(known[key]));
}

/**
 * What somebody else changed to, as an error of the form.
 *
 * @param {(keyof CompanyDetails)[]} keys
 * @param {Company} company
 */
function taken(keys, company) {
  const now = keys.map((key) => `${LABELS[key]} is “${String(detailsOf(company)[key]) || "empty"}” now`);
  return new ApiError(412, { detail: `${list(now)}. What you entered is kept: save again to put it in its place.` });
}
