use connector::Cursor;
use domain::record::RecordType;
use serde_json::{Value, json};
use testkit::fake_vendor::{Reply, Seen, ok, reply};

use super::*;
use crate::descriptor::DESCRIPTOR;
use crate::fake::{cloud, refused};

fn request<'a>(feed: &str, cursor: Option<&'a Cursor>) -> PullRequest<'a> {
    PullRequest { feed: DESCRIPTOR.feed(feed).unwrap(), since: None, cursor, probe: false, company: None }
}

fn courses(ids: &[&str], more: Option<&str>) -> Reply {
    let rows: Vec<Value> = ids.iter().map(|id| json!({ "id": id, "title": id })).collect();
    ok(&json!({ "courses": rows, "more": more })).header("x-total-count", "3")
}

#[tokio::test]
async fn the_token_of_the_next_page_stands_alone() {
    let cloud =
        cloud(
            |seen| {
                if seen.line.contains("more=") { courses(&["c"], Some("")) } else { courses(&["a", "b"], Some("t2==")) }
            },
        );
    let session = cloud.session();
    let first = session.pull(request("courses", None)).await.unwrap();
    assert_eq!((first.rows.len(), first.total), (2, Some(3)));
    let second = session.pull(request("courses", first.next.as_ref())).await.unwrap();
    assert_eq!((second.rows.len(), second.next), (1, None));
    insta::assert_snapshot!(cloud.lines().join("\n"), @r"
    GET /api/v2/courses?includeCourseMetadata=true&includeTotalCount=true
    GET /api/v2/courses?more=t2%3D%3D
    ");
    assert_eq!(cloud.calls()[0].header("authorization"), Some("Basic QTFCMkMzRDRFNTpodXNoLWh1c2g="));
}

#[tokio::test]
async fn a_quiet_check_is_one_call_and_asks_from_a_whole_second_on() {
    let cloud = cloud(|_| ok(&json!({ "registrations": [] })));
    let since = Some("2026-08-01T06:30:00.9Z".parse().unwrap());
    let page = cloud.session().pull(PullRequest { since, ..request("registrations", None) }).await.unwrap();
    assert_eq!((page.rows.len(), page.next, page.total), (0, None, None));
    assert_eq!(cloud.lines(), ["GET /api/v2/registrations?includeTotalCount=true&since=2026-08-01T06%3A30%3A00Z"]);
}

#[tokio::test]
async fn a_stale_place_in_a_list_is_no_defect_and_a_refused_list_is_one() {
    let cloud = cloud(|_| refused(400, "The more token is not valid."));
    let session = cloud.session();
    let error = session.pull(request("courses", Some(&Cursor("old".to_owned())))).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Malformed { path: "next page".to_owned() });
    assert_eq!(error.cause(), domain::issue::Cause::Transient);
    let error = session.pull(request("courses", None)).await.unwrap_err();
    assert_eq!(error.cause(), domain::issue::Cause::System);
}

#[tokio::test]
async fn a_page_that_names_itself_as_the_next_one_ends_with_an_error() {
    let cloud = cloud(|_| courses(&["a"], Some("t2")));
    let error = cloud.session().pull(request("courses", Some(&Cursor("t2".to_owned())))).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Malformed { path: "more".to_owned() });
}

#[tokio::test]
async fn a_record_is_read_by_its_id_whatever_letters_it_has() {
    let cloud = cloud(|seen| match seen.line.contains("gone") {
        true => refused(404, "Could not find it."),
        false => ok(&json!({ "id": "reg 1/2", "course": {"id": "a"}, "learner": {"id": "b"} })),
    });
    let session = cloud.session();
    let read = |id: &'static str| {
        let session = &session;
        async move { session.get(RecordType::Registrations, &id.into()).await.unwrap() }
    };
    assert!(matches!(read("reg 1/2").await, Some(Mapped::Record(record)) if record.external_id == "reg 1/2".into()));
    for nobody in ["gone", "", ".."] {
        assert_eq!(read(nobody).await, None, "{nobody}");
    }
    assert_eq!(cloud.lines(), ["GET /api/v2/registrations/reg%201%2F2", "GET /api/v2/registrations/gone"]);
}

#[tokio::test]
async fn the_account_is_the_application_also_where_courses_may_not_be_read() {
    let of = |status: u16| {
        cloud(move |seen| match seen.line.contains("/ping") {
            true => ok(&json!({ "apiMessage": "API is alive" })),
            false if status == 200 => courses(&[], None),
            false => refused(status, "no scope"),
        })
    };
    let account = of(200).session().account().await.unwrap();
    assert_eq!((account.id.as_str(), account.name.as_str()), ("A1B2C3D4E5", "A1B2C3D4E5, 3 courses"));
    assert_eq!(of(403).session().account().await.unwrap().name, "A1B2C3D4E5");
}

#[tokio::test]
async fn a_wrong_key_is_told_without_naming_a_field() {
    let cloud = cloud(|_| reply(401, json!({ "error": "Authorization Required." })));
    let error = cloud.session().account().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Credentials { field: None });
}

fn launch() -> LinkRequest {
    LinkRequest::Course {
        registration: "9f1c".into(),
        return_url: "https://portal.example/settings/companies/co_1/training".parse().unwrap(),
    }
}

#[tokio::test]
async fn a_launch_link_is_good_for_two_minutes_by_the_clock_of_who_made_it() {
    let cloud = cloud(|_: &Seen| ok(&json!({ "launchLink": "https://cloud.scorm.com/launch/1" })));
    let link = cloud.session().issue_link(&launch()).await.unwrap();
    assert_eq!(link.url.as_str(), "https://cloud.scorm.com/launch/1");
    assert_eq!(link.expires_at, Some("2026-11-22T12:02:00Z".parse().unwrap()));
    assert_eq!(cloud.lines(), ["POST /api/v2/registrations/9f1c/launchLink"]);
    assert_eq!(
        cloud.written().json(),
        json!({ "expiry": 120, "redirectOnExitUrl": "https://portal.example/settings/companies/co_1/training", "tracking": true })
    );
}

#[tokio::test]
async fn a_launch_link_that_no_browser_should_follow_is_an_error() {
    for link in ["", "javascript:alert(1)", "http://cloud.scorm.com/launch/1"] {
        let cloud = cloud(move |_: &Seen| ok(&json!({ "launchLink": link })));
        let error = cloud.session().issue_link(&launch()).await.unwrap_err();
        assert!(matches!(error.kind, ErrorKind::Malformed { .. }), "{link}");
    }
}
