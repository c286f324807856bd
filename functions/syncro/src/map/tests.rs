use std::collections::BTreeSet;

use bytes::Bytes;
use connector::RecordTypeDescriptor;
use domain::record::{Record, RecordType};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::descriptor::DESCRIPTOR;
use crate::listing::Listing;

/// The example of Syncro's own document, with a company's name.
fn customer_row() -> Value {
    json!({"id":7,"firstname":"Ann","lastname":"Smith","fullname":"Ann Smith","business_name":"Contoso Ltd",
        "email":"Ann@Contoso.example","phone":"5550999","mobile":null,"created_at":"2019-10-21T08:33:21.053Z",
        "updated_at":"2019-10-22T08:33:21.053Z","pdf_url":null,"address":null,"city":"Ashford","latitude":null,"notes":null,
        "Notes":"again","get_sms":false,"disabled":false,"no_email":true,"properties":{},
        "online_profile_url":"https://acme.syncromsp.com/my_profile/v2/index?portal_key=secret",
        "business_and_full_name":"Contoso Ltd - Ann Smith","business_then_name":"Contoso Ltd",
        "contacts":[{"id":9,"name":"Bo Ek","email":"bo@contoso.example"},{"id":12,"name":"A","email":"ANN@contoso.example"},
            {"id":11,"name":"Ann","email":"ann@contoso.example"}]})
}

/// The example of Syncro's own document.
fn contact_row() -> Value {
    json!({"id":1,"name":"Boba van Fett","address1":"8653 Ivan Flat","city":"Tuanside","email":"jarvis@contoso.example",
        "phone":"657.325.3258 x330","mobile":"(133) 358-5295","latitude":67.9,"customer_id":7,"account_id":1,
        "created_at":"2019-10-22T08:47:09.723Z","updated_at":"2019-10-23T08:47:09.723Z","vendor_id":null,
        "properties":{"title":"Hunter","Shirt":[1]},"opt_out":false,"extension":null})
}

fn ticket_row() -> Value {
    json!({"id":108000001,"number":5001,"subject":"Printer down","created_at":"2019-11-04T08:59:31.034Z","customer_id":7,
        "customer_business_then_name":"Contoso Ltd","due_date":"2019-11-04T08:59:31.016Z","resolved_at":null,
        "problem_type":"Virus","status":"In Progress","ticket_type_id":2,"ticket_type_name":"Hardware","properties":{},
        "user_id":3,"updated_at":"2019-11-05T08:59:31.034Z","priority":"1 High","tag_list":[],"contact_id":1,"comments":[],
        "user":{"id":3,"full_name":"Alex"}})
}

/// As `/tickets/{id}` has it.
fn ticket_detail() -> Value {
    let mut detail = ticket_row();
    for absent in ["contact_id", "ticket_type_id", "ticket_type_name"] {
        detail.as_object_mut().unwrap().remove(absent);
    }
    with(
        detail,
        json!({"contact": contact_row(), "ticket_type": {"id": 2, "name": "Hardware"}, "address": null,
        "comments": [{"id": 1, "body": "It smokes", "hidden": false}], "customer": customer_row()}),
    )
}

fn with(mut row: Value, changes: Value) -> Value {
    let (Value::Object(row), Value::Object(changes)) = (&mut row, changes) else { panic!("objects") };
    row.extend(changes);
    Value::Object(row.clone())
}

fn mapped(feed: &str, row: &Value, context: &Context) -> Mapped {
    let key = if feed == "technicians" { "users" } else { feed };
    let body = json!({ key: [row], "meta": { "total_pages": 1 } });
    Listing::read(feed, Bytes::from(body.to_string())).unwrap().map(context).pop().unwrap()
}

fn plain_row(feed: &str, row: &Value) -> Mapped {
    mapped(feed, row, &Context::default())
}

fn single(feed: &str, body: &Value) -> Mapped {
    Listing::single(feed, Bytes::from(body.to_string())).unwrap().map(&Context::default()).pop().unwrap()
}

fn record_of(mapped: Mapped) -> Record {
    match mapped {
        Mapped::Record(record) => record,
        other => panic!("no record: {other:?}"),
    }
}

fn data(mapped: Mapped) -> Value {
    serde_json::to_value(record_of(mapped).data).unwrap()
}

fn reason(mapped: Mapped) -> String {
    match mapped {
        Mapped::Skipped { external_id, name, reason } => format!("{external_id} {name}: {reason}"),
        Mapped::Malformed { error, .. } => format!("malformed: {error}"),
        Mapped::Record(record) => panic!("not skipped: {record:?}"),
    }
}

#[test]
fn a_customer_becomes_a_company() {
    insta::assert_json_snapshot!(record_of(plain_row("customers", &customer_row())), @r#"
    {
      "external_id": "7",
      "modified_at": "2019-10-22T08:33:21.053Z",
      "data": {
        "type": "company",
        "name": "Contoso Ltd",
        "domains": [
          "contoso.example"
        ],
        "phone": "5550999",
        "subtitle": "Ashford",
        "primary_contact": {
          "contact": "11"
        }
      }
    }
    "#);
}

#[test]
fn a_customer_who_is_a_person_has_a_name_and_no_domain() {
    let company = |changes: Value| data(plain_row("customers", &with(customer_row(), changes)));
    let person = company(json!({"business_name": "", "business_then_name": null, "disabled": true, "phone": null,
        "mobile": "5551"}));
    assert_eq!(
        (&person["name"], &person["inactive"], &person["phone"]),
        (&json!("Ann Smith"), &json!(true), &json!("5551"))
    );
    assert_eq!(person.get("domains"), None);
    assert_eq!(company(json!({"email": "contoso@gmail.com"})).get("domains"), None);
    let unnamed = json!({"business_name": null, "business_then_name": null, "fullname": null, "firstname": "Ann",
        "lastname": null});
    assert_eq!(company(unnamed)["name"], "Ann");
}

#[test]
fn the_primary_contact_is_inferred_by_address_then_by_name() {
    let primary =
        |changes: Value| data(plain_row("customers", &with(customer_row(), changes)))["primary_contact"].clone();
    assert_eq!(primary(json!({"email": "BO@contoso.example"})), json!({"contact": "9"}));
    assert_eq!(primary(json!({"email": null, "fullname": "bo ek"})), json!({"contact": "9"}));
    assert_eq!(primary(json!({"email": null, "fullname": "Somebody Else"})), Value::Null);
    assert_eq!(primary(json!({"contacts": null})), Value::Null);
    // Nobody's address is not everybody's who has none.
    let nobody = json!({"email": "", "fullname": "X", "contacts": [{"id": 1, "name": "Y", "email": ""}]});
    assert_eq!(primary(nobody), Value::Null);
}

#[test]
fn a_contact_becomes_a_contact() {
    insta::assert_json_snapshot!(record_of(plain_row("contacts", &contact_row())), @r#"
    {
      "external_id": "1",
      "modified_at": "2019-10-23T08:47:09.723Z",
      "data": {
        "type": "contact",
        "name": "Boba van Fett",
        "first_name": "Boba van",
        "last_name": "Fett",
        "email": "jarvis@contoso.example",
        "phone": "657.325.3258 x330",
        "mobile": "(133) 358-5295",
        "title": "Hunter",
        "company": "7",
        "created_at": "2019-10-22T08:47:09Z"
      }
    }
    "#);
}

#[test]
fn contacts_with_little_to_them() {
    let contact = |changes: Value| plain_row("contacts", &with(contact_row(), changes));
    let one = data(contact(json!({"name": "Cher", "email": "", "properties": {}})));
    assert_eq!((&one["first_name"], one.get("last_name"), one.get("email")), (&json!("Cher"), None, None));
    assert_eq!(data(contact(json!({"name": " "})))["name"], "jarvis@contoso.example");
    assert_eq!(reason(contact(json!({"name": null, "email": null}))), "malformed: the contact has no name");
    assert_eq!(
        reason(contact(json!({"customer_id": null, "vendor_id": 7}))),
        "1 Boba van Fett: a supplier's contact: it belongs to no customer"
    );
    assert_eq!(reason(contact(json!({"created_at": "soon"}))), "malformed: created_at is not a date: \"soon\"");
}

#[test]
fn a_pair_becomes_a_technician() {
    insta::assert_json_snapshot!(record_of(plain_row("technicians", &json!([3, " Alex Tech "]))), @r#"
    {
      "external_id": "3",
      "data": {
        "type": "technician",
        "name": "Alex Tech",
        "active": true
      }
    }
    "#);
    assert_eq!(reason(plain_row("technicians", &json!([3, null]))), "malformed: the user has no name");
}

#[test]
fn a_ticket_becomes_a_ticket() {
    insta::assert_json_snapshot!(record_of(plain_row("tickets", &ticket_row())), @r#"
    {
      "external_id": "108000001",
      "modified_at": "2019-11-05T08:59:31.034Z",
      "data": {
        "type": "ticket",
        "title": "Printer down",
        "status": "In Progress",
        "priority": "1 High",
        "ticket_type": "2",
        "category": "Virus",
        "assignee": "3",
        "company": "7",
        "contact": "1",
        "created_at": "2019-11-04T08:59:31Z",
        "last_activity_at": "2019-11-05T08:59:31.034Z"
      }
    }
    "#);
}

#[test]
fn records_are_the_same_from_list_and_detail() {
    let ticket = json!({ "ticket": ticket_detail() });
    assert_eq!(single("tickets", &ticket), plain_row("tickets", &ticket_row()));
    let customer = with(customer_row(), json!({"phones": [], "addresses": [], "contracts": [], "ticket_links": []}));
    assert_eq!(single("customers", &json!({ "customer": customer })), plain_row("customers", &customer_row()));
    assert_eq!(single("contacts", &contact_row()), plain_row("contacts", &contact_row()));
}

#[test]
fn a_ticket_is_closed_by_its_date_or_by_its_status() {
    let closed = |changes: Value| {
        let ticket = data(plain_row("tickets", &with(ticket_row(), changes)));
        (ticket["closed"] == true, ticket["closed_at"].as_str().map(str::to_owned))
    };
    let at = Some("2019-11-06T08:59:31Z".to_owned());
    assert_eq!(closed(json!({"status": "Fixed", "resolved_at": "2019-11-06T08:59:31.9Z"})), (true, at));
    assert_eq!(closed(json!({"status": "invoiced"})), (true, None));
    assert_eq!(closed(json!({})), (false, None));
}

#[test]
fn a_bare_priority_is_that_of_the_list() {
    let priority =
        |given: Value| data(plain_row("tickets", &with(ticket_row(), json!({"priority": given}))))["priority"].clone();
    assert_eq!(priority(json!("High")), "1 High");
    assert_eq!(priority(json!("urgent")), "0 Urgent");
    assert_eq!(priority(json!("2 Normal")), "2 Normal");
    assert_eq!(priority(json!("9 Cosmic")), "9 Cosmic");
    assert_eq!((priority(Value::Null), priority(json!(""))), (Value::Null, Value::Null));
}

#[test]
fn excluded_statuses_are_left_out() {
    let mut options = Options::initial();
    options.filters.insert("exclude_statuses".to_owned(), vec!["In progress".to_owned()]);
    let ticket = mapped("tickets", &ticket_row(), &Context::of(&options));
    assert_eq!(reason(ticket), "108000001 Printer down: status \"In progress\" is excluded");
}

fn said(comments: Value) -> (String, Vec<(String, bool)>) {
    let comments: Vec<wire::Comment> = serde_json::from_value(comments).unwrap();
    let (description, notes) = conversation(&comments);
    (description, notes.into_iter().map(|note| (note.text, note.internal)).collect())
}

#[test]
fn the_first_comment_is_the_description_and_the_others_are_notes() {
    let told = said(json!([
        {"id": 1, "body": "It smokes\r\nbadly ", "hidden": false, "tech": "customer-reply"},
        {"id": 2, "body": "On my way", "hidden": true, "tech": "Alex"},
        {"id": 3, "body": "  ", "hidden": false},
        {"id": 4, "body": "Done", "hidden": false},
    ]));
    let notes = vec![("On my way".to_owned(), true), ("Done".to_owned(), false)];
    assert_eq!(told, ("It smokes\nbadly".to_owned(), notes));
    let comment = json!([{"id": 1}, {"id": 2, "body": "x", "hidden": false, "tech": "Alex", "created_at": "2025-12-23T00:00:00.5Z"}]);
    let comments: Vec<wire::Comment> = serde_json::from_value(comment).unwrap();
    let note = Note {
        external_id: "2".into(),
        author: Some("Alex".to_owned()),
        text: "x".to_owned(),
        internal: false,
        created_at: Some("2025-12-23T00:00:00Z".parse().unwrap()),
    };
    assert_eq!(conversation(&comments), (String::new(), vec![note]));
}

#[test]
fn what_is_hidden_or_not_known_to_be_public_stays_internal() {
    let first =
        json!([{"id": 1, "body": "Do not tell them", "hidden": true}, {"id": 2, "body": "Hello", "hidden": null}]);
    let notes = vec![("Do not tell them".to_owned(), true), ("Hello".to_owned(), true)];
    assert_eq!(said(first), (String::new(), notes));
}

#[test]
fn what_the_mapper_fills_is_declared() {
    let declared = |record_type| {
        let RecordTypeDescriptor { fields, .. } = DESCRIPTOR.record_type(record_type).unwrap();
        fields.iter().map(|field| field.portal).collect::<BTreeSet<_>>()
    };
    let rows = [
        (RecordType::Companies, data(plain_row("customers", &customer_row()))),
        (RecordType::Contacts, data(plain_row("contacts", &contact_row()))),
        (RecordType::Users, data(plain_row("technicians", &json!([3, "Alex"])))),
        (RecordType::Tickets, data(plain_row("tickets", &ticket_row()))),
    ];
    for (record_type, data) in rows {
        let filled: BTreeSet<_> =
            data.as_object().unwrap().keys().map(String::as_str).filter(|key| *key != "type").collect();
        assert!(filled.is_subset(&declared(record_type)), "{record_type}: {filled:?}");
    }
}

proptest! {
    /// Mapping is total: whatever stands in a row, it becomes something and nothing panics.
    #[test]
    fn any_row_becomes_something(name in "\\PC{0,20}", id in any::<i64>(), flag in any::<bool>(), date in "[0-9TZ:.-]{0,24}") {
        let row = json!({"id": id, "name": name, "subject": name, "business_name": name, "email": name, "disabled": flag,
            "customer_id": id, "updated_at": date, "created_at": date, "status": name, "priority": name});
        for feed in ["customers", "contacts", "tickets"] {
            plain_row(feed, &row);
        }
        plain_row("technicians", &json!([id, name]));
    }
}
