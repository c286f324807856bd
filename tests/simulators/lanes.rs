//! Calls at once: of some a vendor lets in only so many, and refuses the next until one of them has its answer.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::knobs::lock;

/// Calls under way, by what they have in common.
#[derive(Default)]
pub(crate) struct Lanes(Mutex<HashMap<String, usize>>);

/// A call's place in its lane until it has its answer.
pub(crate) struct Place<'a> {
    lanes: &'a Lanes,
    lane: String,
}

impl Lanes {
    /// A place, if there are fewer than so many calls in it.
    pub(crate) fn enter(&self, lane: String, most: usize) -> Option<Place<'_>> {
        let mut lanes = lock(&self.0);
        let under_way = lanes.entry(lane.clone()).or_default();
        (*under_way < most).then(|| {
            *under_way += 1;
            Place { lanes: self, lane }
        })
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if let Some(under_way) = lock(&self.lanes.0).get_mut(&self.lane) {
            *under_way = under_way.saturating_sub(1);
        }
    }
}
