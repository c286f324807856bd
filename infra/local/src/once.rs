//! `--once`: connect, import until nothing is left, drop every cache, run again, compare, report.
//!
//! Everything goes through the public API and the real handlers; counts come from outside the engine: requests from the
//! counted table, calls from the simulators.

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::{Context as _, bail};
use domain::id::ConnectorId;
use serde_json::Value;
use store::counted::Requests;

use crate::api::ApiClient;
use crate::connect::{connect, import_all};
use crate::converged::{self, Portal};
use crate::oidc::PEOPLE;
use crate::report::{ConnectorReport, Pass, QuietPass, Records, Report};
use crate::stack::Stack;

/// Rounds of tick and drain after which an import that does not end is given up.
const ROUNDS: usize = 10_000;

/// Runs it for every connector that is simulated.
///
/// # Errors
/// A connector cannot be connected, or its import does not end.
pub async fn run(stack: &Stack, mut note: impl FnMut(&ConnectorId, &str)) -> anyhow::Result<Report> {
    let [_, _, admin] = PEOPLE;
    let api = stack.api(admin)?;
    let mut report = Report::default();
    for connector in stack.connectors() {
        let descriptor = connector.descriptor();
        let id = ConnectorId::from(descriptor.id);
        note(&id, "connecting");
        connect(stack, &api, &id, import_all).await.with_context(|| format!("connect {id}"))?;
        note(&id, "first import");
        let (first, _) = pass(stack, &api, &id).await.with_context(|| format!("import from {id}"))?;
        stack.rebuild()?;
        note(&id, "quiet run");
        stack.bring_slot_forward(&id).await?;
        let (quiet, dispatch_writes) = pass(stack, &api, &id).await.with_context(|| format!("run {id} again"))?;
        report.connectors.push(ConnectorReport {
            connector: id.to_string(),
            converged: false,
            feeds: descriptor.feeds().filter(|(_, feed)| feed.is_filtered()).count(),
            first,
            quiet: QuietPass { pass: quiet, dispatch_writes },
            differences: Vec::new(),
        });
    }
    compare(stack, &mut report, note).await?;
    Ok(report)
}

/// Compares when all have been imported: one connector's records must not be undone by another's.
async fn compare(stack: &Stack, report: &mut Report, mut note: impl FnMut(&ConnectorId, &str)) -> anyhow::Result<()> {
    let ids: Vec<_> = report.connectors.iter().map(|one| ConnectorId::new(&one.connector)).collect();
    let expected = ids.iter().map(|id| converged::expected(stack, id)).collect::<anyhow::Result<Vec<_>>>()?;
    let portal = Portal::read(stack).await?;
    let people = expected.iter().flat_map(|one| one.users.iter().cloned()).collect();
    for ((id, expected), one) in ids.iter().zip(&expected).zip(&mut report.connectors) {
        note(id, "comparing");
        one.differences = portal.differences(id, expected, &people).await?;
        one.converged = one.differences.is_empty();
    }
    Ok(())
}

/// Ticks and drains until nothing is left. The second value is what the first tick wrote.
async fn pass(stack: &Stack, api: &ApiClient, connector: &ConnectorId) -> anyhow::Result<(Pass, u64)> {
    let runs = runs(api, connector).await?;
    let begun = Instant::now();
    let calls = vendor_calls(stack, connector);
    let mut spent = Requests::default();
    let mut dispatch_writes = None;
    for _ in 0..ROUNDS {
        let before = stack.table().requests();
        stack.tick(connector).await?;
        let ticked = stack.table().requests();
        dispatch_writes.get_or_insert(ticked.since(&before).writes());
        let outcome = stack.drain(connector).await?;
        stack.aws().functions().settle().await;
        if outcome.failed > 0 {
            bail!("{} of {} messages failed; see the log", outcome.failed, outcome.messages);
        }
        if outcome.messages == 0 {
            let pass = Pass {
                seconds: begun.elapsed().as_secs_f64(),
                vendor_calls: vendor_calls(stack, connector) - calls,
                table_reads: spent.reads(),
                table_writes: spent.writes(),
                records: records(api, connector, &runs).await?,
            };
            return Ok((pass, dispatch_writes.unwrap_or_default()));
        }
        spent = add(spent, stack.table().requests().since(&ticked));
    }
    bail!("it does not end: {ROUNDS} rounds and still work")
}

fn add(one: Requests, other: Requests) -> Requests {
    Requests {
        get: one.get + other.get,
        query: one.query + other.query,
        batch_get: one.batch_get + other.batch_get,
        put: one.put + other.put,
        update: one.update + other.update,
        delete: one.delete + other.delete,
        batch_write: one.batch_write + other.batch_write,
        transact: one.transact + other.transact,
        items_read: one.items_read + other.items_read,
        items_written: one.items_written + other.items_written,
    }
}

fn vendor_calls(stack: &Stack, connector: &ConnectorId) -> u64 {
    stack.vendors().get(connector).map_or(0, |vendor| vendor.calls(0).data)
}

/// The connection's runs so far, by id.
async fn runs(api: &ApiClient, connector: &ConnectorId) -> anyhow::Result<BTreeMap<String, Value>> {
    let page = api.get(&format!("/v1/integrations/{connector}/runs?limit=200")).await?;
    let items = page.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
    Ok(items.into_iter().filter_map(|run| Some((run.get("id")?.as_str()?.to_owned(), run))).collect())
}

/// What the runs since then did, by record type.
async fn records(
    api: &ApiClient,
    connector: &ConnectorId,
    before: &BTreeMap<String, Value>,
) -> anyhow::Result<BTreeMap<String, Records>> {
    let mut all: BTreeMap<String, Records> = BTreeMap::new();
    for (_, run) in runs(api, connector).await?.into_iter().filter(|(id, _)| !before.contains_key(id)) {
        for (name, counts) in run.get("records").and_then(Value::as_object).into_iter().flatten() {
            let counts: Records = serde_json::from_value(counts.clone()).context("read a run's counts")?;
            *all.entry(name.clone()).or_default() += counts;
        }
    }
    Ok(all)
}
