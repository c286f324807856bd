//! The odd behaviours, call by call.

mod callbacks;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use tower::ServiceExt as _;

use super::{CLIENT_ID, COMPANY, PRIVATE_KEY, PUBLIC_KEY};
use crate::{App, Outgoing, Setup, by_id};

const API: &str = "https://api-na.myconnectwise.net/v2025_1/apis/3.0";

/// A simulator with a clock that stands until it is moved.
struct Tester {
    app: App,
    clock: Arc<Mutex<Timestamp>>,
}

struct Got {
    status: StatusCode,
    link: Option<String>,
    body: Vec<u8>,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    fn rows(&self) -> Vec<Value> {
        self.json().as_array().cloned().unwrap_or_else(|| panic!("no list: {}", String::from_utf8_lossy(&self.body)))
    }

    fn ids(&self) -> Vec<i64> {
        self.rows().iter().map(|row| row["id"].as_i64().unwrap()).collect()
    }
}

fn object(value: Value) -> Map<String, Value> {
    super::wire::object(value)
}

impl Tester {
    fn start(scale: usize) -> Self {
        let clock = Arc::new(Mutex::new("2026-08-01T12:00:00Z".parse::<Timestamp>().unwrap()));
        let time = Arc::clone(&clock);
        let setup = Setup { scale, seed: 7, clock: Arc::new(move || *time.lock().unwrap()) };
        Self { app: by_id("connectwise-manage").unwrap().build(&setup), clock }
    }

    fn wait(&self, time: SignedDuration) {
        *self.clock.lock().unwrap() += time;
    }

    async fn send(&self, method: &str, url: &str, headers: &[(&str, String)], body: &str) -> Got {
        let host = url.split('/').nth(2).unwrap();
        let mut request = Request::builder().method(method).uri(url).header("host", host);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let response = self.app.router().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
        let status = response.status();
        let link = response.headers().get("link").map(|link| link.to_str().unwrap().to_owned());
        Got { status, link, body: to_bytes(response.into_body(), 8 << 20).await.unwrap().to_vec() }
    }

    fn authentication() -> Vec<(&'static str, String)> {
        let pair = STANDARD.encode(format!("{COMPANY}+{PUBLIC_KEY}:{PRIVATE_KEY}"));
        vec![("authorization", format!("Basic {pair}")), ("clientid", CLIENT_ID.to_owned())]
    }

    async fn call(&self, method: &str, path: &str, body: &Value) -> Got {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(method, &format!("{API}{path}"), &Self::authentication(), &body).await
    }

    async fn get(&self, path: &str) -> Got {
        self.call("GET", path, &Value::Null).await
    }

    async fn forward(&self, path: &str) -> Got {
        let mut headers = Self::authentication();
        headers.push(("pagination-type", "forward-only".to_owned()));
        self.send("GET", &format!("{API}{path}"), &headers, "").await
    }

    async fn callback(&self, kind: &str, url: &str) -> Got {
        let body = json!({"url": url, "objectId": 0, "type": kind, "level": "owner"});
        self.call("POST", "/system/callbacks", &body).await
    }

    /// Calls that are due, answered with a status.
    fn deliver(&self, status: Option<u16>) -> Vec<Outgoing> {
        let due = self.app.deliveries();
        for outgoing in &due {
            self.app.delivered(outgoing.id, status);
        }
        due
    }

    fn touch(&self, list: &str, id: i64) {
        self.app.patch(list, &id.to_string(), Map::new(), false).unwrap();
    }
}

/// The parameter of the next link.
fn next(got: &Got, name: &str) -> Option<String> {
    let link = got.link.as_ref()?.split(", ").find(|link| link.ends_with("rel=\"next\""))?;
    let url: url::Url = link.split(['<', '>']).nth(1)?.parse().ok()?;
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

#[tokio::test]
async fn discovery_needs_no_credentials_and_knows_one_company() {
    let tester = Tester::start(40);
    let site = "https://na.myconnectwise.net/login/companyinfo";
    let known = tester.send("GET", &format!("{site}/Northbridge"), &[], "").await.json();
    assert_eq!((&known["Codebase"], &known["IsCloud"]), (&json!("v2025_1/"), &json!("True")));
    let unknown = tester.send("GET", &format!("{site}/nobody"), &[], "").await;
    assert_eq!((unknown.status, unknown.json()), (StatusCode::OK, Value::Null));
    tester.app.set_quirk("unknown_company", json!("404"));
    assert_eq!(tester.send("GET", &format!("{site}/nobody"), &[], "").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_call_needs_keys_a_client_id_the_right_host_and_the_right_codebase() {
    let tester = Tester::start(40);
    let url = format!("{API}/company/companies");
    let good = Tester::authentication();
    let without = |name: &str| good.iter().filter(|(own, _)| *own != name).cloned().collect::<Vec<_>>();
    assert_eq!(tester.send("GET", &url, &good, "").await.status, StatusCode::OK);
    let gateway = tester.send("GET", &url, &without("clientid"), "").await;
    assert_eq!(gateway.body, b"Cannot route. Codebase/company is invalid");
    assert_eq!(gateway.status, StatusCode::BAD_REQUEST);
    assert_eq!(tester.send("GET", &url, &without("authorization"), "").await.status, StatusCode::UNAUTHORIZED);
    let login_host = tester.send("GET", &url.replace("api-", ""), &good, "").await;
    assert_eq!(login_host.json()["message"], "SSL is required.");
    tester.app.set_quirk("codebase", json!("v2025_2"));
    assert_eq!(tester.send("GET", &url, &good, "").await.json()["message"], "The endpoint does not exist.");
    for codebase in ["v2025_2", "v4_6_release"] {
        assert_eq!(tester.send("GET", &url.replace("v2025_1", codebase), &good, "").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn forward_only_lists_go_on_by_id_until_an_empty_page() {
    let tester = Tester::start(40);
    let all = tester.get("/company/contacts?pageSize=1000").await.ids();
    let (mut seen, mut after) = (Vec::new(), 0);
    loop {
        let page = tester.forward(&format!("/company/contacts?pageSize=15&pageId={after}")).await;
        if page.rows().is_empty() {
            assert_eq!(page.link.as_deref(), Some(""));
            break;
        }
        seen.extend(page.ids());
        after = next(&page, "pageId").unwrap().parse().unwrap();
        assert_eq!(Some(&after), seen.last());
    }
    assert_eq!((seen.len(), &seen), (40, &all));
    tester.app.set_quirk("forward_end", json!("no_link"));
    let last = tester.forward(&format!("/company/contacts?pageId={}", all[30])).await;
    assert_eq!((last.rows().len(), last.link.as_deref()), (9, Some("")));
    assert_eq!(tester.forward("/company/contacts?orderBy=id").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn numbered_pages_have_links_only_where_there_are_several() {
    let tester = Tester::start(40);
    let first = tester.get("/company/contacts?conditions=id%20%3E%200&pageSize=25").await;
    assert_eq!((first.rows().len(), next(&first, "page").as_deref()), (25, Some("2")));
    let link = first.link.unwrap();
    assert!(
        link.starts_with("<https://api-na.myconnectwise.net/v2025_1/apis/3.0/company/contacts/?conditions=id+%3e+0"),
        "{link}"
    );
    let second = tester.get("/company/contacts?page=2").await;
    assert_eq!((second.rows().len(), next(&second, "page")), (15, None));
    assert_eq!(tester.get("/company/contacts?page=3").await.rows().len(), 0);
    assert_eq!(tester.get("/company/contacts?pageSize=5000").await.link, None);
}

#[tokio::test]
async fn conditions_are_understood() {
    let tester = Tester::start(60);
    let count = |conditions: &str| {
        let encoded: String = url::form_urlencoded::byte_serialize(conditions.as_bytes()).collect();
        let path = format!("/service/tickets/count?conditions={encoded}");
        let tester = &tester;
        async move { tester.get(&path).await.json()["count"].as_i64() }
    };
    let all = count("id > 0").await.unwrap();
    let help_desk = count("board/name = \"help desk\"").await.unwrap();
    let alerts = count("Board/Id in (2, 99)").await.unwrap();
    assert!(help_desk > 0 && alerts > 0);
    assert_eq!(help_desk + alerts, all);
    assert_eq!(count("not board/id = 1").await, Some(alerts));
    assert_eq!(count("board/id not in (1)").await, Some(alerts));
    assert_eq!(count("(board/id = 1 or board/id = 2) and closedFlag = false").await, count("closedFlag != true").await);
    assert_eq!(count("lastUpdated > [2020-01-01T00:00:00Z]").await, Some(all));
    assert_eq!(count("_info/lastUpdated < [2020-01-01T00:00:00Z]").await, Some(0));
    assert_eq!(count("externalXRef != null").await, count("externalXRef like \"other%\"").await);
    assert_eq!(count("externalXRef contains 'TOOL'").await, count("externalXRef like '*tool*'").await);
    assert_eq!(count("owner/identifier = \"\\\"\"").await, Some(0));
    for wrong in [
        "id >",
        "id = 1 and",
        "(id = 1",
        "lastUpdated > [yesterday]",
        "lastUpdated > [2020-01-01T00:00:00.5Z]",
        "id is 1",
    ] {
        assert_eq!(count(wrong).await, None, "{wrong}");
    }
}

#[tokio::test]
async fn children_are_looked_through_and_fields_are_left_out() {
    let tester = Tester::start(60);
    let rows = tester.get("/company/contacts?pageSize=1000").await.rows();
    let address = rows[0]["communicationItems"][0]["value"].as_str().unwrap();
    let path = format!(
        "/company/contacts?childConditions=communicationItems/value%20like%20%22{address}%22%20AND%20\
         communicationItems/communicationType%3D%22Email%22&fields=id,company/id,_info/lastUpdated"
    );
    let found = tester.get(&path).await.rows();
    assert_eq!(found[0]["id"], rows[0]["id"]);
    let keys: BTreeSet<&String> = found[0].as_object().unwrap().keys().collect();
    assert_eq!(keys.into_iter().collect::<Vec<_>>(), ["_info", "company", "id"]);
    assert_eq!(found[0]["company"].as_object().unwrap().len(), 1);
    let descending = tester.get("/company/contacts?orderBy=id%20desc&pageSize=2").await.ids();
    assert!(descending[0] > descending[1]);
}

#[tokio::test]
async fn a_patch_is_an_array_and_references_are_written_whole() {
    let tester = Tester::start(60);
    let ticket = tester.get("/service/tickets?conditions=board/id=1&pageSize=1").await.rows().remove(0);
    let path = format!("/service/tickets/{}", ticket["id"]);
    let patch = |body: Value| {
        let (tester, path) = (&tester, &path);
        async move { tester.call("PATCH", path, &body).await }
    };
    assert_eq!(patch(json!({"op": "replace", "path": "summary", "value": "x"})).await.status, StatusCode::BAD_REQUEST);
    let closed = patch(json!([{"op": "replace", "path": "/status", "value": {"id": 105}}])).await.json();
    assert_eq!((&closed["status"]["name"], &closed["closedFlag"]), (&json!(">Closed"), &json!(true)));
    assert!(closed["closedDate"].is_string());
    let nested = patch(json!([{"op": "replace", "path": "company/identifier", "value": "Other"}])).await;
    assert_eq!((nested.status, &nested.json()["company"]), (StatusCode::OK, &ticket["company"]), "a false success");
    let of_another_board = patch(json!([{"op": "replace", "path": "status", "value": {"id": 201}}])).await.json();
    assert_eq!(of_another_board["errors"][0]["message"], "Service Status not found for Service Board 1");
    assert_eq!(of_another_board["errors"][0]["field"], "status/name");
    let open =
        patch(json!([{"op": "replace", "path": "status", "value": {"id": 101}}, {"op": "remove", "path": "owner"}]))
            .await
            .json();
    assert_eq!((&open["closedFlag"], open.get("owner"), open.get("closedDate")), (&json!(false), None, None));
}

#[tokio::test]
async fn a_new_ticket_has_what_its_board_says_and_its_description_as_a_note() {
    let tester = Tester::start(60);
    let missing = tester.call("POST", "/service/tickets", &json!({"summary": "x"})).await;
    assert_eq!((missing.status, &missing.json()["errors"][0]["field"]), (StatusCode::BAD_REQUEST, &json!("company")));
    let long =
        tester.call("POST", "/service/tickets", &json!({"summary": "x".repeat(101), "company": {"id": 250}})).await;
    assert_eq!(long.json()["errors"][0]["field"], "summary");
    let body = json!({"summary": "Down", "company": {"id": 250}, "board": {"id": 2}, "initialDescription": "a\nb"});
    let made = tester.call("POST", "/service/tickets", &body).await;
    let ticket = made.json();
    assert_eq!((made.status, &ticket["status"]["id"]), (StatusCode::CREATED, &json!(201)));
    assert_eq!((ticket["company"]["name"].is_string(), ticket.get("initialDescription")), (true, None));
    let notes = tester.get(&format!("/service/tickets/{}/notes", ticket["id"])).await.rows();
    assert_eq!((notes.len(), &notes[0]["text"], &notes[0]["detailDescriptionFlag"]), (1, &json!("a\nb"), &json!(true)));
}

#[tokio::test]
async fn a_note_needs_a_tab_and_moves_its_ticket_unless_it_does_not() {
    let tester = Tester::start(60);
    let ticket = tester.get("/service/tickets?pageSize=1").await.rows().remove(0);
    let (own, notes) =
        (format!("/service/tickets/{}", ticket["id"]), format!("/service/tickets/{}/notes", ticket["id"]));
    assert_eq!(tester.call("POST", &notes, &json!({"text": "x"})).await.status, StatusCode::BAD_REQUEST);
    let note = json!({"text": "x", "internalAnalysisFlag": true});
    tester.app.set_quirk("note_moves_ticket", json!(false));
    let made = tester.call("POST", &notes, &note).await.json();
    assert_eq!((&made["internalAnalysisFlag"], &made["detailDescriptionFlag"]), (&json!(true), &json!(false)));
    assert_eq!(made["member"]["identifier"], "ClientPortal");
    assert_eq!(tester.get(&own).await.json()["_info"], ticket["_info"]);
    tester.app.set_quirk("note_moves_ticket", Value::Null);
    tester.call("POST", &notes, &note).await;
    assert_eq!(tester.get(&own).await.json()["_info"]["lastUpdated"], "2026-08-01T12:00:00Z");
}

#[tokio::test]
async fn members_are_created_whole_and_switched_off_by_their_own_call() {
    let tester = Tester::start(60);
    let body = json!({"identifier": "new", "licenseClass": "F", "firstName": "New", "lastName": "One", "hireDate":
        "2026-08-01T00:00:00Z", "defaultEmail": "Office", "officeEmail": "new@northbridge-msp.example", "defaultPhone": "Office",
        "securityRole": {"id": 64}});
    let mut incomplete = body.clone();
    incomplete["hireDate"] = Value::Null;
    assert_eq!(tester.call("POST", "/system/members", &incomplete).await.json()["errors"][0]["field"], "hireDate");
    let made = tester.call("POST", "/system/members", &body).await.json();
    assert_eq!(made["primaryEmail"], "new@northbridge-msp.example");
    assert_eq!(tester.call("POST", "/system/members", &body).await.json()["errors"][0]["code"], "ObjectExists");
    let path = format!("/system/members/{}", made["id"]);
    assert_eq!(tester.call("POST", &format!("{path}/deactivate"), &json!({})).await.status, StatusCode::OK);
    assert_eq!(tester.get(&path).await.json()["inactiveFlag"], true);
    assert_eq!(tester.call("DELETE", &path, &Value::Null).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn a_role_deletes_nothing_unless_it_may() {
    let tester = Tester::start(60);
    let contact = tester.get("/company/contacts?pageSize=1").await.ids()[0];
    let path = format!("/company/contacts/{contact}");
    assert_eq!(tester.call("DELETE", &path, &Value::Null).await.status, StatusCode::FORBIDDEN);
    tester.app.set_quirk("may_delete", json!(true));
    assert_eq!(tester.call("DELETE", &path, &Value::Null).await.status, StatusCode::NO_CONTENT);
    let gone = tester.get(&path).await;
    assert_eq!((gone.status, gone.json()["code"].clone()), (StatusCode::NOT_FOUND, json!("NotFound")));
    tester.app.delete("companies", "250", false).unwrap();
    assert_eq!(tester.get("/company/companies/250").await.json()["deletedFlag"], true, "a company is only marked");
}

#[test]
fn the_seed_has_every_oddity_and_is_old() {
    let (one, two) = (Tester::start(400).app.dump(), Tester::start(400).app.dump());
    assert_eq!(one, two, "the same seed gives the same data");
    let count = |list: &str, fits: &dyn Fn(&Value) -> bool| {
        one[list].as_array().unwrap().iter().filter(|row| fits(row)).count()
    };
    let cases: [(&str, usize); 12] = [
        ("contacts", count("contacts", &|_| true)),
        ("inactive contacts", count("contacts", &|row| row["inactiveFlag"] == true)),
        ("orphans", count("contacts", &|row| row.get("company").is_none())),
        ("several types", count("contacts", &|row| row["types"].as_array().unwrap().len() > 1)),
        (
            "no address",
            count("contacts", &|row| {
                row["communicationItems"].as_array().unwrap().iter().all(|item| item["communicationType"] != "Email")
            }),
        ),
        ("default contacts", count("contacts", &|row| row["defaultFlag"] == true)),
        ("deleted companies", count("companies", &|row| row["deletedFlag"] == true)),
        ("inactive companies", count("companies", &|row| row["status"]["id"] == 2)),
        ("api members", count("members", &|row| row["licenseClass"] == "A")),
        ("closed tickets", count("tickets", &|row| row["closedFlag"] == true)),
        (
            "notes on both tabs",
            count("notes", &|row| row["detailDescriptionFlag"] == true && row["internalAnalysisFlag"] == true),
        ),
        ("resolutions", count("notes", &|row| row["resolutionFlag"] == true)),
    ];
    assert_eq!(cases[0].1, 400);
    for (what, found) in cases {
        assert!(found > 0, "the seed has no {what}");
    }
    for list in ["companies", "contacts", "members", "tickets", "notes"] {
        for row in one[list].as_array().unwrap() {
            assert!(row["_sim"]["changed"].as_str().unwrap() < "2026-08-01T11:00:00Z", "{row}");
        }
    }
}

#[test]
fn no_other_psa_has_these_companies_domains_or_addresses() {
    let texts = |dump: &Value| -> BTreeSet<String> {
        let mut texts = BTreeSet::new();
        collect(dump, &mut texts);
        texts
    };
    let setup = Setup { scale: 400, seed: 1, clock: Arc::new(|| "2026-08-01T12:00:00Z".parse().unwrap()) };
    let ours = by_id("connectwise-manage").unwrap().build(&setup).dump();
    let names: BTreeSet<String> = ours["companies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["name"].as_str().unwrap().trim().to_owned())
        .collect();
    let addresses: BTreeSet<String> =
        texts(&ours).into_iter().filter(|text| text.contains('@')).map(|text| text.to_lowercase()).collect();
    let domains: BTreeSet<&str> = addresses.iter().filter_map(|address| address.rsplit('@').next()).collect();
    // What is no PSA has the customers of one.
    for other in ["halo-psa", "autotask", "syncro"].map(|id| by_id(id).unwrap()) {
        for text in texts(&other.build(&setup).dump()) {
            let text = text.trim().to_lowercase();
            let domain = text.rsplit('@').next().filter(|_| text.contains('@')).unwrap_or_default();
            assert!(!names.iter().any(|name| name.to_lowercase() == text), "{} has a company {text}", other.id);
            assert!(!addresses.contains(&text) && !domains.contains(domain), "{} has the address {text}", other.id);
        }
    }
}

fn collect(value: &Value, texts: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => drop(texts.insert(text.clone())),
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(fields) => fields.values().for_each(|item| collect(item, texts)),
        _ => {}
    }
}

#[test]
fn people_change_setup_tables_and_bring_back_nothing_that_is_unknown() {
    let tester = Tester::start(40);
    tester.app.patch("company_statuses", "4", object(json!({"inactiveFlag": true})), false).unwrap();
    assert_eq!(tester.app.dump()["company_statuses"][3]["inactiveFlag"], true);
    assert!(tester.app.patch("contacts", "1", Map::new(), false).is_err());
    assert!(tester.app.create("planets", Map::new()).is_err());
}
