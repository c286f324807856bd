//! A connection's conversation with its SCORM Cloud application: pages, single records, launch links.

use connector::webhook::{Endpoint, Provisioned};
use connector::{
    Account, BoxFuture, Change, ChoiceQuery, ConnectorError, Cursor, ErrorKind, IssuedLink, LinkRequest, Mapped, Page,
    PullRequest, Pushed, Result, Session, SessionContext, dates,
};
use domain::id::ExternalId;
use domain::record::{Choice, RecordType};
use jiff::SignedDuration;
use jiff::fmt::rfc2822;
use serde_json::json;
use url::Url;

use crate::client::{Client, Query};
use crate::listing::Resource;
use crate::wire;

/// Ids that could name a place of ours: SCORM Cloud's own bound.
const LONGEST_ID: usize = 255;
/// How long a launch link is good, in seconds: SCORM Cloud's default, of 10 to 300.
const LAUNCH: i64 = 120;

/// One session of one connection.
pub(crate) struct CloudSession {
    pub(crate) client: Client,
}

impl CloudSession {
    pub(crate) fn new(context: &SessionContext) -> Result<Self> {
        Ok(Self { client: Client::new(&context.http, &context.credentials)? })
    }

    async fn pull_page(&self, request: PullRequest<'_>) -> Result<Page> {
        let resource = Resource::of(request.feed.produces)?;
        let mut query = Query::new();
        match request.cursor {
            // It stands for everything that the first page was asked with, and with any of it it is refused.
            Some(Cursor(more)) => query.push(("more", more.as_str().into())),
            None => {
                query.extend(resource.always.iter().map(|(name, value)| (*name, (*value).into())));
                query.push(("includeTotalCount", "true".into()));
                query.extend(request.since.map(|since| ("since", dates::parameter(since).into())));
            }
        }
        let answer = self.client.get(resource.list, &[resource.path], &query).await;
        let answer = answer.map_err(|error| if request.cursor.is_some() { error.of_next_page() } else { error })?;
        let total = answer.header("x-total-count").and_then(|total| total.parse().ok());
        let total = total.filter(|_| request.since.is_none() && request.cursor.is_none());
        let (rows, more) = resource.page(answer.body)?;
        if more.is_some() && more.as_deref() == request.cursor.map(|Cursor(more)| more.as_str()) {
            let repeated = ConnectorError::new(resource.list, ErrorKind::Malformed { path: "more".to_owned() });
            return Err(repeated.with_detail("the page names itself as the next one"));
        }
        let next = more.filter(|_| !request.probe).map(Cursor);
        Ok(Page { rows, next, total })
    }

    pub(crate) async fn read(&self, record_type: RecordType, id: &ExternalId) -> Result<Option<Mapped>> {
        let resource = Resource::of(record_type)?;
        // Whatever else a hint may carry.
        if matches!(id.as_str(), "" | "." | "..") || id.as_str().len() > LONGEST_ID {
            return Ok(None);
        }
        let query = resource.always.iter().map(|(name, value)| (*name, (*value).into())).collect();
        match self.client.get(resource.read, &[resource.path, id.as_str()], &query).await {
            Err(ConnectorError { kind: ErrorKind::NotFound, .. }) => Ok(None),
            answer => resource.single(answer?.body),
        }
    }

    async fn read_account(&self) -> Result<Account> {
        const OP: &str = "authenticate";
        let application = self.client.application();
        self.client.get(OP, &["ping"], &Query::new()).await?;
        let query = vec![("includeTotalCount", "true".into())];
        let name = match self.client.get("list courses", &["courses"], &query).await {
            Ok(answer) => match answer.header("x-total-count") {
                Some("1") => format!("{application}, 1 course"),
                Some(total) => format!("{application}, {total} courses"),
                None => application.to_owned(),
            },
            // The key is good; what it may read is another question.
            Err(ConnectorError { kind: ErrorKind::Forbidden, .. }) => application.to_owned(),
            Err(error) => return Err(error),
        };
        Ok(Account { id: application.to_owned(), name })
    }

    async fn launch(&self, registration: &ExternalId, return_url: &Url) -> Result<IssuedLink> {
        const OP: &str = "make a launch link";
        let path = ["registrations", registration.as_str(), "launchLink"];
        let body = json!({ "expiry": LAUNCH, "redirectOnExitUrl": return_url, "tracking": true });
        let answer = self.client.post(OP, &path, &body).await?;
        // By the clock of who made it.
        let made_at = answer.header("date").and_then(|date| rfc2822::parse(date).ok()).map(|date| date.timestamp());
        let read: wire::LaunchLink = answer.json()?;
        let unusable = || ConnectorError::new(OP, ErrorKind::Malformed { path: "launchLink".to_owned() });
        let url = read.launch_link.get().and_then(|link| Url::parse(link).ok());
        let url = url.filter(|url| url.scheme() == "https").ok_or_else(unusable)?;
        let expires_at = made_at.and_then(|at| at.checked_add(SignedDuration::from_secs(LAUNCH)).ok());
        Ok(IssuedLink { url, expires_at })
    }
}

impl Session for CloudSession {
    fn account(&self) -> BoxFuture<'_, Result<Account>> {
        Box::pin(self.read_account())
    }

    fn pull<'a>(&'a self, request: PullRequest<'a>) -> BoxFuture<'a, Result<Page>> {
        Box::pin(self.pull_page(request))
    }

    fn get<'a>(&'a self, record_type: RecordType, id: &'a ExternalId) -> BoxFuture<'a, Result<Option<Mapped>>> {
        Box::pin(self.read(record_type, id))
    }

    fn push<'a>(&'a self, change: &'a Change) -> BoxFuture<'a, Result<Pushed>> {
        Box::pin(self.write(change))
    }

    fn provision<'a>(&'a self, endpoint: &'a Endpoint) -> BoxFuture<'a, Result<Provisioned>> {
        Box::pin(async { Ok(self.subscribe(endpoint).await?.into()) })
    }

    fn unprovision<'a>(&'a self, endpoint: &'a Endpoint) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.unsubscribe(endpoint))
    }

    fn issue_link<'a>(&'a self, request: &'a LinkRequest) -> BoxFuture<'a, Result<IssuedLink>> {
        match request {
            LinkRequest::Course { registration, return_url } => Box::pin(self.launch(registration, return_url)),
            LinkRequest::BillingPortal { .. } | LinkRequest::Consent { .. } => {
                Box::pin(async { Err(ConnectorError::new("make a link", ErrorKind::Unsupported)) })
            }
        }
    }

    fn choices<'a>(&'a self, _: ChoiceQuery<'a>) -> BoxFuture<'a, Result<Vec<Choice>>> {
        Box::pin(async { Err(ConnectorError::new("list choices", ErrorKind::Unsupported)) })
    }
}

#[cfg(test)]
mod tests;
