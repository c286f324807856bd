//! The account's data.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::events::Event;
use super::keys::Kept;
use super::sender::Sender;
use crate::records::{Record, Table};

#[derive(Default)]
pub(super) struct State {
    pub(super) customers: Table<String>,
    pub(super) products: Table<String>,
    pub(super) prices: Table<String>,
    /// With all of their items in `_items`.
    pub(super) subscriptions: Table<String>,
    pub(super) invoices: Table<String>,
    pub(super) charges: Table<String>,
    pub(super) refunds: Table<String>,
    pub(super) checkout_sessions: Table<String>,
    /// With their secret in `_secret`, and while it is rolled the one before in `_former_secret`.
    pub(super) webhook_endpoints: Table<String>,
    /// Oldest first.
    pub(super) events: Vec<Event>,
    pub(super) sender: Sender,
    pub(super) kept: Kept,
    numbers: u64,
}

impl State {
    pub(super) fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// An id of this kind.
    pub(super) fn id(&mut self, prefix: &str) -> String {
        format!("{prefix}_Sim{:010}", self.number())
    }

    pub(super) fn table(&self, list: &str) -> Option<&Table<String>> {
        Some(match list {
            "customers" => &self.customers,
            "products" => &self.products,
            "prices" => &self.prices,
            "subscriptions" => &self.subscriptions,
            "invoices" => &self.invoices,
            "charges" => &self.charges,
            "refunds" => &self.refunds,
            "checkout_sessions" => &self.checkout_sessions,
            "webhook_endpoints" => &self.webhook_endpoints,
            _ => return None,
        })
    }

    pub(super) fn table_mut(&mut self, list: &str) -> Option<&mut Table<String>> {
        Some(match list {
            "customers" => &mut self.customers,
            "products" => &mut self.products,
            "prices" => &mut self.prices,
            "subscriptions" => &mut self.subscriptions,
            "invoices" => &mut self.invoices,
            "charges" => &mut self.charges,
            "refunds" => &mut self.refunds,
            "checkout_sessions" => &mut self.checkout_sessions,
            "webhook_endpoints" => &mut self.webhook_endpoints,
            _ => return None,
        })
    }

    /// Keeps a new object.
    pub(super) fn insert(&mut self, list: &str, at: Timestamp, fields: Map<String, Value>) -> String {
        let id = fields.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        if let Some(table) = self.table_mut(list) {
            table.rows.insert(id.clone(), Record::new(at, at, fields));
        }
        id
    }

    /// An object as Stripe shows it.
    pub(super) fn shown(&self, list: &str, id: &str) -> Option<Value> {
        let record = self.table(list)?.rows.get(id)?;
        Some(super::objects::shown(list, record))
    }
}

/// Whole seconds, as everywhere at Stripe.
pub(super) fn seconds(at: Timestamp) -> i64 {
    at.as_second()
}
