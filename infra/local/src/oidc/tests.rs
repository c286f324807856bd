use reqwest::redirect::Policy;

use super::*;
use crate::gateway::Verifier;
use crate::loopback::{self, Server};

const CONSOLE: &str = "http://127.0.0.1:9";
const PAGE: &str = "http://127.0.0.1:9/signed-in";
const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-0";

async fn running() -> (Server, reqwest::Client) {
    let listener = loopback::bind(0).await.unwrap();
    let url = loopback::origin(&listener).unwrap();
    let issuer = Issuer::new(url, "demo", CONSOLE.to_owned(), SigningKey::generate().unwrap());
    let server = Server::start(listener, issuer.router()).unwrap();
    (server, reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().unwrap())
}

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))
}

fn asked<'a>(challenge: &'a str, redirect_uri: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![
        ("response_type", "code"),
        ("client_id", CLIENT_ID),
        ("redirect_uri", redirect_uri),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256"),
        ("state", "s\"<1"),
        ("nonce", "n1"),
    ]
}

#[expect(clippy::disallowed_methods, reason = "a test")]
async fn json_of(answer: reqwest::Response) -> Value {
    answer.json().await.unwrap()
}

async fn code(server: &Server, http: &reqwest::Client, person: &str) -> String {
    let challenge = challenge();
    let mut form = asked(&challenge, PAGE);
    form.push(("person", person));
    let answer = http.post(format!("{}/choose", server.origin())).form(&form).send().await.unwrap();
    assert_eq!(answer.status(), 303);
    let to = Url::parse(answer.headers()["location"].to_str().unwrap()).unwrap();
    assert!(to.as_str().starts_with(PAGE));
    let pairs: HashMap<_, _> = to.query_pairs().into_owned().collect();
    assert_eq!(pairs["state"], "s\"<1");
    pairs["code"].clone()
}

async fn redeem(server: &Server, http: &reqwest::Client, code: &str, verifier: &str, page: &str) -> (u16, Value) {
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("code_verifier", verifier),
        ("redirect_uri", page),
        ("client_id", CLIENT_ID),
    ];
    let answer = http.post(format!("{}/token", server.origin())).form(&form).send().await.unwrap();
    (answer.status().as_u16(), json_of(answer).await)
}

#[tokio::test]
async fn a_person_signs_in_with_pkce() {
    let (server, http) = running().await;
    let page = http.get(format!("{}/authorize", server.origin())).query(&asked(&challenge(), PAGE));
    #[expect(clippy::disallowed_methods, reason = "a test")]
    let page = page.send().await.unwrap().text().await.unwrap();
    for person in PEOPLE {
        assert!(page.contains(person.name));
    }
    assert!(page.contains("s&quot;&lt;1") && !page.contains("s\"<1"));

    let code = code(&server, &http, "operator").await;
    let (status, tokens) = redeem(&server, &http, &code, VERIFIER, PAGE).await;
    assert_eq!((status, tokens["scope"].as_str()), (200, Some("read write")));

    let keys = json_of(http.get(format!("{}/.well-known/jwks.json", server.origin())).send().await.unwrap()).await;
    let verifier = Verifier::new(&server.origin(), AUDIENCE, keys).unwrap();
    let mut headers = axum::http::HeaderMap::new();
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
    headers.insert("authorization", bearer.parse().unwrap());
    let claims = verifier.verify(&headers).unwrap();
    assert_eq!((&claims["sub"], &claims["tenant"]), (&json!("operator"), &json!("demo")));
    // The id token is for the console, not for the API.
    headers.insert("authorization", format!("Bearer {}", tokens["id_token"].as_str().unwrap()).parse().unwrap());
    assert!(verifier.verify(&headers).is_err());
}

#[tokio::test]
async fn a_code_is_good_once_for_who_asked_for_it() {
    let (server, http) = running().await;
    for (verifier, page) in [("another", PAGE), (VERIFIER, "http://127.0.0.1:9/other")] {
        let code = code(&server, &http, "admin").await;
        assert_eq!(redeem(&server, &http, &code, verifier, page).await.0, 400);
        assert_eq!(redeem(&server, &http, &code, VERIFIER, PAGE).await.0, 400, "a wrong try uses it up");
    }
    let code = code(&server, &http, "admin").await;
    assert_eq!(redeem(&server, &http, &code, VERIFIER, PAGE).await.0, 200);
    assert_eq!(redeem(&server, &http, &code, VERIFIER, PAGE).await.0, 400);
}

#[tokio::test]
async fn requests_of_others_are_refused_without_redirect() {
    let (server, http) = running().await;
    let challenge = challenge();
    let mut plain = asked(&challenge, PAGE);
    plain[4] = ("code_challenge_method", "plain");
    let elsewhere = asked(&challenge, "http://127.0.0.1:9.evil.example/");
    for query in [plain, elsewhere] {
        let answer = http.get(format!("{}/authorize", server.origin())).query(&query).send().await.unwrap();
        assert_eq!(answer.status(), 400);
    }
}

#[tokio::test]
async fn discovery_names_what_there_is() {
    let (server, http) = running().await;
    let url = format!("{}/.well-known/openid-configuration", server.origin());
    let answer = http.get(url).send().await.unwrap();
    assert_eq!(answer.headers()["access-control-allow-origin"], CONSOLE);
    let known = json_of(answer).await;
    assert_eq!(known["issuer"], server.origin());
    assert_eq!(known["code_challenge_methods_supported"], json!(["S256"]));
}

#[tokio::test]
async fn scripts_get_tokens_of_any_tenant() {
    let (server, http) = running().await;
    let form = [("grant_type", "client_credentials"), ("tenant", "other"), ("scope", "read manage")];
    let answer = http.post(format!("{}/token", server.origin())).form(&form).send().await.unwrap();
    assert_eq!(json_of(answer).await["scope"], "read manage");
}
