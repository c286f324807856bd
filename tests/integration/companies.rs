//! Which vendor companies become portal companies, and what a link says of them.

use domain::options::{CompanyImport, Options};
use domain::portal::{Link, LinkState};
use domain::record::RecordType;
use serde_json::json;
use store::activity::By;

use crate::acme::{Acme, import_all};

fn choose() -> Options {
    Options { company_import: CompanyImport::Choose, ..import_all() }
}

#[tokio::test(start_paused = true)]
async fn with_import_all_every_active_company_becomes_a_portal_company_later_ones_too() {
    let acme = Acme::up_to_date(import_all()).await;
    assert_eq!(acme.connected.store.all_companies().await.unwrap().len(), 2);
    let later = acme.add_company("Harbour Ltd");
    let asleep = acme.add_company("Asleep Ltd");
    acme.change("clients", &asleep.id, json!({ "inactive": true }));
    acme.run().await;
    let portal = acme.company_of(&later).await;
    assert_eq!((portal.name.as_str(), portal.imported_from.clone()), ("Harbour Ltd", Some(acme.connected.id.clone())));
    let link = Link { external_id: later.id.clone(), name: "Harbour Ltd".to_owned(), state: LinkState::Ok };
    assert_eq!(portal.links[&acme.connected.id], [link]);
    assert_eq!(acme.why_company(&later).await, "imported as a portal company");
    assert_eq!(acme.why_company(&asleep).await, "inactive at the vendor");
    assert_eq!(acme.connected.store.all_companies().await.unwrap().len(), 3, "the company Unknown is none");

    acme.change("clients", &asleep.id, json!({ "inactive": false }));
    acme.run().await;
    assert_eq!(acme.company_of(&asleep).await.name, "Asleep Ltd");
}

#[tokio::test(start_paused = true)]
async fn with_choose_nothing_is_made_until_somebody_decides() {
    let acme = Acme::up_to_date(choose()).await;
    let company = acme.add_company("Harbour Ltd");
    acme.run().await;
    assert_eq!(acme.connected.store.all_companies().await.unwrap(), []);
    assert_eq!(acme.why_company(&company).await, "waits to be linked or imported by a person");
    acme.choose(|options| options.company_import = CompanyImport::All).await;
    acme.run().await;
    assert_eq!(acme.company_of(&company).await.name, "Harbour Ltd");
}

#[tokio::test(start_paused = true)]
async fn a_company_that_resembles_one_made_by_hand_waits_for_quick_match() {
    let acme = Acme::up_to_date(import_all()).await;
    let by_hand = acme.make_company("harbour", "HARBOUR limited").await;
    let company = acme.add_company("Harbour Ltd.");
    acme.run().await;
    assert_eq!(acme.why_company(&company).await, "resembles \"HARBOUR limited\": review it in quick match");
    assert_eq!(acme.connected.store.all_companies().await.unwrap().len(), 3);
    acme.link(&by_hand.id, &company).await;
    acme.wake().await;
    assert_eq!(acme.why_company(&company).await, "linked");
    assert_eq!(acme.connected.store.all_companies().await.unwrap().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn two_companies_of_one_name_at_the_vendor_are_two() {
    let acme = Acme::up_to_date(import_all()).await;
    let (one, two) = (acme.add_company("Harbour Ltd"), acme.add_company("Harbour Ltd"));
    acme.run().await;
    assert_ne!(acme.company_of(&one).await.id, acme.company_of(&two).await.id);
}

#[tokio::test(start_paused = true)]
async fn a_deleted_portal_company_is_not_imported_again_until_it_is_unblocked() {
    let acme = Acme::up_to_date(import_all()).await;
    let company = acme.add_company("Harbour Ltd");
    acme.run().await;
    let portal = acme.company_of(&company).await;
    acme.connected.store.delete_company(&portal, By::System).await.unwrap();
    acme.change("clients", &company.id, json!({ "website": "harbour.example" }));
    acme.run().await;
    assert_eq!(acme.why_company(&company).await, "blocked from import since its portal company was deleted");
    assert_eq!(acme.connected.store.company(&portal.id).await.unwrap(), None);

    acme.connected.store.unblock(&acme.connected.id, &company.id, By::System).await.unwrap();
    acme.run().await;
    assert_eq!(acme.company_of(&company).await.name, "Harbour Ltd");
}

#[tokio::test(start_paused = true)]
async fn a_link_shows_the_name_and_the_state_of_its_company() {
    let acme = Acme::up_to_date(import_all()).await;
    let company = acme.add_company("Harbour Ltd");
    acme.run().await;
    let link = |name: &str, state| Link { external_id: company.id.clone(), name: name.to_owned(), state };
    acme.change("clients", &company.id, json!({ "name": "Harbour Group", "inactive": true }));
    acme.run().await;
    let portal = acme.company_of(&company).await;
    assert_eq!(portal.links[&acme.connected.id], [link("Harbour Group", LinkState::Inactive)]);
    assert_eq!(portal.name, "Harbour Ltd", "the portal's own name is the portal's");

    acme.change("clients", &company.id, json!({ "inactive": false }));
    acme.run().await;
    assert_eq!(acme.company_of(&company).await.links[&acme.connected.id], [link("Harbour Group", LinkState::Ok)]);

    acme.delete("clients", &company.id);
    acme.resync().await;
    acme.resync().await;
    let portal = acme.company_of(&company).await;
    assert_eq!(portal.links[&acme.connected.id], [link("Harbour Group", LinkState::GoneAtVendor)]);
}

#[tokio::test(start_paused = true)]
async fn without_initial_import_only_what_comes_after_connecting_arrives() {
    let options = Options { initial_import: false, ..import_all() };
    let (world, halo, wire) = crate::acme::halo(40);
    // Changed within the overlap before connecting: still not new.
    let site = halo.dump()["sites"][1]["id"].as_i64().unwrap();
    let fields = json!({ "name": "Just Before", "emailaddress": "before@acme.example", "site_id": site });
    let before = crate::acme::id_of(&halo.create("users", crate::acme::object(fields)).unwrap());
    world.clock.advance(jiff::SignedDuration::from_mins(1));
    let acme = Acme::connected_to(world, halo, wire, options).await;
    acme.runs(3).await;
    assert_eq!(acme.mirrored(RecordType::Companies).await, 2, "linking needs companies");
    assert!(acme.mirrored(RecordType::Users).await > 0);
    assert_eq!(acme.mirrored(RecordType::Contacts).await, 0);
    assert_eq!(acme.mirrored(RecordType::Tickets).await, 0);
    assert_eq!(acme.why(&before).await, "not mirrored");
    assert_eq!(acme.counted(RecordType::Contacts).await, 0, "what is not mirrored is not counted");

    let company = acme.add_company("Harbour Ltd");
    let after = acme.add_contact(&company, "Ann Reed", "ann@harbour.example");
    acme.change("users", &before, json!({ "title": "Director" }));
    acme.run().await;
    assert_eq!(acme.why(&after).await, "imported as Standard User (integration default)");
    assert_eq!(acme.why(&before).await, "imported as Standard User (integration default)");
    assert_eq!(acme.mirrored(RecordType::Contacts).await, 2);
    assert_eq!(acme.counted(RecordType::Contacts).await, 2);
}

#[tokio::test(start_paused = true)]
async fn switching_the_initial_import_on_brings_the_rest() {
    let options = Options { initial_import: false, ..import_all() };
    let acme = Acme::connected(40, options).await;
    acme.runs(2).await;
    assert_eq!(acme.mirrored(RecordType::Contacts).await, 0);
    acme.choose(|options| options.initial_import = true).await;
    acme.run().await;
    let all = acme.mirrored(RecordType::Contacts).await;
    assert!(all > 30, "{all}");
    assert_eq!(acme.counted(RecordType::Contacts).await, all as u64);
    assert!(acme.mirrored(RecordType::Tickets).await > 0);
}

#[tokio::test(start_paused = true)]
async fn resync_everything_brings_the_rest_without_initial_import_too() {
    let options = Options { initial_import: false, ..import_all() };
    let acme = Acme::connected(40, options).await;
    acme.runs(2).await;
    acme.resync().await;
    let all = acme.mirrored(RecordType::Contacts).await;
    assert!(all > 30, "{all}");
    assert_eq!(acme.counted(RecordType::Contacts).await, all as u64);
}

#[tokio::test(start_paused = true)]
async fn a_filter_changed_without_initial_import_applies_to_what_is_mirrored_and_loses_nothing() {
    let options = Options { initial_import: false, ..import_all() };
    let acme = Acme::connected(40, options).await;
    acme.runs(2).await;
    let company = acme.add_company("Harbour Ltd");
    let ours = acme.add_ticket(&company, "Printer on fire");
    acme.run().await;
    let body = async |id| acme.record(RecordType::Tickets, id).await.map(|record| record.body);
    assert_eq!(acme.counted(RecordType::Tickets).await, 1);

    let meanwhile = acme.add_ticket(&company, "Screen is blue");
    acme.choose(|options| drop(options.filters.insert("teams".to_owned(), vec!["27".to_owned()]))).await;
    acme.run().await;
    assert_eq!(body(&ours).await.unwrap().reason.unwrap(), "team \"1st Line Support\" is not among the chosen teams");
    assert_eq!(
        body(&meanwhile).await.unwrap().reason.unwrap(),
        "team \"1st Line Support\" is not among the chosen teams"
    );
    acme.change("tickets", &ours, json!({ "summary": "Printer still on fire" }));
    acme.choose(|options| drop(options.filters.remove("teams"))).await;
    acme.run().await;
    assert_eq!(body(&ours).await.unwrap().name, "Printer still on fire");
    assert_eq!(body(&meanwhile).await.unwrap().name, "Screen is blue");
    assert_eq!(acme.mirrored(RecordType::Tickets).await, 2, "the baseline stays outside");
    assert_eq!(acme.counted(RecordType::Tickets).await, 2);
}
