//! The tenant's picklists. Values are text here and numbers in records.

use serde_json::{Value, json};

use super::schema::{self, Entity, Field, Kind};

/// SIM CHOICE: where the numbers of webhook fields begin.
pub(super) const FIRST_WEBHOOK_FIELD: i64 = 11;

/// One value: number, label, rank, whether it is in use, whether the vendor made it, the value it belongs to.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) value: i64,
    pub(super) label: &'static str,
    pub(super) order: i64,
    pub(super) active: bool,
    pub(super) system: bool,
    pub(super) default: bool,
}

/// Ready-made statuses: these two ids are the same everywhere.
pub(super) const NEW: i64 = 1;
pub(super) const COMPLETE: i64 = 5;
/// The licence of API-only users.
pub(super) const API_LICENCE: i64 = 7;
/// What everybody may read.
pub(super) const PUBLISH_ALL: i64 = 1;
pub(super) const PUBLISH_INTERNAL: i64 = 2;
/// What a workflow rule leaves behind.
pub(super) const WORKFLOW_NOTE: i64 = 13;

const fn entry(value: i64, label: &'static str, order: i64) -> Entry {
    Entry { value, label, order, active: true, system: false, default: false }
}

const fn system(entry: Entry) -> Entry {
    Entry { system: true, ..entry }
}

const fn default(entry: Entry) -> Entry {
    Entry { default: true, ..entry }
}

const fn retired(entry: Entry) -> Entry {
    Entry { active: false, ..entry }
}

const STATUS: &[Entry] = &[
    default(system(entry(NEW, "New", 1))),
    entry(8, "In Progress", 2),
    entry(7, "Waiting Customer", 3),
    retired(entry(9, "Waiting Materials", 4)),
    entry(12, "Escalate", 5),
    system(entry(COMPLETE, "Complete", 6)),
];
// Ranked by order and not by value.
const PRIORITY: &[Entry] =
    &[entry(1, "High", 2), default(entry(2, "Medium", 3)), entry(3, "Low", 4), entry(4, "Critical", 1)];
const QUEUE: &[Entry] = &[
    entry(29_682_833, "Level I Support", 1),
    entry(29_682_969, "Level II Support", 2),
    entry(29_683_354, "Monitoring Alert", 3),
    system(entry(8, "Client Portal", 4)),
    retired(entry(5, "Old Field Team", 5)),
];
const TICKET_TYPE: &[Entry] = &[
    default(system(entry(1, "Service Request", 1))),
    system(entry(2, "Incident", 2)),
    system(entry(3, "Problem", 3)),
    system(entry(4, "Change Request", 4)),
    system(entry(5, "Alert", 5)),
];
const CATEGORY: &[Entry] =
    &[default(entry(3, "Standard", 1)), entry(2, "AEM Alert", 2), entry(4, "Onboarding", 3), entry(101, "Security", 4)];
const SOURCE: &[Entry] =
    &[entry(2, "Phone", 1), entry(4, "Email", 2), system(entry(-1, "Client Portal", 3)), entry(8, "Monitoring", 4)];
const ISSUE_TYPE: &[Entry] = &[entry(10, "Computer", 1), entry(11, "Network", 2)];
const COMPANY_TYPE: &[Entry] = &[
    system(entry(1, "Customer", 1)),
    system(entry(2, "Lead", 2)),
    system(entry(3, "Prospect", 3)),
    system(entry(4, "Dead", 4)),
    system(entry(6, "Cancelation", 5)),
    system(entry(7, "Vendor", 6)),
    system(entry(8, "Partner", 7)),
];
const LICENCE: &[Entry] = &[
    system(entry(1, "Professional", 1)),
    system(entry(3, "Team Member", 2)),
    system(entry(5, "Dashboard User", 3)),
    system(entry(API_LICENCE, "API User", 4)),
];
const USER_TYPE: &[Entry] =
    &[entry(1, "System Administrator", 1), entry(2, "Full Access", 2), entry(17, "API User", 3)];
const NOTE_TYPE: &[Entry] = &[
    entry(1, "Task Summary", 1),
    entry(2, "Task Detail", 2),
    default(entry(3, "Task Notes", 3)),
    system(entry(WORKFLOW_NOTE, "Workflow Rule - Note", 4)),
    system(entry(18, "Client Portal Note", 5)),
];
const PUBLISH: &[Entry] = &[
    system(entry(PUBLISH_ALL, "All Autotask Users", 1)),
    system(entry(PUBLISH_INTERNAL, "Internal Project Team", 2)),
    system(entry(4, "Internal & Co-Managed", 3)),
];
const OTHER: &[Entry] = &[entry(1, "First", 1), entry(2, "Second", 2)];

/// The values of a field.
pub(super) fn values(entity: &Entity, field: &Field) -> Vec<Entry> {
    match (entity.name, field.name) {
        ("Tickets", "status") => STATUS.to_vec(),
        ("Tickets", "priority") => PRIORITY.to_vec(),
        ("Tickets", "queueID") => QUEUE.to_vec(),
        ("Tickets", "ticketType") => TICKET_TYPE.to_vec(),
        ("Tickets", "ticketCategory") => CATEGORY.to_vec(),
        ("Tickets", "source") => SOURCE.to_vec(),
        ("Tickets", "issueType" | "subIssueType") => ISSUE_TYPE.to_vec(),
        ("Companies", "companyType") => COMPANY_TYPE.to_vec(),
        ("Resources", "licenseType") => LICENCE.to_vec(),
        ("Resources", "userType") => USER_TYPE.to_vec(),
        ("TicketNotes", "noteType") => NOTE_TYPE.to_vec(),
        ("TicketNotes", "publish") => PUBLISH.to_vec(),
        ("CompanyWebhookFields", "fieldID") => watched("Companies"),
        ("ContactWebhookFields", "fieldID") => watched("Contacts"),
        ("TicketWebhookFields", "fieldID") => watched("Tickets"),
        _ if field.kind == Kind::Picklist => OTHER.to_vec(),
        _ => Vec::new(),
    }
}

fn watched(entity: &str) -> Vec<Entry> {
    let fields = schema::entity(entity).into_iter().flat_map(schema::webhook_fields);
    fields.map(|(number, field)| entry(number, field.name, number)).collect()
}

/// Whether a value is on the field's list and in use.
pub(super) fn allows(entity: &Entity, field: &Field, value: i64) -> bool {
    values(entity, field).iter().any(|entry| entry.value == value && entry.active)
}

/// The value taken when none is given.
pub(super) fn default_of(entity: &Entity, field: &str) -> Option<i64> {
    let field = entity.field(field)?;
    values(entity, field).iter().find(|entry| entry.default).map(|entry| entry.value)
}

/// The label of a value.
pub(super) fn label(entity: &Entity, field: &Field, value: i64) -> Option<&'static str> {
    values(entity, field).iter().find(|entry| entry.value == value).map(|entry| entry.label)
}

/// The answer to `entityInformation/fields`.
pub(super) fn describe(entity: &Entity) -> Value {
    let fields = entity.fields.iter().map(|field| {
        let is_list = field.kind == Kind::Picklist;
        let values: Vec<Value> = values(entity, field)
            .iter()
            .map(|entry| {
                json!({"value": entry.value.to_string(), "label": entry.label, "isDefaultValue": entry.default,
                    "sortOrder": entry.order, "parentValue": "", "isActive": entry.active, "isSystem": entry.system})
            })
            .collect();
        json!({
            "name": field.name, "dataType": field.kind.data_type(), "length": if field.kind == Kind::Text { 255 } else { 0 },
            "isRequired": field.required, "isReadOnly": field.read_only, "isQueryable": field.queryable,
            "isReference": field.reference.is_some(), "referenceEntityType": field.reference.unwrap_or_default(),
            "isPickList": is_list, "picklistValues": if is_list { json!(values) } else { Value::Null },
            "picklistParentValueField": if field.name == "subIssueType" { "issueType" } else { "" },
            "isSupportedWebhookField": field.webhook,
        })
    });
    json!({"fields": fields.collect::<Vec<_>>()})
}
