//! The command line.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::{Args, Parser, Subcommand};
use connector::{Connector, DeploymentValues};
use serde_json::Value;

use crate::aws::{Aws, Files};
use crate::data::DataFolder;
use crate::oidc::PEOPLE;
use crate::scheduler::Scheduler;
use crate::stack::{BuildHttp, Stack, StackOptions};
use crate::vendors::{Simulated, Vendors};
use crate::{loopback, once, progress};

/// The whole system in one process: portal, connectors, simulated vendors, emulated AWS. Nothing leaves this machine
/// unless --no-simulators is given.
#[derive(Debug, Parser)]
#[command(name = "local", version, max_term_width = 110)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Sub>,
    /// Import once from the simulators, run again, compare, report, exit: 0 if everything converged.
    #[arg(long, conflicts_with = "no_simulators")]
    once: bool,
    /// With --once: only the report, as JSON, on standard output.
    #[arg(long, requires = "once")]
    json: bool,
    /// Call the real vendors.
    #[arg(long)]
    no_simulators: bool,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    simulated: SimulatedArgs,
}

#[derive(Clone, Debug, Args)]
struct Place {
    /// Keep table, secrets (in plain text, mode 0600) and signing key in this folder; without it all is in memory.
    #[arg(long, value_name = "DIR", global = true)]
    data: Option<PathBuf>,
    /// First port: console and API; then issuer, AWS, and from ten further on the simulators. 0 takes free ones.
    #[arg(long, default_value_t = 4280, global = true)]
    port: u16,
}

#[derive(Clone, Debug, Args)]
struct SimulatedArgs {
    /// Only these connectors, by id.
    #[arg(long, value_delimiter = ',', value_name = "ID,ID", global = true)]
    connectors: Vec<String>,
    /// Contacts at each simulated vendor; companies and tickets in proportion.
    #[arg(long, default_value_t = 200, value_name = "N", global = true)]
    scale: usize,
    /// The same seed gives the same data.
    #[arg(long, default_value_t = 1, value_name = "N", global = true)]
    seed: u64,
    /// Keep the vendors' rate limits.
    #[arg(long, global = true)]
    real_limits: bool,
    /// Faults of the simulators: a JSON file of connector ids and their lists of faults.
    #[arg(long, value_name = "FILE", global = true)]
    faults: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Sub {
    /// Only AWS: for `cargo lambda watch`, `cargo lambda invoke --data-file events/...`, `aws --endpoint-url`.
    Aws,
    /// Only the simulators; prints the origin map that leads to them.
    Simulators,
    /// Print a token of the running system's issuer.
    Token {
        /// Tenant id.
        #[arg(long, default_value = crate::tenant::ID)]
        tenant: String,
        /// Of read, write, manage.
        #[arg(long, value_delimiter = ',', default_value = "read", value_parser = ["read", "write", "manage"])]
        permissions: Vec<String>,
    },
}

/// What other crates plug in.
#[derive(Clone, Default)]
pub struct Plugs {
    /// Every connector.
    pub connectors: Vec<&'static dyn Connector>,
    /// Values that belong to the deployment, besides those that the simulators know.
    pub deployment: DeploymentValues,
    /// The settings API with the console.
    pub settings_api: Option<BuildHttp>,
    /// The function that takes vendors' pushes.
    pub webhooks: Option<BuildHttp>,
}

/// Does what the command line says.
///
/// # Errors
/// In words, with what to do.
pub async fn run(cli: Cli, plugs: Plugs) -> anyhow::Result<ExitCode> {
    platform::tracing::init_terminal(if cli.once { "warn" } else { "info" });
    match &cli.command {
        Some(Sub::Aws) => only_aws(&cli.place).await,
        Some(Sub::Simulators) => only_simulators(&cli).await,
        Some(Sub::Token { tenant, permissions }) => token(&cli.place, tenant, &permissions.join(" ")).await,
        None if cli.once => import_once(&cli, plugs).await,
        None => stay(&cli, plugs).await,
    }
}

impl Cli {
    fn simulated(&self) -> Simulated {
        let SimulatedArgs { connectors, scale, seed, real_limits, faults } = self.simulated.clone();
        Simulated { names: connectors, scale, seed, real_limits, faults }
    }

    fn options(&self, plugs: Plugs) -> anyhow::Result<StackOptions> {
        let wanted = &self.simulated.connectors;
        let known: Vec<&str> = plugs.connectors.iter().map(|connector| connector.descriptor().id).collect();
        if let Some(unknown) = wanted.iter().find(|name| !known.contains(&name.as_str())) {
            bail!("no connector is named {unknown}; there are: {}", known.join(", "));
        }
        let mut simulated = self.simulated();
        let mut connectors = plugs.connectors;
        if !wanted.is_empty() {
            connectors.retain(|connector| wanted.iter().any(|name| name == connector.descriptor().id));
        }
        simulated.names = connectors.iter().map(|connector| connector.descriptor().id.to_owned()).collect();
        Ok(StackOptions {
            simulated: (!self.no_simulators && !connectors.is_empty()).then_some(simulated),
            connectors,
            data: self.place.data.clone(),
            port: self.place.port,
            deployment: plugs.deployment,
            settings_api: plugs.settings_api,
            webhooks: plugs.webhooks,
            clock: None,
        })
    }
}

async fn stay(cli: &Cli, plugs: Plugs) -> anyhow::Result<ExitCode> {
    let stack = Arc::new(Stack::start(cli.options(plugs)?).await?);
    let scheduler = Scheduler::start(&stack);
    let addresses = stack.addresses();
    println!("AWS      {}", addresses.aws);
    println!("Issuer   {}", addresses.issuer);
    println!("Pushes   {}/webhooks/... leads to {}", stack.public_url(), addresses.console);
    for (connector, server) in stack.vendors().iter() {
        println!("Vendor   {}  {connector}", server.origin());
    }
    let [viewer, ..] = PEOPLE;
    let api = stack.api(viewer)?;
    tokio::select! {
        shown = progress::show(&api) => {
            if let Err(error) = shown {
                tracing::debug!(error = format!("{error:#}"), "Progress cannot be shown.");
            }
            show_credentials(stack.vendors());
            println!("Console  {}  (Ctrl-C ends)", addresses.console);
            interrupted().await?;
        }
        ended = interrupted() => ended?,
    }
    scheduler.stop().await;
    if let Some(stack) = Arc::into_inner(stack) {
        stack.stop().await;
    }
    Ok(ExitCode::SUCCESS)
}

async fn import_once(cli: &Cli, plugs: Plugs) -> anyhow::Result<ExitCode> {
    let mut options = cli.options(plugs)?;
    // Nobody needs to find it, and another one may be running.
    options.port = 0;
    let stack = Stack::start(options).await?;
    let quiet = cli.json || !std::io::stderr().is_terminal();
    let spinner = if quiet { indicatif::ProgressBar::hidden() } else { indicatif::ProgressBar::new_spinner() };
    spinner.enable_steady_tick(Duration::from_millis(200));
    let report = once::run(&stack, |connector, step| spinner.set_message(format!("{connector}: {step}"))).await;
    spinner.finish_and_clear();
    stack.stop().await;
    let report = report?;
    if cli.json {
        println!("{}", serde_json::to_string(&report).context("write the report")?);
    } else {
        print!("{}", report.text());
    }
    Ok(if report.converged() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn only_aws(place: &Place) -> anyhow::Result<ExitCode> {
    let data = place.data.as_deref().map(DataFolder::open).transpose()?;
    let files = Files { table: data.as_ref().map(DataFolder::table), secrets: data.as_ref().map(DataFolder::secrets) };
    let port = if place.port == 0 { 0 } else { place.port + 2 };
    let aws = Aws::start(loopback::bind(port).await?, &files).await?;
    println!("export AWS_ENDPOINT_URL={}", aws.endpoint());
    println!("export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_REGION=us-east-1");
    interrupted().await?;
    aws.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// What to enter for the seeded tenant; made-up values of a simulator, not secrets.
fn show_credentials(vendors: &Vendors) {
    for (connector, vendor) in vendors.iter() {
        println!("# {connector} at {}", vendor.origin());
        for (key, value) in vendor.credentials() {
            println!("#   {key}: {value}");
        }
    }
}

async fn only_simulators(cli: &Cli) -> anyhow::Result<ExitCode> {
    let port = if cli.place.port == 0 { 0 } else { cli.place.port + 10 };
    let vendors = Vendors::start(&cli.simulated(), port).await?;
    println!("export VENDOR_ORIGINS={}", vendors.origins());
    show_credentials(&vendors);
    interrupted().await?;
    Ok(ExitCode::SUCCESS)
}

async fn token(place: &Place, tenant: &str, scope: &str) -> anyhow::Result<ExitCode> {
    let issuer = format!("http://127.0.0.1:{}", place.port + 1);
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build()?;
    let form = [("grant_type", "client_credentials"), ("tenant", tenant), ("scope", scope)];
    let answer = client.post(format!("{issuer}/token")).form(&form).send().await.with_context(|| {
        format!("ask the issuer at {issuer}; start the system with `cargo run`, with the same --port")
    })?;
    #[expect(clippy::disallowed_methods, reason = "our own issuer answers")]
    let body: Value = answer.json().await.with_context(|| format!("read the answer of {issuer}"))?;
    let token = body.get("access_token").and_then(Value::as_str);
    println!("{}", token.with_context(|| format!("what listens at {issuer} is no issuer; give --port"))?);
    Ok(ExitCode::SUCCESS)
}

async fn interrupted() -> anyhow::Result<()> {
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
