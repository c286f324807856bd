// The shapes of quick match and duplicates as the HTTP API answers them, as JSDoc types; no code.

/** @typedef {{kind: "psa_id" | "domain" | "name" | "phone" | "serials", detail: string}} Evidence */

/**
 * @typedef {object} Proposal
 * @property {string} id
 * @property {string} connector
 * @property {string} external_id
 * @property {string} name the vendor company's
 * @property {string} [subtitle]
 * @property {string} company_id
 * @property {string} company_name
 * @property {number} score 0 to 100
 * @property {Evidence[]} evidence
 */

/**
 * @typedef {object} Ambiguous
 * @property {string} id
 * @property {string} connector
 * @property {string} external_id
 * @property {string} name
 * @property {string} [subtitle]
 * @property {{company_id: string, company_name: string, score: number, evidence: Evidence[]}[]} candidates
 */

/** @typedef {{threshold: number, search: string}} MatchFilter */

/**
 * @typedef {object} MatchResult
 * @property {"running" | "done"} state
 * @property {number} total
 * @property {number} applied
 * @property {(Proposal & {reason: string})[]} failed
 * @property {{until: string, state: "possible" | "running" | "done"}} [undo]
 */

/** @typedef {{state: "running" | "done", undone: number, kept: {name?: string, reason: string}[]}} UndoResult */

/**
 * @typedef {object} DuplicateMember
 * @property {string} [connector]
 * @property {string} [external_id]
 * @property {string} [company_id]
 * @property {string} name
 * @property {string} [subtitle]
 * @property {{company_id: string, name: string}} [linked_to]
 */

/**
 * @typedef {object} Duplicate
 * @property {string} id
 * @property {"vendor_companies" | "companies" | "contacts" | "devices"} kind
 * @property {string} [connector]
 * @property {"name" | "domain" | "email" | "serial"} reason
 * @property {string} value
 * @property {boolean} ignored
 * @property {DuplicateMember[]} members
 */

export {};
