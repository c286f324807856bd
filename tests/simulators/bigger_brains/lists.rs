//! Lists: a page of a size that the server chooses, and a token that stands for the rest of it.

use axum::http::HeaderValue;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::state::State;
use super::wire::{Reject, date};
use crate::exchange::{Answer, Call};
use crate::knobs::Knobs;
use crate::records::{Record, Table};

const PAGE_SIZE: u64 = 100;

/// The two lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    Courses,
    Registrations,
}

impl List {
    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::Courses, Self::Registrations].into_iter().find(|list| list.name() == name)
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Courses => "courses",
            Self::Registrations => "registrations",
        }
    }

    pub(super) const fn of(self, state: &State) -> &Table<String> {
        match self {
            Self::Courses => &state.courses,
            Self::Registrations => &state.registrations,
        }
    }
}

/// What a list was asked for; `more` carries it, so that it stands alone.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Question {
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    metadata: bool,
    counts: bool,
    /// The last row of the page before.
    after: Option<String>,
}

impl Question {
    fn of(call: &Call, knobs: &Knobs) -> Result<Self, Reject> {
        let stale = || Reject::Invalid("The more token is not valid.".to_owned());
        if let Some(more) = call.param("more") {
            if call.query.len() > 1 {
                return Err(Reject::Invalid("No other parameter may be given together with more.".to_owned()));
            }
            if knobs.quirk("stale") == Some(json!(true)) {
                return Err(stale());
            }
            let read = URL_SAFE_NO_PAD.decode(more).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
            return read.ok_or_else(stale);
        }
        if call.param("datetimeFilter").is_some_and(|field| field != "updated") {
            return Err(Reject::Invalid("datetimeFilter is not supported".to_owned()));
        }
        let moment = |name: &str| match call.param(name).map(str::parse) {
            None => Ok(None),
            Some(Ok(at)) => Ok(Some(at)),
            Some(Err(_)) => Err(Reject::Invalid(format!("{name} is not a date"))),
        };
        let flag = |name: &str| call.flag(name).unwrap_or_default();
        Ok(Self {
            since: moment("since")?,
            until: moment("until")?,
            metadata: flag("includeCourseMetadata"),
            counts: flag("includeRegistrationCount"),
            after: None,
        })
    }

    /// Both ends are included. Stamps are shown, and compared, in milliseconds.
    fn fits(&self, row: &Record) -> bool {
        let changed = row.changed.as_millisecond();
        self.since.is_none_or(|since| changed >= since.as_millisecond())
            && self.until.is_none_or(|until| changed <= until.as_millisecond())
    }
}

pub(super) fn page(state: &State, list: List, call: &Call, knobs: &Knobs) -> Result<Answer, Reject> {
    let question = Question::of(call, knobs)?;
    let size = knobs.quirk("page_size").and_then(|size| size.as_u64()).unwrap_or(PAGE_SIZE);
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let all: Vec<(&String, &Record)> =
        list.of(state).rows.iter().filter(|(_, row)| !row.deleted && question.fits(row)).collect();
    let begin = question.after.as_ref().map_or(0, |after| all.partition_point(|(id, _)| *id <= after));
    let rest = all.get(begin..).unwrap_or_default();
    let shown = rest.get(..size.min(rest.len())).unwrap_or_default();
    let rows: Vec<Value> = shown.iter().map(|(_, row)| show(state, list, row, &question)).collect();
    let mut body = Map::new();
    body.insert(list.name().to_owned(), rows.into());
    if let Some((id, _)) = shown.last().filter(|_| shown.len() < rest.len()) {
        let next = Question { after: Some((*id).clone()), ..question };
        let token = serde_json::to_vec(&next).map_err(|error| Reject::Invalid(error.to_string()))?;
        body.insert("more".to_owned(), URL_SAFE_NO_PAD.encode(token).into());
    }
    let mut answer = Answer::ok(&Value::Object(body));
    if call.flag("includeTotalCount").unwrap_or_default() {
        answer.headers.insert("x-total-count", HeaderValue::from(all.len()));
    }
    Ok(answer)
}

pub(super) fn one(state: &State, list: List, id: &str, call: &Call) -> Result<Answer, Reject> {
    let row = list.of(state).get(&id.to_owned()).ok_or(Reject::NotFound("Could not find it by this id."))?;
    let flag = |name: &str| call.flag(name).unwrap_or_default();
    let question = Question {
        metadata: flag("includeCourseMetadata"),
        counts: flag("includeRegistrationCount"),
        ..Question::default()
    };
    Ok(Answer::ok(&show(state, list, row, &question)))
}

fn show(state: &State, list: List, row: &Record, question: &Question) -> Value {
    let mut fields = row.fields.clone();
    fields.retain(|name, _| !name.starts_with('_'));
    fields.insert("updated".to_owned(), date(row.changed).into());
    match list {
        List::Courses => {
            fields.insert("created".to_owned(), date(row.created).into());
            if !question.metadata {
                fields.remove("metadata");
            }
            if question.counts {
                let of_it = |registration: &&Record| registration.fields["course"]["id"] == row.fields["id"];
                let count = state.registrations.live().filter(of_it).count();
                fields.insert("registrationCount".to_owned(), count.into());
            }
        }
        List::Registrations => {
            fields.insert("createdDate".to_owned(), date(row.created).into());
        }
    }
    Value::Object(fields)
}

/// A registration as its postback has it: the form of `GET /registrations/{id}`.
pub(super) fn posted(state: &State, row: &Record) -> Value {
    show(state, List::Registrations, row, &Question::default())
}
