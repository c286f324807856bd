#![doc = include_str!("../README.md")]

use connector::webhook::{Delivery, Notice};
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

/// Datto RMM.
#[derive(Debug)]
pub struct DattoRmm;

/// The connector.
pub static CONNECTOR: DattoRmm = DattoRmm;

impl Connector for DattoRmm {
    fn descriptor(&self) -> &'static Descriptor {
        &descriptor::DESCRIPTOR
    }

    fn open(&self, context: SessionContext) -> Result<Box<dyn Session>> {
        Ok(Box::new(session::DattoSession::new(&context)?))
    }

    fn notices(&self, delivery: &Delivery<'_>) -> Vec<Notice> {
        webhook::notices(delivery.body)
    }
}
