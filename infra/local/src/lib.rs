//! The whole system in one process on a laptop: emulated AWS, simulated vendors, an issuer, a gateway, a scheduler, and
//! each function's real handler fed the same JSON as in AWS.
//!
//! Tests use [`Stack`] directly; `cargo run` adds the [`scheduler`] and stays.
//!
//! Invariant: nothing here decides anything that production decides too. What stands in for a service keeps its interface
//! and its limits, and handlers are those that are deployed.
#![expect(clippy::print_stdout, reason = "a command line program")]

mod alone;
pub mod api;
pub mod aws;
pub mod cli;
pub mod connect;
pub mod converged;
pub mod data;
pub mod functions;
pub mod gateway;
pub mod keys;
pub mod loopback;
pub mod mapping;
pub mod oidc;
pub mod once;
pub mod progress;
pub mod report;
mod resources;
pub mod scheduler;
pub mod stack;
pub mod tenant;
pub mod vendors;

pub use stack::{Addresses, BuildHttp, Stack, StackOptions};
