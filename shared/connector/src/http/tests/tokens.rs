//! One authentication at a time, renewed early, replaced when refused.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::routing::{get, post};
use futures::future::join_all;
use secrecy::{ExposeSecret, SecretString};

use super::*;

fn secret(value: &str) -> FormValue {
    FormValue::Secret(SecretString::from(value))
}

fn request() -> TokenRequest {
    let form = vec![("grant_type", "client_credentials".into()), ("client_secret", secret("hunter22"))];
    let request = TokenRequest::new("authenticate", url("/auth/token"), form);
    TokenRequest { field: Some("client_secret"), address_field: Some("host"), ..request }
}

/// Gives out `token-1`, `token-2`, ... and accepts, at `/data`, those that `accept` likes.
fn issuer(expires_in: &'static str, accept: fn(usize) -> StatusCode) -> (VendorHttp, Arc<AtomicUsize>) {
    let issued = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&issued);
    let token = post(move || {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        async move {
            // Long enough for every other caller to arrive.
            tokio::time::sleep(seconds(1)).await;
            format!(r#"{{"access_token":"token-{number}","expires_in":{expires_in}}}"#)
        }
    });
    let data = get(move |headers: HeaderMap| async move {
        let token = headers["authorization"].to_str().unwrap().trim_start_matches("Bearer token-").to_owned();
        accept(token.parse().unwrap())
    });
    let router = Router::new().route("/auth/token", token).route("/data", data);
    (in_process(router).for_connection(owner(), Budget::unlimited()), issued)
}

async fn read(http: &VendorHttp, request: &TokenRequest) -> Result<Response> {
    http.authorized(request, |token| http.get("list clients", url("/data")).bearer(token)).await
}

#[tokio::test(start_paused = true)]
async fn twenty_calls_at_once_cost_one_authentication() {
    let (http, _) = issuer("3600", |_| StatusCode::OK);
    let request = request();
    let outcomes = join_all((0..20).map(|_| read(&http, &request))).await;
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(http.calls(), Calls { data: 20, authentication: 1, quota: 0 });
}

#[tokio::test(start_paused = true)]
async fn wrong_credentials_are_not_sent_twenty_times() {
    let refuse = post(|| async {
        tokio::time::sleep(seconds(1)).await;
        (StatusCode::BAD_REQUEST, r#"{"error":"invalid_client","error_description":"Bad secret hunter22"}"#)
    });
    let http = in_process(Router::new().route("/auth/token", refuse)).for_connection(owner(), Budget::unlimited());
    let request = request();
    for outcome in join_all((0..20).map(|_| http.token(&request))).await {
        let error = outcome.unwrap_err();
        assert_eq!(error.to_string(), "authenticate: the vendor refused the credentials");
        assert_eq!(error.kind, ErrorKind::Credentials { field: Some("client_secret") });
        assert_eq!(error.detail.as_deref(), Some("Bad secret [secret]"));
    }
    assert_eq!(http.calls().authentication, 1);
    http.token(&request).await.unwrap_err();
    assert_eq!(http.calls().authentication, 2);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_a_minute_before_its_end_and_short_lives_are_used_by_half() {
    for (expires_in, used_for) in [
        ("3600", 3540),
        (r#""3600""#, 3540),
        ("90", 45),
        ("20", 10),
        ("0", 30),
        ("-5", 30),
        ("null", 30),
        ("1e12", 86_340),
    ] {
        let (http, issued) = issuer(expires_in, |_| StatusCode::OK);
        http.token(&request()).await.unwrap();
        tokio::time::advance(seconds(used_for - 1)).await;
        http.token(&request()).await.unwrap();
        assert_eq!(issued.load(Ordering::SeqCst), 1, "{expires_in}");
        tokio::time::advance(seconds(1)).await;
        assert_eq!(http.token(&request()).await.unwrap().expose_secret(), "token-2", "{expires_in}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_replaced_once() {
    let (http, _) = issuer("3600", |token| if token == 1 { StatusCode::UNAUTHORIZED } else { StatusCode::OK });
    read(&http, &request()).await.unwrap();
    assert_eq!(http.calls(), Calls { data: 2, authentication: 2, quota: 0 });

    let (http, _) = issuer("3600", |_| StatusCode::UNAUTHORIZED);
    let error = read(&http, &request()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Credentials { field: None });
    assert_eq!(http.calls(), Calls { data: 2, authentication: 2, quota: 0 });
}

#[tokio::test(start_paused = true)]
async fn many_refusals_of_one_token_cost_one_new_token() {
    let (http, issued) = issuer("3600", |token| if token == 1 { StatusCode::UNAUTHORIZED } else { StatusCode::OK });
    let request = request();
    assert!(join_all((0..20).map(|_| read(&http, &request))).await.iter().all(Result::is_ok));
    assert_eq!(issued.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn a_permission_granted_later_is_found_with_a_new_token() {
    let accept = |token| if token == 1 { StatusCode::FORBIDDEN } else { StatusCode::OK };
    let request = TokenRequest { permissions_inside: true, ..request() };
    let (http, issued) = issuer("3600", accept);
    assert_eq!(read(&http, &request).await.unwrap_err().kind, ErrorKind::Forbidden);
    assert_eq!(issued.load(Ordering::SeqCst), 1);
    tokio::time::advance(seconds(301)).await;
    read(&http, &request).await.unwrap();
    assert_eq!(issued.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn a_forgotten_token_and_other_credentials_ask_anew() {
    let (http, issued) = issuer("3600", |_| StatusCode::OK);
    http.token(&request()).await.unwrap();
    http.forget_token();
    http.token(&request()).await.unwrap();
    let mut other = request();
    other.form[1].1 = secret("correct horse");
    http.token(&other).await.unwrap();
    assert_eq!(issued.load(Ordering::SeqCst), 3);
}

#[tokio::test(start_paused = true)]
async fn tokens_outlive_the_session_and_belong_to_one_owner() {
    let (router, log) = scripted([ok(r#"{"access_token":"t","expires_in":3600}"#)]);
    let pool = in_process(router);
    for owner in ["acme/halo/1", "acme/halo/1", "acme/halo/2", "globex/halo/1"] {
        let http = pool.for_connection(TokenOwner(owner.to_owned()), Budget::unlimited());
        http.token(&request()).await.unwrap();
    }
    assert_eq!(log.lines().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_token_endpoint_is_a_matter_of_the_address() {
    let nothing = ok(r#"{"ok":true}"#);
    let empty = ok(r#"{"access_token":""}"#);
    for answer in [ok("<html>Sign in</html>"), ok(""), nothing, empty, status(404)] {
        let (http, _) = vendor([answer]);
        let error = http.token(&request()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Misdirected { field: Some("host") });
        assert_eq!(error.cause(), domain::issue::Cause::Transient, "the credentials may be as good as ever");
    }
    let (http, log) = vendor([with_header(302, "location", "https://evil.com/token")]);
    let reason = "it redirects to https://evil.com".to_owned();
    assert_eq!(http.token(&request()).await.unwrap_err().kind, ErrorKind::Address { reason });
    assert_eq!(log.lines(), ["POST /auth/token"]);
}

#[tokio::test(start_paused = true)]
async fn parameters_may_go_as_json_with_basic_and_query_beside_them() {
    let endpoint = post(|request: Request<Body>| async move {
        let (parts, body) = request.into_parts();
        let header = |name: &str| parts.headers[name].to_str().unwrap().to_owned();
        let seen = [header("content-type"), header("authorization"), parts.uri.query().unwrap().to_owned()];
        let body = axum::body::to_bytes(body, 1024).await.unwrap();
        let expected = ["application/json", "Basic cHVibGljOnB1YmxpYw==", "tenant=acme"];
        let good = seen == expected && body == r#"{"client_secret":"hunter22","grant_type":"client_credentials"}"#;
        let code = if good { StatusCode::OK } else { StatusCode::IM_A_TEAPOT };
        (code, r#"{"access_token":"t"}"#)
    });
    let http = in_process(Router::new().route("/auth/token", endpoint)).for_connection(owner(), Budget::unlimited());
    let request = TokenRequest {
        format: TokenFormat::Json,
        query: vec![("tenant", "acme".to_owned())],
        basic: Some(("public".to_owned(), "public".into())),
        ..request()
    };
    assert_eq!(http.token(&request).await.unwrap().expose_secret(), "t");
}

#[tokio::test(start_paused = true)]
async fn what_is_looked_up_by_query_is_renewed_as_a_token_is() {
    let (router, log) =
        scripted([ok(r#"{"access_token":"old"}"#), status(401), ok(r#"{"access_token":"new"}"#), ok("{}")]);
    let http = in_process(router).for_connection(owner(), Budget::unlimited());
    let lookup =
        TokenRequest { format: TokenFormat::Query, query: vec![("user", "a+b@msp.example".to_owned())], ..request() };
    http.authorized(&lookup, |server| http.get("list", url(&format!("/{}", server.expose_secret())))).await.unwrap();
    assert_eq!(
        log.lines(),
        [
            "GET /auth/token?user=a%2Bb%40msp.example",
            "GET /old",
            "GET /auth/token?user=a%2Bb%40msp.example",
            "GET /new"
        ]
    );
    assert_eq!(http.calls().authentication, 2);
}

/// A shelf that processes share.
struct Shelf {
    token: Mutex<Option<([u8; 32], KeptToken)>>,
    only_reads: bool,
    asked: AtomicUsize,
    clock: Clock,
}

impl Shelf {
    fn new(only_reads: bool) -> Arc<Self> {
        Arc::new(Self { token: Mutex::default(), only_reads, asked: AtomicUsize::default(), clock: clock() })
    }
}

impl TokenKeeper for Shelf {
    fn kept(&self, request: &TokenRequest) -> Option<KeptToken> {
        let kept = self.token.lock().unwrap();
        kept.as_ref().filter(|(asked_with, _)| *asked_with == request.fingerprint()).map(|(_, token)| token.clone())
    }

    fn may_ask(&self) -> bool {
        self.asked.fetch_add(1, Ordering::SeqCst) == 0 || !self.only_reads
    }

    fn keep<'a>(&'a self, request: &'a TokenRequest, token: &'a KeptToken) -> BoxFuture<'a, ()> {
        if !self.only_reads {
            *self.token.lock().unwrap() = Some((request.fingerprint(), token.clone()));
        }
        Box::pin(async {})
    }
}

/// The same vendor as another process meets it, with what both share.
fn process(router: &Router, shelf: &Arc<Shelf>) -> VendorHttp {
    let settings = HttpSettings { seed: Some(7), ..HttpSettings::new(Arc::clone(&shelf.clock)) };
    let pool = HttpPool::with_transport(settings, Arc::new(InProcess(router.clone())));
    let http = pool.for_connection(owner(), Budget::unlimited());
    http.set_token_keeper(Arc::clone(shelf) as Arc<dyn TokenKeeper>);
    http
}

/// Gives out `token-1`, `token-2`, ... and refuses at `/data` those up to a number.
fn counted(refused: Arc<AtomicUsize>) -> (Router, Arc<AtomicUsize>) {
    let issued = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&issued);
    let token = post(move || {
        let number = count.fetch_add(1, Ordering::SeqCst) + 1;
        async move { format!(r#"{{"access_token":"token-{number}","expires_in":3600}}"#) }
    });
    let data = get(move |headers: HeaderMap| async move {
        let token = headers["authorization"].to_str().unwrap().trim_start_matches("Bearer token-").to_owned();
        let is_refused = token.parse::<usize>().unwrap() <= refused.load(Ordering::SeqCst);
        if is_refused { StatusCode::UNAUTHORIZED } else { StatusCode::OK }
    });
    (Router::new().route("/auth/token", token).route("/data", data), issued)
}

#[tokio::test(start_paused = true)]
async fn a_process_takes_the_token_that_another_left_until_it_ends() {
    let (router, issued) = counted(Arc::default());
    let shelf = Shelf::new(false);
    for _ in 0..3 {
        read(&process(&router, &shelf), &request()).await.unwrap();
    }
    assert_eq!(issued.load(Ordering::SeqCst), 1);
    tokio::time::advance(seconds(3_540)).await;
    read(&process(&router, &shelf), &request()).await.unwrap();
    assert_eq!(issued.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn a_kept_token_that_is_refused_is_replaced_once_and_for_everybody() {
    let refused = Arc::new(AtomicUsize::new(0));
    let (router, issued) = counted(Arc::clone(&refused));
    let shelf = Shelf::new(false);
    let (first, second) = (process(&router, &shelf), process(&router, &shelf));
    read(&first, &request()).await.unwrap();
    refused.store(1, Ordering::SeqCst);
    read(&second, &request()).await.unwrap();
    // The other one still holds the refused token; what it asks for is there already.
    read(&first, &request()).await.unwrap();
    assert_eq!(issued.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn other_credentials_find_no_token() {
    let (router, issued) = counted(Arc::default());
    let shelf = Shelf::new(false);
    read(&process(&router, &shelf), &request()).await.unwrap();
    let mut rotated = request();
    rotated.form[1].1 = secret("correct horse");
    read(&process(&router, &shelf), &rotated).await.unwrap();
    assert_eq!(issued.load(Ordering::SeqCst), 2);
    assert_ne!(request().fingerprint(), rotated.fingerprint());
}

#[tokio::test(start_paused = true)]
async fn who_may_ask_once_asks_once() {
    let refused = Arc::new(AtomicUsize::new(usize::MAX));
    let (router, issued) = counted(refused);
    let shelf = Shelf::new(true);
    let http = process(&router, &shelf);
    for _ in 0..3 {
        let error = read(&http, &request()).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Credentials { field: Some("client_secret") });
    }
    assert_eq!(issued.load(Ordering::SeqCst), 1);
}
