//! Every connector of the catalogue through the whole system: the first import shows what the vendor has, and a run that
//! finds nothing costs what the design allows and no more.
//!
//! | a quiet run costs | |
//! |---|---|
//! | of the vendor | a call for each list that it filters by date of change; of others a call a page, at their own cadence |
//! | of the table, writes | three: the tick's claim, the lease, its release |
//! | of the table, reads | what is looked at, and the page items of lists read in full; never a mirrored record |
//! | of the run log | nothing: a check that finds nothing is counted |

use local::functions;
use local::once;
use local::report::ConnectorReport;
use local::stack::{Stack, StackOptions};
use local::vendors::Simulated;

/// Contacts at each vendor: enough for a second page of some list.
const SCALE: usize = 120;

/// What a quiet run may ask of a vendor.
struct Quiet {
    connector: &'static str,
    calls: u64,
    because: &'static str,
}

const TABLE: &[Quiet] = &[
    Quiet {
        connector: "halo-psa",
        calls: 5,
        because: "clients, sites, contacts and tickets by change; agents have no filter",
    },
    Quiet {
        connector: "connectwise-manage",
        calls: 5,
        because: "companies, contacts, members, boards and tickets are all filtered by change",
    },
    Quiet { connector: "autotask", calls: 4, because: "companies, contacts, resources and tickets by change" },
    Quiet {
        connector: "syncro",
        calls: 6,
        because: "tickets by change; customers, contacts on three pages, and users can only be read in full",
    },
    Quiet { connector: "stripe", calls: 1, because: "its journal of events tells of every list" },
    Quiet { connector: "bigger-brains", calls: 2, because: "courses and registrations are filtered by change" },
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_connector_converges_and_then_is_quiet() {
    let plugs = functions::all();
    let stack = Stack::start(StackOptions {
        simulated: Some(Simulated { scale: SCALE, ..Simulated::default() }),
        connectors: plugs.connectors,
        settings_api: plugs.settings_api,
        webhooks: plugs.webhooks,
        ..StackOptions::default()
    })
    .await
    .unwrap();
    let report = once::run(&stack, |_, _| {}).await.unwrap();
    stack.stop().await;
    let found: Vec<_> = report.connectors.iter().map(|one| one.connector.as_str()).collect();
    let listed: Vec<_> = TABLE.iter().map(|row| row.connector).collect();
    assert_eq!(found, listed, "add the connector to TABLE: what may a quiet run ask of its vendor?");
    let complaints: Vec<String> =
        report.connectors.iter().zip(TABLE).flat_map(|(found, allowed)| complaints(found, allowed)).collect();
    assert!(complaints.is_empty(), "{complaints:#?}\n{}", report.text());
}

/// What of a connector is not as it should be, in words.
fn complaints(found: &ConnectorReport, allowed: &Quiet) -> Vec<String> {
    let ConnectorReport { connector, quiet, .. } = found;
    let mut complaints: Vec<String> =
        found.differences.iter().map(|difference| format!("{connector} has not converged: {difference}")).collect();
    let mut expect = |holds: bool, complaint: String| {
        if !holds {
            complaints.push(format!("{connector}: {complaint}"));
        }
    };
    let set_aside: u64 = found.first.records.values().map(|records| records.quarantined).sum();
    let created: u64 = found.first.records.values().map(|records| records.created).sum();
    expect(created > 0, "the first import brought nothing".to_owned());
    expect(set_aside == 0, format!("the first import set {set_aside} records aside"));
    let calls = quiet.pass.vendor_calls;
    expect(calls <= allowed.calls, format!("{calls} calls where {} will do: {}", allowed.calls, allowed.because));
    let (claimed, written) = (quiet.dispatch_writes, quiet.pass.table_writes);
    expect(claimed == 1, format!("the tick wrote {claimed} times to claim it"));
    expect(written == 2, format!("{written} writes besides the claim: there are the lease and its release"));
    expect(quiet.pass.records.is_empty(), format!("the run is in the log: {:?}", quiet.pass.records));
    complaints
}
