//! What an RMM knows: devices, how they are, and what their monitors raise.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::id::ExternalId;
use crate::record::is_false;

/// A device that an RMM looks after.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Device {
    /// Its host name, or what people call it. Not unique.
    pub name: String,
    /// The vendor company that it belongs to: an RMM's site or client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<ExternalId>,
    /// The place of the company, where the vendor tells them apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<ExternalId>,
    /// What it is, in the vendor's words: "Laptop", "Server", "Printer", `ESXi host`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Free text of the vendor on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manufacturer: Option<String>,
    /// Its model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Its serial number as the firmware tells it; makers leave placeholders there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial_number: Option<String>,
    /// Operating system with its version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operating_system: Option<String>,
    /// Windows domain or workgroup.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// Address inside its network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<String>,
    /// Address that the internet sees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_ip_address: Option<String>,
    /// Hardware addresses of its network adapters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mac_addresses: Vec<String>,
    /// Who was last signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_user: Option<String>,
    /// Processor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processor: Option<String>,
    /// Memory in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// Reaches the vendor now; `None`: the vendor does not say here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub online: Option<bool>,
    /// Monitoring of it is suspended.
    #[serde(skip_serializing_if = "is_false")]
    pub suspended: bool,
    /// It waits for a restart.
    #[serde(skip_serializing_if = "is_false")]
    pub reboot_required: bool,
    /// Its virus protection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub antivirus: Option<Antivirus>,
    /// How its patches stand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub patches: Option<Patches>,
    /// End of the maker's warranty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warranty_until: Option<Date>,
    /// Its page at the vendor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// When the vendor first knew it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// When it last started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booted_at: Option<Timestamp>,
    /// When the vendor looked at its hardware, where that is read by itself. Moves without anything else: no part of the
    /// content hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audited_at: Option<Timestamp>,
    /// When it last reached the vendor. Moves all the time: only its day is part of the content hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<Timestamp>,
}

/// A device's virus protection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Antivirus {
    /// The product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// How it stands, in the vendor's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// How a device's patches stand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct Patches {
    /// In the vendor's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Approved and waiting to be installed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending: Option<u32>,
    /// Not approved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_approved: Option<u32>,
    /// Installed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub installed: Option<u32>,
}

/// What a monitor raised.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Alert {
    /// What is the matter, in one line.
    pub message: String,
    /// How bad it is.
    pub priority: AlertPriority,
    /// What kind of monitor raised it, in the vendor's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monitor: Option<String>,
    /// The vendor company.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<ExternalId>,
    /// The device.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<ExternalId>,
    /// The device's name when it was raised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_name: Option<String>,
    /// It is over.
    #[serde(skip_serializing_if = "is_false")]
    pub resolved: bool,
    /// Nobody wants to hear of it.
    #[serde(skip_serializing_if = "is_false")]
    pub muted: bool,
    /// Number of the PSA's ticket that was made of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket_number: Option<String>,
    /// When it was raised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raised_at: Option<Timestamp>,
    /// When it was resolved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved_at: Option<Timestamp>,
    /// Who resolved it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved_by: Option<String>,
}

/// How bad an alert is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum AlertPriority {
    /// The vendor names none that we know.
    #[default]
    Unknown,
    /// For information.
    Information,
    /// Low.
    Low,
    /// Moderate.
    Moderate,
    /// High.
    High,
    /// Critical.
    Critical,
}

/// How a device is, where the vendor tells it apart from the device itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MonitoringState {
    /// The device.
    pub device: ExternalId,
    /// The vendor company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<ExternalId>,
    /// Reaches the vendor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub online: Option<bool>,
    /// Who is signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_user: Option<String>,
    /// When it last started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booted_at: Option<Timestamp>,
    /// When it last reached the vendor. Moves all the time: only its day is part of the content hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<Timestamp>,
}
