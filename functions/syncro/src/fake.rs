//! A Syncro that answers from a function, for tests: below the kit, so that everything above it is real.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use connector::http::{
    Budget, HttpPool, HttpSettings, Incoming, Outgoing, StatusCode, TokenOwner, Transport, TransportError,
};
use connector::{BoxFuture, Connector, CredentialValues, Credentials, DeploymentValues, Session, SessionContext};
use domain::options::Options;
use jiff::Timestamp;
use serde_json::Value;

use crate::{CONNECTOR, descriptor};

/// A request as Syncro saw it: `GET /api/v1/tickets?page=1`.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) line: String,
    pub(crate) host: String,
    pub(crate) authorization: String,
    pub(crate) body: String,
}

type Answer = dyn Fn(&Seen) -> (u16, String) + Send + Sync;

pub(crate) struct Fake {
    answer: Box<Answer>,
    seen: Mutex<Vec<Seen>>,
}

/// A Syncro that answers like this.
pub(crate) fn syncro(answer: impl Fn(&Seen) -> (u16, String) + Send + Sync + 'static) -> Arc<Fake> {
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
}

impl Fake {
    pub(crate) fn calls(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.calls().into_iter().map(|seen| seen.line).collect()
    }

    /// The line and the body of the only write.
    pub(crate) fn written(&self) -> (String, Value) {
        let written: Vec<_> = self.calls().into_iter().filter(|seen| !seen.line.starts_with("GET")).collect();
        assert_eq!(written.len(), 1, "{written:?}");
        (written[0].line.clone(), serde_json::from_str(&written[0].body).unwrap())
    }

    pub(crate) fn session(self: &Arc<Self>) -> Box<dyn Session> {
        self.session_with(&[], Options::initial())
    }

    pub(crate) fn session_with(self: &Arc<Self>, more: &[(&str, &str)], options: Options) -> Box<dyn Session> {
        CONNECTOR.open(self.context(more, options)).unwrap()
    }

    pub(crate) fn context(self: &Arc<Self>, more: &[(&str, &str)], options: Options) -> SessionContext {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let settings = HttpSettings { seed: Some(1), ..HttpSettings::new(Arc::new(move || now)) };
        let pool = HttpPool::with_transport(settings, Arc::clone(self) as Arc<dyn Transport>);
        let mut values = CredentialValues::new();
        for (key, value) in [("subdomain", "acme"), ("api_key", "hush-hush")].iter().chain(more) {
            values.insert((*key).to_owned(), (*value).into());
        }
        SessionContext {
            http: pool.for_connection(TokenOwner("acme".to_owned()), Budget::unlimited()),
            credentials: Credentials::sort(&descriptor::DESCRIPTOR, &values),
            options,
            deployment: DeploymentValues::default(),
        }
    }
}

impl Transport for Fake {
    fn send(&self, request: Outgoing) -> BoxFuture<'_, Result<Incoming, TransportError>> {
        let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let header = request.headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
        let seen = Seen {
            line: format!("{} {}{query}", request.method, request.url.path()),
            host: request.url.host_str().unwrap().to_owned(),
            authorization: header.unwrap_or_default(),
            body: String::from_utf8(request.body.to_vec()).unwrap(),
        };
        let (status, body) = (self.answer)(&seen);
        self.seen.lock().unwrap().push(seen);
        let body: Box<[Result<Bytes, TransportError>]> = Box::new([Ok(Bytes::from(body))]);
        let incoming = Incoming {
            status: StatusCode::from_u16(status).unwrap(),
            headers: connector::http::HeaderMap::new(),
            body: Box::pin(futures::stream::iter(body.into_vec())),
        };
        Box::pin(async { Ok(incoming) })
    }
}
