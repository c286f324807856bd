//! Single rows that are odd.

use connector::Reach;
use store::records::Presence;

use super::subject::{SMALL, Subject};
use super::{Disturbance, Vendor};

/// Values that nobody has heard of are taken as they are.
pub async fn unknown_values_are_taken(vendor: &dyn Vendor) {
    let undisturbed = Subject::imported(vendor, SMALL).await;
    let subject = Subject::connected(vendor, SMALL).await;
    subject.simulated.disturb(None, Disturbance::UnknownValue, None);
    subject.run().await;
    assert_eq!(subject.issues().await, Vec::new());
    assert_eq!(subject.live().await, undisturbed.live().await);
    assert!(subject.body().await.quarantined.is_empty());
}

/// One bad row of each feed: the rest goes on, and the mended record is taken.
pub async fn a_malformed_record_is_set_aside_until_it_is_mended(vendor: &dyn Vendor) {
    for (_, feed) in vendor.connector().descriptor().feeds() {
        let undisturbed = Subject::imported(vendor, SMALL).await;
        let lists = undisturbed.lists_with_rows(feed).await;
        let subject = Subject::connected(vendor, SMALL).await;
        subject.simulated.disturb(Some(feed.id), Disturbance::Malformed, None);
        subject.run().await;
        subject.run().await;
        let store = &subject.connected.store;
        let aside = store.quarantined(&subject.connected.id, 100, None).await.unwrap().items;
        // A company's list may be of several pages.
        let expected = if feed.reach == Reach::Account { 1..=1 } else { lists..=lists * 4 };
        assert!(expected.contains(&aside.len()), "feed {}: {aside:#?}", feed.id);
        assert_eq!(aside[0].record_type, feed.produces);
        assert!(!aside[0].error.is_empty() && !aside[0].raw.is_empty());
        let (all, some) = (undisturbed.live().await, subject.live().await);
        assert!(all[&feed.produces] - some[&feed.produces] <= aside.len(), "feed {}: the rest goes on", feed.id);
        subject.simulated.heal();
        for row in &aside {
            subject.simulated.touch(feed.id, row.external_id.as_str());
        }
        subject.run().await;
        let aside = store.quarantined(&subject.connected.id, 10, None).await.unwrap().items;
        assert_eq!(aside, [], "feed {}: released", feed.id);
        let (all, mended) = (undisturbed.records(feed.produces).await, subject.records(feed.produces).await);
        let live = |record: &store::records::MirrorRecord| record.body.presence == Presence::Live;
        assert_eq!(
            all.values().filter(|record| live(record)).map(|record| &record.external_id).collect::<Vec<_>>(),
            mended.values().filter(|record| live(record)).map(|record| &record.external_id).collect::<Vec<_>>(),
            "feed {}",
            feed.id
        );
    }
}
