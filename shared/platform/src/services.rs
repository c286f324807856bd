//! Everything that a function is built from, made once per environment.

use std::sync::Arc;

use connector::Connector;
use connector::http::{HttpPool, HttpSettings, PoolError};
use store::table::Table;
use sync::endpoint::WebhookKeys;
use sync::engine::Engine;
use sync::ports::{Clock, EventBus, PortError, Queue, SecretWriter, Secrets, WebhookSecrets};

use crate::aws::Clients;
use crate::bus::EventBridgeBus;
use crate::clock::SystemClock;
use crate::config::{AwsConfig, Config, ConfigError};
use crate::invoke::{Invoker, LambdaInvoker};
use crate::issued_secrets::IssuedSecretStore;
use crate::queue::SqsQueue;
use crate::secrets::{self, SecretReader, SecretsManagerWriter};

/// The ports on AWS, as one configuration has them. Holds caches; a freshly built one has none.
#[derive(Clone, Debug)]
pub struct Services {
    /// The configuration.
    pub config: Config,
    /// The SDK clients.
    pub clients: Clients,
    /// The table.
    pub table: Arc<dyn Table>,
    /// Work queues.
    pub queue: Arc<dyn Queue>,
    /// Reading secrets.
    pub secrets: Arc<dyn Secrets>,
    /// Secrets that vendors issued for their pushes.
    pub issued: Arc<dyn WebhookSecrets>,
    /// Domain events.
    pub bus: Arc<dyn EventBus>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Connections to vendors, with their tokens.
    pub http: HttpPool,
    /// Addresses and secrets for vendors' pushes, once they were read.
    pub webhooks: Option<WebhookKeys>,
}

/// Services could not be built.
#[derive(Debug, thiserror::Error)]
pub enum ServicesError {
    /// A variable is absent or wrong.
    #[error("the configuration is wrong")]
    Config(#[from] ConfigError),
    /// No HTTP client for vendors could be made.
    #[error("no HTTP client for vendors could be made")]
    Http(#[from] PoolError),
    /// A secret that the function needs from the beginning cannot be read.
    #[error("a secret of the deployment cannot be read")]
    Secret(#[from] PortError),
}

impl Services {
    /// Services by the environment.
    ///
    /// # Errors
    /// A variable is absent or wrong.
    pub fn from_env() -> Result<Self, ServicesError> {
        let config = Config::from_env()?;
        let clients = Clients::new(AwsConfig::from_env()?);
        let table = Arc::new(store::dynamodb::DynamoTable::new(clients.dynamodb.clone(), &config.table));
        Self::new(config, clients, table)
    }

    /// Services of this configuration on this table.
    ///
    /// # Errors
    /// No HTTP client for vendors can be made.
    pub fn new(config: Config, clients: Clients, table: Arc<dyn Table>) -> Result<Self, ServicesError> {
        let mut settings = HttpSettings::new(Arc::new(|| SystemClock.now()));
        settings.origins = config.vendor_origins.clone();
        Ok(Self {
            http: HttpPool::new(settings)?,
            queue: Arc::new(SqsQueue::new(clients.sqs.clone(), config.queues.clone())),
            secrets: Arc::new(SecretReader::new(clients.secrets.clone(), &config.secret_prefix)),
            issued: Arc::new(IssuedSecretStore::new(clients.secrets.clone(), &config.secret_prefix)),
            bus: Arc::new(EventBridgeBus::new(clients.events.clone(), &config.bus)),
            clock: Arc::new(SystemClock),
            webhooks: None,
            table,
            clients,
            config,
        })
    }

    /// Reads what webhooks' addresses and secrets are derived with, for functions that check or give them.
    ///
    /// # Errors
    /// It is not configured, or cannot be read.
    pub async fn read_webhook_keys(&mut self) -> Result<WebhookKeys, ServicesError> {
        let config = self.config.webhooks.as_ref().ok_or(ConfigError {
            variable: "WEBHOOK_KEY_SECRET",
            problem: "is not set; it is the name of the secret that webhooks are derived from".to_owned(),
        })?;
        let key = secrets::webhook_key(&self.clients.secrets, &config.key_secret).await?;
        let keys = WebhookKeys::new(config.public_url.clone(), key);
        self.webhooks = Some(keys.clone());
        Ok(keys)
    }

    /// Writing secrets; for the settings API only, whose role allows it.
    pub fn secret_writer(&self) -> Arc<dyn SecretWriter> {
        Arc::new(SecretsManagerWriter::new(self.clients.secrets.clone(), &self.config.secret_prefix))
    }

    /// Commands to connectors' functions; for the settings API only, whose role allows it.
    pub fn invoker(&self) -> Arc<dyn Invoker> {
        Arc::new(LambdaInvoker::new(self.clients.lambda(), &self.config.function_prefix))
    }

    /// The engine of one connector.
    pub fn engine(&self, connector: &'static dyn Connector) -> Engine {
        Engine {
            connector,
            table: Arc::clone(&self.table),
            queue: Arc::clone(&self.queue),
            secrets: Arc::clone(&self.secrets),
            bus: Arc::clone(&self.bus),
            clock: Arc::clone(&self.clock),
            http: self.http.clone(),
            deployment: self.config.deployment.clone(),
            budget: self.config.budget.of(connector.descriptor().id),
            webhooks: self.webhooks.clone(),
            tokens: self.webhooks.as_ref().map(WebhookKeys::token_vault),
            issued: Arc::clone(&self.issued),
        }
    }
}
