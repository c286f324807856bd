//! A connection's conversation with its Syncro: pages, single records, picklists.

use bytes::Bytes;
use connector::lenient::Text;
use connector::{
    Account, BoxFuture, Change, ChoiceQuery, ConnectorError, ErrorKind, Mapped, Page, Place, PullRequest, Pushed,
    Result, Session, SessionContext, dates,
};
use domain::id::ExternalId;
use domain::record::{Choice, Record, RecordType};
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use crate::client::{Client, Query};
use crate::listing::{Listing, length};
use crate::map::Context;
use crate::wire;

/// One session of one connection.
pub(crate) struct SyncroSession {
    pub(crate) client: Client,
    filters: Context,
}

impl SyncroSession {
    pub(crate) fn new(context: &SessionContext) -> Result<Self> {
        let client = Client::new(&context.http, &context.credentials)?;
        Ok(Self { client, filters: Context::of(&context.options) })
    }

    async fn pull_page(&self, request: PullRequest<'_>) -> Result<Page> {
        let (op, path) = list(request.feed.produces)?;
        let place = Place::of(op, &request)?;
        let since = request.since.filter(|_| request.feed.is_filtered());
        let mut query = Query::new();
        match request.feed.produces {
            RecordType::Companies => query.push(("include_disabled", "true".into())),
            RecordType::Tickets => {
                query.extend(since.map(|since| ("since_updated_at", dates::parameter(since).into())))
            }
            _ => {}
        }
        // Users have no pages, and no page has a size of our choice.
        if request.feed.produces != RecordType::Users {
            query.push(("page", place.page.to_string().into()));
        }
        let listing = Listing::read(request.feed.id, self.client.get(op, &[path], &query).await?)?;
        let (mut rows, length) = (listing.map(&self.filters), listing.length());
        let next = if request.probe { None } else { place.after(op, &rows, length)? };
        if let Some(since) = since {
            rows.retain(|row| !is_older(row, since));
        }
        let total = length.rows.filter(|_| since.is_none());
        Ok(Page { rows, next: next.map(|place| place.cursor()), total })
    }

    /// One record as it stands; `filtered`: what the admin's filters leave out comes as skipped.
    pub(crate) async fn read(
        &self,
        record_type: RecordType,
        id: &ExternalId,
        filtered: bool,
    ) -> Result<Option<Mapped>> {
        // Whatever else a hint may carry, Syncro's ids are numbers.
        if id.as_str().is_empty() || !id.as_str().bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(None);
        }
        if record_type == RecordType::Users {
            return self.read_technician(id).await;
        }
        let (op, feed) = one(record_type)?;
        let body = match self.client.get(op, &[feed, id.as_str()], &Query::new()).await {
            Err(ConnectorError { kind: ErrorKind::NotFound, .. }) => return Ok(None),
            body => body?,
        };
        let context = if filtered { &self.filters } else { &Context::default() };
        Ok(Listing::single(feed, body)?.map(context).pop())
    }

    /// Somebody who may work no longer leaves the list, and may be readable all the same.
    async fn read_technician(&self, id: &ExternalId) -> Result<Option<Mapped>> {
        let (op, path) = list(RecordType::Users)?;
        let rows = Listing::read("technicians", self.client.get(op, &[path], &Query::new()).await?)?.map(&self.filters);
        let same = |row: &Mapped| match row {
            Mapped::Record(record) => record.external_id == *id,
            Mapped::Malformed { external_id, .. } => external_id.as_ref() == Some(id),
            Mapped::Skipped { external_id, .. } => external_id == id,
        };
        Ok(rows.into_iter().find(same))
    }

    async fn read_account(&self) -> Result<Account> {
        let me: wire::Me = answer("authenticate", &self.client.get("authenticate", &["me"], &Query::new()).await?)?;
        let entered = self.client.subdomain();
        let id = me.subdomain.get().unwrap_or(entered).to_lowercase();
        let query = vec![("include_disabled", "true".into()), ("page", "1".into())];
        let name = match self.client.get("list customers", &["customers"], &query).await {
            Ok(body) => match length(&body).rows {
                Some(1) => format!("{id}, 1 company"),
                Some(total) => format!("{id}, {total} companies"),
                None => id.clone(),
            },
            // The token is good; what it may read is another question.
            Err(ConnectorError { kind: ErrorKind::Forbidden, .. }) => id.clone(),
            Err(error) => return Err(error),
        };
        Ok(Account { id, name })
    }

    async fn list_choices(&self, query: ChoiceQuery<'_>) -> Result<Vec<Choice>> {
        match query.field {
            // Statuses, priorities and problem types are texts without ids.
            "statuses" => Ok(texts(&self.ticket_settings().await?.ticket_status_list)),
            "ticket_types" => {
                let named = |row: &wire::TicketType| {
                    let name = row.name.owned()?;
                    let label = if row.disabled.is_set() { format!("{name} (disabled)") } else { name };
                    Some(Choice::new(row.id.id()?.to_string(), label))
                };
                Ok(self.ticket_settings().await?.ticket_types.iter().filter_map(named).collect())
            }
            "priorities" => Ok(texts(&self.account_settings().await?.ticket.priorities)),
            "categories" => Ok(texts(&self.account_settings().await?.ticket.problem_types)),
            _ => Err(ConnectorError::new("list choices", ErrorKind::Unsupported)),
        }
    }

    async fn ticket_settings(&self) -> Result<wire::TicketSettings> {
        const OP: &str = "read ticket settings";
        answer(OP, &self.client.get(OP, &["tickets", "settings"], &Query::new()).await?)
    }

    async fn account_settings(&self) -> Result<wire::AccountSettings> {
        const OP: &str = "read settings";
        answer(OP, &self.client.get(OP, &["settings"], &Query::new()).await?)
    }
}

impl Session for SyncroSession {
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
        Box::pin(self.add_details(record))
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

/// The operation and the path of a list.
fn list(record_type: RecordType) -> Result<(&'static str, &'static str)> {
    match record_type {
        RecordType::Companies => Ok(("list customers", "customers")),
        RecordType::Contacts => Ok(("list contacts", "contacts")),
        RecordType::Users => Ok(("list users", "users")),
        RecordType::Tickets => Ok(("list tickets", "tickets")),
        _ => Err(ConnectorError::new("list records", ErrorKind::Unsupported)),
    }
}

/// The operation and the feed of a single record; the feed is the path, too.
fn one(record_type: RecordType) -> Result<(&'static str, &'static str)> {
    match record_type {
        RecordType::Companies => Ok(("read a customer", "customers")),
        RecordType::Contacts => Ok(("read a contact", "contacts")),
        RecordType::Tickets => Ok(("read a ticket", "tickets")),
        _ => Err(ConnectorError::new("read a record", ErrorKind::Unsupported)),
    }
}

/// Rows from before the moment asked for come where only the day counts.
fn is_older(row: &Mapped, since: Timestamp) -> bool {
    matches!(row, Mapped::Record(record) if record.modified_at.is_some_and(|at| at < since))
}

fn answer<T: DeserializeOwned>(op: &'static str, body: &Bytes) -> Result<T> {
    let mut json = serde_json::Deserializer::from_slice(body);
    T::deserialize(&mut json)
        .map_err(|_| ConnectorError::new(op, ErrorKind::Malformed { path: "the answer".to_owned() }))
}

fn texts(list: &[Text]) -> Vec<Choice> {
    list.iter().filter_map(Text::owned).map(|text| Choice::new(text.clone(), text)).collect()
}

#[cfg(test)]
mod tests;
