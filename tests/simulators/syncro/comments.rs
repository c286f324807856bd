//! `/tickets/{id}/comments` and `/tickets/{id}/comment`: what is said on a ticket. The first one is its description.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::state::{Context, State, View, shown};
use super::wire::{Page, Reject, date, object, parse_date, seconds, text};
use super::{notifications, users};
use crate::exchange::{Answer, Call};
use crate::records::Record;

const PAGE: usize = 10;

pub(super) fn list(view: &View<'_>, call: &Call, ticket: i64) -> Result<Answer, Reject> {
    view.state.tickets.get(&ticket).ok_or(Reject::NotFound)?;
    let bound = |name: &str| call.param(name).and_then(parse_date);
    let within = |at: Timestamp, kind: &str| {
        bound(&format!("{kind}_after")).is_none_or(|bound| at > bound)
            && bound(&format!("{kind}_before")).is_none_or(|bound| at < bound)
    };
    let mut rows: Vec<&Record> = view
        .state
        .comments_of(ticket)
        .filter(|row| within(row.created, "created") && within(row.changed, "updated"))
        .collect();
    if call.param("sort_by") == Some("updated_at") {
        rows.sort_by_key(|row| row.changed);
    }
    // Newest first unless asked otherwise.
    if !call.param("sort_direction").is_some_and(|direction| direction.eq_ignore_ascii_case("asc")) {
        rows.reverse();
    }
    let size = call.number("per_page").and_then(|size| usize::try_from(size).ok()).unwrap_or(PAGE);
    let page = Page::of(call, rows, size);
    let format = call.param("comment_format").unwrap_or("plaintext");
    let listed = |row: &&Record| {
        let mut comment = show(row, format);
        let user = row.int("user_id").and_then(|user| view.state.users.rows.get(&user));
        // Newer endpoints write times to the second (the document's example).
        comment.extend(object(json!({
            "created_at": seconds(row.created), "updated_at": seconds(row.changed),
            "is_rich_text": row.fields.contains_key("_html"),
            "user": user.map_or_else(Map::new, users::show),
        })));
        Value::Object(comment)
    };
    let comments: Vec<Value> = page.rows.iter().map(listed).collect();
    let meta = json!({"total_pages": page.pages, "page": page.number, "per_page": page.size});
    Ok(Answer::ok(&json!({"comments": comments, "meta": meta})))
}

/// A comment; one written as rich text has a plain form, and its original on request.
pub(super) fn show(row: &Record, format: &str) -> Map<String, Value> {
    let mut comment = shown(row);
    comment.extend(object(json!({"created_at": date(row.created), "updated_at": date(row.changed)})));
    if let Some(html) = row.fields.get("_html").filter(|_| format != "plaintext") {
        comment.insert("body".to_owned(), html.clone());
    }
    comment
}

/// The API's way of writing one.
pub(super) fn create(
    state: &mut State,
    ticket: i64,
    fields: &Map<String, Value>,
    context: &Context<'_>,
) -> Result<Answer, Reject> {
    let id = make(state, ticket, fields, context)?;
    let comment = state.comments.get(&id).ok_or(Reject::NotFound)?;
    Ok(Answer::json(StatusCode::OK, &json!({"comment": show(comment, "plaintext")})))
}

pub(super) fn make(
    state: &mut State,
    ticket: i64,
    fields: &Map<String, Value>,
    context: &Context<'_>,
) -> Result<i64, Reject> {
    state.tickets.get(&ticket).ok_or(Reject::NotFound)?;
    let blank = ["body", "subject"].into_iter().filter(|name| text(fields, name).is_empty());
    let complaints: Vec<String> = blank.map(|name| format!("{} can't be blank", capitalised(name))).collect();
    if !complaints.is_empty() && !context.by_person {
        return Err(Reject::Messages(complaints, None));
    }
    let id = add(state, ticket, fields, context);
    if !context.quirk_is("comment_bumps", &Value::Bool(false))
        && let Some(ticket) = state.tickets.get_mut(&ticket)
    {
        ticket.touch(context.at);
    }
    notifications::replied(state, ticket, id);
    Ok(id)
}

/// Puts a comment on a ticket, whoever writes it.
pub(super) fn add(state: &mut State, ticket: i64, fields: &Map<String, Value>, context: &Context<'_>) -> i64 {
    let id = state.comments.next_id();
    let given = |name: &str| fields.get(name).cloned().unwrap_or_default();
    // Written in the screens by nobody named: the customer.
    let user = if context.by_person { given("user_id") } else { state.owner.into() };
    let tech = if context.quirk_is("comment_tech", &"owner".into()) {
        state.name_of_user(state.owner).into()
    } else {
        given("tech")
    };
    let mut row = Record::new(context.at, context.at, defaults(id, ticket));
    row.fields.extend(object(json!({
        "subject": fields.get("subject").cloned().unwrap_or_else(|| "Update".into()),
        // Line ends come back as those of a web form.
        "body": text(fields, "body").replace("\r\n", "\n").replace('\n', "\r\n"),
        "hidden": given("hidden").as_bool().unwrap_or_default(), "tech": tech, "user_id": user,
    })));
    state.comments.rows.insert(id, row);
    id
}

fn capitalised(name: &str) -> String {
    name.chars().take(1).flat_map(char::to_uppercase).chain(name.chars().skip(1)).collect()
}

/// What Syncro fills in.
pub(super) fn defaults(id: i64, ticket: i64) -> Map<String, Value> {
    object(json!({
        "id": id, "ticket_id": ticket, "subject": "Update", "body": "", "tech": null, "hidden": false, "user_id": null,
    }))
}
