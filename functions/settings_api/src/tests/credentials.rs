//! Entering credentials: what is refused, what waits, what is shown afterwards.

use domain::disconnect::{DataChoice, Disconnect};
use insta::assert_snapshot;
use jiff::Timestamp;
use serde_json::json;
use store::activity::By;
use store::connection::{Settings, Wake};
use store::state::Acquired;
use sync::body::Body;

use super::harness::{Api, CANARY, Call, HALO, credentials, halo};
use super::world::Vendor;

#[tokio::test]
async fn every_field_that_cannot_work_is_named_at_once() {
    let api = Api::new().await;
    let values = json!({ "values": { "url": "http://", "client_secret": "  ", "zone": "eu" } });
    assert_snapshot!(api.put(&format!("{HALO}/credentials"), &values).await, @r##"
    422
    {
      "detail": "4 fields are wrong.",
      "errors": [
        {
          "detail": "Halo PSA asks for no such field.",
          "pointer": "/values/zone"
        },
        {
          "detail": "Halo URL is needed.",
          "pointer": "/values/url"
        },
        {
          "detail": "Client ID is needed.",
          "pointer": "/values/client_id"
        },
        {
          "detail": "Client Secret is needed. Secrets are never shown, so they have to be entered each time.",
          "pointer": "/values/client_secret"
        }
      ],
      "request_id": "req-1",
      "status": 422,
      "title": "Something entered cannot work",
      "type": "urn:problem-type:portal:invalid"
    }
    "##);
    let values = json!({ "values": { "url": "not a host", "client_id": "c-1", "client_secret": CANARY } });
    assert_snapshot!(api.put(&format!("{HALO}/credentials"), &values).await, @r##"
    422
    {
      "detail": "This does not look like a Halo URL. Example: https://acme.halopsa.com",
      "errors": [
        {
          "detail": "This does not look like a Halo URL. Example: https://acme.halopsa.com",
          "pointer": "/values/url"
        }
      ],
      "request_id": "req-1",
      "status": 422,
      "title": "Something entered cannot work",
      "type": "urn:problem-type:portal:invalid"
    }
    "##);
    assert!(api.invoker.asked().is_empty(), "the vendor was not asked");
    assert!(api.secrets.versions().is_empty());
}

#[tokio::test]
async fn what_the_vendor_refuses_is_not_kept() {
    let api = Api::new().await;
    api.invoker.vendor(Vendor::Refuses("client_secret"));
    assert_snapshot!(api.put(&format!("{HALO}/credentials"), &credentials()).await, @r##"
    422
    {
      "detail": "Halo PSA refused the client secret. Check it in Halo.",
      "errors": [
        {
          "detail": "Halo PSA refused the client secret. Check it in Halo.",
          "pointer": "/values/client_secret"
        }
      ],
      "request_id": "req-1",
      "status": 422,
      "title": "Something entered cannot work",
      "type": "urn:problem-type:portal:invalid"
    }
    "##);
    assert!(api.secrets.versions().is_empty());
    assert_eq!(api.get(HALO).await.json()["reason"], "never_connected");
}

#[tokio::test]
async fn credentials_wait_while_the_vendor_is_down_and_a_passed_test_promotes_them() {
    let api = Api::new().await;
    api.connect().await;
    let before = api.store().connection(&halo()).await.unwrap().unwrap().settings.value;
    api.forget_messages();
    api.invoker.vendor(Vendor::Down);
    let rotated =
        json!({ "values": { "url": "acme.halopsa.com", "client_id": "c-2", "client_secret": format!("{CANARY}2") } });
    assert_snapshot!(api.put(&format!("{HALO}/credentials"), &rotated).await, @r##"
    200
    {
      "state": "pending"
    }
    "##);
    let waiting = api.store().connection(&halo()).await.unwrap().unwrap().settings.value;
    assert_eq!(waiting.credentials, before.credentials, "the good ones stay in use");
    assert_eq!(waiting.pending.unwrap().version, "v2");
    assert!(api.queue.take().is_empty());

    let test = async || {
        api.later(60);
        let test = api.send(Call::new("POST", &format!("{HALO}/test"))).await.expect(202);
        api.invoker.run_started().await;
        api.get(&format!("{HALO}/tests/{}", test["test"]["id"].as_str().unwrap())).await.expect(200)
    };
    assert_eq!(test().await["authenticated"], "unverified");
    assert_eq!(api.get(HALO).await.json()["credentials_pending"], true);
    api.invoker.vendor(Vendor::Fine);
    assert_eq!(test().await["authenticated"], "yes");
    let promoted = api.store().connection(&halo()).await.unwrap().unwrap().settings.value;
    assert_eq!((promoted.credentials.unwrap().version.as_str(), promoted.pending), ("v2", None));
    assert_eq!(api.queue.take().len(), 1, "they are tried at once");
}

#[tokio::test]
async fn a_provisional_account_gives_way_to_the_first_definite_one() {
    let api = Api::new().await;
    api.connect().await;
    let mut settings = api.store().connection(&halo()).await.unwrap().unwrap().settings;
    let provisional = connector::Account::provisional("an older key", "Halo".to_owned());
    settings.value.account = Some(store::connection::AccountRef { id: provisional.id, name: provisional.name });
    api.store().save_settings(&halo(), &settings, &Default::default(), store::activity::By::System).await.unwrap();
    api.put(&format!("{HALO}/credentials"), &credentials()).await.expect(200);
    let account = api.store().connection(&halo()).await.unwrap().unwrap().settings.value.account.unwrap();
    assert_eq!(account.name, "Acme MSP");
    api.invoker.account("Other MSP");
    api.put(&format!("{HALO}/credentials"), &credentials()).await.expect(422);
}

#[tokio::test]
async fn credentials_of_another_account_are_refused_by_name() {
    let api = Api::new().await;
    api.connect().await;
    api.invoker.account("Other MSP");
    assert_snapshot!(api.put(&format!("{HALO}/credentials"), &credentials()).await, @r##"
    422
    {
      "detail": "These credentials belong to the Halo account \"Other MSP\"; this connection belongs to \"Acme MSP\". Enter credentials of \"Acme MSP\", or disconnect and remove the data first.",
      "errors": [
        {
          "detail": "These credentials belong to the Halo account \"Other MSP\"; this connection belongs to \"Acme MSP\". Enter credentials of \"Acme MSP\", or disconnect and remove the data first.",
          "pointer": "/values"
        }
      ],
      "request_id": "req-1",
      "status": 422,
      "title": "Something entered cannot work",
      "type": "urn:problem-type:portal:invalid"
    }
    "##);
    assert_eq!(api.secrets.versions().len(), 1);

    api.invoker.vendor(Vendor::Down);
    api.put(&format!("{HALO}/credentials"), &credentials()).await.expect(200);
    api.invoker.vendor(Vendor::Fine);
    api.later(60);
    let test = api.send(Call::new("POST", &format!("{HALO}/test"))).await.expect(202);
    api.invoker.run_started().await;
    let done = api.get(&format!("{HALO}/tests/{}", test["test"]["id"].as_str().unwrap())).await.expect(200);
    assert!(done["problem"].as_str().unwrap().contains("another account"), "{done}");
    assert_eq!(api.get(HALO).await.json()["credentials_pending"], true, "so they go on waiting");
}

#[tokio::test]
async fn secrets_show_their_end_and_their_age_and_short_ones_nothing() {
    let api = Api::new().await;
    api.enter_credentials().await;
    api.later(3 * 86_400);
    let shown = api.get(HALO).await.json()["credentials"].clone();
    assert_eq!(shown["client_secret"], json!({ "set": true, "last4": "9f3a", "age_days": 3 }));
    assert_eq!(shown["url"], json!({ "set": true, "value": "https://acme.halopsa.com" }));
    assert_eq!(shown["tenant"], json!({ "set": false }));
    let short = json!({ "values": { "url": "acme.halopsa.com", "client_id": "c-1", "client_secret": "elevenchars" } });
    api.put(&format!("{HALO}/credentials"), &short).await.expect(200);
    let shown = api.get(HALO).await.json()["credentials"]["client_secret"].clone();
    assert_eq!(shown, json!({ "set": true, "age_days": 0 }));
}

/// A connection that somebody disconnects while the vendor is asked about new credentials: its settings and the engine's
/// part then.
async fn disconnected_meanwhile(change: fn(&mut Settings), body: Body) -> Api {
    let api = Api::new().await;
    api.connect().await;
    let store = api.store();
    let now = api.now();
    api.invoker.meanwhile(async move {
        let Acquired::Lease(fence, _) = store.acquire(&halo(), "w", None, now, now).await.unwrap() else {
            panic!("nobody else has the lease")
        };
        store.checkpoint(&fence, &body, Vec::new()).await.unwrap();
        store.abandon(&fence, now).await.unwrap();
        let mut settings = store.connection(&halo()).await.unwrap().unwrap().settings;
        change(&mut settings.value);
        store.save_settings(&halo(), &settings, &Wake::default(), By::System).await.unwrap();
    });
    api.put(&format!("{HALO}/credentials"), &credentials()).await.expect(409);
    api
}

#[tokio::test]
async fn credentials_entered_while_the_connection_was_taken_down_leave_no_secret() {
    let closed = |settings: &mut Settings| *settings = Settings::new(settings.connector.clone());
    let api = disconnected_meanwhile(closed, Body::default()).await;
    assert!(api.secrets.versions().is_empty(), "nobody else would delete it");
}

fn closing(settings: &mut Settings) {
    settings.disconnect = Some(Disconnect { data: DataChoice::Keep, run: "r-1".into(), at: Timestamp::UNIX_EPOCH });
}

#[tokio::test]
async fn credentials_entered_during_a_take_down_are_deleted_by_it_or_after_it() {
    let api = disconnected_meanwhile(closing, Body::default()).await;
    assert!(!api.secrets.versions().is_empty(), "it is needed to leave the vendor, and deleted then");
    let takedown = serde_json::from_value(json!({ "secret_deleted": true })).unwrap();
    let api = disconnected_meanwhile(closing, Body { takedown: Some(takedown), ..Body::default() }).await;
    assert!(api.secrets.versions().is_empty());
}
