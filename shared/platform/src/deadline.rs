//! How long the invocation at hand may still take, and the cap that this puts on every AWS call.
//!
//! A call that outlives its invocation is worse than one that fails: Lambda freezes the environment with the request half
//! sent, and it may arrive minutes later, after another invocation took the lease. So the time left is kept beside the
//! task, and an interceptor in each SDK client shortens the call's operation timeout to it. No port has to pass it on.

use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeSerializationInterceptorContextRef;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::timeout::TimeoutConfig;
use tokio::time::Instant;

tokio::task_local! {
    static END: Instant;
}

/// Kept back at the end of an invocation for its answer.
pub const RESERVE: Duration = Duration::from_millis(500);

/// Runs `work`, whose AWS calls end within `left` less [`RESERVE`]. Tasks that it spawns are not covered, so it spawns
/// none.
pub async fn within<F: Future>(left: Duration, work: F) -> F::Output {
    END.scope(Instant::now() + left.saturating_sub(RESERVE), work).await
}

/// The time that calls may still take; `None` outside an invocation.
pub fn left() -> Option<Duration> {
    END.try_with(|end| end.saturating_duration_since(Instant::now())).ok()
}

/// Caps the operation timeout of an SDK client by the time left.
#[derive(Clone, Debug)]
pub struct CapByDeadline {
    /// The limit that holds when more time is left.
    pub limit: Duration,
}

#[dyn_dispatch_hint]
impl Intercept for CapByDeadline {
    fn name(&self) -> &'static str {
        "CapByDeadline"
    }

    // Runs before the SDK reads its timeouts; what is stored here precedes the client's own settings.
    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(left) = left() else { return Ok(()) };
        let limit = left.min(self.limit).max(Duration::from_millis(1));
        config.interceptor_state().store_put(TimeoutConfig::builder().operation_timeout(limit).build());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn time_left_shrinks_and_ends_at_nothing() {
        assert_eq!(left(), None);
        within(Duration::from_secs(10), async {
            assert_eq!(left(), Some(Duration::from_millis(9_500)));
            tokio::time::advance(Duration::from_secs(20)).await;
            assert_eq!(left(), Some(Duration::ZERO));
        })
        .await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_without_answer_ends_with_its_invocation() {
        // A listener that never answers.
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let clients = crate::aws::Clients::at(&format!("http://{}", listener.local_addr().unwrap()), None);
        let begun = Instant::now();
        let answer = within(Duration::from_secs(2), clients.sqs.list_queues().send()).await;
        assert!(answer.is_err());
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    }
}
