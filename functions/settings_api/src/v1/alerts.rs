//! What monitors of RMMs raised at devices of linked companies, open and resolved.

use std::cmp::Reverse;

use axum::Json;
use axum::extract::State;
use domain::id::{CompanyId, ConnectorId, ExternalId};
use domain::record::{Alert, AlertPriority, RecordData, RecordType};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::mirrored::{self, Asked, Found, beside};
use crate::access::{Caller, Permission};
use crate::input::{Listing, Page, Params};
use crate::problem::{Answer, Problem};
use crate::routes::{Routes, handlers};
use crate::state::AppState;

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Read, handlers!(list))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AlertParams {
    /// Only alerts of this portal company: open ones first, the worst first, then the newest.
    company: Option<String>,
    /// Only alerts of this connector.
    connector: Option<String>,
    /// Only alerts of this device, by its id.
    device: Option<String>,
    /// `open` (unless told), `resolved` or `all`.
    state: Option<String>,
    /// Text that its message or the device's name contains.
    search: Option<String>,
    /// Entries of a page: 1 to 200, 50 unless told.
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// An alert.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Alert)]
pub(crate) struct AlertView {
    id: String,
    #[schema(value_type = String)]
    connector: ConnectorId,
    /// The vendor's id.
    external_id: ExternalId,
    company_id: CompanyId,
    company_name: String,
    /// The device, by its id in the portal.
    #[serde(skip_serializing_if = "Option::is_none")]
    device_id: Option<String>,
    /// The device's name when the alert was raised.
    #[serde(skip_serializing_if = "Option::is_none")]
    device_name: Option<String>,
    message: String,
    priority: AlertPriority,
    /// What kind of monitor raised it.
    #[serde(skip_serializing_if = "Option::is_none")]
    monitor: Option<String>,
    resolved: bool,
    muted: bool,
    /// Number of the PSA's ticket that was made of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    raised_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resolved_by: Option<String>,
}

/// Alerts of linked companies. A page may be shorter than asked while there are more.
#[utoipa::path(
    get,
    path = "/v1/alerts",
    operation_id = "list_alerts",
    params(AlertParams),
    responses((status = 200, body = Listing<AlertView>)),
)]
async fn list(
    caller: Caller,
    State(state): State<AppState>,
    Params(params): Params<AlertParams>,
) -> Answer<Json<Listing<AlertView>>> {
    let page = Page::of(params.limit.as_deref(), params.cursor.as_deref())?;
    let resolved = match params.state.as_deref() {
        None | Some("open") => Some(false),
        Some("resolved") => Some(true),
        Some("all") => None,
        Some(_) => return Err(Problem::field("/state", "Choose one of open, resolved, all.")),
    };
    let search = params.search.unwrap_or_default().trim().to_lowercase();
    let view = |found: Found| {
        let RecordData::Alert(alert) = &found.data else { return None };
        let fits = |text: &str| text.to_lowercase().contains(&search);
        let named = fits(&alert.message) || alert.device_name.as_deref().is_some_and(fits);
        let view = AlertView::of(&found, alert);
        let of_device = params.device.is_none() || view.device_id == params.device;
        (named && of_device && resolved.is_none_or(|resolved| alert.resolved == resolved)).then_some(view)
    };
    let asked = Asked { record_type: RecordType::Alerts, company: params.company, connector: params.connector, page };
    let rank = |alert: &AlertView| (alert.resolved, Reverse(alert.priority), Reverse(alert.raised_at));
    let order = |a: &AlertView, b: &AlertView| (rank(a), &a.id).cmp(&(rank(b), &b.id));
    Ok(Json(mirrored::list(&state, &caller.store, asked, view, order).await?))
}

impl AlertView {
    fn of(found: &Found, alert: &Alert) -> Self {
        let alert = alert.clone();
        Self {
            id: found.id.clone(),
            connector: found.connector.clone(),
            external_id: found.external_id.clone(),
            company_id: found.company_id.clone(),
            company_name: found.company_name.clone(),
            device_id: alert.device.map(|device| beside(found, &device)),
            device_name: alert.device_name,
            message: alert.message,
            priority: alert.priority,
            monitor: alert.monitor,
            resolved: alert.resolved,
            muted: alert.muted,
            ticket_number: alert.ticket_number,
            raised_at: alert.raised_at,
            resolved_at: alert.resolved_at,
            resolved_by: alert.resolved_by,
        }
    }
}
