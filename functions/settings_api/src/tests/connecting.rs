//! Setting up a connection, from nothing to switched on.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::harness::{ADMIN, Api, CANARY, Call, HALO, TENANT, credentials, halo};
use super::world::Vendor;
use domain::record::RecordType;

#[tokio::test]
async fn me_is_who_the_token_says() {
    let api = Api::new().await;
    assert_snapshot!(api.get("/v1/me").await, @r##"
    200
    {
      "permissions": [
        "read",
        "write",
        "manage"
      ],
      "tenant": {
        "id": "acme",
        "name": "Acme MSP"
      },
      "user": {
        "id": "ada",
        "name": "Ada Admin"
      }
    }
    "##);
}

#[tokio::test]
async fn a_connector_that_nobody_touched() {
    let api = Api::new().await;
    assert_snapshot!(api.get(HALO).await, @r##"
    200
    {
      "category": "PSA",
      "connector": "halo-psa",
      "credentials": {
        "client_id": {
          "set": false
        },
        "client_secret": {
          "set": false
        },
        "tenant": {
          "set": false
        },
        "url": {
          "set": false
        }
      },
      "enabled": false,
      "interval_minutes": 15,
      "issues": [],
      "name": "Halo PSA",
      "options": {
        "auto_import": {
          "enabled": false,
          "exclude_emails": [
            "noreply@*",
            "no-reply@*",
            "scanner@*"
          ],
          "type_rules": []
        },
        "company_import": "choose",
        "filters": {},
        "initial_import": true,
        "interval_minutes": 15,
        "record_types": [
          "companies",
          "contacts",
          "users",
          "tickets"
        ],
        "stages": {},
        "ticket_defaults": {}
      },
      "reason": "never_connected",
      "record_types": [
        {
          "cadence_minutes": 15,
          "direction": "pull",
          "enabled": true,
          "id": "companies",
          "label": "Clients",
          "state": "pending"
        },
        {
          "cadence_minutes": 15,
          "direction": "pull",
          "enabled": true,
          "id": "contacts",
          "label": "Users",
          "state": "pending"
        },
        {
          "cadence_minutes": 15,
          "direction": "both",
          "enabled": true,
          "id": "users",
          "label": "Agents",
          "state": "pending"
        },
        {
          "cadence_minutes": 15,
          "direction": "both",
          "enabled": true,
          "id": "tickets",
          "label": "Tickets",
          "state": "pending"
        }
      ],
      "setup": {
        "next": "credentials"
      },
      "status": "disconnected"
    }
    "##);
}

#[tokio::test]
async fn set_up_goes_step_by_step_and_ends_with_a_run_that_is_queued() {
    let api = Api::new().await;
    let next = async || api.get(HALO).await.json()["setup"]["next"].clone();
    assert_eq!(next().await, "credentials");
    api.post(&format!("{HALO}/enable"), &json!({})).await.expect(409);

    assert_snapshot!(api.put(&format!("{HALO}/credentials"), &credentials()).await, @r##"
    200
    {
      "account": {
        "id": "acme msp",
        "name": "Acme MSP"
      },
      "state": "active"
    }
    "##);
    assert_eq!(api.secrets.versions()[0]["client_secret"], CANARY);
    assert_eq!(next().await, "options");
    assert_snapshot!(api.post(&format!("{HALO}/enable"), &json!({})).await, @r##"
    409
    {
      "detail": "Choose the options first: how often, and what to sync.",
      "request_id": "req-1",
      "status": 409,
      "title": "This does not fit the present state",
      "type": "urn:problem-type:portal:conflict"
    }
    "##);

    api.save_options(&json!({ "interval_minutes": 5, "company_import": "all" })).await.expect(200);
    assert_eq!(next().await, "test");

    let test = api.send(Call::new("POST", &format!("{HALO}/test"))).await.expect(202);
    let id = test["test"]["id"].as_str().unwrap().to_owned();
    assert_eq!(test["test"]["state"], "running");
    assert_eq!(
        test["test"]["checks"][0],
        json!({ "record_type": "companies", "result": "waiting", "permission": "read:customers" })
    );
    api.later(1);
    api.invoker.run_started().await;
    let done = api.get(&format!("{HALO}/tests/{id}")).await.expect(200);
    assert_eq!(
        (&done["state"], &done["reachable"], &done["authenticated"]),
        (&json!("done"), &json!("yes"), &json!("yes"))
    );
    assert_eq!(next().await, "enable");

    assert!(api.queue.take().is_empty(), "nothing runs before it is switched on");
    assert_snapshot!(api.send(Call::new("POST", &format!("{HALO}/enable"))).await, @r##"
    200
    {
      "account": {
        "id": "acme msp",
        "name": "Acme MSP"
      },
      "category": "PSA",
      "connector": "halo-psa",
      "credentials": {
        "client_id": {
          "set": true,
          "value": "c-1"
        },
        "client_secret": {
          "age_days": 0,
          "last4": "9f3a",
          "set": true
        },
        "tenant": {
          "set": false
        },
        "url": {
          "set": true,
          "value": "https://acme.halopsa.com"
        }
      },
      "enabled": true,
      "interval_minutes": 5,
      "issues": [],
      "name": "Halo PSA",
      "options": {
        "auto_import": {
          "enabled": false,
          "exclude_emails": [
            "noreply@*",
            "no-reply@*",
            "scanner@*"
          ],
          "type_rules": []
        },
        "company_import": "all",
        "filters": {},
        "initial_import": true,
        "interval_minutes": 5,
        "record_types": [
          "companies",
          "contacts",
          "users",
          "tickets"
        ],
        "stages": {},
        "ticket_defaults": {}
      },
      "record_types": [
        {
          "cadence_minutes": 5,
          "direction": "pull",
          "enabled": true,
          "id": "companies",
          "label": "Clients",
          "next_run_at": "2026-11-22T20:14:25Z",
          "state": "pending"
        },
        {
          "cadence_minutes": 5,
          "direction": "pull",
          "enabled": true,
          "id": "contacts",
          "label": "Users",
          "next_run_at": "2026-11-22T20:14:25Z",
          "state": "pending"
        },
        {
          "cadence_minutes": 5,
          "direction": "both",
          "enabled": true,
          "id": "users",
          "label": "Agents",
          "next_run_at": "2026-11-22T20:14:25Z",
          "state": "pending"
        },
        {
          "cadence_minutes": 5,
          "direction": "both",
          "enabled": true,
          "id": "tickets",
          "label": "Tickets",
          "next_run_at": "2026-11-22T20:14:25Z",
          "state": "pending"
        }
      ],
      "setup": {
        "next": null
      },
      "status": "connected"
    }
    "##);
    assert_eq!(api.invoker.asked(), ["halo-psa authenticate", "halo-psa test started"], "a fresh test is not repeated");
    let [message] = api.queue.take().try_into().unwrap();
    assert_eq!(message.claim, Some(1), "queued as the next tick would have");
    assert_eq!(message.tenant.as_str(), TENANT);
}

#[tokio::test]
async fn every_field_that_cannot_work_is_named_at_once() {
    let api = Api::new().await;
    let values = json!({ "values": { "url": "http://", "client_secret": "  ", "zone": "eu" } });
    assert_snapshot!(api.put(&format!("{HALO}/credentials"), &values).await, @r##"
    422
    {
      "detail": "4 fields are wrong.",
      "errors": [
        {
          "detail": "Halo PSA asks for no such field.",
          "pointer": "/values/zone"
        },
        {
          "detail": "Halo URL is needed.",
          "pointer": "/values/url"
        },
        {
          "detail": "Client ID is needed.",
          "pointer": "/values/client_id"
        },
        {
          "detail": "Client Secret is needed. Secrets are never shown, so they have to be entered each time.",
          "pointer": "/values/client_secret"
        }
      ],
      "request_id": "req-1",
      "status": 422,
      "title": "Something entered cannot work",
      "type": "urn:problem-type:portal:invalid"
    }
    "##);
    let values = json!({ "values": { "url": "not a host", "client_id": "c-1", "client_secret": CANARY } });
    assert_snapshot!(api.put(&format!("{HALO}/credentials"), &values).await, @r##"
    422
    {
      "detail": "This does not look like a Halo URL. Example: https://acme.halopsa.com",
      "errors": [
        {
          "detail": "This does not look like a Halo URL. Example: https://acme.halopsa.com",
          "pointer": "/values/url"
        }
      ],
      "request_id": "req-1",
      "status": 422,
      "title": "Something entered cannot work",
      "type": "urn:problem-type:portal:invalid"
    }
    "##);
    assert!(api.invoker.asked().is_empty(), "the vendor was not asked");
    assert!(api.secrets.versions().is_empty());
}

#[tokio::test]
async fn what_the_vendor_refuses_is_not_kept() {
    let api = Api::new().await;
    api.invoker.vendor(Vendor::Refuses("client_secret"));
    assert_snapshot!(api.put(&format!("{HALO}/credentials"), &credentials()).await, @r##"
    422
    {
      "detail": "Halo PSA refused the client secret. Check it in Halo.",
      "errors": [
        {
          "detail": "Halo PSA refused the client secret. Check it in Halo.",
          "pointer": "/values/client_secret"
        }
      ],
      "request_id": "req-1",
      "status": 422,
      "title": "Something entered cannot work",
      "type": "urn:problem-type:portal:invalid"
    }
    "##);
    assert!(api.secrets.versions().is_empty());
    assert_eq!(api.get(HALO).await.json()["reason"], "never_connected");
}

#[tokio::test]
async fn credentials_wait_while_the_vendor_is_down_and_a_passed_test_promotes_them() {
    let api = Api::new().await;
    api.connect().await;
    let before = api.store().connection(&halo()).await.unwrap().unwrap().settings.value;
    api.forget_messages();
    api.invoker.vendor(Vendor::Down);
    let rotated =
        json!({ "values": { "url": "acme.halopsa.com", "client_id": "c-2", "client_secret": format!("{CANARY}2") } });
    assert_snapshot!(api.put(&format!("{HALO}/credentials"), &rotated).await, @r##"
    200
    {
      "state": "pending"
    }
    "##);
    let waiting = api.store().connection(&halo()).await.unwrap().unwrap().settings.value;
    assert_eq!(waiting.credentials, before.credentials, "the good ones stay in use");
    assert_eq!(waiting.pending.unwrap().version, "v2");
    assert!(api.queue.take().is_empty());

    let test = async || {
        api.later(60);
        let test = api.send(Call::new("POST", &format!("{HALO}/test"))).await.expect(202);
        api.invoker.run_started().await;
        api.get(&format!("{HALO}/tests/{}", test["test"]["id"].as_str().unwrap())).await.expect(200)
    };
    assert_eq!(test().await["authenticated"], "unverified");
    assert_eq!(api.get(HALO).await.json()["credentials_pending"], true);
    api.invoker.vendor(Vendor::Fine);
    assert_eq!(test().await["authenticated"], "yes");
    let promoted = api.store().connection(&halo()).await.unwrap().unwrap().settings.value;
    assert_eq!((promoted.credentials.unwrap().version.as_str(), promoted.pending), ("v2", None));
    assert_eq!(api.queue.take().len(), 1, "they are tried at once");
}

#[tokio::test]
async fn credentials_of_another_account_are_refused_by_name() {
    let api = Api::new().await;
    api.connect().await;
    api.invoker.account("Other MSP");
    assert_snapshot!(api.put(&format!("{HALO}/credentials"), &credentials()).await, @r##"
    422
    {
      "detail": "These credentials belong to the Halo account \"Other MSP\"; this connection belongs to \"Acme MSP\". Enter credentials of \"Acme MSP\", or disconnect first.",
      "errors": [
        {
          "detail": "These credentials belong to the Halo account \"Other MSP\"; this connection belongs to \"Acme MSP\". Enter credentials of \"Acme MSP\", or disconnect first.",
          "pointer": "/values"
        }
      ],
      "request_id": "req-1",
      "status": 422,
      "title": "Something entered cannot work",
      "type": "urn:problem-type:portal:invalid"
    }
    "##);
    assert_eq!(api.secrets.versions().len(), 1);

    api.invoker.vendor(Vendor::Down);
    api.put(&format!("{HALO}/credentials"), &credentials()).await.expect(200);
    api.invoker.vendor(Vendor::Fine);
    api.later(60);
    let test = api.send(Call::new("POST", &format!("{HALO}/test"))).await.expect(202);
    api.invoker.run_started().await;
    let done = api.get(&format!("{HALO}/tests/{}", test["test"]["id"].as_str().unwrap())).await.expect(200);
    assert!(done["problem"].as_str().unwrap().contains("another account"), "{done}");
    assert_eq!(api.get(HALO).await.json()["credentials_pending"], true, "so they go on waiting");
}

#[tokio::test]
async fn a_test_speaks_for_the_credentials_that_it_tried_and_for_no_others() {
    let api = Api::new().await;
    api.enter_credentials().await;
    api.save_options(&json!({})).await.expect(200);
    let test = api.send(Call::new("POST", &format!("{HALO}/test"))).await.expect(202);
    api.later(1);
    api.invoker.run_started().await;
    api.enter_credentials().await;
    let path = format!("{HALO}/tests/{}", test["test"]["id"].as_str().unwrap());
    api.get(&path).await.expect(200);
    assert_eq!(api.get(HALO).await.json()["setup"]["next"], "test");
    api.later(16 * 60);
    api.get(&format!("{HALO}/tests/te_none")).await.expect(404);
}

#[tokio::test]
async fn a_type_that_is_not_permitted_is_off_until_a_test_says_otherwise() {
    let api = Api::new().await;
    api.enter_credentials().await;
    api.save_options(&json!({})).await.expect(200);
    api.invoker.vendor(Vendor::Forbids(vec![RecordType::Tickets]));
    let on = |integration: &Value| -> Vec<String> {
        let types = integration["record_types"].as_array().unwrap().iter();
        types.filter(|t| t["enabled"] == true).map(|t| t["id"].as_str().unwrap().to_owned()).collect()
    };
    let enabled = api.send(Call::new("POST", &format!("{HALO}/enable"))).await.expect(200);
    assert_eq!(on(&enabled), ["companies", "contacts", "users"]);
    api.invoker.vendor(Vendor::Fine);
    api.later(60);
    let test = api.send(Call::new("POST", &format!("{HALO}/test"))).await.expect(202);
    api.invoker.run_started().await;
    api.get(&format!("{HALO}/tests/{}", test["test"]["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(on(&api.get(HALO).await.json()), ["companies", "contacts", "users", "tickets"]);
}

#[tokio::test]
async fn nothing_is_switched_on_that_does_not_pass() {
    let api = Api::new().await;
    api.enter_credentials().await;
    api.save_options(&json!({})).await.expect(200);
    api.invoker.vendor(Vendor::Refuses("client_secret"));
    assert_snapshot!(api.send(Call::new("POST", &format!("{HALO}/enable"))).await, @r##"
    409
    {
      "detail": "The test did not pass: Halo PSA refused the client secret. Check it in Halo.",
      "request_id": "req-1",
      "status": 409,
      "title": "This does not fit the present state",
      "type": "urn:problem-type:portal:conflict"
    }
    "##);

    // Too slow for one request: the test goes on, is read to its end, and the next attempt need not repeat it.
    api.invoker.vendor(Vendor::Slow);
    let slow = api.send(Call::new("POST", &format!("{HALO}/enable"))).await.expect(202);
    api.invoker.vendor(Vendor::Fine);
    api.later(30);
    api.invoker.run_started().await;
    api.get(&format!("{HALO}/tests/{}", slow["test"]["id"].as_str().unwrap())).await.expect(200);
    api.invoker.vendor(Vendor::Slow);
    assert_eq!(api.send(Call::new("POST", &format!("{HALO}/enable"))).await.expect(200)["enabled"], true);
}

#[tokio::test]
async fn a_pause_keeps_everything_and_enabling_tests_again() {
    let api = Api::new().await;
    api.send(Call::new("POST", &format!("{HALO}/disable"))).await.expect(409);
    api.connect().await;
    let paused = api.send(Call::new("POST", &format!("{HALO}/disable"))).await.expect(200);
    assert_eq!((&paused["status"], &paused["reason"]), (&json!("disconnected"), &json!("paused")));
    assert_eq!(paused["credentials"]["client_secret"]["set"], true);
    assert!(!api.store().state(&halo()).await.unwrap().active, "and the schedule stops");
    api.later(600);
    let resumed = api.send(Call::new("POST", &format!("{HALO}/enable"))).await.expect(200);
    assert_eq!((&resumed["status"], &resumed["enabled"]), (&json!("connected"), &json!(true)));
    let tests = api.invoker.asked().into_iter().filter(|asked| asked.ends_with(" test")).count();
    assert_eq!(tests, 2);
}

#[tokio::test]
async fn secrets_show_their_end_and_their_age_and_short_ones_nothing() {
    let api = Api::new().await;
    api.enter_credentials().await;
    api.later(3 * 86_400);
    let shown = api.get(HALO).await.json()["credentials"].clone();
    assert_eq!(shown["client_secret"], json!({ "set": true, "last4": "9f3a", "age_days": 3 }));
    assert_eq!(shown["url"], json!({ "set": true, "value": "https://acme.halopsa.com" }));
    assert_eq!(shown["tenant"], json!({ "set": false }));
    let short = json!({ "values": { "url": "acme.halopsa.com", "client_id": "c-1", "client_secret": "elevenchars" } });
    api.put(&format!("{HALO}/credentials"), &short).await.expect(200);
    let shown = api.get(HALO).await.json()["credentials"]["client_secret"].clone();
    assert_eq!(shown, json!({ "set": true, "age_days": 0 }));
}

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
    assert_snapshot!(api.send(put().header("if-match", &tag)).await, @r##"
    200
    {
      "account": {
        "id": "acme msp",
        "name": "Acme MSP"
      },
      "category": "PSA",
      "connector": "halo-psa",
      "credentials": {
        "client_id": {
          "set": true,
          "value": "c-1"
        },
        "client_secret": {
          "age_days": 0,
          "last4": "9f3a",
          "set": true
        },
        "tenant": {
          "set": false
        },
        "url": {
          "set": true,
          "value": "https://acme.halopsa.com"
        }
      },
      "enabled": true,
      "interval_minutes": 15,
      "issues": [],
      "name": "Halo PSA",
      "options": {
        "auto_import": {
          "enabled": false,
          "exclude_emails": [
            "noreply@*",
            "no-reply@*",
            "scanner@*"
          ],
          "type_rules": []
        },
        "company_import": "choose",
        "filters": {},
        "initial_import": true,
        "interval_minutes": 15,
        "record_types": [
          "companies",
          "contacts",
          "users",
          "tickets"
        ],
        "stages": {},
        "ticket_defaults": {}
      },
      "record_types": [
        {
          "cadence_minutes": 15,
          "direction": "pull",
          "enabled": true,
          "id": "companies",
          "label": "Clients",
          "next_run_at": "2026-11-22T20:14:25Z",
          "state": "pending"
        },
        {
          "cadence_minutes": 15,
          "direction": "pull",
          "enabled": true,
          "id": "contacts",
          "label": "Users",
          "next_run_at": "2026-11-22T20:14:25Z",
          "state": "pending"
        },
        {
          "cadence_minutes": 15,
          "direction": "both",
          "enabled": true,
          "id": "users",
          "label": "Agents",
          "next_run_at": "2026-11-22T20:14:25Z",
          "state": "pending"
        },
        {
          "cadence_minutes": 15,
          "direction": "both",
          "enabled": true,
          "id": "tickets",
          "label": "Tickets",
          "next_run_at": "2026-11-22T20:14:25Z",
          "state": "pending"
        }
      ],
      "setup": {
        "next": null
      },
      "status": "connected"
    }
    "##);
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
