//! The company's data, how it is shown, and the places where a change of one record touches another.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::callbacks::Callbacks;
use super::reference::Reference;
use super::wire::{date, id_of};
use crate::records::{Record, Table};

/// The lists that have records, by the product's names of them.
pub(super) const LISTS: [&str; 5] = ["companies", "contacts", "members", "tickets", "notes"];

pub(super) struct State {
    pub(super) companies: Table<i64>,
    pub(super) contacts: Table<i64>,
    pub(super) members: Table<i64>,
    pub(super) tickets: Table<i64>,
    /// Notes of all tickets, by their own id.
    pub(super) notes: Table<i64>,
    pub(super) reference: Reference,
    pub(super) callbacks: Callbacks,
    /// Id of the member whose keys we have.
    pub(super) api_member: i64,
}

/// Who writes, and when.
#[derive(Clone, Copy)]
pub(super) struct Context {
    pub(super) at: Timestamp,
    /// A person in ConnectWise's own screens instead of the API.
    pub(super) by_person: bool,
    /// A note moves its ticket's change stamp.
    pub(super) notes_move_tickets: bool,
    /// The change stamp stays.
    pub(super) silent: bool,
}

impl State {
    pub(super) fn table(&self, list: &str) -> Option<&Table<i64>> {
        Some(match list {
            "companies" => &self.companies,
            "contacts" => &self.contacts,
            "members" => &self.members,
            "tickets" => &self.tickets,
            "notes" => &self.notes,
            _ => return None,
        })
    }

    pub(super) fn table_mut(&mut self, list: &str) -> Option<&mut Table<i64>> {
        Some(match list {
            "companies" => &mut self.companies,
            "contacts" => &mut self.contacts,
            "members" => &mut self.members,
            "tickets" => &mut self.tickets,
            "notes" => &mut self.notes,
            _ => return None,
        })
    }

    /// Who a change is by, as `_info` says it.
    pub(super) fn author(&self, context: &Context) -> String {
        let api = self.members.get(&self.api_member).map(|member| member.text("identifier")).unwrap_or_default();
        if context.by_person { "zAdmin".to_owned() } else { api.to_owned() }
    }

    pub(super) fn stamp(&mut self, list: &str, id: i64, context: &Context) {
        let author = self.author(context);
        let row = self.table_mut(list).and_then(|table| table.rows.get_mut(&id));
        if let Some(row) = row.filter(|_| !context.silent) {
            row.touch(context.at);
            row.fields.insert("_updatedBy".to_owned(), author.into());
        }
    }

    /// A reference by its id, with its name as the server adds it; `None`: there is none.
    pub(super) fn refer(&self, list: &str, id: i64) -> Option<Value> {
        let row = self.table(list)?.get(&id)?;
        Some(match list {
            "companies" => json!({"id": id, "identifier": row.text("identifier"), "name": row.text("name")}),
            "members" => json!({"id": id, "identifier": row.text("identifier"), "name": full_name(row)}),
            _ => json!({"id": id, "name": full_name(row)}),
        })
    }

    /// A contact that becomes the default one of its company is the only one, and the company names it.
    pub(super) fn settle_default_contact(&mut self, contact: i64) {
        let Some(row) = self.contacts.get(&contact) else { return };
        let (company, is_default) = (id_of(row.fields.get("company")), row.flag("defaultFlag"));
        let Some(company) = company else { return };
        let named = self.companies.get(&company).and_then(|company| id_of(company.fields.get("defaultContact")));
        if is_default {
            for (_, other) in self.contacts.rows.iter_mut().filter(|(id, _)| **id != contact) {
                if id_of(other.fields.get("company")) == Some(company) {
                    other.fields.insert("defaultFlag".to_owned(), false.into());
                }
            }
            let reference = self.refer("contacts", contact);
            if let (Some(company), Some(reference)) = (self.companies.rows.get_mut(&company), reference) {
                company.fields.insert("defaultContact".to_owned(), reference);
            }
        } else if named == Some(contact)
            && let Some(company) = self.companies.rows.get_mut(&company)
        {
            company.fields.remove("defaultContact");
        }
    }

    /// Whether a ticket is closed follows its status.
    pub(super) fn settle_status(&mut self, ticket: i64, at: Timestamp) {
        let Some(row) = self.tickets.rows.get_mut(&ticket) else { return };
        let status = id_of(row.fields.get("status"));
        let closed =
            status.and_then(|id| self.reference.status(id)).is_some_and(|row| row["closedStatus"] == json!(true));
        let was_closed = row.flag("closedFlag");
        row.fields.insert("closedFlag".to_owned(), closed.into());
        if closed && !was_closed {
            row.fields.insert("closedDate".to_owned(), date(at).into());
            row.fields.insert("closedBy".to_owned(), "zAdmin".into());
        } else if !closed {
            row.fields.remove("closedDate");
            row.fields.remove("closedBy");
        }
    }

    /// What a change touches besides the record itself.
    pub(super) fn settle(&mut self, list: &str, id: i64, at: Timestamp) {
        match list {
            "contacts" => self.settle_default_contact(id),
            "tickets" => self.settle_status(id, at),
            _ => {}
        }
    }
}

pub(super) fn full_name(row: &Record) -> String {
    let parts = [row.text("firstName"), row.text("lastName")];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A record as the server shows it: what is not set is left out, and `_info` says who changed it and when.
pub(super) fn show(list: &str, row: &Record) -> Map<String, Value> {
    let own = |name: &str| name.starts_with('_');
    let mut shown: Map<String, Value> = row
        .fields
        .iter()
        .filter(|(name, value)| !own(name) && !value.is_null())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if list == "members" {
        let kind = row.text("defaultEmail").to_lowercase();
        let primary = row.text(&format!("{kind}Email")).to_owned();
        if !primary.is_empty() {
            shown.insert("primaryEmail".to_owned(), primary.into());
        }
    }
    let mut info =
        BTreeMap::from([("lastUpdated", date(row.changed)), ("updatedBy", row.text("_updatedBy").to_owned())]);
    if list == "tickets" {
        let id = row.int("id").unwrap_or_default();
        info.insert("dateEntered", date(row.created));
        info.insert("enteredBy", row.text("_enteredBy").to_owned());
        // Hrefs may contain a double slash.
        info.insert("notes_href", format!("https://{}/v2025_1//apis/3.0/service/tickets/{id}/notes", super::HOST));
    }
    shown.insert("_info".to_owned(), json!(info));
    shown
}
