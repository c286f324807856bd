//! One part of the system by itself, for tools that bring the rest: AWS, the simulators, the issuer.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use connector::Connector;
use platform::aws::Clients;
use secrecy::ExposeSecret as _;
use serde_json::Value;
use store::dynamodb::{DynamoTable, schema};
use store::table::Table;

use crate::aws::{Aws, Files};
use crate::cli::Place;
use crate::data::DataFolder;
use crate::keys::SigningKey;
use crate::loopback::{self, Server};
use crate::oidc::{AUDIENCE, CLIENT_ID, Issuer};
use crate::resources::{BUS, PREFIX, TABLE, WEBHOOK_KEY, make_queues, make_webhook_key};
use crate::stack::PUBLIC;
use crate::tenant;
use crate::vendors::{Simulated, Vendors};

/// AWS with everything that the functions look for, and the environment that leads them to it.
pub(crate) async fn aws(place: &Place, connectors: &[&'static dyn Connector]) -> anyhow::Result<ExitCode> {
    let data = place.data.as_deref().map(DataFolder::open).transpose()?;
    let files = Files { table: data.as_ref().map(DataFolder::table), secrets: data.as_ref().map(DataFolder::secrets) };
    let port = |offset: u16| if place.port == 0 { 0 } else { place.port + offset };
    let aws = Aws::start(loopback::bind(port(2)).await?, &files).await?;
    let clients = Clients::at(&aws.endpoint(), Some(&aws.dynamodb()));
    schema::create(&clients.dynamodb, TABLE).await.context("make the table")?;
    clients.events.create_event_bus().name(BUS).send().await.context("make the event bus")?;
    make_webhook_key(&clients).await?;
    seed_table(&clients, TABLE).await?;
    let queues = make_queues(&clients, connectors).await?;
    let urls: serde_json::Map<String, Value> =
        queues.into_iter().map(|(connector, mapping)| (connector.to_string(), mapping.queue.into())).collect();
    println!("export AWS_ENDPOINT_URL={}", aws.endpoint());
    println!("export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_REGION=us-east-1");
    println!(
        "export ENVIRONMENT=local TABLE_NAME={TABLE} EVENT_BUS_NAME={BUS} SECRET_PREFIX=portal FUNCTION_PREFIX={PREFIX}"
    );
    println!("export PUBLIC_URL={PUBLIC} WEBHOOK_KEY_SECRET={WEBHOOK_KEY} QUEUE_URLS='{}'", Value::from(urls));
    println!("export CONSOLE_ISSUER=http://127.0.0.1:{} CONSOLE_CLIENT_ID={CLIENT_ID}", port(1));
    interrupted().await?;
    aws.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// Writes the seeded tenant into a table that is there.
pub(crate) async fn seed(endpoint: &str, table: &str) -> anyhow::Result<ExitCode> {
    seed_table(&Clients::at(endpoint, None), table).await?;
    println!("{table} has the tenant {} with its roles", tenant::ID);
    Ok(ExitCode::SUCCESS)
}

async fn seed_table(clients: &Clients, table: &str) -> anyhow::Result<()> {
    let table: Arc<dyn Table> = Arc::new(DynamoTable::new(clients.dynamodb.clone(), table));
    tenant::seed(&table).await.context("seed the tenant")
}

/// The simulated vendors, and the environment that leads the functions to them.
pub(crate) async fn simulators(simulated: &Simulated, place: &Place) -> anyhow::Result<ExitCode> {
    let port = if place.port == 0 { 0 } else { place.port + 10 };
    let vendors = Vendors::start(simulated, port).await?;
    println!("export VENDOR_ORIGINS='{}' VENDOR_LIMITS_LIFTED=true", vendors.origins());
    let deployment: serde_json::Map<String, Value> =
        vendors.deployment().map(|(name, value)| (name, value.expose_secret().into())).collect();
    println!("export DEPLOYMENT_VALUES='{}'", Value::from(deployment));
    show_credentials(&vendors);
    interrupted().await?;
    Ok(ExitCode::SUCCESS)
}

/// What to enter for the seeded tenant; made-up values of a simulator, not secrets.
pub(crate) fn show_credentials(vendors: &Vendors) {
    for (connector, vendor) in vendors.iter() {
        println!("# {connector} at {}", vendor.origin());
        for (key, value) in vendor.credentials() {
            println!("#   {key}: {value}");
        }
    }
}

/// The issuer.
pub(crate) async fn issuer(place: &Place) -> anyhow::Result<ExitCode> {
    let listener = loopback::bind(if place.port == 0 { 0 } else { place.port + 1 }).await?;
    let url = loopback::origin(&listener)?;
    let issuer = Issuer::new(url.clone(), tenant::ID, url.clone(), SigningKey::generate()?);
    let server = Server::start(listener, issuer.router())?;
    println!("Issuer   {url}  audience {AUDIENCE}");
    interrupted().await?;
    server.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// Prints a token of a running issuer.
pub(crate) async fn token(place: &Place, tenant: &str, scope: &str) -> anyhow::Result<ExitCode> {
    let issuer = format!("http://127.0.0.1:{}", place.port + 1);
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build()?;
    let form = [("grant_type", "client_credentials"), ("tenant", tenant), ("scope", scope)];
    let answer = client
        .post(format!("{issuer}/token"))
        .form(&form)
        .send()
        .await
        .with_context(|| format!("ask the issuer at {issuer}; start it with `cargo run`, with the same --port"))?;
    #[expect(clippy::disallowed_methods, reason = "our own issuer answers")]
    let body: Value = answer.json().await.with_context(|| format!("read the answer of {issuer}"))?;
    let token = body.get("access_token").and_then(Value::as_str);
    println!("{}", token.with_context(|| format!("what listens at {issuer} is no issuer; give --port"))?);
    Ok(ExitCode::SUCCESS)
}

/// Waits for Ctrl-C or the end signal.
pub(crate) async fn interrupted() -> anyhow::Result<()> {
    #[cfg(unix)]
    {
        let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
            .context("listen for the end signal")?;
        tokio::select! {
            _ = terminated.recv() => Ok(()),
            interrupt = tokio::signal::ctrl_c() => interrupt.context("listen for Ctrl-C"),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await.context("listen for Ctrl-C")
}
