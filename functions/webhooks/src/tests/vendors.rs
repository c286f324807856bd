//! Made-up vendors: one for each way of proving a push. All send `[{"event": id, "about": "tickets/7", "at": seconds}]`.

use std::time::Duration;

use connector::Descriptor;
use connector::webhook::{Delivery, Digest, Notice, Provisioning, RemoteKey, Subject, Verify, Webhook};
use domain::record::RecordType;
use domain::webhook::Rejection;
use jiff::Timestamp;
use serde_json::Value;
use url::Url;

const fn descriptor(id: &'static str, verify: Verify) -> Descriptor {
    Descriptor {
        webhook: Some(Webhook {
            provisioning: Provisioning::Api,
            verify,
            tolerance: Some(Duration::from_secs(300)),
            unproven: Some(|delivery| delivery.query == "deactivated"),
            notices,
            repeats: true,
        }),
        ..Descriptor::bare(id, "Vendor")
    }
}

static SIGNED: Descriptor =
    descriptor("signed", Verify::Hmac { header: "x-signature", prefix: "sha256=", digest: Digest::Sha256 });
static BASIC: Descriptor = descriptor("basic", Verify::Basic { user: "portal" });
/// Signs with secrets that it issues itself.
static ISSUING: Descriptor =
    descriptor("issuing", Verify::StampedHmac { header: "x-stamped-signature", tolerance: Duration::from_secs(300) });
static ADDRESS: Descriptor = descriptor("address", Verify::UrlToken);
static REMOTE: Descriptor = descriptor(
    "remote",
    Verify::RemoteKey(RemoteKey {
        header: "x-signature",
        address: |body, open| {
            let body: Value = serde_json::from_slice(body).map_err(|_| Rejection::KeyMissing)?;
            let url = body["key_url"].as_str().and_then(|url| Url::parse(url).ok()).ok_or(Rejection::KeyMissing)?;
            if url.host_str() == open.get("host").map(String::as_str) { Ok(url) } else { Err(Rejection::KeyHost) }
        },
        key: |answer| (!answer.is_empty()).then(|| answer.to_vec()),
    }),
);
/// Pushes nothing.
static SILENT: Descriptor = Descriptor { webhook: None, ..descriptor("silent", Verify::UrlToken) };

pub(super) static ALL: &[&Descriptor] = &[&SIGNED, &ISSUING, &BASIC, &ADDRESS, &REMOTE, &SILENT];

fn notices(delivery: &Delivery<'_>) -> Vec<Notice> {
    let Ok(body) = serde_json::from_slice::<Value>(delivery.body) else {
        return vec![Notice { id: None, sent_at: None, subject: Subject::Something }];
    };
    let events = body.get("events").unwrap_or(&body).as_array().cloned().unwrap_or_default();
    events.iter().map(notice).collect()
}

fn notice(event: &Value) -> Notice {
    let subject = match event["about"].as_str().unwrap_or_default().split_once('/') {
        Some((record_type, id)) => {
            RecordType::parse(record_type).map_or(Subject::Nothing, |known| Subject::Record(known, id.into()))
        }
        None if event["about"] == "us" => Subject::Subscription,
        None => Subject::Nothing,
    };
    Notice {
        id: event["event"].as_str().map(str::to_owned),
        sent_at: event["at"].as_i64().and_then(|at| Timestamp::from_second(at).ok()),
        subject,
    }
}
