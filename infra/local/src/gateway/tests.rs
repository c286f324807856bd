use axum::http::HeaderMap;

use super::*;
use crate::keys::SigningKey;
use crate::loopback::{self, Server};

const ISSUER: &str = "http://issuer.test";

struct Running {
    server: Server,
    key: SigningKey,
    http: reqwest::Client,
}

async fn running(handler: fn(Value) -> anyhow::Result<Value>) -> Running {
    let key = SigningKey::generate().unwrap();
    let gateway = Gateway::new(Verifier::new(ISSUER, "api", key.jwks()).unwrap());
    let handler: HttpHandler = Arc::new(move |event| Box::pin(async move { handler(event) }));
    gateway.set_routes(vec![
        Route { prefix: "/", handler },
        Route { prefix: "/webhooks/", handler: Arc::new(|_| Box::pin(async { Ok(json!("hook")) })) },
    ]);
    let server = Server::start(loopback::bind(0).await.unwrap(), gateway.router()).unwrap();
    Running { server, key, http: reqwest::Client::builder().no_proxy().build().unwrap() }
}

#[expect(clippy::needless_pass_by_value, reason = "a handler owns its event")]
fn echo(event: Value) -> anyhow::Result<Value> {
    Ok(json!({
        "statusCode": 201,
        "headers": { "content-type": "application/json", "x-one": "1" },
        "cookies": ["a=1", "b=2; Secure"],
        "body": event.to_string(),
    }))
}

fn claims(change: impl FnOnce(&mut Value)) -> Value {
    let mut claims = json!({
        "iss": ISSUER, "aud": ["api", "other"], "sub": "u1", "tenant": "demo", "scope": "read", "exp": 4_102_444_800_u64,
    });
    change(&mut claims);
    claims
}

#[tokio::test]
async fn only_good_tokens_pass() {
    let running = running(echo).await;
    let url = format!("{}/v1/me", running.server.origin());
    let status = async |token: Option<String>| {
        let mut request = running.http.get(&url);
        if let Some(token) = token {
            request = request.header("authorization", token);
        }
        request.send().await.unwrap().status().as_u16()
    };
    let signed = |claims: Value| Some(format!("Bearer {}", running.key.sign(&claims).unwrap()));
    assert_eq!(status(signed(claims(|_| ()))).await, 201);
    assert_eq!(status(None).await, 401);
    assert_eq!(status(Some("Basic abc".to_owned())).await, 401);
    assert_eq!(status(Some("Bearer a.b.c".to_owned())).await, 401);
    assert_eq!(status(signed(claims(|claims| claims["iss"] = "http://other.test".into()))).await, 401);
    assert_eq!(status(signed(claims(|claims| claims["aud"] = "other".into()))).await, 401);
    assert_eq!(status(signed(claims(|claims| claims["exp"] = 1_000_000_000.into()))).await, 401);
    assert_eq!(status(signed(claims(|claims| claims["nbf"] = 4_000_000_000_u64.into()))).await, 401);
    assert_eq!(status(signed(claims(|claims| drop(claims.as_object_mut().unwrap().remove("exp"))))).await, 401);

    let foreign = SigningKey::generate().unwrap().sign(&claims(|_| ())).unwrap();
    assert_eq!(status(Some(format!("Bearer {foreign}"))).await, 401);
    // `none` and a symmetric algorithm, as attackers like them.
    for header in [r#"{"alg":"none"}"#, r#"{"alg":"HS256"}"#] {
        use base64::Engine as _;
        let encode = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
        let token = format!("Bearer {}.{}.", encode(header), encode(&claims(|_| ()).to_string()));
        assert_eq!(status(Some(token)).await, 401);
    }
}

#[tokio::test]
async fn open_paths_need_no_token_and_prefixes_choose_the_function() {
    let running = running(echo).await;
    let get = async |path: &str| running.http.get(format!("{}{path}", running.server.origin())).send().await.unwrap();
    for path in ["/", "/health", "/v1/openapi.json", "/assets/app.js", "/v10"] {
        assert_eq!(get(path).await.status(), 201, "{path}");
    }
    let hook = get("/webhooks/halo-psa/token").await;
    assert_eq!(hook.headers()["content-type"], "application/json");
    for path in ["/v1", "/v1/", "/v1/openapi.json/"] {
        assert_eq!(get(path).await.status(), 401, "{path}");
    }
}

#[tokio::test]
async fn the_event_is_payload_2_0() {
    let running = running(echo).await;
    let token = running.key.sign(&claims(|_| ())).unwrap();
    let url = format!("{}/v1/companies?missing=a&missing=b&search=x%20y", running.server.origin());
    let request = running.http.post(&url).bearer_auth(token).header("cookie", "a=1; b=2");
    let request = request.header("x-many", "1").header("x-many", "2").json(&json!({ "name": "Ä" }));
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 201);
    assert_eq!(answer.headers()["x-one"], "1");
    let cookies: Vec<_> = answer.headers().get_all("set-cookie").iter().map(|value| value.to_str().unwrap()).collect();
    assert_eq!(cookies, ["a=1", "b=2; Secure"]);

    #[expect(clippy::disallowed_methods, reason = "a test")]
    let event: Value = answer.json().await.unwrap();
    assert_eq!(event["version"], "2.0");
    assert_eq!(event["rawPath"], "/v1/companies");
    assert_eq!(event["rawQueryString"], "missing=a&missing=b&search=x%20y");
    assert_eq!(event["queryStringParameters"], json!({ "missing": "a,b", "search": "x y" }));
    assert_eq!(event["headers"]["x-many"], "1,2");
    assert_eq!(event["headers"].get("cookie"), None);
    assert_eq!(event["cookies"], json!(["a=1", "b=2"]));
    assert_eq!(event["body"], r#"{"name":"Ä"}"#);
    assert_eq!(event["isBase64Encoded"], false);
    let context = &event["requestContext"];
    assert_eq!(context["http"]["method"], "POST");
    let expected = json!({
        "iss": ISSUER, "aud": "[api other]", "sub": "u1", "tenant": "demo", "scope": "read", "exp": "4102444800",
    });
    assert_eq!(context["authorizer"]["jwt"]["claims"], expected);
    // What the real handlers read it with.
    let parsed: aws_lambda_events::apigw::ApiGatewayV2httpRequest = serde_json::from_value(event).unwrap();
    assert_eq!(parsed.request_context.authorizer.unwrap().jwt.unwrap().claims["tenant"], "demo");
}

#[tokio::test]
async fn binary_bodies_are_base64_both_ways() {
    let running = running(|event| {
        assert_eq!(event["isBase64Encoded"], true);
        Ok(json!({ "statusCode": 200, "body": event["body"], "isBase64Encoded": true }))
    })
    .await;
    let body = vec![0_u8, 159, 146, 150];
    let answer = running.http.post(running.server.origin()).body(body.clone()).send().await.unwrap();
    #[expect(clippy::disallowed_methods, reason = "a test")]
    let back = answer.bytes().await.unwrap();
    assert_eq!(back, body);
}

#[tokio::test]
async fn bodies_and_answers_have_the_gateways_limits() {
    let running = running(|_| Ok(json!({ "statusCode": 200, "body": "x".repeat(LARGEST_PAYLOAD) }))).await;
    let post = async |size: usize| {
        let request = running.http.post(running.server.origin()).header("content-type", "text/plain");
        request.body("x".repeat(size)).send().await.map(|answer| answer.status().as_u16())
    };
    assert_eq!(post(10).await.unwrap(), 500, "the answer is too large");
    assert_eq!(post(LARGEST_PAYLOAD).await.unwrap(), 413, "the function's payload is too large");
}

#[tokio::test]
async fn failures_and_nonsense_are_internal_errors_that_tell_nothing() {
    let running = running(|event| match event["rawPath"].as_str() {
        Some("/fail") => anyhow::bail!("with a secret"),
        Some("/panic") => panic!("with a secret"),
        _ => Ok(json!({ "statusCode": "two hundred" })),
    })
    .await;
    for path in ["/fail", "/panic", "/nonsense"] {
        let answer = running.http.get(format!("{}{path}", running.server.origin())).send().await.unwrap();
        assert_eq!(answer.status(), 500);
        #[expect(clippy::disallowed_methods, reason = "a test")]
        let text = answer.text().await.unwrap();
        assert_eq!(text, r#"{"message":"Internal Server Error"}"#);
    }
}

#[test]
fn a_token_without_scheme_is_none() {
    let verifier = Verifier::new(ISSUER, "api", json!({ "keys": [] })).unwrap();
    assert_eq!(verifier.verify(&HeaderMap::new()).unwrap_err(), "the token is missing");
}
