//! Courses, who of a company takes them, enrolling, and the address that opens a course.

use domain::edit::{Edit, OperationState};
use domain::id::ConnectionId;
use domain::record::{Completion, Course, RecordData, RecordType, Registration};
use insta::assert_snapshot;
use serde_json::{Value, json};
use store::activity::By;
use store::connection::{Settings, Versioned, Wake};
use store::outbox::Queued;
use store::table::Table;

use super::harness::{Api, Reply};
use super::imports::record;
use super::world::Vendor;

fn brains() -> ConnectionId {
    "bigger-brains".into()
}

/// The training catalogue is connected and switched on, as if somebody had gone through set-up.
pub(super) async fn connect_training(api: &Api, change: impl FnOnce(&mut Settings)) {
    api.switch_on("bigger-brains", change).await;
}

pub(super) async fn mirror_course(api: &Api, id: &str, title: &str) {
    let course = Course { title: title.to_owned(), tags: vec!["office".to_owned()], ..Course::default() };
    let mirrored = record(api, id, title, Some(RecordData::Course(course)));
    api.store().put_records(&brains(), RecordType::Courses, &[mirrored]).await.unwrap();
}

fn enrolment(course: &str, learner: &str, company: &str) -> Registration {
    Registration {
        name: "Excel".to_owned(),
        course: course.into(),
        learner: learner.to_owned(),
        learner_name: Some("Secretive Ann".to_owned()),
        learner_email: Some("ann@secretive.example".to_owned()),
        portal_company: Some(company.to_owned()),
        instance: 0,
        completion: Completion::Incomplete,
        progress: Some(0.4),
        passed: None,
        score: None,
        seconds: Some(120),
        created_at: "2026-11-20T08:00:00Z".parse().ok(),
        started_at: None,
        last_access_at: None,
        completed_at: None,
        updated_at: None,
    }
}

/// The vendor has somebody's enrolment. Gives its id.
pub(super) async fn mirror_enrolment(api: &Api, course: &str, learner: &str, company: &str) -> String {
    let id = Registration::id_of(&course.into(), learner);
    let data = RecordData::Registration(Box::new(enrolment(course, learner, company)));
    let mirrored = record(api, id.as_str(), "Excel", Some(data));
    api.store().put_records(&brains(), RecordType::Registrations, &[mirrored]).await.unwrap();
    format!("bigger-brains.{id}")
}

async fn waiting(api: &Api) -> Vec<Queued> {
    api.store().operations(&brains(), RecordType::Registrations, None).await.unwrap()
}

/// The vendor refuses every enrolment that waits.
pub(super) async fn refuse_enrolments(api: &Api, message: &str) {
    for queued in waiting(api).await {
        let refused = OperationState::Refused { field: None, message: message.to_owned(), at: api.now() };
        let write = api.store().operation_write(&queued, refused).unwrap();
        api.table.transact(vec![write]).await.unwrap();
    }
}

/// A company with one person, and a course. Gives the ids of company and person.
async fn north(api: &Api) -> (String, String) {
    connect_training(api, |_| {}).await;
    mirror_course(api, "excel", "Excel").await;
    let company = api.post("/v1/companies", &json!({ "name": "North" })).await.expect(201)["id"].clone();
    let user = json!({ "name": "Ann Lee", "email": "ann@north.example", "company_id": company, "role": "standard" });
    let user = api.post("/v1/users", &user).await.expect(201)["id"].clone();
    (company.as_str().unwrap().to_owned(), user.as_str().unwrap().to_owned())
}

async fn enrol(api: &Api, company: &str, course: &str, person: &str) -> Reply {
    let wanted = json!({ "course_id": course, "contact_id": person });
    api.post(&format!("/v1/companies/{company}/enrolments"), &wanted).await
}

async fn training(api: &Api, company: &str) -> Value {
    api.get(&format!("/v1/companies/{company}/training")).await.expect(200)
}

#[tokio::test]
async fn courses_are_found_by_title_and_tag_in_the_order_of_titles() {
    let api = Api::new().await;
    connect_training(&api, |_| {}).await;
    for (id, title) in [("w", "Word"), ("e1", "Excel: Level 1"), ("e2", "excel: Level 2")] {
        mirror_course(&api, id, title).await;
    }
    let titles = async |query: &str| {
        let list = api.get(&format!("/v1/courses{query}")).await.expect(200);
        list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|course| course["title"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(titles("").await, ["Excel: Level 1", "excel: Level 2", "Word"]);
    assert_eq!(titles("?search=EXCEL").await, ["Excel: Level 1", "excel: Level 2"]);
    assert_eq!(titles("?search=office&limit=1").await, ["Excel: Level 1"]);
    let first = api.get("/v1/courses?limit=2").await.expect(200);
    let next = first["next_cursor"].as_str().unwrap();
    assert_eq!(titles(&format!("?limit=2&cursor={next}")).await, ["Word"]);
}

#[tokio::test]
async fn an_enrolment_is_on_its_way_at_once() {
    let api = Api::new().await;
    let (company, person) = north(&api).await;
    let reply = enrol(&api, &company, "bigger-brains.excel", &person).await;
    let made = reply.clone().expect(201);
    assert_eq!(made["id"], format!("bigger-brains.{}", Registration::id_of(&"excel".into(), &person)));
    assert_eq!(
        (&made["course"], &made["name"], &made["contact_id"]),
        (&json!("Excel"), &json!("Ann Lee"), &json!(person))
    );
    assert_eq!(
        made["sync"],
        json!({ "state": "pending", "detail": "It is on its way to SCORM Cloud.", "may_discard": false })
    );
    assert_eq!(training(&api, &company).await["items"], json!([made]));
    let operation = waiting(&api).await.remove(0).operation;
    let Edit::Enrol(asked) = &operation.edit else { panic!("{operation:?}") };
    assert_eq!(
        (asked.portal_company.as_deref(), asked.learner_email.as_deref()),
        (Some(company.as_str()), Some("ann@north.example"))
    );
    assert_eq!(api.queue.take().len(), 1, "whoever works on the connection is told");
}

#[tokio::test]
async fn asking_again_answers_the_enrolment_that_is_there() {
    let api = Api::new().await;
    let (company, person) = north(&api).await;
    let made = enrol(&api, &company, "bigger-brains.excel", &person).await.expect(201);
    assert_eq!(enrol(&api, &company, "bigger-brains.excel", &person).await.expect(200), made);
    assert_eq!(waiting(&api).await.len(), 1);
    mirror_enrolment(&api, "excel", &person, &company).await;
    let there = enrol(&api, &company, "bigger-brains.excel", &person).await.expect(200);
    assert_eq!((&there["id"], &there["completion"]), (&made["id"], &json!("incomplete")));
    assert_eq!(training(&api, &company).await["items"].as_array().unwrap().len(), 1, "and it is shown once");
}

#[tokio::test]
async fn only_a_companys_own_people_are_enrolled_and_only_in_courses_that_are_there() {
    let api = Api::new().await;
    let (company, person) = north(&api).await;
    let other = api.post("/v1/companies", &json!({ "name": "South" })).await.expect(201)["id"].clone();
    let refused = enrol(&api, other.as_str().unwrap(), "bigger-brains.gone", &person).await;
    assert_eq!((refused.status, refused.pointers()), (422, vec!["/course_id".to_owned(), "/contact_id".to_owned()]));
    api.delete(&format!("/v1/users/{person}/access")).await.expect(200);
    let removed = enrol(&api, &company, "bigger-brains.excel", &person).await;
    assert_eq!((removed.status, removed.pointers()), (422, vec!["/contact_id".to_owned()]));
    assert_eq!(waiting(&api).await, []);
}

#[tokio::test]
async fn nobody_is_enrolled_while_the_connection_is_off() {
    let changes: [fn(&mut Settings); 3] = [
        |settings| settings.paused = true,
        |settings| settings.not_permitted = [RecordType::Registrations].into(),
        |settings| settings.credentials = None,
    ];
    for change in changes {
        let api = Api::new().await;
        let (company, person) = north(&api).await;
        let enrolled = mirror_enrolment(&api, "excel", "somebody", &company).await;
        let kept = api.store().connection(&brains()).await.unwrap().unwrap().settings;
        let mut settings = kept.value;
        change(&mut settings);
        let settings = Versioned { value: settings, version: kept.version };
        api.store().save_settings(&brains(), &settings, &Wake::default(), By::System).await.unwrap();
        assert_eq!(enrol(&api, &company, "bigger-brains.excel", &person).await.status, 409);
        assert_eq!(api.post(&format!("/v1/enrolments/{enrolled}/launch"), &json!({})).await.status, 409);
        let shown = training(&api, &company).await;
        assert_eq!((&shown["can_enrol"], shown["items"].as_array().unwrap().len()), (&json!(false), 1));
        assert!(shown["reason"].is_string(), "{shown}");
    }
}

#[tokio::test]
async fn training_without_a_catalogue_says_what_to_do() {
    let api = Api::new().await;
    let company = api.post("/v1/companies", &json!({ "name": "North" })).await.expect(201)["id"].clone();
    assert_eq!(
        training(&api, company.as_str().unwrap()).await,
        json!({
            "items": [], "next_cursor": null, "can_enrol": false,
            "reason": "No training catalogue is connected. Connect one first.",
        })
    );
}

#[tokio::test]
async fn a_companys_enrolments_come_page_by_page_and_nobody_elses() {
    let api = Api::new().await;
    let (company, _) = north(&api).await;
    for learner in 0..5 {
        mirror_enrolment(&api, "excel", &learner.to_string(), &company).await;
        mirror_enrolment(&api, "excel", &format!("other-{learner}"), "co_other").await;
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = api.get(&format!("/v1/companies/{company}/training?limit=2{cursor}")).await.expect(200);
        seen.extend(
            page["items"].as_array().unwrap().iter().map(|item| item["contact_id"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    seen.sort();
    assert_eq!(seen, ["0", "1", "2", "3", "4"]);
}

#[tokio::test]
async fn a_refused_enrolment_says_why_and_can_be_given_up() {
    let api = Api::new().await;
    let (company, person) = north(&api).await;
    let made = enrol(&api, &company, "bigger-brains.excel", &person).await.expect(201);
    refuse_enrolments(&api, "there is no course excel any more").await;
    let shown = training(&api, &company).await["items"][0].clone();
    assert_snapshot!(shown["sync"]["detail"].as_str().unwrap(), @"SCORM Cloud refused the enrolment: there is no course excel any more. Set it right there and retry, or discard what was refused.");
    let path = format!("/v1/enrolments/{}", made["id"].as_str().unwrap());
    api.post(&format!("{path}/discard"), &json!({})).await.expect(204);
    assert_eq!(training(&api, &company).await["items"], json!([]));
    assert_eq!(api.post(&format!("{path}/discard"), &json!({})).await.status, 404);
}

#[tokio::test]
async fn a_course_is_opened_by_an_address_made_on_click_and_kept_nowhere() {
    let api = Api::new().await;
    let (company, person) = north(&api).await;
    let enrolled = mirror_enrolment(&api, "excel", &person, &company).await;
    let path = format!("/v1/enrolments/{enrolled}/launch");
    let reply = api.post(&path, &json!({})).await;
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(reply.expect(200), json!({ "url": "https://vendor.example/once" }));
    assert_eq!(api.invoker.asked(), ["bigger-brains issue link"]);
    assert!(!format!("{:?}", api.table.items()).contains("vendor.example"));
    api.invoker.vendor(Vendor::Slow);
    assert_eq!(api.post(&path, &json!({})).await.status, 504);
}

#[tokio::test]
async fn a_course_cannot_be_opened_before_the_vendor_has_the_enrolment() {
    let api = Api::new().await;
    let (company, person) = north(&api).await;
    let made = enrol(&api, &company, "bigger-brains.excel", &person).await.expect(201);
    let launched = api.post(&format!("/v1/enrolments/{}/launch", made["id"].as_str().unwrap()), &json!({})).await;
    assert_eq!(launched.expect(409)["detail"], "SCORM Cloud has not made this enrolment yet. Try again in a moment.");
    assert_eq!(api.invoker.asked(), [] as [String; 0]);
}
