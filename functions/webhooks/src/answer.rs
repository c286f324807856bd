//! What a vendor is answered. Bodies are for people who look into a vendor's log of deliveries; vendors read the status.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::webhook::Rejection;
use serde::Serialize;
use serde_json::json;

/// What became of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// Noted.
    Accepted,
    /// Noted before.
    Duplicate,
    /// The connection is off or paused.
    Inactive,
}

/// Why there is no 2xx.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// No connection has this address.
    Unknown,
    /// It was rejected.
    Rejected(Rejection),
    /// Something of ours does not work at the moment; the vendor is to send it again.
    Busy {
        /// In the vendor's terms.
        status: StatusCode,
    },
    /// This address takes POST only.
    Method,
}

impl Outcome {
    /// Its name among the metrics.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Inactive => "inactive",
        }
    }
}

impl Refused {
    /// Its name among the metrics: of a rejection the cause.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown_address",
            Self::Rejected(cause) => cause.as_str(),
            Self::Busy { .. } => "unavailable",
            Self::Method => "method_not_allowed",
        }
    }
}

impl IntoResponse for Outcome {
    fn into_response(self) -> Response {
        Json(json!({ "outcome": self })).into_response()
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (status, name, title) = match self {
            Self::Unknown => (StatusCode::NOT_FOUND, "not_found", "Nobody has this address"),
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "This address takes POST only"),
            Self::Busy { status } => (status, "unavailable", "This does not work at the moment; send it again"),
            Self::Rejected(cause) => (status_of(cause), cause.as_str(), words(cause)),
        };
        let kind = format!("urn:problem-type:portal:{}", name.replace('_', "-"));
        let body = json!({ "type": kind, "title": title, "status": status.as_u16(), "cause": name });
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"webhooks\""));
        }
        response
    }
}

const fn status_of(cause: Rejection) -> StatusCode {
    match cause {
        Rejection::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Rejection::CredentialsMissing | Rejection::CredentialsMismatch => StatusCode::UNAUTHORIZED,
        Rejection::KeyUnreachable => StatusCode::TOO_MANY_REQUESTS,
        Rejection::Stale => StatusCode::BAD_REQUEST,
        Rejection::Inactive
        | Rejection::SignatureMissing
        | Rejection::SignatureMismatch
        | Rejection::KeyMissing
        | Rejection::KeyHost
        | Rejection::KeyAddress => StatusCode::FORBIDDEN,
    }
}

const fn words(cause: Rejection) -> &'static str {
    match cause {
        Rejection::Inactive => "The connection is switched off",
        Rejection::TooLarge => "It is larger than 1 MiB",
        Rejection::SignatureMissing => "It is not signed",
        Rejection::SignatureMismatch => "Its signature is not that of its content under the connection's secret",
        Rejection::CredentialsMissing => "It carries no user name and password",
        Rejection::CredentialsMismatch => "Its user name or password is not the connection's",
        Rejection::KeyMissing => "It does not say which key it is signed with",
        Rejection::KeyHost => "The key that it names is on another host than the connection's vendor",
        Rejection::KeyAddress => "The key that it names is not one of the connection's vendor account",
        Rejection::KeyUnreachable => "The key that it names could not be fetched; send it again",
        Rejection::Stale => "It was signed too long ago",
    }
}
