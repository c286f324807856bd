//! The seeded tenant: ordinary records, and among them every oddity that a connector must live with.
//!
//! All change stamps are more than an hour older than the start, so that an incremental read with any sensible overlap
//! finds nothing at first.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::reference::Reference;
use super::state::{State, UNASSIGNED};
use super::webhooks::Outbox;
use super::wire::{NO_DATE, object};
use super::{agents, clients, sites, users};
use crate::Setup;
use crate::records::{Record, Table};
use crate::seed::{Seed, slug};

/// A year and a bit.
const OLDEST_HOURS: u32 = 9_000;
const NEWEST_HOURS: u32 = 2;

const FIRST_CLIENT: i64 = 12;
const FIRST_SITE: i64 = 18;
pub(super) const FIRST_USER: i64 = 38;
pub(super) const FIRST_AGENT: i64 = 3;

pub(super) struct Tenant {
    pub(super) seed: Seed,
    now: Timestamp,
    pub(super) state: State,
}

pub(super) fn seed(setup: &Setup) -> State {
    let state = State {
        clients: Table::default(),
        sites: Table::default(),
        users: Table::default(),
        agents: Table::default(),
        tickets: Table::default(),
        actions: Table::default(),
        reference: Reference::new(),
        api_agent: UNASSIGNED,
        licences: 0,
        webhooks: Outbox::default(),
    };
    let mut tenant = Tenant { seed: Seed::new(setup.seed), now: (setup.clock)(), state };
    let companies = (setup.scale / 20).max(2);
    tenant.unknown();
    tenant.agents(setup.scale);
    for n in 0..companies {
        tenant.company(n);
    }
    tenant.contacts(setup.scale, companies);
    tenant.tickets((setup.scale / 10).max(4));
    tenant.state
}

/// A customer as other vendors of the same MSP know it.
pub(crate) struct Customer {
    pub(crate) name: String,
    /// Its own domain.
    pub(crate) domain: String,
    pub(crate) active: bool,
}

/// The customers of the account that this set-up seeds, without the one that every Halo has.
pub(crate) fn customers(setup: &Setup) -> Vec<Customer> {
    let customers = seed(setup).clients.rows.into_iter().filter(|(id, _)| *id >= FIRST_CLIENT);
    let domain = |address: &str| address.split_once('@').map(|(_, domain)| domain.to_owned()).unwrap_or_default();
    let customer = |row: Record| Customer {
        name: row.text("name").to_owned(),
        domain: domain(row.text("accountsemailaddress")),
        active: !row.flag("inactive"),
    };
    customers.map(|(_, row)| customer(row)).collect()
}

impl Tenant {
    pub(super) fn put(&mut self, fields: Map<String, Value>) -> Record {
        let changed = self.seed.before(self.now, OLDEST_HOURS, NEWEST_HOURS);
        let created = self.seed.before(changed, OLDEST_HOURS, 0);
        Record::new(created, changed, fields)
    }

    /// The company, site and user that every instance has.
    fn unknown(&mut self) {
        let mut fields = clients::defaults(clients::INTERNAL);
        fields.extend(object(json!({"name": "Unknown", "main_site_id": 1})));
        let client = self.put(fields);
        self.state.clients.rows.insert(clients::INTERNAL, client);
        self.site(1, clients::INTERNAL, "Unknown");
        let user = self.put(users::general(1, 1));
        self.state.users.rows.insert(1, user);
    }

    fn site(&mut self, id: i64, client: i64, name: &str) {
        let mut fields = sites::defaults(id);
        fields.extend(object(json!({"name": name, "client_id": client, "phonenumber": self.seed.phone()})));
        let site = self.put(fields);
        self.state.sites.rows.insert(id, site);
    }

    fn agents(&mut self, scale: usize) {
        let mut fields = agents::defaults(UNASSIGNED);
        fields.extend(object(json!({"name": "Unassigned", "firstname": "Unassigned", "surname": ""})));
        let unassigned = self.put(fields);
        self.state.agents.rows.insert(UNASSIGNED, unassigned);
        let count = i64::try_from(6 + scale / 400).unwrap_or(6);
        for n in 0..count {
            let id = FIRST_AGENT + n;
            let person = self.seed.person();
            let team = if n % 3 == 2 { "Projects" } else { "1st Line Support" };
            let mut fields = agents::defaults(id);
            fields.extend(object(json!({
                "name": person.full(), "firstname": person.first, "surname": person.last, "jobtitle": "",
                "email": format!("{}{n}@msp.example", person.mailbox()), "team": team,
                "teams": self.state.reference.agent_team(id, team), "isdisabled": n % 6 == 5, "is_admin": n == 0,
                "departments": [{"department_id": 17, "department_name": "Service Desk"}],
                "roles": [{"id": "8f3b2b7a-4a56-4f0e-9a53-5a3d6a1f0001", "name": "Technician"}],
            })));
            if n == 3 {
                // An agent without address.
                fields.insert("email".to_owned(), "".into());
            }
            let agent = self.put(fields);
            self.state.agents.rows.insert(id, agent);
        }
        let id = FIRST_AGENT + count;
        let mut fields = agents::defaults(id);
        fields
            .extend(object(json!({"name": "Portal API", "firstname": "Portal", "surname": "API", "isapiagent": true,
            "is_agent": false, "email": "portal-api@msp.example"})));
        let api = self.put(fields);
        self.state.agents.rows.insert(id, api);
        self.state.api_agent = id;
        self.state.licences = self.state.agents.rows.len() + 10;
    }

    fn company(&mut self, n: usize) {
        let offset = i64::try_from(n).unwrap_or_default();
        let (id, site) = (FIRST_CLIENT + offset, FIRST_SITE + 2 * offset);
        let plain_name = self.seed.company(n);
        let domain = format!("{}.example", slug(&plain_name));
        let name = match n % 40 {
            3 => format!("{plain_name} شركة"),
            5 => format!("{plain_name} 🏔️"),
            8 => format!("{plain_name} {}", "and Associates ".repeat(18).trim_end()),
            _ => plain_name,
        };
        let mut fields = clients::defaults(id);
        fields.extend(object(json!({
            "name": name, "toplevel_id": 1 + offset % 2, "inactive": n % 10 == 7, "main_site_id": site,
            "website": if n % 4 == 3 { String::new() } else { domain.clone() }, "ref": format!("C{id:05}"),
            "accountsemailaddress": format!("accounts@{domain}"), "is_vip": n % 9 == 4, "stopped": i64::from(n % 10 == 9),
            "customertype": offset % 3,
        })));
        let client = self.put(fields);
        self.state.clients.rows.insert(id, client);
        let town = self.seed.town();
        self.site(site, id, "Main");
        if n.is_multiple_of(2) {
            self.site(site + 1, id, town);
            if n % 4 == 2
                && let Some(second) = self.state.sites.rows.get_mut(&(site + 1))
            {
                second.fields.insert("inactive".to_owned(), true.into());
            }
        }
    }

    fn contacts(&mut self, count: usize, companies: usize) {
        let mut id = FIRST_USER;
        let places: Vec<i64> = self.state.sites.rows.keys().copied().filter(|site| *site >= FIRST_SITE).collect();
        for site in places {
            let general = self.put(users::general(id, site));
            self.state.users.rows.insert(id, general);
            id += 1;
        }
        let mut last_email = String::new();
        let mut tied = self.seed.before(self.now, 2_000, 1_000);
        for n in 0..count {
            let company = i64::try_from(n % companies).unwrap_or_default();
            let main = FIRST_SITE + 2 * company;
            let second = self.state.sites.rows.contains_key(&(main + 1)) && (n / companies) % 5 == 4;
            let site = if second { main + 1 } else { main };
            let fields = self.contact(id, (n, companies), site, &mut last_email);
            let mut user = self.put(fields);
            // Runs of equal stamps across the border of a page.
            if n % 200 == 90 {
                tied = user.changed;
            }
            if (90..110).contains(&(n % 200)) {
                user.changed = tied;
            }
            self.state.users.rows.insert(id, user);
            // The first contact of a company is its main one; some companies have none.
            if n < companies
                && n % 6 != 5
                && let Some(site) = self.state.sites.rows.get_mut(&main)
            {
                site.fields.insert("maincontact_id".to_owned(), id.into());
            }
            id += 1;
        }
    }

    fn contact(
        &mut self,
        id: i64,
        (n, companies): (usize, usize),
        site: i64,
        last_email: &mut String,
    ) -> Map<String, Value> {
        let person = self.seed.person();
        let client = self.state.client_of_site(Some(site)).and_then(|client| self.state.clients.rows.get(&client));
        let domain = client.map(|client| client.text("accountsemailaddress").replace("accounts@", ""));
        let domain = domain.unwrap_or_else(|| "unknown.example".to_owned());
        let own = format!("{}{n}@{domain}", person.mailbox());
        // Contacts go round the companies, so a round has one contact of each.
        let email = match (n % companies % 4, n / companies) {
            // Shared by people of one company, once with a capital.
            (1, 3) => format!("reception@{domain}"),
            (1, 7) => format!("Reception@{domain}"),
            // Shared across companies.
            (0 | 2, 5) => "bookkeeping@shared-office.example".to_owned(),
            _ if n % 40 == 21 && !last_email.is_empty() => last_email.clone(),
            _ if n % 17 == 6 => own.to_uppercase(),
            _ if n % 13 == 7 => String::new(),
            _ if n % 23 == 9 => own.replace('@', "+helpdesk@"),
            _ => own,
        };
        last_email.clone_from(&email);
        let name = match n % 100 {
            14 => format!("{} 🚀", person.full()),
            33 => "محمد العربي".to_owned(),
            52 => format!("{} {}", person.full(), "de la Torre y Ramírez ".repeat(13).trim_end()),
            71 => format!("  {}\u{200f} ", person.full()),
            _ => person.full(),
        };
        let roles: &[i64] = match n % 10 {
            0 | 1 => &[2],
            2 => &[2, 3],
            3 => &[1, 4, 3],
            4 => &[],
            9 => &[5],
            _ => &[1],
        };
        let mut fields = users::defaults(id);
        fields.extend(object(json!({
            "name": name, "firstname": person.first, "surname": person.last, "emailaddress": email, "site_id": site,
            "initials": initials(&person.first, &person.last), "phonenumber": self.seed.phone(), "role_ids": roles,
            "inactive": n % 14 == 12, "isimportantcontact": n % 15 == 4, "isserviceaccount": n % 60 == 44,
            "neversendemails": n % 21 == 5, "title": if n.is_multiple_of(5) { "Office Manager" } else { "" },
            "lastlogindate": NO_DATE[n % 3], "web_access_level": i64::from(n % 10 != 9),
        })));
        if n % 26 == 7 {
            // Halo leaves out what is null.
            fields.remove("emailaddress");
        }
        if n.is_multiple_of(3) {
            fields.insert("mobilenumber".to_owned(), self.seed.phone().into());
        }
        if n % 70 == 25 {
            fields.insert("linked_agent_id".to_owned(), FIRST_AGENT.into());
        }
        fields
    }
}

fn initials(first: &str, last: &str) -> String {
    first.chars().take(1).chain(last.chars().take(1)).collect()
}
