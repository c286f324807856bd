use serde_json::{Value, json};
use testkit::fake_vendor::{FakeVendor, Reply, Seen, reply};

use super::*;
use crate::fake::halo;

fn ticket() -> Ticket {
    Ticket {
        title: "Printer down".to_owned(),
        description: "It <smokes>".to_owned(),
        company: Some("12".into()),
        contact: Some("38".into()),
        site: Some("18".into()),
        ..Ticket::default()
    }
}

fn create(ticket: Ticket, defaults: &[(&str, &str)]) -> Change {
    let defaults = defaults.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Change::CreateTicket { reference: "tk_1".to_owned(), ticket: Box::new(ticket), defaults }
}

fn note(internal: bool) -> Change {
    let note = NoteDraft { author: "Ann".to_owned(), text: "a < b\nc".to_owned(), internal };
    Change::AddNote { ticket: "9499".into(), reference: "no_1".to_owned(), note }
}

/// Creates what it is given under id 9499, and reads it back.
fn usual(seen: &Seen) -> Reply {
    let given = || seen.json()[0].clone();
    match seen.line.split('?').next().unwrap() {
        "POST /api/Tickets" => {
            let mut row = given();
            row["id"] = json!(9499);
            reply(201, row)
        }
        "POST /api/Actions" => reply(201, json!({ "id": 3, "ticket_id": 9499 })),
        "POST /api/Agent" => {
            let mut row = given();
            row["id"] = json!(5);
            reply(201, json!([row]))
        }
        "GET /api/Tickets/9499" => reply(200, json!({ "id": 9499, "summary": "As Halo has it", "status_id": 9 })),
        "GET /api/Actions" => reply(200, json!({ "record_count": 1, "actions": [{ "id": 3, "note": "x" }] })),
        "GET /api/Agent/5" => reply(200, json!({ "id": 5, "name": "Bo", "isdisabled": true })),
        "GET /api/Team" => reply(200, json!([{ "id": 26, "name": "1st Line Support" }])),
        "GET /api/Users/38" => reply(200, json!({ "id": 38, "name": "Some Body", "client_id": 12, "site_id": 18.0 })),
        other => panic!("{other}"),
    }
}

async fn posted(change: &Change) -> (Value, Pushed) {
    let halo = halo(usual);
    let pushed = halo.session().push(change).await.unwrap();
    (halo.written().json(), pushed)
}

fn refusal(error: &ConnectorError) -> (Option<&str>, &str) {
    match &error.kind {
        ErrorKind::Rejected { field, message } => (field.as_deref(), message),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_ticket_is_created_with_defaults_under_our_reference() {
    let defaults =
        [("ticket_type", "36"), ("priority", "3"), ("board", "26"), ("category", "Hardware"), ("source", "22")];
    let (body, pushed) = posted(&create(ticket(), &defaults)).await;
    insta::assert_json_snapshot!(body, @r#"
    [
      {
        "_novalidate": true,
        "category_1": "Hardware",
        "client_id": 12,
        "details": "It <smokes>",
        "donotapplytemplateintheapi": true,
        "priority_id": 3,
        "site_id": 18,
        "source": 22,
        "summary": "Printer down",
        "team": "1st Line Support",
        "third_party_id_string": "tk_1",
        "tickettype_id": 36,
        "user_id": 38
      }
    ]
    "#);
    assert_eq!(pushed.external_id, "9499".into());
    let RecordData::Ticket(created) = &pushed.record.as_ref().unwrap().data else { panic!() };
    assert_eq!((created.title.as_str(), created.external_reference.as_deref()), ("Printer down", Some("tk_1")));
}

#[tokio::test]
async fn a_ticket_for_a_client_alone_goes_to_its_general_user() {
    let (body, _) =
        posted(&create(Ticket { contact: None, site: None, description: String::new(), ..ticket() }, &[])).await;
    assert_eq!(body[0]["userlookup"], json!({ "id": -1, "lookupdisplay": "Enter Details Manually" }));
    assert_eq!((&body[0]["usertype"], body[0].get("user_id")), (&json!(1), None));
    assert_eq!(body[0]["details"], "Printer down");
}

#[tokio::test]
async fn a_contact_brings_their_site() {
    let (body, _) = posted(&create(Ticket { site: None, ..ticket() }, &[])).await;
    assert_eq!((&body[0]["user_id"], &body[0]["site_id"]), (&json!(38), &json!(18)));
}

#[tokio::test]
async fn what_cannot_work_is_refused_before_it_is_sent() {
    let halo = halo(usual);
    let session = halo.session();
    let cases = [
        (create(Ticket { company: None, contact: None, ..ticket() }, &[]), "company"),
        (create(ticket(), &[("board", "99")]), "board"),
        (create(ticket(), &[("priority", "high")]), "priority"),
    ];
    for (change, field) in cases {
        assert_eq!(refusal(&session.push(&change).await.unwrap_err()).0, Some(field));
    }
    assert!(halo.lines().iter().all(|line| line.starts_with("GET")));
}

#[tokio::test]
async fn only_what_changed_is_written() {
    let change = TicketChange { status: Some("9".to_owned()), assignee: Some(None), ..TicketChange::default() };
    let (body, pushed) = posted(&Change::UpdateTicket { external_id: "9499".into(), change }).await;
    assert_eq!(body, json!([{ "id": 9499, "status_id": 9, "agent_id": 1, "_appointment01_ok": true }]));
    let RecordData::Ticket(ticket) = &pushed.record.as_ref().unwrap().data else { panic!() };
    assert_eq!((ticket.title.as_str(), ticket.closed, ticket.notes.len()), ("As Halo has it", true, 0));
}

#[tokio::test]
async fn notes_are_written_escaped_and_signed() {
    let (body, pushed) = posted(&note(true)).await;
    insta::assert_json_snapshot!(body, @r#"
    [
      {
        "hiddenfromuser": true,
        "note_html": "<p>a &lt; b<br>c</p><p>— Ann</p>",
        "outcome": "Private Note",
        "sendemail": false,
        "ticket_id": 9499
      }
    ]
    "#);
    assert_eq!((pushed.external_id, pushed.note_id), ("9499".into(), Some("3".into())));
    let (body, _) = posted(&note(false)).await;
    assert_eq!((&body[0]["outcome"], &body[0]["hiddenfromuser"]), (&json!("Email User"), &json!(false)));
    assert_eq!(body[0]["sendemail"], false);
}

#[tokio::test]
async fn agents_are_created_and_switched_off() {
    let technician = Technician {
        name: "Bo".to_owned(),
        email: Some("bo@msp.example".to_owned()),
        team: Some("1st Line Support".to_owned()),
        active: true,
        ..Technician::default()
    };
    let (body, pushed) = posted(&Change::CreateTechnician { reference: "te_1".to_owned(), technician }).await;
    assert_eq!(
        body,
        json!([{ "name": "Bo", "email": "bo@msp.example", "team": "1st Line Support", "is_agent": true }])
    );
    assert_eq!(pushed.external_id, "5".into());
    let change = TechnicianChange { active: Some(false), phone: Some("1".to_owned()), ..TechnicianChange::default() };
    let (body, pushed) = posted(&Change::UpdateTechnician { external_id: "5".into(), change }).await;
    assert_eq!(body, json!([{ "id": 5, "sms": "1", "isdisabled": true }]));
    assert_eq!(pushed.record.as_ref().unwrap().data.name(), "Bo");
}

#[tokio::test]
async fn refusals_carry_halos_words() {
    let outcomes = [
        (400, json!({ "ClassName": "System.Exception", "Message": "An Outcome must be entered for this Action" })),
        (201, json!({ "id": 3, "_warning": "An Outcome must be entered for this Action" })),
    ];
    for (status, body) in outcomes {
        let halo = halo(move |_| reply(status, &body));
        let error = halo.session().push(&note(true)).await.unwrap_err();
        assert_eq!(refusal(&error).1, "An Outcome must be entered for this Action", "{status}");
        assert_eq!(halo.calls().len(), 1);
    }
    let halo = halo(|_| reply(403, ""));
    assert_eq!(halo.session().push(&note(true)).await.unwrap_err().kind, ErrorKind::Forbidden);
}

#[tokio::test(start_paused = true)]
async fn a_creation_is_never_repeated_and_an_unusable_answer_counts_as_none() {
    for (status, body) in [(503, ""), (201, "{}"), (201, "<html>"), (201, "")] {
        for change in [create(ticket(), &[]), note(false)] {
            let halo = halo(move |_| reply(status, body));
            let error = halo.session().push(&change).await.unwrap_err();
            assert_eq!(error.kind, ErrorKind::Unavailable, "{status} {body}");
            assert_eq!(halo.lines().iter().filter(|line| line.starts_with("POST")).count(), 1);
        }
    }
    // Where only reading it back failed, its id is known.
    let halo = halo(|seen| if seen.line.starts_with("POST") { usual(seen) } else { reply(403, "") });
    let pushed = halo.session().push(&note(true)).await.unwrap();
    assert_eq!((pushed.record, pushed.note_id), (None, Some("3".into())));
}

async fn found(halo: &std::sync::Arc<FakeVendor>, change: &Change) -> Option<(ExternalId, Option<ExternalId>)> {
    let found = halo.session().find(change).await.unwrap();
    found.into_iter().next().map(|pushed| (pushed.external_id, pushed.note_id))
}

#[tokio::test]
async fn a_lost_ticket_is_found_by_the_reference_in_its_own_field() {
    let list = |rows: Value| {
        halo(move |seen| match seen.line.split('?').next().unwrap() {
            "GET /api/Tickets" => reply(200, json!({ "record_count": 2, "tickets": rows })),
            "GET /api/Tickets/8" => reply(200, json!({ "id": 8, "summary": "Printer down" })),
            "GET /api/Tickets/9" => {
                reply(200, json!({ "id": 9, "summary": "Printer down", "third_party_id_string": "tk_1" }))
            }
            "GET /api/Actions" => reply(200, json!({ "record_count": 0, "actions": [] })),
            other => panic!("{other}"),
        })
    };
    let change = create(ticket(), &[]);
    let shown = list(json!([{ "id": 9, "summary": "x", "third_party_id_string": "tk_1" }]));
    assert_eq!(found(&shown, &change).await, Some(("9".into(), None)));
    insta::assert_snapshot!(shown.lines()[0], @"GET /api/Tickets?domain=reqs&includestatus=true&order=id&orderdesc=true&pageinate=true&page_size=100&page_no=1&client_id=12");
    let hidden = list(json!([{ "id": 8, "summary": "Printer down" }, { "id": 9, "summary": "Printer down" }]));
    assert_eq!(found(&hidden, &change).await, Some(("9".into(), None)));
    let other = list(json!([{ "id": 8, "summary": "Printer down" }, { "id": 7, "third_party_id_string": "tk_2" }]));
    assert_eq!(found(&other, &change).await, None);
}

#[tokio::test]
async fn a_lost_note_is_found_by_text_and_by_an_application_having_written_it() {
    let actions = |rows: Value| {
        halo(move |seen| match seen.line.split('?').next().unwrap() {
            "GET /api/Actions" => {
                reply(200, json!({ "record_count": rows.as_array().unwrap().len(), "actions": rows }))
            }
            _ => usual(seen),
        })
    };
    let ours = |id: u32| json!({ "id": id, "note_html": "<p>a &lt; b<br>c</p>\n<p>— Ann</p>", "actionby_application_id": "Portal" });
    let halo = actions(json!([ours(6), ours(4), { "id": 7, "note": "a < b c — Ann" }]));
    assert_eq!(found(&halo, &note(true)).await, Some(("9499".into(), Some("6".into()))));
    let others = actions(
        json!([{ "id": 7, "note": "a < b c — Ann" }, { "id": 8, "note": "else", "actionby_application_id": "Portal" }]),
    );
    assert_eq!(found(&others, &note(true)).await, None);
}

#[tokio::test]
async fn a_lost_agent_is_found_by_address() {
    let halo = halo(|seen| match seen.line.split('?').next().unwrap() {
        "GET /api/Agent" => {
            reply(200, json!([{ "id": 4, "email": "bob@msp.example" }, { "id": 5, "email": "BO@msp.example" }]))
        }
        _ => usual(seen),
    });
    let technician = |email: &str| Change::CreateTechnician {
        reference: "te_1".to_owned(),
        technician: Technician { name: "Bo".to_owned(), email: Some(email.to_owned()), ..Technician::default() },
    };
    assert_eq!(found(&halo, &technician("bo@msp.example")).await, Some(("5".into(), None)));
    assert_eq!(found(&halo, &technician("o@msp.example")).await, None);
}
