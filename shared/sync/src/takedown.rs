//! Taking a connection down, under the lease and in slices: the vendor's subscriptions, the credentials, the data if it is
//! not to be kept, then one transaction that ends it.
//!
//! Invariants: credentials are deleted after the subscriptions, which cannot be taken away without them; a vendor that
//! does not answer holds nothing up but the credentials, and those for half an hour at most; every step may be repeated,
//! because what is left to do is what is still there. Only counts, and the place in the list of users, are remembered.

mod data;
mod leaving;

use std::collections::BTreeMap;
use std::time::Duration;

use domain::disconnect::{DataChoice, Disconnect};
use domain::record::RecordType;
use domain::run::{Mode, Run, RunState, Trigger};
use serde::{Deserialize, Serialize};
use store::StoreError;
use store::connection::{Connection, Settings, Versioned};
use store::removal::Holding;

use crate::body::{Body, FeedState};
use crate::engine::EngineError;
use crate::issues::IssueBook;
use crate::slice::{Ended, Slice, Stop};
use crate::view;

pub use data::without_contacts;

use leaving::Leaving;

/// When something is in the way, the next slice begins after this long.
const LATER: Duration = Duration::from_secs(60);

/// How far taking down is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TakeDown {
    /// The vendor's subscriptions.
    leaving: Leaving,
    /// The credentials are deleted.
    secret_deleted: bool,
    /// Everything that was to be removed is.
    data_removed: bool,
    /// The user after whom to go on; `Some(None)` is before the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    users_after: Option<Option<String>>,
    /// Records mirrored when it began.
    totals: BTreeMap<RecordType, u64>,
    /// By record type: the sort key up to which records are counted, and so may be gone already.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    counted: BTreeMap<RecordType, String>,
}

impl TakeDown {
    /// The credentials are deleted; what is put away from now on, nobody takes away.
    pub const fn has_deleted_secret(&self) -> bool {
        self.secret_deleted
    }
}

impl Slice<'_> {
    /// Takes the connection down, as far as this slice goes. `None`: look again.
    pub(crate) async fn take_down(&mut self, found: Connection) -> Result<Option<Ended>, EngineError> {
        let Connection { settings, state, issues, webhook, token } = found;
        let Some(disconnect) = settings.value.disconnect.clone() else { return Ok(None) };
        // What a run had in hand and not yet kept is given up with it.
        self.body = state.body()?;
        self.log.clear();
        self.fence.closing = true;
        self.settings = settings.value.clone();
        self.state = state;
        self.webhook = webhook;
        self.token = token;
        self.issues = IssueBook::new(issues);
        self.begin(&disconnect).await?;
        match self.take_apart(&disconnect).await {
            Ok(()) => self.end_take_down(&disconnect, settings.version).await,
            Err(Stop::Engine(error)) => Err(error),
            Err(Stop::Later(after) | Stop::Limited(after)) => self.release_with_work_left(after).await,
            // Whatever the vendor says was settled by leaving it.
            Err(Stop::Vendor(_) | Stop::OutOfService(_)) => self.release_with_work_left(LATER).await,
        }
    }

    /// Ends the run at work and begins the one that takes down.
    async fn begin(&mut self, disconnect: &Disconnect) -> Result<(), EngineError> {
        if self.body.takedown.is_some() {
            return Ok(());
        }
        self.vendor = None;
        if self.body.run.is_some() {
            self.give_up("the integration was disconnected".to_owned()).await?;
        }
        let descriptor = self.descriptor();
        let totals =
            RecordType::ALL.map(|record_type| (record_type, view::present(descriptor, &self.body, record_type)));
        self.body = Body {
            takedown: Some(TakeDown { totals: totals.into_iter().collect(), ..TakeDown::default() }),
            run: Some(Run {
                id: disconnect.run.clone(),
                trigger: Trigger::Manual,
                mode: Mode::Disconnect,
                state: RunState::Running,
                started_at: self.now(),
                ended_at: None,
                resumed_from: None,
                vendor_calls: 0,
                budget_left: None,
                quiet_before: 0,
                progress: None,
                records: BTreeMap::new(),
                types: BTreeMap::new(),
                problem: None,
            }),
            ..self.left_behind(disconnect)
        };
        self.keep_takedown().await
    }

    /// What stays of the engine's knowledge: for data that is kept, everything by which reconnecting resumes.
    fn left_behind(&self, disconnect: &Disconnect) -> Body {
        let Body { feeds, quarantined, more_quarantined, references, budget, subscriptions, .. } = self.body.clone();
        match disconnect.data {
            DataChoice::Keep => {
                Body { feeds, quarantined, more_quarantined, references, budget, subscriptions, ..Body::default() }
            }
            // Feeds are known by name until their items are deleted.
            DataChoice::Remove => {
                let feeds = feeds.into_keys().map(|feed| (feed, FeedState::default())).collect();
                Body { feeds, budget, subscriptions, ..Body::default() }
            }
        }
    }

    async fn take_apart(&mut self, disconnect: &Disconnect) -> Result<(), Stop> {
        let again = self.leave_vendor().await?;
        if again.is_none() {
            self.delete_secret().await?;
        }
        if disconnect.data == DataChoice::Remove {
            self.remove_data().await?;
        }
        // What was wrong with it concerns nobody any more.
        self.forget_all(Holding::Issues).await?;
        match again {
            Some(after) => Err(Stop::Later(after)),
            None => Ok(()),
        }
    }

    async fn delete_secret(&mut self) -> Result<(), EngineError> {
        let has_secret = self.settings.credentials.is_some() || self.settings.pending.is_some();
        if self.takedown().secret_deleted || !has_secret {
            return Ok(());
        }
        let secret = self.engine.secret_of(self.tenant(), &self.connection);
        self.engine.secrets.delete(&secret).await?;
        let declared = self.descriptor().webhook.as_ref();
        if declared.is_some_and(|webhook| webhook.verify.takes_issued_secret()) {
            self.engine.issued.delete(&secret).await?;
        }
        self.takedown().secret_deleted = true;
        self.keep_takedown().await
    }

    /// The last write: from here on nothing is due, nothing is kept of the credentials, no address is good.
    async fn end_take_down(&mut self, disconnect: &Disconnect, version: u64) -> Result<Option<Ended>, EngineError> {
        self.keep_budget();
        let now = self.now();
        let left = self.takedown().leaving.left_behind();
        let Some(mut run) = self.body.run.clone() else { return Ok(None) };
        run.ended_at = Some(now);
        run.progress = None;
        run.state = if left.is_some() { RunState::Partial } else { RunState::Succeeded };
        run.problem = left;
        let settings = Versioned { value: closed(&self.settings, disconnect.data), version };
        let body = Body { run: None, takedown: None, subscriptions: Default::default(), ..self.body.clone() };
        let body = match disconnect.data {
            DataChoice::Keep => body,
            DataChoice::Remove => Body { budget: body.budget, ..Body::default() },
        };
        let detail = serde_json::json!({ "connection": self.connection, "data": disconnect.data });
        self.announce("integration.disconnected", disconnect.run.as_str(), detail).await?;
        match self.store.end_disconnect(&self.fence, &settings, &body, self.webhook.as_ref(), &run).await {
            Ok(()) => Ok(Some(Ended::Done)),
            Err(StoreError::Stale) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn takedown(&mut self) -> &mut TakeDown {
        self.body.takedown.get_or_insert_default()
    }

    /// Keeps how far it is, under the fence.
    async fn keep_takedown(&mut self) -> Result<(), EngineError> {
        self.keep_budget();
        Ok(self.store.checkpoint(&self.fence, &self.body, Vec::new()).await?)
    }

    fn in_time(&self) -> Result<(), Stop> {
        if self.out_of_time() { Err(Stop::Later(Duration::ZERO)) } else { Ok(()) }
    }
}

/// The settings of a connection that was taken down.
fn closed(settings: &Settings, data: DataChoice) -> Settings {
    let initial = Settings::new(settings.connector.clone());
    match data {
        DataChoice::Remove => initial,
        DataChoice::Keep => Settings {
            // What was never switched on has nothing that could belong to an account.
            account: settings.account.clone().filter(|_| settings.connected_at.is_some()),
            options: settings.options.clone(),
            options_saved: settings.options_saved,
            connected_at: settings.connected_at,
            ..initial
        },
    }
}
