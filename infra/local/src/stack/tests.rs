use std::sync::OnceLock;

use connector::{Descriptor, Result as ConnectorResult, Session, SessionContext};
use domain::run::Trigger;
use platform::clock::SystemClock;
use store::TenantStore;
use sync::message::WorkMessage;
use sync::ports::Clock as _;

use aws_sdk_sqs::types::QueueAttributeName;

use super::*;
use crate::oidc::PEOPLE;

static DESCRIPTOR: Descriptor = Descriptor::bare("nothing", "Nothing");

struct Nothing;

impl Connector for Nothing {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn open(&self, _: SessionContext) -> ConnectorResult<Box<dyn Session>> {
        unreachable!("nothing is connected")
    }
}

static NOTHING: Nothing = Nothing;

fn options() -> StackOptions {
    StackOptions { connectors: vec![&NOTHING], ..StackOptions::default() }
}

fn work() -> WorkMessage {
    WorkMessage {
        tenant: tenant::id(),
        connector: "nothing".into(),
        connection: "nothing".into(),
        claim: None,
        trigger: Trigger::Manual,
    }
}

#[tokio::test]
async fn the_schedule_and_the_queue_reach_the_real_handler() {
    let stack = Stack::start(options()).await.unwrap();
    let id = ConnectorId::from("nothing");
    assert_eq!(stack.tick(&id).await.unwrap(), 0);
    assert_eq!(stack.drain(&id).await.unwrap(), Outcome::default());

    stack.services().unwrap().queue.send(&work(), Duration::ZERO).await.unwrap();
    let queue = &stack.mappings[&id].queue;
    let sent = stack.clients.sqs.send_message().queue_url(queue).message_body("not work").send().await;
    sent.unwrap();
    assert_eq!(stack.drain(&id).await.unwrap(), Outcome { messages: 2, failed: 0 });
    assert_eq!(stack.drain(&id).await.unwrap(), Outcome::default(), "both are deleted");
    stack.stop().await;
}

#[tokio::test]
async fn failed_messages_stay_and_end_among_the_dead_letters() {
    let stack = Stack::start(options()).await.unwrap();
    let id = ConnectorId::from("nothing");
    let handler: Handler = Arc::new(|event, _| {
        let id = event["Records"][0]["messageId"].clone();
        Box::pin(async move { Ok(json!({ "batchItemFailures": [{ "itemIdentifier": id }] })) })
    });
    stack.aws.functions().register("portal-nothing", FUNCTION_TIMEOUT, stack.clock(), handler);
    stack.services().unwrap().queue.send(&work(), Duration::ZERO).await.unwrap();
    assert_eq!(stack.drain(&id).await.unwrap(), Outcome { messages: 1, failed: 1 });
    assert_eq!(stack.drain(&id).await.unwrap(), Outcome::default(), "invisible for now");
    let queue = &stack.mappings[&id].queue;
    let known = stack.clients.sqs.get_queue_attributes().queue_url(queue).attribute_names(QueueAttributeName::All);
    let known = known.send().await.unwrap().attributes.unwrap();
    assert_eq!(known[&QueueAttributeName::VisibilityTimeout], "120");
    assert!(known[&QueueAttributeName::RedrivePolicy].contains("portal-nothing-dead"));
}

#[tokio::test]
async fn the_tenant_is_seeded_and_requests_are_counted() {
    let stack = Stack::start(options()).await.unwrap();
    let store = TenantStore::new(Arc::new(stack.table().clone()), tenant::id());
    let before = stack.table().requests();
    assert_eq!(store.profile().await.unwrap().name, tenant::NAME);
    assert_eq!(store.roles().await.unwrap().len(), tenant::ROLES.len());
    let since = stack.table().requests().since(&before);
    assert_eq!((since.reads(), since.writes()), (2, 0));
}

static BUILT: OnceLock<std::sync::atomic::AtomicUsize> = OnceLock::new();

#[tokio::test]
async fn the_settings_api_is_plugged_in_and_built_anew() {
    fn build(_: &Services, addresses: &Addresses) -> anyhow::Result<HttpHandler> {
        BUILT.get_or_init(Default::default).fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let issuer = addresses.issuer.clone();
        Ok(Arc::new(move |event| {
            let answer = json!({
                "tenant": event["requestContext"]["authorizer"]["jwt"]["claims"]["tenant"], "issuer": issuer,
            });
            Box::pin(async move { Ok(answer) })
        }))
    }
    let stack = Stack::start(StackOptions { settings_api: Some(build), ..options() }).await.unwrap();
    let [viewer, ..] = PEOPLE;
    let api = stack.api(viewer).unwrap();
    let me = api.get("/v1/me").await.unwrap();
    assert_eq!(me, json!({ "tenant": tenant::ID, "issuer": stack.addresses().issuer }));
    stack.rebuild().unwrap();
    assert_eq!(BUILT.get().unwrap().load(std::sync::atomic::Ordering::SeqCst), 2);
    api.get("/v1/me").await.unwrap();
}

#[tokio::test]
async fn a_data_folder_is_locked_and_outlives_the_process() {
    let folder = std::env::temp_dir().join(format!("local-{}", uuid::Uuid::new_v4()));
    let kept = StackOptions { data: Some(folder.clone()), ..options() };
    let stack = Stack::start(kept.clone()).await.unwrap();
    let token = stack.issuer().jwks();
    let refused = Stack::start(kept.clone()).await.err().unwrap().to_string();
    assert!(refused.starts_with("another process uses the data folder"), "{refused}");
    stack.clients().dynamodb.list_tables().send().await.unwrap();
    stack.stop().await;

    let stack = Stack::start(kept).await.unwrap();
    assert_eq!(stack.issuer().jwks(), token, "the same key");
    let store = TenantStore::new(Arc::new(stack.table().clone()), tenant::id());
    assert_eq!(store.roles().await.unwrap().len(), tenant::ROLES.len());
    assert!(SystemClock.now() > jiff::Timestamp::UNIX_EPOCH);
    stack.stop().await;
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn simulators_are_reached_through_the_origin_map() {
    let stack = Stack::start(StackOptions { simulated: Some(Simulated::default()), ..options() }).await.unwrap();
    assert!(!stack.vendors().origins().is_empty());
    assert!(!stack.config.vendor_origins.is_empty());
    let unknown = Simulated { names: vec!["nobody".to_owned()], ..Simulated::default() };
    let error = Stack::start(StackOptions { simulated: Some(unknown), ..options() }).await.err().unwrap();
    assert!(error.to_string().starts_with("no simulator is named nobody"), "{error}");
}
