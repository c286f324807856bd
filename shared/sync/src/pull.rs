//! Pulls: the passes of a run over the vendor's lists, page by page, resumable after any page.
//!
//! Order of a page's writes: records, then in one transaction its page item, the run's log and the checkpoint. A page of
//! which nothing is new writes nothing; its progress is kept by the next checkpoint or by the release.

use std::collections::BTreeSet;
use std::time::Duration;

use connector::{ConnectorError, ErrorKind, Feed, Page, PullRequest, Reach, RecordTypeDescriptor};
use domain::id::ExternalId;
use domain::issue::{Cause, Issue, Reason};
use domain::run::{Mode, Progress};
use jiff::{SignedDuration, Timestamp};
use store::feeds::{Entries, OverlayEntry, PageItem};
use store::table::Write;

use crate::apply::Completing;
use crate::body::{Pass, Todo};
use crate::engine::EngineError;
use crate::issues::Finding;
use crate::known::Known;
use crate::list::List;
use crate::rows::{self, Content, Row};
use crate::scope::{enabled_types, scope, takes_baseline};
use crate::slice::{Slice, Stop, vendor};
use crate::sweep::spread;

/// How far before the watermark a changes pass begins: records that were committed late at the vendor, coarse filters.
const OVERLAP: SignedDuration = SignedDuration::from_mins(5);
/// Clocks may differ by this much before somebody is told.
const SKEW: SignedDuration = SignedDuration::from_mins(10);
/// Every feed is read in full at least this often.
const SWEEP_EVERY: SignedDuration = SignedDuration::from_hours(24);
/// A feed that can only be read in full is not read again so soon: a first slot may follow an import at once.
const JUST_READ: SignedDuration = SignedDuration::from_mins(2);
/// An overlay beyond this brings the next full pass forward: it is one item of at most 400 KB.
pub(crate) const OVERLAY_FULL: usize = 3_000;
/// More pages than any vendor list has: a vendor that invents pages for ever is stopped.
const MAX_PAGES: u32 = 200_000;

/// Whether a list that was read in full at this moment is to be swept again.
pub(crate) fn is_sweep_due(swept_at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(swept_at) >= SWEEP_EVERY
}

impl Slice<'_> {
    /// Reads every feed that is due, or goes on where the last slice stopped.
    pub(crate) async fn pull_all(&mut self) -> Result<(), Stop> {
        // What was settled before may have begun the run already. The plan depends on which run it is.
        self.run_mut();
        if !self.body.planned {
            self.follow_journal().await?;
            self.body.todo = self.plan();
            self.leave_pass();
            self.body.planned = true;
        }
        while let Some(todo) = self.body.todo.first().cloned() {
            if self.out_of_time() {
                return Err(Stop::Later(Duration::ZERO));
            }
            let Some((declared, feed)) = self.descriptor().feeds().find(|(_, feed)| feed.id == todo.feed) else {
                self.body.todo.remove(0);
                continue;
            };
            // Switched off, or no longer permitted, since the run was planned.
            if !enabled_types(self.descriptor(), &self.settings).contains(&declared.record_type) {
                self.body.todo.remove(0);
                self.drop_pass();
                continue;
            }
            let pulled = match feed.reach {
                Reach::Account => self.pull_list(declared, &List::whole(feed), todo.full).await,
                Reach::LinkedCompanies => self.pull_of_companies(declared, feed, &todo).await,
            };
            match pulled {
                Ok(()) => {
                    self.fared(declared.record_type, None);
                    self.tell_of_silent().await?;
                }
                Err(Stop::Vendor(error)) => self.feed_failed(declared, feed, error).await?,
                Err(stop) => return Err(stop),
            }
            self.drop_pass();
            self.body.todo.remove(0);
        }
        self.conclude_silence().await?;
        // One list that answers does not disprove that the vendor is down: the next may be the one that did not.
        let whole = |issue: &Issue| issue.record_types.is_empty() && issue.subject.is_none();
        self.disprove(|issue| whole(issue) && issue.reason == Reason::VendorUnreachable).await?;
        Ok(())
    }

    /// What is under way with a feed is done.
    fn drop_pass(&mut self) {
        self.body.pass = None;
        self.body.round = None;
    }

    /// What is under way with a feed is given up; the next pass over the list goes on with it. A round remembers by itself
    /// which companies it owes.
    pub(crate) fn leave_pass(&mut self) {
        let pass = self.body.pass.take().filter(|pass| self.body.round.is_none() && pass.page > 0);
        self.body.left.extend(pass.map(|pass| (pass.feed.clone(), Pass { logged_at: None, ..pass })));
        self.body.round = None;
    }

    /// Which feeds this run reads, and which of them in full.
    fn plan(&self) -> Vec<Todo> {
        let now = self.now();
        let asked = self.taken_up();
        let everything = asked.as_ref().is_some_and(|requested| requested.mode == Mode::Everything);
        let asked = asked.is_some();
        let enabled = enabled_types(self.descriptor(), &self.settings);
        self.descriptor()
            .feeds()
            .filter(|(declared, _)| enabled.contains(&declared.record_type))
            .filter_map(|(declared, feed)| {
                let state = self.body.feeds.get(feed.id);
                let current =
                    state.filter(|s| s.scope == scope(self.descriptor(), &self.settings, declared.record_type));
                let read = |full| Todo { feed: feed.id.to_owned(), full, owed: false };
                let Some(state) = current else { return Some(read(true)) };
                let swept = state.swept_at.map_or(SignedDuration::MAX, |at| now.duration_since(at));
                let interval = SignedDuration::from_secs(self.settings.options.interval_minutes.seconds());
                let owed = || (!state.owed.is_empty()).then(|| Todo { owed: true, ..read(true) });
                if self.body.reads_in_full(feed) {
                    let cadence = SignedDuration::from_mins(i64::from(self.cadence_minutes(feed)));
                    // The slot nearest to the cadence: a pass ends a moment, or a long import, after its slot.
                    let every_slot = cadence <= interval && swept >= JUST_READ;
                    let due = asked || every_slot || swept.saturating_add(interval / 2) >= cadence;
                    return if due { Some(read(true)) } else { owed() };
                }
                let full = everything || state.watermark.is_none() || swept >= SWEEP_EVERY;
                let since = state.succeeded_at.map_or(SignedDuration::MAX, |at| now.duration_since(at));
                let slowest = SignedDuration::from_mins(i64::from(feed.slowest_minutes));
                let due = asked || since.saturating_add(interval / 2) >= slowest;
                // What the journal told was followed before.
                if due && (full || feed.is_filtered()) { Some(read(full)) } else { owed() }
            })
            .collect()
    }

    /// How often a feed is read: the chosen interval, or for a feed that can only be read in full the shortest multiple of
    /// it at which all such feeds together take no more than half of our share.
    pub(crate) fn cadence_minutes(&self, feed: &Feed) -> u32 {
        crate::view::cadence_minutes(
            self.engine.connector.descriptor(),
            self.engine.budget,
            &self.settings,
            &self.body,
            feed,
        )
    }

    pub(crate) async fn pull_list(
        &mut self,
        declared: &RecordTypeDescriptor,
        list: &List,
        full: bool,
    ) -> Result<(), Stop> {
        let feed = list.feed;
        let (session, http) = self.session().await?;
        let mut resumed = self.body.pass.as_ref().is_some_and(|pass| pass.feed == list.key());
        if !resumed {
            let new = self.new_pass(declared, list, full);
            let left = self.body.left.remove(&new.feed).filter(|left| left.stands_for(&new, self.now()));
            resumed = left.is_some();
            self.body.pass = Some(left.unwrap_or(new));
        }
        let mut known = self.known(list, resumed).await?;
        if self.body.pass.as_ref().is_some_and(|pass| pass.complete) {
            return self.end_pass(declared, list, known).await;
        }
        let company = list.company.as_ref();
        let mut ahead = None;
        loop {
            let Some(pass) = self.body.pass.clone() else { return Ok(()) };
            if self.out_of_time() {
                return Err(Stop::Later(Duration::ZERO));
            }
            let asked_at = self.now();
            let request = |cursor| PullRequest { feed, since: pass.since, cursor, probe: false, company };
            let page = match ahead.take() {
                Some(page) => page,
                None => session.pull(request(pass.cursor.as_ref())).await,
            };
            let page: Page = page.map_err(vendor)?;
            if pass.began.is_none() {
                let began = self.pass_began(asked_at, http.vendor_time()).await?;
                if let Some(pass) = &mut self.body.pass {
                    pass.began = Some(began);
                    pass.began_here = Some(asked_at);
                }
            }
            let next = page.next.clone();
            let commit = self.commit_page(declared, list, page, &mut known);
            match &next {
                // The vendor answers while we write. Where a page costs a call for each record, those come first.
                Some(cursor) if !feed.completes => {
                    let (committed, page) = futures::join!(commit, session.pull(request(Some(cursor))));
                    committed?;
                    ahead = Some(page);
                }
                Some(_) => commit.await?,
                None => {
                    commit.await?;
                    return self.end_pass(declared, list, known).await;
                }
            }
        }
    }

    fn new_pass(&self, declared: &RecordTypeDescriptor, list: &List, full: bool) -> Pass {
        let scope = scope(self.descriptor(), &self.settings, declared.record_type);
        let state = self.body.feeds.get(list.feed.id);
        let first = state.is_none_or(|state| state.scope != scope);
        let everything = self.body.run.as_ref().is_some_and(|run| run.mode == Mode::Everything);
        let since = state.and_then(|state| state.watermark).map(|at| at.saturating_sub(OVERLAP).unwrap_or(at));
        Pass {
            feed: list.key(),
            full,
            baseline: full
                && first
                && !everything
                && takes_baseline(declared.record_type)
                && !self.settings.options.initial_import,
            distrust: everything,
            since: since.filter(|_| !full),
            scope,
            ..Pass::default()
        }
    }

    /// What is known of the list's rows. A changes pass over an account looks only when a page has rows; a company's part
    /// is small, and may show the last few rows each time.
    async fn known(&self, list: &List, resumed: bool) -> Result<Known, EngineError> {
        let Some(pass) = &self.body.pass else { return Ok(Known::default()) };
        if !pass.full && list.company.is_none() {
            return Ok(Known::default());
        }
        let feed = list.feed;
        let items = self.store.feed_items(&self.connection, &list.key()).await?;
        if !pass.full {
            return Ok(Known::of_full_pass(items, pass, false));
        }
        let first = items.pages.is_empty() && !pass.baseline;
        let fresh = first && self.store.record_page(&self.connection, feed.produces, 1, None).await?.is_empty();
        Ok(Known { fresh, ..Known::of_full_pass(items, pass, resumed) })
    }

    /// When the pass began by the vendor's clock; by the earlier one where the clocks differ too much or it named no time.
    pub(crate) async fn pass_began(
        &mut self,
        asked_at: Timestamp,
        vendor_time: Option<connector::http::VendorTime>,
    ) -> Result<Timestamp, EngineError> {
        let Some(time) = vendor_time else { return Ok(asked_at) };
        let skew = time.at.duration_since(time.local);
        let theirs = asked_at.saturating_add(skew).unwrap_or(asked_at);
        if skew.abs() <= SKEW {
            self.disprove(|issue| issue.reason == Reason::ClockSkew).await?;
            return Ok(theirs);
        }
        let name = self.descriptor().name;
        self.note(Finding {
            cause: Cause::Transient,
            reason: Reason::ClockSkew,
            subject: None,
            title: format!("The clock of {name} is off"),
            detail: format!("It differs from ours by {} minutes.", skew.as_secs() / 60),
            remedy:
                "Changes are read from the earlier of both clocks, so nothing is missed; set the server's clock right."
                    .to_owned(),
            record_types: Vec::new(),
        })
        .await?;
        Ok(theirs.min(asked_at))
    }

    async fn commit_page(
        &mut self,
        declared: &RecordTypeDescriptor,
        list: &List,
        page: Page,
        known: &mut Known,
    ) -> Result<(), Stop> {
        let feed = list.feed;
        let Some(pass) = self.body.pass.clone() else { return Ok(()) };
        let fetched = page.rows.len() as u64;
        let rows = rows::hash(page.rows, self.descriptor().map_version);
        let ids = rows::fingerprint(&rows);
        if page.next.is_some() && !rows.is_empty() && pass.last_page.as_deref() == Some(ids.as_str())
            || pass.page >= MAX_PAGES
        {
            let error = ConnectorError::new("read the next page", ErrorKind::Malformed { path: "paging".to_owned() });
            return Err(Stop::Vendor(error.with_detail("the vendor repeats a page for ever")));
        }
        if !pass.full && !rows.is_empty() {
            known.load_overlay(self, list).await?;
            if known.overlay.len() > OVERLAY_FULL {
                // One more page might not fit. A full pass brings these rows, too, and empties it.
                self.body.pass = None;
                if let Some(todo) = self.body.todo.first_mut() {
                    todo.full = true;
                }
                return Err(Stop::Later(Duration::ZERO));
            }
        }
        let entries: Entries = rows.iter().map(|row| (row.id.clone(), row.hash)).collect();
        // A list that moved while it was read tells some rows twice.
        let first_seen = |row: &&Row| !known.seen.contains(&row.id);
        let left_out =
            rows.iter().filter(first_seen).filter(|row| !matches!(row.content, Content::Record(_))).count() as u64;
        let total_rows = rows.len() as u64;
        let changed = if pass.distrust { rows } else { rows::changed(rows, |id| known.hash(id)) };
        let unchanged = total_rows - changed.len() as u64;
        let (changed, noted) =
            if pass.baseline { self.not_of_the_baseline(feed, changed, known).await? } else { (changed, 0) };
        let mut applied =
            self.apply(feed, changed, |id| !known.fresh || known.seen.contains(id), Completing::Changed).await?;
        let wrote = applied.wrote;
        if let Some(after) = applied.stopped {
            // What could be completed is written; the page is read again and finds it there.
            let now = self.now();
            if let Some(pass) = &mut self.body.pass {
                pass.logged_at = Some(now);
            }
            self.flush_log(Vec::new()).await?;
            return Err(Stop::Later(after));
        }
        applied.unchanged += unchanged + noted;
        let counts = self.counts(feed.produces);
        counts.fetched += fetched;
        counts.unchanged += applied.unchanged;
        let parts = self.page_parts(list, &pass, &entries, known, wrote)?;
        if let Some(pass) = &mut self.body.pass {
            pass.page += 1;
            pass.rows += total_rows;
            pass.left_out += left_out;
            pass.last_page = Some(ids);
            pass.complete = page.next.is_none();
            pass.logged_at = None;
            pass.cursor = page.next;
        }
        let done = self.body.pass.as_ref().map_or(0, |pass| pass.rows);
        self.run_mut().progress = Some(Progress {
            record_type: declared.record_type,
            done,
            total: page.total.filter(|total| *total >= done),
            unit: declared.label.to_lowercase(),
        });
        let counts_on = !pass.full || list.company.is_some() || self.mirrors_partly(feed, &pass);
        let state = self.body.feeds.entry(feed.id.to_owned()).or_default();
        if counts_on {
            state.present = (state.present + applied.appeared).saturating_sub(applied.disappeared);
        }
        if wrote || !parts.is_empty() {
            self.flush_log(parts).await?;
            // A page that changed nothing but counts is checkpointed with the next one.
        }
        Ok(())
    }

    /// Rows of a baseline that are applied all the same, and how many are only noted: a feed that was read before, under
    /// other filters, has records in the mirror, and may have new ones.
    async fn not_of_the_baseline(
        &self,
        feed: &Feed,
        rows: Vec<Row>,
        known: &Known,
    ) -> Result<(Vec<Row>, u64), EngineError> {
        let all = rows.len();
        let rows = if self.body.feeds.get(feed.id).is_none_or(|state| state.watermark.is_none()) {
            Vec::new()
        } else {
            let mirrored = self.store.records(&self.connection, feed.produces, rows.iter().map(|row| &row.id)).await?;
            let mirrored: BTreeSet<ExternalId> = mirrored.into_iter().map(|record| record.external_id).collect();
            rows.into_iter().filter(|row| mirrored.contains(&row.id) || !known.before.contains(&row.id)).collect()
        };
        let noted = (all - rows.len()) as u64;
        Ok((rows, noted))
    }

    /// Whether rows of this feed are known without being mirrored, so that listed is not mirrored.
    pub(crate) fn mirrors_partly(&self, feed: &Feed, pass: &Pass) -> bool {
        let noted = self.body.feeds.get(feed.id).is_some_and(|state| state.baseline);
        pass.baseline || (noted && !pass.distrust && !self.settings.options.initial_import)
    }

    /// The page item, or the overlay, where they have to change.
    fn page_parts(
        &self,
        list: &List,
        pass: &Pass,
        entries: &Entries,
        known: &mut Known,
        wrote: bool,
    ) -> Result<Vec<Write>, EngineError> {
        let (mut parts, list) = (Vec::new(), list.key());
        if pass.full {
            let page = PageItem { scope: pass.scope.clone(), entries: entries.clone() };
            let displaced_before = known.displaced.len();
            if known.replace_page(pass.page, page) {
                let page = &known.pages[&pass.page];
                parts.push(self.store.page_write(&self.connection, &list, pass.page, page));
                if known.displaced.len() != displaced_before || displaced_before > 0 {
                    let before = known.displaced_items;
                    let writes = self.store.displaced_writes(&self.connection, &list, &known.displaced, before);
                    let kept = writes.iter().filter(|write| matches!(write, Write::Put { .. })).count();
                    known.displaced_items = u32::try_from(kept).unwrap_or(u32::MAX);
                    parts.extend(writes);
                }
            }
        } else if wrote {
            let now = self.now();
            for (id, hash) in entries {
                known.overlay.insert(id.clone(), OverlayEntry { hash: format!("{hash:?}"), at: now });
            }
            parts.push(self.store.overlay_write(&self.connection, &list, &known.overlay)?);
        }
        Ok(parts)
    }

    async fn end_pass(&mut self, declared: &RecordTypeDescriptor, list: &List, known: Known) -> Result<(), Stop> {
        let Some(pass) = self.body.pass.clone() else { return Ok(()) };
        let feed = list.feed;
        let mut parts = Vec::new();
        if pass.full {
            parts = self.sweep(declared, list, &pass, known).await?;
        } else if known.overlay.len() > OVERLAY_FULL
            && let Some(state) = self.body.feeds.get_mut(feed.id)
        {
            state.swept_at = None;
        }
        match &mut self.body.round {
            Some(round) if list.company.is_some() => {
                round.began = round.began.or(pass.began);
                round.pages += pass.page;
            }
            _ => self.feed_read(declared, feed, &pass).await?,
        }
        self.body.pass = None;
        Ok(self.flush_log(parts).await?)
    }

    /// A feed was read to its end: the watermark advances, and what it disproves is closed.
    pub(crate) async fn feed_read(
        &mut self,
        declared: &RecordTypeDescriptor,
        feed: &'static Feed,
        pass: &Pass,
    ) -> Result<(), EngineError> {
        let now = self.now();
        let partly = self.mirrors_partly(feed, pass);
        let state = self.body.feeds.entry(feed.id.to_owned()).or_default();
        state.watermark = pass.began.or(state.watermark);
        state.succeeded_at = Some(now);
        if pass.full {
            state.scope.clone_from(&pass.scope);
            state.pages = pass.page;
            state.swept_at = Some(spread(self.store.tenant(), &self.connection, feed, now, state.swept_at));
            state.baseline = partly;
        }
        // Of a type's feeds one may be refused while the others succeed.
        let succeeded =
            |feed: &Feed| self.body.feeds.get(feed.id).filter(|s| !s.forbidden).and_then(|s| s.succeeded_at);
        let of_type = declared.feeds.iter().map(succeeded);
        let all_succeeded_at = of_type.min().flatten();
        self.disprove(|issue| {
            let about = issue.record_types.contains(&declared.record_type)
                && all_succeeded_at.is_some_and(|at| at >= issue.last_seen_at);
            let cured = matches!(issue.reason, Reason::PermissionMissing | Reason::VendorUnreachable | Reason::Defect);
            let vendor_wide = issue.record_types.is_empty()
                && matches!(
                    issue.reason,
                    Reason::CredentialsRevoked | Reason::CredentialsExpired | Reason::Plan | Reason::WrongAccount
                );
            (about && cured) || vendor_wide
        })
        .await?;
        self.body.refused = None;
        Ok(())
    }
}
