//! The hosts of a ConnectWise site: customers know the one they sign in at, the API is at its sibling.
//!
//! In the vendor's cloud the API of `na.myconnectwise.net` is at `api-na.myconnectwise.net` (Developer Guide); sandboxes
//! and servers of the customer's own have one host for both.

use connector::web::pasted_host;
use url::Url;

/// Domains of the vendor's cloud.
const CLOUD: [&str; 2] = [".myconnectwise.net", ".connectwisedev.com"];
const API: &str = "api-";
/// Sandboxes serve their API at the host that people sign in at (seen in recorded answers).
const SANDBOX: &str = "sandbox-";

/// A site as normalised on the form: a host, with its port where that is not the usual one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Site(String);

impl Site {
    /// Reads a host; anything else is no site.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let site = Self(normalise(text));
        let url = site.origin(&site.0)?;
        url.host_str().is_some().then_some(site)
    }

    /// Where people sign in.
    pub(crate) fn login(&self) -> &str {
        &self.0
    }

    /// Where the API is.
    pub(crate) fn api(&self) -> String {
        let has_sibling = is_cloud(&self.0) && !self.0.starts_with(SANDBOX);
        if has_sibling { format!("{API}{}", self.0) } else { self.0.clone() }
    }

    /// Where people sign in, as a URL.
    pub(crate) fn login_url(&self) -> Option<Url> {
        self.origin(&self.0)
    }

    /// Where the API is, as a URL.
    pub(crate) fn api_url(&self) -> Option<Url> {
        self.origin(&self.api())
    }

    /// Whether a URL leads to this site, at either of its hosts.
    pub(crate) fn holds(&self, url: &Url) -> bool {
        let own = [self.login_url(), self.api_url()];
        own.into_iter().flatten().any(|own| own.origin() == url.origin())
    }

    fn origin(&self, host: &str) -> Option<Url> {
        if host.is_empty() || host.contains(['/', '?', '#', '@', '\\']) {
            return None;
        }
        Url::parse(&format!("https://{host}/")).ok()
    }
}

fn is_cloud(host: &str) -> bool {
    CLOUD.iter().any(|domain| host.ends_with(domain))
}

/// What people paste as their site, which may be the API's own host.
pub(crate) fn normalise(pasted: &str) -> String {
    let mut host = pasted_host(pasted);
    while let Some(sibling) = host.strip_prefix(API).filter(|_| is_cloud(&host)) {
        host = pasted_host(sibling);
    }
    host
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pasted_addresses_become_the_host_that_people_sign_in_at() {
        let pasted = [
            "na.myconnectwise.net",
            " NA.MyConnectWise.net ",
            "https://na.myconnectwise.net/",
            "https://na.myconnectwise.net/v4_6_release/ConnectWise.aspx?fullscreen=false#x",
            "api-na.myconnectwise.net",
            "https://api-na.myconnectwise.net:443/v4_6_release/apis/3.0",
            "https://https://na.myconnectwise.net.",
        ];
        for pasted in pasted {
            assert_eq!(normalise(pasted), "na.myconnectwise.net", "{pasted}");
        }
        assert_eq!(normalise("https://psa.msp.example:8443/login"), "psa.msp.example:8443");
        assert_eq!(normalise("api-psa.msp.example"), "api-psa.msp.example");
        assert_eq!(normalise(" "), "");
    }

    #[test]
    fn the_api_is_at_the_sibling_in_the_cloud_and_at_the_same_host_elsewhere() {
        let api = |site: &str| Site::parse(site).unwrap().api();
        assert_eq!(api("na.myconnectwise.net"), "api-na.myconnectwise.net");
        assert_eq!(api("api-eu.myconnectwise.net"), "api-eu.myconnectwise.net");
        assert_eq!(api("staging.connectwisedev.com"), "api-staging.connectwisedev.com");
        assert_eq!(api("sandbox-na.myconnectwise.net"), "sandbox-na.myconnectwise.net");
        assert_eq!(api("psa.msp.example:8443"), "psa.msp.example:8443");
        assert_eq!(api("myconnectwise.net.evil.example"), "myconnectwise.net.evil.example");
    }

    #[test]
    fn only_its_own_two_hosts_are_the_site() {
        let holds = |site: &str, url: &str| Site::parse(site).unwrap().holds(&Url::parse(url).unwrap());
        assert!(holds("na.myconnectwise.net", "https://na.myconnectwise.net/v2025_1//system/callbackkey/index.rails"));
        assert!(holds("na.myconnectwise.net", "https://api-na.myconnectwise.net/x"));
        assert!(holds("psa.msp.example:8443", "https://psa.msp.example:8443/x"));
        for url in [
            "http://na.myconnectwise.net/x",
            "https://na.myconnectwise.net:8443/x",
            "https://eu.myconnectwise.net/x",
            "https://na.myconnectwise.net.evil.example/x",
            "https://na.myconnectwise.net@evil.example/x",
        ] {
            assert!(!holds("na.myconnectwise.net", url), "{url}");
        }
    }

    #[test]
    fn what_is_no_host_is_no_site() {
        for text in ["", " ", "https://", "a b.example", "acme@na.myconnectwise.net"] {
            assert_eq!(Site::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(pasted in "(https?:/{0,3})?(api-)?[a-zA-Z0-9.:@ -]{0,20}(.myconnectwise.net)?(:443)?[/\\\\?#.a-z]{0,6}") {
            prop_assert_eq!(normalise(&normalise(&pasted)), normalise(&pasted));
        }
    }
}
