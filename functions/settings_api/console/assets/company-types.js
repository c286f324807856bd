// The shapes of companies, their users and the activity log as the HTTP API answers them, as JSDoc types; no code.

/**
 * @typedef {object} Link
 * @property {string} external_id
 * @property {string} name the vendor company's
 * @property {"ok" | "inactive" | "gone_at_vendor" | "needs_consent"} state
 */

/**
 * @typedef {object} Company
 * @property {string} id
 * @property {string} name
 * @property {string[]} domains
 * @property {string} [phone]
 * @property {string} [address]
 * @property {string} [imported_from] a connector
 * @property {Record<string, Link[]>} links by connector
 * @property {string[]} not_integrated connectors
 * @property {number} users
 * @property {string} [import_role] a role, or `do_not_import`; absent: inherited
 * @property {string[]} tabs of its page, besides the overview
 */

/** @typedef {{id: string, name: string}} Role */

/**
 * @typedef {object} Defaults
 * @property {string | null} import_role
 * @property {{connector: string | null, name: string | null, role: string | null, text: string}[]} inherited
 */

/** @typedef {{connector: string, external_id: string, name: string}} BlockedCompany */

/** A portal company that a vendor company is, or may be. @typedef {{company_id: string, name: string, score: number}} Candidate */

/**
 * @typedef {object} VendorCompany
 * @property {string} external_id
 * @property {string} name
 * @property {string} [subtitle]
 * @property {string} [type]
 * @property {boolean} inactive
 * @property {boolean} [blocked]
 * @property {string} [company_id] linked to it
 * @property {string} [company_name]
 * @property {Candidate} [suggestion] what quick match takes it for
 * @property {Candidate[]} [candidates] what it may be, where that cannot be told
 */

/**
 * @typedef {object} ImportResult
 * @property {string} external_id
 * @property {"created" | "linked" | "already_linked" | "refused"} result
 * @property {string} [company_id]
 * @property {string} [detail]
 */

/**
 * @typedef {object} User
 * @property {string} id
 * @property {string} name
 * @property {string} email
 * @property {string} [company_id]
 * @property {string} role
 * @property {"imported" | "manual"} origin
 * @property {"active" | "suspended" | "removed"} state
 * @property {string} [reason]
 */

/**
 * What linking or unlinking would do.
 *
 * @typedef {object} Consequences
 * @property {string[]} lines empty: nothing
 */

/**
 * One thing that a person did.
 *
 * @typedef {object} Activity
 * @property {string} id
 * @property {string} at
 * @property {{id: string, name: string}} actor
 * @property {string} action such as `company.linked`
 * @property {{kind: string, id: string, name: string}} object
 * @property {Record<string, unknown>} [before] the fields that changed, as they were
 * @property {Record<string, unknown>} [after] as they are since
 * @property {number} [count] how many such things were done at once
 */

export {};
