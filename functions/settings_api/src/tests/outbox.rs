//! What tickets and technicians are told with: a linked company, mirrored records, and the engine's side of the outbox.

use domain::edit::{Operation, OperationState};
use domain::record::{Note, RecordData, RecordType, Technician, Ticket};
use serde_json::{Value, json};
use store::outbox::Queued;
use store::records::PortalPart;
use store::table::{Table, Write};

use super::harness::{Api, Call, halo};
use super::imports::{mirror_companies, record};

/// Connected to Halo with one company, North, linked to client 1; stages mapped. Gives the company's id.
pub(super) async fn north(api: &Api) -> String {
    api.connect().await;
    let stages = json!({
        "new": { "in": ["1"], "out": {} },
        "working": { "in": ["2", "22"], "out": { "*": "2", "7": "22" } },
        "resolved": { "in": ["9"], "out": {} },
    });
    api.save_options(&json!({ "stages": stages, "ticket_defaults": { "ticket_type": "1" } })).await.expect(200);
    mirror_companies(api, &[("1", "North Client"), ("2", "South Client")]).await;
    let company = link(api, "North", "1").await;
    api.forget_messages();
    company
}

/// A portal company linked to one of Halo's clients.
pub(super) async fn link(api: &Api, name: &str, client: &str) -> String {
    let made = api.post("/v1/companies", &json!({ "name": name })).await.expect(201);
    let id = made["id"].as_str().unwrap().to_owned();
    api.send(Call::new("PUT", &format!("/v1/companies/{id}/links/halo-psa/{client}"))).await.expect(200);
    id
}

/// A ticket of North's.
pub(super) fn printer() -> Ticket {
    Ticket {
        title: "Printer".to_owned(),
        description: "It jams.".to_owned(),
        status: Some("1".to_owned()),
        priority: Some("3".to_owned()),
        assignee: Some("7".into()),
        company: Some("1".into()),
        ..Ticket::default()
    }
}

pub(super) fn note(id: &str, text: &str, internal: bool) -> Note {
    Note { external_id: id.into(), author: Some("Tech".to_owned()), text: text.to_owned(), internal, created_at: None }
}

/// Mirrors tickets by their vendor's ids.
pub(super) async fn mirror_tickets(api: &Api, tickets: &[(&str, Ticket)]) {
    let mirrored = |(id, ticket): &(&str, Ticket)| {
        record(api, id, &ticket.title, Some(RecordData::Ticket(Box::new(ticket.clone()))))
    };
    let records: Vec<_> = tickets.iter().map(mirrored).collect();
    api.store().put_records(&halo(), RecordType::Tickets, &records).await.unwrap();
}

pub(super) fn tess() -> Technician {
    Technician {
        name: "Tess Tech".to_owned(),
        email: Some("tess@msp.example".to_owned()),
        phone: Some("555-0100".to_owned()),
        title: Some("Engineer".to_owned()),
        team: None,
        active: true,
    }
}

/// Mirrors technicians by their vendor's ids.
pub(super) async fn mirror_technicians(api: &Api, technicians: &[(&str, Technician)]) {
    let mirrored = |(id, technician): &(&str, Technician)| {
        record(api, id, &technician.name, Some(RecordData::Technician(technician.clone())))
    };
    let records: Vec<_> = technicians.iter().map(mirrored).collect();
    api.store().put_records(&halo(), RecordType::Users, &records).await.unwrap();
}

/// What waits to be brought to Halo, in order.
pub(super) async fn waiting(api: &Api, record_type: RecordType) -> Vec<Operation> {
    queued(api, record_type).await.into_iter().map(|queued| queued.operation).collect()
}

async fn queued(api: &Api, record_type: RecordType) -> Vec<Queued> {
    api.store().operations(&halo(), record_type, None).await.unwrap()
}

/// Halo refuses the first edit that waits.
pub(super) async fn refuse(api: &Api, record_type: RecordType, field: Option<&str>, message: &str) {
    let first = queued(api, record_type).await.remove(0);
    let (field, message) = (field.map(str::to_owned), message.to_owned());
    let refused = OperationState::Refused { field, message, at: api.now() };
    move_on(api, vec![api.store().operation_write(&first, refused).unwrap()]).await;
}

/// The first edit that waits was sent, and no answer came.
pub(super) async fn lose_the_answer(api: &Api, record_type: RecordType) {
    let first = queued(api, record_type).await.remove(0);
    let sent = OperationState::Sent { at: api.now(), times: 1, known: Vec::new(), missed: 0 };
    move_on(api, vec![api.store().operation_write(&first, sent).unwrap()]).await;
}

/// Halo has the first edit that waits, under this id; what it has then is mirrored.
pub(super) async fn arrive(api: &Api, data: RecordData, id: &str, note_id: Option<&str>) {
    let record_type = data.record_type();
    let first = queued(api, record_type).await.remove(0);
    let mut mirrored = record(api, id, "arrived", Some(data));
    if first.operation.edit.is_creation() && note_id.is_none() {
        let reference = Some(first.operation.reference.clone());
        mirrored.body.portal = Some(PortalPart { reference, conflicts: Vec::new() });
    }
    api.store().put_records(&halo(), record_type, &[mirrored]).await.unwrap();
    let note_id = note_id.map(Into::into);
    move_on(api, api.store().operation_done(&halo(), &first, &id.into(), note_id.as_ref()).unwrap()).await;
}

async fn move_on(api: &Api, writes: Vec<Write>) {
    api.table.transact(writes).await.unwrap();
}

/// The ids of a list's entries.
pub(super) fn ids(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}
