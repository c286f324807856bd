#![doc = include_str!("../README.md")]

use connector::{Connector, Descriptor, Result, Session, SessionContext};

mod client;
mod descriptor;
#[cfg(test)]
mod fake;
mod listing;
mod map;
mod push;
mod session;
mod subscription;
mod webhook;
mod wire;

pub use descriptor::DESCRIPTOR;

/// Bigger Brains, by way of SCORM Cloud.
#[derive(Debug)]
pub struct BiggerBrains;

/// The connector.
pub static CONNECTOR: BiggerBrains = BiggerBrains;

impl Connector for BiggerBrains {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn open(&self, context: SessionContext) -> Result<Box<dyn Session>> {
        Ok(Box::new(session::CloudSession::new(&context)?))
    }
}
