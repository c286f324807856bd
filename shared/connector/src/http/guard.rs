//! The address guard: tenants type host names, and none of them may lead into a private network.
//!
//! Two gates. [`check_url`] looks at what was typed: https, an allowed port, no user name in it, no forbidden IP
//! address. The resolver inside the client looks at every address that the name resolves to, at connect time: what was
//! checked is what is connected to, so changing the name's answer afterwards gains nothing.
//!
//! Invariant: one forbidden address among the answers refuses the whole name.

use std::error::Error;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::BoxFuture;

/// The ports that vendors' self-hosted servers are published on; everything else is a service that is not a PSA.
pub const PORTS: [u16; 4] = [443, 444, 8443, 9443];

const ONLY_PUBLIC: &str = "only hosts on the internet can be reached";

/// Whether a typed address may be called, or why not, in words for the person who typed it.
///
/// Names are not resolved here: that happens at connect time.
///
/// # Errors
/// The reason, as a sentence without a full stop.
pub fn check_url(url: &Url) -> Result<(), String> {
    if url.scheme() != "https" {
        return Err("only https addresses can be used".to_owned());
    }
    check_userinfo(url)?;
    match url.port_or_known_default() {
        Some(port) if PORTS.contains(&port) => {}
        _ => return Err("only the ports 443, 444, 8443 and 9443 can be used".to_owned()),
    }
    match url.host() {
        None => Err("it names no host".to_owned()),
        Some(Host::Ipv4(ip)) => check_ip(IpAddr::V4(ip)),
        Some(Host::Ipv6(ip)) => check_ip(IpAddr::V6(ip)),
        Some(Host::Domain(name)) => check_name(name),
    }
}

pub(super) fn check_userinfo(url: &Url) -> Result<(), String> {
    if url.username().is_empty() && url.password().is_none() {
        return Ok(());
    }
    Err("it must not contain a user name or password".to_owned())
}

fn check_name(name: &str) -> Result<(), String> {
    let name = name.trim_end_matches('.');
    let local = [".localhost", ".local", ".internal", ".home.arpa"].iter().any(|suffix| name.ends_with(suffix));
    if local || !name.contains('.') {
        return Err(format!("{name} is a name inside a private network; {ONLY_PUBLIC}"));
    }
    Ok(())
}

/// Whether an address is on the public internet, or why it may not be called.
///
/// # Errors
/// The reason, as a sentence without a full stop.
pub fn check_ip(ip: IpAddr) -> Result<(), String> {
    match forbidden(ip.to_canonical()) {
        None => Ok(()),
        Some(what) => Err(format!("{ip} is {what}; {ONLY_PUBLIC}")),
    }
}

fn forbidden(ip: IpAddr) -> Option<&'static str> {
    match ip {
        IpAddr::V4(ip) => forbidden_v4(ip),
        IpAddr::V6(ip) => forbidden_v6(ip),
    }
}

fn forbidden_v4(ip: Ipv4Addr) -> Option<&'static str> {
    let [a, b, c, _] = ip.octets();
    match (a, b, c) {
        (0, ..) => Some("an address of this network"),
        (127, ..) => Some("a loopback address"),
        (10, ..) | (172, 16..=31, _) | (192, 168, _) => Some("a private address"),
        (169, 254, _) => Some("a link-local address"),
        (100, 64..=127, _) => Some("an address of a carrier's private network"),
        (192, 0, 0) | (192, 88, 99) => Some("a reserved address"),
        (192, 0, 2) | (198, 51, 100) | (203, 0, 113) => Some("a documentation address"),
        (198, 18..=19, _) => Some("a benchmarking address"),
        (224..=239, ..) => Some("a multicast address"),
        _ if ip.is_broadcast() => Some("a broadcast address"),
        (240.., ..) => Some("a reserved address"),
        _ => None,
    }
}

fn forbidden_v6(ip: Ipv6Addr) -> Option<&'static str> {
    match ip.segments() {
        _ if ip.is_unspecified() => Some("the unspecified address"),
        _ if ip.is_loopback() => Some("a loopback address"),
        // ::/96 is the deprecated IPv4-compatible form, another spelling of an IPv4 address.
        [0, 0, 0, 0, 0, 0, ..] => Some("a reserved address"),
        // NAT64, well-known and local-use: an IPv4 address in disguise.
        [0x64, 0xff9b, ..] => Some("a translated IPv4 address"),
        [0x100, 0, 0, 0 | 1, ..] => Some("a discard address"),
        // Teredo, ORCHID and the other protocol assignments of 2001::/23.
        [0x2001, 0..=0x1ff, ..] => Some("a reserved address"),
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Some("a documentation address"),
        [0x2002, ..] => Some("a translated IPv4 address"),
        [0xfc00..=0xfdff, ..] => Some("a private address"),
        [0xfe80..=0xfebf, ..] => Some("a link-local address"),
        [0xfec0..=0xfeff, ..] => Some("a private address"),
        [0xff00..=0xffff, ..] => Some("a multicast address"),
        // Only 2000::/3 is assigned for the internet.
        [0x2000..=0x3fff, ..] => None,
        _ => Some("a reserved address"),
    }
}

/// Where names are looked up before the guard looks at the answers; a port, so that tests can answer what they like.
pub trait Lookup: Send + Sync {
    /// Every address of a name.
    fn lookup<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>>;
}

/// The operating system's resolver.
#[derive(Clone, Copy, Debug)]
pub struct SystemLookup;

impl Lookup for SystemLookup {
    fn lookup<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect()) })
    }
}

/// The resolver inside the HTTP client.
#[derive(Clone)]
pub(super) struct GuardedResolver(pub(super) Arc<dyn Lookup>);

/// Why a name may not be called; travels through the HTTP client as the cause of its connect error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub(super) struct AddressRefused {
    pub(super) reason: String,
}

impl GuardedResolver {
    pub(super) async fn addresses(&self, host: &str) -> Result<Vec<SocketAddr>, Box<dyn Error + Send + Sync>> {
        let no_such_host = || AddressRefused { reason: format!("no host named {host} can be found") };
        let addresses = match self.0.lookup(host).await {
            Ok(addresses) if addresses.is_empty() => return Err(no_such_host().into()),
            Ok(addresses) => addresses,
            Err(error) if is_unknown_name(&error) => return Err(no_such_host().into()),
            Err(error) => return Err(error.into()),
        };
        for address in &addresses {
            // The address itself stays unsaid: it may come from a resolver that knows more than the public one.
            if let Some(what) = forbidden(address.to_canonical()) {
                let reason = format!("{host} leads to {what}; {ONLY_PUBLIC}");
                return Err(AddressRefused { reason }.into());
            }
        }
        // The client puts the port in.
        Ok(addresses.into_iter().map(|address| SocketAddr::new(address, 0)).collect())
    }
}

/// The standard library has no kind for "no such name", only the words of the C library (glibc, musl, macOS).
fn is_unknown_name(error: &io::Error) -> bool {
    let text = error.to_string();
    ["Name or service not known", "Name does not resolve", "No address associated", "nodename nor servname"]
        .iter()
        .any(|words| text.contains(words))
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.clone();
        Box::pin(async move {
            let addresses = resolver.addresses(name.as_str()).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
#[path = "guard_tests.rs"]
mod tests;
