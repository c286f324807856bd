//! A company's Secure Score: where it stands, how it moved, what there is to do, and the licences of the tenant.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use domain::id::ExternalId;
use domain::portal::{Link, LinkState, PortalCompany};
use domain::record::{ControlProfile, ControlScore, Licence, RecordData, RecordType, SecureScore};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use store::TenantStore;
use utoipa::{IntoParams, ToSchema};

use super::companies::find;
use crate::access::{Caller, Permission};
use crate::input::{Ids, Params};
use crate::problem::{Answer, Problem};
use crate::routes::{Routes, handlers};
use crate::state::{AppState, Which};

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Read, handlers!(get))
}

/// Records of one type of a tenant at most.
const MOST: u32 = 2_000;
/// Days that the course shows.
const DAYS: usize = 90;
/// With whom all are compared.
const EVERYBODY: &str = "AllTenants";

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ScoreParams {
    /// Which linked tenant, where there are several; the first otherwise.
    external_id: Option<String>,
}

/// How much is at stake with a control: the vendor names no severity, so it follows from the points it can give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Severity {
    /// Eight points and more.
    High,
    /// Four and more.
    Medium,
    /// Less.
    Low,
}

/// How a control stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ControlState {
    /// It gives all its points.
    Completed,
    /// It gives some.
    Partial,
    /// It gives none.
    ToDo,
    /// The tenant's administrators set it aside.
    Ignored,
    /// Another product takes care of it.
    ThirdParty,
}

/// A control, what it asks for and what it gives.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ControlView {
    id: String,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<String>,
    severity: Severity,
    points: f64,
    max_points: f64,
    state: ControlState,
    /// What to do, as plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    remediation: Option<String>,
    /// Where to do it.
    #[serde(skip_serializing_if = "Option::is_none")]
    action_url: Option<String>,
}

/// A day of the course.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DayView {
    #[schema(value_type = String, format = Date)]
    date: Date,
    percent: f64,
}

/// Licences that the tenant subscribes to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LicenceView {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    total: u32,
    used: u32,
}

/// A company's Secure Score as last read.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SecureScoreView {
    /// The linked tenant that it is of.
    tenant: TenantView,
    /// All of the company's linked tenants.
    tenants: Vec<TenantView>,
    /// The newest day; null: there is no score (yet).
    #[schema(value_type = Option<String>, format = Date)]
    date: Option<Date>,
    score: Option<f64>,
    max: Option<f64>,
    /// Null where there is nothing to score.
    percent: Option<f64>,
    /// What all tenants reach on average.
    #[serde(skip_serializing_if = "Option::is_none")]
    average_percent: Option<f64>,
    /// Oldest first.
    trend: Vec<DayView>,
    /// What gives most is first.
    controls: Vec<ControlView>,
    licences: Vec<LicenceView>,
}

/// A linked tenant.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TenantView {
    external_id: ExternalId,
    name: String,
    state: LinkState,
}

/// A company's Secure Score.
#[utoipa::path(
    get,
    path = "/v1/companies/{company}/secure-score",
    operation_id = "get_secure_score",
    params(("company" = String, Path), ScoreParams),
    responses((status = 200, body = SecureScoreView)),
)]
async fn get(
    caller: Caller,
    State(state): State<AppState>,
    Ids(company): Ids<String>,
    Params(params): Params<ScoreParams>,
) -> Answer<Json<SecureScoreView>> {
    let company = find(&caller.store, &company).await?;
    let tenants = tenants(&state, &company);
    let wanted = params.external_id.as_deref();
    let found = tenants.iter().find(|(_, link)| wanted.is_none_or(|wanted| link.external_id.as_str() == wanted));
    let (which, link) =
        found.ok_or_else(|| Problem::not_found("The company is not linked to a tenant that has a Secure Score."))?;
    let read = |record_type| all(&caller.store, which, record_type, &link.external_id);
    let (scores, profiles, licences) = tokio::try_join!(
        read(RecordType::SecureScores),
        read(RecordType::ControlProfiles),
        read(RecordType::Licences)
    )?;
    let mut days: Vec<SecureScore> = scores.into_iter().filter_map(day).collect();
    days.sort_by_key(|day| day.date);
    let profiles = profiles.into_iter().filter_map(|data| match data {
        RecordData::ControlProfile(profile) => Some((profile.control.clone(), *profile)),
        _ => None,
    });
    let profiles: BTreeMap<String, ControlProfile> = profiles.collect();
    let newest = days.last();
    let view = |(_, link): &(Which, Link)| TenantView {
        external_id: link.external_id.clone(),
        name: link.name.clone(),
        state: link.state,
    };
    let averages = newest.into_iter().flat_map(|day| &day.averages);
    Ok(Json(SecureScoreView {
        tenant: view(&(which.clone(), link.clone())),
        tenants: tenants.iter().map(view).collect(),
        date: newest.map(|day| day.date),
        score: newest.map(|day| day.score),
        max: newest.map(|day| day.max),
        percent: newest.and_then(percent),
        average_percent: averages.clone().find(|average| average.basis == EVERYBODY).map(|average| average.percent),
        trend: days
            .iter()
            .skip(days.len().saturating_sub(DAYS))
            .filter_map(|day| Some(DayView { date: day.date, percent: percent(day)? }))
            .collect(),
        controls: controls(newest, &profiles),
        licences: licences_of(licences),
    }))
}

/// The company's links to connections that have scores.
fn tenants(state: &AppState, company: &PortalCompany) -> Vec<(Which, Link)> {
    let scored = |(connection, links): (&_, &Vec<Link>)| {
        let which = state.which(connection)?;
        which.descriptor.record_type(RecordType::SecureScores)?;
        Some(links.iter().map(|link| (which.clone(), link.clone())).collect::<Vec<_>>())
    };
    company.links.iter().filter_map(scored).flatten().collect()
}

async fn all(
    store: &TenantStore,
    which: &Which,
    record_type: RecordType,
    tenant: &ExternalId,
) -> Answer<Vec<RecordData>> {
    let ids = store.listed(&which.connection, record_type, tenant, MOST).await?;
    let records = store.records(&which.connection, record_type, &ids).await?;
    Ok(records.iter().filter_map(|record| record.live().cloned()).collect())
}

fn day(data: RecordData) -> Option<SecureScore> {
    match data {
        RecordData::SecureScore(score) => Some(score),
        _ => None,
    }
}

/// To a tenth; a tenant without anything to score has none.
fn percent(day: &SecureScore) -> Option<f64> {
    (day.max > 0.0).then(|| (day.score / day.max * 1_000.0).round() / 10.0)
}

fn controls(newest: Option<&SecureScore>, profiles: &BTreeMap<String, ControlProfile>) -> Vec<ControlView> {
    let scored = newest.into_iter().flat_map(|day| &day.controls);
    let mut views: Vec<ControlView> = scored.filter_map(|score| control(score, profiles.get(&score.control))).collect();
    let gain = |view: &ControlView| view.max_points - view.points;
    views.sort_by(|a, b| gain(b).total_cmp(&gain(a)).then_with(|| a.title.cmp(&b.title)));
    views
}

/// A control that was given up counts nothing any more; one without a profile goes by its name.
fn control(score: &ControlScore, profile: Option<&ControlProfile>) -> Option<ControlView> {
    if profile.is_some_and(|profile| profile.deprecated) {
        return None;
    }
    let max_points = profile.map_or(score.score, |profile| profile.max);
    let decided = profile.and_then(|profile| profile.state.as_deref());
    let state = match decided {
        Some("Ignored") => ControlState::Ignored,
        Some("ThirdParty") => ControlState::ThirdParty,
        _ if score.score >= max_points && max_points > 0.0 => ControlState::Completed,
        _ if score.score > 0.0 => ControlState::Partial,
        _ => ControlState::ToDo,
    };
    Some(ControlView {
        id: score.control.clone(),
        title: profile.map_or_else(|| score.control.clone(), |profile| profile.title.clone()),
        category: profile.and_then(|profile| profile.category.clone()).or_else(|| score.category.clone()),
        severity: severity(max_points),
        points: score.score,
        max_points,
        state,
        remediation: profile.and_then(|profile| profile.remediation.clone()),
        action_url: profile.and_then(|profile| profile.action_url.clone()),
    })
}

fn severity(points: f64) -> Severity {
    if points >= 8.0 {
        Severity::High
    } else if points >= 4.0 {
        Severity::Medium
    } else {
        Severity::Low
    }
}

fn licences_of(all: Vec<RecordData>) -> Vec<LicenceView> {
    let mut licences: Vec<Licence> = all
        .into_iter()
        .filter_map(|data| match data {
            RecordData::Licence(licence) => Some(licence),
            _ => None,
        })
        .collect();
    licences.sort_by(|a, b| a.name.cmp(&b.name));
    let view = |licence: Licence| LicenceView {
        name: licence.name,
        status: licence.status,
        total: licence.total,
        used: licence.used,
    };
    licences.into_iter().map(view).collect()
}
