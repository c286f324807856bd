//! The knobs over HTTP. No part of any vendor's API.
//!
//! | call | body | does |
//! |---|---|---|
//! | `GET /__sim/dump` | | everything, deleted and inactive records included |
//! | `GET /__sim/faults`, `POST`, `DELETE` | list of faults | `POST` replaces; `?add=true` adds |
//! | `POST /__sim/credentials` | `{revoked?, expire_tokens?, token_lifetime?}` | null lifetime: the vendor's |
//! | `POST /__sim/permissions` | `{deny: [..], as: "403"\|"empty"}` | an empty list allows all |
//! | `POST /__sim/clock` | `{skew_seconds}` | |
//! | `POST /__sim/limits` | `{calls, window_seconds, retry_after}` or null | null lifts the limit |
//! | `POST /__sim/quirks` | `{name: value}` | behaviours that no source settles; null: the default |
//! | `GET /__sim/calls?last=100`, `DELETE` | | counts by method and route, the last requests without secrets |
//! | `POST /__sim/records/{list}` | fields | a person at the vendor creates a record |
//! | `PATCH /__sim/records/{list}/{id}?silent=true` | fields | silent: the change stamp stays |
//! | `DELETE /__sim/records/{list}/{id}?hard=true` | | hard: past the recycle bin |

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post};
use axum::{Json, Router};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use crate::fault::Fault;
use crate::knobs::{DenyAs, Limit};
use crate::vendor::Refusal;
use crate::{App, CallReport};

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/dump", get(dump))
        .route("/faults", get(faults).post(set_faults).delete(clear_faults))
        .route("/credentials", post(credentials))
        .route("/permissions", post(permissions))
        .route("/clock", post(clock))
        .route("/limits", post(limits))
        .route("/quirks", post(quirks))
        .route("/calls", get(calls).delete(clear_calls))
        .route("/records/{list}", post(create))
        .route("/records/{list}/{id}", patch(change).delete(delete))
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::UnknownList(_) | Self::UnknownRecord { .. } => StatusCode::NOT_FOUND,
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
        };
        (status, Json(json!({"error": self.to_string()}))).into_response()
    }
}

async fn dump(State(app): State<App>) -> Json<Value> {
    Json(app.dump())
}

#[derive(Deserialize)]
struct FaultQuery {
    #[serde(default)]
    add: bool,
}

async fn faults(State(app): State<App>) -> Json<Vec<Fault>> {
    Json(app.faults())
}

async fn set_faults(
    State(app): State<App>,
    Query(query): Query<FaultQuery>,
    Json(faults): Json<Vec<Fault>>,
) -> StatusCode {
    if query.add {
        app.add_faults(faults);
    } else {
        app.set_faults(faults);
    }
    StatusCode::NO_CONTENT
}

async fn clear_faults(State(app): State<App>) -> StatusCode {
    app.clear_faults();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CredentialKnobs {
    revoked: Option<bool>,
    #[serde(default)]
    expire_tokens: bool,
    /// Absent leaves it, null resets it.
    #[serde(default, deserialize_with = "given")]
    token_lifetime: Option<Option<i64>>,
}

fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<i64>>, D::Error> {
    Deserialize::deserialize(deserializer).map(Some)
}

async fn credentials(State(app): State<App>, Json(knobs): Json<CredentialKnobs>) -> StatusCode {
    if let Some(revoked) = knobs.revoked {
        app.revoke_credentials(revoked);
    }
    if knobs.expire_tokens {
        app.expire_tokens();
    }
    if let Some(lifetime) = knobs.token_lifetime {
        app.set_token_lifetime(lifetime);
    }
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PermissionKnobs {
    deny: Vec<String>,
    #[serde(default, rename = "as")]
    deny_as: DenyAs,
}

async fn permissions(State(app): State<App>, Json(knobs): Json<PermissionKnobs>) -> StatusCode {
    app.deny(knobs.deny, knobs.deny_as);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockKnobs {
    skew_seconds: i64,
}

async fn clock(State(app): State<App>, Json(knobs): Json<ClockKnobs>) -> StatusCode {
    app.set_skew(knobs.skew_seconds);
    StatusCode::NO_CONTENT
}

async fn limits(State(app): State<App>, Json(limit): Json<Option<Limit>>) -> StatusCode {
    app.set_limit(limit);
    StatusCode::NO_CONTENT
}

async fn quirks(State(app): State<App>, Json(quirks): Json<Map<String, Value>>) -> StatusCode {
    for (name, value) in quirks {
        app.set_quirk(&name, value);
    }
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct CallQuery {
    last: Option<usize>,
}

async fn calls(State(app): State<App>, Query(query): Query<CallQuery>) -> Json<CallReport> {
    Json(app.calls(query.last.unwrap_or(100)))
}

async fn clear_calls(State(app): State<App>) -> StatusCode {
    app.clear_calls();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct RecordQuery {
    #[serde(default)]
    silent: bool,
    #[serde(default)]
    hard: bool,
}

async fn create(
    State(app): State<App>,
    Path(list): Path<String>,
    Json(fields): Json<Map<String, Value>>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    Ok((StatusCode::CREATED, Json(app.create(&list, fields)?)))
}

async fn change(
    State(app): State<App>,
    Path((list, id)): Path<(String, String)>,
    Query(query): Query<RecordQuery>,
    Json(fields): Json<Map<String, Value>>,
) -> Result<Json<Value>, Refusal> {
    Ok(Json(app.patch(&list, &id, fields, query.silent)?))
}

async fn delete(
    State(app): State<App>,
    Path((list, id)): Path<(String, String)>,
    Query(query): Query<RecordQuery>,
) -> Result<StatusCode, Refusal> {
    app.delete(&list, &id, query.hard)?;
    Ok(StatusCode::NO_CONTENT)
}
