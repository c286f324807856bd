//! Commands from the settings API to connectors' functions, by Lambda invocation.

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use domain::id::ConnectorId;
use futures::future::BoxFuture;
use sync::message::{Command, Reply};

use crate::origin;

/// Lambda hands it on to the function that it invokes.
const TRACE_HEADER: &str = "x-amzn-trace-id";

/// Why a command has no reply. What the vendor refused is a [`Reply::Failed`] instead.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// No answer within the limit; the function may still be at work.
    #[error("the connector's function did not answer in time")]
    TimedOut,
    /// The invocation itself failed: no such function, throttled, no permission.
    #[error("the connector's function could not be invoked")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The function failed.
    #[error("the connector's function failed with {error_type}")]
    Failed {
        /// The stable type that it failed with.
        error_type: String,
    },
    /// The function answered something that is no reply.
    #[error("the connector's function answered something that is no reply")]
    Malformed,
}

/// Sends commands to connectors' functions.
pub trait Invoker: Send + Sync + std::fmt::Debug {
    /// Sends a command and waits for its reply, 25 s at most.
    fn request<'a>(
        &'a self,
        connector: &'a ConnectorId,
        command: &'a Command,
    ) -> BoxFuture<'a, Result<Reply, InvokeError>>;

    /// Sends a command whose result is read from the table.
    fn start<'a>(&'a self, connector: &'a ConnectorId, command: &'a Command) -> BoxFuture<'a, Result<(), InvokeError>>;
}

/// Invokes the deployment's functions: `{prefix}{connector}`.
#[derive(Clone, Debug)]
pub struct LambdaInvoker {
    client: aws_sdk_lambda::Client,
    prefix: String,
}

impl LambdaInvoker {
    /// Functions under this prefix.
    pub fn new(client: aws_sdk_lambda::Client, prefix: impl Into<String>) -> Self {
        Self { client, prefix: prefix.into() }
    }

    async fn invoke(
        &self,
        connector: &ConnectorId,
        command: &Command,
        invocation: InvocationType,
    ) -> Result<Option<Vec<u8>>, InvokeError> {
        let payload = serde_json::to_vec(command).map_err(|error| InvokeError::Unavailable(error.into()))?;
        let answer = self
            .client
            .invoke()
            .function_name(function_name(&self.prefix, connector))
            .invocation_type(invocation)
            .payload(Blob::new(payload))
            .customize()
            .mutate_request(|request| {
                if let Some(origin) = origin::current() {
                    request.headers_mut().insert(TRACE_HEADER, origin.header());
                }
            })
            .send()
            .await
            .map_err(|error| match error {
                aws_sdk_lambda::error::SdkError::TimeoutError(_) => InvokeError::TimedOut,
                other => InvokeError::Unavailable(other.into()),
            })?;
        let payload = answer.payload.map(Blob::into_inner);
        if answer.function_error.is_some() {
            return Err(failure(payload.as_deref().unwrap_or_default()));
        }
        Ok(payload)
    }
}

/// The name of a connector's function.
pub fn function_name(prefix: &str, connector: &ConnectorId) -> String {
    format!("{prefix}{connector}")
}

fn failure(payload: &[u8]) -> InvokeError {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Failure {
        error_type: String,
    }
    // A function killed at its timeout reports no type of ours but `Sandbox.Timedout`.
    match serde_json::from_slice::<Failure>(payload) {
        Ok(failure) if failure.error_type == "Sandbox.Timedout" => InvokeError::TimedOut,
        Ok(failure) => InvokeError::Failed { error_type: failure.error_type },
        Err(_) => InvokeError::Malformed,
    }
}

impl Invoker for LambdaInvoker {
    fn request<'a>(
        &'a self,
        connector: &'a ConnectorId,
        command: &'a Command,
    ) -> BoxFuture<'a, Result<Reply, InvokeError>> {
        Box::pin(async move {
            let payload = self.invoke(connector, command, InvocationType::RequestResponse).await?.unwrap_or_default();
            serde_json::from_slice(&payload).map_err(|_| InvokeError::Malformed)
        })
    }

    fn start<'a>(&'a self, connector: &'a ConnectorId, command: &'a Command) -> BoxFuture<'a, Result<(), InvokeError>> {
        Box::pin(async move { self.invoke(connector, command, InvocationType::Event).await.map(drop) })
    }
}
