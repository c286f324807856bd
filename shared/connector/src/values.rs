//! The values a session is opened with.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};

use crate::descriptor::Descriptor;

/// The secret and the open credential fields of a connection, as entered and normalised. Secrets cannot be printed.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    open: BTreeMap<String, String>,
    secret: BTreeMap<String, SecretString>,
}

/// Credential values as a person enters them, by field key; all secret until sorted by the descriptor.
pub type CredentialValues = BTreeMap<String, SecretString>;

impl Credentials {
    /// Sorts entered values by what the descriptor says of each field; unknown keys are dropped.
    pub fn sort(descriptor: &Descriptor, values: &CredentialValues) -> Self {
        let mut sorted = Self::default();
        for field in descriptor.credentials {
            let Some(value) = values.get(field.key) else { continue };
            if field.secret {
                sorted.secret.insert(field.key.to_owned(), value.clone());
            } else {
                sorted.open.insert(field.key.to_owned(), value.expose_secret().to_owned());
            }
        }
        sorted
    }

    /// Joins what the table keeps with what Secrets Manager keeps.
    pub const fn new(open: BTreeMap<String, String>, secret: BTreeMap<String, SecretString>) -> Self {
        Self { open, secret }
    }

    /// A field that is not secret; empty counts as absent.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.open.get(key).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A secret field; empty counts as absent.
    pub fn secret(&self, key: &str) -> Option<&SecretString> {
        self.secret.get(key).filter(|value| !value.expose_secret().is_empty())
    }

    /// The fields that are not secret.
    pub const fn open(&self) -> &BTreeMap<String, String> {
        &self.open
    }

    /// The secret fields.
    pub const fn secrets(&self) -> &BTreeMap<String, SecretString> {
        &self.secret
    }
}

/// Values that belong to the deployment instead of to a tenant (an integration code, a client id), by name.
#[derive(Clone, Debug, Default)]
pub struct DeploymentValues(pub BTreeMap<String, SecretString>);

impl DeploymentValues {
    /// One value. What the deployment left empty it does not have.
    pub fn get(&self, name: &str) -> Option<&SecretString> {
        self.0.get(name).filter(|value| !value.expose_secret().is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_deployment_left_empty_it_does_not_have() {
        let values = [("client_id", "abc"), ("code", "")].map(|(name, value)| (name.to_owned(), value.into()));
        let values = DeploymentValues(values.into());
        let has = |name| values.get(name).map(|value| value.expose_secret().to_owned());
        assert_eq!([has("client_id"), has("code"), has("other")], [Some("abc".to_owned()), None, None]);
    }
}
