use serde_json::{Value, json};

use super::*;

fn content(mapped: &Mapped) -> Value {
    match mapped {
        Mapped::Record(record) => serde_json::to_value(&record.data).unwrap(),
        Mapped::Skipped { name, reason, .. } => json!({"skipped": name, "because": reason}),
        Mapped::Malformed { error, .. } => panic!("{error}"),
    }
}

fn site_of(row: Value) -> Result<Value, String> {
    site(&serde_json::from_value(row).unwrap()).map(|mapped| content(&mapped))
}

fn device_of(row: Value) -> Result<Value, String> {
    device(&serde_json::from_value(row).unwrap()).map(|mapped| content(&mapped))
}

fn alert_of(row: Value) -> Result<Value, String> {
    alert(&serde_json::from_value(row).unwrap()).map(|mapped| content(&mapped))
}

#[test]
fn a_site_is_a_company_with_its_autotask_account_as_evidence() {
    let row = json!({"id": 1290, "uid": "7a5b", "name": "Contoso Ltd", "description": "Head office\nsecond line",
        "proxySettings": {"password": "hush"}, "autotaskCompanyName": "Contoso Ltd", "autotaskCompanyId": "29683500"});
    insta::assert_json_snapshot!(site_of(row).unwrap(), @r#"
    {
      "external_ids": [
        {
          "connector": "autotask",
          "external_id": "29683500"
        }
      ],
      "name": "Contoso Ltd",
      "subtitle": "Head office",
      "type": "company"
    }
    "#);
    for nothing in [json!(null), json!(""), json!("0")] {
        let row = json!({"uid": "7a5b", "name": "Contoso Ltd", "autotaskCompanyId": nothing});
        assert_eq!(site_of(row).unwrap().get("external_ids"), None);
    }
}

#[test]
fn the_site_of_deleted_devices_and_its_devices_are_left_out() {
    let row = json!({"uid": "7a5b", "name": "Deleted Devices"});
    assert_eq!(
        site_of(row).unwrap(),
        json!({"skipped": "Deleted Devices", "because": "Datto RMM's own site of deleted devices"})
    );
    for gone in [json!({"siteName": "Deleted Devices"}), json!({"deleted": true})] {
        let mut row = json!({"uid": "1c9d", "hostname": "CON-LT-07"});
        row.as_object_mut().unwrap().extend(gone.as_object().unwrap().clone());
        assert_eq!(device_of(row).unwrap(), json!({"skipped": "CON-LT-07", "because": "deleted in Datto RMM"}));
    }
    // Other built-in sites have devices like any other.
    assert_eq!(site_of(json!({"uid": "7a5b", "name": "Managed"})).unwrap()["name"], "Managed");
}

#[test]
fn a_device_in_full() {
    let row = json!({"id": 501, "uid": "1c9d", "siteId": 1290, "siteUid": "7a5b", "siteName": "Contoso Ltd",
        "deviceType": {"category": "Laptop", "type": "Notebook"}, "hostname": "CON-LT-07", "intIpAddress": "10.1.2.7",
        "extIpAddress": "203.0.113.9", "operatingSystem": "Microsoft Windows 11 Pro 10.0.26100",
        "lastLoggedInUser": "CONTOSO\\anna", "domain": "contoso.local", "description": "CON-LT-07", "a64Bit": true,
        "rebootRequired": true, "online": true, "suspended": false, "deleted": false, "lastSeen": 1_763_800_000_000_i64,
        "lastReboot": "2025-11-21T04:40:00Z", "lastAuditDate": 1_763_790_000.25, "creationDate": "2023-11-14T22:13:20",
        "udf": {"udf1": "secret"}, "deviceClass": "device", "portalUrl": "https://merlot.rmm.datto.com/device/501",
        "warrantyDate": "2027-03-31", "antivirus": {"antivirusProduct": "ESET", "antivirusStatus": "RunningAndNotUpToDate"},
        "patchManagement": {"patchStatus": "ApprovedPending", "patchesApprovedPending": 3, "patchesNotApproved": 2,
        "patchesInstalled": 131}, "softwareStatus": "Pass"});
    insta::assert_json_snapshot!(device_of(row).unwrap(), @r#"
    {
      "antivirus": {
        "product": "ESET",
        "status": "Running, not up to date"
      },
      "audited_at": "2025-11-22T05:40:00.25Z",
      "booted_at": "2025-11-21T04:40:00Z",
      "company": "7a5b",
      "created_at": "2023-11-14T22:13:20Z",
      "domain": "contoso.local",
      "external_ip_address": "203.0.113.9",
      "ip_address": "10.1.2.7",
      "kind": "Laptop",
      "last_seen_at": "2025-11-22T08:26:40Z",
      "last_user": "CONTOSO\\anna",
      "name": "CON-LT-07",
      "online": true,
      "operating_system": "Microsoft Windows 11 Pro 10.0.26100",
      "patches": {
        "installed": 131,
        "not_approved": 2,
        "pending": 3,
        "status": "Approved, not installed"
      },
      "reboot_required": true,
      "type": "device",
      "url": "https://merlot.rmm.datto.com/device/501",
      "warranty_until": "2027-03-31"
    }
    "#);
}

#[test]
fn a_device_of_which_hardly_anything_is_known_is_a_device() {
    let row = json!({"uid": "1c9d", "hostname": null, "description": "  ", "deviceType": null, "deviceClass": "printer",
        "antivirus": {}, "patchManagement": null, "lastSeen": -62_135_596_800_000_i64, "lastAuditDate": 1_763_790_000_000_i64,
        "warrantyDate": ""});
    // A printer's audit is of another form: there is nothing to complete it with.
    insta::assert_json_snapshot!(device_of(row).unwrap(), @r#"
    {
      "kind": "Printer",
      "name": "1c9d",
      "type": "device"
    }
    "#);
}

#[test]
fn values_that_nobody_has_heard_of_are_shown_as_they_are() {
    let row = json!({"uid": "1c9d", "hostname": "X", "deviceClass": "toaster", "antivirus": {"antivirusStatus": "Napping"},
        "patchManagement": {"patchStatus": "Odd"}});
    let device = device_of(row).unwrap();
    assert_eq!(
        (&device["kind"], &device["antivirus"]["status"], &device["patches"]["status"]),
        (&json!("toaster"), &json!("Napping"), &json!("Odd"))
    );
    let row = json!({"alertUid": "0f3c", "priority": "Apocalyptic", "alertContext": {"@class": "novel_ctx"}});
    let alert = alert_of(row).unwrap();
    assert_eq!((&alert["priority"], &alert["message"]), (&json!("unknown"), &json!("Novel monitor")));
}

#[test]
fn rows_that_cannot_be_told_apart_or_read_say_why() {
    assert_eq!(site_of(json!({"name": "X"})), Err("it has no id".to_owned()));
    assert_eq!(site_of(json!({"uid": "7a5b"})), Err("the site has no name".to_owned()));
    assert_eq!(device_of(json!({"hostname": "X"})), Err("it has no id".to_owned()));
    let soon = device_of(json!({"uid": "1c9d", "warrantyDate": "soon"}));
    assert_eq!(soon, Err("warrantyDate is not a date: \"soon\"".to_owned()));
    assert_eq!(alert_of(json!({"priority": "High"})), Err("it has no id".to_owned()));
}

#[test]
fn an_audit_tells_what_a_device_is_made_of() {
    let row = json!({"systemInfo": {"manufacturer": "Dell Inc.", "model": "Latitude 5450", "totalPhysicalMemory": 17_179_869_184_i64},
        "bios": {"serialNumber": "8XK2M44", "releaseDate": null}, "processors": [{"name": ""}, {"name": "Intel Core Ultra 5"}],
        "nics": [{"macAddress": "A4BB6D112233"}, {"macAddress": "000000000000"}, {"macAddress": null}, {"macAddress": "A4BB6D112233"}]});
    let mut device = Device { name: "X".to_owned(), ..Device::default() };
    audit(&serde_json::from_value(row).unwrap(), &mut device);
    let expected = Device {
        name: "X".to_owned(),
        manufacturer: Some("Dell Inc.".to_owned()),
        model: Some("Latitude 5450".to_owned()),
        memory_bytes: Some(17_179_869_184),
        serial_number: Some("8XK2M44".to_owned()),
        processor: Some("Intel Core Ultra 5".to_owned()),
        mac_addresses: vec!["A4BB6D112233".to_owned()],
        ..Device::default()
    };
    assert_eq!(device, expected);
    audit(&wire::Audit::default(), &mut device);
    assert_eq!(device.serial_number, None, "what an audit does not tell any more is not kept");
}

#[test]
fn an_open_alert_and_the_same_one_resolved() {
    let row = |more: Value| {
        let mut row = json!({"alertUid": "0f3c", "priority": "High", "diagnostics": "", "resolved": false, "muted": true,
            "ticketNumber": "T20251122.0003", "timestamp": 1_763_800_123_000_i64,
            "alertContext": {"@class": "perf_disk_usage_ctx", "diskName": "C:", "totalVolume": 237.4, "freeSpace": 4.1},
            "alertSourceInfo": {"deviceUid": "1c9d", "deviceName": "CON-LT-07", "siteUid": "7a5b", "siteName": "Contoso Ltd"},
            "responseActions": [], "autoresolveMins": 0});
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row
    };
    insta::assert_json_snapshot!(alert_of(row(json!({}))).unwrap(), @r#"
    {
      "company": "7a5b",
      "device": "1c9d",
      "device_name": "CON-LT-07",
      "message": "Disk C: has 4.1 of 237.4 GB free",
      "monitor": "Disk usage",
      "muted": true,
      "priority": "high",
      "raised_at": "2025-11-22T08:28:43Z",
      "ticket_number": "T20251122.0003",
      "type": "alert"
    }
    "#);
    let resolved = json!({"resolved": true, "resolvedBy": "anna", "resolvedOn": 1_763_800_200_000_i64});
    let resolved = alert_of(row(resolved)).unwrap();
    assert_eq!(
        (&resolved["resolved"], &resolved["resolved_by"], &resolved["resolved_at"]),
        (&json!(true), &json!("anna"), &json!("2025-11-22T08:30:00Z"))
    );
}
