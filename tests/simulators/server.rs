//! An app on a listener.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::Deref;

use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::App;

/// Serves an [`App`] until it is dropped; then the listener closes, and idle connections with it.
pub struct Server {
    app: App,
    address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

impl Server {
    pub(crate) fn start(app: &App, listener: TcpListener) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = axum::serve(listener, app.router()).with_graceful_shutdown(async move {
            // Dropping the sender is the signal.
            let _ = stopped.await;
        });
        tokio::spawn(async move { serving.await });
        Ok(Self { app: app.clone(), address, _stop: stop })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:4101`.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The seeded tenant's entries of the product's origin map: vendor origin to this listener.
    pub fn origin_map(&self) -> BTreeMap<String, String> {
        self.app.simulator().seeded_origins.iter().map(|origin| ((*origin).to_owned(), self.origin())).collect()
    }
}

impl Deref for Server {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}
