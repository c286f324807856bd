//! What a request carries, read with limits: JSON bodies, path ids, query parameters, pages, idempotency keys.
//!
//! Messages about what cannot be read never quote a value: it may be a secret in the wrong place.

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::problem::{Answer, FieldError, Problem};

const LARGEST_BODY: usize = 256 * 1024;

/// A JSON body.
#[derive(Debug)]
pub(crate) struct Input<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Input<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Answer<Self> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
            return Err(Problem::not_json());
        }
        let body = axum::body::to_bytes(request.into_body(), LARGEST_BODY).await.map_err(|_| Problem::too_large())?;
        // A list would be taken for an object's fields in their order.
        if body.trim_ascii_start().starts_with(b"[") {
            let read = serde_json::from_slice::<IgnoredAny>(&body);
            return Err(read.map_or_else(|error| no_json(&error), |_| Problem::field("", "Expected an object.")));
        }
        let mut reader = serde_json::Deserializer::from_slice(&body);
        let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| unreadable(&error))?;
        reader.end().map_err(|_| Problem::malformed("There is something behind the end of the JSON."))?;
        Ok(Self(value))
    }
}

fn unreadable(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let inner = error.inner();
    if !inner.is_data() {
        return no_json(inner);
    }
    let mut pointer = String::new();
    for segment in error.path() {
        let text = segment.to_string();
        let text = text.trim_start_matches('[').trim_end_matches(']');
        if text != "?" {
            pointer.push('/');
            pointer.push_str(&escape(text));
        }
    }
    Problem::field(pointer, without_value(&inner.to_string()))
}

fn no_json(error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    Problem::malformed(format!("The body is no JSON: see line {line}, column {column}."))
}

/// A part of a JSON pointer.
pub(crate) fn escape(part: &str) -> String {
    part.replace('~', "~0").replace('/', "~1")
}

/// The parser's message without the value that it may quote.
fn without_value(message: &str) -> String {
    let message = message.rsplit_once(" at line ").map_or(message, |(message, _)| message);
    let quotes = ["invalid type: ", "invalid value: ", "invalid length ", "unknown variant "];
    if quotes.iter().any(|start| message.starts_with(start)) {
        return match message.rsplit_once(", expected ") {
            Some((_, expected)) => format!("Expected {expected}."),
            None => "This is not a value that can stand here.".to_owned(),
        };
    }
    let mut letters = message.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

/// Ids in the path.
#[derive(Debug)]
pub(crate) struct Ids<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Ids<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Self> {
        let found: Result<Path<T>, PathRejection> = Path::from_request_parts(parts, state).await;
        found.map(|Path(ids)| Self(ids)).map_err(|_| Problem::not_found("There is nothing of this id."))
    }
}

/// Query parameters; names that are not known are refused, because ignoring one could do what it was to prevent.
#[derive(Debug)]
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Answer<Self> {
        let query = parts.uri.query().unwrap_or_default();
        let mut all = serde_json::Map::new();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if all.insert(name.to_string(), value.into_owned().into()).is_some() {
                return Err(Problem::field(format!("/{}", escape(&name)), "This parameter may be given once."));
            }
        }
        serde_json::from_value(all.into()).map(Self).map_err(|error| {
            let message = error.to_string();
            let name = message.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next());
            match name {
                Some(name) => Problem::field(format!("/{}", escape(name)), "There is no such parameter here."),
                None => Problem::field("", without_value(&message)),
            }
        })
    }
}

/// Which part of a list is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) limit: u32,
    /// What the last page's cursor carried.
    pub(crate) after: Option<String>,
}

const USUAL_PAGE: u32 = 50;
const LARGEST_PAGE: u32 = 200;

impl Page {
    pub(crate) fn of(limit: Option<&str>, cursor: Option<&str>) -> Answer<Self> {
        let limit = match limit.map(str::parse) {
            None => USUAL_PAGE,
            Some(Ok(limit @ 1..=LARGEST_PAGE)) => limit,
            Some(_) => return Err(Problem::field("/limit", "A page has 1 to 200 entries.")),
        };
        let after = cursor.map(|cursor| {
            let bytes = URL_SAFE_NO_PAD.decode(cursor).ok().filter(|bytes| !bytes.is_empty() && bytes.len() <= 1024);
            bytes
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .ok_or_else(|| Problem::field("/cursor", "Send the next_cursor of the page before, as it is."))
        });
        Ok(Self { limit, after: after.transpose()? })
    }

    /// Entries before the page, of a list whose cursors carry their number.
    pub(crate) fn skip(&self) -> Answer<usize> {
        let wrong = |_| Problem::field("/cursor", "Send the next_cursor of the page before, as it is.");
        self.after.as_deref().map_or(Ok(0), str::parse).map_err(wrong)
    }

    /// The cursor that carries this.
    pub(crate) fn cursor(after: &str) -> String {
        URL_SAFE_NO_PAD.encode(after)
    }

    pub(crate) const fn size(&self) -> usize {
        self.limit as usize
    }
}

/// Where the page before ended, of a list whose cursors carry places.
pub(crate) fn place<P: DeserializeOwned>(page: &Page) -> Answer<Option<P>> {
    let place = page.after.as_deref().map(serde_json::from_str).transpose();
    place.map_err(|_| Problem::field("/cursor", "Send the next_cursor of the page before, as it is."))
}

/// What a name is sorted by: its beginning, since places travel in cursors.
pub(crate) fn sorted_by(name: &str) -> String {
    name.chars().take(100).flat_map(char::to_lowercase).collect()
}

/// A page of a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Listing<T> {
    /// The entries.
    pub(crate) items: Vec<T>,
    /// Gives the next page; null at the end.
    pub(crate) next_cursor: Option<String>,
    /// In words, that there is more than this list looks through; absent where it shows everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) incomplete: Option<String>,
}

impl<T> Listing<T> {
    /// A list that fits on one page whatever is asked.
    pub(crate) const fn whole(items: Vec<T>) -> Self {
        Self { items, next_cursor: None, incomplete: None }
    }

    /// A page whose next one begins after this.
    pub(crate) fn until(items: Vec<T>, next: Option<&str>) -> Self {
        Self { items, next_cursor: next.map(Page::cursor), incomplete: None }
    }
}

/// Parameters of a list that needs no others.
#[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageParams {
    /// Entries of a page: 1 to 200, 50 unless told.
    pub(crate) limit: Option<String>,
    /// The `next_cursor` of the page before.
    pub(crate) cursor: Option<String>,
}

impl PageParams {
    pub(crate) fn page(&self) -> Answer<Page> {
        Page::of(self.limit.as_deref(), self.cursor.as_deref())
    }
}

/// A text that must be there, trimmed, of at most so many characters.
pub(crate) fn text(errors: &mut Vec<FieldError>, pointer: &str, value: &str, longest: usize) -> String {
    let value = value.trim();
    if value.is_empty() {
        errors.push(FieldError::new(pointer, "This is needed."));
    } else if value.chars().count() > longest {
        errors.push(FieldError::new(pointer, format!("At most {longest} characters.")));
    } else if value.chars().any(char::is_control) {
        errors.push(FieldError::new(pointer, "One line without control characters."));
    }
    value.to_owned()
}

/// A text of one or more lines, of at most so many characters, trimmed; line ends become `\n`.
pub(crate) fn lines(errors: &mut Vec<FieldError>, pointer: &str, value: &str, longest: usize) -> String {
    let value = value.replace("\r\n", "\n").trim().to_owned();
    if value.chars().count() > longest {
        errors.push(FieldError::new(pointer, format!("At most {longest} characters.")));
    } else if value.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        errors.push(FieldError::new(pointer, "Text without control characters."));
    }
    value
}

/// A parameter that is true or false.
pub(crate) fn flag(name: &str, value: Option<&str>) -> Answer<Option<bool>> {
    match value {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(Problem::field(format!("/{name}"), "Choose true or false.")),
    }
}

/// The key by which a repeated POST is recognised.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Answer<Option<&str>> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    let key = key.to_str().ok().filter(|key| (1..=255).contains(&key.len()));
    key.map(Some).ok_or_else(|| Problem::malformed("Idempotency-Key is a text of 1 to 255 characters."))
}
