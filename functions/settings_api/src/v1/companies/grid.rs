//! The grid of companies: searched, filtered and ordered over a small row of each; only what a page shows is read whole.

use std::collections::BTreeMap;

use domain::id::{CompanyId, ConnectionId};
use domain::portal::PortalCompany;
use futures::future::try_join;
use serde::{Deserialize, Serialize};
use store::TenantStore;
use store::company_rows::CompanyRow;
use utoipa::{IntoParams, ToSchema};

use super::CompanyView;
use crate::input::{self, Page, sorted_by};
use crate::problem::{Answer, Problem};
use crate::state::{AppState, Which};
use crate::v1::vendor_companies::has_companies;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct GridParams {
    /// Text that name, domain or a linked company's name contains.
    search: Option<String>,
    /// `any`, or connections by comma: only companies that lack a link there.
    missing: Option<String>,
    /// `name` (unless told), or `unlinked`: those without any link first.
    order: Option<String>,
    /// Entries of a page: 1 to 200, 50 unless told.
    limit: Option<String>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
    /// Companies to pass over, to look into the middle of a long list; not together with a cursor, by which it goes on from
    /// there.
    offset: Option<String>,
}

impl GridParams {
    fn offset(&self) -> Answer<usize> {
        match self.offset.as_deref() {
            None => Ok(0),
            Some(_) if self.cursor.is_some() => Err(Problem::field(
                "/offset",
                "Send the offset or the cursor, not both: the cursor says where to go on.",
            )),
            Some(offset) => {
                let number = offset.parse::<u32>().ok().and_then(|number| usize::try_from(number).ok());
                number.ok_or_else(|| Problem::field("/offset", "Send how many companies to pass over, such as 200."))
            }
        }
    }
}

/// Which companies, and in which order.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SelectionParams {
    /// Text that name, domain or a linked company's name contains.
    search: Option<String>,
    /// `any`, or connections by comma: only companies that lack a link there.
    missing: Option<String>,
    /// `name` (unless told), or `unlinked`: those without any link first.
    order: Option<String>,
}

/// A page of the grid.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CompanyGrid)]
pub(crate) struct Grid {
    items: Vec<CompanyView>,
    /// Gives the next page; null at the end.
    next_cursor: Option<String>,
    /// Companies that pass search and filter.
    total: usize,
    /// Companies without a link, by connection; those that explicitly have nothing there do not count.
    #[schema(value_type = BTreeMap<String, usize>)]
    missing: BTreeMap<ConnectionId, usize>,
    /// Companies that count as missing in at least one connection.
    missing_any: usize,
}

/// Where a row stands: linked after unlinked if so ordered, then by name, then by id.
type Place = (bool, String, CompanyId);

/// The companies that pass search and filter.
pub(super) struct Selection {
    /// Connections that have companies and were set up at least once, disconnected ones included.
    pub(super) columns: Vec<Which>,
    /// In their order.
    pub(super) rows: Vec<(Place, CompanyRow)>,
    missing: BTreeMap<ConnectionId, usize>,
    missing_any: usize,
}

impl Selection {
    pub(super) async fn of(state: &AppState, store: &TenantStore, params: &SelectionParams) -> Answer<Self> {
        let unlinked_first = match params.order.as_deref() {
            None | Some("name") => false,
            Some("unlinked") => true,
            Some(_) => return Err(Problem::field("/order", "Choose unlinked or name.")),
        };
        let rows = async { Ok(store.company_rows().await?) };
        let (columns, rows) = try_join(columns(state, store), rows).await?;
        let wanted = wanted(params.missing.as_deref(), &columns)?;
        let lacking = |column: &Which| rows.iter().filter(|row| lacks(row, &column.connection)).count();
        let missing = columns.iter().map(|column| (column.connection.clone(), lacking(column))).collect();
        let lacks_any = |row: &&CompanyRow| columns.iter().any(|column| lacks(row, &column.connection));
        let missing_any = rows.iter().filter(lacks_any).count();
        let search = params.search.as_deref().unwrap_or_default().trim().to_lowercase();
        let mut rows: Vec<(Place, CompanyRow)> = rows
            .into_iter()
            .filter(|row| wanted.is_empty() || wanted.iter().any(|column| lacks(row, column)))
            .filter(|row| row.fits(&search))
            .map(|row| (place(&row, unlinked_first), row))
            .collect();
        rows.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        Ok(Self { columns, rows, missing, missing_any })
    }
}

pub(super) async fn read(state: &AppState, store: &TenantStore, params: GridParams) -> Answer<Grid> {
    let page = Page::of(params.limit.as_deref(), params.cursor.as_deref())?;
    let after: Option<Place> = input::place(&page)?;
    let offset = params.offset()?;
    let params = SelectionParams { search: params.search, missing: params.missing, order: params.order };
    let Selection { rows, missing, missing_any, .. } = Selection::of(state, store, &params).await?;
    let total = rows.len();
    let begin = after.map_or(offset.min(total), |after| rows.partition_point(|(place, _)| *place <= after));
    let shown = &rows[begin..total.min(begin + page.size())];
    let more = begin + shown.len() < total;
    let next = shown.last().filter(|_| more).and_then(|(place, _)| serde_json::to_string(place).ok());
    let companies = store.companies_by_id(shown.iter().map(|(_, row)| &row.id)).await?;
    let mut companies: BTreeMap<CompanyId, PortalCompany> =
        companies.into_iter().map(|company| (company.id.clone(), company)).collect();
    Ok(Grid {
        items: shown.iter().filter_map(|(_, row)| companies.remove(&row.id)).map(CompanyView::of).collect(),
        next_cursor: next.as_deref().map(Page::cursor),
        total,
        missing,
        missing_any,
    })
}

async fn columns(state: &AppState, store: &TenantStore) -> Answer<Vec<Which>> {
    let known: Vec<Which> = state.descriptors().filter(|descriptor| has_companies(descriptor)).map(Which::of).collect();
    let settings = store.settings(known.iter().map(|which| &which.connection)).await?;
    let was_connected = |which: &Which| settings.get(&which.connection).is_some_and(|set| set.connected_at.is_some());
    Ok(known.into_iter().filter(was_connected).collect())
}

fn wanted(missing: Option<&str>, columns: &[Which]) -> Answer<Vec<ConnectionId>> {
    let all = || columns.iter().map(|column| &column.connection);
    match missing {
        None => Ok(Vec::new()),
        Some("any") => Ok(all().cloned().collect()),
        Some(names) => names
            .split(',')
            .map(|name| {
                let known = all().find(|column| column.as_str() == name.trim());
                known.cloned().ok_or_else(|| Problem::field("/missing", "Choose any, or connections that are set up."))
            })
            .collect(),
    }
}

fn lacks(row: &CompanyRow, connection: &ConnectionId) -> bool {
    !row.links.contains(connection) && !row.not_integrated.contains(connection)
}

fn place(row: &CompanyRow, unlinked_first: bool) -> Place {
    (unlinked_first && !row.links.is_empty(), sorted_by(&row.name), row.id.clone())
}
