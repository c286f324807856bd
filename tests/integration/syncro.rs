//! Syncro end to end without sockets: what is particular to it and can go wrong.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::edit::{Edit, NoteDraft, Operation, OperationState, RecordRef};
use domain::id::ExternalId;
use domain::options::{Options, RoleChoice};
use domain::record::{RecordData, RecordType, Ticket};
use domain::run::Trigger;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use simulators::{App, Fault, FaultKind, Setup};
use store::activity::By;
use store::outbox::Added;
use store::records::Presence;
use sync::engine::BudgetShare;
use sync::message::WorkMessage;
use sync::ports::{Clock, Queue};
use testkit::{Connected, InProcess, TestClock, World};

use crate::worlds::{fields, import_all};

/// One tenant and its Syncro.
struct Acme {
    world: World,
    syncro: App,
    connected: Connected,
}

fn world(scale: usize) -> (World, App) {
    let clock = TestClock::at("2026-03-02T09:00:00Z".parse().unwrap());
    let time = clock.clone();
    let setup = Setup { scale, seed: 1, clock: Arc::new(move || time.now()) };
    let app = simulators::by_id("syncro").unwrap().build(&setup);
    (World::new(&syncro::CONNECTOR, Arc::new(InProcess(app.router())), clock), app)
}

impl Acme {
    async fn connected(scale: usize, options: Options) -> Self {
        let (world, syncro) = world(scale);
        let connected = world.connect("acme", &syncro.credentials(), options).await;
        Self { world, syncro, connected }
    }

    /// First import done, and from here on every feed is due in every run.
    async fn up_to_date(scale: usize) -> Self {
        let acme = Self::connected(scale, import_all()).await;
        acme.runs(2).await;
        acme.syncro.clear_calls();
        acme
    }

    async fn runs(&self, times: usize) {
        for _ in 0..times {
            self.world.scheduled_run(&self.connected).await;
        }
    }

    /// What an edit in the portal sets off.
    async fn wake(&self) {
        let message = WorkMessage {
            tenant: self.connected.store.tenant().clone(),
            connector: "syncro".into(),
            connection: self.connected.id.clone(),
            claim: None,
            trigger: Trigger::Portal,
        };
        self.world.queue.send(&message, std::time::Duration::ZERO).await.unwrap();
        self.world.drain().await;
    }

    async fn data(&self, record_type: RecordType, id: &str) -> Option<RecordData> {
        let record = self.connected.store.record(&self.connected.id, record_type, &id.into()).await.unwrap()?;
        record.body.data.filter(|_| record.body.presence == Presence::Live)
    }

    async fn ticket(&self, id: &str) -> Ticket {
        let Some(RecordData::Ticket(ticket)) = self.data(RecordType::Tickets, id).await else {
            panic!("no ticket {id}")
        };
        *ticket
    }

    async fn put_in(&self, reference: &str, record: RecordRef, edit: Edit) {
        let operation = Operation {
            reference: reference.to_owned(),
            record_type: RecordType::Tickets,
            record,
            edit,
            by: "us_ann".to_owned(),
            at: self.world.clock.now(),
            state: OperationState::Queued,
        };
        assert_eq!(
            self.connected.store.add_operation(&self.connected.id, &operation, By::System).await.unwrap(),
            Added::New
        );
    }

    async fn open_ticket(&self, reference: &str, title: &str) -> RecordRef {
        let ticket = Ticket {
            title: title.to_owned(),
            description: "It does not work.\nSince Monday.".to_owned(),
            company: Some("20001".into()),
            ..Ticket::default()
        };
        let record = RecordRef::Portal(reference.to_owned());
        self.put_in(
            reference,
            record.clone(),
            Edit::CreateTicket { ticket: Box::new(ticket), defaults: BTreeMap::new() },
        )
        .await;
        record
    }

    async fn write_note(&self, reference: &str, ticket: &RecordRef, text: &str, internal: bool) {
        let note = NoteDraft { author: "Ann".to_owned(), text: text.to_owned(), internal };
        self.put_in(reference, ticket.clone(), Edit::AddNote(note)).await;
    }

    async fn vendor_id(&self, reference: &str) -> ExternalId {
        let made = self.connected.store.made(&self.connected.id, reference).await.unwrap();
        made.unwrap().external_id.unwrap()
    }

    async fn waiting(&self) -> usize {
        self.connected.store.operations(&self.connected.id, RecordType::Tickets, None).await.unwrap().len()
    }

    /// Tickets of this title at Syncro, each with its comments: first line and whether it is hidden.
    fn at_syncro(&self, title: &str) -> Vec<Vec<(String, bool)>> {
        let dump = self.syncro.dump();
        let rows = |list: &str| dump[list].as_array().cloned().unwrap_or_default();
        let said = |ticket: &Value| {
            let comments = rows("comments").into_iter().filter(|comment| comment["ticket_id"] == ticket["id"]);
            let first_line = |comment: Value| {
                let body = comment["body"].as_str().unwrap_or_default().to_owned();
                (body.lines().next().unwrap_or_default().to_owned(), comment["hidden"] == json!(true))
            };
            comments.map(first_line).collect()
        };
        rows("tickets").iter().filter(|ticket| ticket["subject"] == title).map(said).collect()
    }

    fn lose(&self, path: &str, kind: FaultKind) {
        self.syncro.add_faults(vec![Fault::new(kind).path(path).method("POST").times(1)]);
    }

    fn change(&self, list: &str, id: &str, values: Value) {
        self.syncro.patch(list, id, fields(values), false).unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_quiet_check_costs_a_call_per_page_and_none_per_record() {
    let acme = Acme::up_to_date(200).await;
    acme.runs(1).await;
    let calls = acme.syncro.calls(0);
    let of = |template: &str| calls.count("GET", template);
    assert_eq!(of("/api/v1/contacts"), 4, "fifty to a page");
    assert_eq!((of("/api/v1/customers"), of("/api/v1/users"), of("/api/v1/tickets")), (1, 1, 1));
    assert_eq!((of("/api/v1/users/{id}"), of("/api/v1/tickets/{id}/comments"), calls.data), (0, 0, 7));
}

#[tokio::test(start_paused = true)]
async fn tenants_behind_one_address_stay_under_150_calls_a_minute_together() {
    let (mut world, app) = world(1_200);
    world.budget = BudgetShare::Declared;
    let mut tenants = Vec::new();
    for tenant in ["acme", "globex"] {
        tenants.push(world.connect(tenant, &app.credentials(), import_all()).await);
    }
    app.clear_calls();
    // One environment, whose calls come from one address.
    let engine = world.engine();
    engine.tick(world.deadline()).await.unwrap();
    let mut rounds = 0;
    while let Some((message, delay)) = world.queue.take() {
        world.clock.advance(SignedDuration::try_from(delay).unwrap());
        engine.work(&message, world.deadline()).await.unwrap();
        rounds += 1;
        assert!(rounds < 200, "the imports do not end");
    }
    for tenant in &tenants {
        assert!(tenant.body().await.run.is_none(), "imported");
    }
    let calls: Vec<Timestamp> = app.calls(10_000).last.iter().map(|call| call.at).collect();
    assert!(calls.len() > 200, "only {} calls say nothing of the limit", calls.len());
    let minute = SignedDuration::from_mins(1);
    for (first, at) in calls.iter().enumerate() {
        let in_window = calls[first..].iter().take_while(|later| later.duration_since(*at) < minute).count();
        assert!(in_window < 150, "{in_window} calls in the minute from {at}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_contact_with_the_customers_own_address_is_primary() {
    let mut options = import_all();
    options.auto_import.primary_role = Some(RoleChoice::Role("admin".into()));
    let acme = Acme::connected(0, options).await;
    let customer = acme
        .syncro
        .create("customers", fields(json!({"business_name": "Harbour Ltd", "email": "Ann@harbour.sy.example"})));
    let customer = customer.unwrap()["id"].clone();
    for (name, email) in [("Bo Hill", "bo@harbour.sy.example"), ("Ann Reed", "ann@HARBOUR.sy.example")] {
        let contact = json!({"name": name, "email": email, "customer_id": customer});
        acme.syncro.create("contacts", fields(contact)).unwrap();
    }
    acme.runs(1).await;
    let users = acme.connected.store.users(100, None).await.unwrap().items;
    let mut roles: Vec<_> = users.iter().map(|user| (user.name.as_str(), user.role.as_str())).collect();
    roles.sort_unstable();
    assert_eq!(roles, [("Ann Reed", "admin"), ("Bo Hill", "standard")]);
}

#[tokio::test(start_paused = true)]
async fn an_address_of_a_technician_is_read_once_and_again_when_they_are_renamed() {
    let acme = Acme::up_to_date(0).await;
    let email = |data: Option<RecordData>| match data {
        Some(RecordData::Technician(technician)) => technician.email,
        other => panic!("{other:?}"),
    };
    acme.change("technicians", "102", json!({"email": "new@techs.sy.example"}));
    acme.runs(1).await;
    assert_ne!(email(acme.data(RecordType::Users, "102").await).as_deref(), Some("new@techs.sy.example"));
    acme.change("technicians", "102", json!({"full_name": "Somebody New"}));
    acme.runs(1).await;
    assert_eq!(email(acme.data(RecordType::Users, "102").await).as_deref(), Some("new@techs.sy.example"));
    assert_eq!(acme.syncro.calls(0).count("GET", "/api/v1/users/{id}"), 1);
}

#[tokio::test(start_paused = true)]
async fn what_was_deleted_and_who_was_switched_off_is_gone_after_two_looks() {
    for status in [200, 404] {
        let acme = Acme::up_to_date(60).await;
        acme.syncro.set_quirk("suspended_user", json!(status));
        let gone = [(RecordType::Contacts, "contacts", "50002"), (RecordType::Companies, "customers", "20000")];
        for (record_type, list, id) in gone {
            assert!(acme.data(record_type, id).await.is_some());
            acme.syncro.delete(list, id, true).unwrap();
        }
        acme.change("technicians", "103", json!({"suspended": true}));
        acme.runs(1).await;
        assert!(acme.data(RecordType::Contacts, "50002").await.is_some(), "missing once is not gone");
        acme.runs(1).await;
        for (record_type, id) in
            [(RecordType::Contacts, "50002"), (RecordType::Companies, "20000"), (RecordType::Users, "103")]
        {
            assert_eq!(acme.data(record_type, id).await, None, "{record_type} {id}, {status}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_hidden_comment_is_internal_wherever_it_stands() {
    let acme = Acme::up_to_date(0).await;
    let opened = json!({"customer_id": 20_001, "subject": "Quiet",
        "comments_attributes": [{"subject": "Initial Issue", "body": "Do not tell them", "hidden": true}]});
    let ticket = acme.syncro.create("tickets", fields(opened)).unwrap()["id"].clone();
    for (body, hidden) in [("Hello", false), ("Among us", true)] {
        let comment = json!({"ticket_id": ticket, "subject": "Update", "body": body, "hidden": hidden, "user_id": 101});
        acme.syncro.create("comments", fields(comment)).unwrap();
    }
    acme.runs(1).await;
    let mirrored = acme.ticket(&ticket.to_string()).await;
    let notes: Vec<_> = mirrored.notes.iter().map(|note| (note.text.as_str(), note.internal)).collect();
    assert_eq!(
        (mirrored.description.as_str(), notes),
        ("", vec![("Do not tell them", true), ("Hello", false), ("Among us", true)])
    );
}

#[tokio::test(start_paused = true)]
async fn a_ticket_with_its_notes_is_made_once_whatever_answer_is_lost() {
    let lost = [FaultKind::Reset, FaultKind::Hang, FaultKind::Truncate { bytes: 20 }, FaultKind::Html];
    for (tech, lost) in lost.into_iter().enumerate().map(|(n, lost)| (if n % 2 == 0 { "sent" } else { "owner" }, lost))
    {
        let acme = Acme::up_to_date(0).await;
        acme.syncro.set_quirk("comment_tech", json!(tech));
        acme.lose("/api/v1/tickets", lost.clone());
        let ticket = acme.open_ticket("tk_1", "Printer down").await;
        acme.wake().await;
        acme.runs(1).await;
        acme.lose("/api/v1/tickets/", lost.clone());
        acme.write_note("no_1", &ticket, "For the customer", false).await;
        acme.write_note("no_2", &ticket, "Among us", true).await;
        acme.wake().await;
        acme.runs(2).await;
        let said = [("It does not work.", false), ("For the customer", false), ("Among us", true)];
        let said = said.map(|(text, hidden)| (text.to_owned(), hidden)).to_vec();
        assert_eq!(acme.at_syncro("Printer down"), [said], "{lost:?}");
        assert_eq!(acme.waiting().await, 0, "{lost:?}");
        let mirrored = acme.ticket(acme.vendor_id("tk_1").await.as_str()).await;
        assert_eq!(mirrored.description, "It does not work.\nSince Monday.");
        let notes: Vec<_> = mirrored.notes.iter().map(|note| (note.text.as_str(), note.internal)).collect();
        assert_eq!(notes, [("For the customer\n\n— Ann", false), ("Among us\n\n— Ann", true)]);
        acme.syncro.clear_calls();
        acme.runs(2).await;
        let writes = |method: &str| acme.syncro.calls(100).last.iter().filter(|call| call.method == method).count();
        assert_eq!((writes("POST"), writes("PUT")), (0, 0), "our own write came back as a change");
    }
}

#[tokio::test(start_paused = true)]
async fn two_tickets_of_one_title_and_text_are_two() {
    let acme = Acme::up_to_date(0).await;
    acme.open_ticket("tk_1", "Printer down").await;
    acme.wake().await;
    acme.lose("/api/v1/tickets", FaultKind::Reset);
    acme.open_ticket("tk_2", "Printer down").await;
    acme.wake().await;
    acme.runs(2).await;
    assert_eq!((acme.at_syncro("Printer down").len(), acme.waiting().await), (2, 0));
    assert_ne!(acme.vendor_id("tk_1").await, acme.vendor_id("tk_2").await);
}

#[tokio::test(start_paused = true)]
async fn what_a_rule_of_the_account_changes_on_writing_is_no_change_afterwards() {
    let acme = Acme::up_to_date(0).await;
    acme.syncro.set_quirk("automation", json!({"status": "Scheduled", "user_id": 102}));
    acme.open_ticket("tk_1", "Printer down").await;
    acme.wake().await;
    let id = acme.vendor_id("tk_1").await;
    let before = acme.ticket(id.as_str()).await;
    assert_eq!((before.status.as_deref(), before.assignee.clone()), (Some("Scheduled"), Some("102".into())));
    let runs = acme.connected.store.runs(&acme.connected.id, 100, None).await.unwrap().items.len();
    acme.runs(2).await;
    assert_eq!(acme.connected.store.runs(&acme.connected.id, 100, None).await.unwrap().items.len(), runs, "quiet");
    assert_eq!(acme.ticket(id.as_str()).await, before);
}

#[tokio::test(start_paused = true)]
async fn technicians_are_declared_read_only() {
    let users = syncro::DESCRIPTOR.record_type(RecordType::Users).unwrap();
    assert_eq!(users.direction, connector::Direction::Pull);
    assert!(users.limitation.unwrap().contains("cannot create or change technicians"));
}
