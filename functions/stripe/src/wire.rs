//! Stripe's JSON as structs, in the shapes of the pinned version: everything optional, no logic.

use connector::lenient::{Flag, Int, Text};
use serde::Deserialize;

/// A list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct List<T> {
    pub(crate) data: Vec<T>,
    pub(crate) has_more: Flag,
}

/// What an answer says of its list beside the rows.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Paging {
    pub(crate) has_more: Flag,
}

/// Another object: its id, or the object itself where it was expanded.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Ref {
    Id(String),
    Object { id: String },
}

impl Ref {
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Id(id) | Self::Object { id } => id,
        }
    }
}

/// What only says which object it is.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Identity {
    pub(crate) id: Text,
}

/// What only says whether it is still there.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Presence {
    pub(crate) deleted: Flag,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Customer {
    pub(crate) id: Text,
    pub(crate) name: Text,
    pub(crate) business_name: Text,
    pub(crate) individual_name: Text,
    pub(crate) description: Text,
    pub(crate) email: Text,
    pub(crate) phone: Text,
    pub(crate) address: Option<Address>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Address {
    pub(crate) city: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Subscription {
    pub(crate) id: Text,
    pub(crate) customer: Option<Ref>,
    pub(crate) status: Text,
    pub(crate) currency: Text,
    pub(crate) description: Text,
    pub(crate) items: List<SubscriptionItem>,
    pub(crate) start_date: Int,
    pub(crate) trial_end: Int,
    pub(crate) cancel_at: Int,
    pub(crate) cancel_at_period_end: Flag,
    pub(crate) ended_at: Int,
    pub(crate) collection_method: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SubscriptionItem {
    pub(crate) id: Text,
    pub(crate) price: Price,
    pub(crate) quantity: Int,
    pub(crate) current_period_end: Int,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Price {
    pub(crate) id: Text,
    pub(crate) nickname: Text,
    pub(crate) product: Option<Ref>,
    pub(crate) unit_amount: Int,
    pub(crate) recurring: Option<Recurring>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Recurring {
    pub(crate) interval: Text,
    pub(crate) interval_count: Int,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Product {
    pub(crate) id: Text,
    pub(crate) name: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Invoice {
    pub(crate) id: Text,
    pub(crate) number: Text,
    pub(crate) customer: Option<Ref>,
    pub(crate) parent: Option<Parent>,
    pub(crate) status: Text,
    pub(crate) currency: Text,
    pub(crate) total: Int,
    pub(crate) amount_due: Int,
    pub(crate) amount_paid: Int,
    pub(crate) amount_remaining: Int,
    pub(crate) created: Int,
    pub(crate) due_date: Int,
    pub(crate) status_transitions: Transitions,
    pub(crate) hosted_invoice_url: Text,
    pub(crate) invoice_pdf: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Parent {
    pub(crate) subscription_details: Option<SubscriptionDetails>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SubscriptionDetails {
    pub(crate) subscription: Option<Ref>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Transitions {
    pub(crate) paid_at: Int,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Charge {
    pub(crate) id: Text,
    pub(crate) customer: Option<Ref>,
    pub(crate) description: Text,
    pub(crate) status: Text,
    pub(crate) currency: Text,
    pub(crate) amount: Int,
    pub(crate) amount_refunded: Int,
    pub(crate) failure_message: Text,
    pub(crate) receipt_url: Text,
    pub(crate) created: Int,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Account {
    pub(crate) id: Text,
    pub(crate) business_profile: Option<BusinessProfile>,
    pub(crate) settings: Option<Settings>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct BusinessProfile {
    pub(crate) name: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Settings {
    pub(crate) dashboard: Option<Dashboard>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Dashboard {
    pub(crate) display_name: Text,
}

/// An event as the journal lists it and as a push brings it: a snapshot of version 1, or a notification of version 2 that
/// names its object beside itself.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Event {
    pub(crate) id: Text,
    #[serde(rename = "type")]
    pub(crate) kind: Text,
    /// Seconds in version 1, a date in version 2.
    pub(crate) created: Text,
    pub(crate) data: EventData,
    pub(crate) related_object: Option<RelatedObject>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct EventData {
    pub(crate) object: Snapshot,
}

/// Of the snapshot only what says which record to read again.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Snapshot {
    pub(crate) id: Text,
    pub(crate) charge: Option<Ref>,
    pub(crate) latest_charge: Option<Ref>,
    pub(crate) invoice: Option<Ref>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RelatedObject {
    pub(crate) id: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Endpoint {
    pub(crate) id: Text,
    pub(crate) url: Text,
    pub(crate) status: Text,
    pub(crate) api_version: Text,
    pub(crate) enabled_events: Vec<String>,
    /// Only in the answer to its creation.
    pub(crate) secret: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Link {
    pub(crate) url: Text,
}
