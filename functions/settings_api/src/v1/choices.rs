//! Picklists of the vendor, read live.

use axum::Json;
use axum::extract::State;
use connector::{ChoiceSource, OptionField};
use domain::record::Choice;
use serde::Deserialize;
use sync::message::{Command, Reply};
use utoipa::IntoParams;

use super::connectors::fixed;
use crate::access::{Caller, Permission};
use crate::commands::{Asked, refusal, unexpected};
use crate::input::{Ids, Listing, Page, Params, text};
use crate::problem::{Answer, Problem};
use crate::routes::{Routes, handlers};
use crate::state::AppState;

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Manage, handlers!(list))
}

/// Characters of a parameter.
const LONGEST: usize = 200;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ChoiceParams {
    /// Text that labels, or the names of their boards, contain; case does not matter.
    #[param(min_length = 1, max_length = 200)]
    search: Option<String>,
    /// Only what is valid for this board, queue or team: the value of one of the list `boards`.
    #[param(min_length = 1, max_length = 200)]
    board: Option<String>,
    /// Entries of a page: 1 to 200, 50 unless told.
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The values of an option field or of another picklist of the vendor, as they are there now. Where a list differs by board
/// and none is named, each value says which board it belongs to.
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
    let from = counted(page.after.as_deref())?;
    let which = state.connector(&connector)?;
    let descriptor = which.descriptor;
    let params = params.check()?;
    let option = descriptor.options.iter().find(|option| option.key == field);
    if let Some(ChoiceSource::Fixed(choices)) = option.map(|option| option.choices) {
        let mut choices = fixed(choices);
        if let Some(search) = params.search.map(|search| search.to_lowercase()) {
            choices.retain(|choice| choice.contains(&search));
        }
        return Ok(Json(page_of(choices, page.size(), from)));
    }
    let list = option.and_then(OptionField::list).or(descriptor.list(&field).map(|list| list.key));
    let list = list.ok_or_else(|| Problem::not_found(format!("{} has no list of this name.", descriptor.name)))?;
    let read = state.read(&caller.store, &which).await?;
    if read.settings().credentials.is_none() && read.settings().pending.is_none() {
        return Err(Problem::conflict(format!("Enter the {} credentials first.", descriptor.short_name)));
    }
    let command = Command::Choices {
        tenant: caller.store.tenant().clone(),
        connection: which.connection.clone(),
        field: list.to_owned(),
        search: params.search,
        board: params.board,
    };
    match state.ask(&which, &command).await? {
        Asked::Reply(Reply::Choices { choices }) => Ok(Json(page_of(choices, page.size(), from))),
        Asked::Reply(Reply::Failed { problem }) => Err(refusal(descriptor, &problem)),
        Asked::Reply(other) => Err(unexpected(&other)),
        Asked::NotInTime => Err(Problem::vendor_slow(descriptor.name)),
    }
}

impl ChoiceParams {
    fn check(self) -> Answer<Self> {
        let mut errors = Vec::new();
        let mut short = |at: &str, value: Option<String>| value.map(|value| text(&mut errors, at, &value, LONGEST));
        let checked = Self { search: short("/search", self.search), board: short("/board", self.board), ..self };
        if errors.is_empty() { Ok(checked) } else { Err(Problem::invalid(errors)) }
    }
}

/// How many entries the pages before had; the cursor counts them.
fn counted(after: Option<&str>) -> Answer<usize> {
    let Some(after) = after else { return Ok(0) };
    let wrong = |_| Problem::field("/cursor", "Send the next_cursor of the page before, as it is.");
    after.parse::<u32>().map(|count| count as usize).map_err(wrong)
}

/// The vendor's order is kept.
fn page_of(choices: Vec<Choice>, size: usize, from: usize) -> Listing<Choice> {
    let next = from.saturating_add(size);
    let more = choices.len() > next;
    let items = choices.into_iter().skip(from).take(size).collect();
    Listing::until(items, more.then(|| next.to_string()).as_deref())
}
