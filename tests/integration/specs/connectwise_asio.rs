//! Asio's document "ConnectWise Asio APIs" of version 1. What the newer document adds (lists by category, heartbeats) is not
//! in it, so those calls are not among the answers here.

use super::{Answer, Deviation, Headers, Place, Rows, Vendor, call, requests};
use simulators::App;

const COMPANY: &str = "436f6d6d-616e-6420-4944-000000001000";

pub(super) const VENDOR: Vendor = Vendor {
    id: "connectwise-asio",
    file: "connectwise-asio.openapi.json",
    base: "",
    any_case: false,
    authorise,
    answers: &[
        get("/api/platform/v1/company/companies", Rows::Bare, "Company"),
        get("/api/platform/v1/company/companies/436f6d6d-616e-6420-4944-000000001000", Rows::Whole, "Company"),
        get("/api/platform/v1/company/sites", Rows::Bare, "Site"),
        get("/api/platform/v1/company/companies/436f6d6d-616e-6420-4944-000000001000/sites", Rows::Bare, "Site"),
        get("/api/platform/v1/company/sites/436f6d6d-616e-6420-4944-000000200000", Rows::Whole, "Site"),
        get("/api/platform/v1/device/endpoints", Rows::In("endpoints"), "endpoint"),
        get(
            "/api/platform/v1/device/clients/436f6d6d-616e-6420-4944-000000001000/endpoints",
            Rows::In("endpoints"),
            "endpoint",
        ),
        get(
            "/api/platform/v1/device/endpoints/436f6d6d-616e-6420-4944-000070000000",
            Rows::Whole,
            "example: GET /api/platform/v1/device/endpoints/{endpointID} ",
        ),
        get(
            "/api/platform/v1/device/endpoints/436f6d6d-616e-6420-4944-000070000000/system-state-info",
            Rows::Whole,
            "SystemStateCollection",
        ),
        get("/v1/rate_limits", Rows::Whole, "example: GET /v1/rate_limits "),
    ],
    deviations: &[
        Deviation {
            place: Place::Lacking(
                "example: GET /api/platform/v1/device/endpoints/{endpointID} ",
                &["remoteAddress", "antiViruses"],
            ),
            reason: "fields of the newer document, which the simulator keeps with a device",
        },
        Deviation {
            place: Place::Operations("/api/platform/v2/device/"),
            reason: "devices of many companies and their states are in the newer document only",
        },
    ],
};

const fn get(path: &'static str, rows: Rows, schema: &'static str) -> Answer {
    Answer { method: "GET", path, body: "", rows, schema }
}

fn authorise(app: &App) -> Headers {
    let credentials = app.credentials();
    let body = serde_json::json!({"grant_type": "client_credentials", "client_id": credentials["client_id"],
        "client_secret": credentials["client_secret"]});
    let (_, token) = call(app, "POST", "/v1/token", &[], body.to_string());
    vec![("authorization", format!("Bearer {}", token["access_token"].as_str().unwrap()))]
}

#[test]
fn wrong_requests_are_noticed() {
    let Some(document) = VENDOR.document() else { return };
    let wrong = |method: &str, path: &str| requests::check(&document, method, path, &[], None).len();
    assert_eq!(wrong("GET", "/api/platform/v1/company/customers"), 1);
    assert_eq!(wrong("PUT", &format!("/api/platform/v1/company/companies/{COMPANY}")), 1);
    assert_eq!(wrong("GET", "/api/platform/v1/company/sites"), 0);
}
