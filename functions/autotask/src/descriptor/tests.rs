use proptest::prelude::*;

use super::*;

#[test]
fn a_pasted_user_name_loses_what_the_mail_program_added() {
    for pasted in [
        "abc@acme.com",
        " abc@acme.com\n",
        "\"abc@acme.com\"",
        "<mailto:abc@acme.com>",
        "mailto:abc@acme.com",
        "abc@acme.com' \"",
    ] {
        assert_eq!(normalise_username(pasted), "abc@acme.com", "{pasted}");
    }
}

#[test]
fn names_in_the_descriptor_are_unique() {
    let feeds: Vec<_> = DESCRIPTOR.feeds().map(|(_, feed)| feed.id).collect();
    assert_eq!(feeds, ["companies", "contacts", "resources", "tickets"]);
    let keys: Vec<_> = DESCRIPTOR.credentials.iter().map(|field| (field.key, field.secret)).collect();
    assert_eq!(keys, [("username", false), ("secret", true)]);
}

#[test]
fn every_feed_names_a_permission_of_the_list() {
    for (_, feed) in DESCRIPTOR.feeds() {
        assert!(DESCRIPTOR.permissions.iter().any(|permission| permission.name == feed.permission), "{}", feed.id);
    }
}

#[test]
fn we_take_fifteen_percent_and_never_three_calls_at_once() {
    let Limits { calls, share_percent, concurrency, .. } = DESCRIPTOR.limits;
    assert_eq!((calls * share_percent / 100, concurrency < 3), (1_500, true));
}

proptest! {
    #[test]
    fn normalising_twice_changes_nothing(pasted in "\\PC{0,40}") {
        prop_assert_eq!(normalise_username(&normalise_username(&pasted)), normalise_username(&pasted));
    }
}
