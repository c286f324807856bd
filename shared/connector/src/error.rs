//! Errors of vendors, classified once: from status and vendor hook to what the engine acts on.

use std::time::Duration;

use domain::issue::{Cause, Reason};

/// Result of anything that talks to a vendor.
pub type Result<T, E = ConnectorError> = std::result::Result<T, E>;

/// Which operation on the vendor failed, how, and in whose words.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{op}: {kind}")]
pub struct ConnectorError {
    /// The operation in words: "list clients", "authenticate".
    pub op: &'static str,
    /// The outcome that a caller acts on.
    pub kind: ErrorKind,
    /// The vendor's words, scrubbed of secrets and cut to 300 characters; for the issue's detail, never for a decision.
    pub detail: Option<String>,
    /// The permission that the operation needs, as the descriptor names it, where that is not its feed's.
    pub permission: Option<&'static str>,
}

/// The outcomes that a caller acts on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ErrorKind {
    /// The vendor refuses the credentials (401, `invalid_client`).
    #[error("the vendor refused the credentials")]
    Credentials {
        /// The credential field at fault, where the vendor tells.
        field: Option<&'static str>,
    },
    /// The credentials have run out.
    #[error("the credentials have expired")]
    Expired,
    /// Authenticated, but not permitted (403).
    #[error("the vendor does not permit this")]
    Forbidden,
    /// The subscription has no access to the API.
    #[error("the vendor's plan has no API access")]
    Plan,
    /// Too many calls (429).
    #[error("the vendor asks to slow down")]
    Limited {
        /// When to come back, where the vendor says; capped by the kit.
        retry_after: Option<Duration>,
    },
    /// Too many calls about one vendor company, which has a limit of its own: the others are not concerned.
    #[error("the vendor asks to slow down with this company")]
    CompanyLimited {
        /// When to come back, where the vendor says; capped by the kit.
        retry_after: Option<Duration>,
    },
    /// No usable answer: connection refused, time-out, 5xx.
    #[error("the vendor does not answer")]
    Unavailable,
    /// The address may not be called: private, not https, not resolvable to a public address.
    #[error("the address cannot be used: {reason}")]
    Address {
        /// Why, in words for the person who typed it.
        reason: String,
    },
    /// The thing is not there (404).
    #[error("not found")]
    NotFound,
    /// The vendor refuses the change.
    #[error("the vendor refused the change: {message}")]
    Rejected {
        /// The field at fault, where the vendor tells.
        field: Option<String>,
        /// The vendor's words, scrubbed.
        message: String,
    },
    /// Something answers in place of the vendor's sign-in: a maintenance or login page, a proxy, another server. It says
    /// nothing of the credentials.
    #[error("something else answers in the vendor's place")]
    Misdirected {
        /// The credential field that leads there, if it is the address that is wrong.
        field: Option<&'static str>,
    },
    /// The answer is not what the vendor documents: HTML, truncated JSON, a missing envelope.
    #[error("the answer could not be read at {path}")]
    Malformed {
        /// Where in the answer.
        path: String,
    },
    /// The vendor's API does not offer it.
    #[error("not supported by the vendor's API")]
    Unsupported,
    /// Our own call budget or deadline does not allow the call now; nothing was sent.
    #[error("the call budget is used up")]
    Paused {
        /// When a call fits again.
        resume_after: Duration,
    },
}

impl ErrorKind {
    /// It says of every other call, too, that it cannot be made now.
    pub const fn is_account_wide(&self) -> bool {
        matches!(
            self,
            Self::Limited { .. }
                | Self::Paused { .. }
                | Self::Credentials { .. }
                | Self::Expired
                | Self::Plan
                | Self::Address { .. }
                | Self::Misdirected { .. }
        )
    }
}

impl ConnectorError {
    /// An error without the vendor's words.
    pub const fn new(op: &'static str, kind: ErrorKind) -> Self {
        Self { op, kind, detail: None, permission: None }
    }

    /// An answer that is not what the vendor documents, and in what.
    pub fn malformed(op: &'static str, path: &str, detail: impl Into<String>) -> Self {
        Self::new(op, ErrorKind::Malformed { path: path.to_owned() }).with_detail(detail)
    }

    /// A list that goes on beyond any bound. Cut off without a word, it would be taken for the whole.
    pub fn endless(op: &'static str) -> Self {
        Self::malformed(op, "paging", "the list does not end")
    }

    /// We refuse to write a change that the vendor would not take, and name the field at fault.
    pub fn rejected(field: &str, message: impl Into<String>) -> Self {
        Self::new("write a change", ErrorKind::Rejected { field: Some(field.to_owned()), message: message.into() })
    }

    /// A write was accepted and its answer is of no use: as good as lost.
    pub const fn unsure(op: &'static str) -> Self {
        Self::new(op, ErrorKind::Unavailable)
    }

    /// The refusal of a place in a list: its row is gone, or the vendor has forgotten it. That is no defect of ours: the
    /// pass is given up, and the next begins with the first page.
    #[must_use]
    pub fn of_next_page(self) -> Self {
        match self.kind {
            ErrorKind::Rejected { .. } => Self { kind: ErrorKind::Malformed { path: "next page".to_owned() }, ..self },
            _ => self,
        }
    }

    /// Adds the permission that the operation needs.
    #[must_use]
    pub const fn needing(mut self, permission: &'static str) -> Self {
        self.permission = Some(permission);
        self
    }

    /// Adds the vendor's words. The kit has scrubbed them.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Who has to act.
    pub const fn cause(&self) -> Cause {
        match self.kind {
            ErrorKind::Credentials { .. }
            | ErrorKind::Expired
            | ErrorKind::Forbidden
            | ErrorKind::Plan
            | ErrorKind::Address { .. } => Cause::Config,
            ErrorKind::Limited { .. }
            | ErrorKind::CompanyLimited { .. }
            | ErrorKind::Unavailable
            | ErrorKind::Misdirected { .. }
            | ErrorKind::Malformed { .. }
            | ErrorKind::Paused { .. } => Cause::Transient,
            ErrorKind::NotFound | ErrorKind::Rejected { .. } | ErrorKind::Unsupported => Cause::System,
        }
    }

    /// The reason that an issue about this error carries.
    pub const fn reason(&self) -> Reason {
        match self.kind {
            ErrorKind::Credentials { .. } => Reason::CredentialsRevoked,
            ErrorKind::Expired => Reason::CredentialsExpired,
            ErrorKind::Forbidden => Reason::PermissionMissing,
            ErrorKind::Plan => Reason::Plan,
            ErrorKind::Limited { .. }
            | ErrorKind::CompanyLimited { .. }
            | ErrorKind::Unavailable
            | ErrorKind::Address { .. }
            | ErrorKind::Misdirected { .. }
            | ErrorKind::Malformed { .. }
            | ErrorKind::Paused { .. } => Reason::VendorUnreachable,
            ErrorKind::NotFound | ErrorKind::Rejected { .. } | ErrorKind::Unsupported => Reason::Defect,
        }
    }
}
