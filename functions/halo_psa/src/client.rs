//! Halo's endpoints and its authentication; knows nothing of the domain.

use std::borrow::Cow;

use bytes::Bytes;
use connector::http::{FormValue, Hooks, RequestBuilder, Response, TokenRequest, VendorHttp};
use connector::lenient::Text;
use connector::{ConnectorError, Credentials, ErrorKind, Result};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use url::Url;

/// Query parameters.
pub(crate) type Query<'a> = Vec<(&'a str, Cow<'a, str>)>;

/// One of Halo's resources: how it is listed and read.
#[derive(Debug)]
pub(crate) struct Resource {
    pub(crate) path: &'static str,
    /// The operation in words, for errors.
    pub(crate) list: &'static str,
    /// The operation in words, for errors.
    pub(crate) read: &'static str,
    /// Parameters of every list.
    always: &'static [(&'static str, &'static str)],
}

/// Lists show active rows only unless asked for both.
const BOTH: &[(&str, &str)] = &[("includeactive", "true"), ("includeinactive", "true")];

pub(crate) static CLIENTS: Resource =
    Resource { path: "Client", list: "list clients", read: "read a client", always: BOTH };
pub(crate) static SITES: Resource = Resource { path: "Site", list: "list sites", read: "read a site", always: BOTH };
pub(crate) static USERS: Resource = Resource {
    path: "Users",
    list: "list users",
    read: "read a user",
    always: &[
        ("includeactive", "true"),
        ("includeinactive", "true"),
        ("exclude_generaluser", "true"),
        ("exclude_defaultsiteusers", "true"),
        ("exclude_agents", "true"),
        ("includeserviceaccount", "false"),
    ],
};
pub(crate) static AGENTS: Resource = Resource {
    path: "Agent",
    list: "list agents",
    read: "read an agent",
    always: &[("includeenabled", "true"), ("includedisabled", "true")],
};
/// `domain=reqs` keeps projects and opportunities out; the name of the status is for the reason of skipping.
pub(crate) static TICKETS: Resource = Resource {
    path: "Tickets",
    list: "list tickets",
    read: "read a ticket",
    always: &[("domain", "reqs"), ("includestatus", "true")],
};
pub(crate) static ACTIONS: Resource =
    Resource { path: "Actions", list: "list actions", read: "read an action", always: &[("excludesys", "true")] };

/// A Halo instance with our credentials for it.
#[derive(Debug)]
pub(crate) struct Client {
    api: VendorHttp,
    auth: VendorHttp,
    root: Url,
    token: TokenRequest,
}

impl Client {
    /// Makes a client from the fields of the form; calls nothing.
    pub(crate) fn new(http: &VendorHttp, credentials: &Credentials) -> Result<Self> {
        let missing = |field| ConnectorError::new("authenticate", ErrorKind::Credentials { field: Some(field) });
        let root: Url = credentials.text("url").and_then(|url| url.parse().ok()).ok_or_else(|| missing("url"))?;
        let host = root.host_str().filter(|_| root.scheme() == "https");
        host.ok_or_else(|| missing("url"))?;
        let client_id = credentials.text("client_id").ok_or_else(|| missing("client_id"))?;
        let secret = credentials.secret("client_secret").ok_or_else(|| missing("client_secret"))?;
        let tenant = credentials.text("tenant");
        let hooks = Hooks {
            classify: Some(if tenant.is_some() { not_this_tenant } else { not_this_host }),
            detail: Some(words),
        };
        Ok(Self {
            api: http.with_hooks(Hooks { classify: None, detail: Some(words) }),
            auth: http.with_hooks(hooks),
            token: token_request(&root, client_id, secret, tenant)?,
            root,
        })
    }

    /// The instance's host, with its port where that is not the usual one.
    pub(crate) fn host(&self) -> String {
        let host = self.root.host_str().unwrap_or_default();
        self.root.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// A list, or one page of it.
    pub(crate) async fn list(&self, resource: &'static Resource, query: &Query<'_>) -> Result<Bytes> {
        let url = self.url(&[resource.path])?;
        self.call(|http, token| {
            http.get(resource.list, url.clone()).query(resource.always).query_pairs(query.iter().cloned()).bearer(token)
        })
        .await
    }

    /// A small list without parameters of its own: a picklist.
    pub(crate) async fn picklist(&self, op: &'static str, path: &str, query: &[(&str, &str)]) -> Result<Bytes> {
        let url = self.url(&[path])?;
        self.call(|http, token| http.get(op, url.clone()).query(query).bearer(token)).await
    }

    /// The detail of one record.
    pub(crate) async fn read(&self, resource: &'static Resource, id: &str) -> Result<Bytes> {
        let url = self.url(&[resource.path, id])?;
        self.call(|http, token| http.get(resource.read, url.clone()).query(&[("includedetails", "true")]).bearer(token))
            .await
    }

    /// Creates or changes one record: both are a POST of an array (Halo's OpenAPI document), the answer is the record.
    pub(crate) async fn write<T: Serialize + Sync>(
        &self,
        op: &'static str,
        resource: &'static Resource,
        body: &T,
        repeatable: bool,
    ) -> Result<Bytes> {
        let url = self.url(&[resource.path])?;
        let answer = self
            .call(|http, token| {
                let call = http.post(op, url.clone()).json(&[body]).repeatable(repeatable);
                call.classify(warning).bearer(token)
            })
            .await?;
        Ok(first(answer))
    }

    async fn call(&self, build: impl Fn(&VendorHttp, &SecretString) -> RequestBuilder + Send + Sync) -> Result<Bytes> {
        let response = self.auth.authorized(&self.token, |token| build(&self.api, token)).await?;
        Ok(response.body)
    }

    fn url(&self, path: &[&str]) -> Result<Url> {
        under(&self.root, "api", path)
    }
}

fn token_request(root: &Url, client_id: &str, secret: &SecretString, tenant: Option<&str>) -> Result<TokenRequest> {
    let form = vec![
        ("grant_type", FormValue::Text("client_credentials".to_owned())),
        ("client_id", FormValue::Text(client_id.to_owned())),
        ("client_secret", FormValue::Secret(secret.clone())),
        // Everything that the application and its agent allow; what is missing shows per record type.
        ("scope", FormValue::Text("all".to_owned())),
    ];
    Ok(TokenRequest {
        query: tenant.map(|tenant| ("tenant", tenant.to_owned())).into_iter().collect(),
        field: Some("client_secret"),
        // A wrong tenant and a wrong host both answer with a login page.
        address_field: Some(if tenant.is_some() { "tenant" } else { "url" }),
        permissions_inside: true,
        ..TokenRequest::new("authenticate", under(root, "auth", &["token"])?, form)
    })
}

fn under(root: &Url, server: &str, path: &[&str]) -> Result<Url> {
    let mut url = root.clone();
    let refused = || ConnectorError::new("form the address", ErrorKind::Credentials { field: Some("url") });
    url.path_segments_mut().map_err(|()| refused())?.clear().push(server).extend(path);
    Ok(url)
}

/// The token endpoint sends whoever it does not know to a login page (Nango does not follow it either).
fn not_this_tenant(response: &Response) -> Option<ErrorKind> {
    response.status.is_redirection().then_some(ErrorKind::Misdirected { field: Some("tenant") })
}

fn not_this_host(response: &Response) -> Option<ErrorKind> {
    response.status.is_redirection().then_some(ErrorKind::Misdirected { field: Some("url") })
}

/// A `_warning` in a 201 means that Halo asks back and has not done it.
fn warning(response: &Response) -> Option<ErrorKind> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Warned {
        #[serde(rename = "_warning")]
        warning: Text,
    }
    if !response.status.is_success() {
        return None;
    }
    let warned: Warned = serde_json::from_slice(&first(response.body.clone())).ok()?;
    let message = warned.warning.owned()?;
    Some(ErrorKind::Rejected { field: None, message })
}

/// The record in the answer to a write: the object itself, or the first of an array (`returnall`).
fn first(answer: Bytes) -> Bytes {
    let Ok(rows) = serde_json::from_slice::<Vec<&RawValue>>(&answer) else { return answer };
    rows.first().map_or_else(Bytes::new, |row| answer.slice_ref(row.get().as_bytes()))
}

/// Halo's message in an error body: a serialised .NET exception mostly, problem details where a body does not bind
/// (HaloAPI reads them in this order).
fn words(response: &Response) -> Option<String> {
    let body: Value = serde_json::from_slice(&response.body).ok()?;
    if let Value::String(text) = &body {
        return Some(text.clone());
    }
    let text =
        |key: &str| body.get(key).and_then(Value::as_str).filter(|text| !text.trim().is_empty()).map(str::to_owned);
    let bound =
        || body.get("errors")?.as_object()?.values().find_map(|errors| Some(errors.get(0)?.as_str()?.to_owned()));
    ["errorMessage", "Message", "message", "error_description", "error"]
        .into_iter()
        .find_map(text)
        .or_else(bound)
        .or_else(|| text("title"))
}

#[cfg(test)]
mod tests;
