//! Quick match: what is found, listed and applied.

use domain::id::ConnectionId;
use domain::record::{Company, ForeignId, RecordData, RecordType};
use insta::assert_snapshot;
use serde_json::{Value, json};
use store::activity::By;

use super::harness::{Api, Call, halo};
use super::imports::record;

fn named(name: &str) -> Company {
    Company { name: name.to_owned(), ..Company::default() }
}

/// Mirrors companies of a vendor, by id.
pub(super) async fn mirror(api: &Api, connection: &ConnectionId, companies: &[(&str, Company)]) {
    let records: Vec<_> = companies
        .iter()
        .map(|(id, company)| record(api, id, &company.name, Some(RecordData::Company(company.clone()))))
        .collect();
    api.store().put_records(connection, RecordType::Companies, &records).await.unwrap();
}

pub(super) async fn mirror_named(api: &Api, companies: &[(&str, &str)]) {
    let companies: Vec<_> = companies.iter().map(|(id, name)| (*id, named(name))).collect();
    mirror(api, &halo(), &companies).await;
}

pub(super) async fn portal(api: &Api, names: &[&str]) {
    for name in names {
        api.post("/v1/companies", &json!({ "name": name })).await.expect(201);
    }
}

pub(super) async fn start(api: &Api) -> String {
    let found = api.post("/v1/quick-match", &json!({})).await.expect(201);
    format!("/v1/quick-match/{}", found["id"].as_str().unwrap())
}

/// What each portal company is linked to at the vendor, by name.
pub(super) async fn links(api: &Api) -> Vec<(String, Vec<String>)> {
    let companies = api.store().all_companies().await.unwrap();
    let mut links: Vec<_> = companies
        .into_iter()
        .map(|company| {
            let links = company.links.into_values().flatten().map(|link| link.external_id.to_string());
            (company.name, links.collect())
        })
        .collect();
    links.sort();
    links
}

fn linked(links: &[(&str, &[&str])]) -> Vec<(String, Vec<String>)> {
    let texts = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
    links.iter().map(|(name, ids)| ((*name).to_owned(), texts(ids))).collect()
}

/// Names of both sides and the score of each entry.
fn told(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap().iter();
    items
        .map(|item| {
            let text = |key: &str| item[key].as_str().unwrap_or_default();
            format!("{} {} = {} {}", text("id"), text("name"), text("company_name"), item["score"])
        })
        .collect()
}

#[tokio::test]
async fn what_is_found_is_counted_listed_and_told_with_its_evidence() {
    let api = Api::new().await;
    portal(&api, &["Northwind Traders", "Contoso", "Contoso Ltd", "Fabrikam"]).await;
    let north = Company { domains: vec!["northwind.example".to_owned()], ..named("Nortwhind Traders GmbH") };
    let gone = Company { inactive: true, ..named("Fabrikam") };
    let companies = [
        ("1", north),
        ("2", named("Contoso AG")),
        ("3", named("Tailspin Toys")),
        ("4", gone),
        ("5", named("FABRIKAM")),
    ];
    mirror(&api, &halo(), &companies).await;
    let started = api.post("/v1/quick-match", &json!({ "connectors": ["halo-psa"] })).await;
    let id = started.json()["id"].as_str().unwrap().to_owned();
    assert_snapshot!(started.to_string().replace(&id, "qm_1"), @r##"
    201
    {
      "connectors": [
        {
          "ambiguous": 1,
          "connector": "halo-psa",
          "proposed": 2,
          "vendor_companies": 4
        }
      ],
      "counts": {
        "ambiguous": 1,
        "portal_companies": 4,
        "proposed": 2,
        "unmatched": 1,
        "vendor_companies": 4
      },
      "created_at": "2026-11-22T20:13:22Z",
      "id": "qm_1",
      "kept_until": "2026-11-23T20:13:22Z",
      "scores": [
        {
          "ambiguous": 0,
          "proposed": 1,
          "score": 100
        },
        {
          "ambiguous": 1,
          "proposed": 0,
          "score": 97
        },
        {
          "ambiguous": 0,
          "proposed": 1,
          "score": 92
        }
      ]
    }
    "##);
    let path = format!("/v1/quick-match/{id}");
    let company = |reply: super::harness::Reply| {
        let mut text = reply.to_string();
        while let Some(at) = text.find("\"co_") {
            let end = at + 1 + text[at + 1..].find('"').unwrap();
            text.replace_range(at..=end, "\"(id)\"");
        }
        text
    };
    assert_snapshot!(company(api.get(&format!("{path}/proposals?limit=1")).await), @r##"
    200
    {
      "items": [
        {
          "company_id": "(id)",
          "company_name": "Fabrikam",
          "connector": "halo-psa",
          "evidence": [
            {
              "detail": "same name",
              "kind": "name"
            }
          ],
          "external_id": "5",
          "id": "halo-psa.0",
          "name": "FABRIKAM",
          "score": 100
        }
      ],
      "next_cursor": "MQ",
      "total": 2
    }
    "##);
    assert_snapshot!(company(api.get(&format!("{path}/ambiguous")).await), @r##"
    200
    {
      "items": [
        {
          "candidates": [
            {
              "company_id": "(id)",
              "company_name": "Contoso",
              "evidence": [
                {
                  "detail": "same name but for the legal form",
                  "kind": "name"
                }
              ],
              "score": 97
            },
            {
              "company_id": "(id)",
              "company_name": "Contoso Ltd",
              "evidence": [
                {
                  "detail": "same name but for the legal form",
                  "kind": "name"
                }
              ],
              "score": 95
            }
          ],
          "connector": "halo-psa",
          "external_id": "2",
          "name": "Contoso AG"
        }
      ],
      "next_cursor": null,
      "total": 1
    }
    "##);
    assert_eq!(api.get(&path).await.json(), started.json());
    assert_eq!(
        links(&api).await,
        linked(&[("Contoso", &[]), ("Contoso Ltd", &[]), ("Fabrikam", &[]), ("Northwind Traders", &[])])
    );
}

#[tokio::test]
async fn lists_are_paged_filtered_and_searched() {
    let api = Api::new().await;
    let names: Vec<String> = (0..230).map(|n| format!("Customer{n:03} Dental")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    portal(&api, &names).await;
    let of = |connection: &'static str, range: std::ops::Range<usize>| {
        let companies = names[range].iter().map(|name| (*name, named(name)));
        (ConnectionId::new(connection), companies.collect::<Vec<_>>())
    };
    for (connection, companies) in [of("halo-psa", 0..200), of("connectwise-manage", 150..230)] {
        mirror(&api, &connection, &companies).await;
    }
    let path = start(&api).await;
    let all = async |query: &str| {
        let (mut all, mut next, mut totals) = (Vec::new(), format!("{path}/proposals?{query}"), Vec::new());
        loop {
            let page = api.get(&next).await.expect(200);
            all.extend(told(&page));
            totals.push(page["total"].as_u64().unwrap());
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            next = format!("{path}/proposals?{query}&cursor={cursor}");
        }
        totals.dedup();
        assert_eq!(totals, [all.len() as u64], "{query}");
        let mut once = all.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), all.len(), "{query}: everything once");
        all
    };
    assert_eq!(all("limit=200").await.len(), 280);
    assert_eq!(all("limit=7&threshold=40").await.len(), 280);
    assert_eq!(all("connector=connectwise-manage").await.len(), 80);
    assert_eq!(all("connector=syncro").await.len(), 0);
    assert_eq!(all("search=customer17&limit=3").await.len(), 20);
    assert_eq!(all("search=CUSTOMER170&connector=halo-psa").await.len(), 1);
    let first = api.get(&format!("{path}/proposals?limit=1")).await.expect(200);
    assert_eq!(told(&first), ["halo-psa.0 Customer000 Dental = Customer000 Dental 100"]);

    for (query, pointer) in [
        ("threshold=39", "/threshold"),
        ("threshold=x", "/threshold"),
        ("connector=none", "/connector"),
        ("cursor=x", "/cursor"),
        ("cursor=eA", "/cursor"),
        ("limit=0", "/limit"),
        (format!("search={}", "x".repeat(201)).as_str(), "/search"),
        ("order=name", "/order"),
    ] {
        assert_eq!(api.get(&format!("{path}/proposals?{query}")).await.pointers(), [pointer], "{query}");
        assert_eq!(api.get(&format!("{path}/ambiguous?{query}")).await.pointers(), [pointer], "{query}");
    }
}

#[tokio::test]
async fn only_what_is_open_is_looked_at() {
    let api = Api::new().await;
    portal(&api, &["Linked", "Nothing There", "Wanted"]).await;
    let companies = api.get("/v1/companies").await.json();
    let id = |at: usize| companies["items"][at]["id"].as_str().unwrap().to_owned();
    let named_so = [("1", "Linked"), ("2", "Linked Twin"), ("3", "Nothing There"), ("4", "Wanted"), ("5", "")];
    mirror_named(&api, &named_so).await;
    api.send(Call::new("PUT", &format!("/v1/companies/{}/links/halo-psa/1", id(0)))).await.expect(200);
    let mut nothing = api.store().company(&id(1).as_str().into()).await.unwrap().unwrap();
    nothing.not_integrated.insert(halo());
    api.store().save_company(&nothing, By::System).await.unwrap();

    let found = api.post("/v1/quick-match", &json!({})).await.expect(201);
    assert_eq!((&found["counts"]["vendor_companies"], &found["counts"]["proposed"]), (&json!(3), &json!(1)));
    let path = format!("/v1/quick-match/{}", found["id"].as_str().unwrap());
    assert_eq!(told(&api.get(&format!("{path}/proposals")).await.json()), ["halo-psa.0 Wanted = Wanted 100"]);

    for input in [
        json!({ "connectors": [] }),
        json!({ "connectors": ["none"] }),
        json!({ "connectors": ["halo-psa", "halo-psa"] }),
    ] {
        assert_eq!(api.post("/v1/quick-match", &input).await.status, 422, "{input}");
    }
    api.post("/v1/quick-match", &json!({ "connector": "halo-psa" })).await.expect(422);
    let key = || Call::new("POST", "/v1/quick-match").body(&json!({})).header("idempotency-key", "k-1");
    assert_eq!(
        api.send(key()).await.expect(201),
        api.send(key()).await.expect(201),
        "the same request is the same match"
    );
}

#[tokio::test]
async fn the_id_that_another_system_carries_decides() {
    let api = Api::new().await;
    portal(&api, &["Contoso", "Contoso West"]).await;
    mirror_named(&api, &[("5", "Contoso West")]).await;
    let companies = api.get("/v1/companies").await.json();
    let west = companies["items"][1]["id"].as_str().unwrap();
    api.send(Call::new("PUT", &format!("/v1/companies/{west}/links/halo-psa/5"))).await.expect(200);
    let foreign = ForeignId { connector: "halo-psa".into(), external_id: "5".into() };
    let site = Company { external_ids: vec![foreign], ..named("Contoso") };
    mirror(&api, &"connectwise-manage".into(), &[("77", site)]).await;
    let path = start(&api).await;
    let page = api.get(&format!("{path}/proposals")).await.json();
    assert_eq!(page["items"][0]["company_name"], "Contoso West");
    assert_eq!(page["items"][0]["evidence"][0], json!({ "kind": "psa_id", "detail": "halo-psa 5" }));
}

#[tokio::test]
async fn applying_links_what_was_chosen_and_says_why_not_the_rest() {
    let api = Api::new().await;
    api.connect().await;
    portal(&api, &["Adatum", "Contoso", "Fabrikam", "Litware", "Northwind"]).await;
    let ids = [("1", "Adatum"), ("2", "Contoso"), ("3", "Fabrikam"), ("4", "Litware"), ("5", "Northwind")];
    mirror_named(&api, &ids).await;
    let path = start(&api).await;
    let before = api.get("/v1/companies").await.json();
    let id = |name: &str| {
        let items = before["items"].as_array().unwrap().iter();
        { items }.find(|company| company["name"] == name).unwrap()["id"].as_str().unwrap().to_owned()
    };
    // Meanwhile: one is linked elsewhere by hand, one has got another link, one is deleted.
    let link =
        |name: &str, external: &str| Call::new("PUT", &format!("/v1/companies/{}/links/halo-psa/{external}", id(name)));
    mirror_named(&api, &[("6", "Other")]).await;
    api.send(link("Contoso", "1")).await.expect(200);
    api.send(link("Fabrikam", "6")).await.expect(200);
    api.delete(&format!("/v1/companies/{}", id("Litware"))).await.expect(204);
    api.forget_messages();

    let input = json!({ "accept": "filtered", "threshold": 80, "except": ["halo-psa.4"] });
    let applied = api.post(&format!("{path}/apply"), &input).await.expect(202);
    assert_eq!((&applied["state"], &applied["total"], &applied["applied"]), (&json!("done"), &json!(4), &json!(0)));
    let reasons: Vec<_> =
        applied["failed"].as_array().unwrap().iter().map(|failed| failed["reason"].as_str().unwrap()).collect();
    assert_snapshot!(reasons.join("\n"), @r##"
    It is linked to "Contoso" already.
    "Contoso" is linked to another company of Halo PSA already.
    "Fabrikam" is linked to another company of Halo PSA already.
    The portal company does not exist any more.
    "##);
    assert_eq!(api.queue.take().len(), 0, "nothing was linked");

    let second = start(&api).await;
    let again = api.post(&format!("{second}/apply"), &json!({ "accept": ["halo-psa.0"] })).await.expect(202);
    assert_eq!((&again["applied"], &again["failed_count"]), (&json!(1), &json!(0)));
    assert_eq!(api.queue.take().len(), 1, "its contacts are looked at");
    assert!(!api.store().waiting(&halo()).await.unwrap().is_empty());
    assert_eq!(
        links(&api).await,
        linked(&[("Adatum", &[]), ("Contoso", &["1"]), ("Fabrikam", &["6"]), ("Northwind", &["5"])])
    );
}

#[tokio::test]
async fn the_same_again_changes_nothing_and_something_else_is_refused() {
    let api = Api::new().await;
    portal(&api, &["Contoso", "Fabrikam", "Northwind"]).await;
    mirror_named(&api, &[("1", "Contoso"), ("2", "Fabrikam"), ("3", "Northwind")]).await;
    let path = start(&api).await;
    api.get(&format!("{path}/result")).await.expect(404);
    let input = json!({ "accept": "filtered", "filter": { "connector": "halo-psa", "search": "o" } });
    let first = api.post(&format!("{path}/apply"), &input).await.expect(202);
    assert_eq!((&first["total"], &first["applied"]), (&json!(2), &json!(2)));
    assert_eq!(api.post(&format!("{path}/apply"), &input).await.expect(202), first);
    assert_eq!(api.get(&format!("{path}/result")).await.expect(200), first);
    api.post(&format!("{path}/apply"), &json!({ "accept": "filtered" })).await.expect(409);

    let refused = start(&api).await;
    for (input, pointers) in [
        (json!({ "accept": "all" }), vec!["/accept"]),
        (json!({ "accept": [] }), vec!["/accept"]),
        (json!({ "accept": ["halo-psa.9", "x", "halo-psa.00"] }), vec!["/accept/0", "/accept/1", "/accept/2"]),
        (json!({ "accept": "filtered", "except": ["nothing.0"] }), vec!["/except/0"]),
        (json!({ "accept": "filtered", "threshold": 101 }), vec!["/threshold"]),
        (json!({ "accept": "filtered", "filter": { "connector": "none" } }), vec!["/filter/connector"]),
        (json!({ "accept": "filtered", "filter": { "search": "x".repeat(201) } }), vec!["/filter/search"]),
        (json!({}), vec!["/accept"]),
    ] {
        assert_eq!(api.post(&format!("{refused}/apply"), &input).await.pointers(), pointers, "{input}");
    }
}

#[tokio::test]
async fn proposals_are_kept_for_a_day_and_what_was_applied_can_be_undone_for_a_week() {
    let api = Api::new().await;
    portal(&api, &["Contoso", "Fabrikam"]).await;
    mirror_named(&api, &[("1", "Contoso"), ("2", "Fabrikam")]).await;
    let (path, unused) = (start(&api).await, start(&api).await);
    api.post(&format!("{path}/apply"), &json!({ "accept": "filtered" })).await.expect(202);
    api.later(24 * 3_600);
    for path in [&path, &unused] {
        for list in ["proposals", "ambiguous"] {
            api.get(&format!("{path}/{list}")).await.expect(404);
        }
        api.post(&format!("{path}/apply"), &json!({ "accept": "filtered" })).await.expect(404);
    }
    api.get(&unused).await.expect(404);
    assert_eq!(api.get(&path).await.expect(200)["counts"]["proposed"], 2);
    let result = api.get(&format!("{path}/result")).await.expect(200);
    assert_eq!((&result["applied"], &result["undo"]["state"]), (&json!(2), &json!("possible")));
    api.later(6 * 24 * 3_600);
    assert_eq!(api.get(&format!("{path}/result")).await.expect(200)["undo"]["state"], "over");
    api.send(Call::new("POST", &format!("{path}/undo"))).await.expect(409);
}
