use domain::record::RecordData;
use serde_json::{Value, json};
use testkit::fake_vendor::{FakeVendor, Reply, Seen, ok, reply};

use super::*;
use crate::fake::{forbidden, manage};

fn ticket() -> Ticket {
    Ticket {
        title: "Printer down".to_owned(),
        description: "It <smokes>".to_owned(),
        company: Some("250".into()),
        contact: Some("57961".into()),
        ..Ticket::default()
    }
}

fn create(ticket: Ticket, defaults: &[(&str, &str)]) -> Change {
    let defaults = defaults.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Change::CreateTicket { reference: "tk_1".to_owned(), ticket: Box::new(ticket), defaults }
}

fn update(change: TicketChange) -> Change {
    Change::UpdateTicket { external_id: "48213".into(), change }
}

fn note(internal: bool) -> Change {
    let note = NoteDraft { author: "Ann".to_owned(), text: "a < b\nc".to_owned(), internal };
    Change::AddNote { ticket: "48213".into(), reference: "no_1".to_owned(), note }
}

/// Takes everything; what is read back is as the server has it.
fn usual(seen: &Seen) -> Reply {
    match seen.target() {
        "POST /service/tickets" => reply(201, json!({ "id": 48213, "summary": "in the answer" })),
        "POST /service/tickets/48213/notes" => reply(201, json!({ "id": 7, "ticketId": 48213 })),
        "PATCH /service/tickets/48213" => ok(&json!({ "id": 48213, "summary": "in the answer" })),
        "GET /service/tickets/48213" => ok(&json!({ "id": 48213, "summary": "As a rule made it", "closedFlag": true })),
        other => panic!("{other}"),
    }
}

async fn written(change: &Change) -> (Value, Pushed) {
    let manage = manage(usual);
    let pushed = manage.session().push(change).await.unwrap();
    (manage.written().json(), pushed)
}

fn refusal(error: &ConnectorError) -> (Option<&str>, &str) {
    match &error.kind {
        ErrorKind::Rejected { field, message } => (field.as_deref(), message),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_ticket_is_created_with_defaults_under_our_reference_and_read_back() {
    let defaults = [
        ("ticket_type", "8"),
        ("priority", "4"),
        ("board", "1"),
        ("category", "Hardware"),
        ("source", "2"),
        ("status", "101"),
    ];
    let (body, pushed) = written(&create(ticket(), &defaults)).await;
    insta::assert_json_snapshot!(body, @r#"
    {
      "board": {
        "id": 1
      },
      "company": {
        "id": 250
      },
      "contact": {
        "id": 57961
      },
      "externalXRef": "tk_1",
      "initialDescription": "It <smokes>",
      "priority": {
        "id": 4
      },
      "recordType": "ServiceTicket",
      "source": {
        "id": 2
      },
      "status": {
        "id": 101
      },
      "subType": {
        "name": "Hardware"
      },
      "summary": "Printer down",
      "type": {
        "id": 8
      }
    }
    "#);
    assert_eq!(
        (pushed.external_id.as_str(), pushed.record.as_ref().unwrap().data.name()),
        ("48213", "As a rule made it")
    );
    assert_eq!(pushed.note_id, None);
}

#[tokio::test]
async fn the_tickets_own_values_go_before_defaults() {
    let own =
        Ticket { board: Some("2".to_owned()), assignee: Some("176".into()), description: " ".to_owned(), ..ticket() };
    let (body, _) = written(&create(own, &[("board", "1")])).await;
    assert_eq!((&body["board"], &body["owner"]), (&json!({ "id": 2 }), &json!({ "id": 176 })));
    assert_eq!(body["initialDescription"], "Printer down", "a ticket without description begins with its title");
}

#[tokio::test]
async fn a_long_title_begins_the_description() {
    let title = "Ä".repeat(120);
    let (body, _) = written(&create(Ticket { title: title.clone(), ..ticket() }, &[])).await;
    assert_eq!(body["summary"].as_str().unwrap().chars().count(), 100);
    assert_eq!(body["initialDescription"], format!("{title}\n\nIt <smokes>"));
}

#[tokio::test]
async fn what_cannot_work_is_refused_before_it_is_sent() {
    let manage = manage(usual);
    let session = manage.session();
    let changed = |change: TicketChange| update(change);
    let cases = [
        (create(Ticket { company: None, ..ticket() }, &[]), "company"),
        (create(ticket(), &[("priority", "high")]), "priority"),
        (changed(TicketChange { title: Some("x".repeat(101)), ..TicketChange::default() }), "title"),
        (changed(TicketChange { description: Some("x".to_owned()), ..TicketChange::default() }), "description"),
        (changed(TicketChange { assignee: Some(Some("nobody".into())), ..TicketChange::default() }), "assignee"),
    ];
    for (change, field) in cases {
        assert_eq!(refusal(&session.push(&change).await.unwrap_err()).0, Some(field));
    }
    assert_eq!(manage.lines(), Vec::<String>::new());
}

#[tokio::test]
async fn only_what_changed_is_written_as_a_patch() {
    let change = TicketChange {
        title: Some("Printer up".to_owned()),
        status: Some("105".to_owned()),
        priority: Some("1".to_owned()),
        ticket_type: Some("9".to_owned()),
        assignee: Some(None),
        ..TicketChange::default()
    };
    let (body, pushed) = written(&update(change)).await;
    assert_eq!(
        body,
        json!([
            { "op": "replace", "path": "summary", "value": "Printer up" },
            { "op": "replace", "path": "status", "value": { "id": 105 } },
            { "op": "replace", "path": "priority", "value": { "id": 1 } },
            { "op": "replace", "path": "type", "value": { "id": 9 } },
            { "op": "remove", "path": "owner" },
        ])
    );
    let RecordData::Ticket(ticket) = &pushed.record.as_ref().unwrap().data else { panic!() };
    assert_eq!((ticket.title.as_str(), ticket.closed), ("As a rule made it", true));
    let (body, _) =
        written(&update(TicketChange { assignee: Some(Some("176".into())), ..TicketChange::default() })).await;
    assert_eq!(body, json!([{ "op": "replace", "path": "owner", "value": { "id": 176 } }]));
}

#[tokio::test]
async fn notes_are_signed_and_internal_ones_are_nowhere_public() {
    let (body, pushed) = written(&note(true)).await;
    assert_eq!(
        body,
        json!({ "text": "a < b\nc\n\n— Ann", "detailDescriptionFlag": false, "internalAnalysisFlag": true,
            "resolutionFlag": false, "processNotifications": false })
    );
    assert_eq!((pushed.external_id, pushed.note_id), ("48213".into(), Some("7".into())));
    let (body, _) = written(&note(false)).await;
    assert_eq!((&body["detailDescriptionFlag"], &body["internalAnalysisFlag"]), (&json!(true), &json!(false)));
}

#[tokio::test]
async fn refusals_carry_the_servers_words_and_our_field() {
    let manage = manage(|_| {
        reply(
            400,
            json!({ "code": "InvalidObject", "message": "ticket object is invalid", "errors": [{ "code": "NotFound",
            "message": "Service Status not found for Service Board 1", "field": "status/name" }] }),
        )
    });
    let session = manage.session();
    for change in
        [update(TicketChange { status: Some("201".to_owned()), ..TicketChange::default() }), create(ticket(), &[])]
    {
        let error = session.push(&change).await.unwrap_err();
        assert_eq!(refusal(&error), (Some("status"), "Service Status not found for Service Board 1"));
    }
    let owner = crate::fake::manage(|_| reply(400, json!({ "errors": [{ "message": "no", "field": "owner" }] })));
    let error = owner.session().push(&create(ticket(), &[])).await.unwrap_err();
    assert_eq!(refusal(&error), (Some("assignee"), "no"));
}

#[tokio::test]
async fn what_is_not_permitted_or_not_there_stays_what_it_is() {
    let of = |answer: Reply| async move {
        let manage = manage(move |_| answer.clone());
        manage.session().push(&note(true)).await.unwrap_err().kind
    };
    assert_eq!(of(forbidden()).await, ErrorKind::Forbidden);
    assert_eq!(of(crate::fake::gone()).await, ErrorKind::NotFound);
    assert_eq!(of(reply(401, "{}")).await, ErrorKind::Credentials { field: None });
    assert_eq!(of(reply(429, "{}")).await, ErrorKind::Limited { retry_after: None });
}

#[tokio::test(start_paused = true)]
async fn a_creation_is_never_repeated_and_an_unusable_answer_counts_as_none() {
    for answer in [reply(503, ""), reply(201, "{}"), reply(201, "<html>"), reply(201, "")] {
        for change in [create(ticket(), &[]), note(false)] {
            let answer = answer.clone();
            let manage = manage(move |_| answer.clone());
            let error = manage.session().push(&change).await.unwrap_err();
            assert_eq!(error.kind, ErrorKind::Unavailable);
            assert_eq!(manage.writes().len(), 1);
        }
    }
    // Where only reading it back failed, its id is known.
    let manage = manage(|seen| if seen.line.starts_with("POST") { usual(seen) } else { forbidden() });
    let pushed = manage.session().push(&note(true)).await.unwrap();
    assert_eq!((pushed.record, pushed.note_id), (None, Some("7".into())));
}

fn found(pushed: &[Pushed]) -> Vec<(String, Option<String>)> {
    let note = |pushed: &Pushed| pushed.note_id.as_ref().map(ToString::to_string);
    pushed.iter().map(|pushed| (pushed.external_id.to_string(), note(pushed))).collect()
}

async fn look(manage: &std::sync::Arc<FakeVendor>, change: &Change) -> Vec<(String, Option<String>)> {
    found(&manage.session().find(change).await.unwrap())
}

#[tokio::test]
async fn a_lost_ticket_is_found_by_our_reference() {
    let manage = manage(|_| ok(&json!([{ "id": 9, "summary": "Printer down", "externalXRef": "tk_1" }])));
    assert_eq!(look(&manage, &create(ticket(), &[])).await, [("9".to_owned(), None)]);
    let seen = manage.calls().remove(0);
    assert_eq!(seen.parameter("conditions").as_deref(), Some("externalXRef = \"tk_1\""));
    let none = crate::fake::manage(|_| ok(&json!([])));
    assert!(look(&none, &create(ticket(), &[])).await.is_empty());
}

#[tokio::test]
async fn a_lost_note_is_found_by_its_text_and_by_being_as_internal() {
    let row = |id: u32, text: &str, internal: bool| json!({ "id": id, "text": text, "detailDescriptionFlag": !internal, "internalAnalysisFlag": internal });
    let ours = "a < b\r\nc\n\n— Ann";
    let rows = json!([row(4, ours, true), row(5, "a < b c", true), row(6, ours, true), row(8, ours, false)]);
    let manage = manage(move |seen| if seen.target().ends_with("/notes") { ok(&rows) } else { usual(seen) });
    let of = |id: &str| ("48213".to_owned(), Some(id.to_owned()));
    assert_eq!(look(&manage, &note(true)).await, [of("6"), of("4")], "the newest first");
    assert_eq!(look(&manage, &note(false)).await, [of("8")]);
}

#[tokio::test]
async fn at_most_five_notes_may_be_the_lost_one() {
    let rows: Value =
        (1..9).map(|id| json!({ "id": id, "text": "a < b c — Ann", "internalAnalysisFlag": true })).collect();
    let manage = manage(move |seen| if seen.target().ends_with("/notes") { ok(&rows) } else { usual(seen) });
    assert_eq!(look(&manage, &note(true)).await.len(), 5);
}

#[test]
fn text_in_conditions_is_quoted() {
    assert_eq!(quoted(r#"a "b" \c"#), r#""a \"b\" \\c""#);
}

#[tokio::test]
async fn what_is_written_back_is_what_a_later_pull_brings() {
    let row = json!({ "id": 48213, "summary": "T", "recordType": "ServiceTicket", "board": { "id": 1 }, "owner": { "id": 176 } });
    let manage = manage(move |seen| match seen.target() {
        "GET /service/tickets" => ok(&json!([row])),
        "PATCH /service/tickets/48213" | "GET /service/tickets/48213" => ok(&row),
        other => panic!("{other}"),
    });
    let session = manage.session();
    let change = TicketChange { title: Some("T".to_owned()), ..TicketChange::default() };
    let pushed = session.push(&update(change)).await.unwrap();
    let feed = crate::descriptor::DESCRIPTOR.feed("tickets").unwrap();
    let request = connector::PullRequest { feed, since: None, cursor: None, probe: false, company: None };
    let page = session.pull(request).await.unwrap();
    assert_eq!(page.rows, [Mapped::Record(pushed.record.unwrap())]);
}
