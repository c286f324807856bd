//! Lists: they end, they resume, and they are not believed too easily.

use connector::{Credentials, ErrorKind, Page, PullRequest, Reach, SessionContext};
use domain::id::ExternalId;
use secrecy::SecretString;
use sync::ports::Clock;

use super::subject::{PAGES, SMALL, Subject};
use super::{Disturbance, Vendor};

/// Every feed ends, and brings a record once.
pub async fn paging_ends(vendor: &dyn Vendor) {
    let subject = Subject::connected(vendor, PAGES).await;
    let engine = subject.world.engine();
    let values = subject.simulated.credentials().into_iter().map(|(key, value)| (key, SecretString::from(value)));
    let descriptor = vendor.connector().descriptor();
    let context = SessionContext {
        http: engine.http.for_connection(
            connector::http::TokenOwner("conformance".to_owned()),
            connector::http::Budget::unlimited(),
        ),
        credentials: Credentials::sort(descriptor, &values.collect()),
        options: domain::options::Options::initial(),
        deployment: engine.deployment.clone(),
    };
    let session = vendor.connector().open(context).unwrap();
    let mut several_pages = false;
    let mut companies = std::collections::BTreeSet::new();
    for (_, feed) in descriptor.feeds() {
        let mut left: Vec<Option<ExternalId>> = match feed.reach {
            Reach::Account => vec![None],
            Reach::LinkedCompanies => companies.iter().cloned().map(Some).collect(),
        };
        let mut cursor = None;
        let mut pages = 0;
        let mut ids = std::collections::BTreeSet::new();
        while let Some(company) = left.last() {
            let request =
                PullRequest { feed, since: None, cursor: cursor.as_ref(), probe: false, company: company.as_ref() };
            let page = match session.pull(request).await {
                Ok(page) => page,
                // One that has not consented.
                Err(error) if company.is_some() && error.kind == ErrorKind::Forbidden => Page::default(),
                Err(error) => panic!("feed {}: {error}", feed.id),
            };
            pages += 1;
            assert!(pages < 1_000, "feed {} does not end", feed.id);
            for row in page.rows {
                if let connector::Mapped::Record(record) = row {
                    assert_eq!(record.data.record_type(), feed.produces, "feed {}", feed.id);
                    if feed.produces == domain::record::RecordType::Companies {
                        companies.insert(record.external_id.clone());
                    }
                    assert!(ids.insert(record.external_id.clone()), "feed {} repeats {}", feed.id, record.external_id);
                }
            }
            cursor = page.next;
            if cursor.is_none() {
                left.pop();
            }
        }
        several_pages |= pages > 1;
        assert!(!ids.is_empty(), "feed {} brings nothing", feed.id);
    }
    assert!(several_pages, "the scale is too small to say anything of paging");
}

/// With every cache dropped: the lease, its release and the tick's claim are written, and no record is read.
pub async fn the_second_run_finds_nothing(vendor: &dyn Vendor) {
    let mut subject = Subject::imported(vendor, PAGES).await;
    let runs = subject.runs().await.len();
    subject.reopen();
    subject.run().await;
    let requests = subject.world.table.requests();
    assert_eq!(requests.writes(), 3, "claim, lease and release: {requests:?}");
    assert_eq!(requests.batch_get, 0, "no record is read: {requests:?}");
    assert_eq!(subject.runs().await.len(), runs, "a quiet check is no run");
}

/// A worker killed between two pages: the next one goes on behind the page that was committed.
pub async fn the_cursor_survives_a_crash_between_pages(vendor: &dyn Vendor) {
    let undisturbed = Subject::imported(vendor, PAGES).await;
    let all = undisturbed.simulated.calls();
    let mut subject = Subject::connected(vendor, PAGES).await;
    subject.world.tick().await;
    let (message, _) = subject.world.queue.take().unwrap();
    let dead = subject.world.clone();
    let engine = dead.engine();
    let work = dead.table.faults().run(engine.work(&message, dead.deadline()));
    let between_pages = async {
        loop {
            let body = subject.body().await;
            if body.pass.is_some_and(|pass| pass.page > 0 && pass.cursor.is_some()) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        () = between_pages => {}
        _ = work => panic!("no feed has more than one page"),
    }
    dead.table.faults().kill();
    let before = subject.simulated.calls();
    subject.reopen();
    subject.run().await;
    assert_eq!(subject.live().await, undisturbed.live().await);
    let after = subject.simulated.calls() - before;
    assert!(after < all, "it began anew: {after} calls after the crash, {all} for everything");
    assert_eq!(subject.issues().await, Vec::new());
}

/// A vendor that answers every page with the first one.
pub async fn a_repeated_page_ends_with_an_issue_and_loses_nothing(vendor: &dyn Vendor) {
    let subject = Subject::imported(vendor, PAGES).await;
    let before = subject.live().await;
    subject.simulated.disturb(None, Disturbance::RepeatPage, None);
    subject.ask_for_everything().await;
    subject.run().await;
    assert!(!subject.issues().await.is_empty(), "somebody is told");
    assert_eq!(subject.live().await, before);
    subject.simulated.heal();
    subject.ask_for_everything().await;
    subject.run().await;
    assert_eq!(subject.issues().await, Vec::new());
    assert_eq!(subject.live().await, before);
}

/// An error that looks like an empty list.
pub async fn an_empty_page_deletes_nothing(vendor: &dyn Vendor) {
    let subject = Subject::imported(vendor, SMALL).await;
    let before = subject.live().await;
    subject.simulated.disturb(None, Disturbance::NoRows, None);
    let until = subject.world.clock.now() + jiff::SignedDuration::from_hours(72);
    while subject.world.clock.now() < until {
        subject.world.clock.advance(jiff::SignedDuration::from_hours(8));
        subject.ask_for_everything().await;
        subject.run().await;
    }
    assert_eq!(subject.live().await, before, "nine empty sweeps in three days bury nothing");
    subject.simulated.heal();
    subject.ask_for_everything().await;
    subject.run().await;
    assert_eq!(subject.live().await, before);
    assert_eq!(subject.issues().await, Vec::new(), "and with the rows back nobody has to act");
}
