//! The account's data, and the places where a change of one record touches another.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::notifications::Notifications;
use super::wire::Reject;
use crate::knobs::Knobs;
use crate::records::{Record, Table};

/// Statuses that close a ticket.
const CLOSING: &[&str] = &["Resolved", "Invoiced"];

#[derive(Default)]
pub(super) struct State {
    pub(super) customers: Table<i64>,
    pub(super) contacts: Table<i64>,
    pub(super) users: Table<i64>,
    pub(super) tickets: Table<i64>,
    pub(super) comments: Table<i64>,
    pub(super) notifications: Notifications,
    /// The user whose token the product holds.
    pub(super) owner: i64,
}

/// Who writes, and when.
pub(super) struct Context<'a> {
    pub(super) at: Timestamp,
    pub(super) knobs: &'a Knobs,
    /// A person in Syncro's own screens instead of the API.
    pub(super) by_person: bool,
}

impl Context<'_> {
    /// Whether a quirk is as `value`.
    pub(super) fn quirk_is(&self, name: &str, value: &Value) -> bool {
        self.knobs.quirk(name).as_ref() == Some(value)
    }
}

/// State as one answer shows it.
pub(super) struct View<'a> {
    pub(super) state: &'a State,
    pub(super) knobs: &'a Knobs,
}

impl View<'_> {
    /// Rows of a page of a list.
    pub(super) fn per_page(&self, list: &str, usual: usize) -> usize {
        let asked = self.knobs.quirk("per_page").and_then(|sizes| sizes.get(list)?.as_u64());
        asked.and_then(|size| usize::try_from(size).ok()).unwrap_or(usual)
    }

    pub(super) fn flag(&self, quirk: &str) -> bool {
        self.knobs.quirk(quirk) == Some(Value::Bool(true))
    }
}

impl State {
    pub(super) fn view<'a>(&'a self, knobs: &'a Knobs) -> View<'a> {
        View { state: self, knobs }
    }

    pub(super) fn contacts_of(&self, customer: i64) -> impl Iterator<Item = &Record> {
        self.contacts.live().filter(move |contact| contact.int("customer_id") == Some(customer))
    }

    /// A ticket's comments, oldest first.
    pub(super) fn comments_of(&self, ticket: i64) -> impl DoubleEndedIterator<Item = &Record> {
        let all = self.comments.rows.values().filter(|comment| !comment.deleted);
        all.filter(move |comment| comment.int("ticket_id") == Some(ticket))
    }

    pub(super) fn name_of_user(&self, user: i64) -> &str {
        self.users.rows.get(&user).map_or("", |user| user.text("full_name"))
    }

    /// SIM CHOICE: a customer's contacts and tickets go with it.
    pub(super) fn delete_customer(&mut self, id: i64, at: Timestamp) -> Result<(), Reject> {
        vanish(&mut self.customers, id, at)?;
        for contact in ids_where(&self.contacts, "customer_id", id) {
            vanish(&mut self.contacts, contact, at)?;
        }
        for ticket in ids_where(&self.tickets, "customer_id", id) {
            self.delete_ticket(ticket, at)?;
        }
        Ok(())
    }

    pub(super) fn delete_contact(&mut self, id: i64, at: Timestamp) -> Result<(), Reject> {
        vanish(&mut self.contacts, id, at)
    }

    pub(super) fn delete_ticket(&mut self, id: i64, at: Timestamp) -> Result<(), Reject> {
        vanish(&mut self.tickets, id, at)?;
        for comment in ids_where(&self.comments, "ticket_id", id) {
            vanish(&mut self.comments, comment, at)?;
        }
        Ok(())
    }
}

/// A ticket's `resolved_at` follows its status. SIM CHOICE: opened again, it has none.
pub(super) fn settle_status(ticket: &mut Record, at: Timestamp) {
    let closed = CLOSING.contains(&ticket.text("status"));
    if closed && !ticket.fields.contains_key("_resolved") {
        ticket.fields.insert("_resolved".to_owned(), at.to_string().into());
    } else if !closed {
        ticket.fields.remove("_resolved");
    }
}

/// A moment that is kept in a field of the simulator's own.
pub(super) fn moment(row: &Record, field: &str) -> Option<Timestamp> {
    row.fields.get(field)?.as_str()?.parse().ok()
}

/// The fields that Syncro shows: not the simulator's own.
pub(super) fn shown(row: &Record) -> Map<String, Value> {
    let own = |name: &str| name.starts_with('_');
    row.fields.iter().filter(|(name, _)| !own(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Sets fields; unlike [`Record::merge`], null stays: Syncro writes it.
pub(super) fn assign(row: &mut Record, fields: Map<String, Value>) {
    row.fields.extend(fields);
}

fn ids_where(table: &Table<i64>, field: &str, id: i64) -> Vec<i64> {
    let fits = |(_, record): &(&i64, &Record)| !record.deleted && record.int(field) == Some(id);
    table.rows.iter().filter(fits).map(|(id, _)| *id).collect()
}

fn vanish(table: &mut Table<i64>, id: i64, at: Timestamp) -> Result<(), Reject> {
    let record = table.get_mut(&id).ok_or(Reject::NotFound)?;
    record.deleted = true;
    record.touch(at);
    Ok(())
}
