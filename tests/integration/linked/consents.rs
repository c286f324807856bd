//! What a customer consented to: nothing, less than is asked for, or no longer.

use simulators::SeenCall;
use store::consents::ConsentRequest;

use super::*;

#[tokio::test(start_paused = true)]
async fn who_has_not_consented_marks_one_link_and_nothing_else() {
    let acme = Acme::imported().await;
    let refusing = acme.refusing();
    assert_eq!(acme.state(&refusing).await, LinkState::NeedsConsent);
    for customer in acme.customers() {
        assert_eq!(acme.state(&customer).await, LinkState::Ok);
    }
    assert_eq!(acme.connected.read().await.issues, Vec::new());
    assert_eq!(acme.status().await, Status::Connected);
    acme.consents(&refusing, true);
    acme.an_hour_later().await;
    assert_eq!(acme.state(&refusing).await, LinkState::Ok);
    assert_eq!(acme.live(RecordType::SecureScores, &refusing).await, 90, "in full, whatever the others need");
    assert_eq!(acme.live(RecordType::Licences, &refusing).await, 3);
}

#[tokio::test(start_paused = true)]
async fn a_consent_taken_back_keeps_what_is_known() {
    let acme = Acme::imported().await;
    let customer = acme.customers().remove(0);
    let known = acme.live(RecordType::SecureScores, &customer).await;
    acme.consents(&customer, false);
    for _ in 0..26 {
        acme.an_hour_later().await;
    }
    assert_eq!(acme.state(&customer).await, LinkState::NeedsConsent);
    assert_eq!(acme.live(RecordType::SecureScores, &customer).await, known, "swept for a day, and nothing is missing");
    assert_eq!(acme.connected.read().await.issues, Vec::new());
    let other = acme.customers().remove(0);
    assert!(acme.score(&other, "2026-03-03").await.is_some(), "the others go on");
    assert_eq!(acme.score(&customer, "2026-03-03").await, None);
}

#[tokio::test(start_paused = true)]
async fn who_consented_to_less_is_marked_and_read_as_far_as_that_goes() {
    let acme = Acme::imported().await;
    let customer = acme.customers().remove(0);
    acme.lacks(&customer, &["secure_scores", "control_profiles"]);
    acme.graph.clear_calls();
    acme.an_hour_later().await;
    assert_eq!(acme.state(&customer).await, LinkState::NeedsConsent);
    let customers = acme.customers().len() as u64;
    for list in ["/v1.0/domains", "/v1.0/subscribedSkus", SCORES] {
        assert_eq!(acme.graph.calls(0).count("GET", list), customers, "each once: {list}");
    }
    acme.an_hour_later().await;
    assert_eq!(
        acme.state(&customer).await,
        LinkState::NeedsConsent,
        "the lists that are open do not take the mark away"
    );
    assert_eq!(acme.live(RecordType::Licences, &customer).await, 3);
    assert_eq!((acme.connected.read().await.issues, acme.status().await), (Vec::new(), Status::Connected));
    for other in acme.customers().iter().skip(1) {
        assert_eq!(acme.state(other).await, LinkState::Ok, "{other}");
    }

    acme.world.clock.advance(SignedDuration::from_hours(24));
    acme.lacks(&customer, &[]);
    acme.an_hour_later().await;
    assert_eq!(acme.state(&customer).await, LinkState::Ok);
    assert!(acme.score(&customer, "2026-03-03").await.is_some(), "with the days that it had kept from us");
}

#[tokio::test(start_paused = true)]
async fn a_right_that_nobody_gave_is_the_connections_matter_until_one_gives_it() {
    let acme = Acme::imported().await;
    for customer in acme.customers() {
        acme.lacks(&customer, &["secure_scores"]);
    }
    for _ in 0..2 {
        acme.an_hour_later().await;
        let issues = acme.connected.read().await.issues;
        let [issue] = issues.as_slice() else { panic!("{issues:#?}") };
        assert_eq!(issue.reason, domain::issue::Reason::PermissionMissing);
        assert!(issue.remedy.contains("SecurityEvents.Read.All"), "{}", issue.remedy);
    }
    let first = acme.customers().remove(0);
    assert_eq!(acme.state(&first).await, LinkState::NeedsConsent, "each has to agree to it, too");
    acme.lacks(&first, &[]);
    acme.an_hour_later().await;
    assert_eq!((acme.connected.read().await.issues, acme.state(&first).await), (Vec::new(), LinkState::Ok));
}

#[tokio::test(start_paused = true)]
async fn a_consent_given_again_has_everything_read_at_once() {
    let acme = Acme::imported().await;
    let customer = acme.customers().remove(0);
    acme.consents(&customer, false);
    acme.world.clock.advance(SignedDuration::from_hours(24));
    acme.an_hour_later().await;
    assert_eq!(acme.score(&customer, "2026-03-03").await, None);
    acme.consents(&customer, true);
    // As the page does to which its administrator comes back.
    let store = &acme.connected.store;
    let links = store.live_links(&acme.connected.id).await.unwrap();
    let company = links.into_iter().find(|link| link.external_id == customer).unwrap().company;
    let expires_at = acme.world.clock.now() + SignedDuration::from_hours(1);
    let asked = ConsentRequest { company: company.clone(), external_id: customer.clone(), expires_at };
    let (id, connector) = (&acme.connected.id, "microsoft-365".into());
    store.put_consent(id, &connector, "hash", &asked, By::System).await.unwrap();
    store.note_consent(&company, id, &customer, true).await.unwrap();
    store.settle_consent(id, "hash", &asked).await.unwrap();
    acme.graph.clear_calls();
    acme.wake().await;
    assert!(acme.score(&customer, "2026-03-03").await.is_some());
    assert_eq!(acme.graph.calls(0).count("GET", SCORES), 1, "and nobody else");
    assert_eq!(acme.state(&customer).await, LinkState::Ok);
}

#[tokio::test(start_paused = true)]
async fn a_consent_taken_back_between_two_pages_stops_nobody_else() {
    let acme = Acme::connected(import_all()).await;
    acme.graph.set_quirk("page_sizes", json!({ "secure_scores": 40 }));
    acme.graph.add_faults(vec![Fault::new(FaultKind::DelayMs(1_000)).on("secure_scores")]);
    // The first of which there is a second page.
    let customer = acme.customers().into_iter().find(|customer| acme.days(customer) == 90).unwrap();
    let is_second = |call: &SeenCall| call.path == SCORES && call.query.iter().any(|(name, _)| name == "$skip");
    let taken_back = async {
        while !acme.graph.calls(1_000).last.iter().any(is_second) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        acme.consents(&customer, false);
    };
    futures::join!(acme.world.scheduled_run(&acme.connected), taken_back);
    acme.graph.clear_faults();
    assert_eq!(acme.state(&customer).await, LinkState::NeedsConsent);
    assert_eq!(acme.live(RecordType::SecureScores, &customer).await, 40, "what came before stays");
    for other in acme.customers() {
        assert_eq!(acme.live(RecordType::SecureScores, &other).await, acme.days(&other), "{other}");
    }
    assert_eq!(acme.connected.read().await.issues, Vec::new());
    acme.consents(&customer, true);
    acme.an_hour_later().await;
    assert_eq!(acme.live(RecordType::SecureScores, &customer).await, 90);
}

#[tokio::test(start_paused = true)]
async fn a_refused_list_of_customers_beside_an_empty_older_one_takes_nobody_away() {
    let acme = Acme::imported().await;
    acme.graph.set_quirk("delegated_customers", json!(false));
    acme.graph.set_quirk("contracts", json!("none"));
    for _ in 0..4 {
        acme.world.clock.advance(SignedDuration::from_hours(24));
        acme.world.scheduled_run(&acme.connected).await;
    }
    for customer in acme.customers() {
        assert_eq!(acme.state(&customer).await, LinkState::Ok, "{customer}");
    }
    let issues = acme.connected.read().await.issues;
    let [issue] = issues.as_slice() else { panic!("{issues:#?}") };
    assert!(issue.remedy.contains("DelegatedAdminRelationship.Read.All"), "{}", issue.remedy);
}
