//! Bigger Brains by way of SCORM Cloud, end to end without sockets: enrolling, postbacks to the real receiver, and what
//! must never be believed of them.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use connector::LinkRequest;
use domain::edit::{Edit, Operation, OperationState, RecordRef};
use domain::id::ExternalId;
use domain::issue::Cause;
use domain::options::Options;
use domain::record::{Completion, RecordData, RecordType, Registration};
use domain::run::{Mode, Trigger};
use jiff::SignedDuration;
use serde_json::{Map, Value, json};
use simulators::{App, Fault, FaultKind, Outgoing, Setup};
use store::activity::By;
use store::records::Presence;
use sync::endpoint::{Receiver, WebhookKeys};
use sync::message::{Command, Reply, WorkMessage};
use sync::ports::{Clock, Queue};
use testkit::{Connected, InProcess, TestClock, World};
use tower::ServiceExt as _;

use crate::pushing::{KEY, post_with, receiver};
use crate::worlds::fields;

/// One tenant, its application at SCORM Cloud, and the receiver of postbacks.
struct Acme {
    world: World,
    cloud: App,
    connected: Connected,
    receiver: Router,
}

impl Acme {
    async fn connected() -> Self {
        let clock = TestClock::at("2026-03-02T09:00:00Z".parse().unwrap());
        let time = clock.clone();
        let setup = Setup { scale: 12, seed: 1, clock: Arc::new(move || time.now()) };
        let cloud = simulators::by_id("bigger-brains").unwrap().build(&setup);
        let mut world = World::new(&bigger_brains::CONNECTOR, Arc::new(InProcess(cloud.router())), clock);
        let keys = WebhookKeys::new("https://portal.example".parse().unwrap(), KEY.into());
        world.webhooks = Some(keys.clone());
        let receiver = receiver(&world, &keys, catalog::DESCRIPTORS);
        let connected = world.connect("acme", &cloud.credentials(), Options::initial()).await;
        Self { world, cloud, connected, receiver }
    }

    /// First import done, postbacks set.
    async fn up_to_date() -> Self {
        let acme = Self::connected().await;
        acme.run().await;
        acme.run().await;
        acme.cloud.clear_calls();
        acme
    }

    async fn run(&self) {
        self.world.scheduled_run(&self.connected).await;
    }

    /// What an edit in the portal sets off.
    async fn wake(&self) {
        let message = WorkMessage {
            tenant: self.connected.store.tenant().clone(),
            connector: "bigger-brains".into(),
            connection: self.connected.id.clone(),
            claim: None,
            trigger: Trigger::Portal,
        };
        self.world.queue.send(&message, Duration::ZERO).await.unwrap();
        self.world.drain().await;
    }

    /// A person of the portal's is enrolled in a course. Gives the registration's id.
    async fn enrol(&self, course: &str, learner: &str) -> ExternalId {
        let id = Registration::id_of(&course.into(), learner);
        let enrolment = Registration {
            name: course.to_owned(),
            course: course.into(),
            learner: learner.to_owned(),
            learner_name: Some("Ann Lee".to_owned()),
            learner_email: Some("ann@north.example".to_owned()),
            portal_company: Some("co_north".to_owned()),
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
        };
        let operation = Operation {
            reference: format!("en_{learner}"),
            record_type: RecordType::Registrations,
            record: RecordRef::Vendor(id.clone()),
            edit: Edit::Enrol(Box::new(enrolment)),
            by: "us_ada".to_owned(),
            at: self.world.clock.now(),
            state: OperationState::Queued,
        };
        self.connected.store.add_operation(&self.connected.id, &operation, By::System).await.unwrap();
        id
    }

    async fn waiting(&self) -> Vec<Operation> {
        let found = self.connected.store.operations(&self.connected.id, RecordType::Registrations, None).await.unwrap();
        found.into_iter().map(|queued| queued.operation).collect()
    }

    /// A registration as the portal shows it.
    async fn shown(&self, id: &ExternalId) -> Option<Registration> {
        let record = self.connected.store.record(&self.connected.id, RecordType::Registrations, id).await.unwrap()?;
        match record.live()? {
            RecordData::Registration(registration) => Some(registration.as_ref().clone()),
            other => panic!("{other:?}"),
        }
    }

    async fn completion(&self, id: &ExternalId) -> Completion {
        self.shown(id).await.expect("a registration").completion
    }

    /// Registrations of this learner at SCORM Cloud.
    fn at_cloud(&self, learner: &str) -> Vec<Value> {
        let dump = self.cloud.dump();
        let rows = dump["registrations"].as_array().unwrap().iter();
        rows.filter(|row| row["learner"]["id"] == learner && row["_sim"]["deleted"] == false).cloned().collect()
    }

    /// The learner gets on.
    fn progress(&self, id: &ExternalId, change: Value) {
        self.world.clock.advance(SignedDuration::from_secs(1));
        self.cloud.patch("registrations", id.as_str(), fields(change), false).unwrap();
    }

    /// Brings a postback to the receiver, and tells SCORM Cloud what came of it.
    async fn bring(&self, postback: &Outgoing) -> u64 {
        let headers: Map<String, Value> =
            postback.headers.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
        let body = String::from_utf8(postback.body.clone()).unwrap();
        let (status, _) = post_with(&self.receiver, &postback.url, &body, Value::Object(headers)).await;
        self.cloud.delivered(postback.id, u16::try_from(status).ok());
        status
    }

    /// Brings all postbacks that are due, and has what they told settled.
    async fn postbacks(&self) -> Vec<u64> {
        let mut answers = Vec::new();
        for postback in self.cloud.deliveries() {
            answers.push(self.bring(&postback).await);
        }
        self.world.drain().await;
        answers
    }
}

const EXCEL: &str = "excelformicrosoft365-l1";
const DONE: &str = "COMPLETED";

fn completed() -> Value {
    json!({ "registrationCompletion": DONE, "registrationCompletionAmount": 1.0, "registrationSuccess": "PASSED",
        "score": { "scaled": 92.0 } })
}

fn incomplete(instance: u32) -> Value {
    json!({ "registrationCompletion": "INCOMPLETE", "registrationCompletionAmount": 0.2, "instance": instance })
}

#[tokio::test(start_paused = true)]
async fn somebody_is_enrolled_under_our_id_and_their_progress_is_posted_to_us() {
    let acme = Acme::up_to_date().await;
    let id = acme.enrol(EXCEL, "us_ann").await;
    acme.wake().await;
    let [registered] = acme.at_cloud("us_ann").try_into().unwrap();
    assert_eq!((&registered["id"], &registered["tags"]), (&json!(id), &json!(["company:co_north"])));
    assert_eq!(acme.waiting().await, []);
    assert_eq!(acme.completion(&id).await, Completion::Unknown);
    let company = ExternalId::new("co_north");
    let listed = acme.connected.store.listed_page(&acme.connected.id, RecordType::Registrations, &company, 10, None);
    assert_eq!(listed.await.unwrap(), std::slice::from_ref(&id), "it stands in its company's list");
    acme.progress(&id, completed());
    assert_eq!(acme.postbacks().await, [200]);
    let shown = acme.shown(&id).await.unwrap();
    assert_eq!((shown.completion, shown.passed, shown.score), (Completion::Completed, Some(true), Some(92.0)));
}

#[tokio::test(start_paused = true)]
async fn enrolling_again_or_after_a_lost_answer_makes_one_registration() {
    let acme = Acme::up_to_date().await;
    acme.cloud.add_faults(vec![Fault::new(FaultKind::Reset).on("registrations").method("POST").times(4)]);
    let id = acme.enrol(EXCEL, "us_ann").await;
    acme.wake().await;
    assert_eq!(
        (acme.at_cloud("us_ann").len(), acme.waiting().await.len()),
        (1, 1),
        "nobody knows yet that it is there"
    );
    // Each attempt waits longer than the one before, and slots come in between.
    for _ in 0..12 {
        acme.run().await;
    }
    assert_eq!((acme.at_cloud("us_ann").len(), acme.waiting().await.len()), (1, 0));
    for status in [409, 400] {
        acme.cloud.set_quirk("duplicate_status", json!(status));
        acme.enrol(EXCEL, "us_ann").await;
        acme.wake().await;
        assert_eq!((acme.at_cloud("us_ann").len(), acme.waiting().await.len()), (1, 0), "{status}");
    }
    assert!(acme.shown(&id).await.is_some());
    assert_eq!(acme.connected.read().await.issues, []);
}

#[tokio::test(start_paused = true)]
async fn a_course_that_is_gone_refuses_the_enrolment_by_name() {
    let acme = Acme::up_to_date().await;
    acme.cloud.delete("courses", EXCEL, true).unwrap();
    acme.enrol(EXCEL, "us_ann").await;
    acme.wake().await;
    let [issue] = acme.connected.read().await.issues.try_into().unwrap();
    assert_eq!(issue.title, format!("SCORM Cloud refused an enrolment in {EXCEL:?}"));
    assert_eq!(issue.detail, format!("there is no course {EXCEL} any more (field course_id)"));
    assert!(matches!(acme.waiting().await[0].state, OperationState::Refused { .. }));
}

#[tokio::test(start_paused = true)]
async fn completion_never_falls_back_within_an_attempt_and_the_next_attempt_begins_anew() {
    let acme = Acme::up_to_date().await;
    let id = acme.enrol(EXCEL, "us_ann").await;
    acme.wake().await;
    acme.progress(&id, completed());
    acme.run().await;
    assert_eq!(acme.completion(&id).await, Completion::Completed);
    acme.progress(&id, incomplete(0));
    acme.run().await;
    let shown = acme.shown(&id).await.unwrap();
    assert_eq!((shown.completion, shown.progress), (Completion::Completed, Some(1.0)), "the same attempt");
    acme.progress(&id, incomplete(1));
    acme.run().await;
    let shown = acme.shown(&id).await.unwrap();
    assert_eq!((shown.completion, shown.instance), (Completion::Incomplete, 1), "a new one");
}

#[tokio::test(start_paused = true)]
async fn what_was_not_believed_is_not_looked_at_again_with_every_run() {
    let acme = Acme::up_to_date().await;
    let id = acme.enrol(EXCEL, "us_ann").await;
    acme.wake().await;
    acme.progress(&id, completed());
    acme.run().await;
    acme.progress(&id, incomplete(0));
    acme.run().await;
    acme.world.clock.advance(SignedDuration::from_mins(10));
    acme.run().await;
    let before = acme.world.table.requests();
    acme.run().await;
    let spent = acme.world.table.requests().since(&before);
    assert_eq!((spent.writes(), spent.batch_get), (3, 0), "{spent:?}");
}

#[tokio::test(start_paused = true)]
async fn postbacks_doubled_reversed_and_late_end_where_the_vendor_stands() {
    let acme = Acme::up_to_date().await;
    let id = acme.enrol(EXCEL, "us_ann").await;
    acme.wake().await;
    acme.cloud.set_quirk("postback_times", json!(2));
    acme.cloud.set_quirk("postback_order", json!("reversed"));
    acme.progress(&id, incomplete(0));
    let late = acme.cloud.deliveries();
    acme.progress(&id, completed());
    assert_eq!(acme.postbacks().await, [200, 200]);
    assert_eq!(acme.completion(&id).await, Completion::Completed);
    for older in &late {
        assert_eq!(acme.bring(older).await, 200);
    }
    acme.world.drain().await;
    assert_eq!(acme.completion(&id).await, Completion::Completed, "its body says INCOMPLETE");
}

#[tokio::test(start_paused = true)]
async fn nothing_that_a_postback_says_is_believed_though_it_knows_the_password() {
    let acme = Acme::up_to_date().await;
    let id = acme.enrol(EXCEL, "us_ann").await;
    acme.wake().await;
    acme.progress(&id, incomplete(0));
    let told = acme.cloud.deliveries().remove(0);
    let forged = String::from_utf8(told.body.clone()).unwrap().replace("INCOMPLETE", DONE);
    assert!(forged.contains(DONE));
    let unknown = forged.replace(id.as_str(), "nobody-enrolled-this");
    for body in [&forged, &unknown] {
        assert_eq!(acme.bring(&Outgoing { body: body.clone().into_bytes(), ..told.clone() }).await, 200);
    }
    acme.world.drain().await;
    assert_eq!(acme.completion(&id).await, Completion::Incomplete);
    assert_eq!(acme.shown(&"nobody-enrolled-this".into()).await, None);
    assert_eq!(acme.connected.read().await.issues, []);
}

#[tokio::test(start_paused = true)]
async fn a_postback_without_our_password_is_refused_and_tells_nothing() {
    let acme = Acme::up_to_date().await;
    let id = acme.enrol(EXCEL, "us_ann").await;
    acme.wake().await;
    acme.cloud.set_quirk("postback_password", json!("a guess"));
    acme.progress(&id, completed());
    assert_eq!(acme.postbacks().await, [401]);
    assert_eq!(acme.completion(&id).await, Completion::Unknown);
    assert_eq!(acme.cloud.deliveries().len(), 0, "it waits a second");
    acme.world.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(acme.cloud.deliveries().len(), 1, "and comes again");
    acme.run().await;
    assert_eq!(acme.completion(&id).await, Completion::Completed, "the schedule brings what was refused");
}

#[tokio::test(start_paused = true)]
async fn a_postback_as_a_form_with_the_password_in_its_body_is_refused() {
    let acme = Acme::up_to_date().await;
    let url = acme.cloud.dump()["settings"]["ApiRollupRegistrationPostBackUrl"].clone();
    let id = acme.cloud.dump()["registrations"][0]["id"].as_str().unwrap().to_owned();
    let form = json!({ "_postBack": { "url": url, "authType": "FORM", "userName": "portal", "password": "hush" } });
    acme.cloud.patch("registrations", &id, fields(form), true).unwrap();
    acme.progress(&id.as_str().into(), json!({ "totalSecondsTracked": 9_999.0 }));
    assert_eq!(acme.postbacks().await, [401]);
}

#[tokio::test(start_paused = true)]
async fn postbacks_follow_the_next_secret_for_every_registration_at_once() {
    let acme = Acme::up_to_date().await;
    let id = acme.enrol(EXCEL, "us_ann").await;
    acme.wake().await;
    let before = acme.cloud.dump()["settings"].clone();
    let webhook = acme.connected.store.webhook(&acme.connected.id).await.unwrap().unwrap();
    let connector = "bigger-brains".into();
    let of = Receiver { tenant: acme.connected.store.tenant(), connector: &connector, connection: &acme.connected.id };
    let token = acme.world.webhooks.as_ref().unwrap().hashed_token(of, webhook.generation + 1);
    let now = acme.world.clock.now();
    let rotation =
        store::webhook::Rotation { token: &token, now, until: now + SignedDuration::from_hours(24), by: None };
    acme.connected.store.rotate_webhook(&acme.connected.id, &connector, &webhook, &rotation, By::System).await.unwrap();
    acme.world.clock.advance(SignedDuration::from_secs(4));
    acme.wake().await;
    let after = acme.cloud.dump()["settings"].clone();
    for setting in ["ApiRollupRegistrationPostBackUrl", "ApiRollupRegistrationAuthPassword"] {
        assert_ne!(before[setting], after[setting], "{setting}");
    }
    acme.progress(&id, completed());
    assert_eq!(acme.postbacks().await, [200]);
}

#[tokio::test(start_paused = true)]
async fn postbacks_of_another_system_stay_where_they_go_and_somebody_is_told() {
    let acme = Acme::connected().await;
    let theirs = json!({ "settings": [
        { "settingId": "ApiRollupRegistrationPostBackUrl", "value": "https://lms.contoso.example/postback" },
    ] });
    let credentials = acme.cloud.credentials();
    let basic = {
        use base64::Engine as _;
        let pair = format!("{}:{}", credentials["application_id"], credentials["secret_key"]);
        base64::engine::general_purpose::STANDARD.encode(pair)
    };
    let request = Request::post("https://cloud.scorm.com/api/v2/appManagement/configuration")
        .header("host", "cloud.scorm.com")
        .header("authorization", format!("Basic {basic}"))
        .body(Body::from(theirs.to_string()))
        .unwrap();
    assert_eq!(acme.cloud.router().oneshot(request).await.unwrap().status().as_u16(), 204);
    acme.run().await;
    let [issue] = acme.connected.read().await.issues.try_into().unwrap();
    assert_eq!(issue.title, "Changes are not pushed to us");
    assert!(issue.detail.contains("lms.contoso.example"), "{}", issue.detail);
    assert_eq!(
        acme.cloud.dump()["settings"]["ApiRollupRegistrationPostBackUrl"],
        "https://lms.contoso.example/postback"
    );
    assert_eq!(acme.cloud.dump()["settings"].as_object().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_launch_link_opens_the_course_for_two_minutes() {
    let acme = Acme::up_to_date().await;
    let id = acme.enrol(EXCEL, "us_ann").await;
    acme.wake().await;
    let return_url = "https://portal.example/settings/companies/co_north/training".parse().unwrap();
    let command = Command::IssueLink {
        tenant: acme.connected.store.tenant().clone(),
        connection: acme.connected.id.clone(),
        request: LinkRequest::Course { registration: id.clone(), return_url },
    };
    let made_at = acme.world.clock.now();
    let reply = acme.world.engine().command(command, acme.world.deadline()).await.unwrap();
    let Reply::Link { link } = reply else { panic!("{reply:?}") };
    assert_eq!(link.expires_at.unwrap().duration_since(made_at).as_secs(), 120);
    let open = async || {
        let request = Request::get(link.url.as_str()).header("host", "cloud.scorm.com").body(Body::empty()).unwrap();
        acme.cloud.router().oneshot(request).await.unwrap().status().as_u16()
    };
    assert_eq!(open().await, 200);
    assert_eq!(acme.postbacks().await, [200]);
    assert_eq!(acme.completion(&id).await, Completion::Incomplete);
    acme.world.clock.advance(SignedDuration::from_secs(121));
    assert_eq!(open().await, 403);
}

#[tokio::test(start_paused = true)]
async fn a_stale_place_in_a_list_is_begun_again_and_nothing_is_missed() {
    let acme = Acme::connected().await;
    acme.cloud.set_quirk("page_size", json!(5));
    acme.cloud.set_quirk("stale", json!(true));
    acme.run().await;
    let issues = acme.connected.read().await.issues;
    assert!(!issues.is_empty() && issues.iter().all(|issue| issue.cause == Cause::Transient), "{issues:#?}");
    acme.cloud.set_quirk("stale", Value::Null);
    acme.run().await;
    assert_eq!(acme.connected.read().await.issues, []);
    let courses = acme.connected.store.record_page(&acme.connected.id, RecordType::Courses, 100, None).await.unwrap();
    assert_eq!(courses.len(), 23, "24 courses, one of them deleted");
}

#[tokio::test(start_paused = true)]
async fn a_deleted_course_leaves_with_the_daily_list() {
    let acme = Acme::up_to_date().await;
    acme.cloud.delete("courses", EXCEL, true).unwrap();
    acme.run().await;
    let presence = async || {
        let store = &acme.connected.store;
        store.record(&acme.connected.id, RecordType::Courses, &EXCEL.into()).await.unwrap().unwrap().body.presence
    };
    assert_eq!(presence().await, Presence::Live, "no list of changes tells of it");
    for _ in 0..2 {
        acme.world.clock.advance(SignedDuration::from_hours(24));
        let now = acme.world.clock.now();
        let requested = store::state::Requested { run: sync::run_id(now, 0), mode: Mode::Everything, at: now };
        acme.connected.store.request_run(&acme.connected.id, &requested, By::System).await.unwrap();
        acme.run().await;
    }
    assert_eq!(presence().await, Presence::Gone);
}
