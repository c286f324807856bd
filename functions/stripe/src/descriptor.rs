//! What Stripe is to the portal: form, guide, permissions, feeds. The field tables are in [`fields`].

mod fields;

use std::time::Duration;

use connector::{
    Changes, CredentialField, Descriptor, Direction, Feed, Journal, LimitScope, Limits, Permission,
    RecordTypeDescriptor, SetupStep, TechnicianCreation, TokenSharing,
};
use domain::record::RecordType;

use crate::webhook::WEBHOOK;

/// Everything that is declared about this connector.
pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "stripe",
    name: "Stripe",
    short_name: "Stripe",
    about: "billing and payment processing",
    category: "Billing",
    setup: SETUP,
    setup_minutes: 5,
    permissions: PERMISSIONS,
    credentials: CREDENTIALS,
    options: &[],
    choices: &[],
    ticket_defaults: &[],
    technician_creation: TechnicianCreation::Unsupported,
    primary_contact: None,
    record_types: &[COMPANIES, SUBSCRIPTIONS, INVOICES, PAYMENTS],
    // "Rate limits" in Stripe's documentation: 100 calls a second, but 25 for a sandbox and for each endpoint.
    limits: Limits {
        scope: LimitScope::Account,
        calls: 25,
        window: Duration::from_secs(1),
        share_percent: 80,
        concurrency: 4,
    },
    webhook: Some(WEBHOOK),
    // "Access to events is guaranteed only for 30 days" (Stripe's page on events).
    journal: Some(Journal { keeps: Duration::from_secs(30 * 24 * 60 * 60), permission: "Events: Read" }),
    token: TokenSharing::Environment,
    map_version: 1,
};

// The words of Stripe's dashboard.
const SETUP: &[SetupStep] = &[
    SetupStep {
        title: "Open the API keys",
        text: "Sign in to the Stripe account with which you bill your customers. Open Developers > API keys (at the \
               bottom left, or dashboard.stripe.com/apikeys). Switch to the sandbox first if you only want to try it.",
        copy: None,
    },
    SetupStep {
        title: "Create a restricted key",
        text: "Under Restricted keys click Create restricted key. If Stripe asks how it will be used, choose Providing \
               this key to another website. Enter a name.",
        copy: Some("Client Portal"),
    },
    SetupStep {
        title: "Choose the permissions",
        text: "Set each permission listed beside this guide to Read or Write as it says, and leave all others at None. \
               Then click Create key.",
        copy: Some(
            "Customers: Read, Products: Read, Subscriptions: Read, Invoices: Read, Charges and Refunds: Read, \
             Events: Read, Webhook Endpoints: Write, Customer portal: Write",
        ),
    },
    SetupStep {
        title: "Copy the key",
        text: "Copy the key that begins with rk_. Stripe shows a live key only this time.",
        copy: None,
    },
    SetupStep {
        title: "Switch the customer portal on (optional)",
        text: "For the link with which a customer manages how they pay, open Settings > Billing > Customer portal and \
               save its settings once.",
        copy: None,
    },
];

const PERMISSIONS: &[Permission] = &[
    Permission {
        name: "Customers: Read",
        why: "Read customers, which become companies.",
        required: true,
        record_types: &[RecordType::Companies],
    },
    Permission {
        name: "Products: Read",
        why: "Name the plans of subscriptions; without it they go by their price's nickname or id.",
        required: false,
        record_types: &[RecordType::Subscriptions],
    },
    Permission {
        name: "Subscriptions: Read",
        why: "Read subscriptions.",
        required: false,
        record_types: &[RecordType::Subscriptions],
    },
    Permission {
        name: "Invoices: Read",
        why: "Read invoices with the links to them.",
        required: false,
        record_types: &[RecordType::Invoices],
    },
    Permission {
        name: "Charges and Refunds: Read",
        why: "Read payments and what was given back of them.",
        required: false,
        record_types: &[RecordType::Payments],
    },
    Permission {
        name: "Events: Read",
        why: "Learn of changes with one call; without it every list is read in full.",
        required: false,
        record_types: &[],
    },
    Permission {
        name: "Webhook Endpoints: Write",
        why: "Subscribe to webhooks, so that changes arrive at once.",
        required: false,
        record_types: &[],
    },
    Permission {
        name: "Customer portal: Write",
        why: "Open the pages on which a customer manages how they pay.",
        required: false,
        record_types: &[],
    },
];

const CREDENTIALS: &[CredentialField] = &[CredentialField {
    key: "restricted_key",
    label: "Restricted key",
    help: "Of Developers > API keys > Restricted keys; it begins with rk_live_ or rk_test_. A secret key (sk_) works, too, \
           but may do far more than the portal needs.",
    example: "rk_live_51H8…",
    pattern: Some("[A-Za-z0-9_-]+"),
    choices: &[],
    secret: true,
    required: true,
    normalise: None,
}];

/// A list that is read in full once a day, while the journal tells what changed.
const fn feed(id: &'static str, produces: RecordType, permission: &'static str) -> Feed {
    Feed { id, produces, changes: Changes::Journal, permission, ..Feed::USUAL }
}

const COMPANIES: RecordTypeDescriptor = RecordTypeDescriptor {
    record_type: RecordType::Companies,
    label: "Customers",
    direction: Direction::Pull,
    default_on: true,
    limitation: Some(
        "Stripe has no flag for a customer that is switched off: one is there or deleted. Several customers for one company \
         are normal; link each of them.",
    ),
    feeds: &[feed("customers", RecordType::Companies, "Customers: Read")],
    fields: fields::COMPANIES,
};

const SUBSCRIPTIONS: RecordTypeDescriptor = RecordTypeDescriptor {
    record_type: RecordType::Subscriptions,
    label: "Subscriptions",
    direction: Direction::Pull,
    default_on: true,
    limitation: Some(
        "Canceled subscriptions are read, too. A product that is renamed shows its new name within a day.",
    ),
    feeds: &[Feed { completes: true, ..feed("subscriptions", RecordType::Subscriptions, "Subscriptions: Read") }],
    fields: fields::SUBSCRIPTIONS,
};

const INVOICES: RecordTypeDescriptor = RecordTypeDescriptor {
    record_type: RecordType::Invoices,
    label: "Invoices",
    direction: Direction::Pull,
    default_on: true,
    limitation: None,
    feeds: &[feed("invoices", RecordType::Invoices, "Invoices: Read")],
    fields: fields::INVOICES,
};

const PAYMENTS: RecordTypeDescriptor = RecordTypeDescriptor {
    record_type: RecordType::Payments,
    label: "Payments",
    direction: Direction::Pull,
    default_on: true,
    limitation: Some(
        "Stripe no longer says on a payment which invoice it is for; the invoice says that it was paid. Refunds are the \
         amount given back of their payment.",
    ),
    feeds: &[feed("charges", RecordType::Payments, "Charges and Refunds: Read")],
    fields: fields::PAYMENTS,
};

#[cfg(test)]
mod tests;
