//! Creation, change and deletion, with what Autotask refuses.

use serde_json::{Map, Value, json};

use super::callouts::{self, Action};
use super::picklists::{self, COMPLETE};
use super::schema::{self, Entity, Field, Kind};
use super::state::{Context, State, born, stamp};
use super::webhooks;
use super::wire::{Reject, date, get};
use crate::records::{Record, int};

/// The body of a POST or PATCH: one object, keys in whatever case.
pub(super) fn body(entity: &'static Entity, bytes: &[u8]) -> Result<Map<String, Value>, Reject> {
    let parsed: Result<Value, _> = serde_json::from_slice(bytes);
    let Ok(Value::Object(given)) = parsed else {
        // SIM CHOICE: the text.
        return Err(Reject::errors("Error converting the request body."));
    };
    let mut fields = Map::new();
    for (key, value) in given {
        // Fields that nobody knows are ignored.
        let Some(field) = entity.field(&key) else { continue };
        kind_fits(field, &value)?;
        fields.insert(field.name.to_owned(), value);
    }
    Ok(fields)
}

fn kind_fits(field: &Field, value: &Value) -> Result<(), Reject> {
    let unexpected = |letter: &str| {
        Err(Reject::errors(format!(
            "Unexpected character encountered while parsing value: {letter}. Path '{}'.",
            field.name
        )))
    };
    match (field.kind, value) {
        (_, Value::Null) => Ok(()),
        // A contact's `isActive` is a number.
        (Kind::Integer | Kind::Long | Kind::Picklist, Value::Bool(flag)) => unexpected(if *flag { "t" } else { "f" }),
        (Kind::Integer | Kind::Long | Kind::Picklist, value) if int(value).is_none() => {
            Err(Reject::errors(format!("Could not convert string to integer: {value}. Path '{}'.", field.name)))
        }
        (Kind::Boolean, Value::Bool(_)) => Ok(()),
        (Kind::Boolean, _) => unexpected(&value.to_string()),
        (Kind::Text, Value::String(text)) if text.chars().count() > limit(field) => {
            Err(Reject::errors(format!("Maximum length of {} exceeded for field: {}.", limit(field), field.name)))
        }
        _ => Ok(()),
    }
}

fn limit(field: &Field) -> usize {
    match field.name {
        "description" | "resolution" | "webhookUrl" | "deactivationUrl" | "payload" => 32_000,
        "secretKey" => 64,
        "name" => 50,
        "title" => 255,
        _ => 1_000,
    }
}

pub(super) fn create(
    state: &mut State,
    entity: &'static Entity,
    given: Map<String, Value>,
    context: &Context,
) -> Result<i64, Reject> {
    let mut fields = born(entity, context);
    let writable = |name: &str| context.by_person || entity.field(name).is_some_and(|field| !field.read_only);
    fields.extend(given.into_iter().filter(|(name, _)| writable(name)));
    fill_in(state, entity, &mut fields, context);
    if !context.by_person {
        require(entity, &fields)?;
        references(state, entity, &fields)?;
        match entity.name {
            "Tickets" => ticket_rules(state, &fields)?,
            "ContactGroups" => unique_group(state, &fields)?,
            _ => {}
        }
        webhooks::may_create(state, entity, &fields)?;
    }
    let id = state.new_id(entity);
    fields.insert("id".to_owned(), id.into());
    if entity.name == "Tickets" {
        let number = state.ticket_number(context.at);
        fields.entry("ticketNumber").or_insert_with(|| number.into());
    }
    let mut record = Record::new(context.at, context.at, fields);
    stamp(entity, &mut record, &Context { silent: false, ..*context });
    settle(entity, &mut record, context);
    state.insert(entity, id, record);
    webhooks::created(state, entity, id);
    webhooks::refresh_ready(state, entity);
    touched(state, entity, id, context);
    callouts::emit(state, entity, id, Action::Create, &[], context);
    Ok(id)
}

/// What Autotask puts in where nothing is given.
fn fill_in(state: &State, entity: &Entity, fields: &mut Map<String, Value>, context: &Context) {
    let mut absent = |name: &str, value: Value| {
        if fields.get(name).is_none_or(Value::is_null) {
            fields.insert(name.to_owned(), value);
        }
    };
    match entity.name {
        "Tickets" => {
            for field in ["ticketCategory", "ticketType"] {
                absent(field, json!(picklists::default_of(entity, field)));
            }
            if context.by_person {
                absent("status", picklists::NEW.into());
                absent("priority", json!(picklists::default_of(entity, "priority")));
                absent("queueID", 29_682_833.into());
            }
        }
        "Contacts" if context.by_person => absent("isActive", 1.into()),
        "TicketNotes" if context.by_person => {
            absent("noteType", json!(picklists::default_of(entity, "noteType")));
            absent("publish", picklists::PUBLISH_ALL.into());
        }
        "Companies" if context.by_person => {
            absent("companyType", 1.into());
            absent("ownerResourceID", state.api_resource.into());
            absent("phone", "".into());
        }
        _ => {}
    }
}

pub(super) fn update(
    state: &mut State,
    entity: &'static Entity,
    given: Map<String, Value>,
    context: &Context,
) -> Result<i64, Reject> {
    let id = given.get("id").and_then(int).ok_or_else(|| Reject::errors("Missing Required Field: id."))?;
    let before = state.table(entity).get(&id).ok_or(Reject::NotFound)?.clone();
    let writable = |name: &str| name != "id" && (context.by_person || entity.field(name).is_some_and(|f| !f.read_only));
    let changes: Map<String, Value> = given.into_iter().filter(|(name, _)| writable(name)).collect();
    let mut after = before.clone();
    for (name, value) in changes {
        after.fields.insert(name, value);
    }
    let changed: Vec<String> = after
        .fields
        .iter()
        .filter(|(name, value)| before.fields.get(*name) != Some(value))
        .map(|(n, _)| n.clone())
        .collect();
    if !context.by_person {
        let touched: Map<String, Value> = after
            .fields
            .iter()
            .filter(|(name, _)| changed.contains(name))
            .map(|(n, v)| (n.clone(), v.clone()))
            .collect();
        references(state, entity, &touched)?;
        require(entity, &after.fields)?;
        if entity.name == "Tickets" {
            ticket_rules(state, &after.fields)?;
        }
    }
    stamp(entity, &mut after, context);
    settle(entity, &mut after, context);
    state.insert(entity, id, after);
    webhooks::changed(state, entity, id, &before);
    webhooks::refresh_ready(state, entity);
    touched(state, entity, id, context);
    callouts::emit(state, entity, id, Action::Update, &changed, context);
    Ok(id)
}

pub(super) fn delete(state: &mut State, entity: &'static Entity, id: i64, context: &Context) -> Result<i64, Reject> {
    let record = state.table_mut(entity).get_mut(&id);
    // SIM CHOICE: seen for one entity, taken for all.
    let record = record.ok_or_else(|| {
        Reject::errors(
            "No matching records found. The logged in Resource may not have the required permissions to delete the data.",
        )
    })?;
    record.deleted = true;
    record.touch(context.at);
    let record = record.clone();
    webhooks::refresh_ready(state, entity);
    if entity.name == "Tickets"
        && let Some(logs) = schema::entity("DeletedTicketLogs")
    {
        let log = state.new_id(logs);
        let fields = super::wire::object(json!({
            "id": log, "ticketID": id, "ticketNumber": record.text("ticketNumber"), "ticketTitle": record.text("title"),
            "deletedByResourceID": context.by, "deletedDateTime": date(context.at),
        }));
        state.insert(logs, log, Record::new(context.at, context.at, fields));
    }
    callouts::emit(state, entity, id, Action::Delete, &[], context);
    Ok(id)
}

/// A note moves its ticket's stamp.
fn touched(state: &mut State, entity: &Entity, id: i64, context: &Context) {
    if entity.name != "TicketNotes" || context.silent {
        return;
    }
    let ticket = state.table(entity).get(&id).and_then(|note| note.int("ticketID"));
    let Some(tickets) = schema::entity("Tickets") else { return };
    if let Some(ticket) = ticket.and_then(|ticket| state.table_mut(tickets).get_mut(&ticket)) {
        ticket.touch(context.at);
        ticket.fields.insert("lastActivityDate".to_owned(), date(context.at).into());
    }
}

/// What follows from other fields.
fn settle(entity: &Entity, record: &mut Record, context: &Context) {
    if entity.name != "Tickets" {
        return;
    }
    let complete = record.int("status") == Some(COMPLETE);
    let had = record.fields.get("completedDate").is_some_and(|at| !at.is_null());
    if complete && !had {
        record.fields.insert("completedDate".to_owned(), date(context.at).into());
        record.fields.insert("completedByResourceID".to_owned(), context.by.into());
    } else if !complete && had {
        record.fields.insert("completedDate".to_owned(), Value::Null);
        record.fields.insert("completedByResourceID".to_owned(), Value::Null);
    }
}

fn require(entity: &Entity, fields: &Map<String, Value>) -> Result<(), Reject> {
    let missing = entity.fields.iter().filter(|field| field.required).find(|field| {
        let value = fields.get(field.name);
        value.is_none_or(|value| value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty()))
    });
    match missing {
        // The one that is known to be opaque.
        Some(field) if entity.name == "Contacts" && field.name == "isActive" => {
            Err(Reject::errors("An error has occurred."))
        }
        // SIM CHOICE: the text.
        Some(field) => Err(Reject::errors(format!("Missing Required Field: {}.", field.name))),
        None => Ok(()),
    }
}

/// References must lead to something active, list values must be in use.
fn references(state: &State, entity: &Entity, fields: &Map<String, Value>) -> Result<(), Reject> {
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
        let Some((field, id)) = entity.field(name).zip(int(value)) else { continue };
        if let Some(singular) = field.reference {
            let target = schema::entities().iter().find(|target| target.singular == singular);
            if !target.is_some_and(|target| state.is_active(target.name, id)) {
                return Err(Reject::errors(format!(
                    "Reference value on field: {name} of type: {singular} does not exist or is invalid."
                )));
            }
        }
        if field.kind == Kind::Picklist && !picklists::allows(entity, field, id) {
            // SIM CHOICE: the text.
            return Err(Reject::errors(format!("{name}: Value {id} does not exist or is invalid.")));
        }
    }
    Ok(())
}

fn ticket_rules(state: &State, fields: &Map<String, Value>) -> Result<(), Reject> {
    let number = |name: &str| get(fields, name).and_then(int);
    let (queue, resource, role) = (number("queueID"), number("assignedResourceID"), number("assignedResourceRoleID"));
    if resource.is_some() != role.is_some() {
        return Err(Reject::errors("assignedResourceID and assignedResourceRoleID must both be set or both be empty."));
    }
    if queue.is_none() && resource.is_none() {
        return Err(Reject::errors("Either queueID or assignedResourceID with assignedResourceRoleID must be set."));
    }
    let roles = schema::entity("ResourceRoles").map(|entity| state.table(entity));
    if let Some((resource, role)) = resource.zip(role) {
        let mut held = roles.into_iter().flat_map(|roles| roles.live());
        let has = held.any(|row| {
            row.int("resourceID") == Some(resource) && row.int("roleID") == Some(role) && row.flag("isActive")
        });
        if !has {
            return Err(Reject::errors("The assignedResourceRoleID is not an active role of the assigned resource."));
        }
    }
    let contacts = schema::entity("Contacts").map(|entity| state.table(entity));
    let contact = number("contactID").and_then(|id| contacts?.get(&id));
    if contact.is_some_and(|contact| contact.int("companyID") != number("companyID")) {
        return Err(Reject::errors("contactID: the contact does not belong to the company of the ticket."));
    }
    Ok(())
}

fn unique_group(state: &State, fields: &Map<String, Value>) -> Result<(), Reject> {
    let name = fields.get("name").and_then(Value::as_str).unwrap_or_default();
    let Some(groups) = schema::entity("ContactGroups") else { return Ok(()) };
    if state.table(groups).live().any(|group| group.text("name").eq_ignore_ascii_case(name)) {
        return Err(Reject::errors(format!(
            "A ContactGroup already exists with Name [{name}]. ContactGroup names must be unique."
        )));
    }
    Ok(())
}
