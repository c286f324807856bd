//! The odd behaviours, through real HTTP.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{DenyAs, Fault, FaultKind, Limit, Server, Setup, by_id};

const START: &str = "2026-08-01T12:00:00Z";

/// An answer, read with a limit.
struct Got {
    status: StatusCode,
    content_type: String,
    retry_after: Option<String>,
    date: String,
    body: Vec<u8>,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

struct Tester {
    server: Server,
    client: Client,
}

impl Tester {
    async fn start(scale: usize) -> Self {
        let clock: crate::Clock = Arc::new(|| START.parse().unwrap());
        let app = by_id("halo-psa").unwrap().build(&Setup { scale, seed: 7, clock });
        let server = app.serve(TcpListener::bind("127.0.0.1:0").await.unwrap()).unwrap();
        let client = Client::builder().timeout(Duration::from_secs(5)).gzip(false).build().unwrap();
        Self { server, client }
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Got, reqwest::Error> {
        let mut response = request.send().await?;
        let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let (retry_after, content_type, date) = (header("retry-after"), header("content-type"), header("date"));
        let status = response.status();
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await? {
            body.extend_from_slice(&piece);
            assert!(body.len() < 8 << 20, "the answer is too long");
        }
        let (content_type, date) = (content_type.unwrap_or_default(), date.unwrap_or_default());
        Ok(Got { status, content_type, retry_after, date, body })
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.server.origin()))
    }

    async fn token_answer(&self, tenant: &str, secret: &str, scope: &str) -> Got {
        let credentials = self.server.credentials();
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", credentials["client_id"].as_str()),
            ("client_secret", secret),
            ("scope", scope),
        ];
        let request = self.request(Method::POST, &format!("/auth/token?tenant={tenant}")).form(&form);
        self.send(request).await.unwrap()
    }

    async fn token(&self) -> String {
        let secret = self.server.credentials()["client_secret"].clone();
        self.token_answer("acme", &secret, "all").await.json()["access_token"].as_str().unwrap().to_owned()
    }

    async fn get(&self, token: &str, path: &str) -> Got {
        self.send(self.request(Method::GET, path).bearer_auth(token)).await.unwrap()
    }

    async fn post(&self, token: &str, path: &str, body: &Value) -> Got {
        self.send(self.request(Method::POST, path).bearer_auth(token).json(body)).await.unwrap()
    }
}

#[tokio::test]
async fn pages_are_capped_without_a_word() {
    let halo = Tester::start(400).await;
    let token = halo.token().await;
    let first = halo.get(&token, "/api/users?pageinate=true&page_size=1000&page_no=1&order=id").await.json();
    assert_eq!(first["users"].as_array().unwrap().len(), 100);
    assert_eq!(first["page_size"], 100);
    assert!(first["record_count"].as_u64().unwrap() > 300);
    let default = halo.get(&token, "/api/Users?pageinate=true").await.json();
    assert_eq!(default["users"].as_array().unwrap().len(), 50);
    let counted = halo.get(&token, "/API/USERS?count=120&nonsense=1").await.json();
    assert_eq!(counted["users"].as_array().unwrap().len(), 120);
    assert!(counted.get("page_no").is_none());
    let light = halo.get(&token, "/api/Users?idonly=true&includeinactive=true").await.json();
    assert_eq!(light["users"].as_array().unwrap().len(), light["record_count"].as_u64().unwrap() as usize);
}

#[tokio::test]
async fn lists_hide_inactive_rows_stamps_and_nulls() {
    let halo = Tester::start(200).await;
    let token = halo.token().await;
    let shown = halo.get(&token, "/api/Client?count=100").await.json();
    let all = halo.get(&token, "/api/Client?count=100&includeinactive=true").await.json();
    assert!(shown["record_count"].as_u64() < all["record_count"].as_u64());
    assert_eq!(all["record_count"], 11);
    let rows = all["clients"].as_array().unwrap();
    assert!(rows.iter().any(|row| row["name"] == "Unknown" && row["id"] == 1));
    assert!(rows.iter().all(|row| row.get("alastupdate").is_none()));
    let detail = halo.get(&token, "/api/client/12?includedetails=true").await.json();
    assert!(detail["alastupdate"].is_string());
    let users = halo.get(&token, "/api/Users?count=1000&includeinactive=true").await;
    assert!(!String::from_utf8_lossy(&users.body).contains("null"));
    let users = users.json();
    let users = users["users"].as_array().unwrap();
    assert!(users.iter().all(|row| row["site_id"].is_f64() && row["site_id_int"].is_i64()));
    assert!(users.iter().any(|row| row.get("emailaddress").is_none()));
    assert!(users.iter().any(|row| row["role_list"] == "1,4,3"));
    let agents = halo.get(&token, "/api/Agent").await.json();
    let everyone =
        halo.get(&token, "/api/Agent?includedisabled=true&includeunassigned=true&includeapiagents=true").await.json();
    assert_eq!((agents.as_array().unwrap().len(), everyone.as_array().unwrap().len()), (5, 8));
    assert_eq!(halo.get(&token, "/api/Agent/me").await.json()["isapiagent"], true);
}

#[tokio::test]
async fn changes_since_are_inclusive_and_to_the_second() {
    let halo = Tester::start(200).await;
    let token = halo.token().await;
    let since = |bound: &str| format!("/api/Client?includeinactive=true&lastupdatefromdate={bound}");
    assert_eq!(halo.get(&token, &since("2026-08-01T11:00:00Z")).await.json()["record_count"], 0);
    let change = json!([{"id": 12, "name": "Renamed"}]);
    assert_eq!(halo.post(&token, "/api/Client", &change).await.status, 201);
    for bound in [START, "2026-08-01T12:00:00", "2026-08-01T14:00:00%2B02:00"] {
        assert_eq!(halo.get(&token, &since(bound)).await.json()["record_count"], 1, "{bound}");
    }
    assert_eq!(halo.get(&token, &since("2026-08-01T12:00:01Z")).await.json()["record_count"], 0);
    let silent = json!({"name": "Whispered"}).as_object().unwrap().clone();
    halo.server.patch("clients", "13", silent, true).unwrap();
    assert_eq!(halo.get(&token, &since(START)).await.json()["record_count"], 1);
}

#[tokio::test]
async fn an_array_goes_in_and_one_object_comes_out() {
    let halo = Tester::start(20).await;
    let token = halo.token().await;
    let two = json!([{"site_id": 18, "name": "One Person"}, {"site_id": 18, "name": "Two Persons"}]);
    let got = halo.post(&token, "/api/Users", &two).await;
    assert_eq!((got.status.as_u16(), got.json()["name"].as_str()), (201, Some("Two Persons")));
    let got = halo.post(&token, "/api/Users?returnall=true", &two).await;
    assert_eq!(got.json().as_array().unwrap().len(), 2);
    let got = halo.post(&token, "/api/Users", &two[0]).await;
    assert_eq!((got.status.as_u16(), got.json()["status"].as_u64()), (400, Some(400)));
    let got = halo.post(&token, "/api/Users", &json!([{"site_id": 18.0, "name": "Float"}])).await;
    assert_eq!(got.status, 400);
    let got = halo.post(&token, "/api/Users", &json!([{"name": "Nowhere"}])).await;
    assert_eq!((got.status.as_u16(), got.json()["ClassName"].as_str()), (400, Some("System.Exception")));
}

#[tokio::test]
async fn tickets_are_created_commented_and_closed() {
    let halo = Tester::start(40).await;
    let token = halo.token().await;
    let ticket = json!([{"summary": "Printer", "details_html": "<p>It is <b>down</b></p>", "client_id": 12,
        "priority_id": 4, "tickettype_id": 3, "third_party_id_string": "portal-1"}]);
    let created = halo.post(&token, "/api/Tickets", &ticket).await.json();
    // The request SLA has no fourth priority.
    assert_eq!(
        (&created["priority_id"], &created["agent_id"], &created["details"]),
        (&json!(3), &json!(1), &json!("It is down"))
    );
    let id = created["id"].as_i64().unwrap();
    let got = halo.post(&token, "/api/Actions", &json!([{"ticket_id": id, "note": "Hello"}])).await;
    assert_eq!(got.json()["Message"], "An Outcome must be entered for this Action");
    let got = halo.post(&token, "/api/Actions", &json!([{"note": "Hello", "outcome": "Note"}])).await;
    assert_eq!((got.status.as_u16(), got.body.len()), (400, 0));
    let note = json!([{"ticket_id": id, "outcome": "Private Note", "note_html": "<p>text</p>"}]);
    let action = halo.post(&token, "/api/actions", &note).await.json();
    // The rule that ran on creation took number one.
    assert_eq!((&action["id"], &action["hiddenfromuser"]), (&json!(2), &json!(true)));
    let listed = halo.get(&token, &format!("/api/Actions?ticket_id={id}&excludesys=true")).await.json();
    assert_eq!((listed["record_count"].as_u64(), listed["actions"][0].get("note_html")), (Some(1), None));
    let closed = halo.post(&token, "/api/Tickets", &json!([{"id": id, "status_id": 9}])).await.json();
    assert_eq!((closed["hasbeenclosed"].as_bool(), closed["dateclosed"].is_string()), (Some(true), true));
    let found = halo.get(&token, "/api/Tickets?search=portal-1&domain=reqs&pageinate=true").await.json();
    assert_eq!(found["record_count"], 1);
    let gone = halo.get(&token, "/api/Tickets/999999").await;
    assert_eq!(gone.status, 404);
    let bad = "/api/Users?advanced_search=%5B%7B%22filter_name%22%3A%22azureoid%22%7D%5D";
    assert!(halo.get(&token, bad).await.json()["Message"].as_str().unwrap().contains("Invalid advanced search"));
}

#[tokio::test]
async fn credentials_fail_in_their_several_ways() {
    let halo = Tester::start(20).await;
    let secret = halo.server.credentials()["client_secret"].clone();
    let wrong_tenant = halo.token_answer("other", &secret, "all").await;
    assert_eq!((wrong_tenant.status.as_u16(), wrong_tenant.content_type.starts_with("text/html")), (200, true));
    let wrong_secret = halo.token_answer("acme", "wrong", "all").await;
    assert_eq!((wrong_secret.status.as_u16(), wrong_secret.json()["error"].as_str()), (400, Some("invalid_client")));
    let wrong_host = halo.request(Method::GET, "/api/Client").header("host", "elsewhere.halopsa.com");
    assert!(halo.send(wrong_host).await.unwrap().content_type.starts_with("text/html"));
    let narrow = halo.token_answer("acme", &secret, "read:tickets edit:tickets").await.json();
    let narrow = narrow["access_token"].as_str().unwrap();
    assert_eq!(halo.get(narrow, "/api/Client").await.status, 403);
    assert_eq!(halo.get(narrow, "/api/Tickets").await.status, 200);
    let token = halo.token().await;
    halo.server.expire_tokens();
    let expired = halo.get(&token, "/api/Client").await;
    assert_eq!((expired.status.as_u16(), expired.body.len()), (401, 0));
    // A right given is noticed by the next token only.
    halo.server.deny(["tickets"], DenyAs::Forbidden);
    let token = halo.token().await;
    halo.server.deny(Vec::<String>::new(), DenyAs::Forbidden);
    assert_eq!(halo.get(&token, "/api/Tickets").await.status, 403);
    assert_eq!(halo.get(&halo.token().await, "/api/Tickets").await.status, 200);
    halo.server.deny(["contacts"], DenyAs::Empty);
    assert_eq!(halo.get(&token, "/api/Users?pageinate=true").await.json()["record_count"], 0);
    halo.server.revoke_credentials(true);
    assert_eq!(halo.token_answer("acme", &secret, "all").await.status, 400);
}

#[tokio::test]
async fn the_limit_rolls_and_the_clock_is_skewed() {
    let halo = Tester::start(20).await;
    let token = halo.token().await;
    halo.server.set_skew(600);
    let ahead = halo.get(&token, "/api/Client").await;
    assert_eq!(ahead.date, "Sat, 01 Aug 2026 12:10:00 GMT");
    halo.server.set_limit(Some(Limit { calls: 2, window_seconds: 300, retry_after: true }));
    for expected in [200, 200, 429, 429] {
        assert_eq!(halo.get(&token, "/api/Team").await.status, expected);
    }
    let limited = halo.get(&token, "/api/Team").await;
    assert_eq!(limited.retry_after.as_deref(), Some("300"));
    assert_eq!(limited.json()["error"], "Rate Limit Reached - 2 Requests per rolling 5 minute window");
}

#[tokio::test]
async fn faults_hit_what_they_name() {
    let halo = Tester::start(200).await;
    let token = halo.token().await;
    let page = |number: u32| format!("/api/Users?pageinate=true&page_size=20&page_no={number}&order=id");
    let faults = json!([
        {"record_type": "contacts", "kind": {"status": {"code": 503, "retry_after": "7"}}, "times": 1, "after": 1},
        {"path": "/api/agent", "kind": "html"},
        {"record_type": "tickets", "method": "GET", "kind": {"truncate": {"bytes": 40}}},
        {"record_type": "clients", "kind": "bad_row"},
        {"record_type": "sites", "kind": "reset"},
        {"record_type": "roles", "kind": "hang"},
        {"record_type": "statuses", "kind": {"gzip_bomb": {"bytes": 10_000_000}}},
    ]);
    let set = halo.request(Method::POST, "/__sim/faults").json(&faults);
    assert_eq!(halo.send(set).await.unwrap().status, 204);
    let statuses =
        [halo.get(&token, &page(1)).await, halo.get(&token, &page(1)).await, halo.get(&token, &page(1)).await];
    assert_eq!(statuses.each_ref().map(|got| got.status.as_u16()), [200, 503, 200]);
    assert_eq!(statuses[1].retry_after.as_deref(), Some("7"));
    assert!(halo.get(&token, "/api/Agent").await.content_type.starts_with("text/html"));
    assert_eq!(halo.get(&token, "/api/Tickets").await.body.len(), 40);
    assert!(halo.get(&token, "/api/Client").await.json()["clients"][0]["name"].is_array());
    let reset = halo.send(halo.request(Method::GET, "/api/Site").bearer_auth(&token)).await;
    assert!(reset.is_err());
    let hung = halo.request(Method::GET, "/api/UserRoles").bearer_auth(&token).timeout(Duration::from_millis(200));
    assert!(halo.send(hung).await.err().is_some_and(|error| error.is_timeout()));
    assert!(halo.get(&token, "/api/Status").await.body.len() < 100_000);
    halo.server.set_faults(vec![Fault::new(FaultKind::RepeatPage).on("contacts")]);
    assert_eq!(halo.get(&token, &page(2)).await.body, halo.get(&token, &page(1)).await.body);
    halo.server.clear_faults();
    assert_ne!(halo.get(&token, &page(2)).await.body, halo.get(&token, &page(1)).await.body);
    let report = halo.server.calls(1_000);
    assert_eq!((report.token, report.count("GET", "/api/Client")), (1, 1));
    let secret = halo.server.credentials()["client_secret"].clone();
    assert!(!serde_json::to_string(&report).unwrap().contains(&secret));
    assert!(!serde_json::to_string(&report).unwrap().contains(&token));
}

#[tokio::test]
async fn the_same_seed_gives_the_same_data() {
    let one = Tester::start(100).await.server.dump();
    let two = Tester::start(100).await.server.dump();
    assert_eq!(one, two);
    assert_eq!(
        one["users"].as_array().unwrap().iter().filter(|user| user["_sim"]["general_user"] == false).count(),
        100
    );
    let emails = |client: i64| -> Vec<String> {
        let own = one["users"].as_array().unwrap().iter().filter(|user| user["client_id"] == client);
        own.filter_map(|user| user["emailaddress"].as_str()).map(str::to_lowercase).collect()
    };
    let count = |client: i64, part: &str| emails(client).iter().filter(|email| email.starts_with(part)).count();
    assert_eq!((count(13, "reception@"), count(12, "bookkeeping@"), count(14, "bookkeeping@")), (2, 1, 1));
    let limit = "2026-08-01T11:00:00Z";
    for list in ["clients", "sites", "users", "agents", "tickets"] {
        for record in one[list].as_array().unwrap() {
            assert!(record["_sim"]["changed"].as_str().unwrap() < limit, "{record}");
        }
    }
}
