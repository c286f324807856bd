//! Looking for a creation or note whose answer was lost.

use connector::write::signed;
use connector::{Change, Mapped, NoteDraft, Pushed, Result, text};
use domain::id::ExternalId;
use domain::record::RecordType;
use serde_json::json;

use crate::any_case::AnyCase;
use crate::client::PAGE_SIZE;
use crate::keyset;
use crate::listing::{Answer, NOTES, TICKETS, all};
use crate::map::{self, TicketFilter};
use crate::session::{AutotaskSession, is_denied, number};
use crate::wire;

/// Candidates given to the engine at most.
const CANDIDATES: usize = 5;

impl AutotaskSession {
    pub(crate) async fn look_for(&self, change: &Change) -> Result<Vec<Pushed>> {
        match change {
            Change::CreateTicket { reference, .. } => self.find_ticket(reference).await,
            Change::AddNote { ticket, note, .. } => self.find_note(ticket, note).await,
            // Writing the same values again does no harm, and resources are never created.
            Change::UpdateTicket { .. }
            | Change::CreateTechnician { .. }
            | Change::UpdateTechnician { .. }
            | Change::Enrol { .. } => Ok(Vec::new()),
        }
    }

    /// By our reference, which new tickets bear as their external id.
    async fn find_ticket(&self, reference: &str) -> Result<Vec<Pushed>> {
        let filter = vec![keyset::everything(), json!({"op": "eq", "field": "externalID", "value": reference})];
        let body = self.client.query(&TICKETS, &filter, PAGE_SIZE).await?;
        let rows = Answer::Page(body).rows::<wire::Ticket>(&TICKETS)?;
        let everything = TicketFilter::default();
        let found = rows.map(|AnyCase(row)| map::ticket(row, &everything)).into_iter().filter_map(|row| match row {
            Mapped::Record(record) => {
                Some(Pushed { external_id: record.external_id.clone(), record: Some(record), note_id: None })
            }
            Mapped::Skipped { .. } | Mapped::Malformed { .. } => None,
        });
        Ok(found.take(CANDIDATES).collect())
    }

    /// The newest notes with our text that our own resource wrote.
    async fn find_note(&self, ticket: &ExternalId, note: &NoteDraft) -> Result<Vec<Pushed>> {
        let Some(id) = number(ticket) else { return Ok(Vec::new()) };
        let of_ticket = vec![json!({"op": "eq", "field": "ticketID", "value": id})];
        let rows = all::<wire::TicketNote>(&self.client, &NOTES, &of_ticket, |note| note.id).await?;
        let wanted = text::folded(&signed(note));
        let same = |row: &&wire::TicketNote| row.description.get().is_some_and(|text| text::folded(text) == wanted);
        let same: Vec<&wire::TicketNote> = rows.iter().filter(same).collect();
        if same.is_empty() {
            return Ok(Vec::new());
        }
        let ours = match self.own_resource().await {
            Ok(ours) => ours,
            // Who we are may not be seen: then the signed text has to do.
            Err(error) if is_denied(&error.kind) => None,
            Err(error) => return Err(error),
        };
        let by_us = |row: &&&wire::TicketNote| ours.is_none() || row.creatorresourceid.0 == ours;
        let ids: Vec<i64> = same.iter().filter(by_us).rev().filter_map(|row| row.id.0).take(CANDIDATES).collect();
        let Some(newest) = ids.first() else { return Ok(Vec::new()) };
        let found = self.read_back(RecordType::Tickets, ticket, Some(*newest)).await;
        let of = |id: &i64| Pushed { note_id: Some(ExternalId::new(id.to_string())), ..found.clone() };
        Ok(ids.iter().map(of).collect())
    }
}

#[cfg(test)]
mod tests;
