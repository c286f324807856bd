//! Setting up a connection, from nothing to switched on, and pausing it.

use domain::record::RecordType;
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::harness::{Api, CANARY, Call, HALO, TENANT, credentials, halo};
use super::world::Vendor;

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
          "permitted": true,
          "state": "pending"
        },
        {
          "cadence_minutes": 15,
          "direction": "pull",
          "enabled": true,
          "id": "contacts",
          "label": "Users",
          "permitted": true,
          "state": "pending"
        },
        {
          "cadence_minutes": 15,
          "direction": "both",
          "enabled": true,
          "id": "users",
          "label": "Agents",
          "permitted": true,
          "state": "pending"
        },
        {
          "cadence_minutes": 15,
          "direction": "both",
          "enabled": true,
          "id": "tickets",
          "label": "Tickets",
          "permitted": true,
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
    let mut enabled = api.send(Call::new("POST", &format!("{HALO}/enable"))).await.expect(200);
    let options = enabled["options"].take();
    assert_eq!((&options["interval_minutes"], &options["company_import"]), (&json!(5), &json!("all")));
    let record_types = enabled["record_types"].take();
    for record_type in record_types.as_array().unwrap() {
        assert_eq!(
            (&record_type["state"], &record_type["cadence_minutes"], &record_type["next_run_at"]),
            (&json!("pending"), &json!(5), &json!("2026-11-22T20:16:23Z"))
        );
    }
    assert_snapshot!(serde_json::to_string_pretty(&enabled).unwrap(), @r##"
    {
      "account": {
        "id": "acme msp",
        "name": "Acme MSP"
      },
      "api_usage": {
        "allowed": 300,
        "calls": 0,
        "share": 150,
        "window_seconds": 300
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
      "options": null,
      "record_types": null,
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
async fn a_test_whose_worker_was_killed_ends_as_unverified() {
    let api = Api::new().await;
    api.enter_credentials().await;
    api.save_options(&json!({})).await.expect(200);
    let started = api.send(Call::new("POST", &format!("{HALO}/test"))).await.expect(202);
    let path = format!("{HALO}/tests/{}", started["test"]["id"].as_str().unwrap());
    api.later(89);
    assert_eq!(api.get(&path).await.expect(200)["state"], "running");
    api.later(1);
    let test = api.get(&path).await.expect(200);
    assert_eq!((&test["state"], &test["authenticated"]), (&json!("done"), &json!("unverified")));
    assert_eq!(test["problem"], "The test could not be carried out");
    assert!(test["checks"].as_array().unwrap().iter().all(|check| check["result"] == "unverified"));
    assert_eq!(api.get(HALO).await.json()["setup"]["next"], "test");
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
    assert!(paused["record_types"].as_array().unwrap().iter().all(|one| one["state"] == "off"), "none of them is late");
    assert!(!api.store().state(&halo()).await.unwrap().active, "and the schedule stops");
    api.later(600);
    let resumed = api.send(Call::new("POST", &format!("{HALO}/enable"))).await.expect(200);
    assert_eq!((&resumed["status"], &resumed["enabled"]), (&json!("connected"), &json!(true)));
    let tests = api.invoker.asked().into_iter().filter(|asked| asked.ends_with(" test")).count();
    assert_eq!(tests, 2);
}
