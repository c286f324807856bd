//! Secrets that vendors issued for their pushes, in Secrets Manager under `{prefix}/webhooks/{connector}/...`.
//!
//! It is a prefix of their own, which the function that takes pushes may read and nothing else of the secrets.
//!
//! One secret per connection: a JSON object of the generations of its address. The connector's function writes it under
//! the lease, so there is one writer.

use std::collections::BTreeMap;

use aws_sdk_secretsmanager::Client;
use futures::future::BoxFuture;
use secrecy::SecretString;
use sync::ports::{IssuedSecrets, PortError, SecretRef, SecretWriter, WebhookSecrets};

use crate::secrets::{SecretsManagerWriter, name};

/// Reads, keeps and deletes them. Holds no cache: the engine reads rarely, and the receiver keeps what it read itself.
#[derive(Clone, Debug)]
pub struct IssuedSecretStore {
    client: Client,
    prefix: String,
    writer: SecretsManagerWriter,
}

impl IssuedSecretStore {
    /// Below this prefix of all secrets.
    pub fn new(client: Client, prefix: &str) -> Self {
        let prefix = format!("{}/webhooks", prefix.trim_end_matches('/'));
        Self { writer: SecretsManagerWriter::new(client.clone(), prefix.clone()), client, prefix }
    }

    async fn fetch(&self, secret: &SecretRef) -> Result<IssuedSecrets, Box<dyn std::error::Error + Send + Sync>> {
        let request = self.client.get_secret_value().secret_id(name(&self.prefix, secret));
        let answer = match request.send().await.map_err(aws_sdk_secretsmanager::error::SdkError::into_service_error) {
            Err(error) if error.is_resource_not_found_exception() => return Ok(IssuedSecrets::new()),
            answer => answer?,
        };
        let text = answer.secret_string().ok_or("the secret holds no text")?;
        // The parser's message could quote the value, so it is dropped.
        serde_json::from_str(text).map_err(|_| "the secret is no JSON object of generations".into())
    }
}

impl WebhookSecrets for IssuedSecretStore {
    fn read<'a>(&'a self, secret: &'a SecretRef) -> BoxFuture<'a, Result<IssuedSecrets, PortError>> {
        Box::pin(
            async move { self.fetch(secret).await.map_err(|source| PortError { op: "read issued secrets", source }) },
        )
    }

    fn put<'a>(&'a self, secret: &'a SecretRef, issued: &'a IssuedSecrets) -> BoxFuture<'a, Result<(), PortError>> {
        Box::pin(async move {
            let values: BTreeMap<String, SecretString> =
                issued.iter().map(|(generation, secret)| (generation.to_string(), secret.clone())).collect();
            self.writer.put(secret, &values).await.map(|_| ())
        })
    }

    fn delete<'a>(&'a self, secret: &'a SecretRef) -> BoxFuture<'a, Result<(), PortError>> {
        self.writer.delete(secret)
    }
}
