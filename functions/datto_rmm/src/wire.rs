//! Datto RMM's JSON as it arrives: every field optional, no logic.

use std::collections::BTreeMap;

use connector::lenient::{Flag, Int, Text};
use serde::Deserialize;
use serde_json::Value;

use crate::times::Moment;

/// A list, of which only the page's details are read here.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Envelope {
    pub(crate) page_details: Option<PageDetails>,
}

/// Where a page stands in its list. `totalCount` is missing on some lists.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct PageDetails {
    pub(crate) total_count: Int,
    pub(crate) next_page_url: Text,
}

/// `/v2/account`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Account {
    pub(crate) uid: Text,
    pub(crate) name: Text,
    pub(crate) devices_status: Option<DevicesStatus>,
}

/// How many devices there are.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct DevicesStatus {
    pub(crate) number_of_devices: Int,
}

/// A row of `/v2/account/sites`, or one site. Its `proxySettings` hold a password and are not read.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Site {
    pub(crate) uid: Text,
    pub(crate) name: Text,
    pub(crate) description: Text,
    pub(crate) autotask_company_id: Text,
}

/// A row of `/v2/account/devices`, or one device. Its `udf` may hold secrets and are not read.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Device {
    pub(crate) uid: Text,
    pub(crate) site_uid: Text,
    pub(crate) site_name: Text,
    pub(crate) device_type: Option<DeviceType>,
    pub(crate) device_class: Text,
    pub(crate) hostname: Text,
    pub(crate) int_ip_address: Text,
    pub(crate) ext_ip_address: Text,
    pub(crate) operating_system: Text,
    pub(crate) last_logged_in_user: Text,
    pub(crate) domain: Text,
    pub(crate) description: Text,
    pub(crate) reboot_required: Flag,
    pub(crate) online: Flag,
    pub(crate) suspended: Flag,
    pub(crate) deleted: Flag,
    pub(crate) last_seen: Moment,
    pub(crate) last_reboot: Moment,
    pub(crate) last_audit_date: Moment,
    pub(crate) creation_date: Moment,
    pub(crate) warranty_date: Text,
    pub(crate) antivirus: Option<Antivirus>,
    pub(crate) patch_management: Option<PatchManagement>,
    pub(crate) portal_url: Text,
}

/// What a device is: "Laptop", "Server".
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct DeviceType {
    pub(crate) category: Text,
    #[serde(rename = "type")]
    pub(crate) kind: Text,
}

/// A device's virus protection.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Antivirus {
    pub(crate) antivirus_product: Text,
    pub(crate) antivirus_status: Text,
}

/// A device's patches.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct PatchManagement {
    pub(crate) patch_status: Text,
    pub(crate) patches_approved_pending: Int,
    pub(crate) patches_not_approved: Int,
    pub(crate) patches_installed: Int,
}

/// `/v2/audit/device/{uid}`, as far as it is shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Audit {
    pub(crate) system_info: Option<SystemInfo>,
    pub(crate) bios: Option<Bios>,
    pub(crate) nics: Option<Vec<Nic>>,
    pub(crate) processors: Option<Vec<Processor>>,
}

/// Who made a device, and what.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct SystemInfo {
    pub(crate) manufacturer: Text,
    pub(crate) model: Text,
    pub(crate) total_physical_memory: Int,
}

/// A device's firmware.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Bios {
    pub(crate) serial_number: Text,
}

/// A network adapter.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Nic {
    pub(crate) mac_address: Text,
}

/// A processor.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Processor {
    pub(crate) name: Text,
}

/// A row of `/v2/account/alerts/open`, or one alert.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Alert {
    pub(crate) alert_uid: Text,
    pub(crate) priority: Text,
    pub(crate) diagnostics: Text,
    pub(crate) resolved: Flag,
    pub(crate) resolved_by: Text,
    pub(crate) resolved_on: Moment,
    pub(crate) muted: Flag,
    pub(crate) ticket_number: Text,
    pub(crate) timestamp: Moment,
    pub(crate) alert_context: Option<Context>,
    pub(crate) alert_source_info: Option<Source>,
}

/// Where an alert comes from.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Source {
    pub(crate) device_uid: Text,
    pub(crate) device_name: Text,
    pub(crate) site_uid: Text,
}

/// What a monitor saw, by its class: fields of every class side by side. Their types differ from class to class (`status` is a
/// word or a number), so they are read one by one.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Context(pub(crate) BTreeMap<String, Value>);
