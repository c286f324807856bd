use connector::Reach;

use super::*;

#[test]
fn ids_are_taken_as_people_copy_them() {
    assert_eq!(normalise_guid(" {AAAABBBB-0000-CCCC-1111-DDDD2222EEEE} "), "aaaabbbb-0000-cccc-1111-dddd2222eeee");
}

#[test]
fn all_but_the_customers_is_read_of_linked_customers_and_hourly_at_most() {
    for (_, feed) in DESCRIPTOR.feeds() {
        let expected = if feed.id == "customers" { (Reach::Account, 0) } else { (Reach::LinkedCompanies, 60) };
        assert_eq!((feed.reach, feed.slowest_minutes), expected, "{}", feed.id);
    }
}
