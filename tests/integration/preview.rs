//! The preview of an import is what the next run does.

use std::collections::BTreeMap;

use domain::admission::Refusal;
use domain::id::ExternalId;
use domain::options::{AutoImport, CompanyImport, Options, TypeRule};
use domain::record::RecordType;
use domain::role::RoleSource;
use serde_json::json;
use store::memory::MemoryTable;
use sync::preview::{Kind, Outcome, Preview, Window, preview};

use crate::acme::{Acme, HaloCompany, id_of, import_all, role};

const ALL: Window = Window { skip: 0, limit: 10_000, kind: None };

/// Everything is read, nobody is imported.
fn looking_only() -> Options {
    Options { company_import: CompanyImport::Choose, auto_import: AutoImport::default(), ..import_all() }
}

/// Rules of every step.
fn rules() -> Options {
    let mut options = import_all();
    options.auto_import.type_rules =
        vec![TypeRule { contact_type: "Billing Contact".to_owned(), role: role("do_not_import") }];
    options.auto_import.primary_role = Some(role("admin"));
    options.auto_import.exclude_emails.push(domain::email::EmailPattern::new("*@excluded.example"));
    options
}

impl Acme {
    async fn preview(&self, options: &Options, window: Window) -> Preview {
        preview(&self.connected.store, &self.connected.id, options, window).await.unwrap()
    }

    fn add_user(&self, company: &HaloCompany, name: &str, email: &str, more: serde_json::Value) -> ExternalId {
        let mut fields = crate::acme::object(json!({ "name": name, "emailaddress": email, "site_id": company.site }));
        fields.extend(crate::acme::object(more));
        id_of(&self.add("users", serde_json::Value::Object(fields)))
    }

    /// What became of every contact, with its kind and in the words of the preview.
    async fn became(&self) -> BTreeMap<ExternalId, (Kind, String)> {
        let page = self.connected.store.record_page(&self.connected.id, RecordType::Contacts, 10_000, None).await;
        let mut became = BTreeMap::new();
        for record in page.unwrap().into_iter().filter(|record| record.live().is_some()) {
            let import = record.body.import.unwrap();
            let said = match (import.user, import.source) {
                (Some(user), Some(source)) => {
                    (Kind::Import, format!("{} by {}", self.user(&user).await.role, source.words()))
                }
                (Some(user), None) => (Kind::Link, format!("stands behind {user}")),
                (None, _) => (Kind::Skip, import.reason),
            };
            became.insert(record.external_id, said);
        }
        became
    }
}

fn said(preview: &Preview) -> BTreeMap<ExternalId, (Kind, String)> {
    let said = |outcome: &Outcome| {
        let words = match outcome {
            Outcome::Import { role, source } => format!("{role} by {}", source.words()),
            Outcome::Link { user } => format!("stands behind {user}"),
            Outcome::Skip(refusal) => refusal.to_string(),
        };
        (outcome.kind(), words)
    };
    preview.items.iter().map(|item| (item.external_id.clone(), said(&item.outcome))).collect()
}

/// A Halo with somebody for every rule.
async fn everybody() -> Acme {
    let acme = Acme::connected(60, looking_only()).await;
    let (harbour, quay) = (acme.add_company("Harbour Ltd"), acme.add_company("Quay Ltd"));
    acme.add_user(&harbour, "Ann", "ann@harbour.example", json!({}));
    acme.add_user(&harbour, "Ann again", "ANN@harbour.example", json!({}));
    acme.add_user(&quay, "Ann elsewhere", "ann@harbour.example", json!({}));
    acme.add_user(&harbour, "Billing", "billing@harbour.example", json!({ "role_list": "3" }));
    acme.add_user(&harbour, "Robot", "noreply@harbour.example", json!({}));
    acme.add_user(&quay, "Excluded", "x@excluded.example", json!({}));
    acme.add_user(&quay, "Gone quiet", "quiet@quay.example", json!({ "inactive": true }));
    acme.add_user(&quay, "Nameless", "", json!({}));
    let held = acme.make_company("co_harbour", "Harbour Ltd").await;
    acme.make_user("us_hand", &held.id, "hand@harbour.example").await;
    acme.add_user(&harbour, "By hand", "hand@harbour.example", json!({}));
    acme.run().await;
    acme.link(&held.id, &harbour).await;
    acme.wake().await;
    acme
}

#[tokio::test(start_paused = true)]
async fn the_next_run_does_what_the_preview_says_of_every_contact() {
    let acme = everybody().await;
    let previewed = acme.preview(&rules(), ALL).await;
    assert!(previewed.complete && !previewed.more);
    acme.choose(|options| *options = rules()).await;
    acme.wake().await;
    let became = acme.became().await;
    assert_eq!(said(&previewed), became);
    let counts = previewed.contacts;
    let of = |wanted: Kind| became.values().filter(|(kind, _)| *kind == wanted).count() as u64;
    assert_eq!((counts.import, counts.link, counts.skip), (of(Kind::Import), of(Kind::Link), of(Kind::Skip)));
    assert_eq!(counts.imported, 0);
    for refusal in [
        Refusal::AddressTaken { by_staff: false },
        Refusal::DoNotImport(RoleSource::TypeRule),
        Refusal::Excluded("noreply@*".to_owned()),
        Refusal::Inactive,
        Refusal::NoAddress,
    ] {
        assert!(became.values().any(|(_, said)| *said == refusal.to_string()), "somebody shows {refusal}: {became:#?}");
    }
    assert!(counts.import > 3 && counts.link >= 2, "{counts:?}");

    let after = acme.preview(&rules(), ALL).await;
    assert_eq!(after.contacts.imported, counts.import + counts.link, "and who is in is not listed again");
    assert_eq!((after.contacts.import, after.contacts.link), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn companies_are_counted_by_what_becomes_of_them() {
    let acme = Acme::connected(0, looking_only()).await;
    let (gone, _) = (acme.add_company("Harbour Ltd"), acme.make_company("co_quay", "Quay Limited").await);
    acme.add_company("Quay Ltd");
    acme.change("clients", &gone.id, json!({ "inactive": true }));
    acme.run().await;
    let before = acme.preview(&looking_only(), ALL).await.companies;
    assert_eq!((before.create, before.link, before.linked), (0, 0, 0), "a person picks: {before:?}");
    let companies = acme.preview(&rules(), ALL).await.companies;
    assert_eq!((companies.create, companies.link, companies.skip, companies.linked), (2, 1, 1, 0), "{companies:?}");
    acme.choose(|options| *options = rules()).await;
    acme.wake().await;
    let after = acme.preview(&rules(), ALL).await.companies;
    assert_eq!((after.create, after.link, after.skip, after.linked), (0, 1, 1, 2), "{after:?}");
}

#[tokio::test(start_paused = true)]
async fn pages_of_a_preview_are_parts_of_the_whole() {
    let acme = everybody().await;
    let whole = acme.preview(&rules(), ALL).await;
    let mut items = Vec::new();
    loop {
        let page = acme.preview(&rules(), Window { skip: items.len(), limit: 7, kind: None }).await;
        assert_eq!((page.contacts, page.companies), (whole.contacts, whole.companies));
        items.extend(page.items);
        if !page.more {
            break;
        }
    }
    assert_eq!(items, whole.items);
    let only = acme.preview(&rules(), Window { kind: Some(Kind::Import), ..ALL }).await.items;
    let imported: Vec<_> = whole.items.into_iter().filter(|item| item.outcome.kind() == Kind::Import).collect();
    assert_eq!(only, imported);
}

#[tokio::test(start_paused = true)]
async fn a_preview_writes_nothing() {
    let acme = everybody().await;
    let items = |table: &MemoryTable| {
        let mut items: Vec<_> =
            table.items().iter().map(|item| format!("{:?}", std::collections::BTreeMap::from_iter(item))).collect();
        items.sort();
        items
    };
    let before = items(&acme.world.table);
    acme.preview(&rules(), ALL).await;
    assert_eq!(items(&acme.world.table), before);
}
