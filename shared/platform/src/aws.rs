//! The SDK clients of one function environment.
//!
//! All share one HTTP client, made in the init phase. Every operation has a time limit, retries included, which the
//! invocation's end shortens ([`crate::deadline`]).

mod transport;

use std::time::Duration;

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;

use crate::config::AwsConfig;
use crate::deadline::CapByDeadline;

/// All attempts of one call, waiting between them included.
const CALL_LIMIT: Duration = Duration::from_secs(10);
/// One attempt; a lost connection leaves time for another.
const ATTEMPT_LIMIT: Duration = Duration::from_secs(4);
const CONNECT_LIMIT: Duration = Duration::from_secs(2);
/// A command's invocation; API Gateway ends the request that waits for it at 30 s.
pub const INVOKE_LIMIT: Duration = Duration::from_secs(25);

/// The clients. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Clients {
    /// The table.
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// Work queues.
    pub sqs: aws_sdk_sqs::Client,
    /// Credentials.
    pub secrets: aws_sdk_secretsmanager::Client,
    /// Domain events.
    pub events: aws_sdk_eventbridge::Client,
    config: SdkConfig,
}

impl Clients {
    /// Clients as a function's environment says.
    pub fn new(config: AwsConfig) -> Self {
        Self::build(config, None)
    }

    /// Clients of an emulator: everything at `endpoint`, the table at `dynamodb` if that is elsewhere.
    pub fn at(endpoint: &str, dynamodb: Option<&str>) -> Self {
        let credentials = Credentials::new("local", "local", None, None, "local");
        let (region, endpoint) = (Region::from_static("us-east-1"), Some(endpoint.to_owned()));
        Self::build(AwsConfig { region, credentials, endpoint }, dynamodb)
    }

    fn build(AwsConfig { region, credentials, endpoint }: AwsConfig, dynamodb: Option<&str>) -> Self {
        let mut config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(region)
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .timeout_config(limits(CALL_LIMIT))
            .http_client(transport::client(CONNECT_LIMIT));
        config.set_endpoint_url(endpoint);
        let config = config.build();
        let cap = CapByDeadline { limit: CALL_LIMIT };
        let mut table = aws_sdk_dynamodb::config::Builder::from(&config).interceptor(cap.clone());
        if let Some(endpoint) = dynamodb {
            table = table.endpoint_url(endpoint);
        }
        Self {
            dynamodb: aws_sdk_dynamodb::Client::from_conf(table.build()),
            sqs: aws_sdk_sqs::Client::from_conf(
                aws_sdk_sqs::config::Builder::from(&config).interceptor(cap.clone()).build(),
            ),
            secrets: aws_sdk_secretsmanager::Client::from_conf(
                aws_sdk_secretsmanager::config::Builder::from(&config).interceptor(cap.clone()).build(),
            ),
            events: aws_sdk_eventbridge::Client::from_conf(
                aws_sdk_eventbridge::config::Builder::from(&config).interceptor(cap).build(),
            ),
            config,
        }
    }

    /// Commands to connectors' functions; never tried twice, since some vendors lock a key that is asked too often. Made when
    /// it is asked for: the settings API alone gives commands.
    pub fn lambda(&self) -> aws_sdk_lambda::Client {
        let invoke = TimeoutConfig::builder().operation_timeout(INVOKE_LIMIT).connect_timeout(CONNECT_LIMIT).build();
        aws_sdk_lambda::Client::from_conf(
            aws_sdk_lambda::config::Builder::from(&self.config)
                .timeout_config(invoke)
                .retry_config(RetryConfig::disabled())
                .interceptor(CapByDeadline { limit: INVOKE_LIMIT })
                .build(),
        )
    }
}

fn limits(call: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .operation_timeout(call)
        .operation_attempt_timeout(ATTEMPT_LIMIT)
        .connect_timeout(CONNECT_LIMIT)
        .build()
}
