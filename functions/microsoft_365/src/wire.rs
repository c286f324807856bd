//! Graph's JSON, everything optional; names as Graph writes them.

use connector::lenient::{Flag, Int, Text};
use serde::Deserialize;

/// A list's envelope, where a single page is meant.
#[derive(Debug, Deserialize)]
#[serde(bound = "T: Deserialize<'de>")]
pub(crate) struct List<T> {
    #[serde(default = "Vec::new")]
    pub(crate) value: Vec<T>,
    #[serde(default, rename = "@odata.count")]
    pub(crate) count: Int,
}

/// `/organization`
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Organization {
    pub(crate) id: Text,
    pub(crate) display_name: Text,
}

/// `/tenantRelationships/delegatedAdminCustomers`
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Customer {
    pub(crate) id: Text,
    pub(crate) tenant_id: Text,
    pub(crate) display_name: Text,
}

/// `/contracts`
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Contract {
    pub(crate) customer_id: Text,
    pub(crate) display_name: Text,
    pub(crate) default_domain_name: Text,
}

/// `/domains`
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Domain {
    pub(crate) id: Text,
    pub(crate) authentication_type: Text,
    pub(crate) is_default: Flag,
    pub(crate) is_initial: Flag,
    pub(crate) is_verified: Flag,
}

/// `/security/secureScores`
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct SecureScore {
    pub(crate) id: Text,
    pub(crate) azure_tenant_id: Text,
    pub(crate) created_date_time: Text,
    pub(crate) current_score: Option<f64>,
    pub(crate) max_score: Option<f64>,
    pub(crate) active_user_count: Int,
    pub(crate) licensed_user_count: Int,
    pub(crate) average_comparative_scores: Option<Vec<Average>>,
    pub(crate) control_scores: Option<Vec<ControlScore>>,
}

/// What others reach.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Average {
    pub(crate) basis: Text,
    pub(crate) average_score: Option<f64>,
}

/// Points of one control.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ControlScore {
    pub(crate) control_name: Text,
    pub(crate) control_category: Text,
    pub(crate) score: Option<f64>,
}

/// `/security/secureScoreControlProfiles`
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ControlProfile {
    pub(crate) id: Text,
    pub(crate) azure_tenant_id: Text,
    pub(crate) title: Text,
    pub(crate) control_category: Text,
    pub(crate) tier: Text,
    pub(crate) service: Text,
    pub(crate) max_score: Option<f64>,
    pub(crate) rank: Int,
    pub(crate) implementation_cost: Text,
    pub(crate) user_impact: Text,
    pub(crate) remediation: Text,
    pub(crate) action_url: Text,
    pub(crate) deprecated: Flag,
    pub(crate) control_state_updates: Option<Vec<StateUpdate>>,
}

/// What an administrator decided about a control.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct StateUpdate {
    pub(crate) state: Text,
    pub(crate) updated_date_time: Text,
}

/// `/subscribedSkus`
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Sku {
    pub(crate) id: Text,
    pub(crate) sku_id: Text,
    pub(crate) sku_part_number: Text,
    pub(crate) capability_status: Text,
    pub(crate) consumed_units: Int,
    pub(crate) prepaid_units: Option<Units>,
}

/// Seats by how they stand.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Units {
    pub(crate) enabled: Int,
    pub(crate) warning: Int,
}
