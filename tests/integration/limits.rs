//! What is too much, too large or not to be read: it holds up nothing else.

use std::collections::BTreeMap;

use domain::options::Options;
use domain::record::{RecordData, RecordType};
use serde_json::json;
use simulators::{Fault, FaultKind};

use crate::acme::{Acme, HaloCompany};

async fn acme() -> (Acme, HaloCompany) {
    let acme = Acme::up_to_date(Options::initial()).await;
    let company = acme.add_company("Contoso");
    acme.runs(2).await;
    (acme, company)
}

#[tokio::test(start_paused = true)]
async fn an_edit_of_another_version_holds_up_its_record_alone() {
    let (acme, company) = acme().await;
    let kept = acme.open_ticket("tk_1", &company, "Printer down").await;
    acme.open_ticket("tk_2", &company, "Screen dark").await;
    acme.write_note("no_1", &kept, "Behind it", true).await;
    let first = |item: &store::table::Item| item["sk"].as_s().is_ok_and(|sk| sk.starts_with("OUTBOX#tickets#~tk_1#"));
    let mut item = acme.world.table.items().into_iter().find(first).unwrap();
    let body = item["body"].as_s().unwrap().replace("create_ticket", "of_a_later_version");
    item.insert("body".to_owned(), aws_sdk_dynamodb::types::AttributeValue::S(body));
    store::table::Table::put(&acme.world.table, item, None).await.unwrap();
    let other = acme.add_company("Harbour Ltd");
    acme.run().await;
    assert_eq!((acme.at_halo("Screen dark").len(), acme.at_halo("Printer down").len()), (1, 0));
    assert!(acme.record(RecordType::Companies, &other.id).await.is_some(), "the pulls went on");
    let [issue] = &acme.issues().await[..] else { panic!("one issue: {:?}", acme.issues().await) };
    assert_eq!(issue.title, "Changes of 1 records cannot be read");
}

#[tokio::test(start_paused = true)]
async fn a_ticket_larger_than_an_item_is_mirrored_as_far_as_it_fits() {
    let (acme, company) = acme().await;
    let id = acme.add_ticket(&company, "Printer down");
    let ticket: i64 = id.as_str().parse().unwrap();
    for n in 0..40 {
        let note = format!("{n} {}", "x".repeat(20_000));
        acme.add(
            "actions",
            json!({ "ticket_id": ticket, "outcome": "Private Note", "note": note, "hiddenfromuser": true }),
        );
    }
    let other = acme.add_ticket(&company, "Screen dark");
    acme.run().await;
    let record = acme.record(RecordType::Tickets, &id).await.unwrap();
    let Some(RecordData::Ticket(mirrored)) = record.body.data else { panic!("a ticket") };
    assert!((5..40).contains(&mirrored.notes.len()), "{} notes", mirrored.notes.len());
    assert!(mirrored.notes.last().unwrap().text.starts_with("39 "), "the newest stay");
    assert!(acme.record(RecordType::Tickets, &other).await.is_some());
    assert_eq!(acme.run().await, None, "and it is no change the next time");
}

#[tokio::test(start_paused = true)]
async fn a_record_that_a_hint_names_and_nobody_can_read_holds_up_nothing() {
    let (acme, company) = acme().await;
    let id = acme.add_ticket(&company, "Printer down");
    acme.run().await;
    let path = format!("/api/Tickets/{id}");
    acme.halo.add_faults(vec![
        Fault::new(FaultKind::Status { code: 500, body: None, retry_after: None, headers: BTreeMap::new() })
            .path(&path),
    ]);
    let store = &acme.connected.store;
    store.hint(&acme.connected.id, RecordType::Tickets, &id).await.unwrap();
    acme.wake().await;
    let other = acme.add_company("Harbour Ltd");
    acme.runs(2).await;
    assert!(acme.record(RecordType::Companies, &other.id).await.is_some(), "the pulls went on");
    acme.halo.clear_faults();
    acme.change("tickets", &id, json!({ "summary": "Printer dead" }));
    acme.runs(2).await;
    assert_eq!(acme.mirrored_ticket(&id).await.0.title, "Printer dead");
    assert_eq!(store.waiting(&acme.connected.id).await.unwrap(), []);
}

#[tokio::test(start_paused = true)]
async fn hints_that_nobody_can_read_are_set_aside_after_a_day_and_hold_up_no_other() {
    let (acme, company) = acme().await;
    let broken: Vec<_> = (0..4).map(|n| acme.add_ticket(&company, &format!("Broken {n}"))).collect();
    let fine = acme.add_ticket(&company, "Fine");
    acme.run().await;
    let broken_call = |id: &domain::id::ExternalId| {
        let kind = FaultKind::Status { code: 500, body: None, retry_after: None, headers: BTreeMap::new() };
        Fault::new(kind).path(&format!("/api/Tickets/{id}"))
    };
    acme.halo.add_faults(broken.iter().map(broken_call).collect());
    let (store, id) = (&acme.connected.store, &acme.connected.id);
    for ticket in &broken {
        store.hint(id, RecordType::Tickets, ticket).await.unwrap();
    }
    acme.runs(2).await;
    store.hint(id, RecordType::Tickets, &fine).await.unwrap();
    acme.wake().await;
    let waits = async || store.waiting(id).await.unwrap().len();
    assert_eq!(waits().await, 4, "the one that can be read did not wait behind the others");

    acme.runs(4 * 24).await;
    assert_eq!(waits().await, 0);
    let aside = store.quarantined(id, 10, None).await.unwrap().items;
    assert_eq!(aside.len(), 4);
    assert!(aside[0].error.starts_with("could not be read for a day: "), "{}", aside[0].error);
    assert!(acme.connected.body().await.unread.is_empty());
}

#[tokio::test(start_paused = true)]
async fn more_changes_than_the_overlay_holds_come_by_a_full_pass() {
    let (acme, company) = acme().await;
    for n in 0..5_000 {
        acme.add_ticket(&company, &format!("Ticket {n}"));
    }
    acme.runs(3).await;
    assert!(acme.mirrored(RecordType::Tickets).await >= 5_000);
    let ids: Vec<_> =
        acme.connected.store.record_page(&acme.connected.id, RecordType::Tickets, 6_000, None).await.unwrap();
    for record in &ids {
        acme.change("tickets", &record.external_id, json!({ "status_id": 2 }));
    }
    acme.runs(4).await;
    let overlay = acme.connected.store.overlay(&acme.connected.id, "tickets").await.unwrap();
    assert!(overlay.len() < 3_200, "{}", overlay.len());
    let page = acme.connected.store.record_page(&acme.connected.id, RecordType::Tickets, 6_000, None).await.unwrap();
    let behind = page.iter().filter(|record| match &record.body.data {
        Some(RecordData::Ticket(ticket)) => ticket.status.as_deref() != Some("2"),
        _ => false,
    });
    assert_eq!(behind.count(), 0);
}
