//! Access follows the PSA: who is suspended, who comes back, and whom nobody touches.

use domain::id::ExternalId;
use domain::issue::{Cause, Reason};
use domain::portal::{Access, Origin, User};
use serde_json::json;
use store::activity::By;
use sync::consequences::{Change, Consequences};
use sync::moves::{self, Move};

use crate::acme::{Acme, HaloCompany, import_all};

/// Acme with a company, and Ann in it, imported.
async fn with_ann() -> (Acme, HaloCompany, ExternalId) {
    let acme = Acme::up_to_date(import_all()).await;
    let company = acme.add_company("Harbour Ltd");
    let ann = acme.add_contact(&company, "Ann Reed", "ann@harbour.example");
    acme.run().await;
    assert_eq!(acme.user_of(&ann).await.access, Access::Active);
    (acme, company, ann)
}

impl Acme {
    async fn access(&self, contact: &ExternalId) -> Access {
        self.user_of(contact).await.access
    }

    async fn admin_sets(&self, contact: &ExternalId, change: impl FnOnce(&mut User)) {
        let before = self.user_of(contact).await;
        let mut after = before.clone();
        change(&mut after);
        self.connected.store.save_user(&before, &after, By::System).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn an_inactive_contact_has_no_access_and_comes_back() {
    let (acme, _, ann) = with_ann().await;
    let before = acme.user_of(&ann).await;
    acme.change("users", &ann, json!({ "inactive": true }));
    acme.run().await;
    let suspended = acme.user_of(&ann).await;
    let mut expected = User {
        access: Access::Suspended,
        reason: Some("no active contact of its company stands behind it".to_owned()),
        version: 2,
        ..before.clone()
    };
    expected.contacts[0].active = false;
    assert_eq!(suspended, expected, "nothing but access changed");
    assert_eq!(acme.why(&ann).await, "access suspended: its contact is inactive at the vendor");

    acme.change("users", &ann, json!({ "inactive": false }));
    acme.run().await;
    assert_eq!(acme.user_of(&ann).await, User { version: 3, ..before });
    assert_eq!(acme.why(&ann).await, "access given back: its contact is active again");
    let told: Vec<_> = acme.world.bus.events().iter().map(|event| event.detail_type).collect();
    assert_eq!(told.iter().filter(|told| **told == "user.suspended").count(), 1);
    assert_eq!(told.iter().filter(|told| **told == "user.restored").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_contact_confirmed_gone_has_no_access_and_comes_back_when_restored() {
    let (acme, _, ann) = with_ann().await;
    acme.delete("users", &ann);
    acme.resync().await;
    assert_eq!(acme.access(&ann).await, Access::Active, "missing once is not gone");
    acme.resync().await;
    assert_eq!(acme.access(&ann).await, Access::Suspended);

    acme.change("users", &ann, json!({ "_restore": true }));
    acme.run().await;
    assert_eq!(acme.access(&ann).await, Access::Active);
}

#[tokio::test(start_paused = true)]
async fn a_contact_who_moves_to_another_linked_company_waits_for_a_decision() {
    let (acme, company, ann) = with_ann().await;
    let other = acme.add_company("Quay Ltd");
    acme.change("users", &ann, json!({ "site_id": other.site }));
    acme.run().await;
    let user = acme.user_of(&ann).await;
    assert_eq!((user.access, user.company_id), (Access::Suspended, Some(acme.company_of(&company).await.id)));
    assert_eq!(acme.why(&ann).await, "access suspended: its contact moved to another company");
    let issues = acme.issues().await;
    assert_eq!(issues.len(), 1);
    assert_eq!((issues[0].reason, issues[0].cause), (Reason::ContactMoved, Cause::Config));
    assert_eq!(issues[0].subject.as_deref(), Some(ann.as_str()));
    assert_eq!(issues[0].title, "Ann Reed moved from Harbour Ltd to Quay Ltd");
    assert_eq!(issues[0].remedy, "Move the user to the new company, or keep it where it is.");

    acme.change("users", &ann, json!({ "site_id": company.site }));
    acme.run().await;
    assert_eq!(acme.access(&ann).await, Access::Active);
    assert_eq!(acme.issues().await, [], "moved back: nothing is left to decide");
}

#[tokio::test(start_paused = true)]
async fn the_decision_on_a_contact_who_moved_is_carried_out_and_settles_the_issue() {
    for keep in [false, true] {
        let (acme, company, ann) = with_ann().await;
        let other = acme.add_company("Quay Ltd");
        acme.change("users", &ann, json!({ "site_id": other.site }));
        acme.run().await;
        let (before, store) = (acme.user_of(&ann).await, &acme.connected.store);
        let [found] = Move::all_of(store, &before).await.unwrap().try_into().unwrap();
        assert_eq!(found.to, acme.company_of(&other).await.id);
        let after = if keep { moves::kept(&before) } else { found.followed(&before) };
        let settled = store.settle_move(&before, &after, &found.connection, &found.vendor_company, By::System);
        settled.await.unwrap();
        let decided = acme.user_of(&ann).await;
        let expected = if keep { &company } else { &other };
        assert_eq!(
            (decided.access, decided.company_id.clone()),
            (Access::Active, Some(acme.company_of(expected).await.id))
        );
        acme.wake().await;
        assert_eq!(acme.issues().await, [], "it is settled at once, keep: {keep}");
        acme.resync().await;
        assert_eq!((acme.access(&ann).await, acme.issues().await), (Access::Active, Vec::new()), "and stays so");
        assert_eq!(acme.user_of(&ann).await.company_id, decided.company_id);
    }
}

#[tokio::test(start_paused = true)]
async fn what_unlinking_and_linking_would_do_is_what_they_do() {
    let (acme, company, ann) = with_ann().await;
    let ben = acme.add_contact(&company, "Ben Boll", "ben@harbour.example");
    acme.add_contact(&company, "Ann R.", "ANN@harbour.example");
    acme.choose(|options| options.company_import = domain::options::CompanyImport::Choose).await;
    acme.run().await;
    let cy = acme.add_contact(&company, "Cy Clay", "cy@harbour.example");
    let (portal, store) = (acme.company_of(&company).await, &acme.connected.store);
    let connection = &acme.connected.id;
    let link = [(connection.clone(), company.id.clone())];
    let of = async |change: Change<'_>| Consequences::of(store, change).await.unwrap();
    let unlink = of(Change { company: &portal.id, unlinked: &link, linked: None }).await;
    assert_eq!((unlink.suspended, unlink.restored, unlink.imported), (2, 0, 0), "Ann stands behind herself twice");
    acme.unlink(&portal.id, &company).await;
    acme.run().await;
    assert_eq!((acme.access(&ann).await, acme.access(&ben).await), (Access::Suspended, Access::Suspended));

    let rules = import_all().auto_import;
    let again = Change { company: &portal.id, unlinked: &[], linked: Some((connection, &company.id, &rules)) };
    let linking = of(again).await;
    assert_eq!((linking.suspended, linking.restored, linking.imported), (0, 2, 1), "Cy was never imported");
    acme.link(&portal.id, &company).await;
    acme.wake().await;
    assert_eq!((acme.access(&ann).await, acme.access(&ben).await), (Access::Active, Access::Active));
    assert_eq!(acme.access(&cy).await, Access::Active);
}

#[tokio::test(start_paused = true)]
async fn unlinking_a_company_takes_access_away_at_once_and_linking_gives_it_back() {
    let (acme, company, ann) = with_ann().await;
    let portal = acme.company_of(&company).await;
    acme.choose(|options| options.company_import = domain::options::CompanyImport::Choose).await;
    acme.run().await;
    acme.unlink(&portal.id, &company).await;
    acme.halo.clear_calls();
    acme.wake().await;
    assert_eq!(acme.access(&ann).await, Access::Suspended);
    assert_eq!(acme.why(&ann).await, "access suspended: its contact's company is not linked");
    assert_eq!(acme.halo.calls(0).data, 0);
    acme.link(&portal.id, &company).await;
    acme.wake().await;
    assert_eq!(acme.access(&ann).await, Access::Active);
}

#[tokio::test(start_paused = true)]
async fn another_active_contact_of_the_company_keeps_access() {
    let (acme, company, ann) = with_ann().await;
    let twin = acme.add_contact(&company, "Ann R.", "ANN@harbour.example");
    acme.run().await;
    let user = acme.user_of(&ann).await;
    assert_eq!(acme.user_of(&twin).await.id, user.id, "one address in one company is one person");
    assert_eq!(acme.why(&twin).await, "linked to the user with its e-mail address, role unchanged");

    acme.change("users", &ann, json!({ "inactive": true }));
    acme.run().await;
    assert_eq!(acme.access(&ann).await, Access::Active);
    acme.change("users", &twin, json!({ "inactive": true }));
    acme.run().await;
    assert_eq!(acme.access(&ann).await, Access::Suspended);
    acme.change("users", &twin, json!({ "inactive": false }));
    acme.run().await;
    assert_eq!(acme.access(&ann).await, Access::Active);
}

#[tokio::test(start_paused = true)]
async fn a_user_made_by_hand_is_linked_and_otherwise_left_alone() {
    let acme = Acme::up_to_date(import_all()).await;
    let company = acme.add_company("Harbour Ltd");
    acme.run().await;
    let portal = acme.company_of(&company).await;
    let made = acme.make_user("Ann", &portal.id, "ann@harbour.example").await;
    let ann = acme.add_contact(&company, "Ann Reed", "Ann@Harbour.example");
    acme.run().await;
    let linked = acme.user_of(&ann).await;
    let untouched = |user: &User| User { contacts: Vec::new(), version: 1, ..user.clone() };
    assert_eq!(untouched(&linked), made);
    assert_eq!((linked.origin, linked.contacts.len()), (Origin::Manual, 1));

    acme.change("users", &ann, json!({ "inactive": true, "name": "Somebody", "emailaddress": "new@harbour.example" }));
    acme.run().await;
    assert_eq!(untouched(&acme.user_of(&ann).await), made);
    acme.unlink(&portal.id, &company).await;
    acme.wake().await;
    assert_eq!(untouched(&acme.user_of(&ann).await), made);
}

#[tokio::test(start_paused = true)]
async fn access_removed_by_an_admin_stays_removed_and_blocks_importing_again() {
    let (acme, company, ann) = with_ann().await;
    acme.admin_sets(&ann, |user| {
        user.access = Access::Removed;
        user.access_decided = true;
    })
    .await;
    acme.change("users", &ann, json!({ "title": "Director" }));
    acme.run().await;
    assert_eq!(acme.access(&ann).await, Access::Removed);

    acme.delete("users", &ann);
    acme.resync().await;
    acme.resync().await;
    let again = acme.add_contact(&company, "Ann Reed", "ann@harbour.example");
    acme.run().await;
    assert_eq!(acme.user_of(&again).await.id, acme.user_of(&ann).await.id);
    assert_eq!(acme.access(&again).await, Access::Removed);

    acme.admin_sets(&again, |user| {
        user.access = Access::Active;
        user.access_decided = false;
    })
    .await;
    acme.change("users", &again, json!({ "title": "Chair" }));
    acme.run().await;
    assert_eq!(acme.access(&again).await, Access::Active);
}

#[tokio::test(start_paused = true)]
async fn a_changed_address_follows_the_person() {
    let (acme, company, ann) = with_ann().await;
    let before = acme.user_of(&ann).await;
    acme.change("users", &ann, json!({ "emailaddress": "ann.marsh@harbour.example" }));
    acme.run().await;
    let after = acme.user_of(&ann).await;
    let expected = User { email: "ann.marsh@harbour.example".to_owned(), version: 2, ..before };
    assert_eq!(after, expected);
    // The old address is free again.
    let other = acme.add_contact(&company, "Ann Other", "ann@harbour.example");
    acme.run().await;
    assert_ne!(acme.user_of(&other).await.id, after.id);
}

#[tokio::test(start_paused = true)]
async fn an_address_that_a_contact_changes_to_and_somebody_has_is_not_taken_over() {
    let (acme, company, ann) = with_ann().await;
    let ben = acme.add_contact(&company, "Ben Hill", "ben@harbour.example");
    acme.run().await;
    acme.change("users", &ann, json!({ "emailaddress": "ben@harbour.example" }));
    acme.run().await;
    assert_eq!(acme.user_of(&ann).await.email, "ann@harbour.example");
    assert_eq!(acme.user_of(&ben).await.email, "ben@harbour.example");
}

#[tokio::test(start_paused = true)]
async fn a_second_contact_of_one_address_that_gets_its_own_does_not_rename_the_first() {
    let (acme, company, ann) = with_ann().await;
    let twin = acme.add_contact(&company, "Ben Hill", "ann@harbour.example");
    acme.run().await;
    acme.change("users", &twin, json!({ "emailaddress": "ben@harbour.example" }));
    acme.run().await;
    let user = acme.user_of(&ann).await;
    assert_eq!((user.name.as_str(), user.email.as_str()), ("Ann Reed", "ann@harbour.example"));
}

#[tokio::test(start_paused = true)]
async fn an_address_known_at_another_company_is_skipped() {
    let (acme, _, _) = with_ann().await;
    let other = acme.add_company("Quay Ltd");
    let double = acme.add_contact(&other, "Ann Reed", "ann@harbour.example");
    acme.run().await;
    assert_eq!(acme.why(&double).await, "its e-mail address belongs to a user of another company");
    assert_eq!(acme.maybe_user_of(&double).await, None);
}

#[tokio::test(start_paused = true)]
async fn of_two_contacts_with_one_address_the_active_then_the_primary_then_the_older_is_the_person() {
    let mut options = import_all();
    options.auto_import.primary_role = Some(crate::acme::role("admin"));
    let acme = Acme::up_to_date(options).await;
    let (one, two, three) = (acme.add_company("One Ltd"), acme.add_company("Two Ltd"), acme.add_company("Three Ltd"));
    let older = acme.add_contact(&one, "Older", "info@one.example");
    let younger = acme.add_contact(&one, "Younger", "info@one.example");
    let plain = acme.add_contact(&two, "Plain", "info@two.example");
    let primary = acme.add_contact(&two, "Primary", "info@two.example");
    let id: i64 = primary.as_str().parse().unwrap();
    acme.change("sites", &ExternalId::new(two.site.to_string()), json!({ "maincontact_id": id }));
    let away = acme.add_contact(&three, "Away", "info@three.example");
    acme.change("users", &away, json!({ "inactive": true }));
    let here = acme.add_contact(&three, "Here", "info@three.example");
    acme.run().await;
    for (first, second, role) in [(&older, &younger, "standard"), (&primary, &plain, "admin")] {
        let user = acme.user_of(first).await;
        assert_eq!(user.role.as_str(), role);
        assert_eq!(user, acme.user_of(second).await);
        assert_eq!(user.contacts.len(), 2);
    }
    assert_eq!(acme.user_of(&older).await.name, "Older");
    assert_eq!(acme.user_of(&primary).await.name, "Primary");
    assert_eq!(acme.user_of(&here).await.name, "Here");
    assert_eq!(acme.why(&away).await, "inactive at the vendor");
}
