//! What Stripe's events say: which record to read again. The same events come as pushes and stand in the journal.
//!
//! Of the snapshot in an event nothing is used as data: it is as old as the event, in the version of whoever made the
//! endpoint, and events come in any order.

use std::time::Duration;

use connector::webhook::{Notice, Provisioning, Subject, Verify, Webhook};
use domain::id::ExternalId;
use domain::record::RecordType;
use jiff::Timestamp;

use crate::wire;

/// How Stripe tells of changes. Each attempt is signed with a stamp of its own, so a late one is not stale.
pub(crate) const WEBHOOK: Webhook = Webhook {
    provisioning: Provisioning::Api,
    verify: Verify::StampedHmac { header: "stripe-signature", tolerance: Duration::from_secs(300) },
    tolerance: None,
    unproven: None,
    notices: |delivery| notices(delivery.body),
    repeats: true,
};

/// The events that change what is mirrored.
pub(crate) const EVENTS: &[&str] = &[
    "charge.captured",
    "charge.expired",
    "charge.failed",
    "charge.pending",
    "charge.refunded",
    "charge.succeeded",
    "charge.updated",
    "customer.created",
    "customer.deleted",
    "customer.subscription.created",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.pending_update_applied",
    "customer.subscription.resumed",
    "customer.subscription.updated",
    "customer.updated",
    "invoice.created",
    "invoice.deleted",
    "invoice.finalized",
    "invoice.marked_uncollectible",
    "invoice.overdue",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.sent",
    "invoice.updated",
    "invoice.voided",
    "refund.created",
    "refund.failed",
    "refund.updated",
];

/// Beginnings of events' names; the longer ones of a family come first.
const FAMILIES: &[(&str, RecordType, Place)] = &[
    ("customer.subscription.", RecordType::Subscriptions, Place::Itself),
    ("customer.created", RecordType::Companies, Place::Itself),
    ("customer.updated", RecordType::Companies, Place::Itself),
    ("customer.deleted", RecordType::Companies, Place::Itself),
    ("invoice.", RecordType::Invoices, Place::Itself),
    ("invoice_payment.", RecordType::Invoices, Place::Invoice),
    ("charge.dispute.", RecordType::Payments, Place::Charge),
    ("charge.refund.", RecordType::Payments, Place::Charge),
    ("charge.", RecordType::Payments, Place::Itself),
    ("refund.", RecordType::Payments, Place::Charge),
    ("payment_intent.", RecordType::Payments, Place::LatestCharge),
];

/// Where in an event's object the id of the record is.
#[derive(Clone, Copy)]
enum Place {
    Itself,
    Charge,
    LatestCharge,
    Invoice,
}

pub(crate) fn notices(body: &[u8]) -> Vec<Notice> {
    match serde_json::from_slice::<wire::Event>(body) {
        Ok(event) => vec![notice(&event)],
        Err(_) => {
            let id = serde_json::from_slice::<wire::Identity>(body).ok().and_then(|event| event.id.owned());
            vec![Notice { id, sent_at: None, subject: Subject::Something }]
        }
    }
}

/// One event, pushed or listed.
pub(crate) fn notice(event: &wire::Event) -> Notice {
    Notice { id: event.id.owned(), sent_at: event.created.get().and_then(moment), subject: subject(event) }
}

/// So much changed that the lists tell it sooner.
pub(crate) const fn too_much() -> Notice {
    Notice { id: None, sent_at: None, subject: Subject::Something }
}

fn subject(event: &wire::Event) -> Subject {
    let kind = event.kind.get().unwrap_or_default();
    // Notifications of version 2 call the events of version 1 by their names behind this.
    let kind = kind.strip_prefix("v1.").unwrap_or(kind);
    let Some((_, record_type, place)) = FAMILIES.iter().find(|(family, ..)| kind.starts_with(family)) else {
        return Subject::Nothing;
    };
    let object = &event.data.object;
    let id = match (place, &event.related_object) {
        (Place::Itself, Some(related)) => related.id.get(),
        // Whatever else a notification is about: what it belongs to stands in a snapshot only.
        (_, Some(_)) => None,
        (Place::Itself, None) => object.id.get(),
        (Place::Charge, None) => object.charge.as_ref().map(wire::Ref::id),
        (Place::LatestCharge, None) => object.latest_charge.as_ref().map(wire::Ref::id),
        (Place::Invoice, None) => object.invoice.as_ref().map(wire::Ref::id),
    };
    // `invoice.upcoming` is of an invoice that does not exist yet, an intent may have no charge.
    id.map_or(Subject::Nothing, |id| Subject::Record(*record_type, ExternalId::new(id)))
}

/// Seconds, or a date.
fn moment(text: &str) -> Option<Timestamp> {
    match text.parse::<i64>() {
        Ok(seconds) => Timestamp::from_second(seconds).ok(),
        Err(_) => text.parse().ok(),
    }
}

#[cfg(test)]
mod tests;
