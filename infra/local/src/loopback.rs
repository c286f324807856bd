//! Servers on the loopback interface.
//!
//! Invariant: nothing listens on another interface, and a request whose `Host` is not a loopback name is refused, so that a
//! web page cannot reach a server by having its own name resolve to 127.0.0.1.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::Context as _;
use axum::Router;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A listener on 127.0.0.1; port 0 takes a free one.
///
/// # Errors
/// The port is taken.
pub async fn bind(port: u16) -> anyhow::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .with_context(|| format!("listen on 127.0.0.1:{port}; choose another with --port"))
}

/// `http://127.0.0.1:4280`.
///
/// # Errors
/// The listener has no address.
pub fn origin(listener: &TcpListener) -> anyhow::Result<String> {
    Ok(format!("http://{}", listener.local_addr().context("read the listener's address")?))
}

/// A running server; dropping it stops it.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Server {
    /// Serves `router` on the listener.
    ///
    /// # Errors
    /// The listener has no address.
    pub fn start(listener: TcpListener, router: Router) -> anyhow::Result<Self> {
        let router = router.layer(from_fn(loopback_only));
        Self::run(listener, |listener, stopped| async move {
            if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stopped).await {
                tracing::error!(%error, "A local server ended.");
            }
        })
    }

    /// Runs another kind of server until it is told to stop.
    pub(crate) fn run<F: Future<Output = ()> + Send + 'static>(
        listener: TcpListener,
        serve: impl FnOnce(TcpListener, Stopped) -> F,
    ) -> anyhow::Result<Self> {
        let address = listener.local_addr().context("read the listener's address")?;
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(serve(listener, Box::pin(async move { drop(stopped.await) })));
        Ok(Self { address, stop: Some(stop), task })
    }

    /// `http://127.0.0.1:4280`.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its port.
    pub const fn port(&self) -> u16 {
        self.address.port()
    }

    /// Stops listening and waits for requests at work.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        if let Err(error) = (&mut self.task).await {
            tracing::error!(%error, "A local server did not end by itself.");
        }
    }
}

/// Resolves when a server is to stop.
pub(crate) type Stopped = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

async fn loopback_only(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if matches!(name, "127.0.0.1" | "localhost") {
        next.run(request).await
    } else {
        (StatusCode::MISDIRECTED_REQUEST, "This server answers to 127.0.0.1 and localhost only.\n").into_response()
    }
}
