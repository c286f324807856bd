use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_sqs::types::{MessageSystemAttributeName, QueueAttributeName};
use domain::run::Trigger;
use platform::aws::Clients;
use platform::bus::EventBridgeBus;
use platform::clock::SystemClock;
use platform::invoke::{InvokeError, Invoker, LambdaInvoker};
use platform::issued_secrets::IssuedSecretStore;
use platform::queue::SqsQueue;
use platform::secrets::{SecretReader, SecretsManagerWriter, name};
use secrecy::{ExposeSecret, SecretString};
use sync::message::{Command, Reply, WorkMessage};
use sync::ports::{Clock, DomainEvent, EventBus, Queue, SecretRef, SecretWriter, Secrets, WebhookSecrets};

use super::*;

async fn started() -> (Aws, Clients) {
    at(&Files::default()).await
}

async fn at(files: &Files) -> (Aws, Clients) {
    let aws = Aws::start(loopback::bind(0).await.unwrap(), files).await.unwrap();
    let clients = Clients::at(&aws.endpoint(), None);
    (aws, clients)
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

fn secret() -> SecretRef {
    SecretRef { tenant: "demo".into(), connector: "halo-psa".into(), connection: "halo-psa".into() }
}

fn values(value: &str) -> BTreeMap<String, SecretString> {
    BTreeMap::from([("client_secret".to_owned(), SecretString::from(value))])
}

fn work() -> WorkMessage {
    WorkMessage {
        tenant: "demo".into(),
        connector: "halo-psa".into(),
        connection: "halo-psa".into(),
        claim: Some(3),
        trigger: Trigger::Schedule,
    }
}

#[tokio::test]
async fn the_table_answers_through_the_one_endpoint_and_through_its_own() {
    let (aws, clients) = started().await;
    store::dynamodb::schema::create(&clients.dynamodb, "portal").await.unwrap();
    let own = Clients::at(&aws.endpoint(), Some(&aws.dynamodb()));
    assert_eq!(own.dynamodb.list_tables().send().await.unwrap().table_names(), ["portal"]);
    assert_eq!(clients.dynamodb.list_tables().send().await.unwrap().table_names(), ["portal"]);
}

#[tokio::test]
async fn secrets_are_read_by_version_and_deleted_at_once() {
    let (_aws, clients) = started().await;
    let writer = SecretsManagerWriter::new(clients.secrets.clone(), "portal");
    let first = writer.put(&secret(), &values("one")).await.unwrap();
    let second = writer.put(&secret(), &values("two")).await.unwrap();
    let third = writer.put(&secret(), &values("three")).await.unwrap();
    assert_ne!(first, second);

    let read = async |version: &str| {
        let reader = SecretReader::new(clients.secrets.clone(), "portal");
        reader.read(&secret(), version).await.map(|values| values["client_secret"].expose_secret().to_owned())
    };
    assert_eq!(read(&first).await.unwrap(), "one", "a version two changes back is still there");
    assert_eq!(read(&second).await.unwrap(), "two");
    assert_eq!(read(&third).await.unwrap(), "three");
    assert!(read("no-such-version").await.is_err());

    writer.delete(&secret()).await.unwrap();
    assert!(read(&third).await.is_err());
    writer.delete(&secret()).await.unwrap();
    let again = writer.put(&secret(), &values("four")).await.unwrap();
    assert_eq!(read(&again).await.unwrap(), "four", "the name is free again at once");
}

#[tokio::test]
async fn a_version_is_the_token_it_was_put_with_and_is_read_once_only() {
    let (_aws, clients) = started().await;
    let writer = SecretsManagerWriter::new(clients.secrets.clone(), "portal");
    writer.put(&secret(), &values("one")).await.unwrap();
    let version = writer.put(&secret(), &values("two")).await.unwrap();
    let versions = clients.secrets.list_secret_version_ids().secret_id(name("portal", &secret())).send().await.unwrap();
    assert!(versions.versions().iter().any(|known| known.version_id() == Some(&version)));

    let reader = SecretReader::new(clients.secrets.clone(), "portal");
    reader.read(&secret(), &version).await.unwrap();
    writer.delete(&secret()).await.unwrap();
    assert!(reader.read(&secret(), &version).await.is_ok(), "kept in memory");
}

#[tokio::test]
async fn issued_secrets_are_kept_by_generation_under_a_prefix_of_their_own() {
    let (_aws, clients) = started().await;
    let kept = IssuedSecretStore::new(clients.secrets.clone(), "portal/");
    let told = async || {
        let issued = kept.read(&secret()).await.unwrap();
        issued
            .into_iter()
            .map(|(generation, secret)| (generation, secret.expose_secret().to_owned()))
            .collect::<Vec<_>>()
    };
    assert_eq!(told().await, [], "none was ever kept");
    kept.put(&secret(), &BTreeMap::from([(1, "whsec_1".into())])).await.unwrap();
    kept.put(&secret(), &BTreeMap::from([(1, "whsec_1".into()), (2, "whsec_2".into())])).await.unwrap();
    assert_eq!(told().await, [(1, "whsec_1".to_owned()), (2, "whsec_2".to_owned())]);
    let all = clients.secrets.list_secrets().send().await.unwrap();
    let names: Vec<_> = all.secret_list().iter().filter_map(|secret| secret.name().map(str::to_owned)).collect();
    assert_eq!(names, [name("portal/webhooks", &secret())]);
    kept.delete(&secret()).await.unwrap();
    kept.delete(&secret()).await.unwrap();
    assert_eq!(told().await, []);
}

#[tokio::test]
async fn issued_secrets_that_are_no_generations_fail_without_being_told() {
    let (_aws, clients) = started().await;
    let kept = IssuedSecretStore::new(clients.secrets.clone(), "portal");
    let name = name("portal/webhooks", &secret());
    clients.secrets.create_secret().name(&name).secret_string(r#"{"first":"whsec_hush"}"#).send().await.unwrap();
    let error = kept.read(&secret()).await.unwrap_err();
    assert_eq!(error.to_string(), "read issued secrets failed");
    assert!(!format!("{error:?}").contains("whsec_hush"), "{error:?}");
}

#[tokio::test]
async fn secrets_outlive_a_process_in_a_file_of_their_owners() {
    let folder = std::env::temp_dir().join(format!("local-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir(&folder).unwrap();
    let file = folder.join("secrets.json");
    let files = Files { table: None, secrets: Some(file.clone()) };
    let (aws, clients) = at(&files).await;
    let writer = SecretsManagerWriter::new(clients.secrets, "portal");
    let version = writer.put(&secret(), &values("one")).await.unwrap();
    aws.stop().await;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let (_aws, clients) = at(&files).await;
    let reader = SecretReader::new(clients.secrets, "portal");
    assert_eq!(reader.read(&secret(), &version).await.unwrap()["client_secret"].expose_secret(), "one");
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn queues_take_group_ids_delays_and_visibility_timeouts() {
    let (aws, clients) = started().await;
    let made = clients.sqs.create_queue().queue_name("work").attributes(QueueAttributeName::VisibilityTimeout, "120");
    let url = made.send().await.unwrap().queue_url.unwrap();
    assert!(url.starts_with(&aws.endpoint()), "{url}");
    let queue = SqsQueue::new(clients.sqs.clone(), BTreeMap::from([("halo-psa".into(), url.clone())]));

    queue.send(&work(), Duration::from_secs(60)).await.unwrap();
    let receive = async || {
        let request = clients.sqs.receive_message().queue_url(&url).max_number_of_messages(10);
        let request = request.message_system_attribute_names(MessageSystemAttributeName::All);
        request.send().await.unwrap().messages.unwrap_or_default()
    };
    assert!(receive().await.is_empty(), "it is delayed");
    queue.send(&work(), Duration::ZERO).await.unwrap();
    let received = receive().await;
    assert_eq!(received.len(), 1);
    assert_eq!(serde_json::from_str::<WorkMessage>(received[0].body().unwrap()).unwrap(), work());
    assert!(receive().await.is_empty(), "it is in somebody's hands");

    let handle = received[0].receipt_handle().unwrap();
    let change = clients.sqs.change_message_visibility().queue_url(&url).receipt_handle(handle).visibility_timeout(0);
    change.send().await.unwrap();
    let again = receive().await;
    let count = MessageSystemAttributeName::ApproximateReceiveCount;
    assert_eq!(again[0].attributes().unwrap()[&count], "2");

    let mut elsewhere = work();
    elsewhere.connector = "syncro".into();
    assert_eq!(queue.send(&elsewhere, Duration::ZERO).await.unwrap_err().to_string(), "queue work failed");
}

#[tokio::test]
async fn events_reach_the_bus_in_batches() {
    let (aws, clients) = started().await;
    clients.events.create_event_bus().name("portal").send().await.unwrap();
    let bus = EventBridgeBus::new(clients.events, "portal");
    let event = |n: usize| DomainEvent {
        detail_type: "company.created",
        tenant: "demo".into(),
        id: n.to_string(),
        hash: "h".to_owned(),
        detail: json!({ "company": n }),
    };
    bus.publish(&(0..23).map(event).collect::<Vec<_>>()).await.unwrap();
    let published = aws.published();
    assert_eq!(published.len(), 23);
    assert_eq!(published[0]["DetailType"], "company.created");
    let detail: Value = serde_json::from_str(published[22]["Detail"].as_str().unwrap()).unwrap();
    assert_eq!(detail, json!({ "tenant": "demo", "id": "22", "hash": "h", "data": { "company": 22 } }));
}

fn test_command() -> Command {
    Command::Test { tenant: "demo".into(), connection: "halo-psa".into(), test: "t".into() }
}

#[tokio::test]
async fn commands_reach_functions_of_this_process() {
    let (aws, clients) = started().await;
    let invoker = LambdaInvoker::new(clients.lambda(), "portal-");
    let halo = "halo-psa".into();
    assert!(matches!(invoker.request(&halo, &test_command()).await, Err(InvokeError::Unavailable(_))));

    aws.functions().register(
        "portal-halo-psa",
        Duration::from_secs(5),
        clock(),
        Arc::new(|event, _| {
            Box::pin(async move {
                assert_eq!(event["command"], "test");
                Ok(serde_json::to_value(Reply::Tested).unwrap())
            })
        }),
    );
    assert_eq!(invoker.request(&halo, &test_command()).await.unwrap(), Reply::Tested);
    invoker.start(&halo, &test_command()).await.unwrap();
    aws.functions().settle().await;
}

#[tokio::test]
async fn failures_panics_and_timeouts_are_told_as_lambda_tells_them() {
    let (aws, clients) = started().await;
    let invoker = LambdaInvoker::new(clients.lambda(), "");
    let functions = aws.functions();
    let second = Duration::from_secs(1);
    let failure = || lambda_runtime::Diagnostic { error_type: "TickFailed".into(), error_message: String::new() };
    functions.register("fails", second, clock(), Arc::new(move |_, _| Box::pin(async move { Err(failure()) })));
    functions.register("panics", second, clock(), Arc::new(|_, _| Box::pin(async { panic!("at once") })));
    functions.register("hangs", Duration::from_millis(20), clock(), Arc::new(|_, _| Box::pin(std::future::pending())));
    let error = async |name: &str| invoker.request(&name.into(), &test_command()).await.unwrap_err();
    assert!(matches!(error("fails").await, InvokeError::Failed { error_type } if error_type == "TickFailed"));
    assert!(matches!(error("panics").await, InvokeError::Failed { error_type } if error_type == "RuntimePanic"));
    assert!(matches!(error("hangs").await, InvokeError::TimedOut));
}

#[tokio::test]
async fn unsigned_requests_and_foreign_host_names_are_refused() {
    let (aws, _) = started().await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let unsigned = http.post(aws.endpoint()).send().await.unwrap();
    assert_eq!(unsigned.status(), 403);
    let rebound = http.post(aws.endpoint()).header("host", "evil.example").send().await.unwrap();
    assert_eq!(rebound.status(), 421);
}
