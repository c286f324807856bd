//! What one pass reads: a whole feed, or one company's part of a feed that reaches linked companies.

use connector::{Descriptor, Feed};
use domain::id::ExternalId;

/// A list of the vendor, with page items, missing rows and held deletions of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// Which feed.
    pub feed: &'static Feed,
    /// Whose part of it; `None`: all of it.
    pub company: Option<ExternalId>,
}

impl List {
    /// A whole feed.
    pub const fn whole(feed: &'static Feed) -> Self {
        Self { feed, company: None }
    }

    /// A company's part of a feed.
    pub const fn of(feed: &'static Feed, company: ExternalId) -> Self {
        Self { feed, company: Some(company) }
    }

    /// The name under which the table and the engine's state know it.
    pub fn key(&self) -> String {
        store::feeds::list_key(self.feed.id, self.company.as_ref())
    }

    /// The list of this name, if the connector has its feed.
    pub fn parse(descriptor: &Descriptor, key: &str) -> Option<Self> {
        let (feed, company) = store::feeds::feed_and_company(key);
        Some(Self { feed: descriptor.feed(feed)?, company: company.map(ExternalId::from) })
    }
}
