//! A Halo that answers from a function, for tests: below the kit, so that everything above it is real.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use connector::http::{
    Budget, HttpPool, HttpSettings, Incoming, Outgoing, StatusCode, TokenOwner, Transport, TransportError,
};
use connector::{BoxFuture, Connector, CredentialValues, Credentials, DeploymentValues, Session, SessionContext};
use domain::options::Options;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::{CONNECTOR, descriptor};

/// A request as Halo saw it: `GET /api/Client?page_no=1`.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) line: String,
    pub(crate) body: String,
}

type Answer = dyn Fn(&Seen) -> (u16, String) + Send + Sync;

pub(crate) struct Halo {
    answer: Box<Answer>,
    seen: Mutex<Vec<Seen>>,
    now: Mutex<Timestamp>,
}

impl Halo {
    pub(crate) fn new(answer: impl Fn(&Seen) -> (u16, String) + Send + Sync + 'static) -> Arc<Self> {
        let now = Mutex::new("2026-11-22T12:00:00Z".parse().unwrap());
        Arc::new(Self { answer: Box::new(answer), seen: Mutex::default(), now })
    }

    /// Moves our wall clock on.
    pub(crate) fn wait(&self, time: SignedDuration) {
        *self.now.lock().unwrap() += time;
    }

    /// The calls so far without those for tokens.
    pub(crate) fn calls(&self) -> Vec<Seen> {
        let seen = self.seen.lock().unwrap();
        seen.iter().filter(|seen| !seen.line.contains("/auth/")).cloned().collect()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.calls().into_iter().map(|seen| seen.line).collect()
    }

    /// The body of the only POST.
    pub(crate) fn posted(&self) -> Value {
        let posted: Vec<_> = self.calls().into_iter().filter(|seen| seen.line.starts_with("POST")).collect();
        assert_eq!(posted.len(), 1, "{posted:?}");
        serde_json::from_str(&posted[0].body).unwrap()
    }

    pub(crate) fn token_calls(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().iter().filter(|seen| seen.line.contains("/auth/")).cloned().collect()
    }

    pub(crate) fn session(self: &Arc<Self>) -> Box<dyn Session> {
        self.session_with(&[], Options::initial())
    }

    pub(crate) fn session_with(self: &Arc<Self>, more: &[(&str, &str)], options: Options) -> Box<dyn Session> {
        CONNECTOR.open(self.context(more, options)).unwrap()
    }

    pub(crate) fn context(self: &Arc<Self>, more: &[(&str, &str)], options: Options) -> SessionContext {
        let halo = Arc::clone(self);
        let clock = Arc::new(move || *halo.now.lock().unwrap());
        let settings = HttpSettings { seed: Some(1), ..HttpSettings::new(clock) };
        let pool = HttpPool::with_transport(settings, Arc::clone(self) as Arc<dyn Transport>);
        let mut values = CredentialValues::new();
        let usual = [("url", "https://acme.halopsa.com"), ("client_id", "portal"), ("client_secret", "hush-hush")];
        for (key, value) in usual.iter().chain(more) {
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

impl Transport for Halo {
    fn send(&self, request: Outgoing) -> BoxFuture<'_, Result<Incoming, TransportError>> {
        let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let seen = Seen {
            line: format!("{} {}{query}", request.method, request.url.path()),
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

/// The token endpoint's answer.
pub(crate) fn token() -> (u16, String) {
    (200, r#"{"scope":"all","token_type":"Bearer","access_token":"t0ken","expires_in":3600}"#.to_owned())
}

/// A Halo with a working token endpoint.
pub(crate) fn halo(answer: impl Fn(&Seen) -> (u16, String) + Send + Sync + 'static) -> Arc<Halo> {
    Halo::new(move |seen| if seen.line.contains("/auth/token") { token() } else { answer(seen) })
}
