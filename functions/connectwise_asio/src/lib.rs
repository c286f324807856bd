#![doc = include_str!("../README.md")]

use connector::{Connector, Descriptor, Result, Session, SessionContext};

mod client;
mod descriptor;
#[cfg(test)]
mod fake;
mod listing;
mod map;
mod place;
mod region;
mod session;
mod wire;

pub use descriptor::DESCRIPTOR;

/// ConnectWise Asio.
#[derive(Debug)]
pub struct ConnectwiseAsio;

/// The connector.
pub static CONNECTOR: ConnectwiseAsio = ConnectwiseAsio;

impl Connector for ConnectwiseAsio {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn open(&self, context: SessionContext) -> Result<Box<dyn Session>> {
        Ok(Box::new(session::AsioSession::new(&context)?))
    }
}
