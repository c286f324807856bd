//! Devices that RMMs look after, of linked companies.

use axum::Json;
use axum::extract::State;
use domain::id::{CompanyId, ConnectorId, ExternalId};
use domain::record::{Antivirus, Device, Patches, RecordData, RecordType};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::mirrored::{self, Asked, Found};
use crate::access::{Caller, Permission};
use crate::input::{Listing, Page, Params, flag, sorted_by};
use crate::problem::Answer;
use crate::routes::{Routes, handlers};
use crate::state::AppState;

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Read, handlers!(list))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DeviceParams {
    /// Only devices of this portal company, by name; of all companies they come in no order that people would look for.
    company: Option<String>,
    /// Only devices of this connector.
    connector: Option<String>,
    /// Text that its name, description, last user, model, serial number, operating system or address contains.
    search: Option<String>,
    /// `true`: only those that reach the vendor now; `false`: only those that do not.
    online: Option<String>,
    /// Entries of a page: 1 to 200, 50 unless told.
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A device.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Device)]
pub(crate) struct DeviceView {
    id: String,
    #[schema(value_type = String)]
    connector: ConnectorId,
    /// The vendor's id.
    external_id: ExternalId,
    company_id: CompanyId,
    company_name: String,
    name: String,
    /// What it is, in the vendor's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    manufacturer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    /// As the firmware tells it; makers leave placeholders there.
    #[serde(skip_serializing_if = "Option::is_none")]
    serial_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operating_system: Option<String>,
    /// Windows domain or workgroup.
    #[serde(skip_serializing_if = "Option::is_none")]
    domain: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ip_address: Option<String>,
    /// The address that the internet sees.
    #[serde(skip_serializing_if = "Option::is_none")]
    external_ip_address: Option<String>,
    mac_addresses: Vec<String>,
    /// Who was last signed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    processor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    memory_bytes: Option<u64>,
    /// Absent: the vendor does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    online: Option<bool>,
    /// Monitoring of it is suspended.
    suspended: bool,
    /// It waits for a restart.
    reboot_required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    antivirus: Option<Antivirus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patches: Option<Patches>,
    /// End of the maker's warranty.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Date)]
    warranty_until: Option<Date>,
    /// Its page at the vendor.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<Timestamp>,
    /// When it last started.
    #[serde(skip_serializing_if = "Option::is_none")]
    booted_at: Option<Timestamp>,
    /// When it last reached the vendor, at most a day old.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_seen_at: Option<Timestamp>,
}

/// Devices of linked companies. A page may be shorter than asked while there are more.
#[utoipa::path(
    get,
    path = "/v1/devices",
    operation_id = "list_devices",
    params(DeviceParams),
    responses((status = 200, body = Listing<DeviceView>)),
)]
async fn list(
    caller: Caller,
    State(state): State<AppState>,
    Params(params): Params<DeviceParams>,
) -> Answer<Json<Listing<DeviceView>>> {
    let page = Page::of(params.limit.as_deref(), params.cursor.as_deref())?;
    let online = flag("online", params.online.as_deref())?;
    let search = params.search.unwrap_or_default().trim().to_lowercase();
    let view = |found: Found| {
        let RecordData::Device(device) = &found.data else { return None };
        let fits = online.is_none_or(|online| device.online == Some(online)) && contains(device, &search);
        fits.then(|| DeviceView::of(&found, device))
    };
    let asked = Asked { record_type: RecordType::Devices, company: params.company, connector: params.connector, page };
    let order =
        |a: &DeviceView, b: &DeviceView| (sorted_by(&a.name), a.id.as_str()).cmp(&(sorted_by(&b.name), b.id.as_str()));
    Ok(Json(mirrored::list(&state, &caller.store, asked, view, order).await?))
}

fn contains(device: &Device, search: &str) -> bool {
    let texts = [
        &device.description,
        &device.last_user,
        &device.model,
        &device.serial_number,
        &device.operating_system,
        &device.ip_address,
    ];
    let fits = |text: &str| text.to_lowercase().contains(search);
    search.is_empty() || fits(&device.name) || texts.into_iter().flatten().any(|text| fits(text))
}

impl DeviceView {
    fn of(found: &Found, device: &Device) -> Self {
        let device = device.clone();
        Self {
            id: found.id.clone(),
            connector: found.connector.clone(),
            external_id: found.external_id.clone(),
            company_id: found.company_id.clone(),
            company_name: found.company_name.clone(),
            name: device.name,
            kind: device.kind,
            description: device.description,
            manufacturer: device.manufacturer,
            model: device.model,
            serial_number: device.serial_number,
            operating_system: device.operating_system,
            domain: device.domain,
            ip_address: device.ip_address,
            external_ip_address: device.external_ip_address,
            mac_addresses: device.mac_addresses,
            last_user: device.last_user,
            processor: device.processor,
            memory_bytes: device.memory_bytes,
            online: device.online,
            suspended: device.suspended,
            reboot_required: device.reboot_required,
            antivirus: device.antivirus,
            patches: device.patches,
            warranty_until: device.warranty_until,
            url: device.url,
            created_at: device.created_at,
            booted_at: device.booted_at,
            last_seen_at: device.last_seen_at,
        }
    }
}
