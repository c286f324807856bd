//! Issues: one problem that needs somebody, shown once with its remedy.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::record::RecordType;

/// Who has to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A person must act.
    Config,
    /// It heals by itself.
    Transient,
    /// Our own defect.
    System,
}

/// Why a status is what it is; also the kind of an issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Nobody ever gave credentials.
    NeverConnected,
    /// Some of the five steps are still to do.
    SetupUnfinished,
    /// A person, or we after repeated refusals, paused it.
    Paused,
    /// It is being taken down.
    Disconnecting,
    /// Credentials were removed.
    CredentialsMissing,
    /// The vendor says that they have expired.
    CredentialsExpired,
    /// The vendor refuses them.
    CredentialsRevoked,
    /// A record type is not permitted.
    PermissionMissing,
    /// The subscription has no API access.
    Plan,
    /// The vendor does not answer, or not usably.
    VendorUnreachable,
    /// The credentials belong to another vendor account than before.
    WrongAccount,
    /// Another portal is connected to the same vendor account.
    AccountShared,
    /// So many records vanished at once that a person has to confirm.
    DeletionsHeld,
    /// A record type has not succeeded for longer than its cadence.
    Late,
    /// The clocks differ by more than the overlap.
    ClockSkew,
    /// Somebody moved from one linked company to another.
    ContactMoved,
    /// Records that could not be read are set aside.
    Quarantined,
    /// The vendor refused a change made in the portal.
    ChangeRefused,
    /// Its webhooks cannot be set up.
    WebhookRefused,
    /// A defect of ours.
    Defect,
}

impl Reason {
    /// It is about one record or one edit, and everything else goes on: it is shown where attention is asked for, and says
    /// nothing of the connection as a whole.
    pub const fn leaves_the_rest_alone(self) -> bool {
        matches!(self, Self::ChangeRefused | Self::ContactMoved | Self::Quarantined | Self::AccountShared)
    }

    /// The name used in the API and in an issue's id.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NeverConnected => "never_connected",
            Self::SetupUnfinished => "setup_unfinished",
            Self::Paused => "paused",
            Self::Disconnecting => "disconnecting",
            Self::CredentialsMissing => "credentials_missing",
            Self::CredentialsExpired => "credentials_expired",
            Self::CredentialsRevoked => "credentials_revoked",
            Self::PermissionMissing => "permission_missing",
            Self::Plan => "plan",
            Self::VendorUnreachable => "vendor_unreachable",
            Self::WrongAccount => "wrong_account",
            Self::AccountShared => "account_shared",
            Self::DeletionsHeld => "deletions_held",
            Self::Late => "late",
            Self::ClockSkew => "clock_skew",
            Self::ContactMoved => "contact_moved",
            Self::Quarantined => "quarantined",
            Self::ChangeRefused => "change_refused",
            Self::WebhookRefused => "webhook_refused",
            Self::Defect => "defect",
        }
    }
}

/// One problem. Its id is derived from what it is about, so the same problem is never two issues.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Issue {
    /// Stable while the problem lasts.
    pub id: String,
    /// Who has to act.
    pub cause: Cause,
    /// What kind of problem.
    pub reason: Reason,
    /// What it is about besides the reason: a record's id at the vendor, a list, a record type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// One line: "Halo PSA refused the client secret".
    pub title: String,
    /// The vendor's words, scrubbed, or ours.
    pub detail: String,
    /// What to do, in the vendor's own terms.
    pub remedy: String,
    /// What it touches.
    pub record_types: Vec<RecordType>,
    /// When it was first seen.
    pub first_seen_at: Timestamp,
    /// When it was last seen.
    pub last_seen_at: Timestamp,
    /// How often it was seen.
    pub times: u32,
}

impl Issue {
    /// Somebody has to act before the connection, or a record type of it, works again.
    pub const fn stops_something(&self) -> bool {
        matches!(self.cause, Cause::Config) && !self.reason.leaves_the_rest_alone()
    }
}
