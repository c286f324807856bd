//! Changes made by people in Autotask's own screens, and the dump.

use serde_json::{Map, Value, json};

use super::picklists;
use super::schema::{self, Entity, Kind};
use super::state::{Context, State};
use super::wire::row;
use super::write;
use crate::records::{ChangeMode, Record};
use crate::vendor::Refusal;

/// Lists of the dump and of the control plane, with their entities.
const LISTS: &[(&str, &str)] = &[
    ("companies", "Companies"),
    ("contacts", "Contacts"),
    ("resources", "Resources"),
    ("tickets", "Tickets"),
    ("notes", "TicketNotes"),
    ("contact_groups", "ContactGroups"),
    ("contact_group_contacts", "ContactGroupContacts"),
    ("resource_roles", "ResourceRoles"),
    ("deleted_tickets", "DeletedTicketLogs"),
    ("webhook_errors", "WebhookEventErrorLogs"),
    ("company_webhooks", "CompanyWebhooks"),
    ("contact_webhooks", "ContactWebhooks"),
    ("ticket_webhooks", "TicketWebhooks"),
    ("company_webhook_fields", "CompanyWebhookFields"),
    ("contact_webhook_fields", "ContactWebhookFields"),
    ("ticket_webhook_fields", "TicketWebhookFields"),
    ("company_webhook_excluded", "CompanyWebhookExcludedResources"),
    ("contact_webhook_excluded", "ContactWebhookExcludedResources"),
    ("ticket_webhook_excluded", "TicketWebhookExcludedResources"),
];

fn entity(list: &str) -> Result<&'static Entity, Refusal> {
    let list = match list.to_ascii_lowercase().as_str() {
        "accounts" => "companies".to_owned(),
        "technicians" | "users" => "resources".to_owned(),
        "ticket_notes" => "notes".to_owned(),
        other => other.to_owned(),
    };
    let found = LISTS.iter().find(|(name, _)| *name == list).and_then(|(_, entity)| schema::entity(entity));
    found.ok_or(Refusal::UnknownList(list))
}

fn unknown(list: &str, id: &str) -> Refusal {
    Refusal::UnknownRecord { list: list.to_owned(), id: id.to_owned() }
}

/// Somebody else than our API user.
fn person(state: &State, mode: ChangeMode) -> Context {
    let people = schema::entity("Resources").map(|entity| state.table(entity));
    let by = people.and_then(|table| table.rows.keys().find(|id| **id != state.api_resource).copied());
    Context { at: mode.at, by: by.unwrap_or_default(), by_person: true, silent: mode.silent }
}

pub(super) fn create(
    state: &mut State,
    list: &str,
    fields: Map<String, Value>,
    mode: ChangeMode,
) -> Result<Value, Refusal> {
    let entity = entity(list)?;
    let context = person(state, mode);
    let id = write::create(state, entity, fields, &context).map_err(|reject| Refusal::Invalid(reject.message()))?;
    state.table(entity).get(&id).map(|record| shown(entity, record)).ok_or_else(|| unknown(list, &id.to_string()))
}

pub(super) fn patch(
    state: &mut State,
    list: &str,
    id: &str,
    mut fields: Map<String, Value>,
    mode: ChangeMode,
) -> Result<Value, Refusal> {
    let entity = entity(list)?;
    let number: i64 = id.parse().map_err(|_| unknown(list, id))?;
    if fields.remove("_restore") == Some(Value::Bool(true))
        && let Some(record) = state.table_mut(entity).rows.get_mut(&number)
    {
        record.deleted = false;
    }
    fields.insert("id".to_owned(), number.into());
    let context = person(state, mode);
    write::update(state, entity, fields, &context).map_err(|_| unknown(list, id))?;
    state.table(entity).get(&number).map(|record| shown(entity, record)).ok_or_else(|| unknown(list, id))
}

/// There is no recycle bin. Companies cannot be deleted, whoever asks.
pub(super) fn delete(state: &mut State, list: &str, id: &str, mode: ChangeMode) -> Result<(), Refusal> {
    let entity = entity(list)?;
    if entity.name == "Companies" {
        return Err(Refusal::Invalid("companies are switched off, not deleted".to_owned()));
    }
    let number = id.parse().map_err(|_| unknown(list, id))?;
    let context = person(state, mode);
    write::delete(state, entity, number, &context).map(|_| ()).map_err(|_| unknown(list, id))
}

fn shown(entity: &Entity, record: &Record) -> Value {
    let mut shown = row(entity, record, &[], false);
    if let Some(secret) = record.fields.get("secretKey") {
        shown["secretKey"] = secret.clone();
    }
    shown["_sim"] = json!({"changed": record.changed, "created": record.created, "deleted": record.deleted});
    shown
}

/// Everything, deleted rows too, each with what only the simulator knows under `_sim`.
pub(super) fn dump(state: &State) -> Value {
    let mut dump = json!({"api_resource": state.api_resource});
    for (list, name) in LISTS {
        let Some(entity) = schema::entity(name) else { continue };
        dump[*list] = state.table(entity).rows.values().map(|record| shown(entity, record)).collect();
    }
    for name in ["Companies", "Resources", "Tickets", "TicketNotes"] {
        let Some(entity) = schema::entity(name) else { continue };
        for field in entity.fields.iter().filter(|field| field.kind == Kind::Picklist) {
            let values = picklists::values(entity, field);
            let values: Vec<Value> =
                values.iter().map(|entry| json!({"value": entry.value, "label": entry.label})).collect();
            dump["picklists"][name][field.name] = values.into();
        }
    }
    dump
}
