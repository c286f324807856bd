//! The grid as a file: CSV as of RFC 4180, safe to be opened in a spreadsheet.

use std::borrow::Cow;
use std::collections::HashMap;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::id::CompanyId;
use domain::portal::{Link, LinkState, PortalCompany};
use store::TenantStore;

use super::grid::{Selection, SelectionParams};
use crate::problem::{Answer, Problem};
use crate::state::{AppState, Which};

/// An answer of a function has 6 MB at most, with the gateway's wrapping around it.
const LARGEST: usize = 5 * 1024 * 1024;

/// The companies that pass search and filter, in their order.
pub(super) async fn file(state: &AppState, store: &TenantStore, params: &SelectionParams) -> Answer<Response> {
    let selection = Selection::of(state, store, params).await?;
    let companies = store.all_companies().await?.into_iter();
    let mut companies: HashMap<CompanyId, PortalCompany> = companies.map(|one| (one.id.clone(), one)).collect();
    let selected: Vec<PortalCompany> = selection.rows.iter().filter_map(|(_, row)| companies.remove(&row.id)).collect();
    let text = written(&selection.columns, &selected).map_err(|error| Problem::internal(error.to_string()))?;
    if text.len() > LARGEST {
        let what = format!("{} companies do not fit into one file. Narrow them by search or missing.", selected.len());
        return Err(Problem::field("/search", what));
    }
    let kind = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
    let name = HeaderValue::from_static("attachment; filename=\"companies.csv\"");
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], text).into_response())
}

fn written(columns: &[Which], companies: &[PortalCompany]) -> csv::Result<Vec<u8>> {
    let mut file = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    let names = columns.iter().flat_map(|column| {
        let name = column.descriptor.name;
        [name.to_owned(), format!("{name} ID")]
    });
    let before = ["Company", "Company ID", "Domains", "Imported from"].map(str::to_owned);
    let after = ["Users", "Default Import Role"].map(str::to_owned);
    file.write_record(before.into_iter().chain(names).chain(after))?;
    for company in companies {
        let imported_from = company.imported_from.as_ref().map_or("", |connection| {
            let column = columns.iter().find(|column| column.connection == *connection);
            column.map_or(connection.as_str(), |column| column.descriptor.name)
        });
        let role = company.import_role.clone().map(String::from).unwrap_or_default();
        let mut cells =
            vec![company.name.clone(), company.id.to_string(), company.domains.join("; "), imported_from.to_owned()];
        cells.extend(columns.iter().flat_map(|column| linked(company, column)));
        cells.extend([company.users.to_string(), role]);
        file.write_record(cells.iter().map(|cell| inert(cell).into_owned()))?;
    }
    file.into_inner().map_err(|error| csv::Error::from(std::io::Error::other(error.to_string())))
}

/// Names and ids of what is linked in a column.
fn linked(company: &PortalCompany, column: &Which) -> [String; 2] {
    let links = company.links.get(&column.connection).map(Vec::as_slice).unwrap_or_default();
    if links.is_empty() && company.not_integrated.contains(&column.connection) {
        return ["not integrated".to_owned(), String::new()];
    }
    let joined = |cell: fn(&Link) -> String| links.iter().map(cell).collect::<Vec<_>>().join("; ");
    let name = |link: &Link| match link.state {
        LinkState::Ok => link.name.clone(),
        LinkState::Inactive => format!("{} (inactive)", link.name),
        LinkState::GoneAtVendor => format!("{} (gone)", link.name),
        LinkState::NeedsConsent => format!("{} (needs consent)", link.name),
    };
    [joined(name), joined(|link| link.external_id.to_string())]
}

/// A cell that no spreadsheet takes for a formula, whoever named the company: such a beginning is told to be text.
fn inert(cell: &str) -> Cow<'_, str> {
    let begins_formula = |c: char| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠');
    if cell.starts_with(begins_formula) { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

#[cfg(test)]
mod tests {
    use super::inert;

    #[test]
    fn what_a_spreadsheet_would_run_is_text() {
        for formula in ["=1+1", "+44 20", "-1", "@SUM(A1)", "\t=1", "＝1"] {
            assert_eq!(inert(formula), format!("'{formula}"));
        }
        for text in ["Acme", "A=B", "", " =1", "'=1"] {
            assert_eq!(inert(text), text);
        }
    }
}
