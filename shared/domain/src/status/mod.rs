//! The headline status of a connection, derived on reading from facts and never stored.
//!
//! Invariant: *Connected* is said only when every enabled record type succeeded within two of its own cadences, and
//! *Syncing* only while a lease is held that has not expired, or between two slices of a run that moves on, so a killed
//! worker never leaves it behind.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::issue::{Issue, Reason};
use crate::record::RecordType;

/// The four headline states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Active and syncing.
    Connected,
    /// No working credentials, set-up unfinished, or paused by a person.
    Disconnected,
    /// A person must act before it, or a record type of it, works again; or a record type keeps failing.
    Error,
    /// A run is at work.
    Syncing,
}

/// The next thing to do in setting up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SetupStep {
    /// Enter credentials.
    Credentials,
    /// Choose options.
    Options,
    /// Run the test.
    Test,
    /// Switch on.
    Enable,
    /// Link or import companies.
    LinkCompanies,
    /// Look at who would be imported.
    ReviewImport,
}

/// How a record type keeps up with its cadence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TypeState {
    /// Succeeded within its cadence.
    OnTime,
    /// More than one cadence without success.
    Late,
    /// More than two cadences without success.
    Error,
    /// An open issue about it waits for a person.
    ActionRequired,
    /// Not chosen, or locked.
    Off,
    /// Enabled, and its first pass is still to come.
    Pending,
}

/// Who stopped a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PausedBy {
    /// Somebody pressed *Pause*.
    Person,
    /// The engine, after repeated permanent refusals.
    Engine,
}

/// What is known of the credentials.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CredentialState {
    /// None were ever given, or they were removed.
    #[default]
    Missing,
    /// Given while the vendor could not be reached; not used until a test passes.
    Pending,
    /// The vendor took them when last asked.
    Active,
    /// The vendor says that they have expired.
    Expired,
    /// The vendor refuses them.
    Revoked,
}

/// What decides the state of one record type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeFacts {
    /// Which type.
    pub record_type: RecordType,
    /// Chosen and permitted.
    pub enabled: bool,
    /// How often it is read.
    pub cadence_minutes: u32,
    /// When a pass over it last succeeded.
    pub last_success_at: Option<Timestamp>,
    /// A run that moves on has still to read it.
    pub ahead: bool,
}

/// What decides the headline status.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// Credentials were given at least once.
    pub ever_connected: bool,
    /// It is being taken down.
    pub disconnecting: bool,
    /// What is known of the credentials.
    pub credentials: CredentialState,
    /// First unfinished step among credentials, options, test and enable.
    pub setup: Option<SetupStep>,
    /// Who stopped it, if it is stopped.
    pub paused: Option<PausedBy>,
    /// When it was switched on.
    pub enabled_at: Option<Timestamp>,
    /// Open issues.
    pub issues: &'a [Issue],
    /// Its record types.
    pub types: &'a [TypeFacts],
    /// When the run at work began, and until when it counts as at work: the expiry of its lease, or, between two slices
    /// of a long run, the moment by which the next one has to come.
    pub at_work: Option<(Timestamp, Timestamp)>,
}

/// The pill appears only for runs longer than this.
const SYNCING_AFTER: SignedDuration = SignedDuration::from_secs(2);

/// The state of one record type.
pub fn type_state(facts: &TypeFacts, enabled_at: Option<Timestamp>, issues: &[Issue], now: Timestamp) -> TypeState {
    if !facts.enabled {
        return TypeState::Off;
    }
    let touches = |issue: &&Issue| issue.stops_something() && issue.record_types.contains(&facts.record_type);
    if issues.iter().find(touches).is_some() {
        return TypeState::ActionRequired;
    }
    // A first import may take longer than any cadence: while it moves on, what it has not reached is not late.
    if facts.last_success_at.is_none() && facts.ahead {
        return TypeState::Pending;
    }
    // Before its first success a type is measured from the moment it was switched on.
    let Some(since) = facts.last_success_at.or(enabled_at) else { return TypeState::Pending };
    let cadence = SignedDuration::from_mins(i64::from(facts.cadence_minutes));
    let age = now.duration_since(since);
    if age > cadence * 2 {
        TypeState::Error
    } else if age > cadence {
        TypeState::Late
    } else if facts.last_success_at.is_none() {
        TypeState::Pending
    } else {
        TypeState::OnTime
    }
}

/// The headline status with its reason: Disconnected, Error, Syncing, Connected; the first that applies.
pub fn derive(facts: &Facts<'_>, now: Timestamp) -> (Status, Option<Reason>) {
    if let Some(reason) = disconnected(facts) {
        return (Status::Disconnected, Some(reason));
    }
    if let Some(reason) = error(facts, now) {
        return (Status::Error, Some(reason));
    }
    if let Some((started, until)) = facts.at_work
        && now < until
        && now.duration_since(started) > SYNCING_AFTER
    {
        return (Status::Syncing, None);
    }
    let late = facts.types.iter().any(|t| type_state(t, facts.enabled_at, facts.issues, now) == TypeState::Late);
    (Status::Connected, late.then_some(Reason::Late))
}

fn disconnected(facts: &Facts<'_>) -> Option<Reason> {
    if facts.disconnecting {
        return Some(Reason::Disconnecting);
    }
    if !facts.ever_connected {
        return Some(Reason::NeverConnected);
    }
    match facts.credentials {
        CredentialState::Missing => return Some(Reason::CredentialsMissing),
        CredentialState::Expired => return Some(Reason::CredentialsExpired),
        CredentialState::Revoked => return Some(Reason::CredentialsRevoked),
        CredentialState::Pending | CredentialState::Active => {}
    }
    if facts.setup.is_some() {
        return Some(Reason::SetupUnfinished);
    }
    (facts.paused == Some(PausedBy::Person)).then_some(Reason::Paused)
}

fn error(facts: &Facts<'_>, now: Timestamp) -> Option<Reason> {
    if let Some(issue) = facts.issues.iter().find(|issue| issue.stops_something()) {
        return Some(issue.reason);
    }
    let failing = facts.types.iter().any(|t| type_state(t, facts.enabled_at, facts.issues, now) == TypeState::Error);
    if facts.paused == Some(PausedBy::Engine) {
        return Some(telling(facts.issues).map_or(Reason::Paused, |issue| issue.reason));
    }
    failing.then(|| telling(facts.issues).map_or(Reason::Late, |issue| issue.reason))
}

/// The first issue that may say why the connection as a whole stands still.
fn telling(issues: &[Issue]) -> Option<&Issue> {
    issues.iter().find(|issue| !issue.reason.leaves_the_rest_alone())
}

#[cfg(test)]
mod tests;
