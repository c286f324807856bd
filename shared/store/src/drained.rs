//! Several writes at once, of which none is in flight afterwards: not even when one of them failed. Lambda freezes an
//! environment with the answer, and a write half sent may arrive minutes later, after another worker took the lease.

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;

/// Carries writes out, so many at once. After a failure no further one starts, but those under way are waited for.
///
/// # Errors
/// The first one.
pub async fn drained<E, W: Future<Output = Result<(), E>>>(at_once: usize, writes: Vec<W>) -> Result<(), E> {
    let mut writes = writes.into_iter();
    let mut under_way: FuturesUnordered<W> = writes.by_ref().take(at_once).collect();
    let mut result = Ok(());
    while let Some(answer) = under_way.next().await {
        result = result.and(answer);
        if result.is_ok() {
            under_way.extend(writes.next());
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[tokio::test]
    async fn after_a_failure_what_is_under_way_ends_and_nothing_begins() {
        let log = RefCell::new(Vec::new());
        let write = async |number: usize| {
            log.borrow_mut().push(format!("{number} begins"));
            // The lower its number, the longer it takes.
            for _ in number..4 {
                tokio::task::yield_now().await;
            }
            log.borrow_mut().push(format!("{number} ends"));
            if number == 2 { Err(number) } else { Ok(()) }
        };
        assert_eq!(drained(3, (0..10).map(&write).collect()).await, Err(2));
        let log = log.into_inner();
        assert_eq!(log, ["0 begins", "1 begins", "2 begins", "2 ends", "1 ends", "0 ends"]);
        assert_eq!(drained::<(), std::future::Ready<_>>(3, Vec::new()).await, Ok(()));
    }
}
