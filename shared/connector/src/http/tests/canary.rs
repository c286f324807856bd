//! Canaries: values that no log line, error or `Debug` text may hold.

use std::io;

use axum::routing::any;
use secrecy::SecretString;
use tokio::net::TcpListener;
use tracing_subscriber::fmt::MakeWriter;

use super::*;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// A vendor that says back everything it was told, the worst kind.
async fn echo(request: Request<Body>) -> (StatusCode, String) {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 4096).await.unwrap();
    let heard = format!("{:?} {}", parts.headers.values().collect::<Vec<_>>(), String::from_utf8_lossy(&body));
    (StatusCode::UNPROCESSABLE_ENTITY, serde_json::json!({ "message": heard }).to_string())
}

#[tokio::test]
async fn no_canary_is_in_a_log_line_an_error_or_a_debug_text() {
    let lines = Lines::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(lines.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let token = r#"{"access_token":"canary-token","expires_in":3600}"#;
    let router = Router::new()
        .route("/token", any(move || async move { token }))
        .route("/refused", any(|| async { (StatusCode::UNAUTHORIZED, r#"{"message":"bad canary-token"}"#) }))
        .fallback(echo);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let origins = format!("https://acme.vendor.com=http://127.0.0.1:{port}").parse().unwrap();
    let pool = HttpPool::new(HttpSettings { origins, ..settings() }).unwrap();
    let http = pool.for_connection(owner(), Budget::unlimited());

    let secret = |name: &str| SecretString::from(format!("canary-{name}/+ \"x\""));
    let headers = http
        .get("list clients", url("/echo?key=canary-in-query"))
        .sensitive_header("x-api-key", &SecretString::from("canary-header"))
        .bearer(&SecretString::from("canary-bearer"));
    let form = http
        .post("sign in", url("/echo"))
        .basic("user", &secret("basic"))
        .form([("password", FormValue::from(&secret("form")))]);
    let request = TokenRequest {
        basic: Some(("user".to_owned(), secret("token-basic"))),
        format: TokenFormat::Json,
        ..TokenRequest::new("authenticate", url("/token"), vec![("client_secret", (&secret("token-form")).into())])
    };
    let no_token = TokenRequest { url: url("/echo"), ..request.clone() };

    let mut texts = vec![format!("{pool:?} {http:?} {headers:?} {form:?} {request:?}")];
    for error in [
        headers.send().await.unwrap_err(),
        form.send().await.unwrap_err(),
        http.token(&no_token).await.unwrap_err(),
        http.authorized(&request, |token| http.get("list clients", url("/refused")).bearer(token)).await.unwrap_err(),
    ] {
        assert!(error.detail.as_deref().is_some_and(|detail| detail.contains("[secret]")), "{error:?}");
        texts.push(format!("{error} {error:?}"));
    }
    texts.push(String::from_utf8(lines.0.lock().unwrap().clone()).unwrap());
    for text in &texts {
        let found = text.find("canary").map(|at| &text[at.saturating_sub(200)..(at + 60).min(text.len())]);
        assert_eq!(found, None);
    }
    assert!(texts.last().unwrap().contains("called a vendor"));
}
