//! What waited for this look: a person's words, re-evaluate marks, and hints, whose records are read again. Each is settled
//! only if it did not come again in the meantime.

use std::time::Duration;

use connector::{ConnectorError, ErrorKind, Feed, Mapped, Reach};
use domain::id::ExternalId;
use domain::record::RecordType;
use jiff::SignedDuration;
use store::feeds::OverlayEntry;
use store::quarantine::Quarantined;
use store::work::{Waiting, What};

use crate::apply::{Completing, by_type};
use crate::engine::EngineError;
use crate::list::List;
use crate::pull::OVERLAY_FULL;
use crate::rows::{self, Content, Row};
use crate::scope::enabled_types;
use crate::slice::{Slice, Stop, vendor};

/// After so many hints whose records cannot be read, the rest waits for the next look.
const UNREAD: usize = 3;
/// A record that cannot be read is tried for so long.
const UNREAD_FOR: SignedDuration = SignedDuration::from_hours(24);
/// Hints followed before they are settled together.
const SETTLED_AT_ONCE: usize = 25;

impl Slice<'_> {
    /// Whether all of it is settled. A hint that came again while it was followed was told to nobody else: whoever left it
    /// saw it waiting already.
    pub(crate) async fn settle_waiting(&mut self, waiting: Vec<Waiting>) -> Result<bool, Stop> {
        let is_mark = |waiting: &Waiting| matches!(waiting.what, What::Mark(_) | What::MarkAll);
        let is_word = |waiting: &Waiting| matches!(waiting.what, What::Confirmed { .. });
        let (words, waiting): (Vec<_>, Vec<_>) = waiting.into_iter().partition(is_word);
        self.take_words(&words).await?;
        let (marks, hints): (Vec<_>, Vec<_>) = waiting.into_iter().partition(is_mark);
        self.decide_again(&marks).await?;
        let mut hints = hints;
        self.body.unread.retain(|name, _| hints.iter().any(|hint| hint_name(&hint.what).as_ref() == Some(name)));
        // Those that could not be read go last: the others do not wait for them.
        hints.sort_by_key(|hint| hint_name(&hint.what).is_some_and(|name| self.body.unread.contains_key(&name)));
        let mut settled = true;
        let mut followed = Vec::new();
        let mut unread = 0;
        for hint in hints {
            let stop = if self.out_of_time() {
                Some(Stop::Later(Duration::ZERO))
            } else {
                self.follow_hint(&hint).await.err()
            };
            // One record that cannot be read must not hold up the others, nor the pulls. Its hint stays for the next look.
            // Where several fail, the vendor may be down: the pulls find that out, and say so.
            if let (Some(Stop::Vendor(error)), What::Hint(record_type, id)) = (&stop, &hint.what)
                && !error.kind.is_account_wide()
            {
                tracing::warn!(error = %error, connection.id = %self.connection, "Record that a hint names was not read.");
                self.fared(self.declares(*record_type), Some(error.to_string()));
                if self.gave_up_reading(*record_type, id, error).await? {
                    followed.push(hint);
                    continue;
                }
                unread += 1;
                if unread == UNREAD {
                    break;
                }
                continue;
            }
            if let Some(stop) = stop {
                self.store.settle_hints(&self.connection, &followed).await?;
                return Err(stop);
            }
            if let Some(name) = hint_name(&hint.what) {
                self.body.unread.remove(&name);
            }
            followed.push(hint);
            if self.overlay_full {
                self.recheck = Some(self.now());
                break;
            }
            if followed.len() == SETTLED_AT_ONCE {
                settled &= self.store.settle_hints(&self.connection, &followed).await?;
                followed.clear();
            }
        }
        settled &= self.store.settle_hints(&self.connection, &followed).await?;
        Ok(settled)
    }

    /// A record that could not be read for a day, while its list could, is set aside; a person may ask for it again.
    async fn gave_up_reading(
        &mut self,
        record_type: RecordType,
        id: &ExternalId,
        error: &ConnectorError,
    ) -> Result<bool, EngineError> {
        let (now, name) = (self.now(), by_type(record_type, id));
        let since = *self.body.unread.entry(name.clone()).or_insert(now);
        let feed = self.descriptor().feeds().find(|(_, feed)| feed.produces == record_type);
        let read = feed.and_then(|(_, feed)| self.body.feeds.get(feed.id)).and_then(|feed| feed.succeeded_at);
        if now.duration_since(since) < UNREAD_FOR || read.is_none_or(|at| at <= since) {
            return Ok(false);
        }
        self.body.unread.remove(&name);
        let error = format!("could not be read for a day: {error}");
        let aside = Quarantined { record_type, external_id: id.clone(), error, raw: String::new(), at: now };
        self.set_aside(vec![aside]).await?;
        self.flush_log(Vec::new()).await?;
        Ok(true)
    }

    /// Does what a hint asks for; settling it is the caller's.
    async fn follow_hint(&mut self, waiting: &Waiting) -> Result<(), Stop> {
        match &waiting.what {
            What::Hint(record_type, id) => self.read_again(*record_type, id).await,
            What::Something => {
                self.body.reads = true;
                Ok(self.remember().await?)
            }
            What::Subscription => {
                self.body.subscriptions.asked = true;
                Ok(self.remember().await?)
            }
            What::Mark(_) | What::MarkAll | What::Confirmed { .. } | What::Operation(_) | What::Unreadable(_) => Ok(()),
        }
    }

    /// Reads a record that somebody said has changed.
    pub(crate) async fn read_again(&mut self, record_type: RecordType, id: &ExternalId) -> Result<(), Stop> {
        let feed = self.descriptor().feeds().find(|(declared, feed)| {
            feed.produces == record_type
                && enabled_types(self.engine.connector.descriptor(), &self.settings).contains(&declared.record_type)
        });
        // A hint about a type that is off, or before its first pass, needs nothing: the pass will bring it.
        let Some((declared, feed)) = feed.filter(|(_, feed)| self.body.feeds.contains_key(feed.id)) else {
            return Ok(());
        };
        let (session, _) = self.session().await?;
        let asked = session.get(feed.produces, id).await;
        match asked {
            Ok(Some(mapped)) => {
                self.take_in(feed, mapped).await?;
            }
            // A vendor in an upgrade says so of everything: its list has a word in it.
            Ok(None) => self.missed(feed, id).await?,
            Err(error) if matches!(error.kind, ErrorKind::Forbidden | ErrorKind::Malformed { .. }) => {
                self.fared(declared.record_type, Some(error.to_string()));
            }
            Err(error) => return Err(vendor(error)),
        }
        Ok(())
    }

    /// What a hint asked for has to outlive the hint, which is deleted before it is done.
    pub(crate) async fn remember(&mut self) -> Result<(), EngineError> {
        Ok(self.store.checkpoint(&self.fence, &self.body, Vec::new()).await?)
    }

    /// Takes in one record as it was read just now, completed whether its row changed or not.
    pub(crate) async fn take_in(&mut self, feed: &'static Feed, mapped: Mapped) -> Result<(), Stop> {
        let rows = rows::hash(vec![mapped], self.descriptor().map_version);
        self.counts(feed.produces).fetched += 1;
        let entries: Vec<_> = rows.iter().map(|row| (row.id.clone(), row.hash)).collect();
        let list = rows.first().and_then(|row| list_of(feed, row));
        let applied = self.apply(feed, rows, |_| true, Completing::All).await?;
        if let Some(after) = applied.stopped {
            // Whatever asked for it stays: it has not been applied.
            return Err(Stop::Later(after));
        }
        self.counts(feed.produces).unchanged += applied.unchanged;
        let state = self.body.feeds.entry(feed.id.to_owned()).or_default();
        state.present = (state.present + applied.appeared).saturating_sub(applied.disappeared);
        if let Some(list) = list.filter(|_| applied.wrote) {
            self.note_in_overlay(&list, entries).await?;
        }
        Ok(())
    }

    async fn note_in_overlay(
        &mut self,
        list: &List,
        entries: Vec<(ExternalId, domain::hash::ContentHash)>,
    ) -> Result<(), EngineError> {
        let (feed, key) = (list.feed, list.key());
        let mut overlay = self.store.overlay(&self.connection, &key).await?;
        let now = self.now();
        for (id, hash) in entries {
            overlay.insert(id, OverlayEntry { hash: format!("{hash:?}"), at: now });
        }
        if overlay.len() > OVERLAY_FULL {
            // The full pass that empties it comes now, before more is put into it.
            self.body.reads = true;
            self.overlay_full = true;
            self.body.feeds.entry(feed.id.to_owned()).or_default().swept_at = None;
        }
        let part = self.store.overlay_write(&self.connection, &key, &overlay)?;
        self.flush_log(vec![part]).await
    }
}

/// The list that a record stands in; of one that belongs to nobody's part of its feed, none.
fn list_of(feed: &'static Feed, row: &Row) -> Option<List> {
    if feed.reach == Reach::Account {
        return Some(List::whole(feed));
    }
    let Content::Record(record) = &row.content else { return None };
    Some(List::of(feed, record.data.company()?.clone()))
}

/// The record that a hint names, as the engine's state calls it.
fn hint_name(what: &What) -> Option<String> {
    match what {
        What::Hint(record_type, id) => Some(by_type(*record_type, id)),
        _ => None,
    }
}
