//! Halo PSA end to end without sockets: the engine, the connector and the simulator.

use std::collections::BTreeMap;

use domain::id::TestId;
use domain::probe::{Authenticated, CheckResult, ConnectionTest};
use domain::record::RecordType;
use domain::run::{Counts, Mode, Run, RunState, Trigger, TypeResult};
use serde_json::json;
use simulators::DenyAs;
use store::counted::Requests;
use sync::message::Command;

use crate::acme::{Acme, import_all, tale};

#[tokio::test(start_paused = true)]
async fn a_first_import_mirrors_the_tenant_and_a_second_run_finds_nothing() {
    let acme = Acme::connected(200, import_all()).await;
    let run = acme.run().await.unwrap();
    let created = |n: u64| Counts { fetched: n, created: n, ..Counts::default() };
    let and_the_unknown = |n: u64| Counts { fetched: n + 1, skipped: 1, ..created(n) };
    let fine = TypeResult { state: RunState::Succeeded, problem: None };
    let chosen = [RecordType::Companies, RecordType::Contacts, RecordType::Users, RecordType::Tickets];
    let at = "2026-03-02T09:00:00Z".parse().unwrap();
    let whole = Run {
        id: "1772442000000-1".into(),
        trigger: Trigger::Schedule,
        mode: Mode::Changes,
        state: RunState::Succeeded,
        started_at: at,
        ended_at: Some(at),
        resumed_from: None,
        vendor_calls: 27,
        budget_left: None,
        quiet_before: 0,
        progress: None,
        records: BTreeMap::from([
            (RecordType::Companies, and_the_unknown(10)),
            (RecordType::Sites, and_the_unknown(15)),
            (RecordType::Contacts, created(194)),
            (RecordType::Users, created(6)),
            (RecordType::Tickets, created(19)),
        ]),
        types: chosen.map(|record_type| (record_type, fine.clone())).into(),
        problem: None,
    };
    assert_eq!(run, whole);
    assert_eq!(acme.issues().await, []);

    acme.halo.clear_calls();
    let before = acme.world.table.requests();
    assert_eq!(acme.run().await, None, "nothing changed, so nothing is logged");
    // Reads: four shards of the due index, the connection, what waits, the page items of the one feed that is read in full,
    // and the test's own three. Writes: claim, lease, release.
    let took = Requests { query: 7 + 2, get: 1, update: 3, items_written: 3, ..Requests::default() };
    let requests = acme.world.table.requests().since(&before);
    assert_eq!(Requests { items_read: 0, ..requests }, took);
    let calls = acme.halo.calls(0);
    assert_eq!((calls.token, calls.data), (1, 5), "one call per feed");
    assert_eq!(acme.connected.body().await.quiet.count, 1);
}

#[tokio::test(start_paused = true)]
async fn a_change_at_the_vendor_appears_after_the_next_scheduled_run() {
    let acme = Acme::up_to_date(import_all()).await;
    let company = acme.add_company("Harbour Ltd");
    let ann = acme.add_contact(&company, "Ann Reed", "ann@harbour.example");
    acme.halo.clear_calls();
    let run = acme.run().await.unwrap();
    assert_eq!(
        tale(&run),
        "schedule succeeded, 5 calls; companies 1 fetched, 1 created; sites 1 fetched, 1 created; \
         contacts 1 fetched, 1 created; users 6 fetched, 6 unchanged"
    );
    assert_eq!(acme.user_of(&ann).await.name, "Ann Reed");

    acme.change("users", &ann, json!({ "name": "Ann Marsh" }));
    acme.halo.clear_calls();
    let before = acme.world.table.requests();
    let run = acme.run().await.unwrap();
    let requests = acme.world.table.requests().since(&before);
    assert_eq!(tale(&run), "schedule succeeded, 5 calls; contacts 1 fetched, 1 updated; users 6 fetched, 6 unchanged");
    assert_eq!(acme.user_of(&ann).await.name, "Ann Marsh");
    assert_eq!(acme.halo.calls(0).data, 5);
    // Claim, lease, beginning of the run, user, record, checkpoint with the log, run, release.
    assert_eq!((requests.update, requests.transact, requests.batch_write, requests.put), (4, 2, 1, 1));
    let lines = acme.lines(&run).await;
    assert_eq!(lines.iter().map(|line| line.name.as_str()).collect::<Vec<_>>(), ["Ann Marsh"]);
}

#[tokio::test(start_paused = true)]
async fn linking_a_company_later_imports_its_contacts_from_the_mirror() {
    let mut options = import_all();
    options.company_import = domain::options::CompanyImport::Choose;
    let acme = Acme::up_to_date(options).await;
    let company = acme.add_company("Harbour Ltd");
    let ann = acme.add_contact(&company, "Ann Reed", "ann@harbour.example");
    acme.run().await;
    assert_eq!(acme.why_company(&company).await, "waits to be linked or imported by a person");
    assert_eq!(acme.why(&ann).await, "its company is not linked");

    let portal = acme.make_company("harbour", "Harbour").await;
    acme.link(&portal.id, &company).await;
    acme.halo.clear_calls();
    let run = acme.wake().await.unwrap();
    assert_eq!(tale(&run), "portal succeeded, 0 calls; companies 1 updated; contacts 1 updated");
    assert_eq!(run.resumed_from, None);
    let calls = acme.halo.calls(10);
    assert_eq!((calls.token, calls.data), (0, 0));
    let user = acme.user_of(&ann).await;
    assert_eq!((user.company_id, user.role.as_str()), (Some(portal.id), "standard"));
}

#[tokio::test(start_paused = true)]
async fn a_scheduled_run_that_finds_a_new_link_still_reads_what_changed() {
    let mut options = import_all();
    options.company_import = domain::options::CompanyImport::Choose;
    let acme = Acme::up_to_date(options).await;
    let company = acme.add_company("Harbour Ltd");
    let ann = acme.add_contact(&company, "Ann Reed", "ann@harbour.example");
    acme.run().await;

    let portal = acme.make_company("harbour", "Harbour").await;
    acme.link(&portal.id, &company).await;
    let ben = acme.add_contact(&company, "Ben Hill", "ben@harbour.example");
    let run = acme.run().await.unwrap();
    assert_eq!(
        tale(&run),
        "schedule succeeded, 5 calls; companies 1 updated; contacts 1 fetched, 1 created, 1 updated; \
         users 6 fetched, 6 unchanged"
    );
    assert_eq!(run.resumed_from, None);
    assert_eq!(acme.user_of(&ann).await.company_id.as_ref(), Some(&portal.id));
    assert_eq!(acme.user_of(&ben).await.company_id.as_ref(), Some(&portal.id));
}

#[tokio::test(start_paused = true)]
async fn contacts_of_one_stamp_across_the_border_of_a_page_all_arrive() {
    let acme = Acme::up_to_date(import_all()).await;
    let company = acme.add_company("Harbour Ltd");
    acme.run().await;
    acme.world.clock.advance(jiff::SignedDuration::from_mins(20));
    // The clock stands still, so all have the same stamp; a page has 100 rows.
    let contacts: Vec<_> = (0..130)
        .map(|n| acme.add_contact(&company, &format!("Person {n}"), &format!("p{n}@harbour.example")))
        .collect();
    let run = acme.run().await.unwrap();
    assert_eq!(run.records[&RecordType::Contacts], Counts { fetched: 130, created: 130, ..Counts::default() });
    for contact in &contacts {
        assert!(acme.why(contact).await.starts_with("imported as Standard User"), "{contact}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_that_moves_to_an_earlier_page_while_the_list_is_read_is_not_lost() {
    let acme = Acme::connected(200, import_all()).await;
    let company = acme.add_company("Harbour Ltd");
    let last = acme.add_contact(&company, "Zoe Last", "zoe@harbour.example");
    // Between two pages somebody deletes a contact of the first, so the rows behind it move up by one.
    let dump = acme.halo.dump();
    let first = dump["users"].as_array().unwrap().iter().find(|user| user["name"] != "General User").unwrap();
    let gone = crate::acme::id_of(first);
    let halo = acme.halo.clone();
    acme.wire.after_next("/api/Users", move || halo.delete("users", gone.as_str(), true).unwrap());
    acme.run().await;
    acme.runs(200).await;
    assert!(acme.why(&last).await.starts_with("imported"));
    let at_halo = acme.halo.dump()["users"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|user| {
            user["_sim"]["deleted"] == false
                && user["_sim"]["general_user"] == false
                && user["isserviceaccount"] == false
                && user["linked_agent_id"].as_i64().unwrap_or(0) <= 0
        })
        .count();
    assert_eq!(acme.mirrored(RecordType::Contacts).await, at_halo);
}

#[tokio::test(start_paused = true)]
async fn a_record_created_while_the_list_is_read_arrives() {
    let acme = Acme::connected(200, import_all()).await;
    let company = acme.add_company("Harbour Ltd");
    let halo = acme.halo.clone();
    let site = company.site;
    acme.wire.after_next("/api/Users", move || {
        let fields = json!({ "name": "Late Comer", "emailaddress": "late@harbour.example", "site_id": site });
        halo.create("users", crate::acme::object(fields)).unwrap();
    });
    let run = acme.run().await.unwrap();
    let late = |lines: Vec<domain::run::RunRecord>| lines.iter().any(|line| line.name == "Late Comer");
    assert!(late(acme.lines(&run).await));
}

#[tokio::test(start_paused = true)]
async fn a_test_sees_what_was_permitted_or_revoked_a_moment_ago() {
    let acme = Acme::up_to_date(import_all()).await;
    acme.halo.deny(["tickets"], DenyAs::Forbidden);
    assert_eq!(tickets(&acme.tested("before").await), CheckResult::NotPermitted);
    acme.halo.deny(Vec::<String>::new(), DenyAs::Forbidden);
    assert_eq!(tickets(&acme.tested("permitted").await), CheckResult::Granted);
    acme.halo.revoke_credentials(true);
    assert_eq!(acme.tested("revoked").await.authenticated, Some(Authenticated::No));
}

impl Acme {
    async fn tested(&self, id: &str) -> ConnectionTest {
        let (tenant, connection) = (self.connected.store.tenant().clone(), self.connected.id.clone());
        let command = Command::Test { tenant, connection, test: TestId::new(id) };
        self.world.engine().command(command, self.world.deadline()).await.unwrap();
        self.connected.store.test(&self.connected.id, &TestId::new(id)).await.unwrap().unwrap()
    }
}

fn tickets(test: &ConnectionTest) -> CheckResult {
    test.checks.iter().find(|check| check.record_type == RecordType::Tickets).unwrap().result
}
