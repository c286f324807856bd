//! What nobody was told of, and what the vendor says that nobody can read.

use domain::record::RecordType;
use sync::ports::Clock as _;

use super::acme;
use crate::acme::import_all;
use crate::pushing::Pushing;

#[tokio::test(start_paused = true)]
async fn an_edit_of_which_nobody_was_told_goes_with_the_next_tick() {
    let (acme, company) = acme().await;
    acme.open_ticket("tk_1", &company, "Printer down").await;
    let due = acme.connected.read().await.state.due_at.unwrap();
    assert!(due <= acme.world.clock.now());
    acme.world.tick().await;
    acme.world.drain().await;
    assert_eq!(acme.at_halo("Printer down"), [vec![]]);
}

#[tokio::test(start_paused = true)]
async fn a_creation_whose_record_cannot_be_read_is_made_once_and_keeps_its_name() {
    let pushing = Pushing::up_to_date(import_all()).await;
    let acme = &pushing.acme;
    let company = acme.add_company("Harbour Ltd");
    acme.run().await;
    pushing.vendor.garble();
    let ticket = acme.open_ticket("tk_1", &company, "Printer down").await;
    acme.wake().await;
    let id = acme.vendor_id(&ticket).await.expect("the vendor's id is known at once");
    acme.runs(2).await;
    assert_eq!(acme.at_halo("Printer down"), [vec![]], "one ticket");
    assert_eq!(acme.waiting().await, []);
    let mirrored = acme.record(RecordType::Tickets, &id).await.unwrap();
    assert_eq!(mirrored.body.portal.unwrap().reference.as_deref(), Some("tk_1"));
    assert!(acme.connected.body().await.references.is_empty());
}
