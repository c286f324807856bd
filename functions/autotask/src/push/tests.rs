use serde_json::{Value, json};

use domain::record::{RecordData, Technician};
use testkit::fake_vendor::{FakeVendor, Reply, Seen, ok, reply};

use super::*;
use crate::fake::{autotask, errors, fields, items, sent};

const STATUS: &[(&str, &str)] = &[("1", "New"), ("5", "Complete")];

fn usual(seen: &Seen) -> Reply {
    match seen.line.as_str() {
        "GET Tickets/entityInformation/fields" => fields(&[
            ("status", STATUS),
            ("priority", &[("2", "Medium"), ("1", "High")]),
            ("queueID", &[("8", "Client Portal")]),
        ]),
        "GET TicketNotes/entityInformation/fields" => fields(&[
            ("noteType", &[("3", "Task Notes"), ("1", "Task Summary")]),
            ("publish", &[("4", "Internal & Co-Managed"), ("1", "All Autotask Users"), ("2", "Internal Project Team")]),
        ]),
        "GET Resources/entityInformation/fields" => fields(&[("licenseType", &[("1", "Professional")])]),
        "POST Tickets" | "PATCH Tickets" => ok(&json!({"itemId": 9499})),
        "POST Tickets/9499/Notes" => ok(&json!({"itemId": 31})),
        "PATCH Resources" => ok(&json!({"itemId": 5})),
        "GET Tickets/9499" => {
            ok(&json!({"item": {"id": 9499, "title": "As Autotask has it", "status": 5, "queueID": 29682833}}))
        }
        "GET Resources/5" => {
            let row = json!({"id": 5, "firstName": "Anna", "lastName": "van Dijk", "isActive": true, "licenseType": 1});
            ok(&json!({"item": row}))
        }
        "POST ResourceRoles/query" => items(json!([
            {"id": 1, "roleID": 70, "queueID": 1, "isActive": true}, {"id": 2, "roleID": 71, "queueID": 29682833, "isActive": true}
        ])),
        other => panic!("{other}"),
    }
}

fn ticket() -> Ticket {
    Ticket {
        title: "Printer down".to_owned(),
        description: "It <smokes>".to_owned(),
        company: Some("12".into()),
        contact: Some("38".into()),
        ..Ticket::default()
    }
}

fn create(ticket: Ticket, defaults: &[(&str, &str)]) -> Change {
    let defaults = defaults.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Change::CreateTicket { reference: "tk_1".to_owned(), ticket: Box::new(ticket), defaults }
}

fn update(change: TicketChange) -> Change {
    Change::UpdateTicket { external_id: "9499".into(), change }
}

fn note(internal: bool) -> Change {
    let note = NoteDraft { author: "Ann".to_owned(), text: "a < b\nc".to_owned(), internal };
    Change::AddNote { ticket: "9499".into(), reference: "no_1".to_owned(), note }
}

fn rename(name: &str) -> Change {
    let change = TechnicianChange { name: Some(name.to_owned()), ..TechnicianChange::default() };
    Change::UpdateTechnician { external_id: "5".into(), change }
}

async fn written(change: &Change, line: &str) -> (Value, Pushed) {
    let fake = autotask(usual);
    let pushed = fake.session().push(change).await.unwrap();
    let mut sent = sent(&fake, line);
    assert_eq!(sent.len(), 1, "{:?}", fake.lines());
    (sent.remove(0), pushed)
}

fn refused(error: &ConnectorError) -> (Option<&str>, &str) {
    match &error.kind {
        ErrorKind::Rejected { field, message } => (field.as_deref(), message),
        other => panic!("{other:?}"),
    }
}

fn writes(fake: &FakeVendor) -> usize {
    let reads = |line: &String| line.starts_with("GET") || line.ends_with("/query");
    fake.lines().iter().filter(|line| !reads(line)).count()
}

#[tokio::test]
async fn a_ticket_is_created_with_defaults_under_our_reference() {
    let defaults =
        [("ticket_type", "2"), ("board", "29682833"), ("category", "3"), ("source", "-1"), ("due_hours", "8")];
    let (body, pushed) = written(&create(ticket(), &defaults), "POST Tickets").await;
    insta::assert_json_snapshot!(body, @r#"
    {
      "companyID": 12,
      "contactID": 38,
      "description": "It <smokes>",
      "dueDateTime": "2026-11-22T20:00:00Z",
      "externalID": "tk_1",
      "priority": 2,
      "queueID": 29682833,
      "source": -1,
      "status": 1,
      "ticketCategory": 3,
      "ticketType": 2,
      "title": "Printer down"
    }
    "#);
    assert_eq!(
        (pushed.external_id, pushed.record.as_ref().unwrap().data.name()),
        ("9499".into(), "As Autotask has it")
    );
}

#[tokio::test]
async fn where_nothing_is_chosen_autotasks_own_defaults_are_taken() {
    let bare = Ticket { description: String::new(), contact: None, ..ticket() };
    let (body, _) = written(&create(bare, &[]), "POST Tickets").await;
    let wanted = json!({"companyID": 12, "title": "Printer down", "status": 1, "priority": 2, "queueID": 8,
        "dueDateTime": "2026-11-23T12:00:00Z", "externalID": "tk_1"});
    assert_eq!(body, wanted);
}

#[tokio::test]
async fn an_assignee_comes_with_one_of_their_roles_rather_in_the_queue() {
    let assigned = Ticket { assignee: Some("5".into()), board: Some("29682833".to_owned()), ..ticket() };
    let (body, _) = written(&create(assigned, &[]), "POST Tickets").await;
    assert_eq!((&body["assignedResourceID"], &body["assignedResourceRoleID"]), (&json!(5), &json!(71)));
    let elsewhere = Ticket { assignee: Some("5".into()), board: Some("77".to_owned()), ..ticket() };
    let (body, _) = written(&create(elsewhere, &[]), "POST Tickets").await;
    assert_eq!(body["assignedResourceRoleID"], 70);
    let change = TicketChange { assignee: Some(Some("5".into())), ..TicketChange::default() };
    let (body, _) = written(&update(change), "PATCH Tickets").await;
    assert_eq!(body, json!({"id": 9499, "assignedResourceID": 5, "assignedResourceRoleID": 71}));
}

#[tokio::test]
async fn what_cannot_work_is_refused_before_it_is_sent() {
    let fake = autotask(|seen| match seen.line.as_str() {
        "GET Tickets/entityInformation/fields" => {
            ok(&json!({"fields": [{"name": "priority", "picklistValues": []}, {"name": "queueID"}]}))
        }
        "POST ResourceRoles/query" => items(json!([])),
        _ => usual(seen),
    });
    let session = fake.session();
    let with = |ticket: Ticket, defaults: &[(&str, &str)]| create(ticket, defaults);
    let cases = [
        (with(Ticket { company: None, ..ticket() }, &[]), "company"),
        (with(ticket(), &[]), "priority"),
        (with(ticket(), &[("priority", "high")]), "priority"),
        (with(ticket(), &[("priority", "2")]), "board"),
        (with(Ticket { assignee: Some("5".into()), ..ticket() }, &[("priority", "2")]), "assignee"),
        (rename("Anna"), "name"),
    ];
    for (change, field) in cases {
        assert_eq!(refused(&session.push(&change).await.unwrap_err()).0, Some(field));
    }
    assert_eq!(writes(&fake), 0);
}

#[tokio::test]
async fn only_what_changed_is_written_and_what_autotask_made_of_it_comes_back() {
    let change = TicketChange { status: Some("5".to_owned()), assignee: Some(None), ..TicketChange::default() };
    let (body, pushed) = written(&update(change), "PATCH Tickets").await;
    assert_eq!(body, json!({"id": 9499, "status": 5, "assignedResourceID": null, "assignedResourceRoleID": null}));
    let RecordData::Ticket(ticket) = &pushed.record.as_ref().unwrap().data else { panic!() };
    assert_eq!((ticket.title.as_str(), ticket.closed), ("As Autotask has it", true));
}

#[tokio::test]
async fn notes_are_signed_and_their_readers_chosen_from_the_list() {
    let (body, pushed) = written(&note(true), "POST Tickets/9499/Notes").await;
    let mut wanted =
        json!({"ticketID": 9499, "title": "a < b", "description": "a < b\nc\n\n— Ann", "noteType": 3, "publish": 2});
    assert_eq!(body, wanted);
    assert_eq!((pushed.external_id, pushed.note_id), ("9499".into(), Some("31".into())));
    let (body, _) = written(&note(false), "POST Tickets/9499/Notes").await;
    wanted["publish"] = 1.into();
    assert_eq!(body, wanted);
}

#[tokio::test]
async fn a_note_whose_readers_cannot_be_told_is_not_written() {
    let fake = autotask(|seen| match seen.line.as_str() {
        "GET TicketNotes/entityInformation/fields" => {
            fields(&[("noteType", &[("3", "Task Notes")]), ("publish", &[("1", "Alle"), ("2", "Intern")])])
        }
        _ => usual(seen),
    });
    for internal in [true, false] {
        assert_eq!(refused(&fake.session().push(&note(internal)).await.unwrap_err()).0, Some("internal"));
    }
    assert_eq!(writes(&fake), 0);
}

#[tokio::test]
async fn resources_are_changed_and_never_created() {
    let change = TechnicianChange {
        email: Some("a@msp.test".to_owned()),
        phone: Some("1".to_owned()),
        active: Some(false),
        ..TechnicianChange::default()
    };
    let change = Change::UpdateTechnician { external_id: "5".into(), change };
    let (body, pushed) = written(&change, "PATCH Resources").await;
    assert_eq!(body, json!({"id": 5, "email": "a@msp.test", "officePhone": "1", "isActive": false}));
    assert_eq!(pushed.record.as_ref().unwrap().data.name(), "Anna van Dijk");
    let fake = autotask(usual);
    let change = Change::CreateTechnician { reference: "te_1".to_owned(), technician: Technician::default() };
    assert_eq!(fake.session().push(&change).await.unwrap_err().kind, ErrorKind::Unsupported);
    assert_eq!(fake.seen().len(), 0);
}

#[tokio::test]
async fn a_new_name_is_cut_where_the_old_one_was() {
    let cases = [
        ("Anna de Vries", "Anna", "de Vries"),
        ("Maria van Dijk", "Maria", "van Dijk"),
        ("Jo Ann Smith", "Jo Ann", "Smith"),
    ];
    for (name, first, last) in cases {
        let (body, _) = written(&rename(name), "PATCH Resources").await;
        assert_eq!(body, json!({"id": 5, "firstName": first, "lastName": last}));
    }
}

#[tokio::test]
async fn refusals_carry_autotasks_words_and_the_portals_field() {
    let text = "Reference value on field: contactID of type: Contact does not exist or is invalid.";
    let cases = [
        (errors(text), ErrorKind::Rejected { field: Some("contact".to_owned()), message: text.to_owned() }),
        (reply(403, ""), ErrorKind::Forbidden),
        (
            errors("The logged in Resource does not have the adequate permissions to create this entity."),
            ErrorKind::Forbidden,
        ),
    ];
    for (answer, wanted) in cases {
        let fake = autotask(move |seen| if seen.line == "POST Tickets" { answer.clone() } else { usual(seen) });
        assert_eq!(fake.session().push(&create(ticket(), &[])).await.unwrap_err().kind, wanted);
        assert_eq!(writes(&fake), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_creation_is_never_repeated_and_an_unusable_answer_counts_as_none() {
    let answers = [reply(503, ""), errors("An error has occurred."), reply(200, "{}"), reply(200, "")];
    for answer in answers {
        for (change, line) in [(create(ticket(), &[]), "POST Tickets"), (note(false), "POST Tickets/9499/Notes")] {
            let answer = answer.clone();
            let fake = autotask(move |seen| if seen.line == line { answer.clone() } else { usual(seen) });
            assert_eq!(fake.session().push(&change).await.unwrap_err().kind, ErrorKind::Unavailable);
            assert_eq!(writes(&fake), 1);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_written_and_cannot_be_read_back_is_known_by_its_id() {
    for answer in [reply(404, ""), reply(403, ""), reply(503, ""), ok(&json!({"item": null}))] {
        let fake = autotask(move |seen| if seen.line == "GET Tickets/9499" { answer.clone() } else { usual(seen) });
        let pushed = fake.session().push(&create(ticket(), &[])).await.unwrap();
        assert_eq!(pushed, Pushed { external_id: "9499".into(), record: None, note_id: None });
    }
}

#[test]
fn a_long_first_line_is_cut_for_the_title() {
    let title = headline(&"x".repeat(300));
    assert_eq!((title.chars().count(), title.ends_with(ELLIPSIS)), (NOTE_TITLE, true));
    assert_eq!(headline("  \n one \n two"), "one");
}
