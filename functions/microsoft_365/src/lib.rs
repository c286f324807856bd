#![doc = include_str!("../README.md")]

use connector::{Connector, Descriptor, Result, Session, SessionContext};

mod client;
mod consent;
mod customers;
mod descriptor;
#[cfg(test)]
mod fake;
mod map;
mod session;
mod wire;

pub use descriptor::DESCRIPTOR;

/// Microsoft 365.
#[derive(Debug)]
pub struct Microsoft365;

/// The connector.
pub static CONNECTOR: Microsoft365 = Microsoft365;

impl Connector for Microsoft365 {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn open(&self, context: SessionContext) -> Result<Box<dyn Session>> {
        Ok(Box::new(session::GraphSession::new(&context)?))
    }
}
