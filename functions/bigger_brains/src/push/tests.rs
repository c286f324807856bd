use connector::ErrorKind;
use domain::record::Completion;
use serde_json::json;
use testkit::fake_vendor::{Reply, ok};

use super::*;
use crate::fake::{cloud, empty, refused};

const ID: &str = "5c1f6c1e-52d9-5b1a-9a53-0c5d1c8a3f10";

fn enrolment() -> Registration {
    Registration {
        name: "Excel".to_owned(),
        course: "excel".into(),
        learner: "us_42".to_owned(),
        learner_name: Some("Ann Mary Lee".to_owned()),
        learner_email: Some("ann@contoso.example".to_owned()),
        portal_company: Some("co_17".to_owned()),
        instance: 0,
        completion: Completion::Unknown,
        progress: None,
        passed: None,
        score: None,
        seconds: None,
        created_at: None,
        started_at: None,
        last_access_at: None,
        completed_at: None,
        updated_at: None,
    }
}

fn enrol() -> Change {
    Change::Enrol { registration: ID.into(), enrolment: Box::new(enrolment()) }
}

fn registered() -> Reply {
    ok(&json!({ "id": ID, "course": {"id": "excel", "title": "Excel"}, "learner": {"id": "us_42"} }))
}

#[tokio::test]
async fn somebody_is_enrolled_under_our_id_with_their_company_as_a_tag() {
    let cloud = cloud(|seen| if seen.line.starts_with("POST") { empty() } else { registered() });
    let pushed = cloud.session().push(&enrol()).await.unwrap();
    assert_eq!((pushed.external_id, pushed.record.map(|record| record.external_id)), (ID.into(), Some(ID.into())));
    assert_eq!(
        cloud.written().json(),
        json!({
            "registrationId": ID, "courseId": "excel", "registrationTags": ["company:co_17"],
            "learner": {"id": "us_42", "email": "ann@contoso.example", "firstName": "Ann Mary", "lastName": "Lee"},
        })
    );
}

#[tokio::test]
async fn whom_it_has_already_is_read_back_and_done() {
    for status in [400, 409] {
        let cloud = cloud(move |seen| match seen.line.starts_with("POST") {
            true => refused(status, "A registration with this id already exists."),
            false => registered(),
        });
        let pushed = cloud.session().push(&enrol()).await.unwrap();
        assert!(pushed.record.is_some(), "{status}");
    }
}

#[tokio::test]
async fn a_refusal_of_something_else_is_told_in_the_vendors_words() {
    let cloud = cloud(|seen| match seen.line.starts_with("POST") {
        true => refused(400, "email is not valid"),
        false => refused(404, "Could not find it."),
    });
    let error = cloud.session().push(&enrol()).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Rejected { field: None, message: "email is not valid".to_owned() });
}

#[tokio::test]
async fn a_course_that_is_gone_is_named() {
    let cloud = cloud(|_| refused(404, "Could not find course."));
    let error = cloud.session().push(&enrol()).await.unwrap_err();
    let message = "there is no course excel any more".to_owned();
    assert_eq!(error.kind, ErrorKind::Rejected { field: Some("course_id".to_owned()), message });
}

#[tokio::test]
async fn once_it_is_made_a_failed_reading_is_no_error() {
    let cloud = cloud(|seen| if seen.line.starts_with("POST") { empty() } else { refused(403, "no scope") });
    let pushed = cloud.session().push(&enrol()).await.unwrap();
    assert_eq!((pushed.external_id, pushed.record), (ID.into(), None));
}
