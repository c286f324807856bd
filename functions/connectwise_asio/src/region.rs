//! Asio's three regions. A client id begins with its region's prefix, so people are asked only where the prefix is new.

/// A region with its own host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Region {
    /// Value of the form's choice.
    pub(crate) key: &'static str,
    /// For people.
    pub(crate) label: &'static str,
    pub(crate) origin: &'static str,
    /// The first characters of its client ids.
    prefix: &'static str,
}

const REGIONS: &[Region] = &[
    Region { key: "na", label: "North America", origin: "https://openapi.service.itsupport247.net", prefix: "0e30" },
    Region { key: "eu", label: "Europe", origin: "https://openapi.service.euplatform.connectwise.com", prefix: "0e31" },
    Region {
        key: "au",
        label: "Australia",
        origin: "https://openapi.service.auplatform.connectwise.com",
        prefix: "0e32",
    },
];

/// As choices of the form.
pub(crate) const CHOICES: &[(&str, &str)] =
    &[(REGIONS[0].key, REGIONS[0].label), (REGIONS[1].key, REGIONS[1].label), (REGIONS[2].key, REGIONS[2].label)];

/// The region of a client id: what was chosen, else what its prefix says.
pub(crate) fn of(client_id: &str, chosen: Option<&str>) -> Option<Region> {
    let client_id = client_id.to_ascii_lowercase();
    let fits = |region: &&Region| match chosen {
        Some(key) => region.key == key,
        None => client_id.starts_with(region.prefix),
    };
    REGIONS.iter().find(fits).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_tells_the_region_unless_one_is_chosen() {
        let key = |client_id, chosen| of(client_id, chosen).map(|region| region.key);
        assert_eq!(key("0e30abc", None), Some("na"));
        assert_eq!(key("0E31abc", None), Some("eu"));
        assert_eq!(key("0e32abc", None), Some("au"));
        assert_eq!(key("0e39abc", None), None);
        assert_eq!(key("0e39abc", Some("au")), Some("au"));
        assert_eq!(key("0e30abc", Some("eu")), Some("eu"));
        assert_eq!(key("0e30abc", Some("mars")), None);
    }
}
