//! Where a pass over the devices of all companies goes on: some companies are asked for at once, and their answer may
//! have several pages.

use connector::{ConnectorError, Cursor, ErrorKind, Result};
use serde::{Deserialize, Serialize};

use crate::listing::Inventory;

/// So many companies are asked for at once. How many the vendor takes is not documented; an id has 36 characters, and
/// some calls carry them in their address.
const AT_ONCE: usize = 50;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Place {
    /// The last company of which everything was read.
    behind: Option<String>,
    /// The last company of the answer at hand: one that is new since must not move its pages.
    to: Option<String>,
    /// Where in that answer, as the vendor counts.
    pub(crate) cursor: u64,
}

impl Place {
    /// Where the cursor points; no cursor is the first company.
    pub(crate) fn of(op: &'static str, cursor: Option<&Cursor>) -> Result<Self> {
        let Some(Cursor(text)) = cursor else { return Ok(Self::default()) };
        let unreadable = |_| ConnectorError::new(op, ErrorKind::Malformed { path: "the cursor".to_owned() });
        serde_json::from_str(text).map_err(unreadable)
    }

    /// The companies to ask for.
    pub(crate) fn companies(&self, inventory: &Inventory) -> Vec<String> {
        let mut companies = inventory.companies_behind(self.behind.as_deref(), AT_ONCE);
        companies.retain(|company| self.to.as_ref().is_none_or(|to| company <= to));
        companies
    }

    /// The place after an answer for these companies that names the cursor of its next page, or none; `None` ends the pass.
    ///
    /// # Errors
    /// [`ErrorKind::Malformed`] for a next page that is not behind this one: it would go on for ever.
    pub(crate) fn after(
        &self,
        op: &'static str,
        companies: &[String],
        next: Option<u64>,
        inventory: &Inventory,
    ) -> Result<Option<Self>> {
        let to = companies.last().cloned();
        match next {
            Some(cursor) if cursor > self.cursor => Ok(Some(Self { to, cursor, ..self.clone() })),
            Some(_) => {
                let repeated = ConnectorError::new(op, ErrorKind::Malformed { path: "next page".to_owned() });
                Err(repeated.with_detail("the next page is not behind this one"))
            }
            None => {
                let more = to.is_some() && !inventory.companies_behind(to.as_deref(), 1).is_empty();
                Ok(more.then_some(Self { behind: to, ..Self::default() }))
            }
        }
    }

    /// The text for the checkpoint.
    pub(crate) fn cursor(&self) -> Cursor {
        Cursor(serde_json::to_string(self).unwrap_or_default())
    }
}
