#![doc = include_str!("../README.md")]

use connector::{Connector, Descriptor, Result, Session, SessionContext};

mod any_case;
mod client;
mod descriptor;
#[cfg(test)]
mod fake;
mod groups;
mod keyset;
mod listing;
mod lookup;
mod map;
mod notes;
mod picklist;
mod push;
mod refusal;
mod session;
mod subscriptions;
mod webhook;
mod wire;

pub use descriptor::DESCRIPTOR;

/// Autotask.
#[derive(Debug)]
pub struct Autotask;

/// The connector.
pub static CONNECTOR: Autotask = Autotask;

impl Connector for Autotask {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn open(&self, context: SessionContext) -> Result<Box<dyn Session>> {
        Ok(Box::new(session::AutotaskSession::new(&context)?))
    }
}
