//! What tests of the engine and of connectors are built from: a [`World`] with an in-memory table, fakes of the engine's
//! ports, a clock that only moves when a test moves it, a vendor that is called without a socket, and one that answers from a
//! function.
//!
//! A dev-dependency only: it panics where a test should fail.
#![expect(clippy::unwrap_used, reason = "this crate is part of tests")]

pub mod conformance;
pub mod fake_vendor;
mod ports;
mod vendor;
mod world;

pub use ports::{FakeBus, FakeQueue, FakeSecrets, FakeWebhookSecrets, TestClock};
pub use vendor::InProcess;
pub use world::{Connected, World};
