//! The console's pages and what else is public.

use insta::assert_snapshot;
use platform::console::{ConsoleAuth, ConsoleConfig};

use super::harness::{Api, Call, Reply};

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' \
                      https://id.example; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

async fn open(api: &Api, path: &str) -> Reply {
    api.send(Call::new("GET", path).claims(None)).await
}

#[tokio::test]
async fn the_pages_need_no_sign_in_and_allow_nothing_foreign() {
    let api = Api::new().await;
    for path in ["/", "/settings", "/settings/integrations", "/settings/integrations/halo-psa/log"] {
        let page = open(&api, path).await;
        assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")), "{path}");
        assert!(page.text.contains("<script type=\"module\" src=\"/assets/app.js\">"));
        assert_eq!(page.header("content-security-policy"), Some(POLICY));
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(page.header("cache-control"), Some("no-cache"));
    }
    assert_snapshot!(open(&api, "/config.json").await, @r##"
    200
    {
      "auth": {
        "client_id": "console",
        "issuer": "https://id.example/realm",
        "mode": "oidc"
      },
      "base_path": "",
      "embedded": false
    }
    "##);
    assert_eq!(open(&api, "/health").await.text, "{\"status\":\"ok\"}");
}

#[tokio::test]
async fn every_file_is_served_with_its_kind_and_its_tag() {
    let api = Api::new().await;
    for (path, kind) in [
        ("/assets/app.js", "text/javascript; charset=utf-8"),
        ("/assets/elements/portal-shell.js", "text/javascript; charset=utf-8"),
        ("/assets/tokens.css", "text/css; charset=utf-8"),
        ("/assets/icon.svg", "image/svg+xml"),
    ] {
        let file = open(&api, path).await;
        assert_eq!((file.status, file.header("content-type")), (200, Some(kind)), "{path}");
        let tag = file.header("etag").unwrap();
        let again = api.send(Call::new("GET", path).header("if-none-match", tag).claims(None)).await;
        assert_eq!((again.status, again.text.as_str()), (304, ""), "{path}");
    }
    for path in ["/assets/none.js", "/assets/../index.html", "/assets/..%2Findex.html", "/assets/"] {
        assert_eq!(open(&api, path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_portal_may_embed_the_pages_under_a_path() {
    let api = Api::with_console(ConsoleConfig {
        auth: ConsoleAuth::Host,
        issuer: "https://portal.example".to_owned(),
        client_id: String::new(),
        base_path: "/integrations".to_owned(),
        connect_origins: Vec::new(),
    })
    .await;
    let page = open(&api, "/").await;
    assert!(page.text.contains("src=\"/integrations/assets/app.js\""));
    assert!(page.header("content-security-policy").unwrap().ends_with("frame-ancestors https://portal.example"));
    assert_snapshot!(open(&api, "/config.json").await, @r##"
    200
    {
      "auth": {
        "client_id": "",
        "issuer": "https://portal.example",
        "mode": "host"
      },
      "base_path": "/integrations",
      "embedded": true
    }
    "##);
}
