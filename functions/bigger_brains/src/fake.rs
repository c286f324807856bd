//! A SCORM Cloud that answers from a function, for tests: below the kit, so that everything above it is real.

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

/// When everything happens.
pub(crate) const NOW: &str = "2026-11-22T12:00:00Z";
const DATE: &str = "Sun, 22 Nov 2026 12:00:00 GMT";

/// A request as SCORM Cloud saw it: `GET /api/v2/courses?since=..`.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) line: String,
    pub(crate) authorization: String,
    pub(crate) body: String,
}

/// Status, body and `X-Total-Count`.
pub(crate) struct Answer(pub(crate) u16, pub(crate) String, pub(crate) Option<u32>);

pub(crate) struct Fake {
    answer: Box<dyn Fn(&Seen) -> Answer + Send + Sync>,
    seen: Mutex<Vec<Seen>>,
}

/// A SCORM Cloud that answers like this.
pub(crate) fn cloud(answer: impl Fn(&Seen) -> Answer + Send + Sync + 'static) -> Arc<Fake> {
    Arc::new(Fake { answer: Box::new(answer), seen: Mutex::default() })
}

pub(crate) fn ok(body: &Value) -> Answer {
    Answer(200, body.to_string(), None)
}

pub(crate) fn empty() -> Answer {
    Answer(204, String::new(), None)
}

pub(crate) fn refused(status: u16, message: &str) -> Answer {
    Answer(status, serde_json::json!({ "message": message }).to_string(), None)
}

impl Fake {
    pub(crate) fn calls(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.calls().into_iter().map(|seen| seen.line).collect()
    }

    /// Bodies of what was written, in order.
    pub(crate) fn written(&self) -> Vec<Value> {
        let written = self.calls().into_iter().filter(|seen| !seen.line.starts_with("GET"));
        written.map(|seen| serde_json::from_str(&seen.body).unwrap()).collect()
    }

    pub(crate) fn session(self: &Arc<Self>) -> Box<dyn Session> {
        let now: Timestamp = NOW.parse().unwrap();
        let settings = HttpSettings { seed: Some(1), ..HttpSettings::new(Arc::new(move || now)) };
        let pool = HttpPool::with_transport(settings, Arc::clone(self) as Arc<dyn Transport>);
        let values = [("application_id", "A1B2C3D4E5"), ("secret_key", "hush-hush")];
        let values: CredentialValues = values.map(|(key, value)| (key.to_owned(), value.into())).into();
        CONNECTOR
            .open(SessionContext {
                http: pool.for_connection(TokenOwner("acme".to_owned()), Budget::unlimited()),
                credentials: Credentials::sort(&descriptor::DESCRIPTOR, &values),
                options: Options::initial(),
                deployment: DeploymentValues::default(),
            })
            .unwrap()
    }
}

impl Transport for Fake {
    fn send(&self, request: Outgoing) -> BoxFuture<'_, Result<Incoming, TransportError>> {
        let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let header = request.headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
        let seen = Seen {
            line: format!("{} {}{query}", request.method, request.url.path()),
            authorization: header.unwrap_or_default(),
            body: String::from_utf8(request.body.to_vec()).unwrap(),
        };
        let Answer(status, body, total) = (self.answer)(&seen);
        self.seen.lock().unwrap().push(seen);
        let mut headers = HeaderMap::new();
        headers.insert("date", DATE.parse().unwrap());
        if let Some(total) = total {
            headers.insert("x-total-count", total.to_string().parse().unwrap());
        }
        let body: Box<[Result<Bytes, TransportError>]> = Box::new([Ok(Bytes::from(body))]);
        let incoming = Incoming {
            status: StatusCode::from_u16(status).unwrap(),
            headers,
            body: Box::pin(futures::stream::iter(body.into_vec())),
        };
        Box::pin(async { Ok(incoming) })
    }
}
