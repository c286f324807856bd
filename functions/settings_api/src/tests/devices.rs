//! Devices and alerts of linked companies.

use domain::record::{Alert, AlertPriority, Company, Device, RecordData, RecordType};
use serde_json::{Value, json};

use super::harness::{Api, Call};

fn device(name: &str, site: &str, online: bool) -> RecordData {
    let company = Some(site.into());
    RecordData::Device(Box::new(Device { name: name.to_owned(), company, online: Some(online), ..Device::default() }))
}

fn alert(message: &str, device: &str, priority: AlertPriority, at: &str) -> Alert {
    Alert {
        message: message.to_owned(),
        priority,
        company: Some("north".into()),
        device: Some(device.into()),
        device_name: Some(device.to_uppercase()),
        raised_at: Some(at.parse().unwrap()),
        ..Alert::default()
    }
}

/// An RMM with two sites of North, one of South that is not linked, and something of everything. Gives North's id.
async fn north(api: &Api) -> String {
    api.switch_on("datto-rmm", |_| ()).await;
    let site = |name: &str| RecordData::Company(Company { name: name.to_owned(), ..Company::default() });
    let sites = [("north", "North"), ("annex", "North - Annex"), ("south", "South")];
    api.mirror("datto-rmm", RecordType::Companies, sites.map(|(id, name)| (id, site(name))).into()).await;
    let made = api.post("/v1/companies", &json!({ "name": "North" })).await.expect(201);
    let id = made["id"].as_str().unwrap().to_owned();
    for site in ["north", "annex"] {
        api.send(Call::new("PUT", &format!("/v1/companies/{id}/links/datto-rmm/{site}"))).await.expect(200);
    }
    let devices = vec![
        ("d3", device("beta", "north", false)),
        ("d1", device("Gamma", "annex", true)),
        ("d2", device("alpha", "north", true)),
        ("d4", device("foreign", "south", true)),
        ("d5", RecordData::Device(Box::new(Device { name: "nowhere".to_owned(), ..Device::default() }))),
    ];
    api.mirror("datto-rmm", RecordType::Devices, devices).await;
    id
}

fn names(answer: &Value, key: &str) -> Vec<String> {
    answer["items"].as_array().unwrap().iter().map(|item| item[key].as_str().unwrap().to_owned()).collect()
}

async fn listed(api: &Api, path: &str, key: &str) -> Vec<String> {
    names(&api.get(path).await.expect(200), key)
}

#[tokio::test]
async fn a_companys_devices_are_those_of_all_its_sites_by_name() {
    let api = Api::new().await;
    let north = north(&api).await;
    let path = format!("/v1/devices?company={north}");
    assert_eq!(listed(&api, &path, "name").await, ["alpha", "beta", "Gamma"]);
    assert_eq!(listed(&api, &format!("{path}&online=false"), "name").await, ["beta"]);
    assert_eq!(listed(&api, &format!("{path}&search=AMM"), "name").await, ["Gamma"]);
    assert_eq!(listed(&api, &format!("{path}&connector=datto-rmm"), "name").await.len(), 3);
    let first = api.get(&format!("{path}&limit=2")).await.expect(200);
    assert_eq!(names(&first, "name"), ["alpha", "beta"]);
    let next = first["next_cursor"].as_str().unwrap();
    let second = api.get(&format!("{path}&limit=2&cursor={next}")).await.expect(200);
    assert_eq!((names(&second, "name"), &second["next_cursor"]), (vec!["Gamma".to_owned()], &Value::Null));
}

#[tokio::test]
async fn a_list_that_is_too_long_to_be_read_says_so() {
    let api = Api::new().await;
    let north = north(&api).await;
    let more = |from: usize, to: usize| (from..to).map(|n| format!("m{n:05}")).collect::<Vec<_>>();
    let add = async |ids: Vec<String>| {
        let rows = ids.iter().map(|id| (id.as_str(), device(id, "north", true))).collect();
        api.mirror("datto-rmm", RecordType::Devices, rows).await;
    };
    let path = format!("/v1/devices?company={north}&limit=1");
    add(more(0, 4_998)).await;
    assert_eq!(api.get(&path).await.expect(200).get("incomplete"), None, "5,000 in one site, and one elsewhere");
    add(more(4_998, 4_999)).await;
    let words = "One of the linked companies has more than 5000 devices; the others of it are left out.";
    assert_eq!(api.get(&path).await.expect(200)["incomplete"], words);
    let alerts = api.get(&format!("/v1/alerts?company={north}")).await.expect(200);
    assert_eq!(alerts.get("incomplete"), None);
}

#[tokio::test]
async fn devices_of_all_companies_are_those_that_are_linked() {
    let api = Api::new().await;
    north(&api).await;
    assert_eq!(listed(&api, "/v1/devices", "name").await, ["Gamma", "alpha", "beta"]);
    assert_eq!(listed(&api, "/v1/devices?company=co_nobody", "name").await.len(), 0);
    api.get("/v1/devices?connector=halo-psa").await.expect(422);
    api.get("/v1/devices?company=x&connector=halo-psa").await.expect(422);
    api.get("/v1/devices?online=perhaps").await.expect(422);
}

#[tokio::test]
async fn a_device_in_full() {
    let api = Api::new().await;
    let north = north(&api).await;
    let full = Device {
        name: "delta".to_owned(),
        company: Some("north".into()),
        kind: Some("Laptop".to_owned()),
        serial_number: Some("8XK2M44".to_owned()),
        memory_bytes: Some(17_179_869_184),
        online: Some(true),
        warranty_until: Some("2027-03-31".parse().unwrap()),
        last_seen_at: Some("2026-03-02T09:00:00Z".parse().unwrap()),
        audited_at: Some("2026-03-01T09:00:00Z".parse().unwrap()),
        ..Device::default()
    };
    api.mirror("datto-rmm", RecordType::Devices, vec![("d6", RecordData::Device(Box::new(full)))]).await;
    let answer = api.get(&format!("/v1/devices?company={north}&search=8xk2")).await.expect(200);
    let expected = json!({
        "id": "datto-rmm.d6", "connector": "datto-rmm", "external_id": "d6", "company_id": north, "company_name": "North",
        "name": "delta", "kind": "Laptop", "serial_number": "8XK2M44", "mac_addresses": [],
        "memory_bytes": 17_179_869_184_u64, "online": true, "suspended": false, "reboot_required": false,
        "warranty_until": "2027-03-31", "last_seen_at": "2026-03-02T09:00:00Z",
    });
    assert_eq!(answer["items"], json!([expected]));
}

#[tokio::test]
async fn a_companys_alerts_are_open_ones_and_the_worst_comes_first() {
    let api = Api::new().await;
    let north = north(&api).await;
    let old = "2026-02-01T09:00:00Z";
    let over = Alert {
        resolved: true,
        resolved_by: Some("anna".to_owned()),
        ..alert("Spooler is stopped", "d3", AlertPriority::Critical, old)
    };
    let alerts = vec![
        ("a1", alert("Disk C: is full", "d2", AlertPriority::Low, "2026-02-03T09:00:00Z")),
        ("a2", alert("The device is offline", "d3", AlertPriority::Critical, old)),
        ("a3", alert("Backup failed", "d2", AlertPriority::Critical, "2026-02-02T09:00:00Z")),
        ("a4", over),
    ];
    let alerts = alerts.into_iter().map(|(id, alert)| (id, RecordData::Alert(Box::new(alert)))).collect();
    api.mirror("datto-rmm", RecordType::Alerts, alerts).await;
    let path = format!("/v1/alerts?company={north}");
    let open = ["Backup failed", "The device is offline", "Disk C: is full"];
    assert_eq!(listed(&api, &path, "message").await, open);
    assert_eq!(listed(&api, &format!("{path}&state=resolved"), "message").await, ["Spooler is stopped"]);
    assert_eq!(listed(&api, &format!("{path}&state=all"), "message").await.last().unwrap(), "Spooler is stopped");
    assert_eq!(
        listed(&api, &format!("{path}&device=datto-rmm.d2"), "message").await,
        ["Backup failed", "Disk C: is full"]
    );
    assert_eq!(listed(&api, &format!("{path}&search=d3"), "message").await, ["The device is offline"]);
    assert_eq!(listed(&api, "/v1/alerts", "message").await.len(), 3);
    api.get(&format!("{path}&state=closed")).await.expect(422);
    let answer = api.get(&format!("{path}&state=resolved")).await.expect(200);
    let expected = json!({
        "id": "datto-rmm.a4", "connector": "datto-rmm", "external_id": "a4", "company_id": north, "company_name": "North",
        "device_id": "datto-rmm.d3", "device_name": "D3", "message": "Spooler is stopped", "priority": "critical",
        "resolved": true, "muted": false, "raised_at": old, "resolved_by": "anna",
    });
    assert_eq!(answer["items"], json!([expected]));
}

#[tokio::test]
async fn a_company_has_the_tabs_that_its_linked_connections_feed() {
    let api = Api::new().await;
    let north = north(&api).await;
    let path = format!("/v1/companies/{north}");
    assert_eq!(api.get(&path).await.expect(200)["tabs"], json!(["devices"]));
    for site in ["north", "annex"] {
        api.delete(&format!("{path}/links/datto-rmm/{site}")).await.expect(200);
    }
    assert_eq!(api.get(&path).await.expect(200)["tabs"], json!([]));
    assert_eq!(listed(&api, &format!("/v1/devices?company={north}"), "name").await.len(), 0);
}
