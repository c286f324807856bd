//! Rules of webhook subscriptions. They are rows like any other; what is particular to them stands here.

use serde_json::{Map, Value};

use super::schema::{self, Entity};
use super::state::State;
use super::wire::Reject;
use crate::records::{Record, int};

/// Active subscriptions per entity.
const MOST_ACTIVE: usize = 50;

/// The webhook entity, its fields' and its exclusions' entity.
pub(super) const SETS: &[(&str, &str, &str)] = &[
    ("CompanyWebhooks", "CompanyWebhookFields", "CompanyWebhookExcludedResources"),
    ("ContactWebhooks", "ContactWebhookFields", "ContactWebhookExcludedResources"),
    ("TicketWebhooks", "TicketWebhookFields", "TicketWebhookExcludedResources"),
];

pub(super) fn is_webhook(entity: &Entity) -> bool {
    SETS.iter().any(|(webhooks, _, _)| *webhooks == entity.name)
}

pub(super) fn fields_of(webhooks: &str) -> Option<&'static Entity> {
    SETS.iter().find(|set| set.0 == webhooks).and_then(|set| schema::entity(set.1))
}

pub(super) fn excluded_of(webhooks: &str) -> Option<&'static Entity> {
    SETS.iter().find(|set| set.0 == webhooks).and_then(|set| schema::entity(set.2))
}

/// Whether a webhook or a part of one may be made.
pub(super) fn may_create(state: &State, entity: &'static Entity, fields: &Map<String, Value>) -> Result<(), Reject> {
    if is_webhook(entity) {
        let url = fields.get("webhookUrl").and_then(Value::as_str).unwrap_or_default();
        let usable = url.len() <= 500 && url.parse::<url::Url>().is_ok_and(|url| url.scheme() == "https");
        if !usable || url.parse::<url::Url>().is_ok_and(|url| url.port_or_known_default() != Some(443)) {
            return Err(Reject::errors("webhookUrl: Value must be an https address with port 443."));
        }
        if state.table(entity).live().any(|webhook| webhook.text("webhookUrl") == url) {
            // SIM CHOICE: the text.
            return Err(Reject::errors("webhookUrl: A webhook with this URL already exists for this entity."));
        }
        if state.table(entity).live().filter(|webhook| webhook.flag("isActive")).count() >= MOST_ACTIVE {
            return Err(Reject::errors("No more than 50 webhooks of an entity may be active."));
        }
        return Ok(());
    }
    let key = if entity.name.ends_with("Fields") { "fieldID" } else { "resourceID" };
    if !entity.name.ends_with("WebhookFields") && !entity.name.ends_with("ExcludedResources") {
        return Ok(());
    }
    let number = |name: &str| fields.get(name).and_then(int);
    let twice = state
        .table(entity)
        .live()
        .any(|row| row.int("webhookID") == number("webhookID") && row.int(key) == number(key));
    if twice {
        return Err(Reject::errors(format!("{key}: Value already exists for this webhook.")));
    }
    Ok(())
}

/// What Autotask adds to a new webhook.
pub(super) fn created(state: &mut State, entity: &'static Entity, id: i64) {
    if !is_webhook(entity) {
        return;
    }
    let owner = state.api_resource;
    let guid = uuid::Builder::from_random_bytes(fingerprint(entity.name, id)).into_uuid().to_string();
    if let Some(webhook) = state.table_mut(entity).get_mut(&id) {
        webhook.fields.insert("ownerResourceID".to_owned(), owner.into());
        webhook.fields.insert("webhookGUID".to_owned(), guid.into());
        webhook.fields.insert("isReady".to_owned(), false.into());
    }
}

fn fingerprint(name: &str, id: i64) -> [u8; 16] {
    let mut rng = fastrand::Rng::with_seed(id.unsigned_abs() ^ (name.len() as u64) << 32);
    rng.u128(..).to_be_bytes()
}

/// A webhook that is switched on again begins without failures.
pub(super) fn changed(state: &mut State, entity: &'static Entity, id: i64, before: &Record) {
    let is_on = state.table(entity).get(&id).is_some_and(|webhook| webhook.flag("isActive"));
    if is_webhook(entity) && !before.flag("isActive") && is_on {
        state.callouts.forgive(entity.name, id);
    }
}

/// Without a watched field a webhook is not ready.
pub(super) fn refresh_ready(state: &mut State, written: &Entity) {
    for (webhooks, fields, _) in SETS.iter().filter(|set| set.0 == written.name || set.1 == written.name) {
        let Some((webhooks, fields)) = schema::entity(webhooks).zip(schema::entity(fields)) else { continue };
        let ready: Vec<(i64, bool)> = state
            .table(webhooks)
            .rows
            .keys()
            .map(|id| {
                let mut rows = state.table(fields).live();
                (*id, rows.any(|row| row.int("webhookID") == Some(*id) && row.flag("isSubscribedField")))
            })
            .collect();
        for (id, ready) in ready {
            if let Some(webhook) = state.table_mut(webhooks).get_mut(&id) {
                webhook.fields.insert("isReady".to_owned(), ready.into());
            }
        }
    }
}
