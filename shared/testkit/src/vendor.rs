//! Calls a vendor's axum app without a socket, so that paused time does not run away while bytes travel.

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use connector::BoxFuture;
use connector::http::{Incoming, Outgoing, Transport, TransportError};
use futures::StreamExt;
use tower::ServiceExt;

/// A transport to one axum app, whatever the host.
#[derive(Clone, Debug)]
pub struct InProcess(pub Router);

impl Transport for InProcess {
    fn send(&self, request: Outgoing) -> BoxFuture<'_, Result<Incoming, TransportError>> {
        let router = self.0.clone();
        Box::pin(async move {
            let mut built = Request::new(Body::from(request.body));
            *built.method_mut() = request.method;
            *built.uri_mut() = request.url.as_str().parse().unwrap();
            *built.headers_mut() = request.headers;
            if !built.headers().contains_key("host") {
                let host = request.url.host_str().unwrap_or_default().parse().unwrap();
                built.headers_mut().insert("host", host);
            }
            let (parts, body) = router.oneshot(built).await.unwrap().into_parts();
            let body = body.into_data_stream().map(|chunk| chunk.map_err(|_| TransportError::Undecodable)).boxed();
            Ok(Incoming { status: parts.status, headers: parts.headers, body })
        })
    }
}
