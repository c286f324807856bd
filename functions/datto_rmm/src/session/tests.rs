use connector::Cursor;
use serde_json::{Value, json};
use testkit::fake_vendor::{Reply, ok, reply};

use super::*;
use crate::descriptor::DESCRIPTOR;
use crate::fake::datto;

fn request<'a>(feed: &str, cursor: Option<&'a Cursor>) -> PullRequest<'a> {
    PullRequest { feed: DESCRIPTOR.feed(feed).unwrap(), since: None, cursor, probe: false, company: None }
}

fn page(key: &str, id: &str, ids: std::ops::Range<u32>, total: Option<u32>, next: &Value) -> Reply {
    let rows: Vec<Value> = ids.map(|n| json!({id: format!("u{n}"), "name": format!("N{n}")})).collect();
    ok(&json!({"pageDetails": {"count": rows.len(), "totalCount": total, "nextPageUrl": next}, key: rows}))
}

fn device(id: &str, audited_at: Option<&str>) -> Record {
    let audited_at = audited_at.map(|at| at.parse().unwrap());
    let device = Device { name: id.to_owned(), audited_at, ..Device::default() };
    Record { external_id: id.into(), modified_at: None, data: RecordData::Device(Box::new(device)) }
}

#[tokio::test]
async fn pages_count_from_zero_and_the_next_ones_address_is_not_followed() {
    let datto = datto(|seen| match seen.line.as_str() {
        "GET /api/v2/account/devices?page=0&max=250" => {
            page("devices", "uid", 0..250, Some(300), &json!("https://elsewhere.example/api/v2/account/devices?page=1"))
        }
        "GET /api/v2/account/devices?page=1&max=250" => page("devices", "uid", 250..300, Some(300), &Value::Null),
        other => panic!("{other}"),
    });
    let first = datto.session().pull(request("devices", None)).await.unwrap();
    assert_eq!((first.rows.len(), first.total), (250, Some(300)));
    let second = datto.session().pull(request("devices", first.next.as_ref())).await.unwrap();
    assert_eq!((second.rows.len(), second.next), (50, None));
    assert!(datto.calls().iter().all(|seen| seen.host() == "merlot-api.centrastage.net"));
}

#[tokio::test]
async fn only_the_address_of_a_next_page_tells_whether_there_is_one() {
    // The count is wrong, or missing.
    for total in [Some(3), None] {
        let datto = datto(move |_| page("alerts", "alertUid", 0..3, total, &json!("https://x/?page=1")));
        assert!(datto.session().pull(request("alerts", None)).await.unwrap().next.is_some(), "{total:?}");
    }
    for end in [Value::Null, json!("")] {
        let datto = datto(move |_| page("alerts", "alertUid", 0..3, Some(900), &end));
        assert_eq!(datto.session().pull(request("alerts", None)).await.unwrap().next, None);
    }
}

#[tokio::test]
async fn a_page_that_comes_again_is_an_error_and_no_end() {
    let datto = datto(|_| page("sites", "uid", 0..3, None, &json!("https://x/?page=1")));
    let first = datto.session().pull(request("sites", None)).await.unwrap();
    let error = datto.session().pull(request("sites", first.next.as_ref())).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Malformed { path: "page".to_owned() });
}

#[tokio::test]
async fn a_quiet_check_is_one_call_per_feed_and_a_probe_asks_for_one_row() {
    let datto = datto(|seen| {
        let list = seen.target().rsplit('/').next().unwrap().to_owned();
        let (key, id) = if list == "open" { ("alerts", "alertUid") } else { (list.as_str(), "uid") };
        page(key, id, 0..1, Some(1), &Value::Null)
    });
    let session = datto.session();
    for feed in ["sites", "devices", "alerts"] {
        session.pull(request(feed, None)).await.unwrap();
        session.pull(PullRequest { probe: true, ..request(feed, None) }).await.unwrap();
    }
    insta::assert_snapshot!(datto.lines().join("\n"), @r"
    GET /api/v2/account/sites?page=0&max=250
    GET /api/v2/account/sites?page=0&max=1
    GET /api/v2/account/devices?page=0&max=250
    GET /api/v2/account/devices?page=0&max=1
    GET /api/v2/account/alerts/open?page=0&max=250
    GET /api/v2/account/alerts/open?page=0&max=1
    ");
}

#[tokio::test]
async fn html_cut_off_json_and_a_missing_envelope_are_errors_and_never_an_empty_list() {
    for body in ["<html>down</html>", r#"{"devices":[{"uid""#, r#"{"pageDetails":{"count":0}}"#, "[]", ""] {
        let datto = datto(move |_| reply(200, body));
        let error = datto.session().pull(request("devices", None)).await.unwrap_err();
        assert!(matches!(error.kind, ErrorKind::Malformed { .. }), "{body}: {error:?}");
    }
}

#[tokio::test]
async fn a_record_is_read_as_it_stands() {
    let datto = datto(|seen| match seen.target() {
        "GET /api/v2/site/s-1" => ok(&json!({"uid": "s-1", "name": "Contoso"})),
        "GET /api/v2/device/d-1" => ok(&json!({"uid": "d-1", "hostname": "CON-1"})),
        "GET /api/v2/device/d-2" => ok(&json!({"uid": "d-2", "hostname": "CON-2", "deleted": true})),
        "GET /api/v2/alert/a-1" => ok(&json!({"alertUid": "a-1", "resolved": true, "diagnostics": "Full"})),
        other if other.ends_with("/gone") => reply(404, json!({"status": 404, "error": "Not Found"})),
        other => panic!("{other}"),
    });
    let session = datto.session();
    let read = async |record_type, id: &str| session.get(record_type, &id.into()).await.unwrap();
    for (record_type, id, name) in [
        (RecordType::Companies, "s-1", "Contoso"),
        (RecordType::Devices, "d-1", "CON-1"),
        (RecordType::Alerts, "a-1", "Full"),
    ] {
        let Some(Mapped::Record(record)) = read(record_type, id).await else { panic!("{name}") };
        assert_eq!((record.external_id.as_str(), record.data.name()), (id, name));
    }
    assert!(matches!(read(RecordType::Devices, "d-2").await, Some(Mapped::Skipped { .. })));
    for gone in ["gone", "../account", ""] {
        assert_eq!(read(RecordType::Devices, gone).await, None, "{gone}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_alert_that_is_not_known_is_gone_whatever_the_status_while_the_list_answers() {
    for status in [403, 404, 500] {
        let datto = datto(move |seen| match seen.target() {
            "GET /api/v2/alert/a-1" => reply(status, json!({"status": status})),
            _ => page("alerts", "alertUid", 0..0, None, &Value::Null),
        });
        assert_eq!(datto.session().get(RecordType::Alerts, &"a-1".into()).await.unwrap(), None, "{status}");
    }
    for (status, kind) in [(403, ErrorKind::Forbidden), (500, ErrorKind::Unavailable)] {
        let datto = datto(move |_| reply(status, json!({"status": status})));
        let error = datto.session().get(RecordType::Alerts, &"a-1".into()).await.unwrap_err();
        assert_eq!((error.op, error.kind), ("read an alert", kind));
    }
}

#[tokio::test]
async fn an_audit_completes_a_device_and_one_without_stays_as_it_is() {
    let datto = datto(|seen| match seen.target() {
        "GET /api/v2/audit/device/d-1" => ok(&json!({"bios": {"serialNumber": "8XK2M44"}})),
        "GET /api/v2/audit/device/d-2" => reply(400, json!({"status": 400, "error": "Bad Request"})),
        "GET /api/v2/audit/device/d-3" => reply(404, json!({"status": 404, "error": "Not Found"})),
        other => panic!("{other}"),
    });
    let session = datto.session();
    let at = Some("2026-11-01T00:00:00Z");
    for (mut record, serial) in [
        (device("d-1", at), Some("8XK2M44")),
        (device("d-2", at), None),
        (device("d-3", at), None),
        (device("d-4", None), None),
    ] {
        session.complete(&mut record).await.unwrap();
        let RecordData::Device(device) = record.data else { panic!() };
        assert_eq!(device.serial_number.as_deref(), serial, "{}", record.external_id);
    }
    assert_eq!(datto.lines().len(), 3, "what was never audited is not asked for");
}

#[test]
fn an_audit_holds_for_thirty_days_of_datto_s_own_audits() {
    let session = datto(|seen| panic!("{}", seen.line)).session();
    let mut mirrored = device("d-1", Some("2026-11-01T00:00:00Z"));
    if let RecordData::Device(device) = &mut mirrored.data {
        device.serial_number = Some("8XK2M44".to_owned());
    }
    for (audited_at, holds) in
        [(Some("2026-11-30T23:59:59Z"), true), (Some("2026-12-01T00:00:00Z"), false), (None, false)]
    {
        let mut record = device("d-1", audited_at);
        assert_eq!(session.take_over(&mut record, &mirrored.data), holds, "{audited_at:?}");
        if holds {
            assert_eq!(record.data, mirrored.data, "with the moment of the audit that it is of");
        }
    }
    assert!(!session.take_over(&mut device("d-1", Some("2026-11-02T00:00:00Z")), &device("d-1", None).data));
}
