//! `/Tickets`: reading. Writing is in [`super::tickets_write`].

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::lists::{self, Changed, Numbers, Search, Shape, set, take, take_all};
use super::sites::toplevel;
use super::state::{State, View};
use super::wire::{Reject, date, parse_date, without_offset};
use crate::exchange::{Answer, Call};
use crate::records::Record;

pub(super) use super::tickets_write::write;

pub(super) const CLOSED: i64 = 9;

const LIST: &[&str] = &[
    "id",
    "summary",
    "details",
    "status_id",
    "tickettype_id",
    "sla_id",
    "priority_id",
    "client_id",
    "site_id",
    "user_id",
    "user_email",
    "reportedby",
    "team_id",
    "agent_id",
    "category_1",
    "category_2",
    "categoryid_1",
    "categoryid_2",
    "impact",
    "urgency",
    "source",
    "estimate",
    "parent_id",
    "child_count",
    "attachment_count",
    "flagged",
    "read",
    "onhold",
    "inactive",
    "hasbeenclosed",
    "merged_into_id",
    "lastincomingemail",
    "targetdate",
    "third_party_id",
    "third_party_id_string",
    "customfields",
    "guid",
    "use",
    "slaresponsestate",
];
const SEARCHABLE: &[&str] =
    &["id", "summary", "client_id", "user_id", "agent_id", "status_id", "third_party_id", "third_party_id_string"];

const SHAPE: Shape = Shape { key: "tickets", order: "id", descending: true, id_only: "ticketidonly" };

pub(super) fn is_closed(row: &Record) -> bool {
    row.flag("hasbeenclosed") || row.int("status_id") == Some(CLOSED)
}

pub(super) fn list(view: &View<'_>, call: &Call) -> Result<Answer, Reject> {
    let conditions = lists::conditions(call, SEARCHABLE)?;
    let flag = |name: &str| call.flag(name).unwrap_or_default();
    let (open_only, closed_only, deleted) = (flag("open_only"), flag("closed_only"), flag("deleted"));
    let (dates, changed, numbers) = (DateSearch::of(call), Changed::of(call), Numbers::of(call, NUMBERS));
    let [search, search_summary, search_id] =
        ["search", "search_summary", "search_id"].map(|param| Search::of(call, param));
    let (top, domain) = (call.number("toplevel_id"), domain(call));
    let rows = view.state.tickets.live().filter(|row| {
        // The recycle bin is a list of its own.
        row.flag("deleted") == deleted
            && !(open_only && is_closed(row))
            && (!closed_only || is_closed(row))
            && domain.is_none_or(|kind| is_of_kind(view, row, kind))
            && numbers.hold(row)
            && (top.is_none() || toplevel(view, row.int("client_id")) == top)
            && search.finds(row, &["id", "summary", "third_party_id_string"])
            && search_summary.finds(row, &["summary"])
            && search_id.finds(row, &["id"])
            && changed.holds(row)
            && dates.as_ref().is_none_or(|dates| dates.holds(row))
            && conditions.iter().all(|condition| condition.holds(row))
    });
    Ok(lists::page(view, call, &SHAPE, rows, |row| Value::Object(listed(view, call, row))))
}

/// Parameters that filter by a number, and their fields.
const NUMBERS: &[(&str, &str)] = &[
    ("client_id", "client_id"),
    ("client_ids", "client_id"),
    ("site_id", "site_id"),
    ("user_id", "user_id"),
    ("agent_id", "agent_id"),
    ("status_id", "status_id"),
    ("status", "status_id"),
    ("parent_id", "parent_id"),
    ("requesttype_id", "tickettype_id"),
    ("requesttype", "tickettype_id"),
    ("team", "team_id"),
    ("priority", "priority_id"),
    ("category_1", "categoryid_1"),
    ("ticketids", "id"),
];

/// `reqs` leaves out projects and opportunities, which are tickets as well.
fn domain(call: &Call) -> Option<&'static str> {
    match call.param("domain") {
        Some("reqs") => Some("tickets"),
        Some("opps") => Some("opps"),
        Some("prjs") => Some("projects"),
        _ => None,
    }
}

fn is_of_kind(view: &View<'_>, row: &Record, kind: &str) -> bool {
    view.state.reference.ticket_type(row.int("tickettype_id")).is_some_and(|found| found["use"] == kind)
}

/// `datesearch` with bounds; either without the other is ignored.
struct DateSearch {
    field: String,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
}

impl DateSearch {
    fn of(call: &Call) -> Option<Self> {
        let field = call.param("datesearch")?.to_ascii_lowercase();
        let hours = call.param("utcoffset").and_then(|hours| hours.parse().ok()).unwrap_or_default();
        let bound = |name: &str| call.param(name).and_then(parse_date).map(|at| without_offset(at, hours));
        Some(Self { field, from: bound("startdate"), to: bound("enddate") })
    }

    fn holds(&self, row: &Record) -> bool {
        let at = match self.field.as_str() {
            "dateoccured" | "dateoccurred" | "datecreated" => Some(row.created),
            "last_update" | "lastupdate" | "flastupdate" => Some(row.changed),
            "datecleared" | "dateclosed" => moment(row, "_closed"),
            "lastactiondate" => moment(row, "_acted"),
            // A field that Halo does not know filters nothing.
            _ => return true,
        };
        let Some(at) = at.map(|at| at.as_second()) else { return false };
        self.from.is_none_or(|from| at >= from.as_second()) && self.to.is_none_or(|to| at <= to.as_second())
    }
}

fn moment(row: &Record, field: &str) -> Option<Timestamp> {
    row.fields.get(field)?.as_str()?.parse().ok()
}

fn brief(view: &View<'_>, row: &Record) -> Map<String, Value> {
    let mut brief = take(row, LIST);
    let state = view.state;
    let id = row.int("id").unwrap_or_default();
    set(&mut brief, "client_name", State::name(&state.clients, row.int("client_id")));
    set(&mut brief, "site_name", State::name(&state.sites, row.int("site_id")));
    set(&mut brief, "user_name", State::name(&state.users, row.int("user_id")));
    set(&mut brief, "team", state.reference.name("Team", row.int("team_id")));
    set(&mut brief, "sla_name", state.reference.name("SLA", row.int("sla_id")));
    set(&mut brief, "dateoccurred", date(row.created, id));
    set(&mut brief, &view.ticket_stamp, date(row.changed, id + 1));
    set(&mut brief, "lastactiondate", moment(row, "_acted").map(|at| date(at, id + 2)));
    set(&mut brief, "dateclosed", moment(row, "_closed").map(|at| date(at, id)));
    brief
}

fn listed(view: &View<'_>, call: &Call, row: &Record) -> Map<String, Value> {
    let mut listed = brief(view, row);
    let flag = |name: &str| call.flag(name).unwrap_or_default();
    if row.flag("deleted") {
        set(&mut listed, "deleted", true);
    }
    if flag("includestatus") {
        set(&mut listed, "status_name", view.state.reference.name("Status", row.int("status_id")));
    }
    if flag("includetickettype") {
        set(&mut listed, "tickettype_name", view.state.reference.name("TicketType", row.int("tickettype_id")));
    }
    if flag("includeagent") {
        set(&mut listed, "agent_name", State::name(&view.state.agents, row.int("agent_id")));
    }
    listed
}

pub(super) fn one(view: &View<'_>, id: i64) -> Option<Value> {
    view.state.tickets.get(&id).map(|row| Value::Object(detail(view, row)))
}

pub(super) fn detail(view: &View<'_>, row: &Record) -> Map<String, Value> {
    let state = view.state;
    let mut full = take_all(row);
    full.extend(brief(view, row));
    let id = row.int("id").unwrap_or_default();
    set(&mut full, "datecreated", date(row.created, id));
    let priority = state.reference.priority(row.int("sla_id"), row.int("priority_id"));
    set(&mut full, "priority", priority.cloned().unwrap_or_default());
    let ticket_type = state.reference.ticket_type(row.int("tickettype_id"));
    set(&mut full, "tickettype", ticket_type.cloned().unwrap_or_default());
    let user = row.int("user_id").and_then(|user| state.users.rows.get(&user));
    set(&mut full, "user", user.map(|user| Value::Object(take(user, &["id", "name", "emailaddress"]))));
    full
}
