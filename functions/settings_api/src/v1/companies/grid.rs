//! The grid of companies: searched, filtered and ordered over all of them, which is one query of the table.

use std::collections::BTreeMap;

use domain::id::ConnectionId;
use domain::portal::PortalCompany;
use futures::future::try_join_all;
use serde::{Deserialize, Serialize};
use store::TenantStore;
use utoipa::{IntoParams, ToSchema};

use super::CompanyView;
use crate::input::Page;
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
}

/// Where a row stands: linked after unlinked if so ordered, then by name, then by id.
type Place = (bool, String, String);

pub(super) async fn read(state: &AppState, store: &TenantStore, params: &GridParams) -> Answer<Grid> {
    let page = Page::of(params.limit.as_deref(), params.cursor.as_deref())?;
    let after: Option<Place> = match &page.after {
        None => None,
        Some(after) => Some(
            serde_json::from_str(after)
                .map_err(|_| Problem::field("/cursor", "Send the next_cursor of the page before, as it is."))?,
        ),
    };
    let unlinked_first = match params.order.as_deref() {
        None | Some("name") => false,
        Some("unlinked") => true,
        Some(_) => return Err(Problem::field("/order", "Choose unlinked or name.")),
    };
    let columns = columns(state, store).await?;
    let wanted = wanted(params.missing.as_deref(), &columns)?;
    let companies = store.all_companies().await?;
    let missing = columns
        .iter()
        .map(|column| (column.clone(), companies.iter().filter(|company| lacks(company, column)).count()))
        .collect();
    let search = params.search.as_deref().unwrap_or_default().trim().to_lowercase();
    let mut rows: Vec<(Place, PortalCompany)> = companies
        .into_iter()
        .filter(|company| wanted.is_empty() || wanted.iter().any(|column| lacks(company, column)))
        .filter(|company| fits(company, &search))
        .map(|company| (place(&company, unlinked_first), company))
        .collect();
    rows.sort_by(|(one, _), (other, _)| one.cmp(other));
    let total = rows.len();
    let begin = after.map_or(0, |after| rows.partition_point(|(place, _)| *place <= after));
    let more = total.saturating_sub(begin) > page.size();
    let shown: Vec<_> = rows.into_iter().skip(begin).take(page.size()).collect();
    let next = shown.last().filter(|_| more).and_then(|(place, _)| serde_json::to_string(place).ok());
    Ok(Grid {
        items: shown.into_iter().map(|(_, company)| CompanyView::of(company)).collect(),
        next_cursor: next.as_deref().map(Page::cursor),
        total,
        missing,
    })
}

/// Connections that have companies and were set up at least once.
async fn columns(state: &AppState, store: &TenantStore) -> Answer<Vec<ConnectionId>> {
    let known: Vec<Which> = state.descriptors().filter(|descriptor| has_companies(descriptor)).map(Which::of).collect();
    let read = try_join_all(known.iter().map(|which| state.read(store, which))).await?;
    let connected = known.into_iter().zip(read).filter(|(_, read)| read.settings().connected_at.is_some());
    Ok(connected.map(|(which, _)| which.connection).collect())
}

fn wanted(missing: Option<&str>, columns: &[ConnectionId]) -> Answer<Vec<ConnectionId>> {
    match missing {
        None => Ok(Vec::new()),
        Some("any") => Ok(columns.to_vec()),
        Some(names) => names
            .split(',')
            .map(|name| {
                let known = columns.iter().find(|column| column.as_str() == name.trim());
                known.cloned().ok_or_else(|| Problem::field("/missing", "Choose any, or connections that are set up."))
            })
            .collect(),
    }
}

fn lacks(company: &PortalCompany, connection: &ConnectionId) -> bool {
    !company.not_integrated.contains(connection) && company.links.get(connection).is_none_or(Vec::is_empty)
}

fn fits(company: &PortalCompany, search: &str) -> bool {
    let has = |text: &str| text.to_lowercase().contains(search);
    search.is_empty()
        || has(&company.name)
        || company.domains.iter().any(|domain| has(domain))
        || company.links.values().flatten().any(|link| has(&link.name))
}

fn place(company: &PortalCompany, unlinked_first: bool) -> Place {
    (unlinked_first && !company.links.is_empty(), company.name.to_lowercase(), company.id.to_string())
}
