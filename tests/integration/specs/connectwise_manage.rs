//! ConnectWise's document: reading as of 2026.4, writing as of 2025.1.

use super::{Answer, Deviation, Headers, Place, Rows, Vendor, requests};
use simulators::App;

pub(super) const VENDOR: Vendor = Vendor {
    id: "connectwise-manage",
    file: "connectwise-manage.openapi.json",
    base: "/v2025_1/apis/3.0",
    any_case: false,
    authorise,
    answers: &[
        get("/company/companies?pageSize=1000", Rows::Bare, "Company"),
        get(
            "/company/companies?conditions=deletedFlag%20%3D%20false&orderBy=name%20desc&fields=id,identifier,name",
            Rows::Bare,
            "Company",
        ),
        get("/company/companies/250", Rows::Whole, "Company"),
        get("/company/companies/count?conditions=deletedFlag%20%3D%20false", Rows::Whole, "Count"),
        get("/company/companies/statuses", Rows::Bare, "CompanyStatus"),
        get("/company/companies/types", Rows::Bare, "CompanyType"),
        get("/company/contacts?pageSize=1000&pageId=57910", Rows::Bare, "Contact"),
        get("/company/contacts/57901", Rows::Whole, "Contact"),
        get("/company/contacts/types", Rows::Bare, "ContactType"),
        get("/company/communicationTypes", Rows::Bare, "CommunicationType"),
        get("/system/members?pageSize=1000", Rows::Bare, "Member"),
        get("/system/members/176", Rows::Whole, "Member"),
        get("/system/securityroles", Rows::Bare, "SecurityRole"),
        get("/system/info", Rows::Whole, "Info"),
        get("/service/tickets?pageSize=1000", Rows::Bare, "Ticket"),
        get("/service/tickets/48201", Rows::Whole, "Ticket"),
        get("/service/tickets/48201/notes?orderBy=id%20asc&page=1&pageSize=1000", Rows::Bare, "ServiceNote"),
        get("/service/boards", Rows::Bare, "Board"),
        get("/service/boards/1/statuses", Rows::Bare, "BoardStatus"),
        get("/service/boards/1/types", Rows::Bare, "BoardType"),
        get("/service/boards/1/subtypes", Rows::Bare, "BoardSubType"),
        get("/service/priorities", Rows::Bare, "Priority"),
        get("/service/sources", Rows::Bare, "Source"),
        post(
            "/service/tickets",
            r#"{"recordType": "ServiceTicket", "summary": "Down", "initialDescription": "It smokes", "company": {"id": 250},
                "contact": {"id": 57901}, "board": {"id": 1}, "status": {"id": 101}, "type": {"id": 8}, "priority": {"id": 4},
                "subType": {"name": "Hardware"}, "source": {"id": 2}, "owner": {"id": 176}, "externalXRef": "tk_1"}"#,
            "Ticket",
        ),
        post(
            "/service/tickets/48201/notes",
            r#"{"text": "x", "detailDescriptionFlag": false, "internalAnalysisFlag": true, "resolutionFlag": false,
                "processNotifications": false}"#,
            "ServiceNote",
        ),
        patch(
            "/service/tickets/48202",
            r#"[{"op": "replace", "path": "summary", "value": "x"}, {"op": "remove", "path": "owner"}]"#,
            "Ticket",
        ),
        post(
            "/system/members",
            r#"{"identifier": "bo", "licenseClass": "F", "firstName": "Bo", "lastName": "Dyke", "hireDate": "2026-11-22T00:00:00Z",
                "defaultEmail": "Office", "officeEmail": "bo@msp.example", "defaultPhone": "Office", "securityRole": {"id": 64}}"#,
            "Member",
        ),
        patch("/system/members/176", r#"[{"op": "replace", "path": "title", "value": "Lead"}]"#, "Member"),
        post(
            "/system/callbacks",
            r#"{"description": "Client Portal: tickets", "url": "https://portal.example/x?recordId=", "objectId": 1,
                "type": "ticket", "level": "owner", "payloadVersion": "3.0.0", "inactiveFlag": false,
                "isSelfSuppressedFlag": false}"#,
            "CallbackEntry",
        ),
        get("/system/callbacks?conditions=url%20contains%20%22portal.example%22", Rows::Bare, "CallbackEntry"),
        patch(
            "/system/callbacks/26552",
            r#"[{"op": "replace", "path": "inactiveFlag", "value": true}]"#,
            "CallbackEntry",
        ),
    ],
    deviations: &[Deviation {
        place: Place::TypeInRequest("PatchOperation", "value"),
        reason: "typed object; the Developer Guide and recorded requests set texts and flags by it",
    }],
};

const fn get(path: &'static str, rows: Rows, schema: &'static str) -> Answer {
    Answer { method: "GET", path, body: "", rows, schema }
}

const fn post(path: &'static str, body: &'static str, schema: &'static str) -> Answer {
    Answer { method: "POST", path, body, rows: Rows::Whole, schema }
}

const fn patch(path: &'static str, body: &'static str, schema: &'static str) -> Answer {
    Answer { method: "PATCH", path, body, rows: Rows::Whole, schema }
}

fn authorise(app: &App) -> Headers {
    use base64::Engine as _;

    let credentials = app.credentials();
    let [company, public, private] = ["company_id", "public_key", "private_key"].map(|key| credentials[key].as_str());
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("{company}+{public}:{private}"));
    let client_id = app.deployment()["connectwise_client_id"].clone();
    vec![("authorization", format!("Basic {pair}")), ("clientid", client_id)]
}

#[test]
fn wrong_requests_are_noticed() {
    let Some(document) = VENDOR.document() else { return };
    let base = VENDOR.base;
    let wrong = |method: &str, path: &str, query: &[(&str, &str)], body: Option<serde_json::Value>| {
        let query: Vec<_> = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        requests::check(&document, method, &format!("{base}{path}"), &query, body.as_ref())
    };
    assert_eq!(wrong("GET", "/company/customers", &[], None).len(), 1);
    assert_eq!(wrong("DELETE", "/system/members/176", &[], None).len(), 1);
    assert_eq!(wrong("GET", "/company/companies", &[("pagesize", "x"), ("filter", "x")], None).len(), 2);
    assert_eq!(wrong("GET", "/company/companies", &[("conditions", "id > 1"), ("pageId", "7")], None).len(), 0);
    let object = serde_json::json!({"op": "replace", "path": "summary", "value": "x"});
    assert_ne!(wrong("PATCH", "/service/tickets/1", &[], Some(object.clone())).len(), 0, "a patch is an array");
    assert_eq!(wrong("PATCH", "/service/tickets/1", &[], Some(serde_json::json!([object]))).len(), 0);
    let unknown = serde_json::json!({"summary": "x", "company": {"id": 1}, "titel": "x"});
    assert_eq!(wrong("POST", "/service/tickets", &[], Some(unknown)).len(), 1);
}
