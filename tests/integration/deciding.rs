//! Deciding again on more than one slice has time for.

use std::time::Duration;

use domain::id::ExternalId;
use domain::record::{Contact, RecordData, RecordType};
use domain::run::Trigger;
use jiff::SignedDuration;
use serde_json::json;

use store::work::What;
use sync::ports::Queue;

use crate::acme::{Acme, HaloCompany, import_all, role};
use crate::worlds::busy_slice;

/// How long a request takes that reads the table.
const READ: SignedDuration = SignedDuration::from_secs(1);

impl Acme {
    /// So many people of a company in the mirror, not decided on yet; of one at Halo there is none.
    async fn mirror_people(&self, company: &HaloCompany, count: usize, name: &str) {
        let person = |n: usize| {
            RecordData::Contact(Contact {
                name: name.to_owned(),
                email: Some(format!("person{n}@harbour.example")),
                company: Some(company.id.clone()),
                ..Contact::default()
            })
        };
        self.mirror(count, name, person).await;
    }

    async fn decided_on(&self) -> usize {
        let all = self.connected.store.record_page(&self.connected.id, RecordType::Contacts, 100_000, None).await;
        all.unwrap().iter().filter(|record| record.body.import.is_some()).count()
    }

    async fn marks(&self) -> usize {
        let waiting = self.connected.store.waiting(&self.connected.id).await.unwrap();
        waiting.iter().filter(|waiting| matches!(waiting.what, What::Mark(_) | What::MarkAll)).count()
    }
}

#[tokio::test(start_paused = true)]
async fn more_than_a_slice_decides_on_is_decided_over_several_and_holds_up_neither_hints_nor_pulls() {
    let acme = Acme::up_to_date(import_all()).await;
    let harbour = acme.add_company("Harbour Ltd");
    let ticket = acme.add_ticket(&harbour, "Printer down");
    acme.run().await;
    // That the company was made left a mark of its own.
    acme.wake().await;
    acme.mirror_people(&harbour, 8_000, "Ann Reed").await;
    acme.choose(|options| options.auto_import.default_role = Some(role("admin"))).await;
    acme.change("tickets", &ticket, json!({ "summary": "Printer dead" }));
    acme.connected.store.hint(&acme.connected.id, RecordType::Tickets, &ticket).await.unwrap();
    let quay = acme.add_company("Quay Ltd");
    acme.world.clock.advance(SignedDuration::from_mins(15));
    acme.world.tick().await;

    let (mut slices, mut hinted, mut pulled) = (0, None, None);
    while acme.marks().await > 0 {
        let before = acme.decided_on().await;
        busy_slice(&acme.world, READ).await;
        slices += 1;
        // That nothing is left is seen by the slice after the last page.
        let further = before == 8_000 || acme.decided_on().await > before;
        assert!(further, "slice {slices} went on where the last one stopped");
        if acme.mirrored_ticket(&ticket).await.0.title == "Printer dead" {
            hinted.get_or_insert(slices);
        }
        if acme.record(RecordType::Companies, &quay.id).await.is_some() {
            pulled.get_or_insert(slices);
        }
        acme.world.clock.advance(SignedDuration::from_mins(1));
    }
    assert!(slices > 2, "{slices}");
    assert_eq!(hinted, Some(1), "the hint did not wait for the marks");
    assert!(pulled.is_some_and(|slice| slice < slices), "{pulled:?} of {slices}");
    assert_eq!(acme.decided_on().await, 8_000);
    assert!(acme.connected.body().await.deciding.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_mark_that_comes_again_is_about_everything_anew() {
    let acme = Acme::up_to_date(import_all()).await;
    let harbour = acme.add_company("Harbour Ltd");
    acme.run().await;
    acme.mirror_people(&harbour, 8_000, "Ann Reed").await;
    acme.choose(|options| options.auto_import.enabled = false).await;
    acme.world.queue.send(&acme.message(Trigger::Portal), Duration::ZERO).await.unwrap();
    busy_slice(&acme.world, READ).await;
    let first = ExternalId::new("9000000");
    assert!(acme.connected.body().await.deciding.values().all(|at| at.after > first), "it stands in the middle");
    assert_eq!(acme.connected.body().await.deciding.len(), 1);
    acme.choose(|options| options.auto_import.enabled = true).await;
    acme.world.drain().await;
    assert_eq!(acme.why(&first).await, "imported as Standard User (integration default)");
    assert_eq!((acme.marks().await, acme.connected.body().await.deciding.len()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn marks_of_many_companies_are_settled_and_their_log_fits_its_items() {
    let acme = Acme::up_to_date(import_all()).await;
    let harbour = acme.add_company("Harbour Ltd");
    acme.run().await;
    // 500 names of 1,200 bytes are more than an item takes.
    acme.mirror_people(&harbour, 600, &"n".repeat(1_200)).await;
    let portal = acme.company_of(&harbour).await;
    acme.unlink(&portal.id, &harbour).await;
    acme.link(&portal.id, &harbour).await;
    let many: Vec<_> = (0..250).map(|n| ExternalId::new(n.to_string())).collect();
    let marks = many.iter().map(|id| acme.connected.store.mark_write(&acme.connected.id, Some(id)));
    for some in marks.collect::<Vec<_>>().chunks(100) {
        store::table::Table::transact(&acme.world.table, some.to_vec()).await.unwrap();
    }
    let run = acme.wake().await.unwrap();
    assert_eq!(acme.marks().await, 0);
    assert_eq!(acme.lines(&run).await.len(), 600);
    assert_eq!(acme.connected.read().await.issues, []);
}
