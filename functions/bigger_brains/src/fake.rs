//! A SCORM Cloud for tests.

use std::sync::Arc;

use serde_json::json;
use testkit::fake_vendor::{FakeVendor, Reply, Seen, reply};

use crate::CONNECTOR;

const KEY: &[(&str, &str)] = &[("application_id", "A1B2C3D4E5"), ("secret_key", "hush-hush")];

/// One that answers like this.
pub(crate) fn cloud(answering: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Arc<FakeVendor> {
    Arc::new(FakeVendor::new(&CONNECTOR, KEY, answering).dated())
}

pub(crate) fn empty() -> Reply {
    reply(204, "")
}

pub(crate) fn refused(status: u16, message: &str) -> Reply {
    reply(status, json!({ "message": message }))
}
