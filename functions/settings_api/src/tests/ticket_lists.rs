//! Lists of tickets: filters, pages, and how much one request reads.

use domain::record::Ticket;
use serde_json::json;

use super::harness::Api;
use super::other_psa::{self, OTHER_PSA};
use super::outbox::{ids, link, mirror_tickets, north, printer};

/// Every id that the pages of a list give, and how many pages they took.
async fn all(api: &Api, query: &str) -> (Vec<String>, usize) {
    let (mut all, mut pages) = (Vec::new(), 0);
    let mut next = format!("/v1/tickets?{query}");
    loop {
        let page = api.get(&next).await.expect(200);
        all.extend(ids(&page).into_iter().map(str::to_owned));
        pages += 1;
        let Some(cursor) = page["next_cursor"].as_str() else { return (all, pages) };
        next = format!("/v1/tickets?{query}&cursor={cursor}");
    }
}

#[tokio::test]
async fn tickets_are_filtered_by_company_stage_connector_and_words() {
    let api = Api::with_connectors(&[&OTHER_PSA]).await;
    let company = north(&api).await;
    other_psa::connect(&api, |_| {}).await;
    let south = link(&api, "South", "2").await;
    let scanner = Ticket { title: "Scanner".to_owned(), status: Some("22".to_owned()), ..printer() };
    let of_south = Ticket { company: Some("2".into()), ..scanner.clone() };
    let of_nobody = Ticket { company: Some("3".into()), ..printer() };
    let closed = Ticket { status: Some("77".to_owned()), closed: true, ..printer() };
    mirror_tickets(&api, &[("1", printer()), ("2", scanner), ("3", of_south), ("4", of_nobody), ("5", closed)]).await;
    let input = json!({ "company_id": south, "title": "New printer", "stage": "working" });
    let made = api.post("/v1/tickets", &input).await.expect(201);
    let made = made["id"].as_str().unwrap();
    let found = async |query: &str| all(&api, query).await.0;
    let id = |n: &str| format!("halo-psa.{n}");
    assert_eq!(found("").await, [made.to_owned(), id("1"), id("2"), id("3"), id("5")]);
    assert_eq!(found(&format!("company={company}")).await, [id("1"), id("2"), id("5")]);
    assert_eq!(found(&format!("company={south}&stage=working")).await, [made.to_owned(), id("3")]);
    assert_eq!(found("company=co_none").await, [] as [&str; 0]);
    assert_eq!(found("stage=resolved").await, [id("5")]);
    assert_eq!(found("search=PRINTER").await, [made.to_owned(), id("1"), id("5")]);
    assert_eq!(found("search=3").await, [id("3")]);
    assert_eq!(found("connector=other-psa").await, [] as [&str; 0]);
    assert_eq!(found("connector=halo-psa").await.len(), 5);
    for (query, pointer) in [("stage=done", "/stage"), ("connector=x", "/connector"), ("cursor=eA", "/cursor")] {
        assert_eq!(api.get(&format!("/v1/tickets?{query}")).await.pointers(), [pointer]);
    }
    // An edit that is on its way counts.
    api.patch("/v1/tickets/halo-psa.1", &json!({ "stage": "resolved" })).await.expect(200);
    assert_eq!(found("stage=resolved").await, [id("1"), id("5")]);
}

#[tokio::test]
async fn pages_of_any_size_give_every_ticket_once() {
    let api = Api::new().await;
    let company = north(&api).await;
    for title in ["One", "Two", "Three"] {
        api.post("/v1/tickets", &json!({ "company_id": company, "title": title })).await.expect(201);
    }
    let names: Vec<String> = (0..20).map(|n| format!("{n:03}")).collect();
    let tickets: Vec<_> = names.iter().map(|id| (id.as_str(), printer())).collect();
    mirror_tickets(&api, &tickets).await;
    let (whole, _) = all(&api, "limit=200").await;
    assert_eq!(whole.len(), 23);
    for limit in [1, 2, 3, 4, 7, 22, 23, 24] {
        assert_eq!(all(&api, &format!("limit={limit}")).await.0, whole, "limit {limit}");
    }
}

#[tokio::test]
async fn one_request_reads_a_bounded_part_of_the_mirror() {
    let api = Api::new().await;
    let company = north(&api).await;
    let names: Vec<String> = (0..2_300).map(|n| format!("{n:05}")).collect();
    let title = |id: &str| if id == "02299" { "Needle" } else { "Hay" }.to_owned();
    let ticket = |id: &String| Ticket { title: title(id), ..printer() };
    let tickets: Vec<_> = names.iter().map(|id| (id.as_str(), ticket(id))).collect();
    mirror_tickets(&api, &tickets).await;
    let first = api.get("/v1/tickets?search=needle").await.expect(200);
    assert_eq!((first["items"].clone(), first["next_cursor"].is_string()), (json!([]), true));
    let (found, pages) = all(&api, &format!("search=needle&company={company}")).await;
    assert_eq!((found, pages), (vec!["halo-psa.02299".to_owned()], 3));
}

#[tokio::test]
async fn a_page_is_no_larger_than_an_answer_may_be() {
    let api = Api::new().await;
    north(&api).await;
    let names: Vec<String> = (0..40).map(|n| format!("{n:03}")).collect();
    let long = Ticket { description: "x".repeat(200_000), ..printer() };
    for id in &names {
        mirror_tickets(&api, &[(id, long.clone())]).await;
    }
    let page = api.get("/v1/tickets?limit=200").await;
    assert!(page.text.len() < 5 * 1024 * 1024, "{}", page.text.len());
    assert_eq!(all(&api, "limit=200").await.0.len(), 40);
}

#[tokio::test]
async fn a_ticket_that_has_just_arrived_is_not_listed_twice() {
    let api = Api::new().await;
    let company = north(&api).await;
    let made = api.post("/v1/tickets", &json!({ "company_id": company, "title": "Printer" })).await.expect(201);
    let id = made["id"].as_str().unwrap();
    // The engine has mirrored it and not yet ended the operation.
    let reference = id.strip_prefix("halo-psa.~").map(str::to_owned);
    mirror_tickets(&api, &[("5000", Ticket { external_reference: reference, ..printer() })]).await;
    assert_eq!(ids(&api.get("/v1/tickets").await.expect(200)), [id]);
}
