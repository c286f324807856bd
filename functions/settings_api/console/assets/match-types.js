// The shapes of quick match and duplicates as the HTTP API answers them, as JSDoc types; no code.

/** @typedef {{kind: "psa_id" | "domain" | "name" | "phone" | "serials", detail: string}} Evidence */

/**
 * @typedef {object} Proposal
 * @property {string} id
 * @property {string} connector
 * @property {string} external_id
 * @property {string} name the vendor company's
 * @property {string} company_id
 * @property {string} company_name
 * @property {number} score 0 to 100
 * @property {Evidence[]} evidence
 */

/**
 * @typedef {object} Ambiguous
 * @property {string} connector
 * @property {string} external_id
 * @property {string} name
 * @property {{company_id: string, company_name: string, score: number, evidence: Evidence[]}[]} candidates
 */

/**
 * What was found, in counts.
 *
 * @typedef {object} QuickMatch
 * @property {string} id
 * @property {{vendor_companies: number, proposed: number, ambiguous: number, unmatched: number}} counts
 * @property {{connector: string, vendor_companies: number, proposed: number, ambiguous: number}[]} connectors
 * @property {{score: number, proposed: number, ambiguous: number}[]} scores
 */

/** @typedef {{threshold: number, search: string}} MatchFilter */

/** @typedef {Proposal & {reason: string}} Refused */

/**
 * @typedef {object} Undo
 * @property {"not_yet" | "possible" | "running" | "done" | "over"} state
 * @property {string} until
 * @property {number} undone
 * @property {number} kept_count
 * @property {Refused[]} kept the first of them
 */

/**
 * @typedef {object} MatchResult
 * @property {"running" | "done"} state
 * @property {number} total
 * @property {number} applied
 * @property {number} failed_count
 * @property {Refused[]} failed the first of them
 * @property {Undo} undo
 */

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
 * @property {number} count of all members
 * @property {DuplicateMember[]} members the first of them
 */

export {};
