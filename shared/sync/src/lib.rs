//! The engine: schedule, webhook, button and portal edit all end in one message, *bring this connection up to date*.
//!
//! Invariants: one writer per connection, by a lease with a fence; decisions are derived from the mirror and never from the
//! page; whatever is interrupted is found again in the table. Nothing here names a vendor.

pub mod admission;
mod announce;
mod apply;
pub mod body;
mod burial;
pub mod causes;
mod command;
mod companies;
pub mod company_import;
pub mod consequences;
mod contacts;
mod conversation;
mod deciding;
pub mod endpoint;
pub mod engine;
mod fit;
mod issues;
pub mod journal;
mod known;
mod linked;
pub mod list;
pub mod message;
pub mod metrics;
pub mod moves;
pub mod next_import;
mod outage;
mod outbox;
mod over;
pub mod ports;
pub mod preview;
mod pull;
pub mod rows;
mod run_log;
pub mod scope;
mod slice;
pub mod subscriptions;
mod sweep;
pub mod takedown;
pub mod tally;
pub mod tokens;
pub mod view;
mod waiting;

pub use outbox::edit_of;
pub use run_log::run_id;
