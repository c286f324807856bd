use connector::Cursor;
use domain::options::Options;
use serde_json::{Value, json};
use testkit::fake_vendor::{Reply, Seen, ok, reply};

use super::*;
use crate::descriptor::DESCRIPTOR;
use crate::fake::halo;

fn request<'a>(feed: &str, cursor: Option<&'a Cursor>) -> PullRequest<'a> {
    PullRequest { feed: DESCRIPTOR.feed(feed).unwrap(), since: None, cursor, probe: false, company: None }
}

fn clients(ids: std::ops::RangeInclusive<u32>, total: u32) -> Reply {
    let rows: Vec<Value> = ids.map(|id| json!({ "id": id, "name": format!("C{id}") })).collect();
    ok(&json!({ "page_no": 1, "page_size": 100, "record_count": total, "clients": rows }))
}

fn parameter<'a>(seen: &'a Seen, name: &str) -> Option<&'a str> {
    let query = seen.line.split_once('?')?.1;
    query.split('&').find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value))
}

#[tokio::test]
async fn pages_are_read_to_the_end_across_sessions() {
    let halo = halo(|seen| match parameter(seen, "page_no") {
        Some("1") => clients(101..=200, 150),
        Some("2") => clients(201..=250, 150),
        _ => panic!("{}", seen.line),
    });
    let first = halo.session().pull(request("clients", None)).await.unwrap();
    assert_eq!((first.rows.len(), first.total), (100, Some(150)));
    let kept = first.next.unwrap();
    let second = halo.session().pull(request("clients", Some(&kept))).await.unwrap();
    assert_eq!((second.rows.len(), second.next), (50, None));
    insta::assert_snapshot!(halo.lines().join("\n"), @r"
    GET /api/Client?includeactive=true&includeinactive=true&pageinate=true&page_size=100&page_no=1&order=id
    GET /api/Client?includeactive=true&includeinactive=true&pageinate=true&page_size=100&page_no=2&order=id
    ");
}

#[tokio::test]
async fn a_quiet_check_is_one_call_per_feed_and_asks_for_changes_only() {
    let halo = halo(|seen| {
        let path = seen.line.split(['/', '?']).nth(2).unwrap().to_lowercase();
        let key = if path == "client" || path == "site" { format!("{path}s") } else { path };
        ok(&json!({ "record_count": 0, key: [] }))
    });
    let session = halo.session();
    for feed in ["clients", "sites", "contacts", "tickets"] {
        let since = Some("2026-08-01T06:30:00.9Z".parse().unwrap());
        let page = session.pull(PullRequest { since, ..request(feed, None) }).await.unwrap();
        assert_eq!((page.rows.len(), page.next, page.total), (0, None, Some(0)), "{feed}");
    }
    let calls = halo.calls();
    assert_eq!(calls.len(), 4);
    for call in &calls {
        assert_eq!(parameter(call, "lastupdatefromdate"), Some("2026-08-01T06%3A30%3A00Z"), "{}", call.line);
    }
    insta::assert_snapshot!(calls[2].line, @"GET /api/Users?includeactive=true&includeinactive=true&exclude_generaluser=true&exclude_defaultsiteusers=true&exclude_agents=true&includeserviceaccount=false&lastupdatefromdate=2026-08-01T06%3A30%3A00Z&pageinate=true&page_size=100&page_no=1&order=id");
}

#[tokio::test]
async fn agents_come_whole_and_a_probe_asks_for_one_row() {
    let halo = halo(|seen| match seen.line.contains("/Agent") {
        true => ok(&json!([{ "id": 3, "name": "Alex" }, { "id": 4, "name": "Bo", "isdisabled": true }])),
        false => clients(12..=12, 412),
    });
    let session = halo.session();
    let page = session.pull(request("agents", None)).await.unwrap();
    assert_eq!((page.rows.len(), page.next, page.total), (2, None, Some(2)));
    let probe = session.pull(PullRequest { probe: true, ..request("clients", None) }).await.unwrap();
    assert_eq!((probe.rows.len(), probe.next), (1, None));
    assert_eq!(halo.lines()[0], "GET /api/Agent?includeenabled=true&includedisabled=true");
    assert_eq!(parameter(&halo.calls()[1], "page_size"), Some("1"));
}

#[tokio::test]
async fn user_roles_are_read_once_and_only_for_users_that_have_some() {
    let halo = halo(|seen| match (seen.line.contains("UserRoles"), parameter(seen, "page_no")) {
        (true, _) => ok(&json!([{ "id": 7, "name": "Approver" }])),
        (_, Some("1")) => ok(&json!({ "record_count": 3, "users": [{ "id": 1, "name": "A" }] })),
        (_, Some("2")) => ok(&json!({ "record_count": 3, "users": [{ "id": 2, "name": "B", "role_list": "7" }] })),
        _ => ok(&json!({ "id": 3, "name": "C", "role_list": "7,99" })),
    });
    let session = halo.session();
    let first = session.pull(request("contacts", None)).await.unwrap();
    assert_eq!(halo.calls().len(), 1);
    let second = session.pull(request("contacts", first.next.as_ref())).await.unwrap();
    let got = session.get(RecordType::Contacts, &"3".into()).await.unwrap().unwrap();
    for mapped in [&second.rows[0], &got] {
        let Mapped::Record(Record { data: RecordData::Contact(contact), .. }) = mapped else { panic!("{mapped:?}") };
        assert_eq!(contact.types, ["Approver"]);
    }
    assert_eq!(halo.lines().iter().filter(|line| line.contains("UserRoles")).count(), 1);
}

#[tokio::test]
async fn html_cut_off_json_and_a_missing_envelope_are_errors_and_never_an_empty_list() {
    for body in ["<html>down</html>", r#"{"record_count":1,"clients":[{"id""#, r#"{"record_count":0}"#, "[]", ""] {
        let halo = halo(move |_| reply(200, body));
        let error = halo.session().pull(request("clients", None)).await.unwrap_err();
        assert!(matches!(error.kind, ErrorKind::Malformed { .. }), "{body}: {error:?}");
    }
}

#[tokio::test]
async fn notes_that_are_counted_and_not_shown_are_an_error() {
    for shown in [json!([]), json!([{ "id": 2, "note": "the newer" }])] {
        let halo = halo(move |_| ok(&json!({ "record_count": 2, "actions": shown })));
        let mut record =
            Record { external_id: "7".into(), modified_at: None, data: RecordData::Ticket(Box::default()) };
        let error = halo.session().complete(&mut record).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Malformed { path: "record_count".to_owned() });
    }
}

#[tokio::test]
async fn a_record_is_read_as_it_stands() {
    let halo = halo(|seen| match seen.line.split('?').next().unwrap() {
        "GET /api/Tickets/7" => ok(&json!({ "id": 7, "summary": "Printer", "team_id": 26, "team": "1st Line" })),
        "GET /api/Tickets/8" => ok(&json!({ "id": 8, "summary": "Gone", "deleted": true })),
        "GET /api/Tickets/9" => reply(404, ""),
        "GET /api/Actions" => ok(&json!({ "record_count": 1, "actions": [{ "id": 1, "note": "hello" }] })),
        other => panic!("{other}"),
    });
    let session = halo.session();
    let Some(Mapped::Record(mut got)) = session.get(RecordType::Tickets, &"7".into()).await.unwrap() else { panic!() };
    let told = |got: &Record| match &got.data {
        RecordData::Ticket(ticket) => (ticket.title.clone(), ticket.notes.len()),
        other => panic!("{other:?}"),
    };
    assert_eq!(told(&got), ("Printer".to_owned(), 0), "as the list shows it");
    session.complete(&mut got).await.unwrap();
    assert_eq!(told(&got), ("Printer".to_owned(), 1));
    for gone in ["8", "9", "../Agent", ""] {
        assert_eq!(session.get(RecordType::Tickets, &gone.into()).await.unwrap(), None, "{gone}");
    }
    let mut options = Options::initial();
    options.filters.insert("teams".to_owned(), vec!["5".to_owned()]);
    let filtered = halo.session_with(&[], options).get(RecordType::Tickets, &"7".into()).await.unwrap();
    assert!(matches!(filtered, Some(Mapped::Skipped { .. })), "{filtered:?}");
}

#[tokio::test]
async fn all_notes_come_at_once_and_the_oldest_stands_first() {
    let halo = halo(|_| {
        let rows: Vec<Value> = (1..=150).rev().map(|id: u32| json!({ "id": id, "note": "x" })).collect();
        ok(&json!({ "record_count": 150, "actions": rows }))
    });
    let mut record = Record { external_id: "9499".into(), modified_at: None, data: RecordData::Ticket(Box::default()) };
    halo.session().complete(&mut record).await.unwrap();
    let RecordData::Ticket(ticket) = &record.data else { panic!() };
    let ids: Vec<u32> = ticket.notes.iter().map(|note| note.external_id.as_str().parse().unwrap()).collect();
    assert_eq!(ids, (1..=150).collect::<Vec<_>>());
    insta::assert_snapshot!(halo.lines().join("\n"), @"GET /api/Actions?excludesys=true&ticket_id=9499&includehtmlnote=true&count=5000");
}

#[tokio::test]
async fn picklists_are_read_live() {
    let halo = halo(|seen| match seen.line.split('?').next().unwrap() {
        "GET /api/Status" => ok(&json!([{ "id": 1, "name": "New" }, { "id": 9.0, "name": "Closed" }])),
        "GET /api/Team" => ok(&json!([{ "id": 26, "name": "1st Line" }, { "id": 5, "name": "Old", "inactive": true }])),
        "GET /api/UserRoles" => ok(&json!([{ "id": 7, "name": "Approver" }])),
        "GET /api/TicketType" => {
            ok(&json!([{ "id": 1, "name": "Incident", "use": "tickets" }, { "id": 2, "name": "P", "use": "projects" }]))
        }
        "GET /api/Priority" => ok(&json!([{ "id": "aeb80996", "slaid": 1, "priorityid": 4, "name": "Low" },
            { "id": "beb80996", "slaid": 2, "priorityid": 4, "name": "Low" }, { "priorityid": 5, "name": "X", "ishidden": true }])),
        "GET /api/Category" => ok(&json!([{ "id": 1, "value": "Hardware>Laptop", "category_name": "Laptop" }])),
        other => panic!("{other}"),
    });
    let session = halo.session();
    let mut told = Vec::new();
    for field in DESCRIPTOR.lists() {
        let choices = session.choices(ChoiceQuery { field, search: None, board: None }).await.unwrap();
        let choices: Vec<_> = choices.iter().map(|choice| format!("{}={}", choice.value, choice.label)).collect();
        told.push(format!("{field}: {}", choices.join(", ")));
    }
    insta::assert_snapshot!(told.join("\n"), @r"
    statuses: 1=New, 9=Closed
    contact_types: Approver=Approver
    ticket_types: 1=Incident
    priorities: 4=Low
    boards: 26=1st Line, 5=Old (inactive)
    categories: Hardware>Laptop=Hardware>Laptop
    ");
    let unknown = session.choices(ChoiceQuery { field: "colours", search: None, board: None }).await.unwrap_err();
    assert_eq!(unknown.kind, ErrorKind::Unsupported);
}

#[tokio::test]
async fn without_the_right_to_user_roles_that_right_is_named() {
    let halo = halo(|seen| match seen.line.contains("UserRoles") {
        true => reply(403, ""),
        false => ok(&json!({ "record_count": 1, "users": [{ "id": 1, "name": "A", "role_list": "7" }] })),
    });
    let error = halo.session().pull(request("contacts", None)).await.unwrap_err();
    assert_eq!((error.kind, error.permission), (ErrorKind::Forbidden, Some(ADMIN)));
}
