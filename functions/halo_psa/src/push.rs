//! The portal's changes as Halo's calls, and looking for those whose answer was lost.
//!
//! A creation is never repeated by itself: Halo has no idempotency. Once a write was accepted, an answer without an id
//! counts as "no answer", so that the write is looked for before anybody sends it again; with an id it is done.

use std::collections::BTreeMap;

use bytes::Bytes;
use connector::rows::Rows;
use connector::write::{NumericIds, signed};
use connector::{
    Change, ConnectorError, ErrorKind, Length, Mapped, NoteDraft, Pushed, Result, TechnicianChange, TicketChange, text,
};
use domain::id::ExternalId;
use domain::record::{Record, RecordData, RecordType, Technician, Ticket};
use serde_json::{Value, json};

use crate::client::{ACTIONS, AGENTS, Query, TICKETS};
use crate::listing::{BARE, Listing, paged};
use crate::map::{CLOSED, Context, UNASSIGNED};
use crate::session::{HaloSession, PAGE_SIZE, page_of};
use crate::wire;

const IDS: NumericIds = NumericIds { vendor: "Halo" };
/// Tickets of one title read in full while looking for a lost one.
const CANDIDATES: usize = 5;

impl HaloSession {
    pub(crate) async fn write(&self, change: &Change) -> Result<Pushed> {
        match change {
            Change::CreateTicket { reference, ticket, defaults } => {
                let around = self.around(ticket, defaults).await?;
                let body = new_ticket(reference, ticket, defaults, &around)?;
                let answer = self.client.write("create a ticket", &TICKETS, &body, false).await?;
                created("create a ticket", "tickets", answer)
            }
            Change::UpdateTicket { external_id, change } => {
                let body = changed_ticket(external_id, change)?;
                self.client.write("change a ticket", &TICKETS, &body, true).await?;
                Ok(self.read_back(RecordType::Tickets, external_id, None).await)
            }
            Change::AddNote { ticket, note, .. } => {
                let body = new_note(ticket, note)?;
                let answer = self.client.write("add a note", &ACTIONS, &body, false).await?;
                let action: wire::Action =
                    serde_json::from_slice(&answer).map_err(|_| ConnectorError::unsure("add a note"))?;
                let id = action.id.id().ok_or_else(|| ConnectorError::unsure("add a note"))?;
                Ok(self.read_back(RecordType::Tickets, ticket, Some(id)).await)
            }
            Change::CreateTechnician { technician, .. } => {
                let answer = self.client.write("create an agent", &AGENTS, &new_agent(technician), false).await?;
                created("create an agent", "agents", answer)
            }
            Change::UpdateTechnician { external_id, change } => {
                let body = changed_agent(external_id, change)?;
                self.client.write("change an agent", &AGENTS, &body, true).await?;
                Ok(self.read_back(RecordType::Users, external_id, None).await)
            }
            // The vendor has no courses.
            Change::Enrol { .. } => Err(ConnectorError::new("enrol somebody", ErrorKind::Unsupported)),
        }
    }

    pub(crate) async fn look_for(&self, change: &Change) -> Result<Vec<Pushed>> {
        match change {
            Change::CreateTicket { reference, ticket, .. } => self.find_ticket(reference, ticket).await,
            Change::AddNote { ticket, note, .. } => self.find_note(ticket, note).await,
            Change::CreateTechnician { technician, .. } => self.find_agent(technician).await,
            // Writing the same values again does no harm.
            Change::UpdateTicket { .. } | Change::UpdateTechnician { .. } | Change::Enrol { .. } => Ok(Vec::new()),
        }
    }

    /// What a new ticket needs besides itself: its team's name, its contact's site.
    async fn around(&self, ticket: &Ticket, defaults: &BTreeMap<String, String>) -> Result<Around> {
        let mut around = Around::default();
        if let Some(team) = ticket.board.as_ref().or_else(|| defaults.get("board")) {
            let name = self.team_name(team).await?;
            around.team =
                Some(name.ok_or_else(|| ConnectorError::rejected("board", format!("Halo has no team {team:?}")))?);
        }
        // A user is refused without the site that they belong to (CIPP-API).
        if let (Some(contact), None) = (&ticket.contact, &ticket.site) {
            around.site = match self.read(RecordType::Contacts, contact, false).await? {
                Some(Mapped::Record(Record { data: RecordData::Contact(contact), .. })) => contact.site,
                _ => None,
            };
        }
        Ok(around)
    }

    /// Reads a record again after writing to it: rules and workflows may have changed more than we did.
    async fn read_back(&self, record_type: RecordType, id: &ExternalId, note: Option<i64>) -> Pushed {
        // Whatever hinders it, the write itself has been accepted.
        let record = match self.read(record_type, id, false).await {
            Ok(Some(Mapped::Record(record))) => Some(record),
            _ => None,
        };
        Pushed { external_id: id.clone(), record, note_id: note.map(|id| ExternalId::new(id.to_string())) }
    }

    /// No filter on the reference is known, so the client's newest tickets are looked through. A row that does not show
    /// the field but has our title is read in full.
    async fn find_ticket(&self, reference: &str, ticket: &Ticket) -> Result<Vec<Pushed>> {
        let op = "look for a ticket";
        let mut query: Query = vec![("order", "id".into()), ("orderdesc", "true".into())];
        query.extend(page_of(1, PAGE_SIZE));
        query.extend(ticket.company.as_ref().map(|client| ("client_id", client.as_str().into())));
        let rows: Rows<wire::Ticket> = Rows::read(op, self.client.list(&TICKETS, &query).await?, paged("tickets"))?;
        Length { rows: rows.total, pages: None }.shown(op, rows.len())?;
        let titled = |row: &&wire::Ticket| {
            row.third_party_id_string.get().is_none() && row.summary.get() == Some(ticket.title.trim())
        };
        let certain = rows.readable().find(|row| row.third_party_id_string.get() == Some(reference));
        let likely = rows.readable().filter(titled).take(CANDIDATES);
        for row in certain.into_iter().chain(likely) {
            let Some(id) = row.id.id().map(|id| ExternalId::new(id.to_string())) else { continue };
            let Some(Mapped::Record(record)) = self.read(RecordType::Tickets, &id, false).await? else { continue };
            let RecordData::Ticket(found) = &record.data else { continue };
            if found.external_reference.as_deref() == Some(reference) {
                return Ok(vec![Pushed { external_id: id, record: Some(record), note_id: None }]);
            }
        }
        Ok(Vec::new())
    }

    /// The newest notes with our text that an application wrote; which one is ours, Halo does not tell us.
    async fn find_note(&self, ticket: &ExternalId, note: &NoteDraft) -> Result<Vec<Pushed>> {
        let wanted = text::folded(&signed(note));
        let is_ours = |row: &&wire::Action| {
            let bodies = [row.note.owned(), row.note_html.get().map(text::from_html)];
            row.actionby_application_id.get().is_some()
                && bodies.into_iter().flatten().any(|body| text::folded(&body) == wanted)
        };
        let actions = self.actions(ticket).await?;
        let mut ids: Vec<i64> = actions.readable().filter(is_ours).filter_map(|row| row.id.id()).collect();
        ids.sort_unstable_by(|a, b| b.cmp(a));
        let Some(newest) = ids.first() else { return Ok(Vec::new()) };
        let found = self.read_back(RecordType::Tickets, ticket, Some(*newest)).await;
        let of = |id: &i64| Pushed { note_id: Some(ExternalId::new(id.to_string())), ..found.clone() };
        Ok(ids.iter().take(CANDIDATES).map(of).collect())
    }

    async fn find_agent(&self, technician: &Technician) -> Result<Vec<Pushed>> {
        let Some(email) = technician.email.as_deref() else { return Ok(Vec::new()) };
        let query = vec![("search", email.into())];
        let rows: Rows<wire::Agent> = Rows::read("look for an agent", self.client.list(&AGENTS, &query).await?, BARE)?;
        let same = |row: &&wire::Agent| row.email.get().is_some_and(|found| found.eq_ignore_ascii_case(email.trim()));
        let Some(id) = rows.readable().find(same).and_then(|row| row.id.id()) else { return Ok(Vec::new()) };
        let id = ExternalId::new(id.to_string());
        Ok(vec![self.read_back(RecordType::Users, &id, None).await])
    }
}

#[derive(Debug, Default)]
struct Around {
    team: Option<String>,
    site: Option<ExternalId>,
}

fn new_ticket(reference: &str, ticket: &Ticket, defaults: &BTreeMap<String, String>, around: &Around) -> Result<Value> {
    let or_default = |own: &Option<String>, key: &str| own.clone().or_else(|| defaults.get(key).cloned());
    if ticket.company.is_none() && ticket.contact.is_none() {
        return Err(ConnectorError::rejected("company", "Halo takes a ticket for a client only".to_owned()));
    }
    let site = ticket.site.as_ref().or(around.site.as_ref());
    // With a user but not their site Halo refuses the ticket; then it goes to the client alone.
    let contact = ticket.contact.as_ref().filter(|_| site.is_some());
    let description = if ticket.description.trim().is_empty() { &ticket.title } else { &ticket.description };
    let nobody = contact.is_none();
    Ok(given(json!({
        "summary": ticket.title,
        "details": description,
        "client_id": IDS.of("company", ticket.company.as_ref())?,
        "site_id": IDS.of("site", site)?,
        "user_id": IDS.of("contact", contact)?,
        // Without a user the ticket goes to the client's General User (CIPP-API).
        "userlookup": nobody.then(|| json!({ "id": -1, "lookupdisplay": "Enter Details Manually" })),
        "usertype": nobody.then_some(1),
        "tickettype_id": IDS.number("ticket_type", or_default(&ticket.ticket_type, "ticket_type").as_deref())?,
        "priority_id": IDS.number("priority", or_default(&ticket.priority, "priority").as_deref())?,
        "status_id": IDS.number("status", or_default(&ticket.status, "status").as_deref())?,
        "source": IDS.number("source", defaults.get("source").map(String::as_str))?,
        "category_1": or_default(&ticket.category, "category"),
        "team": around.team,
        "agent_id": IDS.of("assignee", ticket.assignee.as_ref())?,
        "third_party_id_string": reference,
        // The template of the ticket type would replace title and description.
        "donotapplytemplateintheapi": true,
        // Fields that a ticket type demands of people (impact, custom fields) are not the portal's to know.
        "_novalidate": true,
    })))
}

fn changed_ticket(id: &ExternalId, change: &TicketChange) -> Result<Value> {
    let status = IDS.number("status", change.status.as_deref())?;
    let assignee = match &change.assignee {
        None => None,
        Some(None) => Some(UNASSIGNED),
        Some(Some(agent)) => IDS.of("assignee", Some(agent))?,
    };
    Ok(given(json!({
        "id": IDS.of("id", Some(id))?,
        "summary": change.title,
        "details": change.description,
        "status_id": status,
        "priority_id": IDS.number("priority", change.priority.as_deref())?,
        "tickettype_id": IDS.number("ticket_type", change.ticket_type.as_deref())?,
        "agent_id": assignee,
        // Else Halo asks back about open appointments and closes nothing.
        "_appointment01_ok": (status == Some(CLOSED)).then_some(true),
    })))
}

/// An action needs an outcome; these two are Halo's own. The portal tells people itself, so no mail is sent.
fn new_note(ticket: &ExternalId, note: &NoteDraft) -> Result<Value> {
    Ok(json!({
        "ticket_id": IDS.of("ticket", Some(ticket))?,
        "outcome": if note.internal { "Private Note" } else { "Email User" },
        "note_html": text::to_html(&signed(note)),
        "hiddenfromuser": note.internal,
        "sendemail": false,
    }))
}

fn new_agent(technician: &Technician) -> Value {
    given(json!({
        "name": technician.name,
        "email": technician.email,
        "sms": technician.phone,
        "jobtitle": technician.title,
        "team": technician.team,
        "is_agent": true,
        "isdisabled": (!technician.active).then_some(true),
    }))
}

fn changed_agent(id: &ExternalId, change: &TechnicianChange) -> Result<Value> {
    Ok(given(json!({
        "id": IDS.of("id", Some(id))?,
        "name": change.name,
        "email": change.email,
        "sms": change.phone,
        "jobtitle": change.title,
        "isdisabled": change.active.map(|active| !active),
    })))
}

/// The record that a creation answered with. A new ticket has no notes yet.
fn created(op: &'static str, feed: &str, answer: Bytes) -> Result<Pushed> {
    let listing = Listing::single(feed, answer).map_err(|_| ConnectorError::unsure(op))?;
    let (external_id, record) = match listing.map(&Context::default()).pop() {
        Some(Mapped::Record(record)) => (record.external_id.clone(), Some(record)),
        Some(Mapped::Skipped { external_id, .. } | Mapped::Malformed { external_id: Some(external_id), .. }) => {
            (external_id, None)
        }
        Some(Mapped::Malformed { external_id: None, .. }) | None => return Err(ConnectorError::unsure(op)),
    };
    Ok(Pushed { external_id, record, note_id: None })
}

/// Only what is given: to Halo null is a value.
fn given(mut body: Value) -> Value {
    if let Value::Object(fields) = &mut body {
        fields.retain(|_, value| !value.is_null());
    }
    body
}

#[cfg(test)]
mod tests;
