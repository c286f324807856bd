use std::sync::{Arc, Mutex};

use connector::ErrorKind;
use serde_json::{Value, json};
use testkit::fake_vendor::{FakeVendor, Reply, Seen, ok, reply};

use super::*;
use crate::fake::{autotask, errors, fields, items};

const URL: &str = "https://portal.example/webhooks/autotask/new";
const OLD: &str = "https://portal.example/webhooks/autotask/old";

fn endpoint() -> Endpoint {
    Endpoint {
        url: URL.parse().unwrap(),
        previous: Some(OLD.parse().unwrap()),
        secret: "sign-with-this".into(),
        has_secret: true,
        known: Vec::new(),
    }
}

/// An Autotask that keeps webhooks with their parts.
#[derive(Default)]
struct Kept {
    webhooks: Vec<Value>,
    parts: Vec<(String, Value)>,
}

fn keeping(kept: Kept) -> (Arc<FakeVendor>, Arc<Mutex<Kept>>) {
    let kept = Arc::new(Mutex::new(kept));
    let own = Arc::clone(&kept);
    (autotask(move |seen| answer(&mut own.lock().unwrap(), seen)), kept)
}

fn answer(kept: &mut Kept, seen: &Seen) -> Reply {
    let (method, path) = seen.line.split_once(' ').unwrap();
    let parts: Vec<&str> = path.split('/').collect();
    let of = |entity: &str| entity.replace("Webhooks", "");
    match (method, parts.as_slice()) {
        ("POST", ["Resources", "query"]) => items(json!([{"id": 5, "userName": "api+x", "licenseType": 7}])),
        ("GET", ["Resources", ..]) => fields(&[("licenseType", &[("7", "API User")])]),
        ("GET", [_, "entityInformation", "fields"]) => fields(&[(
            "fieldID",
            &[("11", "Title"), ("12", "Company Name"), ("13", "E-mail Address"), ("14", "Shoe size")],
        )]),
        ("POST", [entity, "query"]) => {
            let own: Vec<&Value> = kept.webhooks.iter().filter(|webhook| webhook["kind"] == of(entity)).collect();
            items(json!(own))
        }
        ("POST", [entity]) => {
            let mut webhook = seen.json();
            let id = kept.webhooks.len() + 1;
            webhook["id"] = id.into();
            webhook["kind"] = of(entity).into();
            kept.webhooks.push(webhook);
            ok(&json!({"itemId": id}))
        }
        ("PATCH", [_]) => {
            let webhook = kept.webhooks.iter_mut().find(|webhook| webhook["id"] == seen.json()["id"]).unwrap();
            for (key, value) in seen.json().as_object().unwrap() {
                webhook[key] = value.clone();
            }
            ok(&json!({"itemId": seen.json()["id"]}))
        }
        ("DELETE", [_, id]) => {
            let id: i64 = id.parse().unwrap();
            kept.webhooks.retain(|webhook| webhook["id"] != id);
            ok(&json!({"itemId": 1}))
        }
        ("GET", [_, id]) => {
            let mut webhook =
                kept.webhooks.iter().find(|webhook| webhook["id"] == id.parse::<i64>().unwrap()).unwrap().clone();
            webhook["isReady"] =
                kept.parts.iter().any(|(place, _)| *place == format!("{}/{id}/Fields", parts[0])).into();
            ok(&json!({"item": webhook}))
        }
        ("GET", [_, _, _]) => {
            let own: Vec<&Value> = kept.parts.iter().filter(|(place, _)| place == path).map(|(_, part)| part).collect();
            items(json!(own))
        }
        ("POST", [_, _, _]) => {
            kept.parts.push((path.to_owned(), seen.json()));
            ok(&json!({"itemId": kept.parts.len()}))
        }
        other => panic!("{other:?}"),
    }
}

fn changes(fake: &FakeVendor) -> Vec<String> {
    let reads = |line: &String| line.starts_with("GET") || line.ends_with("/query");
    fake.lines().into_iter().filter(|line| !reads(line)).collect()
}

fn subscription(id: &str, about: &str, revived: bool) -> Subscription {
    Subscription { id: id.to_owned(), about: about.to_owned(), active: true, revived }
}

#[tokio::test]
async fn three_webhooks_are_made_each_with_fields_and_without_our_own_changes() {
    let (fake, kept) = keeping(Kept::default());
    let made = fake.session().provision(&endpoint()).await.unwrap().subscriptions;
    let wanted = [
        subscription("CompanyWebhooks/1", "companies", false),
        subscription("ContactWebhooks/2", "contacts", false),
        subscription("TicketWebhooks/3", "tickets", false),
    ];
    assert_eq!(made, wanted);
    let company = [
        "POST CompanyWebhooks",
        "POST CompanyWebhooks/1/Fields",
        "POST CompanyWebhooks/1/ExcludedResources",
        "POST ContactWebhooks",
        "POST ContactWebhooks/2/Fields",
        "POST ContactWebhooks/2/Fields",
        "POST ContactWebhooks/2/ExcludedResources",
        "POST TicketWebhooks",
        "POST TicketWebhooks/3/Fields",
        "POST TicketWebhooks/3/ExcludedResources",
    ];
    assert_eq!(changes(&fake), company, "one after the other");
    insta::assert_json_snapshot!(kept.lock().unwrap().webhooks[0], @r#"
    {
      "deactivationUrl": "https://portal.example/webhooks/autotask/new?deactivated=1",
      "id": 1,
      "isActive": true,
      "isSubscribedToCreateEvents": true,
      "isSubscribedToDeleteEvents": true,
      "isSubscribedToUpdateEvents": true,
      "kind": "Company",
      "name": "Client portal: companies",
      "secretKey": "sign-with-this",
      "sendThresholdExceededNotification": false,
      "webhookUrl": "https://portal.example/webhooks/autotask/new"
    }
    "#);
    let parts = kept.lock().unwrap().parts.clone();
    assert_eq!(
        parts[0].1,
        json!({"webhookID": 1, "fieldID": 12, "isSubscribedField": true, "isDisplayAlwaysField": false})
    );
    assert_eq!(parts[1].1, json!({"webhookID": 1, "resourceID": 5}));
}

#[tokio::test]
async fn doing_it_again_changes_nothing() {
    let (fake, _) = keeping(Kept::default());
    let first = fake.session().provision(&endpoint()).await.unwrap().subscriptions;
    let done = changes(&fake).len();
    assert_eq!(fake.session().provision(&endpoint()).await.unwrap().subscriptions, first);
    assert_eq!(changes(&fake).len(), done);
}

#[tokio::test]
async fn what_a_crash_left_unfinished_is_finished() {
    let half = json!({"id": 1, "kind": "Company", "webhookUrl": URL, "isActive": true});
    let parts = vec![("CompanyWebhooks/1/ExcludedResources".to_owned(), json!({"resourceID": 5}))];
    let (fake, _) = keeping(Kept { webhooks: vec![half], parts });
    let made = fake.session().provision(&endpoint()).await.unwrap().subscriptions;
    assert_eq!(made[0], subscription("CompanyWebhooks/1", "companies", false));
    assert_eq!(changes(&fake)[0], "POST CompanyWebhooks/1/Fields");
}

#[tokio::test]
async fn one_switched_off_is_switched_on_and_said_to_be() {
    let off = json!({"id": 1, "kind": "Ticket", "webhookUrl": URL, "isActive": false});
    let (fake, kept) = keeping(Kept { webhooks: vec![off], parts: Vec::new() });
    let made = fake.session().provision(&endpoint()).await.unwrap().subscriptions;
    assert_eq!(made[2], subscription("TicketWebhooks/1", "tickets", true));
    assert_eq!(kept.lock().unwrap().webhooks[0]["isActive"], true);
}

#[tokio::test]
async fn a_rotation_moves_address_and_secret_and_takes_doubles_away() {
    let webhook = |id: i64, url: &str| json!({"id": id, "kind": "Company", "webhookUrl": url, "isActive": true});
    let foreign = webhook(1, "https://other.example/hook");
    let (fake, kept) =
        keeping(Kept { webhooks: vec![foreign.clone(), webhook(2, OLD), webhook(3, OLD)], parts: Vec::new() });
    let made = fake.session().provision(&endpoint()).await.unwrap().subscriptions;
    assert_eq!(made[0].id, "CompanyWebhooks/2");
    let kept = kept.lock().unwrap();
    let companies: Vec<&Value> = kept.webhooks.iter().filter(|webhook| webhook["kind"] == "Company").collect();
    assert_eq!(companies.len(), 2);
    assert_eq!(companies[0], &foreign, "of others nothing is touched");
    assert_eq!(
        (companies[1]["webhookUrl"].as_str(), companies[1]["secretKey"].as_str()),
        (Some(URL), Some("sign-with-this"))
    );
}

#[tokio::test]
async fn an_older_autotask_has_no_ticket_webhooks() {
    let kept = Mutex::new(Kept::default());
    let fake = autotask(move |seen| {
        if seen.line.contains("TicketWebhook") { reply(404, "") } else { answer(&mut kept.lock().unwrap(), seen) }
    });
    let made = fake.session().provision(&endpoint()).await.unwrap().subscriptions;
    assert_eq!(made.iter().map(|made| made.about.as_str()).collect::<Vec<_>>(), ["companies", "contacts"]);
}

#[tokio::test]
async fn refusals_come_without_our_secret() {
    let kept = Mutex::new(Kept::default());
    let fake = autotask(move |seen| match seen.line.as_str() {
        "POST CompanyWebhooks" => errors("secretKey: Value sign-with-this is not valid"),
        _ => answer(&mut kept.lock().unwrap(), seen),
    });
    let error = fake.session().provision(&endpoint()).await.unwrap_err();
    let ErrorKind::Rejected { message, .. } = &error.kind else { panic!("{error:?}") };
    assert!(!message.contains("sign-with-this") && message.contains("is not valid"), "{message}");
    let blind = Mutex::new(Kept::default());
    let fake = autotask(move |seen| {
        if seen.line == "POST Resources/query" { reply(403, "") } else { answer(&mut blind.lock().unwrap(), seen) }
    });
    assert_eq!(
        fake.session().provision(&endpoint()).await.unwrap().subscriptions.len(),
        3,
        "without sight of resources, too"
    );
    assert!(changes(&fake).iter().all(|line| !line.ends_with("ExcludedResources")));
    let forbidden = autotask(|_| reply(403, ""));
    assert_eq!(forbidden.session().provision(&endpoint()).await.unwrap_err().kind, ErrorKind::Forbidden);
}

#[tokio::test]
async fn ours_are_taken_away_and_no_others() {
    let webhook = |id: i64, kind: &str, url: &str| json!({"id": id, "kind": kind, "webhookUrl": url, "isActive": true});
    let webhooks = vec![
        webhook(1, "Company", "https://other.example/hook"),
        webhook(2, "Company", URL),
        webhook(3, "Contact", OLD),
        webhook(4, "Ticket", "https://moved.example/x"),
    ];
    let (fake, kept) = keeping(Kept { webhooks, parts: Vec::new() });
    let known = vec![subscription("TicketWebhooks/4", "tickets", false)];
    fake.session().unprovision(&Endpoint { known, ..endpoint() }).await.unwrap();
    let left: Vec<i64> = kept.lock().unwrap().webhooks.iter().filter_map(|webhook| webhook["id"].as_i64()).collect();
    assert_eq!(left, [1]);
}

#[tokio::test]
async fn one_that_cannot_be_deleted_is_switched_off() {
    let webhooks = vec![json!({"id": 2, "kind": "Company", "webhookUrl": URL, "isActive": true})];
    let kept = Arc::new(Mutex::new(Kept { webhooks, parts: Vec::new() }));
    let own = Arc::clone(&kept);
    let fake = autotask(move |seen| match seen.line.as_str() {
        "DELETE CompanyWebhooks/2" => errors("The webhook cannot be deleted."),
        _ => answer(&mut own.lock().unwrap(), seen),
    });
    fake.session().unprovision(&endpoint()).await.unwrap();
    assert_eq!(kept.lock().unwrap().webhooks[0]["isActive"], false);
}

#[test]
fn fields_nobody_has_heard_of_are_all_watched_within_reason() {
    let values: Vec<Value> = (1..=50).map(|n| json!({"value": n.to_string(), "label": format!("Feld {n}")})).collect();
    let body = json!({"fields": [{"name": "fieldID", "picklistValues": values}]}).to_string();
    let lists = Picklists::read("read", body.into()).unwrap();
    assert_eq!(wanted(lists.of("fieldID").unwrap(), &KINDS[0]).len(), MOST_FIELDS);
}
