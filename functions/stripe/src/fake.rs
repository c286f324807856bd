//! A Stripe for tests.

use std::sync::Arc;

use testkit::fake_vendor::{FakeVendor, Reply, Seen};
use url::Url;

use crate::CONNECTOR;

const KEY: &[(&str, &str)] = &[("restricted_key", "rk_test_hush")];

/// One that answers like this. Lines tell names and values decoded: `GET /v1/invoices?expand[]=data.charge`.
pub(crate) fn stripe(answering: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Arc<FakeVendor> {
    Arc::new(FakeVendor::new(&CONNECTOR, KEY, answering).telling(decoded))
}

fn decoded(url: &Url) -> String {
    let pairs: Vec<String> = url.query_pairs().map(|(name, value)| format!("{name}={value}")).collect();
    let query = if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) };
    format!("{}{query}", url.path())
}

/// The parameters of a call that writes.
pub(crate) fn form(seen: &Seen) -> Vec<(String, String)> {
    url::form_urlencoded::parse(seen.body.as_bytes()).into_owned().collect()
}
