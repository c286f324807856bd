//! Syncro's document "Syncro v1": it has examples of answers and hardly a schema, so rows are held against the examples.

use super::{Answer, Deviation, Headers, Place, Rows, Vendor, requests};
use simulators::App;

const CUSTOMER: &str = "example: GET /customers customers/0";
const CONTACT: &str = "example: GET /contacts contacts/0";
const USER: &str = "example: GET /users/{id} user";
const TICKET_ROW: &str = "example: GET /tickets tickets/0";
const TICKET: &str = "example: GET /tickets/{id} ticket";
const COMMENT_ROW: &str = "example: GET /tickets/{id}/comments comments/0";
const COMMENT: &str = "example: POST /tickets/{id}/comment comment";

pub(super) const VENDOR: Vendor = Vendor {
    id: "syncro",
    file: "syncro.openapi.json",
    base: "/api/v1",
    any_case: false,
    authorise,
    answers: &[
        get("/me", Rows::Whole, "example: GET /me "),
        get("/settings", Rows::Whole, "example: GET /settings "),
        get("/tickets/settings", Rows::Whole, "example: GET /tickets/settings "),
        get("/customers?include_disabled=true&page=1", Rows::In("customers"), CUSTOMER),
        get("/customers?sort=city%20DESC&query=a", Rows::In("customers"), CUSTOMER),
        get("/customers/20001", Rows::Only("customer"), CUSTOMER),
        get("/contacts?page=1", Rows::In("contacts"), CONTACT),
        get("/contacts/50001", Rows::Whole, CONTACT),
        get("/users/101", Rows::Only("user"), USER),
        get("/tickets?page=1&since_updated_at=2020-01-01T00:00:00Z", Rows::In("tickets"), TICKET_ROW),
        get(
            "/tickets?customer_id=20001&created_after=2020-01-01&comment_format=plaintext",
            Rows::In("tickets"),
            TICKET_ROW,
        ),
        get("/tickets/108000001", Rows::Only("ticket"), TICKET),
        get(
            "/tickets/108000001/comments?sort_by=created_at&sort_direction=ASC&per_page=100&comment_format=plaintext&page=1",
            Rows::In("comments"),
            COMMENT_ROW,
        ),
        write(
            "POST",
            "/customers",
            r#"{"business_name": "New Company", "email": "new@new.example"}"#,
            "customer",
            CUSTOMER,
        ),
        write("PUT", "/customers/20001", r#"{"city": "Ashford"}"#, "customer", CUSTOMER),
        write(
            "POST",
            "/tickets",
            r#"{"customer_id": 20001, "contact_id": 50001, "subject": "Down", "problem_type": "Hardware", "status": "New",
                "priority": "2 Normal", "ticket_type_id": 1, "user_id": 101, "comments_attributes":
                [{"subject": "Initial Issue", "body": "text", "hidden": false, "do_not_email": true, "tech": "Portal"}]}"#,
            "ticket",
            TICKET,
        ),
        write("PUT", "/tickets/108000001", r#"{"status": "Resolved"}"#, "ticket", TICKET),
        write(
            "POST",
            "/tickets/108000001/comment",
            r#"{"subject": "Update", "body": "text", "hidden": true, "do_not_email": true, "tech": "Portal"}"#,
            "comment",
            COMMENT,
        ),
    ],
    deviations: &[Deviation {
        place: Place::Lacking(CUSTOMER, &["phones", "addresses", "contracts", "ticket_links", "invoice_links"]),
        reason: "in details of a live account",
    }],
};

const fn get(path: &'static str, rows: Rows, schema: &'static str) -> Answer {
    Answer { method: "GET", path, body: "", rows, schema }
}

const fn write(
    method: &'static str,
    path: &'static str,
    body: &'static str,
    key: &'static str,
    schema: &'static str,
) -> Answer {
    Answer { method, path, body, rows: Rows::Only(key), schema }
}

fn authorise(app: &App) -> Headers {
    vec![("authorization", format!("Bearer {}", app.credentials()["api_key"]))]
}

#[test]
fn wrong_requests_are_noticed() {
    let Some(document) = VENDOR.document() else { return };
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let wrong = |method: &str, path: &str, query: &[(String, String)], body: Option<serde_json::Value>| {
        requests::check(&document, method, path, query, body.as_ref())
    };
    assert_eq!(wrong("GET", "/api/v1/client", &[], None).len(), 1);
    assert_eq!(wrong("PUT", "/api/v1/users/1", &[], None).len(), 1);
    assert_eq!(wrong("GET", "/api/v1/contacts", &[pair("per_page", "100")], None).len(), 1);
    assert_eq!(wrong("GET", "/api/v1/contacts", &[pair("page", "two")], None).len(), 1);
    let unknown = serde_json::json!({"customer_id": 1, "sbject": "misspelt"});
    assert_eq!(wrong("POST", "/api/v1/tickets", &[], Some(unknown)).len(), 1);
    let mistyped = serde_json::json!({"customer_id": "one"});
    assert_eq!(wrong("POST", "/api/v1/tickets", &[], Some(mistyped)).len(), 1);
}
