//! Changing tickets, and notes.

use domain::edit::{Edit, Fields, NoteDraft};
use domain::record::{RecordData, RecordType, Ticket};
use insta::assert_snapshot;
use serde_json::{Map, Value, json};
use store::activity::By;

use super::harness::{Api, Call, halo};
use super::imports::record;
use super::other_psa::{self, OTHER_PSA, other};
use super::outbox::{arrive, link, mirror_technicians, mirror_tickets, north, note, printer, tess, waiting};

const TICKETS: RecordType = RecordType::Tickets;
const PRINTER: &str = "/v1/tickets/halo-psa.4242";

/// North with one ticket at Halo, and two technicians.
async fn with_printer() -> Api {
    let api = Api::new().await;
    north(&api).await;
    mirror_tickets(&api, &[("4242", printer())]).await;
    mirror_technicians(&api, &[("7", tess()), ("8", tess())]).await;
    api
}

fn map(value: Value) -> Map<String, Value> {
    let Value::Object(map) = value else { panic!("no object: {value}") };
    map
}

async fn updates(api: &Api) -> Vec<Fields> {
    let edits = waiting(api, TICKETS).await.into_iter();
    let fields = edits.filter_map(|operation| match operation.edit {
        Edit::UpdateTicket(fields) => Some(fields),
        _ => None,
    });
    fields.collect()
}

#[tokio::test]
async fn only_what_differs_goes_to_the_vendor_and_the_person_sees_it_at_once() {
    let api = with_printer().await;
    let before = api.get(PRINTER).await.expect(200);
    let same = json!({ "title": "Printer", "priority": "3", "stage": "new", "assignee_id": "halo-psa.7" });
    assert_eq!(api.patch(PRINTER, &same).await.expect(200), before);
    assert_eq!(api.patch(PRINTER, &json!({})).await.expect(200), before);
    assert_eq!((updates(&api).await, api.queue.take().len()), (Vec::new(), 0));

    let change = json!({ "title": "Printer", "description": "It jams daily.", "priority": "2", "assignee_id": null });
    let changed = api.patch(PRINTER, &change).await;
    assert_snapshot!(changed.to_string().replace(before["company_id"].as_str().unwrap(), "co_1"), @r##"
    200
    {
      "closed": false,
      "company_id": "co_1",
      "conflicts": [],
      "connector": "halo-psa",
      "description": "It jams daily.",
      "external_id": "4242",
      "id": "halo-psa.4242",
      "notes": [],
      "priority": "2",
      "stage": "new",
      "status": "1",
      "sync": {
        "detail": "It is on its way to Halo.",
        "may_discard": false,
        "state": "pending"
      },
      "title": "Printer"
    }
    "##);
    assert_eq!(api.queue.take().len(), 1);
    let again =
        api.patch(PRINTER, &json!({ "priority": "1", "assignee_id": "halo-psa.8", "type": "3" })).await.expect(200);
    assert_eq!(
        (&again["priority"], &again["assignee_id"], &again["type"]),
        (&json!("1"), &json!("halo-psa.8"), &json!("3"))
    );
    let fields = |wanted: Value, base: Value| Fields { wanted: map(wanted), base: map(base) };
    let first = fields(
        json!({ "description": "It jams daily.", "priority": "2", "assignee": null }),
        json!({ "description": "It jams.", "priority": "3", "assignee": "7" }),
    );
    let second = fields(
        json!({ "priority": "1", "assignee": "8", "ticket_type": "3" }),
        json!({ "priority": "2", "assignee": null, "ticket_type": null }),
    );
    assert_eq!(updates(&api).await, [first, second], "the second was made by somebody who saw the first");
}

#[tokio::test]
async fn a_stage_becomes_the_status_of_the_tickets_board() {
    let api = with_printer().await;
    mirror_tickets(&api, &[("1", Ticket { board: Some("7".to_owned()), ..printer() })]).await;
    let staged = async |ticket: &str, stage: &str| {
        let changed =
            api.patch(&format!("/v1/tickets/halo-psa.{ticket}"), &json!({ "stage": stage })).await.expect(200);
        (changed["stage"].as_str().unwrap().to_owned(), changed["status"].as_str().unwrap().to_owned())
    };
    assert_eq!(staged("4242", "working").await, ("working".to_owned(), "2".to_owned()));
    assert_eq!(staged("4242", "working").await, ("working".to_owned(), "2".to_owned()));
    assert_eq!(staged("1", "working").await, ("working".to_owned(), "22".to_owned()));
    assert_eq!(updates(&api).await.len(), 2, "a stage that a ticket has already is no change");
    assert_snapshot!(api.patch("/v1/tickets/halo-psa.1", &json!({ "stage": "triaged" })).await, @r##"
    422
    {
      "detail": "No status of Halo PSA is set for the stage \"triaged\" on board \"7\". Set one under ticket stages in the options of Halo PSA.",
      "errors": [
        {
          "detail": "No status of Halo PSA is set for the stage \"triaged\" on board \"7\". Set one under ticket stages in the options of Halo PSA.",
          "pointer": "/stage"
        }
      ],
      "request_id": "req-1",
      "status": 422,
      "title": "Something entered cannot work",
      "type": "urn:problem-type:portal:invalid"
    }
    "##);
    let both = json!({ "stage": "resolved", "status": "9" });
    assert_eq!(api.patch(PRINTER, &both).await.pointers(), ["/stage"]);
    assert_eq!(api.patch(PRINTER, &json!({ "stage": "done" })).await.pointers(), ["/stage"]);
    assert_eq!(api.patch(PRINTER, &json!({ "status": "9" })).await.expect(200)["stage"], "resolved");
}

#[tokio::test]
async fn what_a_ticket_cannot_be_is_refused_by_field() {
    let api = with_printer().await;
    let wrong =
        json!({ "title": "two\nlines", "description": "x".repeat(20_001), "status": "", "assignee_id": "halo-psa.9" });
    assert_eq!(api.patch(PRINTER, &wrong).await.pointers(), ["/status", "/title", "/description", "/assignee_id"]);
    assert_eq!(api.patch(PRINTER, &json!({ "company_id": "co_2" })).await.pointers(), ["/company_id"]);
    for ticket in ["halo-psa.1", "halo-psa.~tk_1", "syncro-x.4242", "4242"] {
        api.patch(&format!("/v1/tickets/{ticket}"), &json!({})).await.expect(404);
        api.get(&format!("/v1/tickets/{ticket}")).await.expect(404);
    }
    assert_eq!(updates(&api).await, []);
}

#[tokio::test]
async fn what_the_vendors_api_cannot_write_is_said() {
    let api = Api::with_connectors(&[&OTHER_PSA]).await;
    let company = north(&api).await;
    other_psa::connect(&api, |_| {}).await;
    let store = api.store();
    let customer =
        domain::portal::Link { external_id: "1".into(), name: "North".to_owned(), state: Default::default() };
    let portal = store.company(&company.as_str().into()).await.unwrap().unwrap();
    store.link(&portal, &other(), customer, By::System).await.unwrap();
    let ticket = record(&api, "5", "Printer", Some(RecordData::Ticket(Box::new(printer()))));
    store.put_records(&other(), TICKETS, &[ticket]).await.unwrap();
    let refused = api.patch("/v1/tickets/other-psa.5", &json!({ "title": "New", "priority": "1", "type": "2" })).await;
    assert_snapshot!(refused.json()["errors"], @r#"[{"detail":"Other's API cannot change the priority of a ticket.","pointer":"/priority"},{"detail":"Other's API cannot change the ticket type of a ticket.","pointer":"/type"}]"#);
    let noted = api.post("/v1/tickets/other-psa.5/notes", &json!({ "text": "Hello" })).await;
    assert_snapshot!(noted.json()["errors"], @r#"[{"detail":"Other's API cannot add notes.","pointer":"/text"}]"#);
    api.patch("/v1/tickets/other-psa.5", &json!({ "title": "New" })).await.expect(200);
}

#[tokio::test]
async fn an_edit_of_a_ticket_that_is_being_made_conflicts_with_nothing() {
    let api = Api::new().await;
    let company = north(&api).await;
    let made = api.post("/v1/tickets", &json!({ "company_id": company, "title": "Printer" })).await.expect(201);
    let path = format!("/v1/tickets/{}", made["id"].as_str().unwrap());
    let changed = api.patch(&path, &json!({ "stage": "working", "title": "Old printer" })).await.expect(200);
    assert_eq!((&changed["stage"], &changed["title"]), (&json!("working"), &json!("Old printer")));
    let wanted = map(json!({ "status": "2", "title": "Old printer" }));
    assert_eq!(updates(&api).await, [Fields { wanted, base: Map::new() }]);
}

#[tokio::test]
async fn a_note_is_internal_unless_it_is_said_to_be_public() {
    let api = with_printer().await;
    mirror_tickets(&api, &[("4242", Ticket { notes: vec![note("1", "Have you tried?", false)], ..printer() })]).await;
    let notes = format!("{PRINTER}/notes");
    let hidden = api.post(&notes, &json!({ "text": " They never pay.\r\nCareful. " })).await.expect(201);
    api.later(1);
    api.post(&notes, &json!({ "text": "We are on it.", "internal": false })).await.expect(201);
    let id = hidden["id"].as_str().unwrap().to_owned();
    let shown = api.get(PRINTER).await.expect(200);
    let public = shown["notes"][2]["id"].as_str().unwrap().to_owned();
    let text = serde_json::to_string_pretty(&shown["notes"]).unwrap().replace(&id, "~nt_1").replace(&public, "~nt_2");
    assert_snapshot!(text, @r##"
    [
      {
        "author": "Tech",
        "created_at": null,
        "id": "1",
        "internal": false,
        "text": "Have you tried?"
      },
      {
        "author": "Ada Admin",
        "created_at": "2026-11-22T20:13:22Z",
        "id": "~nt_1",
        "internal": true,
        "text": "They never pay.\nCareful."
      },
      {
        "author": "Ada Admin",
        "created_at": "2026-11-22T20:13:23Z",
        "id": "~nt_2",
        "internal": false,
        "text": "We are on it."
      }
    ]
    "##);
    let draft = |text: &str, internal| {
        Edit::AddNote(NoteDraft { author: "Ada Admin".to_owned(), text: text.to_owned(), internal })
    };
    let edits: Vec<_> = waiting(&api, TICKETS).await.into_iter().map(|operation| operation.edit).collect();
    assert_eq!(edits, [draft("They never pay.\nCareful.", true), draft("We are on it.", false)]);
    for text in ["", " \n ", "a\u{1b}[31m"] {
        assert_eq!(api.post(&notes, &json!({ "text": text })).await.pointers(), ["/text"]);
    }
    api.post("/v1/tickets/halo-psa.1/notes", &json!({ "text": "x" })).await.expect(404);
}

#[tokio::test]
async fn a_repeated_key_writes_one_note() {
    let api = with_printer().await;
    mirror_tickets(&api, &[("1", printer())]).await;
    let write = |ticket: &str| {
        let path = format!("/v1/tickets/halo-psa.{ticket}/notes");
        let call = Call::new("POST", &path).body(&json!({ "text": "We are on it." })).header("idempotency-key", "k-1");
        api.send(call)
    };
    let first = write("4242").await.expect(201);
    assert_eq!(write("4242").await.expect(201), first);
    write("1").await.expect(409);
    assert_eq!(waiting(&api, TICKETS).await.len(), 1);
    let there = Ticket { notes: vec![note("31", "We are on it.\n\n— Ada Admin", true)], ..printer() };
    arrive(&api, RecordData::Ticket(Box::new(there)), "4242", Some("31")).await;
    assert_eq!(write("4242").await.expect(201)["id"], "31", "the vendor's, once it has it");
    assert_eq!(waiting(&api, TICKETS).await, []);
}

#[tokio::test]
async fn a_value_that_lost_is_kept_in_the_words_of_the_api() {
    let api = with_printer().await;
    let lost = domain::merge::Conflict {
        field: "assignee".to_owned(),
        portal: json!("8"),
        vendor: json!("7"),
        reference: "ed_1".to_owned(),
        by: "ada".to_owned(),
        at: api.now(),
    };
    let mut ticket = record(&api, "4242", "Printer", Some(RecordData::Ticket(Box::new(printer()))));
    ticket.body.portal = Some(store::records::PortalPart { reference: None, conflicts: vec![lost] });
    api.store().put_records(&halo(), TICKETS, &[ticket]).await.unwrap();
    let shown = api.get(PRINTER).await.expect(200);
    assert_snapshot!(shown["conflicts"], @r#"[{"at":"2026-11-22T20:13:22Z","by":"ada","field":"assignee_id","portal":"halo-psa.8","reference":"ed_1","vendor":"halo-psa.7"}]"#);
}

#[tokio::test]
async fn a_ticket_waits_until_its_company_is_linked() {
    let api = with_printer().await;
    mirror_tickets(&api, &[("9", Ticket { company: Some("2".into()), ..printer() })]).await;
    api.get("/v1/tickets/halo-psa.9").await.expect(404);
    api.post("/v1/tickets/halo-psa.9/notes", &json!({ "text": "x" })).await.expect(404);
    let south = link(&api, "South", "2").await;
    assert_eq!(api.get("/v1/tickets/halo-psa.9").await.expect(200)["company_id"], south.as_str());
}
