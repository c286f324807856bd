use proptest::prelude::*;

use super::*;

#[test]
fn pasted_addresses_become_the_subdomain() {
    let pasted = [
        "acme",
        " Acme ",
        "acme.syncromsp.com",
        "https://acme.syncromsp.com",
        "HTTPS://Acme.SyncroMSP.com/api/v1/tickets?page=2#x",
        "acme.syncromsp.com:443/",
        "acme.syncromsp.com.",
    ];
    for pasted in pasted {
        assert_eq!(normalise_subdomain(pasted), "acme", "{pasted}");
    }
    for foreign in ["https://acme.example/", "a.b.syncromsp.com", "acme.syncromsp.com:8443", "evilsyncromsp.com", ""] {
        assert!(!is_subdomain(&normalise_subdomain(foreign)), "{foreign}");
    }
}

#[test]
fn names_in_the_descriptor_are_unique() {
    let mut feeds: Vec<_> = DESCRIPTOR.feeds().map(|(_, feed)| feed.id).collect();
    feeds.sort_unstable();
    assert_eq!(feeds, ["contacts", "customers", "technicians", "tickets"]);
    let choices: Vec<_> = DESCRIPTOR.choices.iter().map(|choice| choice.key).collect();
    assert_eq!(choices, ["statuses", "ticket_types", "priorities", "categories"]);
}

#[test]
fn every_feed_names_a_permission_of_the_list() {
    for (_, feed) in DESCRIPTOR.feeds() {
        assert!(DESCRIPTOR.permissions.iter().any(|permission| permission.name == feed.permission), "{}", feed.id);
    }
}

#[test]
fn only_what_syncro_lets_us_write_is_written_back() {
    let both = |record_type| {
        let declared = DESCRIPTOR.record_type(record_type).unwrap();
        let written = declared.fields.iter().filter(|field| field.direction == Direction::Both);
        (declared.direction, written.map(|field| field.portal).collect::<Vec<_>>())
    };
    assert_eq!(both(RecordType::Users), (Direction::Pull, vec![]));
    let tickets = vec!["title", "status", "priority", "ticket_type", "assignee", "notes"];
    assert_eq!(both(RecordType::Tickets), (Direction::Both, tickets));
}

#[test]
fn all_tenants_together_stay_under_150_calls_a_minute() {
    let limits = connector::http::BudgetLimits::of(&DESCRIPTOR.limits, None);
    assert_eq!((limits.calls, limits.window), (149, Duration::from_secs(60)));
    assert_eq!(DESCRIPTOR.limits.scope, LimitScope::Address);
}

proptest! {
    #[test]
    fn normalising_twice_changes_nothing(pasted in "(https?://)?[a-zA-Z0-9.:/ -]{0,30}(\\.syncromsp\\.com)?[/.:]{0,2}") {
        prop_assert_eq!(normalise_subdomain(&normalise_subdomain(&pasted)), normalise_subdomain(&pasted));
    }
}
