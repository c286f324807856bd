//! The MSP's customers: those with a GDAP relationship, else, where that list is not permitted, the older list of
//! partnerships.

use connector::rows::{Layout, Rows};
use connector::{ConnectorError, ErrorKind, Mapped, Page, Result};
use domain::id::ExternalId;
use url::Url;

use crate::client::{Client, graph, kept_page, next_page, object};
use crate::consent::tenant_of;
use crate::session::LIST;
use crate::{map, wire};

const OP: &str = "list customers";
/// The most that the list takes.
const PAGE: &str = "300";
const DELEGATED: [&str; 2] = ["tenantRelationships", "delegatedAdminCustomers"];

/// One page; `from`: the address that the page before named.
pub(crate) async fn page(client: &Client, from: Option<&str>, probe: bool) -> Result<(Page, Option<Url>)> {
    let top = if probe { "1" } else { PAGE };
    let url = match from {
        Some(kept) => kept_page(OP, kept)?,
        None => graph(&DELEGATED, &[("$top", top)])?,
    };
    match read(client, &url).await {
        // An app-only token is let in only where Microsoft's own application is set up in the partner's tenant.
        Err(error) if from.is_none() && error.kind == ErrorKind::Forbidden => {
            match read(client, &graph(&["contracts"], &[("$top", top)])?).await {
                Err(second) if second.kind != ErrorKind::Forbidden => Err(second),
                Ok((page, next)) if !page.rows.is_empty() || next.is_some() => Ok((page, next)),
                // An empty list beside a refused one says that we may not see the customers, not that there are none.
                Ok(_) | Err(_) => Err(error),
            }
        }
        done => done,
    }
}

async fn read(client: &Client, url: &Url) -> Result<(Page, Option<Url>)> {
    let answer = client.get(client.partner(), OP, url).await?;
    let next = next_page(&answer, url)?;
    let rows = if url.path().ends_with("/contracts") {
        let layout = Layout { id: "customerId", ..LIST };
        Rows::<wire::Contract>::read(OP, answer.body, layout)?.map(map::contract)
    } else {
        let layout = Layout { id: "tenantId", ..LIST };
        Rows::<wire::Customer>::read(OP, answer.body, layout)?.map(map::customer)
    };
    Ok((Page { rows, ..Page::default() }, next))
}

/// How many there are, where the list says so.
pub(crate) async fn count(client: &Client) -> Result<Option<i64>> {
    let url = graph(&DELEGATED, &[("$top", "1"), ("$count", "true")])?;
    let answer = client.get(client.partner(), OP, &url).await?;
    let list: wire::List<wire::Customer> = object(OP, &answer)?;
    Ok(list.count.0)
}

/// One customer. One whose last relationship ended is in neither list.
pub(crate) async fn one(client: &Client, id: &ExternalId) -> Result<Option<Mapped>> {
    const OP: &str = "read a customer";
    let tenant = tenant_of(id)?;
    let url = graph(&[DELEGATED[0], DELEGATED[1], tenant.as_str()], &[])?;
    match client.get(client.partner(), OP, &url).await {
        Ok(answer) => Ok(Rows::<wire::Customer>::single(OP, answer.body, "tenantId")?.map(map::customer).pop()),
        Err(ConnectorError { kind: ErrorKind::NotFound, .. }) => Ok(None),
        Err(ConnectorError { kind: ErrorKind::Forbidden, .. }) => {
            let filter = format!("customerId eq {tenant}");
            let url = graph(&["contracts"], &[("$filter", filter.as_str())])?;
            let answer = client.get(client.partner(), OP, &url).await?;
            let layout = Layout { id: "customerId", ..LIST };
            Ok(Rows::<wire::Contract>::read(OP, answer.body, layout)?.map(map::contract).pop())
        }
        Err(error) => Err(error),
    }
}
