//! An error in a log line: with its causes, since most say only which part of ours failed.

use std::error::Error;

/// An error and its causes, in one line.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use store::StoreError;
    use store::table::TableError;

    use super::*;

    #[test]
    fn a_failure_of_the_store_is_told_with_what_failed_below_it() {
        let below = TableError::Unavailable { op: "update", source: "connection reset".into() };
        let error = StoreError::from(below);
        assert_eq!(chain(&error), "the table failed: table unavailable: update: connection reset");
    }
}
