use std::sync::Arc;

use connector::Cursor;
use domain::options::Options;
use domain::record::{RecordData, Technician};
use serde_json::{Value, json};
use testkit::fake_vendor::{FakeVendor, Reply, Seen, ok, reply};

use super::*;
use crate::descriptor::DESCRIPTOR;
use crate::fake::syncro;

fn request<'a>(feed: &str, cursor: Option<&'a Cursor>) -> PullRequest<'a> {
    PullRequest { feed: DESCRIPTOR.feed(feed).unwrap(), since: None, cursor, probe: false, company: None }
}

fn parameter_of<'a>(seen: &'a Seen, name: &str) -> Option<&'a str> {
    let query = seen.line.split_once('?')?.1;
    query.split('&').find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value))
}

fn contacts(ids: std::ops::RangeInclusive<u32>, pages: u32, total: u32) -> Reply {
    let rows: Vec<Value> = ids.map(|id| json!({"id": id, "name": format!("C{id}"), "customer_id": 1})).collect();
    ok(&json!({"contacts": rows, "meta": {"total_pages": pages, "total_entries": total, "per_page": 50, "page": 1}}))
}

fn ids(rows: &[Mapped]) -> Vec<&str> {
    let id = |row: &'_ Mapped| match row {
        Mapped::Record(record) => record.external_id.as_str().to_owned(),
        other => panic!("{other:?}"),
    };
    rows.iter().map(|row| id(row).leak() as &str).collect()
}

#[tokio::test]
async fn pages_are_read_to_the_end_across_sessions() {
    let syncro = syncro(|seen| match parameter_of(seen, "page") {
        Some("1") => contacts(1..=50, 2, 70),
        Some("2") => contacts(51..=70, 2, 70),
        _ => panic!("{}", seen.line),
    });
    let first = syncro.session().pull(request("contacts", None)).await.unwrap();
    assert_eq!((first.rows.len(), first.total), (50, Some(70)));
    let second = syncro.session().pull(request("contacts", first.next.as_ref())).await.unwrap();
    assert_eq!((second.rows.len(), second.next), (20, None));
    assert_eq!(syncro.lines(), ["GET /api/v1/contacts?page=1", "GET /api/v1/contacts?page=2"]);
}

#[tokio::test]
async fn a_quiet_check_is_one_call_per_feed() {
    let syncro = syncro(|seen| {
        let key = seen.target().rsplit('/').next().unwrap();
        let rows = if key == "users" { json!([[1, "Owner"]]) } else { json!([]) };
        ok(&json!({key: rows, "meta": {"total_pages": 1, "page": 1}}))
    });
    let session = syncro.session();
    for feed in ["customers", "contacts", "technicians", "tickets"] {
        let since = Some("2026-08-01T06:30:00.9Z".parse().unwrap());
        let page = session.pull(PullRequest { since, ..request(feed, None) }).await.unwrap();
        let rows = usize::from(feed == "technicians");
        assert_eq!((page.rows.len(), page.next), (rows, None), "{feed}");
    }
    insta::assert_snapshot!(syncro.lines().join("\n"), @r"
    GET /api/v1/customers?include_disabled=true&page=1
    GET /api/v1/contacts?page=1
    GET /api/v1/users
    GET /api/v1/tickets?since_updated_at=2026-08-01T06%3A30%3A00Z&page=1
    ");
}

#[tokio::test]
async fn tickets_of_the_same_day_that_did_not_change_are_left_out() {
    let row = |id: u32, at: &str| json!({"id": id, "subject": "x", "updated_at": at});
    let syncro = syncro(move |_| {
        let rows =
            [row(3, "2026-08-01T06:30:00.000Z"), row(2, "2026-08-01T06:29:59.999Z"), row(1, "2026-08-01T00:00:01Z")];
        ok(&json!({"tickets": rows, "meta": {"total_pages": 1, "page": 1}}))
    });
    let since = Some("2026-08-01T06:30:00Z".parse().unwrap());
    let page = syncro.session().pull(PullRequest { since, ..request("tickets", None) }).await.unwrap();
    assert_eq!(ids(&page.rows), ["3"]);
    let all = syncro.session().pull(request("tickets", None)).await.unwrap();
    assert_eq!(ids(&all.rows), ["3", "2", "1"]);
}

#[tokio::test]
async fn a_probe_reads_one_page() {
    let syncro = syncro(|_| contacts(1..=50, 9, 450));
    let page = syncro.session().pull(PullRequest { probe: true, ..request("contacts", None) }).await.unwrap();
    assert_eq!((page.next, syncro.calls().len()), (None, 1));
}

#[tokio::test]
async fn html_cut_off_json_plain_words_and_a_missing_envelope_are_errors_and_never_an_empty_list() {
    for body in ["<html>down</html>", r#"{"contacts":[{"id""#, r#"{"meta":{"total_pages":1}}"#, "[]", "", "Disabled"] {
        let syncro = syncro(move |_| reply(200, body));
        let error = syncro.session().pull(request("contacts", None)).await.unwrap_err();
        assert!(matches!(error.kind, ErrorKind::Malformed { .. }), "{body}: {error:?}");
    }
}

#[tokio::test]
async fn a_record_is_read_as_it_stands() {
    let syncro = syncro(|seen| match seen.target() {
        "GET /api/v1/tickets/7" => ok(&json!({"ticket": {"id": 7, "subject": "Printer", "status": "New"}})),
        "GET /api/v1/contacts/7" => ok(&json!({"id": 7, "name": "Ann", "customer_id": 1})),
        "GET /api/v1/customers/7" => ok(&json!({"customer": {"id": 7, "business_name": "Contoso"}})),
        "GET /api/v1/tickets/8" => reply(404, json!({"message": "Not found"})),
        "GET /api/v1/tickets/9" => reply(404, ""),
        "GET /api/v1/users" => ok(&json!({"users": [[3, "Alex"], [7, "Bo"]]})),
        other => panic!("{other}"),
    });
    let session = syncro.session();
    for (record_type, name) in [
        (RecordType::Tickets, "Printer"),
        (RecordType::Contacts, "Ann"),
        (RecordType::Companies, "Contoso"),
        (RecordType::Users, "Bo"),
    ] {
        let Some(Mapped::Record(got)) = session.get(record_type, &"7".into()).await.unwrap() else { panic!("{name}") };
        assert_eq!(got.data.name(), name);
    }
    for gone in ["8", "9", "../users", ""] {
        assert_eq!(session.get(RecordType::Tickets, &gone.into()).await.unwrap(), None, "{gone}");
    }
    // Whoever has left the list may not work any more.
    assert_eq!(session.get(RecordType::Users, &"8".into()).await.unwrap(), None);
    let mut options = Options::initial();
    options.filters.insert("exclude_statuses".to_owned(), vec!["New".to_owned()]);
    let filtered = syncro.session_with(&[], options).get(RecordType::Tickets, &"7".into()).await.unwrap();
    assert!(matches!(filtered, Some(Mapped::Skipped { .. })), "{filtered:?}");
}

#[tokio::test]
async fn a_list_of_users_without_anybody_is_an_error_and_nobody_is_gone() {
    let syncro = syncro(|_| ok(&json!({"users": []})));
    let session = syncro.session();
    let nobody = ErrorKind::Malformed { path: "users".to_owned() };
    assert_eq!(session.pull(request("technicians", None)).await.unwrap_err().kind, nobody);
    assert_eq!(session.get(RecordType::Users, &"7".into()).await.unwrap_err().kind, nobody);
}

async fn completed(syncro: &Arc<FakeVendor>, data: RecordData) -> Result<RecordData> {
    let mut record = Record { external_id: "7".into(), modified_at: None, data };
    syncro.session().complete(&mut record).await?;
    Ok(record.data)
}

#[tokio::test]
async fn comments_of_all_pages_become_description_and_notes() {
    let syncro = syncro(|seen| {
        let page: u32 = parameter_of(seen, "page").unwrap().parse().unwrap();
        // Whatever the order, and with one told twice.
        let ids = if page == 1 { 51..=150 } else { 1..=51 };
        let rows: Vec<Value> =
            ids.rev().map(|id: u32| json!({"id": id, "body": format!("{id}"), "hidden": false})).collect();
        ok(&json!({"comments": rows, "meta": {"total_pages": 2, "page": page, "per_page": 100}}))
    });
    let RecordData::Ticket(ticket) = completed(&syncro, RecordData::Ticket(Box::default())).await.unwrap() else {
        panic!()
    };
    assert_eq!(ticket.description, "1");
    let ids: Vec<u32> = ticket.notes.iter().map(|note| note.external_id.as_str().parse().unwrap()).collect();
    assert_eq!(ids, (2..=150).collect::<Vec<_>>());
    insta::assert_snapshot!(syncro.lines()[0], @"GET /api/v1/tickets/7/comments?sort_by=created_at&sort_direction=ASC&per_page=100&comment_format=plaintext&page=1");
}

#[tokio::test]
async fn a_page_of_comments_that_comes_again_ends_them() {
    let syncro = syncro(|_| ok(&json!({"comments": [{"id": 1, "body": "x", "hidden": false}]})));
    completed(&syncro, RecordData::Ticket(Box::default())).await.unwrap();
    assert_eq!(syncro.calls().len(), 2);
}

#[tokio::test]
async fn comments_that_do_not_end_are_an_error() {
    let syncro = syncro(|seen| {
        let page: u32 = parameter_of(seen, "page").unwrap().parse().unwrap();
        ok(
            &json!({"comments": [{"id": page, "body": "x", "hidden": false}], "meta": {"total_pages": 1_000, "page": page}}),
        )
    });
    let error = completed(&syncro, RecordData::Ticket(Box::default())).await.unwrap_err();
    assert_eq!(error.detail.as_deref(), Some("the list does not end"));
}

#[tokio::test]
async fn a_technicians_address_is_read_by_itself() {
    let syncro = syncro(|seen| match seen.target() {
        "GET /api/v1/users/7" => ok(&json!({"user": {"id": 7, "email": "bo@msp.example", "full_name": "Bo E."}})),
        other => panic!("{other}"),
    });
    let bo = Technician { name: "Bo".to_owned(), active: true, ..Technician::default() };
    let expected = Technician { email: Some("bo@msp.example".to_owned()), ..bo.clone() };
    assert_eq!(completed(&syncro, RecordData::Technician(bo)).await.unwrap(), RecordData::Technician(expected));
}

#[tokio::test]
async fn picklists_are_read_live() {
    let syncro = syncro(|seen| match seen.target() {
        "GET /api/v1/tickets/settings" => ok(&json!({"ticket_status_list": ["New", "In Progress", ""],
            "ticket_types": [{"id": 1, "name": "Hardware"}, {"id": 2, "name": "Old", "disabled": true}]})),
        "GET /api/v1/settings" => ok(&json!({"ticket": {"problem_types": ["Virus", "Other"],
            "priorities": ["", "0 Urgent", "1 High"]}, "locale": {}})),
        other => panic!("{other}"),
    });
    let session = syncro.session();
    let mut told = Vec::new();
    for field in DESCRIPTOR.lists() {
        let choices = session.choices(ChoiceQuery { field, search: None, board: None }).await.unwrap();
        let choices: Vec<_> = choices.iter().map(|choice| format!("{}={}", choice.value, choice.label)).collect();
        told.push(format!("{field}: {}", choices.join(", ")));
    }
    insta::assert_snapshot!(told.join("\n"), @r"
    statuses: New=New, In Progress=In Progress
    ticket_types: 1=Hardware, 2=Old (disabled)
    priorities: 0 Urgent=0 Urgent, 1 High=1 High
    categories: Virus=Virus, Other=Other
    ");
    let unknown = session.choices(ChoiceQuery { field: "contact_types", search: None, board: None }).await.unwrap_err();
    assert_eq!(unknown.kind, ErrorKind::Unsupported);
}
