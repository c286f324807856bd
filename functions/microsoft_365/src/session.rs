//! A connection's conversation with Graph: the customers by the MSP's own token, everything else tenant by tenant.
//!
//! A cursor is the address of the list's next page.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use connector::http::Response;
use connector::rows::{Layout, Rows};
use connector::{
    Account, BoxFuture, ChoiceQuery, ConnectorError, Cursor, ErrorKind, IssuedLink, LinkRequest, Mapped, Page,
    PullRequest, Result, Session, SessionContext,
};
use domain::id::ExternalId;
use domain::record::{Choice, RecordType};
use url::Url;

use crate::client::{Client, SIGN_IN, Tenant, graph, kept_page, next_page, object};
use crate::consent::{self, tenant_of};
use crate::{customers, map, wire};

/// Where lists keep their rows.
pub(crate) const LIST: Layout = Layout { rows: Some("value"), total: None, id: "id" };

/// Days that Graph keeps.
const ALL_DAYS: &str = "90";
/// Covers days that Graph was late with, at a tenth of the size.
const RECENT_DAYS: &str = "7";

/// One run's conversation.
#[derive(Debug)]
pub(crate) struct GraphSession {
    client: Client,
    /// Tenants that let us in nowhere: they are not asked again in this run.
    closed: Mutex<BTreeMap<Tenant, ConnectorError>>,
}

impl GraphSession {
    pub(crate) fn new(context: &SessionContext) -> Result<Self> {
        Ok(Self { client: Client::new(&context.http, &context.credentials)?, closed: Mutex::default() })
    }

    async fn read_account(&self) -> Result<Account> {
        const OP: &str = "read the partner's tenant";
        let partner = self.client.partner();
        let url = graph(&["organization"], &[("$select", "id,displayName")])?;
        let name = match self.client.get(partner, OP, &url).await {
            Ok(answer) => {
                let found: wire::List<wire::Organization> = object(OP, &answer)?;
                found.value.into_iter().find_map(|organization| organization.display_name.owned())
            }
            // The secret is good; what it may read is another question.
            Err(ConnectorError { kind: ErrorKind::Forbidden, .. }) => None,
            Err(error) => return Err(error),
        };
        let name = name.unwrap_or_else(|| partner.to_string());
        let name = match customers::count(&self.client).await {
            Ok(Some(1)) => format!("{name}, 1 customer"),
            Ok(Some(count)) => format!("{name}, {count} customers"),
            Ok(None) | Err(_) => name,
        };
        Ok(Account { id: partner.to_string(), name })
    }

    async fn pull_page(&self, request: PullRequest<'_>) -> Result<Page> {
        if request.feed.produces == RecordType::Companies {
            let from = request.cursor.map(|cursor| cursor.0.as_str());
            let (page, next) = customers::page(&self.client, from, request.probe).await?;
            let next = next.filter(|_| !request.probe).map(|url| Cursor(url.into()));
            return Ok(Page { next, ..page });
        }
        let Some(company) = request.company else { return Ok(Page::default()) };
        let from = request.cursor.map(|cursor| cursor.0.as_str());
        match self.tenant_page(&request, company, from).await {
            Ok((rows, next)) => Ok(Page { rows, next: next.map(|url| Cursor(url.into())), ..Page::default() }),
            // It let us in, or there would have been no token.
            Err(error) if error.kind == ErrorKind::Forbidden && error.op != SIGN_IN => {
                Err(error.needing(request.feed.permission))
            }
            Err(error) => Err(error),
        }
    }

    /// One page of a tenant's list, and the address of the next.
    async fn tenant_page(
        &self,
        request: &PullRequest<'_>,
        company: &ExternalId,
        from: Option<&str>,
    ) -> Result<(Vec<Mapped>, Option<Url>)> {
        let tenant = tenant_of(company)?;
        let list = list(request.feed.produces)?;
        let url = match from {
            Some(kept) => kept_page(list.op, kept)?,
            None => list.begin(request)?,
        };
        // An address of a next page is good for a while only.
        let answer = self.get(&tenant, list.op, &url).await;
        let answer = answer.map_err(|error| if from.is_some() { error.of_next_page() } else { error })?;
        let next = next_page(&answer, &url)?.filter(|_| !request.probe && !list.is_enough(request));
        Ok((list.rows(answer, &tenant, from.is_none())?, next))
    }

    async fn get(&self, tenant: &Tenant, op: &'static str, url: &Url) -> Result<Response> {
        if let Some(error) = self.closed.lock().unwrap_or_else(PoisonError::into_inner).get(tenant) {
            return Err(error.clone());
        }
        let answer = self.client.get(tenant, op, url).await;
        if let Err(error) = &answer
            && error.op == SIGN_IN
            && concerns_one(&error.kind)
        {
            let mut closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
            closed.insert(tenant.clone(), error.clone());
        }
        answer
    }

    async fn read(&self, record_type: RecordType, id: &ExternalId) -> Result<Option<Mapped>> {
        if record_type == RecordType::Companies {
            return customers::one(&self.client, id).await;
        }
        let Some((tenant, name)) = map::parts(id) else { return Ok(None) };
        let list = list(record_type)?;
        let newest = match record_type {
            // A day has its controls only while it is the newest.
            RecordType::SecureScores => self.newest_day(&tenant).await?.as_deref() == Some(id.as_str()),
            _ => false,
        };
        // Graph names a day and a product by the tenant, too.
        let key = match record_type {
            RecordType::SecureScores | RecordType::Licences => id.as_str(),
            _ => name,
        };
        let path: Vec<&str> = list.path.iter().copied().chain([key]).collect();
        match self.get(&tenant, list.op, &graph(&path, &[])?).await {
            Ok(answer) => Ok(list.single(answer, &tenant, newest)?.pop()),
            Err(ConnectorError { kind: ErrorKind::NotFound, op, .. }) if op == list.op => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn newest_day(&self, tenant: &Tenant) -> Result<Option<String>> {
        let list = list(RecordType::SecureScores)?;
        let answer = self.get(tenant, list.op, &graph(list.path, &[("$top", "1")])?).await?;
        let found: wire::List<wire::SecureScore> = object(list.op, &answer)?;
        Ok(found.value.into_iter().find_map(|day| day.id.owned()))
    }
}

/// One of a tenant's lists.
struct List {
    op: &'static str,
    path: &'static [&'static str],
    record_type: RecordType,
}

fn list(record_type: RecordType) -> Result<List> {
    let (op, path): (_, &[&str]) = match record_type {
        RecordType::SecureScores => ("list secure scores", &["security", "secureScores"]),
        RecordType::ControlProfiles => ("list controls", &["security", "secureScoreControlProfiles"]),
        RecordType::Licences => ("list licences", &["subscribedSkus"]),
        RecordType::Domains => ("list domains", &["domains"]),
        _ => return Err(ConnectorError::new("list records", ErrorKind::Unsupported)),
    };
    Ok(List { op, path, record_type })
}

impl List {
    /// Only scores take a size of their pages here: newest first, so the first page has the newest days.
    fn begin(&self, request: &PullRequest<'_>) -> Result<Url> {
        let days = match request {
            PullRequest { probe: true, .. } => "1",
            PullRequest { since: Some(_), .. } => RECENT_DAYS,
            _ => ALL_DAYS,
        };
        let top = [("$top", days)];
        graph(self.path, if self.record_type == RecordType::SecureScores { &top } else { &[] })
    }

    /// The newest days stand on the first page, and its next link leads on through all the older ones.
    const fn is_enough(&self, request: &PullRequest<'_>) -> bool {
        request.since.is_some() && matches!(self.record_type, RecordType::SecureScores)
    }

    fn rows(&self, answer: Response, tenant: &Tenant, first_page: bool) -> Result<Vec<Mapped>> {
        let (op, body) = (self.op, answer.body);
        Ok(match self.record_type {
            RecordType::SecureScores => {
                let rows: Rows<wire::SecureScore> = Rows::read(op, body, LIST)?;
                let newest = rows.readable().next().and_then(|day| day.id.owned()).filter(|_| first_page);
                rows.map(|day| map::score(day, tenant, newest.is_some() && day.id.owned() == newest))
            }
            RecordType::ControlProfiles => {
                Rows::<wire::ControlProfile>::read(op, body, LIST)?.map(|row| map::profile(row, tenant))
            }
            RecordType::Licences => {
                let layout = Layout { id: "skuId", ..LIST };
                Rows::<wire::Sku>::read(op, body, layout)?.map(|row| map::licence(row, tenant))
            }
            _ => Rows::<wire::Domain>::read(op, body, LIST)?.map(|row| map::domain(row, tenant)),
        }
        .into_iter()
        .map(|row| named(row, tenant, self.record_type))
        .collect())
    }

    fn single(&self, answer: Response, tenant: &Tenant, newest: bool) -> Result<Vec<Mapped>> {
        let (op, body) = (self.op, answer.body);
        Ok(match self.record_type {
            RecordType::SecureScores => {
                Rows::<wire::SecureScore>::single(op, body, "id")?.map(|day| map::score(day, tenant, newest))
            }
            RecordType::ControlProfiles => {
                Rows::<wire::ControlProfile>::single(op, body, "id")?.map(|row| map::profile(row, tenant))
            }
            RecordType::Licences => Rows::<wire::Sku>::single(op, body, "skuId")?.map(|row| map::licence(row, tenant)),
            _ => Rows::<wire::Domain>::single(op, body, "id")?.map(|row| map::domain(row, tenant)),
        }
        .into_iter()
        .map(|row| named(row, tenant, self.record_type))
        .collect())
    }
}

/// A row that could not be read goes by its tenant's name, too, or two tenants' would be one.
fn named(row: Mapped, tenant: &Tenant, record_type: RecordType) -> Mapped {
    match row {
        Mapped::Malformed { external_id: Some(id), error, raw } if record_type != RecordType::SecureScores => {
            Mapped::Malformed { external_id: Some(map::within(tenant, id.as_str())), error, raw }
        }
        row => row,
    }
}

/// What one tenant answers with and what says nothing of the others.
const fn concerns_one(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Forbidden
            | ErrorKind::NotFound
            | ErrorKind::Plan
            | ErrorKind::Unavailable
            | ErrorKind::Malformed { .. }
            | ErrorKind::Rejected { .. }
    )
}

impl Session for GraphSession {
    fn account(&self) -> BoxFuture<'_, Result<Account>> {
        Box::pin(self.read_account())
    }

    fn pull<'a>(&'a self, request: PullRequest<'a>) -> BoxFuture<'a, Result<Page>> {
        Box::pin(self.pull_page(request))
    }

    fn get<'a>(&'a self, record_type: RecordType, id: &'a ExternalId) -> BoxFuture<'a, Result<Option<Mapped>>> {
        Box::pin(self.read(record_type, id))
    }

    fn company_access<'a>(&'a self, company: &'a ExternalId) -> BoxFuture<'a, Result<()>> {
        Box::pin(consent::prove(&self.client, company))
    }

    fn issue_link<'a>(&'a self, request: &'a LinkRequest) -> BoxFuture<'a, Result<IssuedLink>> {
        Box::pin(async move {
            match request {
                LinkRequest::Consent { company, return_url, state } => {
                    consent::link(&self.client, company, return_url, state)
                }
                _ => Err(ConnectorError::new("make a link", ErrorKind::Unsupported)),
            }
        })
    }

    fn choices<'a>(&'a self, _query: ChoiceQuery<'a>) -> BoxFuture<'a, Result<Vec<Choice>>> {
        Box::pin(async { Err(ConnectorError::new("list choices", ErrorKind::Unsupported)) })
    }
}

#[cfg(test)]
mod tests;
