//! Edits that the vendor refused: shown as they stand, retried, discarded; and what must never be shown.

use domain::edit::{Edit, OperationState};
use domain::record::{RecordType, Ticket};
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::harness::{Api, Call};
use super::outbox::{ids, lose_the_answer, mirror_tickets, north, note, printer, refuse, waiting};

const TICKETS: RecordType = RecordType::Tickets;
const PRINTER: &str = "/v1/tickets/halo-psa.4242";

async fn with_printer() -> Api {
    let api = Api::new().await;
    north(&api).await;
    mirror_tickets(&api, &[("4242", printer())]).await;
    api
}

async fn post(api: &Api, path: &str) -> super::harness::Reply {
    api.send(Call::new("POST", path)).await
}

#[tokio::test]
async fn a_refused_edit_is_not_shown_and_later_ones_wait_behind_it() {
    let api = with_printer().await;
    api.patch(PRINTER, &json!({ "priority": "99" })).await.expect(200);
    refuse(&api, TICKETS, Some("priority_id"), "Invalid Priority").await;
    let later = api.patch(PRINTER, &json!({ "title": "Old printer" })).await.expect(200);
    assert_eq!((&later["priority"], &later["title"]), (&json!("3"), &json!("Old printer")));
    assert_snapshot!(later["sync"], @r#"{"detail":"Halo refused a change of priority: Invalid Priority (field priority_id). Set it right there and retry, or discard what was refused.","may_discard":true,"state":"refused"}"#);
    api.queue.take();

    let retried = post(&api, &format!("{PRINTER}/retry")).await.expect(202);
    assert_eq!((&retried["priority"], &retried["sync"]["state"]), (&json!("99"), &json!("pending")));
    let states: Vec<_> = waiting(&api, TICKETS).await.into_iter().map(|operation| operation.state).collect();
    assert_eq!(states, [OperationState::Queued, OperationState::Queued]);
    assert_eq!(api.queue.take().len(), 1);
    post(&api, &format!("{PRINTER}/retry")).await.expect(409);

    refuse(&api, TICKETS, None, "Invalid Priority").await;
    let discarded = post(&api, &format!("{PRINTER}/discard")).await.expect(200);
    assert_eq!((&discarded["priority"], &discarded["title"]), (&json!("3"), &json!("Old printer")));
    let left = waiting(&api, TICKETS).await;
    assert!(
        matches!(&left[..], [only] if matches!(&only.edit, Edit::UpdateTicket(fields) if fields.wanted.contains_key("title")))
    );
    assert_eq!(api.queue.take().len(), 1, "and the next one goes");
    assert_snapshot!(post(&api, &format!("{PRINTER}/discard")).await, @r##"
    409
    {
      "detail": "Halo has refused nothing of this and left nothing without an answer for half an hour, or it was retried or discarded already.",
      "request_id": "req-1",
      "status": 409,
      "title": "This does not fit the present state",
      "type": "urn:problem-type:portal:conflict"
    }
    "##);
}

#[tokio::test]
async fn an_edit_that_gets_no_answer_may_be_discarded_after_half_an_hour() {
    let api = with_printer().await;
    api.patch(PRINTER, &json!({ "priority": "99" })).await.expect(200);
    lose_the_answer(&api, TICKETS).await;
    api.patch(PRINTER, &json!({ "title": "Old printer" })).await.expect(200);
    post(&api, &format!("{PRINTER}/discard")).await.expect(409);
    api.later(31 * 60);
    let stuck = api.get(PRINTER).await.expect(200);
    assert_snapshot!(stuck["sync"], @r#"{"detail":"Halo did not say whether it has it: it is looked for there before it is sent again. It may be discarded.","may_discard":true,"state":"pending"}"#);
    let discarded = post(&api, &format!("{PRINTER}/discard")).await.expect(200);
    assert_eq!((&discarded["priority"], &discarded["title"]), (&json!("3"), &json!("Old printer")));
    assert_eq!(waiting(&api, TICKETS).await.len(), 1, "what waited behind it goes");
}

#[tokio::test]
async fn a_ticket_that_was_refused_is_discarded_with_everything_behind_it() {
    let api = with_printer().await;
    let company = api.get(PRINTER).await.expect(200)["company_id"].clone();
    let input = json!({ "company_id": company, "title": "Scanner" });
    let create = Call::new("POST", "/v1/tickets").body(&input).header("idempotency-key", "k-1");
    let made = api.send(create.clone()).await.expect(201);
    let path = format!("/v1/tickets/{}", made["id"].as_str().unwrap());
    api.patch(&path, &json!({ "title": "Old scanner" })).await.expect(200);
    api.post(&format!("{path}/notes"), &json!({ "text": "Soon." })).await.expect(201);
    refuse(&api, TICKETS, None, "The client is on stop").await;
    let shown = api.get(&path).await.expect(200);
    assert_eq!((&shown["title"], shown["notes"].as_array().unwrap().len()), (&json!("Old scanner"), 1));
    assert_snapshot!(shown["sync"], @r#"{"detail":"Halo refused the new ticket: The client is on stop. Set it right there and retry, or discard what was refused.","may_discard":true,"state":"refused"}"#);
    assert_eq!(ids(&api.get("/v1/tickets").await.expect(200))[0], made["id"].as_str().unwrap());

    post(&api, &format!("{path}/discard")).await.expect(204);
    assert_eq!(waiting(&api, TICKETS).await, []);
    api.get(&path).await.expect(404);
    post(&api, &format!("{path}/discard")).await.expect(404);
    assert_eq!(ids(&api.get("/v1/tickets").await.expect(200)), ["halo-psa.4242"]);
    let repeated = api.send(create).await;
    assert_eq!(repeated.status, 409, "what its key made is gone, and is not made again: {repeated}");
}

#[tokio::test]
async fn nothing_is_retried_while_the_connection_takes_no_edits_but_it_may_be_discarded() {
    let api = with_printer().await;
    api.patch(PRINTER, &json!({ "priority": "99" })).await.expect(200);
    refuse(&api, TICKETS, None, "Invalid Priority").await;
    api.save_options(&json!({ "record_types": ["companies"] })).await.expect(200);
    post(&api, &format!("{PRINTER}/retry")).await.expect(409);
    post(&api, &format!("{PRINTER}/discard")).await.expect(200);
    assert_eq!(waiting(&api, TICKETS).await, []);
}

/// Everything that an answer says apart from internal notes.
fn public(mut answer: Value) -> String {
    fn strip(value: &mut Value) {
        match value {
            Value::Array(items) => {
                items.retain(|item| item["internal"] != true);
                items.iter_mut().for_each(strip);
            }
            Value::Object(fields) => fields.values_mut().for_each(strip),
            _ => {}
        }
    }
    strip(&mut answer);
    if answer["internal"] == true { String::new() } else { answer.to_string() }
}

#[tokio::test]
async fn an_internal_note_is_in_no_field_but_an_internal_note() {
    const SECRET: &str = "they never pay 5f0c";
    // Mirrored, on its way, refused, each of them or none; beside an edit that is refused or on its way.
    for case in 0..16_u8 {
        let has = |bit: u8| case & (1 << bit) != 0;
        let api = with_printer().await;
        let notes = if has(0) { vec![note("1", SECRET, true), note("2", "Hello", false)] } else { Vec::new() };
        mirror_tickets(&api, &[("4242", Ticket { notes, ..printer() })]).await;
        let mut answers = Vec::new();
        let hidden = json!({ "text": SECRET });
        if has(1) {
            answers.push(api.post(&format!("{PRINTER}/notes"), &hidden).await.expect(201));
        }
        if has(2) {
            answers.push(api.patch(PRINTER, &json!({ "title": "Old printer" })).await.expect(200));
        }
        if has(3) && (has(1) || has(2)) {
            refuse(&api, TICKETS, Some("note"), "it is not wanted").await;
            answers.push(api.post(&format!("{PRINTER}/notes"), &hidden).await.expect(201));
        }
        answers.push(api.get(PRINTER).await.expect(200));
        answers.push(api.get("/v1/tickets").await.expect(200));
        let found = api.get("/v1/tickets?search=never%20pay").await.expect(200);
        assert_eq!(ids(&found), [] as [&str; 0], "nor is it found by it");
        for answer in answers {
            assert!(!public(answer.clone()).contains(SECRET), "case {case}: {answer}");
        }
        let shown = api.get(PRINTER).await.expect(200)["notes"].clone();
        let shown = shown.as_array().unwrap().iter().filter(|note| note["text"] == SECRET).count();
        let refused_note = has(3) && has(1);
        let sent_later = has(3) && (has(1) || has(2));
        let expected = usize::from(has(0)) + usize::from(has(1) && !refused_note) + usize::from(sent_later);
        assert_eq!(shown, expected, "case {case}: those who may see it do");
    }
}
