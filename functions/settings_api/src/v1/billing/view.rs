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

/// What everything at a biller has: whose it is, how it stands, and in which money.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Billed {
    pub(super) connector: ConnectionId,
    pub(super) external_id: ExternalId,
    pub(super) customer: Option<ExternalId>,
    /// The plans of a subscription; the number of an invoice, or what a draft is called; what a payment is for.
    pub(super) name: String,
    /// In the vendor's words. Of a subscription `active`, `trialing`, `past_due`, `canceled`, ...; of an invoice `draft`,
    /// `open`, `paid`, `uncollectible`, `void`; of a payment `succeeded`, `pending`, `failed`.
    pub(super) status: String,
    /// ISO 4217, lower case.
    pub(super) currency: String,
    /// Digits of its amounts behind the point.
    pub(super) digits: u8,
}

/// What is paid for again and again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SubscriptionView {
    #[serde(flatten)]
    pub(super) billed: Billed,
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
    #[serde(flatten)]
    pub(super) billed: Billed,
    /// All of it, in minor units.
    pub(super) amount: i64,
    /// Left to pay, in minor units.
    pub(super) amount_remaining: i64,
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
    #[serde(flatten)]
    pub(super) billed: Billed,
    /// In minor units.
    pub(super) amount: i64,
    /// Given back, in minor units.
    pub(super) amount_refunded: i64,
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

impl Billed {
    fn of(
        (connection, external_id): (&ConnectionId, ExternalId),
        customer: Option<ExternalId>,
        (name, status, currency): (String, String, String),
    ) -> Self {
        let digits = minor_digits(&currency);
        Self { connector: connection.clone(), external_id, customer, name, status, currency, digits }
    }
}

impl SubscriptionView {
    pub(super) fn of(connection: &ConnectionId, external_id: ExternalId, row: Subscription) -> Self {
        let goes_on = matches!(row.status.as_str(), "active" | "trialing" | "past_due")
            && !row.cancels_at_period_end
            && row.ends_at.is_none_or(|ends| row.period_ends_at.is_some_and(|period| ends > period));
        Self {
            billed: Billed::of((connection, external_id), row.company, (row.name, row.status, row.currency)),
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
            billed: Billed::of((connection, external_id), row.company, (row.name, row.status, row.currency)),
            amount: row.total,
            amount_remaining: row.amount_remaining,
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
            billed: Billed::of((connection, external_id), row.company, (row.name, row.status, row.currency)),
            amount: row.amount,
            amount_refunded: row.amount_refunded,
            failure: row.failure,
            receipt_url: row.receipt_url,
            created_at: row.created_at,
        }
    }
}
