//! An Asio that answers from a function, for tests: below the kit, so that everything above it is real.

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

/// A request as Asio saw it: `GET /api/platform/v1/company/sites`.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) line: String,
    pub(crate) host: String,
    pub(crate) authorization: String,
    pub(crate) body: String,
}

/// Status, headers, body.
pub(crate) type Answered = (u16, Vec<(&'static str, String)>, String);
type Answer = dyn Fn(&Seen) -> Answered + Send + Sync;

pub(crate) struct Fake {
    answer: Box<Answer>,
    seen: Mutex<Vec<Seen>>,
}

/// An Asio that answers like this.
pub(crate) fn bare(answer: impl Fn(&Seen) -> Answered + Send + Sync + 'static) -> Arc<Fake> {
    Arc::new(Fake { answer: Box::new(answer), seen: Mutex::default() })
}

/// An Asio with a working token endpoint.
pub(crate) fn asio(answer: impl Fn(&Seen) -> Answered + Send + Sync + 'static) -> Arc<Fake> {
    bare(move |seen| match seen.target() {
        "POST /v1/token" => {
            ok(&serde_json::json!({"access_token": "t0ken", "token_type": "Bearer", "expires_in": 3599}))
        }
        _ => answer(seen),
    })
}

pub(crate) fn ok(body: &Value) -> Answered {
    status(200, body)
}

pub(crate) fn status(status: u16, body: &Value) -> Answered {
    (status, Vec::new(), body.to_string())
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
        let data = self.calls().into_iter().filter(|seen| seen.target() != "POST /v1/token");
        data.map(|seen| seen.line).collect()
    }

    pub(crate) fn session(self: &Arc<Self>) -> Box<dyn Session> {
        CONNECTOR.open(self.context(&[])).unwrap()
    }

    pub(crate) fn context(self: &Arc<Self>, more: &[(&str, &str)]) -> SessionContext {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let settings = HttpSettings { seed: Some(1), ..HttpSettings::new(Arc::new(move || now)) };
        let pool = HttpPool::with_transport(settings, Arc::clone(self) as Arc<dyn Transport>);
        let mut values = CredentialValues::new();
        for (key, value) in [("client_id", "0e31-portal"), ("client_secret", "hush-hush")].iter().chain(more) {
            values.insert((*key).to_owned(), (*value).into());
        }
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
        let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let header = request.headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
        let seen = Seen {
            line: format!("{} {}{query}", request.method, request.url.path()),
            host: request.url.host_str().unwrap().to_owned(),
            authorization: header.unwrap_or_default(),
            body: String::from_utf8(request.body.to_vec()).unwrap(),
        };
        let (status, headers, body) = (self.answer)(&seen);
        self.seen.lock().unwrap().push(seen);
        let body: Box<[Result<Bytes, TransportError>]> = Box::new([Ok(Bytes::from(body))]);
        let headers =
            headers.into_iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        let incoming = Incoming {
            status: StatusCode::from_u16(status).unwrap(),
            headers,
            body: Box::pin(futures::stream::iter(body.into_vec())),
        };
        Box::pin(async { Ok(incoming) })
    }
}
