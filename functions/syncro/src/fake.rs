//! A Syncro for tests.

use std::sync::Arc;

use testkit::fake_vendor::{FakeVendor, Reply, Seen};

use crate::CONNECTOR;

const KEY: &[(&str, &str)] = &[("subdomain", "acme"), ("api_key", "hush-hush")];

/// One that answers like this.
pub(crate) fn syncro(answering: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Arc<FakeVendor> {
    Arc::new(FakeVendor::new(&CONNECTOR, KEY, answering))
}
