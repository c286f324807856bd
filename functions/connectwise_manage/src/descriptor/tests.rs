use super::*;

#[test]
fn names_in_the_descriptor_are_unique() {
    let mut feeds: Vec<_> = DESCRIPTOR.feeds().map(|(_, feed)| feed.id).collect();
    feeds.sort_unstable();
    assert_eq!(feeds, ["companies", "contacts", "members", "tickets"]);
    for keys in [
        DESCRIPTOR.credentials.iter().map(|field| field.key).collect::<Vec<_>>(),
        DESCRIPTOR.options.iter().map(|field| field.key).collect(),
        DESCRIPTOR.choices.iter().map(|field| field.key).collect(),
    ] {
        let mut unique = keys.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), keys.len(), "{keys:?}");
    }
}

#[test]
fn every_feed_names_a_permission_of_the_list() {
    for (_, feed) in DESCRIPTOR.feeds() {
        assert!(DESCRIPTOR.permissions.iter().any(|permission| permission.name == feed.permission), "{}", feed.id);
    }
}

#[test]
fn the_company_is_what_is_typed_at_login() {
    assert_eq!(normalise_company(" acme "), "acme");
    assert_eq!(normalise_company("acme+PubKey123"), "acme");
    assert_eq!(normalise_company(""), "");
}
