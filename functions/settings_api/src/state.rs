//! Everything that the API is given: ports, the catalogue, how the console is deployed.

use std::sync::Arc;

use connector::Descriptor;
use domain::id::{ConnectionId, ConnectorId, TenantId};
use jiff::Timestamp;
use platform::Services;
use platform::console::ConsoleConfig;
use platform::invoke::Invoker;
use store::TenantStore;
use store::table::Table;
use sync::endpoint::WebhookKeys;
use sync::engine::BudgetShares;
use sync::ports::{Clock, EventBus, Queue, SecretWriter};

use crate::problem::Problem;

/// What every handler is given. Holds no state of any tenant.
#[derive(Clone)]
pub struct AppState {
    /// The table.
    pub table: Arc<dyn Table>,
    /// Work queues.
    pub queue: Arc<dyn Queue>,
    /// Commands to connectors' functions.
    pub invoker: Arc<dyn Invoker>,
    /// Writing secrets; there is no way to read one here.
    pub secrets: Arc<dyn SecretWriter>,
    /// Domain events.
    pub bus: Arc<dyn EventBus>,
    /// Addresses and secrets for vendors' pushes.
    pub webhooks: WebhookKeys,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// The catalogue.
    pub connectors: &'static [&'static Descriptor],
    /// How much of a vendor's allowance the engine takes; cadences depend on it.
    pub budget: BudgetShares,
    /// How the console is deployed.
    pub console: Arc<ConsoleConfig>,
}

impl std::fmt::Debug for AppState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppState").field("connectors", &self.connectors.len()).finish_non_exhaustive()
    }
}

impl AppState {
    /// The API on these services, with this catalogue.
    pub fn new(
        services: &Services,
        webhooks: WebhookKeys,
        connectors: &'static [&'static Descriptor],
        console: ConsoleConfig,
    ) -> Self {
        Self {
            table: Arc::clone(&services.table),
            queue: Arc::clone(&services.queue),
            invoker: services.invoker(),
            secrets: services.secret_writer(),
            bus: Arc::clone(&services.bus),
            webhooks,
            clock: Arc::clone(&services.clock),
            connectors,
            budget: services.config.budget.clone(),
            console: Arc::new(console),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn store(&self, tenant: TenantId) -> TenantStore {
        TenantStore::new(Arc::clone(&self.table), tenant)
    }

    pub(crate) fn descriptors(&self) -> impl Iterator<Item = &'static Descriptor> {
        self.connectors.iter().copied()
    }

    /// The connector that a path names.
    pub(crate) fn connector(&self, id: &str) -> Result<Which, Problem> {
        let found = self.descriptors().find(|descriptor| descriptor.id == id);
        found.map(Which::of).ok_or_else(|| Problem::not_found("There is no connector of this id."))
    }
}

/// A connector with the connection that a tenant has of it: one, named as the connector is.
#[derive(Clone, Debug)]
pub(crate) struct Which {
    pub(crate) descriptor: &'static Descriptor,
    pub(crate) connector: ConnectorId,
    pub(crate) connection: ConnectionId,
}

impl Which {
    pub(crate) fn of(descriptor: &'static Descriptor) -> Self {
        Self { descriptor, connector: descriptor.id.into(), connection: descriptor.id.into() }
    }
}
