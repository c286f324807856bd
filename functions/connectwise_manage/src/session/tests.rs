use connector::Cursor;
use domain::options::Options;
use domain::record::Choice;
use serde_json::{Value, json};
use testkit::fake_vendor::{Reply, Seen, ok};

use super::*;
use crate::descriptor::DESCRIPTOR;
use crate::fake::{forbidden, manage};

fn request<'a>(feed: &str, cursor: Option<&'a Cursor>) -> PullRequest<'a> {
    PullRequest { feed: DESCRIPTOR.feed(feed).unwrap(), since: None, cursor, probe: false, company: None }
}

fn contacts(ids: std::ops::RangeInclusive<u32>) -> Value {
    ids.map(|id| json!({ "id": id, "firstName": format!("C{id}") })).collect()
}

/// The link as a live server wrote it: another codebase, a slash before the query.
fn link(id: u32) -> String {
    format!(
        "<https://api-na.myconnectwise.net/v4_6_release/apis/3.0/company/contacts/?pageSize=200&pageId={id}>; rel=\"next\""
    )
}

fn ids(page: &Page) -> Vec<String> {
    let id = |row: &Mapped| match row {
        Mapped::Record(record) => record.external_id.to_string(),
        other => panic!("{other:?}"),
    };
    page.rows.iter().map(id).collect()
}

#[tokio::test]
async fn pages_are_read_by_the_id_before_them_across_sessions() {
    let manage = manage(|seen| match seen.parameter("pageId").as_deref() {
        None => ok(&contacts(1..=3)).header("link", &link(3)),
        Some("3") => ok(&contacts(7..=7)).header("link", &link(9)),
        Some("9") => ok(&json!([])).header("link", ""),
        other => panic!("{other:?}"),
    });
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let page = manage.session().pull(request("contacts", cursor.as_ref())).await.unwrap();
        all.extend(ids(&page));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(all, ["1", "2", "3", "7"]);
    assert_eq!(
        manage.lines(),
        [
            "GET /company/contacts?pageSize=200",
            "GET /company/contacts?pageId=3&pageSize=200",
            "GET /company/contacts?pageId=9&pageSize=200",
        ]
    );
    assert!(manage.calls().iter().all(|seen| seen.header("pagination-type") == Some("forward-only")));
}

#[tokio::test]
async fn a_page_that_comes_again_is_an_error() {
    let manage = manage(|_| ok(&contacts(1..=3)).header("link", &link(3)));
    let cursor = Cursor("3".to_owned());
    let error = manage.session().pull(request("contacts", Some(&cursor))).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Malformed { path: "pageId".to_owned() });
}

#[tokio::test]
async fn a_quiet_check_is_one_call_per_feed_and_asks_for_changes_in_whole_seconds() {
    let manage = manage(|_| ok(&json!([])));
    let session = manage.session();
    for (_, feed) in DESCRIPTOR.feeds() {
        let since = Some("2026-08-01T06:30:00.9Z".parse().unwrap());
        let page = session.pull(PullRequest { since, ..request(feed.id, None) }).await.unwrap();
        assert_eq!((page.rows.len(), page.next), (0, None), "{}", feed.id);
    }
    let calls = manage.calls();
    let conditions: Vec<_> = calls.iter().map(|seen| seen.parameter("conditions")).collect();
    assert_eq!(conditions, vec![Some("lastUpdated >= [2026-08-01T06:30:00Z]".to_owned()); 4]);
}

#[tokio::test]
async fn a_probe_asks_for_one_row() {
    let manage = manage(|_| ok(&contacts(1..=1)).header("link", &link(1)));
    let page = manage.session().pull(PullRequest { probe: true, ..request("contacts", None) }).await.unwrap();
    assert_eq!((ids(&page), page.next), (vec!["1".to_owned()], None));
    assert_eq!(manage.lines(), ["GET /company/contacts?pageSize=1"]);
}

#[tokio::test]
async fn inactive_statuses_are_read_once_when_a_company_comes() {
    let manage = manage(|seen| match seen.target() {
        "GET /company/companies" => ok(&json!([
            { "id": 1, "name": "A", "status": { "id": 2, "name": "Gone" } }, { "id": 2, "name": "B", "status": { "id": 1 } }])),
        "GET /company/companies/1" => ok(&json!({ "id": 1, "name": "A", "status": { "id": 2, "name": "Gone" } })),
        "GET /company/companies/statuses" => {
            ok(&json!([{ "id": 1, "name": "Active" }, { "id": 2, "name": "Gone", "inactiveFlag": true }]))
        }
        other => panic!("{other}"),
    });
    let session = manage.session();
    let page = session.pull(request("companies", None)).await.unwrap();
    let inactive = page.rows.iter().map(|row| match row {
        Mapped::Record(Record { data: RecordData::Company(company), .. }) => company.inactive,
        other => panic!("{other:?}"),
    });
    assert_eq!(inactive.collect::<Vec<_>>(), [true, false]);
    // Read alone, it looks as in the list.
    let alone = session.get(RecordType::Companies, &"1".into()).await.unwrap();
    assert_eq!(alone.as_ref(), page.rows.first());
    let lists = manage.lines().iter().filter(|line| line.contains("/statuses")).count();
    assert_eq!(lists, 1);
}

#[tokio::test]
async fn without_the_right_to_the_statuses_companies_wait_instead_of_passing_for_active() {
    let manage = manage(|seen| match seen.target() {
        "GET /company/companies" => ok(&json!([{ "id": 1, "name": "A", "status": { "id": 2 } }])),
        _ => forbidden(),
    });
    let error = manage.session().pull(request("companies", None)).await.unwrap_err();
    assert_eq!((error.op, error.kind), ("list company statuses", ErrorKind::Forbidden));
    assert_eq!(error.permission, Some(TABLE_SETUP), "and not the right to the companies, which was given");
    assert!(DESCRIPTOR.permissions.iter().any(|permission| permission.name == TABLE_SETUP));
}

#[tokio::test]
async fn a_small_list_that_does_not_end_is_an_error() {
    let manage = manage(|_| {
        let rows: Vec<_> = (0..1_000).map(|id| json!({ "id": id, "text": "x" })).collect();
        ok(&json!(rows))
    });
    let mut record = Record { external_id: "7".into(), modified_at: None, data: RecordData::Ticket(Box::default()) };
    let error = manage.session().complete(&mut record).await.unwrap_err();
    assert_eq!(error.detail.as_deref(), Some("the list does not end"));
}

#[tokio::test]
async fn gone_is_what_the_server_says_is_gone_or_a_company_marked_deleted() {
    let manage = manage(|seen| match seen.target() {
        "GET /company/companies/1" => ok(&json!({ "id": 1, "name": "A", "deletedFlag": true })),
        "GET /service/tickets/7" => ok(&json!({ "id": 7, "summary": "T", "recordType": "ProjectTicket" })),
        _ => crate::fake::gone(),
    });
    let session = manage.session();
    assert_eq!(session.get(RecordType::Companies, &"1".into()).await.unwrap(), None);
    assert_eq!(session.get(RecordType::Tickets, &"8".into()).await.unwrap(), None);
    let project = session.get(RecordType::Tickets, &"7".into()).await.unwrap();
    assert!(matches!(project, Some(Mapped::Skipped { .. })), "{project:?}");
    let before = manage.calls().len();
    for odd in ["", "7/notes", "../callbacks", "7?x=1"] {
        assert_eq!(session.get(RecordType::Tickets, &odd.into()).await.unwrap(), None, "{odd}");
    }
    assert_eq!(manage.calls().len(), before, "ids that are no numbers are not asked for");
}

#[tokio::test]
async fn a_ticket_is_completed_by_one_call() {
    let manage = manage(|_| {
        ok(&json!([
        { "id": 1, "text": "It smokes", "detailDescriptionFlag": true, "dateCreated": "2026-03-08T21:00:00Z" },
        { "id": 2, "text": "Difficult customer", "internalAnalysisFlag": true, "dateCreated": "2026-03-08T22:00:00Z" }]))
    });
    let ticket =
        domain::record::Ticket { created_at: Some("2026-03-08T21:00:00Z".parse().unwrap()), ..Default::default() };
    let mut record =
        Record { external_id: "48213".into(), modified_at: None, data: RecordData::Ticket(Box::new(ticket)) };
    manage.session().complete(&mut record).await.unwrap();
    let RecordData::Ticket(ticket) = record.data else { panic!() };
    assert_eq!(ticket.description, "It smokes");
    let notes: Vec<_> = ticket.notes.iter().map(|note| (note.text.as_str(), note.internal)).collect();
    assert_eq!(notes, [("Difficult customer", true)]);
    assert_eq!(manage.lines(), ["GET /service/tickets/48213/notes?orderBy=id+asc&page=1&pageSize=1000"]);
}

fn setup(seen: &Seen) -> Reply {
    ok(&match seen.target().trim_start_matches("GET ") {
        "/service/boards" => json!([{ "id": 1, "name": "Help Desk" }, { "id": 2, "name": "Alerts" },
            { "id": 3, "name": "Projects", "projectFlag": true }, { "id": 4, "name": "Old", "inactiveFlag": true }]),
        "/service/boards/1/statuses" => {
            json!([{ "id": 10, "name": "New" }, { "id": 11, "name": ">Closed", "inactive": true }])
        }
        "/service/boards/2/statuses" => json!([{ "id": 20, "name": "New" }]),
        "/service/boards/1/types" => json!([{ "id": 8, "name": "Incident" }]),
        "/service/boards/2/types" => json!([{ "id": 18, "name": "Alert" }]),
        "/service/boards/1/subtypes" | "/service/boards/2/subtypes" => json!([{ "id": 31, "name": "Hardware" }]),
        "/service/priorities" => json!([{ "id": 4, "name": "Normal" }]),
        "/service/sources" => json!([{ "id": 2, "name": "Portal" }]),
        "/company/contacts/types" => json!([{ "id": 5, "description": "Billing Contact" }]),
        "/company/companies/types" => json!([{ "id": 1, "name": "Client" }]),
        "/company/companies/statuses" => json!([{ "id": 2, "name": "Inactive", "inactiveFlag": true }]),
        "/system/securityroles" => json!([{ "id": 64, "name": "Technician" }]),
        other => panic!("{other}"),
    })
}

#[tokio::test]
async fn picklists_are_read_live() {
    let manage = manage(setup);
    let session = manage.session();
    let mut told = Vec::new();
    for field in DESCRIPTOR.lists() {
        let choices = session.choices(ChoiceQuery { field, search: None, board: None }).await.unwrap();
        let told_of = |choice: &Choice| {
            let board = choice.board.as_ref().map(|board| format!(" of {}={}", board.id, board.name));
            format!("{}={}{}", choice.value, choice.label, board.unwrap_or_default())
        };
        let choices: Vec<_> = choices.iter().map(told_of).collect();
        told.push(format!("{field}: {}", choices.join(", ")));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    statuses: 10=New of 1=Help Desk, 11=>Closed (inactive) of 1=Help Desk, 20=New of 2=Alerts
    contact_types: Billing Contact=Billing Contact
    ticket_types: 8=Incident of 1=Help Desk, 18=Alert of 2=Alerts
    priorities: 4=Normal
    boards: 1=Help Desk, 2=Alerts, 4=Old (inactive)
    categories: Hardware=Hardware
    sources: 2=Portal
    exclude_company_types: 1=Client
    exclude_company_statuses: 2=Inactive (inactive)
    member_security_role: 64=Technician
    "#);
    let unknown = session.choices(ChoiceQuery { field: "colours", search: None, board: None }).await.unwrap_err();
    assert_eq!(unknown.kind, ErrorKind::Unsupported);
}

#[tokio::test]
async fn statuses_and_types_of_a_board_are_one_call() {
    let manage = manage(setup);
    let session = manage.session();
    for (field, first) in [("statuses", "New"), ("ticket_types", "Alert")] {
        let choices = session.choices(ChoiceQuery { field, search: None, board: Some("2") }).await.unwrap();
        assert_eq!(choices.iter().map(|choice| choice.label.as_str()).collect::<Vec<_>>(), [first]);
    }
    assert_eq!(manage.lines().len(), 2);
}

#[tokio::test]
async fn filters_are_those_of_the_options() {
    let manage = manage(|_| ok(&json!([{ "id": 7, "summary": "T", "board": { "id": 2, "name": "Alerts" } }])));
    let mut options = Options::initial();
    options.filters.insert("boards".to_owned(), vec!["1".to_owned()]);
    let page = manage.session_with(&[], options).pull(request("tickets", None)).await.unwrap();
    assert!(
        matches!(&page.rows[0], Mapped::Skipped { reason, .. } if reason == "board \"Alerts\" is not among the chosen boards")
    );
}

#[tokio::test]
async fn contacts_of_an_older_server_are_asked_for_their_addresses() {
    let manage = manage(|seen| match seen.target() {
        "GET /company/contacts" => ok(&json!([
            { "id": 1, "firstName": "Ada", "_info": { "communications_href": "https://x/" } },
            { "id": 2, "firstName": "Bob", "_info": { "communications_href": "https://x/" } },
        ])),
        "GET /company/contacts/1/communications" => ok(&json!([
            { "id": 9, "contactId": 1, "value": "ada@acme.test", "defaultFlag": true, "communicationType": "Email" },
            { "id": 8, "contactId": 1, "value": "813", "extension": "4", "communicationType": "Phone" },
        ])),
        "GET /company/contacts/2/communications" => ok(&json!([])),
        other => panic!("{other}"),
    });
    let session = manage.session();
    let page = session.pull(request("contacts", None)).await.unwrap();
    let mut told = Vec::new();
    for row in page.rows {
        let Mapped::Record(mut record) = row else { panic!("{row:?}") };
        session.complete(&mut record).await.unwrap();
        let RecordData::Contact(contact) = record.data else { panic!("no contact") };
        told.push((contact.email, contact.phone.is_some()));
    }
    assert_eq!(told, [(Some("ada@acme.test".to_owned()), true), (None, false)]);
}

#[tokio::test]
async fn contacts_that_come_with_their_addresses_or_with_none_cost_no_call() {
    let email = json!([{ "value": "ada@acme.test", "defaultFlag": true, "communicationType": "Email" }]);
    let manage = manage(move |_| {
        ok(&json!([
            { "id": 1, "firstName": "Ada", "communicationItems": email },
            { "id": 2, "firstName": "Bob", "communicationItems": [] },
            { "id": 3, "firstName": "Cleo", "communicationItems": null },
            { "id": 4, "firstName": "Dan" },
        ]))
    });
    let session = manage.session();
    for row in session.pull(request("contacts", None)).await.unwrap().rows {
        let Mapped::Record(mut record) = row else { panic!("{row:?}") };
        let listed = record.clone();
        session.complete(&mut record).await.unwrap();
        assert_eq!(record, listed);
    }
    assert_eq!(manage.lines().len(), 1);
}
