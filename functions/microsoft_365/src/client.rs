//! Graph's endpoints and the sign-in of each tenant; knows nothing of the domain.
//!
//! Invariant: the token decides whose data Graph answers with, so every call names its [`Tenant`], and the tenant is part
//! of the address that the token is asked at and kept under. A token of one tenant cannot reach a call for another.

use std::fmt;

use connector::http::{FormValue, Hooks, Response, TokenRequest, VendorHttp, follow};
use connector::{ConnectorError, Credentials, ErrorKind, Result};
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

const GRAPH: &str = "https://graph.microsoft.com/v1.0/";
const LOGIN: &str = "https://login.microsoftonline.com/";
const SCOPE: &str = "https://graph.microsoft.com/.default";
/// The operation in words of getting a token.
pub(crate) const SIGN_IN: &str = "authenticate";

/// A tenant by its id: the MSP's own, or a customer's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Tenant(String);

impl Tenant {
    /// Reads a tenant id; anything but a GUID would be part of an address.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let lower = text.trim().to_ascii_lowercase();
        is_guid(&lower).then_some(Self(lower))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `4fdbff88-9d6b-42e0-9713-45c922ba8001`, in lower case.
pub(crate) fn is_guid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let digits = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12]) && parts.iter().all(digits)
}

/// Our application in the MSP's tenant, and the way to every tenant that consented to it.
#[derive(Debug)]
pub(crate) struct Client {
    api: VendorHttp,
    customer_api: VendorHttp,
    partner_sign_in: VendorHttp,
    customer_sign_in: VendorHttp,
    partner: Tenant,
    client_id: String,
    secret: SecretString,
}

impl Client {
    /// Makes a client from the fields of the form; calls nothing.
    pub(crate) fn new(http: &VendorHttp, credentials: &Credentials) -> Result<Self> {
        let missing = |field| ConnectorError::new(SIGN_IN, ErrorKind::Credentials { field: Some(field) });
        let partner = credentials.text("tenant_id").and_then(Tenant::parse).ok_or_else(|| missing("tenant_id"))?;
        let client_id = credentials.text("client_id").ok_or_else(|| missing("client_id"))?.to_owned();
        let secret = credentials.secret("client_secret").ok_or_else(|| missing("client_secret"))?.clone();
        let hooks = |classify| Hooks { classify: Some(classify), detail: Some(words) };
        Ok(Self {
            api: http.with_hooks(Hooks { classify: None, detail: Some(words) }),
            customer_api: http.with_hooks(hooks(limited_customer)),
            partner_sign_in: http.with_hooks(hooks(refused_partner)),
            customer_sign_in: http.with_hooks(hooks(refused_customer)),
            partner,
            client_id,
            secret,
        })
    }

    /// The MSP's own tenant.
    pub(crate) const fn partner(&self) -> &Tenant {
        &self.partner
    }

    /// The application's id.
    pub(crate) fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Drops every token: rights are written into them.
    pub(crate) fn forget_tokens(&self) {
        self.api.forget_token();
    }

    /// Reads with the token of this tenant.
    pub(crate) async fn get(&self, tenant: &Tenant, op: &'static str, url: &Url) -> Result<Response> {
        let is_partner = *tenant == self.partner;
        let (sign_in, api) = match is_partner {
            true => (&self.partner_sign_in, &self.api),
            false => (&self.customer_sign_in, &self.customer_api),
        };
        let request = self.token_request(tenant)?;
        let answer =
            sign_in.authorized(&request, |token| api.get(op, url.clone()).bearer(token).conceal(&self.secret)).await;
        // The secret was taken, or there would be no token: that one tenant's service does not know it says nothing of
        // the credentials.
        answer.map_err(|error| match error.kind {
            ErrorKind::Credentials { field: None } if !is_partner => {
                ConnectorError { kind: ErrorKind::Unavailable, ..error }
            }
            _ => error,
        })
    }

    fn token_request(&self, tenant: &Tenant) -> Result<TokenRequest> {
        let url = address(LOGIN, &[tenant.as_str(), "oauth2", "v2.0", "token"], &[])?;
        let form = vec![
            ("grant_type", FormValue::Text("client_credentials".to_owned())),
            ("client_id", FormValue::Text(self.client_id.clone())),
            ("client_secret", FormValue::Secret(self.secret.clone())),
            ("scope", FormValue::Text(SCOPE.to_owned())),
        ];
        Ok(TokenRequest {
            field: Some("client_secret"),
            address_field: Some("tenant_id"),
            permissions_inside: true,
            ..TokenRequest::new(SIGN_IN, url, form)
        })
    }
}

/// An address of Graph.
pub(crate) fn graph(path: &[&str], query: &[(&str, &str)]) -> Result<Url> {
    address(GRAPH, path, query)
}

/// Where an administrator of a tenant consents to our application.
pub(crate) fn consent_page(tenant: &Tenant, query: &[(&str, &str)]) -> Result<Url> {
    let mut all = vec![("scope", SCOPE)];
    all.extend(query);
    address(LOGIN, &[tenant.as_str(), "v2.0", "adminconsent"], &all)
}

fn address(root: &str, path: &[&str], query: &[(&str, &str)]) -> Result<Url> {
    let refused = || ConnectorError::new("form the address", ErrorKind::Credentials { field: Some("tenant_id") });
    let mut url: Url = root.parse().map_err(|_| refused())?;
    url.path_segments_mut().map_err(|()| refused())?.pop_if_empty().extend(path);
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    Ok(url)
}

/// The next page's address as the answer has it: absolute, and used as it is.
pub(crate) fn next_page(response: &Response, page: &Url) -> Result<Option<Url>> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Link {
        #[serde(rename = "@odata.nextLink")]
        next: Option<String>,
    }
    let Link { next } = serde_json::from_slice(&response.body).unwrap_or_default();
    next.filter(|next| !next.is_empty()).map(|next| follow(response, &next, page)).transpose()
}

/// An address kept in a cursor, which must still be Graph's.
pub(crate) fn kept_page(op: &'static str, text: &str) -> Result<Url> {
    let graph: Url = graph(&[], &[])?;
    let kept: Option<Url> = text.parse().ok().filter(|url: &Url| url.origin() == graph.origin());
    kept.ok_or_else(|| ConnectorError::new(op, ErrorKind::Malformed { path: "next page".to_owned() }))
}

/// Reads an answer that is one object.
pub(crate) fn object<T: DeserializeOwned>(op: &'static str, response: &Response) -> Result<T> {
    serde_json::from_slice(&response.body)
        .map_err(|_| ConnectorError::new(op, ErrorKind::Malformed { path: "the answer".to_owned() }))
}

/// Whom Graph asks to slow down: it counts by application and tenant, unless it says that the application as a whole calls
/// too often.
fn limited_customer(response: &Response) -> Option<ErrorKind> {
    let everywhere = response.header("x-ms-throttle-scope").is_some_and(|scope| !scope.starts_with("Tenant"));
    (response.status.as_u16() == 429 && !everywhere).then_some(ErrorKind::CompanyLimited { retry_after: None })
}

/// What the MSP's own tenant says to our sign-in.
fn refused_partner(response: &Response) -> Option<ErrorKind> {
    Some(match refusal(response)? {
        // The application, or the tenant, is not there: entered wrongly, or deleted.
        Refusal::Coded(700_016) => ErrorKind::Credentials { field: Some("client_id") },
        Refusal::Coded(90_002) => ErrorKind::Credentials { field: Some("tenant_id") },
        Refusal::Coded(code) => of_the_secret(code)?,
        Refusal::Other => ErrorKind::Misdirected { field: None },
    })
}

/// What a customer's tenant says to it. Only the secret concerns the other tenants, too.
fn refused_customer(response: &Response) -> Option<ErrorKind> {
    Some(match refusal(response)? {
        // There is no service principal of ours: nobody consented, or somebody took it back. And conditional access.
        Refusal::Coded(700_016 | 65_001 | 53_003 | 50_076 | 50_079) => ErrorKind::Forbidden,
        Refusal::Coded(90_002) => ErrorKind::Rejected { field: None, message: "there is no such tenant".to_owned() },
        Refusal::Coded(code) => of_the_secret(code).unwrap_or(ErrorKind::Unavailable),
        Refusal::Other => ErrorKind::Unavailable,
    })
}

fn of_the_secret(code: u64) -> Option<ErrorKind> {
    match code {
        7_000_215 | 7_000_218 => Some(ErrorKind::Credentials { field: Some("client_secret") }),
        7_000_222 => Some(ErrorKind::Expired),
        // Not known yet everywhere, shortly after it was made.
        700_027 => Some(ErrorKind::Unavailable),
        _ => None,
    }
}

/// A refusal at the sign-in.
enum Refusal {
    /// Microsoft's, with the number of its `AADSTS` error.
    Coded(u64),
    /// Somebody else's in its place: every refusal of Microsoft's has a number.
    Other,
}

fn refusal(response: &Response) -> Option<Refusal> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Body {
        error_codes: Vec<u64>,
    }
    if !matches!(response.status.as_u16(), 400 | 401) {
        return None;
    }
    let Body { error_codes } = serde_json::from_slice(&response.body).unwrap_or_default();
    Some(error_codes.first().map_or(Refusal::Other, |code| Refusal::Coded(*code)))
}

/// Graph's message with its code; of the sign-in, its description without the trace behind it.
fn words(response: &Response) -> Option<String> {
    let body: Value = serde_json::from_slice(&response.body).ok()?;
    let text = |value: &Value| value.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    if let Some(description) = body.get("error_description").and_then(text) {
        return Some(description.split(" Trace ID:").next().unwrap_or_default().trim().to_owned());
    }
    let error = body.get("error")?;
    let message = error.get("message").and_then(text);
    match (error.get("code").and_then(text), message) {
        (Some(code), Some(message)) => Some(format!("{code}: {message}")),
        (code, message) => message.or(code).or_else(|| text(error)),
    }
}

#[cfg(test)]
mod tests;
