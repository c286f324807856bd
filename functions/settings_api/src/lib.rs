//! The settings API: `/v1`, one file per noun, and the console's pages.
//!
//! Invariants: the tenant comes from the gateway's verified claims and from nothing else; every `/v1` route declares its
//! permission where it is registered (`routes`), which is checked in one place and documented from the same value; every
//! error is a problem of RFC 9457, made in one place (`problem`); secrets are written and never read.

mod access;
mod activity;
mod app;
mod commands;
mod consent_page;
mod console;
mod etag;
mod input;
mod openapi;
mod problem;
mod routes;
mod state;
mod v1;

pub use app::app;
pub use state::AppState;

#[cfg(test)]
mod tests;
