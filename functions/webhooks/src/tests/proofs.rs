//! What is refused, by which name, and that nothing of it is noted.

use std::collections::BTreeMap;

use connector::webhook::Digest;
use domain::webhook::Rejection;
use jiff::SignedDuration;
use serde_json::json;
use store::table::Table as _;

use super::world::{Push, World, accepted, refused};

#[tokio::test(start_paused = true)]
async fn what_is_forged_altered_or_another_tenants_is_refused_by_name() {
    let world = World::new();
    let (ours, theirs) = (world.connect("ours", "signed").await, world.connect("theirs", "signed").await);
    let good = ours.push("e-1", &["tickets/7"]);
    let mismatch = refused(403, "signature_mismatch");

    let unsigned = Push::to(&ours.address(1), good.body.clone());
    assert_eq!(world.send(&unsigned).await, refused(403, "signature_missing"));
    let altered =
        Push { body: good.body.iter().map(|byte| if *byte == b'7' { b'8' } else { *byte }).collect(), ..good.clone() };
    assert_eq!(world.send(&altered).await, mismatch);
    let respaced = Push { body: [&good.body[..], b" "].concat(), ..good.clone() };
    assert_eq!(world.send(&respaced).await, mismatch);
    let with_their_secret =
        Push::to(&ours.address(1), good.body.clone()).signed(theirs.secret(1).as_bytes(), "sha256=");
    assert_eq!(world.send(&with_their_secret).await, mismatch);
    let to_their_address = Push { path: Push::to(&theirs.address(1), "").path, ..good.clone() };
    assert_eq!(world.send(&to_their_address).await, mismatch);

    let of = |pairs: &[(Rejection, u64)]| pairs.iter().copied().collect::<BTreeMap<_, _>>();
    let counted = ours.counts().await;
    assert_eq!(counted.rejected, of(&[(Rejection::SignatureMissing, 1), (Rejection::SignatureMismatch, 3)]));
    assert_eq!(theirs.counts().await.rejected, of(&[(Rejection::SignatureMismatch, 1)]));
    assert_eq!((ours.hints().await, theirs.hints().await, world.queued()), (0, 0, 0));
    assert_eq!(world.send(&good).await, accepted());
    assert_eq!(ours.counts().await.received(), 5);
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_the_vendor_issued_is_read_where_it_is_kept_and_read_again_when_it_does_not_fit() {
    let world = World::new();
    let ours = world.connect("ours", "issuing").await;
    let push = |event: &str, secret: &str| {
        let body = json!([{ "event": event, "about": "tickets/7" }]).to_string();
        let at = world.now().as_second();
        let signature = Digest::Sha256.mac(secret.as_bytes(), format!("{at}.{body}").as_bytes());
        let hex: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
        Push::to(&ours.address(1), body).header("x-stamped-signature", &format!("t={at},v1={hex}"))
    };
    let mismatch = refused(403, "signature_mismatch");
    assert_eq!(world.send(&push("e-0", "whsec_1")).await, mismatch, "none is kept yet");
    let derived = ours.secret(1);
    assert_eq!(world.send(&push("e-0", &derived)).await, mismatch, "ours is not the vendor's");

    world.keep_issued(&ours, &[(1, "whsec_1")]).await;
    assert_eq!(world.send(&push("e-1", "whsec_1")).await, mismatch, "it was looked for a moment ago");
    world.clock.advance(SignedDuration::from_secs(11));
    assert_eq!(world.send(&push("e-1", "whsec_1")).await, accepted());

    world.issued.fail(true);
    assert_eq!(world.send(&push("e-2", "whsec_1")).await, accepted(), "known for ten minutes");
    world.clock.advance(SignedDuration::from_mins(10));
    assert_eq!(world.send(&push("e-3", "whsec_1")).await, refused(429, "key_unreachable"), "the vendor sends it again");
    world.issued.fail(false);
    assert_eq!(world.send(&push("e-3", "whsec_1")).await, accepted());
    world.keep_issued(&ours, &[(2, "whsec_1")]).await;
    world.clock.advance(SignedDuration::from_mins(11));
    assert_eq!(world.send(&push("e-4", "whsec_1")).await, mismatch, "of another generation");
}

#[tokio::test(start_paused = true)]
async fn a_password_of_another_tenant_is_refused() {
    let world = World::new();
    let (ours, theirs) = (world.connect("ours", "basic").await, world.connect("theirs", "basic").await);
    let good = ours.push("e-1", &["tickets/7"]);
    let theirs = theirs.push("e-1", &["tickets/7"]);
    let mixed = Push { headers: theirs.headers, ..good.clone() };
    assert_eq!(world.send(&mixed).await, refused(401, "credentials_mismatch"));
    assert_eq!(world.send(&Push::to(&ours.address(1), "[]")).await, refused(401, "credentials_missing"));
    assert_eq!(world.send(&good).await, accepted());
}

#[tokio::test(start_paused = true)]
async fn an_unknown_address_is_404_and_writes_nothing() {
    let world = World::new();
    let ours = world.connect("ours", "signed").await;
    world.connect("ours", "address").await;
    let before = world.table.items();
    let good = ours.push("e-1", &["tickets/7"]);
    let token = good.path.rsplit('/').next().unwrap();
    let paths = [
        format!("/webhooks/address/{token}"),
        format!("/webhooks/silent/{token}"),
        format!("/webhooks/nobody/{token}"),
        format!("/webhooks/signed/{}", token.to_lowercase()),
        "/webhooks/signed/%FF".to_owned(),
        "/webhooks/signed/".to_owned(),
        format!("{}/more", good.path),
        "/".to_owned(),
    ];
    for path in paths {
        assert_eq!(world.send(&Push { path: path.clone(), ..good.clone() }).await, refused(404, "not_found"), "{path}");
    }
    for method in ["GET", "PUT", "DELETE"] {
        let answer = world.send(&Push { method, ..good.clone() }).await;
        assert_eq!(answer, refused(405, "method_not_allowed"), "{method}");
    }
    assert_eq!(world.table.items(), before);
    let writes = world.table.requests().writes();
    world.send(&Push { path: "/webhooks/signed/guess".to_owned(), ..good }).await;
    assert_eq!(world.table.requests().writes(), writes);
}

#[tokio::test(start_paused = true)]
async fn a_disconnected_connection_has_no_address_any_more() {
    let world = World::new();
    let ours = world.connect("ours", "signed").await;
    let webhook = ours.store.webhook(&ours.connection).await.unwrap().unwrap();
    world.table.transact(ours.store.retire_webhook(&ours.connection, &webhook).into()).await.unwrap();
    assert_eq!(world.send(&ours.push("e-1", &["tickets/7"])).await, refused(404, "not_found"));
}

#[tokio::test(start_paused = true)]
async fn what_is_too_large_is_refused_before_it_is_looked_at() {
    let world = World::new();
    let ours = world.connect("ours", "signed").await;
    let just = ours.push_body(format!("[{}]", " ".repeat(1024 * 1024 - 2)));
    assert_eq!(world.send(&just).await, accepted());
    let over = ours.push_body(format!("[{}]", " ".repeat(1024 * 1024 - 1)));
    assert_eq!(world.send(&over).await, refused(413, "too_large"));
    let nobodys = Push { path: "/webhooks/signed/guess".to_owned(), ..over };
    assert_eq!(world.send(&nobodys).await, refused(404, "not_found"));
    let counts = ours.counts().await;
    assert_eq!((counts.accepted, counts.rejected), (1, BTreeMap::from([(Rejection::TooLarge, 1)])));
}

#[tokio::test(start_paused = true)]
async fn what_was_signed_too_long_ago_is_stale() {
    let world = World::new();
    let ours = world.connect("ours", "signed").await;
    let signed_at = |ago: i64| {
        let at = world.now().as_second() - ago;
        ours.push_body(json!([{ "event": format!("e-{ago}"), "about": "tickets/7", "at": at }]).to_string())
    };
    assert_eq!(world.send(&signed_at(300)).await, accepted());
    assert_eq!(world.send(&signed_at(301)).await, refused(400, "stale"));
    let mixed = json!([
        { "event": "old", "about": "tickets/8", "at": world.now().as_second() - 1_000 },
        { "event": "new", "about": "tickets/9", "at": world.now().as_second() },
    ]);
    assert_eq!(world.send(&ours.push_body(mixed.to_string())).await, accepted(), "the fresh part counts");
    assert_eq!(ours.hints().await, 2);
    assert_eq!(ours.counts().await.rejected, BTreeMap::from([(Rejection::Stale, 1)]));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_nobody_signed_only_has_the_subscriptions_looked_at() {
    let world = World::new();
    let ours = world.connect("ours", "signed").await;
    let body = json!([{ "event": "e-1", "about": "tickets/7" }]).to_string();
    let call = Push { query: "deactivated", ..Push::to(&ours.address(1), body) };
    assert_eq!(world.send(&call).await, accepted());
    let waiting = ours.store.waiting(&ours.connection).await.unwrap();
    assert_eq!(waiting.iter().map(|waiting| &waiting.what).collect::<Vec<_>>(), [&store::work::What::Subscription]);
    assert_eq!(world.queued(), 1);
}
