//! A connection's conversation with its Halo: pages, single records, notes, picklists.

use std::borrow::Cow;
use std::collections::HashMap;

use bytes::Bytes;
use connector::lenient::Text;
use connector::rows::Rows;
use connector::{
    Account, BoxFuture, Change, ChoiceQuery, ConnectorError, ErrorKind, Length, Mapped, Page, Place, PullRequest,
    Pushed, Result, Session, SessionContext,
};
use domain::id::ExternalId;
use domain::record::{Choice, Record, RecordData, RecordType};
use tokio::sync::OnceCell;

use crate::client::{ACTIONS, AGENTS, CLIENTS, Client, Query, Resource, SITES, TICKETS, USERS};
use crate::descriptor::ADMIN;
use crate::listing::{BARE, Listing, paged};
use crate::map::{self, Context};
use crate::wire;

/// Rows asked for on each page. Halo caps every page at this, whatever is asked for (HaloAPI issue 90).
pub(crate) const PAGE_SIZE: u32 = 100;
/// Actions asked for of one ticket; how many come unasked is not documented.
const MOST_ACTIONS: &str = "5000";

/// One session of one connection.
pub(crate) struct HaloSession {
    pub(crate) client: Client,
    filters: Context,
    /// The filters with the names of user roles, read when the first user with a role comes.
    with_roles: OnceCell<Context>,
}

impl HaloSession {
    pub(crate) fn new(context: &SessionContext) -> Result<Self> {
        let client = Client::new(&context.http, &context.credentials)?;
        Ok(Self { client, filters: Context::of(&context.options), with_roles: OnceCell::new() })
    }

    async fn pull_page(&self, request: PullRequest<'_>) -> Result<Page> {
        let resource = resource(request.feed.produces)?;
        let since = request.since.filter(|_| request.feed.is_filtered()).map(connector::dates::parameter);
        let mut query: Query = since.map(|since| ("lastupdatefromdate", Cow::from(since))).into_iter().collect();
        let place = Place::of(resource.list, &request)?;
        let is_paged = request.feed.produces != RecordType::Users;
        if is_paged {
            query.extend(page_of(place.page, if request.probe { 1 } else { PAGE_SIZE }));
            query.push(("order", "id".into()));
        }
        let listing = Listing::read(request.feed.id, self.client.list(resource, &query).await?)?;
        let (rows, total) = (listing.map(self.context(&listing).await?), listing.total());
        let is_last = request.probe || !is_paged;
        let next =
            if is_last { None } else { place.after(resource.list, &rows, Length { rows: total, pages: None })? };
        Ok(Page { rows, next: next.map(|place| place.cursor()), total })
    }

    /// What a mapping needs. Reading the user roles costs a call, so it waits for a user that has one.
    async fn context(&self, listing: &Listing) -> Result<&Context> {
        if !listing.has_roles() {
            return Ok(&self.filters);
        }
        let read = || async {
            let body = self.client.picklist("list user roles", "UserRoles", &[]).await;
            let body = body.map_err(|error| error.needing(ADMIN))?;
            let roles = named("list user roles", body)?.into_iter().map(|(id, name, _)| (id, name)).collect();
            Ok(Context { roles, ..self.filters.clone() })
        };
        self.with_roles.get_or_try_init(read).await
    }

    /// One record as it stands; `filtered`: what the admin's filters leave out comes as skipped.
    pub(crate) async fn read(
        &self,
        record_type: RecordType,
        id: &ExternalId,
        filtered: bool,
    ) -> Result<Option<Mapped>> {
        // Whatever else a hint may carry, Halo's ids are numbers.
        if id.as_str().is_empty() || !id.as_str().bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(None);
        }
        let body = match self.client.read(resource(record_type)?, id.as_str()).await {
            Err(ConnectorError { kind: ErrorKind::NotFound, .. }) => return Ok(None),
            body => body?,
        };
        let listing = Listing::single(feed(record_type)?, body)?;
        if listing.is_deleted() {
            return Ok(None);
        }
        let context = if filtered { self.context(&listing).await? } else { &Context::default() };
        Ok(listing.map(context).pop())
    }

    async fn add_notes(&self, record: &mut Record) -> Result<()> {
        let RecordData::Ticket(ticket) = &mut record.data else { return Ok(()) };
        ticket.notes = map::notes(&self.actions(&record.external_id).await?);
        Ok(())
    }

    /// Every action of a ticket, newest first. Their list has no pages, only a number of rows.
    pub(crate) async fn actions(&self, ticket: &ExternalId) -> Result<Rows<wire::Action>> {
        let query: Query = vec![
            ("ticket_id", ticket.as_str().into()),
            ("includehtmlnote", "true".into()),
            ("count", MOST_ACTIONS.into()),
        ];
        let body = self.client.list(&ACTIONS, &query).await?;
        let rows: Rows<wire::Action> = Rows::read(ACTIONS.list, body, paged("actions"))?;
        // Believed to be all, the rest of a conversation would be taken away.
        if rows.total.is_some_and(|total| total > rows.len() as u64) {
            let detail = "more actions are counted than are there";
            return Err(ConnectorError::malformed(ACTIONS.list, "record_count", detail));
        }
        Ok(rows)
    }

    async fn read_account(&self) -> Result<Account> {
        let host = self.client.host();
        let name = match self.client.list(&CLIENTS, &page_of(1, 1).into()).await {
            Ok(body) => match Listing::read("clients", body)?.total() {
                Some(1) => format!("{host}, 1 company"),
                Some(total) => format!("{host}, {total} companies"),
                None => host.clone(),
            },
            // The credentials are good; what they may read is another question.
            Err(ConnectorError { kind: ErrorKind::Forbidden, .. }) => host.clone(),
            Err(error) => return Err(error),
        };
        Ok(Account { id: host, name })
    }

    async fn list_choices(&self, query: ChoiceQuery<'_>) -> Result<Vec<Choice>> {
        let list = |op: &'static str, path: &'static str, query: &'static [(&str, &str)]| async move {
            Ok::<_, ConnectorError>((op, self.client.picklist(op, path, query).await?))
        };
        let choices = match query.field {
            "statuses" => {
                let (op, body) = list("list statuses", "Status", &[]).await?;
                named(op, body)?.into_iter().map(|(value, label, _)| Choice::new(value, label)).collect()
            }
            "boards" => {
                let (op, body) = list("list teams", "Team", &[]).await?;
                let team = |(value, name, row): (String, String, wire::Named)| {
                    let label = if row.inactive.is_set() { format!("{name} (inactive)") } else { name };
                    Choice::new(value, label)
                };
                named(op, body)?.into_iter().map(team).collect()
            }
            // Rules name a contact type by its name, so that is the value.
            "contact_types" => {
                let (op, body) = list("list user roles", "UserRoles", &[]).await?;
                named(op, body)?.into_iter().map(|(_, name, _)| Choice::new(name.clone(), name)).collect()
            }
            "ticket_types" => {
                let (op, body) = list("list ticket types", "TicketType", &[("showall", "true")]).await?;
                let is_ticket = |row: &wire::Named| row.used_for.get().is_none_or(|used_for| used_for == "tickets");
                let types = named(op, body)?.into_iter().filter(|(_, _, row)| is_ticket(row));
                types.map(|(value, label, _)| Choice::new(value, label)).collect()
            }
            "priorities" => {
                let (op, body) = list("list priorities", "Priority", &[]).await?;
                let rows: Rows<wire::Priority> = Rows::read(op, body, BARE)?;
                let shown = rows.readable().filter(|row| !row.ishidden.is_set());
                let choice =
                    |row: &wire::Priority| Some(Choice::new(row.priorityid.id()?.to_string(), row.name.owned()?));
                unique(shown.filter_map(choice))
            }
            // Tickets carry a category's text.
            "categories" => {
                let (op, body) = list("list categories", "Category", &[("type_id", "1")]).await?;
                let rows: Rows<wire::Category> = Rows::read(op, body, BARE)?;
                let text = |row: &wire::Category| row.value.owned().or_else(|| row.category_name.owned());
                unique(rows.readable().filter_map(text).map(|text| Choice::new(text.clone(), text)))
            }
            _ => return Err(ConnectorError::new("list choices", ErrorKind::Unsupported)),
        };
        Ok(choices)
    }

    /// A team's name: tickets are written with it, though they are read with its id.
    pub(crate) async fn team_name(&self, id: &str) -> Result<Option<String>> {
        let body = self.client.picklist("list teams", "Team", &[]).await?;
        let teams: HashMap<_, _> = named("list teams", body)?.into_iter().map(|(id, name, _)| (id, name)).collect();
        Ok(teams.get(id).cloned())
    }
}

impl Session for HaloSession {
    fn account(&self) -> BoxFuture<'_, Result<Account>> {
        Box::pin(self.read_account())
    }

    fn pull<'a>(&'a self, request: PullRequest<'a>) -> BoxFuture<'a, Result<Page>> {
        Box::pin(self.pull_page(request))
    }

    fn get<'a>(&'a self, record_type: RecordType, id: &'a ExternalId) -> BoxFuture<'a, Result<Option<Mapped>>> {
        Box::pin(self.read(record_type, id, true))
    }

    fn get_unfiltered<'a>(
        &'a self,
        record_type: RecordType,
        id: &'a ExternalId,
    ) -> BoxFuture<'a, Result<Option<Mapped>>> {
        Box::pin(self.read(record_type, id, false))
    }

    fn complete<'a>(&'a self, record: &'a mut Record) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.add_notes(record))
    }

    fn push<'a>(&'a self, change: &'a Change) -> BoxFuture<'a, Result<Pushed>> {
        Box::pin(self.write(change))
    }

    fn find<'a>(&'a self, change: &'a Change) -> BoxFuture<'a, Result<Vec<Pushed>>> {
        Box::pin(self.look_for(change))
    }

    fn choices<'a>(&'a self, query: ChoiceQuery<'a>) -> BoxFuture<'a, Result<Vec<Choice>>> {
        Box::pin(self.list_choices(query))
    }
}

/// The parameters of one page; `pageinate` is Halo's spelling.
pub(crate) fn page_of(page: u32, size: u32) -> [(&'static str, Cow<'static, str>); 3] {
    [("pageinate", "true".into()), ("page_size", size.to_string().into()), ("page_no", page.to_string().into())]
}

fn resource(record_type: RecordType) -> Result<&'static Resource> {
    Ok(match record_type {
        RecordType::Companies => &CLIENTS,
        RecordType::Sites => &SITES,
        RecordType::Contacts => &USERS,
        RecordType::Users => &AGENTS,
        RecordType::Tickets => &TICKETS,
        _ => return Err(unknown()),
    })
}

fn feed(record_type: RecordType) -> Result<&'static str> {
    Ok(match record_type {
        RecordType::Companies => "clients",
        RecordType::Sites => "sites",
        RecordType::Contacts => "contacts",
        RecordType::Users => "agents",
        RecordType::Tickets => "tickets",
        _ => return Err(unknown()),
    })
}

/// Of a record type that this connector does not declare.
fn unknown() -> ConnectorError {
    ConnectorError::new("read a record", ErrorKind::Unsupported)
}

fn named(op: &'static str, body: Bytes) -> Result<Vec<(String, String, wire::Named)>> {
    let rows: Vec<wire::Named> = Rows::read(op, body, BARE)?.into_readable();
    let owned = |text: &Text| text.owned();
    Ok(rows.into_iter().filter_map(|row| Some((owned(&row.id)?, owned(&row.name)?, row))).collect())
}

/// The same priority number comes once per SLA.
fn unique(choices: impl Iterator<Item = Choice>) -> Vec<Choice> {
    let mut unique: Vec<Choice> = Vec::new();
    for choice in choices {
        if !unique.iter().any(|known| known.value == choice.value) {
            unique.push(choice);
        }
    }
    unique
}

#[cfg(test)]
mod tests;
