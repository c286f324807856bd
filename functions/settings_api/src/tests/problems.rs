//! What is no success: one form, whatever went wrong.

use insta::assert_snapshot;
use serde_json::json;

use super::harness::{Api, CANARY, Call, HALO, TENANT};

#[tokio::test]
async fn without_a_tenant_nobody_is_let_in() {
    let api = Api::new().await;
    assert_snapshot!(api.send(Call::new("GET", "/v1/me").claims(None)).await, @r##"
    401
    {
      "detail": "The token is missing, or it names no tenant. Sign in again.",
      "request_id": "req-1",
      "status": 401,
      "title": "Your sign-in was not accepted",
      "type": "urn:problem-type:portal:unauthorized"
    }
    "##);
    for tenant in [json!(""), json!("[a b]"), json!("a b"), json!("a#b"), json!("a/b"), json!("x".repeat(200))] {
        let claims = json!({ "tenant": tenant, "scope": "read", "sub": "x" });
        let reply = api.send(Call::new("GET", "/v1/me").claims(Some(claims))).await;
        assert_eq!(reply.status, 401, "{tenant}");
    }
    let none = json!({ "scope": "read", "sub": "x" });
    api.send(Call::new("GET", "/v1/me").claims(Some(none))).await.expect(401);
}

#[tokio::test]
async fn a_tenant_named_anywhere_but_in_the_claims_is_ignored() {
    let api = Api::new().await;
    let call = Call::new("GET", "/v1/me").header("x-tenant", "other").header("tenant", "other");
    assert_eq!(api.send(call).await.expect(200)["tenant"]["id"], TENANT);
    api.get("/v1/roles?tenant=other").await.expect(422);
}

#[tokio::test]
async fn the_gateway_writes_scopes_in_two_ways() {
    let api = Api::new().await;
    for (scope, permissions) in [
        ("read write manage", json!(["read", "write", "manage"])),
        ("[manage read]", json!(["read", "manage"])),
        ("openid read profile", json!(["read"])),
    ] {
        let claims = json!({ "tenant": TENANT, "scope": scope, "sub": "ada", "name": "Ada" });
        let me = api.send(Call::new("GET", "/v1/me").claims(Some(claims))).await.expect(200);
        assert_eq!(me["permissions"], permissions, "{scope}");
    }
    for scope in ["", "reader", "manage", "read,write"] {
        let claims = json!({ "tenant": TENANT, "scope": scope });
        api.send(Call::new("GET", "/v1/me").claims(Some(claims))).await.expect(403);
    }
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let api = Api::new().await;
    let claims = json!({ "tenant": TENANT, "scope": "read", "sub": "vera" });
    let call = Call::new("POST", &format!("{HALO}/sync")).body(&json!({ "mode": "changes" })).claims(Some(claims));
    assert_snapshot!(api.send(call).await, @r##"
    403
    {
      "detail": "This needs the permission \"write\", which your sign-in does not carry.",
      "request_id": "req-1",
      "status": 403,
      "title": "You may not do this",
      "type": "urn:problem-type:portal:forbidden"
    }
    "##);
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems_too() {
    let api = Api::new().await;
    assert_snapshot!(api.get("/v1/nothing").await, @r##"
    404
    {
      "detail": "There is nothing at this path.",
      "request_id": "req-1",
      "status": 404,
      "title": "This does not exist, or not any more",
      "type": "urn:problem-type:portal:not-found"
    }
    "##);
    let wrong = api.send(Call::new("PATCH", HALO)).await;
    assert_eq!(wrong.header("allow"), Some("GET,HEAD"));
    assert_snapshot!(wrong, @r##"
    405
    {
      "detail": "The path exists, but not with this method; the Allow header lists those it has.",
      "request_id": "req-1",
      "status": 405,
      "title": "This cannot be done here",
      "type": "urn:problem-type:portal:method-not-allowed"
    }
    "##);
    assert_snapshot!(api.get("/v1/integrations/no-such").await, @r##"
    404
    {
      "detail": "There is no connector of this id.",
      "request_id": "req-1",
      "status": 404,
      "title": "This does not exist, or not any more",
      "type": "urn:problem-type:portal:not-found"
    }
    "##);
    assert_eq!(api.get("/elsewhere").await.header("content-type"), Some("application/problem+json"));
}

#[tokio::test]
async fn bodies_that_cannot_be_read_are_refused_without_quoting_them() {
    let api = Api::new().await;
    let path = format!("{HALO}/credentials");
    let put = |text: &str| Call::new("PUT", &path).text(text).header("content-type", "application/json");
    assert_snapshot!(api.send(put(&format!("{{\"values\": {{\"client_secret\": \"{CANARY}\", oops"))).await, @r##"
    400
    {
      "detail": "The body is no JSON: see line 1, column 66.",
      "request_id": "req-1",
      "status": 400,
      "title": "The request cannot be read",
      "type": "urn:problem-type:portal:malformed"
    }
    "##);
    assert_snapshot!(api.send(put(&format!("{{\"values\": \"{CANARY}\"}}"))).await, @r##"
    422
    {
      "detail": "Expected an object.",
      "errors": [
        {
          "detail": "Expected an object.",
          "pointer": "/values"
        }
      ],
      "request_id": "req-1",
      "status": 422,
      "title": "Something entered cannot work",
      "type": "urn:problem-type:portal:invalid"
    }
    "##);
    assert_snapshot!(api.send(put("{\"values\": {\"client_secret\": 4711}}")).await, @r##"
    422
    {
      "detail": "Expected a string.",
      "errors": [
        {
          "detail": "Expected a string.",
          "pointer": "/values/client_secret"
        }
      ],
      "request_id": "req-1",
      "status": 422,
      "title": "Something entered cannot work",
      "type": "urn:problem-type:portal:invalid"
    }
    "##);
    assert_snapshot!(api.send(put("{}")).await, @r##"
    422
    {
      "detail": "Missing field `values`.",
      "errors": [
        {
          "detail": "Missing field `values`.",
          "pointer": "/values"
        }
      ],
      "request_id": "req-1",
      "status": 422,
      "title": "Something entered cannot work",
      "type": "urn:problem-type:portal:invalid"
    }
    "##);
    let list = api.send(put(" [{\"client_id\": \"x\"}]")).await;
    assert_eq!(
        (list.status, list.pointers()),
        (422, vec![String::new()]),
        "a list is no object with its fields in order"
    );
    for (body, detail) in [
        (json!("x"), "Expected an object."),
        (json!({ "connectors": { "0": "halo-psa" } }), "Expected a list."),
        (json!({ "connectors": [7] }), "Expected a string."),
    ] {
        let refused = api.post("/v1/quick-match", &body).await.expect(422);
        assert_eq!(refused["detail"], detail, "what is expected is said in the words of JSON: {body}");
    }
    api.send(put("[1, ")).await.expect(400);
    api.send(put("{\"values\": {}} {}")).await.expect(400);
    api.send(Call::new("PUT", &path).text("{}")).await.expect(415);
    api.send(Call::new("PUT", &path).text("a=b").header("content-type", "application/x-www-form-urlencoded"))
        .await
        .expect(415);
    let large = json!({ "values": { "client_id": "x".repeat(300 * 1024) } });
    api.put(&path, &large).await.expect(413);
}

#[tokio::test]
async fn pages_have_limits_and_cursors_are_opaque() {
    let api = Api::new().await;
    for query in [
        "limit=0",
        "limit=201",
        "limit=ten",
        "limit=%2B1",
        "limit=",
        "cursor=",
        "cursor=!",
        "limit=1&limit=2",
        "offset=3",
    ] {
        let reply = api.get(&format!("/v1/users?{query}")).await;
        assert_eq!(reply.status, 422, "{query}: {reply}");
        assert_eq!(reply.pointers().len(), 1, "{query}");
    }
    assert_snapshot!(api.get("/v1/users?offset=3").await, @r##"
    422
    {
      "detail": "There is no such parameter here.",
      "errors": [
        {
          "detail": "There is no such parameter here.",
          "pointer": "/offset"
        }
      ],
      "request_id": "req-1",
      "status": 422,
      "title": "Something entered cannot work",
      "type": "urn:problem-type:portal:invalid"
    }
    "##);
}

#[tokio::test]
async fn our_own_failures_say_so_and_nothing_else() {
    let api = Api::new().await;
    api.table.faults().at_read(api.table.faults().reads() + 1);
    let reply = api.get("/v1/me").await;
    assert_eq!(reply.header("retry-after"), Some("2"));
    assert_snapshot!(reply, @r##"
    503
    {
      "detail": "Try again in a moment. If it stays, tell support the request's id.",
      "request_id": "req-1",
      "status": 503,
      "title": "This does not work at the moment",
      "type": "urn:problem-type:portal:unavailable"
    }
    "##);
}
