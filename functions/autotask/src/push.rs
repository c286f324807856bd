//! The portal's changes as Autotask's calls.
//!
//! A creation is never repeated by itself: Autotask has no idempotency. Once a write was accepted, anything that goes wrong
//! with its answer or with reading back counts as "no answer", so that the write is looked for before anybody sends it
//! again ([`crate::lookup`]).

use std::collections::BTreeMap;

use connector::text;
use connector::write::{NumericIds, signed};
use connector::{Change, ConnectorError, ErrorKind, Mapped, NoteDraft, Pushed, Result, TechnicianChange, TicketChange};
use domain::id::ExternalId;
use domain::record::{RecordType, Ticket};
use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use crate::listing::{NOTES, RESOURCES, ROLES, TICKETS, all};
use crate::map::{self, ELLIPSIS};
use crate::session::AutotaskSession;
use crate::wire;

const IDS: NumericIds = NumericIds { vendor: "Autotask" };
/// "New" has this id everywhere.
const NEW: i64 = 1;
/// A due date is mandatory where no service level sets one: hours from now unless the ticket defaults say otherwise.
const DUE_HOURS: i64 = 24;
/// Longest title of a note.
const NOTE_TITLE: usize = 250;

impl AutotaskSession {
    pub(crate) async fn write(&self, change: &Change) -> Result<Pushed> {
        match change {
            Change::CreateTicket { reference, ticket, defaults } => {
                let body = self.new_ticket(reference, ticket, defaults).await?;
                let id = self.client.create("create a ticket", &[TICKETS.path], &body).await?;
                Ok(self.read_back(RecordType::Tickets, &ExternalId::new(id.to_string()), None).await)
            }
            Change::UpdateTicket { external_id, change } => {
                let body = self.changed_ticket(external_id, change).await?;
                self.client.patch("change a ticket", &[TICKETS.path], &body).await?;
                Ok(self.read_back(RecordType::Tickets, external_id, None).await)
            }
            Change::AddNote { ticket, note, .. } => {
                let body = self.new_note(ticket, note).await?;
                let id = self.client.create("add a note", &[TICKETS.path, ticket.as_str(), "Notes"], &body).await?;
                Ok(self.read_back(RecordType::Tickets, ticket, Some(id)).await)
            }
            Change::CreateTechnician { .. } => {
                let error = ConnectorError::new("create a resource", ErrorKind::Unsupported);
                Err(error.with_detail("Autotask's API creates no resources: add the person in Autotask"))
            }
            Change::UpdateTechnician { external_id, change } => {
                let body = self.changed_resource(external_id, change).await?;
                self.client.patch("change a resource", &[RESOURCES.path], &body).await?;
                Ok(self.read_back(RecordType::Users, external_id, None).await)
            }
            // The vendor has no courses.
            Change::Enrol { .. } => Err(ConnectorError::new("enrol somebody", ErrorKind::Unsupported)),
        }
    }

    /// Reads a record again after writing to it: workflow rules may have changed more than we did.
    pub(crate) async fn read_back(&self, record_type: RecordType, id: &ExternalId, note: Option<i64>) -> Pushed {
        // Whatever hinders it, the write itself has been accepted.
        let record = match self.read(record_type, id, false).await {
            Ok(Some(Mapped::Record(record))) => Some(record),
            _ => None,
        };
        Pushed { external_id: id.clone(), record, note_id: note.map(|id| ExternalId::new(id.to_string())) }
    }

    async fn new_ticket(
        &self,
        reference: &str,
        ticket: &Ticket,
        defaults: &BTreeMap<String, String>,
    ) -> Result<Map<String, Value>> {
        let given = |own: &Option<String>, key: &str| own.clone().or_else(|| defaults.get(key).cloned());
        let company = IDS.of("company", ticket.company.as_ref())?;
        let company =
            company.ok_or_else(|| ConnectorError::rejected("company", "Autotask takes a ticket for a company only"))?;
        let lists = self.picklists(&TICKETS).await?;
        let priority = IDS.number("priority", given(&ticket.priority, "priority").as_deref())?;
        let priority = priority.or(lists.of("priority")?.default_value());
        let priority = priority.ok_or_else(|| {
            ConnectorError::rejected(
                "priority",
                "Autotask takes no ticket without priority: choose one in the ticket defaults",
            )
        })?;
        let queues = lists.of("queueID")?;
        let queue = IDS.number("board", given(&ticket.board, "board").as_deref())?;
        // Every Autotask starts with a queue of this name.
        let portal = || queues.find(|label| label.eq_ignore_ascii_case("client portal"));
        let queue = queue.or(queues.default_value()).or_else(portal);
        let assignee = IDS.of("assignee", ticket.assignee.as_ref())?;
        if queue.is_none() && assignee.is_none() {
            return Err(ConnectorError::rejected(
                "board",
                "Autotask takes no ticket without queue or resource: choose a queue in the ticket defaults",
            ));
        }
        let hours = IDS.number("due_hours", defaults.get("due_hours").map(String::as_str))?.unwrap_or(DUE_HOURS);
        // The answer to the picklists, at the latest, told the time.
        let due = self.client.vendor_now().and_then(|now| now.checked_add(SignedDuration::from_hours(hours)).ok());
        let no_time = || ConnectorError::new("create a ticket", ErrorKind::Malformed { path: "Date".to_owned() });
        let due = due.ok_or_else(no_time)?;
        let mut body = only_given(json!({
            "companyID": company,
            "contactID": IDS.of("contact", ticket.contact.as_ref())?,
            "title": ticket.title,
            "description": Some(&ticket.description).filter(|text| !text.trim().is_empty()),
            "status": IDS.number("status", given(&ticket.status, "status").as_deref())?.unwrap_or(NEW),
            "priority": priority,
            "queueID": queue,
            "ticketType": IDS.number("ticket_type", given(&ticket.ticket_type, "ticket_type").as_deref())?,
            "ticketCategory": IDS.number("category", given(&ticket.category, "category").as_deref())?,
            "source": IDS.number("source", defaults.get("source").map(String::as_str))?,
            "dueDateTime": due.to_string(),
            "externalID": reference,
        }));
        if let Some(resource) = assignee {
            body.insert("assignedResourceRoleID".to_owned(), self.role_of(resource, queue).await?.into());
            body.insert("assignedResourceID".to_owned(), resource.into());
        }
        Ok(body)
    }

    async fn changed_ticket(&self, id: &ExternalId, change: &TicketChange) -> Result<Map<String, Value>> {
        // Only what changed: a description written back would lose its formatting.
        let mut body = only_given(json!({
            "id": IDS.of("id", Some(id))?,
            "title": change.title,
            "description": change.description,
            "status": IDS.number("status", change.status.as_deref())?,
            "priority": IDS.number("priority", change.priority.as_deref())?,
            "ticketType": IDS.number("ticket_type", change.ticket_type.as_deref())?,
        }));
        // Resource and role are set, or emptied, together.
        let (resource, role) = match &change.assignee {
            None => return Ok(body),
            Some(None) => (Value::Null, Value::Null),
            Some(Some(resource)) => {
                let resource = IDS.of("assignee", Some(resource))?;
                let queue = self.queue_of(id).await?;
                let role = match resource {
                    Some(resource) => Some(self.role_of(resource, queue).await?),
                    None => None,
                };
                (json!(resource), json!(role))
            }
        };
        body.insert("assignedResourceID".to_owned(), resource);
        body.insert("assignedResourceRoleID".to_owned(), role);
        Ok(body)
    }

    async fn queue_of(&self, ticket: &ExternalId) -> Result<Option<i64>> {
        match self.read(RecordType::Tickets, ticket, false).await? {
            Some(Mapped::Record(record)) => match record.data {
                domain::record::RecordData::Ticket(ticket) => IDS.number("board", ticket.board.as_deref()),
                _ => Ok(None),
            },
            Some(_) => Ok(None),
            None => Err(ConnectorError::new("change a ticket", ErrorKind::NotFound)),
        }
    }

    /// The role in which a resource takes a ticket: one of its active roles, rather in the ticket's queue.
    async fn role_of(&self, resource: i64, queue: Option<i64>) -> Result<i64> {
        let filter = vec![
            json!({"op": "eq", "field": "resourceID", "value": resource}),
            json!({"op": "eq", "field": "isActive", "value": true}),
        ];
        let roles = all::<wire::ResourceRole>(&self.client, &ROLES, &filter, |role| role.id).await?;
        let active = || roles.iter().filter(|role| role.isactive.0 != Some(false));
        let in_queue = queue.and_then(|queue| active().find(|role| role.queueid.0 == Some(queue)));
        let role = in_queue.or_else(|| active().next()).and_then(|role| role.roleid.0);
        role.ok_or_else(|| {
            ConnectorError::rejected("assignee", "the resource has no active role in Autotask to work on tickets in")
        })
    }

    async fn new_note(&self, ticket: &ExternalId, note: &NoteDraft) -> Result<Map<String, Value>> {
        let lists = self.picklists(&NOTES).await?;
        let kinds = lists.of("noteType")?;
        let kind = kinds.default_value().or_else(|| kinds.find(|label| label.eq_ignore_ascii_case("task notes")));
        let kind = kind.or_else(|| kinds.active().next().map(|(value, _)| value));
        let publish = lists.of("publish")?;
        let readers =
            if note.internal { publish.find(map::is_internal_label) } else { publish.find(map::is_public_label) };
        // Never by guess: an internal note must not reach a customer.
        let readers = readers.ok_or_else(|| {
            ConnectorError::rejected(
                "internal",
                "Autotask's list \"publish\" of ticket notes has no value for these readers",
            )
        })?;
        Ok(only_given(json!({
            "ticketID": IDS.of("ticket", Some(ticket))?,
            "title": headline(&note.text),
            "description": signed(note),
            "noteType": kind,
            "publish": readers,
        })))
    }

    async fn changed_resource(&self, id: &ExternalId, change: &TechnicianChange) -> Result<Map<String, Value>> {
        let (first, last) = match &change.name {
            None => (None, None),
            Some(name) => {
                let now = self.client.read(RESOURCES.read, &[RESOURCES.path, id.as_str()]).await?;
                let gone = || ConnectorError::new("change a resource", ErrorKind::NotFound);
                let unread =
                    |_| ConnectorError::new("change a resource", ErrorKind::Malformed { path: "item".to_owned() });
                let now: crate::any_case::AnyCase<wire::Resource> =
                    serde_json::from_slice(&now.ok_or_else(gone)?).map_err(unread)?;
                let (first, last) = text::split_name(name, now.0.firstname.get(), now.0.lastname.get())
                    .ok_or_else(|| ConnectorError::rejected("name", "Autotask needs a first and a last name"))?;
                (Some(first), Some(last))
            }
        };
        Ok(only_given(json!({
            "id": IDS.of("id", Some(id))?,
            "firstName": first,
            "lastName": last,
            "email": change.email,
            "officePhone": change.phone,
            "title": change.title,
            "isActive": change.active,
        })))
    }
}

/// A note's title: how its text begins, so that reading it back adds nothing.
fn headline(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default().trim_end();
    if line.chars().count() <= NOTE_TITLE {
        return line.to_owned();
    }
    line.chars().take(NOTE_TITLE - 1).chain([ELLIPSIS]).collect()
}

/// Only what is given: to Autotask null is a value.
fn only_given(body: Value) -> Map<String, Value> {
    match body {
        Value::Object(fields) => fields.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests;
