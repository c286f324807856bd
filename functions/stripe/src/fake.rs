//! A Stripe that answers from a function, for tests: below the kit, so that everything above it is real.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use connector::http::{
    Budget, HeaderMap, HttpPool, HttpSettings, Incoming, Outgoing, StatusCode, TokenOwner, Transport, TransportError,
};
use connector::{BoxFuture, Connector, CredentialValues, Credentials, DeploymentValues, Session, SessionContext};
use domain::options::Options;
use jiff::Timestamp;
use serde_json::Value;

use crate::{CONNECTOR, descriptor};

/// A request as Stripe saw it: `GET /v1/invoices?limit=100`, with names and values decoded.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) line: String,
    pub(crate) headers: HeaderMap,
    pub(crate) form: Vec<(String, String)>,
}

type Answer = dyn Fn(&Seen) -> (u16, String) + Send + Sync;

pub(crate) struct Fake {
    answer: Box<Answer>,
    seen: Mutex<Vec<Seen>>,
}

/// A Stripe that answers like this.
pub(crate) fn stripe(answer: impl Fn(&Seen) -> (u16, String) + Send + Sync + 'static) -> Arc<Fake> {
    Arc::new(Fake { answer: Box::new(answer), seen: Mutex::default() })
}

pub(crate) fn ok(body: &Value) -> (u16, String) {
    (200, body.to_string())
}

impl Seen {
    /// Method and path.
    pub(crate) fn target(&self) -> &str {
        self.line.split('?').next().unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Fake {
    pub(crate) fn calls(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.calls().into_iter().map(|seen| seen.line).collect()
    }

    pub(crate) fn session(self: &Arc<Self>) -> Box<dyn Session> {
        CONNECTOR.open(self.context("rk_test_hush")).unwrap()
    }

    pub(crate) fn live_session(self: &Arc<Self>) -> Box<dyn Session> {
        CONNECTOR.open(self.context("rk_live_hush")).unwrap()
    }

    pub(crate) fn context(self: &Arc<Self>, key: &str) -> SessionContext {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let settings = HttpSettings { seed: Some(1), ..HttpSettings::new(Arc::new(move || now)) };
        let pool = HttpPool::with_transport(settings, Arc::clone(self) as Arc<dyn Transport>);
        let values = CredentialValues::from_iter([("restricted_key".to_owned(), key.to_owned().into())]);
        SessionContext {
            http: pool.for_connection(TokenOwner("acme".to_owned()), Budget::unlimited()),
            credentials: Credentials::sort(&descriptor::DESCRIPTOR, &values),
            options: Options::initial(),
            deployment: DeploymentValues::default(),
        }
    }
}

impl Transport for Fake {
    fn send(&self, request: Outgoing) -> BoxFuture<'_, Result<Incoming, TransportError>> {
        let pairs: Vec<String> = request.url.query_pairs().map(|(name, value)| format!("{name}={value}")).collect();
        let query = if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) };
        let seen = Seen {
            line: format!("{} {}{query}", request.method, request.url.path()),
            headers: request.headers.clone(),
            form: url::form_urlencoded::parse(&request.body).into_owned().collect(),
        };
        let (status, body) = (self.answer)(&seen);
        self.seen.lock().unwrap().push(seen);
        let body: Box<[Result<Bytes, TransportError>]> = Box::new([Ok(Bytes::from(body))]);
        let mut headers = HeaderMap::new();
        if status == 299 {
            headers.insert("idempotent-replayed", "true".parse().unwrap());
        }
        let incoming = Incoming {
            status: StatusCode::from_u16(if status == 299 { 200 } else { status }).unwrap(),
            headers,
            body: Box::pin(futures::stream::iter(body.into_vec())),
        };
        Box::pin(async { Ok(incoming) })
    }
}
