//! The way to the vendor, which a test may cut, change, or watch.

use std::sync::{Arc, Mutex};

use connector::BoxFuture;
use connector::http::{Incoming, Outgoing, Transport, TransportError};

type Hook = Box<dyn FnOnce() + Send>;

/// A transport that can be exchanged, with things that happen between two calls.
#[derive(Clone)]
pub(crate) struct Wire(Arc<Mutex<State>>);

struct State {
    to: Arc<dyn Transport>,
    meanwhile: Vec<(&'static str, Hook)>,
    sent: Vec<String>,
}

impl Wire {
    pub(crate) fn new(to: Arc<dyn Transport>) -> Self {
        Self(Arc::new(Mutex::new(State { to, meanwhile: Vec::new(), sent: Vec::new() })))
    }

    /// From now on calls go there.
    pub(crate) fn lead_to(&self, to: Arc<dyn Transport>) {
        self.0.lock().unwrap().to = to;
    }

    /// Happens once, after the next call to a path with this beginning was answered.
    pub(crate) fn after_next(&self, path: &'static str, hook: impl FnOnce() + Send + 'static) {
        self.0.lock().unwrap().meanwhile.push((path, Box::new(hook)));
    }

    /// Credentials seen on the wire: headers and bodies that carried them.
    pub(crate) fn sent(&self) -> Vec<String> {
        self.0.lock().unwrap().sent.clone()
    }
}

impl Transport for Wire {
    fn send(&self, request: Outgoing) -> BoxFuture<'_, Result<Incoming, TransportError>> {
        let path = request.url.path().to_owned();
        let to = {
            let mut state = self.0.lock().unwrap();
            if let Some(token) = request.headers.get("authorization").and_then(|token| token.to_str().ok()) {
                state.sent.push(token.trim_start_matches("Bearer ").to_owned());
            }
            Arc::clone(&state.to)
        };
        Box::pin(async move {
            let answer = to.send(request).await;
            let hook = {
                let mut state = self.0.lock().unwrap();
                let found = state.meanwhile.iter().position(|(prefix, _)| path.starts_with(prefix));
                found.map(|index| state.meanwhile.remove(index).1)
            };
            if let Some(hook) = hook {
                hook();
            }
            answer
        })
    }
}

/// A host that nobody is at.
pub(crate) struct Dead;

impl Transport for Dead {
    fn send(&self, _: Outgoing) -> BoxFuture<'_, Result<Incoming, TransportError>> {
        Box::pin(async { Err(TransportError::Failed("connection refused".to_owned())) })
    }
}

/// The same vendor under another host: another account, whose ids mean something else.
pub(crate) struct OtherHost(pub(crate) Arc<dyn Transport>);

impl Transport for OtherHost {
    fn send(&self, mut request: Outgoing) -> BoxFuture<'_, Result<Incoming, TransportError>> {
        request.url.set_host(Some("acme.halopsa.com")).unwrap();
        request.headers.remove("host");
        self.0.send(request)
    }
}
