//! `/me`, `/settings` and `/tickets/settings`: who asks, and the lists that an admin may edit.

use serde_json::{Value, json};

use super::SUBDOMAIN;
use super::state::State;

/// SIM CHOICE: an account that has renamed nothing.
pub(super) const STATUSES: &[&str] = &[
    "New",
    "In Progress",
    "Resolved",
    "Invoiced",
    "Waiting for Parts",
    "Waiting on Customer",
    "Scheduled",
    "Customer Reply",
];
pub(super) const PROBLEM_TYPES: &[&str] = &["Virus", "TuneUp", "Hardware", "Software", "Other"];
const PRIORITIES: &[&str] = &["", "0 Urgent", "1 High", "2 Normal", "3 Low"];
/// Ids and names; the last one is switched off.
pub(super) const TICKET_TYPES: &[(i64, &str)] = &[(1, "Hardware"), (2, "Service Request"), (3, "Old Projects")];

pub(super) fn me(state: &State) -> Value {
    let owner = state.users.rows.get(&state.owner);
    let all = json!({"read": true, "write": true, "delete": true});
    json!({
        "user_token": "not-for-anybodys-log", "user_email": owner.map(|user| user.text("email")),
        "user_name": state.name_of_user(state.owner), "user_id": state.owner, "admin": true, "can_use_app": true,
        "two_factor_required": false, "subdomain": SUBDOMAIN, "default_location": null,
        "enable_multi_locations": false, "locations_allowed": [],
        "permissions": {"asset": all, "customer": all, "ticket": all, "invoice": all, "payment": all,
            "worksheet": {"add": true, "manage": true, "delete": true}, "script": {"execute": true}},
    })
}

pub(super) fn account() -> Value {
    let hours = ["Monday", "Tuesday"].map(|day| json!({"day": day, "start": "09:00", "end": "17:00", "closed": false}));
    json!({
        "customers": {"required_fields": null, "customer_fields": [], "customer_field_answers": []},
        "assets": {"asset_types": [], "asset_type_fields": [], "asset_type_field_answers": []},
        "locale": {"iso_code": "en", "currency_symbol": "$", "date_format": "mm-dd-yy", "time_format": "hh:mm tt",
            "time_zone": "America/Los_Angeles", "time_offset": "-08:00"},
        "ticket": {"ticket_types": ticket_types(), "ticket_type_fields": [], "ticket_type_field_answers": [],
            "problem_types": PROBLEM_TYPES, "priorities": PRIORITIES},
        "business_hours_enabled": true, "business_hours": hours,
        "default_holiday_calendar": "USA", "msp_addon": null,
    })
}

pub(super) fn tickets(state: &State) -> Value {
    let active = state.users.live().filter(|user| !user.flag("_suspended"));
    let users: Vec<Value> = active.map(|user| json!({"id": user.int("id"), "name": user.text("full_name")})).collect();
    json!({
        "ticket_status_list": STATUSES, "default_labor_product_id": null, "ticket_timer_charge_by_default": null,
        "saved_searches": [], "ticket_types": ticket_types(), "ticket_type_fields": [],
        "ticket_type_field_answers": [], "appointment_types": [], "users": users, "dashboard_settings": null,
        "worksheet_templates": [], "require_ticket_type": null, "require_intake_form_with_ticket": null,
        "require_outtake_form_with_ticket": null, "ticket_workflow_default_id": null,
    })
}

fn ticket_types() -> Vec<Value> {
    TICKET_TYPES.iter().filter_map(|(id, _)| ticket_type(*id)).collect()
}

pub(super) fn ticket_type(id: i64) -> Option<Value> {
    let (id, name) = TICKET_TYPES.iter().find(|(own, _)| *own == id)?;
    Some(json!({
        "id": id, "name": name, "account_id": 1, "created_at": "2019-11-04T14:55:01.722Z",
        "updated_at": "2019-11-04T14:55:01.722Z", "disabled": *id == 3, "intake_terms": null, "skip_intake": false,
        "outtake_terms": null, "skip_outtake": false, "ticket_fields": [],
    }))
}
