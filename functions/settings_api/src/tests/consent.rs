//! The consent of a customer: asked for by somebody who may, proven when its administrator comes back, once.

use domain::portal::LinkState;
use serde_json::json;

use super::harness::{Api, Call, Reply};
use super::secure_score::{TENANT_ID, linked, microsoft};
use super::world::Vendor;

/// A company whose tenant has not consented, and the token of the link that was made for it.
async fn asked(api: &Api) -> (String, String) {
    let company = linked(api).await;
    let id = company.rsplit('/').next().unwrap().into();
    api.store().note_consent(&id, &microsoft(), &TENANT_ID.into(), false).await.unwrap();
    let path = format!("{company}/links/microsoft-365/{TENANT_ID}/consent");
    let answer = api.send(Call::new("POST", &path)).await.expect(200);
    assert_eq!(answer["expires_at"], json!(api.now() + jiff::SignedDuration::from_hours(168)));
    let token = answer["url"].as_str().unwrap().split_once("state=").unwrap().1.to_owned();
    (company, token)
}

async fn back(api: &Api, query: &str) -> Reply {
    api.send(Call::new("GET", &format!("/consent/microsoft-365?{query}")).claims(None)).await
}

async fn state_of(api: &Api) -> LinkState {
    api.store().live_links(&microsoft()).await.unwrap()[0].state
}

#[tokio::test]
async fn a_consent_that_is_proven_clears_the_mark_and_has_the_customer_read() {
    let api = Api::new().await;
    let (_, token) = asked(&api).await;
    api.forget_messages();
    let page = back(&api, &format!("admin_consent=True&tenant={TENANT_ID}&state={token}")).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("<h1>Thank you</h1>"), "{page}");
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert!(page.header("content-security-policy").unwrap().contains("style-src 'self'"), "it looks like the console");
    for style in ["tokens.css", "base.css"] {
        assert!(page.text.contains(&format!("href=\"../assets/{style}\"")), "{page}");
        assert_eq!(api.send(Call::new("GET", &format!("/assets/{style}")).claims(None)).await.status, 200);
    }
    assert_eq!(state_of(&api).await, LinkState::Ok);
    assert_eq!(api.queue.take().len(), 1, "its records are read at once");
    let again = back(&api, &format!("admin_consent=True&tenant={TENANT_ID}&state={token}")).await;
    assert_eq!((again.status, again.text.contains("This link does not work")), (404, true), "once");
}

#[tokio::test]
async fn a_refusal_is_shown_plainly_and_the_link_still_works() {
    let api = Api::new().await;
    let (_, token) = asked(&api).await;
    let query = format!("error=access_denied&error_description=AADSTS65004:%20%3Cb%3ENo%3C/b%3E.&state={token}");
    let page = back(&api, &query).await;
    assert!(page.text.contains("access_denied: AADSTS65004: &lt;b&gt;No&lt;/b&gt;."), "{page}");
    assert_eq!(state_of(&api).await, LinkState::NeedsConsent);
    let page = back(&api, &format!("admin_consent=True&tenant={TENANT_ID}&state={token}")).await;
    assert!(page.text.contains("Thank you"), "{page}");
}

#[tokio::test]
async fn what_is_not_proven_changes_nothing() {
    let api = Api::new().await;
    let (_, token) = asked(&api).await;
    let other = "22222222-2222-2222-2222-222222222222";
    let page = back(&api, &format!("admin_consent=True&tenant={other}&state={token}")).await;
    assert!(page.text.contains("Another tenant consented"), "{page}");
    api.invoker.vendor(Vendor::Down);
    let page = back(&api, &format!("admin_consent=True&tenant={TENANT_ID}&state={token}")).await;
    assert!(page.text.contains("Almost there"), "{page}");
    for forged in ["", "state=", "state=guessed", "admin_consent=True", "state=a&state=b&%ff=%ff"] {
        let page = back(&api, forged).await;
        assert_eq!(page.status, 404, "{forged}: {page}");
    }
    assert_eq!(state_of(&api).await, LinkState::NeedsConsent);
    api.later(7 * 24 * 3_600);
    api.invoker.vendor(Vendor::Fine);
    let page = back(&api, &format!("admin_consent=True&tenant={TENANT_ID}&state={token}")).await;
    assert_eq!(page.status, 404, "after seven days");
}

#[tokio::test]
async fn the_table_knows_the_token_by_its_hash_alone() {
    let api = Api::new().await;
    let (company, token) = asked(&api).await;
    assert!(!format!("{:?}", api.table.items()).contains(&token));
    let entries = api.get("/v1/activity").await.expect(200);
    let asked = |entry: &serde_json::Value| entry["action"] == "company.consent_requested";
    assert_eq!(entries["items"].as_array().unwrap().iter().filter(|entry| asked(entry)).count(), 1);
    assert!(!entries.to_string().contains(&token));
    let missing = format!("{company}/links/microsoft-365/other/consent");
    api.send(Call::new("POST", &missing)).await.expect(404);
    let needless = format!("{company}/links/halo-psa/1/consent");
    api.send(Call::new("POST", &needless)).await.expect(404);
}
