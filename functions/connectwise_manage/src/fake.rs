//! A ConnectWise that answers from a function, for tests: below the kit, so that everything above it is real.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use connector::http::{
    Budget, HeaderMap, HttpPool, HttpSettings, Incoming, Outgoing, StatusCode, TokenOwner, Transport, TransportError,
};
use connector::{BoxFuture, Connector, CredentialValues, Credentials, DeploymentValues, Session, SessionContext};
use domain::options::Options;
use serde_json::{Value, json};

use crate::client::CLIENT_ID;
use crate::{CONNECTOR, descriptor};

/// A request as ConnectWise saw it: `GET /company/companies?pageSize=200`, without the codebase, which most tests do not
/// care for.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) line: String,
    pub(crate) url: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The line without the query.
    pub(crate) fn path(&self) -> &str {
        self.line.split('?').next().unwrap()
    }

    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let url: url::Url = self.url.parse().unwrap();
        url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}

/// A status, a `Link` header, and a body.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    status: u16,
    link: Option<String>,
    body: String,
}

impl Reply {
    pub(crate) fn link(mut self, link: &str) -> Self {
        self.link = Some(link.to_owned());
        self
    }
}

#[expect(clippy::needless_pass_by_value, reason = "texts and JSON alike, as they are written in the tests")]
pub(crate) fn reply(status: u16, body: impl ToString) -> Reply {
    Reply { status, link: None, body: body.to_string() }
}

pub(crate) fn ok(body: &Value) -> Reply {
    reply(200, body)
}

/// The server's "not there" for a record.
pub(crate) fn gone() -> Reply {
    reply(404, json!({ "code": "NotFound", "message": "Contact 57919 not found" }))
}

/// The server's refusal of a right.
pub(crate) fn forbidden() -> Reply {
    reply(
        403,
        json!({ "code": "SecurityException", "message": "You do not have security permission to perform this action." }),
    )
}

type Answer = dyn Fn(&Seen) -> Reply + Send + Sync;

pub(crate) struct Manage {
    answer: Box<Answer>,
    seen: Mutex<Vec<Seen>>,
}

impl Manage {
    /// One that answers discovery, too, as the test says.
    pub(crate) fn new(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { answer: Box::new(answer), seen: Mutex::default() })
    }

    /// Every call so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The calls so far without discovery.
    pub(crate) fn calls(&self) -> Vec<Seen> {
        self.seen().into_iter().filter(|seen| !seen.line.contains("/login/")).collect()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.calls().into_iter().map(|seen| seen.line).collect()
    }

    /// The lines of calls that write.
    pub(crate) fn writes(&self) -> Vec<String> {
        self.lines().into_iter().filter(|line| !line.starts_with("GET")).collect()
    }

    /// The body of the only call that writes.
    pub(crate) fn written(&self) -> Value {
        let written: Vec<_> = self.calls().into_iter().filter(|seen| !seen.line.starts_with("GET")).collect();
        assert_eq!(written.len(), 1, "{written:?}");
        written[0].json()
    }

    pub(crate) fn session(self: &Arc<Self>) -> Box<dyn Session> {
        self.session_with(&[], Options::initial())
    }

    pub(crate) fn session_with(self: &Arc<Self>, more: &[(&str, &str)], options: Options) -> Box<dyn Session> {
        CONNECTOR.open(self.context(more, options)).unwrap()
    }

    pub(crate) fn context(self: &Arc<Self>, more: &[(&str, &str)], options: Options) -> SessionContext {
        let clock = Arc::new(|| "2026-11-22T12:00:00Z".parse().unwrap());
        let settings = HttpSettings { seed: Some(1), ..HttpSettings::new(clock) };
        let pool = HttpPool::with_transport(settings, Arc::clone(self) as Arc<dyn Transport>);
        let mut values = CredentialValues::new();
        let usual = [
            ("site", "na.myconnectwise.net"),
            ("company_id", "acme"),
            ("public_key", "PubKey123"),
            ("private_key", "PrivKey456"),
        ];
        for (key, value) in usual.iter().chain(more) {
            values.insert((*key).to_owned(), (*value).into());
        }
        SessionContext {
            http: pool.for_connection(TokenOwner("acme".to_owned()), Budget::unlimited()),
            credentials: Credentials::sort(&descriptor::DESCRIPTOR, &values),
            options,
            deployment: DeploymentValues([(CLIENT_ID.to_owned(), "0c1d-client-id".into())].into()),
        }
    }
}

impl Transport for Manage {
    fn send(&self, request: Outgoing) -> BoxFuture<'_, Result<Incoming, TransportError>> {
        let path = request.url.path();
        let path = path.split_once("/apis/3.0").map_or(path, |(_, path)| path);
        let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let seen = Seen {
            line: format!("{} {path}{query}", request.method),
            url: request.url.to_string(),
            headers: request.headers,
            body: String::from_utf8(request.body.to_vec()).unwrap(),
        };
        let reply = (self.answer)(&seen);
        self.seen.lock().unwrap().push(seen);
        let mut headers = HeaderMap::new();
        headers.insert("date", "Sun, 22 Nov 2026 12:00:00 GMT".parse().unwrap());
        if let Some(link) = reply.link {
            headers.insert("link", link.parse().unwrap());
        }
        let body: Box<[Result<Bytes, TransportError>]> = Box::new([Ok(Bytes::from(reply.body))]);
        let incoming = Incoming {
            status: StatusCode::from_u16(reply.status).unwrap(),
            headers,
            body: Box::pin(futures::stream::iter(body.into_vec())),
        };
        Box::pin(async { Ok(incoming) })
    }
}

/// Discovery's answer.
pub(crate) fn company_info(codebase: &str) -> Reply {
    ok(&json!({ "CompanyName": "Acme MSP", "Codebase": codebase, "VersionCode": "v2025.1", "CompanyID": "acme",
        "IsCloud": "True", "SiteUrl": "api-na.myconnectwise.net" }))
}

/// A ConnectWise whose release is known.
pub(crate) fn manage(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Arc<Manage> {
    Manage::new(move |seen| if seen.line.contains("/login/") { company_info("v2025_1/") } else { answer(seen) })
}
