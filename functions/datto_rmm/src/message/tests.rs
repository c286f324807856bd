use serde_json::{Value, json};

use super::*;

fn line(context: &Value) -> String {
    of(&serde_json::from_value(json!({"alertUid": "1", "alertContext": context})).unwrap())
}

#[test]
fn every_class_that_is_known_is_told_in_words() {
    let told: Vec<String> = [
        json!({"@class": "action_ctx", "packageName": "7-Zip", "actionType": "INSTALLED", "version": "24.08"}),
        json!({"@class": "sw_action_ctx", "packageName": "7-Zip", "actionType": "VERSION_CHANGED", "prevVersion": "23.1", "version": "24.08"}),
        json!({"@class": "antivirus_ctx", "status": "RUNNINGNOTUPTODATE", "productName": "Windows Defender"}),
        json!({"@class": "eventlog_ctx", "logName": "System", "code": "7", "source": "disk", "description": "A bad block."}),
        json!({"@class": "comp_script_ctx", "samples": {"Backup": "no restore point", "Days": 9}}),
        json!({"@class": "fs_object_ctx", "path": "C:\\pagefile.sys", "condition": "ABOVE_THRESHOLD", "threshold": 4096.0, "sample": 5000.0}),
        json!({"@class": "fs_object_ctx", "path": "C:\\flag", "condition": "REMOVED"}),
        json!({"@class": "online_offline_status_ctx", "status": "OFFLINE"}),
        json!({"@class": "patch_ctx", "result": "FAILED", "info": "KB5034441"}),
        json!({"@class": "perf_disk_usage_ctx", "diskName": "C:", "totalVolume": 237.43, "freeSpace": 4.07}),
        json!({"@class": "perf_resource_usage_ctx", "type": "CPU", "sample": 97.26}),
        json!({"@class": "process_resource_usage_ctx", "type": "MEMORY", "sample": 61, "processName": "sqlservr.exe"}),
        json!({"@class": "srvc_status_ctx", "processName": "Spooler", "status": "STOPPED"}),
        json!({"@class": "perf_mon_ctx", "value": 3}),
        json!({"@class": "ping_ctx", "instanceName": "10.1.2.1", "reasons": ["NO_RESPONSE"]}),
        json!({"@class": "ping_ctx", "instanceName": "10.1.2.1", "roundtripTime": 812, "reasons": []}),
        json!({"@class": "sec_management_ctx", "productName": "ESET", "productNotUpdatedForDays": 9}),
        json!({"@class": "ransomware_ctx", "affectedDirectories": ["C:\\a", "C:\\b"]}),
        json!({"@class": "wmi_ctx", "value": "Degraded"}),
        json!({"@class": "temperature_ctx", "degree": 81.5, "type": "TEMPERATURE"}),
        json!({"@class": "fan_ctx", "reason": "Fan 2 stands still", "type": "FAN"}),
        json!({"@class": "custom_snmp_ctx", "displayName": "Toner", "currentValue": "3"}),
        json!({"@class": "network_monitor_ctx", "description": "The switch does not answer"}),
        json!({"@class": "backup_management_ctx", "errorMessage": "No space left", "timeout": 5}),
        json!({"@class": "printer_ctx", "markerSupplyIndex": 1, "currentLevel": 4}),
        json!({"@class": "endpoint_security_threat_ctx", "esAlertId": "7", "description": "Trojan quarantined"}),
    ]
    .iter()
    .map(line)
    .collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    7-Zip 24.08 was installed
    7-Zip went from 23.1 to 24.08
    Windows Defender is not up to date
    Event 7 of disk in System: A bad block.
    Backup: no restore point, Days: 9
    C:\pagefile.sys is larger than 4096
    C:\flag was removed
    The device is offline
    Patching: FAILED, KB5034441
    Disk C: has 4.1 of 237.4 GB free
    CPU use is 97.3 %
    Memory use of sqlservr.exe is 61 %
    Spooler is stopped
    A performance counter is at 3
    Ping of 10.1.2.1: no response
    Ping of 10.1.2.1 takes 812 ms
    ESET has not been updated for 9 days
    Ransomware is suspected: 2 folders affected
    A WMI query gave Degraded
    The temperature is 81.5 degrees
    Fan 2 stands still
    Toner is 3
    The switch does not answer
    The backup failed: No space left
    Supply 1 of the printer is at 4
    Trojan quarantined
    ");
}

#[test]
fn an_unknown_class_is_told_by_its_own_words_else_by_its_name() {
    assert_eq!(line(&json!({"@class": "quantum_ctx", "description": "Decoherence"})), "Decoherence");
    assert_eq!(line(&json!({"@class": "quantum_state_ctx"})), "Quantum state monitor");
    assert_eq!(line(&json!({"@class": "srvc_status_ctx"})), "Service monitor");
    assert_eq!(line(&json!({})), "Alert");
    assert_eq!(line(&Value::Null), "Alert");
    assert_eq!(line(&json!({"@class": {"odd": 1}, "status": [1]})), "Alert");
}

#[test]
fn diagnostics_stand_in_where_the_context_says_nothing() {
    let row = json!({"alertContext": {"@class": "comp_script_ctx"}, "diagnostics": "Result: failed\nmore"});
    assert_eq!(of(&serde_json::from_value(row).unwrap()), "Result: failed");
}

#[test]
fn a_line_is_one_line_and_not_too_long() {
    let long = format!("first\r\n  second {}", "x".repeat(400));
    let told = line(&json!({"@class": "network_monitor_ctx", "description": long}));
    assert!(told.starts_with("first second xxx") && told.chars().count() == 300, "{told}");
}
