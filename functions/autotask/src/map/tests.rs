use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::*;
use crate::any_case::AnyCase;
use crate::picklist::Picklists;

fn row<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value::<AnyCase<T>>(value).unwrap().0
}

fn list(values: &[(&str, &str)]) -> Picklist {
    let values: Vec<Value> = values.iter().map(|(value, label)| json!({"value": value, "label": label})).collect();
    let body = json!({"fields": [{"name": "x", "picklistValues": values}]}).to_string();
    Picklists::read("read", body.into()).unwrap().of("x").unwrap().clone()
}

fn data(outcome: Outcome) -> Value {
    let Mapped::Record(record) = outcome.unwrap() else { panic!("not a record") };
    let mut value = serde_json::to_value(&record).unwrap();
    value["id"] = record.external_id.as_str().into();
    value
}

#[test]
fn a_company_with_everything_and_the_msp_itself() {
    let types = list(&[("1", "Customer")]);
    let full = json!({"id": 29683500, "companyName": " Contoso Ltd ", "companyType": 1, "isActive": true, "phone": "555-0100",
        "city": "Albany", "webAddress": "HTTPS://www.Contoso.test:443/x", "lastActivityDate": "2026-11-20T13:15:47.000Z",
        "lastTrackedModifiedDateTime": "2026-11-21T08:00:00.12Z"});
    insta::assert_json_snapshot!(data(company(&row(full), &types)), @r#"
    {
      "data": {
        "domains": [
          "contoso.test"
        ],
        "name": "Contoso Ltd",
        "phone": "555-0100",
        "subtitle": "Albany",
        "type": "company",
        "types": [
          "Customer"
        ]
      },
      "external_id": "29683500",
      "id": "29683500",
      "modified_at": "2026-11-21T08:00:00.12Z"
    }
    "#);
    let own = json!({"Id": 0, "CompanyName": "Our MSP", "CompanyType": 99, "IsActive": false, "WebAddress": "n/a"});
    insta::assert_json_snapshot!(data(company(&row(own), &types)), @r#"
    {
      "data": {
        "inactive": true,
        "name": "Our MSP",
        "type": "company"
      },
      "external_id": "0",
      "id": "0"
    }
    "#);
}

#[test]
fn a_contact_is_active_by_number_and_has_its_groups_for_types() {
    let groups = HashMap::from([(7, vec!["Billing".to_owned(), "Tech".to_owned()])]);
    let full = json!({"id": 7, "companyID": 0, "firstName": "Anna", "lastName": "Berg", "isActive": 1, "primaryContact": true,
        "emailAddress": "anna@contoso.test", "phone": "555-0101", "mobilePhone": "", "title": "Office manager",
        "createDate": "2020-01-02T10:00:00.000Z", "lastModifiedDate": "2026-10-02T10:00:00.000Z", "lastActivityDate": null});
    insta::assert_json_snapshot!(data(contact(&row(full), &groups)), @r#"
    {
      "data": {
        "company": "0",
        "created_at": "2020-01-02T10:00:00Z",
        "email": "anna@contoso.test",
        "first_name": "Anna",
        "last_name": "Berg",
        "name": "Anna Berg",
        "phone": "555-0101",
        "primary": true,
        "title": "Office manager",
        "type": "contact",
        "types": [
          "Billing",
          "Tech"
        ]
      },
      "external_id": "7",
      "id": "7",
      "modified_at": "2026-10-02T10:00:00Z"
    }
    "#);
    let gone = data(contact(&row(json!({"id": 8, "emailAddress": "x@y.z", "isActive": 0})), &groups));
    assert_eq!(gone["data"], json!({"type": "contact", "name": "x@y.z", "email": "x@y.z", "inactive": true}));
    assert_eq!(contact(&row(json!({"id": 9})), &groups).unwrap_err(), "the contact has no name");
    let dated = json!({"id": 9, "firstName": "A", "createDate": "soon"});
    assert_eq!(contact(&row(dated), &groups).unwrap_err(), "createDate is not a date: \"soon\"");
}

#[test]
fn users_for_the_api_are_no_technicians() {
    let licences = list(&[("1", "Professional"), ("7", "API User"), ("8", "api-only"), ("9", "Rapid")]);
    let person = |licence: i64| {
        json!({"id": 5, "firstName": "Sam", "lastName": "Lee", "email": "sam@msp.test", "isActive": true, "licenseType": licence,
            "title": "L2", "officePhone": "1"})
    };
    for licence in [1, 9, 4711] {
        let wanted = json!({"type": "technician", "name": "Sam Lee", "email": "sam@msp.test", "phone": "1", "title": "L2",
            "active": true});
        assert_eq!(data(technician(&row(person(licence)), &licences))["data"], wanted, "{licence}");
    }
    for licence in [7, 8] {
        let mapped = technician(&row(person(licence)), &licences).unwrap();
        assert!(matches!(mapped, Mapped::Skipped { .. }), "{licence}");
    }
}

fn a_ticket() -> Value {
    json!({"id": 351181, "title": "Printer down", "description": "Floor 2\r\nleft", "companyID": 29683500,
        "contactID": 30681001, "status": 5, "priority": 2, "queueID": 29682833, "ticketType": 2, "ticketCategory": 3,
        "assignedResourceID": 29682885, "createDate": "2026-11-22T08:00:00.000Z", "completedDate": "2026-11-22T09:00:00.000Z",
        "lastActivityDate": "2026-11-22T08:00:01.000Z", "lastTrackedModificationDateTime": "2026-11-22T09:00:00.000Z",
        "externalID": "portal-77"})
}

#[test]
fn a_ticket_with_everything() {
    insta::assert_json_snapshot!(data(ticket(&row(a_ticket()), &TicketFilter::default())), @r#"
    {
      "data": {
        "assignee": "29682885",
        "board": "29682833",
        "category": "3",
        "closed": true,
        "closed_at": "2026-11-22T09:00:00Z",
        "company": "29683500",
        "contact": "30681001",
        "created_at": "2026-11-22T08:00:00Z",
        "description": "Floor 2\nleft",
        "external_reference": "portal-77",
        "last_activity_at": "2026-11-22T09:00:00Z",
        "priority": "2",
        "status": "5",
        "ticket_type": "2",
        "title": "Printer down",
        "type": "ticket"
      },
      "external_id": "351181",
      "id": "351181",
      "modified_at": "2026-11-22T09:00:00Z"
    }
    "#);
}

#[test]
fn filters_leave_tickets_out_and_say_why() {
    let reason = |filter: TicketFilter| match ticket(&row(a_ticket()), &filter).unwrap() {
        Mapped::Skipped { reason, .. } => Some(reason),
        _ => None,
    };
    let none = TicketFilter::default();
    let queues = |queue: &str| TicketFilter { queues: vec![queue.to_owned()], ..none.clone() };
    assert_eq!(reason(queues("29682833")), None);
    assert_eq!(reason(queues("8")).unwrap(), "queue 29682833 is not among the chosen queues");
    let categories = TicketFilter { categories: vec!["4".to_owned()], ..none.clone() };
    assert_eq!(reason(categories).unwrap(), "category 3 is not among the chosen categories");
    let statuses = TicketFilter { exclude_statuses: vec!["5".to_owned()], ..none.clone() };
    assert_eq!(reason(statuses).unwrap(), "status 5 is excluded");
}

#[test]
fn a_note_is_public_only_if_its_list_says_so() {
    let publish = list(&[("1", "All Autotask Users"), ("2", "Internal Project Team"), ("4", "Internal & Co-Managed")]);
    let internal = |value: Value, publish: &Picklist| {
        let row = row(json!({"id": 1, "description": "x", "publish": value}));
        note(&row, publish, &HashMap::new()).unwrap().internal
    };
    let seen = [json!(1), json!(2), json!(4), json!(99), json!(null)].map(|value| internal(value, &publish));
    assert_eq!(seen, [false, true, true, true, true]);
    assert!(internal(json!(1), &Picklist::default()), "without the list nothing is public");
    assert!(internal(json!(1), &list(&[("1", "All Internal Users")])));
}

#[test]
fn a_notes_title_is_told_only_if_it_says_more_than_the_text() {
    let authors = HashMap::from([(5, "Sam Lee".to_owned())]);
    let text = |title: &str, description: &str| {
        let row = row(json!({"id": 1, "title": title, "description": description, "creatorResourceID": 5}));
        note(&row, &Picklist::default(), &authors).map(|note| (note.text, note.author.unwrap()))
    };
    let by_sam = |text: &str| Some((text.to_owned(), "Sam Lee".to_owned()));
    assert_eq!(text("Summary", "Done.\r\nBye"), by_sam("Summary\n\nDone.\nBye"));
    assert_eq!(text("Done.", "Done.\r\nBye"), by_sam("Done.\nBye"));
    assert_eq!(text("Don…", "Done."), by_sam("Done."));
    assert_eq!(text("Summary", ""), by_sam("Summary"));
    assert_eq!(text("", "Done."), by_sam("Done."));
    assert_eq!(text("", " "), None);
}

#[test]
fn a_deleted_ticket_is_left_out_by_its_number() {
    let Some(Mapped::Skipped { external_id, name, reason }) =
        deleted_ticket(&row(json!({"id": 3, "ticketID": 351181, "ticketTitle": "Down"})))
    else {
        panic!()
    };
    assert_eq!((external_id, name.as_str(), reason.as_str()), ("351181".into(), "Down", "deleted in Autotask"));
    assert!(deleted_ticket(&row(json!({"id": 3}))).is_none());
}
