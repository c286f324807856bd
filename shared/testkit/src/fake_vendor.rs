//! A vendor that answers from a function: below the kit, so that everything above it is real. For tests of one connector;
//! whole vendors are the simulators.

use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use connector::http::{
    Budget, HeaderMap, HttpPool, HttpSettings, Incoming, Outgoing, StatusCode, TokenOwner, Transport, TransportError,
};
use connector::{BoxFuture, Connector, CredentialValues, Credentials, DeploymentValues, Session, SessionContext};
use domain::options::Options;
use futures::StreamExt;
use http::HeaderName;
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use url::Url;

/// When everything happens, until a test waits.
pub const NOW: &str = "2026-11-22T12:00:00Z";

/// A request as the vendor saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// `GET /api/v2/account?page=1`, as the vendor's tests write it.
    pub line: String,
    /// The whole address.
    pub url: Url,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
}

impl Seen {
    /// The line without the query.
    pub fn target(&self) -> &str {
        self.line.split('?').next().unwrap()
    }

    /// The host that was called.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap()
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// A parameter of the query, decoded.
    pub fn parameter(&self, name: &str) -> Option<String> {
        self.url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// What the vendor answers.
#[derive(Clone, Debug)]
pub struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Reply {
    /// With this header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

/// An answer with this status.
#[expect(clippy::needless_pass_by_value, reason = "texts and JSON alike, as they are written in the tests")]
pub fn reply(status: u16, body: impl ToString) -> Reply {
    Reply { status, headers: Vec::new(), body: body.to_string() }
}

/// What was asked for.
pub fn ok(body: &Value) -> Reply {
    reply(200, body)
}

type Answering = dyn Fn(&Seen) -> Reply + Send + Sync;

/// The vendor, with what a connection to it needs.
pub struct FakeVendor {
    connector: &'static dyn Connector,
    credentials: &'static [(&'static str, &'static str)],
    deployment: DeploymentValues,
    budget: Budget,
    tell: fn(&Url) -> String,
    aside: &'static [&'static str],
    dated: bool,
    now: Mutex<Timestamp>,
    answering: Box<Answering>,
    seen: Mutex<Vec<Seen>>,
}

impl FakeVendor {
    /// A vendor that knows these credentials and answers like this.
    pub fn new(
        connector: &'static dyn Connector,
        credentials: &'static [(&'static str, &'static str)],
        answering: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let whole = |url: &Url| url[url::Position::BeforePath..url::Position::AfterQuery].to_owned();
        Self {
            connector,
            credentials,
            deployment: DeploymentValues::default(),
            budget: Budget::unlimited(),
            tell: whole,
            aside: &[],
            dated: false,
            now: Mutex::new(NOW.parse().unwrap()),
            answering: Box::new(answering),
            seen: Mutex::default(),
        }
    }

    /// Calls with one of these in their line are left out where a test asks what was called: signing in, discovery.
    #[must_use]
    pub fn aside(mut self, parts: &'static [&'static str]) -> Self {
        self.aside = parts;
        self
    }

    /// Lines tell an address so.
    #[must_use]
    pub fn telling(mut self, tell: fn(&Url) -> String) -> Self {
        self.tell = tell;
        self
    }

    /// Every answer carries the vendor's time.
    #[must_use]
    pub fn dated(mut self) -> Self {
        self.dated = true;
        self
    }

    /// Calls come out of this budget.
    #[must_use]
    pub fn budget(mut self, budget: Budget) -> Self {
        self.budget = budget;
        self
    }

    /// A value that belongs to the deployment.
    #[must_use]
    pub fn deployment(mut self, name: &str, value: &str) -> Self {
        self.deployment.0.insert(name.to_owned(), value.into());
        self
    }

    /// Moves our clock, and the vendor's, on.
    pub fn wait(&self, time: SignedDuration) {
        *self.now.lock().unwrap() += time;
    }

    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    /// Every call so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The calls that stand aside.
    pub fn seen_aside(&self) -> Vec<Seen> {
        self.seen().into_iter().filter(|seen| self.is_aside(seen)).collect()
    }

    /// The calls so far without those that stand aside.
    pub fn calls(&self) -> Vec<Seen> {
        self.seen().into_iter().filter(|seen| !self.is_aside(seen)).collect()
    }

    fn is_aside(&self, seen: &Seen) -> bool {
        self.aside.iter().any(|part| seen.line.contains(part))
    }

    /// Their lines.
    pub fn lines(&self) -> Vec<String> {
        self.calls().into_iter().map(|seen| seen.line).collect()
    }

    /// The lines of calls that write.
    pub fn writes(&self) -> Vec<String> {
        self.lines().into_iter().filter(|line| !line.starts_with("GET")).collect()
    }

    /// The only call that writes.
    pub fn written(&self) -> Seen {
        let mut writes: Vec<Seen> = self.calls().into_iter().filter(|seen| !seen.line.starts_with("GET")).collect();
        assert_eq!(writes.len(), 1, "{writes:?}");
        writes.remove(0)
    }

    /// A session with the usual credentials and options.
    pub fn session(self: &Arc<Self>) -> Box<dyn Session> {
        self.session_with(&[], Options::initial())
    }

    /// A session in which these credentials replace or join the usual ones.
    pub fn session_with(self: &Arc<Self>, more: &[(&str, &str)], options: Options) -> Box<dyn Session> {
        self.connector.open(SessionContext { options, ..self.context(more) }).unwrap()
    }

    /// What a session is opened with.
    pub fn context(self: &Arc<Self>, more: &[(&str, &str)]) -> SessionContext {
        let vendor = Arc::clone(self);
        let settings = HttpSettings { seed: Some(1), ..HttpSettings::new(Arc::new(move || vendor.now())) };
        let pool = HttpPool::with_transport(settings, Arc::clone(self) as Arc<dyn Transport>);
        let mut values = CredentialValues::new();
        for (key, value) in self.credentials.iter().chain(more) {
            values.insert((*key).to_owned(), (*value).into());
        }
        SessionContext {
            http: pool.for_connection(TokenOwner("acme".to_owned()), self.budget.clone()),
            credentials: Credentials::sort(self.connector.descriptor(), &values),
            options: Options::initial(),
            deployment: self.deployment.clone(),
        }
    }
}

impl Transport for FakeVendor {
    fn send(&self, request: Outgoing) -> BoxFuture<'_, Result<Incoming, TransportError>> {
        let seen = Seen {
            line: format!("{} {}", request.method, (self.tell)(&request.url)),
            url: request.url,
            headers: request.headers,
            body: String::from_utf8(request.body.to_vec()).unwrap(),
        };
        let reply = (self.answering)(&seen);
        self.seen.lock().unwrap().push(seen);
        let named = |(name, value): (&'static str, String)| (HeaderName::from_static(name), value.parse().unwrap());
        let mut headers: HeaderMap = reply.headers.into_iter().map(named).collect();
        if self.dated {
            let date = rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&self.now()).unwrap();
            headers.insert("date", date.parse().unwrap());
        }
        let body = futures::stream::iter([Ok(Bytes::from(reply.body))]).boxed();
        let incoming = Incoming { status: StatusCode::from_u16(reply.status).unwrap(), headers, body };
        Box::pin(async { Ok(incoming) })
    }
}
