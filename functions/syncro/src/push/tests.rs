use std::sync::Arc;

use domain::record::{RecordData, Technician};
use serde_json::{Value, json};
use testkit::fake_vendor::{FakeVendor, Reply, Seen, ok, reply};

use super::*;
use crate::fake::syncro;

fn ticket() -> Ticket {
    Ticket {
        title: "Printer down".to_owned(),
        description: "It smokes\nbadly".to_owned(),
        company: Some("12".into()),
        contact: Some("38".into()),
        ..Ticket::default()
    }
}

fn create(ticket: Ticket, defaults: &[(&str, &str)]) -> Change {
    let defaults = defaults.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    Change::CreateTicket { reference: "tk_1".to_owned(), ticket: Box::new(ticket), defaults }
}

fn note(internal: bool) -> Change {
    let note = NoteDraft { author: "Ann".to_owned(), text: "a < b\nc".to_owned(), internal };
    Change::AddNote { ticket: "9".into(), reference: "no_1".to_owned(), note }
}

fn update(change: TicketChange) -> Change {
    Change::UpdateTicket { external_id: "9".into(), change }
}

/// Creates under id 9, comments under id 3, and reads back what the account's rules made of it.
fn usual(seen: &Seen) -> Reply {
    match seen.target() {
        "POST /api/v1/tickets" => ok(&json!({"ticket": {"id": 9, "subject": "As sent", "status": "New"}})),
        "PUT /api/v1/tickets/9" => ok(&json!({"ticket": {"id": 9, "subject": "As sent"}})),
        "POST /api/v1/tickets/9/comment" => ok(&json!({"comment": {"id": 3, "ticket_id": 9}})),
        "GET /api/v1/tickets/9" => {
            ok(&json!({"ticket": {"id": 9, "subject": "As Syncro has it", "contact": {"id": 38}}}))
        }
        other => panic!("{other}"),
    }
}

async fn written(change: &Change) -> (String, Value, Pushed) {
    let syncro = syncro(usual);
    let pushed = syncro.session().push(change).await.unwrap();
    let written = syncro.written();
    (written.line.clone(), written.json(), pushed)
}

fn title(pushed: &Pushed) -> &str {
    pushed.record.as_ref().unwrap().data.name()
}

fn refusal(error: &ConnectorError) -> (Option<&str>, &str) {
    match &error.kind {
        ErrorKind::Rejected { field, message } => (field.as_deref(), message),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_ticket_is_created_with_its_description_as_first_comment_and_without_mail() {
    let defaults = [("ticket_type", "2"), ("priority", "2 Normal"), ("category", "Hardware"), ("status", "New")];
    let (line, body, pushed) = written(&create(ticket(), &defaults)).await;
    assert_eq!(line, "POST /api/v1/tickets");
    insta::assert_json_snapshot!(body, @r#"
    {
      "comments_attributes": [
        {
          "body": "It smokes\nbadly",
          "do_not_email": true,
          "hidden": false,
          "subject": "Initial Issue",
          "tech": "Portal"
        }
      ],
      "contact_id": 38,
      "customer_id": 12,
      "priority": "2 Normal",
      "problem_type": "Hardware",
      "status": "New",
      "subject": "Printer down",
      "ticket_type_id": 2
    }
    "#);
    assert_eq!((pushed.external_id.as_str(), title(&pushed)), ("9", "As Syncro has it"));
    let RecordData::Ticket(read) = &pushed.record.as_ref().unwrap().data else { panic!() };
    assert_eq!(read.contact, Some("38".into()));
}

#[tokio::test]
async fn a_ticket_without_description_describes_itself() {
    let (_, body, _) = written(&create(Ticket { description: " ".to_owned(), contact: None, ..ticket() }, &[])).await;
    assert_eq!(body["comments_attributes"][0]["body"], "Printer down");
    assert_eq!(body.as_object().unwrap().keys().collect::<Vec<_>>(), ["comments_attributes", "customer_id", "subject"]);
}

#[tokio::test]
async fn what_cannot_work_is_refused_before_it_is_sent() {
    let syncro = syncro(usual);
    let cases = [
        (create(Ticket { company: None, ..ticket() }, &[]), "company"),
        (create(ticket(), &[("ticket_type", "Hardware")]), "ticket_type"),
        (update(TicketChange { description: Some("new".to_owned()), ..TicketChange::default() }), "description"),
    ];
    for (change, field) in cases {
        assert_eq!(refusal(&syncro.session().push(&change).await.unwrap_err()).0, Some(field));
    }
    let technician = Technician { name: "Bo".to_owned(), ..Technician::default() };
    let bo = Change::CreateTechnician { reference: "te_1".to_owned(), technician };
    assert_eq!(syncro.session().push(&bo).await.unwrap_err().kind, ErrorKind::Unsupported);
    assert_eq!(syncro.calls().len(), 0);
}

#[tokio::test]
async fn only_what_changed_is_written_and_nobody_is_null() {
    let change = TicketChange { status: Some("Resolved".to_owned()), assignee: Some(None), ..TicketChange::default() };
    let (line, body, pushed) = written(&update(change)).await;
    assert_eq!((line.as_str(), body), ("PUT /api/v1/tickets/9", json!({"status": "Resolved", "user_id": null})));
    assert_eq!((title(&pushed), &pushed.note_id), ("As Syncro has it", &None));
    let change =
        TicketChange { title: Some("x".to_owned()), assignee: Some(Some("3".into())), ..TicketChange::default() };
    assert_eq!(written(&update(change)).await.1, json!({"subject": "x", "user_id": 3}));
}

#[tokio::test]
async fn notes_are_signed_and_sent_to_nobody() {
    let (line, body, pushed) = written(&note(true)).await;
    assert_eq!(line, "POST /api/v1/tickets/9/comment");
    let expected = json!({"subject": "Update", "body": "a < b\nc\n\n— Ann", "hidden": true, "do_not_email": true, "tech": "Portal"});
    assert_eq!(body, expected);
    assert_eq!((pushed.external_id, pushed.note_id), ("9".into(), Some("3".into())));
    assert_eq!(written(&note(false)).await.1["hidden"], false);
}

#[tokio::test]
async fn refusals_carry_syncros_words() {
    let cases = [
        (
            422,
            json!({"success": false, "message": ["Subject can't be blank"]}),
            Some("title"),
            "Subject can't be blank",
        ),
        (422, json!({"error": "Customer required field"}), Some("company"), "Customer required field"),
        (400, json!({"message": ["Vendor is blank"]}), None, "Vendor is blank"),
    ];
    for (status, body, field, message) in cases {
        let syncro = syncro(move |_| reply(status, &body));
        let error = syncro.session().push(&create(ticket(), &[])).await.unwrap_err();
        assert_eq!((refusal(&error), syncro.calls().len()), ((field, message), 1));
    }
    let missing =
        json!({"error": "Not authorized. Please ask account admin to update your group permissions."}).to_string();
    let forbidden = syncro(move |_| reply(401, &missing));
    assert_eq!(forbidden.session().push(&note(true)).await.unwrap_err().kind, ErrorKind::Forbidden);
    let gone = syncro(|_| reply(404, json!({"message": "Not found"})));
    assert_eq!(gone.session().push(&note(true)).await.unwrap_err().kind, ErrorKind::NotFound);
}

fn posts(syncro: &FakeVendor) -> usize {
    syncro.lines().iter().filter(|line| line.starts_with("POST")).count()
}

#[tokio::test(start_paused = true)]
async fn a_creation_is_never_repeated_and_an_unusable_answer_counts_as_none() {
    for (status, body) in [(503, ""), (200, "{}"), (200, "<html>"), (200, "")] {
        for change in [create(ticket(), &[]), note(false)] {
            let syncro = syncro(move |_| reply(status, body));
            let error = syncro.session().push(&change).await.unwrap_err();
            assert_eq!((error.kind, posts(&syncro)), (ErrorKind::Unavailable, 1), "{status} {body}");
        }
    }
    // Where only reading it back failed, its id is known; of a new ticket the answer itself is enough.
    let unreadable = |seen: &Seen| if seen.line.starts_with("POST") { usual(seen) } else { reply(403, "") };
    let syncro = syncro(unreadable);
    let pushed = syncro.session().push(&note(true)).await.unwrap();
    assert_eq!((pushed.record, pushed.note_id), (None, Some("3".into())));
    assert_eq!(title(&syncro.session().push(&create(ticket(), &[])).await.unwrap()), "As sent");
}

#[tokio::test(start_paused = true)]
async fn a_change_may_be_sent_again() {
    let tries = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let syncro = syncro(move |seen| {
        let first = tries.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
        if first { reply(502, "") } else { usual(seen) }
    });
    let change = update(TicketChange { title: Some("x".to_owned()), ..TicketChange::default() });
    assert_eq!(title(&syncro.session().push(&change).await.unwrap()), "As Syncro has it");
    assert_eq!(syncro.lines().iter().filter(|line| line.starts_with("PUT")).count(), 2);
}

async fn found(syncro: &Arc<FakeVendor>, change: &Change) -> Vec<(String, Option<String>)> {
    let found = syncro.session().find(change).await.unwrap();
    let text = |id: ExternalId| id.as_str().to_owned();
    found.into_iter().map(|pushed| (text(pushed.external_id), pushed.note_id.map(text))).collect()
}

#[tokio::test]
async fn a_lost_ticket_is_found_by_customer_and_first_comment_also_when_renamed() {
    let said = |body: &str, tech: &str| json!([{"id": 1, "body": body, "tech": tech, "hidden": false}]);
    let pages = [
        vec![
            json!({"id": 30, "subject": "Printer  down", "comments": said("It smokes\r\nbadly", "Owner")}),
            json!({"id": 29, "subject": "Printer down", "comments": said("Another story", "Portal")}),
            json!({"id": 28, "subject": "Screen down", "comments": said("It smokes badly", "Portal")}),
        ],
        vec![
            json!({"id": 27, "subject": "Printer down", "comments": said("It smokes badly", "Portal")}),
            json!({"id": 26, "subject": "Printer down", "comments": []}),
        ],
    ];
    let syncro = syncro(move |seen| {
        if let Some(id) = seen.target().strip_prefix("GET /api/v1/tickets/") {
            return ok(&json!({"ticket": {"id": id, "subject": "x"}}));
        }
        let page = usize::from(seen.line.ends_with("page=2"));
        ok(&json!({"tickets": pages[page], "meta": {"total_pages": 2, "page": page + 1}}))
    });
    let first = |ids: &[&str]| ids.iter().map(|id| ((*id).to_owned(), None)).collect::<Vec<_>>();
    // Of this subject, with our label first, then the newest; last what bears our label and may have been renamed.
    assert_eq!(found(&syncro, &create(ticket(), &[])).await, first(&["27", "30", "26", "28"]));
    insta::assert_snapshot!(syncro.lines()[0], @"GET /api/v1/tickets?customer_id=12&comment_format=plaintext&page=1");
    let other = create(Ticket { title: "Else".to_owned(), ..ticket() }, &[]);
    assert_eq!(found(&syncro, &other).await, first(&["28", "27"]));
    let unsaid = Ticket { description: "Nobody said this".to_owned(), ..ticket() };
    assert_eq!(found(&syncro, &create(unsaid, &[])).await, first(&["26"]));
    let dated = Ticket { created_at: Some("2026-04-02T10:00:00Z".parse().unwrap()), ..ticket() };
    found(&syncro, &create(dated, &[])).await;
    assert!(syncro.lines().iter().any(|line| line.contains("created_after=2026-04-01T10%3A00%3A00Z")));
}

#[tokio::test]
async fn a_lost_note_is_found_by_text_label_and_readers() {
    let comment = |id: u32, tech: &str, hidden: bool, user: Value| json!({"id": id, "body": "a < b\r\nc\r\n\r\n— Ann", "tech": tech, "hidden": hidden, "user_id": user});
    let rows = json!([
        comment(1, "Portal", false, json!(1)),
        comment(2, "Portal", true, json!(1)),
        comment(3, "Portal", false, json!(1)),
        comment(4, "customer-reply", false, Value::Null),
        comment(5, "Owner", true, json!(1)),
        {"id": 6, "body": "else", "tech": "Portal", "hidden": true, "user_id": 1},
        comment(7, "Portal", true, json!(1)),
    ]);
    let syncro = syncro(move |seen| match seen.target() {
        "GET /api/v1/tickets/9/comments" => ok(&json!({"comments": rows, "meta": {"total_pages": 1}})),
        _ => usual(seen),
    });
    let notes = |ids: &[&str]| ids.iter().map(|id| ("9".to_owned(), Some((*id).to_owned()))).collect::<Vec<_>>();
    assert_eq!(found(&syncro, &note(true)).await, notes(&["7", "2", "5"]));
    // The first one is the description.
    assert_eq!(found(&syncro, &note(false)).await, notes(&["3"]));
    let gone = crate::fake::syncro(|_| reply(404, ""));
    assert_eq!(found(&gone, &note(true)).await, []);
}
