#![doc = include_str!("../README.md")]

use connector::webhook::{Delivery, Notice};
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

/// Stripe.
#[derive(Debug)]
pub struct Stripe;

/// The connector.
pub static CONNECTOR: Stripe = Stripe;

impl Connector for Stripe {
    fn descriptor(&self) -> &'static Descriptor {
        &descriptor::DESCRIPTOR
    }

    fn open(&self, context: SessionContext) -> Result<Box<dyn Session>> {
        Ok(Box::new(session::StripeSession::new(&context)?))
    }

    fn notices(&self, delivery: &Delivery<'_>) -> Vec<Notice> {
        webhook::notices(delivery.body)
    }
}
