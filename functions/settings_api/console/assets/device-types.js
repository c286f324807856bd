// The shapes of devices and alerts as the HTTP API answers them, as JSDoc types; no code.

/**
 * @typedef {object} Device
 * @property {string} id
 * @property {string} connector
 * @property {string} company_name
 * @property {string} name
 * @property {string} [kind]
 * @property {string} [description]
 * @property {string} [manufacturer]
 * @property {string} [model]
 * @property {string} [serial_number]
 * @property {string} [operating_system]
 * @property {string} [ip_address]
 * @property {string} [last_user]
 * @property {boolean} [online] absent: the vendor does not say
 * @property {boolean} suspended
 * @property {boolean} reboot_required
 * @property {{product?: string, status?: string}} [antivirus]
 * @property {{status?: string, pending?: number, not_approved?: number, installed?: number}} [patches]
 * @property {string} [warranty_until] a day
 * @property {string} [url] its page at the vendor
 * @property {string} [last_seen_at]
 */

/** @typedef {"critical" | "high" | "moderate" | "low" | "information" | "unknown"} Priority */

/**
 * @typedef {object} Alert
 * @property {string} id
 * @property {string} connector
 * @property {string} [device_id]
 * @property {string} [device_name]
 * @property {string} message
 * @property {Priority} priority
 * @property {string} [monitor]
 * @property {boolean} resolved
 * @property {boolean} muted
 * @property {string} [ticket_number]
 * @property {string} [raised_at]
 * @property {string} [resolved_at]
 * @property {string} [resolved_by]
 */

export {};
