//! A ticket as it is answered.

use std::collections::{BTreeSet, HashMap};

use domain::edit::RecordRef;
use domain::id::{CompanyId, ConnectorId, ExternalId};
use domain::merge::Conflict;
use domain::portal::PortalCompany;
use domain::record::{Note, RecordData, RecordType, Ticket};
use domain::stage::Stage;
use jiff::Timestamp;
use serde::Serialize;
use store::TenantStore;
use utoipa::ToSchema;

use crate::problem::Answer;
use crate::v1::two_way::edits::shown_field;
use crate::v1::two_way::progress::Progress;
use crate::v1::two_way::{Source, TwoWay, lasting};

/// A note on a ticket.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TicketNote)]
pub(crate) struct NoteView {
    /// Changes once, when the vendor has the note.
    pub(super) id: String,
    author: Option<String>,
    text: String,
    /// Not for the customer's eyes.
    internal: bool,
    created_at: Option<Timestamp>,
}

/// A ticket.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Ticket)]
pub(crate) struct TicketView {
    /// Stays the same, also of a ticket that the vendor has not made yet.
    pub(super) id: String,
    #[schema(value_type = String)]
    connector: ConnectorId,
    /// The vendor's id, once it has the ticket.
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<ExternalId>,
    company_id: CompanyId,
    /// The vendor's contact that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_id: Option<String>,
    title: String,
    description: String,
    stage: Stage,
    /// The vendor's status id.
    status: Option<String>,
    /// The vendor's priority id.
    priority: Option<String>,
    /// The vendor's ticket type id.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    ticket_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<String>,
    /// The vendor's board, queue or team.
    #[serde(skip_serializing_if = "Option::is_none")]
    board: Option<String>,
    /// The technician's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    assignee_id: Option<String>,
    closed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_activity_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_at: Option<Timestamp>,
    /// Oldest first.
    pub(super) notes: Vec<NoteView>,
    sync: Progress,
    /// Portal values that lost to the vendor's, newest last.
    conflicts: Vec<Conflict>,
}

/// Which tickets are asked for.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    pub(super) company: Option<PortalCompany>,
    pub(super) stage: Option<Stage>,
    /// Lower case; empty: any.
    pub(super) search: String,
}

impl Wanted {
    fn fits(&self, source: &Source, found: &TwoWay, ticket: &Ticket) -> bool {
        let links = |company: &PortalCompany| company.links.get(&source.which.connection).cloned().unwrap_or_default();
        let of_company = |company| links(company).iter().any(|link| Some(&link.external_id) == ticket.company.as_ref());
        let named = || found.external_id().is_some_and(|id| id.as_str().eq_ignore_ascii_case(&self.search));
        self.company.as_ref().is_none_or(of_company)
            && self.stage.is_none_or(|stage| stage == stage_of(source, ticket))
            && (self.search.is_empty() || ticket.title.to_lowercase().contains(&self.search) || named())
    }
}

pub(super) fn stage_of(source: &Source, ticket: &Ticket) -> Stage {
    Stage::of(&source.settings().options.stages, ticket)
}

/// The ticket as a person sees it; `None`: it is not there.
pub(super) fn ticket_of(found: &TwoWay) -> Answer<Option<Ticket>> {
    Ok(match found.content()? {
        Some(RecordData::Ticket(ticket)) => Some(*ticket),
        _ => None,
    })
}

/// Tickets as they are answered, in the same order. Those that are not asked for, and those whose company is not linked,
/// are left out.
pub(super) async fn views<K>(
    store: &TenantStore,
    source: &Source,
    entries: Vec<(K, TwoWay)>,
    wanted: &Wanted,
) -> Answer<Vec<(K, TicketView)>> {
    let mut tickets = Vec::with_capacity(entries.len());
    for (key, found) in entries {
        if let Some(ticket) = ticket_of(&found)?.filter(|ticket| wanted.fits(source, &found, ticket)) {
            tickets.push((key, found, ticket));
        }
    }
    let connection = &source.which.connection;
    let companies: BTreeSet<_> = tickets.iter().filter_map(|(_, _, ticket)| ticket.company.clone()).collect();
    let links = store.linked(connection, &companies).await?;
    let linked = |ticket: &Ticket| ticket.company.as_ref().and_then(|company| links.get(company)).cloned();
    let assignees: BTreeSet<_> = tickets
        .iter()
        .filter(|(_, _, ticket)| linked(ticket).is_some())
        .filter_map(|(_, _, ticket)| ticket.assignee.clone())
        .collect();
    let technicians = store.records(connection, RecordType::Users, &assignees).await?;
    let technicians: HashMap<_, _> =
        technicians.iter().map(|found| (found.external_id.clone(), lasting(found))).collect();
    let view = |(key, found, ticket): (K, TwoWay, Ticket)| {
        let company = linked(&ticket)?;
        Some((key, TicketView::of(source, &found, ticket, company, &technicians)))
    };
    Ok(tickets.into_iter().filter_map(view).collect())
}

impl TicketView {
    fn of(
        source: &Source,
        found: &TwoWay,
        ticket: Ticket,
        company_id: CompanyId,
        technicians: &HashMap<ExternalId, RecordRef>,
    ) -> Self {
        let stage = stage_of(source, &ticket);
        let technician = |id: ExternalId| {
            let record = technicians.get(&id).cloned().unwrap_or(RecordRef::Vendor(id));
            source.id(&record)
        };
        let conflicts = found.conflicts().into_iter().map(|conflict| shown_conflict(source, conflict)).collect();
        Self {
            id: source.id(&found.record),
            connector: source.which.connector.clone(),
            external_id: found.external_id(),
            company_id,
            contact_id: ticket.contact.map(|id| source.id(&RecordRef::Vendor(id))),
            title: ticket.title,
            description: ticket.description,
            stage,
            status: ticket.status,
            priority: ticket.priority,
            ticket_type: ticket.ticket_type,
            category: ticket.category,
            board: ticket.board,
            assignee_id: ticket.assignee.map(technician),
            closed: ticket.closed,
            created_at: ticket.created_at,
            last_activity_at: ticket.last_activity_at,
            closed_at: ticket.closed_at,
            notes: ticket.notes.into_iter().map(NoteView::of).collect(),
            sync: Progress::of(source, found),
            conflicts,
        }
    }
}

impl NoteView {
    pub(super) fn of(note: Note) -> Self {
        Self {
            id: note.external_id.to_string(),
            author: note.author,
            text: note.text,
            internal: note.internal,
            created_at: note.created_at,
        }
    }
}

/// A conflict in the words of the API.
fn shown_conflict(source: &Source, mut conflict: Conflict) -> Conflict {
    if conflict.field == "assignee" {
        for value in [&mut conflict.portal, &mut conflict.vendor] {
            if let Some(id) = value.as_str() {
                *value = source.id(&RecordRef::Vendor(ExternalId::from(id))).into();
            }
        }
    }
    conflict.field = shown_field(&conflict.field).to_owned();
    conflict
}
