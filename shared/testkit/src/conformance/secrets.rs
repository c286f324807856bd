//! Secrets stay where they are, also when a vendor sends them back.

use std::io;
use std::sync::{Arc, Mutex};

use super::subject::{SMALL, Subject};
use super::{Disturbance, Vendor};

/// Everything logged on this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Looks for the secret values in every log line at the finest level, every item of the table, and every event, after
/// runs that succeed, that are refused, and whose refusals repeat the secret.
pub async fn no_secret_is_written_anywhere(vendor: &dyn Vendor) {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let subject = Subject::imported(vendor, SMALL).await;
    let entered = subject.simulated.credentials();
    let secrets: Vec<String> = vendor
        .connector()
        .descriptor()
        .credentials
        .iter()
        .filter(|field| field.secret)
        .filter_map(|field| entered.get(field.key).cloned())
        .collect();
    assert!(!secrets.is_empty(), "the vendor has no secret to look for");
    for code in [400, 401, 403, 404, 422, 500] {
        let body = Some(format!("{{\"error\": \"{}\", \"message\": \"{}\"}}", secrets.join(" "), secrets.join(" ")));
        subject.simulated.disturb(None, Disturbance::Status { code, retry_after: None, body }, None);
        subject.ask_for_everything().await;
        subject.run().await;
        subject.simulated.heal();
        subject.run().await;
    }
    subject.simulated.revoke();
    subject.run().await;

    let logged = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(logged.contains("called a vendor"), "the log was captured");
    let table = format!("{:?}", subject.world.table.items());
    let events = serde_json::to_string(&subject.world.bus.events()).unwrap();
    let values = format!("{:?}", subject.connected.read().await);
    for secret in &secrets {
        for (place, text) in [("log", &logged), ("table", &table), ("events", &events), ("debug output", &values)] {
            let found = text.find(secret.as_str()).map(|at| &text[at.saturating_sub(300)..at]);
            assert_eq!(found, None, "a secret stands in the {place} after this");
        }
    }
}
