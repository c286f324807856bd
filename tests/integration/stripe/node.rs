//! The simulator before Stripe's own client for Node, as anybody would use it: lists page by themselves, a key makes one of
//! two, an event is constructed from a push.
//!
//! `STRIPE_NODE=<node_modules>` says where the package is; without it this passes after saying that it did nothing, unless
//! `NODE_TESTS=required`.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use simulators::Setup;
use sync::ports::Clock as _;

use crate::worlds::fields;

#[expect(clippy::disallowed_methods, reason = "a test is told where the package is, and platform is not in it")]
fn packages() -> Option<String> {
    let given = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let packages = given("STRIPE_NODE");
    assert!(
        packages.is_some() || given("NODE_TESTS").as_deref() != Some("required"),
        "NODE_TESTS is required: set STRIPE_NODE to the node_modules folder that has the package stripe"
    );
    if packages.is_none() {
        println!("skipped: Stripe's client for Node is not tried, as STRIPE_NODE is not set");
    }
    packages
}

/// Runs the client's program; gives what it says.
fn client(packages: &str, port: u16, key: &str, what: &str, input: &Value) -> Value {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/integration/stripe/client.mjs");
    let mut child = Command::new("node")
        .args([script, packages, &port.to_string(), key, what])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node starts");
    child.stdin.take().unwrap().write_all(input.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "the client's program failed");
    let text = String::from_utf8(output.stdout).unwrap();
    serde_json::from_str(text.lines().last().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stripes_own_client_works_without_changes() {
    let Some(packages) = packages() else { return };
    let setup = Setup { scale: 400, seed: 1, clock: Arc::new(|| platform::clock::SystemClock.now()) };
    let stripe = simulators::by_id("stripe").unwrap().build(&setup);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let _server = stripe.serve(listener).unwrap();
    let key = stripe.credentials()["restricted_key"].clone();
    let run = async |what: &'static str, input: Value| {
        let (packages, key) = (packages.clone(), key.clone());
        tokio::task::spawn_blocking(move || client(&packages, port, &key, what, &input)).await.unwrap()
    };

    let dump = stripe.dump();
    let customers: Vec<&Value> =
        dump["customers"].as_array().unwrap().iter().filter(|row| row["_sim"]["deleted"] == false).collect();
    let mut shopped = run("shop", Value::Null).await;
    let secret = shopped["secret"].take();
    let wanted = json!({
        "customers": customers.len(), "distinct": customers.len(), "product": "product", "same": true, "replayed": "true",
        "order": "42", "other": "StripeIdempotencyError", "unknown": "resource_missing", "secret": null,
    });
    assert_eq!(shopped, wanted);

    let customer = customers[0]["id"].as_str().unwrap();
    stripe.patch("customers", customer, fields(json!({ "name": "Zoë & Söhne" })), false).unwrap();
    let sent = stripe.deliveries().remove(0);
    let signature = sent.headers.iter().find(|(name, _)| name == "stripe-signature").unwrap().1.clone();
    let input = json!({ "body": STANDARD.encode(&sent.body), "signature": signature, "secret": secret });
    let wanted =
        json!({ "type": "customer.updated", "name": "Zoë & Söhne", "forged": "StripeSignatureVerificationError" });
    assert_eq!(run("event", input).await, wanted);
}
