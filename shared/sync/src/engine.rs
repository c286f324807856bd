//! What a connector's function does with a tick, with work and with a command.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::Arc;
use std::time::Duration;

use connector::http::{BudgetLimits, HttpPool};
use connector::{Connector, DeploymentValues, Limits};
use domain::id::{ConnectionId, ConnectorId, TenantId};
use domain::options::Interval;
use domain::run::Trigger;
use domain::schedule::{claimed_until, next_slot};
use futures::FutureExt as _;
use jiff::{SignedDuration, Timestamp};
use store::state::Acquired;
use store::table::Table;
use store::{StoreError, TenantStore, cross_tenant};

use crate::causes::chain;
use crate::endpoint::WebhookKeys;
use crate::message::WorkMessage;
use crate::ports::{Clock, EventBus, PortError, Queue, Secrets, WebhookSecrets};
use crate::slice::{Ended, Slice};
use crate::tokens::TokenVault;

/// How far ahead a tick looks; it comes once a minute.
const AHEAD: SignedDuration = SignedDuration::from_secs(60);
/// A slice works at most this long, so that many connections share a function's time fairly.
const SLICE: SignedDuration = SignedDuration::from_secs(45);
/// What is left of the invocation when a slice stops: time to commit, to release and to answer.
const RESERVE: SignedDuration = SignedDuration::from_secs(12);
/// A lease outlives the invocation by this much, for clocks that differ and for calls that end late.
const LEASE_GRACE: SignedDuration = SignedDuration::from_secs(30);

/// Everything that the engine is given. One per function environment; holds no state of any tenant.
#[derive(Clone)]
pub struct Engine {
    /// The vendor.
    pub connector: &'static dyn Connector,
    /// The table.
    pub table: Arc<dyn Table>,
    /// This connector's work queue.
    pub queue: Arc<dyn Queue>,
    /// Secrets of this connector's connections.
    pub secrets: Arc<dyn Secrets>,
    /// Where domain events go.
    pub bus: Arc<dyn EventBus>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// The HTTP client for vendors, shared by all sessions of this environment.
    pub http: HttpPool,
    /// Vendor values of the deployment.
    pub deployment: DeploymentValues,
    /// Our share of the vendor's allowance, in percent, in place of the descriptor's; `Lifted` for local runs.
    pub budget: BudgetShare,
    /// Addresses and secrets for vendors' pushes; `None`: subscriptions at vendors are left alone.
    pub webhooks: Option<WebhookKeys>,
    /// What shared access tokens are sealed with; `None`: none is shared.
    pub tokens: Option<TokenVault>,
    /// Secrets that the vendor issued for its pushes.
    pub issued: Arc<dyn WebhookSecrets>,
}

/// How much of a vendor's allowance we take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BudgetShare {
    /// The descriptor's share.
    #[default]
    Declared,
    /// The deployment's own share in percent.
    Percent(u32),
    /// No budget: simulators whose limits are lifted.
    Lifted,
}

impl BudgetShare {
    /// What we may take of a declared allowance; `None`: as much as we like.
    pub fn limits(self, limits: &Limits) -> Option<BudgetLimits> {
        match self {
            Self::Declared => Some(BudgetLimits::of(limits, None)),
            Self::Percent(percent) => Some(BudgetLimits::of(limits, Some(percent))),
            Self::Lifted => None,
        }
    }
}

/// The deployment's word on every vendor's allowance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BudgetShares {
    /// Connectors with a share of their own, in percent.
    pub own: BTreeMap<ConnectorId, u32>,
    /// All others.
    pub rest: BudgetShare,
}

impl BudgetShares {
    /// What holds for this connector.
    pub fn of(&self, connector: &str) -> BudgetShare {
        match self.rest {
            BudgetShare::Lifted => BudgetShare::Lifted,
            rest => self.own.get(&ConnectorId::from(connector)).map_or(rest, |&percent| BudgetShare::Percent(percent)),
        }
    }
}

impl From<BudgetShare> for BudgetShares {
    fn from(rest: BudgetShare) -> Self {
        Self { own: BTreeMap::new(), rest }
    }
}

/// Why the engine could not finish; the message comes again.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// A service failed.
    #[error("a service failed")]
    Port(#[from] PortError),
}

/// What came of a work message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worked {
    /// Brought up to date.
    Done,
    /// One slice further; the rest is queued.
    Continues,
    /// Nothing to do: stale, off, or in somebody else's hands.
    Dropped,
}

impl Engine {
    /// The connector's id.
    pub fn connector_id(&self) -> ConnectorId {
        ConnectorId::new(self.connector.descriptor().id)
    }

    /// Claims connections due within the next 60 seconds and queues them, each with the seconds left as delay. Returns how
    /// many were queued; stops at `deadline`, and the next tick finds the rest.
    ///
    /// # Errors
    /// The table or the queue failed; what was claimed without being queued is due again.
    pub async fn tick(&self, deadline: Timestamp) -> Result<usize, EngineError> {
        let now = self.clock.now();
        let connector = self.connector_id();
        let mut queued = 0;
        for due in cross_tenant::due(self.table.as_ref(), &connector, now + AHEAD).await? {
            if self.clock.now() + RESERVE >= deadline {
                tracing::warn!(connector = %connector, queued, "Tick stops at its deadline, the rest stays due.");
                break;
            }
            let store = TenantStore::new(Arc::clone(&self.table), due.tenant.clone());
            let until = claimed_until(due.due_at.max(now));
            let Some(claim) = store.claim(&due.connection, due.due_at, until, rand::random()).await? else { continue };
            let message = WorkMessage {
                tenant: due.tenant,
                connector: connector.clone(),
                connection: due.connection.clone(),
                claim: Some(claim),
                trigger: Trigger::Schedule,
            };
            let delay = Duration::try_from(due.due_at.duration_since(now)).unwrap_or_default();
            if let Err(error) = self.queue.send(&message, delay).await {
                store.unclaim(&due.connection, claim, due.due_at).await?;
                return Err(error.into());
            }
            queued += 1;
        }
        Ok(queued)
    }

    /// Brings one connection up to date, or as far as one slice goes.
    ///
    /// # Errors
    /// The store or a service failed; the lease is given back, the message comes again, and nothing is half-written.
    pub async fn work(&self, message: &WorkMessage, deadline: Timestamp) -> Result<Worked, EngineError> {
        let store = TenantStore::new(Arc::clone(&self.table), message.tenant.clone());
        let now = self.clock.now();
        // A deadline in the past (a clock that jumped while the environment was frozen) must not make an eternal lease.
        let deadline = deadline.max(now + SignedDuration::from_secs(1));
        let owner = format!("{:016x}", rand::random::<u64>());
        let lease = deadline + LEASE_GRACE;
        let connection = &message.connection;
        let (fence, state) = match store.acquire(connection, &owner, message.claim, now, lease).await? {
            Acquired::Lease(fence, state) => (fence, state),
            Acquired::Held | Acquired::Inactive | Acquired::Stale => return Ok(Worked::Dropped),
        };
        let stop_at = (now + SLICE).min(deadline - RESERVE);
        let mut slice = Slice::new(self, store, fence, *state, message, stop_at);
        let ended = match AssertUnwindSafe(Box::pin(slice.run())).catch_unwind().await {
            Ok(ended) => ended,
            // Given back as what fails is: were it not, the tick would claim the connection anew before the message comes again.
            Err(panic) => {
                slice.abandon().await;
                resume_unwind(panic)
            }
        };
        match ended {
            Ok(Ended::Done) => Ok(Worked::Done),
            Ok(Ended::Continues { after }) => {
                // Only a shortcut: the connection is due in the table anyway.
                let next = WorkMessage { claim: None, ..message.clone() };
                if let Err(error) = self.queue.send(&next, after).await {
                    tracing::warn!(error = chain(&error), "Continuation was not queued, the next tick finds it.");
                }
                Ok(Worked::Continues)
            }
            Err(EngineError::Store(StoreError::LeaseLost)) => {
                tracing::warn!(tenant.id = %message.tenant, connection.id = %connection, "Lease was lost, this worker stops.");
                Ok(Worked::Dropped)
            }
            Err(error) => {
                slice.abandon().await;
                Err(error)
            }
        }
    }

    /// When a connection is due after now.
    pub(crate) fn next_due(&self, tenant: &TenantId, connection: &ConnectionId, interval: Interval) -> Timestamp {
        next_slot(tenant, connection, interval, self.clock.now())
    }
}
