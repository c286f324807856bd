//! The document is made from the routes, so it is whole.

use serde_json::{Value, json};

use super::harness::{Api, Call};

/// Every operation: method, path, and what is documented of it.
pub(super) fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let each = |(path, item): (&String, &Value)| -> Vec<(String, String, Value)> {
        let methods = item.as_object().unwrap().iter();
        methods.map(|(method, operation)| (method.to_uppercase(), path.clone(), operation.clone())).collect()
    };
    paths.iter().flat_map(each).collect()
}

pub(super) async fn document(api: &Api) -> Value {
    api.send(Call::new("GET", "/v1/openapi.json").claims(None)).await.expect(200)
}

#[tokio::test]
async fn every_operation_says_what_it_needs_and_what_may_come_back() {
    let api = Api::new().await;
    let document = document(&api).await;
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids = std::collections::BTreeSet::new();
    for (method, path, operation) in operations(&document) {
        let name = format!("{method} {path}");
        assert!(
            ids.insert(operation["operationId"].as_str().unwrap_or_default().to_owned()),
            "{name}: id twice or absent"
        );
        assert!(
            ["read", "write", "manage"].contains(&operation["x-permission"].as_str().unwrap_or_default()),
            "{name}"
        );
        assert_eq!(operation["security"], serde_json::json!([{ "bearer": [] }]), "{name}");
        let responses = operation["responses"].as_object().unwrap();
        for status in ["401", "403", "500", "503"] {
            assert!(responses.contains_key(status), "{name} lacks {status}");
        }
        assert!(responses.keys().any(|status| status.starts_with('2')), "{name} never succeeds");
        assert_eq!(path.contains('{'), responses.contains_key("404"), "{name}");
        for (status, response) in responses.iter().filter(|(status, _)| status.as_str() >= "400") {
            let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
            assert_eq!(schema, "#/components/schemas/Problem", "{name} {status}");
        }
        let takes_key =
            operation["parameters"].as_array().into_iter().flatten().any(|p| p["name"] == "Idempotency-Key");
        assert_eq!(method == "POST", takes_key, "{name}: every POST takes a key");
        for limit in operation["parameters"].as_array().into_iter().flatten().filter(|p| p["name"] == "limit") {
            let bounds = ["type", "minimum", "maximum"].map(|of| limit["schema"][of].clone());
            assert_eq!(bounds, [json!("integer"), json!(1), json!(200)], "{name}");
        }
        let summary = operation["summary"].as_str().unwrap_or_default();
        assert!(!summary.is_empty(), "{name} has no summary");
        for part in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
            let documented = operation["parameters"].as_array().into_iter().flatten();
            assert!(documented.into_iter().any(|p| p["in"] == "path" && p["name"] == part), "{name}: {part}");
        }
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    let api = Api::new().await;
    let document = document(&api).await;
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}
