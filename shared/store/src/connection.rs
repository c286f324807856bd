//! A connection as people set it: credentials' open part, options, whether it is on. The engine only reads this.

use std::collections::{BTreeMap, BTreeSet};

use domain::disconnect::Disconnect;
use domain::id::{ConnectionId, ConnectorId, account_key};
use domain::issue::Issue;
use domain::options::Options;
use domain::record::RecordType;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::TenantStore;
use crate::activity::By;
use crate::error::{Result, StoreError};
use crate::item;
use crate::keys;
use crate::state::State;
use crate::table::{Condition, Item, Query, TableError, Update, Write};
use crate::token::SealedToken;
use crate::webhook::Webhook;

/// What the page shows of a secret field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretMeta {
    /// The last four characters; empty for secrets shorter than twelve.
    pub last4: String,
    /// When it was entered.
    pub set_at: Timestamp,
}

/// A complete set of credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CredentialSet {
    /// Fields that are not secret.
    pub open: BTreeMap<String, String>,
    /// What is shown of the secret ones.
    pub secrets: BTreeMap<String, SecretMeta>,
    /// The version in Secrets Manager that holds the secret ones.
    pub version: String,
}

/// The vendor account that a connection belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRef {
    /// Fingerprint.
    pub id: String,
    /// Name for people.
    pub name: String,
}

/// What people set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Which connector.
    pub connector: ConnectorId,
    /// The credentials in use.
    #[serde(default)]
    pub credentials: Option<CredentialSet>,
    /// Credentials given while the vendor could not be reached; not used until a test passes.
    #[serde(default)]
    pub pending: Option<CredentialSet>,
    /// The account that the credentials reached when they were taken.
    #[serde(default)]
    pub account: Option<AccountRef>,
    /// Since when it is connected to that account, through pauses and new credentials.
    #[serde(default)]
    pub account_since: Option<Timestamp>,
    /// The account of which an admin said that it may be written to although another portal is connected to it.
    #[serde(default)]
    pub account_confirmed: Option<String>,
    /// What the admin chose.
    pub options: Options,
    /// The options step is done.
    #[serde(default)]
    pub options_saved: bool,
    /// When a test last passed.
    #[serde(default)]
    pub tested_at: Option<Timestamp>,
    /// Record types that the vendor does not permit; locked until *Check again*.
    #[serde(default)]
    pub not_permitted: BTreeSet<RecordType>,
    /// When it was first switched on.
    #[serde(default)]
    pub connected_at: Option<Timestamp>,
    /// When it was last switched on; absent while it is off.
    #[serde(default)]
    pub enabled_at: Option<Timestamp>,
    /// A person paused it.
    #[serde(default)]
    pub paused: bool,
    /// A person has it taken down; gone when that is done.
    #[serde(default)]
    pub disconnect: Option<Disconnect>,
}

impl Settings {
    /// What a connection begins with.
    pub fn new(connector: ConnectorId) -> Self {
        Self {
            connector,
            credentials: None,
            pending: None,
            account: None,
            account_since: None,
            account_confirmed: None,
            options: Options::initial(),
            options_saved: false,
            tested_at: None,
            not_permitted: BTreeSet::new(),
            connected_at: None,
            enabled_at: None,
            paused: false,
            disconnect: None,
        }
    }

    /// Switched on and not paused.
    pub const fn active(&self) -> bool {
        self.enabled_at.is_some() && !self.paused && self.disconnect.is_none()
    }

    /// The engine has something to do: to keep it in step, or to take it down.
    pub const fn scheduled(&self) -> bool {
        self.active() || self.disconnect.is_some()
    }

    /// The account that it is connected to, and since when; `None` before it was first switched on.
    pub fn connected_account(&self) -> Option<(&str, Timestamp)> {
        let account = self.account.as_ref().filter(|_| self.credentials.is_some() && self.connected_at.is_some());
        Some((account?.id.as_str(), self.account_since?))
    }

    /// Being taken down, or taken down with its data kept: what is there is read-only.
    pub const fn closed(&self) -> bool {
        let kept = self.connected_at.is_some() && self.credentials.is_none() && self.pending.is_none();
        self.disconnect.is_some() || kept
    }
}

/// Settings with their optimistic lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versioned<T> {
    /// The content.
    pub value: T,
    /// Its version; 0 has never been written.
    pub version: u64,
}

/// Everything about one connection that a status or a run needs: one query.
#[derive(Clone, Debug)]
pub struct Connection {
    /// What people set.
    pub settings: Versioned<Settings>,
    /// What the engine knows.
    pub state: State,
    /// Open issues.
    pub issues: Vec<Issue>,
    /// Where its vendor pushes to; `None` until it is first needed.
    pub webhook: Option<Webhook>,
    /// The access token that its environments share; `None` where they share none.
    pub token: Option<SealedToken>,
}

/// How saved settings change the schedule; written in the same transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wake {
    /// When the next run is due; `None` leaves it.
    pub due_at: Option<Timestamp>,
    /// Re-evaluate every mirrored record.
    pub re_evaluate: bool,
}

impl TenantStore {
    /// Settings, state, open issues and webhook; `None` when nobody ever touched this connector.
    pub async fn connection(&self, connection: &ConnectionId) -> Result<Option<Connection>> {
        let page = self
            .table
            .query(Query { pk: self.keys.connection(connection), consistent: true, ..Query::default() })
            .await?;
        let mut settings = None;
        let mut state = State::default();
        let mut issues = Vec::new();
        for item in &page.items {
            match item::get_text(item, "sk").unwrap_or_default() {
                keys::SETTINGS => {
                    settings = Some(Versioned { value: item::body(item)?, version: item::get_count(item, "version") });
                }
                keys::STATE => state = State::from_item(item)?,
                sk if sk.starts_with(keys::ISSUE) => issues.push(item::body(item)?),
                _ => {}
            }
        }
        let (webhook, token) = (Webhook::among(&page.items), SealedToken::among(&page.items));
        Ok(settings.map(|settings| Connection { settings, state, issues, webhook, token }))
    }

    /// The settings of these connections, where there are any: one batch read.
    pub async fn settings(
        &self,
        connections: impl IntoIterator<Item = &ConnectionId>,
    ) -> Result<BTreeMap<ConnectionId, Settings>> {
        let by_key: BTreeMap<_, _> =
            connections.into_iter().map(|connection| (self.keys.settings(connection), connection)).collect();
        let rows = self.table.batch_get(by_key.keys().cloned().collect(), Vec::new()).await?;
        let read = |row: &Item| {
            let connection = by_key.get(&item::key_of(row))?;
            Some(item::body(row).map(|settings| ((*connection).clone(), settings)))
        };
        rows.iter().filter_map(read).collect()
    }

    /// Saves settings if nobody changed them since `settings.version`, and moves the schedule with them.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when somebody did.
    pub async fn save_settings(
        &self,
        connection: &ConnectionId,
        settings: &Versioned<Settings>,
        wake: &Wake,
        by: By<'_>,
    ) -> Result<u64> {
        let mut writes = vec![
            self.settings_put(connection, settings)?,
            Write::Update {
                key: self.keys.state(connection),
                update: self.schedule(settings, connection, wake),
                condition: None,
            },
        ];
        if wake.re_evaluate {
            writes.push(self.mark_write(connection, None));
        }
        writes.extend(self.entry_writes(by)?);
        match self.table.transact(writes).await {
            Err(TableError::Cancelled(_)) => Err(StoreError::Stale),
            other => Ok(other.map(|()| settings.version + 1)?),
        }
    }

    /// The part of a transaction that saves settings if nobody changed them since `settings.version`.
    pub(crate) fn settings_put(&self, connection: &ConnectionId, settings: &Versioned<Settings>) -> Result<Write> {
        let mut row = item::item(&self.keys.settings(connection), &settings.value)?;
        row.insert("version".to_owned(), item::count(settings.version + 1));
        if let Some((account, since)) = settings.value.connected_account() {
            row.insert("account".to_owned(), item::text(account_key(&settings.value.connector, account)));
            row.insert("account_since".to_owned(), item::number(since.as_second()));
            row.insert("tenant".to_owned(), item::text(self.tenant.as_str()));
            row.insert("connection".to_owned(), item::text(connection.as_str()));
        }
        let condition = if settings.version == 0 {
            Condition::NotExists
        } else {
            Condition::Equal("version", item::count(settings.version))
        };
        Ok(Write::Put { item: row, condition: Some(condition) })
    }

    fn schedule(&self, settings: &Versioned<Settings>, connection: &ConnectionId, wake: &Wake) -> Update {
        let mut update = Update::default();
        update.add.insert("wake", 1);
        update.set.insert("v", item::number(item::SCHEMA));
        if settings.value.closed() {
            update.set.insert("closed", item::number(1));
        } else {
            update.remove.push("closed");
        }
        if settings.value.disconnect.is_some() {
            // Nobody will take it up.
            update.remove.push("requested");
        }
        if settings.value.scheduled() {
            update.set.insert("active", item::number(1));
            update.set.insert("tenant", item::text(self.tenant.as_str()));
            update.set.insert("connection", item::text(connection.as_str()));
            update.set.insert("connector", item::text(settings.value.connector.as_str()));
            update.set.insert("due_shard", item::text(self.due_shard(&settings.value.connector, connection)));
            if let Some(due_at) = wake.due_at {
                update.set.insert("due_at", item::number(due_at.as_second()));
            }
        } else {
            // Leaving the index is what stops the schedule; a queued message finds `active` gone and is dropped.
            update.remove.extend(["active", "due_shard", "due_at"]);
        }
        update
    }
}
