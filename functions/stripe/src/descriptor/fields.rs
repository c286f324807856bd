//! How Stripe's fields become the portal's, as people read it.

use connector::FieldMapping;
use connector::field::pull;

const AMOUNT: &str = "in the currency's minor unit";

pub(super) const COMPANIES: &[FieldMapping] = &[
    pull("name", "name", "else business_name, individual_name, email, description"),
    pull("email", "domains", "the part after the @, unless it is a mail provider's"),
    pull("phone", "phone", "as is"),
    pull("email", "subtitle", "else the city"),
];

pub(super) const SUBSCRIPTIONS: &[FieldMapping] = &[
    pull("items.price.product", "name", "the products' names, joined"),
    pull("customer", "company", "the customer"),
    pull("status", "status", "as is"),
    pull("currency", "currency", "as is"),
    pull("items", "items", "name, quantity, price for one, interval"),
    pull("start_date", "started_at", "as is"),
    pull("items.current_period_end", "period_ends_at", "the earliest"),
    pull("trial_end", "trial_ends_at", "as is"),
    pull("cancel_at_period_end", "cancels_at_period_end", "as is"),
    pull("ended_at", "ends_at", "else cancel_at"),
    pull("collection_method", "collection", "as is"),
];

pub(super) const INVOICES: &[FieldMapping] = &[
    pull("number", "name", "a draft has none yet"),
    pull("customer", "company", "the customer"),
    pull("parent.subscription_details.subscription", "subscription", "as is"),
    pull("status", "status", "as is"),
    pull("currency", "currency", "as is"),
    pull("total", "total", AMOUNT),
    pull("amount_due", "amount_due", AMOUNT),
    pull("amount_paid", "amount_paid", AMOUNT),
    pull("amount_remaining", "amount_remaining", AMOUNT),
    pull("created", "created_at", "as is"),
    pull("due_date", "due_at", "as is"),
    pull("status_transitions.paid_at", "paid_at", "as is"),
    pull("hosted_invoice_url", "hosted_url", "as is"),
    pull("invoice_pdf", "pdf_url", "as is"),
];

pub(super) const PAYMENTS: &[FieldMapping] = &[
    pull("description", "name", "else \"Payment\""),
    pull("customer", "company", "the customer"),
    pull("status", "status", "as is"),
    pull("currency", "currency", "as is"),
    pull("amount", "amount", AMOUNT),
    pull("amount_refunded", "amount_refunded", AMOUNT),
    pull("failure_message", "failure", "as is"),
    pull("receipt_url", "receipt_url", "as is"),
    pull("created", "created_at", "as is"),
];
