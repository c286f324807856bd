use serde_json::json;

use super::*;

fn rows(answer: &Value) -> Vec<String> {
    let rows = endpoints("list", &Bytes::from(answer.to_string())).unwrap();
    let shown = |row: &Row| {
        let field = |name| text(row, name).unwrap_or("-").to_owned();
        [field("endpointid"), field("companyid"), field("siteid"), field("friendlyname")].join(" ")
    };
    rows.iter().map(shown).collect()
}

#[test]
fn every_known_shape_becomes_the_same_rows() {
    let one = "e1 c1 s1 WS01";
    let shapes = [
        json!({"endpoints": [{"endpointId": "e1", "clientId": "c1", "siteId": "s1", "friendlyName": "WS01"}]}),
        json!({"platform": [{"companyID": "c1", "siteID": "s1", "endpoints": [{"endpointID": "e1", "friendlyName": "WS01"}]}]}),
        json!({"network": [{"companyID": "c1", "siteID": "s1",
            "endpoints": [{"EndpointID": "e1", "network": {"friendlyName": "WS01"}}]}]}),
        json!({"data": [{"clientID": "c1", "siteID": "s1", "endpoints": [{"endpointID": "e1", "FriendlyName": "WS01"}]}]}),
        json!({"successfulRecords": [{"companyID": "c1", "endpoints": [{"EndpointID": "e1", "siteId": "s1", "friendlyname": "WS01"}]}],
            "failedRecords": [{"endpoints": [{"EndpointID": "e9"}]}]}),
        json!([{"endpointId": "e1", "clientId": "c1", "siteId": "s1", "friendlyName": "WS01"}]),
        json!({"endpointID": "e1", "clientID": "c1", "siteID": "s1", "friendlyName": "WS01"}),
    ];
    for shape in shapes {
        assert_eq!(rows(&shape), [one], "{shape}");
    }
}

#[test]
fn the_first_of_names_in_different_cases_that_is_filled_counts() {
    let row = json!([{"endpointId": "", "EndpointID": "e1", "endpointID": "e2", "clientId": null, "clientID": "c1"}]);
    // Names come in the order of the alphabet, capitals first.
    assert_eq!(rows(&row), ["e1 c1 - -"]);
}

#[test]
fn an_answer_without_any_list_is_an_error_and_an_empty_list_is_none() {
    for body in [r#"{"message":"later"}"#, "{}", "7", "<html>", r#"{"platform":[{"endpoints""#, ""] {
        let error = endpoints("list", &Bytes::from_static(body.as_bytes())).unwrap_err();
        assert!(matches!(error.kind, ErrorKind::Malformed { .. }), "{body}");
    }
    for empty in [json!([]), json!({"platform": []}), json!({"endpoints": []})] {
        assert_eq!(rows(&empty), [""; 0], "{empty}");
    }
}

#[test]
fn a_device_of_two_categories_is_one_and_what_is_no_device_is_set_aside() {
    let answer = json!({"cloud": [{"companyID": "c1", "endpoints": [{"endpointID": "e1"}, 7]}],
        "platform": [{"companyID": "c1", "endpoints": [{"endpointID": "e1"}]}]});
    let found = devices("list", &Bytes::from(answer.to_string())).unwrap();
    assert_eq!(found.len(), 2);
    let mapped = found.map(crate::map::device);
    assert!(matches!(mapped[1], connector::Mapped::Malformed { .. }), "{mapped:?}");
}

#[test]
fn states_are_joined_and_know_their_company_from_the_list_of_devices() {
    let list = json!({"endpoints": [{"endpointId": "e1", "clientId": "c1"}, {"endpointId": "e2", "clientId": "c2"}]});
    let inventory = Inventory::read("list", &Bytes::from(list.to_string())).unwrap();
    let heartbeats = Bytes::from(
        json!({"successfulRecords": [{"endpoints": [{"EndpointID": "e1", "Availability": true}]}]}).to_string(),
    );
    let systems = Bytes::from(
        json!({"successfulRecords": [{"endpoints": [{"endpointID": "e1"}, {"endpointID": "e2", "clientID": "c9"}]}]})
            .to_string(),
    );
    let joined = states("read", Some(&heartbeats), Some(&systems), &inventory).unwrap();
    let shown: Vec<_> = joined
        .readable()
        .map(|row| {
            format!("{} {} {}", row.endpointid.get().unwrap(), row.companyid.get().unwrap(), row.heartbeat.is_some())
        })
        .collect();
    assert_eq!(shown, ["e1 c1 true", "e2 c9 false"]);
    assert_eq!(inventory.companies_behind(Some("c1"), 9), ["c2"]);
}
