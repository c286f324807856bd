//! "Why isn't X here?": what became of a vendor's record, found by its id, its e-mail address or a part of its name.
//!
//! An id is looked up; an address or a name is looked for among what is mirrored, within limits that the answer names.

use axum::Json;
use axum::extract::State;
use domain::email::Email;
use domain::id::ExternalId;
use domain::record::{RecordData, RecordType};
use futures::future::try_join_all;
use serde::{Deserialize, Serialize};
use store::TenantStore;
use store::quarantine::Quarantined;
use store::records::MirrorRecord;
use sync::scope::enabled_types;
use utoipa::{IntoParams, ToSchema};

use super::integration::Read;
use crate::access::{Caller, Permission};
use crate::input::{Ids, Params, text};
use crate::problem::{Answer, Problem};
use crate::routes::{Routes, handlers};
use crate::state::{AppState, Which};

mod contacts;
mod verdict;

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Read, handlers!(explain))
}

/// Longest query.
const LONGEST: usize = 200;
/// Records explained at most.
const MOST_FOUND: usize = 20;
/// Records read at once while looking for a name.
const AT_ONCE: u32 = 500;
/// What is looked through for a name or an address, and how many of each at most. Tickets are large.
const LOOKED_THROUGH: [(RecordType, usize); 5] = [
    (RecordType::Companies, 20_000),
    (RecordType::Users, 5_000),
    (RecordType::Contacts, 30_000),
    (RecordType::Devices, 20_000),
    (RecordType::Tickets, 5_000),
];

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ExplainParams {
    /// The vendor's id of a record, an e-mail address, or a part of a name or title.
    #[param(min_length = 1, max_length = 200)]
    query: String,
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ExplanationVerdict)]
pub(crate) enum Verdict {
    /// It was never seen at the vendor, or is gone there.
    NotSeen,
    /// A rule leaves it out.
    Filtered,
    /// It, or its company, is not linked.
    CompanyNotLinked,
    /// No step of the role chain applies.
    NoRole,
    /// It is kept out: by its address, a block, or "do not import".
    Excluded,
    /// Its e-mail address is missing, unusable, or that of a user of another company.
    Address,
    /// It is switched off at the vendor.
    Inactive,
    /// Its record type, or contact auto-import, is switched off.
    Off,
    /// It could not be read.
    Quarantined,
    /// It comes later: with the next sync, or once its company is linked.
    Waiting,
    /// It is here, without access.
    Suspended,
    /// It is here.
    Imported,
}

/// A record and why it is here or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Explanation {
    /// Absent where nothing was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    record_type: Option<RecordType>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_id: Option<ExternalId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    verdict: Verdict,
    /// In plain words.
    detail: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

/// Why a record is here or not: up to 20 that fit, best answered by the vendor's id. Never empty.
#[utoipa::path(
    get,
    path = "/v1/integrations/{connector}/explain",
    operation_id = "explain_record",
    params(("connector" = String, Path, example = "halo-psa"), ExplainParams),
    responses((status = 200, body = Vec<Explanation>)),
)]
async fn explain(
    caller: Caller,
    State(state): State<AppState>,
    Ids(connector): Ids<String>,
    Params(params): Params<ExplainParams>,
) -> Answer<Json<Vec<Explanation>>> {
    let which = state.connector(&connector)?;
    let mut errors = Vec::new();
    let query = text(&mut errors, "/query", &params.query, LONGEST);
    if !errors.is_empty() {
        return Err(Problem::invalid(errors));
    }
    let read = state.read(&caller.store, &which).await?;
    let asking = Asking { store: &caller.store, which: &which, read: &read };
    let found = asking.find(&query).await?;
    if found.records.is_empty() && found.aside.is_empty() {
        return Ok(Json(vec![asking.not_seen(&query, &found.cut_short)]));
    }
    Ok(Json(asking.judge(found).await?))
}

/// A question about one connection.
struct Asking<'a> {
    store: &'a TenantStore,
    which: &'a Which,
    read: &'a Read,
}

/// What fits a query.
#[derive(Default)]
struct Found {
    records: Vec<(RecordType, MirrorRecord)>,
    aside: Vec<Quarantined>,
    /// Types of which only a part was looked through.
    cut_short: Vec<RecordType>,
}

impl Asking<'_> {
    async fn find(&self, query: &str) -> Answer<Found> {
        let found = self.by_id(&ExternalId::new(query)).await?;
        if !found.records.is_empty() || !found.aside.is_empty() {
            return Ok(found);
        }
        self.by_name(query).await
    }

    /// The record types of this connector.
    fn types(&self) -> impl Iterator<Item = RecordType> {
        self.which.descriptor.record_types.iter().map(|declared| declared.record_type)
    }

    async fn by_id(&self, id: &ExternalId) -> Answer<Found> {
        let connection = &self.which.connection;
        let each = self.types().map(|record_type| async move {
            let record = self.store.record(connection, record_type, id).await?;
            let aside = self.store.quarantined_record(connection, record_type, id).await?;
            Answer::Ok((record_type, record, aside))
        });
        let mut found = Found::default();
        for (record_type, record, aside) in try_join_all(each).await? {
            // What is set aside may be mirrored as it was before.
            match aside {
                Some(aside) => found.aside.push(aside),
                None => found.records.extend(record.map(|record| (record_type, record))),
            }
        }
        Ok(found)
    }

    async fn by_name(&self, query: &str) -> Answer<Found> {
        let (email, name) = (Email::parse(query), query.to_lowercase());
        let fits = |record: &MirrorRecord| match &email {
            Some(email) => address(record).and_then(Email::parse).as_ref() == Some(email),
            None => record.body.name.to_lowercase().contains(&name),
        };
        let mut found = Found::default();
        let declared = |(record_type, _): &(RecordType, usize)| self.types().any(|known| known == *record_type);
        for (record_type, most) in LOOKED_THROUGH.into_iter().filter(declared) {
            let mut after: Option<ExternalId> = None;
            let mut seen = 0;
            loop {
                let connection = &self.which.connection;
                let page = self.store.record_page(connection, record_type, AT_ONCE, after.as_ref()).await?;
                seen += page.len();
                after = page.last().map(|last| last.external_id.clone());
                let ended = page.len() < AT_ONCE as usize;
                let room = MOST_FOUND - found.records.len();
                found.records.extend(page.into_iter().filter(fits).take(room).map(|record| (record_type, record)));
                if found.records.len() == MOST_FOUND {
                    return Ok(found);
                }
                if ended {
                    break;
                }
                if seen >= most {
                    found.cut_short.push(record_type);
                    break;
                }
            }
        }
        Ok(found)
    }

    fn is_on(&self, record_type: RecordType) -> bool {
        enabled_types(self.which.descriptor, self.read.settings()).contains(&record_type)
    }

    fn label(&self, record_type: RecordType) -> &'static str {
        self.which.descriptor.record_type(record_type).map_or(record_type.as_str(), |declared| declared.label)
    }
}

fn address(record: &MirrorRecord) -> Option<&str> {
    match record.body.data.as_ref()? {
        RecordData::Contact(contact) => contact.email.as_deref(),
        RecordData::Technician(technician) => technician.email.as_deref(),
        _ => None,
    }
}
