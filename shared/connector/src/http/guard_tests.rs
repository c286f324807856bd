use std::collections::VecDeque;
use std::sync::Mutex;

use super::*;

fn refusal(url: &str) -> Option<String> {
    check_url(&url.parse().unwrap()).err()
}

#[test]
fn a_public_https_host_on_a_usual_port_may_be_called() {
    for url in
        ["https://acme.halopsa.com", "https://psa.acme.com:8443/api", "https://93.184.216.34", "https://[2606:4700::1]"]
    {
        assert_eq!(refusal(url), None, "{url}");
    }
}

#[test]
fn what_was_typed_is_refused_in_words_for_the_person_who_typed_it() {
    let private = "is a name inside a private network; only hosts on the internet can be reached";
    for (url, reason) in [
        ("http://acme.halopsa.com", "only https addresses can be used".to_owned()),
        ("ftp://acme.halopsa.com", "only https addresses can be used".to_owned()),
        ("https://acme.halopsa.com:22", "only the ports 443, 444, 8443 and 9443 can be used".to_owned()),
        ("https://me:pw@acme.halopsa.com", "it must not contain a user name or password".to_owned()),
        ("https://halopsa.com@evil.com", "it must not contain a user name or password".to_owned()),
        ("https://localhost", format!("localhost {private}")),
        ("https://psa.localhost", format!("psa.localhost {private}")),
        ("https://psaserver", format!("psaserver {private}")),
        ("https://metadata.google.internal.", format!("metadata.google.internal {private}")),
    ] {
        assert_eq!(refusal(url), Some(reason), "{url}");
    }
}

#[test]
fn no_spelling_of_a_private_address_gets_through() {
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0.0.0.0",
        "10.0.0.5",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "[::]",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:a00:5]",
        "[::127.0.0.1]",
        "[64:ff9b::a00:5]",
        "[64:ff9b:1::a00:5]",
        "[100::1]",
        "[2001::1]",
        "[2001:db8::1]",
        "[2002:a00:5::1]",
        "[3fff::1]",
        "[5f00::1]",
        "[fc00::1]",
        "[fd12:3456::1]",
        "[fe80::1]",
        "[fec0::1]",
        "[ff02::1]",
    ] {
        let reason = refusal(&format!("https://{host}"));
        assert!(reason.is_some_and(|reason| reason.ends_with("only hosts on the internet can be reached")), "{host}");
    }
}

#[test]
fn the_neighbours_of_forbidden_ranges_are_public() {
    for host in [
        "9.255.255.255",
        "11.0.0.0",
        "172.15.0.1",
        "172.32.0.1",
        "100.63.0.1",
        "100.128.0.1",
        "198.20.0.1",
        "223.1.1.1",
    ] {
        assert_eq!(refusal(&format!("https://{host}")), None, "{host}");
    }
}

/// Answers one list after the other.
struct Scripted(Mutex<VecDeque<io::Result<Vec<IpAddr>>>>);

impl Lookup for Scripted {
    fn lookup<'a>(&'a self, _host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        let answer = self.0.lock().unwrap().pop_front().unwrap();
        Box::pin(async move { answer })
    }
}

fn resolver<const N: usize>(answers: [io::Result<Vec<&str>>; N]) -> GuardedResolver {
    let parse = |list: Vec<&str>| list.into_iter().map(|ip| ip.parse().unwrap()).collect();
    GuardedResolver(Arc::new(Scripted(Mutex::new(answers.into_iter().map(|answer| answer.map(parse)).collect()))))
}

async fn resolve(resolver: &GuardedResolver) -> Result<Vec<SocketAddr>, String> {
    resolver.addresses("psa.acme.com").await.map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_name_that_changes_to_a_private_address_is_refused_at_the_next_connect() {
    let resolver = resolver([Ok(vec!["93.184.216.34"]), Ok(vec!["10.0.0.5"])]);
    assert_eq!(resolve(&resolver).await, Ok(vec!["93.184.216.34:0".parse().unwrap()]));
    let reason = "psa.acme.com leads to a private address; only hosts on the internet can be reached";
    assert_eq!(resolve(&resolver).await, Err(reason.to_owned()));
}

#[tokio::test]
async fn one_forbidden_answer_among_public_ones_refuses_the_name() {
    let resolver = resolver([Ok(vec!["93.184.216.34", "2606:4700::1", "::ffff:192.168.0.1"])]);
    let refused = resolve(&resolver).await.unwrap_err();
    assert!(refused.contains("leads to a private address"), "{refused}");
}

#[tokio::test]
async fn an_unknown_name_is_told_apart_from_a_resolver_that_does_not_work() {
    let unknown = io::Error::other("failed to lookup address information: Name or service not known");
    let broken = io::Error::other("failed to lookup address information: Temporary failure in name resolution");
    let resolver = resolver([Err(unknown), Ok(vec![]), Err(broken)]);
    let refused = |error: &(dyn Error + Send + Sync + 'static)| error.downcast_ref::<AddressRefused>().cloned();
    let nowhere = Some(AddressRefused { reason: "no host named psa.acme.com can be found".to_owned() });
    assert_eq!(refused(&*resolver.addresses("psa.acme.com").await.unwrap_err()), nowhere);
    assert_eq!(refused(&*resolver.addresses("psa.acme.com").await.unwrap_err()), nowhere);
    assert_eq!(refused(&*resolver.addresses("psa.acme.com").await.unwrap_err()), None);
}
