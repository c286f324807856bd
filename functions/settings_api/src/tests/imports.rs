//! What was read from the vendor, and making portal companies of it.

use domain::hash::ContentHash;
use domain::record::{Company, Contact, RecordData, RecordType};
use insta::assert_snapshot;
use serde_json::json;
use store::records::{Import, MirrorRecord, Mirrored, Presence};

use super::harness::{Api, HALO, halo};

/// Mirrors vendor companies, by id and name.
pub(super) async fn mirror_companies(api: &Api, companies: &[(&str, &str)]) {
    let records: Vec<MirrorRecord> = companies
        .iter()
        .map(|(id, name)| {
            let company = Company {
                name: (*name).to_owned(),
                domains: vec![format!("{}.example", name.to_lowercase().replace(' ', "-"))],
                ..Company::default()
            };
            record(api, id, name, Some(RecordData::Company(company)))
        })
        .collect();
    api.store().put_records(&halo(), RecordType::Companies, &records).await.unwrap();
}

/// A mirrored record; without content one that a rule leaves out.
pub(super) fn record(api: &Api, id: &str, name: &str, data: Option<RecordData>) -> MirrorRecord {
    let presence = if data.is_some() { Presence::Live } else { Presence::Skipped };
    MirrorRecord {
        external_id: id.into(),
        hash: ContentHash::of(id.as_bytes(), 1),
        body: Mirrored {
            presence,
            name: name.to_owned(),
            data,
            reason: (presence == Presence::Skipped).then(|| "left out by the option Teams".to_owned()),
            import: None,
            portal: None,
            first_seen_at: api.now(),
            changed_at: api.now(),
        },
        listed: None,
    }
}

#[tokio::test]
async fn nothing_that_was_read_is_out_of_sight() {
    let api = Api::new().await;
    let contact = Contact {
        name: "Ann Ames".to_owned(),
        email: Some("ann@north.example".to_owned()),
        company: Some("12".into()),
        ..Contact::default()
    };
    let mut ann = record(&api, "7", "Ann Ames", Some(RecordData::Contact(contact)));
    ann.body.import = Some(Import { user: None, source: None, reason: "its company is not linked".to_owned() });
    let records = [ann, record(&api, "8", "Printer", None)];
    api.store().put_records(&halo(), RecordType::Contacts, &records).await.unwrap();
    let path = format!("{HALO}/records/contacts");
    assert_snapshot!(api.get(&path).await, @r##"
    200
    {
      "items": [
        {
          "changed_at": "2026-11-22T20:13:22Z",
          "data": {
            "company": "12",
            "email": "ann@north.example",
            "name": "Ann Ames",
            "type": "contact"
          },
          "external_id": "7",
          "first_seen_at": "2026-11-22T20:13:22Z",
          "import": {
            "reason": "its company is not linked"
          },
          "name": "Ann Ames",
          "presence": "live"
        },
        {
          "changed_at": "2026-11-22T20:13:22Z",
          "data": null,
          "external_id": "8",
          "first_seen_at": "2026-11-22T20:13:22Z",
          "name": "Printer",
          "presence": "skipped",
          "reason": "left out by the option Teams"
        }
      ],
      "next_cursor": null
    }
    "##);
    let first = api.get(&format!("{path}?limit=1")).await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = api.get(&format!("{path}?limit=1&cursor={cursor}")).await.expect(200);
    assert_eq!(second["items"][0]["external_id"], "8");
    api.get(&format!("{HALO}/records/sites")).await.expect(200);
    api.get(&format!("{HALO}/records/devices")).await.expect(404);
}

#[tokio::test]
async fn the_vendors_companies_are_searched_and_filtered() {
    let api = Api::new().await;
    let many: Vec<(String, String)> = (0..130).map(|n| (format!("{n:03}"), format!("Company {n:03}"))).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(id, name)| (id.as_str(), name.as_str())).collect();
    mirror_companies(&api, &many).await;
    let path = format!("{HALO}/companies");
    let items = json!({ "items": [{ "external_id": "007" }, { "external_id": "017" }] });
    api.post(&format!("{path}/import"), &items).await.expect(200);
    let ids = async |query: &str| {
        let mut all: Vec<String> = Vec::new();
        let mut next = format!("{path}?{query}");
        loop {
            let page = api.get(&next).await.expect(200);
            let items = page["items"].as_array().unwrap();
            all.extend(items.iter().map(|company| company["external_id"].as_str().unwrap().to_owned()));
            let Some(cursor) = page["next_cursor"].as_str() else { return all };
            next = format!("{path}?{query}&cursor={cursor}");
        }
    };
    assert_eq!(ids("limit=50").await.len(), 130);
    assert_eq!(ids("limit=3&search=y%2011").await.len(), 10);
    assert_eq!(ids("linked=true").await, ["007", "017"]);
    assert_eq!(ids("linked=false&limit=7").await.len(), 128);
    assert_eq!(ids("search=company-042.example").await, ["042"]);
    assert_snapshot!(api.get(&format!("{path}?search=007")).await, @r##"
    200
    {
      "items": [
        {
          "company_id": "co_31763ba3bb785cf1c29425c2",
          "company_name": "Company 007",
          "external_id": "007",
          "inactive": false,
          "name": "Company 007"
        }
      ],
      "next_cursor": null
    }
    "##);
    api.get(&format!("{path}?linked=maybe")).await.expect(422);
}

#[tokio::test]
async fn the_vendors_companies_come_by_name_and_what_fits_a_search_best_comes_first() {
    let api = Api::new().await;
    let companies =
        [("1", "North Harbour"), ("2", "Harbour"), ("3", "Harbourside"), ("4", "acme"), ("5", "Pearl-Harbour")];
    mirror_companies(&api, &companies).await;
    let names = async |query: &str| {
        let page = api.get(&format!("{HALO}/companies{query}")).await.expect(200);
        let items = page["items"].as_array().unwrap().iter();
        items.map(|company| company["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(names("").await, "acme, Harbour, Harbourside, North Harbour, Pearl-Harbour");
    assert_eq!(names("?search=harbour").await, "Harbour, Harbourside, North Harbour, Pearl-Harbour");
    assert_eq!(names("?search=our").await, "Harbour, Harbourside, North Harbour, Pearl-Harbour");
    assert_eq!(names("?search=4").await, "acme", "the id is found, too");
}

#[tokio::test]
async fn what_is_blocked_is_listed_by_connector_and_can_be_unblocked() {
    let api = Api::new().await;
    api.connect().await;
    mirror_companies(&api, &[("1", "North"), ("2", "South"), ("3", "East")]).await;
    let items = json!({ "items": [{ "external_id": "1" }, { "external_id": "2" }] });
    let made = api.post(&format!("{HALO}/companies/import"), &items).await.expect(200);
    for item in made["items"].as_array().unwrap() {
        api.delete(&format!("/v1/companies/{}", item["company_id"].as_str().unwrap())).await.expect(204);
    }
    assert_snapshot!(api.get("/v1/blocked-companies").await, @r##"
    200
    {
      "items": [
        {
          "connector": "halo-psa",
          "external_id": "1",
          "name": "North"
        },
        {
          "connector": "halo-psa",
          "external_id": "2",
          "name": "South"
        }
      ],
      "next_cursor": null
    }
    "##);
    let first = api.get("/v1/blocked-companies?limit=1").await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = api.get(&format!("/v1/blocked-companies?limit=1&cursor={cursor}")).await.expect(200);
    assert_eq!(second["items"][0]["name"], "South");
    let ids = async |query: &str| {
        let page = api.get(&format!("{HALO}/companies?{query}")).await.expect(200);
        let items = page["items"].as_array().unwrap().iter();
        items.map(|company| company["external_id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        (ids("blocked=true").await, ids("blocked=false").await),
        (vec!["1".into(), "2".into()], vec!["3".into()])
    );
    api.forget_messages();
    api.delete("/v1/blocked-companies/halo-psa/1").await.expect(204);
    assert_eq!(api.queue.take().len(), 1, "where all are imported, it is at once");
    assert_eq!(ids("blocked=true").await, ["2"]);
    api.delete("/v1/blocked-companies/halo-psa/1").await.expect(404);
    api.delete("/v1/blocked-companies/halo-psa/99").await.expect(404);
}

#[tokio::test]
async fn companies_are_imported_one_by_one_and_never_twice() {
    let api = Api::new().await;
    api.connect().await;
    api.forget_messages();
    mirror_companies(&api, &[("1", "North"), ("2", "South"), ("3", "")]).await;
    let own = api.post("/v1/companies", &json!({ "name": "South Ltd" })).await.expect(201);
    let items = json!({ "items": [
        { "external_id": "1" },
        { "external_id": "2", "company_id": own["id"] },
        { "external_id": "3" },
        { "external_id": "4" },
    ] });
    let path = format!("{HALO}/companies/import");
    api.bus.take();
    let first = api.post(&path, &items).await.expect(200);
    let results: Vec<_> =
        first["items"].as_array().unwrap().iter().map(|item| item["result"].as_str().unwrap()).collect();
    assert_eq!(results, ["created", "linked", "refused", "refused"]);
    assert_eq!(api.bus.take(), ["company.created"]);
    assert_eq!(api.queue.take().len(), 1);
    let again = api.post(&path, &items).await.expect(200);
    let results: Vec<_> =
        again["items"].as_array().unwrap().iter().map(|item| item["result"].as_str().unwrap()).collect();
    assert_eq!(results, ["already_linked", "already_linked", "refused", "refused"]);
    assert_eq!(api.get("/v1/companies").await.json()["total"], 2);

    let elsewhere = api.post(&path, &json!({ "items": [{ "external_id": "1", "company_id": own["id"] }] })).await;
    assert_eq!(elsewhere.json()["items"][0]["result"], "refused");
    let twice = json!({ "items": [{ "external_id": "1" }, { "external_id": "1" }] });
    assert_eq!(api.post(&path, &twice).await.pointers(), ["/items/1/external_id"]);
    assert_eq!(api.post(&path, &json!({ "items": [] })).await.pointers(), ["/items"]);
}

#[tokio::test]
async fn what_was_deleted_comes_back_only_when_a_person_says_so() {
    let api = Api::new().await;
    mirror_companies(&api, &[("1", "North")]).await;
    let items = json!({ "items": [{ "external_id": "1" }] });
    let path = format!("{HALO}/companies/import");
    let made = api.post(&path, &items).await.expect(200);
    let id = made["items"][0]["company_id"].as_str().unwrap().to_owned();
    api.delete(&format!("/v1/companies/{id}")).await.expect(204);
    assert_eq!(api.store().blocked(&halo()).await.unwrap().len(), 1);
    assert_eq!(api.post(&path, &items).await.json()["items"][0]["result"], "created");
    assert!(api.store().blocked(&halo()).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_was_unlinked_is_not_made_twice_and_nothing_is_announced() {
    let api = Api::new().await;
    api.connect().await;
    mirror_companies(&api, &[("1", "North")]).await;
    let items = json!({ "items": [{ "external_id": "1" }] });
    let path = format!("{HALO}/companies/import");
    let made = api.post(&path, &items).await.expect(200);
    let id = made["items"][0]["company_id"].as_str().unwrap().to_owned();
    api.delete(&format!("/v1/companies/{id}/links/halo-psa/1")).await.expect(200);
    api.bus.take();
    let again = api.post(&path, &items).await.expect(200);
    assert_eq!(again["items"][0]["result"], "refused");
    assert_eq!(again["items"][0]["detail"], "The portal company \"North\" was made of it before: link it to that one.");
    assert_eq!(api.bus.take(), Vec::<&str>::new());
}

#[tokio::test]
async fn a_company_made_and_deleted_twice_is_announced_four_times() {
    let api = Api::new().await;
    mirror_companies(&api, &[("1", "North")]).await;
    let path = format!("{HALO}/companies/import");
    for _ in 0..2 {
        let made = api.post(&path, &json!({ "items": [{ "external_id": "1" }] })).await.expect(200);
        api.delete(&format!("/v1/companies/{}", made["items"][0]["company_id"].as_str().unwrap())).await.expect(204);
    }
    let told = api.bus.take_whole();
    let ids: std::collections::BTreeSet<_> = told.iter().map(|event| &event.id).collect();
    assert_eq!((told.len(), ids.len()), (4, 4));
}
