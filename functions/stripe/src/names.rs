//! What products are called. Subscriptions name them by id alone: expanding them in a list is one level too deep for
//! Stripe. They are read once per session, as many at once as a page of subscriptions names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use connector::{ConnectorError, ErrorKind, Result};

use crate::client::Query;
use crate::session::StripeSession;
use crate::wire;

/// Products asked for at once: as many as a page holds.
const AT_ONCE: usize = 100;

/// Names of products by id; `None`: asked for, and not told.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names(BTreeMap<String, Option<String>>);

impl Names {
    pub(crate) fn of(&self, product: &str) -> Option<&str> {
        self.0.get(product)?.as_deref()
    }

    #[cfg(test)]
    pub(crate) fn known(names: &[(&str, &str)]) -> Self {
        Self(names.iter().map(|(id, name)| ((*id).to_owned(), Some((*name).to_owned()))).collect())
    }
}

impl StripeSession {
    /// The names of the products of these items of subscriptions.
    pub(crate) async fn names_for<'a>(&self, items: impl Iterator<Item = &'a wire::SubscriptionItem>) -> Result<Names> {
        let wanted: BTreeSet<&str> = items.filter_map(|item| item.price.product.as_ref().map(wire::Ref::id)).collect();
        let unknown: Vec<&str> = {
            let names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
            wanted.into_iter().filter(|id| !names.0.contains_key(*id)).collect()
        };
        for some in unknown.chunks(AT_ONCE) {
            let told = self.read_names(some).await?;
            let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
            names.0.extend(some.iter().map(|id| ((*id).to_owned(), told.get(*id).cloned())));
        }
        Ok(self.names.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    async fn read_names(&self, products: &[&str]) -> Result<BTreeMap<String, String>> {
        const OP: &str = "list products";
        let mut query: Query = vec![("limit", "100".into())];
        query.extend(products.iter().map(|id| ("ids[]", (*id).into())));
        let body = match self.client.get(OP, &["products"], &query).await {
            // A plan is then shown by its price's nickname or id.
            Err(ConnectorError { kind: ErrorKind::Forbidden, .. }) => return Ok(BTreeMap::new()),
            body => body?,
        };
        let malformed = |_| ConnectorError::new(OP, ErrorKind::Malformed { path: "data".to_owned() });
        let list: wire::List<wire::Product> = serde_json::from_slice(&body).map_err(malformed)?;
        Ok(list.data.into_iter().filter_map(|product| product.id.owned().zip(product.name.owned())).collect())
    }
}
