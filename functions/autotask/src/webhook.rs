//! What Autotask's webhooks say: which record to read again.

use std::time::Duration;

use connector::lenient::{Int, Text};
use connector::webhook::{Delivery, Digest, Notice, Provisioning, Subject, Verify, Webhook};
use domain::id::ExternalId;
use domain::record::RecordType;
use serde::Deserialize;

use crate::any_case::AnyCase;

/// How Autotask tells of changes. A callout is tried for two minutes; a day covers clocks that are off, and replays of
/// a proven body do no more than have a record read again.
pub(crate) const WEBHOOK: Webhook = Webhook {
    provisioning: Provisioning::Api,
    verify: Verify::Hmac { header: "x-hook-signature", prefix: "sha1=", digest: Digest::Sha1 },
    tolerance: Some(Duration::from_secs(24 * 60 * 60)),
    unproven: Some(is_deactivation),
    notices,
    repeats: true,
};

/// The mark of our deactivation address.
pub(crate) const DEACTIVATED: (&str, &str) = ("deactivated", "1");

/// The call to the deactivation address: neither its body nor a signature is documented.
fn is_deactivation(delivery: &Delivery<'_>) -> bool {
    let mut pairs = url::form_urlencoded::parse(delivery.query.as_bytes());
    pairs.any(|(name, value)| (name.as_ref(), value.as_ref()) == DEACTIVATED)
}

/// A callout. What the fields of the record are is in it, too, and is not read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Callout {
    action: Text,
    guid: Text,
    entitytype: Text,
    id: Int,
    eventtime: Text,
    sequencenumber: Int,
}

pub(crate) fn notices(delivery: &Delivery<'_>) -> Vec<Notice> {
    if is_deactivation(delivery) {
        return vec![Notice { id: None, sent_at: None, subject: Subject::Subscription }];
    }
    let Ok(AnyCase(callout)) = serde_json::from_slice::<AnyCase<Callout>>(delivery.body) else {
        return vec![Notice { id: None, sent_at: None, subject: Subject::Something }];
    };
    // Numbers count per webhook, and each webhook has its own guid.
    let id = callout.guid.get().zip(callout.sequencenumber.0).map(|(guid, number)| format!("{guid}:{number}"));
    let sent_at = callout.eventtime.get().and_then(|time| time.parse().ok());
    vec![Notice { id, sent_at, subject: subject(&callout) }]
}

fn subject(callout: &Callout) -> Subject {
    let action = callout.action.get().unwrap_or_default().to_ascii_lowercase();
    if action == "deactivated" {
        return Subject::Subscription;
    }
    if !matches!(action.as_str(), "create" | "update" | "delete") {
        return Subject::Nothing;
    }
    let record_type = match callout.entitytype.get().unwrap_or_default().to_ascii_lowercase().as_str() {
        // Companies were called accounts.
        "account" | "company" => RecordType::Companies,
        "contact" => RecordType::Contacts,
        "ticket" => RecordType::Tickets,
        _ => return Subject::Nothing,
    };
    match callout.id.0.filter(|id| *id >= 0) {
        Some(id) => Subject::Record(record_type, ExternalId::new(id.to_string())),
        None => Subject::Something,
    }
}

#[cfg(test)]
mod tests {
    use connector::http::HeaderMap;

    use super::*;

    fn notice(query: &str, body: &str) -> Notice {
        let headers = HeaderMap::new();
        let mut all = notices(&Delivery { headers: &headers, query, body: body.as_bytes() });
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    fn callout(action: &str, kind: &str, id: &str) -> Subject {
        notice("", &format!(r#"{{"Action":"{action}","EntityType":"{kind}","Id":{id}}}"#)).subject
    }

    #[test]
    fn a_callout_names_its_record_and_when_it_happened() {
        let body = r#"{"Action":"Update","Guid":"a5c1c1b7","EntityType":"Ticket","Id":351181,"Fields":{"Status":"5"},
            "EventTime":"2026-11-22T14:57:50Z","SequenceNumber":17,"PersonID":30691780}"#;
        let wanted = Notice {
            id: Some("a5c1c1b7:17".to_owned()),
            sent_at: Some("2026-11-22T14:57:50Z".parse().unwrap()),
            subject: Subject::Record(RecordType::Tickets, "351181".into()),
        };
        assert_eq!(notice("", body), wanted);
    }

    #[test]
    fn the_event_as_the_gateway_sends_it_is_read() {
        let event: serde_json::Value =
            serde_json::from_str(include_str!("../../../events/webhook-autotask.json")).unwrap();
        let notice = notice(event["rawQueryString"].as_str().unwrap(), event["body"].as_str().unwrap());
        assert_eq!(notice.subject, Subject::Record(RecordType::Tickets, "351181".into()));
        assert_eq!(notice.id.as_deref(), Some("a5c1c1b7-3f0e-4b8e-9d61-2f1c5d7e8a90:17"));
    }

    #[test]
    fn companies_are_accounts_and_one_of_them_is_number_0() {
        assert_eq!(callout("Create", "Account", "0"), Subject::Record(RecordType::Companies, "0".into()));
        assert_eq!(callout("Delete", "Contact", "\"7\""), Subject::Record(RecordType::Contacts, "7".into()));
    }

    #[test]
    fn what_is_unknown_is_about_nothing_and_what_is_unreadable_about_something() {
        assert_eq!(callout("Update", "InstalledProduct", "7"), Subject::Nothing);
        assert_eq!(callout("Merged", "Ticket", "7"), Subject::Nothing);
        assert_eq!(callout("Update", "Ticket", "null"), Subject::Something);
        assert_eq!(notice("", "not json").subject, Subject::Something);
    }

    #[test]
    fn a_deactivation_is_known_by_our_own_mark_whatever_it_says() {
        for body in ["", "{}", r#"{"Action":"Update","EntityType":"Ticket","Id":7}"#] {
            assert_eq!(notice("a=b&deactivated=1", body).subject, Subject::Subscription);
        }
        assert_eq!(callout("Deactivated", "Ticket", "7"), Subject::Subscription);
        assert_eq!(notice("deactivated=0", "{}").subject, Subject::Nothing);
    }
}
