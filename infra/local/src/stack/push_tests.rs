//! A simulated vendor's pushes, from its subscription to the mirror, over every socket that there is.

use domain::record::RecordType;
use domain::run::Trigger;
use serde_json::json;

use super::import_tests::connect;
use super::*;
use crate::functions;
use crate::oidc::PEOPLE;

#[tokio::test]
async fn what_changes_at_a_vendor_that_was_subscribed_to_arrives_without_the_schedule() {
    let id = ConnectorId::from("autotask");
    let connector = catalog::by_id(id.as_str()).unwrap();
    let simulated = Simulated { names: vec![id.to_string()], scale: 40, ..Simulated::default() };
    let plugs = functions::all();
    let stack = Stack::start(StackOptions {
        connectors: vec![connector],
        simulated: Some(simulated),
        settings_api: plugs.settings_api,
        webhooks: plugs.webhooks,
        ..StackOptions::default()
    })
    .await
    .unwrap();
    let [_, _, admin] = PEOPLE;
    let api = stack.api(admin).unwrap();
    let store = connect(&stack, connector).await;
    let webhook = async || api.get("/v1/integrations/autotask/webhook").await.unwrap();
    assert_eq!(webhook().await["active"], false, "nobody has subscribed yet");
    assert_eq!(stack.tick(&id).await.unwrap(), 1);
    stack.drain(&id).await.unwrap();
    let subscribed = webhook().await;
    assert_eq!((&subscribed["mode"], &subscribed["active"]), (&json!("api"), &json!(true)), "{subscribed}");

    let vendor = stack.vendors().get(&id).unwrap();
    let ticket = vendor.dump()["tickets"][0]["id"].to_string();
    let title = json!({ "title": "Told by a push" }).as_object().unwrap().clone();
    vendor.patch("tickets", &ticket, title, false).unwrap();
    assert_eq!(stack.deliver().await, 1);
    stack.drain(&id).await.unwrap();
    let connection = ConnectionId::new("autotask");
    let record = store.record(&connection, RecordType::Tickets, &ticket.as_str().into()).await.unwrap().unwrap();
    assert_eq!(record.body.name, "Told by a push");
    let last = store.runs(&connection, 1, None).await.unwrap().items.remove(0);
    assert_eq!(last.trigger, Trigger::Webhook);
    assert_eq!(webhook().await["counts"], json!({ "accepted": 1, "duplicate": 0, "rejected": {} }));

    // The next address and secret are put in place at once, and the vendor signs with them.
    api.expect(reqwest::Method::POST, "/v1/integrations/autotask/webhook/rotate", None).await.unwrap();
    stack.drain(&id).await.unwrap();
    assert_eq!(webhook().await["active"], true);
    let title = json!({ "title": "Told once more" }).as_object().unwrap().clone();
    vendor.patch("tickets", &ticket, title, false).unwrap();
    assert_eq!(stack.deliver().await, 1);
    assert_eq!(webhook().await["counts"], json!({ "accepted": 2, "duplicate": 0, "rejected": {} }));
    stack.stop().await;
}
