//! Courses of training catalogues, to choose from.
//!
//! A page is ordered by title, and a search looks through titles, tags and keywords, so all courses are read for each:
//! an MSP has some hundreds of them.

use axum::Json;
use axum::extract::State;
use domain::edit::{PortalId, RecordRef};
use domain::id::{ConnectionId, ConnectorId};
use domain::record::{Course, RecordData, RecordType};
use serde::{Deserialize, Serialize};
use store::TenantStore;
use store::records::MirrorRecord;
use utoipa::{IntoParams, ToSchema};

use super::two_way::id;
use crate::access::{Caller, Permission};
use crate::input::{Listing, Page, Params, place, sorted_by};
use crate::problem::Answer;
use crate::routes::{Routes, handlers};
use crate::state::{AppState, Which};

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Read, handlers!(list))
}

/// More courses than a catalogue has.
const MOST: u32 = 5_000;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct CourseParams {
    /// Text that title, tags or keywords contain.
    search: Option<String>,
    /// Entries of a page: 1 to 200, 50 unless told.
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A course.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Course)]
pub(crate) struct CourseView {
    id: String,
    connector: ConnectorId,
    title: String,
    /// What it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// How long it takes, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<u64>,
    tags: Vec<String>,
    keywords: Vec<String>,
    /// The standard that it is made to, such as `SCORM12`.
    #[serde(skip_serializing_if = "Option::is_none")]
    standard: Option<String>,
}

/// By title, then by id.
type Place = (String, String);

/// Courses by title.
#[utoipa::path(
    get,
    path = "/v1/courses",
    operation_id = "list_courses",
    params(CourseParams),
    responses((status = 200, body = Listing<CourseView>)),
)]
async fn list(
    caller: Caller,
    State(state): State<AppState>,
    Params(params): Params<CourseParams>,
) -> Answer<Json<Listing<CourseView>>> {
    let page = Page::of(params.limit.as_deref(), params.cursor.as_deref())?;
    let after: Option<Place> = place(&page)?;
    let search = params.search.unwrap_or_default().trim().to_lowercase();
    let mut found = Vec::new();
    for which in state.training() {
        let records = caller.store.record_page(&which.connection, RecordType::Courses, MOST, None).await?;
        let fitting = records.iter().filter_map(|record| Some((record, live(record)?)));
        let fitting = fitting.filter(|(_, course)| fits(course, &search));
        found.extend(fitting.map(|(record, course)| view(&which, record, course)));
    }
    let place_of = |view: &CourseView| (sorted_by(&view.title), view.id.clone());
    found.retain(|view| after.as_ref().is_none_or(|after| place_of(view) > *after));
    found.sort_by_cached_key(place_of);
    let more = found.len() > page.size();
    found.truncate(page.size());
    let next = found.last().filter(|_| more).and_then(|last| serde_json::to_string(&place_of(last)).ok());
    Ok(Json(Listing::until(found, next.as_deref())))
}

fn view(which: &Which, record: &MirrorRecord, course: &Course) -> CourseView {
    CourseView {
        id: id(&which.connection, &RecordRef::Vendor(record.external_id.clone())),
        connector: which.connector.clone(),
        title: course.title.clone(),
        description: course.description.clone(),
        seconds: course.seconds,
        tags: course.tags.clone(),
        keywords: course.keywords.clone(),
        standard: course.standard.clone(),
    }
}

fn live(record: &MirrorRecord) -> Option<&Course> {
    match record.live() {
        Some(RecordData::Course(course)) => Some(course),
        _ => None,
    }
}

fn fits(course: &Course, search: &str) -> bool {
    let mut texts = std::iter::once(&course.title).chain(&course.tags).chain(&course.keywords);
    search.is_empty() || texts.any(|text| text.to_lowercase().contains(search))
}

/// The course of this id, with the connection and the record that it is.
pub(super) async fn find(
    state: &AppState,
    store: &TenantStore,
    course: &str,
) -> Answer<Option<(ConnectionId, MirrorRecord)>> {
    let Some(PortalId { connection, record: RecordRef::Vendor(external_id) }) = PortalId::parse(course) else {
        return Ok(None);
    };
    if !state.training().any(|which| which.connection == connection) {
        return Ok(None);
    }
    let record = store.record(&connection, RecordType::Courses, &external_id).await?;
    Ok(record.filter(|record| live(record).is_some()).map(|record| (connection, record)))
}

impl AppState {
    /// The connectors that have courses.
    pub(super) fn training(&self) -> impl Iterator<Item = Which> {
        self.descriptors().filter(|found| found.record_type(RecordType::Courses).is_some()).map(Which::of)
    }
}
