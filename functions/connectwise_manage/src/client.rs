//! ConnectWise's endpoints, its authentication, and the codebase that they are under; knows nothing of the domain.
//!
//! Every path has the codebase of the server's release in it. It is asked for once per session, and once more when a path
//! is suddenly unknown: the cloud is upgraded several times a year, and the old path then answers 404.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use connector::http::{CallKind, Hooks, Method, RequestBuilder, Response, VendorHttp, next_target};
use connector::rows::Rows;
use connector::{ConnectorError, Credentials, DeploymentValues, ErrorKind, Result};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::Mutex;
use url::Url;

use crate::listing::BARE;
use crate::paging::{Next, WHOLE_PAGE};
use crate::site::Site;
use crate::wire;

/// Name of the deployment's value: the id that the vendor gave this product, the same for every customer.
pub(crate) const CLIENT_ID: &str = "connectwise_client_id";

/// The model version whose fields this crate knows; without it the server answers with its newest.
const MODEL: &str = "application/vnd.connectwise.com+json; version=2025.1";
/// Pauses after a 429 that names none; the Developer Guide wants 30 seconds and more each time.
const LIMITED_STEPS: &[Duration] = &[Duration::from_secs(30), Duration::from_secs(60), Duration::from_secs(120)];
/// Pages of a list that is read whole: more is no setup table, and no ticket's notes.
const MOST_PAGES: u32 = 20;
/// What a path that nobody serves is reported as.
const MISROUTED: &str = "the API's path";

/// One of ConnectWise's lists.
#[derive(Debug)]
pub(crate) struct List {
    pub(crate) path: &'static [&'static str],
    /// The operation in words, for errors.
    pub(crate) list: &'static str,
    /// The operation in words, for errors.
    pub(crate) read: &'static str,
}

pub(crate) static COMPANIES: List =
    List { path: &["company", "companies"], list: "list companies", read: "read a company" };
pub(crate) static CONTACTS: List =
    List { path: &["company", "contacts"], list: "list contacts", read: "read a contact" };
pub(crate) static MEMBERS: List = List { path: &["system", "members"], list: "list members", read: "read a member" };
pub(crate) static TICKETS: List = List { path: &["service", "tickets"], list: "list tickets", read: "read a ticket" };
pub(crate) static CALLBACKS: List =
    List { path: &["system", "callbacks"], list: "list callbacks", read: "read a callback" };

/// One operation of a patch, which is an array of such.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub(crate) struct Operation {
    op: &'static str,
    path: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
}

impl Operation {
    /// Sets a member; references are replaced whole (`company/identifier` answers 200 and changes nothing).
    pub(crate) fn replace(path: &'static str, value: impl Into<Value>) -> Self {
        Self { op: "replace", path, value: Some(value.into()) }
    }

    /// Takes a member away.
    pub(crate) const fn remove(path: &'static str) -> Self {
        Self { op: "remove", path, value: None }
    }
}

/// A ConnectWise site with our credentials for it.
#[derive(Debug)]
pub(crate) struct Client {
    http: VendorHttp,
    discovery: VendorHttp,
    site: Site,
    api: Url,
    company: String,
    user: String,
    private_key: SecretString,
    client_id: SecretString,
    release: Mutex<Release>,
}

/// What is known of the server's release.
#[derive(Debug, Default)]
struct Release {
    found: Option<Arc<Found>>,
    /// It was asked for again, after a path was unknown.
    asked_again: bool,
}

/// What discovery found.
#[derive(Debug)]
pub(crate) struct Found {
    /// `v4_6_release` or `v2025_1`: the first part of every path.
    codebase: String,
    /// The MSP's own name.
    pub(crate) name: Option<String>,
}

/// One page of a list and what its links say of the next.
pub(crate) struct Listed {
    pub(crate) body: Bytes,
    pub(crate) next: Next,
}

impl Client {
    /// Makes a client from the fields of the form; calls nothing.
    pub(crate) fn new(http: &VendorHttp, credentials: &Credentials, deployment: &DeploymentValues) -> Result<Self> {
        let missing = |field| ConnectorError::new("authenticate", ErrorKind::Credentials { field: Some(field) });
        let site = credentials.text("site").and_then(Site::parse).ok_or_else(|| missing("site"))?;
        let api = site.api_url().ok_or_else(|| missing("site"))?;
        let company = credentials.text("company_id").ok_or_else(|| missing("company_id"))?;
        let public_key = credentials.text("public_key").ok_or_else(|| missing("public_key"))?;
        let private_key = credentials.secret("private_key").ok_or_else(|| missing("private_key"))?;
        let client_id = deployment.get(CLIENT_ID).ok_or_else(|| {
            let message = format!("this deployment has no {CLIENT_ID}; ConnectWise answers nobody without one");
            ConnectorError::new("authenticate", ErrorKind::Rejected { field: None, message })
        })?;
        Ok(Self {
            http: http.with_hooks(Hooks { classify: Some(classify), detail: Some(words) }),
            discovery: http.with_hooks(Hooks { classify: Some(no_such_company), detail: None }),
            site,
            api,
            company: company.to_owned(),
            user: format!("{company}+{public_key}"),
            private_key: private_key.clone(),
            client_id: client_id.clone(),
            release: Mutex::default(),
        })
    }

    /// Where people sign in, and the company that they name there.
    pub(crate) fn account(&self) -> (&str, &str) {
        (self.site.login(), &self.company)
    }

    /// One page of a list in the order of ids: what has a larger id than `after`.
    ///
    /// Forward-only paging (Developer Guide): the server goes on behind the last id instead of counting rows, so nothing
    /// is passed over or repeated when the list changes meanwhile.
    pub(crate) async fn page(
        &self,
        list: &'static List,
        conditions: Option<&str>,
        after: Option<i64>,
        size: u32,
    ) -> Result<Listed> {
        let (size, after) = (size.to_string(), after.map(|after| after.to_string()));
        let answer = self
            .call(list.path, |http, url| {
                let call = http.get(list.list, url).header("pagination-type", "forward-only");
                let conditions = conditions.map(|conditions| ("conditions", conditions));
                let after = after.as_deref().map(|after| ("pageId", after));
                call.query_pairs(conditions.into_iter().chain(after)).query(&[("pageSize", size.as_str())])
            })
            .await?;
        Ok(Listed { next: Next::of(&answer), body: answer.body })
    }

    /// A list that is small, whole.
    pub(crate) async fn whole<T: DeserializeOwned>(
        &self,
        op: &'static str,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Vec<T>> {
        let mut all = Vec::new();
        for page in 1..=MOST_PAGES {
            let (number, size) = (page.to_string(), WHOLE_PAGE.to_string());
            let of_page = [("page", number.as_str()), ("pageSize", size.as_str())];
            let answer = self.call(path, |http, url| http.get(op, url).query(query).query(&of_page)).await?;
            let more = next_target(&answer).is_some();
            let rows: Rows<T> = Rows::read(op, answer.body, BARE)?;
            let is_full = rows.len() >= WHOLE_PAGE;
            let is_last = rows.is_empty() || !(more || is_full);
            all.extend(rows.into_readable());
            if is_last {
                return Ok(all);
            }
        }
        Err(ConnectorError::endless(op))
    }

    /// The newest rows of a list that fit.
    pub(crate) async fn newest(
        &self,
        op: &'static str,
        list: &'static List,
        conditions: &str,
        size: u32,
    ) -> Result<Bytes> {
        let size = size.to_string();
        let query = [("conditions", conditions), ("orderBy", "id desc"), ("pageSize", size.as_str())];
        Ok(self.call(list.path, |http, url| http.get(op, url).query(&query)).await?.body)
    }

    /// How many rows of a list fit.
    pub(crate) async fn count(&self, list: &'static List, conditions: &str) -> Result<Option<i64>> {
        let path = [list.path, &["count"]].concat();
        let answer =
            self.call(&path, |http, url| http.get(list.list, url).query(&[("conditions", conditions)])).await?;
        Ok(answer.json::<wire::Count>()?.count.0)
    }

    /// One record.
    pub(crate) async fn read(&self, list: &'static List, id: &str) -> Result<Bytes> {
        let path = [list.path, &[id]].concat();
        Ok(self.call(&path, |http, url| http.get(list.read, url)).await?.body)
    }

    /// Creates something. Never repeated: nothing here is idempotent.
    pub(crate) async fn create(&self, op: &'static str, path: &[&str], body: &Value) -> Result<Bytes> {
        Ok(self.call(path, |http, url| http.post(op, url).json(body)).await?.body)
    }

    /// Changes some members of a record. Doing it twice does no harm.
    pub(crate) async fn change(&self, op: &'static str, path: &[&str], operations: &[Operation]) -> Result<Bytes> {
        let call = |http: &VendorHttp, url| http.request(op, Method::PATCH, url).json(operations).repeatable(true);
        Ok(self.call(path, call).await?.body)
    }

    /// Deletes a record. Roles made after this product's guide may not; that is a 403.
    pub(crate) async fn delete(&self, op: &'static str, path: &[&str]) -> Result<()> {
        self.call(path, |http, url| http.request(op, Method::DELETE, url).repeatable(true)).await.map(drop)
    }

    /// Sends a call under the server's codebase; where that is not the right one any more, under the new one.
    async fn call(
        &self,
        path: &[&str],
        build: impl Fn(&VendorHttp, Url) -> RequestBuilder + Send + Sync,
    ) -> Result<Response> {
        let found = self.found().await?;
        match self.send(&found, path, &build).await {
            Err(error) if is_misrouted(&error) => match self.found_again(&found).await? {
                Some(new) => self.send(&new, path, &build).await,
                None => Err(error),
            },
            done => done,
        }
    }

    async fn send(
        &self,
        found: &Found,
        path: &[&str],
        build: &(impl Fn(&VendorHttp, Url) -> RequestBuilder + Send + Sync),
    ) -> Result<Response> {
        let url = under(&self.api, [found.codebase.as_str(), "apis", "3.0"].iter().chain(path))?;
        let call = build(&self.http, url).basic(&self.user, &self.private_key);
        let call = call.sensitive_header("clientid", &self.client_id).header("accept", MODEL);
        call.limited_steps(LIMITED_STEPS).send().await
    }

    /// The vendor's clock, as its first answer told it.
    pub(crate) fn vendor_time(&self) -> Option<Timestamp> {
        self.http.vendor_time().map(|time| time.at)
    }

    /// What discovery found, asked for when it is first needed.
    pub(crate) async fn found(&self) -> Result<Arc<Found>> {
        let mut release = self.release.lock().await;
        if let Some(found) = &release.found {
            return Ok(Arc::clone(found));
        }
        let found = Arc::new(self.discover().await?);
        release.found = Some(Arc::clone(&found));
        Ok(found)
    }

    /// The codebase after an upgrade; `None` if it is still the one used. Asks once per session.
    async fn found_again(&self, used: &Found) -> Result<Option<Arc<Found>>> {
        let mut release = self.release.lock().await;
        if !release.asked_again {
            release.asked_again = true;
            release.found = Some(Arc::new(self.discover().await?));
        }
        Ok(release.found.clone().filter(|found| found.codebase != used.codebase))
    }

    /// Asks the site for its release; needs no credentials.
    async fn discover(&self) -> Result<Found> {
        let op = "look the company up";
        let refused = |field| ConnectorError::new(op, ErrorKind::Credentials { field: Some(field) });
        let root = self.site.login_url().ok_or_else(|| refused("site"))?;
        let url = under(&root, ["login", "companyinfo", self.company.as_str()].iter())?;
        let answer = self.discovery.get(op, url).kind(CallKind::Authentication).send().await?;
        let info: Option<wire::CompanyInfo> = answer.json()?;
        let info = info.ok_or_else(|| refused("company_id"))?;
        let codebase = info.codebase.get().unwrap_or_default().trim_end_matches('/');
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if codebase.is_empty() || !codebase.chars().all(is_plain) || codebase.starts_with('.') {
            return Err(ConnectorError::new(op, ErrorKind::Malformed { path: "Codebase".to_owned() }));
        }
        Ok(Found { codebase: codebase.to_owned(), name: info.company_name.owned() })
    }
}

/// Whether the path itself is not served: another codebase, or (the Developer Guide warns) credentials that the cloud
/// cannot place.
pub(crate) fn is_misrouted(error: &ConnectorError) -> bool {
    matches!(&error.kind, ErrorKind::Malformed { path } if path == MISROUTED)
}

fn under<'a>(root: &Url, path: impl Iterator<Item = &'a &'a str>) -> Result<Url> {
    let mut url = root.clone();
    let refused = || ConnectorError::new("form the address", ErrorKind::Credentials { field: Some("site") });
    url.path_segments_mut().map_err(|()| refused())?.clear().extend(path);
    Ok(url)
}

/// A 404 says that a record is gone only where it says so; any other is about the path.
fn classify(response: &Response) -> Option<ErrorKind> {
    let status = response.status.as_u16();
    if !(400..500).contains(&status) {
        return None;
    }
    let misrouted = || Some(ErrorKind::Malformed { path: MISROUTED.to_owned() });
    let refusal: wire::Refusal = serde_json::from_slice(&response.body).unwrap_or_default();
    if refusal.message.get() == Some("UserNotAuthenticated") {
        return Some(ErrorKind::Credentials { field: None });
    }
    match status {
        404 if refusal.code.get() != Some("NotFound") => misrouted(),
        400 if response.body.starts_with(b"Cannot route") => misrouted(),
        400 | 409 | 422 => {
            let field = refusal.errors.iter().flatten().find_map(|problem| problem.field.owned());
            let message = refusal.message.owned().unwrap_or_else(|| format!("it answered {status}"));
            Some(ErrorKind::Rejected { field, message })
        }
        _ => None,
    }
}

/// The single things that are wrong; without them the kit finds `message`.
fn words(response: &Response) -> Option<String> {
    let refusal: wire::Refusal = serde_json::from_slice(&response.body).ok()?;
    let problems = refusal.errors?;
    let told: Vec<&str> = problems.iter().filter_map(|problem| problem.message.get()).collect();
    (!told.is_empty()).then(|| told.join("; "))
}

/// A company that nobody knows is answered with 404 or with `null`.
fn no_such_company(response: &Response) -> Option<ErrorKind> {
    (response.status.as_u16() == 404).then_some(ErrorKind::Credentials { field: Some("company_id") })
}

#[cfg(test)]
mod tests;
