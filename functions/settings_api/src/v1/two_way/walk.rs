//! A list over several connections, a bounded part of it for each request: what the vendors have not made yet, then what
//! is mirrored, connection by connection.

use domain::id::{ConnectionId, ExternalId};
use serde::{Deserialize, Serialize};
use store::TenantStore;

use super::{Source, TwoWay};
use crate::input::{Listing, Page};
use crate::problem::{Answer, Problem};

/// Mirrored records read at once.
const STEP: u32 = 250;
/// Mirrored records read for one request; a page that is not full by then goes on with its cursor.
const MOST_READ: usize = 1_000;

/// Behind which entry a list goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::v1) struct Place {
    mirrored: bool,
    connection: ConnectionId,
    /// The number of an edit or the vendor's id; empty: before the first.
    after: String,
}

/// A part of the list that comes from one connection.
pub(in crate::v1) struct Part<'a> {
    pub(in crate::v1) source: &'a Source,
    pub(in crate::v1) entries: Vec<(Place, TwoWay)>,
}

pub(in crate::v1) struct Walk<'a> {
    store: &'a TenantStore,
    sources: &'a [Source],
    mirrored: bool,
    at: usize,
    after: String,
    read: usize,
}

impl<'a> Walk<'a> {
    /// Goes on where the page's cursor says.
    pub(in crate::v1) fn of(store: &'a TenantStore, sources: &'a [Source], page: &Page) -> Answer<Self> {
        let mut walk = Self { store, sources, mirrored: false, at: 0, after: String::new(), read: 0 };
        if let Some(place) = &page.after {
            let place: Option<Place> = serde_json::from_str(place).ok();
            let at = |place: &Place| sources.iter().position(|source| source.which.connection == place.connection);
            let found = place.and_then(|place| Some((at(&place)?, place)));
            let (at, place) =
                found.ok_or_else(|| Problem::field("/cursor", "Send the next_cursor of the page before, as it is."))?;
            (walk.mirrored, walk.at, walk.after) = (place.mirrored, at, place.after);
        }
        Ok(walk)
    }

    /// The next part; `None` at the end.
    pub(in crate::v1) async fn next(&mut self) -> Answer<Option<Part<'a>>> {
        loop {
            let Some(source) = self.sources.get(self.at) else {
                if self.mirrored {
                    return Ok(None);
                }
                (self.mirrored, self.at) = (true, 0);
                continue;
            };
            let entries = if self.mirrored { self.step(source).await? } else { self.unmade(source) };
            if !entries.is_empty() || self.is_spent() {
                return Ok(Some(Part { source, entries }));
            }
        }
    }

    /// As much was read as one request may read.
    pub(in crate::v1) const fn is_spent(&self) -> bool {
        self.read >= MOST_READ
    }

    /// Where a list goes on that stops here; `None` at the end.
    pub(in crate::v1) fn place(&self) -> Option<Place> {
        let source = self.sources.get(self.at)?;
        Some(place(self.mirrored, source, self.after.clone()))
    }

    fn unmade(&mut self, source: &Source) -> Vec<(Place, TwoWay)> {
        let after: u64 = std::mem::take(&mut self.after).parse().unwrap_or(0);
        self.at += 1;
        let rest = source.unmade().into_iter().filter(|(number, _)| *number > after);
        rest.map(|(number, found)| (place(false, source, number.to_string()), found)).collect()
    }

    async fn step(&mut self, source: &Source) -> Answer<Vec<(Place, TwoWay)>> {
        let after = Some(std::mem::take(&mut self.after)).filter(|after| !after.is_empty()).map(ExternalId::new);
        let connection = &source.which.connection;
        let records = self.store.record_page(connection, source.record_type, STEP, after.as_ref()).await?;
        self.read += records.len();
        match records.last().filter(|_| records.len() >= STEP as usize) {
            Some(last) => self.after = last.external_id.to_string(),
            None => self.at += 1,
        }
        let shown = records.into_iter().filter(|record| record.live().is_some() && !source.is_being_made(record));
        Ok(shown
            .map(|record| (place(true, source, record.external_id.to_string()), source.with_edits(record)))
            .collect())
    }
}

fn place(mirrored: bool, source: &Source, after: String) -> Place {
    Place { mirrored, connection: source.which.connection.clone(), after }
}

/// An answer ends here, too: that of a function has 6 MB at most.
const LARGEST_PAGE: usize = 4 * 1024 * 1024;

/// A page in the making.
pub(in crate::v1) struct Filling<T> {
    items: Vec<T>,
    size: usize,
    bytes: usize,
    last: Option<Place>,
}

impl<T: Serialize> Filling<T> {
    pub(in crate::v1) const fn of(page: &Page) -> Self {
        Self { items: Vec::new(), size: page.size(), bytes: 0, last: None }
    }

    /// Adds an entry. Gives the place where the next page begins when this one is full.
    pub(in crate::v1) fn add(&mut self, place: Place, item: T) -> Answer<Option<Place>> {
        let text = serde_json::to_vec(&item).map_err(|error| Problem::internal(error.to_string()))?;
        self.bytes += text.len();
        if self.bytes > LARGEST_PAGE && self.last.is_some() {
            return Ok(self.last.clone());
        }
        self.items.push(item);
        self.last = Some(place);
        Ok(self.last.clone().filter(|_| self.items.len() >= self.size))
    }

    pub(in crate::v1) fn page(self, next: Option<&Place>) -> Answer<Listing<T>> {
        let next = next.map(serde_json::to_string).transpose();
        let next = next.map_err(|error| Problem::internal(error.to_string()))?;
        Ok(Listing::until(self.items, next.as_deref()))
    }
}
