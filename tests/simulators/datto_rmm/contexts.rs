//! What monitors see: a context of each class that clients have met, and one that nobody has.

use serde_json::{Value, json};

/// The n-th of a round through all classes.
pub(super) fn context(n: usize) -> Value {
    let all = [
        json!({"@class": "perf_disk_usage_ctx", "diskName": "C:", "totalVolume": 237.4, "freeSpace": 4.1,
            "unitOfMeasure": "PERCENT", "diskNameDesignation": "ANY_VOLUME"}),
        json!({"@class": "online_offline_status_ctx", "status": "OFFLINE"}),
        json!({"@class": "antivirus_ctx", "status": "NOTRUNNING", "productName": "Windows Defender"}),
        json!({"@class": "eventlog_ctx", "logName": "System", "code": "7", "type": "ERROR", "source": "disk",
            "description": "The device, \\Device\\Harddisk0, has a \"bad\" block.", "triggerCount": 3,
            "lastTriggered": "2026-01-11T03:12:55Z", "causedSuspension": false}),
        json!({"@class": "srvc_status_ctx", "processName": "Spooler", "status": "STOPPED"}),
        json!({"@class": "perf_resource_usage_ctx", "processName": null, "sample": 97.26, "type": "CPU"}),
        json!({"@class": "comp_script_ctx", "samples": {"Result": "No restore point for 9 days"}}),
        json!({"@class": "patch_ctx", "patchUid": "b7c1", "policyUid": "p-1", "result": "FAILED", "info": "KB5034441"}),
        json!({"@class": "ping_ctx", "instanceName": "10.1.2.1", "roundtripTime": null, "reasons": ["NO_RESPONSE"]}),
        json!({"@class": "sw_action_ctx", "packageName": "7-Zip", "actionType": "VERSION_CHANGED",
            "prevVersion": "23.01", "version": "24.08"}),
        json!({"@class": "fs_object_ctx", "sample": 5_000.0, "threshold": 4_096.0, "path": "C:\\pagefile.sys",
            "objectType": "FILE", "condition": "ABOVE_THRESHOLD"}),
        json!({"@class": "backup_management_ctx", "errorMessage": "No space left on the target", "timeout": 5}),
        json!({"@class": "endpoint_security_threat_ctx", "esAlertId": "7", "description": "Trojan quarantined"}),
        json!({"@class": "lunar_phase_ctx", "phase": "waning"}),
        Value::Null,
    ];
    all[n % all.len()].clone()
}

/// Datto's own words for `[alert_message]`. SIM CHOICE: a line made of the context.
pub(super) fn message(context: &Value) -> String {
    let words = context.as_object().into_iter().flatten();
    let words = words.filter(|(name, value)| !name.starts_with('@') && (value.is_string() || value.is_number()));
    words
        .map(|(name, value)| format!("{name} {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .collect::<Vec<_>>()
        .join(", ")
}
