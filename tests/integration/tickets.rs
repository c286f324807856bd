//! Tickets and technicians the whole way: a person at the portal's API, the engine, Halo, and back.

use std::collections::BTreeMap;

use domain::issue::Reason;
use domain::options::{Options, StageMap};
use serde_json::{Value, json};

use crate::acme::{Acme, HaloCompany, import_all};
use crate::portal::Portal;

fn options() -> Options {
    let map = |incoming: &[&str], out: &str| StageMap {
        incoming: incoming.iter().map(|status| (*status).to_owned()).collect(),
        outgoing: BTreeMap::from([("*".to_owned(), out.to_owned())]),
    };
    let stages = [("new", map(&["1"], "1")), ("working", map(&["2", "3"], "2")), ("resolved", map(&["9"], "9"))];
    Options { stages: stages.map(|(stage, map)| (stage.to_owned(), map)).into(), ..import_all() }
}

/// A company that Halo and the portal have, and somebody at the portal. Gives the portal's id of the company, too.
async fn contoso() -> (Acme, Portal, HaloCompany, String) {
    let acme = Acme::up_to_date(options()).await;
    let company = acme.add_company("Contoso");
    acme.runs(3).await;
    let portal = Portal::of(&acme);
    let id = acme.company_of(&company).await.id.to_string();
    (acme, portal, company, id)
}

impl Acme {
    /// A record as Halo has it now.
    fn halo_has(&self, list: &str, id: &Value) -> Value {
        let rows = self.halo.dump()[list].as_array().cloned().unwrap_or_default();
        let has = |row: &&Value| row["id"].as_i64().map(|id| id.to_string()).as_deref() == id.as_str();
        rows.iter().find(has).cloned().unwrap_or_default()
    }
}

fn path(of: &Value) -> String {
    format!("/v1/tickets/{}", of["id"].as_str().unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_ticket_opened_in_the_portal_is_at_halo_once_and_keeps_its_id() {
    let (acme, portal, _, company) = contoso().await;
    let input =
        json!({ "company_id": company, "title": "Printer down", "description": "It jams.", "stage": "working" });
    let made = portal.post("/v1/tickets", input).await;
    assert_eq!((&made["sync"]["state"], made.get("external_id")), (&json!("pending"), None));
    assert_eq!(acme.world.drain().await, 1, "the API told the queue");

    let there = portal.get(&path(&made)).await;
    assert_eq!((&there["id"], &there["sync"]), (&made["id"], &json!({ "state": "in_step", "may_discard": false })));
    let halo = acme.halo_has("tickets", &there["external_id"]);
    let (title, status) = (&halo["summary"], &halo["status_id"]);
    assert_eq!((title, status, &halo["details"]), (&json!("Printer down"), &json!(2), &json!("It jams.")));
    let by_vendor_id = portal.get(&format!("/v1/tickets/halo-psa.{}", there["external_id"].as_str().unwrap())).await;
    assert_eq!(by_vendor_id, there);
    acme.resync().await;
    acme.runs(2).await;
    assert_eq!(acme.at_halo("Printer down").len(), 1);
    let listed = portal.get(&format!("/v1/tickets?company={company}")).await;
    assert_eq!(listed["items"], json!([portal.get(&path(&made)).await]), "our own ticket came back as itself");
}

#[tokio::test(start_paused = true)]
async fn edits_made_before_the_vendor_has_the_ticket_arrive_behind_it() {
    let (acme, portal, _, company) = contoso().await;
    let made = portal.post("/v1/tickets", json!({ "company_id": company, "title": "Printer down" })).await;
    let edit = json!({ "title": "Printer on fire", "stage": "working", "priority": "1" });
    let edited = portal.patch(&path(&made), edit).await;
    portal.post(&format!("{}/notes", path(&made)), json!({ "text": "Call them.", "internal": false })).await;
    acme.world.drain().await;
    let there = portal.get(&path(&made)).await;
    assert_eq!((&there["sync"]["state"], &there["conflicts"]), (&json!("in_step"), &json!([])));
    for field in ["title", "stage", "status", "priority"] {
        assert_eq!(there[field], edited[field], "{field}: what the person saw is what Halo has");
    }
    let halo = acme.halo_has("tickets", &there["external_id"]);
    assert_eq!(
        (&halo["summary"], &halo["status_id"], &halo["priority_id"]),
        (&json!("Printer on fire"), &json!(2), &json!(1))
    );
    let texts: Vec<_> = there["notes"].as_array().unwrap().iter().map(|note| note["internal"].clone()).collect();
    assert_eq!(texts, [json!(false)]);
}

#[tokio::test(start_paused = true)]
async fn both_sides_edit_a_ticket() {
    let (acme, portal, company, _) = contoso().await;
    let id = acme.add_ticket(&company, "Printer down");
    acme.run().await;
    let ticket = format!("/v1/tickets/halo-psa.{id}");
    assert_eq!(portal.get(&ticket).await["stage"], "new");
    // The portal changes title and stage; Halo changes the title meanwhile, and the priority.
    portal.patch(&ticket, json!({ "title": "From the portal", "stage": "working" })).await;
    acme.change("tickets", &id, json!({ "summary": "From Halo", "priority_id": 1 }));
    acme.world.drain().await;
    let there = portal.get(&ticket).await;
    let shown = (&there["title"], &there["stage"], &there["priority"], &there["sync"]["state"]);
    assert_eq!(shown, (&json!("From Halo"), &json!("working"), &json!("1"), &json!("in_step")));
    let lost = &there["conflicts"][0];
    assert_eq!(
        (&lost["field"], &lost["portal"], &lost["vendor"], &lost["by"]),
        (&json!("title"), &json!("From the portal"), &json!("From Halo"), &json!("us_ada"))
    );
    assert_eq!(there["conflicts"].as_array().unwrap().len(), 1);
    acme.change("tickets", &id, json!({ "status_id": 9 }));
    acme.run().await;
    let closed = portal.get(&ticket).await;
    assert_eq!((&closed["stage"], &closed["closed"]), (&json!("resolved"), &json!(true)));
}

#[tokio::test(start_paused = true)]
async fn notes_go_both_ways_and_internal_ones_stay_hidden() {
    let (acme, portal, company, _) = contoso().await;
    let id = acme.add_ticket(&company, "Printer down");
    acme.run().await;
    let ticket = format!("/v1/tickets/halo-psa.{id}");
    portal.post(&format!("{ticket}/notes"), json!({ "text": "They never pay." })).await;
    portal.post(&format!("{ticket}/notes"), json!({ "text": "We are on it.", "internal": false })).await;
    acme.world.drain().await;
    let of = |text: &str, internal: bool| (text.to_owned(), internal);
    assert_eq!(acme.at_halo("Printer down"), [vec![of("They never pay.", true), of("We are on it.", false)]]);
    let action = json!({ "ticket_id": id.as_str().parse::<i64>().unwrap(), "note": "Fixed?", "outcome": "Email Received",
        "hiddenfromuser": false });
    // Under the very stamp of our own note it would be seen with the next change only.
    acme.world.clock.advance(jiff::SignedDuration::from_secs(1));
    acme.add("actions", action);
    acme.run().await;
    let notes = portal.get(&ticket).await["notes"].clone();
    let seen: Vec<_> = notes
        .as_array()
        .unwrap()
        .iter()
        .map(|note| (note["text"].as_str().unwrap().to_owned(), note["internal"].as_bool().unwrap()))
        .collect();
    // The plain form that Halo makes of our paragraphs.
    let ours = |text: &str, internal: bool| (format!("{text}— Ada"), internal);
    let expected = [ours("They never pay.", true), ours("We are on it.", false), ("Fixed?".to_owned(), false)];
    assert_eq!(seen, expected, "each once: our own did not come back as others");
}

#[tokio::test(start_paused = true)]
async fn what_halo_refuses_is_an_issue_until_it_is_retried_or_discarded() {
    let (acme, portal, company, _) = contoso().await;
    let id = acme.add_ticket(&company, "Printer down");
    acme.run().await;
    acme.halo.set_quirk("priority", json!("reject"));
    let ticket = format!("/v1/tickets/halo-psa.{id}");
    let priority = portal.get(&ticket).await["priority"].clone();
    portal.patch(&ticket, json!({ "priority": "99" })).await;
    portal.post(&format!("{ticket}/notes"), json!({ "text": "Urgent!" })).await;
    acme.world.drain().await;
    let refused = portal.get(&ticket).await;
    assert_eq!((&refused["priority"], &refused["sync"]["state"]), (&priority, &json!("refused")));
    let detail = refused["sync"]["detail"].as_str().unwrap();
    assert!(detail.contains("Invalid Priority specified for the SLA of this Ticket"), "{detail}");
    let reasons = async || acme.issues().await.into_iter().map(|issue| issue.reason).collect::<Vec<_>>();
    assert_eq!(reasons().await, [Reason::ChangeRefused]);
    assert_eq!(acme.at_halo("Printer down"), [vec![]], "the note waits behind it");

    portal.send("POST", &format!("{ticket}/retry"), None, 202).await;
    acme.world.drain().await;
    assert_eq!(portal.get(&ticket).await["sync"]["state"], "refused", "nothing was set right there");
    // Somebody at Halo makes the priority one of the SLA's.
    acme.halo.set_quirk("priority", Value::Null);
    portal.send("POST", &format!("{ticket}/discard"), None, 200).await;
    acme.world.drain().await;
    assert_eq!((reasons().await, &portal.get(&ticket).await["sync"]["state"]), (vec![], &json!("in_step")));
    assert_eq!(acme.at_halo("Printer down"), [vec![("Urgent!".to_owned(), true)]]);
}

#[tokio::test(start_paused = true)]
async fn a_ticket_that_halo_never_takes_is_discarded_whole() {
    let (acme, portal, _, company) = contoso().await;
    let input = json!({ "company_id": company, "title": "Printer down", "type": "777" });
    let made = portal.post("/v1/tickets", input).await;
    portal.post(&format!("{}/notes", path(&made)), json!({ "text": "Soon." })).await;
    acme.world.drain().await;
    assert_eq!(portal.get(&path(&made)).await["sync"]["state"], "refused");
    assert_eq!(acme.issues().await.len(), 1);
    portal.send("POST", &format!("{}/discard", path(&made)), None, 204).await;
    acme.world.drain().await;
    acme.runs(2).await;
    assert_eq!((acme.issues().await, acme.waiting().await, acme.at_halo("Printer down")), (vec![], vec![], vec![]));
    portal.send("GET", &path(&made), None, 404).await;
}

#[tokio::test(start_paused = true)]
async fn technicians_are_changed_added_and_assigned() {
    let (acme, portal, company, _) = contoso().await;
    let tess = acme.add("agents", json!({ "name": "Tess Tech", "email": "tess@msp.example", "jobtitle": "Engineer" }));
    let tess = crate::acme::id_of(&tess);
    acme.runs(2).await;
    let technician = format!("/v1/technicians/halo-psa.{tess}");
    let changed = portal.patch(&technician, json!({ "title": "Lead", "phone": "555-0100" })).await;
    assert_eq!((&changed["title"], &changed["sync"]["state"]), (&json!("Lead"), &json!("pending")));
    let input =
        json!({ "connector": "halo-psa", "name": "Tim Tech", "email": "tim@msp.example", "confirm_seat": true });
    let tim = portal.post("/v1/technicians", input).await;
    acme.world.drain().await;
    let halo = acme.halo_has("agents", &json!(tess.as_str()));
    assert_eq!((&halo["jobtitle"], &halo["sms"]), (&json!("Lead"), &json!("555-0100")));
    assert_eq!(portal.get(&technician).await["sync"], json!({ "state": "in_step", "may_discard": false }));

    let id = acme.add_ticket(&company, "Printer down");
    acme.run().await;
    let ticket = format!("/v1/tickets/halo-psa.{id}");
    let assigned = portal.patch(&ticket, json!({ "assignee_id": tim["id"] })).await;
    assert_eq!(assigned["assignee_id"], tim["id"]);
    acme.world.drain().await;
    let tim_there = portal.get(&format!("/v1/technicians/{}", tim["id"].as_str().unwrap())).await;
    let agent: i64 = tim_there["external_id"].as_str().unwrap().parse().unwrap();
    assert_eq!(acme.halo_has("tickets", &json!(id.as_str()))["agent_id"], agent);
    assert_eq!(portal.get(&ticket).await["assignee_id"], tim["id"], "he keeps the name that the portal gave him");
    portal.patch(&ticket, json!({ "assignee_id": null })).await;
    acme.world.drain().await;
    assert_eq!(portal.get(&ticket).await.get("assignee_id"), None);

    // Imported, he is one of the staff, whom a contact of the same address does not become.
    let import = format!("/v1/technicians/{}/import", tim["id"].as_str().unwrap());
    let imported = portal.send("POST", &import, Some(json!({ "role": "admin" })), 200).await;
    let contact = acme.add_contact(&company, "Tim Tech", "tim@msp.example");
    acme.run().await;
    assert_eq!(acme.why(&contact).await, "its e-mail address belongs to a user of the MSP's own staff");
    let user = acme.user(&imported["user_id"].as_str().unwrap().into()).await;
    assert_eq!((user.company_id, user.role.as_str()), (None, "admin"));
}
