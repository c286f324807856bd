//! Opening a ticket.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use connector::{Direction, OptionField};
use domain::edit::{Edit, RecordRef};
use domain::id::{CompanyId, ExternalId};
use domain::portal::{LinkState, PortalCompany};
use domain::record::{RecordType, Ticket};
use domain::stage::Stage;
use serde::Deserialize;
use store::TenantStore;
use store::outbox::Added;
use utoipa::ToSchema;

use super::change::status_for;
use super::view::TicketView;
use super::{LONGEST_CHOICE, LONGEST_TEXT, LONGEST_TITLE, people, read};
use crate::access::Caller;
use crate::commands::new_id;
use crate::input::{Input, idempotency_key, lines, text};
use crate::problem::{Answer, FieldError, Problem};
use crate::state::AppState;
use crate::v1::two_way::{Source, TwoWay, id, open_for_edits};

/// A ticket to open. What is absent is as the connection's ticket defaults say, or as the vendor has it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TicketInput {
    company_id: CompanyId,
    /// Needed where the company is linked to several that take tickets.
    #[serde(default)]
    connector: Option<String>,
    /// Which of the company's links at that connector; unless told, the first active one.
    #[serde(default)]
    vendor_company_id: Option<ExternalId>,
    /// A contact of that vendor company.
    #[serde(default)]
    contact_id: Option<String>,
    title: String,
    #[serde(default)]
    description: String,
    /// Becomes the status that the options name for it.
    #[serde(default)]
    stage: Option<Stage>,
    /// A priority id of the vendor's.
    #[serde(default)]
    priority: Option<String>,
    /// A ticket type id of the vendor's.
    #[serde(default, rename = "type")]
    ticket_type: Option<String>,
    /// A board, queue or team id of the vendor's.
    #[serde(default)]
    board: Option<String>,
    /// A category of the vendor's.
    #[serde(default)]
    category: Option<String>,
    /// A technician's id.
    #[serde(default)]
    assignee_id: Option<String>,
}

/// Opens a ticket with the company's PSA.
#[utoipa::path(
    post,
    path = "/v1/tickets",
    operation_id = "create_ticket",
    params(("Idempotency-Key" = Option<String>, Header, description = "A repeated key answers what the first one made.")),
    request_body = TicketInput,
    responses(
        (status = 201, body = TicketView, description = "It is on its way; `sync` says how far.", headers(("Location" = String))),
        (status = 409, description = "The connection takes no tickets at present, or the key was used for another ticket."),
    ),
)]
pub(super) async fn create(
    caller: Caller,
    State(state): State<AppState>,
    headers: HeaderMap,
    Input(input): Input<TicketInput>,
) -> Answer<Response> {
    let store = &caller.store;
    let reference = new_id("tk", store, idempotency_key(&headers)?);
    let company = store.company(&input.company_id).await?;
    let company = company.ok_or_else(|| Problem::field("/company_id", "There is no company of this id."))?;
    let source = state.taking_tickets(store, &company, input.connector.as_deref()).await?;
    let ticket = input.ticket(store, &source, &company).await?;
    let record = RecordRef::Portal(reference.clone());
    let found = TwoWay { record: record.clone(), mirrored: None, operations: Vec::new() };
    let defaults = defaults_for(&source, ticket.board.as_deref());
    let edit = Edit::CreateTicket { ticket: Box::new(ticket.clone()), defaults };
    let id = id(&source.which.connection, &record);
    if let Added::Before(_) = state.take_in(&caller, &source, &found, reference, edit).await?
        && is_other(store, &source, &record, &ticket).await?
    {
        return Err(Problem::conflict("This idempotency key was used for another ticket."));
    }
    let view = read(&state, store, &id).await.map_err(|problem| {
        let gone = Problem::conflict(
            "The ticket of this idempotency key was refused and discarded, or is gone at the vendor.",
        );
        if problem.is_not_found() { gone } else { problem }
    })?;
    let mut response = (StatusCode::CREATED, Json(view)).into_response();
    if let Ok(location) = HeaderValue::from_str(&format!("/v1/tickets/{id}")) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// The ticket defaults of the connection, without those that belong to another board than the ticket's own.
fn defaults_for(source: &Source, board: Option<&str>) -> BTreeMap<String, String> {
    let descriptor = source.which.descriptor;
    let mut defaults = source.settings().options.ticket_defaults.clone();
    if board.is_some_and(|board| defaults.get("board").is_none_or(|default| default != board)) {
        let of_a_board = |key: &str| {
            let field = descriptor.ticket_defaults.iter().find(|field| field.key == key);
            field.and_then(OptionField::list).and_then(|list| descriptor.list(list)).is_some_and(|list| list.per_board)
        };
        defaults.retain(|key, _| !of_a_board(key));
    }
    defaults
}

/// Whether what was asked for under this reference, and is still on its way, was another ticket. Once the vendor has it,
/// it may have been changed.
async fn is_other(store: &TenantStore, source: &Source, record: &RecordRef, ticket: &Ticket) -> Answer<bool> {
    let operations = store.operations(&source.which.connection, RecordType::Tickets, Some(record)).await?;
    let asked_for = operations.iter().find_map(|queued| match &queued.operation.edit {
        Edit::CreateTicket { ticket, .. } => Some(ticket),
        _ => None,
    });
    Ok(asked_for.is_some_and(|asked_for| (&asked_for.title, &asked_for.company) != (&ticket.title, &ticket.company)))
}

impl AppState {
    /// The connection that takes a new ticket of this company: the one named, or the only one that can.
    async fn taking_tickets(
        &self,
        store: &TenantStore,
        company: &PortalCompany,
        connector: Option<&str>,
    ) -> Answer<Source> {
        let mut sources = self.sources(store, RecordType::Tickets, connector).await?;
        let linked = |source: &Source| company.links.contains_key(&source.which.connection);
        if let Some(connector) = connector {
            let name = self.connector(connector).map_or(connector, |which| which.descriptor.name);
            let Some(source) = sources.pop() else {
                return Err(Problem::conflict(format!("{name} is not connected. Connect it, then repeat this.")));
            };
            open_for_edits(source.which.descriptor, source.settings(), RecordType::Tickets)?;
            if !linked(&source) {
                let detail = format!("{:?} is not linked to a company of {name}. Link it there first.", company.name);
                return Err(Problem::field("/connector", detail));
            }
            return Ok(source);
        }
        sources.retain(|source| takes_tickets(source) && linked(source));
        let open = |source: &Source| open_for_edits(source.which.descriptor, source.settings(), RecordType::Tickets);
        if let Some(Err(closed)) =
            sources.first().map(open).filter(|_| !sources.iter().any(|source| open(source).is_ok()))
        {
            return Err(closed);
        }
        sources.retain(|source| open(source).is_ok());
        match sources.len() {
            0 => Err(Problem::field("/company_id", self.nowhere(company))),
            1 => Ok(sources.remove(0)),
            _ => {
                let names: Vec<_> = sources.iter().map(|source| source.which.connector.as_str()).collect();
                let detail =
                    format!("{:?} has several that take tickets. Say which: {}.", company.name, names.join(", "));
                Err(Problem::field("/connector", detail))
            }
        }
    }

    fn nowhere(&self, company: &PortalCompany) -> String {
        let both = |direction| direction == Direction::Both;
        let takes = self.descriptors().filter(|descriptor| {
            descriptor.record_type(RecordType::Tickets).is_some_and(|found| both(found.direction))
        });
        let names: Vec<_> = takes.map(|descriptor| descriptor.name).collect();
        format!("{:?} is linked to none that takes tickets. Link it first: {}.", company.name, names.join(", "))
    }
}

fn takes_tickets(source: &Source) -> bool {
    let declared = source.which.descriptor.record_type(RecordType::Tickets);
    declared.is_some_and(|declared| declared.direction == Direction::Both)
}

impl TicketInput {
    /// The ticket in the vendor's words, or everything that is wrong with it.
    async fn ticket(self, store: &TenantStore, source: &Source, company: &PortalCompany) -> Answer<Ticket> {
        let mut errors = Vec::new();
        let mut choice =
            |pointer: &str, id: Option<String>| id.map(|id| text(&mut errors, pointer, &id, LONGEST_CHOICE));
        let mut ticket = Ticket {
            priority: choice("/priority", self.priority),
            ticket_type: choice("/type", self.ticket_type),
            board: choice("/board", self.board),
            category: choice("/category", self.category),
            title: text(&mut errors, "/title", &self.title, LONGEST_TITLE),
            description: lines(&mut errors, "/description", &self.description, LONGEST_TEXT),
            ..Ticket::default()
        };
        let name = source.which.descriptor.short_name;
        let links = company.links.get(&source.which.connection).map(Vec::as_slice).unwrap_or_default();
        let vendor_company = match &self.vendor_company_id {
            Some(named) => links.iter().find(|link| link.external_id == *named),
            None => links.iter().find(|link| link.state == LinkState::Ok).or(links.first()),
        };
        match vendor_company {
            Some(link) => ticket.company = Some(link.external_id.clone()),
            None => errors.push(FieldError::new(
                "/vendor_company_id",
                format!("{:?} is not linked to this company of {name}.", company.name),
            )),
        }
        if let Some(stage) = self.stage {
            let defaults = &source.settings().options.ticket_defaults;
            let board = ticket.board.as_ref().or_else(|| defaults.get("board"));
            match status_for(source, stage, board.map(String::as_str)) {
                Ok(status) => ticket.status = Some(status),
                Err(error) => errors.push(error),
            }
        }
        if let (Some(contact), Some(company)) = (&self.contact_id, &ticket.company) {
            ticket.contact = people::contact(store, source, &mut errors, contact, company).await?;
        }
        if let Some(assignee) = &self.assignee_id {
            ticket.assignee = people::technician(store, source, &mut errors, assignee).await?;
        }
        if errors.is_empty() { Ok(ticket) } else { Err(Problem::invalid(errors)) }
    }
}
