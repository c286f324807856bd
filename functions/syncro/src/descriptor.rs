//! What Syncro is to the portal: forms, guide, permissions, feeds and field tables. What may be
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
use crate::client::is_subdomain;
use crate::webhook;

/// Everything that is declared about this connector.
pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "syncro",
    name: "Syncro",
    short_name: "Syncro",
    about: "customer and ticket integration",
    category: "PSA",
    setup: SETUP,
    setup_minutes: 5,
    permissions: PERMISSIONS,
    credentials: CREDENTIALS,
    options: OPTIONS,
    choices: CHOICES,
    ticket_defaults: TICKET_DEFAULTS,
    technician_creation: TechnicianCreation::Unsupported,
    primary_contact: Some(
        "inferred, as Syncro marks none: the contact with the customer's own e-mail address, else with its name",
    ),
    record_types: &[COMPANIES, CONTACTS, USERS, TICKETS],
    // "180 requests per minute per IP address" (Syncro's OpenAPI document). All tenants call from ours, together at most 149.
    limits: Limits {
        scope: LimitScope::Address,
        calls: 180,
        window: Duration::from_secs(60),
        share_percent: 83,
        concurrency: 4,
    },
    webhook: Some(Webhook {
        provisioning: Provisioning::Manual(WEBHOOK),
        verify: Verify::UrlToken,
        tolerance: None,
        unproven: None,
        notices: |delivery| webhook::notices(delivery.body),
        repeats: false,
    }),
    journal: None,
    token: TokenSharing::Environment,
    map_version: 1,
};

// The words of Syncro's screens as the guides of the public clients give them.
const SETUP: &[SetupStep] = &[
    SetupStep {
        title: "Create a user for the portal (recommended)",
        text: "What the portal writes is shown under the name of the user who made the token. In Syncro, open Admin > Users \
               and add a Global Admin for it, then sign in as that user for the next steps.",
        copy: Some("Client Portal"),
    },
    SetupStep {
        title: "Add an API token",
        text: "Open Admin > API > API Tokens, click New Token and choose Custom Permissions. Enter a name; leave the \
               expiration date empty, or note when it ends: the portal stops on that day.",
        copy: Some("Client Portal"),
    },
    SetupStep {
        title: "Tick the permissions",
        text: "Tick the permissions listed beside this guide, then create the token.",
        copy: Some(
            "Customers - List/Search, Customers - View Detail, Tickets - List/Search, Tickets - View Details, \
             Tickets - Create, Tickets - Edit",
        ),
    },
    SetupStep { title: "Copy the token", text: "Copy the token at once: Syncro shows it only this time.", copy: None },
    SetupStep {
        title: "Let customers have several contacts",
        text: "Under Admin > General Preferences > Customer Settings switch on multiple contacts on customers. Without it \
               Syncro keeps no contacts, and none can be imported.",
        copy: None,
    },
];

const PERMISSIONS: &[Permission] = &[
    Permission {
        name: "Customers - List/Search",
        why: "Read customers.",
        required: true,
        record_types: &[RecordType::Companies],
    },
    Permission {
        name: "Customers - View Detail",
        why: "Read a single customer, and all contacts.",
        required: true,
        record_types: &[RecordType::Companies, RecordType::Contacts],
    },
    Permission {
        name: "Tickets - List/Search",
        why: "Read tickets.",
        required: false,
        record_types: &[RecordType::Tickets],
    },
    Permission {
        name: "Tickets - View Details",
        why: "Read a single ticket and what is said on it.",
        required: false,
        record_types: &[RecordType::Tickets],
    },
    Permission {
        name: "Tickets - Create",
        why: "Create tickets from the portal.",
        required: false,
        record_types: &[RecordType::Tickets],
    },
    Permission {
        name: "Tickets - Edit",
        why: "Change tickets and comment on them from the portal.",
        required: false,
        record_types: &[RecordType::Tickets],
    },
    Permission {
        name: "Global Admin (the token's user)",
        why: "Syncro names no permission for the list of users; a user limited to a single customer sees only that one.",
        required: false,
        record_types: &[RecordType::Users],
    },
];

const CREDENTIALS: &[CredentialField] = &[
    CredentialField {
        key: "subdomain",
        label: "Subdomain",
        help: "The first part of the address you sign in to Syncro at. The whole address will do.",
        example: "acme (of acme.syncromsp.com)",
        pattern: Some("[a-z0-9]([a-z0-9-]*[a-z0-9])?"),
        choices: &[],
        secret: false,
        required: true,
        normalise: Some(normalise_subdomain),
    },
    CredentialField {
        key: "api_key",
        label: "API token",
        help: "Of Admin > API > API Tokens. Syncro shows it once; make a new one if it is lost.",
        example: "T1a2b3c4d5e6f7a8b9-0c1d2e3f…",
        pattern: None,
        choices: &[],
        secret: true,
        required: true,
        normalise: None,
    },
];

const WEBHOOK: &[&str] = &[
    "In Syncro open Admin > Notification Center and click New Notification Set.",
    "Enter a name and paste the address shown here as the webhook URL. Whoever knows it can make the portal look at Syncro, \
     so share it with nobody.",
    "Tick Webhook for each of Ticket - created (for anyone), Ticket - Status was changed, Ticket - Someone replied to any \
     ticket, Contact - created and Customer - created.",
    "Save. Syncro tells of nothing else (changed fields and merges, for example); that comes with the check at the chosen \
     interval.",
];

const COMPANIES: RecordTypeDescriptor = RecordTypeDescriptor {
    record_type: RecordType::Companies,
    label: "Customers",
    direction: Direction::Pull,
    default_on: true,
    limitation: Some("Syncro cannot list customers by date of change: all are read each time."),
    feeds: &[Feed {
        id: "customers",
        produces: RecordType::Companies,
        changes: Changes::Unfiltered,
        completes: false,
        permission: "Customers - List/Search",
        ..Feed::USUAL
    }],
    fields: &[
        pull("business_name", "name", "else the person's name"),
        pull("disabled", "inactive", "as is"),
        pull("email", "domains", "the part after the @, of businesses and not of mail providers"),
        pull("phone", "phone", "else mobile"),
        pull("city", "subtitle", "as is"),
        pull(
            "contacts",
            "primary_contact",
            "inferred, as Syncro marks none: the contact with the customer's own e-mail address, else with its name",
        ),
    ],
};

const CONTACTS: RecordTypeDescriptor = RecordTypeDescriptor {
    record_type: RecordType::Contacts,
    label: "Contacts",
    direction: Direction::Pull,
    default_on: true,
    limitation: Some(
        "Syncro cannot list contacts by date of change: all are read each time. Its contacts have no type and cannot be \
         switched off, only deleted. The person on the customer itself comes only if they are a contact, too.",
    ),
    feeds: &[Feed {
        id: "contacts",
        produces: RecordType::Contacts,
        changes: Changes::Unfiltered,
        completes: false,
        permission: "Customers - View Detail",
        ..Feed::USUAL
    }],
    fields: &[
        pull("name", "name", "as is, else the address; suppliers' contacts are left out"),
        pull("name", "first_name", "all but the last word"),
        pull("name", "last_name", "the last of several words"),
        pull("email", "email", "as is"),
        pull("phone", "phone", "as is"),
        pull("mobile", "mobile", "as is"),
        pull("properties.title", "title", "as is"),
        pull("customer_id", "company", "the customer they belong to"),
        pull("created_at", "created_at", "to the second"),
    ],
};

const USERS: RecordTypeDescriptor = RecordTypeDescriptor {
    record_type: RecordType::Users,
    label: "Technicians",
    direction: Direction::Pull,
    default_on: true,
    limitation: Some(
        "Syncro's API cannot create or change technicians: they come to the portal only. It lists them by name alone; the \
         e-mail address is read when a technician is new or renamed. Who is switched off leaves the list.",
    ),
    feeds: &[Feed {
        id: "technicians",
        produces: RecordType::Users,
        changes: Changes::Unfiltered,
        completes: true,
        permission: "Global Admin (the token's user)",
        ..Feed::USUAL
    }],
    fields: &[
        pull("full_name", "name", "as the list has it"),
        pull("email", "email", "as is, when new or renamed"),
        pull("users", "active", "whoever is in the list"),
    ],
};

const TICKETS: RecordTypeDescriptor = RecordTypeDescriptor {
    record_type: RecordType::Tickets,
    label: "Tickets",
    direction: Direction::Both,
    default_on: true,
    limitation: Some(
        "Syncro's API cannot change what was said on a ticket: description and notes, once written, stay. A ticket always \
         needs a customer.",
    ),
    feeds: &[Feed {
        id: "tickets",
        produces: RecordType::Tickets,
        changes: Changes::Filtered,
        completes: true,
        permission: "Tickets - List/Search",
        ..Feed::USUAL
    }],
    fields: &[
        both("subject", "title", "as is"),
        pull("comments", "description", "the first comment, unless it is hidden; set when the portal creates a ticket"),
        both("status", "status", "the name; stages map it"),
        both("priority", "priority", "the name with its digit; a bare \"High\" is \"1 High\""),
        both("ticket_type_id", "ticket_type", "the id; in details the ticket_type's"),
        pull("problem_type", "category", "as is; set when the portal creates a ticket"),
        both("user_id", "assignee", "as is"),
        pull("customer_id", "company", "the customer; set when the portal creates a ticket"),
        pull("contact_id", "contact", "in details the contact's id; set when the portal creates a ticket"),
        pull("resolved_at", "closed", "if set, or the status is Resolved or Invoiced"),
        pull("created_at", "created_at", "to the second"),
        pull("updated_at", "last_activity_at", "as is"),
        pull("resolved_at", "closed_at", "to the second"),
        both("comments", "notes", "all but the description, oldest first; hidden = internal"),
    ],
};

/// What people paste as their Syncro: `acme`, its host, or a page of it. Anything that is not on Syncro's host stays as it
/// is and is refused by the pattern.
pub(crate) fn normalise_subdomain(pasted: &str) -> String {
    let lower = pasted.trim().to_lowercase();
    let rest = lower.split_once("://").map_or(lower.as_str(), |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default().trim_end_matches('.');
    let host = host.strip_suffix(":443").unwrap_or(host);
    let label = host.strip_suffix(".syncromsp.com").unwrap_or(host);
    if is_subdomain(label) { label.to_owned() } else { lower }
}

#[cfg(test)]
mod tests;
