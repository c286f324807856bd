//! The origin map: which vendor origins are served somewhere else, for simulators and local runs.
//!
//! Invariant: it is applied after the connector formed the real URL, so connectors never see it; its targets are the
//! only addresses that the guard does not look at.

use std::str::FromStr;

use url::{Host, Origin, Url};

/// `vendor origin -> local origin`, parsed from `https://acme.halopsa.com=http://127.0.0.1:4711,https://*.x.com=...`.
#[derive(Clone, Debug, Default)]
pub struct OriginMap(Vec<Mapping>);

/// The text given for an origin map cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read the origin map: {entry:?} {problem}")]
pub struct OriginMapError {
    entry: String,
    problem: &'static str,
}

#[derive(Clone, Debug)]
struct Mapping {
    scheme: String,
    host: HostPattern,
    port: u16,
    target: Url,
}

#[derive(Clone, Debug)]
enum HostPattern {
    Exact(Host<String>),
    /// `*.halopsa.com` keeps `halopsa.com`: exactly one label stands before it.
    AnyLabelOf(String),
}

/// A URL as it goes on the wire, and the host that was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mapped {
    pub(super) url: Url,
    pub(super) host: String,
}

impl OriginMap {
    /// No origin is mapped.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The local URL of a vendor URL, if its origin is mapped; exact entries go before wildcards.
    pub(super) fn map(&self, url: &Url) -> Option<Mapped> {
        let exact = self.0.iter().filter(|mapping| matches!(mapping.host, HostPattern::Exact(_)));
        let wild = self.0.iter().filter(|mapping| matches!(mapping.host, HostPattern::AnyLabelOf(_)));
        let mapping = exact.chain(wild).find(|mapping| mapping.matches(url))?;
        let mut mapped = mapping.target.clone();
        mapped.set_path(url.path());
        mapped.set_query(url.query());
        let host = match url.port() {
            Some(port) => format!("{}:{port}", url.host_str()?),
            None => url.host_str()?.to_owned(),
        };
        Some(Mapped { url: mapped, host })
    }
}

impl Mapping {
    fn matches(&self, url: &Url) -> bool {
        let host = match (&self.host, url.host()) {
            (HostPattern::Exact(wanted), Some(host)) => *wanted == host.to_owned(),
            (HostPattern::AnyLabelOf(parent), Some(Host::Domain(host))) => {
                host.split_once('.').is_some_and(|(label, rest)| !label.is_empty() && rest == parent)
            }
            _ => false,
        };
        host && url.scheme() == self.scheme && url.port_or_known_default() == Some(self.port)
    }
}

impl FromStr for OriginMap {
    type Err = OriginMapError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
            .map(parse_entry)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

fn parse_entry(entry: &str) -> Result<Mapping, OriginMapError> {
    let wrong = |problem| OriginMapError { entry: entry.to_owned(), problem };
    let (vendor, target) = entry.split_once('=').ok_or_else(|| wrong("is not of the form vendor=local"))?;
    // A star is no valid host, so the pattern is read with a stand-in label.
    let (wildcard, vendor) = match vendor.split_once("://*.") {
        Some((scheme, parent)) => (true, format!("{scheme}://any.{parent}")),
        None => (false, vendor.to_owned()),
    };
    let vendor = parse_origin(&vendor).ok_or_else(|| wrong("does not begin with a vendor origin"))?;
    let target = parse_origin(target).ok_or_else(|| wrong("does not end with a local origin"))?;
    let host = vendor.host().ok_or_else(|| wrong("names no host"))?.to_owned();
    let host = match (wildcard, host) {
        (true, Host::Domain(host)) => HostPattern::AnyLabelOf(host.strip_prefix("any.").unwrap_or(&host).to_owned()),
        (true, _) => return Err(wrong("has a wildcard before an IP address")),
        (false, host) => HostPattern::Exact(host),
    };
    let port = vendor.port_or_known_default().ok_or_else(|| wrong("has no port"))?;
    Ok(Mapping { scheme: vendor.scheme().to_owned(), host, port, target })
}

fn parse_origin(text: &str) -> Option<Url> {
    let url = Url::parse(text.trim()).ok()?;
    let bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
    let web = matches!(url.scheme(), "http" | "https") && matches!(url.origin(), Origin::Tuple(..));
    (bare && web && url.username().is_empty() && url.password().is_none()).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapped(map: &str, url: &str) -> Option<(String, String)> {
        let map: OriginMap = map.parse().unwrap();
        map.map(&url.parse().unwrap()).map(|mapped| (mapped.url.to_string(), mapped.host))
    }

    fn pair(url: &str, host: &str) -> Option<(String, String)> {
        Some((url.to_owned(), host.to_owned()))
    }

    const MAP: &str = "https://acme.halopsa.com=http://127.0.0.1:4711, https://*.halopsa.com=http://127.0.0.1:4712,\
                       https://psa.example:8443=http://127.0.0.1:4713";

    #[test]
    fn a_mapped_origin_keeps_path_query_and_the_host_that_was_meant() {
        let local = mapped(MAP, "https://acme.halopsa.com/api/client?page_no=2&search=a%26b");
        assert_eq!(local, pair("http://127.0.0.1:4711/api/client?page_no=2&search=a%26b", "acme.halopsa.com"));
        let port = mapped(MAP, "https://psa.example:8443/x");
        assert_eq!(port, pair("http://127.0.0.1:4713/x", "psa.example:8443"));
    }

    #[test]
    fn a_wildcard_stands_for_exactly_one_label_and_yields_to_an_exact_entry() {
        let other = mapped(MAP, "https://globex.halopsa.com/");
        assert_eq!(other, pair("http://127.0.0.1:4712/", "globex.halopsa.com"));
        assert_eq!(mapped(MAP, "https://halopsa.com/"), None);
        assert_eq!(mapped(MAP, "https://a.b.halopsa.com/"), None);
        assert_eq!(mapped(MAP, "https://evilhalopsa.com/"), None);
        let inner = mapped("https://*.any.com=http://127.0.0.1:1", "https://x.any.com/");
        assert_eq!(inner, pair("http://127.0.0.1:1/", "x.any.com"));
    }

    #[test]
    fn another_scheme_or_port_is_another_origin() {
        assert_eq!(mapped(MAP, "http://acme.halopsa.com/"), None);
        assert_eq!(mapped(MAP, "https://acme.halopsa.com:8443/"), None);
        assert_eq!(mapped(MAP, "https://psa.example/"), None);
    }

    #[test]
    fn an_entry_that_is_no_pair_of_origins_is_refused_by_name() {
        let problem = |text: &str| text.parse::<OriginMap>().unwrap_err().to_string();
        assert_eq!(problem("https://a.b"), r#"read the origin map: "https://a.b" is not of the form vendor=local"#);
        assert_eq!(
            problem("https://a.b/api=http://127.0.0.1:1"),
            r#"read the origin map: "https://a.b/api=http://127.0.0.1:1" does not begin with a vendor origin"#
        );
        assert_eq!(
            problem("https://a.b=ftp://127.0.0.1"),
            r#"read the origin map: "https://a.b=ftp://127.0.0.1" does not end with a local origin"#
        );
        assert!("".parse::<OriginMap>().unwrap().is_empty());
    }
}
