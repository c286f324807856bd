//! What a pass knows of its feed's rows without reading a record: hashes by id, from page items and the overlay.

use std::collections::{BTreeSet, HashMap};

use domain::hash::ContentHash;
use domain::id::ExternalId;
use store::feeds::{FeedItems, PageItem};

use crate::body::Pass;
use crate::engine::EngineError;
use crate::list::List;
use crate::slice::Slice;

/// What is known of a feed's rows during a pass.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) hashes: HashMap<ExternalId, ContentHash>,
    pub(crate) pages: std::collections::BTreeMap<u32, PageItem>,
    pub(crate) displaced: store::feeds::Displaced,
    pub(crate) seen: BTreeSet<ExternalId>,
    pub(crate) overlay: store::feeds::Overlay,
    pub(crate) missing: store::feeds::Missing,
    pub(crate) missing_items: u32,
    pub(crate) displaced_items: u32,
    /// Ids that earlier passes listed, whatever their scope; of baselines only.
    pub(crate) before: BTreeSet<ExternalId>,
    pub(crate) loaded: bool,
    /// Nothing of this type was mirrored when the pass began, so what it has not seen itself is not there either: only
    /// the holder of the lease writes records.
    pub(crate) fresh: bool,
}

impl Known {
    pub(crate) fn of_full_pass(items: FeedItems, pass: &Pass, resumed: bool) -> Self {
        let mut known = Self { loaded: true, ..Self::default() };
        for (number, page) in &items.pages {
            let current = resumed && *number < pass.page;
            if current {
                known.seen.extend(page.entries.iter().map(|(id, _)| id.clone()));
            }
            if page.scope == pass.scope {
                known.hashes.extend(page.entries.iter().cloned());
            }
        }
        if pass.baseline {
            known.before.extend(items.pages.values().flat_map(|page| page.entries.iter().map(|(id, _)| id.clone())));
            known.before.extend(items.displaced.keys().chain(items.overlay.keys()).cloned());
        }
        known.trust_overlay(&items.overlay);
        known.displaced_items = items.displaced_items;
        known.displaced = items.displaced;
        if !resumed {
            // Left by a pass that was given up: they still count as known before.
            known.displaced.retain(|id, _| !known.hashes.contains_key(id));
        }
        known.pages = items.pages;
        known.overlay = items.overlay;
        known.missing = items.missing;
        known.missing_items = items.missing_items;
        known
    }

    pub(crate) fn trust_overlay(&mut self, overlay: &store::feeds::Overlay) {
        for (id, entry) in overlay {
            match ContentHash::from_hex(&entry.hash) {
                Some(hash) => self.hashes.insert(id.clone(), hash),
                None => self.hashes.remove(id),
            };
        }
    }

    /// What a changes pass needs: the overlay, and page items where rows were noted without being mirrored.
    pub(crate) async fn load_overlay(&mut self, slice: &Slice<'_>, list: &List) -> Result<(), EngineError> {
        if self.loaded {
            return Ok(());
        }
        self.loaded = true;
        let baseline = slice.body.feeds.get(list.feed.id).is_some_and(|state| state.baseline);
        self.overlay = if baseline {
            let items = slice.store.feed_items(&slice.connection, &list.key()).await?;
            let scope = slice.body.pass.as_ref().map(|pass| pass.scope.as_str()).unwrap_or_default();
            for page in items.pages.values().filter(|page| page.scope == scope) {
                self.hashes.extend(page.entries.iter().cloned());
            }
            items.overlay
        } else {
            slice.store.overlay(&slice.connection, &list.key()).await?
        };
        let overlay = std::mem::take(&mut self.overlay);
        self.trust_overlay(&overlay);
        self.overlay = overlay;
        Ok(())
    }

    pub(crate) fn hash(&self, id: &ExternalId) -> Option<ContentHash> {
        self.hashes.get(id).copied()
    }

    /// Puts a page in place and says whether its item has to be written. Rows that it overwrites are displaced until they
    /// are seen again.
    pub(crate) fn replace_page(&mut self, number: u32, page: PageItem) -> bool {
        for (id, hash) in &page.entries {
            self.displaced.remove(id);
            self.seen.insert(id.clone());
            self.hashes.insert(id.clone(), *hash);
        }
        let same = self.pages.get(&number).is_some_and(|old| *old == page);
        if same {
            return false;
        }
        if let Some(old) = self.pages.insert(number, page) {
            for (id, hash) in old.entries {
                if !self.seen.contains(&id) {
                    self.displaced.insert(id, hash);
                }
            }
        }
        true
    }
}
