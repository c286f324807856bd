//! The samples in `events/`, as `cargo lambda invoke` sends them.

use serde_json::{Value, json};

use super::harness::Api;

#[tokio::test]
async fn the_sample_request_is_answered_with_the_connectors() {
    let api = Api::new().await;
    let event = serde_json::from_str(include_str!("../../../../events/api-integrations.json")).unwrap();
    let answer = platform::http::handle(&api.app, event).await.unwrap();
    assert_eq!((&answer["statusCode"], &answer["headers"]["x-request-id"]), (&json!(200), &json!("Zt7qLjRzDoEEPfQ=")));
    let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert_eq!(body["items"].as_array().unwrap().len(), catalog::DESCRIPTORS.len());
}
