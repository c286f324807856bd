#![doc = include_str!("../README.md")]

use connector::{Connector, Descriptor, Result, Session, SessionContext};

mod client;
mod descriptor;
#[cfg(test)]
mod fake;
mod listing;
mod map;
mod names;
mod session;
mod subscriptions;
mod webhook;
mod wire;

pub use descriptor::DESCRIPTOR;

/// Stripe.
#[derive(Debug)]
pub struct Stripe;

/// The connector.
pub static CONNECTOR: Stripe = Stripe;

impl Connector for Stripe {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn open(&self, context: SessionContext) -> Result<Box<dyn Session>> {
        Ok(Box::new(session::StripeSession::new(&context)?))
    }
}
