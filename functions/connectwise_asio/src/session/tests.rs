use connector::{Cursor, ErrorKind, PullRequest};
use domain::record::MonitoringState;
use serde_json::{Value, json};
use testkit::fake_vendor::{Reply, Seen, ok, reply};

use super::*;
use crate::descriptor::DESCRIPTOR;
use crate::fake::asio;

fn request<'a>(feed: &str, cursor: Option<&'a Cursor>) -> PullRequest<'a> {
    PullRequest { feed: DESCRIPTOR.feed(feed).unwrap(), since: None, cursor, probe: false, company: None }
}

/// One device of each of so many companies.
fn inventory(companies: u32) -> Reply {
    let row = |n: u32| json!({"endpointId": format!("e{n:03}"), "clientId": format!("c{n:03}"), "siteId": "s"});
    ok(&json!({"endpoints": (0..companies).map(row).collect::<Vec<_>>()}))
}

/// What the call asks for.
fn asked(seen: &Seen) -> Vec<String> {
    let body: Value = seen.json();
    body["resources"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect()
}

fn devices(companies: &[String]) -> Value {
    let group = |company: &String| {
        json!({"companyID": company, "siteID": "s",
        "endpoints": [{"endpointID": company.replace('c', "e"), "friendlyName": "x", "os": {"product": "Windows"}}]})
    };
    json!({"platform": companies.iter().map(group).collect::<Vec<_>>()})
}

const LIST: &str = "GET /api/platform/v1/device/endpoints";
const BULK_LIST: &str = "POST /api/platform/v2/device/categories/all/endpoints";

async fn read_all(session: &dyn Session, feed: &str) -> Vec<Mapped> {
    let (mut rows, mut cursor) = (Vec::new(), None);
    loop {
        let page = session.pull(request(feed, cursor.as_ref())).await.unwrap();
        rows.extend(page.rows);
        cursor = page.next;
        if cursor.is_none() {
            return rows;
        }
    }
}

#[tokio::test]
async fn devices_of_all_companies_are_read_fifty_companies_at_a_time() {
    let asio = asio(|seen| match seen.target() {
        LIST => inventory(120),
        BULK_LIST => ok(&devices(&asked(seen))),
        other => panic!("{other}"),
    });
    let rows = read_all(asio.session().as_ref(), "devices").await;
    assert_eq!(rows.len(), 120);
    let asked: Vec<_> =
        asio.calls().iter().filter(|seen| seen.target() == BULK_LIST).map(|seen| asked(seen).len()).collect();
    assert_eq!(asked, [50, 50, 20]);
}

#[tokio::test]
async fn an_answer_of_several_pages_is_read_to_its_end_before_the_next_companies() {
    let asio = asio(|seen| match seen.target() {
        LIST => inventory(60),
        BULK_LIST if seen.line.contains("cursor=0") && asked(seen).len() == 50 => {
            let link = "<https://elsewhere.example/x?limit=500&cursor=500>; rel=\"next\"".to_owned();
            ok(&devices(&["c000".to_owned()])).header("link", &link)
        }
        BULK_LIST => ok(&devices(&asked(seen)[..1])),
        other => panic!("{other}"),
    });
    // Each page by a process of its own.
    let (mut cursor, mut pages) = (None, Vec::new());
    loop {
        let page = asio.session().pull(request("devices", cursor.as_ref())).await.unwrap();
        cursor = page.next;
        pages.push(cursor.as_ref().map(|cursor| cursor.0.clone()));
        if cursor.is_none() {
            break;
        }
    }
    let told: Vec<_> = pages.iter().map(|page| page.as_deref().unwrap_or("the end")).collect();
    let expected =
        [r#"{"behind":null,"to":"c049","cursor":500}"#, r#"{"behind":"c049","to":null,"cursor":0}"#, "the end"];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_next_page_that_is_not_behind_this_one_is_an_error_and_not_the_end() {
    for cursor in ["0", "nonsense"] {
        let asio = asio(move |seen| match seen.target() {
            LIST => inventory(1),
            _ => ok(&devices(&asked(seen))).header("link", &format!("</x?cursor={cursor}>; rel=\"next\"")),
        });
        let error = asio.session().pull(request("devices", None)).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Malformed { path: "next page".to_owned() }, "{cursor}");
    }
}

#[tokio::test]
async fn nothing_there_is_an_empty_list() {
    let none = || reply(404, json!({"error": "not found", "description": "topology does not exist"}));
    let all = asio(move |_| none());
    let session = all.session();
    for feed in ["devices", "monitoring_states"] {
        let page = session.pull(request(feed, None)).await.unwrap();
        assert_eq!((page.rows, page.next), (Vec::new(), None), "{feed}");
    }
    assert_eq!(all.lines(), [LIST], "asked once for both");
    let some = asio(move |seen| if seen.target() == LIST { inventory(51) } else { none() });
    let page = some.session().pull(request("devices", None)).await.unwrap();
    assert!(page.rows.is_empty() && page.next.is_some(), "the next companies may have some");
}

#[tokio::test]
async fn html_cut_off_json_and_a_gateways_404_are_errors_and_never_an_empty_list() {
    for (code, body) in
        [(200, "<html>down</html>"), (200, r#"{"endpoints":[{"#), (200, "{}"), (404, "no Route"), (404, "")]
    {
        let asio = asio(move |_| reply(code, body));
        for feed in ["companies", "sites", "devices", "monitoring_states"] {
            let error = asio.session().pull(request(feed, None)).await.unwrap_err();
            assert!(matches!(error.kind, ErrorKind::Malformed { .. }), "{feed} {body}: {error:?}");
        }
    }
}

#[tokio::test]
async fn a_missing_scope_for_the_list_of_devices_is_named() {
    let asio = asio(|_| reply(403, json!({"message": "no"})));
    let error = asio.session().pull(request("devices", None)).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Forbidden);
    assert_eq!(error.permission, Some("Assets Read"));
}

#[tokio::test]
async fn a_quiet_check_is_a_call_per_list() {
    let asio = asio(|seen| match seen.target() {
        LIST => inventory(2),
        BULK_LIST => ok(&devices(&asked(seen))),
        target if target.contains("/v2/") => ok(&json!({"successfulRecords": []})),
        _ => ok(&json!([])),
    });
    let session = asio.session();
    for feed in ["companies", "sites", "devices", "monitoring_states"] {
        read_all(session.as_ref(), feed).await;
    }
    let lines = asio.lines().iter().map(|line| line.split("&field").next().unwrap().to_owned()).collect::<Vec<_>>();
    insta::assert_snapshot!(lines.join("\n"), @r"
    GET /api/platform/v1/company/companies
    GET /api/platform/v1/company/sites
    GET /api/platform/v1/device/endpoints
    POST /api/platform/v2/device/categories/all/endpoints?limit=500&cursor=0
    GET /api/platform/v2/device/endpoints/heartbeat?resourceType=companies&resources=c000%2Cc001
    GET /api/platform/v2/device/endpoints/systemstate?resourceType=companies&resources=c000%2Cc001
    ");
}

#[tokio::test]
async fn a_probe_asks_for_one_row_of_one_company() {
    let asio = asio(|seen| if seen.target() == LIST { inventory(90) } else { ok(&devices(&asked(seen))) });
    let page = asio.session().pull(PullRequest { probe: true, ..request("devices", None) }).await.unwrap();
    assert_eq!((page.rows.len(), page.next), (1, None));
    assert!(asio.lines()[1].contains("limit=1&"));
}

#[tokio::test]
async fn a_record_is_read_as_its_list_has_it_and_what_is_gone_is_none() {
    let asio = asio(|seen| match seen.target() {
        "GET /api/platform/v1/company/companies/c1" => ok(&json!({"id": "c1", "name": "Acme"})),
        "GET /api/platform/v1/company/sites/s1" => ok(&json!({"id": "s1", "name": "Main", "company": {"id": "c1"}})),
        BULK_LIST if asked(seen) == ["e1"] => ok(&devices(&["c1".to_owned()])),
        // Something else than was asked for.
        BULK_LIST => ok(&devices(&["c7".to_owned()])),
        "GET /api/platform/v1/device/endpoints/e1" => ok(&json!({"endpointID": "e1", "friendlyName": "of its page"})),
        "GET /api/platform/v1/device/endpoints/e2" => ok(&json!({"endpointID": "e2", "friendlyName": "of its page"})),
        "GET /api/platform/v1/device/endpoints/e1/system-state-info" => ok(&json!({"endpointID": "e1"})),
        LIST => inventory(1),
        target if target.ends_with("/heartbeat") && seen.line.contains("resources=e1") => {
            ok(&json!({"successfulRecords": [{"endpoints": [{"EndpointID": "e1", "Availability": true}]}]}))
        }
        _ => reply(404, json!({"error": "not found"})),
    });
    let session = asio.session();
    for (record_type, id, name) in [
        (RecordType::Companies, "c1", "Acme"),
        (RecordType::Sites, "s1", "Main"),
        (RecordType::Devices, "e1", "x"),
        (RecordType::Devices, "e2", "of its page"),
        (RecordType::MonitoringStates, "e1", "e1"),
    ] {
        let Some(Mapped::Record(got)) = session.get(record_type, &id.into()).await.unwrap() else { panic!("{id}") };
        assert_eq!(got.data.name(), name);
        for gone in ["gone", "../companies", ""] {
            assert_eq!(session.get(record_type, &gone.into()).await.unwrap(), None, "{record_type} {gone}");
        }
    }
}

#[tokio::test]
async fn only_a_device_that_its_list_says_nothing_of_is_looked_at_by_itself() {
    let asio = asio(|seen| match seen.target() {
        "GET /api/platform/v1/device/endpoints/e1" => {
            ok(&json!({"endpointID": "e1", "friendlyName": "WS01", "os": {"product": "Windows"}}))
        }
        other => panic!("{other}"),
    });
    let session = asio.session();
    let thin = json!({"endpointid": "e1"});
    let Ok(Mapped::Record(mut record)) = map::device(&serde_json::from_value(thin).unwrap()) else { panic!() };
    session.complete(&mut record).await.unwrap();
    assert_eq!(record.data.name(), "WS01");
    session.complete(&mut record).await.unwrap();
    let state = MonitoringState {
        device: "e1".into(),
        company: None,
        online: None,
        last_user: None,
        booted_at: None,
        last_seen_at: None,
    };
    record.data = RecordData::MonitoringState(state);
    session.complete(&mut record).await.unwrap();
    assert_eq!(asio.lines().len(), 1);
}

#[tokio::test]
async fn the_account_is_the_partner_whose_companies_these_are() {
    let told = |companies: Value| {
        let asio = asio(move |_| ok(&companies));
        async move { asio.session().account().await.unwrap() }
    };
    let company = |id: &str| json!({"id": id, "name": id, "partnerId": "p-1001"});
    let two = told(json!([company("a"), company("b")])).await;
    assert_eq!((two.id.as_str(), two.name.as_str()), ("p-1001", "Partner p-1001 (Europe), 2 companies"));
    let enveloped = told(json!({"companies": [company("a")]})).await;
    assert_eq!(enveloped.name, "Partner p-1001 (Europe), 1 company");
    let none = told(json!([])).await;
    assert_eq!(none.name, "Asio (Europe), 0 companies");
    let other_key = Account::provisional("another key", String::new());
    assert!(!two.is_other_than(&none.id) && !other_key.is_other_than(&none.id), "nothing could mean something else");
    assert!(two.settles(&none.id) && !other_key.settles(&none.id));
    assert!(none.is_other_than(&two.id), "whose companies are gone is asked about");
}
