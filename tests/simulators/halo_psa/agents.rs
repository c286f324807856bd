//! `/Agent`: technicians, in one array without pages.

use serde_json::{Map, Value, json};

use super::lists::{self, Search, set, take, take_all};
use super::state::{Context, State, UNASSIGNED, View};
use super::wire::{NO_DATE, Reject, date, object};
use crate::exchange::{Answer, Call};
use crate::records::Record;

const LIST: &[&str] = &[
    "id",
    "name",
    "firstname",
    "surname",
    "initials",
    "email",
    "jobtitle",
    "team",
    "isdisabled",
    "is_agent",
    "isapiagent",
    "onlinestatus",
    "is_online",
    "lastlogindate",
    "licence_type",
    "colour",
    "sms",
    "extensionnumber",
    "teams",
    "departments",
    "linemanager",
    "use",
];

pub(super) fn list(view: &View<'_>, call: &Call) -> Answer {
    let (enabled, disabled) = lists::activity(call, "includeenabled", "includedisabled");
    let flag = |name: &str| call.flag(name).unwrap_or_default();
    let (unassigned, api) = (flag("includeunassigned"), flag("includeapiagents"));
    let with_email = flag("withemail");
    let search = Search::of(call, "search");
    let (team, team_id) = (call.param("team"), call.number("team_id"));
    let counted = flag("includenamedcount");
    let rows = view.state.agents.live().filter(|row| {
        let email = row.text("email");
        (if row.flag("isdisabled") { disabled } else { enabled })
            && (unassigned || row.int("id") != Some(UNASSIGNED))
            && (api || !row.flag("isapiagent"))
            && !(with_email && email.is_empty())
            && search.finds(row, &["name", "email"])
            && team.is_none_or(|team| row.text("team").eq_ignore_ascii_case(team))
            && team_id.is_none_or(|wanted| teams(row).any(|team| team == wanted))
    });
    let taken = counted.then(|| licences_taken(view.state));
    let rows = rows.map(|row| {
        let mut brief = brief(view, row);
        set(&mut brief, "named_licences_in_use", taken);
        Value::Object(brief)
    });
    Answer::ok(&rows.collect())
}

fn teams(row: &Record) -> impl Iterator<Item = i64> {
    let teams = row.fields.get("teams").and_then(Value::as_array).into_iter().flatten();
    teams.filter_map(|team| team.get("team_id")?.as_i64())
}

fn brief(_view: &View<'_>, row: &Record) -> Map<String, Value> {
    let mut brief = take(row, LIST);
    let roles = row.fields.get("roles").and_then(Value::as_array).into_iter().flatten();
    let ids: Vec<&str> = roles.filter_map(|role| role.get("id")?.as_str()).collect();
    set(&mut brief, "role_list", ids.join(","));
    brief
}

pub(super) fn one(view: &View<'_>, id: i64, details: bool) -> Option<Value> {
    let row = view.state.agents.get(&id)?;
    Some(Value::Object(if details { detail(view, row) } else { brief(view, row) }))
}

/// The agent that the application logs in as.
pub(super) fn me(view: &View<'_>) -> Result<Answer, Reject> {
    one(view, view.state.api_agent, true).map(|body| Answer::ok(&body)).ok_or(Reject::NotFound)
}

pub(super) fn detail(view: &View<'_>, row: &Record) -> Map<String, Value> {
    let mut full = take_all(row);
    full.extend(brief(view, row));
    let id = row.int("id").unwrap_or_default();
    set(&mut full, "datecreated", date(row.created, id));
    set(&mut full, "last_modified", date(row.changed, id + 1));
    full
}

fn licences_taken(state: &State) -> usize {
    let takes = |row: &&Record| {
        !row.flag("isdisabled") && !row.flag("isapiagent") && row.flag("is_agent") && row.int("id") != Some(UNASSIGNED)
    };
    state.agents.live().filter(takes).count()
}

pub(super) fn write(state: &mut State, mut item: Map<String, Value>, context: &Context<'_>) -> Result<Value, Reject> {
    let licences = context.knobs.quirk("agent_licences").and_then(|value| value.as_u64());
    let licences = licences.and_then(|count| usize::try_from(count).ok()).unwrap_or(state.licences);
    let full = licences_taken(state) >= licences;
    let no_licence = || Reject::exception("There are not enough licences available to enable this Agent");
    if let Some(team) = item.get("team").and_then(Value::as_str).map(str::to_owned) {
        // The default team is one of the agent's teams.
        let teams = state.reference.agent_team(item.get("id").and_then(Value::as_i64).unwrap_or_default(), &team);
        item.entry("teams").or_insert(teams);
    }
    let id = if let Some(id) = item.get("id").and_then(Value::as_i64) {
        let enables = item.get("isdisabled") == Some(&Value::Bool(false));
        let row = state.agents.get_mut(&id).ok_or(Reject::NotFound)?;
        if enables && row.flag("isdisabled") && full {
            return Err(no_licence());
        }
        row.merge(item);
        row.touch(context.at);
        id
    } else {
        let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default();
        if text("name").trim().is_empty() {
            return Err(Reject::exception("A name must be entered for this Agent"));
        }
        let takes = item.get("isdisabled") != Some(&Value::Bool(true)) && item.get("isapiagent").is_none();
        if takes && full {
            return Err(no_licence());
        }
        let id = state.agents.next_id();
        let (first, last) = text("name").split_once(' ').unwrap_or((text("name"), ""));
        let mut row = Record::new(context.at, context.at, defaults(id));
        row.merge(object(json!({"firstname": first, "surname": last})));
        item.insert("id".to_owned(), id.into());
        row.merge(item);
        state.agents.rows.insert(id, row);
        id
    };
    one(&state.view(context.knobs), id, true).ok_or(Reject::NotFound)
}

/// What Halo fills in.
pub(super) fn defaults(id: i64) -> Map<String, Value> {
    object(json!({
        "id": id, "email": "", "initials": "", "jobtitle": "", "team": "", "isdisabled": false, "is_agent": true,
        "isapiagent": false, "onlinestatus": 0, "is_online": false, "lastlogindate": NO_DATE[2], "licence_type": 0,
        "colour": "#a2c4c9", "teams": [], "departments": [], "linemanager": 0, "use": "agent", "roles": [],
        "is_admin": false,
    }))
}
