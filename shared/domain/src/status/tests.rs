use super::*;
use crate::issue::Cause;

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000).unwrap() + SignedDuration::from_mins(minutes)
}

fn contacts(last_success_at: Option<Timestamp>) -> TypeFacts {
    TypeFacts { record_type: RecordType::Contacts, enabled: true, cadence_minutes: 15, last_success_at, ahead: false }
}

fn issue(cause: Cause, reason: Reason, record_types: Vec<RecordType>) -> Issue {
    Issue {
        id: reason.as_str().to_owned(),
        cause,
        reason,
        subject: None,
        title: String::new(),
        detail: String::new(),
        remedy: String::new(),
        record_types,
        first_seen_at: at(0),
        last_seen_at: at(0),
        times: 1,
    }
}

/// A connection that works: set up, credentials taken, contacts read at minute 0.
fn working(types: &[TypeFacts]) -> Facts<'_> {
    Facts {
        ever_connected: true,
        disconnecting: false,
        credentials: CredentialState::Active,
        setup: None,
        paused: None,
        enabled_at: Some(at(-60)),
        issues: &[],
        types,
        at_work: None,
    }
}

#[test]
fn the_first_state_that_applies_wins() {
    let types = [contacts(Some(at(0)))];
    let now = at(1);
    let config = [issue(Cause::Config, Reason::PermissionMissing, vec![RecordType::Contacts])];
    let at_work = Some((at(0), at(2)));
    let everything_wrong = Facts {
        ever_connected: false,
        disconnecting: true,
        credentials: CredentialState::Revoked,
        setup: Some(SetupStep::Options),
        paused: Some(PausedBy::Person),
        issues: &config,
        at_work,
        ..working(&types)
    };
    assert_eq!(derive(&everything_wrong, now), (Status::Disconnected, Some(Reason::Disconnecting)));
    let never = Facts { disconnecting: false, ..everything_wrong };
    assert_eq!(derive(&never, now), (Status::Disconnected, Some(Reason::NeverConnected)));
    let revoked = Facts { ever_connected: true, ..never };
    assert_eq!(derive(&revoked, now), (Status::Disconnected, Some(Reason::CredentialsRevoked)));
    let unfinished = Facts { credentials: CredentialState::Active, ..revoked };
    assert_eq!(derive(&unfinished, now), (Status::Disconnected, Some(Reason::SetupUnfinished)));
    let paused = Facts { setup: None, ..unfinished };
    assert_eq!(derive(&paused, now), (Status::Disconnected, Some(Reason::Paused)));
    let broken = Facts { paused: None, ..paused };
    assert_eq!(derive(&broken, now), (Status::Error, Some(Reason::PermissionMissing)));
    let syncing = Facts { issues: &[], ..broken };
    assert_eq!(derive(&syncing, now), (Status::Syncing, None));
    let connected = Facts { at_work: None, ..syncing };
    assert_eq!(derive(&connected, now), (Status::Connected, None));
}

#[test]
fn a_first_import_that_moves_on_is_syncing_and_not_late() {
    let types = [TypeFacts { ahead: true, ..contacts(None) }];
    let facts = Facts { at_work: Some((at(-60), at(20))), ..working(&types) };
    assert_eq!(derive(&facts, at(10)), (Status::Syncing, None), "an hour after it was switched on");
    assert_eq!(type_state(&types[0], facts.enabled_at, &[], at(10)), TypeState::Pending);
    let stuck = [contacts(None)];
    let facts = Facts { types: &stuck, ..facts };
    assert_eq!(derive(&facts, at(30)), (Status::Error, Some(Reason::Late)), "nobody was seen at work any more");
}

#[test]
fn the_syncing_pill_waits_two_seconds_and_ends_with_the_lease() {
    let types = [contacts(Some(at(0)))];
    let facts = Facts { at_work: Some((at(1), at(3))), ..working(&types) };
    assert_eq!(derive(&facts, at(1) + SignedDuration::from_secs(2)).0, Status::Connected);
    assert_eq!(derive(&facts, at(1) + SignedDuration::from_secs(3)).0, Status::Syncing);
    // A killed worker leaves its lease behind; it means nothing once it has expired.
    assert_eq!(derive(&facts, at(3)).0, Status::Connected);
}

#[test]
fn a_type_is_late_after_one_and_in_error_after_two_of_its_own_cadences() {
    let types = [contacts(Some(at(0)))];
    let facts = working(&types);
    let state = |now| type_state(&types[0], facts.enabled_at, &[], now);
    assert_eq!(state(at(15)), TypeState::OnTime);
    assert_eq!(state(at(16)), TypeState::Late);
    assert_eq!(state(at(31)), TypeState::Error);
    assert_eq!(derive(&facts, at(16)), (Status::Connected, Some(Reason::Late)));
    assert_eq!(derive(&facts, at(31)), (Status::Error, Some(Reason::Late)));
    let outage = [issue(Cause::Transient, Reason::VendorUnreachable, Vec::new())];
    let facts = Facts { issues: &outage, ..facts };
    assert_eq!(derive(&facts, at(5)), (Status::Connected, None), "an outage that heals in time is no error");
    assert_eq!(derive(&facts, at(31)), (Status::Error, Some(Reason::VendorUnreachable)));
}

#[test]
fn a_type_that_never_succeeded_is_measured_from_being_switched_on() {
    let types = [contacts(None)];
    let facts = Facts { enabled_at: Some(at(0)), ..working(&types) };
    assert_eq!(type_state(&types[0], facts.enabled_at, &[], at(10)), TypeState::Pending);
    assert_eq!(derive(&facts, at(10)), (Status::Connected, None));
    assert_eq!(derive(&facts, at(31)), (Status::Error, Some(Reason::Late)));
    assert_eq!(type_state(&types[0], None, &[], at(31)), TypeState::Pending);
}

#[test]
fn a_type_that_is_off_bothers_nobody_and_one_with_a_config_issue_asks_for_somebody() {
    let off = TypeFacts { enabled: false, ..contacts(None) };
    assert_eq!(type_state(&off, Some(at(0)), &[], at(99)), TypeState::Off);
    let issues = [issue(Cause::Config, Reason::PermissionMissing, vec![RecordType::Contacts])];
    assert_eq!(type_state(&contacts(Some(at(0))), Some(at(0)), &issues, at(1)), TypeState::ActionRequired);
}

#[test]
fn pausing_by_the_engine_is_an_error_with_the_reason_of_its_issue() {
    let types = [contacts(Some(at(0)))];
    let wrong = [issue(Cause::Config, Reason::WrongAccount, Vec::new())];
    let facts = Facts { paused: Some(PausedBy::Engine), issues: &wrong, ..working(&types) };
    assert_eq!(derive(&facts, at(1)), (Status::Error, Some(Reason::WrongAccount)));
}

#[test]
fn what_is_about_one_record_asks_for_attention_and_says_nothing_of_the_rest() {
    for reason in [Reason::ChangeRefused, Reason::ContactMoved, Reason::Quarantined, Reason::AccountShared] {
        let types = [contacts(Some(at(0)))];
        let issues = [issue(Cause::Config, reason, vec![RecordType::Contacts])];
        let facts = Facts { issues: &issues, ..working(&types) };
        assert_eq!(derive(&facts, at(1)), (Status::Connected, None), "{reason:?}");
        assert_eq!(type_state(&types[0], facts.enabled_at, &issues, at(1)), TypeState::OnTime, "{reason:?}");
        assert_eq!(derive(&facts, at(31)), (Status::Error, Some(Reason::Late)), "{reason:?} explains no standstill");
    }
}
