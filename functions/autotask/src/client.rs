//! Autotask's endpoints, the zone they are in, and the three headers of every call; knows nothing of the domain.

use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use connector::http::{
    CallKind, Hooks, Method, RequestBuilder, Response, Token, TokenFormat, TokenRequest, Usage, VendorHttp,
};
use connector::{ConnectorError, Credentials, DeploymentValues, ErrorKind, Result};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use url::Url;

use crate::any_case::AnyCase;
use crate::refusal;
use crate::wire;

/// Any host tells where an account lives; this one is made for it.
const DISCOVERY: &str = "https://webservices.autotask.net/atservicesrest/v1.0/zoneInformation";
/// An account is moved to another zone now and then; the old one refuses us then, and the new one is looked up.
const ZONE_LIFE: Duration = Duration::from_secs(12 * 60 * 60);
/// Pauses after "three threads at once": other calls of this entity end soon.
const THREAD_STEPS: &[Duration] =
    &[Duration::from_secs(4), Duration::from_secs(8), Duration::from_secs(16), Duration::from_secs(30)];
/// The name of the integration code among the deployment's values.
const CODE: &str = "autotask_integration_code";
/// Rows of a page at most.
pub(crate) const PAGE_SIZE: u32 = 500;

/// One of Autotask's entities.
#[derive(Debug)]
pub(crate) struct Entity {
    pub(crate) path: &'static str,
    /// The operation in words, for errors.
    pub(crate) list: &'static str,
    /// The operation in words, for errors.
    pub(crate) read: &'static str,
    /// Fields asked for in lists; a whole row is five times as long.
    pub(crate) include: &'static [&'static str],
}

/// Conditions of a query; all of them hold.
pub(crate) type Filter = Vec<Value>;

/// One account with our credentials for it.
#[derive(Debug)]
pub(crate) struct Client {
    api: VendorHttp,
    zone: TokenRequest,
    user: String,
    secret: SecretString,
    code: SecretString,
    /// A secret that bodies carry: the one that webhooks are signed with.
    signing: OnceLock<SecretString>,
    /// Set once the vendor's own count of calls has been read in this session.
    counted: OnceCell<()>,
}

impl Client {
    /// Makes a client from the fields of the form; calls nothing.
    pub(crate) fn new(http: &VendorHttp, credentials: &Credentials, deployment: &DeploymentValues) -> Result<Self> {
        let op = "authenticate";
        let missing = |field| ConnectorError::new(op, ErrorKind::Credentials { field: Some(field) });
        let user = credentials.text("username").ok_or_else(|| missing("username"))?.to_owned();
        let secret = credentials.secret("secret").ok_or_else(|| missing("secret"))?.clone();
        let code = deployment.get(CODE).cloned().ok_or_else(|| {
            let detail = format!("the deployment value {CODE} is missing: set it to our tracking identifier");
            ConnectorError::new(op, ErrorKind::Unsupported).with_detail(detail)
        })?;
        let address = |reason: &str| ConnectorError::new(op, ErrorKind::Address { reason: reason.to_owned() });
        let discovery = DISCOVERY.parse().map_err(|_| address("the address of the zone look-up cannot be read"))?;
        let zone = TokenRequest {
            format: TokenFormat::Query,
            query: vec![("user", user.clone())],
            field: Some("username"),
            parse: zone_of,
            ..TokenRequest::new(op, discovery, Vec::new())
        };
        let hooks = Hooks { classify: Some(classify), detail: Some(refusal::words) };
        let signing = OnceLock::new();
        Ok(Self { api: http.with_hooks(hooks), zone, user, secret, code, signing, counted: OnceCell::new() })
    }

    /// The user name of our credentials.
    pub(crate) fn user(&self) -> &str {
        &self.user
    }

    /// From now on this secret is taken out of the vendor's words.
    pub(crate) fn conceal(&self, signing: &SecretString) {
        self.signing.get_or_init(|| signing.clone());
    }

    /// The time by the vendor's clock, once it has answered anything.
    pub(crate) fn vendor_now(&self) -> Option<jiff::Timestamp> {
        self.api.vendor_time().map(|time| time.at)
    }

    /// The number of the customer's database: the same in whatever zone it lives and whatever credentials reach it.
    pub(crate) async fn database(&self) -> Result<i64> {
        let op = "look up the zone";
        let call = self.api.get(op, self.zone.url.clone()).query(&[("user", &self.user)]);
        let answer = call.kind(CallKind::Authentication).send().await?;
        let zone: AnyCase<wire::Zone> = answer.json()?;
        zone.0.ci.id().ok_or_else(|| ConnectorError::new(op, ErrorKind::Malformed { path: "ci".to_owned() }))
    }

    /// One page of an entity's rows in the order of ids.
    pub(crate) async fn query(&self, entity: &Entity, filter: &Filter, size: u32) -> Result<Bytes> {
        let body = json!({"MaxRecords": size, "IncludeFields": entity.include, "filter": filter});
        let answer = self
            .call(&[entity.path, "query"], |url| self.api.post(entity.list, url).json(&body).repeatable(true))
            .await?;
        Ok(answer.body)
    }

    /// How many rows an entity has.
    pub(crate) async fn count(&self, entity: &Entity) -> Result<Option<i64>> {
        let body = json!({"filter": [crate::keyset::everything()]});
        let answer = self
            .call(&[entity.path, "query", "count"], |url| self.api.post(entity.list, url).json(&body).repeatable(true))
            .await?;
        Ok(answer.json::<AnyCase<wire::Counted>>()?.0.querycount.0)
    }

    /// One record; of one that is not there two answers are known, 404 and `{"item": null}`.
    pub(crate) async fn read(&self, op: &'static str, path: &[&str]) -> Result<Option<Bytes>> {
        #[derive(serde::Deserialize)]
        struct Answer<'a> {
            #[serde(borrow)]
            item: Option<&'a RawValue>,
        }
        let answer = match self.call(path, |url| self.api.get(op, url)).await {
            Err(ConnectorError { kind: ErrorKind::NotFound, .. }) => return Ok(None),
            answer => answer?.body,
        };
        let malformed = |_| ConnectorError::new(op, ErrorKind::Malformed { path: "item".to_owned() });
        let read: Answer<'_> = serde_json::from_slice(&answer).map_err(malformed)?;
        Ok(read.item.map(|item| answer.slice_ref(item.get().as_bytes())))
    }

    /// The rows below a parent, or whatever else a GET gives.
    pub(crate) async fn get(&self, op: &'static str, path: &[&str]) -> Result<Bytes> {
        Ok(self.call(path, |url| self.api.get(op, url)).await?.body)
    }

    /// Creates a row and gives its id. Never sent twice.
    pub(crate) async fn create<T: Serialize + Sync>(&self, op: &'static str, path: &[&str], row: &T) -> Result<i64> {
        let answer = self.call(path, |url| self.api.post(op, url).json(row)).await?;
        // The write was accepted; without its id it is as good as lost.
        let lost = || ConnectorError::new(op, ErrorKind::Unavailable).with_detail("the answer holds no id");
        let written: AnyCase<wire::Written> = answer.json().map_err(|_| lost())?;
        written.0.itemid.0.ok_or_else(lost)
    }

    /// Changes the fields given of the row that the body's `id` names. Doing it twice does no harm.
    pub(crate) async fn patch<T: Serialize + Sync>(&self, op: &'static str, path: &[&str], row: &T) -> Result<()> {
        let build = |url| self.api.request(op, Method::PATCH, url).json(row).repeatable(true);
        self.call(path, build).await.map(|_| ())
    }

    /// Deletes a row; one that is gone already is no error.
    pub(crate) async fn delete(&self, op: &'static str, path: &[&str]) -> Result<()> {
        let build = |url| self.api.request(op, Method::DELETE, url).repeatable(true);
        match self.call(path, build).await {
            Ok(_) | Err(ConnectorError { kind: ErrorKind::NotFound, .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn call(&self, path: &[&str], build: impl Fn(Url) -> RequestBuilder + Send + Sync) -> Result<Response> {
        self.counted.get_or_try_init(|| self.count_calls()).await?;
        self.send(path, build).await
    }

    /// The allowance is shared by every integration of the customer: what all of them have used bounds what we may.
    async fn count_calls(&self) -> Result<()> {
        if !self.api.budget().is_bounded() {
            return Ok(());
        }
        let build = |url| self.api.get("read the call count", url).kind(CallKind::Quota);
        let count = match self.send(&["ThresholdInformation"], build).await {
            Ok(answer) => json_of::<wire::Threshold>(&answer),
            // Nothing else would get through either.
            Err(error) if stops(&error.kind) => return Err(error),
            Err(_) => None,
        };
        let number = |count: Option<i64>| count.and_then(|count| u64::try_from(count).ok());
        let used = count.as_ref().and_then(|count| number(count.currenttimeframerequestcount.0));
        let allowed = count.as_ref().and_then(|count| number(count.externalrequestthreshold.0));
        if let Some((used, allowed)) = used.zip(allowed.filter(|allowed| *allowed > 0)) {
            self.api.report_usage(Usage { used, allowed });
        }
        Ok(())
    }

    async fn send(&self, path: &[&str], build: impl Fn(Url) -> RequestBuilder + Send + Sync) -> Result<Response> {
        self.api
            .authorized(&self.zone, |zone| {
                let request = build(under(zone.expose_secret(), &self.zone.url, path));
                let request = self.signing.get().into_iter().fold(request, RequestBuilder::conceal);
                request
                    .header("UserName", &self.user)
                    .sensitive_header("Secret", &self.secret)
                    .sensitive_header("ApiIntegrationCode", &self.code)
                    .limited_steps(THREAD_STEPS)
            })
            .await
    }
}

fn json_of<T: DeserializeOwned>(answer: &Response) -> Option<T> {
    answer.json::<AnyCase<T>>().ok().map(|read| read.0)
}

const fn stops(kind: &ErrorKind) -> bool {
    matches!(kind, ErrorKind::Credentials { .. } | ErrorKind::Paused { .. } | ErrorKind::Limited { .. })
}

/// `{zone}V1.0/...`; the zone's address was looked at when it was learnt.
fn under(zone: &str, fallback: &Url, path: &[&str]) -> Url {
    let mut url = zone.parse().unwrap_or_else(|_| fallback.clone());
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().push("V1.0").extend(path);
    }
    url
}

fn zone_of(response: &Response) -> Option<Token> {
    let zone: wire::Zone = json_of(response)?;
    let url = zone.url.owned().filter(|url| is_autotask(url))?;
    Some(Token { value: url.into(), life: Some(ZONE_LIFE) })
}

/// Our secret goes to this address with every call.
fn is_autotask(zone: &str) -> bool {
    zone.parse::<Url>().is_ok_and(|zone| {
        let host = zone.host_str().unwrap_or_default();
        zone.scheme() == "https" && zone.port().is_none() && host.ends_with(".autotask.net")
    })
}

fn classify(response: &Response) -> Option<ErrorKind> {
    let foreign = || {
        let zone = response.json::<AnyCase<wire::Zone>>().ok()?.0;
        zone.ci.0?;
        let url = zone.url.owned()?;
        let reason = || "Autotask names a zone outside autotask.net".to_owned();
        (!is_autotask(&url)).then(|| ErrorKind::Address { reason: reason() })
    };
    let short = response.status.is_success() && response.body.len() < 1024;
    refusal::classify(response).or_else(|| if short { foreign() } else { None })
}

#[cfg(test)]
mod tests;
