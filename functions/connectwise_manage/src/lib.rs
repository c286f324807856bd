#![doc = include_str!("../README.md")]

use connector::webhook::{Delivery, Notice};
use connector::{Connector, Descriptor, Result, Session, SessionContext, TechnicianCreation};

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

/// ConnectWise Manage, which its vendor also calls ConnectWise PSA.
#[derive(Debug)]
pub struct ConnectWiseManage;

/// The connector.
pub static CONNECTOR: ConnectWiseManage = ConnectWiseManage;

impl Connector for ConnectWiseManage {
    fn descriptor(&self) -> &'static Descriptor {
        &descriptor::DESCRIPTOR
    }

    fn technician_creation(&self) -> TechnicianCreation {
        TechnicianCreation::TakesLicence
    }

    fn open(&self, context: SessionContext) -> Result<Box<dyn Session>> {
        Ok(Box::new(session::ManageSession::new(&context)?))
    }

    fn notices(&self, delivery: &Delivery<'_>) -> Vec<Notice> {
        webhook::notices(delivery)
    }
}
