//! What Datto RMM is to the portal: form, guide, permissions, feeds and field tables.

use std::time::Duration;

use connector::field::pull;
use connector::webhook::{Provisioning, Verify, Webhook};
use connector::{
    CredentialField, Descriptor, Direction, Feed, LimitScope, Limits, Permission, RecordTypeDescriptor, SetupStep,
    TechnicianCreation, TokenSharing, Unlisted,
};
use domain::record::RecordType;

use crate::client::PLATFORMS;
use crate::webhook;
use crate::webhook::TEMPLATE;

/// Everything that is declared about this connector.
pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "datto-rmm",
    name: "Datto RMM",
    short_name: "Datto RMM",
    about: "device and monitoring data",
    category: "RMM",
    setup: SETUP,
    setup_minutes: 5,
    permissions: PERMISSIONS,
    credentials: CREDENTIALS,
    options: &[],
    choices: &[],
    ticket_defaults: &[],
    technician_creation: TechnicianCreation::Unsupported,
    primary_contact: None,
    record_types: &[SITES, DEVICES, ALERTS],
    // 600 reads in a sliding minute for one account, shared with all other users of its API (Datto's help on its API).
    limits: Limits {
        scope: LimitScope::Account,
        calls: 600,
        window: Duration::from_secs(60),
        share_percent: 50,
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

// The words of Datto RMM's screens as its help has them.
const SETUP: &[SetupStep] = &[
    SetupStep {
        title: "Switch the API on",
        text: "In Datto RMM open Setup > Global Settings > Access Control and switch Enable API Access on.",
        copy: None,
    },
    SetupStep {
        title: "Create a user for the portal (recommended)",
        text: "A key may do what its user may, and ends with its user. Open Setup > Users, create a user, and give it a \
               security level that sees sites, devices and alerts, and the device visibility of all sites.",
        copy: Some("Client Portal"),
    },
    SetupStep {
        title: "Generate the keys",
        text: "Under Setup > Users open that user and click Generate API Keys. Generating them again ends the old ones.",
        copy: None,
    },
    SetupStep {
        title: "Copy the three values",
        text: "The first word of the API URL is the platform. Copy the API key, and the API secret key at once: Datto RMM \
               shows it only this time.",
        copy: None,
    },
];

const PERMISSIONS: &[Permission] = &[
    Permission {
        name: "Sites (security level of the key's user)",
        why: "Read sites, which are linked with companies.",
        required: true,
        record_types: &[RecordType::Companies],
    },
    Permission {
        name: "Devices, with device visibility of all sites",
        why: "Read devices and their audits. What the user may not see does not exist for the portal.",
        required: false,
        record_types: &[RecordType::Devices],
    },
    Permission {
        name: "Alerts (security level of the key's user)",
        why: "Read what monitors raised.",
        required: false,
        record_types: &[RecordType::Alerts],
    },
];

const CREDENTIALS: &[CredentialField] = &[
    CredentialField {
        key: "platform",
        label: "Platform",
        help: "The first word of the API URL that Datto RMM shows with the keys, before \"-api\".",
        example: "merlot (of merlot-api.centrastage.net)",
        pattern: None,
        choices: PLATFORMS,
        secret: false,
        required: true,
        normalise: Some(normalise_platform),
    },
    CredentialField {
        key: "api_key",
        label: "API key",
        help: "Of Setup > Users > (the user) > Generate API Keys.",
        example: "AAAA1111BBBB2222CCCC3333DDDD4444",
        pattern: Some("[A-Z0-9]{32}"),
        choices: &[],
        secret: false,
        required: true,
        normalise: None,
    },
    CredentialField {
        key: "secret_key",
        label: "API secret key",
        help: "Shown once beside the API key; generate new keys if it is lost.",
        example: "EEEE5555FFFF6666GGGG7777HHHH8888",
        pattern: None,
        choices: &[],
        secret: true,
        required: true,
        normalise: None,
    },
];

/// The platform in a pasted API URL: `https://merlot-api.centrastage.net/api/` is `merlot`.
fn normalise_platform(pasted: &str) -> String {
    let text = pasted.trim().to_ascii_lowercase();
    let text = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
    let host = text.split(['/', ':', '?', '#']).next().unwrap_or_default().trim_end_matches('.');
    let name = host.strip_suffix(".centrastage.net").unwrap_or(host);
    // The API's host, and the one that people sign in at.
    name.strip_suffix("-api")
        .or_else(|| name.strip_suffix("rmm").filter(|name| is_platform(name)))
        .unwrap_or(name)
        .to_owned()
}

fn is_platform(name: &str) -> bool {
    PLATFORMS.iter().any(|(known, _)| *known == name)
}

const WEBHOOK: &[&str] = &[
    "In Datto RMM open Setup > Integrations > Global Webhooks, which is for every monitor; or the Response section of a single \
     monitor. Add a webhook.",
    "Paste the address shown here as its URL. Whoever knows it can make the portal look at Datto RMM, so share it with nobody.",
    "Paste this as its body, and as the body for resolved alerts if there is a field for it:",
    TEMPLATE,
    "Save. Test sends the variables as they stand, which shows that the address is reached and changes nothing. What a webhook \
     does not tell comes with the check at the chosen interval.",
];

const SITES: RecordTypeDescriptor = RecordTypeDescriptor {
    record_type: RecordType::Companies,
    label: "Sites",
    direction: Direction::Pull,
    default_on: true,
    limitation: Some(
        "Datto RMM cannot list sites by date of change: all are read each time. Its sites carry no domain and no telephone \
         number; they are matched by name, and by the Autotask company where Datto RMM's Autotask integration maps them.",
    ),
    feeds: &[Feed {
        id: "sites",
        produces: RecordType::Companies,
        permission: "Sites (security level of the key's user)",
        ..Feed::USUAL
    }],
    fields: &[
        pull("name", "name", "as is; the site \"Deleted Devices\" is left out"),
        pull("description", "subtitle", "the first line"),
        pull("autotaskCompanyId", "external_ids", "the Autotask company that it is mapped to"),
    ],
};

const DEVICES: RecordTypeDescriptor = RecordTypeDescriptor {
    record_type: RecordType::Devices,
    label: "Devices",
    direction: Direction::Pull,
    default_on: true,
    limitation: Some(
        "Datto RMM cannot list devices by date of change: all are read each time. Serial number, maker, model, memory, \
         processor and network adapters take a call for each device; they are read when it is new, and again after 30 days. \
         Printers and ESXi hosts come without them.",
    ),
    feeds: &[Feed {
        id: "devices",
        produces: RecordType::Devices,
        completes: true,
        permission: "Devices, with device visibility of all sites",
        ..Feed::USUAL
    }],
    fields: &[
        pull("hostname", "name", "else the description; deleted devices are left out"),
        pull("siteUid", "company", "the site that it belongs to"),
        pull("deviceType.category", "kind", "else its type, else its class"),
        pull("description", "description", "unless it is the name"),
        pull("operatingSystem", "operating_system", "as is"),
        pull("domain", "domain", "as is"),
        pull("intIpAddress", "ip_address", "as is"),
        pull("extIpAddress", "external_ip_address", "as is"),
        pull("lastLoggedInUser", "last_user", "as is"),
        pull("online", "online", "as is"),
        pull("suspended", "suspended", "as is"),
        pull("rebootRequired", "reboot_required", "as is"),
        pull("antivirus", "antivirus", "product, and status in words"),
        pull("patchManagement", "patches", "status in words, and counts"),
        pull("warrantyDate", "warranty_until", "the day"),
        pull("portalUrl", "url", "as is"),
        pull("creationDate", "created_at", "as is"),
        pull("lastReboot", "booted_at", "as is"),
        pull("lastAuditDate", "audited_at", "of the audit that was read"),
        pull("lastSeen", "last_seen_at", "written once a day, and whenever something else changed"),
        pull("audit: systemInfo.manufacturer", "manufacturer", "when new, and again after 30 days"),
        pull("audit: systemInfo.model", "model", "when new, and again after 30 days"),
        pull("audit: bios.serialNumber", "serial_number", "when new, and again after 30 days"),
        pull("audit: systemInfo.totalPhysicalMemory", "memory_bytes", "when new, and again after 30 days"),
        pull("audit: processors", "processor", "the first"),
        pull("audit: nics", "mac_addresses", "those that have one"),
    ],
};

const ALERTS: RecordTypeDescriptor = RecordTypeDescriptor {
    record_type: RecordType::Alerts,
    label: "Alerts",
    direction: Direction::Pull,
    default_on: true,
    limitation: Some(
        "Open alerts are read each time, and one that is no longer open once more to see how it was resolved. An alert that is \
         raised and resolved between two checks is not seen unless a webhook tells of it. Resolved ones are kept for 90 \
         days.",
    ),
    feeds: &[Feed {
        id: "alerts",
        produces: RecordType::Alerts,
        permission: "Alerts (security level of the key's user)",
        unlisted: Unlisted::Over,
        ..Feed::USUAL
    }],
    fields: &[
        pull("alertContext", "message", "made of what the monitor saw; else the diagnostics"),
        pull("priority", "priority", "as is"),
        pull("alertContext.@class", "monitor", "in words"),
        pull("alertSourceInfo.siteUid", "company", "the site of its device"),
        pull("alertSourceInfo.deviceUid", "device", "as is"),
        pull("alertSourceInfo.deviceName", "device_name", "when it was raised"),
        pull("resolved", "resolved", "as is"),
        pull("muted", "muted", "as is"),
        pull("ticketNumber", "ticket_number", "as is"),
        pull("timestamp", "raised_at", "as is"),
        pull("resolvedOn", "resolved_at", "as is"),
        pull("resolvedBy", "resolved_by", "as is"),
    ],
};

#[cfg(test)]
mod tests;
