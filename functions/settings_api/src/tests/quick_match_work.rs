//! Applying and undoing a quick match: a moment's work at a time, by one at a time, whatever comes in between.

use jiff::SignedDuration;
use serde_json::{Value, json};
use store::memory::Fault;
use store::table::{BatchWrite, Item, Key, Table as _};

use super::harness::{Api, Call, HALO};
use super::quick_match::{links, mirror_named, portal, start};

const NAMES: [(&str, &str); 4] = [("1", "Contoso"), ("2", "Fabrikam"), ("3", "Northwind"), ("4", "Tailspin")];

/// A portal and a vendor with the same companies, and a quick match of them.
async fn matched() -> (Api, String) {
    let api = Api::new().await;
    api.connect().await;
    portal(&api, &NAMES.map(|(_, name)| name)).await;
    mirror_named(&api, &NAMES).await;
    let path = start(&api).await;
    (api, path)
}

async fn apply(api: &Api, path: &str) -> super::harness::Reply {
    api.post(&format!("{path}/apply"), &json!({ "accept": "filtered" })).await
}

async fn undo(api: &Api, path: &str) -> super::harness::Reply {
    api.send(Call::new("POST", &format!("{path}/undo"))).await
}

/// Asks for the result until nothing is left to do; bounded, since each request has to get on.
async fn finish(api: &Api, path: &str) -> Value {
    for _ in 0..20 {
        let result = api.get(&format!("{path}/result")).await;
        let json = result.json();
        if result.status == 200 && json["state"] == "done" && json["undo"]["state"] != "running" {
            return json;
        }
        // The lease of one that was killed runs out.
        api.later(30);
    }
    panic!("it does not come to an end");
}

async fn linked(api: &Api) -> usize {
    links(api).await.iter().filter(|(_, links)| !links.is_empty()).count()
}

#[tokio::test]
async fn each_request_carries_it_on_for_two_seconds() {
    let (api, path) = matched().await;
    api.clock.ticks(SignedDuration::from_millis(700));
    let first = apply(&api, &path).await.expect(202);
    assert_eq!((&first["state"], &first["undo"]["state"]), (&json!("running"), &json!("not_yet")));
    let done = first["applied"].as_u64().unwrap();
    assert!((1..4).contains(&done), "{first}");
    assert_eq!(undo(&api, &path).await.status, 409, "not before it is done");
    let mut before = done;
    loop {
        let result = api.get(&format!("{path}/result")).await.expect(200);
        let done = result["applied"].as_u64().unwrap();
        assert!(done > before || result["state"] == "done", "each request gets on");
        before = done;
        if result["state"] == "done" {
            break;
        }
    }
    assert_eq!((before, linked(&api).await), (4, 4));
    let mut undone = undo(&api, &path).await.expect(202);
    assert_eq!(undone["state"], "running");
    while undone["state"] == "running" {
        undone = undo(&api, &path).await.expect(202);
    }
    assert_eq!((&undone["undone"], &undone["kept_count"], linked(&api).await), (&json!(4), &json!(0), 0));
}

#[tokio::test]
async fn what_was_begun_and_left_is_ended_days_later() {
    let (api, path) = matched().await;
    api.clock.ticks(SignedDuration::from_millis(700));
    let first = apply(&api, &path).await.expect(202);
    assert_eq!((&first["state"], &first["total"]), (&json!("running"), &json!(4)));
    api.clock.ticks(SignedDuration::ZERO);
    api.later(6 * 86_400);
    expire(&api).await;
    let last = finish(&api, &path).await;
    assert_eq!((&last["applied"], &last["failed_count"], linked(&api).await), (&json!(4), &json!(0), 4));
    api.later(2 * 86_400);
    assert_eq!(api.get(&format!("{path}/result")).await.status, 404, "what is left of it need not be whole");
}

/// The table deletes what has expired.
async fn expire(api: &Api) {
    let is_over = |item: &&Item| {
        let at = item.get("expires_at").and_then(|at| at.as_n().ok()?.parse::<i64>().ok());
        at.is_some_and(|at| at < api.now().as_second())
    };
    let all = api.table.items();
    let over = all.iter().filter(is_over).filter_map(Key::of).map(BatchWrite::Delete).collect();
    api.table.batch_write(over).await.unwrap();
}

#[tokio::test]
async fn as_many_proposals_as_may_be_named_fit_into_a_request() {
    let (api, path) = matched().await;
    let named = |count: usize| {
        let ids: Vec<_> = (0..count).map(|n| format!("connectwise-manage.{}", 90_000 + n)).collect();
        json!({ "accept": ids })
    };
    let none = api.post(&format!("{path}/apply"), &named(8_000)).await;
    assert_eq!((none.status, none.pointers()[0].as_str()), (422, "/accept/0"));
    let many = api.post(&format!("{path}/apply"), &named(8_001)).await;
    assert!(many.pointers().contains(&"/accept".to_owned()), "{many}");
}

#[tokio::test]
async fn of_two_at_once_one_works() {
    let (api, path) = matched().await;
    api.clock.ticks(SignedDuration::from_millis(700));
    apply(&api, &path).await.expect(202);
    api.clock.ticks(SignedDuration::ZERO);
    let id = path.rsplit('/').next().unwrap();
    let until = api.now() + SignedDuration::from_secs(20);
    let held = api.store().hold_application(&id.into(), "another", api.now(), until).await.unwrap();
    assert!(held.is_some());
    let before = linked(&api).await;
    assert_eq!(api.get(&format!("{path}/result")).await.expect(200)["state"], "running");
    assert_eq!(linked(&api).await, before, "the other one is at it");
    api.later(21);
    assert_eq!(api.get(&format!("{path}/result")).await.expect(200)["state"], "done");
    assert_eq!(linked(&api).await, 4);
}

#[tokio::test]
async fn only_links_that_stand_as_they_were_made_are_undone() {
    let (api, path) = matched().await;
    apply(&api, &path).await.expect(202);
    let companies = api.get("/v1/companies").await.json();
    let id = |at: usize| companies["items"][at]["id"].as_str().unwrap().to_owned();
    let link = |method: &'static str, at: usize, external: &str| {
        Call::new(method, &format!("/v1/companies/{}/links/halo-psa/{external}", id(at)))
    };
    // Unlinked and linked again by hand; unlinked; its company deleted.
    for method in ["DELETE", "PUT"] {
        api.send(link(method, 0, "1")).await.expect(200);
    }
    api.send(link("DELETE", 1, "2")).await.expect(200);
    api.delete(&format!("/v1/companies/{}", id(2))).await.expect(204);
    api.forget_messages();
    let undone = undo(&api, &path).await.expect(202);
    assert_eq!((&undone["state"], &undone["undone"], &undone["kept_count"]), (&json!("done"), &json!(1), &json!(3)));
    let kept = undone["kept"].as_array().unwrap().iter();
    let kept: Vec<_> =
        kept.map(|kept| format!("{}: {}", kept["name"].as_str().unwrap(), kept["reason"].as_str().unwrap())).collect();
    insta::assert_snapshot!(kept.join("\n"), @r##"
    Contoso: It was unlinked or linked anew since, so it stays as it is.
    Fabrikam: It was unlinked or linked anew since, so it stays as it is.
    Northwind: The portal company does not exist any more.
    "##);
    assert_eq!(linked(&api).await, 1, "the one that a person made");
    assert_eq!(api.queue.take().len(), 1, "users are looked at again");
    assert_eq!(undo(&api, &path).await.expect(202), undone, "again: nothing");
    assert_eq!(api.get(&format!("{path}/result")).await.expect(200)["undo"], undone);
}

#[tokio::test]
async fn a_disconnected_integration_is_left_alone() {
    let (api, path) = matched().await;
    let disconnect = json!({ "data": "keep", "confirm": "Halo PSA" });
    api.post(&format!("{HALO}/disconnect"), &disconnect).await.expect(202);
    let applied = apply(&api, &path).await.expect(202);
    assert_eq!((&applied["state"], &applied["failed_count"]), (&json!("done"), &json!(4)));
    assert_eq!(applied["failed"][0]["reason"], "Halo PSA is disconnected.");
    let found = api.post("/v1/quick-match", &json!({})).await.expect(201);
    assert_eq!(found["counts"]["vendor_companies"], 0);
}

/// Everything that must not depend on how often it was disturbed.
async fn outcome(api: &Api, result: &Value) -> (Vec<(String, Vec<String>)>, String) {
    let counts = json!([
        result["state"],
        result["applied"],
        result["failed_count"],
        result["undo"]["undone"],
        result["undo"]["kept_count"]
    ]);
    (links(api).await, counts.to_string())
}

#[tokio::test]
async fn killed_or_failed_at_any_write_it_ends_as_if_undisturbed() {
    for undoing in [false, true] {
        let prepared = async || {
            let (api, path) = matched().await;
            if undoing {
                apply(&api, &path).await.expect(202);
            }
            (api.reopened(), path)
        };
        let work = async |api: &Api, path: &str| if undoing { undo(api, path).await } else { apply(api, path).await };
        let (api, path) = prepared().await;
        let begin = api.table.faults().writes();
        work(&api, &path).await.expect(202);
        let writes = api.table.faults().writes() - begin;
        let expected = outcome(&api, &finish(&api, &path).await).await;
        assert!(writes > 4, "{writes}");
        for fault in [Fault::Fail, Fault::LoseAnswer, Fault::KillBefore, Fault::KillAfter] {
            for write in 1..=writes {
                let (api, path) = prepared().await;
                let faults = api.table.faults();
                faults.at_write(faults.writes() + write, fault);
                let first = faults.run(work(&api, &path)).await;
                let api = if faults.is_killed() { api.reopened() } else { api };
                api.later(30);
                // What was killed before anything was noted is asked for again, as a person would.
                let again = work(&api, &path).await;
                assert!(again.status < 300, "{fault:?} at write {write}: {first:?}, then {again}");
                let result = finish(&api, &path).await;
                assert_eq!(outcome(&api, &result).await, expected, "{fault:?} at write {write}, undoing {undoing}");
            }
        }
    }
}
