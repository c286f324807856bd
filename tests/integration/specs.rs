//! Simulators' answers and connectors' requests against the vendors' own API documents.
//!
//! The documents are no part of the project: `VENDOR_SPECS=<folder>` says where they are, and without it these tests
//! pass after saying that they did nothing. A document may be older than the API or wrong about it; each place where
//! the vendor's card wins is listed with the reason, and one that no longer makes a difference fails.
//!
//! A vendor is added by a [`Vendor`] in a file of its own and a line in [`VENDORS`].

mod autotask;
mod connectwise_asio;
mod connectwise_manage;
mod datto_rmm;
mod document;
mod halo_psa;
mod microsoft_365;
mod requests;
mod stripe;
mod syncro;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;
use simulators::{App, Setup};
use sync::ports::Clock as _;
use testkit::{InProcess, TestClock, World};

use crate::two_way;
use crate::two_way::desk::{Autotask, ConnectWiseManage, Desk, Halo, Syncro};
use crate::worlds::import_all;
use document::Document;

/// Vendors whose tickets the portal writes.
const DESKS: &[&dyn Desk] = &[&Autotask, &ConnectWiseManage, &Halo, &Syncro];

/// The vendors whose documents are checked.
const VENDORS: &[&Vendor] = &[
    &autotask::VENDOR,
    &connectwise_asio::VENDOR,
    &connectwise_manage::VENDOR,
    &datto_rmm::VENDOR,
    &halo_psa::VENDOR,
    &microsoft_365::VENDOR,
    &syncro::VENDOR,
];

/// Names and values of headers.
pub(crate) type Headers = Vec<(&'static str, String)>;

/// One vendor's document, and what it is held against.
pub(crate) struct Vendor {
    /// Id of the simulator.
    pub(crate) id: &'static str,
    /// The document's name in the folder.
    pub(crate) file: &'static str,
    /// What the document's paths are relative to.
    pub(crate) base: &'static str,
    /// Names in the document are in another case than on the wire: all are compared in lower case, and so are the
    /// deviations written.
    pub(crate) any_case: bool,
    /// Gets the headers for the calls, as a connector would.
    pub(crate) authorise: fn(&App) -> Headers,
    /// The answers to look at.
    pub(crate) answers: &'static [Answer],
    /// Where the card wins.
    pub(crate) deviations: &'static [Deviation],
}

/// One call and the schema of what comes back.
pub(crate) struct Answer {
    pub(crate) method: &'static str,
    /// With the query, below the base.
    pub(crate) path: &'static str,
    /// JSON to send; none if empty.
    pub(crate) body: &'static str,
    pub(crate) rows: Rows,
    /// Name of the schema of one row. Where a document has none, its example stands for it: `example:`, method, path, and
    /// the place of the row in the example, as in `example: GET /tickets tickets/0`.
    pub(crate) schema: &'static str,
}

/// Where an answer has its rows.
#[derive(Clone, Copy)]
pub(crate) enum Rows {
    /// The answer is the row.
    Whole,
    /// The answer is an array.
    Bare,
    /// In this field of an envelope.
    In(&'static str),
    /// This field of an envelope is the row.
    Only(&'static str),
}

/// A place where the document is behind the API, or wrong.
pub(crate) struct Deviation {
    pub(crate) place: Place,
    pub(crate) reason: &'static str,
}

/// What a deviation is about.
pub(crate) enum Place {
    /// Rows of a schema have these fields, which the document lacks.
    Lacking(&'static str, &'static [&'static str]),
    /// Rows of a schema have this field in another type than the document's.
    Type(&'static str, &'static str),
    /// Requests take these fields, which the document lacks.
    InRequest(&'static str, &'static [&'static str]),
    /// Requests have this field of a schema in another type than the document's.
    TypeInRequest(&'static str, &'static str),
    /// Every operation's parameter of this name has another type.
    ParameterType(&'static str),
    /// A parameter that no operation of the document has.
    Parameter(&'static str),
    /// Operations whose paths begin like this, which the document lacks.
    Operations(&'static str),
}

/// The folder with the documents, if one was given.
#[expect(clippy::disallowed_methods, reason = "a test is told where the documents are, and platform is not in it")]
fn folder() -> Option<PathBuf> {
    std::env::var("VENDOR_SPECS").ok().filter(|folder| !folder.is_empty()).map(PathBuf::from)
}

impl Vendor {
    /// The vendor's document, or one line saying that there is none.
    pub(crate) fn document(&self) -> Option<Document> {
        let Some(folder) = folder() else {
            println!("skipped: {} is not checked against {}, as VENDOR_SPECS is not set", self.id, self.file);
            return None;
        };
        let text = std::fs::read_to_string(folder.join(self.file)).unwrap_or_else(|error| {
            panic!("VENDOR_SPECS is {}, but {} cannot be read: {error}", folder.display(), self.file)
        });
        // JSON is YAML, too, but takes ten times as long to be read as such.
        let is_yaml = std::path::Path::new(self.file).extension().is_some_and(|extension| extension == "yaml");
        let document =
            if is_yaml { serde_yaml_ng::from_str(&text).unwrap() } else { serde_json::from_str(&text).unwrap() };
        Some(Document::new(document, self))
    }

    pub(crate) fn app(&self) -> App {
        let setup =
            Setup { scale: 200, seed: 11, clock: Arc::new(|| jiff::Timestamp::from_second(1_790_000_000).unwrap()) };
        simulators::by_id(self.id).unwrap().build(&setup)
    }
}

#[test]
fn answers_are_as_documented() {
    for vendor in VENDORS {
        let Some(document) = vendor.document() else { continue };
        let app = vendor.app();
        let headers = (vendor.authorise)(&app);
        let mut complaints = BTreeSet::new();
        let mut needed = BTreeSet::new();
        for answer in vendor.answers {
            let path = format!("{}{}", vendor.base, answer.path);
            let (status, body) = call(&app, answer.method, &path, &headers, answer.body);
            assert!((200..300).contains(&status), "{path} answered {status}: {body}");
            let rows = rows(&body, answer.rows).unwrap_or_else(|| panic!("{path} has no rows: {body}"));
            assert!(!rows.is_empty(), "{path} shows nothing that could be checked");
            for row in rows {
                let found = document.row(answer.schema, row, &mut needed);
                complaints.extend(found.into_iter().map(|complaint| format!("{} {path}: {complaint}", answer.method)));
            }
        }
        assert!(complaints.is_empty(), "{complaints:#?}");
        let idle: Vec<_> = document.lacking().filter(|(place, _)| !needed.contains(place)).collect();
        assert!(idle.is_empty(), "deviations of {} that nothing needs: {idle:?}", vendor.id);
    }
}

#[test]
fn requests_are_checked() {
    for vendor in VENDORS {
        let Some(document) = vendor.document() else { continue };
        let app = vendor.app();
        let headers = (vendor.authorise)(&app);
        for answer in vendor.answers {
            call(&app, answer.method, &format!("{}{}", vendor.base, answer.path), &headers, answer.body);
        }
        assert_eq!(requests::check_recorded(&document, &app.calls(usize::MAX)), Vec::<String>::new());
    }
}

#[tokio::test(start_paused = true)]
async fn what_connectors_ask_is_documented() {
    for vendor in VENDORS {
        let Some(document) = vendor.document() else { continue };
        let app = match DESKS.iter().find(|desk| desk.connector() == vendor.id) {
            Some(desk) => two_way::told(*desk).await,
            None => imported(vendor.id).await,
        };
        let report = app.calls(usize::MAX);
        assert!(report.data > 5, "{} was hardly asked", vendor.id);
        let complaints: BTreeSet<String> = requests::check_recorded(&document, &report).into_iter().collect();
        assert!(complaints.is_empty(), "{}: {complaints:#?}", vendor.id);
    }
}

/// A vendor whose records a connector has read twice.
async fn imported(id: &str) -> App {
    let clock = TestClock::at("2026-03-02T09:00:00Z".parse().unwrap());
    let time = clock.clone();
    let app = simulators::by_id(id).unwrap().build(&Setup { scale: 40, seed: 11, clock: Arc::new(move || time.now()) });
    let world = World::new(catalog::by_id(id).unwrap(), Arc::new(InProcess(app.router())), clock);
    let connected = world.connect("acme", &app.credentials(), import_all()).await;
    for _ in 0..2 {
        world.scheduled_run(&connected).await;
    }
    app
}

fn rows(body: &Value, place: Rows) -> Option<Vec<&Value>> {
    match place {
        Rows::Whole => body.is_object().then(|| vec![body]),
        Rows::Bare => Some(body.as_array()?.iter().collect()),
        Rows::In(key) => Some(body.get(key)?.as_array()?.iter().collect()),
        Rows::Only(key) => body.get(key).filter(|row| row.is_object()).map(|row| vec![row]),
    }
}

/// One call to a simulator without a network.
pub(crate) fn call(
    app: &App,
    method: &str,
    path: &str,
    headers: &[(&str, String)],
    body: impl Into<String>,
) -> (u16, Value) {
    use axum::body::{Body, to_bytes};
    use tower::ServiceExt as _;

    let body = body.into();
    let kind = if body.starts_with(['[', '{']) { "application/json" } else { "application/x-www-form-urlencoded" };
    let mut request = axum::http::Request::builder().method(method).uri(path).header("content-type", kind);
    request = request.header("host", "localhost");
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let request = request.body(Body::from(body)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let response = app.router().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body(), 8 << 20).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    })
}
