//! Links: what would follow, one in place of another, where a company has nothing, and what is suggested.

use domain::record::{Company, Contact, Device, RecordData, RecordType, Ticket};
use insta::assert_snapshot;
use serde_json::{Value, json};
use store::memory::Fault;

use super::harness::{Api, Call, HALO, Reply, halo};
use super::imports::{mirror_companies, record};
use super::outbox::{mirror_tickets, printer};
use super::quick_match::{mirror, portal};

pub(super) async fn made(api: &Api, name: &str) -> String {
    let company = api.post("/v1/companies", &json!({ "name": name })).await.expect(201);
    company["id"].as_str().unwrap().to_owned()
}

fn path(company: &str, external: &str) -> String {
    format!("/v1/companies/{company}/links/halo-psa/{external}")
}

async fn put(api: &Api, path: &str) -> Reply {
    api.send(Call::new("PUT", path)).await
}

async fn linked(api: &Api, company: &str) -> Vec<String> {
    let links = api.get(&format!("/v1/companies/{company}")).await.expect(200)["links"]["halo-psa"].clone();
    links.as_array().into_iter().flatten().map(|link| link["external_id"].as_str().unwrap().to_owned()).collect()
}

pub(super) async fn mirror_contacts(api: &Api, contacts: &[(&str, &str, &str)]) {
    let contacts: Vec<_> = contacts
        .iter()
        .map(|(id, company, email)| {
            let contact = Contact {
                name: (*id).to_owned(),
                email: Some((*email).to_owned()),
                company: Some((*company).into()),
                ..Contact::default()
            };
            record(api, id, id, Some(RecordData::Contact(contact)))
        })
        .collect();
    api.store().put_records(&halo(), RecordType::Contacts, &contacts).await.unwrap();
}

async fn mirror_devices(api: &Api, devices: &[(&str, &str)]) {
    let devices: Vec<_> = devices
        .iter()
        .map(|(id, company)| {
            let device = Device { name: (*id).to_owned(), company: Some((*company).into()), ..Device::default() };
            record(api, id, id, Some(RecordData::Device(Box::new(device))))
        })
        .collect();
    api.store().put_records(&halo(), RecordType::Devices, &devices).await.unwrap();
}

/// Two vendor companies with contacts, tickets and devices, and a portal company.
async fn world() -> (Api, String) {
    let api = Api::new().await;
    api.connect().await;
    api.save_options(&json!({ "auto_import": { "enabled": true, "default_role": "standard" } })).await.expect(200);
    mirror_companies(&api, &[("1", "Harbour"), ("2", "Quay")]).await;
    mirror_contacts(
        &api,
        &[("11", "1", "ann@harbour.example"), ("12", "1", "ben@harbour.example"), ("21", "2", "q@q.example")],
    )
    .await;
    let of = |company: &str| Ticket { company: Some(company.into()), ..printer() };
    mirror_tickets(&api, &[("17", of("1")), ("18", of("1")), ("19", of("2"))]).await;
    mirror_devices(&api, &[("d1", "2")]).await;
    let company = made(&api, "Harbour").await;
    (api, company)
}

#[tokio::test]
async fn consequences_are_told_and_nothing_is_changed() {
    let (api, harbour) = world().await;
    let before = api.table.items().len();
    assert_snapshot!(put(&api, &path(&harbour, "1?dry_run=true")).await, @r##"
    200
    {
      "devices": {
        "hidden": 0,
        "shown": 0
      },
      "lines": [
        "Imports 2 contacts.",
        "Shows 2 tickets."
      ],
      "tickets": {
        "hidden": 0,
        "shown": 2
      },
      "users": {
        "imported": 2,
        "restored": 0,
        "suspended": 0
      }
    }
    "##);
    assert_eq!(linked(&api, &harbour).await, Vec::<String>::new());
    assert_eq!(api.table.items().len(), before);
    put(&api, &path(&harbour, "1")).await.expect(200);
    assert_eq!(put(&api, &path(&harbour, "1?dry_run=true")).await.expect(200)["lines"], json!([]), "it is linked");
    let swap = put(&api, &path(&harbour, "2?swap=1&dry_run=true")).await.expect(200);
    assert_eq!(swap["lines"], json!(["Imports 1 contact.", "Hides 2 tickets.", "Shows 1 ticket.", "Shows 1 device."]));
    let unlink = api.delete(&path(&harbour, "1?dry_run=true")).await.expect(200);
    assert_eq!(unlink["lines"], json!(["Hides 2 tickets."]));
    assert_eq!(linked(&api, &harbour).await, ["1"]);
    assert_eq!(put(&api, &path(&harbour, "1?dry_run=maybe")).await.pointers(), ["/dry_run"]);
}

#[tokio::test]
async fn a_dry_run_is_refused_as_the_change_would_be() {
    let (api, harbour) = world().await;
    let other = made(&api, "Other").await;
    put(&api, &path(&harbour, "1")).await.expect(200);
    let refused = put(&api, &path(&other, "1?dry_run=true")).await.expect(409);
    assert_eq!(refused["linked_to"], json!({ "company_id": harbour, "name": "Harbour" }));
    api.delete(&path(&other, "1?dry_run=true")).await.expect(404);
    put(&api, &path(&other, "2?swap=1&dry_run=true")).await.expect(409);
}

#[tokio::test]
async fn a_swap_replaces_in_one_step() {
    let (api, harbour) = world().await;
    put(&api, &path(&harbour, "1")).await.expect(200);
    api.forget_messages();
    let swapped = put(&api, &path(&harbour, "2?swap=1")).await.expect(200);
    assert_eq!(swapped["links"]["halo-psa"], json!([{ "external_id": "2", "name": "Quay", "state": "ok" }]));
    assert_eq!(api.queue.take().len(), 1);
    assert_eq!(put(&api, &path(&harbour, "2?swap=1")).await.expect(200), swapped, "again: it is done");
    put(&api, &path(&harbour, "1?swap=7")).await.expect(409);
    assert_eq!(linked(&api, &harbour).await, ["2"]);
}

#[tokio::test]
async fn a_swap_killed_at_any_write_is_before_or_after_and_its_entry_with_it() {
    for fault in [Fault::Fail, Fault::LoseAnswer, Fault::KillBefore, Fault::KillAfter] {
        for write in 1.. {
            let (api, harbour) = world().await;
            put(&api, &path(&harbour, "1")).await.expect(200);
            let api = api.reopened();
            let faults = api.table.faults();
            faults.at_write(write, fault);
            faults.run(put(&api, &path(&harbour, "2?swap=1"))).await;
            let was_reached = faults.writes() >= write;
            let api = api.reopened();
            let swapped = linked(&api, &harbour).await == ["2"];
            assert!(swapped || linked(&api, &harbour).await == ["1"], "{fault:?} at write {write}");
            let entries = api.get(&format!("/v1/activity?object=company:{harbour}")).await.text;
            assert_eq!(entries.contains("company.link_swapped"), swapped, "{fault:?} at write {write}");
            put(&api, &path(&harbour, "2?swap=1")).await.expect(200);
            assert_eq!(linked(&api, &harbour).await, ["2"]);
            if !was_reached {
                break;
            }
        }
    }
}

#[tokio::test]
async fn two_people_at_once_get_one_link_and_one_refusal() {
    let (api, harbour) = world().await;
    let quay = made(&api, "Quay").await;
    let (one, two) = (path(&harbour, "1"), path(&quay, "1"));
    let (first, second) = tokio::join!(put(&api, &one), put(&api, &two));
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    let refused = if first.status == 409 { first } else { second };
    assert!(refused.json()["linked_to"]["company_id"].is_string());
}

#[tokio::test]
async fn nothing_there_is_said_and_taken_back_by_linking() {
    let (api, harbour) = world().await;
    let cell = format!("/v1/companies/{harbour}/links/halo-psa");
    let said = api.put(&cell, &json!({ "not_integrated": true })).await.expect(200);
    assert_eq!(said["not_integrated"], json!(["halo-psa"]));
    assert_eq!(api.get("/v1/companies?missing=halo-psa").await.json()["total"], 0, "it is not missing");
    assert_eq!(put(&api, &path(&harbour, "1")).await.expect(200)["not_integrated"], json!([]));
    let refused = api.put(&cell, &json!({ "not_integrated": true })).await.expect(409);
    assert_eq!(refused["detail"], "\"Harbour\" is linked in Halo PSA. Unlink it first.");
    api.put(&cell, &json!({ "not_integrated": false })).await.expect(200);
    assert_eq!(api.put(&cell, &json!({})).await.status, 422);
    assert_eq!(
        api.put(&format!("/v1/companies/{harbour}/links/none"), &json!({ "not_integrated": true })).await.status,
        404
    );
}

#[tokio::test]
async fn a_disconnected_integration_keeps_its_links() {
    let (api, harbour) = world().await;
    put(&api, &path(&harbour, "1")).await.expect(200);
    api.post(&format!("{HALO}/disconnect"), &json!({ "data": "keep", "confirm": "Halo PSA" })).await.expect(202);
    for call in [
        Call::new("PUT", &path(&harbour, "2?swap=1")),
        Call::new("PUT", &path(&harbour, "2?swap=1&dry_run=true")),
        Call::new("PUT", &path(&harbour, "2")),
        Call::new("DELETE", &path(&harbour, "1")),
    ] {
        assert_eq!(api.send(call.clone()).await.status, 409, "{call:?}");
    }
    assert_eq!(linked(&api, &harbour).await, ["1"]);
}

#[tokio::test]
async fn unlinked_companies_carry_what_they_most_likely_are() {
    let api = Api::new().await;
    api.connect().await;
    portal(&api, &["Northwind Traders", "Contoso", "Contoso Ltd"]).await;
    let named = |name: &str| Company { name: name.to_owned(), ..Company::default() };
    let off = Company { inactive: true, ..named("Zebra") };
    mirror(&api, &halo(), &[("1", named("Northwind Traders Inc")), ("2", named("Contoso AG")), ("3", off)]).await;
    let list = async |query: &str| api.get(&format!("{HALO}/companies?{query}")).await.expect(200)["items"].clone();
    let told = |items: &Value| {
        let items = items.as_array().unwrap().iter();
        items.map(|item| format!("{} {}", item["name"], item["suggestion"]["name"])).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(
        told(&list("suggest=true").await),
        r#""Contoso AG" null, "Northwind Traders Inc" "Northwind Traders", "Zebra" null"#,
        "what is ambiguous is not suggested"
    );
    assert_eq!(told(&list("suggest=true&search=north").await), r#""Northwind Traders Inc" "Northwind Traders""#);
    assert_eq!(told(&list("search=north").await), r#""Northwind Traders Inc" null"#);
    assert_eq!(told(&list("inactive=true").await), r#""Zebra" null"#);
    assert_eq!(told(&list("inactive=false&search=o").await), r#""Contoso AG" null, "Northwind Traders Inc" null"#);
}
