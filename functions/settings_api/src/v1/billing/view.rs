//! What is shown of a company's billing: mirrored records with the digits of their currencies.

use domain::id::{ConnectionId, ExternalId};
use domain::money::minor_digits;
use domain::record::{Invoice, Payment, Subscription, SubscriptionItem};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A customer at a biller.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CustomerView {
    pub(super) connector: ConnectionId,
    pub(super) external_id: ExternalId,
    pub(super) name: String,
}

/// What is paid for again and again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SubscriptionView {
    pub(super) connector: ConnectionId,
    pub(super) external_id: ExternalId,
    pub(super) customer: Option<ExternalId>,
    /// Its plans.
    pub(super) name: String,
    /// In the vendor's words: `active`, `trialing`, `past_due`, `canceled`, ...
    pub(super) status: String,
    /// ISO 4217, lower case.
    pub(super) currency: String,
    /// Digits of its amounts behind the point.
    pub(super) digits: u8,
    pub(super) items: Vec<SubscriptionItem>,
    pub(super) started_at: Option<Timestamp>,
    /// The next invoice is made; absent where none will be.
    pub(super) next_at: Option<Timestamp>,
    pub(super) trial_ends_at: Option<Timestamp>,
    /// It ends or ended.
    pub(super) ends_at: Option<Timestamp>,
}

/// A bill.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InvoiceView {
    pub(super) connector: ConnectionId,
    pub(super) external_id: ExternalId,
    pub(super) customer: Option<ExternalId>,
    /// Its number, or what a draft is called.
    pub(super) name: String,
    /// In the vendor's words: `draft`, `open`, `paid`, `uncollectible`, `void`.
    pub(super) status: String,
    /// All of it, in minor units.
    pub(super) amount: i64,
    /// Left to pay, in minor units.
    pub(super) amount_remaining: i64,
    /// ISO 4217, lower case.
    pub(super) currency: String,
    /// Digits of its amounts behind the point.
    pub(super) digits: u8,
    pub(super) created_at: Option<Timestamp>,
    pub(super) due_at: Option<Timestamp>,
    pub(super) paid_at: Option<Timestamp>,
    /// The vendor's page to see and pay it.
    pub(super) hosted_url: Option<String>,
    /// Its PDF.
    pub(super) pdf_url: Option<String>,
}

/// Money that changed hands, or did not.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PaymentView {
    pub(super) connector: ConnectionId,
    pub(super) external_id: ExternalId,
    pub(super) customer: Option<ExternalId>,
    pub(super) name: String,
    /// In the vendor's words: `succeeded`, `pending`, `failed`.
    pub(super) status: String,
    /// In minor units.
    pub(super) amount: i64,
    /// Given back, in minor units.
    pub(super) amount_refunded: i64,
    /// ISO 4217, lower case.
    pub(super) currency: String,
    /// Digits of its amounts behind the point.
    pub(super) digits: u8,
    /// Why it failed.
    pub(super) failure: Option<String>,
    pub(super) receipt_url: Option<String>,
    pub(super) created_at: Option<Timestamp>,
}

/// What is left to pay in one currency.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Balance {
    /// ISO 4217, lower case.
    pub(super) currency: String,
    /// Digits of the amount behind the point.
    pub(super) digits: u8,
    /// In minor units.
    pub(super) amount: i64,
    /// Of so many open invoices.
    pub(super) invoices: u64,
}

impl SubscriptionView {
    pub(super) fn of(connection: &ConnectionId, external_id: ExternalId, row: Subscription) -> Self {
        let goes_on = matches!(row.status.as_str(), "active" | "trialing" | "past_due")
            && !row.cancels_at_period_end
            && row.ends_at.is_none_or(|ends| row.period_ends_at.is_some_and(|period| ends > period));
        Self {
            connector: connection.clone(),
            external_id,
            customer: row.company,
            name: row.name,
            status: row.status,
            digits: minor_digits(&row.currency),
            currency: row.currency,
            items: row.items,
            started_at: row.started_at,
            next_at: row.period_ends_at.filter(|_| goes_on),
            trial_ends_at: row.trial_ends_at,
            ends_at: row.ends_at.or(row.period_ends_at.filter(|_| row.cancels_at_period_end)),
        }
    }
}

impl InvoiceView {
    pub(super) fn of(connection: &ConnectionId, external_id: ExternalId, row: Invoice) -> Self {
        Self {
            connector: connection.clone(),
            external_id,
            customer: row.company,
            name: row.name,
            status: row.status,
            amount: row.total,
            amount_remaining: row.amount_remaining,
            digits: minor_digits(&row.currency),
            currency: row.currency,
            created_at: row.created_at,
            due_at: row.due_at,
            paid_at: row.paid_at,
            hosted_url: row.hosted_url,
            pdf_url: row.pdf_url,
        }
    }
}

impl PaymentView {
    pub(super) fn of(connection: &ConnectionId, external_id: ExternalId, row: Payment) -> Self {
        Self {
            connector: connection.clone(),
            external_id,
            customer: row.company,
            name: row.name,
            status: row.status,
            amount: row.amount,
            amount_refunded: row.amount_refunded,
            digits: minor_digits(&row.currency),
            currency: row.currency,
            failure: row.failure,
            receipt_url: row.receipt_url,
            created_at: row.created_at,
        }
    }
}
