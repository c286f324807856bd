//! A made-up vendor that signs its pushes with our secret.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connector::Descriptor;
use connector::webhook::{Delivery, Digest, Notice, Provisioning, Subject, Verify, Webhook};
use domain::record::RecordType;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

pub(crate) const ID: &str = "signing-psa";

pub(crate) static ALL: &[&Descriptor] = &[&DESCRIPTOR];

static DESCRIPTOR: Descriptor = Descriptor {
    webhook: Some(Webhook {
        provisioning: Provisioning::Api,
        verify: Verify::Hmac { header: "x-hook-signature", prefix: "sha256=", digest: Digest::Sha256 },
        tolerance: None,
        unproven: None,
        notices,
        repeats: true,
    }),
    ..Descriptor::bare(ID, "Signing PSA")
};

/// What it sends, as far as it is read.
#[derive(Deserialize)]
struct Event {
    event: u64,
    ticket: u64,
}

fn notices(delivery: &Delivery<'_>) -> Vec<Notice> {
    let Ok(event) = serde_json::from_slice::<Event>(delivery.body) else { return Vec::new() };
    let subject = Subject::Record(RecordType::Tickets, event.ticket.to_string().as_str().into());
    vec![Notice { id: Some(event.event.to_string()), sent_at: None, subject }]
}

/// A push as API Gateway hands it over, of a usual size.
pub(crate) fn push(url: &Url, secret: &SecretString, event: usize, ticket: usize) -> Value {
    let fields = json!({ "summary": "The printer on the second floor does not work. ".repeat(8), "status": "5" });
    let body = json!({ "event": event, "ticket": ticket, "action": "Update", "fields": fields }).to_string();
    let signature = STANDARD.encode(Digest::Sha256.mac(secret.expose_secret().as_bytes(), body.as_bytes()));
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": url.path(),
        "rawQueryString": "",
        "headers": {
            "accept": "*/*", "content-type": "application/json", "content-length": body.len().to_string(),
            "host": "portal.example", "user-agent": "vendor/1.0", "x-forwarded-for": "192.0.2.1",
            "x-hook-signature": format!("sha256={signature}"),
        },
        "requestContext": {
            "accountId": "123456789012", "apiId": "api", "domainName": "portal.example", "domainPrefix": "portal",
            "http": {
                "method": "POST", "path": url.path(), "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1",
                "userAgent": "vendor/1.0",
            },
            "requestId": event.to_string(), "routeKey": "$default", "stage": "$default",
            "time": "22/Nov/2026:20:00:00 +0000", "timeEpoch": 1_795_377_600_000_i64,
        },
        "body": body,
        "isBase64Encoded": false,
    })
}
