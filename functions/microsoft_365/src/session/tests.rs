use serde_json::{Value, json};
use testkit::fake_vendor::{Reply, Seen, ok};

use super::*;
use crate::descriptor::DESCRIPTOR;
use crate::fake::{CONTOSO, FABRIKAM, PARTNER, error, graph, list, tenant};

fn request<'a>(feed: &str, company: Option<&'a ExternalId>) -> PullRequest<'a> {
    PullRequest { feed: DESCRIPTOR.feed(feed).unwrap(), since: None, cursor: None, probe: false, company }
}

fn domain(name: &str) -> Value {
    json!({"id": name, "isVerified": true})
}

fn ids(page: &Page) -> Vec<String> {
    page.rows.iter().filter_map(|row| row.id().map(ToString::to_string)).collect()
}

fn linked(rows: &[Value], next: &str) -> Reply {
    ok(&json!({"value": rows, "@odata.nextLink": format!("https://graph.microsoft.com/v1.0/{next}")}))
}

#[tokio::test]
async fn each_tenant_is_read_with_its_own_token_to_the_end() {
    let graph = graph(|seen: &Seen| match (tenant(seen), seen.line.as_str()) {
        (CONTOSO, "GET /v1.0/domains") => linked(&[domain("a.example")], "domains?$skiptoken=1"),
        // An empty page that is not the last.
        (CONTOSO, "GET /v1.0/domains?$skiptoken=1") => linked(&[], "domains?$skiptoken=2"),
        (CONTOSO, "GET /v1.0/domains?$skiptoken=2") => list(&[domain("b.example")]),
        (FABRIKAM, "GET /v1.0/domains") => list(&[domain("a.example")]),
        other => panic!("{other:?}"),
    });
    let mut found = Vec::new();
    for company in [CONTOSO, FABRIKAM].map(ExternalId::from) {
        let mut cursor: Option<Cursor> = None;
        loop {
            // A session for each page, as after each slice.
            let request = PullRequest { cursor: cursor.as_ref(), ..request("domains", Some(&company)) };
            let page = graph.session().pull(request).await.unwrap();
            found.extend(ids(&page));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
    }
    let within = |tenant: &str, name: &str| format!("{tenant}_{name}");
    let all = [within(CONTOSO, "a.example"), within(CONTOSO, "b.example"), within(FABRIKAM, "a.example")];
    assert_eq!(found, all);
}

#[tokio::test]
async fn one_session_has_a_token_for_each_tenant_and_asks_once() {
    let graph = graph(|_| list(&[]));
    let session = graph.session();
    for feed in ["customers", "domains", "licences", "domains"] {
        session.pull(request(feed, Some(&CONTOSO.into()))).await.unwrap();
        session.pull(request(feed, Some(&FABRIKAM.into()))).await.unwrap();
    }
    assert_eq!(graph.signed_in(), [PARTNER, CONTOSO, FABRIKAM]);
    let expected = [PARTNER, PARTNER, CONTOSO, FABRIKAM, CONTOSO, FABRIKAM, CONTOSO, FABRIKAM];
    assert_eq!(graph.calls().iter().map(tenant).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_tenant_without_consent_is_named_and_not_asked_again() {
    let graph = graph(|_| list(&[domain("a.example")]));
    graph.refuses(CONTOSO, 400, 700_016);
    let session = graph.session();
    for feed in ["secure_scores", "domains"] {
        let error = session.pull(request(feed, Some(&CONTOSO.into()))).await.unwrap_err();
        assert_eq!((error.kind, error.permission), (ErrorKind::Forbidden, None), "{feed}");
    }
    assert_eq!(graph.signed_in(), [CONTOSO]);
    let page = session.pull(request("domains", Some(&FABRIKAM.into()))).await.unwrap();
    assert_eq!(page.rows.len(), 1);
}

#[tokio::test]
async fn a_right_that_is_missing_in_one_list_leaves_the_others_readable() {
    let graph =
        graph(
            |seen| {
                if seen.line.contains("security") { error(403, "Authorization_RequestDenied") } else { list(&[]) }
            },
        );
    let session = graph.session();
    let error = session.pull(request("secure_scores", Some(&CONTOSO.into()))).await.unwrap_err();
    assert_eq!(error.detail.as_deref(), Some("Authorization_RequestDenied: No."));
    assert_eq!(error.permission, Some("SecurityEvents.Read.All"));
    session.pull(request("domains", Some(&CONTOSO.into()))).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_tenant_that_asks_to_slow_down_speaks_for_itself_unless_it_says_otherwise() {
    let graph = graph(|seen| match tenant(seen) {
        CONTOSO => error(429, "TooManyRequests").header("retry-after", "600"),
        _ => error(429, "TooManyRequests")
            .header("retry-after", "1200")
            .header("x-ms-throttle-scope", "Application/ReadWrite/app"),
    });
    let session = graph.session();
    let error = session.pull(request("domains", Some(&CONTOSO.into()))).await.unwrap_err();
    let pause = std::time::Duration::from_secs(600);
    assert_eq!(error.kind, ErrorKind::CompanyLimited { retry_after: Some(pause) });
    let error = session.pull(request("domains", Some(&FABRIKAM.into()))).await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Limited { .. }), "{error:?}");
}

#[tokio::test]
async fn ninety_days_come_first_and_a_week_later() {
    let day = |n: u32| {
        json!({"id": format!("{CONTOSO}_2026-07-0{n}"), "createdDateTime": format!("2026-07-0{n}T00:00:00Z"),
        "currentScore": 1.0, "maxScore": 2.0, "controlScores": [{"controlName": "A", "score": 1.0}]})
    };
    let graph = graph(move |_| linked(&[day(3), day(2)], "security/secureScores?$top=2&$skip=2"));
    let company = CONTOSO.into();
    let page = graph.session().pull(request("secure_scores", Some(&company))).await.unwrap();
    assert!(page.next.is_some(), "ninety days may be several pages");
    let controls: Vec<bool> = page.rows.iter().map(|row| format!("{row:?}").contains("ControlScore")).collect();
    assert_eq!(controls, [true, false], "on the newest day only");
    let since = Some("2026-07-03T00:00:00Z".parse().unwrap());
    for request in [
        PullRequest { since, ..request("secure_scores", Some(&company)) },
        PullRequest { probe: true, ..request("secure_scores", Some(&company)) },
    ] {
        let page = graph.session().pull(request).await.unwrap();
        assert_eq!(page.next, None, "the days that were asked for are there, whatever follows");
    }
    let lines: Vec<String> = graph.calls().into_iter().map(|seen| seen.line).collect();
    assert_eq!(lines, ["90", "7", "1"].map(|days| format!("GET /v1.0/security/secureScores?%24top={days}")));
}

#[tokio::test]
async fn customers_come_from_the_older_list_where_the_newer_is_not_permitted() {
    let graph = graph(|seen| {
        if seen.line.contains("contracts") {
            return list(&[
                json!({"customerId": CONTOSO, "displayName": "Contoso", "defaultDomainName": "contoso.com"}),
            ]);
        }
        error(403, "Authorization_RequestDenied")
    });
    let page = graph.session().pull(request("customers", None)).await.unwrap();
    assert_eq!(ids(&page), [CONTOSO]);
    let one = graph.session().get(RecordType::Companies, &CONTOSO.into()).await.unwrap();
    assert_eq!(one.as_ref(), page.rows.first());
}

#[tokio::test]
async fn neither_list_permitted_names_the_newer_ones_right() {
    let graph = graph(|seen| error(403, if seen.line.contains("contracts") { "older" } else { "newer" }));
    let error = graph.session().pull(request("customers", None)).await.unwrap_err();
    assert_eq!((error.kind, error.detail.as_deref()), (ErrorKind::Forbidden, Some("newer: No.")));
}

#[tokio::test]
async fn a_day_read_by_itself_is_mapped_as_its_list_maps_it() {
    let day = |n: u32| {
        json!({"id": format!("{CONTOSO}_2026-07-0{n}"), "createdDateTime": format!("2026-07-0{n}T00:00:00Z"),
        "currentScore": 1.0, "maxScore": 2.0, "controlScores": [{"controlName": "A", "score": 1.0}]})
    };
    let graph = graph(move |seen| match seen.line.rsplit('_').next().unwrap() {
        "2026-07-03" => ok(&day(3)),
        "2026-07-02" => ok(&day(2)),
        "2026-04-01" => error(404, "Request_ResourceNotFound"),
        _ => list(&[day(3), day(2)]),
    });
    let session = graph.session();
    let company = CONTOSO.into();
    let page = session.pull(request("secure_scores", Some(&company))).await.unwrap();
    for row in page.rows {
        let id = row.id().unwrap().clone();
        assert_eq!(session.get(RecordType::SecureScores, &id).await.unwrap(), Some(row));
    }
    let gone = format!("{CONTOSO}_2026-04-01");
    assert_eq!(session.get(RecordType::SecureScores, &gone.as_str().into()).await.unwrap(), None);
}

#[tokio::test]
async fn a_consent_is_proven_by_the_tenant_itself() {
    let graph = graph(|seen| {
        let id = if tenant(seen) == FABRIKAM { CONTOSO } else { tenant(seen) };
        list(&[json!({"id": id, "displayName": "Contoso"})])
    });
    let session = graph.session();
    session.company_access(&CONTOSO.into()).await.unwrap();
    let error = session.company_access(&FABRIKAM.into()).await.unwrap_err();
    assert_eq!(error.detail.as_deref(), Some("another tenant answered"));
    assert!(session.company_access(&"no tenant".into()).await.is_err());
}

#[tokio::test]
async fn the_account_is_the_partners_tenant() {
    let graph = graph(|seen| {
        let rows = json!([{"id": PARTNER, "displayName": "Acme MSP"}]);
        if seen.line.contains("organization") {
            ok(&json!({"value": rows}))
        } else {
            ok(&json!({"value": [], "@odata.count": 12}))
        }
    });
    let account = graph.session().account().await.unwrap();
    assert_eq!((account.id.as_str(), account.name.as_str()), (PARTNER, "Acme MSP, 12 customers"));
}
