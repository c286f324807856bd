//! The engine killed at every write, every answer lost once, every write repeated that lost its answer: what is left is found again by the tick alone, and ends
//! in the very state that an undisturbed engine leaves.

use std::collections::{BTreeMap, BTreeSet};

use domain::options::Options;
use serde_json::{Value, json};
use simulators::{App, DenyAs};
use store::connection::Wake;
use store::memory::{Fault, MemoryTable};
use testkit::World;

use crate::worlds::{connected, fields, import_all, seen_from, try_round, until_quiet};

const SCALE: usize = 40;

/// Everything in the table that must not depend on how often the engine was disturbed, and what was announced.
#[derive(Debug, PartialEq)]
struct Outcome {
    items: BTreeMap<String, Value>,
    events: BTreeSet<String>,
    created: Vec<String>,
}

/// What differs between two ways to the same end: times, and how often an issue was seen.
const MOMENTS: &[&str] = &[
    "times",
    "first_seen_at",
    "changed_at",
    "last_seen_at",
    "at",
    "watermark",
    "succeeded_at",
    "swept_at",
    "checked_at",
];

fn without_moments(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|key, _| !MOMENTS.contains(&key.as_str()));
            map.values_mut().for_each(without_moments);
        }
        Value::Array(values) => values.iter_mut().for_each(without_moments),
        _ => {}
    }
}

fn outcome(table: &MemoryTable, world: &World) -> Outcome {
    let mut items = BTreeMap::new();
    let mut created = Vec::new();
    for item in table.items() {
        let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default();
        let (pk, sk) = (text("pk"), text("sk"));
        let mut body: Value = serde_json::from_str(&text("body")).unwrap_or(Value::Null);
        if pk.contains("#RUN") {
            let lines = body.as_array().into_iter().flatten().filter(|line| line["outcome"] == "created");
            created.extend(lines.map(|line| format!("{} {}", line["record_type"], line["external_id"])));
            continue;
        }
        if sk == "STATE" {
            body = json!({ "feeds": body["feeds"], "quarantined": body["quarantined"], "run": body["run"] });
        }
        without_moments(&mut body);
        if pk.ends_with("#USER") {
            body["created_at"] = Value::Null;
        }
        let own = |name: &&String| !["pk", "sk", "body"].contains(&name.as_str()) && sk != "STATE";
        let names: BTreeSet<&String> = item.keys().filter(own).collect();
        let attributes: Vec<String> = names.iter().map(|name| format!("{name}={:?}", item[*name])).collect();
        items.insert(format!("{pk} / {sk}"), json!({ "body": body, "attributes": attributes }));
    }
    created.sort();
    let events = world.bus.events().into_iter().map(|event| event.id).collect();
    Outcome { items, events, created }
}

fn assert_same(found: &Outcome, wanted: &Outcome, how: &str) {
    let keys: BTreeSet<_> = found.items.keys().chain(wanted.items.keys()).collect();
    for key in keys {
        assert_eq!(found.items.get(key), wanted.items.get(key), "{how}: {key}");
    }
    assert_eq!(found.events, wanted.events, "{how}: what was announced");
    assert_eq!(found.created, wanted.created, "{how}: what the run log says was created");
}

/// A story: how the world comes to be, and what changes before the disturbed run.
#[derive(Clone, Copy, Debug)]
enum Story {
    FirstImport,
    Changes,
    DecidedAgain,
    /// A record type is refused.
    Refused,
    /// A refused type is permitted, and a malformed record mended.
    Healed,
}

async fn begin(story: Story) -> (World, App) {
    let options = match story {
        Story::DecidedAgain => Options { auto_import: Options::initial().auto_import, ..import_all() },
        _ => import_all(),
    };
    let (mut world, app, connected) = connected(SCALE, options).await;
    match story {
        Story::FirstImport => return (world, app),
        Story::Changes => {
            until_quiet(&world).await;
            edit(&app);
        }
        Story::Refused | Story::Healed => {
            until_quiet(&world).await;
            app.deny(["tickets"], DenyAs::Forbidden);
            app.expire_tokens();
            if matches!(story, Story::Healed) {
                heal_what_was_wrong(&world, &app).await;
            }
        }
        Story::DecidedAgain => {
            until_quiet(&world).await;
            let wake = Wake { due_at: None, re_evaluate: true };
            connected.change(wake, |settings| settings.options = import_all()).await;
        }
    }
    let due = connected.read().await.state.due_at.unwrap();
    world.clock.advance(due.duration_since(sync::ports::Clock::now(&world.clock)));
    world.table = world.table.reopen();
    (world, app)
}

/// One run with a refused type and a malformed record; then both are set right.
async fn heal_what_was_wrong(world: &World, app: &App) {
    let contact = app.dump()["users"].as_array().unwrap().last().unwrap()["id"].to_string();
    app.patch("contacts", &contact, fields(json!({ "inactive": "perhaps" })), false).unwrap();
    world.scheduled_run(&seen_from(world)).await;
    assert_eq!(seen_from(world).body().await.quarantined.len(), 1);
    assert_eq!(seen_from(world).read().await.issues.len(), 1);
    app.patch("contacts", &contact, fields(json!({ "inactive": false })), false).unwrap();
    app.deny(Vec::<String>::new(), DenyAs::Forbidden);
    app.expire_tokens();
}

/// Changes of several kinds by people at the vendor.
fn edit(app: &App) {
    let ids = |list: &str| -> Vec<String> {
        let rows = app.dump()[list].as_array().cloned().unwrap_or_default();
        rows.iter().filter(|row| row["id"].as_i64() > Some(1)).map(|row| row["id"].to_string()).collect()
    };
    let (clients, contacts, tickets, agents) = (ids("clients"), ids("users"), ids("tickets"), ids("agents"));
    app.patch("clients", &clients[0], fields(json!({ "name": "Renamed Ltd" })), false).unwrap();
    let new = app.create("clients", fields(json!({ "name": "Brand New GmbH" }))).unwrap();
    let site = new["main_site_id"].clone();
    for n in 0..3 {
        let name = format!("New Person {n}");
        let email = format!("new{n}@brandnew.example");
        let person = json!({ "name": name, "emailaddress": email, "site_id": site });
        app.create("contacts", fields(person)).unwrap();
    }
    let last = contacts.len();
    app.patch("contacts", &contacts[last - 1], fields(json!({ "emailaddress": "moved@elsewhere.example" })), false)
        .unwrap();
    app.patch("contacts", &contacts[last - 2], fields(json!({ "inactive": true })), false).unwrap();
    app.delete("contacts", &contacts[last - 3], true).unwrap();
    app.patch("tickets", &tickets[0], fields(json!({ "summary": "Changed" })), false).unwrap();
    app.patch("agents", &agents[0], fields(json!({ "jobtitle": "Lead" })), false).unwrap();
}

async fn undisturbed(story: Story) -> (Outcome, u64) {
    let (world, _app) = begin(story).await;
    try_round(&world).await;
    let writes = world.table.faults().writes();
    finish(&world).await;
    (outcome(&world.table, &world), writes)
}

/// To the end of what there is to do, and one scheduled run more, which has to find nothing.
async fn finish(world: &World) {
    until_quiet(world).await;
    world.scheduled_run(&seen_from(world)).await;
    until_quiet(world).await;
}

async fn disturbed_at_every_write(story: Story, fault: Fault) {
    let (wanted, writes) = undisturbed(story).await;
    assert!(writes > 3, "{story:?} wrote {writes} times");
    for nth in 1..=writes {
        let (mut world, _app) = begin(story).await;
        world.table.faults().at_write(nth, fault);
        let dead = world.table.clone();
        let _ = Box::pin(dead.faults().run(try_round(&world))).await;
        // Another environment: nothing of the first is left but the table, and no message comes again.
        world.table = world.table.reopen();
        while world.queue.take().is_some() {}
        finish(&world).await;
        assert_same(
            &outcome(&world.table, &world),
            &wanted,
            &format!("{story:?}, {fault:?} at write {nth} of {writes}"),
        );
    }
}

macro_rules! at_every_write {
    ($($name:ident: $story:ident, $fault:ident;)*) => {$(
        #[tokio::test(start_paused = true)]
        async fn $name() {
            disturbed_at_every_write(Story::$story, Fault::$fault).await;
        }
    )*};
}

at_every_write! {
    a_first_import_survives_a_kill_at_every_write: FirstImport, KillBefore;
    a_first_import_survives_a_lost_answer_at_every_write: FirstImport, LoseAnswer;
    a_first_import_survives_a_failure_at_every_write: FirstImport, Fail;
    a_first_import_survives_a_repeat_of_every_write: FirstImport, Repeat;
    a_changes_run_survives_a_kill_at_every_write: Changes, KillBefore;
    a_changes_run_survives_a_lost_answer_at_every_write: Changes, LoseAnswer;
    a_changes_run_survives_a_repeat_of_every_write: Changes, Repeat;
    a_refused_type_survives_a_kill_at_every_write: Refused, KillBefore;
    healing_survives_a_kill_at_every_write: Healed, KillBefore;
    healing_survives_a_lost_answer_at_every_write: Healed, LoseAnswer;
    deciding_again_survives_a_kill_at_every_write: DecidedAgain, KillBefore;
    deciding_again_survives_a_lost_answer_at_every_write: DecidedAgain, LoseAnswer;
}
