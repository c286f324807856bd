//! A connection's conversation with its Autotask: pages, single records, notes, picklists.

use std::collections::HashMap;

use connector::rows::Rows;
use connector::webhook::{Endpoint, Provisioned};
use connector::{
    Account, BoxFuture, Change, ChoiceQuery, ConnectorError, ErrorKind, Mapped, Page, PullRequest, Pushed, Result,
    Session, SessionContext,
};
use domain::id::ExternalId;
use domain::record::{Choice, Record, RecordData, RecordType};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::{Mutex, OnceCell};

use crate::any_case::AnyCase;
use crate::client::{Client, Entity, Filter, PAGE_SIZE};
use crate::groups::Groups;
use crate::keyset::{self, After};
use crate::listing::{Answer, COMPANIES, CONTACTS, DELETED_TICKETS, NOTES, RESOURCES, TICKETS, all, entity, readable};
use crate::map::{self, TicketFilter};
use crate::notes::NotesAhead;
use crate::picklist::Picklists;
use crate::wire;

/// One session of one connection.
pub(crate) struct AutotaskSession {
    pub(crate) client: Client,
    filter: TicketFilter,
    groups: Groups,
    notes: Mutex<NotesAhead>,
    /// Read when first needed.
    lists: Lists,
    authors: OnceCell<HashMap<i64, String>>,
}

#[derive(Default)]
struct Lists {
    companies: OnceCell<Picklists>,
    resources: OnceCell<Picklists>,
    tickets: OnceCell<Picklists>,
    notes: OnceCell<Picklists>,
}

impl AutotaskSession {
    pub(crate) fn new(context: &SessionContext) -> Result<Self> {
        Ok(Self {
            client: Client::new(&context.http, &context.credentials, &context.deployment)?,
            filter: TicketFilter::of(&context.options),
            groups: Groups::default(),
            notes: Mutex::default(),
            lists: Lists::default(),
            authors: OnceCell::new(),
        })
    }

    /// The picklists of an entity's fields.
    pub(crate) async fn picklists(&self, entity: &'static Entity) -> Result<&Picklists> {
        let (cell, op) = match entity.path {
            "Companies" => (&self.lists.companies, "read the companies' picklists"),
            "Resources" => (&self.lists.resources, "read the resources' picklists"),
            "TicketNotes" => (&self.lists.notes, "read the notes' picklists"),
            _ => (&self.lists.tickets, "read the tickets' picklists"),
        };
        let read =
            || async { Picklists::read(op, self.client.get(op, &[entity.path, "entityInformation", "fields"]).await?) };
        cell.get_or_try_init(read).await
    }

    async fn pull_page(&self, request: PullRequest<'_>) -> Result<Page> {
        let record_type = request.feed.produces;
        let entity = entity(record_type).ok_or_else(unknown)?;
        let after = After::of(entity.list, request.cursor)?;
        let since = request.since.filter(|_| request.feed.is_filtered());
        let mut filter: Filter = vec![after.condition()];
        filter.extend(since.map(|since| changed(record_type, since)));
        let asked = if request.probe { 1 } else { PAGE_SIZE };
        let body = self.client.query(entity, &filter, asked).await?;
        let mut rows = self.mapped(record_type, Answer::Page(body.clone()), &self.filter).await?;
        let ids = keyset::ids(&rows);
        if request.probe {
            return Ok(Page { rows, ..Page::default() });
        }
        let next = after.after(entity.list, &ids, asked, &body)?;
        if record_type == RecordType::Tickets {
            self.notes.lock().await.turn_to(ids.into_iter().flatten().collect());
            let deleted_since = since.and_then(|since| deletions_since(since, self.client.vendor_now()));
            if let (None, Some(since)) = (next, deleted_since) {
                rows.extend(self.deleted_tickets(since, &rows).await?);
            }
        }
        Ok(Page { rows, next: next.and_then(After::cursor), ..Page::default() })
    }

    /// Maps what a feed or a single read answered.
    async fn mapped(&self, record_type: RecordType, answer: Answer, filter: &TicketFilter) -> Result<Vec<Mapped>> {
        Ok(match record_type {
            RecordType::Companies => {
                let rows: Rows<AnyCase<wire::Company>> = answer.rows(&COMPANIES)?;
                if rows.is_empty() {
                    return Ok(Vec::new());
                }
                let types = self.picklists(&COMPANIES).await?.of("companyType")?;
                rows.map(|AnyCase(row)| map::company(row, types))
            }
            RecordType::Contacts => {
                let rows: Rows<AnyCase<wire::Contact>> = answer.rows(&CONTACTS)?;
                let ids: Vec<i64> = rows.readable().filter_map(|AnyCase(row)| row.id.0).collect();
                let groups = if ids.is_empty() { HashMap::new() } else { self.groups.of(&self.client, &ids).await? };
                rows.map(|AnyCase(row)| map::contact(row, &groups))
            }
            RecordType::Users => {
                let rows: Rows<AnyCase<wire::Resource>> = answer.rows(&RESOURCES)?;
                if rows.is_empty() {
                    return Ok(Vec::new());
                }
                let licences = self.picklists(&RESOURCES).await?.of("licenseType")?;
                rows.map(|AnyCase(row)| map::technician(row, licences))
            }
            RecordType::Tickets => {
                let rows: Rows<AnyCase<wire::Ticket>> = answer.rows(&TICKETS)?;
                rows.map(|AnyCase(row)| map::ticket(row, filter))
            }
            _ => return Err(unknown()),
        })
    }

    /// Tickets deleted since then, where our user may see the log. Where not, the daily sweep finds out.
    async fn deleted_tickets(&self, since: Timestamp, listed: &[Mapped]) -> Result<Vec<Mapped>> {
        let deleted = vec![json!({"op": "gte", "field": "deletedDateTime", "value": since.to_string()})];
        let logs = match all::<wire::DeletedTicket>(&self.client, &DELETED_TICKETS, &deleted, |log| log.id).await {
            Ok(logs) => logs,
            Err(error) if is_denied(&error.kind) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let seen = keyset::ids(listed);
        let mut tickets: Vec<_> = logs.iter().filter(|log| !seen.contains(&log.ticketid.0)).collect();
        tickets.sort_by_key(|log| log.ticketid.0);
        tickets.dedup_by_key(|log| log.ticketid.0);
        Ok(tickets.into_iter().filter_map(map::deleted_ticket).collect())
    }

    /// One record as it stands; `filtered`: what the admin's filters leave out comes as skipped.
    pub(crate) async fn read(
        &self,
        record_type: RecordType,
        id: &ExternalId,
        filtered: bool,
    ) -> Result<Option<Mapped>> {
        let entity = entity(record_type).ok_or_else(unknown)?;
        // Whatever else a hint may carry, Autotask's ids are numbers.
        let Some(number) = number(id) else { return Ok(None) };
        if record_type == RecordType::Tickets {
            self.notes.lock().await.forget(number);
        }
        let Some(body) = self.client.read(entity.read, &[entity.path, id.as_str()]).await? else { return Ok(None) };
        let everything = TicketFilter::default();
        let filter = if filtered { &self.filter } else { &everything };
        Ok(self.mapped(record_type, Answer::One(body), filter).await?.pop())
    }

    async fn add_notes(&self, record: &mut Record) -> Result<()> {
        let Some(id) = number(&record.external_id) else { return Ok(()) };
        let RecordData::Ticket(ticket) = &mut record.data else { return Ok(()) };
        let rows = self.notes.lock().await.of(&self.client, id).await?;
        ticket.notes = if rows.is_empty() { Vec::new() } else { self.notes_of(&rows).await? };
        Ok(())
    }

    pub(crate) async fn notes_of(&self, rows: &[wire::TicketNote]) -> Result<Vec<domain::record::Note>> {
        let publish = self.picklists(&NOTES).await?.of("publish")?;
        let authors = self.authors.get_or_try_init(|| self.read_authors()).await?;
        Ok(rows.iter().filter_map(|row| map::note(row, publish, authors)).collect())
    }

    /// Names of the resources, who write most notes. Notes can do without.
    async fn read_authors(&self) -> Result<HashMap<i64, String>> {
        let resources = match all::<wire::Resource>(&self.client, &RESOURCES, &Vec::new(), |row| row.id).await {
            Err(error) if is_denied(&error.kind) => return Ok(HashMap::new()),
            resources => resources?,
        };
        let name = |row: &wire::Resource| map::full_name(row.firstname.get(), row.lastname.get());
        Ok(resources.iter().filter_map(|row| Some((row.id.0?, name(row)?))).collect())
    }

    /// The resource that our credentials belong to. Whether its user name bears what follows the at sign, sources do not
    /// say; its e-mail address may be another.
    pub(crate) async fn own_resource(&self) -> Result<Option<i64>> {
        let user = self.client.user();
        let local = user.split('@').next().unwrap_or(user);
        let is = |field: &str, value: &str| json!({"op": "eq", "field": field, "value": value});
        let items: Vec<Value> = vec![is("userName", user), is("userName", local), is("email", user)];
        let filter = vec![keyset::everything(), json!({"op": "or", "items": items})];
        let body = self.client.query(&RESOURCES, &filter, PAGE_SIZE).await?;
        let found: Vec<wire::Resource> = readable(&RESOURCES, body)?;
        let licences = self.picklists(&RESOURCES).await?.of("licenseType")?;
        let api = found.iter().find(|row| map::is_api_user(row, licences));
        let whole = |row: &&wire::Resource| row.username.get().is_some_and(|name| name.eq_ignore_ascii_case(user));
        Ok(api.or_else(|| found.iter().find(whole)).and_then(|row| row.id.0))
    }

    async fn read_account(&self) -> Result<Account> {
        let database = self.client.database().await?;
        let own = match self.client.read(COMPANIES.read, &[COMPANIES.path, "0"]).await {
            // A user that may read nothing is refused by a 403 or by empty lists; the credentials are good all the same.
            Err(error) if is_denied(&error.kind) => None,
            own => own?,
        };
        let own: Option<wire::Company> =
            own.and_then(|body| serde_json::from_slice(&body).ok()).map(|AnyCase(company)| company);
        let name = own.and_then(|company| company.companyname.owned());
        let name = name.unwrap_or_else(|| format!("Autotask database {database}"));
        let count = match self.client.count(&COMPANIES).await {
            Err(error) if is_denied(&error.kind) => None,
            count => count?,
        };
        let name = match count {
            Some(1) => format!("{name}, 1 company"),
            Some(count) => format!("{name}, {count} companies"),
            None => name,
        };
        Ok(Account { id: format!("database-{database}"), name })
    }

    async fn list_choices(&self, query: ChoiceQuery<'_>) -> Result<Vec<Choice>> {
        let field = match query.field {
            "statuses" => "status",
            "priorities" => "priority",
            "ticket_types" => "ticketType",
            "boards" => "queueID",
            "categories" => "ticketCategory",
            "sources" => "source",
            // Rules name a contact type by its name, so that is the value.
            "contact_types" => {
                let mut names: Vec<&String> = self.groups.names(&self.client).await?.values().collect();
                names.sort();
                names.dedup();
                let choice = |name: &String| Choice::new(name, name);
                return Ok(names.into_iter().map(choice).collect());
            }
            _ => return Err(ConnectorError::new("list choices", ErrorKind::Unsupported)),
        };
        Ok(self.picklists(&TICKETS).await?.of(field)?.choices())
    }
}

impl Session for AutotaskSession {
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

    fn provision<'a>(&'a self, endpoint: &'a Endpoint) -> BoxFuture<'a, Result<Provisioned>> {
        Box::pin(async { Ok(self.subscribe(endpoint).await?.into()) })
    }

    fn unprovision<'a>(&'a self, endpoint: &'a Endpoint) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.unsubscribe(endpoint))
    }

    fn choices<'a>(&'a self, query: ChoiceQuery<'a>) -> BoxFuture<'a, Result<Vec<Choice>>> {
        Box::pin(self.list_choices(query))
    }
}

/// The condition "changed since": rows have two stamps, and neither moves with everything.
fn changed(record_type: RecordType, since: Timestamp) -> Value {
    let stamps = match record_type {
        RecordType::Companies => ["lastActivityDate", "lastTrackedModifiedDateTime"],
        RecordType::Contacts => ["lastModifiedDate", "lastActivityDate"],
        _ => ["lastActivityDate", "lastTrackedModificationDateTime"],
    };
    let since = since.to_string();
    let items = stamps.map(|field| json!({"op": "gte", "field": field, "value": since}));
    json!({"op": "or", "items": items})
}

/// From when on deletions are asked for, if they are: once in each hour of the vendor's clock, for the hour before as well.
/// A webhook tells of a deletion at once, and a quiet run should cost one call.
fn deletions_since(since: Timestamp, now: Option<Timestamp>) -> Option<Timestamp> {
    const HOUR: i64 = 60 * 60;
    let hour = |at: Timestamp| at.as_second().div_euclid(HOUR);
    if now.is_some_and(|now| hour(now) == hour(since)) {
        return None;
    }
    Timestamp::from_second(hour(since) * HOUR).ok()
}

pub(crate) fn number(id: &ExternalId) -> Option<i64> {
    id.as_str().bytes().all(|byte| byte.is_ascii_digit()).then(|| id.as_str().parse().ok()).flatten()
}

/// Our user may not see it, or this Autotask has no such thing.
pub(crate) const fn is_denied(kind: &ErrorKind) -> bool {
    matches!(kind, ErrorKind::Forbidden | ErrorKind::NotFound)
}

fn unknown() -> ConnectorError {
    ConnectorError::new("read a feed", ErrorKind::Unsupported).with_detail("Autotask has no such list")
}

#[cfg(test)]
mod tests;
