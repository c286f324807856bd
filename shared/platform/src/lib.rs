//! Lambda glue: events in, configuration, secrets, queue, bus, clock, tracing.
//!
//! Implements on AWS what the engine asks of the world ([`sync::ports`]) and feeds it the events that AWS delivers
//! ([`function`]). Nothing here knows a vendor.
//!
//! Invariants: the only crate that reads environment variables and, besides `store`, the only one that calls AWS; every
//! call to AWS has a time limit, and within an invocation none may outlive it ([`deadline`]); no secret is logged.
#![warn(missing_docs)]

pub mod aws;
pub mod bus;
pub mod clock;
pub mod config;
pub mod console;
pub mod deadline;
pub mod function;
pub mod http;
pub mod invoke;
pub mod issued_secrets;
pub mod origin;
pub mod queue;
pub mod secrets;
pub mod services;
pub mod tracing;

pub use config::{Config, ConfigError};
pub use function::{ConnectorFunction, FunctionError, run};
pub use lambda_runtime::Error;
pub use services::Services;
