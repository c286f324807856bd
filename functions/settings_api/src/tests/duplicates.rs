//! Duplicates: what is found of each kind, and ignored until something joins it.

use domain::record::{Company, Device, RecordData, RecordType};
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::harness::{Api, Call, halo};
use super::imports::record;
use super::links::{made, mirror_contacts};
use super::quick_match::mirror;

async fn list(api: &Api, query: &str) -> Vec<Value> {
    api.get(&format!("/v1/duplicates?{query}")).await.expect(200)["items"].as_array().unwrap().clone()
}

/// What is shared, and by whom.
async fn told(api: &Api, query: &str) -> Vec<String> {
    let line = |group: &Value| {
        let members = group["members"].as_array().unwrap().iter().map(|member| member["name"].as_str().unwrap());
        format!("{} {}: {}", group["reason"], group["value"], members.collect::<Vec<_>>().join(", "))
    };
    list(api, query).await.iter().map(line).collect()
}

async fn ignore(api: &Api, method: &'static str, id: &Value) -> u64 {
    api.send(Call::new(method, &format!("/v1/duplicates/{}/ignored", id.as_str().unwrap()))).await.status
}

#[tokio::test]
async fn vendor_companies_of_one_name_or_domain_are_told_with_what_they_are_linked_to() {
    let api = Api::new().await;
    api.connect().await;
    let named = |name: &str, domain: &str| Company {
        name: name.to_owned(),
        domains: vec![domain.to_owned()],
        ..Company::default()
    };
    let companies = [
        ("1", named("Harbour Ltd", "harbour.example")),
        ("2", Company { subtitle: Some("Leeds".to_owned()), ..named("HARBOUR", "gmail.com") }),
        ("3", named("Boats", "www.harbour.example")),
        ("4", named("Quay", "gmail.com")),
    ];
    mirror(&api, &halo(), &companies).await;
    let portal = made(&api, "Harbour").await;
    api.send(Call::new("PUT", &format!("/v1/companies/{portal}/links/halo-psa/1"))).await.expect(200);
    let found = api.get("/v1/duplicates?kind=vendor_companies").await;
    assert_snapshot!(found.to_string().replace(&portal, "co_1"), @r##"
    200
    {
      "items": [
        {
          "connector": "halo-psa",
          "count": 2,
          "id": "vendor_companies.halo-psa.3236276c2c7c36f3b232512e8c058254",
          "ignored": false,
          "kind": "vendor_companies",
          "members": [
            {
              "connector": "halo-psa",
              "external_id": "1",
              "linked_to": {
                "company_id": "co_1",
                "name": "Harbour"
              },
              "name": "Harbour Ltd"
            },
            {
              "connector": "halo-psa",
              "external_id": "2",
              "name": "HARBOUR",
              "subtitle": "Leeds"
            }
          ],
          "reason": "name",
          "value": "harbour"
        },
        {
          "connector": "halo-psa",
          "count": 2,
          "id": "vendor_companies.halo-psa.4defd7750608ca626c3afdd3badc6548",
          "ignored": false,
          "kind": "vendor_companies",
          "members": [
            {
              "connector": "halo-psa",
              "external_id": "1",
              "linked_to": {
                "company_id": "co_1",
                "name": "Harbour"
              },
              "name": "Harbour Ltd"
            },
            {
              "connector": "halo-psa",
              "external_id": "3",
              "name": "Boats"
            }
          ],
          "reason": "domain",
          "value": "harbour.example"
        }
      ],
      "next_cursor": null
    }
    "##);
}

#[tokio::test]
async fn contacts_and_devices_share_what_only_one_of_them_should_have() {
    let api = Api::new().await;
    let contacts =
        [("Ann", "1", "Info@harbour.example"), ("Ben", "2", "info@harbour.example"), ("Cy", "1", "cy@x.example")];
    mirror_contacts(&api, &contacts).await;
    let devices: Vec<_> = [
        ("pc-1", "PF-0XK19Z"),
        ("pc-2", "pf0xk19z"),
        ("pc-3", "To be filled by O.E.M."),
        ("pc-4", "To be filled by O.E.M."),
        ("pc-5", "Default string"),
        ("pc-6", "Default string"),
    ]
    .iter()
    .map(|(name, serial)| {
        let device = Device {
            name: (*name).to_owned(),
            company: Some("s1".into()),
            serial_number: Some((*serial).to_owned()),
            ..Device::default()
        };
        record(&api, name, name, Some(RecordData::Device(Box::new(device))))
    })
    .collect();
    api.store().put_records(&"datto-rmm".into(), RecordType::Devices, &devices).await.unwrap();
    assert_eq!(told(&api, "kind=contacts").await, [r#""email" "info@harbour.example": Ann, Ben"#]);
    let has_devices = catalog::DESCRIPTORS
        .iter()
        .any(|descriptor| descriptor.id == "datto-rmm" && descriptor.record_type(RecordType::Devices).is_some());
    let expected: &[&str] = if has_devices { &[r#""serial" "PF0XK19Z": pc-1, pc-2"#] } else { &[] };
    assert_eq!(told(&api, "kind=devices").await, expected);
}

#[tokio::test]
async fn what_is_ignored_stays_so_until_something_joins_it() {
    let api = Api::new().await;
    for _ in 0..2 {
        made(&api, "Harbour").await;
        made(&api, "Quay").await;
    }
    let found = list(&api, "kind=companies").await;
    assert_eq!(
        told(&api, "kind=companies").await,
        [r#""name" "harbour": Harbour, Harbour"#, r#""name" "quay": Quay, Quay"#]
    );
    let harbour = &found[0]["id"];
    assert_eq!(ignore(&api, "PUT", harbour).await, 204);
    assert_eq!(ignore(&api, "PUT", harbour).await, 204, "again: nothing");
    assert_eq!(told(&api, "kind=companies").await, [r#""name" "quay": Quay, Quay"#]);
    let ignored = list(&api, "kind=companies&ignored=true").await;
    assert_eq!((ignored.len(), &ignored[0]["id"], &ignored[0]["ignored"]), (1, harbour, &json!(true)));

    let third = made(&api, "Harbour Ltd").await;
    assert_eq!(list(&api, "kind=companies").await.len(), 2, "another one joined");
    api.delete(&format!("/v1/companies/{third}")).await.expect(204);
    assert_eq!(list(&api, "kind=companies").await.len(), 1, "and left");

    assert_eq!(ignore(&api, "DELETE", harbour).await, 204);
    assert_eq!(ignore(&api, "DELETE", harbour).await, 404);
    assert_eq!(list(&api, "kind=companies").await.len(), 2);
    for unknown in ["companies.0", "contacts.halo-psa.0", "planets.1", "x"] {
        assert_eq!(ignore(&api, "PUT", &json!(unknown)).await, 404, "{unknown}");
    }
}

#[tokio::test]
async fn pages_of_duplicates_are_parts_of_the_whole() {
    let api = Api::new().await;
    let companies =
        ["A", "B", "C", "D"].map(|name| (name, Company { name: format!("Co {name}"), ..Company::default() }));
    let twice: Vec<(String, Company)> =
        companies.iter().flat_map(|(id, company)| [1, 2].map(|n| (format!("{id}{n}"), company.clone()))).collect();
    let twice: Vec<(&str, Company)> = twice.iter().map(|(id, company)| (id.as_str(), company.clone())).collect();
    mirror(&api, &halo(), &twice).await;
    mirror(&api, &"syncro".into(), &twice).await;
    made(&api, "Twin").await;
    made(&api, "Twin").await;
    let whole = list(&api, "").await;
    assert_eq!(whole.len(), 9);
    let mut items = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = api.get(&format!("/v1/duplicates?limit=3{cursor}")).await.expect(200);
        items.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(items, whole);
    assert_eq!(api.get("/v1/duplicates?kind=planets").await.pointers(), ["/kind"]);
    assert_eq!(api.get("/v1/duplicates?ignored=maybe").await.pointers(), ["/ignored"]);
}

#[tokio::test]
async fn one_kind_reads_its_own_lists_and_no_record_that_is_not_shown() {
    let api = Api::new().await;
    let contacts: Vec<(String, String)> =
        (0..40).map(|n| (format!("c{n}"), format!("c{}@x.example", n.max(1)))).collect();
    let contacts: Vec<(&str, &str, &str)> =
        contacts.iter().map(|(id, email)| (id.as_str(), "1", email.as_str())).collect();
    mirror_contacts(&api, &contacts).await;
    let (api, requests) = api.counted();
    assert_eq!(list(&api, "kind=contacts").await.len(), 1);
    let sent = requests.requests();
    let with_contacts =
        catalog::DESCRIPTORS.iter().filter(|descriptor| descriptor.record_type(RecordType::Contacts).is_some()).count()
            as u64;
    assert_eq!((sent.query, sent.writes()), (1 + with_contacts, 0), "what is ignored, and a list of each vendor");
    assert_eq!(sent.items_read, 40 + 2, "every entry of the lists, and two contacts");
}
