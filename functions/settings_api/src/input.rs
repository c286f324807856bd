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
    let message = inner.to_string();
    if let Some(field) = named(&message, "missing field").or_else(|| named(&message, "duplicate field")) {
        pointer.push('/');
        pointer.push_str(&escape(field));
    }
    Problem::field(pointer, without_value(&message))
}

/// The field that the parser's message is about, where it begins so: the path ends at the object that it is of.
fn named<'a>(message: &'a str, what: &str) -> Option<&'a str> {
    message.strip_prefix(what)?.strip_prefix(" `")?.split('`').next()
}

fn no_json(error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line(), error.column());
    Problem::malformed(format!("The body is no JSON: see line {line}, column {column}."))
}

/// A part of a JSON pointer.
pub(crate) fn escape(part: &str) -> String {
    part.replace('~', "~0").replace('/', "~1")
}

const OUT_OF_PLACE: &str = "This is not a value that can stand here.";

/// The parser's message without the value that it may quote.
fn without_value(message: &str) -> String {
    let message = message.rsplit_once(" at line ").map_or(message, |(message, _)| message);
    if message.starts_with("data did not match any variant") {
        return OUT_OF_PLACE.to_owned();
    }
    let quotes = ["invalid type: ", "invalid value: ", "invalid length ", "unknown variant "];
    if quotes.iter().any(|start| message.starts_with(start)) {
        return match message.rsplit_once(", expected ") {
            Some((_, expected)) => format!("Expected {}.", in_json(expected)),
            None => OUT_OF_PLACE.to_owned(),
        };
    }
    let mut letters = message.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

/// What the parser expects, in the words of JSON instead of Rust's.
fn in_json(expected: &str) -> &str {
    match expected {
        "a map" => "an object",
        "a sequence" => "a list",
        "u8" | "u16" | "u32" | "u64" | "usize" | "i64" => "a whole number",
        _ if expected.starts_with("struct ") => "an object",
        _ if expected.contains(" enum ") || expected.starts_with("enum ") => "a text",
        _ => expected,
    }
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
            match (named(&message, "unknown field"), named(&message, "missing field")) {
                (Some(name), _) => Problem::field(format!("/{}", escape(name)), "There is no such parameter here."),
                (_, Some(name)) => Problem::field(format!("/{}", escape(name)), "This parameter is needed."),
                _ => Problem::field("", without_value(&message)),
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

pub(crate) const USUAL_PAGE: u32 = 50;
pub(crate) const LARGEST_PAGE: u32 = 200;

impl Page {
    pub(crate) fn of(limit: Option<&str>, cursor: Option<&str>) -> Answer<Self> {
        let digits =
            |limit: &str| limit.bytes().all(|byte| byte.is_ascii_digit()).then(|| limit.parse().ok()).flatten();
        let limit = match limit.map(digits) {
            None => USUAL_PAGE,
            Some(Some(limit @ 1..=LARGEST_PAGE)) => limit,
            Some(_) => return Err(Problem::field("/limit", "A page has 1 to 200 entries.")),
        };
        let after = cursor.map(|cursor| {
            let bytes = URL_SAFE_NO_PAD.decode(cursor).ok().filter(|bytes| !bytes.is_empty() && bytes.len() <= 1024);
            bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(not_ours)
        });
        Ok(Self { limit, after: after.transpose()? })
    }

    /// Entries before the page, of a list whose cursors carry their number.
    pub(crate) fn skip(&self) -> Answer<usize> {
        self.after.as_deref().map_or(Ok(0), str::parse).map_err(|_| not_ours())
    }

    /// The key after which the page begins, of a list whose cursors carry keys.
    pub(crate) fn key(&self, list: &str) -> Answer<Option<&str>> {
        let Some(after) = self.after.as_deref() else { return Ok(None) };
        let key = after.strip_prefix(list).and_then(|rest| rest.strip_prefix(' '));
        key.map(Some).ok_or_else(not_ours)
    }

    /// The cursor that carries a key. Any text can be one, so the list's name goes with it: another list's cursor is refused.
    pub(crate) fn key_cursor(list: &str, key: &str) -> String {
        Self::cursor(&format!("{list} {key}"))
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
    place.map_err(|_| not_ours())
}

/// Of a cursor that this list did not give.
fn not_ours() -> Problem {
    Problem::field("/cursor", "Send the next_cursor of the page before, as it is.")
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

    /// A page whose next one begins after this key; of a list that [`Page::key`] is asked for.
    pub(crate) fn until_key(items: Vec<T>, list: &str, next: Option<&str>) -> Self {
        Self { items, next_cursor: next.map(|key| Page::key_cursor(list, key)), incomplete: None }
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
    let value = value.trim_matches(|c: char| c.is_whitespace() || is_unseen(c));
    if value.is_empty() {
        errors.push(FieldError::new(pointer, "This is needed."));
    } else if value.chars().count() > longest {
        errors.push(FieldError::new(pointer, format!("At most {longest} characters.")));
    } else if value.chars().any(|c| c.is_control() || is_unseen(c)) {
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

/// Characters that have no look of their own but change that of others: zero-width spaces, which make one name look like
/// another, separators of lines, and what turns the direction of all that follows. Joiners are none: scripts need them.
const fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
    )
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
