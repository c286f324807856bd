//! The receiver of vendors' pushes: `POST /webhooks/{connector}/{token}`.
//!
//! The token leads to the connection (`directory`), the raw bytes are proven to be the vendor's, then the connector says
//! what they are about, and each record is noted as a hint in one write (`receive`). The queue is told of new hints only.
//! Nothing of a push is ever used as data: the engine reads the record again.
//!
//! Invariants: nothing is parsed before it is proven; every push to a known address is counted once, as accepted, duplicate
//! or rejected for a named cause; 2xx is answered only after the hint is in the table; no answer repeats anything received.

mod answer;
mod app;
mod directory;
mod issued;
mod receive;
mod recent;
mod remote_keys;
mod state;

pub use app::app;
pub use state::{AppState, Parts};

#[cfg(test)]
mod tests;
