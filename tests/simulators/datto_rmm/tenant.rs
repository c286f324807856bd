//! The seeded account: ordinary records, and among them every oddity that a connector must live with.
//!
//! Most customers are those of the same MSP's Autotask, which maps two thirds of the sites; some have several sites, and some
//! the PSA does not know.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::state::{State, assign};
use super::wire::{kept, object};
use super::{alerts, contexts, devices, sites};
use crate::Setup;
use crate::records::Record;
use crate::seed::Seed;

pub(super) const ACCOUNT: &str = "ab12c3d4-0000-4000-8000-00000000da77";
pub(super) const DELETED: &str = "Deleted Devices";

const FIRST_SITE: i64 = 1_290;
const FIRST_DEVICE: i64 = 501;
/// A year and a bit.
const OLDEST_HOURS: u32 = 9_000;
const NEWEST_HOURS: u32 = 2;
const DAIRIES: &[&str] = &["Fernhill", "Gorse", "Hazelwood", "Ivybridge", "Juniper Lane", "Kingsmead"];

struct Account {
    seed: Seed,
    now: Timestamp,
    state: State,
    /// Uid, number and name of the sites that devices are in.
    places: Vec<(String, i64, String)>,
}

pub(super) fn seed(setup: &Setup) -> State {
    let seed = Seed::new(setup.seed ^ 0x6461_7474);
    let mut account = Account { seed, now: (setup.clock)(), state: State::default(), places: Vec::new() };
    account.state.account =
        object(json!({"id": 4_711, "uid": ACCOUNT, "name": "Northgate Managed IT", "currency": "USD",
        "descriptor": {"bilingEmail": "billing@msp.at.example", "deviceLimit": 5_000, "timeZone": "Europe/London"}}));
    account.sites(setup);
    for n in 0..setup.scale.max(20) {
        account.device(n);
    }
    for n in 0..(setup.scale / 10).max(15) {
        account.alert(n, false);
        account.alert(n, true);
    }
    account.state
}

impl Account {
    fn record(&mut self, mut fields: Map<String, Value>, own: Value) -> Record {
        fields.extend(object(own));
        let changed = self.seed.before(self.now, OLDEST_HOURS, NEWEST_HOURS);
        let created = self.seed.before(changed, OLDEST_HOURS, 0);
        Record::new(created, changed, fields)
    }

    fn sites(&mut self, setup: &Setup) {
        for (name, description) in [("Managed", "Default site"), ("OnDemand", ""), (DELETED, "")] {
            self.site(name, description, None, name == "OnDemand");
        }
        for (n, customer) in crate::autotask::customers(setup).into_iter().enumerate() {
            let mapped = (n % 3 != 2).then_some(&customer);
            if n % 7 == 5 {
                let dairy = DAIRIES.get(n / 7 % DAIRIES.len()).copied().unwrap_or_default();
                self.site(&format!("{dairy} Dairy {n}"), "Not in the PSA", None, false);
                continue;
            }
            self.site(&customer.name.clone(), if n % 4 == 1 { "Head office\nMon-Fri" } else { "" }, mapped, false);
            self.note_customer(&customer);
            if n % 4 == 0 {
                self.site(&format!("{} - Warehouse", customer.name.trim()), "", mapped, false);
            }
        }
    }

    fn site(&mut self, name: &str, description: &str, psa: Option<&crate::autotask::Customer>, on_demand: bool) {
        let number = FIRST_SITE + i64::try_from(self.state.sites.rows.len()).unwrap_or_default();
        let uid = self.seed.guid();
        let own = json!({"name": name, "onDemand": on_demand,
            "description": if description.is_empty() { Value::Null } else { description.into() },
            "notes": if number % 6 == 1 { json!("Ask for the key at the desk") } else { Value::Null },
            "proxySettings": if number % 9 == 4 {
                json!({"host": "proxy.local", "port": 3_128, "type": "http", "username": "u", "password": "proxy-s3cret"})
            } else { Value::Null },
            "autotaskCompanyName": psa.map(|psa| psa.name.clone()), "autotaskCompanyId": psa.map(|psa| psa.id.to_string())});
        let row = self.record(sites::defaults(&uid, number), own);
        self.state.sites.rows.insert(uid.clone(), row);
        self.places.push((uid, number, name.to_owned()));
    }

    /// Which customer of the PSA the site just made is by its name, mapped or not.
    fn note_customer(&mut self, customer: &crate::autotask::Customer) {
        let uid = self.places.last().map(|(uid, ..)| uid.clone()).unwrap_or_default();
        if let Some(row) = self.state.sites.get_mut(&uid) {
            assign(row, object(json!({"_customer": {"name": customer.name, "active": customer.active}})));
        }
    }

    fn device(&mut self, n: usize) {
        let number = FIRST_DEVICE + i64::try_from(n).unwrap_or_default();
        let uid = self.seed.guid();
        // The third site is the one of deleted devices.
        let places = self.places.len();
        let place = if n % 41 == 11 { 2 } else { 3 + n % places.saturating_sub(3).max(1) };
        let Some((site, site_number, site_name)) = self.places.get(place.min(places - 1)).cloned() else { return };
        let class = match n % 60 {
            5 | 17 | 29 => "printer",
            7 => "esxihost",
            13 => "rmmnetworkdevice",
            31 => "unknown",
            _ => "device",
        };
        let of_site = json!({"siteId": site_number, "siteUid": site, "siteName": site_name,
            "hostname": hostname(n, class), "deviceClass": class});
        let mut row = self.record(devices::defaults(&uid, number), of_site);
        if n % 17 != 16 {
            let known = self.known(n, class);
            assign(&mut row, known);
        }
        assign(&mut row, object(json!({"deleted": n % 37 == 9 || place == 2})));
        self.state.devices.rows.insert(uid, row);
    }

    /// What is known of most devices; of the rest nearly nothing is.
    fn known(&mut self, n: usize, class: &str) -> Map<String, Value> {
        let online = !n.is_multiple_of(3);
        let seen = self.seed.before(self.now, 24 * 40, 5);
        let (reboot, audited) = (self.seed.before(seen, 24 * 30, 1), self.seed.before(seen, 24, 1));
        let created = self.seed.before(reboot, OLDEST_HOURS, 24);
        let person = self.seed.person();
        let statuses =
            ["RunningAndUpToDate", "RunningAndNotUpToDate", "NotRunning", "NotDetected", "RunningAndUpToDate"];
        let patches = ["FullyPatched", "ApprovedPending", "RebootRequired", "InstallError", "NoPolicy", "NoData"];
        let (category, system) = kind(n, class);
        let windows = class == "device";
        object(json!({
            "deviceType": {"category": category, "type": category}, "intIpAddress": format!("10.{}.{}.{}", n / 250, n % 20, n % 250 + 2),
            "extIpAddress": format!("203.0.113.{}", n % 250 + 1), "operatingSystem": system,
            "lastLoggedInUser": if windows { json!(format!("CORP\\{}", person.mailbox())) } else { Value::Null },
            "domain": if windows { json!("corp.local") } else { Value::Null }, "cagVersion": "4.4.2300.2300",
            "displayVersion": "4.4.2300", "description": if n % 6 == 2 { format!("{}'s machine", person.first) } else { hostname(n, class) },
            "a64Bit": true, "rebootRequired": n % 10 == 4, "online": online, "suspended": n % 47 == 3,
            "lastSeen": kept(seen), "lastReboot": if n % 9 == 8 { json!("never") } else { kept(reboot) },
            "lastAuditDate": kept(audited), "creationDate": kept(created), "udf": {"udf1": format!("BitLocker {n:06}"), "udf2": null},
            "snmpEnabled": class == "printer", "warrantyDate": if n.is_multiple_of(4) { json!(format!("20{}-03-31", 25 + n % 5)) } else { Value::Null },
            "antivirus": if windows { json!({"antivirusProduct": "Windows Defender", "antivirusStatus": statuses[n % 5]}) } else { Value::Null },
            "patchManagement": if windows {
                json!({"patchStatus": patches[n % 6], "patchesApprovedPending": n % 4, "patchesNotApproved": n % 3, "patchesInstalled": 100 + n % 50})
            } else { Value::Null },
            "softwareStatus": "Pass", "webRemoteUrl": format!("https://merlot.rmm.datto.com/web-remote/{}", 501 + n),
            "_audit": if windows { self.audit(n) } else { Value::Null },
        }))
    }

    fn audit(&mut self, n: usize) -> Value {
        let makers = [("Dell Inc.", "Latitude 5450"), ("HP", "EliteDesk 800 G9"), ("LENOVO", "21HMS0AB00")];
        let (maker, model) = makers[n % 3];
        // Makers leave placeholders, and some nothing.
        let serial = match n % 19 {
            4 => json!("To Be Filled By O.E.M."),
            11 => Value::Null,
            _ => json!(format!("{:07X}", 0x0008_0000_u32 + self.seed.below(0x0fff_ffff) % 0x0f00_0000)),
        };
        json!({"portalUrl": null, "webRemoteUrl": null,
            "systemInfo": {"manufacturer": maker, "model": model, "totalPhysicalMemory": 8_589_934_592_i64 * (1 + i64::try_from(n % 4).unwrap_or_default()),
                "username": null, "dotNetVersion": null, "totalCpuCores": 4 + n % 8},
            "nics": [{"instance": "Ethernet", "ipv4": format!("10.0.0.{}", n % 250), "ipv6": null, "macAddress": format!("A4BB6D{:06X}", n), "type": "Ethernet"},
                {"instance": "Loopback", "ipv4": null, "ipv6": null, "macAddress": "000000000000", "type": null}],
            "bios": {"instance": "BIOS", "releaseDate": null, "serialNumber": serial, "smBiosVersion": "3.5"},
            "baseBoard": {"manufacturer": maker, "product": "0ABC"}, "displays": [], "logicalDisks": [], "mobileInfo": [],
            "processors": [{"name": "Intel(R) Core(TM) Ultra 5 125U"}], "videoBoards": [], "attachedDevices": [], "snmpInfo": null,
            "physicalMemory": []})
    }

    fn alert(&mut self, n: usize, resolved: bool) {
        let uid = self.seed.guid();
        let at = self.seed.before(self.now, 24 * 60, 3);
        let live: Vec<&Record> = self.state.devices.live().filter(|device| !device.flag("deleted")).collect();
        let Some(device) = live.get((n * 7 + usize::from(resolved)) % live.len().max(1)) else { return };
        let source = json!({"deviceUid": device.text("uid"), "deviceName": device.text("hostname"),
            "siteUid": device.text("siteUid"), "siteName": device.text("siteName")});
        let priorities = ["Critical", "High", "Moderate", "Low", "Information", "Unknown"];
        let over = self.seed.before(self.now, 2, 1);
        let own = json!({"priority": priorities[n % 6], "alertContext": contexts::context(n), "alertSourceInfo": source,
            "diagnostics": if n % 15 == 14 { "Last run: exit code 1\nSee the log" } else { "" }, "muted": n % 8 == 5,
            "ticketNumber": if n % 5 == 1 { json!(format!("T2026{:04}.0001", n)) } else { Value::Null },
            "resolved": resolved, "resolvedBy": if resolved { json!("anna") } else { Value::Null },
            "resolvedOn": if resolved { kept(over) } else { Value::Null },
            "responseActions": [{"actionTime": at.as_millisecond(), "actionType": "EMAIL_SENT", "description": "desk@msp.at.example",
                "actionReference": null, "actionReferenceInt": null}]});
        let row = self.record(alerts::defaults(&uid, at), own);
        self.state.alerts.rows.insert(uid, row);
    }
}

/// Not unique: machines are imaged.
fn hostname(n: usize, class: &str) -> String {
    match (class, n % 23) {
        ("printer", _) => format!("PRN-{n:04}"),
        ("esxihost", _) => format!("ESX-{n:04}"),
        (_, 19) => "DESKTOP-IMAGE".to_owned(),
        _ => format!("WS-{n:04}"),
    }
}

fn kind(n: usize, class: &str) -> (&'static str, &'static str) {
    match (class, n % 4) {
        ("printer", _) => ("Printer", "Embedded"),
        ("esxihost", _) => ("ESXi Host", "VMware ESXi 8.0.2"),
        ("rmmnetworkdevice", _) => ("Network Device", "RouterOS 7.15"),
        (_, 0) => ("Server", "Microsoft Windows Server 2022 Standard 10.0.20348"),
        (_, 1) => ("Desktop", "Microsoft Windows 11 Pro 10.0.26100"),
        _ => ("Laptop", "Microsoft Windows 11 Pro 10.0.26100"),
    }
}
