//! Lists: both ways of paging, with their `Link` headers.

use axum::http::HeaderValue;
use axum::http::header::LINK;
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::conditions::{self, Condition};
use super::wire::Reject;
use crate::exchange::{Answer, Call};
use crate::records::Record;

/// Rows of a page when no number is asked for, and at most.
const USUAL: usize = 25;
const MOST: usize = 1000;

/// What a list is asked for.
pub(super) struct Filter {
    conditions: Option<Condition>,
    child_conditions: Option<Condition>,
}

impl Filter {
    pub(super) fn of(call: &Call) -> Result<Self, Reject> {
        let parse = |name: &str| call.param(name).map(Condition::parse).transpose();
        Ok(Self { conditions: parse("conditions")?, child_conditions: parse("childConditions")? })
    }

    pub(super) fn holds(&self, row: &Record) -> bool {
        self.conditions.as_ref().is_none_or(|condition| condition.holds(row))
            && self.child_conditions.as_ref().is_none_or(|condition| condition.holds_for_a_child(row))
    }
}

/// One page of the rows given, which are in the order of ids.
pub(super) fn page<'a>(
    call: &Call,
    rows: impl Iterator<Item = (i64, &'a Record)>,
    ends_at_once: bool,
    show: impl Fn(&'a Record) -> Map<String, Value>,
) -> Result<Answer, Reject> {
    let filter = Filter::of(call)?;
    let rows = rows.filter(|(_, row)| filter.holds(row));
    let asked = |name: &str| call.number(name).and_then(|number| usize::try_from(number).ok()).filter(|n| *n > 0);
    let size = asked("pageSize").unwrap_or(USUAL).min(MOST);
    let render = |row: &'a Record| {
        let shown = show(row);
        Value::Object(match call.param("fields") {
            Some(fields) => conditions::only(&shown, fields),
            None => shown,
        })
    };
    let forward = call.header("pagination-type").is_some_and(|kind| kind.eq_ignore_ascii_case("forward-only"));
    if forward {
        if call.param("orderBy").is_some() {
            return Err(Reject::Query("orderBy cannot be used with forward-only pagination.".to_owned()));
        }
        let after = call.number("pageId").unwrap_or(0);
        let mut page: Vec<(i64, &Record)> = rows.filter(|(id, _)| *id > after).take(size + 1).collect();
        let more = page.len() > size;
        page.truncate(size);
        let mut answer = Answer::ok(&page.iter().map(|(_, row)| render(row)).collect());
        // There always is a header; behind the last row it names no page.
        let last = page.last().filter(|_| more || !ends_at_once);
        let next = last.map(|(id, _)| link(call, "next", &[("pageId", *id)]));
        put_link(&mut answer, &next.unwrap_or_default());
        return Ok(answer);
    }
    let mut rows: Vec<&Record> = rows.map(|(_, row)| row).collect();
    if let Some(order) = call.param("orderBy") {
        conditions::sort(&mut rows, order);
    }
    let number = asked("page").unwrap_or(1);
    let last = rows.len().div_ceil(size).max(1);
    let page: Value = rows.iter().skip((number - 1).saturating_mul(size)).take(size).map(|row| render(row)).collect();
    let mut answer = Answer::ok(&page);
    if last > 1 {
        let to = |rel: &str, page: usize| link(call, rel, &[("page", i64::try_from(page).unwrap_or(1))]);
        let mut links = Vec::new();
        if number < last {
            links.push(to("next", number + 1));
            links.push(to("last", last));
        }
        if number > 1 {
            links.push(to("prev", number - 1));
            links.push(to("first", 1));
        }
        put_link(&mut answer, &links.join(", "));
    }
    Ok(answer)
}

fn put_link(answer: &mut Answer, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        answer.headers.insert(LINK, value);
    }
}

/// The query comes back re-encoded, and with a slash before it (recorded).
fn link(call: &Call, rel: &str, changed: &[(&str, i64)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in &call.query {
        if !changed.iter().any(|(changed, _)| changed.eq_ignore_ascii_case(name)) {
            query.append_pair(name, value);
        }
    }
    for (name, value) in changed {
        query.append_pair(name, &value.to_string());
    }
    format!("<https://api-{}{}/?{}>; rel=\"{rel}\"", super::HOST, call.path, lower_escapes(&query.finish()))
}

/// `%3E` as the server writes it: `%3e`.
fn lower_escapes(query: &str) -> String {
    let mut lower = 0;
    let letter = |letter: char| {
        if letter == '%' {
            lower = 2;
            return letter;
        }
        let escaped = lower > 0;
        lower = i32::max(lower - 1, 0);
        if escaped { letter.to_ascii_lowercase() } else { letter }
    };
    query.chars().map(letter).collect()
}
