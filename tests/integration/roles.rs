//! Which role a new contact gets, by which step of the chain, and who is never imported.

use domain::id::ExternalId;
use domain::options::{AutoImport, Options, TypeRule};
use domain::record::RecordType;
use domain::role::RoleSource;
use serde_json::json;
use store::activity::By;

use crate::acme::{Acme, HaloCompany, id_of, import_all, role};

/// Halo's user roles serve as contact types; 3 is "Billing Contact", 2 is "Site Manager".
const BILLING: &str = "3";

fn rules(change: impl FnOnce(&mut AutoImport)) -> Options {
    let mut options = import_all();
    options.auto_import.type_rules =
        vec![TypeRule { contact_type: "billing contact".to_owned(), role: role("billing") }];
    options.auto_import.primary_role = Some(role("admin"));
    change(&mut options.auto_import);
    options
}

impl Acme {
    fn add_typed(&self, company: &HaloCompany, name: &str, roles: &str) -> ExternalId {
        let email = format!("{}@harbour.example", name.to_lowercase());
        let fields = json!({ "name": name, "emailaddress": email, "site_id": company.site, "role_list": roles });
        id_of(&self.add("users", fields))
    }

    fn make_primary(&self, company: &HaloCompany, contact: &ExternalId) {
        let id: i64 = contact.as_str().parse().unwrap();
        self.change("sites", &ExternalId::new(company.site.to_string()), json!({ "maincontact_id": id }));
    }

    async fn override_role(&self, company: &HaloCompany, choice: &str) {
        let portal = self.company_of(company).await;
        self.connected.store.save_import_role(&portal, Some(role(choice)), By::System).await.unwrap();
    }

    async fn source(&self, contact: &ExternalId) -> Option<RoleSource> {
        self.record(RecordType::Contacts, contact).await?.body.import?.source
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_step_that_applies_gives_the_role() {
    let acme = Acme::up_to_date(rules(|_| {})).await;
    let (plain, over) = (acme.add_company("Harbour Ltd"), acme.add_company("Quay Ltd"));
    acme.run().await;
    acme.override_role(&over, "viewer").await;

    let anybody = acme.add_typed(&plain, "Ann", "1");
    let primary = acme.add_typed(&plain, "Ben", "1");
    acme.make_primary(&plain, &primary);
    let billing = acme.add_typed(&plain, "Cleo", "1,3");
    let everything = acme.add_typed(&over, "Dora", BILLING);
    acme.make_primary(&over, &everything);
    acme.run().await;

    for (contact, role, source, why) in [
        (&anybody, "standard", RoleSource::Default, "imported as Standard User (integration default)"),
        (&primary, "admin", RoleSource::Primary, "imported as Company Admin (primary-contact rule)"),
        (&billing, "billing", RoleSource::TypeRule, "imported as Billing (contact-type rule)"),
        (&everything, "viewer", RoleSource::CompanyOverride, "imported as Viewer (company override)"),
    ] {
        assert_eq!(acme.user_of(contact).await.role.as_str(), role);
        assert_eq!(acme.source(contact).await, Some(source));
        assert_eq!(acme.why(contact).await, why);
    }
}

#[tokio::test(start_paused = true)]
async fn a_primary_contact_with_a_named_type_gets_the_role_of_the_type() {
    let acme = Acme::up_to_date(rules(|_| {})).await;
    let company = acme.add_company("Harbour Ltd");
    let both = acme.add_typed(&company, "Ann", BILLING);
    acme.make_primary(&company, &both);
    acme.run().await;
    assert_eq!(acme.user_of(&both).await.role.as_str(), "billing");
}

#[tokio::test(start_paused = true)]
async fn of_several_types_the_rule_listed_first_wins() {
    let options = rules(|rules| {
        rules.type_rules.insert(0, TypeRule { contact_type: "Site Manager".to_owned(), role: role("admin") });
    });
    let acme = Acme::up_to_date(options).await;
    let company = acme.add_company("Harbour Ltd");
    let both = acme.add_typed(&company, "Ann", "3,2");
    acme.run().await;
    assert_eq!(acme.why(&both).await, "imported as Company Admin (contact-type rule)");
}

#[tokio::test(start_paused = true)]
async fn do_not_import_may_stand_at_every_step() {
    for (options, over, why) in [
        (rules(|_| {}), Some("do_not_import"), "the company override says: do not import"),
        (
            rules(|rules| rules.type_rules[0].role = role("do_not_import")),
            None,
            "the contact-type rule says: do not import",
        ),
        (
            rules(|rules| {
                rules.type_rules.clear();
                rules.primary_role = Some(role("do_not_import"));
            }),
            None,
            "the primary-contact rule says: do not import",
        ),
        (
            rules(|rules| {
                rules.type_rules.clear();
                rules.primary_role = None;
                rules.default_role = Some(role("do_not_import"));
            }),
            None,
            "the integration default says: do not import",
        ),
        (
            rules(|rules| {
                rules.type_rules.clear();
                rules.primary_role = None;
                rules.default_role = None;
            }),
            None,
            "no role applies",
        ),
        (
            rules(|rules| rules.type_rules[0].role = role("retired")),
            None,
            "the role \"retired\" given by the contact-type rule no longer exists",
        ),
    ] {
        let acme = Acme::up_to_date(options).await;
        let company = acme.add_company("Harbour Ltd");
        acme.run().await;
        if let Some(choice) = over {
            acme.override_role(&company, choice).await;
        }
        let contact = acme.add_typed(&company, "Ann", BILLING);
        acme.make_primary(&company, &contact);
        acme.run().await;
        assert_eq!(acme.why(&contact).await, why);
        assert_eq!(acme.maybe_user_of(&contact).await, None);
        assert_eq!(acme.company_of(&company).await.users, 0);
    }
}

#[tokio::test(start_paused = true)]
async fn an_override_set_later_applies_to_the_next_new_contact_and_to_nobody_before() {
    let acme = Acme::up_to_date(rules(|_| {})).await;
    let company = acme.add_company("Harbour Ltd");
    let before = acme.add_typed(&company, "Ann", "1");
    acme.run().await;
    acme.override_role(&company, "viewer").await;
    let after = acme.add_typed(&company, "Ben", "1");
    acme.change("users", &before, json!({ "title": "Director" }));
    acme.run().await;
    assert_eq!(acme.user_of(&before).await.role.as_str(), "standard");
    assert_eq!(acme.user_of(&after).await.role.as_str(), "viewer");
}

#[tokio::test(start_paused = true)]
async fn a_rule_added_later_imports_contacts_that_found_no_role() {
    let acme = Acme::up_to_date(rules(|rules| rules.default_role = None)).await;
    let company = acme.add_company("Harbour Ltd");
    let contact = acme.add_typed(&company, "Ann", "1");
    acme.run().await;
    assert_eq!(acme.why(&contact).await, "no role applies");
    acme.choose(|options| options.auto_import.default_role = Some(role("viewer"))).await;
    acme.run().await;
    assert_eq!(acme.user_of(&contact).await.role.as_str(), "viewer");
}

#[tokio::test(start_paused = true)]
async fn who_has_no_address_an_excluded_one_or_is_a_placeholder_is_not_imported() {
    let acme = Acme::up_to_date(rules(|_| {})).await;
    let company = acme.add_company("Harbour Ltd");
    let nameless = acme.add_contact(&company, "No Address", "");
    let odd = acme.add_contact(&company, "Odd Address", "ask me");
    let robot = acme.add_contact(&company, "Robot", "NoReply@harbour.example");
    let away = acme.add_contact(&company, "Away", "away@harbour.example");
    acme.change("users", &away, json!({ "inactive": true }));
    let service = acme.add_contact(&company, "Backup Job", "backup@harbour.example");
    acme.change("users", &service, json!({ "isserviceaccount": true }));
    acme.run().await;
    assert_eq!(acme.why(&nameless).await, "it has no e-mail address");
    assert_eq!(acme.why(&odd).await, "its e-mail address cannot be one");
    assert_eq!(acme.why(&robot).await, "its e-mail address is excluded by \"noreply@*\"");
    assert_eq!(acme.why(&away).await, "inactive at the vendor");
    assert_eq!(acme.why(&service).await, "not mirrored", "Halo keeps service accounts out of the list");

    let dump = acme.halo.dump();
    let general = dump["users"].as_array().unwrap().iter().filter(|user| user["name"] == "General User");
    for user in general {
        assert_eq!(acme.maybe_user_of(&id_of(user)).await, None);
    }
    assert_eq!(acme.company_of(&company).await.users, 0);
}
