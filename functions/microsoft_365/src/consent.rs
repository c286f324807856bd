//! The consent of a customer: where its administrator gives it, and the proof that it was given.

use connector::{ConnectorError, ErrorKind, IssuedLink, Result};
use domain::id::ExternalId;
use url::Url;

use crate::client::{self, Client, Tenant, graph, object};
use crate::wire;

const PROVE: &str = "read the customer's tenant";

/// The page on which an administrator of this tenant consents. Who consented is told to `return_url` unsigned, so what
/// comes back there is proven by [`prove`].
pub(crate) fn link(client: &Client, company: &ExternalId, return_url: &Url, state: &str) -> Result<IssuedLink> {
    let query = [("client_id", client.client_id()), ("redirect_uri", return_url.as_str()), ("state", state)];
    Ok(IssuedLink { url: client::consent_page(&tenant_of(company)?, &query)?, expires_at: None })
}

/// Reads the tenant with a token of its own: the token of another would show another's id. What it consented to shows when
/// its lists are read; not every MSP asks for all of it.
pub(crate) async fn prove(client: &Client, company: &ExternalId) -> Result<()> {
    let tenant = tenant_of(company)?;
    // One got before the consent lacks what it gave.
    client.forget_tokens();
    let answer = client.get(&tenant, PROVE, &graph(&["organization"], &[("$select", "id,displayName")])?).await?;
    let found: wire::List<wire::Organization> = object(PROVE, &answer)?;
    if !found.value.iter().any(|organization| organization.id.get().and_then(Tenant::parse).as_ref() == Some(&tenant)) {
        let error = ConnectorError::new(PROVE, ErrorKind::Malformed { path: "value.id".to_owned() });
        return Err(error.with_detail("another tenant answered"));
    }
    Ok(())
}

/// The tenant that a vendor company is.
pub(crate) fn tenant_of(company: &ExternalId) -> Result<Tenant> {
    let unknown = || ConnectorError::new("read a customer", ErrorKind::NotFound);
    Tenant::parse(company.as_str()).ok_or_else(unknown)
}
