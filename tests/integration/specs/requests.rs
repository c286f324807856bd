//! Requests against a document: known path, known query parameters of the right kind, a body that fits.

use serde_json::Value;
use simulators::{CallReport, RouteKind};

use super::document::Document;

/// What is wrong with one request.
pub(crate) fn check(
    document: &Document,
    method: &str,
    path: &str,
    query: &[(String, String)],
    body: Option<&Value>,
) -> Vec<String> {
    let Some(operation) = document.operation(method, path) else {
        if document.allows_operations(path) {
            return Vec::new();
        }
        return vec![format!("{method} {path} is not documented")];
    };
    let mut complaints = Vec::new();
    for (name, value) in query {
        let Some(kind) = operation.parameters.get(&name.to_lowercase()) else {
            if !document.allows_parameter(name) {
                complaints.push(format!("{method} {path}: parameter {name} is not documented"));
            }
            continue;
        };
        let right = match *kind {
            "int" | "integer" => value.parse::<i64>().is_ok(),
            "bool" | "boolean" => matches!(value.as_str(), "true" | "false"),
            "double" | "number" => value.parse::<f64>().is_ok(),
            _ => true,
        };
        if !right && !document.mistypes_parameter(name) {
            complaints.push(format!("{method} {path}: parameter {name} is {value}, which is no {kind}"));
        }
    }
    match (operation.body, body) {
        (Some(schema), Some(body)) => {
            let found = document.body(&schema, body);
            complaints.extend(found.into_iter().map(|complaint| format!("{method} {path}: {complaint}")));
        }
        (Some(_), None) => complaints.push(format!("{method} {path}: a body is missing")),
        (None, Some(_)) => complaints.push(format!("{method} {path}: a body that is not documented")),
        (None, None) => {}
    }
    complaints
}

/// What is wrong with the data requests that a simulator recorded.
pub(crate) fn check_recorded(document: &Document, report: &CallReport) -> Vec<String> {
    let data = report.last.iter().filter(|seen| seen.kind == RouteKind::Data);
    data.flat_map(|seen| check(document, &seen.method, &seen.path, &seen.query, seen.body.as_ref())).collect()
}
