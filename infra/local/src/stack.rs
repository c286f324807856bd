//! Everything together: [`Stack::start`] brings it up, the methods are what tests and the scheduler drive it with.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use connector::{Connector, DeploymentValues};
use domain::id::{ConnectionId, ConnectorId};
use lambda_runtime::Diagnostic;
use platform::aws::Clients;
use platform::clock::SystemClock;
use platform::config::WebhookConfig;
use platform::invoke::function_name;
use platform::{Config, ConnectorFunction, Services};
use serde_json::{Value, json};
use simulators::deliver::Postman;
use store::TenantStore;
use store::counted::CountedTable;
use store::dynamodb::{DynamoTable, schema};
use store::table::Table;
use sync::endpoint::WebhookKeys;
use sync::engine::BudgetShare;
use sync::message::{Command, Reply};
use sync::ports::Clock;

use crate::api::ApiClient;
use crate::aws::functions::Handler;
use crate::aws::{Aws, Files};
use crate::data::DataFolder;
use crate::gateway::{Gateway, HttpHandler, Route, Verifier};
use crate::keys::SigningKey;
use crate::loopback::{self, Server};
use crate::mapping::{Mapping, Outcome};
use crate::oidc::{self, Issuer, Person};
use crate::resources::{BUS, PREFIX, TABLE, WEBHOOK_KEY, make_queues, make_webhook_key};
use crate::tenant;
use crate::vendors::{Simulated, Vendors};

/// Where vendors believe to push to. They take nothing but https, so it is mapped to the gateway, as they are to us.
pub(crate) const PUBLIC: &str = "https://portal.example";
/// As the template has it: a slice takes 45 s at most.
const FUNCTION_TIMEOUT: Duration = Duration::from_secs(90);

/// Where the parts can be reached.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// Console and API.
    pub console: String,
    /// The issuer.
    pub issuer: String,
    /// AWS, all services.
    pub aws: String,
}

/// Builds an HTTP function's handler; called again by [`Stack::rebuild`].
pub type BuildHttp = fn(&Services, &Addresses) -> anyhow::Result<HttpHandler>;

/// What is started.
#[derive(Clone, Default)]
pub struct StackOptions {
    /// The connectors whose functions run.
    pub connectors: Vec<&'static dyn Connector>,
    /// Simulated vendors; `None`: the real ones are called.
    pub simulated: Option<Simulated>,
    /// The data folder; `None`: everything in memory.
    pub data: Option<PathBuf>,
    /// First of the ports; 0: any free ones.
    pub port: u16,
    /// Values that belong to the deployment, besides those that the simulators know.
    pub deployment: DeploymentValues,
    /// The settings API with the console.
    pub settings_api: Option<BuildHttp>,
    /// The function that takes vendors' pushes.
    pub webhooks: Option<BuildHttp>,
    /// The time of day of every function; `None`: the system's.
    pub clock: Option<Arc<dyn Clock>>,
}

/// The running system. Nothing runs by itself: the schedule and the queues are driven by the caller, or by
/// [`crate::scheduler`].
pub struct Stack {
    options: StackOptions,
    addresses: Addresses,
    config: Config,
    mappings: BTreeMap<ConnectorId, Mapping>,
    table: CountedTable,
    clients: Clients,
    webhooks: WebhookKeys,
    postman: Postman,
    aws: Aws,
    vendors: Vendors,
    issuer: Arc<Issuer>,
    gateway: Arc<Gateway>,
    servers: [Server; 2],
    _data: Option<DataFolder>,
}

impl Stack {
    /// Starts everything.
    ///
    /// # Errors
    /// A port is taken, or the data folder cannot be used.
    pub async fn start(options: StackOptions) -> anyhow::Result<Self> {
        let data = options.data.as_deref().map(DataFolder::open).transpose()?;
        let port = |offset: u16| if options.port == 0 { 0 } else { options.port + offset };
        let console = loopback::bind(port(0)).await?;
        let issuer_listener = loopback::bind(port(1)).await?;
        let files =
            Files { table: data.as_ref().map(DataFolder::table), secrets: data.as_ref().map(DataFolder::secrets) };
        let aws = Aws::start(loopback::bind(port(2)).await?, &files).await?;
        let vendors = match &options.simulated {
            Some(simulated) => Vendors::start(simulated, port(10)).await?,
            None => Vendors::default(),
        };
        let addresses = Addresses {
            console: loopback::origin(&console)?,
            issuer: loopback::origin(&issuer_listener)?,
            aws: aws.endpoint(),
        };

        let clients = Clients::at(&addresses.aws, Some(&aws.dynamodb()));
        schema::create(&clients.dynamodb, TABLE).await.context("make the table")?;
        clients.events.create_event_bus().name(BUS).send().await.context("make the event bus")?;
        let mappings = make_queues(&clients, &options.connectors).await?;
        let table = CountedTable::new(Arc::new(DynamoTable::new(clients.dynamodb.clone(), TABLE)));
        prepare(&table, &options).await?;

        let key = match &data {
            Some(data) => SigningKey::kept_in(&data.signing_key())?,
            None => SigningKey::generate()?,
        };
        let issuer = Issuer::new(addresses.issuer.clone(), tenant::ID, addresses.console.clone(), key);
        let gateway = Gateway::new(Verifier::new(&addresses.issuer, oidc::AUDIENCE, issuer.jwks())?);
        let servers = [Server::start(console, gateway.router())?, Server::start(issuer_listener, issuer.router())?];
        let config = configuration(&options, &vendors, &mappings)?;
        let postman = Postman::new([(PUBLIC.to_owned(), addresses.console.clone())]).context("make the postman")?;
        make_webhook_key(&clients).await?;
        let mut services = Services::new(config.clone(), clients.clone(), Arc::new(table.clone()))?;
        let webhooks = services.read_webhook_keys().await.context("read the webhook key")?;
        let stack = Self {
            options,
            addresses,
            config,
            mappings,
            table,
            clients,
            webhooks,
            postman,
            aws,
            vendors,
            issuer,
            gateway,
            servers,
            _data: data,
        };
        stack.rebuild()?;
        Ok(stack)
    }

    /// Builds every function anew, as a fresh environment of Lambda would be: every cache and token is dropped.
    ///
    /// # Errors
    /// A function cannot be built.
    pub fn rebuild(&self) -> anyhow::Result<()> {
        for connector in &self.options.connectors {
            let function = ConnectorFunction::new(self.services()?.engine(*connector));
            let handler: Handler = Arc::new(move |event, deadline| {
                let function = function.clone();
                Box::pin(async move { function.handle(event, deadline).await.map_err(Diagnostic::from) })
            });
            let name = function_name(PREFIX, &connector.descriptor().id.into());
            self.aws.functions().register(name, FUNCTION_TIMEOUT, self.clock(), handler);
        }
        let functions = [("/webhooks/", self.options.webhooks), ("/", self.options.settings_api)];
        let mut routes = Vec::new();
        for (prefix, build) in functions {
            if let Some(build) = build {
                routes.push(Route { prefix, handler: build(&self.services()?, &self.addresses)? });
            }
        }
        self.gateway.set_routes(routes);
        Ok(())
    }

    /// Freshly made services: no function shares its caches with another, as none does in Lambda.
    fn services(&self) -> anyhow::Result<Services> {
        let clients = Clients::at(&self.addresses.aws, Some(&self.aws.dynamodb()));
        let services = Services::new(self.config.clone(), clients, Arc::new(self.table.clone()));
        let services = services.context("build a function")?;
        Ok(Services { webhooks: Some(self.webhooks.clone()), clock: self.clock(), ..services })
    }

    /// The time of day of every function.
    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        self.options.clock.clone().unwrap_or_else(|| Arc::new(SystemClock))
    }

    /// Where the parts can be reached.
    pub const fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Where vendors believe to push to.
    pub const fn public_url(&self) -> &'static str {
        PUBLIC
    }

    /// The connectors whose functions run.
    pub fn connectors(&self) -> impl Iterator<Item = &'static dyn Connector> {
        self.options.connectors.iter().copied()
    }

    /// The table; its requests are counted.
    pub const fn table(&self) -> &CountedTable {
        &self.table
    }

    /// The simulated vendors.
    pub const fn vendors(&self) -> &Vendors {
        &self.vendors
    }

    /// Emulated AWS.
    pub const fn aws(&self) -> &Aws {
        &self.aws
    }

    /// SDK clients for it.
    pub const fn clients(&self) -> &Clients {
        &self.clients
    }

    /// The issuer of tokens.
    pub fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// A client of the public API through the gateway, signed in as this person of the seeded tenant.
    ///
    /// # Errors
    /// No token can be issued.
    pub fn api(&self, person: Person) -> anyhow::Result<ApiClient> {
        ApiClient::new(&self.addresses.console, self.issuer.token_of(person)?)
    }

    /// Makes the seeded tenant's connection due now, as if its slot had come.
    ///
    /// # Errors
    /// The table fails.
    pub async fn bring_slot_forward(&self, connector: &ConnectorId) -> anyhow::Result<()> {
        let store = TenantStore::new(Arc::new(self.table.clone()), tenant::id());
        Ok(store.due_now(&ConnectionId::new(connector.as_str()), self.clock().now()).await?)
    }

    /// Fires the connector's schedule once. Returns how many connections were queued.
    ///
    /// # Errors
    /// The tick failed.
    pub async fn tick(&self, connector: &ConnectorId) -> anyhow::Result<u64> {
        let event = json!({
            "version": "0",
            "id": uuid::Uuid::new_v4().to_string(),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": "123456789012",
            "region": "us-east-1",
            "resources": [format!("arn:aws:events:us-east-1:123456789012:rule/{PREFIX}{connector}-tick")],
            "detail": {},
        });
        let answer = self.call(connector, event).await?;
        Ok(answer.get("queued").and_then(Value::as_u64).unwrap_or_default())
    }

    /// Works on the connector's queue until no message is to be seen. Delayed ones are not.
    ///
    /// # Errors
    /// The queue failed.
    pub async fn drain(&self, connector: &ConnectorId) -> anyhow::Result<Outcome> {
        let mut all = Outcome::default();
        loop {
            let outcome = self.poll(connector, 0).await?;
            if outcome.messages == 0 {
                return Ok(all);
            }
            all += outcome;
        }
    }

    /// Waits up to `wait` seconds for work of this connector and hands over one batch.
    ///
    /// # Errors
    /// The queue failed.
    pub async fn poll(&self, connector: &ConnectorId, wait: i32) -> anyhow::Result<Outcome> {
        let mapping = self.mappings.get(connector).with_context(|| format!("{connector} is not running"))?;
        mapping.poll(&self.clients.sqs, self.aws.functions(), wait).await
    }

    /// Carries every push that a simulated vendor has due to the gateway. Returns how many there were.
    pub async fn deliver(&self) -> usize {
        let mut delivered = 0;
        for (_, vendor) in self.vendors.iter() {
            delivered += simulators::deliver::deliver_due(vendor, |push| self.postman.post(push)).await;
        }
        delivered
    }

    /// Sends a command as the settings API does, by an invocation over HTTP.
    ///
    /// # Errors
    /// The function has no reply.
    pub async fn invoke(&self, connector: &ConnectorId, command: &Command) -> anyhow::Result<Reply> {
        Ok(self.services()?.invoker().request(connector, command).await?)
    }

    /// Hands any event to the connector's function.
    ///
    /// # Errors
    /// The function failed.
    pub async fn call(&self, connector: &ConnectorId, event: Value) -> anyhow::Result<Value> {
        let answer = self.aws.functions().invoke(&function_name(PREFIX, connector), event).await;
        let answer = answer.with_context(|| format!("{connector} is not running"))?;
        answer.map_err(|failure| {
            anyhow::anyhow!("the function of {connector} failed: {}: {}", failure.error_type, failure.error_message)
        })
    }

    /// Waits for asynchronous invocations, then stops every server.
    pub async fn stop(self) {
        self.aws.functions().settle().await;
        for server in self.servers {
            server.stop().await;
        }
        self.aws.stop().await;
    }
}

/// What the table needs before anything runs.
async fn prepare(table: &CountedTable, options: &StackOptions) -> anyhow::Result<()> {
    let table: Arc<dyn Table> = Arc::new(table.clone());
    tenant::seed(&table).await.context("seed the tenant")?;
    if options.data.is_some() {
        for connector in &options.connectors {
            tenant::break_leases(&table, *connector).await.context("break leases of the last process")?;
        }
    }
    Ok(())
}

fn configuration(
    options: &StackOptions,
    vendors: &Vendors,
    mappings: &BTreeMap<ConnectorId, Mapping>,
) -> anyhow::Result<Config> {
    let mut deployment = options.deployment.clone();
    deployment.0.extend(vendors.deployment());
    let lifted = options.simulated.as_ref().is_some_and(|simulated| !simulated.real_limits);
    Ok(Config {
        environment: "local".to_owned(),
        table: TABLE.to_owned(),
        queues: mappings.iter().map(|(connector, mapping)| (connector.clone(), mapping.queue.clone())).collect(),
        bus: BUS.to_owned(),
        secret_prefix: "portal".to_owned(),
        function_prefix: PREFIX.to_owned(),
        vendor_origins: vendors.origins().parse().context("map vendors' origins to the simulators")?,
        budget: if lifted { BudgetShare::Lifted } else { BudgetShare::Declared }.into(),
        deployment,
        webhooks: Some(WebhookConfig {
            public_url: PUBLIC.parse().context("read the public URL")?,
            key_secret: WEBHOOK_KEY.to_owned(),
        }),
        log_level: "info".to_owned(),
    })
}

#[cfg(test)]
mod import_tests;
#[cfg(test)]
mod push_tests;
#[cfg(test)]
mod tests;
