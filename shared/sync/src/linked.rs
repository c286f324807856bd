//! Feeds that reach linked companies: a round over them, one list each, in the order of their ids.
//!
//! Invariants: a company that cannot be read keeps what is known of it and stops none of the others; one that refuses us
//! marks its own link and nothing else, and its next success clears the mark; a company is asked only while its link is
//! live; whatever becomes of links meanwhile, a round goes on behind the company that it was at.

use std::collections::BTreeSet;

use connector::{ConnectorError, ErrorKind, Feed, Reach, RecordTypeDescriptor};
use domain::id::ExternalId;
use domain::portal::LinkState;
use store::links::Linked;

use crate::body::{Pass, Round, Todo};
use crate::engine::EngineError;
use crate::list::List;
use crate::scope::{enabled_types, scope};
use crate::slice::{Slice, Stop};

/// So many companies in a row that cannot be read, with none that could be: it is the vendor, not the company.
const GIVE_UP: u32 = 3;
/// More records of one type than a company has.
const MOST_OF_COMPANY: u32 = 200_000;

impl Slice<'_> {
    /// Reads a feed company by company, or goes on behind the one that the last slice was at.
    pub(crate) async fn pull_of_companies(
        &mut self,
        declared: &RecordTypeDescriptor,
        feed: &'static Feed,
        todo: &Todo,
    ) -> Result<(), Stop> {
        if self.body.round.as_ref().is_none_or(|round| round.feed != feed.id) {
            self.body.round = Some(Round { feed: feed.id.to_owned(), ..Round::default() });
            self.body.pass = None;
        }
        let mut last = None;
        for link in self.store.live_links(&self.connection).await? {
            let owed = self.body.feeds.get(feed.id).is_some_and(|state| state.owed.contains(&link.external_id));
            if self.round().behind.as_ref().is_some_and(|behind| link.external_id <= *behind) || (todo.owed && !owed) {
                continue;
            }
            let full = todo.full || owed || link.state == LinkState::NeedsConsent;
            let list = List::of(feed, link.external_id.clone());
            match self.pull_list(declared, &list, full).await {
                Ok(()) => self.company_read(feed, &link, full).await?,
                Err(Stop::Vendor(error)) if !error.kind.is_account_wide() => {
                    self.company_failed(feed, &link, &error).await?;
                    let round = self.round();
                    if round.read == 0 && round.failed >= GIVE_UP {
                        return Err(Stop::Vendor(error));
                    }
                    last = Some(error).filter(|error| error.kind != ErrorKind::Forbidden).or(last);
                }
                Err(stop) => return Err(stop),
            }
            self.body.pass = None;
            self.round().behind = Some(link.external_id);
        }
        let round = self.body.round.take().unwrap_or_default();
        if round.failed > 0 {
            let unread = || ConnectorError::new("read linked companies", ErrorKind::Unavailable);
            if round.read == 0 {
                return Err(Stop::Vendor(last.unwrap_or_else(unread)));
            }
            let of = round.read + round.failed + round.refused;
            let problem =
                format!("{} of {of} linked companies could not be read; the next run tries again", round.failed);
            self.fared(declared.record_type, Some(problem));
        }
        if todo.owed {
            return Ok(());
        }
        let scope = scope(self.descriptor(), &self.settings, declared.record_type);
        let whole = Pass { full: todo.full, began: round.began, page: round.pages, scope, ..Pass::default() };
        self.feed_read(declared, feed, &whole).await?;
        Ok(self.flush_log(Vec::new()).await?)
    }

    fn round(&mut self) -> &mut Round {
        self.body.round.get_or_insert_default()
    }

    async fn company_read(&mut self, feed: &Feed, link: &Linked, full: bool) -> Result<(), EngineError> {
        self.round().read += 1;
        if full && let Some(state) = self.body.feeds.get_mut(feed.id) {
            state.owed.remove(&link.external_id);
        }
        if link.state == LinkState::NeedsConsent {
            self.store.note_consent(&link.company, &self.connection, &link.external_id, true).await?;
            self.owe(&link.external_id, Some(feed));
        }
        Ok(())
    }

    async fn company_failed(&mut self, feed: &Feed, link: &Linked, error: &ConnectorError) -> Result<(), EngineError> {
        let state = self.body.feeds.entry(feed.id.to_owned()).or_default();
        if error.kind == ErrorKind::Forbidden {
            state.owed.remove(&link.external_id);
            self.round().refused += 1;
            if link.state == LinkState::Ok {
                self.store.note_consent(&link.company, &self.connection, &link.external_id, false).await?;
            }
            return Ok(());
        }
        tracing::warn!(error = %error, connection.id = %self.connection, feed = feed.id, "Linked company was not read.");
        state.owe(&link.external_id);
        self.round().failed += 1;
        Ok(())
    }

    /// A company's records are to be read before the next slow pass, by every feed that has been read without them.
    pub(crate) fn owe(&mut self, company: &ExternalId, but: Option<&Feed>) {
        let enabled = enabled_types(self.descriptor(), &self.settings);
        for (declared, feed) in self.descriptor().feeds() {
            if feed.reach != Reach::LinkedCompanies || !enabled.contains(&declared.record_type) || but == Some(feed) {
                continue;
            }
            let Some(state) = self.body.feeds.get_mut(feed.id) else { continue };
            state.owe(company);
            let ahead = self.body.todo.iter().any(|todo| todo.feed == feed.id);
            if self.body.planned && !ahead {
                self.body.todo.push(Todo { feed: feed.id.to_owned(), full: true, owed: true });
            }
            self.body.reads = true;
        }
    }

    /// Companies whose links may have come or gone: those that came are read at once, of those that went nothing is shown
    /// any more.
    pub(crate) async fn links_changed(&mut self, companies: &BTreeSet<ExternalId>) -> Result<(), Stop> {
        let feeds: Vec<_> = self.descriptor().feeds().map(|(_, feed)| feed).collect();
        let feeds: Vec<_> = feeds.into_iter().filter(|feed| feed.reach == Reach::LinkedCompanies).collect();
        if feeds.is_empty() || companies.is_empty() {
            return Ok(());
        }
        let live = self.store.live_links(&self.connection).await?;
        let linked = self.store.linked(&self.connection, companies).await?;
        for company in companies {
            match live.iter().find(|link| link.external_id == *company) {
                Some(link) if link.state == LinkState::NeedsConsent => self.owe(company, None),
                // Other changes mark a company, too.
                Some(_) => {
                    if self.is_unread(&feeds, company).await? {
                        self.owe(company, None);
                    }
                }
                None if linked.contains_key(company) => {}
                None => {
                    for feed in &feeds {
                        self.forget_company(feed, company).await?;
                    }
                }
            }
        }
        Ok(())
    }

    async fn is_unread(&self, feeds: &[&'static Feed], company: &ExternalId) -> Result<bool, EngineError> {
        for feed in feeds {
            let list = List::of(feed, company.clone());
            if self.body.feeds.contains_key(feed.id)
                && self.store.feed_items(&self.connection, &list.key()).await?.pages.is_empty()
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn forget_company(&mut self, feed: &'static Feed, company: &ExternalId) -> Result<(), EngineError> {
        let list = List::of(feed, company.clone());
        let ids = self.store.listed(&self.connection, feed.produces, company, MOST_OF_COMPANY).await?;
        let gone = self.bury(feed, &ids.into_iter().collect(), "its company is not linked any more").await?;
        self.store.forget_list(&self.connection, &list.key()).await?;
        self.deletions_settled(&list).await?;
        if let Some(state) = self.body.feeds.get_mut(feed.id) {
            state.present = state.present.saturating_sub(gone);
            state.owed.remove(company);
        }
        self.flush_log(Vec::new()).await
    }
}
