//! Edits made in the portal: each arrives once and in order, whatever fails on the way, and is no change when it comes back.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::edit::{Edit, NoteDraft, Operation, OperationState, RecordRef};
use domain::id::ExternalId;
use domain::issue::Reason;
use domain::options::Options;
use domain::record::{RecordData, RecordType, Ticket};
use domain::status::Status;
use jiff::SignedDuration;
use serde_json::{Value, json};
use simulators::{Fault, FaultKind};
use store::activity::By;
use store::memory::Fault as TableFault;
use store::outbox::Added;
use store::records::PortalPart;
use sync::ports::Clock;

use crate::acme::{Acme, HaloCompany, object};
use crate::worlds::{seen_from, try_round, until_quiet};

mod merging;
mod unheard;

impl Acme {
    /// An edit as the settings API keeps it.
    pub(crate) fn operation(&self, reference: &str, record: RecordRef, edit: Edit) -> Operation {
        Operation {
            reference: reference.to_owned(),
            record_type: RecordType::Tickets,
            record,
            edit,
            by: "us_ann".to_owned(),
            at: self.world.clock.now(),
            state: OperationState::Queued,
        }
    }

    pub(crate) async fn put_in(&self, operation: Operation) -> Added {
        seen_from(&self.world).store.add_operation(&self.connected.id, &operation, By::System).await.unwrap()
    }

    pub(crate) async fn open_ticket(&self, reference: &str, company: &HaloCompany, title: &str) -> RecordRef {
        let ticket = Ticket {
            title: title.to_owned(),
            description: "It does not work.".to_owned(),
            company: Some(company.id.clone()),
            ..Ticket::default()
        };
        let record = RecordRef::Portal(reference.to_owned());
        let edit = Edit::CreateTicket { ticket: Box::new(ticket), defaults: BTreeMap::new() };
        assert_eq!(self.put_in(self.operation(reference, record.clone(), edit)).await, Added::New);
        record
    }

    pub(crate) async fn write_note(&self, reference: &str, ticket: &RecordRef, text: &str, internal: bool) {
        let note = NoteDraft { author: "Ann".to_owned(), text: text.to_owned(), internal };
        let operation = self.operation(reference, ticket.clone(), Edit::AddNote(note));
        assert_eq!(self.put_in(operation).await, Added::New);
    }

    /// Changes fields of a ticket as a person does who sees what is mirrored now.
    pub(crate) async fn edit_ticket(&self, reference: &str, ticket: &RecordRef, wanted: Value) {
        let id = self.vendor_id(ticket).await.unwrap();
        let seen = seen_from(&self.world).store.record(&self.connected.id, RecordType::Tickets, &id).await.unwrap();
        let fields = sync::edit_of(object(wanted), &seen.unwrap().body.data.unwrap());
        let operation = self.operation(reference, ticket.clone(), Edit::UpdateTicket(fields));
        assert_eq!(self.put_in(operation).await, Added::New);
    }

    pub(crate) async fn vendor_id(&self, ticket: &RecordRef) -> Option<ExternalId> {
        match ticket {
            RecordRef::Vendor(id) => Some(id.clone()),
            RecordRef::Portal(reference) => {
                let made = seen_from(&self.world).store.made(&self.connected.id, reference).await.unwrap();
                made.and_then(|made| made.external_id)
            }
        }
    }

    pub(crate) async fn waiting(&self) -> Vec<OperationState> {
        let store = seen_from(&self.world).store;
        let queued = store.operations(&self.connected.id, RecordType::Tickets, None).await.unwrap();
        queued.into_iter().map(|queued| queued.operation.state).collect()
    }

    /// Tickets at Halo of this title, with their notes: text and whether it is internal.
    pub(crate) fn at_halo(&self, title: &str) -> Vec<Vec<(String, bool)>> {
        let dump = self.halo.dump();
        let rows = |list: &str| dump[list].as_array().cloned().unwrap_or_default();
        let notes_of = |ticket: &Value| {
            let mut notes: Vec<Value> = rows("actions")
                .into_iter()
                .filter(|a| a["ticket_id"] == ticket["id"] && a["who"] != "System")
                .collect();
            notes.sort_by_key(|note| note["id"].as_i64());
            let text = |note: &Value| {
                let text = note["note"].as_str().unwrap_or_default();
                // Without the line that says who wrote it.
                text.split('—').next().unwrap_or_default().trim_end().to_owned()
            };
            notes.iter().map(|note| (text(note), note["hiddenfromuser"] == json!(true))).collect()
        };
        rows("tickets").iter().filter(|ticket| ticket["summary"] == title).map(notes_of).collect()
    }

    pub(crate) async fn mirrored_ticket(&self, id: &ExternalId) -> (Ticket, PortalPart) {
        let record = seen_from(&self.world).store.record(&self.connected.id, RecordType::Tickets, id).await.unwrap();
        let body = record.unwrap().body;
        let Some(RecordData::Ticket(ticket)) = body.data else { panic!("no ticket") };
        (*ticket, body.portal.unwrap_or_default())
    }

    /// Writes seen by Halo since the last time this was asked.
    pub(crate) fn posts(&self) -> usize {
        let calls = self.halo.calls(10_000);
        let posts = calls.last.iter().filter(|call| call.method == "POST" && call.template.starts_with("/api")).count();
        self.halo.clear_calls();
        posts
    }

    /// The next two scheduled runs write nothing anywhere.
    async fn assert_quiet(&self) {
        self.posts();
        let before = self.world.table.items().len();
        assert_eq!((self.run().await, self.run().await), (None, None), "our own write came back as a change");
        assert_eq!(self.posts(), 0, "something was written again");
        assert_eq!(self.world.table.items().len(), before);
    }

    fn fail(&self, path: &str, method: &str, kind: FaultKind, times: u32) {
        self.halo.add_faults(vec![Fault::new(kind).path(path).method(method).times(times)]);
    }
}

fn status(code: u16, body: &str) -> FaultKind {
    FaultKind::Status { code, body: Some(body.to_owned()), retry_after: None, headers: BTreeMap::new() }
}

async fn acme() -> (Acme, HaloCompany) {
    let acme = Acme::up_to_date(Options::initial()).await;
    let company = acme.add_company("Contoso");
    acme.run().await;
    acme.runs(2).await;
    acme.posts();
    (acme, company)
}

#[tokio::test(start_paused = true)]
async fn a_ticket_with_its_notes_is_made_once_and_keeps_its_reference() {
    let (acme, company) = acme().await;
    let ticket = acme.open_ticket("tk_1", &company, "Printer down").await;
    acme.write_note("no_1", &ticket, "For the customer", false).await;
    acme.write_note("no_2", &ticket, "Among us", true).await;
    acme.wake().await;
    let notes = [("For the customer".to_owned(), false), ("Among us".to_owned(), true)];
    assert_eq!(acme.at_halo("Printer down"), [notes.to_vec()]);
    let id = acme.vendor_id(&ticket).await.unwrap();
    let (mirrored, part) = acme.mirrored_ticket(&id).await;
    assert_eq!(part.reference.as_deref(), Some("tk_1"));
    let kept: Vec<_> = mirrored.notes.iter().map(|note| (note.internal, note.text.contains("Among us"))).collect();
    assert_eq!(kept, [(false, false), (true, true)]);
    assert_eq!(acme.waiting().await, []);
    acme.assert_quiet().await;
}

#[tokio::test(start_paused = true)]
async fn a_ticket_that_was_just_made_is_unchanged_at_the_next_look() {
    let (acme, company) = acme().await;
    acme.world.clock.advance(jiff::SignedDuration::from_millis(370));
    acme.open_ticket("tk_1", &company, "Printer down").await;
    acme.wake().await;
    acme.assert_quiet().await;
}

#[tokio::test(start_paused = true)]
async fn the_same_request_again_finds_the_first() {
    let (acme, company) = acme().await;
    acme.open_ticket("tk_1", &company, "Printer down").await;
    let again = acme.operation(
        "tk_1",
        RecordRef::Portal("tk_1".to_owned()),
        Edit::CreateTicket { ticket: Box::default(), defaults: BTreeMap::new() },
    );
    assert!(matches!(acme.put_in(again.clone()).await, Added::Before(made) if made.external_id.is_none()));
    acme.wake().await;
    let id = acme.vendor_id(&RecordRef::Portal("tk_1".to_owned())).await;
    assert!(matches!(acme.put_in(again).await, Added::Before(made) if made.external_id == id && id.is_some()));
    acme.wake().await;
    assert_eq!(acme.at_halo("Printer down").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_creation_whose_answer_is_lost_is_found_at_once() {
    for lost in [FaultKind::Reset, FaultKind::Hang, FaultKind::Truncate { bytes: 20 }, FaultKind::Html] {
        let (acme, company) = acme().await;
        acme.fail("/api/Tickets", "POST", lost.clone(), 1);
        let ticket = acme.open_ticket("tk_1", &company, "Printer down").await;
        acme.wake().await;
        acme.run().await;
        assert_eq!(acme.at_halo("Printer down").len(), 1, "{lost:?}");
        assert!(acme.vendor_id(&ticket).await.is_some());
        assert_eq!(acme.waiting().await, []);
        acme.assert_quiet().await;
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_the_list_does_not_show_yet_is_looked_for_again_before_it_is_repeated() {
    let (acme, company) = acme().await;
    acme.fail("/api/Tickets", "POST", FaultKind::Reset, 1);
    acme.fail("/api/Tickets", "GET", FaultKind::NoRows, 1);
    let ticket = acme.open_ticket("tk_1", &company, "Printer down").await;
    let sent = acme.world.clock.now();
    acme.wake().await;
    assert!(matches!(acme.waiting().await[..], [OperationState::Sent { times: 1, .. }]));
    let due = acme.connected.read().await.state.due_at.unwrap();
    assert!(due <= sent + SignedDuration::from_secs(100), "{due}: it is looked for again after ninety seconds");
    acme.run().await;
    assert_eq!((acme.at_halo("Printer down").len(), acme.waiting().await.len()), (1, 0));
    assert!(acme.vendor_id(&ticket).await.is_some());
    acme.assert_quiet().await;
}

#[tokio::test(start_paused = true)]
async fn a_list_without_rows_is_believed_only_twice() {
    let (acme, company) = acme().await;
    acme.fail("/api/Tickets", "POST", FaultKind::Reset, 1);
    acme.fail("/api/Tickets", "GET", FaultKind::Html, 1);
    acme.open_ticket("tk_1", &company, "Printer down").await;
    acme.wake().await;
    assert!(matches!(acme.waiting().await[..], [OperationState::Sent { missed: 0, .. }]), "nothing was learnt");
    acme.fail("/api/Tickets", "GET", FaultKind::NoRows, 1);
    acme.run().await;
    assert!(matches!(acme.waiting().await[..], [OperationState::Sent { times: 1, missed: 1, .. }]));
    acme.run().await;
    assert_eq!((acme.at_halo("Printer down").len(), acme.waiting().await.len()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn one_that_never_arrived_is_sent_again_but_not_sooner() {
    let (acme, company) = acme().await;
    acme.fail("/api/Tickets", "POST", status(503, ""), 1);
    acme.open_ticket("tk_1", &company, "Printer down").await;
    acme.wake().await;
    acme.wake().await;
    assert_eq!(acme.at_halo("Printer down").len(), 0, "not repeated before it could have shown");
    acme.run().await;
    acme.run().await;
    assert_eq!((acme.at_halo("Printer down").len(), acme.waiting().await.len()), (1, 0));
    acme.assert_quiet().await;
}

#[tokio::test(start_paused = true)]
async fn looking_again_reads_no_list_of_a_feed() {
    let (acme, company) = acme().await;
    acme.fail("/api/Tickets", "POST", status(503, ""), 1);
    acme.open_ticket("tk_1", &company, "Printer down").await;
    acme.wake().await;
    acme.halo.clear_calls();
    acme.run().await;
    let calls = acme.halo.calls(100);
    assert_eq!((calls.count("POST", "/api/Tickets"), calls.count("GET", "/api/Client")), (1, 0), "{calls:#?}");
    acme.run().await;
    assert_eq!(acme.halo.calls(100).count("GET", "/api/Client"), 1, "the slot reads as ever");
}

#[tokio::test(start_paused = true)]
async fn a_change_that_gets_no_answer_is_tried_less_and_less_often_and_told() {
    let (acme, company) = acme().await;
    let id = acme.add_ticket(&company, "Printer down");
    acme.run().await;
    acme.halo.add_faults(vec![Fault::new(status(503, "")).path("/api/Tickets").method("POST")]);
    acme.edit_ticket("ed_1", &RecordRef::Vendor(id.clone()), json!({ "title": "Printer dead" })).await;
    let made = acme.world.clock.now();
    acme.wake().await;
    acme.posts();
    let mut tries = 0;
    while acme.world.clock.now().duration_since(made) < SignedDuration::from_hours(2) {
        acme.run().await;
        tries += usize::from(acme.posts() > 0);
    }
    assert!((7..=14).contains(&tries), "{tries} tries in two hours");
    let [issue] = &acme.issues().await[..] else { panic!("one issue: {:?}", acme.issues().await) };
    assert_eq!(issue.title, format!("Halo gives no answer to a change of ticket {id}: title"));
    acme.halo.clear_faults();
    acme.runs(3).await;
    assert_eq!((acme.at_halo("Printer dead").len(), acme.waiting().await.len(), acme.issues().await.len()), (1, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn two_notes_of_one_text_are_two_notes_though_the_answer_to_the_second_is_lost() {
    for lost in [FaultKind::Reset, status(502, "")] {
        let (acme, company) = acme().await;
        let ticket = acme.open_ticket("tk_1", &company, "Printer down").await;
        acme.write_note("no_1", &ticket, "Any news?", false).await;
        acme.wake().await;
        acme.fail("/api/Actions", "POST", lost.clone(), 1);
        acme.write_note("no_2", &ticket, "Any news?", false).await;
        acme.wake().await;
        acme.runs(2).await;
        let note = ("Any news?".to_owned(), false);
        assert_eq!(acme.at_halo("Printer down"), [vec![note.clone(), note]], "{lost:?}");
        assert_eq!(acme.waiting().await, []);
        acme.assert_quiet().await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_vendor_refuses_holds_back_what_follows_and_nothing_else() {
    let (acme, company) = acme().await;
    let refused = json!({ "ClassName": "System.Exception", "Message": "This status is not permitted" }).to_string();
    let ticket = acme.open_ticket("tk_1", &company, "Printer down").await;
    let other = acme.open_ticket("tk_2", &company, "Screen dark").await;
    acme.wake().await;
    acme.fail("/api/Tickets", "POST", status(400, &refused), 1);
    acme.edit_ticket("ed_1", &ticket, json!({ "title": "Printer dead" })).await;
    acme.write_note("no_1", &ticket, "Behind it", true).await;
    acme.write_note("no_2", &other, "Elsewhere", true).await;
    acme.wake().await;
    assert_eq!(acme.at_halo("Screen dark"), [vec![("Elsewhere".to_owned(), true)]]);
    assert_eq!(acme.at_halo("Printer down"), [vec![]], "neither the change nor the note behind it");
    let [issue] = &acme.issues().await[..] else { panic!("one issue") };
    assert_eq!(issue.reason, Reason::ChangeRefused);
    assert_eq!(issue.title, "Halo refused a change of ticket ~tk_1: title");
    assert!(issue.detail.contains("This status is not permitted"), "{}", issue.detail);
    assert_eq!(acme.status().await, (Status::Connected, None), "one refused edit is no error of the connection");

    acme.run().await;
    assert_eq!(acme.at_halo("Printer down"), [vec![]], "it is not tried again by itself");
    let queued = acme.connected.store.operations(&acme.connected.id, RecordType::Tickets, Some(&ticket)).await.unwrap();
    acme.connected
        .store
        .retry_operation(&acme.connected.id, &queued[0], acme.world.clock.now(), By::System)
        .await
        .unwrap();
    acme.wake().await;
    assert_eq!(acme.at_halo("Printer dead"), [vec![("Behind it".to_owned(), true)]]);
    assert_eq!((acme.issues().await.len(), acme.waiting().await.len()), (0, 0));
    acme.assert_quiet().await;
}

#[tokio::test(start_paused = true)]
async fn a_discarded_refusal_lets_the_rest_pass_and_closes_its_issue() {
    let (acme, company) = acme().await;
    let ticket = acme.open_ticket("tk_1", &company, "Printer down").await;
    acme.wake().await;
    acme.fail("/api/Tickets", "POST", status(400, r#"{"message":"No"}"#), 1);
    acme.edit_ticket("ed_1", &ticket, json!({ "title": "Printer dead" })).await;
    acme.write_note("no_1", &ticket, "Behind it", true).await;
    acme.wake().await;
    let queued = acme.connected.store.operations(&acme.connected.id, RecordType::Tickets, Some(&ticket)).await.unwrap();
    acme.connected
        .store
        .discard_operations(&acme.connected.id, &queued[..1], acme.world.clock.now(), By::System)
        .await
        .unwrap();
    acme.wake().await;
    assert_eq!(acme.at_halo("Printer down"), [vec![("Behind it".to_owned(), true)]]);
    assert_eq!(acme.issues().await, []);
}

#[tokio::test(start_paused = true)]
async fn what_a_person_discards_while_it_is_sent_is_over_and_what_came_of_it_is_known() {
    let (acme, company) = acme().await;
    let ticket = acme.open_ticket("tk_1", &company, "Printer down").await;
    acme.wake().await;
    acme.posts();
    acme.edit_ticket("ed_1", &ticket, json!({ "title": "Printer dead" })).await;
    acme.write_note("no_1", &ticket, "Behind it", true).await;
    acme.halo.add_faults(vec![Fault::new(FaultKind::DelayMs(2_000)).path("/api/Tickets").method("POST").times(1)]);
    let discarded = async {
        while acme.halo.calls(100).count("POST", "/api/Tickets") == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let store = seen_from(&acme.world).store;
        let queued = store.operations(&acme.connected.id, RecordType::Tickets, Some(&ticket)).await.unwrap();
        assert_eq!(queued.len(), 2, "it is still being sent");
        let now = acme.world.clock.now();
        store.discard_operations(&acme.connected.id, &queued[..1], now, By::System).await.unwrap();
    };
    futures::join!(acme.wake(), discarded);
    acme.runs(2).await;
    assert_eq!(acme.at_halo("Printer dead"), [vec![("Behind it".to_owned(), true)]], "sent once, and what follows");
    let id = acme.vendor_id(&ticket).await.unwrap();
    assert_eq!(acme.mirrored_ticket(&id).await.0.title, "Printer dead");
    assert_eq!((acme.waiting().await, acme.issues().await), (Vec::new(), Vec::new()));
    acme.assert_quiet().await;
}

#[tokio::test(start_paused = true)]
async fn an_edit_of_a_ticket_that_is_gone_says_so() {
    let (acme, company) = acme().await;
    let id = acme.add_ticket(&company, "Printer down");
    acme.run().await;
    acme.edit_ticket("ed_1", &RecordRef::Vendor(id.clone()), json!({ "title": "Printer dead" })).await;
    acme.delete("tickets", &id);
    acme.wake().await;
    assert_eq!(acme.issues().await, [], "it may only not be shown yet");
    acme.runs(3).await;
    let [issue] = &acme.issues().await[..] else { panic!("one issue") };
    assert_eq!((issue.reason, issue.detail.as_str()), (Reason::ChangeRefused, "it is no longer there at the vendor"));
}

#[tokio::test(start_paused = true)]
async fn edits_made_before_the_first_pass_follow_it() {
    let acme = Acme::connected(0, Options::initial()).await;
    let company = acme.add_company("Contoso");
    acme.open_ticket("tk_1", &company, "Printer down").await;
    acme.run().await;
    assert_eq!((acme.at_halo("Printer down").len(), acme.waiting().await.len()), (1, 0));
    acme.assert_quiet().await;
}

#[tokio::test(start_paused = true)]
async fn edits_wait_while_the_vendor_refuses_us_as_a_whole() {
    let (acme, company) = acme().await;
    acme.halo.revoke_credentials(true);
    acme.open_ticket("tk_1", &company, "Printer down").await;
    acme.wake().await;
    assert_eq!(acme.waiting().await, [OperationState::Queued], "it is known not to have been sent");
    acme.halo.revoke_credentials(false);
    acme.run().await;
    assert_eq!((acme.at_halo("Printer down").len(), acme.waiting().await.len()), (1, 0));
}

/// A ticket with a note and a change, and the engine disturbed at every write of what follows.
async fn disturbed_at_every_write(fault: TableFault) {
    let mut nth = 1;
    loop {
        let (mut acme, company) = acme().await;
        let ticket = acme.open_ticket("tk_1", &company, "Printer down").await;
        acme.write_note("no_1", &ticket, "Among us", true).await;
        acme.write_note("no_2", &ticket, "Among us", true).await;
        acme.connected.store.due_now(&acme.connected.id, acme.world.clock.now()).await.unwrap();
        acme.world.table = acme.world.table.reopen();
        acme.world.table.faults().at_write(nth, fault);
        let dead = acme.world.table.clone();
        let _ = Box::pin(dead.faults().run(try_round(&acme.world))).await;
        let reached = acme.world.table.faults().writes() >= nth;
        acme.world.table = acme.world.table.reopen();
        while acme.world.queue.take().is_some() {}
        until_quiet(&acme.world).await;
        let note = ("Among us".to_owned(), true);
        assert_eq!(acme.at_halo("Printer down"), [vec![note.clone(), note]], "{fault:?} at write {nth}");
        let id = acme.vendor_id(&ticket).await.unwrap();
        let (mirrored, part) = acme.mirrored_ticket(&id).await;
        assert_eq!((mirrored.notes.len(), part.reference.as_deref()), (2, Some("tk_1")), "{fault:?} at write {nth}");
        acme.posts();
        acme.world.scheduled_run(&seen_from(&acme.world)).await;
        assert_eq!(acme.posts(), 0, "{fault:?} at write {nth}");
        if !reached {
            assert!(nth > 10, "{nth} writes are too few to be all");
            return;
        }
        nth += 1;
    }
}

#[tokio::test(start_paused = true)]
async fn a_kill_before_any_write_makes_nothing_twice() {
    disturbed_at_every_write(TableFault::KillBefore).await;
}

#[tokio::test(start_paused = true)]
async fn a_kill_after_any_write_makes_nothing_twice() {
    disturbed_at_every_write(TableFault::KillAfter).await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_to_any_write_makes_nothing_twice() {
    disturbed_at_every_write(TableFault::LoseAnswer).await;
}

#[tokio::test(start_paused = true)]
async fn a_creation_that_may_not_be_looked_for_is_left_to_a_person() {
    let (acme, company) = acme().await;
    acme.fail("/api/Tickets", "POST", FaultKind::Reset, 1);
    acme.halo.add_faults(vec![Fault::new(status(403, "")).path("/api/Tickets").method("GET")]);
    acme.open_ticket("tk_1", &company, "Printer down").await;
    acme.wake().await;
    let [OperationState::Refused { message, .. }] = &acme.waiting().await[..] else {
        panic!("refused: {:?}", acme.waiting().await)
    };
    assert!(message.contains("does not permit looking for it"), "{message}");
}
