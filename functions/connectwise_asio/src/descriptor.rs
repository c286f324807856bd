//! What ConnectWise Asio is to the portal: form, guide, permissions, feeds and field tables.

use std::time::Duration;

use connector::field::pull;
use connector::{
    Changes, CredentialField, Descriptor, Direction, Feed, LimitScope, Limits, Permission, RecordTypeDescriptor,
    SetupStep, TechnicianCreation, TokenSharing,
};
use domain::record::RecordType;

use crate::client::ALLOWANCE;
use crate::region;

/// Everything that is declared about this connector.
pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "connectwise-asio",
    name: "ConnectWise Asio",
    short_name: "Asio",
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
    record_types: &[COMPANIES, DEVICES, MONITORING_STATES],
    // "500 requests per 5 minutes" (two public clients quote it); whether of a key or of a partner, nobody says.
    limits: Limits {
        scope: LimitScope::Account,
        calls: ALLOWANCE,
        window: Duration::from_secs(5 * 60),
        share_percent: 60,
        concurrency: 4,
    },
    // Asio has no subscriptions for a partner's key.
    webhook: None,
    journal: None,
    // A key that is asked for tokens too often is locked for minutes.
    token: TokenSharing::Table,
    map_version: 1,
};

const SCOPES: &str = "Companies Read, Sites Read, Assets Read, Devices Read";

// The words of Asio's screens as Rewst's documentation and MSP guides give them.
const SETUP: &[SetupStep] = &[
    SetupStep {
        title: "Open API access",
        text: "In ConnectWise Asio open Integrations > API Access and choose Generate API Access.",
        copy: None,
    },
    SetupStep {
        title: "Name it",
        text: "Enter a name and a description, so that nobody removes it by mistake.",
        copy: Some("Client Portal"),
    },
    SetupStep {
        title: "Tick the scopes",
        text: "Tick the scopes listed beside this guide. All of them only read: the portal changes nothing in Asio.",
        copy: Some(SCOPES),
    },
    SetupStep {
        title: "Copy both values",
        text: "Consent and generate. Copy the Client ID (also called API Key) and the Client Secret (API Secret): Asio shows \
               the secret only this time.",
        copy: None,
    },
];

const PERMISSIONS: &[Permission] = &[
    Permission {
        name: "Companies Read",
        why: "Read companies (platform.companies.read).",
        required: true,
        record_types: &[RecordType::Companies],
    },
    Permission {
        name: "Sites Read",
        why: "Read the sites of companies (platform.sites.read).",
        required: false,
        record_types: &[RecordType::Companies],
    },
    Permission {
        name: "Assets Read",
        why: "Read which devices there are, and the inventory of one (platform.asset.read).",
        required: false,
        record_types: &[RecordType::Devices, RecordType::MonitoringStates],
    },
    Permission {
        name: "Devices Read",
        why: "Read devices of many companies at once, whether they are online and who uses them (platform.devices.read).",
        required: false,
        record_types: &[RecordType::Devices, RecordType::MonitoringStates],
    },
];

const CREDENTIALS: &[CredentialField] = &[
    CredentialField {
        key: "client_id",
        label: "Client ID",
        help: "Of Integrations > API Access; also called API Key. Its first characters tell the region.",
        example: "0e30a1b2-c3d4-…",
        pattern: None,
        choices: &[],
        secret: false,
        required: true,
        normalise: None,
    },
    CredentialField {
        key: "client_secret",
        label: "Client Secret",
        help: "Also called API Secret. Asio shows it once; generate new API access if it is lost.",
        example: "kq3…",
        pattern: None,
        choices: &[],
        secret: true,
        required: true,
        normalise: None,
    },
    CredentialField {
        key: "region",
        label: "Region",
        help: "Only for a Client ID that begins with none of 0e30, 0e31 and 0e32.",
        example: "",
        pattern: None,
        choices: region::CHOICES,
        secret: false,
        required: false,
        normalise: None,
    },
];

const COMPANIES: RecordTypeDescriptor = RecordTypeDescriptor {
    record_type: RecordType::Companies,
    label: "Companies",
    direction: Direction::Pull,
    default_on: true,
    limitation: Some("Asio cannot list companies and sites by date of change: all are read each time."),
    feeds: &[
        Feed {
            id: "companies",
            produces: RecordType::Companies,
            changes: Changes::Unfiltered,
            permission: "Companies Read",
            ..Feed::USUAL
        },
        Feed {
            id: "sites",
            produces: RecordType::Sites,
            changes: Changes::Unfiltered,
            permission: "Sites Read",
            ..Feed::USUAL
        },
    ],
    fields: &[
        pull("Company: friendlyName", "name", "else name"),
        pull("Company: activityStatus", "inactive", "switched off, inactiveDate has come, or deletedDate is set"),
        pull("Company: primaryContact", "domains", "the part after the @ of their address, unless of a mail provider"),
        pull("Company: primaryContact", "phone", "country code and number"),
        pull("Company: name", "subtitle", "where it differs from friendlyName, else the primary site"),
        pull("Company: externalIds", "external_ids", "those of cw-manage: the company's id in ConnectWise Manage"),
        pull("Site: friendlyName", "name", "else name"),
        pull("Site: activeFlag", "inactive", "switched off, inactiveDate has come, or deletedDate is set"),
        pull("Site: company", "company", "the company it belongs to"),
        pull("Site: primaryPhoneNumber", "phone", "country code and number"),
    ],
};

const DEVICES: RecordTypeDescriptor = RecordTypeDescriptor {
    record_type: RecordType::Devices,
    label: "Devices",
    direction: Direction::Pull,
    default_on: true,
    limitation: Some(
        "Asio cannot list devices by date of change: all are read each time. Whether a device is online comes with \
         monitoring.",
    ),
    feeds: &[Feed {
        id: "devices",
        produces: RecordType::Devices,
        changes: Changes::Unfiltered,
        completes: true,
        permission: "Devices Read",
        ..Feed::USUAL
    }],
    fields: &[
        pull("friendlyName", "name", "else deviceName, else system.systemName, else the id"),
        pull("companyID", "company", "or clientID, of the device or of its group"),
        pull("siteID", "site", "of the device or of its group"),
        pull("system.category", "kind", "else resourceType, else endpointType"),
        pull("system.manufacturer", "manufacturer", "else that of bios, else of baseboard"),
        pull("system.model", "model", "else that of baseboard"),
        pull("system.serialNumber", "serial_number", "else that of bios, else of baseboard"),
        pull("os", "operating_system", "product and version"),
        pull("system.domain", "domain", "as is"),
        pull("ipAddress", "ip_address", "else the first ipv4 of networks"),
        pull("remoteAddress", "external_ip_address", "as is"),
        pull("networks.macAddress", "mac_addresses", "with macAddress, sorted"),
        pull("processors.product", "processor", "the first"),
        pull("physicalMemory.sizeBytes", "memory_bytes", "the sum"),
        pull("antiViruses", "antivirus", "the first"),
        pull("agentInstalledUTC", "created_at", "dates before 1970 are none"),
    ],
};

const MONITORING_STATES: RecordTypeDescriptor = RecordTypeDescriptor {
    record_type: RecordType::MonitoringStates,
    label: "Monitoring",
    direction: Direction::Pull,
    default_on: true,
    limitation: Some(
        "Asio's API has no list of alerts, so none are shown: what its monitors raise becomes a ticket in the PSA, and comes \
         from there. Asio's own tickets are not synced.",
    ),
    feeds: &[Feed {
        id: "monitoring_states",
        produces: RecordType::MonitoringStates,
        changes: Changes::Unfiltered,
        permission: "Devices Read",
        ..Feed::USUAL
    }],
    fields: &[
        pull("EndpointID", "device", "the device"),
        pull("companyID", "company", "else that of the device in the list of all devices"),
        pull("Availability", "online", "of the heartbeat"),
        pull("DcDateTimeUTC", "last_seen_at", "of the heartbeat; written once a day if nothing else changed"),
        pull("lastLoggedOnUser", "last_user", "the user name"),
        pull("startupStatus", "booted_at", "when the device last started"),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feed_names_a_permission_of_the_list() {
        for (_, feed) in DESCRIPTOR.feeds() {
            assert!(DESCRIPTOR.permissions.iter().any(|known| known.name == feed.permission), "{}", feed.id);
        }
    }

    #[test]
    fn the_scopes_to_copy_are_those_of_the_list() {
        let names: Vec<_> = DESCRIPTOR.permissions.iter().map(|permission| permission.name).collect();
        assert_eq!(SCOPES, names.join(", "));
    }
}
