//! A run's conversation with its vendor: opened at the first need, its account compared, its refusals counted.

use std::sync::Arc;
use std::time::Duration;

use connector::http::{Budget, TokenOwner, VendorHttp};
use connector::{Account, ConnectorError, ErrorKind, LimitScope, Session, SessionContext};
use jiff::SignedDuration;
use store::activity::By;
use store::connection::{AccountRef, Connection, Wake};
use store::{StoreError, cross_tenant};

use crate::body::{REFUSALS_UNTIL_PAUSE, Refused};
use crate::engine::{Engine, EngineError};
use crate::issues::{Finding, explain};
use crate::slice::{Slice, Stop, vendor};
use crate::tokens::Holder;

impl Slice<'_> {
    /// The conversation with the vendor; opened at the first need.
    pub(crate) async fn session(&mut self) -> Result<(Arc<dyn Session>, VendorHttp), Stop> {
        let (session, http) = match &self.vendor {
            Some((session, http)) => (Arc::clone(session), http.clone()),
            None => self.unverified_session().await?,
        };
        let version = self.settings.credentials.as_ref().map(|set| set.version.clone()).unwrap_or_default();
        let unsettled = self.settings.account.as_ref().is_some_and(|ours| Account::is_provisional(&ours.id));
        if unsettled || self.body.verified.as_ref() != Some(&version) {
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
        let (engine, holder) = (self.engine, Holder::Run(self.fence.clone()));
        engine.share_token(&http, &self.store, &self.connection, &set.version, self.token.clone(), holder);
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
            && account.is_other_than(&ours.id)
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
        self.settle_account(&account).await?;
        self.body.shared_account = self.is_shared(&account.id).await?.then_some(account.id);
        if self.read_only() {
            self.note_shared_account().await?;
        }
        self.body.verified = Some(version.to_owned());
        Ok(())
    }

    /// The first definite fingerprint takes the place of a provisional one. Where a person saves at the same moment, the next
    /// session does it.
    async fn settle_account(&mut self, account: &Account) -> Result<(), EngineError> {
        if !self.settings.account.as_ref().is_some_and(|ours| account.settles(&ours.id)) {
            return Ok(());
        }
        let found = self.store.connection(&self.connection).await?;
        let Some(Connection { mut settings, .. }) = found.filter(|found| found.settings.value == self.settings) else {
            return Ok(());
        };
        settings.value.account = Some(AccountRef { id: account.id.clone(), name: account.name.clone() });
        match self.store.save_settings(&self.connection, &settings, &Wake::default(), By::System).await {
            Ok(_) => self.settings = settings.value,
            Err(StoreError::Stale) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    async fn is_shared(&self, account: &str) -> Result<bool, EngineError> {
        let Some((_, since)) = self.settings.connected_account() else { return Ok(false) };
        let (table, connector) = (self.engine.table.as_ref(), self.engine.connector_id());
        let before = cross_tenant::connected_before(table, &connector, account, self.tenant(), &self.connection, since);
        Ok(before.await?)
    }

    /// Nothing is written at the vendor.
    pub(crate) fn read_only(&self) -> bool {
        self.body.is_read_only(&self.settings)
    }

    /// Two portals that write to one account undo each other's changes. Whose the other one is, is not told.
    async fn note_shared_account(&mut self) -> Result<(), EngineError> {
        let short = self.descriptor().short_name;
        self.note(Finding {
            cause: domain::issue::Cause::Config,
            reason: domain::issue::Reason::AccountShared,
            subject: None,
            title: format!("Another portal is connected to this {short} account"),
            detail: format!("Everything is read. Nothing is written to {short} until an admin confirms."),
            remedy: format!(
                "If both are meant to work with this account, confirm it. Otherwise enter credentials of the right \
                 {short} account."
            ),
            record_types: Vec::new(),
        })
        .await
    }

    /// Closes the issue once it was confirmed, or is another account.
    pub(crate) async fn account_settled(&mut self) -> Result<(), EngineError> {
        if self.read_only() {
            return Ok(());
        }
        self.disprove(|issue| issue.reason == domain::issue::Reason::AccountShared).await
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
        let now = self.now();
        let half_a_slot = SignedDuration::from_secs(self.settings.options.interval_minutes.seconds()) / 2;
        let before = self.body.refused.take().filter(|before| before.version == version);
        let counted = match before {
            // Pushes and edits in between ask as well: minutes of trouble at the vendor are no three slots.
            Some(before) if before.at.is_some_and(|at| now.duration_since(at) < half_a_slot) => before,
            before => Refused { version, reason, times: before.map_or(0, |before| before.times) + 1, at: Some(now) },
        };
        self.deactivate = counted.times >= REFUSALS_UNTIL_PAUSE;
        self.body.refused = Some(counted);
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
