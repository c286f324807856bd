//! What a deployment is configured with, read from the environment once, in the init phase.
//!
//! | variable | meaning |
//! |---|---|
//! | `ENVIRONMENT` | name of the deployment; `prod` refuses everything that is for tests |
//! | `TABLE_NAME` | the DynamoDB table |
//! | `QUEUE_URLS` | JSON object: connector id to URL of its work queue |
//! | `EVENT_BUS_NAME` | the bus of domain events |
//! | `SECRET_PREFIX` | secrets are named `{prefix}/{connector}/{tenant}/{connection}` |
//! | `FUNCTION_PREFIX` | connectors' functions are named `{prefix}{connector}` |
//! | `VENDOR_ORIGINS` | `https://vendor=http://stand-in,...`; empty in production |
//! | `VENDOR_SHARES` | JSON object: connector id to its share of the vendor's allowance in percent; others: as declared |
//! | `VENDOR_LIMITS_LIFTED` | `true`: no call budget; for stand-ins without limits only |
//! | `DEPLOYMENT_VALUES` | JSON object: values that belong to the deployment (integration codes, client ids) |
//! | `PUBLIC_URL` | where vendors reach the webhooks function: `https://portal.example`, with a path if there is one |
//! | `WEBHOOK_KEY_SECRET` | name of the secret from which webhooks' addresses and secrets are derived |
//! | `LOG_LEVEL` | `info`, or directives such as `info,sync=debug` |
//! | `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` | set by Lambda |
//! | `AWS_ENDPOINT_URL` | an emulator in place of AWS; the template never sets it |

use std::collections::BTreeMap;

use aws_sdk_dynamodb::config::{Credentials, Region};
use connector::DeploymentValues;
use connector::http::{OriginMap, OriginMapError};
use domain::id::ConnectorId;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use sync::engine::{BudgetShare, BudgetShares};
use url::Url;

/// The configuration; also built in code, by the stack on a laptop.
#[derive(Clone, Debug)]
pub struct Config {
    /// Name of the deployment.
    pub environment: String,
    /// The DynamoDB table.
    pub table: String,
    /// URLs of work queues.
    pub queues: BTreeMap<ConnectorId, String>,
    /// Name of the event bus.
    pub bus: String,
    /// First part of secrets' names.
    pub secret_prefix: String,
    /// First part of connectors' functions' names.
    pub function_prefix: String,
    /// Vendor origins that are served somewhere else.
    pub vendor_origins: OriginMap,
    /// How much of each vendor's allowance is taken.
    pub budget: BudgetShares,
    /// Values that belong to the deployment.
    pub deployment: DeploymentValues,
    /// Vendors' pushes; `None` in a function that has nothing to do with them.
    pub webhooks: Option<WebhookConfig>,
    /// Log level.
    pub log_level: String,
}

/// Where vendors push to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookConfig {
    /// Where they reach us.
    pub public_url: Url,
    /// Name of the secret that holds the key.
    pub key_secret: String,
}

/// Where AWS is and as whom it is called: what Lambda hands to a function.
///
/// It replaces the environment before the credentials expire, so nothing of the SDKs' chain of other sources (profiles, roles to
/// assume, instance metadata) is linked or asked.
#[derive(Clone, Debug)]
pub struct AwsConfig {
    /// The region.
    pub region: Region,
    /// The function's role; its secret parts do not print.
    pub credentials: Credentials,
    /// An emulator in place of AWS.
    pub endpoint: Option<String>,
}

/// A variable that is absent or wrong.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("environment variable {variable} {problem}")]
pub struct ConfigError {
    /// Which.
    pub variable: &'static str,
    /// What is wrong, and what it should be.
    pub problem: String,
}

impl ConfigError {
    fn new(variable: &'static str, problem: impl Into<String>) -> Self {
        Self { variable, problem: problem.into() }
    }
}

impl Config {
    /// Reads the process's environment.
    ///
    /// # Errors
    /// The first variable that is absent or wrong.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(variable)
    }

    /// Reads variables through `get`.
    ///
    /// # Errors
    /// The first variable that is absent or wrong.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let get = present(get);
        let required = |variable, meaning| required(&get, variable, meaning);
        let environment = required("ENVIRONMENT", "the deployment's name, such as prod")?;
        let production = matches!(environment.as_str(), "prod" | "production");
        let vendor_origins: OriginMap = get("VENDOR_ORIGINS")
            .unwrap_or_default()
            .parse()
            .map_err(|error: OriginMapError| ConfigError::new("VENDOR_ORIGINS", format!("is wrong: {error}")))?;
        if production && !vendor_origins.is_empty() {
            return Err(ConfigError::new("VENDOR_ORIGINS", "must be empty in production"));
        }
        let limits_lifted = flag("VENDOR_LIMITS_LIFTED", get("VENDOR_LIMITS_LIFTED").as_deref())?;
        if production && limits_lifted {
            return Err(ConfigError::new("VENDOR_LIMITS_LIFTED", "must not be true in production"));
        }
        let deployment: BTreeMap<String, SecretString> = json("DEPLOYMENT_VALUES", get("DEPLOYMENT_VALUES"))?;
        Ok(Self {
            table: required("TABLE_NAME", "the name of the DynamoDB table")?,
            queues: json("QUEUE_URLS", get("QUEUE_URLS"))?,
            bus: required("EVENT_BUS_NAME", "the name of the event bus")?,
            secret_prefix: required("SECRET_PREFIX", "the first part of secrets' names")?,
            function_prefix: required("FUNCTION_PREFIX", "the first part of connectors' functions' names")?,
            vendor_origins,
            budget: BudgetShares {
                own: shares(get("VENDOR_SHARES"))?,
                rest: if limits_lifted { BudgetShare::Lifted } else { BudgetShare::Declared },
            },
            deployment: DeploymentValues(deployment),
            webhooks: webhooks(get("PUBLIC_URL"), get("WEBHOOK_KEY_SECRET"))?,
            log_level: get("LOG_LEVEL").unwrap_or_else(|| "info".to_owned()),
            environment,
        })
    }
}

impl AwsConfig {
    /// Reads the process's environment.
    ///
    /// # Errors
    /// The first variable that is absent or wrong.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(variable)
    }

    /// Reads variables through `get`.
    ///
    /// # Errors
    /// The first variable that is absent or wrong.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let get = present(get);
        let required = |variable, meaning| required(&get, variable, meaning);
        let key = required("AWS_ACCESS_KEY_ID", "the function's role, set by Lambda")?;
        let secret = required("AWS_SECRET_ACCESS_KEY", "the function's role, set by Lambda")?;
        let endpoint = get("AWS_ENDPOINT_URL");
        if endpoint.as_deref().is_some_and(|endpoint| endpoint.parse::<Url>().is_err()) {
            return Err(ConfigError::new("AWS_ENDPOINT_URL", "must be a URL"));
        }
        Ok(Self {
            region: Region::new(required("AWS_REGION", "the region, set by Lambda")?),
            credentials: Credentials::new(key, secret, get("AWS_SESSION_TOKEN"), None, "environment"),
            endpoint,
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where the environment is read")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Values without blanks around them; an empty one is none.
fn present(get: impl Fn(&str) -> Option<String>) -> impl Fn(&str) -> Option<String> {
    move |variable| get(variable).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

fn required(
    get: impl Fn(&str) -> Option<String>,
    variable: &'static str,
    meaning: &str,
) -> Result<String, ConfigError> {
    get(variable).ok_or_else(|| ConfigError::new(variable, format!("is not set; it is {meaning}")))
}

// The parser's message could quote a value, so only its position is told.
fn json<T: DeserializeOwned + Default>(variable: &'static str, value: Option<String>) -> Result<T, ConfigError> {
    let Some(value) = value else { return Ok(T::default()) };
    serde_json::from_str(&value)
        .map_err(|error| ConfigError::new(variable, format!("is no JSON object of texts (column {})", error.column())))
}

fn webhooks(public_url: Option<String>, key_secret: Option<String>) -> Result<Option<WebhookConfig>, ConfigError> {
    let absent = |variable, with| ConfigError::new(variable, format!("is not set; {with} has no use without it"));
    let (public_url, key_secret) = match (public_url, key_secret) {
        (None, None) => return Ok(None),
        (Some(_), None) => return Err(absent("WEBHOOK_KEY_SECRET", "PUBLIC_URL")),
        (None, Some(_)) => return Err(absent("PUBLIC_URL", "WEBHOOK_KEY_SECRET")),
        (Some(public_url), Some(key_secret)) => (public_url, key_secret),
    };
    let wrong = || ConfigError::new("PUBLIC_URL", "must be an https URL without query, user or fragment");
    let public_url: Url = public_url.parse().map_err(|_| wrong())?;
    let plain = public_url.query().is_none() && public_url.fragment().is_none() && public_url.username().is_empty();
    if public_url.scheme() != "https" || !public_url.has_host() || !plain || public_url.password().is_some() {
        return Err(wrong());
    }
    Ok(Some(WebhookConfig { public_url, key_secret }))
}

fn flag(variable: &'static str, value: Option<&str>) -> Result<bool, ConfigError> {
    match value {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(ConfigError::new(variable, "must be true or false")),
    }
}

fn shares(value: Option<String>) -> Result<BTreeMap<ConnectorId, u32>, ConfigError> {
    const VARIABLE: &str = "VENDOR_SHARES";
    let wrong = || ConfigError::new(VARIABLE, "must be a JSON object of connector ids and whole numbers from 1 to 100");
    let shares: BTreeMap<ConnectorId, u32> =
        value.map_or_else(|| Ok(BTreeMap::new()), |value| serde_json::from_str(&value).map_err(|_| wrong()))?;
    if shares.values().all(|percent| (1..=100).contains(percent)) { Ok(shares) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMUM: [(&str, &str); 5] = [
        ("ENVIRONMENT", "prod"),
        ("TABLE_NAME", "portal"),
        ("EVENT_BUS_NAME", "portal"),
        ("SECRET_PREFIX", "portal"),
        ("FUNCTION_PREFIX", "portal-"),
    ];

    fn with(extra: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let all: BTreeMap<String, String> =
            MINIMUM.iter().chain(extra).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Config::read(|variable| all.get(variable).cloned())
    }

    #[test]
    fn every_required_variable_is_named_when_absent() {
        for (absent, _) in MINIMUM {
            let all: BTreeMap<&str, &str> = MINIMUM.into_iter().filter(|(key, _)| *key != absent).collect();
            let error = Config::read(|variable| all.get(variable).map(|value| (*value).to_owned())).unwrap_err();
            assert_eq!(error.variable, absent);
            assert!(error.to_string().starts_with(&format!("environment variable {absent} is not set")), "{error}");
        }
        assert!(with(&[]).is_ok());
    }

    #[test]
    fn production_refuses_what_is_for_tests() {
        let origins = ("VENDOR_ORIGINS", "https://api.vendor.test=http://127.0.0.1:1");
        assert_eq!(with(&[origins]).unwrap_err().variable, "VENDOR_ORIGINS");
        assert_eq!(with(&[("VENDOR_LIMITS_LIFTED", "true")]).unwrap_err().variable, "VENDOR_LIMITS_LIFTED");
        assert!(!with(&[("ENVIRONMENT", "test"), origins]).unwrap().vendor_origins.is_empty());
    }

    #[test]
    fn wrong_values_are_told_without_being_quoted() {
        let error = with(&[("DEPLOYMENT_VALUES", r#"{"CLIENT_ID": "s3cr3t", oops"#)]).unwrap_err();
        assert_eq!(error.variable, "DEPLOYMENT_VALUES");
        assert!(!error.to_string().contains("s3cr3t"));
        for shares in ["50", r#"{"syncro": 0}"#, r#"{"syncro": 101}"#, r#"{"syncro": "half"}"#] {
            assert_eq!(with(&[("VENDOR_SHARES", shares)]).unwrap_err().variable, "VENDOR_SHARES");
        }
        let path = with(&[("ENVIRONMENT", "test"), ("VENDOR_ORIGINS", "https://a.test/api=http://b.test")]);
        assert_eq!(path.unwrap_err().variable, "VENDOR_ORIGINS");
    }

    #[test]
    fn where_vendors_push_to_is_told_whole_or_not_at_all() {
        let (url, key) = (("PUBLIC_URL", "https://portal.example/in"), ("WEBHOOK_KEY_SECRET", "portal/webhook-key"));
        assert_eq!(with(&[]).unwrap().webhooks, None);
        let config = with(&[url, key]).unwrap().webhooks.unwrap();
        assert_eq!((config.public_url.as_str(), config.key_secret.as_str()), (url.1, key.1));
        assert_eq!(with(&[url]).unwrap_err().variable, "WEBHOOK_KEY_SECRET");
        assert_eq!(with(&[key]).unwrap_err().variable, "PUBLIC_URL");
        for wrong in
            ["http://portal.example", "portal.example", "https://portal.example/?a=b", "https://u:p@portal.example"]
        {
            assert_eq!(with(&[("PUBLIC_URL", wrong), key]).unwrap_err().variable, "PUBLIC_URL", "{wrong}");
        }
    }

    #[test]
    fn a_connector_has_its_own_share_or_the_declared_one() {
        let budget = with(&[("VENDOR_SHARES", r#"{"syncro": 40}"#)]).unwrap().budget;
        assert_eq!(budget.of("syncro"), BudgetShare::Percent(40));
        assert_eq!(budget.of("halo-psa"), BudgetShare::Declared);
        assert_eq!(BudgetShares { rest: BudgetShare::Lifted, ..budget }.of("syncro"), BudgetShare::Lifted);
    }

    #[test]
    fn aws_is_found_as_lambda_says_and_the_role_does_not_print() {
        let all = [
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "ASIAEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "s3cr3t"),
            ("AWS_SESSION_TOKEN", "t0k3n"),
        ];
        let read = |variables: &[(&str, &str)]| {
            let all: BTreeMap<&str, &str> = variables.iter().copied().collect();
            AwsConfig::read(|variable| all.get(variable).map(|value| (*value).to_owned()))
        };
        let config = read(&all).unwrap();
        assert_eq!((config.region.as_ref(), config.endpoint.as_deref()), ("eu-west-1", None));
        assert_eq!(
            config.credentials,
            Credentials::new("ASIAEXAMPLE", "s3cr3t", Some("t0k3n".into()), None, "environment")
        );
        let printed = format!("{config:?}");
        assert!(!printed.contains("s3cr3t") && !printed.contains("t0k3n"), "{printed}");
        for absent in 0..3 {
            let rest: Vec<_> = all.iter().copied().filter(|(name, _)| *name != all[absent].0).collect();
            assert_eq!(read(&rest).unwrap_err().variable, all[absent].0);
        }
        let wrong = [&all[..], &[("AWS_ENDPOINT_URL", "localhost")]].concat();
        assert_eq!(read(&wrong).unwrap_err().variable, "AWS_ENDPOINT_URL");
    }

    #[test]
    fn queues_are_known_by_connector() {
        let config = with(&[("QUEUE_URLS", r#"{"halo-psa":"https://sqs/1/halo"}"#)]).unwrap();
        assert_eq!(config.queues[&ConnectorId::from("halo-psa")], "https://sqs/1/halo");
    }
}
