//! A connection's conversation with its Stripe: pages, single objects, the journal of events, links.

use std::sync::Mutex;

use bytes::Bytes;
use connector::webhook::{Endpoint, Notice, Provisioned, Subject};
use connector::{
    Account, BoxFuture, ChoiceQuery, ConnectorError, Cursor, ErrorKind, IssuedLink, JournalPage, LinkRequest, Mapped,
    Page, PullRequest, Result, Session, SessionContext,
};
use domain::id::ExternalId;
use domain::record::{Choice, Record, RecordData, RecordType};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::client::{Client, Query};
use crate::listing::Listing;
use crate::names::Names;
use crate::webhook;
use crate::{map, wire};

/// Rows of a page: Stripe's most.
const PAGE_SIZE: &str = "100";
/// Items that a list of subscriptions shows of each.
const ITEMS_SHOWN: usize = 10;
/// Pages of items read of one subscription. It cannot have more than twenty items today.
const ITEM_PAGES: usize = 5;
/// Pages of events read back at most: 5,000 events. Of more than that, reading the lists costs less.
const EVENT_PAGES: usize = 50;

/// One session of one connection.
pub(crate) struct StripeSession {
    pub(crate) client: Client,
    /// Of products, as far as they were asked for.
    pub(crate) names: Mutex<Names>,
}

impl StripeSession {
    pub(crate) fn new(context: &SessionContext) -> Result<Self> {
        Ok(Self { client: Client::new(&context.http, &context.credentials)?, names: Mutex::default() })
    }

    async fn pull_page(&self, request: PullRequest<'_>) -> Result<Page> {
        let (op, path) = list(request.feed.produces)?;
        let mut query: Query = vec![("limit", if request.probe { "1" } else { PAGE_SIZE }.into())];
        // Left out, canceled ones would not be listed.
        if request.feed.produces == RecordType::Subscriptions {
            query.push(("status", "all".into()));
        }
        query.extend(request.cursor.map(|Cursor(after)| ("starting_after", after.as_str().into())));
        // The row behind which it goes on may have been deleted meanwhile.
        let answer = self.client.get(op, &[path], &query).await;
        let body = answer.map_err(|error| if request.cursor.is_some() { error.of_next_page() } else { error })?;
        let (listing, has_more) = Listing::read(request.feed.id, body)?;
        let names = self.names_for(listing.items()).await?;
        let rows = listing.map(&names);
        let last = rows.iter().rev().find_map(Mapped::id);
        if let (Some(Cursor(after)), true) = (request.cursor, has_more)
            && rows.iter().filter_map(Mapped::id).any(|id| id.as_str() == after)
        {
            let repeated = ConnectorError::new(op, ErrorKind::Malformed { path: "data".to_owned() });
            return Err(repeated.with_detail("a page holds the row behind which it should begin"));
        }
        let next = last.filter(|_| has_more && !request.probe).map(|last| Cursor(last.as_str().to_owned()));
        Ok(Page { rows, next, ..Page::default() })
    }

    async fn read(&self, record_type: RecordType, id: &ExternalId) -> Result<Option<Mapped>> {
        let (op, path) = one(record_type)?;
        // Whatever else a hint may carry, Stripe's ids are words: nothing that would be another path.
        if id.as_str().is_empty() || !id.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Ok(None);
        }
        let body = match self.client.get(op, &[path, id.as_str()], &Query::new()).await {
            Err(ConnectorError { kind: ErrorKind::NotFound, .. }) => return Ok(None),
            body => body?,
        };
        // A deleted customer is still answered, with 200.
        if serde_json::from_slice::<wire::Presence>(&body).is_ok_and(|presence| presence.deleted.is_set()) {
            return Ok(None);
        }
        let listing = Listing::single(path, body)?;
        let names = self.names_for(listing.items()).await?;
        Ok(listing.map(&names).pop())
    }

    /// Adds the items of a subscription that has more of them than lists show.
    async fn add_items(&self, record: &mut Record) -> Result<()> {
        const OP: &str = "list items of a subscription";
        let RecordData::Subscription(subscription) = &mut record.data else { return Ok(()) };
        if subscription.items.len() < ITEMS_SHOWN {
            return Ok(());
        }
        let (mut items, mut is_whole): (Vec<wire::SubscriptionItem>, _) = (Vec::new(), false);
        for _ in 0..ITEM_PAGES {
            let mut query: Query =
                vec![("subscription", record.external_id.as_str().into()), ("limit", PAGE_SIZE.into())];
            query.extend(items.last().and_then(|item| item.id.owned()).map(|id| ("starting_after", id.into())));
            let page: wire::List<wire::SubscriptionItem> =
                answer(OP, &self.client.get(OP, &["subscription_items"], &query).await?)?;
            is_whole = !page.has_more.is_set() || page.data.is_empty();
            items.extend(page.data);
            if is_whole {
                break;
            }
        }
        if !is_whole {
            return Err(ConnectorError::endless(OP));
        }
        let names = self.names_for(items.iter()).await?;
        subscription.items = items.iter().map(|item| map::item(item, &subscription.currency, &names)).collect();
        if let Some(title) = map::title(&subscription.items) {
            subscription.name = title;
        }
        Ok(())
    }

    /// Events come newest first, and there is no way to begin with the oldest: they are read back to the moment asked for,
    /// then told in the order in which they happened. All of them: the list takes twenty names of events at most, which is
    /// fewer than concern us.
    async fn read_journal(&self, since: Timestamp) -> Result<JournalPage> {
        const OP: &str = "list events";
        let mut notices: Vec<Notice> = Vec::new();
        let mut after: Option<String> = None;
        for _ in 0..EVENT_PAGES {
            let mut query: Query =
                vec![("limit", PAGE_SIZE.into()), ("created[gte]", since.as_second().to_string().into())];
            query.extend(after.clone().map(|id| ("starting_after", id.into())));
            let body = self.client.get(OP, &["events"], &query).await;
            let body = body.map_err(|error| if after.is_some() { error.of_next_page() } else { error })?;
            let page: wire::List<Box<RawValue>> = answer(OP, &body)?;
            // Each by itself: of one that cannot be read is known that something happened.
            let read: Vec<Notice> =
                page.data.iter().flat_map(|event| webhook::notices(event.get().as_bytes())).collect();
            let more = page.has_more.is_set() && !read.is_empty();
            if more && after.is_some() && read.iter().any(|notice| notice.id == after) {
                let detail = "a page holds the event behind which it should begin";
                return Err(ConnectorError::malformed(OP, "data", detail));
            }
            after = read.iter().rev().find_map(|notice| notice.id.clone());
            notices.extend(read);
            if !more {
                notices.reverse();
                notices.retain(|notice| notice.subject != Subject::Nothing);
                return Ok(JournalPage { notices, next: None });
            }
        }
        Ok(JournalPage { notices: vec![webhook::too_much()], next: None })
    }

    async fn read_account(&self) -> Result<Account> {
        const OP: &str = "authenticate";
        let body = match self.client.get(OP, &["account"], &Query::new()).await {
            // A restricted key need not be allowed to read the account. The refusal names it all the same.
            Err(error) if error.kind == ErrorKind::Forbidden => {
                let id = error.detail.as_deref().and_then(account_in).map(str::to_owned).ok_or(error)?;
                return Ok(self.named(id, None));
            }
            body => body?,
        };
        let account: wire::Account = answer(OP, &body)?;
        let malformed = || ConnectorError::new(OP, ErrorKind::Malformed { path: "id".to_owned() });
        let id = account.id.owned().ok_or_else(malformed)?;
        let business = account.business_profile.and_then(|profile| profile.name.owned());
        let shown = || account.settings.and_then(|settings| settings.dashboard?.display_name.owned());
        Ok(self.named(id, business.or_else(shown)))
    }

    /// The account in the key's mode: a live key that follows a test key is of another one, with other records.
    fn named(&self, id: String, name: Option<String>) -> Account {
        let name = name.unwrap_or_else(|| id.clone());
        if self.client.is_test() {
            return Account { id: format!("{id}:test"), name: format!("{name} (test mode)") };
        }
        Account { id, name }
    }

    async fn make_link(&self, request: &LinkRequest) -> Result<IssuedLink> {
        const OP: &str = "open the billing portal";
        let LinkRequest::BillingPortal { company, return_url } = request else {
            return Err(ConnectorError::new(OP, ErrorKind::Unsupported));
        };
        let form: Query = vec![("customer", company.as_str().into()), ("return_url", return_url.as_str().into())];
        // Each click is a session of its own: one that was opened before may have ended.
        let key = uuid::Uuid::new_v4().to_string();
        let written = self.client.post(OP, &["billing_portal", "sessions"], &key, &form).await?;
        let link: wire::Link = answer(OP, &written.body)?;
        let url = link.url.get().and_then(|url| url.parse().ok());
        let malformed = || ConnectorError::new(OP, ErrorKind::Malformed { path: "url".to_owned() });
        Ok(IssuedLink { url: url.ok_or_else(malformed)?, expires_at: None })
    }
}

impl Session for StripeSession {
    fn account(&self) -> BoxFuture<'_, Result<Account>> {
        Box::pin(self.read_account())
    }

    fn pull<'a>(&'a self, request: PullRequest<'a>) -> BoxFuture<'a, Result<Page>> {
        Box::pin(self.pull_page(request))
    }

    fn journal<'a>(&'a self, since: Timestamp, _cursor: Option<&'a Cursor>) -> BoxFuture<'a, Result<JournalPage>> {
        Box::pin(self.read_journal(since))
    }

    fn get<'a>(&'a self, record_type: RecordType, id: &'a ExternalId) -> BoxFuture<'a, Result<Option<Mapped>>> {
        Box::pin(self.read(record_type, id))
    }

    fn complete<'a>(&'a self, record: &'a mut Record) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.add_items(record))
    }

    fn provision<'a>(&'a self, endpoint: &'a Endpoint) -> BoxFuture<'a, Result<Provisioned>> {
        Box::pin(self.subscribe(endpoint))
    }

    fn unprovision<'a>(&'a self, endpoint: &'a Endpoint) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.unsubscribe(endpoint))
    }

    fn issue_link<'a>(&'a self, request: &'a LinkRequest) -> BoxFuture<'a, Result<IssuedLink>> {
        Box::pin(self.make_link(request))
    }

    fn choices<'a>(&'a self, _query: ChoiceQuery<'a>) -> BoxFuture<'a, Result<Vec<Choice>>> {
        // Nothing of what may be chosen comes from a list.
        Box::pin(async { Err(ConnectorError::new("list choices", ErrorKind::Unsupported)) })
    }
}

/// The operation and the path of a list.
fn list(record_type: RecordType) -> Result<(&'static str, &'static str)> {
    match record_type {
        RecordType::Companies => Ok(("list customers", "customers")),
        RecordType::Subscriptions => Ok(("list subscriptions", "subscriptions")),
        RecordType::Invoices => Ok(("list invoices", "invoices")),
        RecordType::Payments => Ok(("list charges", "charges")),
        _ => Err(ConnectorError::new("list records", ErrorKind::Unsupported)),
    }
}

/// The operation of a single object, and its feed, which is its path, too.
fn one(record_type: RecordType) -> Result<(&'static str, &'static str)> {
    match record_type {
        RecordType::Companies => Ok(("read a customer", "customers")),
        RecordType::Subscriptions => Ok(("read a subscription", "subscriptions")),
        RecordType::Invoices => Ok(("read an invoice", "invoices")),
        RecordType::Payments => Ok(("read a charge", "charges")),
        _ => Err(ConnectorError::new("read a record", ErrorKind::Unsupported)),
    }
}

/// `... does not have the required permissions for this endpoint on account 'acct_1032D82eZvKYlo2C'.`
fn account_in(message: &str) -> Option<&str> {
    let from = &message[message.find("acct_")?..];
    let end = from.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(from.len());
    (end > "acct_".len()).then(|| &from[..end])
}

pub(crate) fn answer<T: DeserializeOwned>(op: &'static str, body: &Bytes) -> Result<T> {
    serde_json::from_slice(body)
        .map_err(|_| ConnectorError::new(op, ErrorKind::Malformed { path: "the answer".to_owned() }))
}

#[cfg(test)]
mod tests;
