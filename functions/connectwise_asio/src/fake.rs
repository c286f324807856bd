//! An Asio for tests.

use std::sync::Arc;

use serde_json::json;
use testkit::fake_vendor::{FakeVendor, Reply, Seen, ok};

use crate::CONNECTOR;

const TOKEN: &str = "POST /v1/token";
const KEY: &[(&str, &str)] = &[("client_id", "0e31-portal"), ("client_secret", "hush-hush")];

/// One that answers like this, with a working token endpoint.
pub(crate) fn asio(answering: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Arc<FakeVendor> {
    let token = json!({"access_token": "t0ken", "token_type": "Bearer", "expires_in": 3599});
    bare(move |seen| if seen.target() == TOKEN { ok(&token) } else { answering(seen) })
}

/// One that answers like this when it is asked for a token, too.
pub(crate) fn bare(answering: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Arc<FakeVendor> {
    Arc::new(FakeVendor::new(&CONNECTOR, KEY, answering).aside(&[TOKEN]))
}
