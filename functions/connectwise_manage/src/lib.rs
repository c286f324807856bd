#![doc = include_str!("../README.md")]

use connector::{Connector, Descriptor, Result, Session, SessionContext};

mod callbacks;
mod client;
mod descriptor;
#[cfg(test)]
mod fake;
mod listing;
mod map;
mod members;
mod paging;
mod push;
mod session;
mod site;
mod webhook;
mod wire;

pub use descriptor::DESCRIPTOR;

/// ConnectWise Manage, which its vendor also calls ConnectWise PSA.
#[derive(Debug)]
pub struct ConnectWiseManage;

/// The connector.
pub static CONNECTOR: ConnectWiseManage = ConnectWiseManage;

impl Connector for ConnectWiseManage {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn open(&self, context: SessionContext) -> Result<Box<dyn Session>> {
        Ok(Box::new(session::ManageSession::new(&context)?))
    }
}
