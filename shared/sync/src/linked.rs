//! Feeds that reach linked companies: a round over them, one list each, in the order of their ids.
//!
//! Invariants: a company that cannot be read keeps what is known of it and stops none of the others; one that refuses us
//! marks its own link and nothing else, and the mark stays until no feed is refused any more (who consented to less than we
//! ask for refuses some); a feed that nobody permits is the account's matter, too; one that asks to slow down is asked for
//! nothing until then, and read in full after it; a company is asked only while its link is live, as its slice found it; whatever becomes of links
//! meanwhile, a round goes on behind the company that it was at.

use std::collections::BTreeSet;
use std::time::Duration;

use connector::{ConnectorError, ErrorKind, Feed, Reach, RecordTypeDescriptor};
use domain::id::ExternalId;
use domain::portal::LinkState;
use jiff::SignedDuration;
use store::links::Linked;

use crate::body::{Pass, Round, Todo};
use crate::deciding::SCAN;
use crate::engine::EngineError;
use crate::issues::{Finding, explain};
use crate::list::List;
use crate::scope::{enabled_types, scope};
use crate::slice::{Slice, Stop};

/// So many companies in a row that cannot be read, with none that could be: it is the vendor, not the company.
const GIVE_UP: u32 = 3;
/// How long a company is left alone that asks for it without saying how long.
const LIMITED: Duration = Duration::from_secs(60);
/// Every feed, for [`Slice::owe`].
pub(crate) const ALL: u32 = u32::MAX;
/// Records of a feed are counted one by one so often.
const COUNTED_EVERY: SignedDuration = SignedDuration::from_hours(24);
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
            let now = self.now();
            if self.body.limited.get(&link.external_id).is_some_and(|until| *until > now) {
                self.postpone(feed, &link.external_id);
                self.round().behind = Some(link.external_id);
                continue;
            }
            let full = todo.full || owed || self.refuses(&link.external_id, self.bit(feed));
            let list = List::of(feed, link.external_id.clone());
            match self.pull_list(declared, &list, full).await {
                Ok(()) => self.company_read(feed, &link, full).await?,
                Err(Stop::Vendor(ConnectorError { kind: ErrorKind::CompanyLimited { retry_after }, .. })) => {
                    let pause = retry_after.unwrap_or(LIMITED);
                    self.postpone(feed, &link.external_id);
                    let round = self.round();
                    if round.read == 0 && round.limited >= GIVE_UP {
                        return Err(Stop::Limited(pause));
                    }
                    let now = self.now();
                    let until = SignedDuration::try_from(pause).ok().and_then(|pause| now.checked_add(pause).ok());
                    self.body.limit(&link.external_id, until.unwrap_or(now), now);
                }
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
        }
        let later = round.failed + round.limited;
        if later > 0 {
            let of = round.read + later + round.refused;
            let problem = format!("{later} of {of} linked companies could not be read; the next run tries again");
            self.fared(declared.record_type, Some(problem));
        }
        if todo.owed {
            return Ok(());
        }
        let scope = scope(self.descriptor(), &self.settings, declared.record_type);
        let whole = Pass { full: todo.full, began: round.began, page: round.pages, scope, ..Pass::default() };
        let forbidden = round.lacking > 0 && round.read + later == 0;
        self.body.feeds.entry(feed.id.to_owned()).or_default().forbidden = forbidden;
        self.feed_read(declared, feed, &whole).await?;
        if forbidden {
            self.note_forbidden(declared, feed, &round).await?;
        }
        self.recount(feed).await?;
        Ok(self.flush_log(Vec::new()).await?)
    }

    /// Nobody who lets us in permits a feed. Whether it is the account that does not ask for the right, or everybody agreed
    /// without it, looks the same to us; the links are marked, as each has to agree in both cases.
    async fn note_forbidden(
        &mut self,
        declared: &RecordTypeDescriptor,
        feed: &Feed,
        round: &Round,
    ) -> Result<(), EngineError> {
        let short = self.descriptor().short_name;
        let error = ConnectorError::new("read linked companies", ErrorKind::Forbidden);
        let finding = Finding {
            detail: format!("Of {} linked companies that let us in, none permits it.", round.lacking),
            remedy: format!(
                "Give the API agent the right \"{}\" in {short}, then have the marked companies consent again.",
                feed.permission
            ),
            ..explain(self.descriptor(), &error, &[declared.record_type], feed.permission)
        };
        self.fared(declared.record_type, Some(finding.title.clone()));
        self.note(finding).await
    }

    /// A company's part is read in full when it may be asked again.
    fn postpone(&mut self, feed: &Feed, company: &ExternalId) {
        self.body.feeds.entry(feed.id.to_owned()).or_default().owe(company);
        self.round().limited += 1;
    }

    /// Counts what is mirrored of a feed, once a day: no pass sees all of it, and what a worker had written when it died was
    /// counted by nobody.
    async fn recount(&mut self, feed: &Feed) -> Result<(), EngineError> {
        let now = self.now();
        let counted_at = self.body.feeds.get(feed.id).and_then(|state| state.counted_at);
        if counted_at.is_some_and(|at| now.duration_since(at) < COUNTED_EVERY) {
            return Ok(());
        }
        let (mut present, mut after) = (0, None);
        loop {
            if self.out_of_time() {
                // The next round counts.
                return Ok(());
            }
            let page = self.store.record_page(&self.connection, feed.produces, SCAN, after.as_ref()).await?;
            present += page.iter().filter(|record| record.live().is_some()).count() as u64;
            if page.len() < SCAN as usize {
                break;
            }
            after = page.last().map(|last| last.external_id.clone());
        }
        if let Some(state) = self.body.feeds.get_mut(feed.id) {
            (state.present, state.counted_at) = (present, Some(now));
        }
        Ok(())
    }

    fn round(&mut self) -> &mut Round {
        self.body.round.get_or_insert_default()
    }

    /// A feed's place among those that a company may refuse.
    fn bit(&self, feed: &Feed) -> u32 {
        let place = self.descriptor().feeds().position(|(_, of)| of.id == feed.id);
        place.and_then(|place| 1_u32.checked_shl(u32::try_from(place).ok()?)).unwrap_or_default()
    }

    /// Whether a company refuses any of these feeds.
    fn refuses(&self, company: &ExternalId, feeds: u32) -> bool {
        self.body.refusing.get(company).is_some_and(|refused| refused & feeds != 0)
    }

    /// The feeds that are wanted.
    fn wanted(&self) -> u32 {
        let enabled = enabled_types(self.descriptor(), &self.settings);
        let feeds = self.descriptor().feeds().filter(|(declared, _)| enabled.contains(&declared.record_type));
        feeds.fold(0, |all, (_, feed)| all | self.bit(feed))
    }

    async fn company_read(&mut self, feed: &Feed, link: &Linked, full: bool) -> Result<(), EngineError> {
        let (company, bit) = (&link.external_id, self.bit(feed));
        self.round().read += 1;
        if full && let Some(state) = self.body.feeds.get_mut(feed.id) {
            state.owed.remove(company);
        }
        if self.refuses(company, bit) {
            let rest = self.body.refusing.get(company).map_or(0, |refused| refused & !bit);
            self.body.refusing.insert(company.clone(), rest);
            self.body.refusing.retain(|_, refused| *refused != 0);
            // What else it refused may be open now, too.
            self.owe(company, rest);
        }
        if link.state == LinkState::NeedsConsent && !self.refuses(company, self.wanted()) {
            self.store.note_consent(&link.company, &self.connection, company, true).await?;
        }
        Ok(())
    }

    async fn company_failed(&mut self, feed: &Feed, link: &Linked, error: &ConnectorError) -> Result<(), EngineError> {
        let state = self.body.feeds.entry(feed.id.to_owned()).or_default();
        if error.kind == ErrorKind::Forbidden {
            state.owed.remove(&link.external_id);
            let bit = self.bit(feed);
            *self.body.refusing.entry(link.external_id.clone()).or_default() |= bit;
            self.round().refused += 1;
            self.round().lacking += u32::from(error.permission.is_some());
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

    /// A company's records are to be read before the next slow pass, by these of the feeds that have been read without them.
    pub(crate) fn owe(&mut self, company: &ExternalId, these: u32) {
        let these = these & self.wanted();
        for (_, feed) in self.descriptor().feeds() {
            if feed.reach != Reach::LinkedCompanies || these & self.bit(feed) == 0 {
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
            if self.out_of_time() {
                // Its mark stays; what is forgotten by now costs nothing the next time.
                return Err(Stop::Later(Duration::ZERO));
            }
            match live.iter().find(|link| link.external_id == *company) {
                Some(link) if link.state == LinkState::NeedsConsent || self.refuses(company, self.wanted()) => {
                    self.owe(company, ALL);
                }
                // Other changes mark a company, too.
                Some(_) => {
                    if self.is_unread(&feeds, company).await? {
                        self.owe(company, ALL);
                    }
                }
                None if linked.contains_key(company) => {}
                None => {
                    self.body.refusing.remove(company);
                    self.body.limited.remove(company);
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
