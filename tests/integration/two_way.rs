//! Both sides at once: the portal and people at the vendor edit the same tickets, hints are lost, doubled and late, answers
//! vanish, the vendor fails, the engine is killed, in an order that a seed decides. Then it is quiet, and then: both sides
//! are equal, no ticket and no note is there twice, nothing internal is where a client could see it, and nobody writes
//! any more.

pub(crate) mod desk;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use connector::DeploymentValues;
use desk::{Desk, SeenNote};
use domain::edit::{Edit, NoteDraft, Operation, OperationState, RecordRef};
use domain::id::ExternalId;
use domain::options::Options;
use domain::record::{RecordData, RecordType, Ticket};
use domain::run::Trigger;
use fastrand::Rng;
use jiff::SignedDuration;
use serde_json::json;
use simulators::{App, Fault, FaultKind, RouteKind, Setup};
use store::activity::By;
use store::memory::Fault as TableFault;
use sync::message::WorkMessage;
use sync::ports::{Clock, Queue};
use testkit::{Connected, InProcess, TestClock, World};

use crate::acme::object;
use crate::worlds::try_round;

/// What internal notes say; it must never stand anywhere else.
const INTERNAL: &str = "for our eyes";

struct Model {
    rng: Rng,
    desk: &'static dyn Desk,
    world: World,
    app: App,
    connected: Connected,
    company: ExternalId,
    /// Tickets that the portal opened, by reference.
    opened: Vec<String>,
    /// Every note written on either side, with how often.
    notes: BTreeMap<String, (usize, bool)>,
    /// Tickets with a hint that somebody has still to deliver.
    undelivered: Vec<ExternalId>,
    said: u32,
}

/// Everything that the portal says to a vendor's desk: a ticket is opened, edited and written to. Gives the vendor.
pub(crate) async fn told(desk: &'static dyn Desk) -> App {
    let mut model = Model::new(desk, 1).await;
    model.portal_opens().await;
    model.settle().await;
    model.portal_edits().await;
    for _ in 0..4 {
        model.portal_notes().await;
    }
    model.settle().await;
    model.app
}

impl Model {
    async fn new(desk: &'static dyn Desk, seed: u64) -> Self {
        let clock = TestClock::at("2026-03-02T09:00:00Z".parse().unwrap());
        let time = clock.clone();
        let setup = Setup { scale: 20, seed: 1, clock: Arc::new(move || time.now()) };
        let connector = catalog::by_id(desk.connector()).unwrap();
        let app = simulators::by_id(desk.connector()).unwrap().build(&setup);
        let mut world = World::new(connector, Arc::new(InProcess(app.router())), clock);
        let values = app.deployment().into_iter().map(|(name, value)| (name, value.into()));
        world.deployment = DeploymentValues(values.collect());
        let connected = world.connect("acme", &app.credentials(), Options::initial()).await;
        let company = desk.company(&app);
        let rng = Rng::with_seed(seed);
        let (opened, notes, undelivered, said) = Default::default();
        let mut model = Self { rng, desk, world, app, connected, company, opened, notes, undelivered, said };
        model.settle().await;
        model
    }

    async fn act(&mut self) {
        // Vendors stamp whole seconds. Of two changes under one stamp, with a look between them, only a webhook tells.
        self.world.clock.advance(SignedDuration::from_secs(2));
        match self.rng.u32(0..100) {
            0..8 => self.portal_opens().await,
            8..20 => self.portal_edits().await,
            20..32 => self.portal_notes().await,
            32..44 => self.vendor_edits(),
            44..54 => self.vendor_notes(),
            54..62 => self.hint().await,
            62..72 => self.disturb(),
            72..86 => self.work().await,
            86..92 => self.killed_at_work().await,
            _ => self.world.clock.advance(SignedDuration::from_secs(self.rng.i64(1..600))),
        }
    }

    fn say(&mut self, what: &str) -> String {
        self.said += 1;
        format!("{what} {}", self.said)
    }

    fn is_internal(&mut self) -> bool {
        self.rng.bool()
    }

    async fn keep(&mut self, record: RecordRef, edit: Edit) {
        let reference = self.say("re").replace(' ', "_");
        self.keep_as(&reference, record, edit).await;
    }

    async fn keep_as(&mut self, reference: &str, record: RecordRef, edit: Edit) {
        let operation = Operation {
            reference: reference.to_owned(),
            record_type: RecordType::Tickets,
            record,
            edit,
            by: "us_ann".to_owned(),
            at: self.world.clock.now(),
            state: OperationState::Queued,
        };
        self.connected.store.add_operation(&self.connected.id, &operation, By::System).await.unwrap();
    }

    async fn portal_opens(&mut self) {
        let reference = self.say("tk").replace(' ', "_");
        let ticket = Ticket {
            title: format!("Opened as {reference}"),
            description: format!("By the portal: {reference}."),
            company: Some(self.company.clone()),
            ..Ticket::default()
        };
        let edit = Edit::CreateTicket { ticket: Box::new(ticket), defaults: self.desk.defaults() };
        self.keep_as(&reference, RecordRef::Portal(reference.clone()), edit).await;
        self.opened.push(reference);
    }

    /// A ticket as the portal names it: one that it opened, or one that came from the vendor.
    async fn some_ticket(&mut self) -> Option<(RecordRef, Option<Ticket>)> {
        if !self.opened.is_empty() && self.rng.bool() {
            let reference = self.rng.choice(&self.opened).unwrap().clone();
            let made = self.connected.store.made(&self.connected.id, &reference).await.unwrap();
            let seen = match made.and_then(|made| made.external_id) {
                Some(id) => self.mirrored().await.get(&id).map(|(ticket, _)| ticket.clone()),
                None => None,
            };
            return Some((RecordRef::Portal(reference), seen));
        }
        let mirrored: Vec<_> = self.mirrored().await.into_iter().collect();
        let (id, (ticket, reference)) = self.rng.choice(&mirrored)?.clone();
        let record = reference.map_or(RecordRef::Vendor(id), RecordRef::Portal);
        Some((record, Some(ticket)))
    }

    async fn portal_edits(&mut self) {
        let Some((record, Some(seen))) = self.some_ticket().await else { return };
        let title = self.say("Titled by the portal");
        let fields = sync::edit_of(object(json!({ "title": title })), &RecordData::Ticket(Box::new(seen)));
        self.keep(record, Edit::UpdateTicket(fields)).await;
    }

    /// Now and then the same words again: two notes of one text are two notes.
    async fn portal_notes(&mut self) {
        let Some((record, _)) = self.some_ticket().await else { return };
        let internal = self.is_internal();
        let text = match self.rng.u32(0..4) {
            0 => format!("Any news{}?", if internal { format!(" {INTERNAL}") } else { String::new() }),
            _ if internal => self.say(&format!("Note {INTERNAL}")),
            _ => self.say("Note for all"),
        };
        self.notes.entry(text.clone()).or_insert((0, internal)).0 += 1;
        let note = NoteDraft { author: "Ann".to_owned(), text, internal };
        self.keep(record, Edit::AddNote(note)).await;
    }

    fn vendor_edits(&mut self) {
        let tickets: Vec<_> = self.desk.tickets(&self.app).into_keys().collect();
        let Some(id) = self.rng.choice(&tickets).cloned() else { return };
        let title = self.say("Titled at the vendor");
        self.desk.retitle(&self.app, &id, &title);
        self.undelivered.push(id);
    }

    fn vendor_notes(&mut self) {
        let tickets: Vec<_> = self.desk.tickets(&self.app).into_keys().collect();
        let Some(id) = self.rng.choice(&tickets).cloned() else { return };
        let internal = self.is_internal();
        let text = if internal { self.say(&format!("Vendor {INTERNAL}")) } else { self.say("Vendor for all") };
        self.notes.insert(text.clone(), (1, internal));
        self.desk.note(&self.app, &id, &text, internal);
        self.undelivered.push(id);
    }

    /// Webhooks in any order: lost, once, twice, or about another ticket.
    async fn hint(&mut self) {
        if self.undelivered.is_empty() {
            return;
        }
        let index = self.rng.usize(0..self.undelivered.len());
        let id = if self.rng.bool() { self.undelivered.swap_remove(index) } else { self.undelivered[index].clone() };
        for _ in 0..self.rng.u32(0..3) {
            self.connected.store.hint(&self.connected.id, RecordType::Tickets, &id).await.unwrap();
        }
    }

    fn disturb(&mut self) {
        let status = |code: u16| FaultKind::Status {
            code,
            body: None,
            retry_after: (code == 429).then(|| "3".to_owned()),
            headers: BTreeMap::new(),
        };
        let kinds = [FaultKind::Reset, FaultKind::Hang, status(503), status(429), FaultKind::Html];
        let kind = self.rng.choice(&kinds).unwrap().clone();
        let fault =
            if self.rng.bool() { Fault::new(kind).on("tickets") } else { Fault::new(kind).route(RouteKind::Data) };
        let fault = fault.times(1).after(self.rng.u32(0..3));
        let fault = if self.rng.bool() { fault.method(self.desk.creates_with()) } else { fault };
        self.app.add_faults(vec![fault]);
    }

    async fn work(&mut self) {
        let message = WorkMessage {
            tenant: self.connected.store.tenant().clone(),
            connector: self.desk.connector().into(),
            connection: self.connected.id.clone(),
            claim: None,
            trigger: Trigger::Portal,
        };
        self.world.queue.send(&message, std::time::Duration::ZERO).await.unwrap();
        try_round(&self.world).await;
    }

    async fn killed_at_work(&mut self) {
        let fault = *self.rng.choice(&[TableFault::KillBefore, TableFault::KillAfter, TableFault::LoseAnswer]).unwrap();
        self.world.table = self.world.table.reopen();
        self.world.table.faults().at_write(self.rng.u64(1..14), fault);
        let dead = self.world.table.clone();
        let _ = Box::pin(dead.faults().run(self.work())).await;
        self.world.table = self.world.table.reopen();
        self.connected.store = self.world.store("acme");
        while self.world.queue.take().is_some() {}
    }

    /// Faults end; nobody but the tick helps.
    async fn settle(&mut self) {
        self.app.clear_faults();
        while self.world.queue.take().is_some() {}
        for _ in 0..40 {
            let state = self.connected.read().await.state;
            let due = state.due_at.expect("the connection is due");
            let wait = due.duration_since(self.world.clock.now());
            if wait.is_positive() {
                self.world.clock.advance(wait);
            }
            try_round(&self.world).await;
            let waiting = self.connected.store.waiting(&self.connected.id).await.unwrap();
            let body = self.connected.body().await;
            if waiting.is_empty()
                && body.run.is_none()
                && self.mirrored().await.len() == self.desk.tickets(&self.app).len()
            {
                return;
            }
        }
        let waiting = self.connected.store.waiting(&self.connected.id).await.unwrap();
        panic!("it does not come to rest: {waiting:#?}, {:?}", self.connected.read().await.issues);
    }

    /// Live tickets of the mirror, with the reference of those that the portal opened.
    async fn mirrored(&self) -> BTreeMap<ExternalId, (Ticket, Option<String>)> {
        let page =
            self.connected.store.record_page(&self.connected.id, RecordType::Tickets, 1_000, None).await.unwrap();
        page.into_iter()
            .filter_map(|record| {
                let Some(RecordData::Ticket(ticket)) = record.live().cloned() else { return None };
                let reference = record.body.portal.and_then(|part| part.reference);
                Some((record.external_id, (*ticket, reference)))
            })
            .collect()
    }

    /// Two more slots: no write at the vendor, and at home only what a quiet run writes.
    async fn assert_nobody_writes(&self, how: &str) {
        self.app.clear_calls();
        let items = |world: &World| -> BTreeSet<String> {
            let kept = world.table.items().into_iter().filter(|item| {
                let sk = item["sk"].as_s().map(String::as_str).unwrap_or_default();
                sk != "STATE"
            });
            kept.map(|item| format!("{:?}", item.into_iter().collect::<BTreeMap<_, _>>())).collect()
        };
        let before = items(&self.world);
        for _ in 0..2 {
            self.world.scheduled_run(&self.connected).await;
        }
        let writes: Vec<_> = self.app.calls(10_000).last.into_iter().filter(|call| self.desk.writes(call)).collect();
        assert!(writes.is_empty(), "{how}: still writing {writes:#?}");
        let after = items(&self.world);
        let differing: Vec<_> = after.symmetric_difference(&before).collect();
        assert!(differing.is_empty(), "{how}: {differing:#?}");
    }

    async fn assert_equal(&self, how: &str) {
        let there = self.desk.tickets(&self.app);
        let here = self.mirrored().await;
        for (id, theirs) in &there {
            let (ours, _) = here.get(id).unwrap_or_else(|| panic!("{how}: ticket {id} is not mirrored"));
            assert_eq!(ours.title, theirs.title, "{how}: title of {id}");
            let notes: BTreeSet<_> = ours.notes.iter().map(|note| (note.external_id.clone(), note.internal)).collect();
            let wanted: BTreeSet<_> = theirs.notes.iter().map(|note| (note.id.clone(), note.internal)).collect();
            assert_eq!(notes, wanted, "{how}: notes of {id}");
        }
        assert_eq!(there.len(), here.len(), "{how}: as many here as there");
        for reference in &self.opened {
            let description = format!("By the portal: {reference}.");
            let found = there.values().filter(|ticket| ticket.description.contains(&description)).count();
            assert_eq!(found, 1, "{how}: tickets opened as {reference}");
        }
        let written: Vec<&SeenNote> = there.values().flat_map(|ticket| &ticket.notes).collect();
        for (text, (times, internal)) in &self.notes {
            let found: Vec<_> = written.iter().filter(|note| first_line(&note.text) == *text).collect();
            assert_eq!(found.len(), *times, "{how}: notes saying {text:?}");
            assert!(found.iter().all(|note| note.internal == *internal), "{how}: {text:?} changed who may read it");
        }
        self.assert_internal_stays_inside(how).await;
    }

    async fn assert_internal_stays_inside(&self, how: &str) {
        for (id, (mut ticket, _)) in self.mirrored().await {
            ticket.notes.retain(|note| !note.internal);
            let open = serde_json::to_string(&ticket).unwrap();
            assert!(!open.contains(INTERNAL), "{how}: ticket {id} tells {open}");
        }
        for (id, ticket) in self.desk.tickets(&self.app) {
            let told = |text: &str| text.contains(INTERNAL);
            let notes = ticket.notes.iter().filter(|note| !note.internal).any(|note| told(&note.text));
            assert!(!notes && !told(&ticket.title) && !told(&ticket.description), "{how}: ticket {id} at the vendor");
        }
    }
}

/// A note without the line that says who wrote it.
fn first_line(text: &str) -> String {
    text.split('—').next().unwrap_or_default().trim().to_owned()
}

async fn any_order_ends_equal(desk: &'static dyn Desk, seeds: std::ops::Range<u64>) {
    for seed in seeds {
        let how = format!("{} seed {seed}", desk.connector());
        let mut model = Model::new(desk, seed).await;
        for _ in 0..60 {
            model.act().await;
        }
        model.settle().await;
        // What the vendor changed without telling comes with the next look.
        model.world.scheduled_run(&model.connected).await;
        model.assert_equal(&how).await;
        model.assert_nobody_writes(&how).await;
    }
}

macro_rules! desks {
    ($($name:ident: $desk:expr;)*) => {$(
        mod $name {
            #[tokio::test(start_paused = true)]
            async fn any_order_ends_equal_on_both_sides() {
                super::any_order_ends_equal(&$desk, 0..12).await;
            }

            #[tokio::test(start_paused = true)]
            async fn another_dozen_of_orders() {
                super::any_order_ends_equal(&$desk, 100..112).await;
            }
        }
    )*};
}

desks! {
    autotask: crate::two_way::desk::Autotask;
    connectwise_manage: crate::two_way::desk::ConnectWiseManage;
    halo_psa: crate::two_way::desk::Halo;
    syncro: crate::two_way::desk::Syncro;
}
