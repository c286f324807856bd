//! What ConnectWise Manage is to the portal: forms, guide, permissions and limits. Feeds and field tables are in
//! [`records`].

mod records;

use std::time::Duration;

use connector::webhook::{Provisioning, Verify, Webhook};
use connector::{
    ChoiceField, ChoiceSource, CredentialField, Descriptor, FieldKind, LimitScope, Limits, OptionField, Permission,
    SetupStep,
};
use domain::record::RecordType;

use crate::{site, webhook};

/// Everything that is declared about this connector.
pub(crate) static DESCRIPTOR: Descriptor = Descriptor {
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
    }),
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
        name: "System > Table Setup: Inquire All",
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

const OPTIONS: &[OptionField] = &[
    OptionField {
        key: "boards",
        label: "Boards",
        help: "Only tickets of these service boards come to the portal. None chosen: all boards.",
        example: "Help Desk",
        kind: FieldKind::List,
        choices: ChoiceSource::Live,
        record_types: &[RecordType::Tickets],
    },
    OptionField {
        key: "exclude_statuses",
        label: "Ticket statuses to leave out",
        help: "Tickets in these statuses do not come to the portal, and leave it when they enter one.",
        example: "Help Desk: >Closed",
        kind: FieldKind::List,
        choices: ChoiceSource::Live,
        record_types: &[RecordType::Tickets],
    },
    OptionField {
        key: "exclude_company_types",
        label: "Company types to leave out",
        help: "Companies whose types are all among these do not come to the portal: a client that is a vendor as well stays.",
        example: "Vendor",
        kind: FieldKind::List,
        choices: ChoiceSource::Live,
        record_types: &[RecordType::Companies],
    },
    OptionField {
        key: "exclude_company_statuses",
        label: "Company statuses to leave out",
        help: "Companies in these statuses do not come to the portal.",
        example: "Not-Approved",
        kind: FieldKind::List,
        choices: ChoiceSource::Live,
        record_types: &[RecordType::Companies],
    },
    OptionField {
        key: "skip_inactive",
        label: "Leave out inactive companies",
        help: "Companies whose status is marked inactive in ConnectWise are not mirrored at all.",
        example: "true",
        kind: FieldKind::Flag,
        choices: ChoiceSource::Fixed(&[("true", "Leave them out")]),
        record_types: &[RecordType::Companies],
    },
    OptionField {
        key: "member_security_role",
        label: "Security role of new members",
        help: "What a member may do that the portal creates. None chosen: the portal creates no members.",
        example: "Technician",
        kind: FieldKind::Choice,
        choices: ChoiceSource::Live,
        record_types: &[RecordType::Users],
    },
];

const CHOICES: &[ChoiceField] = &[
    ChoiceField { key: "statuses", label: "Ticket statuses" },
    ChoiceField { key: "contact_types", label: "Contact types" },
    ChoiceField { key: "ticket_types", label: "Ticket types" },
    ChoiceField { key: "priorities", label: "Priorities" },
    ChoiceField { key: "boards", label: "Service boards" },
    ChoiceField { key: "categories", label: "Ticket subtypes" },
    ChoiceField { key: "sources", label: "Sources" },
];

/// People paste the user name of the API, `acme+PublicKey`, as well.
fn normalise_company(pasted: &str) -> String {
    pasted.trim().split('+').next().unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests;
