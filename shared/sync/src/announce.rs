//! Problems noted and disproved, and what the bus hears of them, before the write that it announces.
//!
//! An event's id is made of what it tells, so what makes an occurrence unique is told with it: of a user or company the
//! version before the change, of an issue how many were closed before it, and once it is there when it was first seen.

use crate::engine::EngineError;
use crate::issues::Finding;
use crate::ports::DomainEvent;
use crate::slice::Slice;

impl Slice<'_> {
    /// Notes a problem; a new one is announced.
    pub(crate) async fn note(&mut self, finding: Finding) -> Result<(), EngineError> {
        let now = self.now();
        if self.issues.is_new(&finding) {
            let id = finding.id();
            let detail = serde_json::json!({
                "connection": self.connection, "issue": id, "reason": finding.reason, "cause": finding.cause,
                "after_recoveries": self.state.recoveries,
            });
            self.announce("integration.needs_attention", &id, detail).await?;
        }
        Ok(self.issues.note(&self.store, &self.connection, finding, now).await?)
    }

    /// Closes issues that a success disproves.
    pub(crate) async fn disprove(
        &mut self,
        disproved: impl Fn(&domain::issue::Issue) -> bool,
    ) -> Result<(), EngineError> {
        for issue in self.issues.which(disproved) {
            let detail = serde_json::json!({
                "connection": self.connection, "issue": issue.id, "reason": issue.reason,
                "first_seen_at": issue.first_seen_at,
            });
            self.announce("integration.recovered", &issue.id, detail).await?;
            self.issues.close(&self.store, &self.connection, &issue.id).await?;
            self.state.recoveries += 1;
        }
        Ok(())
    }

    /// Tells the bus, before the write that it announces.
    pub(crate) async fn announce(
        &self,
        detail_type: &'static str,
        subject: &str,
        detail: serde_json::Value,
    ) -> Result<(), EngineError> {
        let event = self.event(detail_type, subject, detail);
        Ok(self.engine.bus.publish(&[event]).await?)
    }

    /// An event of this tenant; the same occurrence has the same id and hash however often it is told.
    pub(crate) fn event(&self, detail_type: &'static str, subject: &str, detail: serde_json::Value) -> DomainEvent {
        let hash = domain::hash::ContentHash::of(detail.to_string().as_bytes(), 0);
        DomainEvent {
            detail_type,
            tenant: self.tenant().clone(),
            id: format!("{detail_type}:{}:{subject}:{hash:?}", self.connection),
            hash: format!("{hash:?}"),
            detail,
        }
    }
}
