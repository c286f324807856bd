//! Problems: every answer that is no success, in the form of RFC 9457.
//!
//! Handlers return a [`Problem`]; it becomes a body in one place, where the request's id is known. What is wrong inside is
//! logged there and never told.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::id::CompanyId;
use serde::Serialize;
use store::StoreError;
use store::table::TableError;
use sync::ports::PortError;

/// One field that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub(crate) struct FieldError {
    /// JSON pointer into the request's body; for a query parameter its name after a slash.
    pub(crate) pointer: String,
    /// What is wrong, and what it should be.
    pub(crate) detail: String,
}

impl FieldError {
    pub(crate) fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), detail: detail.into() }
    }
}

/// The portal company that a vendor company is linked to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub(crate) struct LinkedTo {
    pub(crate) company_id: CompanyId,
    /// Its name.
    pub(crate) name: String,
}

/// An answer that is no success. Boxed, because it is the error of nearly everything here.
#[derive(Clone, Debug)]
pub(crate) struct Problem(Box<Details>);

/// An answer that is no success, in the form of RFC 9457.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Details {
    /// Which kind of problem: a name to compare, not an address to open.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "urn:problem-type:portal:not-found")]
    kind: String,
    /// The kind in words.
    title: String,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What happened this time, and what to do.
    detail: String,
    /// Names this request in our logs.
    request_id: String,
    /// Fields that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// Of a vendor company that is linked already: where.
    #[serde(skip_serializing_if = "Option::is_none")]
    linked_to: Option<LinkedTo>,
    /// Seconds until it is worth trying again.
    #[serde(skip)]
    retry_after: Option<i64>,
    /// For the log.
    #[serde(skip)]
    cause: Option<String>,
}

pub(crate) type Answer<T> = Result<T, Problem>;

impl Problem {
    fn new(status: StatusCode, kind: &str, title: &str, detail: impl Into<String>) -> Self {
        Self(Box::new(Details {
            kind: format!("urn:problem-type:portal:{kind}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            request_id: String::new(),
            errors: Vec::new(),
            linked_to: None,
            retry_after: None,
            cause: None,
        }))
    }

    pub(crate) fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", "The request cannot be read", detail)
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "Your sign-in was not accepted",
            "The token is missing, or it names no tenant. Sign in again.",
        )
    }

    pub(crate) fn forbidden(permission: &str) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            "You may not do this",
            format!("This needs the permission {permission:?}, which your sign-in does not carry."),
        )
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "This does not exist, or not any more", detail)
    }

    /// What happened this time, and what to do.
    pub(crate) fn detail(&self) -> &str {
        &self.0.detail
    }

    pub(crate) fn is_not_found(&self) -> bool {
        self.0.status == StatusCode::NOT_FOUND.as_u16()
    }

    pub(crate) fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method-not-allowed",
            "This cannot be done here",
            "The path exists, but not with this method; the Allow header lists those it has.",
        )
    }

    pub(crate) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", "This does not fit the present state", detail)
    }

    /// A conflict with the link of another company.
    pub(crate) fn taken(detail: impl Into<String>, linked_to: LinkedTo) -> Self {
        let mut problem = Self::conflict(detail);
        problem.0.linked_to = Some(linked_to);
        problem
    }

    pub(crate) fn changed() -> Self {
        Self::new(
            StatusCode::PRECONDITION_FAILED,
            "changed",
            "Somebody else changed this in the meantime",
            "Read it again, then repeat your change on what is there now.",
        )
    }

    pub(crate) fn if_match_missing() -> Self {
        Self::new(
            StatusCode::PRECONDITION_REQUIRED,
            "if-match-missing",
            "It is not said which state to change",
            "Send the ETag of the state that you read as If-Match.",
        )
    }

    pub(crate) fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            "The request is too large",
            "A request's body may have 256 KiB.",
        )
    }

    pub(crate) fn not_json() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not-json",
            "The request is not JSON",
            "Send the body as application/json.",
        )
    }

    /// Fields that are wrong.
    pub(crate) fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = match errors.as_slice() {
            [one] => one.detail.clone(),
            many => format!("{} fields are wrong.", many.len()),
        };
        let mut problem =
            Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "Something entered cannot work", detail);
        problem.0.errors = errors;
        problem
    }

    /// One field that is wrong.
    pub(crate) fn field(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError::new(pointer, detail)])
    }

    pub(crate) fn too_soon(seconds: i64, detail: impl Into<String>) -> Self {
        let mut problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "too-soon", "That was too soon", detail);
        problem.0.retry_after = Some(seconds.max(1));
        problem
    }

    /// The vendor refused or failed; what it said, and what to do.
    pub(crate) fn vendor(title: &str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_GATEWAY, "vendor", title, detail)
    }

    pub(crate) fn vendor_slow(name: &str) -> Self {
        Self::new(
            StatusCode::GATEWAY_TIMEOUT,
            "vendor-slow",
            "The vendor did not answer in time",
            format!("{name} did not answer within 25 seconds. Try again in a moment."),
        )
    }

    /// Something of ours does not work at the moment.
    pub(crate) fn unavailable(cause: impl Into<String>) -> Self {
        let mut problem = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "This does not work at the moment",
            "Try again in a moment. If it stays, tell support the request's id.",
        );
        problem.0.retry_after = Some(2);
        problem.0.cause = Some(cause.into());
        problem
    }

    /// A defect of ours.
    pub(crate) fn internal(cause: impl Into<String>) -> Self {
        let mut problem = Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong on our side",
            "Tell support the request's id.",
        );
        problem.0.cause = Some(cause.into());
        problem
    }

    /// The problem as it is answered, with the request's id; what it hides is logged.
    pub(crate) fn render(self, request_id: &str) -> Response {
        let mut details = self.0;
        request_id.clone_into(&mut details.request_id);
        if let Some(cause) = &details.cause {
            tracing::error!(request.id = request_id, status = details.status, cause, "A request failed.");
        }
        let status = StatusCode::from_u16(details.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&details).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = details.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl IntoResponse for Problem {
    /// An empty answer that carries the problem to where it is rendered.
    fn into_response(self) -> Response {
        let mut response = StatusCode::from_u16(self.0.status).unwrap_or_default().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match &error {
            // Handlers that can tell more match on it before.
            StoreError::Stale => Self::conflict(
                "It was changed by somebody else at the same moment. Read it again and repeat your change.",
            ),
            StoreError::Closed => Self::conflict(
                "The integration is disconnected, so what is left of it can only be read. Connect it again first.",
            ),
            StoreError::NotFound => Self::not_found("There is nothing of this id."),
            StoreError::Table(TableError::Unavailable { .. } | TableError::Conflict) => {
                Self::unavailable(platform::tracing::chain(&error))
            }
            _ => Self::internal(platform::tracing::chain(&error)),
        }
    }
}

impl From<PortError> for Problem {
    fn from(error: PortError) -> Self {
        Self::unavailable(platform::tracing::chain(&error))
    }
}
