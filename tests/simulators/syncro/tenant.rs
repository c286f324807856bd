//! The seeded account: ordinary records, and among them every oddity that a connector must live with.
//!
//! All change stamps are more than an hour older than the start, so that an incremental read with any sensible overlap
//! finds nothing at first. Companies are named after rivers, and every address ends in `.sy.example`: no other simulator
//! has any of them.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::state::{State, assign};
use super::wire::object;
use super::{comments, contacts, customers, settings, tickets, users};
use crate::Setup;
use crate::records::Record;
use crate::seed::{Seed, slug};

/// A year and a bit.
const OLDEST_HOURS: u32 = 9_000;
const NEWEST_HOURS: u32 = 2;

/// Every account starts with a customer for people who walk in.
const WALK_IN: i64 = 20_000;
const FIRST_CONTACT: i64 = 50_001;
const FIRST_USER: i64 = 101;
const FIRST_TICKET: i64 = 108_000_001;
const FIRST_NUMBER: i64 = 5_001;
const FIRST_COMMENT: i64 = 700_001;

const RIVERS: &[&str] = &[
    "Adige", "Brda", "Clyde", "Drava", "Ebro", "Foyle", "Garonne", "Havel", "Iskar", "Jizera", "Kura", "Loire",
    "Meuse", "Neckar", "Oder", "Prut", "Queis", "Rhône", "Sava", "Tagus", "Una", "Vistula", "Weser", "Yonne", "Zbruch",
];
const TRADES: &[&str] =
    &["Veterinary", "Roofing", "Architects", "Pharmacy", "Printing", "Vineyards", "Cycles", "Foundry"];

struct Account {
    seed: Seed,
    now: Timestamp,
    state: State,
}

pub(super) fn seed(setup: &Setup) -> State {
    let seed = Seed::new(setup.seed ^ 0x5379_6e63_726f);
    let mut account = Account { seed, now: (setup.clock)(), state: State::default() };
    let companies = (setup.scale / 20).max(2);
    account.users(setup.scale);
    account.walk_in();
    for n in 0..companies {
        account.company(n);
    }
    account.contacts(setup.scale, companies);
    account.tickets((setup.scale / 10).max(4));
    account.state
}

impl Account {
    fn record(&mut self, mut fields: Map<String, Value>, own: Value) -> Record {
        fields.extend(object(own));
        let changed = self.seed.before(self.now, OLDEST_HOURS, NEWEST_HOURS);
        let created = self.seed.before(changed, OLDEST_HOURS, 0);
        Record::new(created, changed, fields)
    }

    fn users(&mut self, scale: usize) {
        let count = i64::try_from(6 + scale / 400).unwrap_or(6);
        for n in 0..count {
            let id = FIRST_USER + n;
            let person = self.seed.person();
            let email = format!("{}{n}@techs.sy.example", person.mailbox());
            let own = json!({"full_name": person.full(), "email": email, "admin": n == 0, "_suspended": n % 6 == 4,
                "group": if n == 0 { "Admins" } else { "Technicians" }});
            let row = self.record(users::defaults(id), own);
            self.state.users.rows.insert(id, row);
        }
        self.state.owner = FIRST_USER;
    }

    fn walk_in(&mut self) {
        let own = json!({"firstname": "Walkin", "lastname": "Customer", "email": "walkin@front-desk.sy.example",
            "phone": "123", "no_email": true});
        let row = self.record(customers::defaults(WALK_IN), own);
        self.state.customers.rows.insert(WALK_IN, row);
    }

    fn company(&mut self, n: usize) {
        let id = WALK_IN + 1 + i64::try_from(n).unwrap_or_default();
        let river = RIVERS.get(n % RIVERS.len()).copied().unwrap_or_default();
        let round = n / RIVERS.len();
        let trade = self.seed.pick(TRADES).unwrap_or_default();
        let plain = if round == 0 { format!("{river} {trade}") } else { format!("{river} {trade} {}", round + 1) };
        let domain = format!("{}.sy.example", slug(&plain));
        let person = self.seed.person();
        let name = match n % 40 {
            3 => format!("{plain} שירותים"),
            5 => format!("{plain} 🌊"),
            9 => format!("{plain} {}", "and Daughters ".repeat(18).trim_end()),
            _ => plain,
        };
        // Some customers are a person.
        let business = if n % 8 == 6 { Value::Null } else { name.into() };
        let first = if n % 8 == 6 { format!("{} {river}", person.first) } else { person.first.clone() };
        let own = json!({
            "business_name": business, "firstname": first, "lastname": format!("{}-{}", person.last, n + 1),
            "email": if n % 9 == 8 { Value::Null } else { format!("{}{n}@{domain}", person.mailbox()).into() },
            "phone": digits(&self.seed.phone()), "mobile": if n.is_multiple_of(3) { digits(&self.seed.phone()) } else { Value::Null },
            "city": if n % 4 == 3 { Value::Null } else { self.seed.town().into() }, "disabled": n % 10 == 7,
            "properties": {"Service Level": if n.is_multiple_of(2) { "Gold" } else { "" }}, "_domain": domain,
        });
        let row = self.record(customers::defaults(id), own);
        self.state.customers.rows.insert(id, row);
    }

    fn contacts(&mut self, count: usize, companies: usize) {
        let mut last_email = Value::Null;
        for n in 0..count {
            let id = FIRST_CONTACT + i64::try_from(n).unwrap_or_default();
            let company = WALK_IN + 1 + i64::try_from(n % companies).unwrap_or_default();
            let own = self.contact((n, n / companies), company, &last_email);
            last_email = own["email"].clone();
            let mut row = self.record(contacts::defaults(id), own);
            if n % 30 == 17 {
                // Somebody at a supplier is no customer's contact.
                assign(&mut row, object(json!({"customer_id": null, "vendor_id": 7})));
            }
            self.state.contacts.rows.insert(id, row);
        }
    }

    fn contact(&mut self, (n, round): (usize, usize), company: i64, last_email: &Value) -> Value {
        let customer = self.state.customers.rows.get(&company).cloned();
        let of = |field: &str| customer.as_ref().map(|customer| customer.text(field).to_owned()).unwrap_or_default();
        let (domain, main) = (of("_domain"), of("email"));
        let person = self.seed.person();
        let own = format!("{}{n}@{domain}", person.mailbox());
        let mut name = match n % 50 {
            14 => format!("{} 🚀", person.full()),
            23 => "Cher".to_owned(),
            33 => "محمد العربي".to_owned(),
            41 => format!("  {}  ", person.full()),
            _ => person.full(),
        };
        let email = match (n % 4, round) {
            // The customer's own person, mostly among the contacts, too; the address in another case at times.
            (at, 0) if !main.is_empty() && at != 3 => {
                name = format!("{} {}", of("firstname"), of("lastname"));
                Value::from(if at == 1 { main.to_uppercase() } else { main })
            }
            // Shared by people of one company, once with a capital.
            (1, 3) => format!("Front-Desk@{domain}").into(),
            (1, 7) => format!("front-desk@{domain}").into(),
            // Shared across companies.
            (0 | 2, 5) => "ledger@many-firms.sy.example".into(),
            _ if n % 40 == 21 && !last_email.is_null() => last_email.clone(),
            _ if n % 13 == 7 => Value::Null,
            _ if n % 26 == 11 => "".into(),
            _ if n % 23 == 9 => own.replace('@', "+it@").into(),
            _ => own.into(),
        };
        json!({
            "name": name, "email": email, "customer_id": company, "phone": self.seed.phone(),
            "mobile": if n.is_multiple_of(3) { Value::from(self.seed.phone()) } else { Value::Null },
            "properties": if n.is_multiple_of(5) { json!({"title": "Office Manager"}) } else { json!({}) },
            "opt_out": n % 21 == 5, "extension": if n % 12 == 4 { json!("204") } else { Value::Null },
        })
    }

    fn tickets(&mut self, count: usize) {
        let people: Vec<(i64, i64)> = self
            .state
            .contacts
            .live()
            .filter_map(|contact| Some((contact.int("id")?, contact.int("customer_id")?)))
            .collect();
        for n in 0..count {
            let person = self.seed.pick(&people);
            self.ticket(n, person);
        }
    }

    fn ticket(&mut self, n: usize, person: Option<(i64, i64)>) {
        let offset = i64::try_from(n).unwrap_or_default();
        let (id, problem) = (FIRST_TICKET + offset, self.seed.problem());
        let (contact, customer) = person.map_or((None, WALK_IN), |(contact, customer)| (Some(contact), customer));
        let priorities = [Some("2 Normal"), Some("1 High"), None, Some("High"), Some("3 Low"), Some("0 Urgent")];
        let own = json!({
            "subject": if n % 20 == 13 { format!("{problem} {}", "again and ".repeat(30)) } else { problem.to_owned() },
            "customer_id": customer, "contact_id": contact.filter(|_| n % 5 != 4),
            "status": settings::STATUSES.get(n % settings::STATUSES.len()), "priority": priorities[n % 6],
            "problem_type": settings::PROBLEM_TYPES.get(n % settings::PROBLEM_TYPES.len()),
            "ticket_type_id": if n % 4 == 1 { Value::Null } else { (1 + offset % 2).into() },
            "user_id": if n.is_multiple_of(3) { Value::Null } else { (FIRST_USER + offset % 4).into() },
            "tag_list": if n % 7 == 2 { json!(["vip"]) } else { json!([]) },
        });
        let mut row = self.record(tickets::defaults(id, FIRST_NUMBER + offset), own);
        if matches!(row.text("status"), "Resolved" | "Invoiced") {
            let resolved = row.changed.to_string();
            assign(&mut row, object(json!({"_resolved": resolved})));
        }
        self.comments(n, id, &row, problem);
        self.state.tickets.rows.insert(id, row);
    }

    /// A ticket's comments in time order, none later than the ticket's own stamp. The first is the description; one ticket
    /// has hundreds, and some have none.
    fn comments(&mut self, n: usize, ticket: i64, row: &Record, problem: &str) {
        let count = match n % 15 {
            2 => 140,
            11 => 0,
            _ => 1 + self.seed.below(6),
        };
        let step = row.changed.duration_since(row.created).checked_div(i32::try_from(count + 1).unwrap_or(1));
        let mut at = row.created;
        for k in 0..count {
            at = step.and_then(|step| at.checked_add(step).ok()).unwrap_or(at);
            let id = self.state.comments.next_id().max(FIRST_COMMENT);
            let user = FIRST_USER + i64::from(k) % 4;
            // Hidden at the start where a technician opened it for themselves.
            let (subject, hidden) = if k == 0 { ("Initial Issue", n % 9 == 8) } else { ("Update", k % 3 == 1) };
            let by_customer = (k == 0 && !hidden) || k % 4 == 3;
            let who = self.state.name_of_user(user).to_owned();
            let mut fields = comments::defaults(id, ticket);
            fields.extend(object(json!({
                "subject": subject, "hidden": hidden && !by_customer,
                "body": if k == 0 { format!("{problem} 😕\r\nSince Monday.") } else { format!("Note {k} of the ticket\r\n\r\nMore.") },
                "user_id": if by_customer { Value::Null } else { user.into() },
                "tech": if by_customer { "customer-reply".into() } else { Value::from(who) },
            })));
            if k % 5 == 2 || (k == 0 && n % 6 == 3) {
                let html = format!("<p>{} &amp; more</p>", text_of(&fields));
                fields.insert("_html".to_owned(), html.into());
            }
            self.state.comments.rows.insert(id, Record::new(at, at, fields));
        }
    }
}

fn text_of(fields: &Map<String, Value>) -> &str {
    fields.get("body").and_then(Value::as_str).unwrap_or_default()
}

/// As Syncro keeps a number.
fn digits(phone: &str) -> Value {
    phone.chars().filter(char::is_ascii_digit).collect::<String>().into()
}
