//! What a biller knows of the MSP's customers: subscriptions, invoices, payments.
//!
//! Amounts are whole numbers in the minor unit of their currency (cents; yen, which has none; fils, of which a dinar has a
//! thousand), never fractions.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::ExternalId;
use crate::record::is_false;

/// What a customer pays for again and again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Subscription {
    /// What it is called: its plans' names.
    pub name: String,
    /// The vendor's customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<ExternalId>,
    /// In the vendor's words: `active`, `trialing`, `past_due`, `canceled`, ...
    pub status: String,
    /// ISO 4217, lower case.
    pub currency: String,
    /// What is paid for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<SubscriptionItem>,
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// The end of what is paid: the next invoice's date, unless it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub period_ends_at: Option<Timestamp>,
    /// The end of the trial.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trial_ends_at: Option<Timestamp>,
    /// It is not renewed.
    #[serde(skip_serializing_if = "is_false")]
    pub cancels_at_period_end: bool,
    /// When it ends or ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Timestamp>,
    /// `charge_automatically` or `send_invoice`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collection: Option<String>,
}

/// One plan of a subscription.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct SubscriptionItem {
    /// The product's name, else the price's.
    pub name: String,
    /// How many; `None` where use is metered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u64>,
    /// For one, in minor units; `None` where the price is in tiers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_amount: Option<i64>,
    /// `day`, `week`, `month`, `year`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<String>,
    /// Every so many of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval_count: Option<u32>,
}

/// A bill.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Invoice {
    /// Its number, or what a draft is called.
    pub name: String,
    /// The vendor's customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<ExternalId>,
    /// The subscription that it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscription: Option<ExternalId>,
    /// In the vendor's words: `draft`, `open`, `paid`, `uncollectible`, `void`.
    pub status: String,
    /// ISO 4217, lower case.
    pub currency: String,
    /// All of it, in minor units.
    pub total: i64,
    /// Asked for.
    pub amount_due: i64,
    /// Paid.
    pub amount_paid: i64,
    /// Left to pay.
    pub amount_remaining: i64,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// When it has to be paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// When it was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<Timestamp>,
    /// The vendor's page to see and pay it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hosted_url: Option<String>,
    /// Its PDF.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pdf_url: Option<String>,
}

/// Money that changed hands, or did not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Payment {
    /// What it is for, in the vendor's words.
    pub name: String,
    /// The vendor's customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<ExternalId>,
    /// In the vendor's words: `succeeded`, `pending`, `failed`.
    pub status: String,
    /// ISO 4217, lower case.
    pub currency: String,
    /// In minor units.
    pub amount: i64,
    /// Given back, in minor units.
    pub amount_refunded: i64,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// The vendor's receipt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt_url: Option<String>,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
}
