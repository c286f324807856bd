//! The seeded company: ordinary records, and among them every oddity that a connector must live with.
//!
//! All change stamps are more than an hour older than the start, so that an incremental read with any sensible overlap
//! finds nothing at first.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::callbacks::Callbacks;
use super::reference::{ALERTS, HELP_DESK, Reference};
use super::state::State;
use super::wire::{date, object};
use crate::Setup;
use crate::records::{Record, Table};
use crate::seed::{Person, Seed, slug};

/// A year and a bit.
const OLDEST_HOURS: u32 = 9_000;
const NEWEST_HOURS: u32 = 2;
/// So that no other vendor's seed gives the same people.
const SALT: u64 = 0x6377;

const CATCHALL: i64 = 2;
const OWN_COMPANY: i64 = 19;
const FIRST_COMPANY: i64 = 250;
const FIRST_CONTACT: i64 = 57_901;
const FIRST_MEMBER: i64 = 176;
const FIRST_TICKET: i64 = 48_201;
const FIRST_NOTE: i64 = 310_001;

struct Tenant {
    seed: Seed,
    now: Timestamp,
    state: State,
    domains: Vec<String>,
}

pub(super) fn seed(setup: &Setup) -> State {
    let state = State {
        companies: Table::default(),
        contacts: Table::default(),
        members: Table::default(),
        tickets: Table::default(),
        notes: Table::default(),
        reference: Reference::new(),
        callbacks: Callbacks::default(),
        api_member: 0,
    };
    let mut tenant = Tenant { seed: Seed::new(setup.seed ^ SALT), now: (setup.clock)(), state, domains: Vec::new() };
    let companies = (setup.scale / 20).max(2);
    tenant.members(setup.scale);
    tenant.own_companies();
    for n in 0..companies {
        tenant.company(n);
    }
    tenant.contacts(setup.scale, companies);
    tenant.tickets((setup.scale / 10).max(4));
    tenant.state
}

/// The companies of the seed without the two that every company has.
pub(super) fn customers(setup: &Setup) -> Vec<(i64, Map<String, Value>)> {
    let rows = seed(setup).companies.rows;
    rows.into_iter().filter(|(id, _)| *id >= FIRST_COMPANY).map(|(id, row)| (id, row.fields)).collect()
}

impl Tenant {
    fn put(&mut self, list: &str, id: i64, fields: Value) {
        let changed = self.seed.before(self.now, OLDEST_HOURS, NEWEST_HOURS);
        let created = self.seed.before(changed, OLDEST_HOURS, 0);
        let mut row = Record::new(created, changed, object(fields));
        row.merge(object(json!({"id": id, "_updatedBy": "zAdmin", "_enteredBy": "zAdmin"})));
        if let Some(table) = self.state.table_mut(list) {
            table.rows.insert(id, row);
        }
    }

    fn members(&mut self, scale: usize) {
        let count = i64::try_from(6 + scale / 400).unwrap_or(6);
        for n in 0..count {
            let id = FIRST_MEMBER + n;
            let person = self.seed.person();
            let mailbox: String = person.mailbox().chars().take(11).collect();
            let address = format!("{}{n}@northbridge-msp.example", person.mailbox());
            let mut fields = json!({
                "identifier": format!("{mailbox}{n}"), "licenseClass": if n == 4 { "X" } else { "F" }, "firstName": person.first,
                "lastName": person.last, "inactiveFlag": n % 6 == 5, "disableOnlineFlag": false, "officeEmail": address,
                "hireDate": "2020-01-01T00:00:00Z", "defaultEmail": "Office", "defaultPhone": "Office",
                "officePhone": format!("555010{n:04}"), "securityRole": {"id": 64, "name": "Technician"},
                "title": if n % 2 == 0 { "Engineer" } else { "" }, "adminFlag": n == 0, "timeZone": {"id": 4, "name": "US Pacific"},
                "defaultLocation": {"id": 2, "name": "Northbridge Office"}, "teams": [25, 26],
            });
            match n {
                // The one that counts is not the office's.
                2 => {
                    fields["defaultEmail"] = "Mobile".into();
                    fields["mobileEmail"] = format!("mobile{n}@northbridge-msp.example").into();
                    fields["defaultPhone"] = "Mobile".into();
                    fields["mobilePhone"] = "5550199".into();
                }
                // None counts: there is no address.
                3 => drop(fields.as_object_mut().and_then(|fields| fields.remove("officeEmail"))),
                _ => {}
            }
            self.put("members", id, fields);
        }
        let api = FIRST_MEMBER + count;
        self.put(
            "members",
            api,
            json!({"identifier": "ClientPortal", "licenseClass": "A", "firstName": "Client", "lastName": "Portal",
                "inactiveFlag": false, "hireDate": "2026-01-01T00:00:00Z", "defaultEmail": "Office", "defaultPhone": "Office",
                "officeEmail": "portal-api@northbridge-msp.example", "securityRole": {"id": 70, "name": "Client Portal"}}),
        );
        self.state.api_member = api;
    }

    /// The company for mail from nobody known, and the MSP itself.
    fn own_companies(&mut self) {
        for (id, identifier, name) in [
            (CATCHALL, "Catchall", "Catchall (for unassigned records)"),
            (OWN_COMPANY, "Northbridge", "Northbridge MSP"),
        ] {
            let fields = json!({"identifier": identifier, "name": name, "status": {"id": 1, "name": "Active"},
                "deletedFlag": false, "types": [{"id": 1, "name": "Client"}], "leadFlag": false});
            self.put("companies", id, fields);
        }
    }

    fn company(&mut self, n: usize) {
        let offset = i64::try_from(n).unwrap_or_default();
        let id = FIRST_COMPANY + offset;
        let plain_name = format!("North {}", self.seed.company(n));
        let domain = format!("{}.example", slug(&plain_name));
        let name = match n % 40 {
            3 => format!("{plain_name} 株式会社"),
            5 => format!("  {plain_name} 🏔️ "),
            8 => format!("{plain_name} {}", "and Associates ".repeat(7).trim_end()),
            _ => plain_name,
        };
        // Inactive, not approved, on hold.
        let (status, status_name) = match n % 10 {
            7 => (2, "Inactive"),
            9 => (3, "Not-Approved"),
            4 => (4, "Credit Hold"),
            _ => (1, "Active"),
        };
        let types = match n % 6 {
            2 => json!([{"id": 1, "name": "Client"}, {"id": 2, "name": "Vendor"}]),
            5 => json!([{"id": 3, "name": "Prospect"}]),
            4 => json!([]),
            _ => json!([{"id": 1, "name": "Client"}]),
        };
        let mut fields = json!({
            "identifier": format!("C{id}"), "name": name, "status": {"id": status, "name": status_name}, "types": types,
            "addressLine1": "1 Main St", "city": self.seed.town(), "state": "FL", "zip": "33602", "deletedFlag": n % 30 == 13,
            "phoneNumber": self.seed.phone(), "leadFlag": false, "isVendorFlag": n % 6 == 2, "mobileGuid": self.seed.guid(),
            "territory": {"id": 2, "name": "Northbridge Office"}, "site": {"id": 1000 + offset, "name": "Main"},
            "dateAcquired": "2024-02-01T05:00:00Z",
        });
        if n % 4 != 3 {
            fields["website"] =
                if n.is_multiple_of(2) { format!("https://www.{domain}/home") } else { domain.clone() }.into();
        }
        if n % 9 == 6 {
            fields["parentCompany"] =
                json!({"id": OWN_COMPANY, "identifier": "Northbridge", "name": "Northbridge MSP"});
        }
        self.domains.push(domain);
        self.put("companies", id, fields);
    }

    fn contacts(&mut self, count: usize, companies: usize) {
        let mut last_email = String::new();
        for n in 0..count {
            let id = FIRST_CONTACT + i64::try_from(n).unwrap_or_default();
            let company = FIRST_COMPANY + i64::try_from(n % companies).unwrap_or_default();
            let person = self.seed.person();
            let email = self.address(n, companies, &person, &last_email);
            last_email.clone_from(&email);
            let fields = self.contact((n, companies), company, &person, &email);
            self.put("contacts", id, Value::Object(fields));
            // The first contact of a company is its default one; some companies have none.
            if n < companies && n % 6 != 5 {
                let reference = json!({"id": id, "name": person.full()});
                if let Some(company) = self.state.companies.rows.get_mut(&company) {
                    company.fields.insert("defaultContact".to_owned(), reference);
                }
            }
        }
    }

    fn address(&self, n: usize, companies: usize, person: &Person, last: &str) -> String {
        let domain = self.domains.get(n % companies).map_or("northbridge-msp.example", String::as_str);
        let own = format!("{}{n}@{domain}", person.mailbox());
        // Contacts go round the companies, so a round has one contact of each.
        match (n % companies % 4, n / companies) {
            // Shared by people of one company, once with a capital.
            (1, 3) => format!("reception@{domain}"),
            (1, 7) => format!("Reception@{domain}"),
            // Shared across companies.
            (0 | 2, 5) => "bookkeeping@northern-ledgers.example".to_owned(),
            _ if n % 40 == 21 && !last.is_empty() => last.to_owned(),
            _ if n % 17 == 6 => own.to_uppercase(),
            _ if n % 13 == 7 => String::new(),
            _ if n % 23 == 9 => format!("noreply@{domain}"),
            _ => own,
        }
    }

    fn contact(
        &mut self,
        (n, companies): (usize, usize),
        company: i64,
        person: &Person,
        email: &str,
    ) -> Map<String, Value> {
        let item = |id: usize, kind: (u8, &str), value: &str, default: bool, of: &str| {
            json!({"id": 99_000 + id, "type": {"id": kind.0, "name": kind.1}, "value": value, "defaultFlag": default,
                "communicationType": of})
        };
        let mut items = Vec::new();
        if !email.is_empty() {
            // The default one is not always the first.
            if n % 11 == 3 {
                items.push(item(10 * n, (5, "Private Email"), &format!("private{n}@{}", host(email)), false, "Email"));
            }
            items.push(item(10 * n + 1, (1, "Email"), email, true, "Email"));
        }
        let mut phone = item(10 * n + 2, (2, "Direct"), &self.seed.phone(), true, "Phone");
        if n % 7 == 2 {
            phone["extension"] = "401".into();
        }
        items.push(phone);
        if n.is_multiple_of(3) {
            items.push(item(10 * n + 3, (4, "Mobile"), &self.seed.phone(), false, "Phone"));
        }
        let kinds: &[(i64, &str)] = match n % 10 {
            0 | 1 => &[(3, "Billing Contact")],
            2 => &[(3, "Billing Contact"), (4, "Approver")],
            3 => &[(5, "VIP"), (2, "End User"), (4, "Approver")],
            4 => &[],
            _ => &[(2, "End User")],
        };
        let types: Vec<Value> = kinds.iter().map(|(id, name)| json!({"id": id, "name": name})).collect();
        let first = match n % 100 {
            14 => format!("{} 🚀", person.first),
            71 => format!("  {}\u{200f} ", person.first),
            _ => person.first.clone(),
        };
        let mut fields = object(json!({
            "firstName": first, "lastName": person.last, "inactiveFlag": n % 14 == 12, "types": types,
            "defaultFlag": n < companies && n % 6 != 5, "communicationItems": items, "customFields": [],
            "disablePortalLoginFlag": true, "unsubscribeFlag": n % 21 == 5, "marriedFlag": false, "childrenFlag": false,
            "mobileGuid": self.seed.guid(), "defaultPhoneType": "Direct", "site": {"id": 1000, "name": "Main"},
        }));
        if n.is_multiple_of(5) {
            fields.insert("title".to_owned(), "Office Manager".into());
        }
        if n % 33 == 17 {
            // Newer servers leave out what is not set.
            fields.remove("lastName");
        }
        // Orphans belong to no company.
        if n % 60 != 44
            && let Some(reference) = self.state.refer("companies", company)
        {
            fields.insert("company".to_owned(), reference);
        }
        fields
    }

    fn tickets(&mut self, count: usize) {
        let requesters: Vec<i64> = self
            .state
            .contacts
            .live()
            .filter(|row| !row.flag("inactiveFlag") && row.fields.contains_key("company"))
            .filter_map(|row| row.int("id"))
            .collect();
        let mut note = FIRST_NOTE;
        for n in 0..count {
            let Some(contact) = self.seed.pick(&requesters) else { return };
            note = self.ticket(n, contact, note);
        }
    }

    fn ticket(&mut self, n: usize, contact: i64, first_note: i64) -> i64 {
        let offset = i64::try_from(n).unwrap_or_default();
        let id = FIRST_TICKET + offset;
        let board = if n % 5 == 3 { ALERTS } else { HELP_DESK };
        let status = if board == ALERTS {
            [201, 202][n % 2]
        } else {
            [101, 102, 103, 102, 105, 101, 104, 105, 102, 103][n % 10]
        };
        let refer = |state: &State, list: &str, id: i64| state.reference.find(list, id).map(Reference::refer);
        let (kind, subtype) = if board == ALERTS { (18, None) } else { (8 + offset % 2, Some(31 + offset % 2)) };
        let problem = self.seed.problem();
        let who = self.state.contacts.get(&contact).cloned();
        let company = who.as_ref().and_then(|who| who.fields.get("company")).cloned();
        let closed = matches!(status, 105 | 202);
        let mut fields = json!({
            "summary": if n % 20 == 13 { format!("{problem} {}", "and again ".repeat(7).trim_end()) } else { problem.to_owned() },
            "recordType": "ServiceTicket", "company": company, "contact": self.state.refer("contacts", contact),
            "contactName": who.as_ref().map(super::state::full_name), "board": refer(&self.state, "boards", board),
            "status": refer(&self.state, "statuses", status), "type": refer(&self.state, "ticket_types", kind),
            "subType": subtype.and_then(|id| refer(&self.state, "subtypes", id)), "severity": "Medium", "impact": "Medium",
            "priority": refer(&self.state, "priorities", [1, 3, 4, 7][n % 4]), "source": refer(&self.state, "sources", 1 + offset % 3),
            "closedFlag": closed, "approved": true, "hasChildTicket": false, "customerUpdatedFlag": n % 7 == 1,
            "billTime": "NoDefault", "mobileGuid": self.seed.guid(), "allowAllClientsPortalView": false,
        });
        if !n.is_multiple_of(3) {
            fields["owner"] = self.state.refer("members", FIRST_MEMBER + offset % 4).unwrap_or_default();
        }
        if n % 6 == 5 {
            fields["externalXRef"] = format!("other-tool-{n}").into();
        }
        self.put("tickets", id, fields);
        let Some(row) = self.state.tickets.rows.get_mut(&id) else { return first_note };
        if closed {
            let changed = date(row.changed);
            row.merge(object(json!({"closedDate": changed, "closedBy": "zAdmin"})));
        }
        let row = row.clone();
        self.notes(id, first_note, n, &row, contact)
    }

    /// A ticket's notes in time order, none later than the ticket's own stamp; gives the next free id.
    fn notes(&mut self, ticket: i64, first: i64, n: usize, row: &Record, contact: i64) -> i64 {
        let count = i64::from(self.seed.below(5)) + i64::from(n % 4 != 2);
        let step = row.changed.duration_since(row.created).checked_div(i32::try_from(count + 1).unwrap_or(1));
        let step = step.unwrap_or(SignedDuration::ZERO).max(SignedDuration::from_secs(120));
        let mut at = row.created;
        for place in 0..count {
            let id = first + place;
            let member = self.state.refer("members", FIRST_MEMBER + place % 4);
            let flags = |detail: bool, internal: bool, resolution: bool| json!({"detailDescriptionFlag": detail, "internalAnalysisFlag": internal, "resolutionFlag": resolution});
            let mut note = match (place, n % 4) {
                // Without a description the first note is somebody's, later.
                (0, 2) => flags(false, true, false),
                (0, _) => flags(true, false, false),
                _ => match (ticket + id) % 5 {
                    0 => flags(false, true, false),
                    // On both tabs.
                    1 => flags(true, true, false),
                    2 => flags(false, false, true),
                    _ => flags(true, false, false),
                },
            };
            note["ticketId"] = ticket.into();
            note["text"] = match place {
                0 => "It does not work 😕\r\n\r\nSince Monday.".into(),
                _ if note["internalAnalysisFlag"] == json!(true) => "Customer is difficult".into(),
                _ => "Please restart it.".into(),
            };
            note["dateCreated"] = date(at).into();
            note["createdBy"] = "zAdmin".into();
            note["issueFlag"] = false.into();
            if place == 0 && n % 4 != 2 {
                note["contact"] = self.state.refer("contacts", contact).unwrap_or_default();
            } else {
                note["member"] = member.unwrap_or_default();
            }
            let mut record = Record::new(at, at, object(note));
            record.merge(object(json!({"id": id, "_updatedBy": "zAdmin"})));
            self.state.notes.rows.insert(id, record);
            at = at.checked_add(step).unwrap_or(at);
        }
        first + count
    }
}

fn host(email: &str) -> &str {
    email.rsplit_once('@').map_or("", |(_, host)| host)
}
