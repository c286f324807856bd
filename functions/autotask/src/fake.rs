//! An Autotask that answers from a function, for tests: below the kit, so that everything above it is real.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use connector::http::{
    Budget, HeaderMap, HttpPool, HttpSettings, Incoming, Outgoing, StatusCode, TokenOwner, Transport, TransportError,
};
use connector::{BoxFuture, Connector, CredentialValues, Credentials, DeploymentValues, Session, SessionContext};
use domain::options::Options;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{CONNECTOR, descriptor};

pub(crate) const NOW: &str = "2026-11-22T12:00:00Z";

/// A request as Autotask saw it: `POST Tickets/query`, below the version.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) line: String,
    pub(crate) host: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

type Answer = dyn Fn(&Seen) -> (u16, Value) + Send + Sync;

pub(crate) struct Fake {
    answer: Box<Answer>,
    seen: Mutex<Vec<Seen>>,
    budget: Budget,
}

/// An Autotask in zone 5 whose metadata is what these tests need; the rest is said by `answer`.
pub(crate) fn autotask(answer: impl Fn(&Seen) -> (u16, Value) + Send + Sync + 'static) -> Arc<Fake> {
    budgeted(Budget::unlimited(), answer)
}

pub(crate) fn budgeted(budget: Budget, answer: impl Fn(&Seen) -> (u16, Value) + Send + Sync + 'static) -> Arc<Fake> {
    raw(budget, move |seen| if seen.line.starts_with("GET zoneInformation") { zone(5) } else { answer(seen) })
}

/// Nothing is answered but by `answer`.
pub(crate) fn raw(budget: Budget, answer: impl Fn(&Seen) -> (u16, Value) + Send + Sync + 'static) -> Arc<Fake> {
    Arc::new(Fake { answer: Box::new(answer), seen: Mutex::default(), budget })
}

pub(crate) fn zone(number: u32) -> (u16, Value) {
    let url = format!("https://webservices{number}.autotask.net/ATServicesRest/");
    (200, json!({"zoneName": "x", "url": url, "webUrl": "https://ww5.autotask.net/", "ci": 12345}))
}

pub(crate) fn items(rows: Value) -> (u16, Value) {
    let count = rows.as_array().map(Vec::len);
    let mut page = json!({"pageDetails": {"count": count, "requestCount": 500, "nextPageUrl": null}});
    page["items"] = rows;
    (200, page)
}

pub(crate) fn errors(text: &str) -> (u16, Value) {
    (500, json!({"errors": [text]}))
}

/// `entityInformation/fields` with these lists of (value, label), the first one the default.
pub(crate) fn fields(lists: &[(&str, &[(&str, &str)])]) -> (u16, Value) {
    let list = |(name, values): &(&str, &[(&str, &str)])| {
        let values = values.iter().enumerate().map(|(index, (value, label))| {
            json!({"value": value, "label": label, "isActive": true, "sortOrder": index, "isDefaultValue": index == 0})
        });
        json!({"name": name, "picklistValues": values.collect::<Vec<_>>()})
    };
    (200, json!({"fields": lists.iter().map(list).collect::<Vec<_>>()}))
}

impl Fake {
    pub(crate) fn calls(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The calls but those for the zone and for picklists.
    pub(crate) fn lines(&self) -> Vec<String> {
        let meta = |line: &String| line.contains("zoneInformation") || line.contains("entityInformation");
        self.calls().into_iter().map(|seen| seen.line).filter(|line| !meta(line)).collect()
    }

    /// The bodies sent with this line.
    pub(crate) fn sent(&self, line: &str) -> Vec<Value> {
        self.calls().into_iter().filter(|seen| seen.line == line).map(|seen| seen.body).collect()
    }

    pub(crate) fn session(self: &Arc<Self>) -> Box<dyn Session> {
        self.session_with(Options::initial())
    }

    pub(crate) fn session_with(self: &Arc<Self>, options: Options) -> Box<dyn Session> {
        CONNECTOR.open(self.context(options)).unwrap()
    }

    pub(crate) fn context(self: &Arc<Self>, options: Options) -> SessionContext {
        let clock = Arc::new(|| NOW.parse::<Timestamp>().unwrap());
        let settings = HttpSettings { seed: Some(1), ..HttpSettings::new(clock) };
        let pool = HttpPool::with_transport(settings, Arc::clone(self) as Arc<dyn Transport>);
        let values: CredentialValues =
            [("username", "api+x@msp.example"), ("secret", "hush-hush")].map(|(k, v)| (k.to_owned(), v.into())).into();
        let code = [("autotask_integration_code".to_owned(), "TRACKING".into())];
        SessionContext {
            http: pool.for_connection(TokenOwner("acme".to_owned()), self.budget.clone()),
            credentials: Credentials::sort(&descriptor::DESCRIPTOR, &values),
            options,
            deployment: DeploymentValues(code.into()),
        }
    }
}

impl Transport for Fake {
    fn send(&self, request: Outgoing) -> BoxFuture<'_, Result<Incoming, TransportError>> {
        let path = request.url.path().to_owned();
        let path = path.split_once("1.0/").map_or(path.as_str(), |(_, path)| path);
        let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
        let seen = Seen {
            line: format!("{} {path}{query}", request.method),
            host: request.url.host_str().unwrap_or_default().to_owned(),
            headers: request.headers.clone(),
            body: serde_json::from_slice(&request.body).unwrap_or_default(),
        };
        let (status, body) = (self.answer)(&seen);
        self.seen.lock().unwrap().push(seen);
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let body: Box<[Result<Bytes, TransportError>]> = Box::new([Ok(Bytes::from(body))]);
        let mut headers = HeaderMap::new();
        headers.insert("date", "Sun, 22 Nov 2026 12:00:00 GMT".parse().unwrap());
        let incoming = Incoming {
            status: StatusCode::from_u16(status).unwrap(),
            headers,
            body: Box::pin(futures::stream::iter(body.into_vec())),
        };
        Box::pin(async { Ok(incoming) })
    }
}
