use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use testkit::fake_vendor::{FakeVendor, ok};

use super::*;
use crate::fake::{cloud, empty};

/// A SCORM Cloud that keeps settings; passwords are not shown unless asked for.
fn keeping(kept: &[(&str, &str)], shows_password: bool) -> (Arc<FakeVendor>, Arc<Mutex<BTreeMap<String, String>>>) {
    let kept = kept.iter().map(|(id, value)| ((*id).to_owned(), (*value).to_owned()));
    let settings: Arc<Mutex<BTreeMap<String, String>>> = Arc::new(Mutex::new(kept.collect()));
    let inside = Arc::clone(&settings);
    let fake = cloud(move |seen| {
        let mut settings = inside.lock().unwrap();
        if seen.line.starts_with("GET") {
            let shown = settings.iter().filter(|(id, _)| shows_password || *id != AUTH_PASSWORD);
            let items = shown.map(|(id, value)| json!({ "id": id, "explicitValue": value })).collect::<Vec<_>>();
            return ok(&json!({ "settingItems": items }));
        }
        let body: Value = seen.json();
        for setting in body["settings"].as_array().unwrap() {
            let (id, value) = (setting["settingId"].as_str().unwrap(), setting["value"].as_str().unwrap());
            settings.insert(id.to_owned(), value.to_owned());
        }
        settings.retain(|_, value| !value.is_empty());
        empty()
    });
    (fake, settings)
}

fn address(token: &str) -> String {
    format!("https://portal.example/webhooks/bigger-brains/{token}")
}

fn remembered(token: &str) -> Subscription {
    let id = Subscription::id_of(&address(token));
    Subscription { id, about: "registrations".to_owned(), active: true, revived: false }
}

fn endpoint(token: &str, secret: &str) -> Endpoint {
    let url = address(token).parse().unwrap();
    Endpoint { url, previous: None, secret: secret.into(), has_secret: false, known: Vec::new() }
}

const SET: &[(&str, &str)] = &[
    (AUTH_PASSWORD, "hush"),
    (AUTH_TYPE, "httpbasic"),
    (AUTH_USER, "portal"),
    (FORMAT, "course"),
    (URL, "https://portal.example/webhooks/bigger-brains/one"),
];

fn as_set(settings: &Mutex<BTreeMap<String, String>>) -> Vec<(String, String)> {
    settings.lock().unwrap().clone().into_iter().collect()
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(id, value)| ((*id).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn the_application_posts_to_us_with_basic_authentication_and_doing_it_again_changes_nothing() {
    for shows_password in [false, true] {
        let (cloud, settings) = keeping(&[], shows_password);
        let session = cloud.session();
        let made = session.provision(&endpoint("one", "hush")).await.unwrap();
        assert_eq!(made.subscriptions, [remembered("one")]);
        assert_eq!(as_set(&settings), owned(SET));
        session.provision(&endpoint("one", "hush")).await.unwrap();
        assert_eq!(cloud.writes().len(), 1);
    }
}

#[tokio::test]
async fn after_a_rotation_address_and_secret_are_the_new_ones() {
    let (cloud, settings) = keeping(SET, false);
    let previous = address("one").parse().ok();
    cloud.session().provision(&Endpoint { previous, ..endpoint("two", "new") }).await.unwrap();
    let settings = settings.lock().unwrap();
    assert_eq!((settings[URL].as_str(), settings[AUTH_PASSWORD].as_str()), (endpoint("two", "").url.as_str(), "new"));
}

#[tokio::test]
async fn what_was_taken_away_from_us_is_set_again_and_said() {
    let (cloud, _) = keeping(&[], false);
    let known = vec![remembered("one")];
    let found = cloud.session().provision(&Endpoint { known, ..endpoint("one", "hush") }).await.unwrap();
    assert!(found.subscriptions[0].revived);
}

#[tokio::test]
async fn an_address_of_somebody_else_stays() {
    let theirs = [(URL, "https://lms.contoso.example/scorm/postback?key=theirs")];
    let (cloud, settings) = keeping(&theirs, false);
    let error = cloud.session().provision(&endpoint("one", "hush")).await.unwrap_err();
    let ErrorKind::Rejected { message, .. } = &error.kind else { panic!("{error:?}") };
    assert!(message.contains("lms.contoso.example already") && !message.contains("theirs"), "{message}");
    cloud.session().unprovision(&endpoint("one", "hush")).await.unwrap();
    assert_eq!(as_set(&settings), owned(&theirs));
}

#[tokio::test]
async fn an_address_of_another_tenant_of_this_portal_stays() {
    let (cloud, settings) = keeping(SET, false);
    let beta = endpoint("of-beta", "betas");
    let error = cloud.session().provision(&beta).await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Rejected { .. }), "{error:?}");
    cloud.session().unprovision(&beta).await.unwrap();
    assert_eq!(as_set(&settings), owned(SET));
}

#[tokio::test]
async fn what_is_remembered_as_ours_is_moved_and_taken_away_whichever_rotation_it_stems_from() {
    for leaves in [false, true] {
        let (cloud, settings) = keeping(SET, false);
        let known = vec![remembered("one")];
        let third = Endpoint { known, ..endpoint("three", "newest") };
        if leaves {
            cloud.session().unprovision(&third).await.unwrap();
            assert_eq!(as_set(&settings), owned(&[(FORMAT, "course")]));
        } else {
            assert_eq!(cloud.session().provision(&third).await.unwrap().subscriptions, [remembered("three")]);
            assert_eq!(settings.lock().unwrap()[URL], address("three"));
        }
    }
}
