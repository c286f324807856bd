//! A Halo for tests.

use std::sync::Arc;

use serde_json::json;
use testkit::fake_vendor::{FakeVendor, Reply, Seen, ok};

use crate::CONNECTOR;

const KEY: &[(&str, &str)] =
    &[("url", "https://acme.halopsa.com"), ("client_id", "portal"), ("client_secret", "hush-hush")];

/// One that answers like this, with a working token endpoint.
pub(crate) fn halo(answering: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Arc<FakeVendor> {
    bare(move |seen| if seen.line.contains("/auth/token") { token() } else { answering(seen) })
}

/// One that answers like this when it is asked for a token, too.
pub(crate) fn bare(answering: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Arc<FakeVendor> {
    Arc::new(FakeVendor::new(&CONNECTOR, KEY, answering).aside(&["/auth/"]))
}

/// The token endpoint's answer.
pub(crate) fn token() -> Reply {
    ok(&json!({"scope": "all", "token_type": "Bearer", "access_token": "t0ken", "expires_in": 3600}))
}
