//! Whether the portal shows what the vendor has: the public API's answers against the simulator's own dump, field by
//! field, by code that shares nothing with the mapper.

use domain::id::ConnectorId;

use crate::stack::Stack;

/// Every difference, in words; none means converged.
///
/// # Errors
/// The API or the simulator gives no answer.
#[expect(clippy::unused_async, reason = "reads the public API once it serves records")]
pub async fn differences(stack: &Stack, connector: &ConnectorId) -> anyhow::Result<Vec<String>> {
    let Some(_vendor) = stack.vendors().get(connector) else {
        return Ok(vec![format!("{connector} is not simulated, so there is nothing to compare with")]);
    };
    Ok(vec![format!("nothing compares {connector} with its simulator yet")])
}
