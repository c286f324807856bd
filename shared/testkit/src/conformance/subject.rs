//! The world of one check.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use connector::{DeploymentValues, Feed, Reach};
use domain::id::ExternalId;
use domain::issue::Issue;
use domain::options::{AutoImport, CompanyImport, Options, RoleChoice};
use domain::portal::LinkState;
use domain::record::RecordType;
use domain::run::Run;
use domain::status::{Status, TypeState, type_state};
use secrecy::SecretString;
use store::activity::By;
use store::records::{MirrorRecord, Presence};
use sync::body::Body;
use sync::ports::Clock;
use sync::view;

use super::{Simulated, Vendor};
use crate::{Connected, TestClock, World};

/// Enough for several pages of contacts.
pub(super) const PAGES: usize = 250;
/// Enough of everything else.
pub(super) const SMALL: usize = 60;

fn deployment(values: BTreeMap<String, String>) -> DeploymentValues {
    DeploymentValues(values.into_iter().map(|(name, value)| (name, SecretString::from(value))).collect())
}

/// A tenant connected to a vendor.
pub(super) struct Subject {
    pub(super) world: World,
    pub(super) simulated: Arc<dyn Simulated>,
    pub(super) connected: Connected,
}

impl Subject {
    /// Connected, nothing imported yet.
    pub(super) async fn connected(vendor: &dyn Vendor, scale: usize) -> Self {
        let clock = TestClock::at("2026-03-02T09:00:00Z".parse().unwrap());
        let simulated = vendor.start(scale, &clock);
        let mut world = World::new(vendor.connector(), simulated.transport(), clock);
        world.deployment = deployment(simulated.deployment());
        let options = Options {
            company_import: CompanyImport::All,
            auto_import: AutoImport {
                enabled: true,
                default_role: Some(RoleChoice::Role("standard".into())),
                ..AutoImport::default()
            },
            ..Options::initial()
        };
        let connected = world.connect("acme", &simulated.credentials(), options).await;
        Self { world, simulated, connected }
    }

    /// After a first import that went well.
    pub(super) async fn imported(vendor: &dyn Vendor, scale: usize) -> Self {
        let subject = Self::connected(vendor, scale).await;
        subject.run().await;
        assert_eq!(subject.issues().await, Vec::new(), "the first import goes well");
        // The first slot may come sooner than an interval after it; from then on every feed is due in every run.
        subject.run().await;
        subject
    }

    /// From here on another process, with its own count of requests.
    pub(super) fn reopen(&mut self) {
        self.world.table = self.world.table.reopen();
        self.connected.store = self.world.store("acme");
    }

    /// One scheduled run with all its slices, not before every feed is due.
    pub(super) async fn run(&self) {
        let feeds = self.world.engine().connector.descriptor().feeds();
        let slowest = feeds.map(|(_, feed)| feed.slowest_minutes).max().unwrap_or_default();
        self.world.clock.advance(jiff::SignedDuration::from_mins(slowest.into()));
        self.world.scheduled_run(&self.connected).await;
        let body = self.connected.body().await;
        assert!(body.run.is_none(), "the run came to its end");
    }

    /// One run that reads this feed, whatever else may tell of its changes.
    pub(super) async fn run_over(&self, feed: &Feed) {
        if feed.is_journalled() {
            self.ask_for_everything().await;
        }
        self.run().await;
    }

    /// Reads everything anew at the next run.
    pub(super) async fn ask_for_everything(&self) {
        let now = self.world.clock.now();
        let requested =
            store::state::Requested { run: sync::run_id(now, 0), mode: domain::run::Mode::Everything, at: now };
        self.connected.store.request_run(&self.connected.id, &requested, By::System).await.unwrap();
    }

    pub(super) async fn issues(&self) -> Vec<Issue> {
        self.connected.read().await.issues
    }

    pub(super) async fn runs(&self) -> Vec<Run> {
        self.connected.store.runs(&self.connected.id, 100, None).await.unwrap().items
    }

    pub(super) async fn body(&self) -> Body {
        self.connected.body().await
    }

    /// Mirrored records of a type by id.
    pub(super) async fn records(&self, record_type: RecordType) -> BTreeMap<ExternalId, MirrorRecord> {
        let store = &self.connected.store;
        let records = store.record_page(&self.connected.id, record_type, 100_000, None).await.unwrap();
        records.into_iter().map(|record| (record.external_id.clone(), record)).collect()
    }

    /// How many lists a feed has that can be read: one, or one of each linked company that lets us in.
    pub(super) async fn lists(&self, feed: &Feed) -> usize {
        if feed.reach == Reach::Account {
            return 1;
        }
        let links = self.connected.store.live_links(&self.connected.id).await.unwrap();
        links.iter().filter(|link| link.state == LinkState::Ok).count()
    }

    /// How many of them have rows: of companies some have nothing.
    pub(super) async fn lists_with_rows(&self, feed: &Feed) -> usize {
        if feed.reach == Reach::Account {
            return 1;
        }
        let records = self.records(feed.produces).await.into_values();
        let company = |record: MirrorRecord| record.live()?.company().cloned();
        records.filter_map(company).collect::<BTreeSet<_>>().len()
    }

    /// How many records of each type are live.
    pub(super) async fn live(&self) -> BTreeMap<RecordType, usize> {
        let mut live = BTreeMap::new();
        for record_type in RecordType::ALL {
            let records = self.records(record_type).await;
            let count = records.values().filter(|record| record.body.presence == Presence::Live).count();
            live.insert(record_type, count);
        }
        live
    }

    /// The headline and the state of one type.
    pub(super) async fn status(&self, record_type: RecordType) -> (Status, TypeState) {
        let connection = self.connected.read().await;
        let body = self.body().await;
        let now = self.world.clock.now();
        let descriptor = self.world.engine().connector.descriptor();
        let (status, _, types) = view::status(descriptor, self.world.budget, &connection, &body, now);
        let facts = types.into_iter().find(|facts| facts.record_type == record_type).unwrap();
        (status, type_state(&facts, connection.settings.value.enabled_at, &connection.issues, now))
    }
}
