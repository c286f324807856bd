//! AWS on loopback: one HTTP endpoint for all services, told apart by the service named in the request's signature.
//!
//! Secrets Manager, SQS and EventBridge are the `winterbaume` crates, DynamoDB is `dynoxide`, Lambda invocations call the
//! registered functions in this process ([`functions`]). So `aws --endpoint-url`, `cargo lambda` and the SDKs work with
//! one URL. The table also has its own URL ([`Aws::dynamodb`]), which spares the stack's own calls the way through here.
//!
//! What the emulators lack is made up here and named: queue URLs carry AWS's host (rewritten to this endpoint's), and
//! events put on a bus go nowhere (the last ones are kept for [`Aws::published`]).

pub mod functions;
mod secrets_file;

pub(crate) use self::secrets_file::write_private;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use dynoxide::Database;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use winterbaume_core::auth::extract_service_from_headers;
use winterbaume_core::{MockRequest, MockResponse, MockService};
use winterbaume_eventbridge::EventBridgeService;
use winterbaume_secretsmanager::SecretsManagerService;
use winterbaume_sqs::SqsService;

use self::functions::Functions;
use crate::loopback::{self, Server};

/// DynamoDB takes 16 MB in one request; nothing takes more.
const LARGEST_REQUEST: usize = 16 * 1024 * 1024;
/// Events remembered.
const REMEMBERED_EVENTS: usize = 10_000;
/// Queue URLs begin with this in the emulator, whatever the endpoint.
const QUEUE_HOST: &str = "https://sqs.us-east-1.amazonaws.com";

/// Where the emulators keep what outlives the process.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// The table's file; `None` keeps it in memory.
    pub table: Option<PathBuf>,
    /// The snapshot of secrets; `None` forgets them.
    pub secrets: Option<PathBuf>,
}

/// The running services.
pub struct Aws {
    services: Arc<Services>,
    endpoint: Server,
    dynamodb: Server,
}

struct Services {
    secrets: Arc<SecretsManagerService>,
    sqs: SqsService,
    events: EventBridgeService,
    published: Mutex<VecDeque<Value>>,
    functions: Functions,
    origin: String,
    dynamodb: String,
    http: reqwest::Client,
}

impl Aws {
    /// Starts the services behind `listener`.
    ///
    /// # Errors
    /// A file cannot be read, or no port is free.
    pub async fn start(listener: TcpListener, files: &Files) -> anyhow::Result<Self> {
        let dynamodb = start_table(files.table.as_deref()).await?;
        let secrets = Arc::new(SecretsManagerService::new());
        if let Some(file) = &files.secrets {
            secrets_file::keep(&secrets, file).await?;
        }
        let services = Arc::new(Services {
            secrets,
            sqs: SqsService::new(),
            events: EventBridgeService::new(),
            published: Mutex::default(),
            functions: Functions::default(),
            origin: loopback::origin(&listener)?,
            dynamodb: dynamodb.origin(),
            http: reqwest::Client::builder().no_proxy().build().context("make the client to the table")?,
        });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&services));
        Ok(Self { services, endpoint: Server::start(listener, router)?, dynamodb })
    }

    /// The one endpoint: `http://127.0.0.1:4282`.
    pub fn endpoint(&self) -> String {
        self.endpoint.origin()
    }

    /// The table's own endpoint.
    pub fn dynamodb(&self) -> String {
        self.dynamodb.origin()
    }

    /// The functions that can be invoked.
    pub fn functions(&self) -> &Functions {
        &self.services.functions
    }

    /// The entries put on event buses so far, as they were sent, oldest first.
    pub fn published(&self) -> Vec<Value> {
        self.services.published.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Stops listening and waits for requests at work.
    pub async fn stop(self) {
        self.endpoint.stop().await;
        self.dynamodb.stop().await;
    }
}

async fn start_table(file: Option<&Path>) -> anyhow::Result<Server> {
    let database = match file {
        Some(file) => Database::new(&file.to_string_lossy())
            .map_err(|error| anyhow::anyhow!("open the table in {}: {error}", file.display()))?,
        None => Database::memory().map_err(|error| anyhow::anyhow!("make the table in memory: {error}"))?,
    };
    let listener = loopback::bind(0).await?;
    Server::run(listener, |listener, stopped| async move {
        if let Err(error) = dynoxide::server::serve_with_shutdown(listener, database, stopped).await {
            tracing::error!(error, "The table's server ended.");
        }
    })
}

async fn answer(State(services): State<Arc<Services>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_REQUEST).await else {
        return refusal(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", "larger than 16 MB");
    };
    match extract_service_from_headers(&parts.headers).as_deref() {
        Some("dynamodb") => services.forward(&parts, body).await,
        Some("lambda") => services.functions.answer(&parts, &body).await,
        Some("secretsmanager") => services.mock(services.secrets.as_ref(), &parts, body).await,
        Some("sqs") => services.mock(&services.sqs, &parts, body).await,
        Some("events") => {
            services.remember(&parts.headers, &body);
            services.mock(&services.events, &parts, body).await
        }
        Some(other) => refusal(StatusCode::NOT_IMPLEMENTED, "UnknownService", &format!("{other} is not emulated")),
        None => refusal(StatusCode::FORBIDDEN, "MissingAuthenticationToken", "the request is not signed"),
    }
}

impl Services {
    async fn mock(&self, service: &dyn MockService, parts: &Parts, body: Bytes) -> Response {
        // The emulators keep state by the region in the host name; here is but one region.
        let uri = format!("https://{}.us-east-1.amazonaws.com{}", service.service_name(), parts.uri);
        let request = MockRequest { method: parts.method.to_string(), uri, headers: parts.headers.clone(), body };
        let MockResponse { status, headers, body } = service.handle(request).await;
        let body = match std::str::from_utf8(&body) {
            Ok(text) if text.contains(QUEUE_HOST) => Bytes::from(text.replace(QUEUE_HOST, &self.origin)),
            _ => body,
        };
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, headers, body).into_response()
    }

    async fn forward(&self, parts: &Parts, body: Bytes) -> Response {
        let mut headers = parts.headers.clone();
        headers.remove(axum::http::header::HOST);
        let url = format!("{}{}", self.dynamodb, parts.uri);
        match self.http.request(parts.method.clone(), url).headers(headers).body(body).send().await {
            Ok(answer) => {
                let (status, headers) = (answer.status(), answer.headers().clone());
                (status, headers, Body::from_stream(answer.bytes_stream())).into_response()
            }
            Err(error) => refusal(StatusCode::BAD_GATEWAY, "TableUnavailable", &error.to_string()),
        }
    }

    fn remember(&self, headers: &HeaderMap, body: &[u8]) {
        let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
        if !target.ends_with(".PutEvents") {
            return;
        }
        let Ok(Value::Object(mut body)) = serde_json::from_slice(body) else { return };
        let Some(Value::Array(entries)) = body.remove("Entries") else { return };
        let mut published = self.published.lock().unwrap_or_else(PoisonError::into_inner);
        published.extend(entries);
        let surplus = published.len().saturating_sub(REMEMBERED_EVENTS);
        published.drain(..surplus);
    }
}

fn refusal(status: StatusCode, code: &str, message: &str) -> Response {
    (status, axum::Json(json!({ "__type": code, "message": message }))).into_response()
}

#[cfg(test)]
mod tests;
