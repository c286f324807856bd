use bytes::Bytes;
use domain::record::RecordType;
use serde_json::{Value, json};

use super::*;
use crate::listing::Listing;

fn one(record_type: RecordType, row: &Value, context: &Context) -> Mapped {
    Listing::single(record_type, Bytes::from(row.to_string())).unwrap().map(context).pop().unwrap()
}

fn plain(record_type: RecordType, row: &Value) -> Mapped {
    one(record_type, row, &Context::default())
}

fn reason(mapped: Mapped) -> String {
    match mapped {
        Mapped::Skipped { external_id, name, reason } => format!("{external_id} {name}: {reason}"),
        Mapped::Malformed { error, .. } => format!("malformed: {error}"),
        Mapped::Record(record) => panic!("not skipped: {record:?}"),
    }
}

fn json_of(mapped: Mapped) -> Value {
    match mapped {
        Mapped::Record(record) => serde_json::to_value(record).unwrap(),
        other => panic!("no record: {other:?}"),
    }
}

fn data(mapped: Mapped) -> Value {
    json_of(mapped)["data"].take()
}

fn with(mut row: Value, changes: Value) -> Value {
    let (Value::Object(row), Value::Object(changes)) = (&mut row, changes) else { panic!("objects") };
    row.extend(changes);
    Value::Object(row.clone())
}

fn filters(pairs: &[(&str, &[&str])]) -> Context {
    let mut options = Options::initial();
    for (key, values) in pairs {
        options.filters.insert((*key).to_owned(), values.iter().map(|value| (*value).to_owned()).collect());
    }
    Context::of(&options).with_inactive(["2".to_owned()].into())
}

/// Recorded from a live instance, names changed.
fn company_row() -> Value {
    json!({"id":250,"identifier":"AcmeCorp","name":"Acme Corp","status":{"id":1,"name":"Active","_info":{"status_href":
        "https://na.myconnectwise.net/v4_6_release/apis/3.0/company/companies/statuses/1"}},"addressLine1":"1 Main St",
        "city":"Tampa","state":"FL","zip":"33602","phoneNumber":"8135551234","website":"www.acme.test","territory":{"id":2,
        "name":"Tampa Office"},"defaultContact":{"id":57961,"name":"Ada Byron"},"dateAcquired":"2024-02-01T05:00:00Z",
        "leadFlag":false,"unsubscribeFlag":false,"deletedFlag":false,"mobileGuid":"4d48fc9e-2e9a-43a6-a85d-f1996723459f",
        "isVendorFlag":false,"types":[{"id":1,"name":"Client"}],"site":{"id":1000,"name":"Main"},
        "_info":{"lastUpdated":"2026-06-09T21:59:47Z","updatedBy":"zAdmin"}})
}

/// As [`company_row`].
fn contact_row() -> Value {
    json!({"id":57961,"firstName":"Ada","lastName":"Byron","company":{"id":250,"identifier":"AcmeCorp","name":"Acme Corp"},
        "site":{"id":1000,"name":"Main"},"inactiveFlag":false,"title":"IT Manager","marriedFlag":false,"childrenFlag":false,
        "portalSecurityLevel":1,"disablePortalLoginFlag":true,"unsubscribeFlag":false,"defaultPhoneType":"Direct",
        "defaultPhoneNbr":"8135551234","defaultBillingFlag":false,"defaultFlag":true,"communicationItems":[
        {"id":99820,"type":{"id":1,"name":"Email"},"value":"ada@acme.test","defaultFlag":true,"domain":"@acme.test","communicationType":"Email"},
        {"id":99821,"type":{"id":2,"name":"Direct"},"value":"8135551234","extension":"401","defaultFlag":true,"communicationType":"Phone"}],
        "types":[{"id":5,"name":"Billing Contact"},{"id":2,"name":"Approver"}],"customFields":[],
        "_info":{"lastUpdated":"2026-06-09T21:59:49Z","updatedBy":"zAdmin"}})
}

/// As [`company_row`].
fn member_row() -> Value {
    json!({"id":176,"identifier":"jdoe","licenseClass":"F","firstName":"John","lastName":"Doe","inactiveFlag":false,
        "disableOnlineFlag":false,"hireDate":"2020-01-01T00:00:00Z","officeEmail":"jdoe@msp.test","defaultEmail":"Office",
        "primaryEmail":"jdoe@msp.test","officePhone":"5551212121","defaultPhone":"Office","securityRole":{"id":63,"name":"Admin"},
        "title":"Engineer","adminFlag":false,"teams":[25,26],"_info":{"lastUpdated":"2026-01-24T19:50:10Z","updatedBy":"zAdmin"}})
}

/// As [`company_row`].
fn ticket_row() -> Value {
    json!({"id":48213,"summary":"Printer offline","recordType":"ServiceTicket","board":{"id":1,"name":"Help Desk"},
        "status":{"id":1,"name":"New","sort":0},"company":{"id":250,"identifier":"AcmeCorp","name":"Acme Corp"},"site":{"id":1000,
        "name":"Main"},"contact":{"id":57961,"name":"Ada Byron"},"contactName":"Ada Byron","contactEmailAddress":"ada@acme.test",
        "type":{"id":8,"name":"Incident"},"subType":{"id":31,"name":"Hardware"},"team":{"id":25,"name":"Service Team"},
        "priority":{"id":4,"name":"Priority 3 - Normal Response","sort":6,"level":"Medium"},"source":{"id":2,"name":"Portal"},
        "owner":{"id":176,"identifier":"jdoe","name":"John Doe"},"severity":"Medium","impact":"Medium","externalXRef":"portal-7f3a",
        "closedFlag":false,"approved":true,"hasChildTicket":false,"billTime":"NoDefault",
        "_info":{"dateEntered":"2026-03-08T21:00:00Z","lastUpdated":"2026-03-08T21:59:20Z","updatedBy":"jdoe"}})
}

#[test]
fn a_company_is_mapped() {
    insta::assert_json_snapshot!(json_of(plain(RecordType::Companies, &company_row())), @r#"
    {
      "data": {
        "domains": [
          "acme.test"
        ],
        "name": "Acme Corp",
        "phone": "8135551234",
        "primary_contact": {
          "contact": "57961"
        },
        "subtitle": "Tampa",
        "type": "company",
        "types": [
          "Client"
        ]
      },
      "external_id": "250",
      "modified_at": "2026-06-09T21:59:47Z"
    }
    "#);
}

#[test]
fn a_company_is_inactive_by_its_status_and_told_apart_by_its_parent() {
    let changes = json!({"status": {"id": 2, "name": "Gone away"}, "parentCompany": {"id": 9, "name": "Globex"}, "website": null});
    let company = data(one(RecordType::Companies, &with(company_row(), changes), &filters(&[])));
    assert_eq!(
        (&company["inactive"], &company["subtitle"], company.get("domains")),
        (&json!(true), &json!("Globex"), None)
    );
}

#[test]
fn companies_are_left_out_with_the_reason() {
    let of =
        |changes: Value, context: &Context| reason(one(RecordType::Companies, &with(company_row(), changes), context));
    let none = Context::default();
    assert_eq!(of(json!({"deletedFlag": true}), &none), "250 Acme Corp: deleted in ConnectWise");
    let catchall = json!({"identifier": "Catchall"});
    assert_eq!(of(catchall, &none), "250 Acme Corp: ConnectWise's own company for mail from nobody known");
    let inactive = json!({"status": {"id": 2, "name": "Gone away"}});
    let skipping = filters(&[("skip_inactive", &["true"])]);
    assert_eq!(of(inactive, &skipping), "250 Acme Corp: its status \"Gone away\" is inactive");
    let statuses = filters(&[("exclude_company_statuses", &["1"])]);
    assert_eq!(of(json!({}), &statuses), "250 Acme Corp: status \"Active\" is excluded");
    let types = filters(&[("exclude_company_types", &["1", "7"])]);
    assert_eq!(of(json!({}), &types), "250 Acme Corp: type \"Client\" is excluded");
    let two = json!({"types": [{"id": 1, "name": "Client"}, {"id": 2, "name": "Vendor"}]});
    let stays = one(RecordType::Companies, &with(company_row(), two), &types);
    assert_eq!(data(stays)["types"], json!(["Client", "Vendor"]), "one of its types is wanted");
    let untyped = one(RecordType::Companies, &with(company_row(), json!({"types": []})), &types);
    assert_eq!(data(untyped)["name"], "Acme Corp");
}

#[test]
fn a_contact_is_mapped() {
    insta::assert_json_snapshot!(json_of(plain(RecordType::Contacts, &contact_row())), @r#"
    {
      "data": {
        "company": "250",
        "email": "ada@acme.test",
        "first_name": "Ada",
        "last_name": "Byron",
        "name": "Ada Byron",
        "phone": "8135551234 x401",
        "primary": true,
        "title": "IT Manager",
        "type": "contact",
        "types": [
          "Approver",
          "Billing Contact"
        ]
      },
      "external_id": "57961",
      "modified_at": "2026-06-09T21:59:49Z"
    }
    "#);
}

#[test]
fn the_default_address_counts_and_a_mobile_is_told_by_its_type() {
    let items = json!({"company": null, "defaultFlag": null, "communicationItems": [
        {"type": {"name": "Private"}, "value": "private@acme.test", "defaultFlag": false, "communicationType": "Email"},
        {"type": {"name": "Email"}, "value": "ada@acme.test", "defaultFlag": true, "communicationType": "Email"},
        {"type": {"name": "Fax"}, "value": "1", "defaultFlag": true, "communicationType": "Fax"},
        {"type": {"name": "Cell phone"}, "value": "2", "communicationType": "Phone"},
        {"type": {"name": "Direct"}, "value": "3", "communicationType": "Phone"}]});
    let contact = data(plain(RecordType::Contacts, &with(contact_row(), items)));
    let told =
        ["email", "phone", "mobile", "company", "primary"].map(|key| contact.get(key).cloned().unwrap_or_default());
    assert_eq!(told, [json!("ada@acme.test"), json!("2"), json!("2"), Value::Null, Value::Null]);
    let without =
        data(plain(RecordType::Contacts, &with(contact_row(), json!({"communicationItems": null, "lastName": null}))));
    assert_eq!((&without["name"], without.get("email")), (&json!("Ada"), None));
}

#[test]
fn a_contact_without_any_name_has_its_address_or_is_set_aside() {
    let nameless = with(contact_row(), json!({"firstName": "", "lastName": null}));
    assert_eq!(data(plain(RecordType::Contacts, &nameless))["name"], "ada@acme.test");
    let nothing = with(nameless, json!({"communicationItems": []}));
    assert_eq!(reason(plain(RecordType::Contacts, &nothing)), "malformed: the contact has no name");
}

#[test]
fn a_member_is_mapped_and_an_api_member_left_out() {
    insta::assert_json_snapshot!(data(plain(RecordType::Users, &member_row())), @r#"
    {
      "active": true,
      "email": "jdoe@msp.test",
      "name": "John Doe",
      "phone": "5551212121",
      "title": "Engineer",
      "type": "technician"
    }
    "#);
    let api = with(member_row(), json!({"licenseClass": "A"}));
    assert_eq!(reason(plain(RecordType::Users, &api)), "176 John Doe: an API member");
}

#[test]
fn a_members_address_and_number_are_those_that_count() {
    let mobile = json!({"defaultEmail": "Mobile", "mobileEmail": "m@msp.test", "primaryEmail": null, "defaultPhone": "Home",
        "homePhone": "1", "inactiveFlag": true});
    let member = data(plain(RecordType::Users, &with(member_row(), mobile)));
    assert_eq!(
        (&member["email"], &member["phone"], &member["active"]),
        (&json!("m@msp.test"), &json!("1"), &json!(false))
    );
}

#[test]
fn a_ticket_is_mapped() {
    insta::assert_json_snapshot!(json_of(plain(RecordType::Tickets, &ticket_row())), @r#"
    {
      "data": {
        "assignee": "176",
        "board": "1",
        "category": "Hardware",
        "company": "250",
        "contact": "57961",
        "created_at": "2026-03-08T21:00:00Z",
        "external_reference": "portal-7f3a",
        "last_activity_at": "2026-03-08T21:59:20Z",
        "priority": "4",
        "status": "1",
        "ticket_type": "8",
        "title": "Printer offline",
        "type": "ticket"
      },
      "external_id": "48213",
      "modified_at": "2026-03-08T21:59:20Z"
    }
    "#);
}

#[test]
fn a_closing_date_counts_once_it_is_closed() {
    let closed = |flag: bool| with(ticket_row(), json!({"closedFlag": flag, "closedDate": "2026-03-09T10:00:00Z"}));
    let (open, closed) =
        (data(plain(RecordType::Tickets, &closed(false))), data(plain(RecordType::Tickets, &closed(true))));
    assert_eq!((open.get("closed"), open.get("closed_at")), (None, None));
    assert_eq!((&closed["closed"], &closed["closed_at"]), (&json!(true), &json!("2026-03-09T10:00:00Z")));
}

#[test]
fn tickets_are_left_out_with_the_reason() {
    let of =
        |changes: Value, context: &Context| reason(one(RecordType::Tickets, &with(ticket_row(), changes), context));
    let none = Context::default();
    assert_eq!(of(json!({"recordType": "ProjectTicket"}), &none), "48213 Printer offline: a ticket of a project");
    let boards = filters(&[("boards", &["2", "3"])]);
    assert_eq!(of(json!({}), &boards), "48213 Printer offline: board \"Help Desk\" is not among the chosen boards");
    assert_eq!(of(json!({"board": null}), &boards), "48213 Printer offline: board none is not among the chosen boards");
    let statuses = filters(&[("exclude_statuses", &["1"])]);
    assert_eq!(of(json!({}), &statuses), "48213 Printer offline: status \"New\" is excluded");
    assert_eq!(
        data(one(RecordType::Tickets, &ticket_row(), &filters(&[("boards", &["1"])])))["title"],
        "Printer offline"
    );
}

#[test]
fn what_a_row_lacks_is_said() {
    let cases = [
        (RecordType::Companies, json!({"name": "x"}), "malformed: it has no id"),
        (RecordType::Companies, json!({"id": 1}), "malformed: the company has no name"),
        (RecordType::Users, json!({"id": 1}), "malformed: the member has no name"),
        (
            RecordType::Tickets,
            json!({"id": 1, "_info": {"dateEntered": "yesterday"}}),
            "malformed: dateEntered is not a date: \"yesterday\"",
        ),
        (
            RecordType::Companies,
            json!({"id": 1, "name": "x", "status": "Active"}),
            "malformed: status: expected struct Reference",
        ),
    ];
    for (record_type, row, expected) in cases {
        assert_eq!(reason(plain(record_type, &row)), expected);
    }
}

fn notes(rows: Value) -> Ticket {
    let mut ticket = Ticket { created_at: Some("2026-03-08T21:00:00Z".parse().unwrap()), ..Ticket::default() };
    add_notes(&mut ticket, &serde_json::from_value::<Vec<wire::Note>>(rows).unwrap());
    ticket
}

#[test]
fn the_first_public_note_is_the_description_if_it_was_written_with_the_ticket() {
    let first = |changes: Value| {
        let row = json!({"id": 7, "text": "It smokes\r\nbadly", "detailDescriptionFlag": true, "dateCreated": "2026-03-08T21:00:01Z"});
        let ticket = notes(
            json!([{"id": 9, "text": "Later", "detailDescriptionFlag": true, "dateCreated": "2026-03-08T21:00:20Z"},
            with(row, changes)]),
        );
        (ticket.description, ticket.notes.len())
    };
    assert_eq!(first(json!({})), ("It smokes\nbadly".to_owned(), 1));
    let behind_an_internal_one = notes(json!([
        {"id": 6, "text": "By a rule", "internalAnalysisFlag": true, "dateCreated": "2026-03-08T21:00:00Z"},
        {"id": 7, "text": "It smokes", "detailDescriptionFlag": true, "dateCreated": "2026-03-08T21:00:01Z"}]));
    assert_eq!((behind_an_internal_one.description.as_str(), behind_an_internal_one.notes.len()), ("It smokes", 1));
    assert_eq!(first(json!({"dateCreated": "2026-03-08T21:30:00Z"})), (String::new(), 2));
    assert_eq!(first(json!({"dateCreated": null})), (String::new(), 2));
    assert_eq!(first(json!({"internalAnalysisFlag": true})), ("Later".to_owned(), 1), "what is inside stays inside");
}

#[test]
fn notes_are_public_only_if_nothing_speaks_against_it() {
    let flags = |detail: Value, analysis: Value, internal: Value, resolution: Value| {
        let row = json!({"id": 1, "text": "x", "detailDescriptionFlag": detail, "internalAnalysisFlag": analysis,
            "internalFlag": internal, "resolutionFlag": resolution});
        notes(json!([row])).notes[0].internal
    };
    let (yes, no, unsaid) = (json!(true), json!(false), Value::Null);
    assert!(!flags(yes.clone(), no.clone(), unsaid.clone(), no.clone()));
    assert!(!flags(yes.clone(), unsaid.clone(), no.clone(), yes.clone()));
    for inside in [
        flags(no.clone(), yes.clone(), unsaid.clone(), no.clone()),
        flags(yes.clone(), yes.clone(), unsaid.clone(), no.clone()),
        flags(yes.clone(), no.clone(), yes.clone(), no.clone()),
        flags(no.clone(), no.clone(), no.clone(), yes),
        flags(unsaid.clone(), unsaid.clone(), unsaid, no),
    ] {
        assert!(inside);
    }
}

#[test]
fn notes_come_oldest_first_once_and_with_their_author() {
    let ticket = notes(json!([
        {"id": 12, "text": "b", "member": {"name": "John Doe"}, "createdBy": "jdoe", "dateCreated": "2026-03-09T10:00:00Z"},
        {"id": 11, "text": "a", "contact": {"name": "Ada Byron"}, "member": {"name": "John Doe"}},
        {"id": 12, "text": "b"},
        {"id": 13, "text": "c", "createdBy": "jdoe"},
        {"id": 14, "text": "  "},
        {"text": "no id"},
    ]));
    let told: Vec<_> = ticket.notes.iter().map(|note| (note.external_id.as_str(), note.author.as_deref())).collect();
    assert_eq!(told, [("11", Some("Ada Byron")), ("12", Some("John Doe")), ("13", Some("jdoe"))]);
    assert_eq!(ticket.notes[1].created_at, Some("2026-03-09T10:00:00Z".parse().unwrap()));
}
