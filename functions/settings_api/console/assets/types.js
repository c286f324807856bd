// The shapes of the HTTP API that these pages use, as JSDoc types; no code.

/** @typedef {"read" | "write" | "manage"} Permission */

/**
 * @typedef {object} Config
 * @property {{mode: "oidc" | "host", issuer: string, client_id: string}} auth
 * @property {boolean} embedded
 * @property {string} base_path
 */

/**
 * @typedef {object} Me
 * @property {{id: string, name: string}} tenant
 * @property {{id: string, name: string}} user
 * @property {Permission[]} permissions
 */

/** @typedef {{value: string, label: string, board?: {id: string, name: string}}} Choice */

/** @typedef {{id: string, name: string}} Role */

/**
 * @typedef {object} Field
 * @property {string} key
 * @property {string} label
 * @property {string} help
 * @property {string} example
 * @property {"text" | "secret" | "choice" | "flag" | "list" | "number"} kind
 * @property {string} [pattern]
 * @property {Choice[]} [choices]
 * @property {boolean} [live]
 * @property {string} [list] the picklist that the values come from
 * @property {string[]} [record_types] those that it narrows
 * @property {boolean} required
 * @property {string} [default]
 */

/**
 * @typedef {object} Connector
 * @property {string} id
 * @property {string} name
 * @property {string} short_name
 * @property {string} about
 * @property {string} category
 * @property {{title: string, text: string, copy?: string}[]} setup
 * @property {number} setup_minutes
 * @property {{name: string, why: string, required: boolean, record_types: string[]}[]} permissions
 * @property {Field[]} credentials
 * @property {Field[]} options
 * @property {{key: string, label: string, per_board: boolean}[]} choices live picklists
 * @property {Field[]} ticket_defaults
 * @property {string} [primary_contact] who is one, in words
 * @property {{id: string, label: string, direction: "pull" | "both", default_on: boolean, limitation?: string}[]} record_types
 * @property {{mode: "api" | "manual" | "none", steps?: string[]}} webhook
 */

/**
 * @typedef {object} RecordTypeState
 * @property {string} id
 * @property {string} label
 * @property {"pull" | "both"} direction
 * @property {boolean} enabled
 * @property {boolean} permitted
 * @property {"on_time" | "late" | "error" | "action_required" | "off" | "pending"} state
 * @property {number} cadence_minutes
 * @property {string} [cadence_reason]
 * @property {string} [last_success_at]
 * @property {string} [next_run_at]
 * @property {Record<string, number>} [counts]
 * @property {{count: number, companies: number, without_company?: number, reason: string}} [waiting] `reason`: the same in words
 */

/**
 * @typedef {object} Issue
 * @property {string} id
 * @property {"config" | "transient" | "system"} cause
 * @property {string} reason
 * @property {string} [subject] what it is about besides the reason
 * @property {string} title
 * @property {string} detail
 * @property {string} remedy
 * @property {string[]} record_types
 * @property {string} first_seen_at
 * @property {string} last_seen_at
 * @property {number} times
 */

/** @typedef {"created" | "updated" | "unchanged" | "skipped" | "quarantined" | "deleted"} Outcome */

/** @typedef {"queued" | "running" | "succeeded" | "partial" | "failed"} RunState */

/** @typedef {Record<Outcome | "fetched", number>} RunCounts */

/**
 * @typedef {object} Run
 * @property {string} id
 * @property {"schedule" | "webhook" | "manual" | "portal"} trigger
 * @property {"changes" | "everything" | "disconnect"} mode
 * @property {RunState} state
 * @property {string} started_at
 * @property {string} [ended_at]
 * @property {string} [resumed_from]
 * @property {number} vendor_calls
 * @property {number} [budget_left]
 * @property {number} quiet_before
 * @property {{record_type: string, done: number, total: number | null, unit: string}} [progress]
 * @property {Record<string, RunCounts>} records
 * @property {Record<string, {state: RunState, problem?: string}>} types
 * @property {string} [problem]
 */

/**
 * @typedef {object} RunRecord
 * @property {string} record_type
 * @property {string} external_id
 * @property {string} name
 * @property {Outcome} outcome
 * @property {string} [reason]
 * @property {string} at
 */

/** @typedef {{count: number, since?: string, checked_at?: string}} QuietChecks */

/**
 * @typedef {object} Webhook
 * @property {"api" | "manual" | "none"} mode
 * @property {string} [url] without its token for those who may not manage the connection
 * @property {string} [user]
 * @property {boolean} active
 * @property {string} [last_received_at]
 * @property {string} [rotated_at]
 * @property {string} [previous_until]
 * @property {{accepted: number, duplicate: number, rejected: Record<string, number>}} counts
 * @property {string[]} [steps]
 */

/** @typedef {{counts: Record<string, unknown>, lines: string[]}} DataChoice what would become of the data */

/** @typedef {{name: string, keep: DataChoice, remove: DataChoice}} DisconnectPreview */

/** @typedef {"credentials" | "options" | "test" | "enable" | "link_companies" | "review_import"} SetupStep */

/** @typedef {{set: boolean, value?: string, last4?: string, age_days?: number}} CredentialInfo */

/**
 * @typedef {object} Options
 * @property {5 | 15 | 30} interval_minutes
 * @property {boolean} initial_import
 * @property {"all" | "choose"} company_import
 * @property {string[]} record_types
 * @property {{enabled: boolean, default_role?: string, type_rules: {type: string, role: string}[], primary_role?: string, exclude_emails: string[]}} auto_import
 * @property {Record<string, string[]>} filters
 * @property {Record<string, {in: string[], out: Record<string, string>}>} stages
 * @property {Record<string, string>} ticket_defaults
 */

/**
 * @typedef {object} Integration
 * @property {string} connector
 * @property {string} name
 * @property {string} category
 * @property {"connected" | "disconnected" | "error" | "syncing"} status
 * @property {string} [reason]
 * @property {boolean} enabled
 * @property {number} interval_minutes
 * @property {{id: string, name: string}} [account]
 * @property {"keep" | "remove"} [disconnecting]
 * @property {{reason: string}} [read_only] nothing is written at the vendor
 * @property {{next: SetupStep | null, found?: {companies: number, linked: number}}} setup
 * @property {Record<string, CredentialInfo>} credentials
 * @property {Options} options
 * @property {RecordTypeState[]} record_types
 * @property {string} [last_success_at]
 * @property {Issue[]} issues
 * @property {Run} [run]
 * @property {ApiUsage} [api_usage] absent where the vendor's limit does not bind us
 */

/**
 * @typedef {object} ApiUsage
 * @property {number} calls made in the window that ends now
 * @property {number} share of the vendor's allowance that is ours in a window
 * @property {number} allowed by the vendor in a window
 * @property {number} window_seconds
 * @property {string} [waits_until] the vendor asked us to stay away until then
 */

/** @typedef {"yes" | "no" | "unverified" | null} Answer */

/**
 * @typedef {object} Check
 * @property {string} record_type
 * @property {"waiting" | "granted" | "not_permitted" | "not_available" | "unverified"} result
 * @property {string} [permission]
 * @property {"credentials" | "permission" | "plan" | "network" | "vendor_down"} [cause]
 * @property {string} [remedy]
 */

/**
 * @typedef {object} Test
 * @property {string} id
 * @property {"running" | "done"} state
 * @property {Answer} reachable
 * @property {Answer} tls
 * @property {Answer} authenticated
 * @property {{id: string, name: string}} [account]
 * @property {Check[]} checks
 */

export {};
