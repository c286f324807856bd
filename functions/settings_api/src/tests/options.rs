//! Choosing options: what is refused, what a change sets in motion.

use insta::assert_snapshot;
use serde_json::json;

use super::harness::{ADMIN, Api, Call, HALO, TENANT, credentials, halo};
use super::world::Vendor;

#[tokio::test]
async fn options_are_checked_field_by_field() {
    let api = Api::new().await;
    api.enter_credentials().await;
    let refused = api
        .save_options(&json!({
            "interval_minutes": 10,
            "record_types": ["companies", "devices"],
            "auto_import": {
                "enabled": true,
                "default_role": "boss",
                "type_rules": [{ "type": "", "role": "standard" }, { "type": "Billing", "role": "do_not_import" }],
                "exclude_emails": ["noreply@*", "two words@x"],
            },
            "filters": { "queues": ["1"], "teams": [""] },
            "stages": { "new": { "in": ["1"] }, "triaged": { "in": ["1"] }, "later": {} },
        }))
        .await;
    assert_snapshot!(refused, @r##"
    422
    {
      "detail": "9 fields are wrong.",
      "errors": [
        {
          "detail": "Choose 5, 15 or 30 minutes.",
          "pointer": "/interval_minutes"
        },
        {
          "detail": "Halo PSA has no such record type: companies, contacts, users, tickets.",
          "pointer": "/record_types/1"
        },
        {
          "detail": "1 to 200 characters.",
          "pointer": "/auto_import/type_rules/0/type"
        },
        {
          "detail": "Enter an address or a pattern such as noreply@*; at most 254 characters.",
          "pointer": "/auto_import/exclude_emails/1"
        },
        {
          "detail": "There is no such role. Choose one of the portal's roles, or do_not_import.",
          "pointer": "/auto_import/default_role"
        },
        {
          "detail": "Halo PSA has no such option.",
          "pointer": "/filters/queues"
        },
        {
          "detail": "1 to 200 characters.",
          "pointer": "/filters/teams/0"
        },
        {
          "detail": "There is no such stage: new, triaged, working, waiting, resolved.",
          "pointer": "/stages/later"
        },
        {
          "detail": "This status stands under new already; a status has one stage.",
          "pointer": "/stages/triaged/in/0"
        }
      ],
      "request_id": "req-1",
      "status": 422,
      "title": "Something entered cannot work",
      "type": "urn:problem-type:portal:invalid"
    }
    "##);
    for minutes in [json!(5), json!(15), json!(30)] {
        api.save_options(&json!({ "interval_minutes": minutes })).await.expect(200);
    }
    for minutes in
        [json!(0), json!(-5), json!(14), json!(60), json!(4_294_967_301_u64), json!("15"), json!(5.0), json!(null)]
    {
        let reply = api.save_options(&json!({ "interval_minutes": minutes })).await;
        assert_eq!((reply.status, reply.pointers()), (422, vec!["/interval_minutes".to_owned()]), "{minutes}");
    }
    let many: Vec<String> = (0..201).map(|n| format!("a{n}@x.example")).collect();
    let reply = api.save_options(&json!({ "auto_import": { "exclude_emails": many } })).await;
    assert_eq!(reply.pointers(), ["/auto_import/exclude_emails"]);
    assert_eq!(api.save_options(&json!({ "colour": "red" })).await.pointers(), ["/colour"]);
}

#[tokio::test]
async fn options_change_only_the_state_that_was_read() {
    let api = Api::new().await;
    api.connect().await;
    let read = api.get(HALO).await;
    let tag = read.header("etag").unwrap().to_owned();
    let options = read.json()["options"].clone();
    let put = || {
        Call::new("PUT", &format!("{HALO}/options"))
            .body(&options)
            .claims(Some(json!({ "tenant": TENANT, "scope": ADMIN })))
    };
    api.send(put()).await.expect(428);
    let saved = api.send(put().header("if-match", &tag)).await;
    let newer = saved.header("etag").unwrap().to_owned();
    saved.expect(200);
    // What would change nothing is not refused.
    let same = api.send(put().header("if-match", &tag)).await.expect(200);
    assert_eq!(same, api.get(HALO).await.json());
    api.send(put().header("if-match", &newer)).await.expect(200);
    let unchanged = api.get(HALO).await.header("etag").unwrap().to_owned();
    let again = api.send(Call::new("GET", HALO).header("if-none-match", &unchanged)).await;
    assert_eq!((again.status, again.text.as_str()), (304, ""));
}

#[tokio::test]
async fn what_options_change_decides_what_is_done_about_it() {
    let api = Api::new().await;
    api.connect().await;
    api.forget_messages();
    api.save_options(&json!({})).await.expect(200);
    assert!(api.queue.take().is_empty(), "nothing changed");
    api.save_options(&json!({ "record_types": ["companies", "contacts"] })).await.expect(200);
    assert!(api.queue.take()[0].claim.is_some(), "other records: a run");
    api.save_options(&json!({ "auto_import": { "enabled": true, "default_role": "standard" } })).await.expect(200);
    assert_eq!(api.queue.take()[0].claim, None, "other decisions: a look at what is mirrored");
    assert_eq!(api.store().waiting(&halo()).await.unwrap().len(), 1);
    let before = api.store().state(&halo()).await.unwrap().due_at.unwrap();
    api.save_options(&json!({ "interval_minutes": 30 })).await.expect(200);
    assert!(api.queue.take().is_empty(), "another interval: the next slot");
    assert_ne!(api.store().state(&halo()).await.unwrap().due_at.unwrap(), before);
}

#[tokio::test]
async fn picklists_are_read_live() {
    let api = Api::new().await;
    let path = format!("{HALO}/choices/statuses");
    assert_snapshot!(api.get(&path).await, @r##"
    409
    {
      "detail": "Enter the Halo credentials first.",
      "request_id": "req-1",
      "status": 409,
      "title": "This does not fit the present state",
      "type": "urn:problem-type:portal:conflict"
    }
    "##);
    api.enter_credentials().await;
    assert_snapshot!(api.get(&format!("{path}?search=o&limit=1")).await, @r##"
    200
    {
      "items": [
        {
          "label": "statuses: In Progress",
          "value": "2"
        }
      ],
      "next_cursor": "MQ"
    }
    "##);
    let cursor = api.get(&format!("{path}?limit=2")).await.json()["next_cursor"].as_str().unwrap().to_owned();
    let rest = api.get(&format!("{path}?limit=2&cursor={cursor}")).await.expect(200);
    assert_eq!(rest, json!({ "items": [{ "value": "9", "label": "statuses: Closed" }], "next_cursor": null }));
    api.get(&format!("{HALO}/choices/colours")).await.expect(404);
    api.invoker.vendor(Vendor::Down);
    assert_snapshot!(api.get(&path).await, @r##"
    502
    {
      "detail": "Check it in Halo.",
      "request_id": "req-1",
      "status": 502,
      "title": "Halo PSA does not answer",
      "type": "urn:problem-type:portal:vendor"
    }
    "##);
    api.invoker.vendor(Vendor::Slow);
    api.get(&path).await.expect(504);
}

#[tokio::test]
async fn two_admins_at_once_lose_nothing() {
    let api = Api::new().await;
    api.connect().await;
    let (path, rotated) = (format!("{HALO}/credentials"), credentials());
    let (one, other) = tokio::join!(api.send(Call::new("POST", &format!("{HALO}/disable"))), api.put(&path, &rotated));
    assert_eq!((one.status, other.status), (200, 200), "{one} {other}");
    let settings = api.store().connection(&halo()).await.unwrap().unwrap().settings.value;
    assert!(settings.paused && settings.credentials.unwrap().version == "v2");
}
