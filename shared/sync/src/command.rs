//! Commands of the settings API: authenticate, test, picklists. They write nothing at the vendor and enable nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use connector::http::{Budget, TokenOwner, VendorHttp};
use connector::{
    ChoiceQuery, ConnectorError, CredentialValues, Credentials, ErrorKind, Feed, PullRequest, Reach, Session,
    SessionContext,
};
use domain::id::{ConnectionId, TenantId, TestId};
use domain::options::Options;
use domain::probe::{Authenticated, Check, CheckCause, CheckResult, ConnectionTest, TestAccount, TestState};
use jiff::{SignedDuration, Timestamp};
use store::TenantStore;
use store::connection::CredentialSet;
use store::links::Linked;

use crate::causes::chain;
use crate::engine::{Engine, EngineError};
use crate::issues::explain;
use crate::message::{Command, Problem, Reply};
use crate::ports::SecretRef;
use crate::tokens::Holder;

/// Each line of a test may take this long.
const PROBE: Duration = Duration::from_secs(10);
/// Linked companies that are tried in turn.
const PROBED: usize = 3;
const NOTHING_LINKED: &str = "Nothing to do yet: link a customer to a company, then test again.";
const NO_CONSENT: &str = "None of the linked customers lets us in yet: send them their consent links, then test again.";
/// A whole test may take this long.
const TEST: SignedDuration = SignedDuration::from_secs(60);

/// Which of a connection's credentials a command speaks with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Try {
    /// Those that runs use.
    InUse,
    /// Those that wait for a test.
    Pending,
}

impl Engine {
    /// Answers a command of the settings API before `deadline`.
    ///
    /// # Errors
    /// The store or a service failed; what the vendor refuses is a [`Reply::Failed`].
    pub async fn command(&self, command: Command, deadline: Timestamp) -> Result<Reply, EngineError> {
        match command {
            Command::Authenticate { tenant, connection, values } => {
                Ok(self.authenticate(&tenant, &connection, &values, deadline).await)
            }
            Command::Test { tenant, connection, test } => self.test(&tenant, &connection, &test, deadline).await,
            Command::Choices { tenant, connection, field, search, board } => {
                let query = ChoiceQuery { field: &field, search: search.as_deref(), board: board.as_deref() };
                self.choices(&tenant, &connection, query, deadline).await
            }
            Command::IssueLink { tenant, connection, request } => {
                let store = TenantStore::new(Arc::clone(&self.table), tenant);
                let issued = match self.open_kept(&store, &connection, Try::InUse, deadline).await? {
                    Ok((session, _)) => session.issue_link(&request).await,
                    Err(error) => Err(error),
                };
                Ok(self.reply(issued.map(|link| Reply::Link { link })))
            }
            Command::CompanyAccess { tenant, connection, company } => {
                let store = TenantStore::new(Arc::clone(&self.table), tenant);
                let access = match self.open_kept(&store, &connection, Try::InUse, deadline).await? {
                    Ok((session, _)) => session.company_access(&company).await,
                    Err(error) => Err(error),
                };
                Ok(self.reply(access.map(|()| Reply::Accessible)))
            }
        }
    }

    fn reply(&self, answer: Result<Reply, ConnectorError>) -> Reply {
        answer.unwrap_or_else(|error| Reply::Failed { problem: self.problem(&error) })
    }

    async fn authenticate(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        values: &CredentialValues,
        deadline: Timestamp,
    ) -> Reply {
        let credentials = Credentials::sort(self.connector.descriptor(), values);
        // A token got with values that are not kept is not to be found by anybody else.
        let owner = format!("{tenant}\u{1f}{connection}\u{1f}unsaved-{:016x}", rand::random::<u64>());
        let opened = self.open(owner, credentials, Options::initial(), deadline);
        let account = match opened {
            Ok((session, _)) => session.account().await,
            Err(error) => Err(error),
        };
        match account {
            Ok(account) => Reply::Authenticated { account },
            Err(error) => Reply::Failed { problem: self.problem(&error) },
        }
    }

    fn open(
        &self,
        owner: String,
        credentials: Credentials,
        options: Options,
        deadline: Timestamp,
    ) -> Result<(Arc<dyn Session>, VendorHttp), ConnectorError> {
        // A person waits: commands are few and not paced by the budget of runs.
        let http = self.http.for_connection(TokenOwner(owner), Budget::unlimited());
        let left = Duration::try_from(deadline.duration_since(self.clock.now())).unwrap_or_default();
        http.set_deadline(tokio::time::Instant::now() + left);
        let context = SessionContext { http: http.clone(), credentials, options, deployment: self.deployment.clone() };
        Ok((Arc::from(self.connector.open(context)?), http))
    }

    /// A session with credentials that a connection keeps. Where there are no others, those that wait for a test serve.
    pub(crate) async fn open_kept(
        &self,
        store: &TenantStore,
        connection: &ConnectionId,
        which: Try,
        deadline: Timestamp,
    ) -> Result<Result<(Arc<dyn Session>, VendorHttp), ConnectorError>, EngineError> {
        let op = "open a session";
        let missing = || ConnectorError::new(op, ErrorKind::Credentials { field: None });
        let Some(found) = store.connection(connection).await? else { return Ok(Err(missing())) };
        let (settings, token) = (found.settings.value, found.token);
        let set = match which {
            Try::InUse => settings.credentials.or(settings.pending),
            Try::Pending => settings.pending.or(settings.credentials),
        };
        let Some(set) = set else { return Ok(Err(missing())) };
        let credentials = self.credentials(store.tenant(), connection, &set).await?;
        let owner = format!("{}\u{1f}{connection}\u{1f}{}", store.tenant(), set.version);
        let opened = self.open(owner, credentials, settings.options, deadline);
        if let Ok((_, http)) = &opened {
            self.share_token(http, store, connection, &set.version, token, Holder::Command);
        }
        Ok(opened)
    }

    /// The complete credentials of a connection: open fields from the table, secret ones from Secrets Manager.
    pub(crate) async fn credentials(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        set: &CredentialSet,
    ) -> Result<Credentials, EngineError> {
        if set.secrets.is_empty() {
            return Ok(Credentials::new(set.open.clone(), BTreeMap::new()));
        }
        let secrets = self.secrets.read(&self.secret_of(tenant, connection), &set.version).await?;
        Ok(Credentials::new(set.open.clone(), secrets))
    }

    pub(crate) fn secret_of(&self, tenant: &TenantId, connection: &ConnectionId) -> SecretRef {
        SecretRef { tenant: tenant.clone(), connector: self.connector_id(), connection: connection.clone() }
    }

    async fn choices(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        query: ChoiceQuery<'_>,
        deadline: Timestamp,
    ) -> Result<Reply, EngineError> {
        let store = TenantStore::new(Arc::clone(&self.table), tenant.clone());
        let choices = match self.open_kept(&store, connection, Try::InUse, deadline).await? {
            Ok((session, _)) => session.choices(query).await,
            Err(error) => Err(error),
        };
        Ok(match choices {
            Ok(mut choices) => {
                if let Some(search) = query.search.map(str::to_lowercase) {
                    choices.retain(|choice| choice.contains(&search));
                }
                Reply::Choices { choices }
            }
            Err(error) => Reply::Failed { problem: self.problem(&error) },
        })
    }

    /// Runs a test line by line; the page reads each line as it fills in.
    async fn test(
        &self,
        tenant: &TenantId,
        connection: &ConnectionId,
        id: &TestId,
        deadline: Timestamp,
    ) -> Result<Reply, EngineError> {
        let store = TenantStore::new(Arc::clone(&self.table), tenant.clone());
        let started_at = self.clock.now();
        let end = deadline.min(started_at + TEST);
        let mut test = self.waiting_test(id, started_at);
        let tried = self.try_test(&store, connection, &mut test, end).await;
        if tried.is_err() {
            // Whoever looks at it must not wait for lines that do not come.
            test.give_up();
            if let Err(error) = store.put_test(connection, &test).await {
                tracing::warn!(connection.id = %connection, error = chain(&error), "A test was left as it was.");
            }
        }
        tried.map(|()| Reply::Tested)
    }

    async fn try_test(
        &self,
        store: &TenantStore,
        connection: &ConnectionId,
        test: &mut ConnectionTest,
        end: Timestamp,
    ) -> Result<(), EngineError> {
        store.put_test(connection, test).await?;
        let session = match self.open_kept(store, connection, Try::Pending, end).await? {
            Ok((session, http)) => {
                // A token from before may outlive credentials that were revoked, and lack a right given since. Where tokens
                // are shared, asking for one at each test could lock the key; a refused one is replaced all the same.
                if !self.shares_tokens() {
                    http.forget_token();
                }
                session
            }
            Err(error) => {
                self.conclude(test, &error);
                return Ok(store.put_test(connection, test).await?);
            }
        };
        match within(session.account()).await {
            Ok(account) => {
                test.reachable = Some(true);
                test.tls = Some(true);
                test.authenticated = Some(Authenticated::Yes);
                test.account = Some(TestAccount { id: account.id, name: account.name });
                store.put_test(connection, test).await?;
                self.probe_types(store, connection, session.as_ref(), test).await?;
            }
            Err(error) => self.conclude(test, &error),
        }
        test.state = TestState::Done;
        Ok(store.put_test(connection, test).await?)
    }

    fn waiting_test(&self, id: &TestId, started_at: Timestamp) -> ConnectionTest {
        let checks = self.connector.descriptor().record_types.iter().map(|declared| Check {
            record_type: declared.record_type,
            result: CheckResult::Waiting,
            permission: declared.feeds.first().map(|feed| feed.permission.to_owned()),
            cause: None,
            remedy: None,
        });
        ConnectionTest {
            id: id.clone(),
            state: TestState::Running,
            reachable: None,
            tls: None,
            authenticated: None,
            account: None,
            problem: None,
            remedy: None,
            checks: checks.collect(),
            started_at,
        }
    }

    /// What a test runs is what a run runs, for one row: the first page of each feed.
    async fn probe_types(
        &self,
        store: &TenantStore,
        connection: &ConnectionId,
        session: &dyn Session,
        test: &mut ConnectionTest,
    ) -> Result<(), EngineError> {
        let reaches = self.connector.descriptor().feeds().any(|(_, feed)| feed.reach == Reach::LinkedCompanies);
        let links = if reaches { store.live_links(connection).await? } else { Vec::new() };
        for (index, declared) in self.connector.descriptor().record_types.iter().enumerate() {
            let mut found = Ok(());
            let mut tried = Tried::default();
            for feed in declared.feeds {
                found = probe(session, feed, &links, &mut tried).await;
                if let Err(error) = &found {
                    test.checks[index].permission = Some(error.permission.unwrap_or(feed.permission).to_owned());
                    break;
                }
            }
            self.judge(&mut test.checks[index], found.err(), tried);
            store.put_test(connection, test).await?;
        }
        Ok(())
    }

    fn judge(&self, check: &mut Check, error: Option<ConnectorError>, tried: Tried) {
        let Some(error) = error else {
            let (result, remedy) = match tried {
                Tried { granted: true, .. } => (CheckResult::Granted, None),
                Tried { refused: true, .. } => (CheckResult::Unverified, Some(NO_CONSENT)),
                Tried { .. } => (CheckResult::Unverified, Some(NOTHING_LINKED)),
            };
            check.result = result;
            check.remedy = remedy.map(str::to_owned);
            return;
        };
        let (result, cause) = match error.kind {
            ErrorKind::Forbidden => (CheckResult::NotPermitted, CheckCause::Permission),
            ErrorKind::Credentials { .. } | ErrorKind::Expired => (CheckResult::Unverified, CheckCause::Credentials),
            ErrorKind::Plan => (CheckResult::NotAvailable, CheckCause::Plan),
            ErrorKind::NotFound | ErrorKind::Unsupported => (CheckResult::NotAvailable, CheckCause::Plan),
            ErrorKind::Address { .. } => (CheckResult::Unverified, CheckCause::Network),
            _ => (CheckResult::Unverified, CheckCause::VendorDown),
        };
        let permission = check.permission.clone().unwrap_or_default();
        check.result = result;
        check.cause = Some(cause);
        check.remedy = Some(explain(self.connector.descriptor(), &error, &[check.record_type], &permission).remedy);
    }

    /// A test that could not get past signing in.
    fn conclude(&self, test: &mut ConnectionTest, error: &ConnectorError) {
        let problem = self.problem(error);
        test.state = TestState::Done;
        test.reachable = Some(problem.reached);
        test.tls = problem.reached.then_some(true);
        let refused = matches!(error.kind, ErrorKind::Credentials { .. } | ErrorKind::Expired | ErrorKind::Plan);
        test.authenticated = Some(if refused { Authenticated::No } else { Authenticated::Unverified });
        test.problem = Some(problem.title);
        test.remedy = Some(problem.remedy);
        for check in &mut test.checks {
            check.result = CheckResult::Unverified;
        }
    }

    pub(crate) fn problem(&self, error: &ConnectorError) -> Problem {
        let finding = explain(self.connector.descriptor(), error, &[], "API access");
        let field = match &error.kind {
            ErrorKind::Credentials { field } => field.map(str::to_owned),
            ErrorKind::Misdirected { field } => field.map(str::to_owned).or_else(|| self.address_field()),
            ErrorKind::Address { .. } | ErrorKind::Malformed { .. } => self.address_field(),
            _ => None,
        };
        Problem {
            reached: !matches!(
                error.kind,
                ErrorKind::Unavailable | ErrorKind::Address { .. } | ErrorKind::Paused { .. }
            ),
            field,
            title: finding.title,
            detail: error.detail.clone(),
            remedy: finding.remedy,
        }
    }

    /// The field in which people type a host: the first that is not secret.
    fn address_field(&self) -> Option<String> {
        let fields = self.connector.descriptor().credentials;
        fields.iter().find(|field| !field.secret).map(|field| field.key.to_owned())
    }
}

/// What came of trying a record type's feeds.
#[derive(Clone, Copy, Default)]
struct Tried {
    /// One of them was read.
    granted: bool,
    /// Linked companies refused us.
    refused: bool,
}

/// Reads a row of a feed; of one that reaches linked companies, of the first few until one lets us in. What they refuse is
/// theirs to give and says nothing of the connection.
async fn probe(
    session: &dyn Session,
    feed: &'static Feed,
    links: &[Linked],
    tried: &mut Tried,
) -> connector::Result<()> {
    let request = PullRequest { feed, since: None, cursor: None, probe: true, company: None };
    if feed.reach == Reach::Account {
        within(session.pull(request)).await?;
        tried.granted = true;
        return Ok(());
    }
    for link in links.iter().take(PROBED) {
        let company = Some(&link.external_id);
        match within(session.pull(PullRequest { company, ..request })).await {
            Ok(_) => {
                tried.granted = true;
                return Ok(());
            }
            Err(error) if error.kind == ErrorKind::Forbidden => tried.refused = true,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// A probe that takes too long could not be verified; it is no failure.
async fn within<T>(probe: impl Future<Output = connector::Result<T>>) -> connector::Result<T> {
    let late = || ConnectorError::new("probe", ErrorKind::Unavailable);
    tokio::time::timeout(PROBE, probe).await.unwrap_or_else(|_| Err(late()))
}
