//! What axe-core finds on a page.

use std::fs;

use serde::Deserialize;

use super::chromium::setting;
use super::person::Person;

#[derive(Debug, Deserialize)]
struct Violation {
    id: String,
    help: String,
    nodes: Vec<String>,
}

const RUN: &str = "
    const done = arguments[arguments.length - 1];
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    axe.run(document, { runOnly: tags }).then(
        ({ violations }) => done(violations.map(({ id, help, nodes }) => (
            { id, help, nodes: nodes.map(({ html, failureSummary }) => `${html}\\n${failureSummary}`) }
        ))),
        (error) => done([{ id: 'axe', help: String(error), nodes: [] }]),
    );";

/// Fails with every violation on the page as it is now. Where axe-core is not at hand nothing is checked.
pub(crate) async fn check(person: &Person, page: &str) {
    let Some(script) = setting("AXE") else { return };
    let script = fs::read_to_string(&script).unwrap_or_else(|error| panic!("AXE={script}: {error}"));
    let client = &person.browser.client;
    client.execute(&script, Vec::new()).await.unwrap();
    let found: Vec<Violation> = serde_json::from_value(client.execute_async(RUN, Vec::new()).await.unwrap()).unwrap();
    let report: Vec<String> = found
        .iter()
        .map(|Violation { id, help, nodes }| format!("{id}: {help}\n    {}", nodes.join("\n    ")))
        .collect();
    assert!(found.is_empty(), "{page} is not accessible:\n{}", report.join("\n"));
}
