//! Mirrored records as they stand, whatever became of them: nothing that was read from a vendor is out of sight.

use axum::Json;
use axum::extract::State;
use domain::id::{ExternalId, UserId};
use domain::record::{RecordData, RecordType};
use domain::role::RoleSource;
use jiff::Timestamp;
use serde::Serialize;
use store::records::{MirrorRecord, Presence};
use utoipa::ToSchema;

use crate::access::{Caller, Permission};
use crate::input::{Ids, Listing, PageParams, Params};
use crate::problem::{Answer, Problem};
use crate::routes::{Routes, handlers};
use crate::state::AppState;

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Read, handlers!(list))
}

const LIST: &str = "records";
/// A page ends here, too: an answer of a function has 6 MB at most.
const LARGEST_PAGE: usize = 4 * 1024 * 1024;

/// Whether a mirrored record stands for something at the vendor.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PresenceView {
    /// It is there and passes the rules.
    Live,
    /// It is there, but a rule leaves it out.
    Skipped,
    /// Confirmed gone.
    Gone,
}

/// What came of a record.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportView {
    /// The portal user behind a contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<UserId>,
    /// The step that gave the role.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<RoleSource>,
    /// In words.
    reason: String,
}

/// A mirrored record.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecordView {
    external_id: ExternalId,
    name: String,
    presence: PresenceView,
    /// Its content, in the portal's words; `type` says which.
    #[schema(value_type = Option<Object>)]
    data: Option<RecordData>,
    /// Why it is left out or gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What came of it in the portal.
    #[serde(skip_serializing_if = "Option::is_none")]
    import: Option<ImportView>,
    first_seen_at: Timestamp,
    changed_at: Timestamp,
}

impl RecordView {
    fn of(record: MirrorRecord) -> Self {
        let body = record.body;
        Self {
            external_id: record.external_id,
            name: body.name,
            presence: match body.presence {
                Presence::Live => PresenceView::Live,
                Presence::Skipped => PresenceView::Skipped,
                Presence::Gone => PresenceView::Gone,
            },
            data: body.data,
            reason: body.reason,
            import: body.import.map(|import| ImportView {
                user: import.user,
                source: import.source,
                reason: import.reason,
            }),
            first_seen_at: body.first_seen_at,
            changed_at: body.changed_at,
        }
    }
}

/// Mirrored records of a type, by id. A page may be shorter than asked while there are more.
#[utoipa::path(
    get,
    path = "/v1/integrations/{connector}/records/{record_type}",
    operation_id = "list_records",
    params(
        ("connector" = String, Path, example = "halo-psa"),
        ("record_type" = String, Path, example = "contacts"),
        PageParams,
    ),
    responses((status = 200, body = Listing<RecordView>)),
)]
async fn list(
    caller: Caller,
    State(state): State<AppState>,
    Ids((connector, record_type)): Ids<(String, String)>,
    Params(params): Params<PageParams>,
) -> Answer<Json<Listing<RecordView>>> {
    let page = params.page()?;
    let which = state.connector(&connector)?;
    let record_type = RecordType::parse(&record_type)
        .filter(|record_type| which.descriptor.feeds().any(|(_, feed)| feed.produces == *record_type))
        .ok_or_else(|| Problem::not_found(format!("{} has no such record type.", which.descriptor.name)))?;
    let after = page.key(LIST)?.map(ExternalId::from);
    let found = caller.store.record_page(&which.connection, record_type, page.limit, after.as_ref()).await?;
    let full = found.len() >= page.size();
    let total = found.len();
    let kept = fitting(found, |record| &record.body)?;
    let more = full || kept.len() < total;
    let next = kept.last().filter(|_| more).map(|last| last.external_id.to_string());
    Ok(Json(Listing::until_key(kept.into_iter().map(RecordView::of).collect(), LIST, next.as_deref())))
}

/// As many as fit into an answer; the first always does.
pub(super) fn fitting<T, B: Serialize>(records: Vec<T>, body: impl Fn(&T) -> &B) -> Answer<Vec<T>> {
    let mut size = 0;
    let mut kept = Vec::with_capacity(records.len());
    for record in records {
        let text = serde_json::to_vec(body(&record)).map_err(|error| Problem::internal(error.to_string()))?;
        size += text.len();
        if size > LARGEST_PAGE && !kept.is_empty() {
            break;
        }
        kept.push(record);
    }
    Ok(kept)
}
