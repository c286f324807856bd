use serde_json::json;

use super::*;

fn entry() -> Entry {
    let actor = Actor { id: "ada".to_owned(), name: "Ada Admin".to_owned() };
    let object = Object::new(ObjectKind::Company, "co_1", "Acme Ltd");
    Entry::new("ac_1".to_owned(), Timestamp::UNIX_EPOCH, actor, Action::CompanyChanged, object)
}

#[test]
fn an_entry_names_only_what_differs() {
    let before = fields(json!({ "name": "Acme", "phone": "1", "address": "Here" }));
    let after = fields(json!({ "name": "Acme Ltd", "phone": "1", "domains": ["acme.example"] }));
    let entry = entry().changed(&before, &after);
    assert_eq!(entry.before, fields(json!({ "name": "Acme", "address": "Here" })));
    assert_eq!(entry.after, fields(json!({ "name": "Acme Ltd", "domains": ["acme.example"] })));
}

#[test]
fn an_entry_without_details_is_short_in_the_table() {
    assert_eq!(
        serde_json::to_value(entry()).unwrap(),
        json!({
            "id": "ac_1",
            "at": "1970-01-01T00:00:00Z",
            "actor": { "id": "ada", "name": "Ada Admin" },
            "action": "company.changed",
            "object": { "kind": "company", "id": "co_1", "name": "Acme Ltd" },
        })
    );
}

#[test]
fn long_values_are_cut_and_empty_ones_left_out() {
    let text = "ä".repeat(LONGEST_VALUE);
    let entry = entry().was(json!({ "phone": null })).is(json!({
        "description": text,
        "exclude_emails": vec!["someone@acme.example"; 100],
        "filters": { "boards": vec!["Service desk"; 100] },
        "title": "Printer",
    }));
    assert_eq!(entry.before, Fields::new());
    assert_eq!(entry.after["description"], json!(format!("{}…", "ä".repeat(LONGEST_VALUE / 2))));
    assert_eq!(entry.after["exclude_emails"], "100 entries");
    assert_eq!(entry.after["filters"], "1 fields");
    assert_eq!(entry.after["title"], "Printer");
}

#[test]
fn what_another_version_wrote_can_be_read() {
    let mut written = serde_json::to_value(entry()).unwrap();
    written["action"] = json!("wormhole.opened");
    written["object"]["kind"] = json!("wormhole");
    let read: Entry = serde_json::from_value(written).unwrap();
    assert_eq!((read.action, read.object.kind), (Action::Unknown, ObjectKind::Unknown));
}

#[test]
fn a_kind_is_written_as_it_is_serialised() {
    use ObjectKind::*;
    for kind in [Company, VendorCompany, User, Integration, Record, Ticket, Technician, QuickMatch, Duplicate, Unknown]
    {
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
    }
}
