//! Addresses on the web, as people paste them and as vendors send them.

use crate::lenient::Text;

/// An address that a browser may be sent to; anything else a vendor sends (`javascript:`) is no address.
pub fn https_link(link: &Text) -> Option<String> {
    link.owned().filter(|link| link.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://")))
}

/// The host of what people type as a website, without `www.`.
pub fn domain(website: &str) -> Option<String> {
    let website = website.to_lowercase();
    let rest = website.split_once("://").map_or(website.as_str(), |(_, rest)| rest);
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default().trim().trim_end_matches('.');
    let host = host.strip_prefix("www.").unwrap_or(host);
    let plausible = host.contains('.') && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-'));
    plausible.then(|| host.to_owned())
}

/// The host of what people paste as their system's address, with its port where that is not the usual one.
///
/// They paste it with or without a scheme, or two of them, and with a page behind it. Nothing changes what it gives.
pub fn pasted_host(pasted: &str) -> String {
    let lower = pasted.trim().to_lowercase();
    let mut rest = lower.as_str();
    while let Some((scheme, after)) = rest.split_once("://") {
        if scheme.contains(['/', '.', '?', '#']) {
            break;
        }
        rest = after;
    }
    let mut host = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    loop {
        let shorter = host.trim().trim_end_matches('.');
        let shorter = shorter.strip_suffix(":443").unwrap_or(shorter);
        if shorter == host {
            return host.to_owned();
        }
        host = shorter;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_https_is_a_link() {
        let link = |link: &str| https_link(&Text(Some(link.to_owned())));
        for good in ["https://portal.example/device/1", " HTTPS://portal.example "] {
            assert_eq!(link(good).as_deref(), Some(good.trim()));
        }
        for bad in
            ["javascript:alert(1)//https://", "http://portal.example", "//portal.example", "data:text/html,x", ""]
        {
            assert_eq!(link(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_website_becomes_its_domain() {
        for website in [
            "contoso.example",
            "www.Contoso.example.",
            " https://contoso.example:8080/a",
            "http://www.contoso.example ?x",
        ] {
            assert_eq!(domain(website).as_deref(), Some("contoso.example"), "{website}");
        }
        for none in ["", "n/a", "localhost", "see notes.", "https://"] {
            assert_eq!(domain(none), None, "{none}");
        }
    }

    #[test]
    fn a_pasted_address_becomes_its_host() {
        for pasted in [
            "psa.example",
            " PSA.example ",
            "https://psa.example/login?x#y",
            "https://https://psa.example.",
            "psa.example:443",
        ] {
            assert_eq!(pasted_host(pasted), "psa.example", "{pasted}");
        }
        assert_eq!(pasted_host("https://psa.example:8443/login"), "psa.example:8443");
        assert_eq!(pasted_host(" "), "");
    }

    proptest! {
        #[test]
        fn pasting_the_host_changes_nothing(pasted in "(https?:/{0,3})?[a-zA-Z0-9.:@ -]{0,20}(:443)?[/\\\\?#.a-z]{0,6}") {
            prop_assert_eq!(pasted_host(&pasted_host(&pasted)), pasted_host(&pasted));
        }
    }
}
