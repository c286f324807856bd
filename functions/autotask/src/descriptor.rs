//! What Autotask is to the portal: forms, guide, permissions, feeds and field tables. What may be
//! chosen is in [`options`].

mod options;

use std::time::Duration;

use connector::field::{both, pull};
use connector::{
    Changes, CredentialField, Descriptor, Direction, Feed, LimitScope, Limits, Permission, RecordTypeDescriptor,
    SetupStep, TechnicianCreation, TokenSharing,
};
use domain::record::RecordType;

use self::options::{CHOICES, OPTIONS, TICKET_DEFAULTS};
use crate::webhook::WEBHOOK;

/// Everything that is declared about this connector.
pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "autotask",
    name: "Autotask",
    short_name: "Autotask",
    about: "account and ticket synchronisation",
    category: "PSA",
    setup: SETUP,
    setup_minutes: 10,
    permissions: PERMISSIONS,
    credentials: CREDENTIALS,
    options: OPTIONS,
    choices: CHOICES,
    ticket_defaults: TICKET_DEFAULTS,
    technician_creation: TechnicianCreation::Unsupported,
    primary_contact: Some("the contact that Autotask marks as primary"),
    record_types: &[COMPANIES, CONTACTS, USERS, TICKETS],
    // 10,000 calls an hour for everybody at the customer together (REST_Thresholds_Limits), three at once per entity
    // (ThreadLimiting); somebody's look at a picklist may come between, so two are ours.
    limits: Limits {
        scope: LimitScope::Account,
        calls: 10_000,
        window: Duration::from_secs(60 * 60),
        share_percent: 15,
        concurrency: 2,
    },
    webhook: Some(WEBHOOK),
    journal: None,
    token: TokenSharing::Environment,
    map_version: 1,
};

// The words of Autotask's screens as its help on API users gives them.
const SETUP: &[SetupStep] = &[
    SetupStep {
        title: "Open the list of resources",
        text: "In Autotask, signed in as an administrator, open Admin > Resources/Users (HR) > Resources/Users.",
        copy: None,
    },
    SetupStep {
        title: "Add an API user",
        text: "Open the menu of the New button and choose New API User. Enter First Name and Last Name, as notes written from \
               the portal bear them, and an e-mail address that somebody reads: Autotask warns there when a webhook fails.",
        copy: Some("Client Portal"),
    },
    SetupStep {
        title: "Choose its security level",
        text: "Set Security Level to \"API User (system) (API-only)\", or to a copy of it that has the permissions listed beside \
               this guide. What a narrower level may not see is missing in the portal without any error.",
        copy: None,
    },
    SetupStep {
        title: "Generate key and secret",
        text: "Under Credentials click Generate Key and Generate Secret. Copy both now: the secret is not shown again. The key \
               is the API username below.",
        copy: None,
    },
    SetupStep {
        title: "Choose the integration",
        text: "Under API Tracking Identifier choose Integration Vendor and pick the portal's vendor from the list. With another \
               identifier Autotask refuses the credentials.",
        copy: None,
    },
    SetupStep {
        title: "Save",
        text: "Click Save & Close. The user needs no line of business; should your Autotask use them, add those whose tickets \
               the portal shows.",
        copy: None,
    },
];

/// What the lists of contact groups need besides the right to contacts.
pub(crate) const CONTACT_GROUPS: &str = "CRM: Contact groups, view";

const PERMISSIONS: &[Permission] = &[
    Permission {
        name: "CRM: Companies, view all",
        why: "Read companies.",
        required: true,
        record_types: &[RecordType::Companies],
    },
    Permission {
        name: "CRM: Contacts, view all",
        why: "Read contacts.",
        required: true,
        record_types: &[RecordType::Contacts],
    },
    Permission {
        name: CONTACT_GROUPS,
        why: "Read contact groups, which stand in for contact types.",
        required: true,
        record_types: &[RecordType::Contacts],
    },
    Permission {
        name: "Service Desk: Tickets, view all",
        why: "Read tickets and ticket notes, the internal ones included.",
        required: false,
        record_types: &[RecordType::Tickets],
    },
    Permission {
        name: "Service Desk: Tickets, add and edit",
        why: "Create tickets, change them and add notes from the portal.",
        required: false,
        record_types: &[RecordType::Tickets],
    },
    Permission {
        name: "Admin: Resources/Users (HR), view",
        why: "Read technicians; find our own API user.",
        required: false,
        record_types: &[RecordType::Users],
    },
    Permission {
        name: "Admin: Resources/Users (HR), edit",
        why: "Change technicians from the portal.",
        required: false,
        record_types: &[RecordType::Users],
    },
    Permission {
        name: "Admin: Webhooks",
        why: "Be told of changes at once. Without it they are found at the chosen interval.",
        required: false,
        record_types: &[RecordType::Companies, RecordType::Contacts, RecordType::Tickets],
    },
    Permission {
        name: "Admin: Deleted tickets",
        why: "See deletions within the hour. Without it, and without webhooks, they are found within two days.",
        required: false,
        record_types: &[RecordType::Tickets],
    },
];

const CREDENTIALS: &[CredentialField] = &[
    CredentialField {
        key: "username",
        label: "API username",
        help: "The Username (Key) of the API user under Admin > Resources/Users (HR). Its zone is found by itself.",
        example: "qxk3wz7vbn2dtfe@acme-it.com",
        pattern: Some(r"[^\s@]+@[^\s@]+"),
        choices: &[],
        secret: false,
        required: true,
        normalise: Some(normalise_username),
    },
    CredentialField {
        key: "secret",
        label: "API secret",
        help: "The Password (Secret) of the API user, shown once when it is generated there. A new one replaces the old one at once.",
        example: "7n#Qz2~…@Rm1",
        pattern: None,
        choices: &[],
        secret: true,
        required: true,
        normalise: None,
    },
];

const COMPANIES: RecordTypeDescriptor = RecordTypeDescriptor {
    record_type: RecordType::Companies,
    label: "Companies",
    direction: Direction::Pull,
    default_on: true,
    limitation: Some("Your own company, which Autotask keeps among the others, comes with them."),
    feeds: &[Feed {
        id: "companies",
        produces: RecordType::Companies,
        changes: Changes::Filtered,
        completes: false,
        permission: "CRM: Companies, view all",
        ..Feed::USUAL
    }],
    fields: &[
        pull("companyName", "name", "as is"),
        pull("isActive", "inactive", "the opposite"),
        pull("webAddress", "domains", "its host without www."),
        pull("phone", "phone", "as is"),
        pull("city", "subtitle", "as is"),
        pull("companyType", "types", "the name from its picklist"),
    ],
};

const CONTACTS: RecordTypeDescriptor = RecordTypeDescriptor {
    record_type: RecordType::Contacts,
    label: "Contacts",
    direction: Direction::Pull,
    default_on: true,
    limitation: Some(
        "Autotask has no contact types: its contact groups stand in for them. Joining or leaving a group changes no date of the \
         contact, so it is noticed within a day.",
    ),
    feeds: &[Feed {
        id: "contacts",
        produces: RecordType::Contacts,
        changes: Changes::Filtered,
        completes: false,
        permission: "CRM: Contacts, view all",
        ..Feed::USUAL
    }],
    fields: &[
        pull("firstName, lastName", "name", "both, else the address"),
        pull("firstName", "first_name", "as is"),
        pull("lastName", "last_name", "as is"),
        pull("emailAddress", "email", "as is"),
        pull("phone", "phone", "as is"),
        pull("mobilePhone", "mobile", "as is"),
        pull("title", "title", "as is"),
        pull("isActive", "inactive", "0 is inactive"),
        pull("companyID", "company", "the company they belong to"),
        pull("ContactGroupContacts", "types", "the names of the groups in use, sorted"),
        pull("primaryContact", "primary", "as is"),
        pull("createDate", "created_at", "as is"),
    ],
};

const USERS: RecordTypeDescriptor = RecordTypeDescriptor {
    record_type: RecordType::Users,
    label: "Resources",
    direction: Direction::Both,
    default_on: true,
    limitation: Some(
        "Autotask's API changes resources and creates none: add new technicians in Autotask. It cannot list resources by date of \
         change: all are read each time.",
    ),
    feeds: &[Feed {
        id: "resources",
        produces: RecordType::Users,
        changes: Changes::Unfiltered,
        completes: false,
        permission: "Admin: Resources/Users (HR), view",
        ..Feed::USUAL
    }],
    fields: &[
        both("firstName, lastName", "name", "both; users for API access only are left out"),
        both("email", "email", "as is"),
        both("officePhone", "phone", "as is"),
        both("title", "title", "as is"),
        both("isActive", "active", "as is"),
    ],
};

const TICKETS: RecordTypeDescriptor = RecordTypeDescriptor {
    record_type: RecordType::Tickets,
    label: "Tickets",
    direction: Direction::Both,
    default_on: true,
    limitation: Some(
        "Notes are plain text: Autotask's API keeps no formatting. Tickets cannot be deleted through it, only completed.",
    ),
    feeds: &[Feed {
        id: "tickets",
        produces: RecordType::Tickets,
        changes: Changes::Filtered,
        completes: true,
        permission: "Service Desk: Tickets, view all",
        ..Feed::USUAL
    }],
    fields: &[
        both("title", "title", "as is"),
        both("description", "description", "as is"),
        both("status", "status", "the id; stages map it"),
        both("priority", "priority", "the id"),
        both("ticketType", "ticket_type", "the id"),
        pull("ticketCategory", "category", "the id; set when the portal creates a ticket"),
        pull("queueID", "board", "the id; set when the portal creates a ticket"),
        both("assignedResourceID", "assignee", "written with one of the resource's active roles"),
        pull("companyID", "company", "set when the portal creates a ticket"),
        pull("contactID", "contact", "set when the portal creates a ticket"),
        pull("status", "closed", "the status Complete (5)"),
        pull("createDate", "created_at", "as is"),
        pull(
            "lastActivityDate",
            "last_activity_at",
            "the latest of lastActivityDate and lastTrackedModificationDateTime",
        ),
        pull("completedDate", "closed_at", "once closed"),
        pull("externalID", "external_reference", "our reference on tickets that the portal created"),
        both("TicketNotes", "notes", "oldest first; internal unless published to All Autotask Users"),
    ],
};

/// What people paste as the user name: quotes, or a link that their mail program made of it. Nothing changes what it gives.
pub(crate) fn normalise_username(pasted: &str) -> String {
    let mut name = pasted;
    loop {
        let bare = name.trim_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>'));
        let bare = bare.strip_prefix("mailto:").unwrap_or(bare);
        if bare == name {
            return name.to_owned();
        }
        name = bare;
    }
}

#[cfg(test)]
mod tests;
