#![doc = include_str!("../README.md")]

use connector::{Connector, Descriptor, Result, Session, SessionContext};

mod client;
mod comments;
mod descriptor;
#[cfg(test)]
mod fake;
mod listing;
mod map;
mod push;
mod session;
mod webhook;
mod wire;

pub use descriptor::DESCRIPTOR;

/// Syncro.
#[derive(Debug)]
pub struct Syncro;

/// The connector.
pub static CONNECTOR: Syncro = Syncro;

impl Connector for Syncro {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn open(&self, context: SessionContext) -> Result<Box<dyn Session>> {
        Ok(Box::new(session::SyncroSession::new(&context)?))
    }
}
