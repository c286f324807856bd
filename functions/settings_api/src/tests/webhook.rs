//! The vendor's pushes as people see and manage them.

use domain::record::RecordType;
use domain::webhook::Rejection;
use insta::assert_snapshot;
use serde_json::{Value, json};
use store::webhook::DeliveryId;
use store::work::{About, Arrival};

use super::harness::{Api, Call, HALO, TENANT, halo};

fn path(rest: &str) -> String {
    format!("{HALO}/webhook{rest}")
}

fn as_reader(path: &str) -> Call<'_> {
    Call::new("GET", path).claims(Some(json!({ "tenant": TENANT, "scope": "read write", "sub": "bob" })))
}

fn post(path: &str) -> Call<'_> {
    Call::new("POST", path)
}

/// Everything but the address, whose token is another with each key.
fn rest(mut view: Value) -> Value {
    let url = view.as_object_mut().unwrap().remove("url").unwrap();
    assert!(url.as_str().unwrap().starts_with("https://portal.example/webhooks/halo-psa/"), "{url}");
    view.as_object_mut().unwrap().remove("steps");
    view
}

#[tokio::test]
async fn the_address_is_there_before_anything_else_is() {
    let api = Api::new().await;
    let view = api.get(&path("")).await.expect(200);
    let steps = view["steps"].as_array().unwrap();
    assert!(steps.len() > 3 && steps[0].as_str().unwrap().starts_with("In Halo open"));
    let token = view["url"].as_str().unwrap().rsplit('/').next().unwrap();
    assert_eq!(token.len(), 43);
    assert_eq!(
        rest(view.clone()),
        json!({ "mode": "manual", "user": "portal", "active": false,
            "counts": { "accepted": 0, "duplicate": 0, "rejected": {} } })
    );
    assert_eq!(api.get(&path("")).await.expect(200), view, "it is made once");
    api.get("/v1/integrations/nobody/webhook").await.expect(404);
}

#[tokio::test]
async fn only_who_may_manage_it_sees_the_token() {
    let api = Api::new().await;
    let seen = api.send(as_reader(&path(""))).await.expect(200);
    assert_eq!(seen["url"], "https://portal.example/webhooks/halo-psa/\u{2026}");
    let managed = api.get(&path("")).await.expect(200);
    assert_eq!(rest(seen), rest(managed));
}

#[tokio::test]
async fn everything_that_came_is_counted_whether_it_was_followed_or_not() {
    let api = Api::new().await;
    api.connect().await;
    let store = api.store();
    let about = |id: &str| About::Record(RecordType::Tickets, id.into());
    for id in ["1", "2"] {
        let (about, now) = (about(id), api.now());
        let delivery = DeliveryId::of(id.as_bytes(), Some(&about));
        let arrival = Arrival { about: &about, id: &delivery, counts: true, attempt: 1, now };
        store.note_arrival(&halo(), &arrival).await.unwrap();
    }
    let first = store.waiting(&halo()).await.unwrap().remove(0);
    store.settle_hints(&halo(), &[first]).await.unwrap();
    store.count_duplicate(&halo(), api.now()).await.unwrap();
    store.count_rejected(&halo(), Rejection::CredentialsMismatch).await.unwrap();
    let view = rest(api.get(&path("")).await.expect(200));
    assert_eq!(
        view,
        json!({ "mode": "manual", "user": "portal", "active": true, "last_received_at": "2026-11-22T20:13:22Z",
            "counts": { "accepted": 2, "duplicate": 1, "rejected": { "credentials_mismatch": 1 } } })
    );
    api.send(post(&format!("{HALO}/disable"))).await.expect(200);
    assert_eq!(api.get(&path("")).await.expect(200)["active"], false);
}

#[tokio::test]
async fn a_rotation_shows_its_secret_once_and_is_repeated_safely() {
    let api = Api::new().await;
    api.connect().await;
    let before = api.get(&path("")).await.expect(200);
    let rotate = path("/rotate");
    let first = api.send(post(&rotate).header("idempotency-key", "k-1")).await.expect(200);
    assert_eq!((&first["user"], &first["previous_until"]), (&json!("portal"), &json!("2026-11-23T20:13:22Z")));
    let secret = first["secret"].as_str().unwrap().to_owned();
    assert_eq!(secret.len(), 43);
    assert_ne!(first["url"], before["url"]);
    let again = api.send(post(&rotate).header("idempotency-key", "k-1")).await.expect(200);
    assert_eq!(again, first, "the same request");
    let view = api.get(&path("")).await;
    assert!(!view.text.contains(&secret), "never again");
    let view = view.expect(200);
    assert_eq!(view["url"], first["url"]);
    assert_eq!(view["previous_until"], "2026-11-23T20:13:22Z");
    assert_eq!(view["rotated_at"], "2026-11-22T20:13:22Z");
    let second = api.send(post(&rotate)).await.expect(200);
    assert!(second["url"] != first["url"] && second["secret"] != first["secret"]);
    api.later(24 * 3_600);
    assert!(api.get(&path("")).await.expect(200).get("previous_until").is_none());
    let table = format!("{:?}", api.table.items());
    for hidden in [&secret, first["url"].as_str().unwrap().rsplit('/').next().unwrap()] {
        assert!(!table.contains(hidden), "the table keeps neither secret nor token");
    }
}

#[tokio::test]
async fn what_a_person_subscribes_no_connector_does() {
    let api = Api::new().await;
    api.connect().await;
    assert_snapshot!(api.send(post(&path("/provision"))).await, @r##"
    409
    {
      "detail": "Halo has no API for it: follow the steps in Halo's screens.",
      "request_id": "req-1",
      "status": 409,
      "title": "This does not fit the present state",
      "type": "urn:problem-type:portal:conflict"
    }
    "##);
}
