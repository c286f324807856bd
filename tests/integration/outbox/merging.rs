//! Edits that meet what the vendor has by then: field by field, and the vendor wins where both changed.

use std::collections::BTreeMap;

use domain::edit::RecordRef;
use domain::options::{Options, StageMap};
use domain::record::RecordType;
use serde_json::json;

use super::acme;
use crate::acme::Acme;
use crate::worlds::seen_from;

fn stages() -> Options {
    let map = |incoming: &[&str], out: &str| StageMap {
        incoming: incoming.iter().map(|status| (*status).to_owned()).collect(),
        outgoing: BTreeMap::from([("*".to_owned(), out.to_owned())]),
    };
    let stages = [("working", map(&["2", "3"], "2")), ("waiting", map(&["28"], "28"))];
    Options { stages: stages.into_iter().map(|(stage, map)| (stage.to_owned(), map)).collect(), ..Options::initial() }
}

#[tokio::test(start_paused = true)]
async fn what_both_sides_changed_is_the_vendors_and_the_portals_value_is_kept() {
    let acme = Acme::up_to_date(stages()).await;
    let company = acme.add_company("Contoso");
    acme.run().await;
    let id = acme.add_ticket(&company, "Printer down");
    acme.run().await;
    let ticket = RecordRef::Vendor(id.clone());
    acme.edit_ticket("ed_1", &ticket, json!({ "title": "From the portal", "status": "2" })).await;
    acme.change("tickets", &id, json!({ "summary": "From Halo", "agent_id": 3 }));
    acme.wake().await;
    let (mirrored, part) = acme.mirrored_ticket(&id).await;
    assert_eq!((mirrored.title.as_str(), mirrored.status.as_deref()), ("From Halo", Some("2")));
    assert_eq!(mirrored.assignee, Some("3".into()), "what Halo alone changed is not touched");
    let [conflict] = &part.conflicts[..] else { panic!("one conflict") };
    assert_eq!(
        (conflict.field.as_str(), &conflict.portal, &conflict.vendor, conflict.by.as_str()),
        ("title", &json!("From the portal"), &json!("From Halo"), "us_ann")
    );
    acme.assert_quiet().await;

    // Two statuses of one stage: the vendor's own choice within the stage stays.
    acme.edit_ticket("ed_2", &ticket, json!({ "status": "28" })).await;
    acme.wake().await;
    acme.edit_ticket("ed_3", &ticket, json!({ "status": "2" })).await;
    acme.change("tickets", &id, json!({ "status_id": 3 }));
    acme.posts();
    acme.wake().await;
    assert_eq!(acme.posts(), 0);
    let (mirrored, part) = acme.mirrored_ticket(&id).await;
    assert_eq!((mirrored.status.as_deref(), part.conflicts.len()), (Some("3"), 1));
    acme.assert_quiet().await;
}

#[tokio::test(start_paused = true)]
async fn two_quick_edits_of_one_field_both_count() {
    let (acme, company) = acme().await;
    let id = acme.add_ticket(&company, "Printer down");
    acme.run().await;
    let ticket = RecordRef::Vendor(id.clone());
    acme.edit_ticket("ed_1", &ticket, json!({ "title": "Printer dead" })).await;
    acme.edit_ticket("ed_2", &ticket, json!({ "title": "Printer buried" })).await;
    acme.wake().await;
    let (mirrored, part) = acme.mirrored_ticket(&id).await;
    assert_eq!((mirrored.title.as_str(), part.conflicts), ("Printer buried", vec![]));
    acme.assert_quiet().await;
}

#[tokio::test(start_paused = true)]
async fn an_edit_made_while_a_technician_closes_loses_to_it_also_where_closed_tickets_are_left_out() {
    let (acme, company) = acme().await;
    acme.choose(|options| drop(options.filters.insert("exclude_statuses".to_owned(), vec!["9".to_owned()]))).await;
    let id = acme.add_ticket(&company, "Printer down");
    acme.run().await;
    let wanted = json!({ "title": "Printer dead", "status": "3" });
    acme.edit_ticket("ed_1", &RecordRef::Vendor(id.clone()), wanted).await;
    acme.change("tickets", &id, json!({ "status_id": 9 }));
    acme.wake().await;
    let at_halo = acme.halo.dump()["tickets"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["id"] == json!(id.as_str().parse::<i64>().unwrap()))
        .cloned()
        .unwrap();
    assert_eq!((&at_halo["summary"], &at_halo["status_id"]), (&json!("Printer dead"), &json!(9)), "it stays closed");
    let record =
        seen_from(&acme.world).store.record(&acme.connected.id, RecordType::Tickets, &id).await.unwrap().unwrap();
    let conflicts = record.body.portal.unwrap_or_default().conflicts;
    let [conflict] = &conflicts[..] else { panic!("one conflict") };
    assert_eq!((conflict.field.as_str(), &conflict.portal, &conflict.vendor), ("status", &json!("3"), &json!("9")));
    acme.runs(2).await;
    assert_eq!(acme.record(RecordType::Tickets, &id).await.unwrap().body.presence, store::records::Presence::Skipped);
}
