use serde_json::json;
use testkit::fake_vendor::{ok, reply};

use super::*;
use crate::fake::{CONTOSO, PARTNER, error, graph, list};

async fn refused(status: u16, code: u64) -> (ErrorKind, ErrorKind) {
    let graph = graph(|_| list(&[]));
    for tenant in [PARTNER, CONTOSO] {
        graph.refuses(tenant, status, code);
    }
    let session = graph.session();
    let partner = session.account().await.unwrap_err();
    assert_eq!(partner.detail.as_deref(), Some(format!("AADSTS{code}: No.").as_str()), "without the trace");
    let customer = session.company_access(&CONTOSO.into()).await.unwrap_err();
    (partner.kind, customer.kind)
}

#[tokio::test(start_paused = true)]
async fn only_the_secret_concerns_all_tenants() {
    let secret = ErrorKind::Credentials { field: Some("client_secret") };
    assert_eq!(refused(401, 7_000_215).await, (secret.clone(), secret.clone()));
    assert_eq!(refused(401, 7_000_222).await, (ErrorKind::Expired, ErrorKind::Expired));
    let application = ErrorKind::Credentials { field: Some("client_id") };
    assert_eq!(refused(400, 700_016).await, (application, ErrorKind::Forbidden));
    let tenant = ErrorKind::Credentials { field: Some("tenant_id") };
    let nowhere = ErrorKind::Rejected { field: None, message: "AADSTS90002: No.".to_owned() };
    assert_eq!(refused(400, 90_002).await, (tenant, nowhere));
    assert_eq!(refused(400, 65_001).await, (secret, ErrorKind::Forbidden));
    assert_eq!(refused(401, 700_027).await, (ErrorKind::Unavailable, ErrorKind::Unavailable));
}

#[tokio::test(start_paused = true)]
async fn a_proxy_that_refuses_in_the_place_of_the_sign_in_says_nothing_of_the_secret() {
    let graph = graph(|_| list(&[]));
    for tenant in [PARTNER, CONTOSO] {
        graph.answers_sign_in(tenant, reply(401, "<html>Who are you?</html>"));
    }
    let session = graph.session();
    assert_eq!(session.account().await.unwrap_err().kind, ErrorKind::Misdirected { field: None });
    assert_eq!(session.company_access(&CONTOSO.into()).await.unwrap_err().kind, ErrorKind::Unavailable);
}

#[tokio::test(start_paused = true)]
async fn a_tenant_that_does_not_know_its_own_token_says_nothing_of_the_credentials() {
    let graph = graph(|_| error(401, "InvalidAuthenticationToken"));
    let session = graph.session();
    assert_eq!(session.company_access(&CONTOSO.into()).await.unwrap_err().kind, ErrorKind::Unavailable);
    assert_eq!(session.account().await.unwrap_err().kind, ErrorKind::Credentials { field: None });
}

#[tokio::test]
async fn a_page_at_another_host_is_not_followed() {
    let graph = graph(|_| ok(&json!({"value": [], "@odata.nextLink": "https://evil.example/v1.0/domains"})));
    let session = graph.session();
    let feed = crate::descriptor::DESCRIPTOR.feed("customers").unwrap();
    let request = connector::PullRequest { feed, since: None, cursor: None, probe: false, company: None };
    assert!(matches!(session.pull(request).await.unwrap_err().kind, ErrorKind::Malformed { .. }));
}

#[test]
fn only_ids_are_tenants() {
    assert_eq!(
        Tenant::parse(" 11111111-AAAA-1111-1111-111111111111 ").unwrap().as_str(),
        "11111111-aaaa-1111-1111-111111111111"
    );
    for text in ["", "contoso.com", "11111111-1111-1111-1111-11111111111g", "../..", "11111111-1111-1111-1111"] {
        assert_eq!(Tenant::parse(text), None, "{text}");
    }
}

#[test]
fn a_consent_is_asked_for_everything_that_the_application_declares() {
    let tenant = Tenant::parse(CONTOSO).unwrap();
    let url = consent_page(&tenant, &[("client_id", "app"), ("state", "a b&c")]).unwrap();
    assert_eq!(
        url.as_str(),
        "https://login.microsoftonline.com/11111111-1111-1111-1111-111111111111/v2.0/adminconsent?\
         scope=https%3A%2F%2Fgraph.microsoft.com%2F.default&client_id=app&state=a+b%26c"
    );
}
