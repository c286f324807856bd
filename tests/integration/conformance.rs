//! Every connector against the conformance suite; one module each.

use std::collections::BTreeMap;
use std::sync::Arc;

use connector::Connector;
use connector::http::Transport;
use serde_json::{Map, Value, json};
use simulators::{App, DenyAs, Fault, FaultKind, RouteKind, Setup};
use sync::ports::Clock;
use testkit::conformance::{Disturbance, Simulated, Vendor};
use testkit::{InProcess, TestClock};

mod halo_psa {
    testkit::conformance!(super::Subject("halo-psa", &::halo_psa::CONNECTOR, super::rare_in_halo));
}

mod bigger_brains {
    testkit::conformance!(super::Subject("bigger-brains", &::bigger_brains::CONNECTOR, super::nothing_lacks));
}

mod autotask {
    testkit::conformance!(super::Subject("autotask", &::autotask::CONNECTOR, super::rare_in_autotask));
}

mod syncro {
    testkit::conformance!(super::Subject("syncro", &::syncro::CONNECTOR, super::small_lists_of_one_page));
}

mod microsoft_365 {
    testkit::conformance!(super::Subject("microsoft-365", &::microsoft_365::CONNECTOR, super::small_pages));
}

mod connectwise_asio {
    testkit::conformance!(super::Subject(
        "connectwise-asio",
        &::connectwise_asio::CONNECTOR,
        super::small_pages_of_devices
    ));
}

mod datto_rmm {
    testkit::conformance!(super::Subject("datto-rmm", &::datto_rmm::CONNECTOR, super::rare_in_datto));
}

mod stripe {
    testkit::conformance!(super::Subject("stripe", &::stripe::CONNECTOR, |_| ()));
}

mod connectwise_manage {
    testkit::conformance!(super::Subject(
        "connectwise-manage",
        &::connectwise_manage::CONNECTOR,
        super::rare_in_connectwise
    ));
}

/// A simulator's id its connector, and what its seed lacks.
struct Subject(&'static str, &'static dyn Connector, fn(&App));

/// What a person may fill in and the seed leaves empty.
fn rare_in_halo(app: &App) {
    let fill = |list: &str, id: &str, value: Value| {
        let Value::Object(fields) = value else { panic!("fields") };
        app.patch(list, id, fields, true).unwrap();
    };
    fill("clients", "12", json!({ "customer_relationship": [{ "id": 1, "name": "Partner" }] }));
    fill("agents", "3", json!({ "sms": "+1 555 0100", "jobtitle": "Lead" }));
    let ticket = app.dump()["tickets"][0]["id"].to_string();
    fill("tickets", &ticket, json!({ "third_party_id_string": "portal-1" }));
}

/// What a person may fill in and the seed leaves empty; and a server that caps its pages, so that there are several.
fn rare_in_autotask(app: &App) {
    let ticket = app.dump()["tickets"][0]["id"].to_string();
    let Value::Object(fields) = json!({ "externalID": "portal-1" }) else { panic!("fields") };
    app.patch("tickets", &ticket, fields, true).unwrap();
    app.set_quirk("page_cap", json!(100));
}

/// The seed has everything.
fn nothing_lacks(_: &App) {}

/// As [`rare_in_halo`].
fn rare_in_connectwise(app: &App) {
    let ticket = app.dump()["tickets"][0]["id"].to_string();
    let Value::Object(fields) = json!({ "externalXRef": "portal-1" }) else { panic!("fields") };
    app.patch("tickets", &ticket, fields, true).unwrap();
}

/// An alert that is over by the second run; and a server that caps its pages, so that there are several.
fn rare_in_datto(app: &App) {
    let alert = an_open_alert(app).unwrap();
    let Value::Object(fields) = json!({ "muted": true, "ticketNumber": "T1" }) else { panic!("fields") };
    app.patch("alerts", &alert, fields, true).unwrap();
    app.set_quirk("page_cap", json!(100));
}

/// The one that was raised first.
fn an_open_alert(app: &App) -> Option<String> {
    let dump = app.dump();
    let open = dump["alerts"].as_array()?.iter().filter(|alert| alert["resolved"] == false);
    let first = open.min_by_key(|alert| alert["timestamp"].as_i64())?;
    Some(first["alertUid"].as_str()?.to_owned())
}

/// At the suite's small scale every list is one page, as with vendors of larger pages.
fn small_lists_of_one_page(app: &App) {
    app.set_quirk("per_page", json!({ "contacts": 60 }));
}

/// As [`small_lists_of_one_page`]; and one of the pages is empty and is not the last.
fn small_pages(app: &App) {
    app.set_quirk("page_sizes", json!({ "control_profiles": 6 }));
    app.set_quirk("empty_page", json!("control_profiles"));
}

/// At the suite's scale all devices would come in one page.
fn small_pages_of_devices(app: &App) {
    app.set_quirk("page_cap", json!(100));
}

struct Running(App);

impl Vendor for Subject {
    fn connector(&self) -> &'static dyn Connector {
        self.1
    }

    fn start(&self, scale: usize, clock: &TestClock) -> Arc<dyn Simulated> {
        let clock = clock.clone();
        let setup = Setup { scale, seed: 1, clock: Arc::new(move || clock.now()) };
        let app = simulators::by_id(self.0).unwrap().build(&setup);
        self.2(&app);
        Arc::new(Running(app))
    }
}

impl Simulated for Running {
    fn transport(&self) -> Arc<dyn Transport> {
        Arc::new(InProcess(self.0.router()))
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        self.0.credentials()
    }

    fn deployment(&self) -> BTreeMap<String, String> {
        self.0.deployment()
    }

    fn disturb(&self, feed: Option<&str>, how: Disturbance, times: Option<u32>) {
        let kind = match how {
            Disturbance::Status { code, retry_after, body } => {
                FaultKind::Status { code, body, retry_after: retry_after.map(str::to_owned), headers: BTreeMap::new() }
            }
            Disturbance::Html => FaultKind::Html,
            // Even an empty list is cut.
            Disturbance::Cut => FaultKind::Truncate { bytes: 1 },
            Disturbance::RepeatPage => FaultKind::RepeatPage,
            Disturbance::NoRows => FaultKind::NoRows,
            Disturbance::UnknownValue => FaultKind::UnknownEnum,
            Disturbance::Malformed => FaultKind::BadRow,
        };
        // Feeds bear the product's names of the lists, as the simulators' faults do.
        let fault = match feed {
            Some(feed) => Fault::new(kind).on(feed),
            None => Fault::new(kind).route(RouteKind::Data),
        };
        self.0.add_faults(vec![Fault { times, ..fault }]);
    }

    fn heal(&self) {
        self.0.clear_faults();
        self.0.revoke_credentials(false);
        self.0.deny(Vec::<String>::new(), DenyAs::Forbidden);
        // A right that was given counts from the next token on.
        self.0.expire_tokens();
    }

    fn deny(&self, feed: &str) {
        self.0.deny([feed], DenyAs::Forbidden);
        self.0.expire_tokens();
    }

    fn revoke(&self) {
        self.0.revoke_credentials(true);
    }

    fn touch(&self, feed: &str, id: &str) {
        self.0.patch(feed, id, Map::new(), false).unwrap();
    }

    fn end_one(&self) {
        if let Some(alert) = an_open_alert(&self.0) {
            let Value::Object(fields) = json!({ "resolved": true }) else { panic!("fields") };
            self.0.patch("alerts", &alert, fields, false).unwrap();
        }
    }

    fn calls(&self) -> u64 {
        let report = self.0.calls(0);
        report.data + report.token
    }
}
