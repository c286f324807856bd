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
        let all = lowest(columns.len());
        let mut missing = vec![0; columns.len()];
        let mut missing_any = 0;
        let lacking: Vec<Columns> = rows.iter().map(|row| all & !settled(row, &columns)).collect();
        for lacking in &lacking {
            missing_any += usize::from(*lacking != 0);
            missing.iter_mut().enumerate().for_each(|(at, count)| *count += (lacking >> at & 1) as usize);
        }
        let search = params.search.as_deref().unwrap_or_default().trim().to_lowercase();
        let mut rows: Vec<(Place, CompanyRow)> = rows
            .into_iter()
            .zip(lacking)
            .filter(|(row, lacking)| wanted.is_none_or(|wanted| wanted & lacking != 0) && row.fits(&search))
            .map(|(row, _)| (place(&row, unlinked_first), row))
            .collect();
        rows.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let missing = columns.iter().map(|column| column.connection.clone()).zip(missing).collect();
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

/// Columns of the grid, a bit for each.
type Columns = u64;

/// The first so many columns.
const fn lowest(count: usize) -> Columns {
    !(Columns::MAX << count)
}

/// Columns one of which a company has to lack; `None`: every company is wanted.
fn wanted(missing: Option<&str>, columns: &[Which]) -> Answer<Option<Columns>> {
    match missing {
        None => Ok(None),
        Some("any") if columns.is_empty() => Ok(None),
        Some("any") => Ok(Some(lowest(columns.len()))),
        Some(names) => names
            .split(',')
            .map(|name| {
                let column = place_of(name.trim(), columns);
                column.ok_or_else(|| Problem::field("/missing", "Choose any, or connections that are set up."))
            })
            .try_fold(0, |wanted, column| Ok::<_, Problem>(wanted | 1 << column?))
            .map(Some),
    }
}

/// Columns in which a company is linked, or has nothing.
fn settled(row: &CompanyRow, columns: &[Which]) -> Columns {
    row.settled()
        .filter_map(|connection| place_of(connection, columns))
        .fold(0, |settled, column| settled | 1 << column)
}

fn place_of(connection: &str, columns: &[Which]) -> Option<usize> {
    columns.iter().position(|column| column.connection.as_str() == connection)
}

fn place(row: &CompanyRow, unlinked_first: bool) -> Place {
    (unlinked_first && !row.links.is_empty(), sorted_by(&row.name), row.id.clone())
}
