//! The vendor HTTP kit: one client with time limits, response cap, retries, call budget, address guard and origin map.
//!
//! [`HttpPool`] exists once per process; a session is given a [`VendorHttp`] made from it. A connector forms the real
//! URL, sends a [`RequestBuilder`] and gets a [`Response`] or a classified [`crate::ConnectorError`].
//!
//! Invariants: no redirect is followed; no address outside the internet is called unless the origin map says so; no
//! secret is in an error, a log line or a `Debug` text; nothing starts or waits beyond the deadline.

mod block;
mod budget;
mod classify;
mod client;
pub mod guard;
mod kept;
mod origin;
mod paging;
mod request;
mod response;
mod retry;
mod scrub;
mod send;
mod settings;
mod tls;
mod token;
mod transport;

pub use budget::{Budget, BudgetLimits, BudgetState, Usage};
pub use classify::Hooks;
pub use client::{Calls, HttpPool, PoolError, TokenOwner, VendorHttp, VendorTime};
pub use http::{HeaderMap, Method, StatusCode};
pub use kept::{KeptToken, TokenKeeper};
pub use origin::{OriginMap, OriginMapError};
pub use paging::{follow, next_link, next_target};
pub use request::{CallKind, FormValue, RequestBuilder};
pub use response::Response;
pub use settings::{Clock, HttpSettings, Times};
pub use tls::tls;
pub use token::{Token, TokenFormat, TokenRequest};
pub use transport::{Incoming, Outgoing, Transport, TransportError};

#[cfg(test)]
mod tests;
