//! A postback as a notice: the registration that it is about, which is then read again.
//!
//! It carries no id of its own and may come again, late, or after a newer one. So nothing of it is used but which
//! registration it names; the whole body stands for it where sendings are told apart.

use connector::lenient::Text;
use connector::webhook::{Notice, Subject};
use domain::id::ExternalId;
use domain::record::RecordType;
use serde::Deserialize;

/// The `GET /registrations/{id}` form, of which only this is read.
#[derive(Deserialize)]
struct Postback {
    #[serde(default)]
    id: Text,
}

pub(crate) fn notices(body: &[u8]) -> Vec<Notice> {
    let id = serde_json::from_slice::<Postback>(body).ok().and_then(|postback| postback.id.owned());
    let subject = id.map_or(Subject::Something, |id| Subject::Record(RecordType::Registrations, ExternalId::new(id)));
    vec![Notice { id: None, sent_at: None, subject }]
}

#[cfg(test)]
mod tests {
    use connector::webhook::Verify;
    use serde_json::Value;

    use super::*;
    use crate::DESCRIPTOR;

    fn told(body: &str) -> Vec<Subject> {
        notices(body.as_bytes()).into_iter().map(|notice| notice.subject).collect()
    }

    #[test]
    fn a_postback_names_its_registration_and_nothing_else_counts() {
        let body =
            r#"{"id":"9f1c","instance":0,"registrationCompletion":"COMPLETED","updated":"2026-06-01T10:20:30.000Z"}"#;
        assert_eq!(told(body), [Subject::Record(RecordType::Registrations, "9f1c".into())]);
    }

    #[test]
    fn what_cannot_be_read_is_about_something() {
        for body in ["", "{}", "data=%7B%22id%22%3A%229f1c%22%7D&userName=portal", r#"{"id":{}}"#, "[]"] {
            assert_eq!(told(body), [Subject::Something], "{body}");
        }
    }

    #[test]
    fn the_sample_event_is_a_postback_with_basic_authentication() {
        let event: Value = serde_json::from_str(include_str!("../../../events/webhook-bigger-brains.json")).unwrap();
        let id = "5c1f6c1e-52d9-5b1a-9a53-0c5d1c8a3f10";
        assert_eq!(told(event["body"].as_str().unwrap()), [Subject::Record(RecordType::Registrations, id.into())]);
        assert!(event["headers"]["authorization"].as_str().unwrap().starts_with("Basic "));
        let webhook = DESCRIPTOR.webhook.as_ref().unwrap();
        assert!(matches!(webhook.verify, Verify::Basic { user: "portal" }));
    }
}
