use serde_json::{Value, json};

use super::*;

fn tenant() -> Tenant {
    Tenant::parse("11111111-1111-1111-1111-111111111111").unwrap()
}

fn read<T: serde::de::DeserializeOwned>(row: Value) -> T {
    serde_json::from_value(row).unwrap()
}

fn data(mapped: Outcome) -> Value {
    match mapped.unwrap() {
        Mapped::Record(record) => {
            let mut all = serde_json::to_value(&record.data).unwrap();
            all["id"] = json!(record.external_id);
            all
        }
        other => panic!("{other:?}"),
    }
}

fn day() -> Value {
    json!({"id": "11111111-1111-1111-1111-111111111111_2026-07-01", "azureTenantId": tenant().as_str(),
        "createdDateTime": "2026-07-01T00:00:00Z", "currentScore": 187.25, "maxScore": 402.0, "activeUserCount": 18,
        "licensedUserCount": 25, "averageComparativeScores": [{"basis": "AllTenants", "averageScore": 46.5, "x": "1"}],
        "controlScores": [{"controlCategory": "Identity", "controlName": "AdminMFAV2", "score": 10.0, "on": "true"}]})
}

#[test]
fn a_score_is_a_day_of_a_tenant() {
    let newest = data(score(&read(day()), &tenant(), true));
    assert_eq!(
        newest,
        json!({"type": "secure_score", "id": "11111111-1111-1111-1111-111111111111_2026-07-01",
            "company": tenant().as_str(), "date": "2026-07-01", "score": 187.25, "max": 402.0,
            "averages": [{"basis": "AllTenants", "percent": 46.5}], "licensed_users": 25, "active_users": 18,
            "controls": [{"control": "AdminMFAV2", "category": "Identity", "score": 10.0}]})
    );
    let older = data(score(&read(day()), &tenant(), false));
    assert_eq!(older.get("controls"), None, "the days before show the course of the whole");
}

#[test]
fn another_tenants_row_is_never_taken() {
    let mut row = day();
    row["azureTenantId"] = "22222222-2222-2222-2222-222222222222".into();
    assert_eq!(score(&read(row), &tenant(), true), Err("azureTenantId: another tenant's row".to_owned()));
}

#[test]
fn a_score_needs_points_and_a_day() {
    let mut row = day();
    row["currentScore"] = Value::Null;
    assert_eq!(score(&read(row), &tenant(), true), Err("currentScore: expected a number".to_owned()));
    let mut row = day();
    row["createdDateTime"] = Value::Null;
    assert_eq!(data(score(&read(row.clone()), &tenant(), false))["date"], "2026-07-01", "of its id");
    row["id"] = "odd".into();
    assert_eq!(score(&read(row), &tenant(), true), Err("createdDateTime: expected a time".to_owned()));
}

#[test]
fn what_to_do_is_plain_text_and_the_last_decision_counts() {
    let row = json!({"id": "MFA", "title": " ", "maxScore": 10.0, "rank": 3, "actionUrl": "javascript:alert(1)",
        "remediation": "<p>Open it &amp; <b>switch</b> on.</p><script>x()</script>",
        "controlStateUpdates": [{"state": "ThirdParty", "updatedDateTime": "2026-01-02T00:00:00Z"},
            {"state": "Default", "updatedDateTime": "2025-01-02T00:00:00Z"}]});
    assert_eq!(
        data(profile(&read(row), &tenant())),
        json!({"type": "control_profile", "id": "11111111-1111-1111-1111-111111111111_MFA", "title": "MFA",
            "company": tenant().as_str(), "control": "MFA", "max": 10.0, "rank": 3,
            "remediation": "Open it & switch on.", "state": "ThirdParty"})
    );
}

#[test]
fn seats_in_warning_are_still_there_and_more_may_be_used() {
    let row = json!({"id": "t_s", "skuId": "s", "skuPartNumber": "SPB", "capabilityStatus": "Warning", "consumedUnits": 12,
        "prepaidUnits": {"enabled": 3, "warning": 7, "suspended": 100}});
    assert_eq!(
        data(licence(&read(row), &tenant())),
        json!({"type": "licence", "id": "11111111-1111-1111-1111-111111111111_s", "name": "SPB",
            "company": tenant().as_str(), "status": "Warning", "total": 10, "used": 12})
    );
}

#[test]
fn a_customer_is_known_by_its_tenant_in_both_lists() {
    let id = "4FDBFF88-9D6B-42E0-9713-45C922BA8001";
    let newer = customer(&read(json!({"id": "x", "tenantId": id, "displayName": "Contoso Inc"})));
    let older = contract(&read(json!({"id": "x", "customerId": id, "displayName": "Contoso Inc",
        "defaultDomainName": "contoso.onmicrosoft.com"})));
    let known = json!({"type": "company", "id": id.to_lowercase(), "name": "Contoso Inc"});
    assert_eq!((data(newer), data(older)), (known.clone(), known), "a domain of Microsoft's is nobody's own");
    assert!(customer(&read(json!({"displayName": "No id"}))).is_err());
}

#[test]
fn names_within_a_tenant_come_apart_again() {
    let id = within(&tenant(), "mdo_safelinks");
    assert_eq!(parts(&id), Some((tenant(), "mdo_safelinks")));
    for odd in ["", "x", "x_y", "11111111-1111-1111-1111-111111111111_"] {
        assert_eq!(parts(&odd.into()), None, "{odd}");
    }
}
