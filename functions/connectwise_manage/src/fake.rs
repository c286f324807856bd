//! A ConnectWise for tests.

use std::sync::Arc;

use serde_json::json;
use testkit::fake_vendor::{FakeVendor, Reply, Seen, ok, reply};
use url::Url;

use crate::CONNECTOR;
use crate::client::CLIENT_ID;

const KEYS: &[(&str, &str)] = &[
    ("site", "na.myconnectwise.net"),
    ("company_id", "acme"),
    ("public_key", "PubKey123"),
    ("private_key", "PrivKey456"),
];

/// One whose release is known, and that answers like this.
pub(crate) fn manage(answering: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Arc<FakeVendor> {
    bare(move |seen| if seen.line.contains("/login/") { company_info("v2025_1/") } else { answering(seen) })
}

/// One that answers discovery, too, as the test says.
pub(crate) fn bare(answering: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Arc<FakeVendor> {
    let vendor = FakeVendor::new(&CONNECTOR, KEYS, answering).aside(&["/login/"]).telling(without_codebase);
    Arc::new(vendor.dated().deployment(CLIENT_ID, "0c1d-client-id"))
}

/// `/company/companies?pageSize=200`: most tests do not care for the codebase.
fn without_codebase(url: &Url) -> String {
    let whole = &url[url::Position::BeforePath..url::Position::AfterQuery];
    whole.split_once("/apis/3.0").map_or(whole, |(_, path)| path).to_owned()
}

/// Discovery's answer.
pub(crate) fn company_info(codebase: &str) -> Reply {
    ok(&json!({ "CompanyName": "Acme MSP", "Codebase": codebase, "VersionCode": "v2025.1", "CompanyID": "acme",
        "IsCloud": "True", "SiteUrl": "api-na.myconnectwise.net" }))
}

/// The server's "not there" for a record.
pub(crate) fn gone() -> Reply {
    reply(404, json!({ "code": "NotFound", "message": "Contact 57919 not found" }))
}

/// The server's refusal of a right.
pub(crate) fn forbidden() -> Reply {
    reply(
        403,
        json!({ "code": "SecurityException", "message": "You do not have security permission to perform this action." }),
    )
}
