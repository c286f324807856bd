use connector::ErrorKind;
use domain::record::Ticket;
use serde_json::json;
use testkit::fake_vendor::{Reply, Seen, ok, reply};

use super::*;
use crate::fake::{autotask, fields, items, sent};

fn created() -> Change {
    let ticket = Box::new(Ticket { title: "Printer down".to_owned(), ..Ticket::default() });
    Change::CreateTicket { reference: "tk_1".to_owned(), ticket, defaults: [].into() }
}

fn noted() -> Change {
    let note = NoteDraft { author: "Ann".to_owned(), text: "a\nb".to_owned(), internal: false };
    Change::AddNote { ticket: "7".into(), reference: "no_1".to_owned(), note }
}

#[tokio::test]
async fn a_lost_ticket_is_found_by_our_reference() {
    let fake = autotask(|seen| match seen.line.as_str() {
        "POST Tickets/query" => items(json!([{"id": 7, "title": "Printer down", "status": 1, "externalID": "tk_1"}])),
        other => panic!("{other}"),
    });
    let found = fake.session().find(&created()).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].external_id.as_str(), found[0].note_id.as_ref()), ("7", None));
    let asked = &sent(&fake, "POST Tickets/query")[0]["filter"][1];
    assert_eq!(*asked, json!({"op": "eq", "field": "externalID", "value": "tk_1"}));
    let fake = autotask(|_| items(json!([])));
    assert!(fake.session().find(&created()).await.unwrap().is_empty());
}

/// Notes of ticket 7: two of ours with our text, the same text by somebody else, and another of ours.
fn notes(seen: &Seen) -> Reply {
    let note =
        |id: i64, text: &str, by: i64| json!({"id": id, "ticketID": 7, "description": text, "creatorResourceID": by});
    match seen.line.as_str() {
        "POST TicketNotes/query" => items(json!([
            note(1, "a\r\nb\r\n\r\n— Ann", 5),
            note(2, "a b — Ann", 5),
            note(3, "a\nb\n\n— Ann", 6),
            note(4, "other", 5)
        ])),
        "POST Resources/query" => items(json!([
            {"id": 6, "userName": "api+x", "licenseType": 1}, {"id": 5, "userName": "api+x@msp.example", "licenseType": 7}
        ])),
        "GET Resources/entityInformation/fields" => {
            fields(&[("licenseType", &[("1", "Professional"), ("7", "API User")])])
        }
        "GET Tickets/7" => ok(&json!({"item": {"id": 7, "title": "T", "status": 1}})),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn lost_notes_are_found_by_text_and_author_the_newest_first() {
    let fake = autotask(notes);
    let found = fake.session().find(&noted()).await.unwrap();
    let ids: Vec<_> = found.iter().map(|found| found.note_id.as_ref().unwrap().as_str()).collect();
    assert_eq!(ids, ["2", "1"]);
    assert!(found.iter().all(|found| found.external_id.as_str() == "7"));
}

#[tokio::test]
async fn without_sight_of_resources_the_signed_text_has_to_do() {
    let fake = autotask(|seen| if seen.line == "POST Resources/query" { reply(403, "") } else { notes(seen) });
    let ids: Vec<_> =
        fake.session().find(&noted()).await.unwrap().into_iter().filter_map(|found| found.note_id).collect();
    assert_eq!(ids, ["3".into(), "2".into(), "1".into()]);
}

#[tokio::test(start_paused = true)]
async fn a_vendor_that_does_not_say_is_not_taken_for_no() {
    let fake = autotask(|_| reply(503, ""));
    assert_eq!(fake.session().find(&created()).await.unwrap_err().kind, ErrorKind::Unavailable);
    assert_eq!(fake.session().find(&noted()).await.unwrap_err().kind, ErrorKind::Unavailable);
}
