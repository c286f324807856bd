//! What a quick match found, page by page: read are the packs that the page stands in, and with a search all of them.

use axum::Json;
use axum::extract::State;
use domain::id::{CompanyId, ConnectorId, ExternalId};
use domain::matching::{Evidence, LOWEST_SCORE, USUAL_THRESHOLD};
use domain::quick_match::{self, Ambiguity, Candidate, Proposal, QuickMatch, Row, Tally};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{connector_of, fresh};
use crate::access::{Caller, Permission};
use crate::input::{Ids, Page, Params};
use crate::problem::{Answer, Problem};
use crate::routes::{Routes, handlers};
use crate::state::AppState;

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Read, handlers!(proposals)).route(Permission::Read, handlers!(ambiguous))
}

/// Characters of a search.
const LONGEST_SEARCH: usize = 200;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FoundParams {
    /// The least score, from 40 to 100; 70 unless told.
    threshold: Option<String>,
    /// Only this connector.
    connector: Option<String>,
    /// Text that a name contains, or the vendor's id.
    #[param(max_length = 200)]
    search: Option<String>,
    /// Entries of a page: 1 to 200, 50 unless told.
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}

/// A vendor company, and the portal company that it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QuickMatchProposal)]
pub(crate) struct ProposalView {
    /// Names it when it is applied.
    id: String,
    connector: ConnectorId,
    /// The vendor's id of its company.
    external_id: ExternalId,
    /// Its name at the vendor.
    name: String,
    #[serde(flatten)]
    company: CandidateView,
}

/// A portal company that a vendor company is, or may be.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QuickMatchCandidate)]
pub(crate) struct CandidateView {
    company_id: CompanyId,
    company_name: String,
    #[schema(minimum = 40, maximum = 100)]
    score: u8,
    /// What speaks for it, strongest first.
    evidence: Vec<Evidence>,
}

/// A vendor company that cannot be told to be one portal company.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QuickMatchAmbiguity)]
pub(crate) struct AmbiguityView {
    connector: ConnectorId,
    /// The vendor's id of its company.
    external_id: ExternalId,
    /// Its name at the vendor.
    name: String,
    /// The best few that it may be, best first. Of a single one another vendor company may be it as well.
    candidates: Vec<CandidateView>,
}

/// A page of what was found, by score.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Found<T> {
    items: Vec<T>,
    /// Gives the next page; null at the end.
    next_cursor: Option<String>,
    /// How many pass threshold, connector and search.
    total: usize,
}

impl CandidateView {
    fn of(candidate: Candidate) -> Self {
        let Candidate { company_id, company_name, score, evidence } = candidate;
        Self { company_id, company_name, score, evidence }
    }
}

impl ProposalView {
    pub(super) fn of(state: &AppState, row: &Row, place: usize, proposal: Proposal) -> Self {
        let connector = connector_of(state, row);
        Self {
            id: format!("{connector}.{place}"),
            connector,
            external_id: proposal.external_id,
            name: proposal.name,
            company: CandidateView::of(proposal.company),
        }
    }
}

/// The row and the place of a proposal by its id, if there is such a one.
pub(super) fn place_of(state: &AppState, found: &QuickMatch, id: &str) -> Option<(usize, usize)> {
    let (connector, place) = id.rsplit_once('.')?;
    let place: usize = place.parse().ok().filter(|number: &usize| number.to_string() == place)?;
    let row = found.rows.iter().position(|row| connector_of(state, row).as_str() == connector)?;
    (place < found.rows[row].proposals.all()).then_some((row, place))
}

/// A threshold as it may be given.
pub(super) fn threshold(given: Option<u8>, pointer: &str) -> Answer<u8> {
    match given {
        None => Ok(USUAL_THRESHOLD),
        Some(given @ LOWEST_SCORE..=100) => Ok(given),
        Some(_) => Err(Problem::field(pointer, "A score from 40 to 100.")),
    }
}

/// A search as it is compared.
pub(super) fn search(given: Option<&str>, pointer: &str) -> Answer<String> {
    let search = given.unwrap_or_default().trim();
    if search.chars().count() > LONGEST_SEARCH {
        return Err(Problem::field(pointer, format!("At most {LONGEST_SEARCH} characters.")));
    }
    Ok(search.to_lowercase())
}

/// What is asked for.
struct Asked {
    page: Page,
    before: usize,
    threshold: u8,
    rows: Vec<usize>,
    search: String,
}

impl Asked {
    fn of(state: &AppState, found: &QuickMatch, params: &FoundParams) -> Answer<Self> {
        let page = Page::of(params.limit.as_deref(), params.cursor.as_deref())?;
        let before = page.after.as_deref().map_or(Ok(0), str::parse);
        let before =
            before.map_err(|_| Problem::field("/cursor", "Send the next_cursor of the page before, as it is."))?;
        let given = params.threshold.as_deref().map(|given| given.parse().unwrap_or(0));
        let rows: Vec<usize> = match &params.connector {
            None => (0..found.rows.len()).collect(),
            Some(connector) => {
                state.connector(connector).map_err(|_| Problem::field("/connector", "There is no such connector."))?;
                let is = |row: &usize| connector_of(state, &found.rows[*row]).as_str() == connector;
                (0..found.rows.len()).filter(is).collect()
            }
        };
        Ok(Self {
            page,
            before,
            threshold: threshold(given, "/threshold")?,
            rows,
            search: search(params.search.as_deref(), "/search")?,
        })
    }

    fn counted<'a>(&self, found: &'a QuickMatch, tally: fn(&Row) -> &Tally) -> Vec<(usize, &'a Tally)> {
        self.rows.iter().map(|row| (*row, tally(&found.rows[*row]))).collect()
    }

    /// The part of the list that is looked at: the page, or with a search everything.
    fn wanted(&self, counted: &[(usize, &Tally)]) -> Vec<(usize, std::ops::Range<usize>)> {
        let page = match self.search.as_str() {
            "" => self.before..self.before.saturating_add(self.page.size()),
            _ => 0..usize::MAX,
        };
        quick_match::page(counted, self.threshold, page)
    }

    /// The page of what was read.
    fn answer<E, T>(
        &self,
        counted: &[(usize, &Tally)],
        read: Vec<(usize, usize, E)>,
        fits: impl Fn(&E, &str) -> bool,
        view: impl Fn(usize, usize, E) -> T,
    ) -> Found<T> {
        let size = self.page.size();
        let (total, shown): (usize, Vec<_>) = if self.search.is_empty() {
            (counted.iter().map(|(_, tally)| tally.from(self.threshold)).sum(), read)
        } else {
            let fitting: Vec<_> = read.into_iter().filter(|(.., entry)| fits(entry, &self.search)).collect();
            (fitting.len(), fitting.into_iter().skip(self.before).take(size).collect())
        };
        let next = self.before.saturating_add(size);
        Found {
            items: shown.into_iter().map(|(row, place, entry)| view(row, place, entry)).collect(),
            next_cursor: (next < total).then(|| Page::cursor(&next.to_string())),
            total,
        }
    }
}

/// Vendor companies with the portal company that each is, the surest first.
#[utoipa::path(
    get,
    path = "/v1/quick-match/{quick_match}/proposals",
    operation_id = "list_quick_match_proposals",
    params(("quick_match" = String, Path), FoundParams),
    responses((status = 200, body = Found<ProposalView>)),
)]
async fn proposals(
    caller: Caller,
    State(state): State<AppState>,
    Ids(id): Ids<String>,
    Params(params): Params<FoundParams>,
) -> Answer<Json<Found<ProposalView>>> {
    let found = fresh(&state, &caller.store, id).await?;
    let asked = Asked::of(&state, &found, &params)?;
    let counted = asked.counted(&found, |row| &row.proposals);
    let read = caller.store.proposals(&found.id, &asked.wanted(&counted)).await?;
    let view = |row: usize, place, proposal| ProposalView::of(&state, &found.rows[row], place, proposal);
    Ok(Json(asked.answer(&counted, read, Proposal::fits, view)))
}

/// Vendor companies that may be several portal companies, or whose one may be another's as well. None is guessed: a person
/// links them.
#[utoipa::path(
    get,
    path = "/v1/quick-match/{quick_match}/ambiguous",
    operation_id = "list_quick_match_ambiguous",
    params(("quick_match" = String, Path), FoundParams),
    responses((status = 200, body = Found<AmbiguityView>)),
)]
async fn ambiguous(
    caller: Caller,
    State(state): State<AppState>,
    Ids(id): Ids<String>,
    Params(params): Params<FoundParams>,
) -> Answer<Json<Found<AmbiguityView>>> {
    let found = fresh(&state, &caller.store, id).await?;
    let asked = Asked::of(&state, &found, &params)?;
    let counted = asked.counted(&found, |row| &row.ambiguous);
    let read = caller.store.ambiguities(&found.id, &asked.wanted(&counted)).await?;
    let view = |row: usize, _, ambiguity: Ambiguity| AmbiguityView {
        connector: connector_of(&state, &found.rows[row]),
        external_id: ambiguity.external_id,
        name: ambiguity.name,
        candidates: ambiguity.candidates.into_iter().map(CandidateView::of).collect(),
    };
    Ok(Json(asked.answer(&counted, read, Ambiguity::fits, view)))
}
