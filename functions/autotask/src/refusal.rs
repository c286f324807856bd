//! What Autotask's errors mean.
//!
//! Business errors come under status 500 with a list of texts, so the text decides: what it says of credentials,
//! permissions, limits or values is for good; anything else, and whatever is no JSON, may heal.

use connector::ErrorKind;
use connector::http::Response;
use serde::Deserialize;
use std::time::Duration;

/// At the hourly limit the API is closed until the window moves; Autotask does not say for how long.
const CLOSED: Duration = Duration::from_secs(5 * 60);
/// A short answer may be an error disguised by its status; rows are not read twice for that.
const SHORT: usize = 4096;

/// Texts that say "not permitted".
const PERMISSION: &[&str] = &["adequate permission", "required permission", "not have permission", "not authorized to"];
/// Texts that say that a value, or the request, is wrong.
const VALIDATION: &[&str] = &[
    "does not exist or is invalid",
    "reference value on field",
    "missing required field",
    "is required",
    "must be",
    "must both be",
    "must not",
    "cannot be",
    "conversion failed",
    "could not convert",
    "unexpected character",
    "invalid query syntax",
    "unable to find",
    "maximum length",
    "already exists",
    "does not belong",
    "is not an active",
    "is not valid",
    "invalid value",
];

/// The portal's names of fields that Autotask may name in a refusal.
const FIELDS: &[(&str, &str)] = &[
    ("companyid", "company"),
    ("contactid", "contact"),
    ("queueid", "board"),
    ("status", "status"),
    ("priority", "priority"),
    ("tickettype", "ticket_type"),
    ("ticketcategory", "category"),
    ("assignedresourceid", "assignee"),
    ("assignedresourceroleid", "assignee"),
    ("title", "title"),
    ("description", "description"),
    ("firstname", "name"),
    ("lastname", "name"),
    ("email", "email"),
    ("officephone", "phone"),
    ("isactive", "active"),
];

/// Looks at every answer of the API.
pub(crate) fn classify(response: &Response) -> Option<ErrorKind> {
    let status = response.status.as_u16();
    if status == 401 {
        // Wrong user, secret and code all look alike, and have no body.
        return Some(ErrorKind::Credentials { field: Some("secret") });
    }
    let disguised = response.status.is_success() && response.body.len() <= SHORT;
    if !(disguised || status == 429 || status >= 500) {
        return None;
    }
    let words = words(response)?;
    let text = words.to_lowercase();
    let says = |texts: &[&str]| texts.iter().any(|known| text.contains(known));
    Some(if text.contains("zone information could not be determined") {
        ErrorKind::Credentials { field: Some("username") }
    } else if says(&["integrationcode", "integration code"]) {
        ErrorKind::Credentials { field: None }
    } else if text.contains("thread threshold") {
        // Three at once for an entity: the next one may go in a moment.
        ErrorKind::Limited { retry_after: None }
    } else if text.contains("threshold") {
        ErrorKind::Limited { retry_after: Some(CLOSED) }
    } else if text.contains("no matching records found") {
        ErrorKind::NotFound
    } else if says(PERMISSION) {
        ErrorKind::Forbidden
    } else if says(VALIDATION) {
        ErrorKind::Rejected { field: field_in(&words), message: words }
    } else if status == 429 {
        return None;
    } else {
        ErrorKind::Unavailable
    })
}

/// The vendor's texts.
pub(crate) fn words(response: &Response) -> Option<String> {
    #[derive(Deserialize)]
    struct Errors {
        #[serde(alias = "Errors")]
        errors: Vec<String>,
    }
    let read: Errors = serde_json::from_slice(&response.body).ok()?;
    let said: Vec<&str> = read.errors.iter().map(|text| text.trim()).filter(|text| !text.is_empty()).collect();
    (!said.is_empty()).then(|| said.join(" "))
}

/// The portal's field that a text names: `Reference value on field: contactID of type`, `contactID: Value 12`,
/// `Missing Required Field: title.`, `Path 'isActive'`.
fn field_in(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let after = ["field: ", "path '"].iter().find_map(|mark| lower.split_once(mark).map(|(_, rest)| rest));
    let named = after.unwrap_or(&lower);
    let name: String = named.chars().take_while(char::is_ascii_alphanumeric).collect();
    FIELDS.iter().find(|(field, _)| *field == name).map(|(_, portal)| (*portal).to_owned())
}

#[cfg(test)]
mod tests {
    use connector::http::{HeaderMap, StatusCode};
    use serde_json::json;

    use super::*;

    fn kind(status: u16, body: &str) -> Option<ErrorKind> {
        classify(&Response::new("x", StatusCode::from_u16(status).unwrap(), HeaderMap::new(), body.to_owned()))
    }

    fn of(text: &str) -> Option<ErrorKind> {
        kind(500, &json!({ "errors": [text] }).to_string())
    }

    fn rejected(field: Option<&str>, message: &str) -> Option<ErrorKind> {
        Some(ErrorKind::Rejected { field: field.map(str::to_owned), message: message.to_owned() })
    }

    #[test]
    fn the_text_decides_under_status_500() {
        let reference = "Reference value on field: contactID of type: Contact does not exist or is invalid.";
        assert_eq!(of(reference), rejected(Some("contact"), reference));
        let older = "contactID: Value 12345 does not exist or is invalid";
        assert_eq!(of(older), rejected(Some("contact"), older));
        let missing = "Missing Required Field: title.";
        assert_eq!(of(missing), rejected(Some("title"), missing));
        let number = "Unexpected character encountered while parsing value: t. Path 'isActive', line 1.";
        assert_eq!(of(number), rejected(Some("active"), number));
        let unique = "A ContactGroup already exists with Name [x]. ContactGroup names must be unique.";
        assert_eq!(of(unique), rejected(None, unique));
        let permission = "The logged in Resource does not have the adequate permissions to create this entity.";
        assert_eq!(of(permission), Some(ErrorKind::Forbidden));
        assert_eq!(of("IntegrationCode is invalid."), Some(ErrorKind::Credentials { field: None }));
        assert_eq!(
            of("Zone information could not be determined"),
            Some(ErrorKind::Credentials { field: Some("username") })
        );
        let gone = "No matching records found. The logged in Resource may not have the required permissions to delete the data.";
        assert_eq!(of(gone), Some(ErrorKind::NotFound));
    }

    #[test]
    fn an_unknown_text_and_what_is_no_json_may_heal() {
        assert_eq!(of("An error has occurred."), Some(ErrorKind::Unavailable));
        assert_eq!(kind(500, "<html>"), None, "the kit's own rule: unavailable");
        assert_eq!(kind(502, ""), None);
    }

    #[test]
    fn a_limit_is_one_under_any_status() {
        let threads = "API thread threshold of 3 threads has been exceeded (Itgenatr005).";
        let hourly = "The request threshold of 10000 requests per 60 minutes has been exceeded.";
        for status in [429, 500] {
            let errors = |text: &str| json!({ "errors": [text] }).to_string();
            assert_eq!(kind(status, &errors(threads)), Some(ErrorKind::Limited { retry_after: None }));
            assert_eq!(kind(status, &errors(hourly)), Some(ErrorKind::Limited { retry_after: Some(CLOSED) }));
        }
        assert_eq!(kind(429, ""), None, "the kit reads Retry-After");
    }

    #[test]
    fn an_error_may_hide_under_status_200_and_401_has_no_body() {
        assert_eq!(
            kind(200, r#"{"errors":["title: Value is required"]}"#),
            rejected(Some("title"), "title: Value is required")
        );
        assert_eq!(kind(200, r#"{"itemId":7}"#), None);
        assert_eq!(kind(200, r#"{"items":[],"errors":[]}"#), None);
        assert_eq!(kind(401, ""), Some(ErrorKind::Credentials { field: Some("secret") }));
        assert_eq!(kind(403, ""), None);
    }
}
