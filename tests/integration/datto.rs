//! Datto RMM end to end without sockets: what is particular to it and can go wrong.

mod over;

use std::sync::Arc;

use connector::webhook::Provisioning;
use domain::id::ExternalId;
use domain::options::{CompanyImport, Options};
use domain::record::{Alert, Device, RecordData, RecordType};
use domain::run::Run;
use jiff::SignedDuration;
use serde_json::{Value, json};
use simulators::{App, Fault, FaultKind, Limit, Setup};
use store::records::Presence;
use sync::endpoint::{Receiver, WebhookKeys};
use sync::engine::BudgetShare;
use sync::ports::Clock as _;
use testkit::{Connected, InProcess, TestClock, World};

use crate::pushing::{KEY, post_with, receiver};
use crate::worlds::fields;

/// One tenant and its Datto RMM.
struct Acme {
    world: World,
    datto: App,
    connected: Connected,
}

impl Acme {
    async fn connected(scale: usize, options: Options) -> Self {
        let clock = TestClock::at("2026-03-02T09:00:00Z".parse().unwrap());
        let time = clock.clone();
        let setup = Setup { scale, seed: 1, clock: Arc::new(move || time.now()) };
        let datto = simulators::by_id("datto-rmm").unwrap().build(&setup);
        let world = World::new(&datto_rmm::CONNECTOR, Arc::new(InProcess(datto.router())), clock);
        let connected = world.connect("acme", &datto.credentials(), options).await;
        Self { world, datto, connected }
    }

    /// First import done, and from here on every feed is due in every run.
    async fn up_to_date(scale: usize) -> Self {
        let options = Options { company_import: CompanyImport::All, ..Options::initial() };
        let acme = Self::connected(scale, options).await;
        acme.runs(2).await;
        acme.datto.clear_calls();
        acme
    }

    async fn runs(&self, times: usize) {
        for _ in 0..times {
            self.world.scheduled_run(&self.connected).await;
        }
    }

    async fn presence(&self, record_type: RecordType, id: &str) -> Option<Presence> {
        let record = self.connected.store.record(&self.connected.id, record_type, &id.into()).await.unwrap();
        record.map(|record| record.body.presence)
    }

    async fn data(&self, record_type: RecordType, id: &str) -> RecordData {
        let record = self.connected.store.record(&self.connected.id, record_type, &id.into()).await.unwrap();
        record.unwrap().live().unwrap().clone()
    }

    async fn device(&self, id: &str) -> Device {
        let RecordData::Device(device) = self.data(RecordType::Devices, id).await else { panic!("no device {id}") };
        *device
    }

    async fn alert(&self, id: &str) -> Alert {
        let RecordData::Alert(alert) = self.data(RecordType::Alerts, id).await else { panic!("no alert {id}") };
        *alert
    }

    async fn last_runs(&self) -> Vec<Run> {
        self.connected.store.runs(&self.connected.id, 100, None).await.unwrap().items
    }

    /// Uids of this list's rows that fit.
    fn uids(&self, list: &str, fits: impl Fn(&Value) -> bool) -> Vec<String> {
        let dump = self.datto.dump();
        let key = if list == "alerts" { "alertUid" } else { "uid" };
        let rows = dump[list].as_array().unwrap().iter().filter(|row| fits(row));
        rows.map(|row| row[key].as_str().unwrap().to_owned()).collect()
    }

    fn open_alerts(&self) -> Vec<String> {
        self.uids("alerts", |row| row["resolved"] == false)
    }

    /// Ordinary devices that have been audited.
    fn machines(&self) -> Vec<String> {
        self.uids("devices", |row| {
            row["deviceClass"] == "device" && row["deleted"] == false && !row["lastAuditDate"].is_null()
        })
    }

    fn change(&self, list: &str, id: &str, values: Value) {
        self.datto.patch(list, id, fields(values), false).unwrap();
    }

    fn calls(&self, template: &str) -> u64 {
        self.datto.calls(0).count("GET", template)
    }
}

const AUDIT: &str = "/api/v2/audit/device/{deviceUid}";
const DEVICE: &str = "/api/v2/device/{deviceUid}";

#[tokio::test(start_paused = true)]
async fn a_quiet_check_costs_a_call_per_page_and_none_per_record() {
    let acme = Acme::up_to_date(300).await;
    acme.runs(1).await;
    let of = |list: &str| acme.calls(&format!("/api/v2/account/{list}"));
    assert_eq!((of("sites"), of("devices"), of("alerts/open")), (1, 2, 1));
    assert_eq!(acme.datto.calls(0).data, 4);
}

#[tokio::test(start_paused = true)]
async fn a_day_writes_a_device_once_for_being_seen_and_reads_no_audit_again() {
    let acme = Acme::up_to_date(40).await;
    let machines = acme.machines();
    let away = acme.uids("devices", |row| row["online"] == false);
    let machine = machines.into_iter().find(|machine| away.contains(machine)).unwrap();
    acme.change("devices", &machine, json!({"online": true}));
    acme.runs(1).await;
    let before = acme.device(&machine).await;
    acme.datto.clear_calls();
    acme.runs(4 * 24).await;
    let after = acme.device(&machine).await;
    let later = after.last_seen_at.unwrap().duration_since(before.last_seen_at.unwrap());
    assert!(later > SignedDuration::from_hours(10), "{later}");
    assert_eq!((after.serial_number, acme.calls(AUDIT)), (before.serial_number, 0));
    assert_eq!(acme.last_runs().await.len(), 3, "the import, the change, and one run of a new day");
}

#[tokio::test(start_paused = true)]
async fn an_audit_is_read_again_when_datto_s_own_is_thirty_days_newer() {
    let acme = Acme::up_to_date(40).await;
    let machine = acme.machines().remove(0);
    let audited = acme.device(&machine).await.audited_at.unwrap();
    let days = |days: i64| (audited + SignedDuration::from_hours(24 * days)).to_string();
    acme.change("devices", &machine, json!({"lastAuditDate": days(29), "_audit": {"bios": {"serialNumber": "NEW1"}}}));
    acme.runs(1).await;
    assert_eq!(acme.calls(AUDIT), 0, "an audit alone is no reason to write");
    acme.change("devices", &machine, json!({"lastAuditDate": days(30), "lastLoggedInUser": "CORP\\zoe"}));
    acme.runs(1).await;
    let device = acme.device(&machine).await;
    assert_eq!((device.serial_number.as_deref(), acme.calls(AUDIT)), (Some("NEW1"), 1));
    assert_eq!(device.audited_at.unwrap().to_string(), days(30));
}

#[tokio::test(start_paused = true)]
async fn printers_and_hosts_are_shown_without_being_asked_for_audits_that_they_refuse() {
    let acme = Acme::connected(60, Options::initial()).await;
    acme.runs(1).await;
    let answers = acme.datto.calls(10_000).last;
    assert!(answers.iter().all(|call| call.status == Some(200)), "nothing was refused");
    let printer = acme.uids("devices", |row| row["deviceClass"] == "printer" && row["deleted"] == false).remove(0);
    assert_eq!(acme.device(&printer).await.kind.as_deref(), Some("Printer"));
}

#[tokio::test(start_paused = true)]
async fn a_device_that_is_deleted_leaves_at_once_and_one_that_vanishes_after_two_sweeps() {
    let acme = Acme::up_to_date(60).await;
    let machines = acme.machines();
    acme.datto.delete("devices", &machines[0], false).unwrap();
    acme.datto.delete("devices", &machines[1], true).unwrap();
    acme.runs(1).await;
    assert_eq!(acme.presence(RecordType::Devices, &machines[0]).await, Some(Presence::Skipped));
    assert_eq!((acme.presence(RecordType::Devices, &machines[1]).await, acme.calls(DEVICE)), (Some(Presence::Live), 0));
    acme.runs(1).await;
    assert_eq!((acme.presence(RecordType::Devices, &machines[1]).await, acme.calls(DEVICE)), (Some(Presence::Gone), 1));
}

#[tokio::test(start_paused = true)]
async fn moments_are_the_same_however_they_are_written() {
    let acme = Acme::up_to_date(40).await;
    let runs = acme.last_runs().await.len();
    for times in ["iso", "bare", "seconds"] {
        acme.datto.set_quirk("times", json!(times));
        acme.runs(1).await;
        assert_eq!(acme.last_runs().await.len(), runs, "{times}: nothing has changed");
    }
}

#[tokio::test(start_paused = true)]
async fn a_site_brings_its_autotask_account_and_the_site_of_deleted_devices_stays_out() {
    let acme = Acme::up_to_date(60).await;
    let mapped = acme.uids("sites", |row| !row["autotaskCompanyId"].is_null()).remove(0);
    let RecordData::Company(company) = acme.data(RecordType::Companies, &mapped).await else { panic!("a company") };
    assert_eq!(company.external_ids[0].connector.as_str(), "autotask");
    let bin = acme.uids("sites", |row| row["name"] == "Deleted Devices").remove(0);
    assert_eq!(acme.presence(RecordType::Companies, &bin).await, Some(Presence::Skipped));
}

#[tokio::test(start_paused = true)]
async fn going_on_after_429s_is_a_pause_and_no_missing_permission() {
    let mut acme = Acme::connected(300, Options::initial()).await;
    // Somebody else uses up the account's reads.
    acme.datto.set_limit(Some(Limit { calls: 20, window_seconds: 60, retry_after: false }));
    acme.world.budget = BudgetShare::Declared;
    acme.runs(1).await;
    assert_eq!(acme.connected.read().await.issues, Vec::new());
    let machine: ExternalId = acme.machines().remove(0).as_str().into();
    assert!(acme.device(machine.as_str()).await.manufacturer.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_device_whose_audit_cannot_be_read_holds_up_no_other() {
    let options = Options { company_import: CompanyImport::All, ..Options::initial() };
    let acme = Acme::connected(60, options).await;
    let machines = acme.machines();
    let broken = FaultKind::Status { code: 500, body: None, retry_after: None, headers: Default::default() };
    acme.datto.add_faults(vec![Fault::new(broken).path(&format!("/api/v2/audit/device/{}", machines[0]))]);
    acme.runs(1).await;
    assert_eq!(acme.presence(RecordType::Devices, &machines[0]).await, None);
    for machine in &machines[1..] {
        assert_eq!(acme.presence(RecordType::Devices, machine).await, Some(Presence::Live));
    }
    assert!(acme.open_alerts().len() > 1 && acme.presence(RecordType::Alerts, &acme.open_alerts()[0]).await.is_some());
    acme.datto.clear_faults();
    acme.datto.clear_calls();
    acme.runs(1).await;
    assert_eq!(acme.presence(RecordType::Devices, &machines[0]).await, Some(Presence::Live));
    assert_eq!(acme.calls(AUDIT), 1, "the others are not asked for again");
}

#[tokio::test(start_paused = true)]
async fn audits_that_were_read_before_the_vendor_failed_are_not_read_again() {
    let options = Options { company_import: CompanyImport::All, ..Options::initial() };
    let acme = Acme::connected(60, options).await;
    let machines = acme.machines().len() as u64;
    let broken = FaultKind::Status { code: 500, body: None, retry_after: None, headers: Default::default() };
    acme.datto.add_faults(vec![Fault::new(broken).path("/api/v2/audit/device/").after(20)]);
    acme.runs(1).await;
    acme.datto.clear_faults();
    acme.datto.clear_calls();
    acme.runs(1).await;
    assert!(machines > 30, "{machines}");
    assert!((machines - 20..machines - 10).contains(&acme.calls(AUDIT)), "{} of {machines}", acme.calls(AUDIT));
}

#[tokio::test(start_paused = true)]
async fn that_an_alert_is_resolved_is_told_in_the_words_that_told_of_it_and_is_believed() {
    let acme = Acme::up_to_date(60).await;
    let keys = WebhookKeys::new("https://portal.example".parse().unwrap(), KEY.into());
    let connector = "datto-rmm".into();
    let of = Receiver { tenant: acme.connected.store.tenant(), connector: &connector, connection: &acme.connected.id };
    let token = |generation| keys.hashed_token(of, generation);
    acme.connected.store.ensure_webhook(&acme.connected.id, &connector, token).await.unwrap();
    let Provisioning::Manual(steps) = datto_rmm::DESCRIPTOR.webhook.as_ref().unwrap().provisioning else {
        panic!("a person enters it")
    };
    let template = steps.iter().find(|step| step.starts_with('{')).unwrap();
    let hook = json!({"url": keys.url(of, 1), "body": template, "resolved_body": template});
    acme.datto.create("webhooks", fields(hook)).unwrap();
    let receiver = receiver(&acme.world, &keys, catalog::DESCRIPTORS);
    let pushed = async || {
        let call = acme.datto.deliveries().remove(0);
        let body = String::from_utf8(call.body).unwrap();
        let answer = post_with(&receiver, &call.url, &body, json!({"content-type": "application/json"})).await;
        acme.world.drain().await;
        (answer, body)
    };
    let source = acme.datto.dump()["alerts"][0]["alertSourceInfo"].clone();
    let alert = acme.datto.create("alerts", fields(json!({"alertSourceInfo": source}))).unwrap()["alertUid"].clone();
    let alert = alert.as_str().unwrap();
    let (answer, raised) = pushed().await;
    assert_eq!((answer, acme.alert(alert).await.resolved), ((200, "accepted".to_owned()), false));
    acme.change("alerts", alert, json!({"resolved": true}));
    let (answer, resolved) = pushed().await;
    assert_eq!((answer, acme.alert(alert).await.resolved), ((200, "accepted".to_owned()), true));
    assert_eq!(resolved, raised);
}
