//! The console's pages: static files, and how this deployment signs people in.
//!
//! A release build carries the files in the binary; a development build reads them from their folder at each request, so
//! that a changed page needs a reload and nothing else.
//!
//! Every page answers with a security policy that allows scripts, styles and images of this origin only, and connections
//! to it and to the issuer.

use std::borrow::Cow;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::hash::ContentHash;
use platform::console::{ConsoleAuth, ConsoleConfig};
use rust_embed::RustEmbed;
use serde_json::json;
use url::Url;

use crate::problem::Problem;
use crate::state::AppState;

#[derive(RustEmbed)]
#[folder = "console/"]
struct Files;

/// A file as it is served.
#[derive(Debug)]
struct File {
    content: Cow<'static, [u8]>,
    kind: &'static str,
    tag: HeaderValue,
}

/// What depends on how this deployment is configured, ready to serve.
#[derive(Debug)]
struct Console {
    base: String,
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
        let mode = match config.auth {
            ConsoleAuth::Oidc => "oidc",
            ConsoleAuth::Host => "host",
        };
        let settings = json!({
            "auth": { "mode": mode, "issuer": config.issuer, "client_id": config.client_id },
            "embedded": config.auth == ConsoleAuth::Host,
            "base_path": config.base_path,
        });
        Self {
            base: config.base_path.clone(),
            config: File::new(Cow::Owned(settings.to_string().into_bytes()), "application/json"),
            policy: policy(config),
        }
    }

    /// The page that every address answers with. It names its files from the root; under a base path they stand there.
    fn index(&self) -> Option<File> {
        let page = Files::get("index.html")?;
        let page = String::from_utf8_lossy(&page.data).replace("=\"/assets/", &format!("=\"{}/assets/", self.base));
        Some(File::new(Cow::Owned(page.into_bytes()), "text/html; charset=utf-8"))
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
    fn new(content: Cow<'static, [u8]>, kind: &'static str) -> Self {
        let tag = HeaderValue::from_str(&format!("\"{:?}\"", ContentHash::of(&content, 0)));
        Self { kind, tag: tag.unwrap_or(HeaderValue::from_static("\"0\"")), content }
    }

    /// Kept by the browser and asked for again each time: names carry no hash, so that there is no build step.
    fn serve(&self, headers: &HeaderMap) -> Response {
        let has = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let same = has.split(',').any(|one| one.trim().trim_start_matches("W/").as_bytes() == self.tag.as_bytes());
        let mut response = if same {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            self.content.clone().into_owned().into_response()
        };
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
    console.document(console.index(), &headers)
}

/// An image or a script opened by itself is a document too, hence the same policy.
async fn asset(axum::Extension(console): Shared, Path(path): Path<String>, headers: HeaderMap) -> Response {
    // In the folder of a development build, `..` would lead out of the assets.
    let plain = !path.split(['/', '\\']).any(|part| part == "..");
    let found = plain.then(|| Files::get(&format!("assets/{path}"))).flatten();
    let found = found.map(|file| File::new(file.data, kind(&path)));
    console.document(found, &headers)
}

impl Console {
    fn document(&self, file: Option<File>, headers: &HeaderMap) -> Response {
        let Some(file) = file else { return Problem::not_found("There is no such file.").into_response() };
        let mut response = file.serve(headers);
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, self.policy.clone());
        response
    }
}

async fn settings(axum::Extension(console): Shared, headers: HeaderMap) -> Response {
    console.config.serve(&headers)
}
