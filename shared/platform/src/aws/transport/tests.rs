use std::net::SocketAddr;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::byte_stream::ByteStream;
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Redirect;
use axum::routing::post;
use tokio::net::TcpListener;

use super::*;

/// A service that tells what reached it.
async fn service() -> SocketAddr {
    let echo = |headers: HeaderMap, body: Bytes| async move {
        let accepts = headers.contains_key("accept-encoding");
        let target = headers["x-amz-target"].to_str().unwrap().to_owned();
        let answer = format!("{target} with {} bytes, compressed answers: {accepts}", body.len());
        (StatusCode::BAD_REQUEST, [("x-amzn-requestid", "r-1")], answer)
    };
    let moved = || async { Redirect::temporary("/") };
    let app = Router::new().route("/", post(echo)).route("/moved", post(moved));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

async fn call(url: &str) -> Result<HttpResponse, ConnectorError> {
    let mut request = HttpRequest::new(SdkBody::from(vec![b'x'; 100_000]));
    request.set_method("POST").unwrap();
    request.set_uri(url).unwrap();
    request.headers_mut().insert("x-amz-target", "DynamoDB_20120810.PutItem");
    Transport::new(Duration::from_secs(2)).call(request).await
}

async fn text(mut answer: HttpResponse) -> String {
    let body = ByteStream::new(answer.take_body()).collect().await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

#[tokio::test]
async fn request_and_answer_arrive_as_they_were_written() {
    let answer = call(&format!("http://{}/", service().await)).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers().get("x-amzn-requestid")), (400, Some("r-1")));
    assert_eq!(text(answer).await, "DynamoDB_20120810.PutItem with 100000 bytes, compressed answers: false");
}

#[tokio::test]
async fn a_redirect_is_an_answer() {
    assert_eq!(call(&format!("http://{}/moved", service().await)).await.unwrap().status().as_u16(), 307);
}

#[tokio::test]
async fn who_does_not_answer_may_be_asked_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let refused = call(&format!("http://{address}/")).await.unwrap_err();
    assert!(refused.is_io(), "{refused:?}");
    let nowhere = call("/nowhere").await.unwrap_err();
    assert!(nowhere.is_user(), "{nowhere:?}");
}

#[tokio::test]
async fn https_is_never_spoken_in_clear() {
    let refused = call(&format!("https://{}/", service().await)).await.unwrap_err();
    assert!(refused.is_io(), "{refused:?}");
}
