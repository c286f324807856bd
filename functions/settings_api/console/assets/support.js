// What support needs to find a connection in the logs: ids, versions, states and times. No names, no addresses, no
// secrets, so that it can be pasted anywhere. Pure.

/**
 * @param {import("./types.js").Integration} integration
 * @param {string} tenant
 * @param {string | null} version of the settings, as the API tags them
 * @param {Date} now
 */
export function supportText(integration, tenant, version, now) {
  const { connector, status, reason, enabled, interval_minutes: interval, setup, record_types: types } = integration;
  const lines = [
    `tenant ${tenant}`,
    `connector ${connector}`,
    `settings ${version || "unknown"}`,
    `status ${[status, reason].filter(Boolean).join(", ")}; ${enabled ? "on" : "off"}; every ${interval} min`,
    setup.next ? `next step ${setup.next}` : "",
    ...types.map(typeLine),
    integration.run ? runLine(integration.run) : "",
    ...integration.issues.map(issueLine),
    `read ${now.toISOString()}`,
  ];
  return lines.filter(Boolean).join("\n");
}

/** @param {import("./types.js").RecordTypeState} type */
function typeLine({ id, state, cadence_minutes: minutes, last_success_at: at, next_run_at: next }) {
  return `${id} ${state}; every ${minutes} min; last ${at || "never"}; next ${next || "none"}`;
}

/** @param {import("./types.js").Run} run */
function runLine({ id, trigger, mode, state, vendor_calls: calls }) {
  return `run ${id} ${trigger} ${mode} ${state}; ${calls} calls`;
}

/** @param {import("./types.js").Issue} issue its words may name people, so they stay here */
function issueLine({ id, cause, reason, first_seen_at: first, last_seen_at: last, times }) {
  return `issue ${id} ${cause} ${reason}; ${first} to ${last}; ${times} times`;
}
