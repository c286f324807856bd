//! Autotask's document of 2020. Its names are `PascalCase` where the wire is `camelCase`, so names are compared in lower case
//! here; and being of version 2.0 it cannot say that a field may be null.

use super::{Answer, Deviation, Headers, Place, Rows, Vendor, requests};
use simulators::App;

const EVERYTHING: &str = r#"{"MaxRecords": 500, "filter": [{"op": "gte", "field": "id", "value": 0}]}"#;

pub(super) const VENDOR: Vendor = Vendor {
    id: "autotask",
    file: "autotask.openapi.json",
    base: "/atservicesrest",
    any_case: true,
    authorise,
    answers: &[
        get("/V1.0/ZoneInformation?user=portal%2Bapi%40msp.at.example", Rows::Whole, "ZoneInformationResultModel"),
        get("/VersionInformation", Rows::Whole, "ApiVersionResultModel"),
        get("/V1.0/ThresholdInformation", Rows::Whole, "ThresholdStatusResultModel"),
        query("/V1.0/Companies/query", "CompanyModel"),
        query("/V1.0/Contacts/query", "ContactModel"),
        query("/V1.0/Resources/query", "ResourceModel"),
        query("/V1.0/Tickets/query", "TicketModel"),
        query("/V1.0/TicketNotes/query", "TicketNoteModel"),
        query("/V1.0/ContactGroups/query", "ContactGroupModel"),
        query("/V1.0/ContactGroupContacts/query", "ContactGroupContactModel"),
        query("/V1.0/ResourceRoles/query", "ResourceRoleModel"),
        post("/V1.0/Companies/query/count", EVERYTHING, "QueryCountResultModel"),
        get("/V1.0/Companies/29683500", Rows::Only("item"), "CompanyModel"),
        get("/V1.0/Contacts/30681001", Rows::Only("item"), "ContactModel"),
        get("/V1.0/Resources/29682885", Rows::Only("item"), "ResourceModel"),
        get("/V1.0/Tickets/351181", Rows::Only("item"), "TicketModel"),
        get("/V1.0/Tickets/351182/Notes", Rows::In("items"), "TicketNoteModel"),
        get("/V1.0/Companies/29683500/Contacts", Rows::In("items"), "ContactModel"),
        get("/V1.0/Tickets/entityInformation", Rows::Only("info"), "EntityInformationModel"),
        get("/V1.0/Companies/entityInformation/fields", Rows::In("fields"), "FieldInformationModel"),
        get("/V1.0/Resources/entityInformation/fields", Rows::In("fields"), "FieldInformationModel"),
        get("/V1.0/Tickets/entityInformation/fields", Rows::In("fields"), "FieldInformationModel"),
        get("/V1.0/CompanyWebhookFields/entityInformation/fields", Rows::In("fields"), "FieldInformationModel"),
        post(
            "/V1.0/Tickets",
            r#"{"companyID": 29683500, "title": "Down", "status": 1, "priority": 2, "queueID": 29682833, "externalID": "tk_1",
                "dueDateTime": "2026-11-23T12:00:00Z"}"#,
            "OperationResultModel",
        ),
        patch("/V1.0/Tickets", r#"{"id": 351181, "status": 5}"#),
        post(
            "/V1.0/Tickets/351181/Notes",
            r#"{"ticketID": 351181, "title": "x", "description": "x", "noteType": 3, "publish": 1}"#,
            "OperationResultModel",
        ),
        patch("/V1.0/Resources", r#"{"id": 29682885, "officePhone": "1"}"#),
        post(
            "/V1.0/CompanyWebhooks",
            r#"{"name": "x", "webhookUrl": "https://portal.example/x", "deactivationUrl": "https://portal.example/y",
                "secretKey": "s", "isActive": true, "isSubscribedToCreateEvents": true, "isSubscribedToUpdateEvents": true,
                "isSubscribedToDeleteEvents": true, "sendThresholdExceededNotification": false}"#,
            "OperationResultModel",
        ),
        post(
            "/V1.0/CompanyWebhooks/1/Fields",
            r#"{"webhookID": 1, "fieldID": 11, "isSubscribedField": true, "isDisplayAlwaysField": false}"#,
            "OperationResultModel",
        ),
        post(
            "/V1.0/CompanyWebhooks/1/ExcludedResources",
            r#"{"webhookID": 1, "resourceID": 29682885}"#,
            "OperationResultModel",
        ),
        query("/V1.0/CompanyWebhooks/query", "CompanyWebhookModel"),
        get("/V1.0/CompanyWebhooks/1", Rows::Only("item"), "CompanyWebhookModel"),
        get("/V1.0/CompanyWebhooks/1/Fields", Rows::In("items"), "CompanyWebhookFieldModel"),
        get("/V1.0/CompanyWebhooks/1/ExcludedResources", Rows::In("items"), "CompanyWebhookExcludedResourceModel"),
    ],
    deviations: &[
        Deviation {
            place: Place::Type("OperationResultModel", "itemid"),
            reason: "typed as an object; every client reads a number",
        },
        Deviation {
            place: Place::Type("FieldInformationModel", "issupportedwebhookfield"),
            reason: "typed as an object; clients read a flag",
        },
        Deviation {
            place: Place::Type("EntityInformationModel", "useraccessforcreate"),
            reason: "an empty schema; clients read text",
        },
        Deviation {
            place: Place::Type("EntityInformationModel", "useraccessforupdate"),
            reason: "an empty schema; clients read text",
        },
        Deviation {
            place: Place::Type("EntityInformationModel", "useraccessfordelete"),
            reason: "an empty schema; clients read text",
        },
        Deviation {
            place: Place::Type("EntityInformationModel", "useraccessforquery"),
            reason: "an empty schema; clients read text",
        },
        Deviation {
            place: Place::TypeInRequest("QueryModel", "value"),
            reason: "typed as an object; the vendor's help and every client send the value itself",
        },
        Deviation {
            place: Place::Operations("/ATServicesRest/V1.0/DeletedTicketLogs/"),
            reason: "an entity of the vendor's help that is younger than the document",
        },
    ],
};

const fn get(path: &'static str, rows: Rows, schema: &'static str) -> Answer {
    Answer { method: "GET", path, body: "", rows, schema }
}

const fn query(path: &'static str, schema: &'static str) -> Answer {
    Answer { method: "POST", path, body: EVERYTHING, rows: Rows::In("items"), schema }
}

const fn post(path: &'static str, body: &'static str, schema: &'static str) -> Answer {
    Answer { method: "POST", path, body, rows: Rows::Whole, schema }
}

const fn patch(path: &'static str, body: &'static str) -> Answer {
    Answer { method: "PATCH", path, body, rows: Rows::Whole, schema: "OperationResultModel" }
}

fn authorise(app: &App) -> Headers {
    let (mut credentials, mut deployment) = (app.credentials(), app.deployment());
    vec![
        ("username", credentials.remove("username").unwrap()),
        ("secret", credentials.remove("secret").unwrap()),
        ("apiintegrationcode", deployment.remove("autotask_integration_code").unwrap()),
    ]
}

#[test]
fn wrong_requests_are_noticed() {
    let Some(document) = VENDOR.document() else { return };
    let wrong = |method: &str, path: &str, body: Option<serde_json::Value>| {
        requests::check(&document, method, &format!("{}{path}", VENDOR.base), &[], body.as_ref())
    };
    let body = |text: &str| Some(serde_json::from_str(text).unwrap());
    assert_eq!(wrong("POST", "/V1.0/Contacts", body("{}")).len(), 1, "contacts are written below their company");
    assert_eq!(wrong("PATCH", "/V1.0/Tickets/351181", body("{}")).len(), 1, "the id stands in the body");
    assert_eq!(wrong("PATCH", "/V1.0/Tickets", body(r#"{"ID": 351181, "STATUS": 5}"#)).len(), 0);
    assert_eq!(wrong("PATCH", "/V1.0/Tickets", body(r#"{"id": 351181, "state": 5}"#)).len(), 1);
    assert_eq!(wrong("PATCH", "/V1.0/Tickets", body(r#"{"id": "351181"}"#)).len(), 1);
    assert_eq!(wrong("POST", "/V1.0/Tickets/query", body(r#"{"filter": "all"}"#)).len(), 1);
}
