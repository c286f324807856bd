//! What a person decides on a connection that runs: deletions that are held, an account that is shared.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::record::Ticket;
use insta::assert_snapshot;
use serde_json::json;
use store::TenantStore;
use store::activity::By;
use store::connection::{AccountRef, CredentialSet, Settings, Versioned, Wake};
use store::state::Acquired;
use store::work::What;
use sync::body::{Body, Held};

use super::harness::{Api, Call, HALO, halo};
use super::outbox::{mirror_tickets, north, printer};

/// The engine's part of the state, as a run leaves it.
pub(super) async fn engine_knows(api: &Api, body: &Body) {
    let store = api.store();
    let Acquired::Lease(fence, _) = store.acquire(&halo(), "w", None, api.now(), api.now()).await.unwrap() else {
        panic!("nobody else has the lease")
    };
    store.checkpoint(&fence, body, Vec::new()).await.unwrap();
    store.abandon(&fence, api.now()).await.unwrap();
}

#[tokio::test]
async fn held_deletions_are_confirmed_as_they_were_when_they_were_held() {
    let api = Api::new().await;
    let path = format!("{HALO}/deletions/confirm");
    api.send(Call::new("POST", &path)).await.expect(409);
    api.connect().await;
    assert_snapshot!(api.send(Call::new("POST", &path)).await, @r##"
    409
    {
      "detail": "No deletions are held.",
      "request_id": "req-1",
      "status": 409,
      "title": "This does not fit the present state",
      "type": "urn:problem-type:portal:conflict"
    }
    "##);
    let held_at = api.now();
    let held = BTreeMap::from([("contacts".to_owned(), Held { count: 412, of: 450, at: held_at })]);
    engine_knows(&api, &Body { held, ..Body::default() }).await;
    api.forget_messages();
    api.later(60);
    assert_snapshot!(api.send(Call::new("POST", &path)).await, @r##"
    202
    {
      "items": [
        {
          "count": 412,
          "of": 450,
          "record_type": "contacts"
        }
      ]
    }
    "##);
    let waiting = api.store().waiting(&halo()).await.unwrap();
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].what, What::Confirmed { feed: "contacts".to_owned(), held_at });
    assert_eq!(api.queue.take().len(), 1);
    assert!(api.store().state(&halo()).await.unwrap().due_at.unwrap() <= api.now(), "also if nobody is told");
}

/// Another tenant that has been connected to the account of these tests for an hour.
async fn another_portal(api: &Api) {
    let store = TenantStore::new(Arc::new(api.table.clone()), "secretive-msp".into());
    let hour_ago = api.now() - jiff::SignedDuration::from_hours(1);
    let settings = Settings {
        credentials: Some(CredentialSet::default()),
        account: Some(AccountRef { id: "acme msp".to_owned(), name: "Acme MSP".to_owned() }),
        account_since: Some(hour_ago),
        connected_at: Some(hour_ago),
        enabled_at: Some(hour_ago),
        ..Settings::new("halo-psa".into())
    };
    store
        .save_settings(&halo(), &Versioned { value: settings, version: 0 }, &Wake::default(), By::System)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_shared_account_is_told_when_it_is_entered_naming_nobody() {
    let api = Api::new().await;
    assert!(api.enter_credentials().await.get("warning").is_none());
    another_portal(&api).await;
    let entered = api.enter_credentials().await;
    assert_eq!(entered["state"], "active");
    assert_eq!(
        entered["warning"],
        "Another portal is connected to this Halo account already. It will be read, and nothing will be written to Halo \
         until an admin confirms that both are meant to work with it."
    );
    assert!(!entered.to_string().contains("secretive"));
}

#[tokio::test]
async fn a_shared_account_is_only_read_until_an_admin_confirms() {
    let api = Api::new().await;
    north(&api).await;
    mirror_tickets(&api, &[("17", Ticket { title: "Printer".to_owned(), ..printer() })]).await;
    let path = format!("{HALO}/confirm-account");
    assert_snapshot!(api.send(Call::new("POST", &path)).await, @r##"
    409
    {
      "detail": "Halo PSA is not read-only, so there is nothing to confirm.",
      "request_id": "req-1",
      "status": 409,
      "title": "This does not fit the present state",
      "type": "urn:problem-type:portal:conflict"
    }
    "##);
    let shared_account = Some("acme msp".to_owned());
    engine_knows(&api, &Body { shared_account, ..Body::default() }).await;
    assert_eq!(api.get(HALO).await.json()["read_only"], json!({ "reason": "account_shared" }));
    assert_snapshot!(api.patch("/v1/tickets/halo-psa.17", &json!({ "title": "Printer jams" })).await, @r##"
    409
    {
      "detail": "Another portal is connected to this Halo account, so nothing is written there until an admin confirms it.",
      "request_id": "req-1",
      "status": 409,
      "title": "This does not fit the present state",
      "type": "urn:problem-type:portal:conflict"
    }
    "##);
    api.forget_messages();
    let confirmed = api.send(Call::new("POST", &path)).await.expect(200);
    assert!(confirmed.get("read_only").is_none());
    assert_eq!(api.queue.take().len(), 1, "what waits goes now");
    api.send(Call::new("POST", &path)).await.expect(200);
    api.patch("/v1/tickets/halo-psa.17", &json!({ "title": "Printer jams" })).await.expect(200);
    another_portal(&api).await;
    assert!(api.enter_credentials().await.get("warning").is_none(), "confirmed once, new credentials ask for nothing");
}
