//! What the page tells beside the status: the import preview, the field mapping, what waits, facts for support.

use std::collections::BTreeSet;

use domain::id::ExternalId;
use domain::record::{RecordType, Ticket};
use insta::assert_snapshot;
use serde_json::{Value, json};
use store::state::Acquired;
use store::tally::Tally;
use sync::body::{Body, FeedState};

use super::explain::{auto_import, half_linked, mirror_contacts};
use super::harness::{Api, CANARY, Call, HALO, halo};
use super::imports::mirror_companies;
use super::outbox::{mirror_tickets, printer};

/// The engine has counted so many tickets of each company, and has read companies and tickets.
async fn tallied(api: &Api, counts: &[(&str, u64)]) {
    let (store, now) = (api.store(), api.now());
    let tally: Tally = counts.iter().map(|(company, count)| ((*company).into(), *count)).collect();
    let changed: BTreeSet<ExternalId> = tally.keys().cloned().collect();
    let writes = store.tally_writes(&halo(), RecordType::Tickets, &tally, &changed).unwrap();
    let Acquired::Lease(fence, _) = store.acquire(&halo(), "w", None, now, now).await.unwrap() else {
        panic!("nobody else has the lease")
    };
    let read = FeedState { present: 9, succeeded_at: Some(now), ..FeedState::default() };
    let feeds = ["clients", "sites", "tickets"].map(|feed| (feed.to_owned(), read.clone()));
    let body = Body { feeds: feeds.into_iter().collect(), ..Body::default() };
    store.checkpoint(&fence, &body, writes).await.unwrap();
    store.abandon(&fence, now).await.unwrap();
}

async fn waiting(api: &Api) -> Value {
    let integration = api.get(HALO).await.expect(200);
    let types = integration["record_types"].as_array().unwrap().clone();
    types.into_iter().find(|found| found["id"] == "tickets").unwrap()["waiting"].clone()
}

#[tokio::test]
async fn what_waits_is_true_at_once_after_linking_and_unlinking() {
    let api = Api::new().await;
    let company = half_linked(&api).await;
    assert_eq!(waiting(&api).await, Value::Null, "nothing was counted");
    tallied(&api, &[("1", 5), ("2", 311), ("3", 1), ("", 2)]).await;
    assert_eq!(
        waiting(&api).await,
        json!({
            "count": 312,
            "companies": 2,
            "without_company": 2,
            "reason": "312 tickets wait for 2 unlinked companies; 2 tickets belong to no company",
        })
    );
    api.send(Call::new("PUT", &format!("/v1/companies/{company}/links/halo-psa/2"))).await.expect(200);
    assert_eq!(waiting(&api).await["reason"], "1 ticket waits for 1 unlinked company; 2 tickets belong to no company");
    api.delete(&format!("/v1/companies/{company}/links/halo-psa/1")).await.expect(200);
    assert_eq!(waiting(&api).await["count"], 6);
}

#[tokio::test]
async fn companies_that_records_wait_for_are_listed_with_the_largest_first() {
    let api = Api::new().await;
    half_linked(&api).await;
    tallied(&api, &[("1", 5), ("2", 3), ("3", 7), ("4", 0), ("", 2)]).await;
    let first = api.get(&format!("{HALO}/waiting?limit=1")).await.expect(200);
    assert_eq!(first["items"], json!([{ "record_type": "tickets", "external_id": "3", "count": 7 }]));
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = api.get(&format!("{HALO}/waiting?limit=1&cursor={cursor}")).await.expect(200);
    let beta = json!([{ "record_type": "tickets", "external_id": "2", "name": "Beta Ltd", "count": 3 }]);
    assert_eq!((&second["items"], &second["next_cursor"]), (&beta, &Value::Null));
    let far = super::harness::cursor(&usize::MAX.to_string());
    assert_eq!(api.get(&format!("{HALO}/waiting?cursor={far}")).await.expect(200)["items"], json!([]));
}

#[tokio::test]
async fn a_preview_tells_who_comes_in_under_the_saved_options_and_under_a_draft() {
    let api = Api::new().await;
    let company = half_linked(&api).await;
    mirror_contacts(&api, &[("11", "Ann", "ann@acme.example", "1"), ("13", "Ben", "ben@beta.example", "2")]).await;
    let saved = api.get(&format!("{HALO}/import-preview")).await.expect(200);
    assert_eq!(saved["contacts"], json!({ "import": 0, "link": 0, "skip": 2, "imported": 0 }));
    assert_eq!(saved["items"][0]["reason"], "contact auto-import is off");
    let draft = json!({ "auto_import": { "enabled": true, "default_role": "standard" } });
    let path = format!("{HALO}/import-preview?action=import");
    let drafted = api.post(&path, &draft).await;
    let counts = json!({ "import": 1, "link": 0, "skip": 1, "imported": 0 });
    assert_eq!((drafted.status, &drafted.json()["contacts"]), (200, &counts), "{drafted}");
    let ann = json!({
        "external_id": "11",
        "name": "Ann",
        "email": "ann@acme.example",
        "company": "Acme Ltd",
        "company_id": company,
        "action": "import",
        "role": "standard",
        "role_source": "default",
    });
    assert_eq!(drafted.json()["items"], json!([ann]));
    assert_eq!(api.get(&path).await.expect(200)["items"], json!([]), "a draft is not saved");
    auto_import(&api, Some("standard")).await;
    assert_eq!(api.get(&path).await.expect(200)["items"], drafted.json()["items"]);
}

#[tokio::test]
async fn a_draft_is_checked_as_options_are() {
    let api = Api::new().await;
    half_linked(&api).await;
    let path = format!("{HALO}/import-preview");
    let draft = json!({ "auto_import": { "enabled": true, "default_role": "emperor" } });
    assert_eq!(api.post(&path, &draft).await.pointers(), ["/auto_import/default_role"]);
    api.post(&path, &json!({ "auto_import": {}, "interval_minutes": 5 })).await.expect(422);
    assert_eq!(api.get(&format!("{path}?action=dance")).await.pointers(), ["/action"]);
}

#[tokio::test]
async fn the_mapping_says_how_each_field_is_filled() {
    let api = Api::new().await;
    api.connect().await;
    mirror_companies(&api, &[("1", "Acme Ltd"), ("2", "Beta Ltd")]).await;
    let closed = Ticket { closed: true, description: "Long. ".repeat(50), ..printer() };
    mirror_tickets(&api, &[("21", printer()), ("22", closed)]).await;
    let mapping = api.get(&format!("{HALO}/mapping")).await.expect(200);
    let mut lines = Vec::new();
    for of_type in mapping["record_types"].as_array().unwrap() {
        for field in of_type["fields"].as_array().unwrap() {
            let text = |key: &str| field[key].as_str().unwrap_or("-").to_owned();
            let (filled, of) = (&field["filled"], &field["of"]);
            lines.push(format!(
                "{} | {} {} {} | {filled} of {of} | {}",
                of_type["record_type"].as_str().unwrap(),
                text("vendor_field"),
                text("direction"),
                text("portal_field"),
                text("example")
            ));
        }
    }
    lines.retain(|line| line.starts_with("companies") || line.starts_with("tickets"));
    assert_snapshot!(lines.join("\n"), @r#"
    companies | Client: name in name | 2 of 2 | Acme Ltd
    companies | Client: inactive in inactive | 2 of 2 | no
    companies | Client: website in domains | 2 of 2 | acme-ltd.example
    companies | Client: toplevel_name in subtitle | 0 of 2 | -
    companies | Client: customer_relationship in types | 0 of 2 | -
    companies | Client: main_site_id in primary_contact | 0 of 2 | -
    companies | Site: name in name | 0 of 0 | -
    companies | Site: inactive in inactive | 0 of 0 | -
    companies | Site: client_id in company | 0 of 0 | -
    companies | Site: maincontact_id in main_contact | 0 of 0 | -
    companies | Site: phonenumber in phone | 0 of 0 | -
    tickets | summary both title | 2 of 2 | Printer
    tickets | details both description | 2 of 2 | It jams.
    tickets | status_id both status | 2 of 2 | 1
    tickets | priority_id both priority | 2 of 2 | 3
    tickets | tickettype_id both type | 0 of 2 | -
    tickets | category_1 in category | 0 of 2 | -
    tickets | team_id in board | 0 of 2 | -
    tickets | agent_id both assignee_id | 2 of 2 | 7
    tickets | client_id in company | 2 of 2 | 1
    tickets | user_id in contact | 0 of 2 | -
    tickets | site_id in site | 0 of 2 | -
    tickets | hasbeenclosed in closed | 2 of 2 | yes
    tickets | dateoccurred in created_at | 0 of 2 | -
    tickets | lastactiondate in last_activity_at | 0 of 2 | -
    tickets | dateclosed in closed_at | 0 of 2 | -
    tickets | third_party_id_string both external_reference | 0 of 2 | -
    tickets | Actions both notes | 0 of 2 | -
    "#);
}

#[tokio::test]
async fn facts_for_support_name_nobody() {
    let api = Api::new().await;
    half_linked(&api).await;
    let told = api.get(&format!("{HALO}/support")).await;
    for name in ["Acme", "acme.halopsa", "Ada", CANARY, "c-1"] {
        assert!(!told.text.contains(name), "{name}: {told}");
    }
    assert_snapshot!(told, @r#"
    200
    {
      "account": "2296e6b4",
      "at": "2026-11-22T20:13:22Z",
      "connector": "halo-psa",
      "map_version": 2,
      "quiet_checks": 0,
      "record_types": [
        {
          "enabled": true,
          "mirrored": 0,
          "record_type": "companies"
        },
        {
          "enabled": true,
          "mirrored": 0,
          "record_type": "contacts"
        },
        {
          "enabled": true,
          "mirrored": 0,
          "record_type": "users"
        },
        {
          "enabled": true,
          "mirrored": 0,
          "record_type": "tickets"
        }
      ],
      "settings_version": 3,
      "status": "connected",
      "tenant": "acme",
      "version": "0.0.0"
    }
    "#);
}
