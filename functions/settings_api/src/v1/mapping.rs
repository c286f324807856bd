//! Field mapping: what each of the vendor's fields becomes, how many of the mirrored records have it, and an example.
//!
//! Which fields there are is the connector's declaration; how they are filled is counted on a sample, and `of` says on how
//! many records. Examples are the tenant's own data.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use connector::{Descriptor, FieldMapping, RecordTypeDescriptor};
use domain::record::{RecordData, RecordType};
use futures::future::try_join_all;
use serde::Serialize;
use serde_json::{Map, Value};
use store::TenantStore;
use utoipa::ToSchema;

use super::two_way::edits::shown_field;
use super::two_way::fields_of;
use crate::access::{Caller, Permission};
use crate::input::Ids;
use crate::problem::{Answer, Problem};
use crate::routes::{Routes, handlers};
use crate::state::{AppState, Which};

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Read, handlers!(get))
}

/// Records of a type that are looked at.
const SAMPLE: u32 = 200;
/// Longest example.
const LONGEST: usize = 80;
/// Fields that are on or off: kept only where they are on, and filled in every record.
const FLAGS: [&str; 4] = ["inactive", "closed", "primary", "active"];

/// The field mapping of a connector.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Mapping {
    record_types: Vec<TypeMapping>,
}

/// The fields of a record type.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TypeMapping {
    record_type: RecordType,
    /// The vendor's word for it.
    label: &'static str,
    fields: Vec<MappedField>,
}

/// Which way a field goes.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MappedWay {
    /// From the vendor to the portal.
    In,
    /// Both ways.
    Both,
}

/// One field.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MappedField {
    vendor_field: &'static str,
    direction: MappedWay,
    portal_field: &'static str,
    /// In words.
    rule: &'static str,
    /// Records of the sample in which it is filled.
    filled: u64,
    /// Records of the sample: at most 200, by id.
    of: u64,
    /// A value that one of them has, cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    example: Option<String>,
}

/// What each field becomes, and how it is filled.
#[utoipa::path(
    get,
    path = "/v1/integrations/{connector}/mapping",
    operation_id = "get_mapping",
    params(("connector" = String, Path, example = "halo-psa")),
    responses((status = 200, body = Mapping)),
)]
async fn get(caller: Caller, State(state): State<AppState>, Ids(connector): Ids<String>) -> Answer<Json<Mapping>> {
    let which = state.connector(&connector)?;
    let samples = samples(&caller.store, &which).await?;
    let record_types = which.descriptor.record_types.iter().map(|declared| TypeMapping {
        record_type: declared.record_type,
        label: declared.label,
        fields: declared.fields.iter().map(|field| MappedField::of(declared, field, &samples)).collect(),
    });
    Ok(Json(Mapping { record_types: record_types.collect() }))
}

type Samples = HashMap<RecordType, Vec<Map<String, Value>>>;

/// A few records of each type that the connector has, by their fields.
async fn samples(store: &TenantStore, which: &Which) -> Answer<Samples> {
    let each = produced(which.descriptor).map(|record_type| async move {
        let page = store.record_page(&which.connection, record_type, SAMPLE, None).await?;
        let live = page.iter().filter_map(|record| record.live());
        let fields = live.map(fields).collect::<Answer<Vec<_>>>()?;
        Answer::Ok((record_type, fields))
    });
    Ok(try_join_all(each).await?.into_iter().collect())
}

fn produced(descriptor: &'static Descriptor) -> impl Iterator<Item = RecordType> {
    RecordType::ALL.into_iter().filter(|known| descriptor.feeds().any(|(_, feed)| feed.produces == *known))
}

fn fields(data: &RecordData) -> Answer<Map<String, Value>> {
    fields_of(data).map_err(|error| Problem::internal(format!("a record has no fields: {error}")))
}

impl MappedField {
    fn of(declared: &RecordTypeDescriptor, field: &'static FieldMapping, samples: &Samples) -> Self {
        let sample = samples.get(&declared.produced(field)).map(Vec::as_slice).unwrap_or_default();
        let values = || sample.iter().filter_map(|record| record.get(field.portal)).filter(|value| is_filled(value));
        let flag = FLAGS.contains(&field.portal);
        let of = sample.len() as u64;
        let off = || (flag && of > 0).then(|| "no".to_owned());
        Self {
            vendor_field: field.vendor,
            direction: match field.direction {
                connector::Direction::Pull => MappedWay::In,
                connector::Direction::Both => MappedWay::Both,
            },
            portal_field: shown_field(field.portal),
            rule: field.rule,
            filled: if flag { of } else { values().count() as u64 },
            of,
            example: values().next().map(example).or_else(off),
        }
    }
}

fn is_filled(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(entries) => !entries.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => true,
    }
}

/// A value as a person reads it.
fn example(value: &Value) -> String {
    let text = match value {
        Value::Bool(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Value::String(text) => text.replace(['\r', '\n'], " "),
        Value::Array(entries) if entries.iter().all(Value::is_string) => {
            entries.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        Value::Array(entries) => match entries.len() {
            1 => "1 entry".to_owned(),
            count => format!("{count} entries"),
        },
        Value::Object(fields) => fields.values().map(example).collect::<Vec<_>>().join(", "),
        Value::Null | Value::Number(_) => value.to_string(),
    };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
