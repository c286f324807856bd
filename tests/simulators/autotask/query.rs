//! `query`, `query/count`, `query/next`, single records and child lists.

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::filter::{self, Node};
use super::schema::{self, Entity};
use super::state::{State, View};
use super::wire::{Reject, get, object, row};
use crate::exchange::{Answer, Call};
use crate::records::Record;

/// Rows of a page, at most and unless told otherwise.
const PAGE: usize = 500;

/// What a query asks for; keys in whatever case.
struct Query {
    size: usize,
    include: Vec<String>,
    filter: Node,
}

impl Query {
    fn read(entity: &'static Entity, call: &Call) -> Result<Self, Reject> {
        let text: Value = match call.method {
            Method::GET => serde_json::from_str(call.param("search").unwrap_or_default()),
            _ => serde_json::from_slice(&call.body),
        }
        .map_err(|_| Reject::errors("Invalid query syntax."))?;
        let model = object(text);
        let size = match get(&model, "MaxRecords") {
            None | Some(Value::Null) => PAGE,
            Some(size) => {
                let size = size.as_u64().and_then(|size| usize::try_from(size).ok());
                // SIM CHOICE: the text.
                size.filter(|size| (1..=PAGE).contains(size))
                    .ok_or_else(|| Reject::errors("MaxRecords must be between 1 and 500."))?
            }
        };
        let include: Vec<String> = get(&model, "IncludeFields")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|field| field.as_str().map(str::to_owned))
            .collect();
        if let Some(unknown) = include.iter().find(|field| entity.field(field).is_none()) {
            // SIM CHOICE: the text.
            return Err(Reject::errors(format!("Unable to find {unknown} in the {} Entity.", entity.singular)));
        }
        Ok(Self { size, include, filter: filter::parse(entity, get(&model, "filter"))? })
    }
}

/// `query` and `query/next`: a page in the order of ids.
pub(super) fn list(view: &View<'_>, call: &Call, entity: &'static Entity) -> Result<Answer, Reject> {
    let query = Query::read(entity, call)?;
    let after = call.param("paging").and_then(next_id).unwrap_or(i64::MIN);
    let mut fitting = view
        .rows(entity)
        .filter(|(id, record)| **id > after && query.filter.holds(record))
        .map(|(id, record)| (*id, record));
    let page: Vec<(i64, &Record)> = fitting.by_ref().take(query.size.min(view.page_cap)).collect();
    let more = fitting.next().is_some();
    if more
        && page.len() == PAGE
        && !query.include.is_empty()
        && !query.include.iter().any(|field| field.eq_ignore_ascii_case("id"))
    {
        return Err(Reject::errors("The id field must be included when a query gives more than 500 rows."));
    }
    let next = page.last().filter(|_| more).map(|(last, _)| next_url(view, call, entity, query.size, *last));
    let rows: Vec<Value> = page.iter().map(|(_, record)| row(entity, record, &query.include, view.pascal)).collect();
    Ok(Answer::ok(&envelope(&rows, query.size, next.as_deref())))
}

fn envelope(rows: &[Value], size: usize, next: Option<&str>) -> Value {
    json!({
        "pageDetails": {"count": rows.len(), "requestCount": size, "prevPageUrl": null, "nextPageUrl": next},
        "items": rows,
    })
}

fn next_url(view: &View<'_>, call: &Call, entity: &Entity, size: usize, last: i64) -> String {
    let paging = json!({"pageSize": size, "previousIds": [-1], "nextIds": [last]}).to_string();
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    // Only what began with GET can go on with GET.
    let search = call.param("search").map(|search| format!("&search={}", encode(search))).unwrap_or_default();
    format!("{}V1.0/{}/query/next?paging={}{search}", view.zone_url(), entity.name, encode(&paging))
}

fn next_id(paging: &str) -> Option<i64> {
    let paging: Value = serde_json::from_str(paging).ok()?;
    paging.get("nextIds")?.get(0)?.as_i64()
}

pub(super) fn count(view: &View<'_>, call: &Call, entity: &'static Entity) -> Result<Answer, Reject> {
    let query = Query::read(entity, call)?;
    let count = view.rows(entity).filter(|(_, record)| query.filter.holds(record)).count();
    Ok(Answer::ok(&json!({"queryCount": count})))
}

/// One record; of one that is not there two answers are known.
pub(super) fn one(view: &View<'_>, entity: &'static Entity, id: &str) -> Result<Answer, Reject> {
    let found = id.parse().ok().and_then(|id| view.state.table(entity).get(&id));
    match found {
        Some(record) => Ok(Answer::ok(&json!({"item": row(entity, record, &[], view.pascal)}))),
        None if view.missing_as_null => Ok(Answer::ok(&json!({"item": null}))),
        None => Err(Reject::NotFound),
    }
}

/// The rows below a parent.
pub(super) fn children(view: &View<'_>, entity: &'static Entity, parent: i64) -> Result<Answer, Reject> {
    let Some(place) = entity.parent else { return Err(Reject::NotFound) };
    let above = schema::entity(place.entity).ok_or(Reject::NotFound)?;
    view.state.table(above).get(&parent).ok_or(Reject::NotFound)?;
    let rows = view.rows(entity).filter(|(_, record)| record.int(place.field) == Some(parent));
    let rows: Vec<Value> = rows.take(PAGE).map(|(_, record)| row(entity, record, &[], view.pascal)).collect();
    Ok(Answer::ok(&envelope(&rows, PAGE, None)))
}

/// A query whose rows may not be seen.
pub(super) fn none() -> Answer {
    let details = json!({"count": 0, "requestCount": PAGE, "prevPageUrl": null, "nextPageUrl": null});
    Answer::ok(&json!({"items": [], "pageDetails": details}))
}

/// Makes a query for any page one for the first: the bound on ids goes.
pub(super) fn first_page(call: &mut Call) {
    call.query.retain(|(name, _)| !name.eq_ignore_ascii_case("paging"));
    let Ok(Value::Object(mut model)) = serde_json::from_slice::<Value>(&call.body) else { return };
    let Some(Value::Array(nodes)) =
        model.iter_mut().find(|(key, _)| key.eq_ignore_ascii_case("filter")).map(|(_, v)| v)
    else {
        return;
    };
    for node in nodes.iter_mut().filter_map(Value::as_object_mut) {
        let is = |node: &Map<String, Value>, key: &str, value: &str| {
            get(node, key).and_then(Value::as_str).is_some_and(|own| own.eq_ignore_ascii_case(value))
        };
        if is(node, "field", "id") && is(node, "op", "gt") {
            node.insert("value".to_owned(), json!(-1));
        }
    }
    call.body = Value::Object(model).to_string().into();
}

impl State {
    /// Whether a record is there and may be referred to.
    pub(super) fn is_active(&self, entity: &str, id: i64) -> bool {
        let Some(entity) = schema::entity(entity) else { return false };
        self.table(entity).get(&id).is_some_and(|record| match record.fields.get("isActive") {
            Some(Value::Bool(active)) => *active,
            Some(Value::Number(active)) => active.as_i64() == Some(1),
            _ => true,
        })
    }
}
