use std::collections::BTreeSet;

use bytes::Bytes;
use connector::RecordTypeDescriptor;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::descriptor::DESCRIPTOR;
use crate::listing::Listing;
use domain::record::{Record, RecordType};

/// Captured from a live instance, names changed.
const USERS: &str = r##"{"record_count":1,"users":[{"id":38,"name":"Some Body","site_id":18.0,"site_id_int":18,
 "site_name":"UK Trade","client_name":"Contoso Ltd","firstname":"Some","surname":"Body","initials":"SB",
 "emailaddress":"some.body@example.com","sitephonenumber":"","telpref":0,"inactive":false,"colour":"#2bd3c6",
 "isimportantcontact":false,"other5":"3802","neversendemails":false,"priority_id":0,"linked_agent_id":13,
 "isserviceaccount":false,"isimportantcontact2":false,"connectwiseid":0,"autotaskid":-1,"messagegroup_id":-1,
 "sitetimezone":"","use":"user","client_id":12,"overridepdftemplatequote":-1}]}"##;

/// Captured answer to a creation, names changed.
const TICKET: &str = r#"{"id":9499,"dateoccurred":"2024-06-20T14:45:15.9746271Z","summary":"Test","details":"Blah",
 "status_id":1,"tickettype_id":36,"sla_id":1,"sla_name":"Incident SLA","priority_id":4,
 "priority":{"id":"aeb80996-724c-e811-892e-b01041c8667a","slaid":1,"priorityid":4,"name":"Low","fixtime":5.0,
 "fixunits":"D","responsetime":4.0,"responseunits":"H","ishidden":false},"client_id":12,"client_name":"Contoso Ltd",
 "site_id":18,"site_name":"UK Trade","user_id":38,"user_name":"Some Body","team":"1st Line Support","team_id":26,
 "agent_id":1,"category_1":"","estimate":-0.0,"child_count":0,"attachment_count":0,"onhold":false,
 "lastactiondate":"2024-06-20T14:45:17.4715717Z","reportedby":"some.body@example.com",
 "user_email":"some.body@example.com","lastincomingemail":"0001-01-01T00:00:00","targetdate":"1900-01-01T00:00:00",
 "inactive":false,"deleted":false,"source":3,"impact":0,"urgency":0,"customfields":[],
 "guid":"4e190cb2-132f-ef11-b9f1-024ea19c805a","use":"ticket"}"#;

fn one(feed: &str, row: &Value, context: &Context) -> Mapped {
    let listing = Listing::single(feed, Bytes::from(row.to_string())).unwrap();
    listing.map(context).pop().unwrap()
}

fn plain_row(feed: &str, row: &Value) -> Mapped {
    one(feed, row, &Context::default())
}

fn reason(mapped: Mapped) -> String {
    match mapped {
        Mapped::Skipped { external_id, name, reason } => format!("{external_id} {name}: {reason}"),
        Mapped::Malformed { error, .. } => format!("malformed: {error}"),
        Mapped::Record(record) => panic!("not skipped: {record:?}"),
    }
}

fn record_of(mapped: Mapped) -> Record {
    match mapped {
        Mapped::Record(record) => record,
        other => panic!("no record: {other:?}"),
    }
}

fn json_of(mapped: Mapped) -> Value {
    serde_json::to_value(record_of(mapped)).unwrap()
}

fn with(mut row: Value, changes: Value) -> Value {
    let (Value::Object(row), Value::Object(changes)) = (&mut row, changes) else { panic!("objects") };
    row.extend(changes);
    Value::Object(row.clone())
}

fn client_row() -> Value {
    json!({"id":12,"name":"Contoso Ltd","toplevel_id":1,"toplevel_name":"UK","inactive":false,"colour":"#2bd3c6",
        "confirmemail":1,"messagegroup_id":-1,"customfields":[],"main_site_id":18,"is_vip":false,"stopped":0,
        "customer_relationship":[{"id":3,"name":"VIP"},{"id":1,"name":"Managed"}],"website":"https://www.Contoso.example/uk",
        "ref":"","use":"client"})
}

fn site_row() -> Value {
    json!({"id":18,"name":"UK Trade","client_id":12.0,"client_name":"Contoso Ltd","clientsite_name":"Contoso Ltd / UK Trade",
        "inactive":false,"sla_id":-1,"phonenumber":" 020 7946 0000 ","maincontact_id":38,"use":"site"})
}

fn user_row() -> Value {
    json!({"id":39,"name":"Ann Smith","firstname":"Ann","surname":"Smith","title":"Buyer","emailaddress":"Ann@contoso.example",
        "phonenumber":"1","mobilenumber":"2","site_id":18.0,"site_id_int":18,"client_id":12,"client_name":"Contoso Ltd",
        "inactive":false,"isserviceaccount":false,"linked_agent_id":0,"role_list":"7,4"})
}

fn agent_row() -> Value {
    json!({"id":3,"name":"Alex Tech","firstname":"Alex","surname":"Tech","initials":"AT","email":"alex@msp.example",
        "jobtitle":"","team":"1st Line Support","isdisabled":false,"is_agent":true,"isapiagent":false,"onlinestatus":0,
        "teams":[{"id":11,"agent_id":3,"team_id":26,"team_name":"1st Line Support","department_id":17}],"use":"agent"})
}

fn ticket_row() -> Value {
    serde_json::from_str(TICKET).unwrap()
}

fn roles() -> Context {
    let roles = [("4", "Standard"), ("7", "Approver")].map(|(id, name)| (id.to_owned(), name.to_owned()));
    Context { roles: roles.into(), ..Context::default() }
}

#[test]
fn a_client_becomes_a_company() {
    insta::assert_json_snapshot!(json_of(plain_row("clients", &client_row())), @r#"
    {
      "data": {
        "domains": [
          "contoso.example"
        ],
        "name": "Contoso Ltd",
        "primary_contact": {
          "of_site": "18"
        },
        "subtitle": "UK",
        "type": "company",
        "types": [
          "Managed",
          "VIP"
        ]
      },
      "external_id": "12"
    }
    "#);
}

#[test]
fn a_site_becomes_a_site() {
    insta::assert_json_snapshot!(json_of(plain_row("sites", &site_row())), @r#"
    {
      "data": {
        "company": "12",
        "main_contact": "38",
        "name": "UK Trade",
        "phone": "020 7946 0000",
        "type": "site"
      },
      "external_id": "18"
    }
    "#);
    let nobody = with(site_row(), json!({ "maincontact_id": -1 }));
    assert_eq!(json_of(plain_row("sites", &nobody))["data"].get("main_contact"), None);
    let homeless = with(site_row(), json!({ "client_id": null }));
    assert_eq!(reason(plain_row("sites", &homeless)), "malformed: the site belongs to no client");
}

#[test]
fn a_user_becomes_a_contact() {
    insta::assert_json_snapshot!(json_of(one("contacts", &user_row(), &roles())), @r#"
    {
      "data": {
        "company": "12",
        "email": "Ann@contoso.example",
        "first_name": "Ann",
        "last_name": "Smith",
        "mobile": "2",
        "name": "Ann Smith",
        "phone": "1",
        "site": "18",
        "title": "Buyer",
        "type": "contact",
        "types": [
          "Approver",
          "Standard"
        ]
      },
      "external_id": "39"
    }
    "#);
}

#[test]
fn a_contact_is_the_same_from_list_and_detail() {
    let mut detail = with(
        user_row(),
        json!({"ismaincontact":true,"datecreated":"2020-01-01T00:00:00","ulastupdate":"2024-01-01T10:00:00.5",
            "roles":[{"id":4,"name":"Standard"},{"id":7,"name":"Approver"}]}),
    );
    detail.as_object_mut().unwrap().remove("role_list");
    let (list, detail) =
        (record_of(one("contacts", &user_row(), &roles())), record_of(one("contacts", &detail, &roles())));
    assert_eq!(list.data, detail.data);
    assert_eq!(detail.modified_at.unwrap().to_string(), "2024-01-01T10:00:00.5Z");
}

#[test]
fn a_name_is_made_up_from_what_is_there() {
    let name = |changes: Value| json_of(plain_row("contacts", &with(user_row(), changes)))["data"]["name"].clone();
    assert_eq!(name(json!({ "name": "" })), "Ann Smith");
    assert_eq!(name(json!({ "name": null, "firstname": null, "surname": " " })), "Ann@contoso.example");
}

#[test]
fn an_agent_becomes_a_technician() {
    insta::assert_json_snapshot!(json_of(plain_row("agents", &agent_row())), @r#"
    {
      "data": {
        "active": true,
        "email": "alex@msp.example",
        "name": "Alex Tech",
        "team": "1st Line Support",
        "type": "technician"
      },
      "external_id": "3"
    }
    "#);
}

#[test]
fn a_captured_ticket_becomes_a_ticket() {
    insta::assert_json_snapshot!(json_of(plain_row("tickets", &ticket_row())), @r#"
    {
      "data": {
        "board": "26",
        "company": "12",
        "contact": "38",
        "created_at": "2024-06-20T14:45:15Z",
        "description": "Blah",
        "last_activity_at": "2024-06-20T14:45:17Z",
        "priority": "4",
        "site": "18",
        "status": "1",
        "ticket_type": "36",
        "title": "Test",
        "type": "ticket"
      },
      "external_id": "9499",
      "modified_at": "2024-06-20T14:45:17Z"
    }
    "#);
}

#[test]
fn tickets_vary() {
    let ticket = |changes: Value| json_of(plain_row("tickets", &with(ticket_row(), changes)))["data"].clone();
    assert_eq!(
        ticket(json!({ "details": null, "details_html": "<p>Bl&auml;h &amp; co</p>" }))["description"],
        "Bl&auml;h & co"
    );
    assert_eq!(ticket(json!({ "summary": "" }))["title"], "Ticket 9499");
    for nobody in [json!(0), json!(1), json!(-1), json!(null)] {
        assert_eq!(ticket(json!({ "agent_id": nobody })).get("assignee"), None);
    }
    assert_eq!(ticket(json!({ "agent_id": 3 }))["assignee"], "3");
    assert_eq!(ticket(json!({ "status_id": 9 }))["closed"], true);
    let closed = ticket(json!({ "hasbeenclosed": true, "dateclosed": "2024-06-21T10:45:15.975Z" }));
    assert_eq!((&closed["closed"], &closed["closed_at"]), (&json!(true), &json!("2024-06-21T10:45:15Z")));
    assert_eq!(ticket(json!({ "dateclosed": "2024-06-21T10:45:15.975Z" })).get("closed_at"), None);
    for stamp in ["last_update", "flastupdate"] {
        let later = ticket(json!({ stamp: "2024-06-22T08:00:00.5" }));
        assert_eq!(later["last_activity_at"], "2024-06-22T08:00:00Z", "{stamp}");
    }
    assert_eq!(ticket(json!({ "user_name": "General User" })).get("contact"), None);
    assert_eq!(ticket(json!({ "client_id": 1, "client_name": "Unknown" })).get("company"), None);
    assert_eq!(ticket(json!({ "third_party_id_string": "tk_1" }))["external_reference"], "tk_1");
    assert_eq!(ticket(json!({ "category_1": "Hardware>Laptop" }))["category"], "Hardware>Laptop");
}

#[test]
fn placeholders_are_left_out_with_a_reason() {
    let captured = Listing::read("contacts", Bytes::from_static(USERS.as_bytes())).unwrap();
    let contact = |changes: Value| reason(plain_row("contacts", &with(user_row(), changes)));
    let agent = |changes: Value| reason(plain_row("agents", &with(agent_row(), changes)));
    let reasons = [
        reason(captured.map(&Context::default()).pop().unwrap()),
        contact(json!({ "name": "General User" })),
        contact(json!({ "isserviceaccount": true })),
        reason(plain_row("clients", &json!({ "id": 1, "name": "Unknown" }))),
        reason(plain_row("sites", &json!({ "id": 1, "name": "Unknown", "client_id": 1.0, "client_name": "Unknown" }))),
        agent(json!({ "id": 1, "name": "Unassigned" })),
        agent(json!({ "isapiagent": true })),
        reason(plain_row("tickets", &with(ticket_row(), json!({ "deleted": true })))),
    ];
    insta::assert_snapshot!(reasons.join("\n"), @r#"
    38 Some Body: an agent's own user: it comes with the agents
    39 General User: the placeholder user that Halo gives each site
    39 Ann Smith: a service account
    1 Unknown: Halo's own placeholder for clients it does not know
    1 Unknown: a site of Halo's own placeholder client
    1 Unassigned: Halo's placeholder for "nobody"
    3 Alex Tech: an agent for API access only
    9499 Test: in Halo's recycle bin
    "#);
    // What an admin has made of a placeholder is real.
    record_of(plain_row("clients", &json!({ "id": 1, "name": "Acme MSP" })));
    record_of(plain_row("agents", &json!({ "id": 1, "name": "Ann" })));
}

#[test]
fn filters_say_which_rule_left_a_ticket_out() {
    let context = |teams: &[&str], statuses: &[&str]| Context {
        teams: teams.iter().map(|&id| id.to_owned()).collect(),
        exclude_statuses: statuses.iter().map(|&id| id.to_owned()).collect(),
        ..Context::default()
    };
    let row = with(ticket_row(), json!({ "status_name": "New" }));
    record_of(one("tickets", &row, &context(&["26"], &["9"])));
    assert_eq!(
        reason(one("tickets", &row, &context(&["5", "6"], &[]))),
        "9499 Test: team \"1st Line Support\" is not among the chosen teams"
    );
    assert_eq!(reason(one("tickets", &row, &context(&[], &["1"]))), "9499 Test: status \"New\" is excluded");
    let bare = json!({ "id": 7, "summary": "x", "status_id": 1 });
    assert_eq!(reason(one("tickets", &bare, &context(&["5"], &[]))), "7 x: team none is not among the chosen teams");
    assert_eq!(reason(one("tickets", &bare, &context(&[], &["1"]))), "7 x: status 1 is excluded");
}

#[test]
fn a_bad_row_costs_itself_only() {
    let body = r#"{"record_count":4,"clients":[{"id":"12","name":"A"},{"id":13,"name":{}},{"id":14},{"id":15,"name":"D",
        "alastupdate":"yesterday"}]}"#;
    let rows = Listing::read("clients", Bytes::from_static(body.as_bytes())).unwrap().map(&Context::default());
    let told = rows.into_iter().map(|row| match row {
        Mapped::Malformed { external_id, error, .. } => format!("{}: {error}", external_id.unwrap()),
        other => record_of(other).external_id.to_string(),
    });
    assert_eq!(
        told.collect::<Vec<_>>(),
        ["12", "13: name: expected text", "14: the client has no name", "15: alastupdate is not a date: \"yesterday\""]
    );
}

#[test]
fn notes_are_told_oldest_first() {
    let action =
        |id: u32, more: Value| with(json!({ "id": id, "ticket_id": 9499, "note": format!("note {id}") }), more);
    let rows = [
        action(4, json!({ "hiddenfromuser": false, "who": "Ann", "datetime": "2024-06-20T14:45:15.97" })),
        action(3, json!({ "note": "", "note_html": "<p>three</p>", "hiddenfromuser": true })),
        action(2, json!({ "note": "" })),
        action(1, json!({})),
    ];
    let body = json!({ "record_count": 4, "actions": rows }).to_string();
    let rows = Rows::read("list actions", Bytes::from(body), crate::listing::paged("actions")).unwrap();
    insta::assert_json_snapshot!(notes(&rows), @r#"
    [
      {
        "external_id": "1",
        "text": "note 1",
        "internal": true
      },
      {
        "external_id": "3",
        "text": "three",
        "internal": true
      },
      {
        "external_id": "4",
        "author": "Ann",
        "text": "note 4",
        "internal": false,
        "created_at": "2024-06-20T14:45:15Z"
      }
    ]
    "#);
}

#[test]
fn websites_give_a_host() {
    for website in
        ["contoso.example", "www.Contoso.example.", "https://contoso.example:8080/a", "http://www.contoso.example?x"]
    {
        assert_eq!(domain(website).as_deref(), Some("contoso.example"), "{website}");
    }
    for none in ["", "n/a", "localhost", "see notes.", "https://"] {
        assert_eq!(domain(none), None, "{none}");
    }
}

/// Rows in which everything is filled in.
fn full() -> Vec<(RecordType, Mapped)> {
    let ticket = json!({ "category_1": "Hardware", "agent_id": 3, "hasbeenclosed": true,
        "dateclosed": "2024-06-21T10:45:15.975Z", "third_party_id_string": "tk_1" });
    let mut ticket = record_of(plain_row("tickets", &with(ticket_row(), ticket)));
    if let RecordData::Ticket(ticket) = &mut ticket.data {
        let note = json!({ "id": 1, "note": "x" });
        ticket.notes.extend(note_of(&note));
    }
    let inactive = json!({ "inactive": true });
    vec![
        (RecordType::Companies, plain_row("clients", &with(client_row(), inactive.clone()))),
        (RecordType::Companies, plain_row("sites", &with(site_row(), inactive.clone()))),
        (RecordType::Contacts, one("contacts", &with(user_row(), inactive), &roles())),
        (RecordType::Users, plain_row("agents", &with(agent_row(), json!({ "sms": "1", "jobtitle": "Boss" })))),
        (RecordType::Tickets, Mapped::Record(ticket)),
    ]
}

fn note_of(row: &Value) -> Option<Note> {
    note(&serde_json::from_value(row.clone()).unwrap()).map(|(_, note)| note)
}

#[test]
fn every_mapped_field_is_declared_and_every_declared_one_mapped() {
    for declared in DESCRIPTOR.record_types {
        let filled: BTreeSet<String> = full()
            .into_iter()
            .filter(|(record_type, _)| *record_type == declared.record_type)
            .flat_map(|(_, mapped)| json_of(mapped)["data"].as_object().unwrap().keys().cloned().collect::<Vec<_>>())
            .filter(|key| key != "type")
            .collect();
        let named =
            |declared: &RecordTypeDescriptor| declared.fields.iter().map(|field| field.portal.to_owned()).collect();
        let named: BTreeSet<String> = named(declared);
        assert_eq!(filled, named, "{}", declared.label);
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-2_i64..30).prop_map(Value::from),
        (-2.0_f64..30.0).prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
        Just(json!("2024-06-20T14:45:15.97")),
        Just(json!([])),
        Just(json!({})),
        Just(json!([{ "id": "x", "name": 3 }])),
    ]
}

proptest! {
    #[test]
    fn any_row_becomes_something(
        fields in prop::collection::hash_map(prop::sample::select(FIELDS), any_json(), 0..12),
        feed in prop::sample::select(&["clients", "sites", "contacts", "agents", "tickets"][..]),
    ) {
        let row: Value = fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<serde_json::Map<_, _>>().into();
        let first = plain_row(feed, &row);
        prop_assert_eq!(plain_row(feed, &row), first);
    }
}

const FIELDS: &[&str] = &[
    "id",
    "name",
    "inactive",
    "toplevel_name",
    "main_site_id",
    "website",
    "customer_relationship",
    "alastupdate",
    "client_id",
    "client_name",
    "maincontact_id",
    "site_id",
    "site_id_int",
    "linked_agent_id",
    "role_list",
    "roles",
    "emailaddress",
    "email",
    "isdisabled",
    "summary",
    "details",
    "details_html",
    "status_id",
    "team_id",
    "agent_id",
    "user_id",
    "deleted",
    "dateoccurred",
    "lastactiondate",
    "last_update",
    "hasbeenclosed",
    "dateclosed",
];
