//! What a connection's state means to a reader: status, cadences, set-up. Derived on reading; the settings API uses it.

use connector::{Descriptor, Feed};
use domain::issue::Reason;
use domain::record::RecordType;
use domain::status::{CredentialState, Facts, PausedBy, SetupStep, Status, TypeFacts};
use jiff::{SignedDuration, Timestamp};
use store::connection::{Connection, Settings};

use crate::body::Body;
use crate::engine::BudgetShare;
use crate::scope::enabled_types;

/// A run waits no longer than this for the vendor's allowance.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(1);

/// How often a feed is read, in minutes.
///
/// That is the chosen interval, or the shortest multiple of it that the feed's own pace allows; for feeds that can only be
/// read in full it is the shortest multiple of that at which all of them together take no more than half of our share of
/// the vendor's allowance.
pub fn cadence_minutes(
    descriptor: &Descriptor,
    share: BudgetShare,
    settings: &Settings,
    body: &Body,
    feed: &Feed,
) -> u32 {
    let chosen = settings.options.interval_minutes.minutes();
    let interval = feed.slowest_minutes.div_ceil(chosen).max(1).saturating_mul(chosen);
    if !body.reads_in_full(feed) {
        return interval;
    }
    let Some(limits) = share.limits(&descriptor.limits) else { return interval };
    let enabled = enabled_types(descriptor, settings);
    let calls: u64 = descriptor
        .feeds()
        .filter(|(declared, feed)| body.reads_in_full(feed) && enabled.contains(&declared.record_type))
        .map(|(_, feed)| body.feeds.get(feed.id).map_or(1, |state| u64::from(state.pages).max(1)))
        .sum();
    let seconds = u64::from(interval) * 60;
    let fits = (limits.calls.saturating_mul(seconds) / limits.window.as_secs().max(1) / 2).max(1);
    let stretch = u32::try_from(calls.div_ceil(fits)).unwrap_or(u32::MAX).max(1);
    interval.saturating_mul(stretch)
}

/// How often a record type is read, in minutes: its slowest feed; and why, when that is not the chosen interval.
pub fn type_cadence(
    descriptor: &Descriptor,
    share: BudgetShare,
    settings: &Settings,
    body: &Body,
    record_type: RecordType,
) -> (u32, Option<String>) {
    let interval = settings.options.interval_minutes.minutes();
    let slowest = descriptor
        .feeds()
        .filter(|(declared, _)| declared.record_type == record_type)
        .map(|(_, feed)| cadence_minutes(descriptor, share, settings, body, feed))
        .max()
        .unwrap_or(interval);
    let own_pace = descriptor.record_type(record_type).into_iter().flat_map(|declared| declared.feeds);
    let own_pace = own_pace.map(|feed| feed.slowest_minutes).max().unwrap_or_default();
    let why = (slowest > interval).then(|| {
        let label = descriptor.record_type(record_type).map_or("it", |declared| declared.label);
        if slowest < own_pace.saturating_add(interval) {
            return format!(
                "{} moves slowly at {}: reading it every {slowest} minutes is soon enough",
                label, descriptor.short_name
            );
        }
        format!(
            "{} can only be read in full; every {slowest} minutes is what fits {}'s call limit",
            label, descriptor.short_name
        )
    });
    (slowest, why)
}

/// When a record type last succeeded as a whole: the oldest of its feeds.
pub fn last_success(descriptor: &Descriptor, body: &Body, record_type: RecordType) -> Option<Timestamp> {
    let feeds = descriptor.feeds().filter(|(declared, _)| declared.record_type == record_type);
    feeds.map(|(_, feed)| body.feeds.get(feed.id).and_then(|state| state.succeeded_at)).min().flatten()
}

/// How many records of a type are mirrored.
pub fn present(descriptor: &Descriptor, body: &Body, record_type: RecordType) -> u64 {
    let feeds = descriptor.feeds().filter(|(_, feed)| feed.produces == record_type);
    feeds.filter_map(|(_, feed)| body.feeds.get(feed.id)).map(|state| state.present).sum()
}

/// What is known of the credentials in use.
pub fn credential_state(settings: &Settings, body: &Body) -> CredentialState {
    let Some(set) = &settings.credentials else {
        return if settings.pending.is_some() { CredentialState::Pending } else { CredentialState::Missing };
    };
    match &body.refused {
        Some(refused) if refused.version == set.version => match refused.reason {
            Reason::CredentialsExpired => CredentialState::Expired,
            Reason::CredentialsRevoked => CredentialState::Revoked,
            _ => CredentialState::Active,
        },
        _ => CredentialState::Active,
    }
}

/// The first unfinished step of credentials, options, test, enable.
pub fn setup_step(settings: &Settings) -> Option<SetupStep> {
    if settings.credentials.is_none() {
        Some(SetupStep::Credentials)
    } else if !settings.options_saved {
        Some(SetupStep::Options)
    } else if settings.tested_at.is_none() {
        Some(SetupStep::Test)
    } else if settings.enabled_at.is_none() {
        Some(SetupStep::Enable)
    } else {
        None
    }
}

/// When the run at work began, and until when it counts as at work.
fn at_work(connection: &Connection, body: &Body) -> Option<(Timestamp, Timestamp)> {
    let lease = connection.state.lease.as_ref().map(|lease| (lease.started_at, lease.expires_at));
    // Between two slices nobody holds the lease: the vendor's allowance is waited for, or the next message.
    let interval = connection.settings.value.options.interval_minutes.seconds();
    let between = body.run.as_ref().zip(body.quiet.checked_at).map(|(run, looked_at)| {
        // A worker that dies at each attempt keeps nothing, so the last look does not move on.
        let due = connection.state.due_at.unwrap_or(looked_at).clamp(looked_at, looked_at + LONGEST_WAIT);
        (run.started_at, due + SignedDuration::from_secs(interval))
    });
    match (lease, between) {
        (Some((began, expires)), Some((run_began, until))) => Some((began.min(run_began), expires.max(until))),
        (lease, between) => lease.or(between),
    }
}

/// The headline status of a connection and the facts about its record types.
pub fn status(
    descriptor: &Descriptor,
    share: BudgetShare,
    connection: &Connection,
    body: &Body,
    now: Timestamp,
) -> (Status, Option<Reason>, Vec<TypeFacts>) {
    let settings = &connection.settings.value;
    let enabled = enabled_types(descriptor, settings);
    let at_work = at_work(connection, body);
    let moves_on = at_work.is_some_and(|(_, until)| now < until);
    let types: Vec<TypeFacts> = descriptor
        .record_types
        .iter()
        .map(|declared| TypeFacts {
            record_type: declared.record_type,
            enabled: enabled.contains(&declared.record_type),
            cadence_minutes: type_cadence(descriptor, share, settings, body, declared.record_type).0,
            last_success_at: last_success(descriptor, body, declared.record_type),
            ahead: moves_on && declared.feeds.iter().any(|feed| body.todo.iter().any(|todo| todo.feed == feed.id)),
        })
        .collect();
    let version = settings.credentials.as_ref().map(|set| set.version.as_str()).unwrap_or_default();
    let stopped = settings.enabled_at.is_some() && !connection.state.active;
    let paused = if settings.paused {
        Some(PausedBy::Person)
    } else {
        (stopped || body.gave_up_on(version)).then_some(PausedBy::Engine)
    };
    let ever = settings.connected_at.is_some() || settings.credentials.is_some() || settings.pending.is_some();
    let facts = Facts {
        ever_connected: ever,
        disconnecting: settings.disconnect.is_some(),
        credentials: credential_state(settings, body),
        setup: setup_step(settings),
        paused,
        enabled_at: settings.enabled_at,
        issues: &connection.issues,
        types: &types,
        at_work,
    };
    let (status, reason) = domain::status::derive(&facts, now);
    (status, reason, types)
}
