//! What Halo PSA is to the portal: forms, guide, permissions, feeds and field tables. What may be
//! chosen is in [`options`].

mod options;

use std::time::Duration;

use connector::field::{both, pull};
use connector::webhook::{Provisioning, Verify, Webhook};
use connector::{
    Changes, CredentialField, Descriptor, Direction, Feed, LimitScope, Limits, Permission, RecordTypeDescriptor,
    SetupStep, TechnicianCreation, TokenSharing,
};
use domain::record::RecordType;

use self::options::{CHOICES, OPTIONS, TICKET_DEFAULTS};

use crate::webhook;

/// Everything that is declared about this connector.
pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "halo-psa",
    name: "Halo PSA",
    short_name: "Halo",
    about: "full ticketing, company and user sync",
    category: "PSA",
    setup: SETUP,
    setup_minutes: 10,
    permissions: PERMISSIONS,
    credentials: CREDENTIALS,
    options: OPTIONS,
    choices: CHOICES,
    ticket_defaults: TICKET_DEFAULTS,
    technician_creation: TechnicianCreation::TakesLicence,
    primary_contact: Some("the main contact of the client's main site"),
    record_types: &[COMPANIES, CONTACTS, USERS, TICKETS],
    // The last limit seen on hosted Halo: "300 Requests per rolling 5 minute window" (HaloAPI issue 31).
    limits: Limits {
        scope: LimitScope::Account,
        calls: 300,
        window: Duration::from_secs(300),
        share_percent: 50,
        concurrency: 4,
    },
    webhook: Some(Webhook {
        provisioning: Provisioning::Manual(WEBHOOK),
        verify: Verify::Basic { user: "portal" },
        tolerance: None,
        unproven: None,
        notices: |delivery| webhook::notices(delivery.body),
        repeats: true,
    }),
    journal: None,
    token: TokenSharing::Environment,
    map_version: 2,
};

// The words of Halo's screens as the set-up guides of TimeZest, Trend Micro and Appxite give them.
const SETUP: &[SetupStep] = &[
    SetupStep {
        title: "Create an agent for the portal",
        text: "In Halo, create an agent that is used for the API only (such an agent needs no licence). Add it to every team \
               and department whose tickets the portal shows, and allow it the use of all customers: what this agent may \
               not see is missing in the portal without any error.",
        copy: Some("Client Portal"),
    },
    SetupStep {
        title: "Note address and tenant",
        text: "Open Configuration > Integrations > HaloPSA API (\"Halo API\" in some versions). Note Resource Server and Tenant.",
        copy: None,
    },
    SetupStep {
        title: "Add an application",
        text: "On the same page click View Applications, then New. Enter an Application Name and keep Active ticked.",
        copy: Some("Client Portal"),
    },
    SetupStep {
        title: "Choose how it signs in",
        text: "Set Authentication Method to \"Client ID and Secret (Services)\", Login Type to \"Agent\" and Agent to log in as \
               to the agent of step 1. With another login type Halo refuses the list of tickets.",
        copy: None,
    },
    SetupStep {
        title: "Copy Client ID and Client Secret",
        text: "Copy both after choosing the login type, which changes the secret, and before you save: afterwards Halo does \
               not show the secret again.",
        copy: None,
    },
    SetupStep {
        title: "Tick the permissions and save",
        text: "On the Permissions tab tick the permissions listed beside this guide, then click Save. What works is what \
               application and agent both allow.",
        copy: Some("read:tickets edit:tickets read:customers admin"),
    },
];

/// What Halo's configuration needs, its user roles included, whatever else may be read.
pub(crate) const ADMIN: &str = "admin";

const PERMISSIONS: &[Permission] = &[
    Permission {
        name: "read:customers",
        why: "Read clients, sites and users.",
        required: true,
        record_types: &[RecordType::Companies, RecordType::Contacts],
    },
    Permission {
        name: "read:tickets",
        why: "Read tickets with their actions, statuses, teams and priorities.",
        required: false,
        record_types: &[RecordType::Tickets],
    },
    Permission {
        name: "edit:tickets",
        why: "Create tickets, change them and add notes from the portal.",
        required: false,
        record_types: &[RecordType::Tickets],
    },
    Permission {
        name: ADMIN,
        why: "Read agents, and the names of user roles; create and change agents from the portal.",
        required: false,
        record_types: &[RecordType::Contacts, RecordType::Users],
    },
    Permission {
        name: "Allow use of all Customers (on the agent)",
        why: "A restricted agent gets shorter lists without being told so.",
        required: true,
        record_types: &[RecordType::Companies, RecordType::Contacts, RecordType::Tickets],
    },
];

const CREDENTIALS: &[CredentialField] = &[
    CredentialField {
        key: "url",
        label: "Halo URL",
        help: "The address you sign in to Halo at; the Resource Server under Configuration > Integrations > HaloPSA API will do.",
        example: "https://acme.halopsa.com",
        pattern: Some(r"https://([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]([a-z0-9-]*[a-z0-9])?(:[0-9]{1,5})?"),
        choices: &[],
        secret: false,
        required: true,
        normalise: Some(normalise_url),
    },
    CredentialField {
        key: "client_id",
        label: "Client ID",
        help: "Of the application under Configuration > Integrations > HaloPSA API > View Applications.",
        example: "5f0c1f6e-2a58-4b8e-9a34-8f3d2c1b0a99",
        pattern: None,
        choices: &[],
        secret: false,
        required: true,
        normalise: None,
    },
    CredentialField {
        key: "client_secret",
        label: "Client Secret",
        help: "Shown once, before the application is saved. A new one can be generated there; the old one then stops working.",
        example: "5f0c1f6e-…-2b3c4d5e",
        pattern: None,
        choices: &[],
        secret: true,
        required: true,
        normalise: None,
    },
    CredentialField {
        key: "tenant",
        label: "Tenant",
        help: "On the HaloPSA API page, beside the Resource Server. Leave it empty if Halo shows none there, as on your own server.",
        example: "acme",
        pattern: None,
        choices: &[],
        secret: false,
        required: false,
        normalise: Some(normalise_tenant),
    },
];

const WEBHOOK: &[&str] = &[
    "In Halo open Configuration > Integrations > Webhooks and choose New.",
    "Enter a Webhook Name and paste the Payload URL shown here; Method POST, Content Type application/json.",
    "Set Authentication to Basic and paste the user name and the password shown here.",
    "As payload choose \"Small object with key fields only\": the portal reads the ticket itself, so nothing else is needed.",
    "Under Events click Add for each of New Ticket Logged, Ticket Updated by User, Ticket Status Changed, Ticket Reassigned, \
     Closed and Ticket Deleted.",
    "Save. Clients, users and agents have no events in Halo; they are checked at the chosen interval.",
];

const COMPANIES: RecordTypeDescriptor = RecordTypeDescriptor {
    record_type: RecordType::Companies,
    label: "Clients",
    direction: Direction::Pull,
    default_on: true,
    limitation: None,
    feeds: &[
        Feed {
            id: "clients",
            produces: RecordType::Companies,
            changes: Changes::Filtered,
            completes: false,
            permission: "read:customers",
            ..Feed::USUAL
        },
        Feed {
            id: "sites",
            produces: RecordType::Sites,
            changes: Changes::Filtered,
            completes: false,
            permission: "read:customers",
            ..Feed::USUAL
        },
    ],
    fields: &[
        pull("Client: name", "name", "as is; the built-in client \"Unknown\" is left out"),
        pull("Client: inactive", "inactive", "as is"),
        pull("Client: website", "domains", "its host without www."),
        pull("Client: toplevel_name", "subtitle", "as is"),
        pull("Client: customer_relationship", "types", "the names, sorted"),
        pull("Client: main_site_id", "primary_contact", "the main contact of the main site"),
        pull("Site: name", "name", "as is"),
        pull("Site: inactive", "inactive", "as is"),
        pull("Site: client_id", "company", "the client it belongs to"),
        pull("Site: maincontact_id", "main_contact", "0 and -1 are none"),
        pull("Site: phonenumber", "phone", "as is"),
    ],
};

const CONTACTS: RecordTypeDescriptor = RecordTypeDescriptor {
    record_type: RecordType::Contacts,
    label: "Users",
    direction: Direction::Pull,
    default_on: true,
    limitation: None,
    feeds: &[Feed {
        id: "contacts",
        produces: RecordType::Contacts,
        changes: Changes::Filtered,
        completes: false,
        permission: "read:customers",
        ..Feed::USUAL
    }],
    fields: &[
        pull("name", "name", "as is, else first and last name, else the address; \"General User\" is left out"),
        pull("firstname", "first_name", "as is"),
        pull("surname", "last_name", "as is"),
        pull("emailaddress", "email", "as is"),
        pull("phonenumber", "phone", "as is"),
        pull("mobilenumber", "mobile", "as is"),
        pull("title", "title", "as is"),
        pull("inactive", "inactive", "as is; service accounts and agents' own users are left out"),
        pull("client_id", "company", "the client they belong to"),
        pull("site_id_int", "site", "else site_id"),
        pull("role_list", "types", "the names of the user roles, sorted"),
    ],
};

const USERS: RecordTypeDescriptor = RecordTypeDescriptor {
    record_type: RecordType::Users,
    label: "Agents",
    direction: Direction::Both,
    default_on: true,
    limitation: Some(
        "Halo cannot list agents by date of change: all are read each time. An agent that is created uses a licence.",
    ),
    feeds: &[Feed {
        id: "agents",
        produces: RecordType::Users,
        changes: Changes::Unfiltered,
        completes: false,
        permission: ADMIN,
        ..Feed::USUAL
    }],
    fields: &[
        both("name", "name", "as is; the built-in \"Unassigned\" and API-only agents are left out"),
        both("email", "email", "as is"),
        both("sms", "phone", "as is"),
        both("jobtitle", "title", "as is"),
        pull("team", "team", "the default team; set when the portal creates an agent"),
        both("isdisabled", "active", "the opposite"),
    ],
};

const TICKETS: RecordTypeDescriptor = RecordTypeDescriptor {
    record_type: RecordType::Tickets,
    label: "Tickets",
    direction: Direction::Both,
    default_on: true,
    limitation: Some("Projects and opportunities are left out."),
    feeds: &[Feed {
        id: "tickets",
        produces: RecordType::Tickets,
        changes: Changes::Filtered,
        completes: true,
        permission: "read:tickets",
        ..Feed::USUAL
    }],
    fields: &[
        both("summary", "title", "as is"),
        both("details", "description", "as is, else the text of details_html"),
        both("status_id", "status", "the id; stages map it"),
        both("priority_id", "priority", "the number within the ticket's SLA"),
        both("tickettype_id", "ticket_type", "the id"),
        pull("category_1", "category", "as is; set when the portal creates a ticket"),
        pull("team_id", "board", "the id; set when the portal creates a ticket"),
        both("agent_id", "assignee", "\"Unassigned\" (1), 0 and -1 are nobody"),
        pull("client_id", "company", "the client; set when the portal creates a ticket"),
        pull("user_id", "contact", "the user, unless it is a General User; set when the portal creates a ticket"),
        pull("site_id", "site", "the site; set when the portal creates a ticket"),
        pull("hasbeenclosed", "closed", "or the built-in status Closed (9)"),
        pull("dateoccurred", "created_at", "to the second; else datecreated"),
        pull("lastactiondate", "last_activity_at", "the latest of lastactiondate and last_update or flastupdate"),
        pull("dateclosed", "closed_at", "to the second, once closed"),
        both("third_party_id_string", "external_reference", "our reference on tickets that the portal created"),
        both("Actions", "notes", "those with text, oldest first; hidden from the user = internal"),
    ],
};

/// What people paste as Halo's address: with or without a scheme, with `/api`, `/auth` or a page behind it.
pub(crate) fn normalise_url(pasted: &str) -> String {
    let host = connector::web::pasted_host(pasted);
    if host.is_empty() { String::new() } else { format!("https://{host}") }
}

/// Halo shows "None" where there is no tenant.
pub(crate) fn normalise_tenant(pasted: &str) -> String {
    let tenant = pasted.trim();
    if tenant.eq_ignore_ascii_case("none") { String::new() } else { tenant.to_owned() }
}

#[cfg(test)]
mod tests;
