//! A tenant's connection as it is answered: everything here is derived on reading, nothing is stored.

use std::collections::{BTreeMap, HashMap};

use connector::Descriptor;
use domain::disconnect::DataChoice;
use domain::issue::{Issue, Reason};
use domain::options::Options;
use domain::record::RecordType;
use domain::run::Run;
use domain::status::{SetupStep, Status, TypeState, type_state};
use jiff::Timestamp;
use serde::Serialize;
use store::TenantStore;
use store::connection::{Connection, Settings, Versioned};
use store::state::State;
use sync::body::Body;
use sync::view;
use utoipa::ToSchema;

use super::api_usage::ApiUsage;
use super::connectors::Way;
use super::current_run::current_run;
use super::waiting::TypeWaiting;
use crate::problem::Answer;
use crate::state::{AppState, Which};

/// A connector with the tenant's connection.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Integration {
    /// The connector's id.
    connector: &'static str,
    name: &'static str,
    category: &'static str,
    status: Status,
    /// Why the status is what it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    /// Switched on and not paused.
    enabled: bool,
    /// It is being disconnected, and what becomes of its data; `run` says how far that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    disconnecting: Option<DataChoice>,
    interval_minutes: u32,
    /// The vendor account that it is connected to.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<AccountView>,
    setup: Setup,
    /// Nothing is written at the vendor, and why. Absent where writing is not held.
    #[serde(skip_serializing_if = "Option::is_none")]
    read_only: Option<ReadOnly>,
    /// What is kept of the credentials, by field. Secrets are never shown.
    credentials: BTreeMap<&'static str, KeptField>,
    /// Credentials wait, beside those in use, for a test to pass.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    credentials_pending: bool,
    options: Options,
    record_types: Vec<TypeView>,
    /// When every record type that is on had succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_success_at: Option<Timestamp>,
    issues: Vec<Issue>,
    /// The run at work, or waiting for its turn.
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<Run>,
    /// Absent without credentials, and where the vendor's limits do not bind us.
    #[serde(skip_serializing_if = "Option::is_none")]
    api_usage: Option<ApiUsage>,
}

/// A vendor account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountView {
    id: String,
    name: String,
}

/// Why nothing is written at the vendor.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct ReadOnly {
    /// `account_shared`: another portal is connected to the account; confirm-account ends it.
    reason: Reason,
}

/// How far setting up is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Setup {
    /// The next step; null when none is left.
    next: Option<SetupStep>,
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<Found>,
}

/// What the vendor has.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct Found {
    /// Vendor companies mirrored.
    companies: u64,
    /// Those of them linked to portal companies.
    linked: u64,
}

/// What is shown of a credential field.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeptField {
    set: bool,
    /// The value of a field that is not secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    /// The end of a secret of twelve or more characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    last4: Option<String>,
    /// Days since the secret was entered.
    #[serde(skip_serializing_if = "Option::is_none")]
    age_days: Option<i64>,
}

/// How a record type stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TypeView {
    id: RecordType,
    label: &'static str,
    direction: Way,
    /// Chosen and permitted.
    enabled: bool,
    /// The vendor let the credentials read it when they were last tested; what is not permitted is never synced.
    permitted: bool,
    state: TypeState,
    cadence_minutes: u32,
    /// Why it is read less often than chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    cadence_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_success_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_run_at: Option<Timestamp>,
    /// Absent before the first pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    counts: Option<TypeCounts>,
    /// What waits for companies to be linked.
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting: Option<TypeWaiting>,
}

/// Records of a type.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct TypeCounts {
    /// Mirrored from the vendor.
    mirrored: u64,
}

/// A connection as it was read, also where nobody ever touched the connector.
pub(crate) struct Read {
    pub(crate) connection: Connection,
    pub(crate) body: Body,
}

impl Read {
    pub(crate) fn settings(&self) -> &Settings {
        &self.connection.settings.value
    }

    /// The run with this id that is at work or waits, if it is that.
    pub(crate) fn current(&self, now: Timestamp) -> Option<Run> {
        current_run(self.settings(), &self.connection.state, &self.body, now)
    }
}

impl AppState {
    /// Reads a connection: one query.
    pub(crate) async fn read(&self, store: &TenantStore, which: &Which) -> Answer<Read> {
        let connection = store.connection(&which.connection).await?.unwrap_or_else(|| Connection {
            settings: Versioned { value: Settings::new(which.connector.clone()), version: 0 },
            state: State::default(),
            issues: Vec::new(),
            webhook: None,
            token: None,
        });
        let body = connection.state.body()?;
        Ok(Read { connection, body })
    }

    /// The connection as it is answered, with the version of its settings.
    pub(crate) async fn integration(&self, store: &TenantStore, which: &Which) -> Answer<(Integration, u64)> {
        let read = self.read(store, which).await?;
        let companies = view::present(which.descriptor, &read.body, RecordType::Companies);
        let mut found = None;
        let mut users = true;
        let mut waiting = HashMap::new();
        if companies > 0 {
            let links = store.all_links(&which.connection).await?;
            let linked = links.len() as u64;
            waiting = self.type_waiting(store, which, &links).await?;
            found = Some(Found { companies, linked: linked.min(companies) });
            if linked > 0 && read.settings().options.auto_import.enabled {
                users = !store.users(1, None).await?.items.is_empty();
            }
        }
        let version = read.connection.settings.version;
        Ok((self.describe(which.descriptor, read, found, users, waiting), version))
    }

    fn describe(
        &self,
        descriptor: &'static Descriptor,
        read: Read,
        found: Option<Found>,
        users: bool,
        mut waiting: HashMap<RecordType, TypeWaiting>,
    ) -> Integration {
        let now = self.now();
        let budget = self.budget.of(descriptor.id);
        let (status, reason, facts) = view::status(descriptor, budget, &read.connection, &read.body, now);
        let run = read.current(now);
        let calls = read.settings().credentials.is_some();
        let limits = budget.limits(&descriptor.limits).filter(|_| calls);
        let api_usage = limits.map(|limits| ApiUsage::of(&descriptor.limits, &limits, &read.body.budget, now));
        let Read { connection, body } = read;
        let settings = connection.settings.value;
        let active = settings.active();
        let issues = connection.issues;
        let record_types: Vec<TypeView> = descriptor
            .record_types
            .iter()
            .zip(&facts)
            .map(|(declared, facts)| {
                let (cadence_minutes, cadence_reason) =
                    view::type_cadence(descriptor, budget, &settings, &body, declared.record_type);
                let running = active && facts.enabled;
                TypeView {
                    id: declared.record_type,
                    label: declared.label,
                    direction: Way::of(declared.direction),
                    enabled: facts.enabled,
                    permitted: !settings.not_permitted.contains(&declared.record_type),
                    state: if settings.closed() || settings.paused {
                        TypeState::Off
                    } else {
                        type_state(facts, settings.enabled_at, &issues, now)
                    },
                    cadence_minutes,
                    cadence_reason,
                    last_success_at: facts.last_success_at,
                    next_run_at: connection.state.due_at.filter(|_| running),
                    counts: facts
                        .last_success_at
                        .map(|_| TypeCounts { mirrored: view::present(descriptor, &body, declared.record_type) }),
                    waiting: waiting.remove(&declared.record_type).filter(|_| facts.enabled),
                }
            })
            .collect();
        let on = || facts.iter().filter(|facts| facts.enabled);
        Integration {
            connector: descriptor.id,
            name: descriptor.name,
            category: descriptor.category,
            status,
            reason,
            enabled: active,
            disconnecting: settings.disconnect.as_ref().map(|disconnect| disconnect.data),
            interval_minutes: settings.options.interval_minutes.minutes(),
            read_only: body.is_read_only(&settings).then_some(ReadOnly { reason: Reason::AccountShared }),
            setup: Setup { next: next_step(&settings, descriptor, &body, found, users), found },
            credentials: kept(descriptor, &settings, now),
            credentials_pending: settings.pending.is_some(),
            options: shown_options(descriptor, &settings),
            record_types,
            last_success_at: on().map(|facts| facts.last_success_at).min().flatten(),
            issues,
            run,
            api_usage,
            account: settings.account.map(|account| AccountView { id: account.id, name: account.name }),
        }
    }
}

/// Options with the record types written out where the admin left them to the connector.
fn shown_options(descriptor: &Descriptor, settings: &Settings) -> Options {
    let mut options = settings.options.clone();
    options.record_types.get_or_insert_with(|| {
        let declared = descriptor.record_types.iter().filter(|declared| declared.default_on);
        declared.map(|declared| declared.record_type).collect()
    });
    options
}

fn kept(descriptor: &Descriptor, settings: &Settings, now: Timestamp) -> BTreeMap<&'static str, KeptField> {
    // What was entered last is what a form goes on from.
    let set = settings.pending.as_ref().or(settings.credentials.as_ref());
    let field = |field: &connector::CredentialField| {
        if !field.secret {
            let value = set.and_then(|set| set.open.get(field.key)).cloned();
            return KeptField { set: value.is_some(), value, last4: None, age_days: None };
        }
        let meta = set.and_then(|set| set.secrets.get(field.key));
        KeptField {
            set: meta.is_some(),
            value: None,
            last4: meta.map(|meta| meta.last4.clone()).filter(|last4| !last4.is_empty()),
            age_days: meta.map(|meta| now.duration_since(meta.set_at).as_hours().max(0) / 24),
        }
    };
    descriptor.credentials.iter().map(|declared| (declared.key, field(declared))).collect()
}

/// The steps of the wizard first; then, while nothing is linked, linking; then, while auto-import is on and has brought
/// nobody, looking at why.
fn next_step(
    settings: &Settings,
    descriptor: &Descriptor,
    body: &Body,
    found: Option<Found>,
    users: bool,
) -> Option<SetupStep> {
    let found = match (view::setup_step(settings), found) {
        (Some(step), _) => return Some(step),
        (None, None) => return None,
        (None, Some(found)) => found,
    };
    let contacts = view::present(descriptor, body, RecordType::Contacts);
    if found.linked == 0 {
        Some(SetupStep::LinkCompanies)
    } else if settings.options.auto_import.enabled && contacts > 0 && !users {
        Some(SetupStep::ReviewImport)
    } else {
        None
    }
}
