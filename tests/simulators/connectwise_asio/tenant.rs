//! The seeded partner: the customers that the MSP has in ConnectWise Manage, with their sites and devices, and among them
//! every oddity that a connector must live with.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::companies::date;
use super::object;
use super::state::State;
use crate::Setup;
use crate::records::Record;
use crate::seed::Seed;

/// A year and a bit.
const OLDEST_HOURS: u32 = 9_000;
const NEWEST_HOURS: u32 = 2;

pub(super) const PARTNER: &str = "p-1001";
const MODELS: &[(&str, &str, &str)] = &[
    ("Dell Inc.", "Latitude 7420", "Laptop"),
    ("HP", "EliteDesk 800 G6", "Desktop"),
    ("Lenovo", "ThinkPad T14", "Laptop"),
    ("Dell Inc.", "PowerEdge R650", "Server"),
];

struct Partner {
    seed: Seed,
    now: Timestamp,
    state: State,
}

pub(super) fn seed(setup: &Setup) -> State {
    let mut partner =
        Partner { seed: Seed::new(setup.seed ^ 0x4173_696f), now: (setup.clock)(), state: State::default() };
    let customers = crate::connectwise_manage::customers(setup);
    for (n, (psa_id, customer)) in customers.iter().enumerate() {
        partner.company(n, *psa_id, customer);
    }
    for n in 0..setup.scale {
        partner.device(n, n % customers.len().max(1));
    }
    partner.state
}

/// An id as Asio makes them: 36 characters.
pub(super) fn id(n: usize) -> String {
    format!("436f6d6d-616e-6420-4944-{n:012x}")
}

fn company_id(n: usize) -> String {
    id(0x1000 + n)
}

fn site_id(n: usize, second: bool) -> String {
    id(0x20_0000 + 2 * n + usize::from(second))
}

impl Partner {
    fn record(&mut self, fields: Value) -> Record {
        let changed = self.seed.before(self.now, OLDEST_HOURS, NEWEST_HOURS);
        let created = self.seed.before(changed, OLDEST_HOURS, 0);
        Record::new(created, changed, object(fields))
    }

    fn company(&mut self, n: usize, psa_id: i64, customer: &Map<String, Value>) {
        let text = |key: &str| customer.get(key).and_then(Value::as_str).unwrap_or_default().trim().to_owned();
        let (company, name, host) = (company_id(n), text("name"), text("website"));
        let host = host.trim_start_matches("https://www.").trim_end_matches("/home");
        let person = self.seed.person();
        let mut fields = json!({
            "id": company, "name": name, "partnerId": PARTNER, "description": "",
            "activityStatus": {"id": "a1", "name": if n % 20 == 17 { "Inactive" } else { "Active" },
                "activeFlag": n % 20 != 17, "defaultFlag": true},
            "primaryContact": {"id": format!("contact-{n}"), "firstName": person.first, "lastName": person.last,
                "primaryPhoneNumber": {"countryCode": "1", "nationalNumber": self.seed.phone().replace("+1 ", ""), "activeFlag": true}},
            "primarySite": {"id": site_id(n, false), "name": "Main", "timeZone": "America/New_York", "primaryFlag": true},
        });
        if !host.is_empty() {
            let address = format!("{}@{host}", person.mailbox());
            fields["primaryContact"]["primaryEmail"] =
                json!({"emailAddress": address, "activeFlag": true, "primaryFlag": true});
        }
        if n % 5 == 2 {
            fields["friendlyName"] = format!("{name} (RMM)").into();
        }
        // Most were synced from the PSA and know its id.
        if n % 4 != 3 {
            fields["externalIds"] = json!([
                {"id": format!("x{n}"), "companyId": company, "externalId": psa_id.to_string(), "productId": "cw-manage",
                    "productInstanceId": "pi-1"},
                {"id": format!("y{n}"), "companyId": company, "externalId": format!("Q{n}"), "productId": "quoting",
                    "productInstanceId": "pi-2"},
            ]);
        }
        match n % 20 {
            11 => fields["inactiveDate"] = date(self.now - SignedDuration::from_hours(24 * 30)).into(),
            // Not yet, and never.
            13 => fields["inactiveDate"] = date(self.now + SignedDuration::from_hours(24 * 300)).into(),
            15 => fields["inactiveDate"] = "0001-01-01T00:00:00Z".into(),
            _ => {}
        }
        // Switched off in the PSA it is no portal company.
        let flag = |name: &str| customer.get(name).and_then(Value::as_bool).unwrap_or_default();
        let status = customer.get("status").and_then(|status| status["id"].as_i64());
        fields["_active_customer"] = (matches!(status, Some(1 | 4)) && !flag("deletedFlag")).into();
        let row = self.record(fields);
        self.state.companies.rows.insert(company.clone(), row);
        for second in [false, true].into_iter().take(1 + usize::from(n.is_multiple_of(3))) {
            let mut fields = json!({"id": site_id(n, second), "name": if second { self.seed.town() } else { "Main" },
                "activeFlag": !(second && n % 2 == 1), "primaryFlag": !second, "timeZone": "America/New_York", "partnerId": PARTNER,
                "company": {"id": company, "name": name}});
            if !second {
                fields["primaryPhoneNumber"] =
                    json!({"countryCode": "1", "nationalNumber": "555 0100", "activeFlag": true});
            }
            let row = self.record(fields);
            self.state.sites.rows.insert(site_id(n, second), row);
        }
    }

    fn device(&mut self, n: usize, company: usize) {
        let id = id(0x7000_0000 + n);
        let is_network = n % 17 == 11;
        let (maker, model, category) = MODELS[n % MODELS.len()];
        let kind = if is_network {
            "NetworkDevice"
        } else if category == "Server" {
            "Server"
        } else {
            "Desktop"
        };
        let installed = self.seed.before(self.now, OLDEST_HOURS, 48);
        let booted = self.seed.before(self.now, 400, 3);
        let online = n % 6 != 4;
        let seen = if online { self.now - SignedDuration::from_mins(3) } else { booted };
        let serial = match n % 29 {
            // Placeholders of makers.
            7 => "To be filled by O.E.M.".to_owned(),
            13 => String::new(),
            _ => format!("SN{n:06}"),
        };
        let mac = format!("02:00:00:{:02X}:{:02X}:{:02X}", n >> 16 & 255, n >> 8 & 255, n & 255);
        let address = format!("10.{}.{}.{}", company % 250, n / 200 % 250, 10 + n % 200);
        let mut fields = json!({
            "createTimeUTC": stamp(seen), "agentInstalledUTC": stamp(installed), "endpointID": id, "clientID": company_id(company),
            "siteID": site_id(company, company.is_multiple_of(3) && n.is_multiple_of(5)), "friendlyName": format!("WS-{n:05}"),
            "resourceType": kind, "endpointType": kind, "rolesFeatures": "",
            "baseBoard": {"product": "0XYZ", "manufacturer": maker, "model": "", "serialNumber": serial, "name": "", "version": "A01"},
            "bios": {"product": "", "manufacturer": maker, "version": "1.2", "serialNumber": serial, "smbiosVersion": "3.2"},
            "system": {"product": "", "model": model, "serialNumber": serial, "systemName": format!("WS-{n:05}"),
                "domain": if n % 3 == 1 { "WORKGROUP" } else { "CORP" }, "category": category},
            "networks": [{"vendor": "Intel", "dhcpEnabled": true, "ipEnabled": true, "ipv4": address, "macAddress": mac,
                "logicalName": "Ethernet"}],
            "_category": if is_network { "network" } else { "platform" }, "_regId": n.to_string(), "_online": online,
            "_seen": stamp(seen), "_booted": stamp(booted), "_user": if n % 4 == 3 { String::new() } else { self.seed.person().mailbox() },
        });
        if is_network {
            // A switch: no operating system, no user.
            fields["friendlyName"] = format!("SW-{n:05} 🔌").into();
            fields["_user"] = "".into();
            fields["system"] = json!({"model": "Aruba 2930F", "serialNumber": serial, "category": "Switch"});
        } else {
            let more = json!({
                "os": {"product": "Windows 11 Pro", "manufacturer": "Microsoft", "version": "10.0.22631", "type": "Windows",
                    "arch": "64-bit"},
                "processors": [{"product": "i7-1185G7", "numberOfCores": 4, "clockSpeedMhz": "2800", "manufacturer": "Intel"}],
                "physicalMemory": [{"manufacturer": "", "serialNumber": "", "sizeBytes": 8_589_934_592_u64},
                    {"manufacturer": "", "serialNumber": "", "sizeBytes": 8_589_934_592_u64}],
                "antiViruses": if n.is_multiple_of(2) { json!([{"productName": "Defender", "status": "Running"}]) } else { json!([]) },
                "remoteAddress": format!("203.0.113.{}", company % 250),
            });
            if let Some(fields) = fields.as_object_mut() {
                fields.extend(object(more));
            }
        }
        match n % 31 {
            // Never named, and started before Windows' beginning of time.
            5 => fields["friendlyName"] = "".into(),
            9 => fields["_booted"] = "1601-01-01T00:00:00Z".into(),
            _ => {}
        }
        let row = self.record(fields);
        self.state.devices.rows.insert(id, row);
    }
}

/// To the millisecond, as devices have it.
fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
