//! Lists that cannot be read: whether it is the list, or the vendor.
//!
//! Invariant: a list that gets no answer for ever keeps no other from being read; a vendor that is down is one issue, not one
//! for each list.

use connector::{ConnectorError, ErrorKind, Feed, RecordTypeDescriptor};
use domain::run::RunState;

use crate::engine::EngineError;
use crate::issues::{Finding, explain};
use crate::slice::{Slice, Stop};

/// A list that got no answer in this run.
#[derive(Debug)]
pub(crate) struct Silent {
    pub(crate) error: ConnectorError,
    pub(crate) finding: Finding,
}

impl Slice<'_> {
    /// One feed failed: the others go on unless the vendor refuses us as a whole. It is down when a second list gets no
    /// answer either: one alone may have trouble of its own, and must not keep the others from being read for ever.
    pub(crate) async fn feed_failed(
        &mut self,
        declared: &RecordTypeDescriptor,
        feed: &Feed,
        error: ConnectorError,
    ) -> Result<(), Stop> {
        if matches!(
            error.kind,
            ErrorKind::Credentials { .. }
                | ErrorKind::Expired
                | ErrorKind::Plan
                | ErrorKind::Misdirected { .. }
                | ErrorKind::Address { .. }
        ) {
            return Err(Stop::Vendor(error));
        }
        let finding = explain(self.descriptor(), &error, &[declared.record_type], feed.permission);
        self.fared(declared.record_type, Some(finding.title.clone()));
        if error.kind != ErrorKind::Unavailable {
            return Ok(self.note(finding).await?);
        }
        self.leave_pass();
        if std::mem::replace(&mut self.body.silent, true) {
            return Err(Stop::Vendor(error));
        }
        self.silent = Some(Silent { error, finding });
        Ok(())
    }

    /// Other lists are read: the one that got no answer has trouble of its own.
    pub(crate) async fn tell_of_silent(&mut self) -> Result<(), EngineError> {
        self.body.silent = false;
        match self.silent.take() {
            Some(silent) => self.note(silent.finding).await,
            None => Ok(()),
        }
    }

    /// All lists have been asked: where none gave an answer, it is the vendor.
    pub(crate) async fn conclude_silence(&mut self) -> Result<(), Stop> {
        self.body.silent = false;
        let Some(silent) = self.silent.take() else { return Ok(()) };
        if self.run_mut().types.values().any(|result| result.state == RunState::Succeeded) {
            return Ok(self.note(silent.finding).await?);
        }
        Err(Stop::Vendor(silent.error))
    }
}
