//! Real sockets: reached through the origin map, or not at all.

use std::io::{self, Write};
use std::net::IpAddr;

use flate2::{Compression, write::GzEncoder};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::guard::Lookup;
use super::*;

/// A pool whose `acme.vendor.com` is this port.
fn mapped(port: u16) -> VendorHttp {
    let origins = format!("https://*.vendor.com=http://127.0.0.1:{port}").parse().unwrap();
    let settings = HttpSettings { origins, response_cap: 1024 * 1024, ..settings() };
    HttpPool::new(settings).unwrap().for_connection(owner(), Budget::unlimited())
}

async fn serve(router: Router) -> VendorHttp {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    mapped(port)
}

/// A server that answers these bytes and hangs up.
async fn serve_raw(answer: &'static [u8]) -> VendorHttp {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await.unwrap();
        stream.write_all(answer).await.unwrap();
    });
    mapped(port)
}

async fn failure(http: &VendorHttp) -> (ErrorKind, Option<String>) {
    let error = http.get("list clients", url("/api/client")).repeatable(false).send().await.unwrap_err();
    (error.kind, error.detail)
}

#[tokio::test]
async fn a_mapped_server_sees_the_host_that_was_meant() {
    let router = Router::new().fallback(|request: Request<Body>| async move {
        let header = |name: &str| request.headers()[name].to_str().unwrap().to_owned();
        format!("{} {} {}", header("host"), header("user-agent"), request.uri())
    });
    let answer = serve(router).await.get("list clients", url("/api?a=1")).send().await.unwrap();
    assert_eq!(answer.text(), "acme.vendor.com portal-connectors /api?a=1");
}

#[tokio::test]
async fn a_read_is_tried_again_over_the_network_and_a_write_is_not() {
    let (router, log) = scripted([status(503), ok("[1]"), status(503)]);
    let http = serve(router).await;
    let answer = http.get("list clients", url("/api/client")).send().await.unwrap();
    assert_eq!(answer.json::<Vec<u8>>().unwrap(), [1]);
    let error = http.post("create a ticket", url("/api/tickets")).send().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unavailable);
    assert_eq!(log.lines(), ["GET /api/client", "GET /api/client", "POST /api/tickets"]);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (router, log) = scripted([with_header(307, "location", "http://127.0.0.1:9/steal")]);
    let http = serve(router).await;
    let kind = ErrorKind::Address { reason: "it redirects to http://127.0.0.1:9".to_owned() };
    assert_eq!(failure(&http).await, (kind, None));
    assert_eq!(log.lines(), ["GET /api/client"]);
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

async fn serve_gzip(body: Vec<u8>) -> VendorHttp {
    let router = Router::new().fallback(move || {
        let body = body.clone();
        async move { Answer::builder().header("content-encoding", "gzip").body(Body::from(body)).unwrap() }
    });
    serve(router).await
}

#[tokio::test]
async fn compressed_answers_are_read_and_a_gzip_bomb_stops_at_the_cap() {
    let http = serve_gzip(gzip(b"[1,2]")).await;
    assert_eq!(http.get("list clients", url("/")).send().await.unwrap().json::<Vec<u8>>().unwrap(), [1, 2]);

    let bomb = gzip(&vec![b' '; 8 * 1024 * 1024]);
    assert!(bomb.len() < 16 * 1024, "{}", bomb.len());
    let body = ErrorKind::Malformed { path: "body".to_owned() };
    let detail = "the answer is larger than 1048576 bytes".to_owned();
    assert_eq!(failure(&serve_gzip(bomb).await).await, (body, Some(detail)));
}

#[tokio::test]
async fn a_body_that_is_no_gzip_is_malformed() {
    let body = ErrorKind::Malformed { path: "body".to_owned() };
    let detail = "the body cannot be decompressed".to_owned();
    assert_eq!(failure(&serve_gzip(b"plain".to_vec()).await).await, (body, Some(detail)));
}

#[tokio::test]
async fn a_connection_that_breaks_is_no_answer() {
    let cut_body = serve_raw(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"clients\":[").await;
    assert_eq!(failure(&cut_body).await.0, ErrorKind::Unavailable);
    let cut_head = serve_raw(b"HTTP/1.1 200").await;
    assert_eq!(failure(&cut_head).await.0, ErrorKind::Unavailable);
    let no_http = serve_raw(b"SSH-2.0-OpenSSH_9.6\r\n").await;
    assert_eq!(failure(&no_http).await.0, ErrorKind::Unavailable);
}

#[tokio::test]
async fn a_refused_connection_is_no_answer_and_says_so_without_the_url() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let (kind, detail) = failure(&mapped(port)).await;
    assert_eq!(kind, ErrorKind::Unavailable);
    assert!(detail.as_deref().is_some_and(|detail| detail.starts_with("Connection refused")), "{detail:?}");
}

struct Answering(Vec<IpAddr>);

impl Lookup for Answering {
    fn lookup<'a>(&'a self, _host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        let addresses = self.0.clone();
        Box::pin(async move { Ok(addresses) })
    }
}

#[tokio::test]
async fn a_name_that_leads_into_a_private_network_is_not_connected_to() {
    let lookup = Answering(vec!["93.184.216.34".parse().unwrap(), "10.0.0.5".parse().unwrap()]);
    let pool = HttpPool::with_lookup(settings(), Arc::new(lookup)).unwrap();
    let http = pool.for_connection(owner(), Budget::unlimited());
    let reason = "acme.vendor.com leads to a private address; only hosts on the internet can be reached";
    assert_eq!(failure(&http).await, (ErrorKind::Address { reason: reason.to_owned() }, None));
}

#[tokio::test]
async fn only_mapped_origins_may_be_local() {
    let http = serve(Router::new().fallback(|| async { "reached" })).await;
    for (address, reason) in [
        ("https://127.0.0.1:8443/", "127.0.0.1 is a loopback address; only hosts on the internet can be reached"),
        ("http://acme.vendor.com/", "only https addresses can be used"),
        ("https://me@acme.vendor.com/", "it must not contain a user name or password"),
        (
            "https://[::ffff:169.254.169.254]/",
            "::ffff:169.254.169.254 is a link-local address; only hosts on the internet can be reached",
        ),
    ] {
        let error = http.get("list clients", address.parse().unwrap()).send().await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Address { reason: reason.to_owned() }, "{address}");
    }
    assert_eq!(http.calls(), Calls::default());
}
