use connector::Change;
use domain::options::Options;
use domain::record::RecordData;
use serde_json::json;
use testkit::fake_vendor::{FakeVendor, Reply, Seen, ok, reply};

use super::*;
use crate::fake::manage;

fn technician() -> Technician {
    Technician {
        name: "Bo van Dyke".to_owned(),
        email: Some("bo.vandyke-longname@msp.example".to_owned()),
        phone: Some("5550100".to_owned()),
        active: true,
        ..Technician::default()
    }
}

fn create(technician: Technician) -> Change {
    Change::CreateTechnician { reference: "te_1".to_owned(), technician }
}

fn update(change: TechnicianChange) -> Change {
    Change::UpdateTechnician { external_id: "176".into(), change }
}

fn row() -> Value {
    json!({ "id": 176, "identifier": "bo", "licenseClass": "F", "firstName": "Bo", "lastName": "Dyke", "defaultEmail": "Mobile",
        "mobileEmail": "bo@msp.example", "primaryEmail": "bo@msp.example", "defaultPhone": "Office", "inactiveFlag": false })
}

fn usual(seen: &Seen) -> Reply {
    match seen.target() {
        "GET /system/members" => ok(&json!([])),
        "POST /system/members" => reply(201, row()),
        "GET /system/members/176" | "PATCH /system/members/176" => ok(&row()),
        "POST /system/members/176/deactivate" => ok(&json!({})),
        other => panic!("{other}"),
    }
}

fn with_role() -> Options {
    let mut options = Options::initial();
    options.filters.insert("member_security_role".to_owned(), vec!["64".to_owned()]);
    options
}

async fn push(manage: &std::sync::Arc<FakeVendor>, change: &Change) -> Result<Pushed> {
    manage.session_with(&[], with_role()).push(change).await
}

fn field(error: &ConnectorError) -> Option<&str> {
    match &error.kind {
        ErrorKind::Rejected { field, .. } => field.as_deref(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_member_is_created_with_what_the_server_demands() {
    let manage = manage(usual);
    let pushed = push(&manage, &create(technician())).await.unwrap();
    insta::assert_json_snapshot!(manage.written().json(), @r#"
    {
      "defaultEmail": "Office",
      "defaultPhone": "Office",
      "firstName": "Bo van",
      "hireDate": "2026-11-22T00:00:00Z",
      "identifier": "bo.vandyke-long",
      "lastName": "Dyke",
      "licenseClass": "F",
      "officeEmail": "bo.vandyke-longname@msp.example",
      "officePhone": "5550100",
      "securityRole": {
        "id": 64
      }
    }
    "#);
    assert_eq!((pushed.external_id.as_str(), pushed.record.as_ref().unwrap().data.name()), ("176", "Bo Dyke"));
}

#[tokio::test]
async fn a_seat_is_taken_only_where_everything_is_clear() {
    let manage = manage(usual);
    let without_role = manage.session().push(&create(technician())).await.unwrap_err();
    assert_eq!(field(&without_role), Some("security_role"));
    let cases = [
        (Technician { email: None, ..technician() }, "email"),
        (Technician { name: "Bo".to_owned(), ..technician() }, "name"),
        (Technician { name: format!("Bo {}", "x".repeat(31)), ..technician() }, "name"),
        (Technician { phone: Some("1".repeat(16)), ..technician() }, "phone"),
    ];
    for (technician, expected) in cases {
        assert_eq!(field(&push(&manage, &create(technician)).await.unwrap_err()), Some(expected));
    }
    assert_eq!(manage.writes(), Vec::<String>::new());
    let there = crate::fake::manage(|_| ok(&json!([row()])));
    assert_eq!(field(&push(&there, &create(technician())).await.unwrap_err()), Some("email"));
    assert_eq!(there.writes(), Vec::<String>::new());
}

#[tokio::test]
async fn the_address_that_counts_is_changed() {
    let manage = manage(usual);
    let change = TechnicianChange {
        name: Some("Bo Anne  Dyke".to_owned()),
        email: Some("bo2@msp.example".to_owned()),
        phone: Some("1".to_owned()),
        title: Some("Lead".to_owned()),
        ..TechnicianChange::default()
    };
    push(&manage, &update(change)).await.unwrap();
    assert_eq!(
        manage.written().json(),
        json!([
            { "op": "replace", "path": "firstName", "value": "Bo Anne" },
            { "op": "replace", "path": "lastName", "value": "Dyke" },
            { "op": "replace", "path": "mobileEmail", "value": "bo2@msp.example" },
            { "op": "replace", "path": "officePhone", "value": "1" },
            { "op": "replace", "path": "title", "value": "Lead" },
        ])
    );
}

#[tokio::test]
async fn a_member_is_switched_off_by_a_call_of_its_own_and_on_by_a_patch() {
    let off = manage(usual);
    push(&off, &update(TechnicianChange { active: Some(false), ..TechnicianChange::default() })).await.unwrap();
    assert_eq!(off.writes(), ["POST /system/members/176/deactivate"]);
    // Switched off already: there is nothing to do.
    let mut inactive = row();
    inactive["inactiveFlag"] = true.into();
    let on = manage(move |seen| if seen.line.starts_with("GET") { ok(&inactive) } else { usual(seen) });
    push(&on, &update(TechnicianChange { active: Some(false), ..TechnicianChange::default() })).await.unwrap();
    assert_eq!(on.writes(), Vec::<String>::new());
    let pushed =
        push(&on, &update(TechnicianChange { active: Some(true), ..TechnicianChange::default() })).await.unwrap();
    assert_eq!(on.written().json(), json!([{ "op": "replace", "path": "inactiveFlag", "value": false }]));
    assert!(
        matches!(pushed.record.unwrap().data, RecordData::Technician(Technician { active: false, .. })),
        "as the server has it"
    );
}

#[tokio::test]
async fn refusals_name_our_fields() {
    let manage = manage(|seen| match seen.target() {
        "POST /system/members" => reply(
            400,
            json!({ "code": "InvalidObject", "message": "member object is invalid", "errors": [
            { "code": "ObjectExists", "message": "Member ID already in use.", "field": "identifier" }] }),
        ),
        "PATCH /system/members/176" => {
            reply(400, json!({ "errors": [{ "message": "Invalid email.", "field": "mobileEmail" }] }))
        }
        _ => usual(seen),
    });
    let error = push(&manage, &create(technician())).await.unwrap_err();
    assert_eq!(error.to_string(), "create a member: the vendor refused the change: Member ID already in use.");
    let change = TechnicianChange { email: Some("x".to_owned()), ..TechnicianChange::default() };
    assert_eq!(field(&push(&manage, &update(change)).await.unwrap_err()), Some("email"));
}

#[tokio::test]
async fn a_lost_member_is_found_by_address() {
    let manage = manage(|_| ok(&json!([row()])));
    let found = manage.session().find(&create(technician())).await.unwrap();
    assert_eq!(found.iter().map(|pushed| pushed.external_id.as_str()).collect::<Vec<_>>(), ["176"]);
    let condition = manage.calls()[0].parameter("conditions");
    assert_eq!(condition.as_deref(), Some("officeEmail = \"bo.vandyke-longname@msp.example\""));
}
