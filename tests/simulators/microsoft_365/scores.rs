//! A tenant's Secure Score on a day: made of both, so that it is the same whenever it is asked for.

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use serde_json::{Map, Value, json};

use super::state::{Scored, State, Tenant};
use super::wire::object;

/// Days that are kept.
const KEPT: i32 = 90;

/// The days there are, newest first. A tenant that is not scored has none.
pub(super) fn days(tenant: &Tenant, now: Timestamp) -> Vec<Date> {
    if tenant.scored == Scored::Never {
        return Vec::new();
    }
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    (0..KEPT).filter_map(|back| today.checked_sub(Span::new().days(back)).ok()).collect()
}

pub(super) fn id(tenant: &Tenant, day: Date) -> String {
    format!("{}_{day}", tenant.id)
}

pub(super) fn on(state: &State, tenant: &Tenant, day: Date) -> Map<String, Value> {
    let profiles: Vec<_> = state.rows_of("control_profiles", &tenant.id).collect();
    let max: f64 = profiles.iter().map(|row| row["maxScore"].as_f64().unwrap_or_default()).sum();
    let max = if tenant.scored == Scored::Nothing { 0.0 } else { max };
    // Rises by a control every twelve days.
    let age = day.duration_until(today(state)).as_hours() / 24;
    let missed = usize::try_from(age / 12).unwrap_or_default() + profiles.len() / 4;
    let mut controls: Vec<Value> = Vec::new();
    let mut reached = 0.0;
    for (n, row) in profiles.iter().enumerate() {
        let score = if n < missed || max == 0.0 { 0.0 } else { row["maxScore"].as_f64().unwrap_or_default() };
        reached += score;
        controls.push(json!({"controlCategory": row["controlCategory"], "controlName": row["id"],
            "description": row["title"], "score": score, "scoreInPercentage": if score > 0.0 { 100.0 } else { 0.0 },
            "lastSynced": format!("{day}T00:00:00Z"), "implementationStatus": "as is"}));
    }
    if tenant.retired_control {
        controls
            .push(json!({"controlCategory": "Data", "controlName": "LegacyControl", "description": "", "score": 0.0}));
    }
    let mut row = object(json!({
        "id": id(tenant, day), "azureTenantId": tenant.id, "activeUserCount": tenant.users - tenant.users / 5,
        "createdDateTime": format!("{day}T00:00:00Z"), "currentScore": reached, "maxScore": max,
        "licensedUserCount": tenant.users, "enabledServices": ["HasExchange", "HasSharePoint"],
        "averageComparativeScores": [
            {"basis": "AllTenants", "averageScore": 46.5, "appsScore": "1.5"},
            {"basis": "TotalSeats", "averageScore": 41.0, "SeatSizeRangeLowerValue": "1"},
        ],
        "controlScores": controls,
        "vendorInformation": {"provider": "SecureScore", "providerVersion": null, "subProvider": null,
            "vendor": "Microsoft"},
    }));
    if let Some(changes) = state.changed_scores.get(&id(tenant, day)) {
        row.extend(changes.clone());
    }
    row
}

/// Scores rise towards the day on which the tenant was seeded.
fn today(state: &State) -> Date {
    state.seeded.to_zoned(jiff::tz::TimeZone::UTC).date()
}
