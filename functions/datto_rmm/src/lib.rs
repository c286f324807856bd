#![doc = include_str!("../README.md")]

use connector::{Connector, Descriptor, Result, Session, SessionContext};

mod client;
mod descriptor;
#[cfg(test)]
mod fake;
mod listing;
mod map;
mod message;
mod session;
mod times;
mod webhook;
mod wire;

pub use descriptor::DESCRIPTOR;

/// Datto RMM.
#[derive(Debug)]
pub struct DattoRmm;

/// The connector.
pub static CONNECTOR: DattoRmm = DattoRmm;

impl Connector for DattoRmm {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn open(&self, context: SessionContext) -> Result<Box<dyn Session>> {
        Ok(Box::new(session::DattoSession::new(&context)?))
    }
}
