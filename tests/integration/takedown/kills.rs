//! Taking a connection down, killed at every write, and every answer lost once: the tick alone brings it to the end that an
//! undisturbed engine reaches.

use std::collections::{BTreeMap, BTreeSet};

use domain::disconnect::DataChoice;
use domain::issue::{Cause, Issue, Reason};
use domain::record::RecordType;
use serde_json::{Value, json};
use store::memory::{Fault, MemoryTable};
use store::quarantine::Quarantined;
use testkit::Connected;

use super::{disconnect, until_disconnected};
use crate::acme::{Acme, import_all};
use crate::pushing::Pushing;
use crate::worlds::try_round;

/// Everything in the table that must not depend on how often the engine was disturbed, and what was announced.
#[derive(Debug, PartialEq)]
struct Outcome {
    items: BTreeMap<String, Value>,
    events: BTreeSet<String>,
}

fn outcome(acme: &Acme) -> Outcome {
    let mut items = BTreeMap::new();
    for item in acme.world.table.items() {
        let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default();
        let (pk, sk) = (text("pk"), text("sk"));
        let mut body: Value = serde_json::from_str(&text("body")).unwrap_or(Value::Null);
        let mut names: Vec<&String> = item.keys().collect();
        names.sort();
        if pk.ends_with("#RUN") {
            // When it began and how often the vendor was called depends on the disturbance.
            let run = &body;
            body = json!({ "mode": run["mode"], "state": run["state"], "problem": run["problem"], "records": run["records"] });
        }
        if sk == "STATE" {
            body = json!({ "feeds": body["feeds"], "takedown": body["takedown"], "run": body["run"] });
        }
        items.insert(format!("{pk} / {sk}"), json!({ "body": body, "attributes": names }));
    }
    let events = acme.world.bus.events().into_iter().map(|event| event.id).collect();
    Outcome { items, events }
}

/// A connection with something of everything, about to be disconnected.
async fn begin(data: DataChoice) -> Pushing {
    let mut pushing = Pushing::connected(0, import_all()).await;
    let acme = &pushing.acme;
    let company = acme.add_company("Harbour Ltd");
    for n in 0..3 {
        acme.add_contact(&company, &format!("Person {n}"), &format!("p{n}@harbour.example"));
    }
    acme.run().await;
    let Connected { store, id } = &acme.connected;
    let now = "2026-03-02T08:00:00Z".parse().unwrap();
    let issue = Issue {
        id: "vendor_unreachable".to_owned(),
        cause: Cause::Transient,
        reason: Reason::VendorUnreachable,
        subject: None,
        title: String::new(),
        detail: String::new(),
        remedy: String::new(),
        record_types: Vec::new(),
        first_seen_at: now,
        last_seen_at: now,
        times: 1,
    };
    store.put_issue(id, &issue).await.unwrap();
    let aside = Quarantined {
        record_type: RecordType::Tickets,
        external_id: "17".into(),
        error: String::new(),
        raw: String::new(),
        at: now,
    };
    store.put_quarantined(id, &[aside]).await.unwrap();
    store.hint(id, RecordType::Tickets, &"1".into()).await.unwrap();
    disconnect(&acme.world, &acme.connected, data).await;
    pushing.acme.world.table = pushing.acme.world.table.reopen();
    pushing.acme.connected.store = pushing.acme.world.store("acme");
    pushing
}

async fn undisturbed(data: DataChoice) -> (Outcome, u64) {
    let pushing = begin(data).await;
    let acme = &pushing.acme;
    until_disconnected(&acme.world, &acme.connected).await;
    (outcome(acme), acme.world.table.faults().writes())
}

async fn disturbed_at_every_write(data: DataChoice, fault: Fault) {
    let (wanted, writes) = undisturbed(data).await;
    for nth in 1..=writes {
        let mut pushing = begin(data).await;
        pushing.acme.world.table.faults().at_write(nth, fault);
        let dead: MemoryTable = pushing.acme.world.table.clone();
        let _ = Box::pin(dead.faults().run(try_round(&pushing.acme.world))).await;
        // Another environment: nothing of the first is left but the table, and no message comes again.
        pushing.acme.world.table = pushing.acme.world.table.reopen();
        pushing.acme.connected.store = pushing.acme.world.store("acme");
        while pushing.acme.world.queue.take().is_some() {}
        let acme = &pushing.acme;
        until_disconnected(&acme.world, &acme.connected).await;
        let (found, how) = (outcome(acme), format!("{data:?}, {fault:?} at write {nth} of {writes}"));
        let keys: BTreeSet<_> = found.items.keys().chain(wanted.items.keys()).collect();
        for key in keys {
            assert_eq!(found.items.get(key), wanted.items.get(key), "{how}: {key}");
        }
        assert_eq!(found.events, wanted.events, "{how}: what was announced");
        let stays = found.items.keys().filter(|key| key.contains("#CONN#")).count();
        assert!(data == DataChoice::Keep || stays == 4, "{how}: settings, state, retired address, run: {stays}");
        assert!(!found.items.keys().any(|key| key.contains("ISSUE#")), "{how}");
        assert_eq!(pushing.vendor.subscribed(), None, "{how}");
        assert!(acme.world.secrets.is_empty(), "{how}");
    }
}

macro_rules! at_every_write {
    ($($name:ident: $data:ident, $fault:ident;)*) => {$(
        #[tokio::test(start_paused = true)]
        async fn $name() {
            disturbed_at_every_write(DataChoice::$data, Fault::$fault).await;
        }
    )*};
}

at_every_write! {
    keeping_survives_a_kill_before_every_write: Keep, KillBefore;
    keeping_survives_a_kill_after_every_write: Keep, KillAfter;
    keeping_survives_a_lost_answer_at_every_write: Keep, LoseAnswer;
    removing_survives_a_kill_before_every_write: Remove, KillBefore;
    removing_survives_a_kill_after_every_write: Remove, KillAfter;
    removing_survives_a_lost_answer_at_every_write: Remove, LoseAnswer;
    removing_survives_a_failure_at_every_write: Remove, Fail;
}
