//! The seeded tenant: ordinary records, and among them every oddity that a connector must live with.
//!
//! All change stamps are more than an hour older than the start, so that an incremental read with any sensible overlap
//! finds nothing at first.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::picklists::{self, API_LICENCE};
use super::schema::{self, Entity};
use super::state::State;
use super::wire::{date, object};
use super::{LOCAL_USER, USER};
use crate::Setup;
use crate::records::Record;
use crate::seed::{Seed, slug};

const OLDEST_HOURS: u32 = 9_000;
const NEWEST_HOURS: u32 = 2;

/// The MSP itself, which is a company like any other but for its id.
const OWN_COMPANY: i64 = 0;
const FIRST_COMPANY: i64 = 29_683_500;
const FIRST_CONTACT: i64 = 30_681_001;
pub(super) const FIRST_RESOURCE: i64 = 29_682_885;
pub(super) const ROLE: i64 = 29_682_834;

/// First words of companies' names; other vendors' customers have others.
const FIRM: &[&str] = &[
    "Aspen",
    "Beacon",
    "Cedar",
    "Delphi",
    "Evergreen",
    "Falcon",
    "Glacier",
    "Horizon",
    "Ironwood",
    "Jasper",
    "Keystone",
    "Lighthouse",
    "Magnolia",
    "Northstar",
    "Onyx",
    "Pinnacle",
    "Quartz",
    "Redwood",
    "Sierra",
    "Tamarack",
    "Uplands",
    "Vista",
];

pub(super) struct Tenant {
    pub(super) seed: Seed,
    pub(super) now: Timestamp,
    pub(super) state: State,
}

pub(super) fn seed(setup: &Setup) -> State {
    let seed = Seed::new(setup.seed ^ 0xa070_7a5c);
    let mut tenant = Tenant { seed, now: (setup.clock)(), state: State::default() };
    let companies = (setup.scale / 20).max(2);
    tenant.resources(setup.scale);
    tenant.own_company();
    for n in 0..companies {
        tenant.company(n);
    }
    tenant.groups();
    tenant.contacts(setup.scale, companies);
    tenant.tickets((setup.scale / 10).max(4));
    tenant.state
}

/// A customer as other vendors of the same MSP know it.
pub(crate) struct Customer {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) active: bool,
}

/// The customers of the account that this set-up seeds, without the MSP itself.
pub(crate) fn customers(setup: &Setup) -> Vec<Customer> {
    let state = seed(setup);
    let rows = schema::entity("Companies").map(|companies| state.table(companies).rows.values()).into_iter().flatten();
    let customer = |row: &Record| {
        let (id, name) = (row.int("id")?, row.text("companyName").to_owned());
        Some(Customer { id, name, active: row.flag("isActive") })
    };
    rows.filter_map(customer).filter(|customer| customer.id != OWN_COMPANY).collect()
}

impl Tenant {
    /// Puts a row under its id, with stamps of its own.
    pub(super) fn put(&mut self, entity: &str, id: i64, mut fields: Map<String, Value>) {
        let Some(entity) = schema::entity(entity) else { return };
        let changed = self.seed.before(self.now, OLDEST_HOURS, NEWEST_HOURS);
        let created = self.seed.before(changed, OLDEST_HOURS, 0);
        fields.insert("id".to_owned(), id.into());
        stamps(entity, &mut fields, created, changed);
        self.state.insert(entity, id, Record::new(created, changed, fields));
    }

    fn resources(&mut self, scale: usize) {
        let count = i64::try_from(6 + scale / 400).unwrap_or(6);
        for n in 0..count {
            let id = FIRST_RESOURCE + n;
            let person = self.seed.person();
            let mailbox = person.mailbox();
            let fields = object(json!({
                "firstName": person.first, "lastName": person.last, "email": format!("{mailbox}{n}@msp.at.example"),
                "userName": format!("{mailbox}{n}"), "isActive": n % 6 != 5, "resourceType": "Employee", "userType": 2,
                "licenseType": if n % 5 == 4 { 3 } else { 1 }, "title": if n % 3 == 0 { "Service Desk Lead" } else { "" },
                "officePhone": if n % 4 == 3 { Value::Null } else { self.seed.phone().into() }, "payrollType": 1,
                "locationID": 1, "defaultServiceDeskRoleID": ROLE, "initials": "", "dateFormat": "MM/dd/yyyy",
                "timeFormat": "hh:mm a", "numberFormat": "X,XXX.XX", "emailTypeCode": "PRIMARY", "gender": "",
            }));
            self.put("Resources", id, fields);
            let queue = if n % 2 == 0 { 29_682_833 } else { 29_682_969 };
            for (offset, role, active) in [(0, ROLE + 1, false), (1, ROLE, true), (2, ROLE + 2, n % 3 == 0)] {
                let fields = object(json!({
                    "resourceID": id, "roleID": role, "queueID": queue, "departmentID": null, "isActive": active,
                }));
                self.put("ResourceRoles", 100 + n * 3 + offset, fields);
            }
        }
        let id = FIRST_RESOURCE + count;
        let fields = object(json!({
            "firstName": "Client", "lastName": "Portal", "email": USER, "userName": LOCAL_USER, "isActive": true,
            "resourceType": "Employee", "userType": 17, "licenseType": API_LICENCE, "title": "", "payrollType": 1,
            "locationID": 1,
        }));
        self.put("Resources", id, fields);
        self.state.api_resource = id;
    }

    fn own_company(&mut self) {
        let fields = object(json!({
            "companyName": "Northgate Managed IT", "companyType": 1, "isActive": true, "phone": "+1 555 0100 000",
            "ownerResourceID": FIRST_RESOURCE, "webAddress": "https://www.msp.at.example/", "city": "Albany",
        }));
        self.put("Companies", OWN_COMPANY, fields);
    }

    fn company(&mut self, n: usize) {
        let offset = i64::try_from(n).unwrap_or_default();
        let id = FIRST_COMPANY + offset;
        let drawn = self.seed.company(n);
        let rest = drawn.split_once(' ').map_or("", |(_, rest)| rest);
        let plain_name = format!("{} {rest}", FIRM.get(n % FIRM.len()).copied().unwrap_or_default());
        let domain = format!("{}.at.example", slug(&plain_name));
        let name = match n % 40 {
            3 => format!("{plain_name} 株式会社"),
            5 => format!("{plain_name} 🌲"),
            8 => format!("{plain_name} {}", "and Associates ".repeat(6).trim_end()),
            11 => format!("  {plain_name} "),
            _ => plain_name,
        };
        let web = match n % 5 {
            0 => format!("https://www.{domain}/welcome"),
            3 => String::new(),
            _ => domain.clone(),
        };
        let mut fields = object(json!({
            "companyName": name, "companyNumber": format!("A-{:04}", 1_000 + n), "isActive": n % 10 != 7,
            "companyType": match n % 9 { 4 => 3, 6 => 7, _ => 1 }, "phone": self.seed.phone(), "city": self.seed.town(),
            "ownerResourceID": FIRST_RESOURCE, "webAddress": web, "countryID": 237, "_domain": domain,
            "parentCompanyID": if n % 12 == 10 { json!(FIRST_COMPANY) } else { Value::Null },
            "isTaxExempt": false, "isClientPortalActive": n.is_multiple_of(2), "isTaskFireActive": false,
        }));
        if n.is_multiple_of(3) {
            fields.insert("userDefinedFields".to_owned(), json!([{"name": "Portal Tier", "value": "Gold"}]));
        }
        self.put("Companies", id, fields);
        // Rows from before the field was there have no tracked date.
        if n % 8 == 3
            && let Some(row) =
                schema::entity("Companies").and_then(|companies| self.state.table_mut(companies).get_mut(&id))
        {
            row.fields.insert("lastTrackedModifiedDateTime".to_owned(), Value::Null);
        }
    }

    fn groups(&mut self) {
        let groups = [(1, "Billing Contacts", true), (2, "Technical Contacts", true), (3, "Decision Makers", true)];
        for (id, name, active) in groups.into_iter().chain([(4, "Newsletter 2019", false)]) {
            self.put("ContactGroups", id, object(json!({"name": name, "isActive": active})));
        }
    }

    fn contacts(&mut self, count: usize, companies: usize) {
        let mut last_email = String::new();
        let mut membership = 1;
        for n in 0..count {
            let id = FIRST_CONTACT + i64::try_from(n).unwrap_or_default();
            let company = FIRST_COMPANY + i64::try_from(n % companies).unwrap_or_default();
            let fields = self.contact((n, companies), company, &mut last_email);
            self.put("Contacts", id, fields);
            let groups: &[i64] = match n % 10 {
                0 | 1 => &[1],
                2 => &[1, 3],
                3 => &[2, 4, 3],
                4 => &[4],
                5 | 6 => &[2],
                _ => &[],
            };
            for group in groups {
                let fields = object(json!({"contactID": id, "contactGroupID": group}));
                self.put("ContactGroupContacts", membership, fields);
                membership += 1;
            }
        }
        // Somebody at the MSP itself.
        let id = FIRST_CONTACT + i64::try_from(count).unwrap_or_default();
        let fields = object(json!({
            "companyID": OWN_COMPANY, "firstName": "Front", "lastName": "Desk", "isActive": 1, "primaryContact": true,
            "emailAddress": "frontdesk@msp.at.example",
        }));
        self.put("Contacts", id, fields);
    }

    fn contact(&mut self, (n, companies): (usize, usize), company: i64, last_email: &mut String) -> Map<String, Value> {
        let person = self.seed.person();
        let domain = schema::entity("Companies")
            .and_then(|entity| self.state.table(entity).get(&company))
            .map_or_else(|| "unknown.at.example".to_owned(), |row| row.text("_domain").to_owned());
        let own = format!("{}{n}@{domain}", person.mailbox());
        // Contacts go round the companies, so a round has one contact of each.
        let email = match (n % companies % 4, n / companies) {
            // Shared by people of one company, once with a capital.
            (1, 3) => format!("office@{domain}"),
            (1, 7) => format!("Office@{domain}"),
            // Shared across companies.
            (0 | 2, 5) => "ledger@shared-desk.at.example".to_owned(),
            _ if n % 40 == 21 && !last_email.is_empty() => last_email.clone(),
            _ if n % 17 == 6 => own.to_uppercase(),
            _ if n % 13 == 7 => String::new(),
            _ if n % 23 == 9 => own.replace('@', "+helpdesk@"),
            _ => own,
        };
        last_email.clone_from(&email);
        let (first, last) = match n % 100 {
            14 => (format!("{} 🚀", person.first), person.last),
            33 => ("محمد".to_owned(), "العربي".to_owned()),
            71 => (format!("  {}", person.first), format!("{}\u{200f} ", person.last)),
            _ => (person.first, person.last),
        };
        let mut fields = object(json!({
            "companyID": company, "firstName": first, "lastName": last, "isActive": i64::from(n % 14 != 12),
            // The first contact of a company is its primary one; some companies have none.
            "primaryContact": n < companies && n % 6 != 5, "emailAddress": email, "phone": self.seed.phone(),
            "mobilePhone": if n.is_multiple_of(3) { self.seed.phone() } else { String::new() },
            "title": if n.is_multiple_of(5) { "Office manager" } else { "" }, "receivesEmailNotifications": true,
            "solicitationOptOut": false, "surveyOptOut": false, "isOptedOutFromBulkEmail": false,
        }));
        if n % 26 == 7 {
            fields.insert("emailAddress".to_owned(), Value::Null);
        }
        fields
    }
}

/// The stamps that the entity has.
fn stamps(entity: &Entity, fields: &mut Map<String, Value>, created: Timestamp, changed: Timestamp) {
    let (created, changed) = (date(created), date(changed));
    let both: &[(&str, &str)] = match entity.name {
        "Companies" => &[("createDate", ""), ("", "lastActivityDate"), ("", "lastTrackedModifiedDateTime")],
        "Contacts" => &[("createDate", ""), ("", "lastModifiedDate"), ("", "lastActivityDate")],
        "Tickets" => &[("createDate", ""), ("", "lastActivityDate"), ("", "lastTrackedModificationDateTime")],
        "TicketNotes" => &[("createDateTime", ""), ("", "lastActivityDate")],
        _ => &[],
    };
    for (birth, change) in both {
        if !birth.is_empty() {
            fields.insert((*birth).to_owned(), created.clone().into());
        }
        if !change.is_empty() {
            fields.insert((*change).to_owned(), changed.clone().into());
        }
    }
    for field in entity.fields.iter().filter(|field| field.kind == schema::Kind::Picklist && field.required) {
        if let Some(value) = picklists::default_of(entity, field.name) {
            fields.entry(field.name).or_insert_with(|| value.into());
        }
    }
}
