//! The portal's changes to tickets as ConnectWise's calls, and looking for those whose answer was lost. Those to members
//! are in [`crate::members`].
//!
//! A creation is never repeated by itself: ConnectWise has no idempotency. Once a write was accepted, anything that goes
//! wrong with its answer counts as "no answer", so that the write is looked for before anybody sends it again.

use std::collections::BTreeMap;

use bytes::Bytes;
use connector::lenient::Int;
use connector::write::signed;
use connector::{Change, ConnectorError, ErrorKind, Mapped, NoteDraft, Pushed, Result, TicketChange, text};
use domain::id::ExternalId;
use domain::record::{RecordType, Ticket};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::client::{Operation, TICKETS};
use crate::listing::Listing;
use crate::map::{self, Context};
use crate::session::ManageSession;
use crate::wire;

/// Longest summary that the server takes (OpenAPI document).
const LONGEST_SUMMARY: usize = 100;
/// Records that may be the lost one.
pub(crate) const CANDIDATES: usize = 5;

impl ManageSession {
    pub(crate) async fn write(&self, change: &Change) -> Result<Pushed> {
        let written = match change {
            Change::CreateTicket { reference, ticket, defaults } => {
                let op = "create a ticket";
                let body = new_ticket(reference, ticket, defaults)?;
                let answer = self.client.create(op, TICKETS.path, &body).await.map_err(in_our_words)?;
                return Ok(self.read_back(RecordType::Tickets, &id_in(op, &answer)?, None).await);
            }
            Change::UpdateTicket { external_id, change } => self.change_ticket(external_id, change).await,
            Change::AddNote { ticket, note, .. } => self.add_note(ticket, note).await,
            Change::CreateTechnician { technician, .. } => self.create_member(technician).await,
            Change::UpdateTechnician { external_id, change } => self.change_member(external_id, change).await,
            // The vendor has no courses.
            Change::Enrol { .. } => Err(ConnectorError::new("enrol somebody", ErrorKind::Unsupported)),
        };
        written.map_err(in_our_words)
    }

    pub(crate) async fn look_for(&self, change: &Change) -> Result<Vec<Pushed>> {
        match change {
            Change::CreateTicket { reference, .. } => self.find_ticket(reference).await,
            Change::AddNote { ticket, note, .. } => self.find_note(ticket, note).await,
            Change::CreateTechnician { technician, .. } => self.find_member(technician).await,
            // Writing the same values again does no harm.
            Change::UpdateTicket { .. } | Change::UpdateTechnician { .. } | Change::Enrol { .. } => Ok(Vec::new()),
        }
    }

    async fn change_ticket(&self, id: &ExternalId, change: &TicketChange) -> Result<Pushed> {
        let operations = changed_ticket(change)?;
        if !operations.is_empty() {
            self.client.change("change a ticket", &["service", "tickets", path_id("id", id)?], &operations).await?;
        }
        Ok(self.read_back(RecordType::Tickets, id, None).await)
    }

    async fn add_note(&self, ticket: &ExternalId, note: &NoteDraft) -> Result<Pushed> {
        let op = "add a note";
        let path = ["service", "tickets", path_id("ticket", ticket)?, "notes"];
        let answer = self.client.create(op, &path, &new_note(note)).await?;
        Ok(self.read_back(RecordType::Tickets, ticket, Some(id_in(op, &answer)?)).await)
    }

    /// Reads a record again after writing to it: workflow rules may have changed more than we did.
    pub(crate) async fn read_back(
        &self,
        record_type: RecordType,
        id: &ExternalId,
        note_id: Option<ExternalId>,
    ) -> Pushed {
        // Whatever hinders it, the write itself has been accepted.
        let record = match self.read(record_type, id, false).await {
            Ok(Some(Mapped::Record(record))) => Some(record),
            _ => None,
        };
        Pushed { external_id: id.clone(), record, note_id }
    }

    /// Our reference is in a field of its own that can be asked for.
    async fn find_ticket(&self, reference: &str) -> Result<Vec<Pushed>> {
        let conditions = format!("externalXRef = {}", quoted(reference));
        let body = self.client.newest("look for a ticket", &TICKETS, &conditions, 5).await?;
        let rows = Listing::read(RecordType::Tickets, body)?.map(&Context::default());
        Ok(rows.into_iter().filter_map(pushed).collect())
    }

    /// The newest notes of our text that are as internal as ours.
    async fn find_note(&self, ticket: &ExternalId, note: &NoteDraft) -> Result<Vec<Pushed>> {
        let wanted = text::folded(&signed(note));
        let is_ours = |row: &&wire::Note| {
            map::is_internal(row) == note.internal && row.text.get().is_some_and(|body| text::folded(body) == wanted)
        };
        let rows = self.notes(ticket).await?;
        let mut ids: Vec<i64> = rows.iter().filter(is_ours).filter_map(|row| row.id.id()).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        ids.sort_unstable_by(|a, b| b.cmp(a));
        let found = self.read_back(RecordType::Tickets, ticket, None).await;
        let of = |id: &i64| Pushed { note_id: Some(ExternalId::new(id.to_string())), ..found.clone() };
        Ok(ids.iter().take(CANDIDATES).map(of).collect())
    }
}

fn new_ticket(reference: &str, ticket: &Ticket, defaults: &BTreeMap<String, String>) -> Result<Value> {
    let or_default = |own: &Option<String>, key: &str| own.clone().or_else(|| defaults.get(key).cloned());
    if ticket.company.is_none() {
        return Err(ConnectorError::rejected("company", "ConnectWise takes a ticket for a company only"));
    }
    let category = or_default(&ticket.category, "category");
    let fields = [
        ("recordType", Some(json!("ServiceTicket"))),
        ("summary", Some(json!(cut(&ticket.title)))),
        ("initialDescription", Some(json!(description(ticket)))),
        ("company", of_id("company", ticket.company.as_ref().map(ExternalId::as_str))?),
        ("contact", of_id("contact", ticket.contact.as_ref().map(ExternalId::as_str))?),
        ("board", of_id("board", or_default(&ticket.board, "board").as_deref())?),
        ("status", of_id("status", or_default(&ticket.status, "status").as_deref())?),
        ("type", of_id("ticket_type", or_default(&ticket.ticket_type, "ticket_type").as_deref())?),
        ("subType", category.map(|name| json!({ "name": name }))),
        ("priority", of_id("priority", or_default(&ticket.priority, "priority").as_deref())?),
        ("source", of_id("source", defaults.get("source").map(String::as_str))?),
        ("owner", of_id("assignee", ticket.assignee.as_ref().map(ExternalId::as_str))?),
        ("externalXRef", Some(json!(reference))),
    ];
    let given = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Ok(Value::Object(given.collect::<Map<_, _>>()))
}

/// A summary has 100 characters: what is longer begins the description.
fn description(ticket: &Ticket) -> String {
    let (title, description) = (ticket.title.trim(), ticket.description.trim());
    if description.is_empty() {
        title.to_owned()
    } else if title.chars().count() > LONGEST_SUMMARY {
        format!("{title}\n\n{description}")
    } else {
        description.to_owned()
    }
}

fn cut(title: &str) -> String {
    let title = title.trim();
    if title.chars().count() <= LONGEST_SUMMARY {
        return title.to_owned();
    }
    let short: String = title.chars().take(LONGEST_SUMMARY - 1).collect();
    format!("{}…", short.trim_end())
}

fn changed_ticket(change: &TicketChange) -> Result<Vec<Operation>> {
    if change.description.is_some() {
        return Err(ConnectorError::rejected(
            "description",
            "ConnectWise keeps the description as the first note; add a note instead",
        ));
    }
    let mut operations = Vec::new();
    if let Some(title) = &change.title {
        if title.trim().chars().count() > LONGEST_SUMMARY {
            let message = format!("ConnectWise takes {LONGEST_SUMMARY} characters at most");
            return Err(ConnectorError::rejected("title", message));
        }
        operations.push(Operation::replace("summary", title.trim()));
    }
    let references = [
        ("status", "status", &change.status),
        ("priority", "priority", &change.priority),
        ("type", "ticket_type", &change.ticket_type),
    ];
    for (path, field, id) in references {
        operations.extend(of_id(field, id.as_deref())?.map(|reference| Operation::replace(path, reference)));
    }
    match &change.assignee {
        Some(None) => operations.push(Operation::remove("owner")),
        Some(Some(member)) => {
            operations
                .extend(of_id("assignee", Some(member.as_str()))?.map(|owner| Operation::replace("owner", owner)));
        }
        None => {}
    }
    Ok(operations)
}

/// Public notes go to the tab Discussion, internal ones to the tab Internal and nowhere else. The portal tells people
/// itself, so ConnectWise sends no mail.
fn new_note(note: &NoteDraft) -> Value {
    json!({
        "text": signed(note),
        "detailDescriptionFlag": !note.internal,
        "internalAnalysisFlag": note.internal,
        "resolutionFlag": false,
        "processNotifications": false,
    })
}

/// The id in the answer to a creation.
pub(crate) fn id_in(op: &'static str, answer: &Bytes) -> Result<ExternalId> {
    #[derive(Deserialize)]
    struct Created {
        id: Int,
    }
    let created: Created = serde_json::from_slice(answer).map_err(|_| ConnectorError::unsure(op))?;
    created.id.id().map(|id| ExternalId::new(id.to_string())).ok_or_else(|| ConnectorError::unsure(op))
}

pub(crate) fn pushed(mapped: Mapped) -> Option<Pushed> {
    let Mapped::Record(record) = mapped else { return None };
    Some(Pushed { external_id: record.external_id.clone(), record: Some(record), note_id: None })
}

/// The server names its own fields (`status/name`, `summary`); the portal shows them under its own names.
fn in_our_words(mut error: ConnectorError) -> ConnectorError {
    if let ErrorKind::Rejected { field: Some(field), .. } = &mut error.kind {
        let own = field.split('/').next().unwrap_or_default();
        let ours = match own {
            "summary" => "title",
            "type" => "ticket_type",
            "subType" => "category",
            "owner" => "assignee",
            "initialDescription" => "description",
            "officeEmail" | "mobileEmail" | "homeEmail" => "email",
            "officePhone" | "mobilePhone" | "homePhone" => "phone",
            "firstName" | "lastName" => "name",
            other => other,
        };
        *field = ours.to_owned();
    }
    error
}

/// A reference as it is written: by id.
pub(crate) fn of_id(field: &str, id: Option<&str>) -> Result<Option<Value>> {
    let Some(id) = id.map(str::trim).filter(|id| !id.is_empty()) else { return Ok(None) };
    let id: i64 =
        id.parse().map_err(|_| ConnectorError::rejected(field, format!("{id:?} is not an id of ConnectWise's")))?;
    Ok(Some(json!({ "id": id })))
}

/// An id as a part of a path.
pub(crate) fn path_id<'a>(field: &str, id: &'a ExternalId) -> Result<&'a str> {
    of_id(field, Some(id.as_str()))?.ok_or_else(|| ConnectorError::rejected(field, "it is empty"))?;
    Ok(id.as_str())
}

/// Text in a condition.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests;
