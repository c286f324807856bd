//! Disconnecting: consequences first, the name typed, then everything else waits.

use std::collections::BTreeMap;

use domain::disconnect::DataChoice;
use domain::portal::{Access, ContactRef, Origin, User};
use domain::record::Ticket;
use insta::assert_snapshot;
use serde_json::{Value, json};
use store::connection::Settings;
use store::state::Acquired;
use sync::body::{Body, FeedState};

use super::harness::{Api, Call, HALO, credentials, halo};
use super::outbox::{mirror_tickets, north, printer};

fn preview() -> String {
    format!("{HALO}/disconnect-preview")
}

async fn ask(api: &Api, data: &str, confirm: &str) -> super::harness::Reply {
    api.post(&format!("{HALO}/disconnect"), &json!({ "data": data, "confirm": confirm })).await
}

/// What the engine would have counted by now.
async fn read_once(api: &Api) {
    let store = api.store();
    let Acquired::Lease(fence, _) = store.acquire(&halo(), "w", None, api.now(), api.now()).await.unwrap() else {
        panic!("nobody else has the lease")
    };
    let feed = |present| FeedState { present, succeeded_at: Some(api.now()), ..FeedState::default() };
    let feeds = [("clients", feed(412)), ("contacts", feed(3_100)), ("tickets", feed(1))];
    let feeds: BTreeMap<_, _> = feeds.into_iter().map(|(name, feed)| (name.to_owned(), feed)).collect();
    store.checkpoint(&fence, &Body { feeds, ..Body::default() }, Vec::new()).await.unwrap();
    store.abandon(&fence, api.now()).await.unwrap();
}

/// An imported user whom contacts of these connections stand behind.
async fn imported(api: &Api, id: &str, company: &str, behind: &[&str]) {
    let contact =
        |connection: &&str| ContactRef { connection: (*connection).into(), external_id: id.into(), active: true };
    let user = User {
        id: id.into(),
        name: id.to_owned(),
        email: format!("{id}@north.example"),
        company_id: Some(company.into()),
        role: "standard".into(),
        origin: Origin::Imported,
        access: Access::Active,
        reason: None,
        access_decided: false,
        contacts: behind.iter().map(contact).collect(),
        created_at: api.now(),
        version: 1,
    };
    api.store().create_users(&[user]).await.unwrap();
}

#[tokio::test]
async fn the_consequences_are_counted_and_said() {
    let api = Api::new().await;
    assert_snapshot!(api.get(&preview()).await, @r##"
    409
    {
      "detail": "Halo PSA is not connected, so there is nothing to disconnect.",
      "request_id": "req-1",
      "status": 409,
      "title": "This does not fit the present state",
      "type": "urn:problem-type:portal:conflict"
    }
    "##);
    let company = north(&api).await;
    read_once(&api).await;
    imported(&api, "ann", &company, &["halo-psa"]).await;
    imported(&api, "ben", &company, &["halo-psa", "syncro"]).await;
    imported(&api, "cleo", &company, &["syncro"]).await;
    mirror_tickets(&api, &[("17", printer())]).await;
    api.patch("/v1/tickets/halo-psa.17", &json!({ "title": "Printer jams" })).await.expect(200);
    assert_snapshot!(api.get(&preview()).await, @r##"
    200
    {
      "keep": {
        "counts": {
          "changes": 1,
          "companies": 1,
          "links": 1,
          "records": {
            "companies": 412,
            "contacts": 3100,
            "tickets": 1
          },
          "users": 2,
          "users_suspended": 0,
          "webhooks": 0
        },
        "lines": [
          "Stops syncing and deletes the Halo credentials.",
          "Keeps 412 clients, 3,100 users and 1 ticket, to be read only.",
          "Keeps 1 link to 1 company, to be read only.",
          "Leaves 2 users their access, which no longer follows Halo.",
          "Holds back 1 change not sent to Halo yet.",
          "Connecting the same account again goes on where it stopped."
        ]
      },
      "name": "Halo PSA",
      "remove": {
        "counts": {
          "changes": 1,
          "companies": 1,
          "links": 1,
          "records": {
            "companies": 412,
            "contacts": 3100,
            "tickets": 1
          },
          "users": 2,
          "users_suspended": 1,
          "webhooks": 0
        },
        "lines": [
          "Stops syncing and deletes the Halo credentials.",
          "Deletes 412 clients, 3,100 users and 1 ticket here, with the sync log. Nothing is deleted in Halo.",
          "Takes away 1 link to 1 company. Companies stay.",
          "Suspends 1 user.",
          "Gives up 1 change not sent to Halo yet.",
          "Companies and users made by hand are not touched."
        ]
      }
    }
    "##);
}

#[tokio::test]
async fn the_name_is_typed_to_confirm() {
    let api = Api::new().await;
    api.connect().await;
    assert_snapshot!(ask(&api, "keep", "halo").await, @r##"
    422
    {
      "detail": "Type \"Halo PSA\" to confirm.",
      "errors": [
        {
          "detail": "Type \"Halo PSA\" to confirm.",
          "pointer": "/confirm"
        }
      ],
      "request_id": "req-1",
      "status": 422,
      "title": "Something entered cannot work",
      "type": "urn:problem-type:portal:invalid"
    }
    "##);
    ask(&api, "burn", "Halo PSA").await.expect(422);
    assert_eq!(api.get(HALO).await.json()["status"], "connected");
}

#[tokio::test]
async fn it_is_seen_at_once_and_the_run_tells_how_far_it_is() {
    let api = Api::new().await;
    api.connect().await;
    api.forget_messages();
    api.later(1);
    let begun = ask(&api, "remove", "Halo PSA").await;
    assert_snapshot!(begun, @r##"
    202
    {
      "run": {
        "id": "1795378403000-1",
        "mode": "disconnect",
        "quiet_before": 0,
        "records": {},
        "started_at": "2026-11-22T20:13:23Z",
        "state": "queued",
        "trigger": "manual",
        "types": {},
        "vendor_calls": 0
      }
    }
    "##);
    let run = begun.json()["run"].clone();
    assert_eq!(api.queue.take().len(), 1, "the engine is told");
    let integration = api.get(HALO).await.json();
    let shown = |field: &str| integration[field].clone();
    assert_eq!(
        [shown("status"), shown("reason"), shown("disconnecting"), shown("enabled"), shown("run")],
        [json!("disconnected"), json!("disconnecting"), json!("remove"), json!(false), run.clone()]
    );
    assert!(integration["record_types"].as_array().unwrap().iter().all(|one| one["state"] == "off"));
    assert_eq!(api.get(&format!("{HALO}/runs/{}", run["id"].as_str().unwrap())).await.expect(200), run);

    api.later(5);
    assert_eq!(ask(&api, "remove", "Halo PSA").await.expect(202)["run"], run, "once");
    assert!(api.queue.take().is_empty());
    assert_snapshot!(ask(&api, "keep", "Halo PSA").await, @r##"
    409
    {
      "detail": "Halo PSA is being disconnected already, removing its data. Wait until that is done.",
      "request_id": "req-1",
      "status": 409,
      "title": "This does not fit the present state",
      "type": "urn:problem-type:portal:conflict"
    }
    "##);
}

#[tokio::test]
async fn while_it_is_taken_down_nothing_else_is_changed() {
    let api = Api::new().await;
    let company = north(&api).await;
    mirror_tickets(&api, &[("17", Ticket { title: "Printer".to_owned(), ..printer() })]).await;
    ask(&api, "keep", "Halo PSA").await.expect(202);
    let refused = |answer: super::harness::Reply| (answer.status, answer.json()["detail"].clone());
    let wait = (409, json!("Halo PSA is being disconnected. Wait until that is done, then repeat this."));
    let credentials = api.put(&format!("{HALO}/credentials"), &credentials()).await;
    assert_eq!(refused(credentials), wait);
    assert_eq!(api.secrets.versions().len(), 1, "and nothing was put away");
    assert_eq!(refused(api.save_options(&json!({ "interval_minutes": 5 })).await), wait);
    for what in ["enable", "disable", "test"] {
        assert_eq!(refused(api.send(Call::new("POST", &format!("{HALO}/{what}"))).await), wait, "{what}");
    }
    for (method, path, body) in [
        ("POST", format!("{HALO}/sync"), Some(json!({ "mode": "changes" }))),
        ("POST", format!("{HALO}/webhook/rotate"), None),
        ("POST", format!("{HALO}/companies/import"), Some(json!({ "items": [{ "external_id": "2" }] }))),
        ("PUT", format!("/v1/companies/{company}/links/halo-psa/2"), None),
        ("DELETE", format!("/v1/companies/{company}/links/halo-psa/1"), None),
        ("PATCH", "/v1/tickets/halo-psa.17".to_owned(), Some(json!({ "title": "Changed" }))),
    ] {
        let call = Call::new(method, &path);
        let answer = api.send(body.as_ref().map_or(call.clone(), |body| call.body(body))).await;
        assert_eq!(answer.status, 409, "{method} {path}: {answer}");
    }
}

/// The engine's part: settings as it leaves them.
async fn taken_down(api: &Api, data: DataChoice) {
    let store = api.store();
    let before = store.connection(&halo()).await.unwrap().unwrap();
    let Acquired::Lease(fence, _) = store.acquire(&halo(), "w", None, api.now(), api.now()).await.unwrap() else {
        panic!("nobody else has the lease")
    };
    let mut settings = before.settings.clone();
    let disconnect = settings.value.disconnect.clone().unwrap();
    settings.value = match data {
        DataChoice::Remove => Settings::new(settings.value.connector.clone()),
        DataChoice::Keep => Settings {
            credentials: None,
            enabled_at: None,
            tested_at: None,
            disconnect: None,
            ..settings.value.clone()
        },
    };
    let run = domain::run::Run {
        id: disconnect.run,
        trigger: domain::run::Trigger::Manual,
        mode: domain::run::Mode::Disconnect,
        state: domain::run::RunState::Succeeded,
        started_at: api.now(),
        ended_at: Some(api.now()),
        resumed_from: None,
        vendor_calls: 0,
        budget_left: None,
        quiet_before: 0,
        progress: None,
        records: BTreeMap::new(),
        types: BTreeMap::new(),
        problem: None,
    };
    store.end_disconnect(&fence, &settings, &Body::default(), before.webhook.as_ref(), &run).await.unwrap();
}

#[tokio::test]
async fn kept_data_is_read_only_until_it_is_connected_again() {
    let api = Api::new().await;
    let company = north(&api).await;
    let begun = ask(&api, "keep", "Halo PSA").await.expect(202);
    taken_down(&api, DataChoice::Keep).await;
    let integration = api.get(HALO).await.json();
    let of = |integration: &Value, field: &str| integration[field].clone();
    assert_eq!(
        [of(&integration, "status"), of(&integration, "reason"), of(&integration["setup"], "next")],
        [json!("disconnected"), json!("credentials_missing"), json!("credentials")]
    );
    assert!(integration.get("disconnecting").is_none() && integration.get("run").is_none());
    assert_eq!(integration["credentials"]["client_secret"], json!({ "set": false }));
    let run = format!("{HALO}/runs/{}", begun["run"]["id"].as_str().unwrap());
    assert_eq!(api.get(&run).await.expect(200)["state"], "succeeded");
    assert_eq!(api.get(&format!("{HALO}/webhook")).await.expect(200).get("url"), None, "no address is given");
    api.send(Call::new("POST", &format!("{HALO}/webhook/rotate"))).await.expect(409);
    let unlink = api.delete(&format!("/v1/companies/{company}/links/halo-psa/1")).await;
    assert_eq!(unlink.status, 409, "{unlink}");
    assert_eq!(ask(&api, "keep", "Halo PSA").await.status, 409);

    api.later(60);
    api.enter_credentials().await;
    assert_eq!(of(&api.get(HALO).await.json()["setup"], "next"), "test", "options stay chosen");
    let enabled = api.send(Call::new("POST", &format!("{HALO}/enable"))).await.expect(200);
    assert_eq!(enabled["status"], "connected");
    api.delete(&format!("/v1/companies/{company}/links/halo-psa/1")).await.expect(200);
    let url = api.get(&format!("{HALO}/webhook")).await.expect(200)["url"].clone();
    assert!(url.as_str().unwrap().starts_with("https://portal.example/webhooks/halo-psa/"), "{url}");
}

#[tokio::test]
async fn kept_data_stays_with_its_account_and_removed_data_with_none() {
    for (data, other_account) in [("keep", 422), ("remove", 200)] {
        let api = Api::new().await;
        api.connect().await;
        ask(&api, data, "Halo PSA").await.expect(202);
        taken_down(&api, if data == "keep" { DataChoice::Keep } else { DataChoice::Remove }).await;
        if data == "remove" {
            let untouched = Api::new().await.get(HALO).await.json();
            assert_eq!(api.get(HALO).await.json(), untouched, "as if nobody had ever connected it");
        }
        api.invoker.account("Another MSP");
        let answer = api.put(&format!("{HALO}/credentials"), &credentials()).await;
        assert_eq!(answer.status, other_account, "{answer}");
    }
}

#[tokio::test]
async fn what_was_never_switched_on_can_be_given_up() {
    let api = Api::new().await;
    assert_eq!(ask(&api, "remove", "Halo PSA").await.status, 409);
    api.enter_credentials().await;
    ask(&api, "remove", "Halo PSA").await.expect(202);
    assert!(api.store().state(&halo()).await.unwrap().active, "the engine finds it");
    assert_eq!(api.get(HALO).await.json()["reason"], "disconnecting");
}
