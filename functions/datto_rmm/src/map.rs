//! Datto RMM's rows to the portal's records: pure and total. A row becomes a record, the reason for skipping it, or (as `Err`)
//! what is wrong with it.

use connector::lenient::{Int, Text};
use connector::web::https_link;
use connector::{Mapped, Outcome};
use domain::id::{ConnectorId, ExternalId};
use domain::record::{Alert, AlertPriority, Antivirus, Company, Device, ForeignId, Patches, RecordData};
use jiff::civil::Date;

use crate::message;
use crate::wire;

/// The built-in site of devices that were deleted.
const DELETED_DEVICES: &str = "Deleted Devices";

pub(crate) fn site(row: &wire::Site) -> Outcome {
    let id = row.uid.required_id()?;
    let name = row.name.owned().ok_or("the site has no name")?;
    if name == DELETED_DEVICES {
        return Ok(Mapped::skipped(id, name, "Datto RMM's own site of deleted devices"));
    }
    let psa = row.autotask_company_id.owned().filter(|id| id != "0");
    let company = Company {
        name,
        inactive: false,
        domains: Vec::new(),
        phone: None,
        subtitle: row.description.get().and_then(|text| text.lines().next()).map(str::to_owned),
        types: Vec::new(),
        primary_contact: None,
        external_ids: psa
            .map(|id| ForeignId { connector: ConnectorId::from("autotask"), external_id: ExternalId::new(id) })
            .into_iter()
            .collect(),
    };
    Ok(Mapped::record(id, None, RecordData::Company(company)))
}

pub(crate) fn device(row: &wire::Device) -> Outcome {
    let id = row.uid.required_id()?;
    let name = row.hostname.owned().or_else(|| row.description.owned()).unwrap_or_else(|| id.to_string());
    if row.deleted.is_set() || row.site_name.get() == Some(DELETED_DEVICES) {
        return Ok(Mapped::skipped(id, name, "deleted in Datto RMM"));
    }
    let class = row.device_class.get();
    let kind = row.device_type.as_ref().and_then(|kind| kind.category.owned().or_else(|| kind.kind.owned()));
    let device = Device {
        kind: kind.or_else(|| class.and_then(named).map(str::to_owned)),
        // A description that only repeats the name tells nothing.
        description: row.description.owned().filter(|text| *text != name),
        name,
        company: row.site_uid.owned().map(ExternalId::new),
        operating_system: row.operating_system.owned(),
        domain: row.domain.owned(),
        ip_address: row.int_ip_address.owned(),
        external_ip_address: row.ext_ip_address.owned(),
        last_user: row.last_logged_in_user.owned(),
        online: row.online.0,
        suspended: row.suspended.is_set(),
        reboot_required: row.reboot_required.is_set(),
        antivirus: row.antivirus.as_ref().and_then(antivirus),
        patches: row.patch_management.as_ref().and_then(patches),
        warranty_until: date(&row.warranty_date)?,
        url: https_link(&row.portal_url),
        created_at: row.creation_date.0,
        booted_at: row.last_reboot.0,
        // Other classes have audits of another form, or none.
        audited_at: row.last_audit_date.0.filter(|_| class == Some("device")),
        last_seen_at: row.last_seen.0,
        ..Device::default()
    };
    Ok(Mapped::record(id, None, RecordData::Device(Box::new(device))))
}

/// A class of devices in words.
fn named(class: &str) -> Option<&str> {
    match class {
        "device" => Some("Device"),
        "printer" => Some("Printer"),
        "esxihost" => Some("ESXi host"),
        "rmmnetworkdevice" => Some("Network device"),
        "unknown" => None,
        other => Some(other),
    }
}

fn antivirus(row: &wire::Antivirus) -> Option<Antivirus> {
    let status = row.antivirus_status.get().map(|status| match status {
        "RunningAndUpToDate" => "Running and up to date",
        "RunningAndNotUpToDate" => "Running, not up to date",
        "NotRunning" => "Not running",
        "NotDetected" => "Not detected",
        other => other,
    });
    let antivirus = Antivirus { product: row.antivirus_product.owned(), status: status.map(str::to_owned) };
    (antivirus.product.is_some() || antivirus.status.is_some()).then_some(antivirus)
}

fn patches(row: &wire::PatchManagement) -> Option<Patches> {
    let status = row.patch_status.get().map(|status| match status {
        "NoPolicy" => "No policy",
        "NoData" => "No data",
        "RebootRequired" => "Restart required",
        "InstallError" => "Installation failed",
        "ApprovedPending" => "Approved, not installed",
        "FullyPatched" => "Fully patched",
        other => other,
    });
    let count = |count: Int| count.0.and_then(|count| u32::try_from(count).ok());
    let patches = Patches {
        status: status.map(str::to_owned),
        pending: count(row.patches_approved_pending),
        not_approved: count(row.patches_not_approved),
        installed: count(row.patches_installed),
    };
    (patches != Patches::default()).then_some(patches)
}

/// What an audit tells of a device.
pub(crate) fn audit(row: &wire::Audit, device: &mut Device) {
    if let Some(system) = &row.system_info {
        device.manufacturer = system.manufacturer.owned();
        device.model = system.model.owned();
        device.memory_bytes =
            system.total_physical_memory.0.and_then(|bytes| u64::try_from(bytes).ok()).filter(|bytes| *bytes > 0);
    }
    device.serial_number = row.bios.as_ref().and_then(|bios| bios.serial_number.owned());
    device.processor = row.processors.iter().flatten().find_map(|processor| processor.name.owned());
    let mut adapters: Vec<String> = Vec::new();
    for address in row.nics.iter().flatten().filter_map(|nic| nic.mac_address.get()) {
        let plain = address.chars().any(|c| c.is_ascii_hexdigit() && c != '0');
        if plain && !adapters.iter().any(|known| known == address) {
            adapters.push(address.to_owned());
        }
    }
    device.mac_addresses = adapters;
}

pub(crate) fn alert(row: &wire::Alert) -> Outcome {
    let id = row.alert_uid.required_id()?;
    let source = row.alert_source_info.as_ref();
    let of = |field: fn(&wire::Source) -> &Text| source.and_then(|source| field(source).owned());
    let alert = Alert {
        message: message::of(row),
        priority: row.priority.get().map(priority).unwrap_or_default(),
        monitor: row.alert_context.as_ref().and_then(message::monitor),
        company: of(|source| &source.site_uid).map(ExternalId::new),
        device: of(|source| &source.device_uid).map(ExternalId::new),
        device_name: of(|source| &source.device_name),
        resolved: row.resolved.is_set(),
        muted: row.muted.is_set(),
        ticket_number: row.ticket_number.owned(),
        raised_at: row.timestamp.0,
        resolved_at: row.resolved_on.0,
        resolved_by: row.resolved_by.owned(),
    };
    Ok(Mapped::record(id, None, RecordData::Alert(Box::new(alert))))
}

fn priority(text: &str) -> AlertPriority {
    match text.to_ascii_lowercase().as_str() {
        "critical" => AlertPriority::Critical,
        "high" => AlertPriority::High,
        "moderate" => AlertPriority::Moderate,
        "low" => AlertPriority::Low,
        "information" => AlertPriority::Information,
        _ => AlertPriority::Unknown,
    }
}

/// `2027-03-31`, at times with a time behind it. Text that is no date is an error and not "no date": the row is set aside where
/// somebody sees it.
fn date(text: &Text) -> Result<Option<Date>, String> {
    let Some(text) = text.get() else { return Ok(None) };
    let day = text.get(..10).unwrap_or(text);
    day.parse().map(Some).map_err(|_| format!("warrantyDate is not a date: {text:?}"))
}

#[cfg(test)]
mod tests;
