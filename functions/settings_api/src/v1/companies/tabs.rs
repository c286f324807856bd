//! Which tabs a company's page has besides its overview: one only where a connection feeds it.
//!
//! Most are fed by a connection that the company is linked to. Training has no vendor companies: everybody may be enrolled
//! who is a company's user, as long as a training catalogue is switched on.

use std::collections::BTreeSet;

use domain::portal::PortalCompany;
use domain::record::RecordType;
use serde::Serialize;
use store::TenantStore;
use utoipa::ToSchema;

use crate::problem::Answer;
use crate::state::{AppState, Which};

/// A tab of a company's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CompanyTab)]
pub(crate) enum Tab {
    /// Devices and what their monitors raise.
    Devices,
    /// Secure Score.
    SecureScore,
    /// Subscriptions, invoices, payments.
    Billing,
    /// Courses and who takes them.
    Training,
}

impl Tab {
    /// The tab that shows records of this type of a linked company.
    const fn of(record_type: RecordType) -> Option<Self> {
        match record_type {
            RecordType::Devices | RecordType::Alerts | RecordType::MonitoringStates => Some(Self::Devices),
            RecordType::SecureScores => Some(Self::SecureScore),
            RecordType::Subscriptions | RecordType::Invoices | RecordType::Payments => Some(Self::Billing),
            _ => None,
        }
    }
}

/// The tabs of this company's page, in their order.
pub(super) async fn of(state: &AppState, store: &TenantStore, company: &PortalCompany) -> Answer<Vec<Tab>> {
    let linked = state.descriptors().map(Which::of).filter(|which| company.links.contains_key(&which.connection));
    let types = linked.flat_map(|which| which.descriptor.record_types).map(|declared| declared.record_type);
    let mut tabs: BTreeSet<Tab> = types.filter_map(Tab::of).collect();
    let training: Vec<Which> = state.training().collect();
    let settings = store.settings(training.iter().map(|which| &which.connection)).await?;
    if settings.values().any(store::connection::Settings::active) {
        tabs.insert(Tab::Training);
    }
    Ok(tabs.into_iter().collect())
}
