//! Where a customer's administrator comes back to from the vendor's consent page. Nobody is signed in here.
//!
//! Invariants: what comes is not signed, so it is believed in nothing but its token; whose consent was asked for is what
//! the table says of that token; that it was given is proven by reading the customer with a token of its own.

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use domain::id::ExternalId;
use store::{StoreError, cross_tenant};
use sync::endpoint::hash_token;
use sync::message::{Command, Reply};

use crate::commands::Asked;
use crate::problem::Answer;
use crate::state::AppState;

/// Longest text of the vendor's that is shown.
const LONGEST_WORDS: usize = 300;
/// Longest token that is looked for.
const LONGEST_TOKEN: usize = 100;
/// Nothing but the console's styles, which stand beside this page.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page.
pub(crate) fn routes() -> Router<AppState> {
    Router::new().route("/consent/{connector}", get(returned))
}

/// What the vendor sends people back with.
#[derive(Debug, Default)]
struct Returned {
    state: String,
    tenant: Option<String>,
    error: Option<String>,
}

impl Returned {
    fn read(query: &str) -> Self {
        let mut found = Self::default();
        let mut words = None;
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let short = || Some(value.chars().take(LONGEST_WORDS).collect::<String>()).filter(|text| !text.is_empty());
            match &*name {
                "state" => found.state = value.chars().take(LONGEST_TOKEN).collect(),
                "tenant" => found.tenant = short(),
                "error" => found.error = short(),
                "error_description" => words = short(),
                _ => {}
            }
        }
        found.error = found.error.map(|error| words.map_or(error.clone(), |words| format!("{error}: {words}")));
        found
    }
}

/// What is said to the administrator.
enum Said {
    /// The link is not, or no longer, one of ours.
    Unknown,
    /// They refused, or the vendor did, in its words.
    Refused(String),
    /// They consented for another customer than the one asked for.
    Another,
    /// It could not be proven yet.
    Unproven(String),
    /// Done.
    Thanks,
}

async fn returned(
    State(state): State<AppState>,
    Path(connector): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer<Response> {
    let which = state.connector(&connector)?;
    let said = settle(&state, &connector, &Returned::read(query.as_deref().unwrap_or_default())).await?;
    Ok(page(which.descriptor.name, &said))
}

async fn settle(state: &AppState, connector: &str, returned: &Returned) -> Answer<Said> {
    let hash = hash_token(&returned.state);
    let found = cross_tenant::addressee(state.table.as_ref(), &store::consents::index_name(&hash)).await?;
    let Some(asked) = found.filter(|asked| asked.connector.as_str() == connector) else { return Ok(Said::Unknown) };
    let store = state.store(asked.tenant);
    let Some(request) = store.consent(&asked.connection, &hash, state.now()).await? else { return Ok(Said::Unknown) };
    if let Some(error) = &returned.error {
        return Ok(Said::Refused(error.clone()));
    }
    let of = returned.tenant.as_deref().map(|tenant| ExternalId::new(tenant.to_ascii_lowercase()));
    if of.is_some_and(|of| of != request.external_id) {
        return Ok(Said::Another);
    }
    let Some(which) = state.which(&asked.connection) else { return Ok(Said::Unknown) };
    let command = Command::CompanyAccess {
        tenant: store.tenant().clone(),
        connection: asked.connection.clone(),
        company: request.external_id.clone(),
    };
    match state.ask(&which, &command).await? {
        Asked::Reply(Reply::Accessible) => {}
        Asked::Reply(Reply::Failed { problem }) => return Ok(Said::Unproven(problem.title)),
        Asked::Reply(other) => return Err(crate::commands::unexpected(&other)),
        Asked::NotInTime => return Ok(Said::Unproven("it took too long".to_owned())),
    }
    store.note_consent(&request.company, &asked.connection, &request.external_id, true).await?;
    match store.settle_consent(&asked.connection, &hash, &request).await {
        // Opened twice at once: one of both has done it.
        Ok(()) | Err(StoreError::Stale) => {}
        Err(error) => return Err(error.into()),
    }
    state.wake(&store, &which).await;
    Ok(Said::Thanks)
}

fn page(vendor: &str, said: &Said) -> Response {
    let (status, title, text) = match said {
        Said::Thanks => (
            StatusCode::OK,
            "Thank you",
            format!(
                "Your service provider can now read the security overview of your {vendor} tenant. You may close this page."
            ),
        ),
        Said::Refused(words) => (
            StatusCode::OK,
            "Nothing was changed",
            format!(
                "{vendor} says that consent was not given ({words}). The link still works if you want to try again."
            ),
        ),
        Said::Another => (
            StatusCode::OK,
            "Another tenant consented",
            "The link was made for another tenant than the one you signed in to. Sign in with an administrator of the \
             right tenant and open the link again."
                .to_owned(),
        ),
        Said::Unproven(why) => (
            StatusCode::OK,
            "Almost there",
            format!(
                "Your consent arrived, and {vendor} does not show it everywhere yet ({why}). Open the link again in a few minutes."
            ),
        ),
        Said::Unknown => (
            StatusCode::NOT_FOUND,
            "This link does not work",
            "It was used before, or it is older than seven days. Ask your service provider for a new one.".to_owned(),
        ),
    };
    let body = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\"><title>{title}</title>\
         <link rel=\"stylesheet\" href=\"../assets/tokens.css\"><link rel=\"stylesheet\" href=\"../assets/base.css\"></head>\
         <body><main class=\"whole-page\"><div class=\"blank\"><h1>{title}</h1><p>{}</p></div></main></body></html>",
        escape(&text)
    );
    let mut response = (status, Html(body)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // The token stands in the address.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
