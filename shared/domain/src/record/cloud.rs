//! What a cloud's tenants have: a score of their security, the controls it is made of, licences and domains.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::id::ExternalId;
use crate::record::is_false;

/// A tenant's Secure Score on one day. The vendor keeps about ninety days of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SecureScore {
    /// The tenant.
    pub company: ExternalId,
    /// The day.
    pub date: Date,
    /// Points reached.
    pub score: f64,
    /// Points that can be reached; 0 for a tenant without anything to score.
    pub max: f64,
    /// What others reach, in percent, by whom they are compared with: `AllTenants`, `TotalSeats`, `IndustryTypes`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub averages: Vec<Average>,
    /// Points by control. On the newest day only: the days before show the course of the whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub controls: Vec<ControlScore>,
    /// Users of the tenant that have a licence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licensed_users: Option<u32>,
    /// Users that were active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active_users: Option<u32>,
}

/// What others reach.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Average {
    /// Whom the tenant is compared with.
    pub basis: String,
    /// Their score in percent.
    pub percent: f64,
}

/// Points of one control.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ControlScore {
    /// The control: the id of its [`ControlProfile`], where it has one (those given up have none).
    pub control: String,
    /// Its category, which a control without a profile has, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Points reached.
    pub score: f64,
}

/// What a control of the Secure Score asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ControlProfile {
    /// What it asks for, in one line.
    pub title: String,
    /// The tenant: profiles carry what its admins decided about the control.
    pub company: ExternalId,
    /// The control's id, the same in every tenant.
    pub control: String,
    /// Identity, Data, Device, Apps, Infrastructure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// Core, Defense in Depth, Advanced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tier: Option<String>,
    /// The product that it is set in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// Points that it can give.
    pub max: f64,
    /// Its place by what it brings for what it costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<u32>,
    /// Effort: Low, Moderate, High.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub implementation_cost: Option<String>,
    /// What users notice: Low, Moderate, High.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_impact: Option<String>,
    /// What to do, as plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remediation: Option<String>,
    /// Where to do it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action_url: Option<String>,
    /// What the tenant's admins decided: `Ignored`, `ThirdParty`, `Reviewed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// No longer counted.
    #[serde(default, skip_serializing_if = "is_false")]
    pub deprecated: bool,
}

/// Licences that a tenant subscribes to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Licence {
    /// The product: `SPB`, `ENTERPRISEPACK`.
    pub name: String,
    /// The tenant.
    pub company: ExternalId,
    /// How it stands: `Enabled`, `Warning`, `Suspended`, `Deleted`, `LockedOut`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Bought.
    pub total: u32,
    /// Assigned; may exceed what was bought.
    pub used: u32,
}

/// A domain of a tenant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Domain {
    /// Its name, lower case.
    pub name: String,
    /// The tenant.
    pub company: ExternalId,
    /// Proven to be the tenant's.
    pub verified: bool,
    /// New users get it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub default: bool,
    /// Came with the tenant.
    #[serde(default, skip_serializing_if = "is_false")]
    pub initial: bool,
    /// `Managed` or `Federated`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authentication: Option<String>,
}
