//! The portal's changes as Syncro's calls, and looking for those whose answer was lost.
//!
//! A creation is never repeated by itself: every POST makes a record. There is no field for a reference of ours either, so
//! a lost ticket is known by its customer, subject and first comment, a lost note by its text, our label and whom it is for.
//! Once a write was accepted, anything that goes wrong with its answer counts as "no answer".

use std::cmp::Reverse;
use std::collections::BTreeMap;

use bytes::Bytes;
use connector::rows::Rows;
use connector::write::{NumericIds, signed};
use connector::{Change, ConnectorError, ErrorKind, Mapped, NoteDraft, Pushed, Result, TicketChange, dates, text};
use domain::id::ExternalId;
use domain::record::{Record, RecordType, Ticket};
use jiff::SignedDuration;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::client::Query;
use crate::listing::{Listing, length, under};
use crate::map::{self, Context};
use crate::session::SyncroSession;
use crate::wire;

const IDS: NumericIds = NumericIds { vendor: "Syncro" };
/// The name that our comments are signed with at Syncro.
const TECH: &str = "Portal";
/// What Syncro calls the comment that describes a ticket.
const FIRST: &str = "Initial Issue";
/// At most so many candidates for something lost.
const CANDIDATES: usize = 5;
/// Pages of a customer's tickets that are looked through: 500 tickets.
const SEARCHED: u32 = 10;

impl SyncroSession {
    pub(crate) async fn write(&self, change: &Change) -> Result<Pushed> {
        match change {
            Change::CreateTicket { ticket, defaults, .. } => {
                const OP: &str = "create a ticket";
                let body = new_ticket(ticket, defaults)?;
                let answer = self.client.create(OP, &["tickets"], &body).await?;
                self.created_ticket(OP, answer).await
            }
            Change::UpdateTicket { external_id, change } => {
                const OP: &str = "change a ticket";
                let body = changed_ticket(change)?;
                self.client.change(OP, &["tickets", external_id.as_str()], &body).await?;
                Ok(self.read_back(external_id, None).await)
            }
            Change::AddNote { ticket, note, .. } => {
                const OP: &str = "add a note";
                let path = ["tickets", ticket.as_str(), "comment"];
                let answer =
                    self.client.create(OP, &path, &new_comment("Update", &signed(note), note.internal)).await?;
                let commented: wire::Commented = read(OP, &answer)?;
                let id =
                    commented.comment.and_then(|comment| comment.id.id()).ok_or_else(|| ConnectorError::unsure(OP))?;
                Ok(self.read_back(ticket, Some(id)).await)
            }
            // Syncro's document has no way to write users.
            Change::CreateTechnician { .. } | Change::UpdateTechnician { .. } => {
                Err(ConnectorError::new("write a technician", ErrorKind::Unsupported))
            }
            // The vendor has no courses.
            Change::Enrol { .. } => Err(ConnectorError::new("enrol somebody", ErrorKind::Unsupported)),
        }
    }

    pub(crate) async fn look_for(&self, change: &Change) -> Result<Vec<Pushed>> {
        match change {
            Change::CreateTicket { ticket, .. } => self.find_ticket(ticket).await,
            Change::AddNote { ticket, note, .. } => self.find_note(ticket, note).await,
            // Writing the same values again does no harm, and technicians are not written.
            Change::UpdateTicket { .. }
            | Change::CreateTechnician { .. }
            | Change::UpdateTechnician { .. }
            | Change::Enrol { .. } => Ok(Vec::new()),
        }
    }

    /// The ticket that a creation answered with, read again: rules of the account may have changed it, and the answer has
    /// not all fields. If that fails, the answer itself is better than not to know that it was made.
    async fn created_ticket(&self, op: &'static str, answer: Bytes) -> Result<Pushed> {
        let ticketed: wire::Ticketed = read(op, &answer)?;
        let id = ticketed.ticket.and_then(|ticket| ticket.id.id()).ok_or_else(|| ConnectorError::unsure(op))?;
        let id = ExternalId::new(id.to_string());
        let pushed = self.read_back(&id, None).await;
        if pushed.record.is_some() {
            return Ok(pushed);
        }
        let answered = Listing::single("tickets", answer).ok().and_then(|one| one.map(&Context::default()).pop());
        let record = match answered {
            Some(Mapped::Record(record)) => Some(record),
            _ => None,
        };
        Ok(Pushed { record, ..pushed })
    }

    /// Reads a ticket again after writing to it.
    async fn read_back(&self, id: &ExternalId, note: Option<i64>) -> Pushed {
        // Whatever hinders it, the write itself has been accepted.
        let record = match self.read(RecordType::Tickets, id, false).await {
            Ok(Some(Mapped::Record(record))) => Some(record),
            _ => None,
        };
        Pushed { external_id: id.clone(), record, note_id: note.map(|id| ExternalId::new(id.to_string())) }
    }

    /// The customer's newest tickets whose first comment is ours: those of this title, then those of another with our label.
    async fn find_ticket(&self, ticket: &Ticket) -> Result<Vec<Pushed>> {
        const OP: &str = "look for a ticket";
        let Some(customer) = &ticket.company else { return Ok(Vec::new()) };
        let (title, said) = (text::folded(&ticket.title), text::folded(description(ticket)));
        let mut found: Vec<(bool, bool, i64)> = Vec::new();
        for page in 1..=SEARCHED {
            let mut query: Query =
                vec![("customer_id", customer.as_str().into()), ("comment_format", "plaintext".into())];
            // Clocks may differ, and a first attempt may be old.
            let after = ticket.created_at.and_then(|at| at.checked_sub(SignedDuration::from_hours(24)).ok());
            query.extend(after.map(|after| ("created_after", dates::parameter(after).into())));
            query.push(("page", page.to_string().into()));
            let body = self.client.get(OP, &["tickets"], &query).await?;
            let length = length(&body);
            let rows: Rows<wire::FoundTicket> = Rows::read(OP, body, under("tickets"))?;
            if page == 1 {
                length.shown(OP, rows.len())?;
            }
            found.extend(rows.readable().filter_map(|row| {
                let labelled = first_comment_is_ours(row, &said)?;
                // Somebody may have given it another title since; our label tells all the same.
                let titled = text::folded(row.subject.get().unwrap_or_default()) == title;
                Some((titled, labelled, row.id.id().filter(|_| labelled || titled)?))
            }));
            if rows.is_empty() || length.pages.is_none_or(|pages| page >= pages) {
                break;
            }
        }
        // Those of this title first, among them those with our label, then the newest.
        found.sort_unstable_by_key(|&found| Reverse(found));
        found.dedup();
        let mut candidates = Vec::new();
        for (_, _, id) in found.into_iter().take(CANDIDATES) {
            let id = ExternalId::new(id.to_string());
            if let Some(Mapped::Record(record)) = self.read(RecordType::Tickets, &id, false).await? {
                candidates.push(pushed(record, None));
            }
        }
        Ok(candidates)
    }

    /// Notes with our text for the same readers that no customer wrote: those with our label first, then the newest.
    async fn find_note(&self, ticket: &ExternalId, note: &NoteDraft) -> Result<Vec<Pushed>> {
        let wanted = text::folded(&signed(note));
        let comments = match self.comments(ticket).await {
            Err(ConnectorError { kind: ErrorKind::NotFound, .. }) => return Ok(Vec::new()),
            comments => comments?,
        };
        let (_, notes) = map::conversation(&comments);
        let is_note = |id: i64| notes.iter().any(|note| note.external_id.as_str() == id.to_string());
        let is_ours = |row: &&wire::Comment| {
            row.user_id.id().is_some()
                && row.hidden.is_set() == note.internal
                && text::folded(row.body.get().unwrap_or_default()) == wanted
        };
        let ours = comments.iter().filter(is_ours);
        let mut ours: Vec<(bool, i64)> = ours
            .filter_map(|row| Some((row.tech.get() == Some(TECH), row.id.id().filter(|id| is_note(*id))?)))
            .collect();
        ours.sort_unstable_by_key(|(labelled, id)| (Reverse(*labelled), Reverse(*id)));
        if ours.is_empty() {
            return Ok(Vec::new());
        }
        let Some(Mapped::Record(record)) = self.read(RecordType::Tickets, ticket, false).await? else {
            return Ok(Vec::new());
        };
        Ok(ours.into_iter().take(CANDIDATES).map(|(_, id)| pushed(record.clone(), Some(id))).collect())
    }
}

/// Whether a ticket's first comment is what we wrote, and if so whether it bears our label. A row that shows no comment may
/// be ours, too.
fn first_comment_is_ours(row: &wire::FoundTicket, said: &str) -> Option<bool> {
    let comments = row.comments.as_deref().unwrap_or_default();
    let Some(first) = comments.iter().min_by_key(|comment| comment.id.0) else { return Some(false) };
    let same = text::folded(first.body.get().unwrap_or_default()) == said;
    same.then(|| first.tech.get() == Some(TECH))
}

fn pushed(record: Record, note: Option<i64>) -> Pushed {
    let note_id = note.map(|id| ExternalId::new(id.to_string()));
    Pushed { external_id: record.external_id.clone(), record: Some(record), note_id }
}

/// What the first comment says. A ticket without one would take the next note for its description.
fn description(ticket: &Ticket) -> &str {
    if ticket.description.trim().is_empty() { &ticket.title } else { &ticket.description }
}

fn new_ticket(ticket: &Ticket, defaults: &BTreeMap<String, String>) -> Result<Value> {
    let or_default = |own: &Option<String>, key: &str| own.clone().or_else(|| defaults.get(key).cloned());
    let Some(customer) = &ticket.company else {
        return Err(ConnectorError::rejected("company", "Syncro takes a ticket for a customer only".to_owned()));
    };
    Ok(given(json!({
        "customer_id": IDS.of("company", Some(customer))?,
        "contact_id": IDS.of("contact", ticket.contact.as_ref())?,
        "subject": ticket.title,
        "problem_type": or_default(&ticket.category, "category"),
        "status": or_default(&ticket.status, "status"),
        "priority": or_default(&ticket.priority, "priority"),
        "ticket_type_id": IDS.number("ticket_type", or_default(&ticket.ticket_type, "ticket_type").as_deref())?,
        "user_id": IDS.of("assignee", ticket.assignee.as_ref())?,
        "comments_attributes": [new_comment(FIRST, description(ticket), false)],
    })))
}

fn changed_ticket(change: &TicketChange) -> Result<Value> {
    if change.description.is_some() {
        return Err(ConnectorError::rejected(
            "description",
            "Syncro cannot change what was said on a ticket; add a note instead".to_owned(),
        ));
    }
    let mut body = given(json!({
        "subject": change.title,
        "status": change.status,
        "priority": change.priority,
        "ticket_type_id": IDS.number("ticket_type", change.ticket_type.as_deref())?,
    }));
    if let Some(assignee) = &change.assignee {
        // Here null is a value: nobody.
        body["user_id"] = IDS.of("assignee", assignee.as_ref())?.into();
    }
    Ok(body)
}

/// The portal tells people itself, so Syncro sends no mail.
fn new_comment(subject: &str, body: &str, hidden: bool) -> Value {
    json!({ "subject": subject, "body": body, "hidden": hidden, "do_not_email": true, "tech": TECH })
}

/// The answer to an accepted write.
fn read<T: DeserializeOwned>(op: &'static str, answer: &Bytes) -> Result<T> {
    serde_json::from_slice(answer).map_err(|_| ConnectorError::unsure(op))
}

/// Only what is given: to Syncro null is a value.
fn given(mut body: Value) -> Value {
    if let Value::Object(fields) = &mut body {
        fields.retain(|_, value| !value.is_null());
    }
    body
}

#[cfg(test)]
mod tests;
