//! A Datto RMM for tests.

use std::sync::Arc;

use serde_json::json;
use testkit::fake_vendor::{FakeVendor, Reply, Seen, ok};

use crate::CONNECTOR;

pub(crate) const TOKEN: &str = "POST /auth/oauth/token";
const KEYS: &[(&str, &str)] =
    &[("platform", "merlot"), ("api_key", "AAAA1111BBBB2222CCCC3333DDDD4444"), ("secret_key", "hush-hush")];

/// One that answers like this, with a working token endpoint.
pub(crate) fn datto(answering: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Arc<FakeVendor> {
    let token = json!({"access_token": "t0ken", "token_type": "bearer", "expires_in": 360_000, "scope": "default"});
    asked_for_tokens(move |seen| if seen.target() == TOKEN { ok(&token) } else { answering(seen) })
}

/// One that answers like this when it is asked for a token, too.
pub(crate) fn asked_for_tokens(answering: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Arc<FakeVendor> {
    Arc::new(FakeVendor::new(&CONNECTOR, KEYS, answering).aside(&[TOKEN]))
}
