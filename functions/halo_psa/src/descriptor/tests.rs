use proptest::prelude::*;

use super::*;

#[test]
fn pasted_addresses_become_the_host() {
    let pasted = [
        "https://acme.halopsa.com",
        "acme.halopsa.com",
        " HTTPS://Acme.HaloPSA.com/ ",
        "http://acme.halopsa.com/api",
        "acme.halopsa.com/auth/",
        "https://acme.halopsa.com/api/Tickets?count=1#x",
        "https://acme.halopsa.com:443/api",
        "https://https://acme.halopsa.com",
    ];
    for pasted in pasted {
        assert_eq!(normalise_url(pasted), "https://acme.halopsa.com", "{pasted}");
    }
    assert_eq!(normalise_url("halo.acme.example:8443/api"), "https://halo.acme.example:8443");
    assert_eq!(normalise_url("  "), "");
    assert_eq!(normalise_url("https://"), "");
}

#[test]
fn the_word_none_is_no_tenant() {
    assert_eq!(normalise_tenant(" None "), "");
    assert_eq!(normalise_tenant(" Acme "), "Acme");
}

#[test]
fn names_in_the_descriptor_are_unique() {
    let mut feeds: Vec<_> = DESCRIPTOR.feeds().map(|(_, feed)| feed.id).collect();
    feeds.sort_unstable();
    assert_eq!(feeds, ["agents", "clients", "contacts", "sites", "tickets"]);
    let mut keys: Vec<_> = DESCRIPTOR.credentials.iter().map(|field| field.key).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["client_id", "client_secret", "tenant", "url"]);
}

#[test]
fn every_feed_names_a_permission_of_the_list() {
    for (_, feed) in DESCRIPTOR.feeds() {
        assert!(DESCRIPTOR.permissions.iter().any(|permission| permission.name == feed.permission), "{}", feed.id);
    }
}

proptest! {
    #[test]
    fn normalising_twice_changes_nothing(pasted in "\\PC{0,40}") {
        for normalise in [normalise_url, normalise_tenant] {
            prop_assert_eq!(normalise(&normalise(&pasted)), normalise(&pasted));
        }
    }

    #[test]
    fn normalising_twice_changes_no_address(pasted in "(https?:/{0,3})?[a-zA-Z0-9.:@ -]{0,20}(://)?[/\\\\?#.:a-z43 ]{0,12}") {
        prop_assert_eq!(normalise_url(&normalise_url(&pasted)), normalise_url(&pasted));
    }
}
