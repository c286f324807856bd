//! The command line.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::{Args, Parser, Subcommand};
use connector::{Connector, DeploymentValues};

use crate::oidc::PEOPLE;
use crate::scheduler::Scheduler;
use crate::stack::{BuildHttp, Stack, StackOptions};
use crate::vendors::Simulated;
use crate::{alone, once, progress};

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
pub(crate) struct Place {
    /// Keep table, secrets (in plain text, mode 0600) and signing key in this folder; without it all is in memory.
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) data: Option<PathBuf>,
    /// First port: console and API; then issuer, AWS, and from ten further on the simulators. 0 takes free ones.
    #[arg(long, default_value_t = 4280, global = true)]
    pub(crate) port: u16,
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
    /// Only AWS, with table, queues and keys: for `cargo lambda watch`, `cargo lambda invoke`, `aws --endpoint-url`.
    Aws,
    /// Only the simulators; prints the origin map that leads to them.
    Simulators,
    /// Only the issuer: for a deployment that is tried on an emulator of AWS; `token` asks it.
    Issuer,
    /// Write the seeded tenant into a table of an emulator, as a portal would.
    Seed {
        /// The emulator.
        #[arg(long, value_name = "URL")]
        endpoint: String,
        /// The table.
        #[arg(long, value_name = "NAME")]
        table: String,
    },
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
        Some(Sub::Aws) => alone::aws(&cli.place, &plugs.connectors).await,
        Some(Sub::Simulators) => alone::simulators(&cli.simulated(), &cli.place).await,
        Some(Sub::Issuer) => alone::issuer(&cli.place).await,
        Some(Sub::Seed { endpoint, table }) => alone::seed(endpoint, table).await,
        Some(Sub::Token { tenant, permissions }) => alone::token(&cli.place, tenant, &permissions.join(" ")).await,
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
            alone::show_credentials(stack.vendors());
            println!("Console  {}  (Ctrl-C ends)", addresses.console);
            alone::interrupted().await?;
        }
        ended = alone::interrupted() => ended?,
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
