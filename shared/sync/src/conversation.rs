//! A run's conversation with its vendor: opened at the first need, its account compared, its refusals counted.

use std::sync::Arc;
use std::time::Duration;

use connector::http::{Budget, TokenOwner, VendorHttp};
use connector::{ConnectorError, ErrorKind, LimitScope, Session, SessionContext};
use jiff::SignedDuration;

use crate::body::{REFUSALS_UNTIL_PAUSE, Refused};
use crate::engine::{Engine, EngineError};
use crate::issues::{Finding, explain};
use crate::slice::{Slice, Stop, vendor};

impl Slice<'_> {
    /// The conversation with the vendor; opened at the first need.
    pub(crate) async fn session(&mut self) -> Result<(Arc<dyn Session>, VendorHttp), Stop> {
        let (session, http) = match &self.vendor {
            Some((session, http)) => (Arc::clone(session), http.clone()),
            None => self.unverified_session().await?,
        };
        let version = self.settings.credentials.as_ref().map(|set| set.version.clone()).unwrap_or_default();
        if self.body.verified.as_ref() != Some(&version) {
            self.verify_account(session.as_ref(), &version).await?;
        }
        Ok((session, http))
    }

    /// A conversation in which it does not matter whose account it is: nothing is compared with the mirror.
    pub(crate) async fn unverified_session(&mut self) -> Result<(Arc<dyn Session>, VendorHttp), Stop> {
        let op = "open a session";
        let Some(set) = self.settings.credentials.clone() else {
            return Err(Stop::Vendor(ConnectorError::new(op, ErrorKind::Credentials { field: None })));
        };
        let credentials = self.engine.credentials(self.tenant(), &self.connection, &set).await?;
        let owner = TokenOwner(format!("{}\u{1f}{}\u{1f}{}", self.tenant(), self.connection, set.version));
        let http = self.engine.http.for_connection(owner, self.engine.budget(self.body.budget.clone()));
        let left = Duration::try_from(self.stop_at.duration_since(self.now())).unwrap_or_default();
        http.set_deadline(tokio::time::Instant::now() + left);
        let context = SessionContext {
            http: http.clone(),
            credentials,
            options: self.settings.options.clone(),
            deployment: self.engine.deployment.clone(),
        };
        let session: Arc<dyn Session> = Arc::from(self.engine.connector.open(context).map_err(vendor)?);
        self.vendor = Some((Arc::clone(&session), http.clone()));
        Ok((session, http))
    }

    /// Ids of another vendor account mean something else: compare the account before anything is compared with the mirror.
    pub(crate) async fn verify_account(&mut self, session: &dyn Session, version: &str) -> Result<(), Stop> {
        let account = session.account().await.map_err(vendor)?;
        if let Some(ours) = &self.settings.account
            && ours.id != account.id
        {
            let short = self.descriptor().short_name;
            self.note(Finding {
                cause: domain::issue::Cause::Config,
                reason: domain::issue::Reason::WrongAccount,
                subject: None,
                title: format!("The {short} credentials belong to another account"),
                detail: format!(
                    "This connection belongs to {:?}, the credentials reach {:?}.",
                    ours.name, account.name
                ),
                remedy: format!(
                    "Enter credentials of {:?}, or disconnect and connect the other account anew.",
                    ours.name
                ),
                record_types: Vec::new(),
            })
            .await?;
            return Err(Stop::OutOfService("the credentials belong to another account"));
        }
        self.body.verified = Some(version.to_owned());
        Ok(())
    }

    /// Notes what a vendor's error means for the whole connection.
    pub(crate) async fn refused(&mut self, error: &ConnectorError) -> Result<(), EngineError> {
        let finding = explain(self.descriptor(), error, &[], "API access");
        let reason = finding.reason;
        self.note(finding).await?;
        if !matches!(error.kind, ErrorKind::Credentials { .. } | ErrorKind::Expired | ErrorKind::Plan) {
            return Ok(());
        }
        let version = self.settings.credentials.as_ref().map(|set| set.version.clone()).unwrap_or_default();
        let times = match &self.body.refused {
            Some(before) if before.version == version => before.times + 1,
            _ => 1,
        };
        self.deactivate = times >= REFUSALS_UNTIL_PAUSE;
        self.body.refused = Some(Refused { version, reason, times });
        Ok(())
    }

    /// A vendor that asks to slow down is waited for; that a run takes two intervals by it, somebody should know.
    pub(crate) async fn note_limit(&mut self, after: Duration) -> Result<(), EngineError> {
        let patience = SignedDuration::from_secs(self.settings.options.interval_minutes.seconds() * 2);
        if self.body.run.as_ref().is_none_or(|run| self.now().duration_since(run.started_at) < patience) {
            return Ok(());
        }
        let error = ConnectorError::new("go on reading", ErrorKind::Limited { retry_after: Some(after) });
        self.note(explain(self.descriptor(), &error, &[], "API access")).await
    }
}

impl Engine {
    /// A budget of the connector's account, going on from where it was.
    pub(crate) fn budget(&self, state: connector::http::BudgetState) -> Budget {
        let descriptor = self.connector.descriptor();
        let Some(limits) = self.budget.limits(&descriptor.limits) else { return Budget::unlimited() };
        let own = Budget::new(limits, state);
        match descriptor.limits.scope {
            LimitScope::Account => own,
            LimitScope::Address => own.within(&self.http.address_budget(descriptor.id, limits)),
        }
    }
}
