//! Devices of a vendor that tells apart from them how they are.

use domain::record::{Company, Device, MonitoringState, RecordData, RecordType};
use serde_json::json;

use super::harness::{Api, Call};

fn device(name: &str) -> RecordData {
    RecordData::Device(Box::new(Device { name: name.to_owned(), company: Some("c1".into()), ..Device::default() }))
}

fn state(device: &str, online: Option<bool>) -> RecordData {
    RecordData::MonitoringState(MonitoringState {
        device: device.into(),
        company: Some("c1".into()),
        online,
        last_user: Some("ada".to_owned()),
        booted_at: Some("2026-03-01T06:00:00Z".parse().unwrap()),
        last_seen_at: Some("2026-03-02T09:00:00Z".parse().unwrap()),
    })
}

#[tokio::test]
async fn devices_are_online_as_their_states_say_wherever_they_are_listed() {
    let api = Api::new().await;
    api.switch_on("connectwise-asio", |_| ()).await;
    let company = RecordData::Company(Company { name: "North".to_owned(), ..Company::default() });
    api.mirror("connectwise-asio", RecordType::Companies, vec![("c1", company)]).await;
    let made = api.post("/v1/companies", &json!({ "name": "North" })).await.expect(201);
    let id = made["id"].as_str().unwrap();
    api.send(Call::new("PUT", &format!("/v1/companies/{id}/links/connectwise-asio/c1"))).await.expect(200);
    api.mirror(
        "connectwise-asio",
        RecordType::Devices,
        vec![("e1", device("alpha")), ("e2", device("beta")), ("e3", device("gamma"))],
    )
    .await;
    let states = vec![("e1", state("e1", Some(true))), ("e2", state("e2", Some(false)))];
    api.mirror("connectwise-asio", RecordType::MonitoringStates, states).await;

    for path in ["/v1/devices?".to_owned(), format!("/v1/devices?company={id}&")] {
        let names = async |more: &str| {
            let answer = api.get(&format!("{path}{more}")).await.expect(200);
            let items = answer["items"].as_array().unwrap().iter();
            items.map(|item| item["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names("online=true").await, ["alpha"], "{path}");
        assert_eq!(names("online=false").await, ["beta"], "{path}");
        assert_eq!(names("search=ADA").await, ["alpha", "beta"], "{path}");
        let answer = api.get(&path).await.expect(200);
        let told = |field: &str| json!([answer["items"][0][field], answer["items"][2][field]]);
        assert_eq!(told("online"), json!([true, null]), "nobody says whether the third is online");
        assert_eq!(told("last_user"), json!(["ada", null]));
        assert_eq!(told("booted_at"), json!(["2026-03-01T06:00:00Z", null]));
        assert_eq!(told("last_seen_at"), json!(["2026-03-02T09:00:00Z", null]));
    }
}
