use super::*;

#[test]
fn every_feed_names_a_permission_of_the_list_and_so_does_the_journal() {
    let journal = DESCRIPTOR.journal.as_ref().map(|journal| journal.permission);
    for permission in DESCRIPTOR.feeds().map(|(_, feed)| feed.permission).chain(journal) {
        assert!(DESCRIPTOR.permissions.iter().any(|known| known.name == permission), "{permission}");
    }
}

#[test]
fn the_list_to_copy_is_the_list_of_permissions() {
    let names: Vec<_> = DESCRIPTOR.permissions.iter().map(|permission| permission.name).collect();
    let copied = DESCRIPTOR.setup.iter().filter_map(|step| step.copy).find(|copy| copy.contains(": "));
    assert_eq!(copied, Some(names.join(", ").as_str()));
}

#[test]
fn we_take_four_fifths_of_what_an_endpoint_allows() {
    let limits = connector::http::BudgetLimits::of(&DESCRIPTOR.limits, None);
    assert_eq!((limits.calls, limits.window), (20, Duration::from_secs(1)));
}
