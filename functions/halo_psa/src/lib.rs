#![doc = include_str!("../README.md")]

use connector::{Connector, Descriptor, Result, Session, SessionContext};

mod client;
mod dates;
mod descriptor;
#[cfg(test)]
mod fake;
// Public for the benchmarks of this crate: reading and mapping a page is the hot path, and it needs no call.
#[doc(hidden)]
pub mod listing;
#[doc(hidden)]
pub mod map;
mod push;
mod session;
mod webhook;
#[doc(hidden)]
pub mod wire;

pub use descriptor::DESCRIPTOR;

/// Halo PSA.
#[derive(Debug)]
pub struct HaloPsa;

/// The connector.
pub static CONNECTOR: HaloPsa = HaloPsa;

impl Connector for HaloPsa {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn open(&self, context: SessionContext) -> Result<Box<dyn Session>> {
        Ok(Box::new(session::HaloSession::new(&context)?))
    }
}
