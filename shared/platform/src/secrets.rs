//! Credentials in Secrets Manager: one secret per connection, named `{prefix}/{connector}/{tenant}/{connection}`, so that
//! an IAM policy can give a connector's function its own secrets and no others.
//!
//! A secret's value is the JSON object of the connection's secret fields. The settings API writes and never reads.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::create_secret::CreateSecretError;
use aws_sdk_secretsmanager::operation::put_secret_value::PutSecretValueError;
use futures::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use sync::ports::{PortError, SecretRef, SecretWriter, Secrets};

type Values = BTreeMap<String, SecretString>;
type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Secrets kept in memory at most; a full cache is emptied.
const CACHED: usize = 4096;
/// A secret that was just deleted keeps its name for a moment.
const CREATE_ATTEMPTS: u32 = 4;

/// The secret's name. Characters that a name may not have are written `=` and two hex digits, so that no two connections
/// share a name whatever their tenants are called.
pub fn name(prefix: &str, secret: &SecretRef) -> String {
    let mut name = prefix.trim_end_matches('/').to_owned();
    for part in [secret.connector.as_str(), secret.tenant.as_str(), secret.connection.as_str()] {
        name.push('/');
        for byte in part.bytes() {
            if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') {
                name.push(char::from(byte));
            } else {
                // Writing into a String cannot fail.
                let _ = write!(name, "={byte:02x}");
            }
        }
    }
    name
}

/// Reads secrets by version and keeps what it read: a version never changes.
#[derive(Debug)]
pub struct SecretReader {
    client: Client,
    prefix: String,
    cache: Mutex<HashMap<SecretRef, (String, Values)>>,
}

impl SecretReader {
    /// A reader with an empty cache.
    pub fn new(client: Client, prefix: impl Into<String>) -> Self {
        Self { client, prefix: prefix.into(), cache: Mutex::default() }
    }

    fn cached(&self, secret: &SecretRef, version: &str) -> Option<Values> {
        let cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        cache.get(secret).filter(|(kept, _)| kept == version).map(|(_, values)| values.clone())
    }

    fn keep(&self, secret: &SecretRef, version: &str, values: &Values) {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.len() >= CACHED {
            cache.clear();
        }
        cache.insert(secret.clone(), (version.to_owned(), values.clone()));
    }

    async fn fetch(&self, secret: &SecretRef, version: &str) -> Result<Values, BoxError> {
        let answer =
            self.client.get_secret_value().secret_id(name(&self.prefix, secret)).version_id(version).send().await?;
        let text = answer.secret_string().ok_or("the secret holds no text")?;
        // The parser's message could quote the value, so it is dropped.
        serde_json::from_str(text).map_err(|_| "the secret is no JSON object of texts".into())
    }
}

impl Secrets for SecretReader {
    fn read<'a>(&'a self, secret: &'a SecretRef, version: &'a str) -> BoxFuture<'a, Result<Values, PortError>> {
        Box::pin(async move {
            if let Some(values) = self.cached(secret, version) {
                return Ok(values);
            }
            let values = self.fetch(secret, version).await.map_err(|source| PortError { op: "read secret", source })?;
            self.keep(secret, version, &values);
            Ok(values)
        })
    }

    fn delete<'a>(&'a self, secret: &'a SecretRef) -> BoxFuture<'a, Result<(), PortError>> {
        Box::pin(async move {
            self.cache.lock().unwrap_or_else(PoisonError::into_inner).remove(secret);
            delete(&self.client, &self.prefix, secret).await
        })
    }
}

/// Deletes a secret without recovery window.
async fn delete(client: &Client, prefix: &str, secret: &SecretRef) -> Result<(), PortError> {
    let request = client.delete_secret().secret_id(name(prefix, secret)).force_delete_without_recovery(true);
    match request.send().await.map_err(aws_sdk_secretsmanager::error::SdkError::into_service_error) {
        Ok(_) => Ok(()),
        Err(error) if error.is_resource_not_found_exception() => Ok(()),
        Err(error) => Err(PortError { op: "delete secret", source: error.into() }),
    }
}

/// Characters that a deployment's key has at least.
const SHORTEST_KEY: usize = 32;

/// Reads the key from which webhooks' addresses and secrets are derived.
///
/// # Errors
/// It cannot be read, or is too short to be one.
pub async fn webhook_key(client: &Client, name: &str) -> Result<SecretString, PortError> {
    let read = async {
        let answer = client.get_secret_value().secret_id(name).send().await?;
        let key = answer.secret_string().ok_or("the secret holds no text")?;
        if key.len() < SHORTEST_KEY {
            return Err(format!("the secret has fewer than {SHORTEST_KEY} characters").into());
        }
        Ok::<_, BoxError>(SecretString::from(key))
    };
    read.await.map_err(|source| PortError { op: "read the webhook key", source })
}

/// Writes and deletes secrets.
#[derive(Clone, Debug)]
pub struct SecretsManagerWriter {
    client: Client,
    prefix: String,
}

impl SecretsManagerWriter {
    /// A writer of the secrets under this prefix.
    pub fn new(client: Client, prefix: impl Into<String>) -> Self {
        Self { client, prefix: prefix.into() }
    }

    async fn put_version(&self, secret: &SecretRef, values: &Values) -> Result<String, BoxError> {
        let name = name(&self.prefix, secret);
        let exposed: BTreeMap<&str, &str> =
            values.iter().map(|(key, value)| (key.as_str(), value.expose_secret())).collect();
        let text = serde_json::to_string(&exposed)?;
        for attempt in 0..CREATE_ATTEMPTS {
            // One token per call: an attempt repeated by the SDK is recognised and makes no second version.
            let token = uuid::Uuid::new_v4().to_string();
            let put = self.client.put_secret_value().secret_id(&name).secret_string(&text).client_request_token(&token);
            match put.send().await {
                Ok(done) => return Ok(done.version_id().unwrap_or(&token).to_owned()),
                Err(error) => match error.into_service_error() {
                    PutSecretValueError::ResourceNotFoundException(_) => {}
                    PutSecretValueError::InvalidRequestException(_) if attempt + 1 < CREATE_ATTEMPTS => {
                        tokio::time::sleep(Duration::from_millis(500 << attempt)).await;
                        continue;
                    }
                    other => return Err(other.into()),
                },
            }
            let create = self.client.create_secret().name(&name).secret_string(&text).client_request_token(&token);
            match create.send().await {
                Ok(done) => return Ok(done.version_id().unwrap_or(&token).to_owned()),
                Err(error) => match error.into_service_error() {
                    // Somebody else made it in between, or its deletion has not quite ended.
                    CreateSecretError::ResourceExistsException(_) | CreateSecretError::InvalidRequestException(_)
                        if attempt + 1 < CREATE_ATTEMPTS =>
                    {
                        tokio::time::sleep(Duration::from_millis(500 << attempt)).await;
                    }
                    other => return Err(other.into()),
                },
            }
        }
        Err("the secret's name is still taken by a deleted one; try again in a minute".into())
    }
}

impl SecretWriter for SecretsManagerWriter {
    fn put<'a>(&'a self, secret: &'a SecretRef, values: &'a Values) -> BoxFuture<'a, Result<String, PortError>> {
        Box::pin(async move {
            self.put_version(secret, values).await.map_err(|source| PortError { op: "write secret", source })
        })
    }

    fn delete<'a>(&'a self, secret: &'a SecretRef) -> BoxFuture<'a, Result<(), PortError>> {
        Box::pin(delete(&self.client, &self.prefix, secret))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_injective_and_legal() {
        let of = |tenant: &str, connection: &str| {
            name(
                "portal/",
                &SecretRef { tenant: tenant.into(), connector: "halo-psa".into(), connection: connection.into() },
            )
        };
        assert_eq!(of("acme", "halo-psa"), "portal/halo-psa/acme/halo-psa");
        assert_eq!(of("a/b", "c"), "portal/halo-psa/a=2fb/c");
        assert_ne!(of("a/b", "c"), of("a", "b/c"));
        assert_ne!(of("a=2f", "c"), of("a/", "c"));
    }
}
