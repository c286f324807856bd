//! A Graph that answers from a function, for tests: below the kit, so that everything above it is real.

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

pub(crate) const PARTNER: &str = "00000000-0000-0000-0000-00000000000a";
pub(crate) const CONTOSO: &str = "11111111-1111-1111-1111-111111111111";
pub(crate) const FABRIKAM: &str = "22222222-2222-2222-2222-222222222222";

/// A request of Graph as it arrived: the tenant that its token was made for, and `GET /v1.0/domains`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) tenant: String,
    pub(crate) line: String,
}

type Answer = dyn Fn(&Seen) -> (u16, Value) + Send + Sync;

/// Signs everybody in unless told otherwise, each token bearing its tenant's name.
pub(crate) struct Fake {
    answer: Box<Answer>,
    /// What the sign-in answers to this tenant.
    pub(crate) refusals: Mutex<Vec<(&'static str, u16, Value)>>,
    seen: Mutex<Vec<Seen>>,
    signed_in: Mutex<Vec<String>>,
}

/// A Graph that answers like this.
pub(crate) fn graph(answer: impl Fn(&Seen) -> (u16, Value) + Send + Sync + 'static) -> Arc<Fake> {
    let (refusals, seen, signed_in) = Default::default();
    Arc::new(Fake { answer: Box::new(answer), refusals, seen, signed_in })
}

pub(crate) fn list(rows: &[Value]) -> (u16, Value) {
    (200, json!({ "value": rows }))
}

pub(crate) fn error(status: u16, code: &str) -> (u16, Value) {
    (status, json!({"error": {"code": code, "message": "No.", "innerError": {"request-id": "1"}}}))
}

impl Fake {
    pub(crate) fn calls(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The tenants whose sign-in was called, in order.
    pub(crate) fn signed_in(&self) -> Vec<String> {
        self.signed_in.lock().unwrap().clone()
    }

    /// From now on this tenant's sign-in is refused with an `AADSTS` code.
    pub(crate) fn refuses(&self, tenant: &'static str, status: u16, code: u64) {
        let description = format!("AADSTS{code}: No. Trace ID: 1 Correlation ID: 2 Timestamp: 3");
        let body = json!({"error": "e", "error_description": description, "error_codes": [code]});
        self.refusals.lock().unwrap().push((tenant, status, body));
    }

    pub(crate) fn session(self: &Arc<Self>) -> Box<dyn Session> {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let settings = HttpSettings { seed: Some(1), ..HttpSettings::new(Arc::new(move || now)) };
        let pool = HttpPool::with_transport(settings, Arc::clone(self) as Arc<dyn Transport>);
        let fields = [("tenant_id", PARTNER), ("client_id", "app"), ("client_secret", "hush-hush")];
        let values: CredentialValues = fields.map(|(key, value)| (key.to_owned(), value.into())).into();
        let context = SessionContext {
            http: pool.for_connection(TokenOwner("acme".to_owned()), Budget::unlimited()),
            credentials: Credentials::sort(&descriptor::DESCRIPTOR, &values),
            options: Options::initial(),
            deployment: DeploymentValues::default(),
        };
        CONNECTOR.open(context).unwrap()
    }
}

impl Transport for Fake {
    fn send(&self, request: Outgoing) -> BoxFuture<'_, Result<Incoming, TransportError>> {
        let path = request.url.path();
        let (status, body) = if request.url.host_str() == Some("login.microsoftonline.com") {
            let tenant = path.trim_start_matches('/').split('/').next().unwrap().to_owned();
            self.signed_in.lock().unwrap().push(tenant.clone());
            let refusals = self.refusals.lock().unwrap();
            let refusal = refusals.iter().find(|(refused, _, _)| *refused == tenant);
            let token = json!({"token_type": "Bearer", "expires_in": 3_900, "access_token": format!("of-{tenant}")});
            refusal.map_or((200, token), |(_, status, body)| (*status, body.clone()))
        } else {
            let authorization = request.headers["authorization"].to_str().unwrap();
            let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
            let seen = Seen {
                tenant: authorization.strip_prefix("Bearer of-").unwrap().to_owned(),
                line: format!("{} {path}{query}", request.method),
            };
            self.seen.lock().unwrap().push(seen.clone());
            (self.answer)(&seen)
        };
        let body: Box<[Result<Bytes, TransportError>]> = Box::new([Ok(Bytes::from(body.to_string()))]);
        let incoming = Incoming {
            status: StatusCode::from_u16(status).unwrap(),
            headers: connector::http::HeaderMap::new(),
            body: Box::pin(futures::stream::iter(body.into_vec())),
        };
        Box::pin(async { Ok(incoming) })
    }
}
