//! A Datto RMM that answers from a function, for tests: below the kit, so that everything above it is real.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use connector::http::{
    Budget, HttpPool, HttpSettings, Incoming, Outgoing, StatusCode, TokenOwner, Transport, TransportError,
};
use connector::{BoxFuture, Connector, CredentialValues, Credentials, DeploymentValues, Session, SessionContext};
use domain::options::Options;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{CONNECTOR, descriptor};

/// A request as Datto RMM saw it: `GET /api/v2/account?page=1`.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) line: String,
    pub(crate) host: String,
    pub(crate) authorization: String,
    pub(crate) body: String,
}

pub(crate) const TOKEN: &str = "POST /auth/oauth/token";

type Answer = dyn Fn(&Seen) -> (u16, String) + Send + Sync;

pub(crate) struct Fake {
    answer: Box<Answer>,
    seen: Mutex<Vec<Seen>>,
}

/// A Datto RMM that answers like this.
pub(crate) fn datto(answer: impl Fn(&Seen) -> (u16, String) + Send + Sync + 'static) -> Arc<Fake> {
    let answer = move |seen: &Seen| match seen.target() {
        TOKEN => {
            ok(&json!({"access_token": "t0ken", "token_type": "bearer", "expires_in": 360_000, "scope": "default"}))
        }
        _ => answer(seen),
    };
    asked_for_tokens(answer)
}

/// One that answers like this when it is asked for a token, too.
pub(crate) fn asked_for_tokens(answer: impl Fn(&Seen) -> (u16, String) + Send + Sync + 'static) -> Arc<Fake> {
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

    /// All but those for a token.
    pub(crate) fn lines(&self) -> Vec<String> {
        let data = self.calls().into_iter().filter(|seen| seen.target() != TOKEN);
        data.map(|seen| seen.line).collect()
    }

    pub(crate) fn session(self: &Arc<Self>) -> Box<dyn Session> {
        self.session_with(&[])
    }

    pub(crate) fn session_with(self: &Arc<Self>, more: &[(&str, &str)]) -> Box<dyn Session> {
        CONNECTOR.open(self.context(more)).unwrap()
    }

    pub(crate) fn context(self: &Arc<Self>, more: &[(&str, &str)]) -> SessionContext {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let settings = HttpSettings { seed: Some(1), ..HttpSettings::new(Arc::new(move || now)) };
        let pool = HttpPool::with_transport(settings, Arc::clone(self) as Arc<dyn Transport>);
        let mut values = CredentialValues::new();
        for (key, value) in
            [("platform", "merlot"), ("api_key", "AAAA1111BBBB2222CCCC3333DDDD4444"), ("secret_key", "hush-hush")]
                .iter()
                .chain(more)
        {
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
