use secrecy::ExposeSecret as _;
use testkit::FakeWebhookSecrets;

use super::*;

fn secret(connection: &str) -> SecretRef {
    SecretRef { tenant: "acme".into(), connector: "stripe".into(), connection: connection.into() }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_782_864_000 + seconds).unwrap()
}

async fn keep(port: &FakeWebhookSecrets, connection: &str, kept: &[(u64, &str)]) {
    let kept = kept.iter().map(|(generation, text)| (*generation, SecretString::from(*text))).collect();
    port.put(&secret(connection), &kept).await.unwrap();
}

/// What is told of the generations 2 and 1 at this second.
async fn told(issued: &Issued, port: &FakeWebhookSecrets, connection: &str, doubted: bool, second: i64) -> String {
    let secrets = issued.of(port, &secret(connection), &[2, 1], doubted, at(second)).await.unwrap();
    secrets.iter().map(|secret| secret.expose_secret()).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn the_newest_comes_first_and_what_is_over_not_at_all() {
    let (issued, port) = (Issued::default(), FakeWebhookSecrets::default());
    assert_eq!(told(&issued, &port, "stripe", false, 0).await, "", "none was ever kept");
    keep(&port, "stripe", &[(0, "over"), (1, "before"), (2, "now"), (3, "later")]).await;
    assert_eq!(told(&Issued::default(), &port, "stripe", false, 0).await, "now before");
}

#[tokio::test]
async fn they_are_read_again_after_ten_minutes_and_when_in_doubt_after_ten_seconds() {
    for (doubted, good) in [(false, 600), (true, 10)] {
        let (issued, port) = (Issued::default(), FakeWebhookSecrets::default());
        keep(&port, "stripe", &[(1, "before")]).await;
        assert_eq!(told(&issued, &port, "stripe", false, 0).await, "before");
        keep(&port, "stripe", &[(1, "before"), (2, "now")]).await;
        assert_eq!(told(&issued, &port, "stripe", doubted, good - 1).await, "before", "{doubted}");
        assert_eq!(told(&issued, &port, "stripe", doubted, good).await, "now before", "{doubted}");
    }
}

#[tokio::test]
async fn a_failure_is_told_and_not_kept() {
    let (issued, port) = (Issued::default(), FakeWebhookSecrets::default());
    keep(&port, "stripe", &[(1, "good")]).await;
    port.fail(true);
    let failed = issued.of(&port, &secret("stripe"), &[1], false, at(0)).await;
    assert_eq!(failed.unwrap_err().op, "read issued secrets");
    port.fail(false);
    assert_eq!(told(&issued, &port, "stripe", false, 0).await, "good");
    port.fail(true);
    assert_eq!(told(&issued, &port, "stripe", false, 1).await, "good", "what is kept needs nobody");
}

#[tokio::test]
async fn a_connection_has_its_own_and_a_full_memory_forgets_without_mixing_them() {
    let (issued, port) = (Issued::default(), FakeWebhookSecrets::default());
    for n in 0..REMEMBERED + 2 {
        let (connection, text) = (format!("stripe-{n}"), format!("whsec_{n}"));
        keep(&port, &connection, &[(1, &text)]).await;
        assert_eq!(told(&issued, &port, &connection, false, 0).await, text);
    }
    assert_eq!(told(&issued, &port, "stripe-0", false, 0).await, "whsec_0");
    let kept = issued.0.lock().unwrap().len();
    assert!(kept <= REMEMBERED, "{kept}");
    let mut other = secret("stripe-0");
    other.tenant = "another".into();
    assert!(issued.of(&port, &other, &[1], false, at(0)).await.unwrap().is_empty(), "nor another tenant's");
}
