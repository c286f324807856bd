//! What carries the SDKs' requests: the HTTP client and the TLS configuration that vendors are called with, too.
//!
//! The SDKs' own client would be a second HTTP stack in each function, with HTTP/2 that none of these services is asked for,
//! and would read the system's certificates a second time. Limits on time and repeating are the SDKs' affair.

use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;

/// One client, hence one pool of connections, for all services.
pub(super) fn client(connect: Duration) -> SharedHttpClient {
    let connector = SharedHttpConnector::new(Transport::new(connect));
    http_client_fn(move |_, _| connector.clone())
}

#[derive(Debug)]
struct Transport(reqwest::Client);

impl Transport {
    /// Plain HTTP too, which is how emulators are reached.
    fn new(connect: Duration) -> Self {
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(connector::http::tls())
            .no_gzip()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(connect)
            .build();
        Self(client.expect("it is made of constants, and TLS of the version that reqwest has"))
    }
}

impl HttpConnector for Transport {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.0.clone();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            let request = reqwest::Request::try_from(request.map(reqwest::Body::wrap)).map_err(failed)?;
            let response = http::Response::from(client.execute(request).await.map_err(failed)?);
            HttpResponse::try_from(response.map(SdkBody::from_body_1_x))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// The kinds by which the SDKs decide on repeating: all but `user` may be tried again.
fn failed(error: reqwest::Error) -> ConnectorError {
    if error.is_timeout() {
        ConnectorError::timeout(error.into())
    } else if error.is_builder() {
        ConnectorError::user(error.into())
    } else {
        ConnectorError::io(error.into())
    }
}

#[cfg(test)]
mod tests;
