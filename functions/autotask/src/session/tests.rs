use connector::Cursor;
use connector::ErrorKind;
use domain::options::Options;
use serde_json::{Value, json};
use testkit::fake_vendor::{Reply, Seen, ok, reply};

use super::*;
use crate::descriptor::{CONTACT_GROUPS, DESCRIPTOR};
use crate::fake::{autotask, errors, fields, items, sent};

fn request<'a>(feed: &str, since: Option<&str>, cursor: Option<&'a Cursor>) -> PullRequest<'a> {
    let since = since.map(|since| since.parse().unwrap());
    PullRequest { feed: DESCRIPTOR.feed(feed).unwrap(), since, cursor, probe: false, company: None }
}

fn ticket(id: i64) -> Value {
    json!({"id": id, "title": format!("T{id}"), "status": 1})
}

/// Picklists, groups and an empty rest.
fn metadata(seen: &Seen) -> Reply {
    match seen.line.as_str() {
        "GET Companies/entityInformation/fields" => fields(&[("companyType", &[("1", "Customer")])]),
        "GET Resources/entityInformation/fields" => {
            fields(&[("licenseType", &[("1", "Professional"), ("7", "API User")])])
        }
        "GET TicketNotes/entityInformation/fields" => {
            fields(&[("publish", &[("1", "All Autotask Users"), ("2", "Internal")])])
        }
        "GET Tickets/entityInformation/fields" => {
            fields(&[("status", &[("1", "New"), ("5", "Complete")]), ("queueID", &[("8", "Client Portal")])])
        }
        _ => items(json!([])),
    }
}

#[tokio::test]
async fn pages_go_on_behind_the_last_id_across_sessions() {
    let fake = autotask(|seen| match seen.line.as_str() {
        "POST Tickets/query" => match seen.json()["filter"][0]["value"].as_i64().unwrap() {
            0 => items((1..=500).map(ticket).collect()),
            500 => items((501..=520).map(ticket).collect()),
            other => panic!("{other}"),
        },
        _ => metadata(seen),
    });
    let first = fake.session().pull(request("tickets", None, None)).await.unwrap();
    assert_eq!((first.rows.len(), first.next.as_ref()), (500, Some(&Cursor("500".to_owned()))));
    let second = fake.session().pull(request("tickets", None, first.next.as_ref())).await.unwrap();
    assert_eq!((second.rows.len(), second.next), (20, None));
    let sent = sent(&fake, "POST Tickets/query");
    assert_eq!(sent[1]["filter"], json!([{"op": "gt", "field": "id", "value": 500}]));
    assert_eq!(sent[1]["MaxRecords"], 500);
    assert_eq!(sent[1]["IncludeFields"][0], "id");
}

#[tokio::test]
async fn a_quiet_check_is_one_call_per_feed_and_asks_for_either_stamp() {
    let fake = autotask(metadata);
    let session = fake.session();
    // Twelve o'clock is the vendor's time: the same hour.
    for feed in ["companies", "contacts", "tickets"] {
        let page = session.pull(request(feed, Some("2026-11-22T12:00:00Z"), None)).await.unwrap();
        assert_eq!((page.rows.len(), page.next), (0, None), "{feed}");
    }
    assert_eq!(fake.lines(), ["POST Companies/query", "POST Contacts/query", "POST Tickets/query"]);
    let either = |one: &str, other: &str| {
        let stamp = |field: &str| json!({"op": "gte", "field": field, "value": "2026-11-22T12:00:00Z"});
        json!([{"op": "gte", "field": "id", "value": 0}, {"op": "or", "items": [stamp(one), stamp(other)]}])
    };
    let filter = |line: &str| sent(&fake, line)[0]["filter"].clone();
    assert_eq!(filter("POST Companies/query"), either("lastActivityDate", "lastTrackedModifiedDateTime"));
    assert_eq!(filter("POST Contacts/query"), either("lastModifiedDate", "lastActivityDate"));
    assert_eq!(filter("POST Tickets/query"), either("lastActivityDate", "lastTrackedModificationDateTime"));
}

#[tokio::test]
async fn deletions_are_asked_for_once_an_hour_where_the_log_may_be_seen() {
    let answer = |denied: Option<Reply>| {
        autotask(move |seen| match (seen.line.as_str(), &denied) {
            ("POST DeletedTicketLogs/query", Some(denied)) => denied.clone(),
            ("POST DeletedTicketLogs/query", None) => items(json!([
                {"id": 1, "ticketID": 9, "ticketTitle": "Gone"}, {"id": 2, "ticketID": 9}, {"id": 3, "ticketID": 7}
            ])),
            ("POST Tickets/query", _) => items(json!([ticket(7)])),
            _ => metadata(seen),
        })
    };
    let fake = answer(None);
    let page = fake.session().pull(request("tickets", Some("2026-11-22T11:55:00Z"), None)).await.unwrap();
    let ids = keyset::ids(&page.rows);
    assert_eq!(ids, [Some(7), Some(9)], "7 was listed, so it is there; 9 is told once");
    let Mapped::Skipped { name, reason, .. } = &page.rows[1] else { panic!() };
    assert_eq!((name.as_str(), reason.as_str()), ("Gone", "deleted in Autotask"));
    let since = &sent(&fake, "POST DeletedTicketLogs/query")[0]["filter"][1];
    assert_eq!(*since, json!({"op": "gte", "field": "deletedDateTime", "value": "2026-11-22T11:00:00Z"}));

    let permission = "The logged in Resource does not have the adequate permissions to query this entity.";
    for denied in [reply(403, ""), reply(404, ""), errors(permission)] {
        let fake = answer(Some(denied));
        let page = fake.session().pull(request("tickets", Some("2026-11-22T11:55:00Z"), None)).await.unwrap();
        assert_eq!(page.rows.len(), 1);
    }
}

#[tokio::test]
async fn contacts_get_the_groups_in_use_by_one_query_for_the_page() {
    let fake = autotask(|seen| match seen.line.as_str() {
        "POST Contacts/query" => items(json!([
            {"id": 1, "firstName": "A", "isActive": 1, "companyID": 4}, {"id": 2, "firstName": "B", "isActive": 0}
        ])),
        "POST ContactGroups/query" => items(json!([
            {"id": 1, "name": "Technical", "isActive": true}, {"id": 2, "name": "Billing", "isActive": true},
            {"id": 3, "name": "Old", "isActive": false}
        ])),
        "POST ContactGroupContacts/query" => items(json!([
            {"id": 1, "contactId": 1, "contactGroupId": 1}, {"id": 2, "contactID": 1, "contactGroupID": 2},
            {"id": 3, "contactID": 1, "contactGroupID": 3}
        ])),
        _ => metadata(seen),
    });
    let session = fake.session();
    let page = session.pull(request("contacts", None, None)).await.unwrap();
    let types: Vec<Vec<String>> = page
        .rows
        .into_iter()
        .map(|row| match row {
            Mapped::Record(Record { data: RecordData::Contact(contact), .. }) => contact.types,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(types, [vec!["Billing".to_owned(), "Technical".to_owned()], vec![]]);
    let asked = &sent(&fake, "POST ContactGroupContacts/query")[0]["filter"][1];
    assert_eq!(*asked, json!({"op": "in", "field": "contactID", "value": [1, 2]}));
    session.pull(request("contacts", None, None)).await.unwrap();
    assert_eq!(sent(&fake, "POST ContactGroups/query").len(), 1, "read once in a session");
}

#[tokio::test]
async fn one_record_comes_as_its_list_maps_it_and_two_answers_mean_gone() {
    let fake = autotask(|seen| match seen.line.as_str() {
        "GET Companies/0" => ok(&json!({"item": {"id": 0, "companyName": "Own", "companyType": 1, "isActive": true}})),
        "GET Tickets/7" => ok(&json!({"item": ticket(7)})),
        "GET Contacts/8" => ok(&json!({"item": null})),
        "GET Resources/9" => reply(404, ""),
        _ => metadata(seen),
    });
    let session = fake.session();
    let own = session.get(RecordType::Companies, &"0".into()).await.unwrap();
    assert!(matches!(own, Some(Mapped::Record(record)) if record.data.name() == "Own"));
    assert_eq!(session.get(RecordType::Contacts, &"8".into()).await.unwrap(), None);
    assert_eq!(session.get(RecordType::Users, &"9".into()).await.unwrap(), None);
    assert_eq!(session.get(RecordType::Users, &"../x".into()).await.unwrap(), None);
    let mut options = Options::initial();
    options.filters.insert("queues".to_owned(), vec!["8".to_owned()]);
    let filtered = fake.session_with(&[], options).get(RecordType::Tickets, &"7".into()).await.unwrap();
    assert!(matches!(filtered, Some(Mapped::Skipped { .. })), "the admin's filters hold for single records, too");
}

#[tokio::test]
async fn notes_of_a_page_are_read_singly_at_first_and_then_together() {
    let fake = autotask(|seen| match seen.line.as_str() {
        "POST Tickets/query" => items((1..=60).map(ticket).collect()),
        "POST TicketNotes/query" => {
            let asked = seen.json()["filter"][1]["value"].clone();
            let tickets = asked.as_array().cloned().unwrap_or_else(|| vec![asked.clone()]);
            let note = |ticket: &Value| {
                let id = ticket.as_i64().unwrap();
                json!({"id": id + 1_000, "ticketID": id, "description": "x", "publish": 1, "creatorResourceID": 5})
            };
            items(tickets.iter().map(note).collect())
        }
        "POST Resources/query" => items(json!([{"id": 5, "firstName": "Sam", "lastName": "Lee"}])),
        _ => metadata(seen),
    });
    let session = fake.session();
    let page = session.pull(request("tickets", None, None)).await.unwrap();
    for row in page.rows {
        let Mapped::Record(mut record) = row else { panic!() };
        session.complete(&mut record).await.unwrap();
        let RecordData::Ticket(ticket) = &record.data else { panic!() };
        let wanted = 1_000 + record.external_id.as_str().parse::<i64>().unwrap();
        assert_eq!(ticket.notes.len(), 1);
        assert_eq!(ticket.notes[0].external_id.as_str(), wanted.to_string());
        assert_eq!((ticket.notes[0].author.as_deref(), ticket.notes[0].internal), (Some("Sam Lee"), false));
    }
    assert_eq!(sent(&fake, "POST TicketNotes/query").len(), 4, "three singly, 57 together");
    assert_eq!(sent(&fake, "POST Resources/query").len(), 1);
}

#[tokio::test]
async fn the_account_is_the_database_whatever_may_be_read_in_it() {
    let fake = autotask(|seen| match seen.line.as_str() {
        "GET Companies/0" => ok(&json!({"item": {"id": 0, "companyName": "Acme MSP"}})),
        "POST Companies/query/count" => ok(&json!({"queryCount": 412})),
        _ => metadata(seen),
    });
    let account = fake.session().account().await.unwrap();
    assert_eq!((account.id.as_str(), account.name.as_str()), ("database-12345", "Acme MSP, 412 companies"));
    let fake = autotask(|_| reply(403, ""));
    let account = fake.session().account().await.unwrap();
    assert_eq!((account.id.as_str(), account.name.as_str()), ("database-12345", "Autotask database 12345"));
    let fake = autotask(|_| reply(401, ""));
    let error = fake.session().account().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Credentials { field: Some("secret") });
}

#[tokio::test]
async fn choices_are_the_picklists_of_tickets_and_the_groups() {
    let fake = autotask(|seen| match seen.line.as_str() {
        "POST ContactGroups/query" => items(json!([
            {"id": 1, "name": "Technical", "isActive": true}, {"id": 2, "name": "Billing", "isActive": true}
        ])),
        _ => metadata(seen),
    });
    let session = fake.session();
    let choices = async |field: &str| {
        let query = ChoiceQuery { field, search: None, board: None };
        session
            .choices(query)
            .await
            .map(|all| all.into_iter().map(|c| format!("{} {}", c.value, c.label)).collect::<Vec<_>>())
    };
    assert_eq!(choices("statuses").await.unwrap(), ["1 New", "5 Complete"]);
    assert_eq!(choices("boards").await.unwrap(), ["8 Client Portal"]);
    assert_eq!(choices("contact_types").await.unwrap(), ["Billing Billing", "Technical Technical"]);
    assert!(matches!(choices("sources").await.unwrap_err().kind, ErrorKind::Malformed { .. }), "the answer lacks it");
    assert_eq!(choices("moods").await.unwrap_err().kind, ErrorKind::Unsupported);
}

#[tokio::test]
async fn without_the_right_to_contact_groups_that_right_is_named() {
    for refused in ["POST ContactGroups/query", "POST ContactGroupContacts/query"] {
        let fake = autotask(move |seen| match seen.line.as_str() {
            line if line == refused => reply(403, ""),
            "POST Contacts/query" => items(json!([{"id": 1, "firstName": "Ada", "lastName": "Byron", "isActive": 1}])),
            "POST ContactGroups/query" => items(json!([{"id": 7, "name": "Billing", "isActive": true}])),
            _ => metadata(seen),
        });
        let error = fake.session().pull(request("contacts", None, None)).await.unwrap_err();
        assert_eq!((error.kind, error.permission), (ErrorKind::Forbidden, Some(CONTACT_GROUPS)), "{refused}");
    }
    assert!(DESCRIPTOR.permissions.iter().any(|permission| permission.name == CONTACT_GROUPS));
}
