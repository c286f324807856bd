//! What is measured on: the Halo simulator, its pages as bytes, and tables of an embedded `DynamoDB`.

use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::{Client, Config};
use bytes::Bytes;
use connector::http::{Budget, HttpPool, HttpSettings, Incoming, Outgoing, TokenOwner, Transport, TransportError};
use connector::{BoxFuture, Connector, CredentialValues, DeploymentValues, PullRequest, SessionContext};
use domain::options::Options;
use dynoxide::Database;
use futures::{StreamExt, TryStreamExt};
use secrecy::SecretString;
use simulators::{App, Setup};
use store::dynamodb::{DynamoTable, schema};
use sync::ports::Clock;
use testkit::{InProcess, TestClock};
use tokio::net::TcpListener;

/// The seeded vendor and the clock that it goes by.
pub(crate) fn vendor() -> (App, TestClock) {
    let clock = TestClock::at("2026-03-02T09:00:00Z".parse().unwrap());
    let time = clock.clone();
    let setup = Setup { scale: crate::SCALE, seed: 1, clock: Arc::new(move || time.now()) };
    (simulators::by_id("halo-psa").unwrap().build(&setup), clock)
}

/// What the connection form was filled in with.
pub(crate) fn credentials(app: &App) -> connector::Credentials {
    let values = app.credentials().into_iter();
    let values: CredentialValues = values.map(|(key, value)| (key, SecretString::from(value))).collect();
    connector::Credentials::sort(&halo_psa::DESCRIPTOR, &values)
}

/// The answers to a complete reading of the contacts, as the connector asks for them.
pub(crate) async fn contact_pages() -> Vec<Bytes> {
    let (app, clock) = vendor();
    let recorder = Arc::new(Recorder { vendor: InProcess(app.router()), pages: Mutex::default() });
    let settings = HttpSettings::new(Arc::new(move || clock.now()));
    let pool = HttpPool::with_transport(settings, Arc::<Recorder>::clone(&recorder));
    let session = halo_psa::CONNECTOR
        .open(SessionContext {
            http: pool.for_connection(TokenOwner("bench".to_owned()), Budget::unlimited()),
            credentials: credentials(&app),
            options: Options::initial(),
            deployment: DeploymentValues::default(),
        })
        .unwrap();
    let (_, feed) = halo_psa::DESCRIPTOR.feeds().find(|(_, feed)| feed.id == "contacts").unwrap();
    let mut cursor = None;
    loop {
        let request = PullRequest { feed, since: None, cursor: cursor.as_ref(), probe: false, company: None };
        match session.pull(request).await.unwrap().next {
            Some(next) => cursor = Some(next),
            None => return std::mem::take(&mut recorder.pages.lock().unwrap()),
        }
    }
}

/// A way to the vendor that keeps the pages of users.
struct Recorder {
    vendor: InProcess,
    pages: Mutex<Vec<Bytes>>,
}

impl Transport for Recorder {
    fn send(&self, request: Outgoing) -> BoxFuture<'_, Result<Incoming, TransportError>> {
        let is_page = request.url.path().ends_with("/Users");
        Box::pin(async move {
            let Incoming { status, headers, body } = self.vendor.send(request).await?;
            let chunks: Vec<Bytes> = body.try_collect().await?;
            let body = Bytes::from(chunks.concat());
            if is_page {
                self.pages.lock().unwrap().push(body.clone());
            }
            Ok(Incoming { status, headers, body: futures::stream::iter([Ok(body)]).boxed() })
        })
    }
}

/// An empty table in a server of its own, which ends with the runtime.
pub(crate) async fn table() -> DynamoTable {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(dynoxide::server::serve_on(listener, Database::memory().unwrap()));
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "bench"))
        .endpoint_url(format!("http://{address}"))
        .build();
    let client = Client::from_conf(config);
    schema::create(&client, "bench").await.unwrap();
    DynamoTable::new(client, "bench")
}
