//! The console's pages: static files in the binary, and how this deployment signs people in.
//!
//! Every page answers with a security policy that allows scripts, styles and images of this origin only, and connections
//! to it and to the issuer.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::hash::ContentHash;
use include_dir::{Dir, include_dir};
use platform::console::{ConsoleAuth, ConsoleConfig};
use serde_json::json;
use url::Url;

use crate::problem::Problem;
use crate::state::AppState;

static FILES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/console");

/// A file as it is served.
#[derive(Debug)]
struct File {
    content: Vec<u8>,
    kind: &'static str,
    tag: HeaderValue,
}

/// The files, ready to serve.
#[derive(Debug)]
struct Console {
    index: File,
    assets: BTreeMap<String, File>,
    config: File,
    policy: HeaderValue,
}

/// Pages, assets, `/config.json`, `/health`.
pub(crate) fn routes(config: &ConsoleConfig) -> Router<AppState> {
    let console = Arc::new(Console::new(config));
    Router::new()
        .route("/", get(index))
        .route("/settings", get(index))
        .route("/settings/", get(index))
        .route("/settings/{*page}", get(index))
        .route("/assets/{*path}", get(asset))
        .route("/config.json", get(settings))
        .route("/health", get(|| async { axum::Json(json!({ "status": "ok" })) }))
        .layer(axum::Extension(console))
}

impl Console {
    fn new(config: &ConsoleConfig) -> Self {
        let base = &config.base_path;
        let page = FILES.get_file("index.html").and_then(|file| file.contents_utf8()).unwrap_or_default();
        // The pages name their files from the root; under a base path they stand there.
        let page = page.replace("=\"/assets/", &format!("=\"{base}/assets/"));
        let mode = match config.auth {
            ConsoleAuth::Oidc => "oidc",
            ConsoleAuth::Host => "host",
        };
        let settings = json!({
            "auth": { "mode": mode, "issuer": config.issuer, "client_id": config.client_id },
            "embedded": config.auth == ConsoleAuth::Host,
            "base_path": base,
        });
        let mut assets = BTreeMap::new();
        if let Some(folder) = FILES.get_dir("assets") {
            collect(folder, &mut assets);
        }
        Self {
            index: File::new(page.into_bytes(), "text/html; charset=utf-8"),
            config: File::new(settings.to_string().into_bytes(), "application/json"),
            assets,
            policy: policy(config),
        }
    }
}

fn collect(folder: &Dir<'_>, assets: &mut BTreeMap<String, File>) {
    for file in folder.files() {
        let path = file.path().to_string_lossy().replace('\\', "/");
        let Some(path) = path.strip_prefix("assets/") else { continue };
        assets.insert(path.to_owned(), File::new(file.contents().to_vec(), kind(path)));
    }
    for folder in folder.dirs() {
        collect(folder, assets);
    }
}

fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

impl File {
    fn new(content: Vec<u8>, kind: &'static str) -> Self {
        let tag = HeaderValue::from_str(&format!("\"{:?}\"", ContentHash::of(&content, 0)));
        Self { kind, tag: tag.unwrap_or(HeaderValue::from_static("\"0\"")), content }
    }

    /// Kept by the browser and asked for again each time: names carry no hash, so that there is no build step.
    fn serve(&self, headers: &HeaderMap) -> Response {
        let has = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let same = has.split(',').any(|one| one.trim().trim_start_matches("W/").as_bytes() == self.tag.as_bytes());
        let mut response =
            if same { StatusCode::NOT_MODIFIED.into_response() } else { self.content.clone().into_response() };
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        headers.insert(header::ETAG, self.tag.clone());
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        response
    }
}

fn policy(config: &ConsoleConfig) -> HeaderValue {
    let origin = |url: &String| Url::parse(url).map(|url| url.origin().ascii_serialization()).unwrap_or_default();
    let issuer = origin(&config.issuer);
    let mut connect = vec!["'self'".to_owned()];
    let around = match config.auth {
        ConsoleAuth::Oidc => {
            connect.push(issuer);
            "'none'".to_owned()
        }
        ConsoleAuth::Host => issuer,
    };
    connect.extend(config.connect_origins.iter().map(origin));
    let text = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src {}; base-uri 'none'; \
         form-action 'none'; frame-ancestors {around}",
        connect.join(" ")
    );
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

type Shared = axum::Extension<Arc<Console>>;

async fn index(State(_): State<AppState>, axum::Extension(console): Shared, headers: HeaderMap) -> Response {
    let mut response = console.index.serve(&headers);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, console.policy.clone());
    response
}

async fn asset(axum::Extension(console): Shared, Path(path): Path<String>, headers: HeaderMap) -> Response {
    match console.assets.get(&path) {
        Some(file) => {
            let mut response = file.serve(&headers);
            // An image or a script opened by itself is a document too.
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, console.policy.clone());
            response
        }
        None => Problem::not_found("There is no such file.").into_response(),
    }
}

async fn settings(axum::Extension(console): Shared, headers: HeaderMap) -> Response {
    console.config.serve(&headers)
}
