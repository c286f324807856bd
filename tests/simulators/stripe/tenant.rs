//! The seeded account: an MSP that bills its customers, and among them every oddity that a connector must live with.
//!
//! All is older than an hour at the start, so that an incremental read with any sensible overlap finds nothing at first.
//! Most customers are those of the same MSP's Halo, which has their names and domains; every fifth is nobody's but Stripe's,
//! named after a mountain with an address in `.st.example`, and some are billed as two customers of one name.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::object;
use super::objects;
use super::state::{State, seconds};
use crate::Setup;
use crate::seed::{Seed, slug};

const MOUNTAINS: &[&str] = &[
    "Aneto",
    "Brocken",
    "Cervino",
    "Dachstein",
    "Eiger",
    "Fitzroy",
    "Glyder",
    "Hekla",
    "Illimani",
    "Jannu",
    "Kailash",
    "Lhotse",
    "Makalu",
    "Nuptse",
    "Olympus",
    "Pelmo",
    "Quilotoa",
    "Rigi",
    "Säntis",
    "Triglav",
    "Ushba",
    "Viso",
    "Watzmann",
    "Yerupajá",
    "Zugspitze",
];
const TRADES: &[&str] =
    &["Logistics", "Dental Care", "Solicitors", "Brewery", "Opticians", "Textiles", "Surveyors", "Bakery"];
/// Name and price for one in US cents; the last is in tiers.
const PLANS: &[(&str, Option<i64>)] = &[
    ("Managed seat", Some(4_500)),
    ("Server care", Some(19_900)),
    ("Backup", Some(1_250)),
    ("Voice", Some(2_000)),
    ("Security awareness", Some(600)),
    ("Storage", None),
];
/// With digits behind the point: two, none, three, two.
const CURRENCIES: &[&str] = &["usd", "jpy", "kwd", "eur"];
const MONTH: i64 = 2_592_000;
/// Further back than this nothing is dated: the journal keeps thirty days, and none of this stands in it.
const OLDEST_HOURS: u32 = 9_000;

struct Tenant {
    seed: Seed,
    now: Timestamp,
    state: State,
    customers: Vec<(String, &'static str)>,
    /// Customers of the MSP's PSA.
    known: Vec<crate::halo_psa::Customer>,
}

pub(super) fn seed(setup: &Setup) -> State {
    let seed = Seed::new(setup.seed ^ 0x0000_7374_7269_7065);
    let known = crate::halo_psa::customers(setup);
    let mut tenant = Tenant { seed, now: (setup.clock)(), state: State::default(), customers: Vec::new(), known };
    let customers = (setup.scale / 20).max(6);
    tenant.catalogue();
    for n in 0..customers {
        tenant.customer(n);
    }
    for n in 0..customers * 3 / 2 {
        tenant.subscription(n);
    }
    for n in 0..(setup.scale * 3 / 4).max(12) {
        tenant.invoice(n);
    }
    tenant.state
}

impl Tenant {
    fn before(&mut self, newest_hours: u32) -> Timestamp {
        let at = self.seed.before(self.now, OLDEST_HOURS, newest_hours);
        Timestamp::from_second(at.as_second()).unwrap_or(at)
    }

    /// Each plan has a price in each currency. Yen cost a hundred times as many, and dinars are counted in thousandths.
    fn catalogue(&mut self) {
        let at = self.now.checked_sub(SignedDuration::from_hours(i64::from(OLDEST_HOURS))).unwrap_or(self.now);
        for (n, (name, amount)) in PLANS.iter().enumerate() {
            let id = self.state.id("prod");
            self.state.insert("products", at, objects::product(&id, name, seconds(at)));
            for currency in CURRENCIES {
                let price = self.state.id("price");
                let mut fields = objects::price(&price, &id, currency, *amount, seconds(at));
                if n == 3 {
                    fields.insert(
                        "recurring".to_owned(),
                        json!({"interval": "year", "interval_count": 1, "meter": null,
                        "trial_period_days": null, "usage_type": "licensed"}),
                    );
                }
                if amount.is_none() {
                    fields.insert("nickname".to_owned(), "Storage by the gigabyte".into());
                    fields.insert(
                        "recurring".to_owned(),
                        json!({"interval": "month", "interval_count": 1,
                        "meter": "mtr_Sim1", "trial_period_days": null, "usage_type": "metered"}),
                    );
                }
                self.state.insert("prices", at, fields);
            }
        }
    }

    /// Name, domain, and whether it is an active customer of the PSA: one whom the PSA knows, too, or somebody else.
    fn who(&mut self, n: usize) -> (String, String, bool) {
        let trade = self.seed.pick(TRADES).unwrap_or_default();
        if n % 5 != 4 {
            let place = n - n / 5 - usize::from(n % 6 == 5);
            if let Some(customer) = self.known.get(place) {
                return (customer.name.clone(), customer.domain.clone(), customer.active);
            }
        }
        let mountain = MOUNTAINS.get(n % MOUNTAINS.len()).copied().unwrap_or_default();
        let round = n / MOUNTAINS.len();
        let name = if round == 0 { format!("{mountain} {trade}") } else { format!("{mountain} {trade} {}", round + 1) };
        let domain = format!("{}.st.example", slug(&name));
        (name, domain, false)
    }

    fn customer(&mut self, n: usize) {
        let (name, domain, active) = self.who(n);
        let person = self.seed.person();
        let at = self.before(3);
        let id = self.state.id("cus");
        let mut fields = objects::customer(&id, seconds(at));
        let email = if n % 7 == 5 { format!("{}@gmail.com", person.mailbox()) } else { format!("billing@{domain}") };
        fields.extend(object(json!({
            // Some have only an address for invoices, some only a business name.
            "name": if n % 8 == 6 || domain.ends_with(".st.example") && n.is_multiple_of(4) { Value::Null } else { name.clone().into() },
            "_active_customer": active,
            "email": if n % 9 == 8 { Value::Null } else { email.into() },
            "phone": if n.is_multiple_of(2) { self.seed.phone().into() } else { Value::Null },
            "address": if n.is_multiple_of(3) { json!({"city": self.seed.town(), "country": "US", "line1": null, "line2": null,
                "postal_code": null, "state": null}) } else { Value::Null },
            "delinquent": n % 10 == 9, "metadata": if n == 0 { json!({"vip": "yes"}) } else { json!({}) },
        })));
        if n % 8 == 6 {
            fields.insert("business_name".to_owned(), name.into());
        }
        let currency = CURRENCIES.get(if n % 6 < 3 { 0 } else { n % 6 - 2 }).copied().unwrap_or("usd");
        self.state.insert("customers", at, fields);
        // A customer that was deleted is still answered when it is asked for by id.
        if n % 20 == 17 {
            if let Some(customer) = self.state.customers.get_mut(&id) {
                customer.deleted = true;
            }
            return;
        }
        self.customers.push((id, currency));
    }

    fn price_of(&self, plan: usize, currency: &str) -> Value {
        let of = |price: &&crate::records::Record| price.text("currency") == currency;
        let prices: Vec<_> = self.state.prices.live().filter(of).collect();
        prices.get(plan % prices.len().max(1)).map(|price| objects::shown("prices", price)).unwrap_or_default()
    }

    fn subscription(&mut self, n: usize) {
        let Some((customer, currency)) = self.customers.get(n % self.customers.len().max(1)).cloned() else { return };
        let began = self.before(48);
        let id = self.state.id("sub");
        let mut fields = objects::subscription(&id, &customer, currency, seconds(began));
        let now = seconds(self.now);
        let start = now - (now - seconds(began)) % MONTH;
        let plans = match n % 12 {
            10 => 12,
            3 => 2,
            _ => 1,
        };
        let mut items = Vec::new();
        for k in 0..plans {
            let price = self.price_of(n + k, currency);
            let metered = price["recurring"]["usage_type"] == "metered";
            let item = self.state.id("si");
            let end = if price["recurring"]["interval"] == "year" { start + 12 * MONTH } else { start + MONTH };
            let quantity = u64::from(1 + self.seed.below(60));
            items.push(objects::item(&item, &id, &price, (!metered).then_some(quantity), (start, end)));
        }
        let status = match n % 9 {
            1 => "trialing",
            2 => "past_due",
            4 => "canceled",
            6 => "paused",
            _ => "active",
        };
        fields.extend(object(json!({
            "status": status, "_items": items,
            "trial_start": if status == "trialing" { json!(seconds(began)) } else { Value::Null },
            "trial_end": if status == "trialing" { json!(now + 604_800) } else { Value::Null },
            "cancel_at_period_end": n % 9 == 5, "cancel_at": if n % 9 == 5 { json!(start + MONTH) } else { Value::Null },
            "ended_at": if status == "canceled" { json!(now - 86_400) } else { Value::Null },
            "canceled_at": if status == "canceled" { json!(now - 86_400) } else { Value::Null },
            "collection_method": if n.is_multiple_of(2) { "charge_automatically" } else { "send_invoice" },
            "days_until_due": if n.is_multiple_of(2) { Value::Null } else { json!(30) },
        })));
        self.state.insert("subscriptions", began, fields);
    }

    /// An invoice with its lines and, where it was paid by card, its charge.
    fn invoice(&mut self, n: usize) {
        let Some((customer, currency)) = self.customers.get(n % self.customers.len().max(1)).cloned() else { return };
        let at = self.before(3);
        let (id, created) = (self.state.id("in"), seconds(at));
        let amount = i64::from(500 + self.seed.below(90_000));
        // Stripe takes three-decimal amounts in tens only.
        let total = if currency == "kwd" { amount * 10 } else { amount };
        let status = match n % 8 {
            0 => "open",
            3 => "draft",
            5 if n % 16 == 5 => "void",
            6 if n % 16 == 6 => "uncollectible",
            _ => "paid",
        };
        let mut fields = objects::invoice(&id, &customer, currency, total, created);
        let line_id = self.state.id("il");
        let lines = [objects::line(&line_id, &id, currency, total, "25 × Managed seat", (created - MONTH, created))];
        let of = |row: &&crate::records::Record| row.text("customer") == customer;
        let subscription = self.state.subscriptions.live().find(of).map(|row| row.text("id").to_owned());
        let (paid, final_) = (status == "paid", status != "draft");
        fields.extend(object(json!({
            "status": status, "_lines": lines, "number": if final_ { json!(format!("NMSP-{:06}", n + 1)) } else { Value::Null },
            "amount_paid": if paid { total } else { 0 }, "amount_remaining": if paid { 0 } else { total },
            "due_date": if n.is_multiple_of(2) { json!(created + MONTH) } else { Value::Null },
            "status_transitions": {"finalized_at": if final_ { json!(created) } else { Value::Null },
                "marked_uncollectible_at": null, "paid_at": if paid { json!(created + 3_600) } else { Value::Null },
                "voided_at": null},
            "hosted_invoice_url": if final_ { json!(format!("https://invoice.stripe.com/i/acct_1SimMsp/test_{id}?s=ap")) } else { Value::Null },
            "invoice_pdf": if final_ { json!(format!("https://pay.stripe.com/invoice/acct_1SimMsp/test_{id}/pdf?s=ap")) } else { Value::Null },
        })));
        if let Some(subscription) = subscription {
            fields.insert(
                "parent".to_owned(),
                json!({"quote_details": null, "type": "subscription_details",
                "subscription_details": {"metadata": {}, "subscription": subscription}}),
            );
        }
        self.state.insert("invoices", at, fields);
        if n % 8 == 3 || n % 8 == 5 {
            return;
        }
        let charge = self.state.id("ch");
        let mut fields = objects::charge(&charge, &customer, currency, total, created + 3_600);
        let failed = !paid;
        fields.extend(object(json!({
            "description": if n % 5 == 4 { Value::Null } else { json!(format!("Payment for invoice NMSP-{:06}", n + 1)) },
            "status": if failed { "failed" } else { "succeeded" }, "paid": paid,
            "failure_code": if failed { json!("card_declined") } else { Value::Null },
            "failure_message": if failed { json!("Your card was declined.") } else { Value::Null },
            "receipt_url": if failed { Value::Null } else { json!(format!("https://pay.stripe.com/receipts/payment/{charge}")) },
            "amount_refunded": if n % 10 == 2 { total / 4 } else { 0 },
        })));
        self.state.insert("charges", at, fields);
    }
}
