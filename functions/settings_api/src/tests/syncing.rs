//! Asking for runs, and the log of what they did.

use std::collections::BTreeMap;

use connector::http::BudgetState;
use domain::record::RecordType;
use domain::run::{Counts, Mode, Outcome, Run, RunRecord, RunState, Trigger, TypeResult};
use insta::assert_snapshot;
use serde_json::json;
use store::quarantine::Quarantined;
use store::state::{Acquired, Release};
use sync::body::Body;

use super::harness::{Api, Call, HALO, halo};

fn run(api: &Api, id: &str, state: RunState, record_type: RecordType) -> Run {
    Run {
        id: id.into(),
        trigger: Trigger::Schedule,
        mode: Mode::Changes,
        state,
        started_at: api.now(),
        ended_at: Some(api.now()),
        resumed_from: None,
        vendor_calls: 3,
        budget_left: Some(97),
        quiet_before: 2,
        progress: None,
        records: BTreeMap::from([(record_type, Counts { fetched: 2, created: 1, skipped: 1, ..Counts::default() })]),
        types: BTreeMap::from([(record_type, TypeResult { state, problem: None })]),
        problem: None,
    }
}

#[tokio::test]
async fn a_sync_is_queued_once_and_then_there_is_a_pause() {
    let api = Api::new().await;
    let path = format!("{HALO}/sync");
    let changes = json!({ "mode": "changes" });
    assert_snapshot!(api.post(&path, &changes).await, @r##"
    409
    {
      "detail": "Halo PSA is not switched on, so there is nothing to sync.",
      "request_id": "req-1",
      "status": 409,
      "title": "This does not fit the present state",
      "type": "urn:problem-type:portal:conflict"
    }
    "##);
    api.connect().await;
    api.forget_messages();
    api.later(1);
    assert_snapshot!(api.post(&path, &changes).await, @r##"
    202
    {
      "run": {
        "id": "1795378403000-1",
        "mode": "changes",
        "quiet_before": 0,
        "records": {},
        "started_at": "2026-11-22T20:13:23Z",
        "state": "queued",
        "trigger": "manual",
        "types": {},
        "vendor_calls": 0
      }
    }
    "##);
    assert_eq!(api.queue.take().len(), 1);
    let waiting = api.get(HALO).await.json()["run"].clone();
    assert_eq!(waiting["state"], "queued");
    let again = api.post(&path, &changes).await.expect(202);
    assert_eq!(again["run"], waiting, "the same work is answered, not queued again");
    assert!(api.queue.take().is_empty());
    let id = waiting["id"].as_str().unwrap();
    assert_eq!(api.get(&format!("{HALO}/runs/{id}")).await.expect(200), waiting);

    // The engine takes it up and ends it.
    let store = api.store();
    let Acquired::Lease(fence, state) = store.acquire(&halo(), "w", None, api.now(), api.now()).await.unwrap() else {
        panic!("nobody else has the lease")
    };
    let mut ended = run(&api, id, RunState::Succeeded, RecordType::Companies);
    ended.trigger = Trigger::Manual;
    store.put_run(&halo(), &ended).await.unwrap();
    let release = Release { due_at: Some(api.now()), wake: None, done: state.requested, deactivate: false };
    store.release(&fence, &Body::default(), &release).await.unwrap();
    assert!(api.get(HALO).await.json().get("run").is_none());

    api.later(30);
    let soon = api.post(&path, &changes).await;
    assert_eq!(soon.header("retry-after"), Some("90"));
    assert_snapshot!(soon, @r##"
    429
    {
      "detail": "A sync was asked for a moment ago. Ask again in 90 seconds.",
      "request_id": "req-1",
      "status": 429,
      "title": "That was too soon",
      "type": "urn:problem-type:portal:too-soon"
    }
    "##);
    api.later(90);
    assert_ne!(api.post(&path, &json!({ "mode": "everything" })).await.expect(202)["run"]["id"], id);
    api.post(&path, &json!({ "mode": "sometimes" })).await.expect(422);
}

#[tokio::test]
async fn what_was_called_of_the_vendors_allowance_is_told() {
    let api = Api::new().await;
    assert_eq!(api.get(HALO).await.json().get("api_usage"), None, "nothing can be called without credentials");
    api.connect().await;
    let Acquired::Lease(fence, _) = api.store().acquire(&halo(), "w", None, api.now(), api.now()).await.unwrap() else {
        panic!("nobody else has the lease")
    };
    let now = api.now().as_second();
    let budget = BudgetState {
        buckets: vec![(now - 400, 50), (now - 60, 48)],
        blocked_until: Some(now + 30),
        ..BudgetState::default()
    };
    api.store().checkpoint(&fence, &Body { budget, ..Body::default() }, Vec::new()).await.unwrap();
    let usage = api.get(HALO).await.json()["api_usage"].clone();
    let until = api.now() + jiff::SignedDuration::from_secs(30);
    assert_eq!(
        usage,
        json!({ "calls": 48, "share": 150, "allowed": 300, "window_seconds": 300, "waits_until": until.to_string() })
    );
    api.later(400);
    let later = api.get(HALO).await.json()["api_usage"].clone();
    assert_eq!(later, json!({ "calls": 0, "share": 150, "allowed": 300, "window_seconds": 300 }));
}

#[tokio::test]
async fn a_run_at_work_is_answered_to_whoever_asks_for_it() {
    let api = Api::new().await;
    api.connect().await;
    let store = api.store();
    let expires = api.now() + jiff::SignedDuration::from_secs(100);
    let Acquired::Lease(fence, _) = store.acquire(&halo(), "w", None, api.now(), expires).await.unwrap() else {
        panic!("nobody else has the lease")
    };
    let mut at_work = run(&api, "0000000000001-1", RunState::Running, RecordType::Tickets);
    at_work.ended_at = None;
    store.checkpoint(&fence, &Body { run: Some(at_work), ..Body::default() }, Vec::new()).await.unwrap();
    api.later(3);
    let integration = api.get(HALO).await.json();
    assert_eq!((&integration["status"], &integration["run"]["id"]), (&json!("syncing"), &json!("0000000000001-1")));
    let asked = api.post(&format!("{HALO}/sync"), &json!({ "mode": "changes" })).await.expect(202);
    assert_eq!(asked["run"]["id"], "0000000000001-1");
    let all = api.post(&format!("{HALO}/sync"), &json!({ "mode": "everything" })).await.expect(202);
    assert_eq!(all["run"]["state"], "queued", "more than the run at work does");
    let queued = all["run"]["id"].as_str().unwrap();
    api.get(&format!("{HALO}/runs/{queued}")).await.expect(200);
    let listed = api.get(&format!("{HALO}/runs")).await.json();
    assert_eq!(listed["items"][0]["id"], "0000000000001-1");
}

#[tokio::test]
async fn the_log_is_filtered_and_paged_latest_first() {
    let api = Api::new().await;
    api.connect().await;
    for n in 1..=7 {
        let state = if n % 3 == 0 { RunState::Partial } else { RunState::Succeeded };
        let record_type = if n % 2 == 0 { RecordType::Tickets } else { RecordType::Companies };
        api.store().put_run(&halo(), &run(&api, &format!("{n:013}-1"), state, record_type)).await.unwrap();
    }
    let ids = async |query: &str| {
        let mut all = Vec::new();
        let mut path = format!("{HALO}/runs?{query}");
        loop {
            let page = api.get(&path).await.expect(200);
            all.extend(
                page["items"].as_array().unwrap().iter().map(|run| run["id"].as_str().unwrap()[12..13].to_owned()),
            );
            let Some(cursor) = page["next_cursor"].as_str() else { return all.join("") };
            path = format!("{HALO}/runs?{query}&cursor={cursor}");
        }
    };
    assert_eq!(ids("limit=3").await, "7654321");
    assert_eq!(ids("limit=1").await, "7654321");
    assert_eq!(ids("limit=2&result=partial").await, "63");
    assert_eq!(ids("record_type=tickets&trigger=schedule").await, "642");
    assert_eq!(ids("trigger=manual").await, "");
    for query in ["result=fine", "trigger=magic", "record_type=planets"] {
        api.get(&format!("{HALO}/runs?{query}")).await.expect(422);
    }
    assert_snapshot!(api.get(&format!("{HALO}/runs?limit=1")).await, @r##"
    200
    {
      "items": [
        {
          "budget_left": 97,
          "ended_at": "2026-11-22T20:13:22Z",
          "id": "0000000000007-1",
          "mode": "changes",
          "quiet_before": 2,
          "records": {
            "companies": {
              "created": 1,
              "deleted": 0,
              "fetched": 2,
              "quarantined": 0,
              "skipped": 1,
              "unchanged": 0,
              "updated": 0
            }
          },
          "started_at": "2026-11-22T20:13:22Z",
          "state": "succeeded",
          "trigger": "schedule",
          "types": {
            "companies": {
              "state": "succeeded"
            }
          },
          "vendor_calls": 3
        }
      ],
      "next_cursor": "cnVucyAwMDAwMDAwMDAwMDA3LTE",
      "quiet": {
        "count": 0
      }
    }
    "##);
    api.get(&format!("{HALO}/runs/0000000000099-1")).await.expect(404);
}

#[tokio::test]
async fn the_records_behind_a_run_are_paged_across_its_packs() {
    let api = Api::new().await;
    api.connect().await;
    let store = api.store();
    let run = run(&api, "0000000000001-1", RunState::Succeeded, RecordType::Companies);
    store.put_run(&halo(), &run).await.unwrap();
    let expires = api.now() + jiff::SignedDuration::from_secs(100);
    let Acquired::Lease(fence, _) = store.acquire(&halo(), "w", None, api.now(), expires).await.unwrap() else {
        panic!("nobody else has the lease")
    };
    for pack in 0..3_u64 {
        let record = |n: u64| RunRecord {
            record_type: RecordType::Companies,
            external_id: format!("{}", pack * 10 + n).as_str().into(),
            name: format!("Company {n}"),
            outcome: if n == 0 { Outcome::Skipped } else { Outcome::Created },
            reason: (n == 0).then(|| "it has no name".to_owned()),
            at: api.now(),
        };
        let records: Vec<RunRecord> = (0..3).map(record).collect();
        let write = store.run_records_write(&halo(), &run, pack, &records).unwrap();
        store.checkpoint(&fence, &Body::default(), vec![write]).await.unwrap();
    }
    let path = format!("{HALO}/runs/0000000000001-1/records");
    let mut seen = Vec::new();
    let mut next = format!("{path}?limit=2");
    loop {
        let page = api.get(&next).await.expect(200);
        let items = page["items"].as_array().unwrap();
        seen.extend(items.iter().map(|record| record["external_id"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        next = format!("{path}?limit=2&cursor={cursor}");
    }
    assert_eq!(seen, ["0", "1", "2", "10", "11", "12", "20", "21", "22"]);
    assert_snapshot!(api.get(&format!("{path}?outcome=skipped&limit=1")).await, @r##"
    200
    {
      "items": [
        {
          "at": "2026-11-22T20:13:22Z",
          "external_id": "0",
          "name": "Company 0",
          "outcome": "skipped",
          "reason": "it has no name",
          "record_type": "companies"
        }
      ],
      "next_cursor": "eyJwYWNrIjoiMDAwMDAwMDAiLCJza2lwIjowfQ"
    }
    "##);
    api.get(&format!("{HALO}/runs/none/records")).await.expect(404);
}

#[tokio::test]
async fn a_record_set_aside_is_read_again_on_request() {
    let api = Api::new().await;
    api.connect().await;
    api.forget_messages();
    let record = Quarantined {
        record_type: RecordType::Tickets,
        external_id: "17/a".into(),
        error: "summary: expected a text".to_owned(),
        raw: "{\"id\":17}".to_owned(),
        at: api.now(),
    };
    api.store().put_quarantined(&halo(), &[record]).await.unwrap();
    assert_snapshot!(api.get(&format!("{HALO}/quarantine")).await, @r##"
    200
    {
      "items": [
        {
          "at": "2026-11-22T20:13:22Z",
          "error": "summary: expected a text",
          "external_id": "17/a",
          "raw": "{\"id\":17}",
          "record_type": "tickets"
        }
      ],
      "next_cursor": null
    }
    "##);
    api.send(Call::new("POST", &format!("{HALO}/quarantine/tickets/17%2Fa/retry"))).await.expect(202);
    assert_eq!(api.store().waiting(&halo()).await.unwrap().len(), 1);
    assert_eq!(api.queue.take().len(), 1);
    api.send(Call::new("POST", &format!("{HALO}/quarantine/contacts/17%2Fa/retry"))).await.expect(404);
    api.send(Call::new("POST", &format!("{HALO}/quarantine/devices/17/retry"))).await.expect(404);
}
