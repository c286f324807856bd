//! What ConnectWise Manage is to the portal: forms, guide, permissions and limits. Feeds and field tables are in
//! [`records`], what may be chosen is in [`options`].

mod options;
mod records;

use std::time::Duration;

use connector::webhook::{Provisioning, Verify, Webhook};
use connector::{
    CredentialField, Descriptor, LimitScope, Limits, Permission, SetupStep, TechnicianCreation, TokenSharing,
};
use domain::record::RecordType;

use self::options::{CHOICES, OPTIONS, TICKET_DEFAULTS};
use crate::{site, webhook};

/// Which statuses of companies are inactive, and every picklist.
pub(crate) const TABLE_SETUP: &str = "System > Table Setup: Inquire All";

/// Everything that is declared about this connector.
pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "connectwise-manage",
    name: "ConnectWise Manage",
    short_name: "ConnectWise",
    about: "tickets, companies and service boards",
    category: "PSA",
    setup: SETUP,
    setup_minutes: 10,
    permissions: PERMISSIONS,
    credentials: CREDENTIALS,
    options: OPTIONS,
    choices: CHOICES,
    ticket_defaults: TICKET_DEFAULTS,
    technician_creation: TechnicianCreation::TakesLicence,
    primary_contact: Some("the default contact of the company"),
    record_types: records::ALL,
    // Above about 1000 requests a minute the cloud throttles (Developer Guide).
    limits: Limits {
        scope: LimitScope::Account,
        calls: 1000,
        window: Duration::from_secs(60),
        share_percent: 50,
        concurrency: 4,
    },
    webhook: Some(Webhook {
        provisioning: Provisioning::Api,
        verify: Verify::RemoteKey(webhook::KEY),
        tolerance: None,
        unproven: None,
        notices: webhook::notices,
        repeats: true,
    }),
    journal: None,
    token: TokenSharing::Environment,
    map_version: 1,
};

const SETUP: &[SetupStep] = &[
    SetupStep {
        title: "Create a security role",
        text: "In ConnectWise open System > Security Roles, click the plus sign and enter a Role ID. Give it the permissions \
               listed beside this guide, each with the level All: with the level My, records are missing in the portal \
               without any error. Delete may stay at None everywhere.",
        copy: Some("Client Portal"),
    },
    SetupStep {
        title: "Create an API member",
        text: "Open System > Members and choose the tab API Members, then the plus sign. Enter a Member ID and a Member \
               Name, and set Role ID to the role of step 1, Level to Corporate (Level 1) and Name, Default Territory and \
               Business Unit as your other members have them. An API member needs no licence.",
        copy: Some("ClientPortal"),
    },
    SetupStep {
        title: "Create its keys",
        text: "In the API member choose the tab API Keys, click the plus sign, enter a Description and click Save. Copy the \
               Public Key and the Private Key now: ConnectWise shows the private one only this once.",
        copy: Some("Client Portal"),
    },
    SetupStep {
        title: "Note site and company",
        text: "Site is the address that you open ConnectWise at. Company is what you type into the field Company when you \
               sign in; it is a short name and not a number.",
        copy: None,
    },
];

const PERMISSIONS: &[Permission] = &[
    Permission {
        name: "Companies > Company Maintenance: Inquire All",
        why: "Read companies.",
        required: true,
        record_types: &[RecordType::Companies],
    },
    Permission {
        name: "Companies > Contacts: Inquire All",
        why: "Read contacts.",
        required: true,
        record_types: &[RecordType::Contacts],
    },
    Permission {
        name: TABLE_SETUP,
        why: "Read which company statuses are inactive; boards, statuses, types, priorities and sources.",
        required: true,
        record_types: &[RecordType::Companies, RecordType::Tickets],
    },
    Permission {
        name: "System > Table Setup: Add and Edit All",
        why: "Keep the callbacks by which ConnectWise tells the portal of changes at once.",
        required: false,
        record_types: &[RecordType::Companies, RecordType::Contacts, RecordType::Users, RecordType::Tickets],
    },
    Permission {
        name: "Service Desk > Service Tickets: Inquire All",
        why: "Read tickets and their notes.",
        required: false,
        record_types: &[RecordType::Tickets],
    },
    Permission {
        name: "Service Desk > Service Tickets: Add and Edit All",
        why: "Create tickets, change them and add notes from the portal.",
        required: false,
        record_types: &[RecordType::Tickets],
    },
    Permission {
        name: "Service Desk > Close Service Tickets: Add, Edit and Inquire All",
        why: "Set a closed status from the portal.",
        required: false,
        record_types: &[RecordType::Tickets],
    },
    Permission {
        name: "System > Member Maintenance: Inquire All",
        why: "Read members.",
        required: false,
        record_types: &[RecordType::Users],
    },
    Permission {
        name: "System > Member Maintenance: Add and Edit All",
        why: "Create and change members from the portal. A new member takes a licensed seat.",
        required: false,
        record_types: &[RecordType::Users],
    },
];

const CREDENTIALS: &[CredentialField] = &[
    CredentialField {
        key: "site",
        label: "Site",
        help: "The address that you open ConnectWise at; paste any page of it.",
        example: "na.myconnectwise.net",
        pattern: Some(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]([a-z0-9-]*[a-z0-9])?(:[0-9]{1,5})?"),
        choices: &[],
        secret: false,
        required: true,
        normalise: Some(site::normalise),
    },
    CredentialField {
        key: "company_id",
        label: "Company ID",
        help: "What you type into the field Company when you sign in to ConnectWise.",
        example: "acme",
        pattern: Some(r"[^\s+:/?#]{1,60}"),
        choices: &[],
        secret: false,
        required: true,
        normalise: Some(normalise_company),
    },
    CredentialField {
        key: "public_key",
        label: "Public Key",
        help: "Of the API member, under System > Members > API Members > API Keys.",
        example: "Ab3dEf6hIj9kLm2n",
        pattern: Some(r"[^\s+:]{1,100}"),
        choices: &[],
        secret: false,
        required: true,
        normalise: None,
    },
    CredentialField {
        key: "private_key",
        label: "Private Key",
        help: "Shown once, when the keys are created. If it is lost, create new keys on the same tab.",
        example: "Zy8xWv5uTs2rQp9o",
        pattern: None,
        choices: &[],
        secret: true,
        required: true,
        normalise: None,
    },
];

/// People paste the user name of the API, `acme+PublicKey`, as well.
fn normalise_company(pasted: &str) -> String {
    pasted.trim().split('+').next().unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests;
