use std::sync::{Arc, Mutex};

use connector::lenient::Text;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use testkit::fake_vendor::{FakeVendor, ok, reply};

use super::*;
use crate::fake::{form, stripe};

const URL: &str = "https://portal.example/webhooks/stripe/t0ken";
const OLD: &str = "https://portal.example/webhooks/stripe/old";

fn endpoint(has_secret: bool) -> Endpoint {
    Endpoint {
        url: URL.parse().unwrap(),
        previous: Some(OLD.parse().unwrap()),
        secret: "unused".into(),
        has_secret,
        known: Vec::new(),
    }
}

type Form = Vec<(String, String)>;

/// A Stripe that keeps endpoints, and first answers by key.
#[derive(Default)]
struct Kept {
    endpoints: Vec<Value>,
    /// Key, what was asked for with it, first answer.
    answered: Vec<(String, Form, Value)>,
    made: usize,
}

fn keeping(kept: &Arc<Mutex<Kept>>) -> Arc<FakeVendor> {
    let kept = Arc::clone(kept);
    stripe(move |seen| {
        let mut kept = kept.lock().unwrap();
        let id = seen.target().rsplit('/').next().unwrap().to_owned();
        match seen.target().split(' ').next().unwrap() {
            "GET" => ok(&json!({"object": "list", "data": kept.endpoints, "has_more": false})),
            "DELETE" => {
                kept.endpoints.retain(|endpoint| endpoint["id"] != id.as_str());
                ok(&json!({"id": id, "deleted": true}))
            }
            _ if id == "webhook_endpoints" => {
                let key = seen.header("idempotency-key").unwrap().to_owned();
                if let Some((_, asked, first)) = kept.answered.iter().find(|(known, ..)| *known == key) {
                    if *asked != form(seen) {
                        return reply(400, json!({"error": {"type": "idempotency_error", "message": "other"}}));
                    }
                    return ok(first).header("idempotent-replayed", "true");
                }
                kept.made += 1;
                let form = form(seen);
                let field = |name: &str| form.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone());
                let events: Vec<&String> =
                    form.iter().filter(|(name, _)| name == "enabled_events[]").map(|(_, value)| value).collect();
                let row = json!({"id": format!("we_{}", kept.made), "url": field("url"), "status": "enabled",
                    "api_version": field("api_version"), "enabled_events": events});
                kept.endpoints.push(row.clone());
                let mut answer = row;
                answer["secret"] = format!("whsec_{}", kept.made).into();
                kept.answered.push((key, form, answer.clone()));
                ok(&answer)
            }
            _ => {
                let events: Vec<String> = EVENTS.iter().map(|event| (*event).to_owned()).collect();
                let row = kept.endpoints.iter_mut().find(|endpoint| endpoint["id"] == id.as_str()).unwrap();
                row["status"] = "enabled".into();
                row["enabled_events"] = json!(events);
                ok(&row.clone())
            }
        }
    })
}

fn ids(kept: &Mutex<Kept>) -> Vec<String> {
    kept.lock().unwrap().endpoints.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_is_made_once_with_the_pinned_version_and_its_secret_is_handed_over() {
    let kept = Arc::new(Mutex::new(Kept::default()));
    let fake = keeping(&kept);
    let made = fake.session().provision(&endpoint(false)).await.unwrap();
    assert_eq!(made.secret.unwrap().expose_secret(), "whsec_1");
    assert_eq!(made.subscriptions[0].id, "we_1");
    let created = fake.calls().into_iter().find(|seen| seen.line.starts_with("POST")).unwrap();
    assert!(form(&created).contains(&("api_version".to_owned(), VERSION.to_owned())));

    let again = fake.session().provision(&endpoint(true)).await.unwrap();
    assert!(again.secret.is_none());
    assert_eq!((again.subscriptions, ids(&kept)), (made.subscriptions, vec!["we_1".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_was_lost_comes_again_with_the_same_endpoint() {
    let kept = Arc::new(Mutex::new(Kept::default()));
    let fake = keeping(&kept);
    fake.session().provision(&endpoint(false)).await.unwrap();
    let again = fake.session().provision(&endpoint(false)).await.unwrap();
    assert_eq!(again.secret.unwrap().expose_secret(), "whsec_1", "the first answer, repeated");
    assert_eq!(ids(&kept), ["we_1"]);
}

#[tokio::test(start_paused = true)]
async fn the_key_is_of_all_that_is_asked_for_so_that_another_release_may_ask_for_more() {
    let kept = Arc::new(Mutex::new(Kept::default()));
    let fake = keeping(&kept);
    fake.session().provision(&endpoint(false)).await.unwrap();
    let created = fake.calls().into_iter().find(|seen| seen.line.starts_with("POST")).unwrap();
    let key = |form: &[(String, String)]| {
        let asked = form.iter().flat_map(|(name, value)| [name.as_str(), value.as_str()]);
        idempotency_key(["webhook endpoint", ""].into_iter().chain(asked))
    };
    let (asked, used) = (form(&created), created.header("idempotency-key").unwrap());
    assert_eq!(used, key(&asked));
    assert_ne!(used, key(&asked[1..]));
}

#[tokio::test(start_paused = true)]
async fn a_day_later_an_endpoint_whose_secret_nobody_knows_is_replaced() {
    let kept = Arc::new(Mutex::new(Kept::default()));
    let fake = keeping(&kept);
    fake.session().provision(&endpoint(false)).await.unwrap();
    kept.lock().unwrap().answered.clear();
    let again = fake.session().provision(&endpoint(false)).await.unwrap();
    assert_eq!(again.secret.unwrap().expose_secret(), "whsec_2");
    assert_eq!(ids(&kept), ["we_2"]);
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_was_deleted_meanwhile_is_not_taken_for_a_new_one() {
    let kept = Arc::new(Mutex::new(Kept::default()));
    let fake = keeping(&kept);
    fake.session().provision(&endpoint(false)).await.unwrap();
    kept.lock().unwrap().endpoints.clear();
    let again = fake.session().provision(&endpoint(true)).await.unwrap();
    assert_eq!(again.secret.unwrap().expose_secret(), "whsec_2");
    assert_eq!(ids(&kept), ["we_2"]);
}

#[tokio::test(start_paused = true)]
async fn the_address_before_and_an_older_version_are_replaced_and_others_left_alone() {
    let row = |id: &str, url: &str, version: &str| json!({"id": id, "url": url, "status": "enabled", "api_version": version, "enabled_events": EVENTS});
    let endpoints =
        vec![row("we_a", OLD, VERSION), row("we_b", URL, "2023-08-16"), row("we_c", "https://x.example/", VERSION)];
    let kept = Arc::new(Mutex::new(Kept { endpoints, ..Kept::default() }));
    keeping(&kept).session().provision(&endpoint(true)).await.unwrap();
    assert_eq!(ids(&kept), ["we_c", "we_1"]);
    keeping(&kept).session().unprovision(&endpoint(true)).await.unwrap();
    assert_eq!(ids(&kept), ["we_c"]);
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_was_switched_off_is_switched_on_and_said_so() {
    let row = json!({"id": "we_1", "url": URL, "status": "disabled", "api_version": VERSION, "enabled_events": ["*"]});
    let kept = Arc::new(Mutex::new(Kept { endpoints: vec![row], ..Kept::default() }));
    let put = keeping(&kept).session().provision(&endpoint(true)).await.unwrap();
    let [subscription] = put.subscriptions.as_slice() else { panic!("{put:?}") };
    assert!(subscription.active && subscription.revived);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_may_no_longer_see_what_it_made_says_so() {
    let fake = stripe(|_| reply(403, json!({"error": {"message": "no"}})));
    fake.session().unprovision(&endpoint(true)).await.unwrap();
    let known = vec![subscribed(&wire::Endpoint { id: Text(Some("we_1".to_owned())), ..Default::default() }, false)];
    let error = fake.session().unprovision(&Endpoint { known, ..endpoint(true) }).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Forbidden);
}
