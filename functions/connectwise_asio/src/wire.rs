//! Asio's JSON: companies and sites as v1 writes them, devices and their state with names in lower case, as
//! [`crate::listing`] hands them over. Everything is optional.

use connector::lenient::{Flag, Int, Text};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Company {
    pub(crate) id: Text,
    pub(crate) name: Text,
    pub(crate) friendly_name: Text,
    pub(crate) partner_id: Text,
    pub(crate) activity_status: Option<ActivityStatus>,
    pub(crate) external_ids: Option<Vec<ExternalId>>,
    pub(crate) primary_contact: Option<Contact>,
    pub(crate) primary_site: Option<Named>,
    pub(crate) inactive_date: Text,
    pub(crate) deleted_date: Text,
    pub(crate) updated_date: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Site {
    pub(crate) id: Text,
    pub(crate) name: Text,
    pub(crate) friendly_name: Text,
    pub(crate) active_flag: Flag,
    pub(crate) company: Option<Named>,
    pub(crate) primary_phone_number: Option<Phone>,
    pub(crate) inactive_date: Text,
    pub(crate) deleted_date: Text,
    pub(crate) updated_date: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ActivityStatus {
    pub(crate) active_flag: Flag,
}

/// What another product calls the company.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ExternalId {
    pub(crate) external_id: Text,
    pub(crate) product_id: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Named {
    pub(crate) id: Text,
    pub(crate) name: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Contact {
    pub(crate) primary_email: Option<EmailAddress>,
    pub(crate) primary_phone_number: Option<Phone>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct EmailAddress {
    pub(crate) email_address: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Phone {
    pub(crate) country_code: Text,
    pub(crate) national_number: Text,
}

/// A device of whichever list or detail.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Device {
    pub(crate) endpointid: Text,
    pub(crate) companyid: Text,
    pub(crate) siteid: Text,
    pub(crate) friendlyname: Text,
    pub(crate) devicename: Text,
    pub(crate) name: Text,
    pub(crate) resourcetype: Text,
    pub(crate) endpointtype: Text,
    pub(crate) ipaddress: Text,
    pub(crate) macaddress: Text,
    pub(crate) remoteaddress: Text,
    pub(crate) agentinstalledutc: Text,
    pub(crate) system: Option<Hardware>,
    pub(crate) os: Option<OperatingSystem>,
    pub(crate) bios: Option<Hardware>,
    pub(crate) baseboard: Option<Hardware>,
    pub(crate) networks: Option<Vec<Network>>,
    pub(crate) processors: Option<Vec<Hardware>>,
    pub(crate) physicalmemory: Option<Vec<Memory>>,
    pub(crate) antiviruses: Option<Vec<Antivirus>>,
}

/// System, BIOS, base board and processor share their names.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Hardware {
    pub(crate) product: Text,
    pub(crate) manufacturer: Text,
    pub(crate) model: Text,
    pub(crate) serialnumber: Text,
    pub(crate) systemname: Text,
    pub(crate) domain: Text,
    pub(crate) category: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct OperatingSystem {
    pub(crate) product: Text,
    pub(crate) version: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Network {
    pub(crate) ipv4: Text,
    pub(crate) ipenabled: Flag,
    pub(crate) macaddress: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Memory {
    pub(crate) sizebytes: Int,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Antivirus {
    pub(crate) productname: Text,
    pub(crate) name: Text,
    pub(crate) status: Text,
}

/// What both answers say of one device's state.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    pub(crate) endpointid: Text,
    pub(crate) companyid: Text,
    pub(crate) heartbeat: Option<Heartbeat>,
    pub(crate) system: Option<SystemState>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Heartbeat {
    pub(crate) availability: Flag,
    pub(crate) dcdatetimeutc: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SystemState {
    pub(crate) startupstatus: Option<Startup>,
    pub(crate) lastloggedonuser: Option<SignedIn>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Startup {
    pub(crate) lastbootuptimeutc: Text,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SignedIn {
    pub(crate) username: Text,
}
