//! Which request the work at hand goes back to: its id, and the trace that AWS carries from the gateway on.
//!
//! Kept beside the task, so that no port has to pass it on. The queue hands it to the run as the `AWSTraceHeader` of its
//! message, an invocation as its header; every log line of the work and every metric names it.

use sync::ports::Clock as _;

use crate::clock::SystemClock;

tokio::task_local! {
    static ORIGIN: Origin;
}

/// Where work comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The id of the request or invocation at hand.
    pub request: String,
    /// The trace that it belongs to: `1-5759e988-bd862e3fe1be46a994272793`.
    pub trace: String,
}

impl Origin {
    /// A request in the trace that `header` names (`Root=1-...;Parent=...`); in a new one if it names none.
    pub fn new(request: impl Into<String>, header: Option<&str>) -> Self {
        Self { request: request.into(), trace: header.and_then(root).map_or_else(new_trace, str::to_owned) }
    }

    /// The same request, in the trace that a message or invocation carries.
    #[must_use]
    pub fn in_trace(&self, header: Option<&str>) -> Self {
        Self { request: self.request.clone(), trace: header.and_then(root).unwrap_or(&self.trace).to_owned() }
    }

    /// The header that carries it on.
    pub fn header(&self) -> String {
        format!("Root={}", self.trace)
    }
}

/// Runs `work` as this request's.
pub async fn within<F: Future>(origin: Origin, work: F) -> F::Output {
    ORIGIN.scope(origin, work).await
}

/// What the work at hand goes back to; `None` outside of any.
pub fn current() -> Option<Origin> {
    ORIGIN.try_with(Clone::clone).ok()
}

/// The trace in a header, if it is one: callers of the API may write into it what they like.
fn root(header: &str) -> Option<&str> {
    let root = header.split(';').find_map(|part| part.trim().strip_prefix("Root="))?;
    let mut parts = root.split('-');
    let hex = |part: Option<&str>, length| {
        part.is_some_and(|part| part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    let is_trace = parts.next() == Some("1") && hex(parts.next(), 8) && hex(parts.next(), 24) && parts.next().is_none();
    is_trace.then_some(root)
}

fn new_trace() -> String {
    let mut random = uuid::Uuid::new_v4().simple().to_string();
    random.truncate(24);
    format!("1-{:08x}-{random}", SystemClock.now().as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "1-6741f6ae-2d3e4f5a6b7c8d9e0f1a2b3c";

    #[test]
    fn a_trace_is_taken_from_the_header_and_carried_on() {
        let header = format!("Self=1-6741f6ae-0000;Root={TRACE};Parent=53995c3f42cd8ad8;Sampled=1");
        let origin = Origin::new("r-1", Some(&header));
        assert_eq!((origin.request.as_str(), origin.trace.as_str()), ("r-1", TRACE));
        assert_eq!(Origin::new("r-2", Some(&origin.header())).trace, TRACE);
        assert_eq!(Origin::new("r-3", None).in_trace(Some(&header)).trace, TRACE);
    }

    #[test]
    fn what_is_no_trace_is_replaced_by_a_new_one() {
        for header in ["", "Root=", "Root=1-x-y", "Root=1-6741f6ae-2d3e4f5a6b7c8d9e0f1a2b3\"", "Parent=1", "\n"] {
            let trace = Origin::new("r", Some(header)).trace;
            assert_eq!(root(&format!("Root={trace}")), Some(trace.as_str()), "{header:?}");
        }
        assert_ne!(Origin::new("r", None).trace, Origin::new("r", None).trace);
    }
}
