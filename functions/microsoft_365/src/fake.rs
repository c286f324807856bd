//! A Graph for tests, and the sign-in before it: everybody is signed in unless told otherwise, each token bearing its tenant's name.

use std::ops::Deref;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use testkit::fake_vendor::{FakeVendor, Reply, Seen, ok, reply};

use crate::CONNECTOR;

pub(crate) const PARTNER: &str = "00000000-0000-0000-0000-00000000000a";
pub(crate) const CONTOSO: &str = "11111111-1111-1111-1111-111111111111";
pub(crate) const FABRIKAM: &str = "22222222-2222-2222-2222-222222222222";

const APPLICATION: &[(&str, &str)] = &[("tenant_id", PARTNER), ("client_id", "app"), ("client_secret", "hush-hush")];

type Refusals = Arc<Mutex<Vec<(&'static str, Reply)>>>;

pub(crate) struct Graph {
    vendor: Arc<FakeVendor>,
    refusals: Refusals,
}

/// One that answers like this.
pub(crate) fn graph(answering: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Graph {
    let refusals = Refusals::default();
    let refused = Arc::clone(&refusals);
    let whole = move |seen: &Seen| {
        let Some(tenant) = signing_in(seen) else { return answering(seen) };
        let refused = refused.lock().unwrap().iter().find(|(refused, _)| *refused == tenant).cloned();
        let token = json!({"token_type": "Bearer", "expires_in": 3_900, "access_token": format!("of-{tenant}")});
        refused.map_or_else(|| ok(&token), |(_, refusal)| refusal)
    };
    Graph { vendor: Arc::new(FakeVendor::new(&CONNECTOR, APPLICATION, whole).aside(&["/oauth2/"])), refusals }
}

fn signing_in(seen: &Seen) -> Option<&str> {
    (seen.host() == "login.microsoftonline.com").then(|| seen.url.path().split('/').nth(1).unwrap())
}

/// The tenant that a call's token was made for.
pub(crate) fn tenant(seen: &Seen) -> &str {
    seen.header("authorization").unwrap().strip_prefix("Bearer of-").unwrap()
}

pub(crate) fn list(rows: &[Value]) -> Reply {
    ok(&json!({ "value": rows }))
}

pub(crate) fn error(status: u16, code: &str) -> Reply {
    reply(status, json!({"error": {"code": code, "message": "No.", "innerError": {"request-id": "1"}}}))
}

impl Graph {
    /// The tenants whose sign-in was called, in order.
    pub(crate) fn signed_in(&self) -> Vec<String> {
        self.seen_aside().iter().filter_map(signing_in).map(str::to_owned).collect()
    }

    /// From now on this tenant's sign-in is refused with an `AADSTS` code.
    pub(crate) fn refuses(&self, tenant: &'static str, status: u16, code: u64) {
        let description = format!("AADSTS{code}: No. Trace ID: 1 Correlation ID: 2 Timestamp: 3");
        let body = json!({"error": "e", "error_description": description, "error_codes": [code]});
        self.answers_sign_in(tenant, reply(status, body));
    }

    /// From now on this is what answers in place of this tenant's sign-in.
    pub(crate) fn answers_sign_in(&self, tenant: &'static str, answer: Reply) {
        self.refusals.lock().unwrap().push((tenant, answer));
    }
}

impl Deref for Graph {
    type Target = Arc<FakeVendor>;

    fn deref(&self) -> &Self::Target {
        &self.vendor
    }
}
