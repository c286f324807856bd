//! Rounds over linked companies that are disturbed: links that come and go meanwhile, and an engine that is killed.

use store::memory::Fault as AtWrite;

use super::*;
use crate::worlds::try_round;

const DAYS: usize = 3;
const OF_CUSTOMERS: [RecordType; 4] =
    [RecordType::SecureScores, RecordType::ControlProfiles, RecordType::Licences, RecordType::Domains];

#[tokio::test(start_paused = true)]
async fn a_round_goes_on_behind_the_company_it_was_at_although_links_changed() {
    let acme = Acme::connected(import_all()).await;
    let customers = acme.customers();
    // Three customers take as long as a slice has.
    acme.graph.add_faults(vec![Fault::new(FaultKind::DelayMs(16_000)).on("secure_scores")]);
    acme.world.tick().await;
    acme.world.drain_one().await;
    acme.graph.clear_faults();
    let behind = acme.connected.body().await.round.and_then(|round| round.behind);
    assert!(behind.is_some(), "it is under way");
    let store = &acme.connected.store;
    let first = store.live_links(&acme.connected.id).await.unwrap().remove(0);
    let company = store.company(&first.company).await.unwrap().unwrap();
    store.unlink(&company, &acme.connected.id, &first.external_id, By::System).await.unwrap();
    acme.world.drain().await;
    acme.world.scheduled_run(&acme.connected).await;
    for customer in customers.iter().filter(|customer| **customer != first.external_id) {
        assert!(acme.live(RecordType::Licences, customer).await == 3, "{customer}");
    }
    assert_eq!(acme.live(RecordType::Licences, &first.external_id).await, 0);
    assert_eq!(acme.connected.read().await.issues, Vec::new());
}

#[tokio::test(start_paused = true)]
async fn a_company_unlinked_while_another_is_read_leaves_nothing_behind() {
    let acme = Acme::connected(import_all()).await;
    acme.graph.add_faults(vec![Fault::new(FaultKind::DelayMs(1_000)).on("secure_scores")]);
    let (first, third) = (acme.customers().remove(0), acme.customers().remove(2));
    let unlinked = async {
        while acme.graph.calls(0).count("GET", SCORES) < 2 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        // One that was read already, and one that is still to come.
        acme.take_link(&first).await;
        acme.take_link(&third).await;
    };
    futures::join!(acme.world.scheduled_run(&acme.connected), unlinked);
    acme.graph.clear_faults();
    acme.world.scheduled_run(&acme.connected).await;
    for (customer, linked) in acme.customers().iter().zip([false, true, false, true]) {
        for record_type in [RecordType::Licences, RecordType::ControlProfiles, RecordType::Domains] {
            assert_eq!(acme.live(record_type, customer).await > 0, linked, "{customer}: {record_type}");
        }
    }
    acme.world.clock.advance(SignedDuration::from_hours(24));
    acme.an_hour_later().await;
    acme.assert_counted("undisturbed").await;
    assert_eq!(acme.connected.read().await.issues, Vec::new());
}

impl Acme {
    /// A fresh process that has seen no write yet.
    fn reopened(mut self) -> Self {
        self.world.table = self.world.table.reopen();
        self.connected.store = self.world.store("acme");
        self
    }

    /// What the pages say there is, is what is there.
    async fn assert_counted(&self, how: &str) {
        let (descriptor, body) = (self.world.engine().connector.descriptor(), self.connected.body().await);
        let store = &self.connected.store;
        for record_type in OF_CUSTOMERS {
            let all = store.record_page(&self.connected.id, record_type, 100_000, None).await.unwrap();
            let live = all.iter().filter(|record| record.body.presence == Presence::Live).count() as u64;
            assert_eq!(view::present(descriptor, &body, record_type), live, "{how}: {record_type}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn killed_at_many_a_write_what_links_and_consents_ask_for_is_done() {
    // Every fifth write of those that such a round makes: each costs a world of its own.
    for nth in (1..60).step_by(5) {
        // Killed after a write is all but killed before the next one: by turns will do.
        let fault = if nth % 2 == 0 { AtWrite::KillBefore } else { AtWrite::KillAfter };
        let acme = Acme::listed().await;
        // Fewer days tell as much, and sooner.
        acme.graph.set_quirk("days_kept", json!(DAYS));
        let [gone, came, back] = [0, 1, 2].map(|n| acme.customers().remove(n));
        acme.link(&gone).await;
        acme.consents(&back, false);
        acme.link(&back).await;
        assert_eq!(acme.state(&back).await, LinkState::NeedsConsent);
        acme.put_link(&came).await;
        acme.take_link(&gone).await;
        acme.consents(&back, true);
        acme.world.clock.advance(SignedDuration::from_mins(75));
        let acme = acme.reopened();
        acme.world.table.faults().at_write(nth, fault);
        let _ = acme.world.table.faults().run(try_round(&acme.world)).await;
        let reached = acme.world.table.faults().writes() >= nth;
        let acme = acme.reopened();
        while acme.world.queue.take().is_some() {}
        for _ in 0..3 {
            acme.world.clock.advance(SignedDuration::from_mins(60));
            acme.world.tick().await;
            acme.world.drain().await;
        }
        let how = format!("{fault:?} at write {nth}");
        for (customer, licences) in [(&gone, 0), (&came, 3), (&back, 3)] {
            assert_eq!(acme.live(RecordType::Licences, customer).await, licences, "{how}: {customer}");
        }
        assert_eq!(acme.live(RecordType::SecureScores, &gone).await, 0, "{how}");
        assert!(acme.live(RecordType::SecureScores, &back).await >= acme.days(&back).min(DAYS), "{how}");
        assert_eq!(acme.state(&back).await, LinkState::Ok, "{how}");
        acme.world.clock.advance(SignedDuration::from_hours(24));
        acme.world.tick().await;
        acme.world.drain().await;
        acme.assert_counted(&how).await;
        if !reached {
            assert!(nth > 20, "so few writes would prove nothing");
            break;
        }
    }
}
