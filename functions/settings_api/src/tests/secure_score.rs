//! A company's Secure Score as the page reads it.

use domain::id::ConnectionId;
use domain::portal::{Link, LinkState, PortalCompany};
use domain::record::{Average, ControlProfile, ControlScore, Licence, RecordData, RecordType, SecureScore};
use serde_json::json;
use store::activity::By;

use super::harness::Api;
use super::imports::record;

pub(super) const TENANT_ID: &str = "11111111-1111-1111-1111-111111111111";

pub(super) fn microsoft() -> ConnectionId {
    "microsoft-365".into()
}

/// A company of the portal, linked to a tenant. Gives its path.
pub(super) async fn linked(api: &Api) -> String {
    let made = api.post("/v1/companies", &json!({ "name": "Contoso" })).await.expect(201);
    let id = made["id"].as_str().unwrap();
    link(api, id).await;
    format!("/v1/companies/{id}")
}

/// Links a company to a tenant of a connection that is switched on.
pub(super) async fn link(api: &Api, id: &str) {
    api.switch_on("microsoft-365", |_| ()).await;
    let company: PortalCompany = api.store().company(&id.into()).await.unwrap().unwrap();
    let link = Link { external_id: TENANT_ID.into(), name: "Contoso Inc".to_owned(), state: LinkState::Ok };
    api.store().link(&company, &microsoft(), link, By::System).await.unwrap();
}

async fn mirror(api: &Api, records: Vec<(String, RecordData)>) {
    for (id, data) in records {
        let record_type = data.record_type();
        let one = record(api, &format!("{TENANT_ID}_{id}"), &id, Some(data));
        api.store().put_records(&microsoft(), record_type, &[one]).await.unwrap();
    }
}

fn score(day: &str, score: f64, max: f64, controls: Vec<ControlScore>) -> (String, RecordData) {
    let averages = vec![
        Average { basis: "TotalSeats".to_owned(), percent: 41.0 },
        Average { basis: "AllTenants".to_owned(), percent: 46.5 },
    ];
    let data = SecureScore {
        company: TENANT_ID.into(),
        date: day.parse().unwrap(),
        score,
        max,
        averages,
        controls,
        licensed_users: None,
        active_users: None,
    };
    (day.to_owned(), RecordData::SecureScore(data))
}

fn profile(control: &str, max: f64, state: Option<&str>) -> (String, RecordData) {
    let data = ControlProfile {
        title: format!("Do {control}"),
        company: TENANT_ID.into(),
        control: control.to_owned(),
        category: Some("Identity".to_owned()),
        tier: None,
        service: None,
        max,
        rank: None,
        implementation_cost: None,
        user_impact: None,
        remediation: Some("Open <it> & switch it on.".to_owned()),
        action_url: None,
        state: state.map(str::to_owned),
        deprecated: false,
    };
    (control.to_owned(), RecordData::ControlProfile(Box::new(data)))
}

fn points(control: &str, score: f64) -> ControlScore {
    ControlScore { control: control.to_owned(), category: Some("Data".to_owned()), score }
}

#[tokio::test]
async fn the_newest_day_counts_and_what_gives_most_is_first() {
    let api = Api::new().await;
    let company = linked(&api).await;
    let controls = vec![points("Mfa", 0.0), points("Audit", 5.0), points("Retired", 0.0), points("Aside", 0.0)];
    let licence = Licence {
        name: "SPB".to_owned(),
        company: TENANT_ID.into(),
        status: Some("Enabled".to_owned()),
        total: 10,
        used: 12,
    };
    mirror(
        &api,
        vec![
            score("2026-07-02", 5.0, 22.0, controls),
            score("2026-07-01", 0.0, 22.0, Vec::new()),
            profile("Mfa", 10.0, None),
            profile("Audit", 5.0, None),
            profile("Aside", 7.0, Some("ThirdParty")),
            ("sku".to_owned(), RecordData::Licence(licence)),
        ],
    )
    .await;
    let shown = api.get(&format!("{company}/secure-score")).await.expect(200);
    let remedy = "Open <it> & switch it on.";
    let control = |id: &str, severity: &str, points: f64, max: f64, state: &str| {
        json!({ "id": id, "title": format!("Do {id}"), "category": "Identity", "severity": severity, "points": points,
            "max_points": max, "state": state, "remediation": remedy })
    };
    let tenant = json!({ "external_id": TENANT_ID, "name": "Contoso Inc", "state": "ok" });
    assert_eq!(
        shown,
        json!({
            "tenant": tenant, "tenants": [tenant], "date": "2026-07-02", "score": 5.0, "max": 22.0, "percent": 22.7,
            "average_percent": 46.5,
            "trend": [{ "date": "2026-07-01", "percent": 0.0 }, { "date": "2026-07-02", "percent": 22.7 }],
            "controls": [
                control("Mfa", "high", 0.0, 10.0, "to_do"),
                control("Aside", "medium", 0.0, 7.0, "third_party"),
                control("Audit", "medium", 5.0, 5.0, "completed"),
                { "id": "Retired", "title": "Retired", "category": "Data", "severity": "low", "points": 0.0,
                    "max_points": 0.0, "state": "to_do" },
            ],
            "licences": [{ "name": "SPB", "status": "Enabled", "total": 10, "used": 12 }],
        })
    );
}

#[tokio::test]
async fn a_tenant_with_nothing_to_score_has_no_percentage() {
    let api = Api::new().await;
    let company = linked(&api).await;
    let path = format!("{company}/secure-score");
    let none = api.get(&path).await.expect(200);
    assert_eq!((&none["date"], &none["percent"], &none["trend"]), (&json!(null), &json!(null), &json!([])));
    mirror(&api, vec![score("2026-07-02", 0.0, 0.0, Vec::new())]).await;
    let zero = api.get(&path).await.expect(200);
    assert_eq!((&zero["score"], &zero["max"], &zero["percent"]), (&json!(0.0), &json!(0.0), &json!(null)));
    assert_eq!(zero["trend"], json!([]), "a day without a percentage is no point of a line");
}

#[tokio::test]
async fn a_company_without_a_tenant_has_no_score() {
    let api = Api::new().await;
    let made = api.post("/v1/companies", &json!({ "name": "Fabrikam" })).await.expect(201);
    api.get(&format!("/v1/companies/{}/secure-score", made["id"].as_str().unwrap())).await.expect(404);
    let company = linked(&api).await;
    api.get(&format!("{company}/secure-score?external_id=another")).await.expect(404);
    let of = RecordType::SecureScores;
    assert!(api.store().listed(&microsoft(), of, &"another".into(), 10).await.unwrap().is_empty());
}
