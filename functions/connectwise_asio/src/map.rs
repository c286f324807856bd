//! Asio's rows to the portal's records: pure and total. A row becomes a record, or (as `Err`) what is wrong with it.

use std::collections::BTreeSet;

use connector::lenient::Text;
use connector::{Mapped, Outcome, dates};
use domain::email::Email;
use domain::id::ExternalId;
use domain::record::{Antivirus, Company, Device, ForeignId, MonitoringState, RecordData, Site};
use jiff::Timestamp;

use crate::wire;

/// The product whose ids are those of ConnectWise Manage's companies, and its connector here.
const PSA: (&str, &str) = ("cw-manage", "connectwise-manage");

/// What mapping needs to know besides the row.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Context {
    /// The vendor's time: companies may be switched off from a day to come.
    pub(crate) now: Option<Timestamp>,
}

impl Context {
    /// Whether something ended. Without a clock a date counts as come.
    fn has_come(self, at: Option<Timestamp>) -> bool {
        at.is_some_and(|at| self.now.is_none_or(|now| at <= now))
    }
}

pub(crate) fn company(row: &wire::Company, context: Context) -> Outcome {
    let id = row.id.required_id()?;
    let name = row.friendly_name.owned().or_else(|| row.name.owned()).ok_or("the company has no name")?;
    let switched_off = row.activity_status.as_ref().is_some_and(|status| status.active_flag.0 == Some(false));
    let contact = row.primary_contact.as_ref();
    let address = contact.and_then(|contact| Email::parse(contact.primary_email.as_ref()?.email_address.get()?));
    let of_psa = |known: &&wire::ExternalId| known.product_id.get().is_some_and(|id| id.eq_ignore_ascii_case(PSA.0));
    let ids = row.external_ids.iter().flatten().filter(of_psa).filter_map(|known| known.external_id.get());
    let company = Company {
        inactive: switched_off
            || context.has_come(date("inactiveDate", &row.inactive_date)?)
            || date("deletedDate", &row.deleted_date)?.is_some(),
        domains: address
            .filter(|email| !email.is_free_mail())
            .map(|email| email.host().to_owned())
            .into_iter()
            .collect(),
        phone: contact.and_then(|contact| phone(contact.primary_phone_number.as_ref())),
        subtitle: row.name.owned().filter(|full| *full != name).or_else(|| row.primary_site.as_ref()?.name.owned()),
        external_ids: ids.map(|id| ForeignId { connector: PSA.1.into(), external_id: id.into() }).collect(),
        name,
        types: Vec::new(),
        primary_contact: None,
    };
    Ok(Mapped::record(id, date("updatedDate", &row.updated_date)?, RecordData::Company(company)))
}

pub(crate) fn site(row: &wire::Site, context: Context) -> Outcome {
    let id = row.id.required_id()?;
    let site = Site {
        name: row.friendly_name.owned().or_else(|| row.name.owned()).ok_or("the site has no name")?,
        company: row.company.as_ref().and_then(|company| company.id.external_id()).ok_or("the site has no company")?,
        inactive: row.active_flag.0 == Some(false)
            || context.has_come(date("inactiveDate", &row.inactive_date)?)
            || date("deletedDate", &row.deleted_date)?.is_some(),
        main_contact: None,
        phone: phone(row.primary_phone_number.as_ref()),
    };
    Ok(Mapped::record(id, date("updatedDate", &row.updated_date)?, RecordData::Site(site)))
}

pub(crate) fn device(row: &wire::Device) -> Outcome {
    let id = row.endpointid.required_id()?;
    let mut device =
        Device { company: row.companyid.external_id(), site: row.siteid.external_id(), ..Device::default() };
    fill(&mut device, row)?;
    if device.name.is_empty() {
        id.as_str().clone_into(&mut device.name);
    }
    Ok(Mapped::record(id, None, RecordData::Device(Box::new(device))))
}

/// Whether the list said no more of a device than that it is there.
pub(crate) fn is_thin(id: &ExternalId, device: &Device) -> bool {
    device.name == id.as_str() || (device.operating_system.is_none() && device.serial_number.is_none())
}

/// Adds what a detail knows of a device and its list did not.
pub(crate) fn add_detail(id: &ExternalId, device: &mut Device, row: &wire::Device) -> Result<(), String> {
    if device.name == id.as_str() {
        device.name.clear();
    }
    fill(device, row)?;
    if device.name.is_empty() {
        id.as_str().clone_into(&mut device.name);
    }
    Ok(())
}

/// Fills what is empty.
fn fill(device: &mut Device, row: &wire::Device) -> Result<(), String> {
    let (system, bios, board) = (row.system.as_ref(), row.bios.as_ref(), row.baseboard.as_ref());
    let networks = row.networks.as_deref().unwrap_or_default();
    let hardware = [system, bios, board];
    let first = |of: fn(&wire::Hardware) -> &Text| hardware.iter().flatten().find_map(|part| of(part).owned());
    if device.name.is_empty() {
        let named = [&row.friendlyname, &row.devicename, &row.name].into_iter().find_map(Text::owned);
        device.name = named.or_else(|| system?.systemname.owned()).unwrap_or_default();
    }
    let kind = || system?.category.owned();
    let kind = kind().or_else(|| row.resourcetype.owned()).or_else(|| row.endpointtype.owned());
    or_set(&mut device.kind, kind);
    or_set(&mut device.manufacturer, first(|part| &part.manufacturer));
    or_set(&mut device.model, first(|part| &part.model));
    or_set(&mut device.serial_number, first(|part| &part.serialnumber));
    or_set(&mut device.operating_system, row.os.as_ref().and_then(operating_system));
    or_set(&mut device.domain, system.and_then(|system| system.domain.owned()));
    let enabled = || networks.iter().filter(|network| network.ipenabled.0 != Some(false));
    or_set(&mut device.ip_address, row.ipaddress.owned().or_else(|| enabled().find_map(|one| one.ipv4.owned())));
    or_set(&mut device.external_ip_address, row.remoteaddress.owned());
    or_set(&mut device.processor, row.processors.iter().flatten().find_map(|one| one.product.owned()));
    or_set(&mut device.memory_bytes, memory(row));
    or_set(&mut device.antivirus, row.antiviruses.iter().flatten().find_map(antivirus));
    or_set(&mut device.created_at, date("agentInstalledUTC", &row.agentinstalledutc)?);
    if device.mac_addresses.is_empty() {
        let own = networks.iter().filter_map(|network| network.macaddress.get());
        let addresses: BTreeSet<_> = row.macaddress.get().into_iter().chain(own).map(str::to_uppercase).collect();
        device.mac_addresses = addresses.into_iter().collect();
    }
    Ok(())
}

fn or_set<T>(field: &mut Option<T>, value: Option<T>) {
    if field.is_none() {
        *field = value;
    }
}

fn operating_system(os: &wire::OperatingSystem) -> Option<String> {
    let parts: Vec<_> = [os.product.get(), os.version.get()].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

fn memory(row: &wire::Device) -> Option<u64> {
    let bytes = |module: &wire::Memory| module.sizebytes.0.and_then(|bytes| u64::try_from(bytes).ok());
    let modules: Vec<_> = row.physicalmemory.iter().flatten().filter_map(bytes).collect();
    (!modules.is_empty()).then(|| modules.into_iter().fold(0, u64::saturating_add))
}

fn antivirus(row: &wire::Antivirus) -> Option<Antivirus> {
    let (product, status) = (row.productname.owned().or_else(|| row.name.owned()), row.status.owned());
    (product.is_some() || status.is_some()).then_some(Antivirus { product, status })
}

pub(crate) fn state(row: &wire::State) -> Outcome {
    let id = row.endpointid.required_id()?;
    let (heartbeat, system) = (row.heartbeat.as_ref(), row.system.as_ref());
    let booted = system.and_then(|system| system.startupstatus.as_ref());
    let seen = heartbeat.map(|heartbeat| date("DcDateTimeUTC", &heartbeat.dcdatetimeutc)).transpose()?.flatten();
    let state = MonitoringState {
        device: id.clone(),
        company: row.companyid.external_id(),
        online: heartbeat.and_then(|heartbeat| heartbeat.availability.0),
        last_user: system.and_then(|system| system.lastloggedonuser.as_ref()?.username.owned()),
        booted_at: booted.map(|startup| date("lastBootUpTimeUTC", &startup.lastbootuptimeutc)).transpose()?.flatten(),
        last_seen_at: seen,
    };
    Ok(Mapped::record(id, None, RecordData::MonitoringState(state)))
}

fn phone(phone: Option<&wire::Phone>) -> Option<String> {
    let phone = phone?;
    let number = phone.national_number.owned()?;
    Some(
        phone.country_code.get().map_or_else(|| number.clone(), |code| format!("+{} {number}", code.trim_matches('+'))),
    )
}

/// Windows' beginnings of time (the years 1 and 1601) are no date.
fn date(field: &str, text: &Text) -> Result<Option<Timestamp>, String> {
    Ok(dates::read(field, text)?.filter(|at| *at >= Timestamp::UNIX_EPOCH))
}

#[cfg(test)]
mod tests;
