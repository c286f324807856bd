//! Picklists of the vendor, read live.

use axum::Json;
use axum::extract::State;
use connector::ChoiceSource;
use domain::record::Choice;
use serde::Deserialize;
use sync::message::{Command, Reply};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::connectors::fixed;
use crate::access::{Caller, Permission, needs};
use crate::commands::{Asked, refusal, unexpected};
use crate::input::{Ids, Listing, Page, Params};
use crate::problem::{Answer, Problem};
use crate::state::AppState;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(needs(Permission::Manage, routes!(list)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ChoiceParams {
    /// Text that labels contain.
    search: Option<String>,
    /// Only what is valid for this board, queue or ticket type.
    board: Option<String>,
    /// Entries of a page: 1 to 200, 50 unless told.
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The values of an option field or of another picklist of the vendor, as they are there now.
#[utoipa::path(
    get,
    path = "/v1/integrations/{connector}/choices/{field}",
    operation_id = "list_choices",
    params(("connector" = String, Path, example = "halo-psa"), ("field" = String, Path, example = "statuses"), ChoiceParams),
    responses(
        (status = 200, body = Listing<Choice>),
        (status = 409, description = "There are no credentials yet."),
        (status = 502, description = "The vendor refused or failed."),
        (status = 504, description = "The vendor did not answer in time."),
    ),
)]
async fn list(
    caller: Caller,
    State(state): State<AppState>,
    Ids((connector, field)): Ids<(String, String)>,
    Params(params): Params<ChoiceParams>,
) -> Answer<Json<Listing<Choice>>> {
    let page = Page::of(params.limit.as_deref(), params.cursor.as_deref())?;
    let which = state.connector(&connector)?;
    let descriptor = which.descriptor;
    let option = descriptor.options.iter().find(|option| option.key == field);
    if option.is_none() && !descriptor.choices.iter().any(|list| list.key == field) {
        return Err(Problem::not_found(format!("{} has no list of this name.", descriptor.name)));
    }
    if let Some(ChoiceSource::Fixed(choices)) = option.map(|option| option.choices) {
        return Ok(Json(page_of(fixed(choices), &page)));
    }
    let read = state.read(&caller.store, &which).await?;
    if read.settings().credentials.is_none() && read.settings().pending.is_none() {
        return Err(Problem::conflict(format!("Enter the {} credentials first.", descriptor.short_name)));
    }
    let command = Command::Choices {
        tenant: caller.store.tenant().clone(),
        connection: which.connection.clone(),
        field,
        search: params.search,
        board: params.board,
    };
    match state.ask(&which, &command).await? {
        Asked::Reply(Reply::Choices { choices }) => Ok(Json(page_of(choices, &page))),
        Asked::Reply(Reply::Failed { problem }) => Err(refusal(descriptor, &problem)),
        Asked::Reply(other) => Err(unexpected(&other)),
        Asked::NotInTime => Err(Problem::vendor_slow(descriptor.name)),
    }
}

/// The vendor's order is kept; the cursor counts.
fn page_of(choices: Vec<Choice>, page: &Page) -> Listing<Choice> {
    let from: usize = page.after.as_deref().and_then(|after| after.parse().ok()).unwrap_or(0);
    let next = from.saturating_add(page.size());
    let more = choices.len() > next;
    let items = choices.into_iter().skip(from).take(page.size()).collect();
    Listing::until(items, more.then(|| next.to_string()).as_deref())
}
