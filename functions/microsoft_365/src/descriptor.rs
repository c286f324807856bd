//! What Microsoft 365 is to the portal: forms, guide, permissions, feeds and field tables.

use std::time::Duration;

use connector::field::pull;
use connector::{
    Changes, CredentialField, Descriptor, Direction, Feed, LimitScope, Limits, Permission, Reach, RecordTypeDescriptor,
    SetupStep, TechnicianCreation, TokenSharing, Unlisted,
};
use domain::record::RecordType;

/// What a tenant tells moves once a day; an hour later is soon enough.
const HOURLY: u32 = 60;

/// Everything that is declared about this connector.
pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "microsoft-365",
    name: "Microsoft 365",
    short_name: "Microsoft 365",
    about: "Secure Score and tenant management",
    category: "Cloud",
    setup: SETUP,
    setup_minutes: 15,
    permissions: PERMISSIONS,
    credentials: CREDENTIALS,
    options: &[],
    choices: &[],
    ticket_defaults: &[],
    technician_creation: TechnicianCreation::Unsupported,
    primary_contact: None,
    record_types: &[COMPANIES, SECURE_SCORES, LICENCES],
    // Graph counts by application and tenant: 150 calls a minute for scores, and 2,000 a second of one application over
    // all tenants (throttling-limits of its documentation). A run goes from customer to customer, each with a handful of
    // calls, so what is bounded here is the whole, far below either. At once are 4 for scores.
    limits: Limits {
        scope: LimitScope::Account,
        calls: 1_200,
        window: Duration::from_secs(60),
        share_percent: 50,
        concurrency: 4,
    },
    webhook: None,
    journal: None,
    token: TokenSharing::Environment,
    map_version: 1,
};

const SETUP: &[SetupStep] = &[
    SetupStep {
        title: "Register an application in your own tenant",
        text: "In the Microsoft Entra admin centre of your partner tenant open Identity > Applications > App registrations \
               and choose New registration. Under Supported account types choose \"Accounts in any organizational \
               directory\" (multitenant), so that customers can consent to it.",
        copy: Some("Client Portal"),
    },
    SetupStep {
        title: "Add the return address",
        text: "Still in New registration, choose Web as the redirect URI's platform and enter your portal's address with \
               this path. Customers are brought back there after they consented.",
        copy: Some("/consent/microsoft-365"),
    },
    SetupStep {
        title: "Give it permissions",
        text: "Open API permissions > Add a permission > Microsoft Graph > Application permissions, and tick the permissions \
               listed beside this guide. Then choose Grant admin consent for your own tenant.",
        copy: Some(
            "DelegatedAdminRelationship.Read.All, SecurityEvents.Read.All, Organization.Read.All, Domain.Read.All, \
             Directory.Read.All",
        ),
    },
    SetupStep {
        title: "Make a client secret",
        text: "Open Certificates & secrets > Client secrets > New client secret. Copy the Value at once: it is shown only \
               this time. Note when it expires.",
        copy: None,
    },
    SetupStep {
        title: "Copy the two ids",
        text: "On the application's Overview copy Application (client) ID and Directory (tenant) ID.",
        copy: None,
    },
    SetupStep {
        title: "Ask each customer for consent",
        text: "When customers are linked to companies, the portal makes a link for each that still has to consent. An \
               administrator of that customer opens it once; nothing of the customer is read before.",
        copy: None,
    },
];

const PERMISSIONS: &[Permission] = &[
    Permission {
        name: "DelegatedAdminRelationship.Read.All",
        why: "List your customers.",
        required: true,
        record_types: &[RecordType::Companies],
    },
    Permission {
        name: "SecurityEvents.Read.All",
        why: "Read Secure Scores and what their controls ask for.",
        required: false,
        record_types: &[RecordType::SecureScores],
    },
    Permission {
        name: "Organization.Read.All",
        why: "Prove a customer's consent, and read licences.",
        required: false,
        record_types: &[RecordType::Licences],
    },
    Permission {
        name: "Domain.Read.All",
        why: "Read a customer's domains.",
        required: false,
        record_types: &[RecordType::Companies],
    },
    Permission {
        name: "Directory.Read.All",
        why: "List your customers where Microsoft does not let an application list them by their delegated relationships.",
        required: false,
        record_types: &[RecordType::Companies],
    },
];

const GUID: Option<&str> = Some("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");

const CREDENTIALS: &[CredentialField] = &[
    CredentialField {
        key: "tenant_id",
        label: "Directory (tenant) ID",
        help: "Of your own tenant, the one that your customers made their partner: on the application's Overview.",
        example: "aaaabbbb-0000-cccc-1111-dddd2222eeee",
        pattern: GUID,
        choices: &[],
        secret: false,
        required: true,
        normalise: Some(normalise_guid),
    },
    CredentialField {
        key: "client_id",
        label: "Application (client) ID",
        help: "On the application's Overview.",
        example: "00001111-aaaa-2222-bbbb-3333cccc4444",
        pattern: GUID,
        choices: &[],
        secret: false,
        required: true,
        normalise: Some(normalise_guid),
    },
    CredentialField {
        key: "client_secret",
        label: "Client secret",
        help: "The Value of Certificates & secrets, not the Secret ID. It is shown only once; make a new one if it is lost.",
        example: "Abc8Q~defGhi1jkl…",
        pattern: None,
        choices: &[],
        secret: true,
        required: true,
        normalise: None,
    },
];

/// Lists of one customer each, read with that customer's own token.
const OF_CUSTOMERS: Feed =
    Feed { reach: Reach::LinkedCompanies, slowest_minutes: HOURLY, changes: Changes::Unfiltered, ..Feed::USUAL };

const COMPANIES: RecordTypeDescriptor = RecordTypeDescriptor {
    record_type: RecordType::Companies,
    label: "Customer tenants",
    direction: Direction::Pull,
    default_on: true,
    limitation: Some(
        "A customer leaves Microsoft's list when the last delegated relationship ends; what is known of it stays. Domains \
         are read of linked customers that consented.",
    ),
    feeds: &[
        Feed {
            id: "customers",
            produces: RecordType::Companies,
            permission: "DelegatedAdminRelationship.Read.All",
            ..Feed::USUAL
        },
        Feed { id: "domains", produces: RecordType::Domains, permission: "Domain.Read.All", ..OF_CUSTOMERS },
    ],
    fields: &[
        pull("Customer: displayName", "name", "as is, else the tenant's id"),
        pull("Domain: id", "name", "in lower case"),
        pull("Domain: tenant", "company", "the tenant that it was read of"),
        pull("Domain: isVerified", "verified", "as is"),
        pull("Domain: isDefault", "default", "as is"),
        pull("Domain: isInitial", "initial", "as is"),
        pull("Domain: authenticationType", "authentication", "as is"),
    ],
};

const SECURE_SCORES: RecordTypeDescriptor = RecordTypeDescriptor {
    record_type: RecordType::SecureScores,
    label: "Secure Scores",
    direction: Direction::Pull,
    default_on: true,
    limitation: Some(
        "Microsoft makes one score a day and keeps 90 days. It is read of linked customers that consented, once an hour at \
         most.",
    ),
    feeds: &[
        Feed {
            id: "secure_scores",
            produces: RecordType::SecureScores,
            changes: Changes::Filtered,
            // After a month without consent, say, a third of what is known has left the list.
            unlisted: Unlisted::Aged { days: 90 },
            permission: "SecurityEvents.Read.All",
            ..OF_CUSTOMERS
        },
        Feed {
            id: "control_profiles",
            produces: RecordType::ControlProfiles,
            permission: "SecurityEvents.Read.All",
            ..OF_CUSTOMERS
        },
    ],
    fields: &[
        pull("azureTenantId", "company", "the tenant that it was read of"),
        pull("createdDateTime", "date", "the day in UTC"),
        pull("currentScore", "score", "as is"),
        pull("maxScore", "max", "as is; 0 where there is nothing to score"),
        pull("averageComparativeScores", "averages", "basis and percent of each"),
        pull("controlScores", "controls", "points by control, on the newest day only"),
        pull("licensedUserCount", "licensed_users", "as is"),
        pull("activeUserCount", "active_users", "as is"),
        pull("Control profile: id", "control", "as is"),
        pull("Control profile: title", "title", "as is, else the id"),
        pull("Control profile: controlCategory", "category", "as is"),
        pull("Control profile: tier", "tier", "as is"),
        pull("Control profile: service", "service", "as is"),
        pull("Control profile: rank", "rank", "as is"),
        pull("Control profile: implementationCost", "implementation_cost", "as is"),
        pull("Control profile: userImpact", "user_impact", "as is"),
        pull("Control profile: remediation", "remediation", "as plain text"),
        pull("Control profile: actionUrl", "action_url", "if it is an https address"),
        pull("Control profile: controlStateUpdates", "state", "the last one, unless Default"),
        pull("Control profile: deprecated", "deprecated", "as is"),
    ],
};

const LICENCES: RecordTypeDescriptor = RecordTypeDescriptor {
    record_type: RecordType::Licences,
    label: "Licences",
    direction: Direction::Pull,
    default_on: true,
    limitation: Some("Read of linked customers that consented, once an hour at most."),
    feeds: &[Feed {
        id: "licences",
        produces: RecordType::Licences,
        permission: "Organization.Read.All",
        ..OF_CUSTOMERS
    }],
    fields: &[
        pull("skuPartNumber", "name", "as is, else the product's id"),
        pull("tenant", "company", "the tenant that it was read of"),
        pull("capabilityStatus", "status", "as is"),
        pull("prepaidUnits", "total", "enabled and in warning"),
        pull("consumedUnits", "used", "as is; may exceed what was bought"),
    ],
};

/// An id as people copy it: in capitals, in braces.
pub(crate) fn normalise_guid(pasted: &str) -> String {
    pasted.trim().trim_start_matches('{').trim_end_matches('}').to_ascii_lowercase()
}

#[cfg(test)]
mod tests;
