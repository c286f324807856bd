use std::sync::{Arc, Mutex};

use connector::webhook::Endpoint;
use serde_json::{Value, json};
use testkit::fake_vendor::{FakeVendor, Reply, Seen, ok, reply};

use super::*;
use crate::fake::{forbidden, manage};

const URL: &str = "https://portal.example/webhooks/connectwise-manage/t0ken";
const OLD: &str = "https://portal.example/webhooks/connectwise-manage/before";

/// A server's callbacks, as rows.
#[derive(Clone, Default)]
struct Server(Arc<Mutex<Vec<Value>>>);

impl Server {
    fn with(rows: Vec<Value>) -> Self {
        Self(Arc::new(Mutex::new(rows)))
    }

    fn rows(&self) -> Vec<(u64, String, String, bool)> {
        let rows = self.0.lock().unwrap();
        let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_owned();
        rows.iter()
            .map(|row| {
                (row["id"].as_u64().unwrap(), text(row, "type"), text(row, "url"), row["inactiveFlag"] == json!(true))
            })
            .collect()
    }

    fn answer(&self, seen: &Seen, may_delete: bool) -> Reply {
        let mut rows = self.0.lock().unwrap();
        let id = || seen.target().rsplit('/').next().unwrap().parse::<u64>().unwrap();
        if seen.line.starts_with("GET") {
            return ok(&Value::Array(rows.clone()));
        }
        if seen.line.starts_with("POST") {
            let mut row = seen.json();
            // Recorded: sent as true, it comes back false.
            row["id"] = json!(26_552 + rows.len());
            rows.push(row.clone());
            return reply(201, row);
        }
        let wanted = id();
        let place = rows.iter().position(|row| row["id"].as_u64() == Some(wanted)).unwrap();
        if seen.line.starts_with("DELETE") {
            if !may_delete {
                return forbidden();
            }
            rows.remove(place);
            return reply(204, "");
        }
        for operation in seen.json().as_array().unwrap() {
            let path = operation["path"].as_str().unwrap().to_owned();
            rows[place][path] = operation["value"].clone();
        }
        ok(&rows[place])
    }

    fn serve(&self, may_delete: bool) -> Arc<FakeVendor> {
        let server = self.clone();
        manage(move |seen| server.answer(seen, may_delete))
    }
}

fn row(id: u32, kind: &str, url: &str, inactive: bool) -> Value {
    json!({ "id": id, "type": kind, "level": "owner", "objectId": 1, "url": format!("{url}?recordId="), "inactiveFlag": inactive })
}

fn endpoint(previous: Option<&str>) -> Endpoint {
    Endpoint {
        url: URL.parse().unwrap(),
        previous: previous.map(|url| url.parse().unwrap()),
        secret: "unused".into(),
        has_secret: true,
        known: Vec::new(),
    }
}

fn told(subscriptions: &[Subscription]) -> Vec<String> {
    let revived = |subscription: &Subscription| if subscription.revived { " revived" } else { "" };
    subscriptions.iter().map(|s| format!("{} {} {}{}", s.id, s.about, s.active, revived(s))).collect()
}

#[tokio::test]
async fn one_callback_of_each_type_is_made_and_doing_it_again_changes_nothing() {
    let server = Server::default();
    let manage = server.serve(false);
    let session = manage.session();
    let made = session.provision(&endpoint(None)).await.unwrap().subscriptions;
    assert_eq!(told(&made), ["26552 companies true", "26553 contacts true", "26554 tickets true", "26555 users true"]);
    let first = manage.calls().into_iter().find(|seen| seen.line.starts_with("POST")).unwrap();
    insta::assert_json_snapshot!(first.json(), @r#"
    {
      "description": "Client Portal: companies",
      "inactiveFlag": false,
      "isSelfSuppressedFlag": false,
      "level": "owner",
      "objectId": 1,
      "payloadVersion": "3.0.0",
      "type": "company",
      "url": "https://portal.example/webhooks/connectwise-manage/t0ken?recordId="
    }
    "#);
    let writes = manage.writes().len();
    assert_eq!(session.provision(&endpoint(None)).await.unwrap().subscriptions, made);
    assert_eq!(manage.writes().len(), writes);
    assert_eq!(manage.calls()[0].parameter("conditions").as_deref(), Some("url contains \"portal.example\""));
}

#[tokio::test]
async fn one_that_the_server_switched_off_is_revived() {
    let kinds = ["company", "contact", "ticket", "member"];
    let rows = kinds.iter().zip(1..).map(|(kind, id)| row(id, kind, URL, *kind == "ticket")).collect();
    let server = Server::with(rows);
    let manage = server.serve(false);
    let subscriptions = manage.session().provision(&endpoint(None)).await.unwrap().subscriptions;
    assert_eq!(told(&subscriptions), ["1 companies true", "2 contacts true", "3 tickets true revived", "4 users true"]);
    assert_eq!(manage.writes(), ["PATCH /system/callbacks/3"]);
    assert!(server.rows().iter().all(|(.., inactive)| !inactive));
}

#[tokio::test]
async fn after_a_rotation_the_old_ones_move_to_the_new_address() {
    let kinds = ["company", "contact", "ticket", "member"];
    let server = Server::with(kinds.iter().zip(1..).map(|(kind, id)| row(id, kind, OLD, false)).collect());
    let manage = server.serve(false);
    let subscriptions = manage.session().provision(&endpoint(Some(OLD))).await.unwrap().subscriptions;
    assert_eq!(subscriptions.iter().map(|s| s.id.as_str()).collect::<Vec<_>>(), ["1", "2", "3", "4"]);
    assert!(server.rows().iter().all(|(_, _, url, _)| url == &format!("{URL}?recordId=")));
}

#[tokio::test]
async fn doubles_are_taken_away_and_strangers_left_alone() {
    let rows = || {
        vec![
            row(1, "company", URL, false),
            row(2, "contact", URL, false),
            row(3, "ticket", OLD, false),
            row(4, "ticket", URL, false),
            row(5, "member", URL, false),
            row(6, "ticket", "https://portal.example/webhooks/connectwise-manage/another-connection", false),
            row(7, "ticket", "https://reports.example/portal.example", false),
        ]
    };
    for may_delete in [true, false] {
        let server = Server::with(rows());
        let manage = server.serve(may_delete);
        let session = manage.session();
        let subscriptions = session.provision(&endpoint(Some(OLD))).await.unwrap().subscriptions;
        assert_eq!(subscriptions.iter().map(|s| s.id.as_str()).collect::<Vec<_>>(), ["1", "2", "4", "5"]);
        let old = server.rows().into_iter().find(|(id, ..)| *id == 3);
        assert_eq!(old.map(|(.., inactive)| inactive), if may_delete { None } else { Some(true) });
        assert!(server.rows().iter().filter(|(id, ..)| *id > 5).all(|(.., inactive)| !inactive));
        let writes = manage.writes().len();
        session.provision(&endpoint(Some(OLD))).await.unwrap();
        assert_eq!(manage.writes().len(), writes, "and again nothing");
    }
}

#[tokio::test]
async fn one_that_was_made_meanwhile_counts_as_made() {
    let server = Server::default();
    let answers = server.clone();
    let manage = manage(move |seen| {
        if !seen.line.starts_with("POST") {
            return answers.answer(seen, false);
        }
        answers.answer(seen, false);
        reply(
            400,
            json!({ "code": "InvalidObject", "message": "callbackEntry object is invalid", "errors": [{
            "code": "ObjectExists", "message": "A matching callback entry already exists", "field": "objectId" }] }),
        )
    });
    let subscriptions = manage.session().provision(&endpoint(None)).await.unwrap().subscriptions;
    assert_eq!(told(&subscriptions)[0], "26552 companies true");
}

#[tokio::test]
async fn a_refusal_is_told() {
    let manage = manage(|seen| match seen.line.starts_with("GET") {
        true => ok(&json!([])),
        false => reply(400, json!({ "errors": [{ "message": "Invalid URL", "field": "url" }] })),
    });
    let error = manage.session().provision(&endpoint(None)).await.unwrap_err();
    assert_eq!(error.to_string(), "add a callback: the vendor refused the change: Invalid URL");
    let without_right = crate::fake::manage(|_| forbidden());
    assert_eq!(without_right.session().provision(&endpoint(None)).await.unwrap_err().kind, ErrorKind::Forbidden);
}

#[tokio::test]
async fn taken_away_is_deleted_or_switched_off() {
    for may_delete in [true, false] {
        let server = Server::with(vec![
            row(1, "company", URL, false),
            row(2, "ticket", OLD, false),
            row(3, "member", URL, true),
            row(4, "ticket", "https://reports.example/x", false),
        ]);
        let manage = server.serve(may_delete);
        manage.session().unprovision(&endpoint(Some(OLD))).await.unwrap();
        let left: Vec<_> = server.rows().into_iter().map(|(id, .., inactive)| (id, inactive)).collect();
        let expected: &[(u64, bool)] =
            if may_delete { &[(4, false)] } else { &[(1, true), (2, true), (3, true), (4, false)] };
        assert_eq!(left, expected);
    }
}
