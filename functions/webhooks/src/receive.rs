//! One push: found, proven, understood, noted, answered, in this order.

use std::time::Duration;

use axum::extract::Request;
use axum::http::StatusCode;
use connector::webhook::{Delivery, Notice, Subject, Verify};
use domain::run::Trigger;
use domain::webhook::Rejection;
use jiff::{SignedDuration, Timestamp};
use store::StoreError;
use store::webhook::DeliveryId;
use store::work::{About, Arrival, Noted};
use sync::message::WorkMessage;
use sync::metrics;
use sync::ports::SecretRef;
use tracing::field;

use crate::answer::{Outcome, Refused};
use crate::directory::Receiver;
use crate::state::AppState;

/// The least patient vendor waits five seconds.
const LIMIT: Duration = Duration::from_secs(4);
/// No vendor's push is larger.
const LARGEST_BODY: usize = 1024 * 1024;
/// A push about more records than this is followed by reading what changed.
const MOST_RECORDS: usize = 100;
/// A repeated push whose first attempt noted its hint this long ago may be one whose first attempt told nobody.
const LATE: SignedDuration = SignedDuration::from_secs(1);

/// A part of a push to be noted.
struct Event {
    about: About,
    id: DeliveryId,
}

impl AppState {
    /// Takes one push, or tells the vendor in time that it was not taken.
    pub(crate) async fn receive(&self, connector: &str, token: &str, request: Request) -> Result<Outcome, Refused> {
        let mut found = None;
        let taking = async {
            match self.receiver(connector, token).await? {
                Some(receiver) => self.take(found.insert(receiver), request).await,
                // Counted from the log: a write for everybody's guesses would cost more than they do.
                None => Ok(Err(Refused::Unknown)),
            }
        };
        let taking = platform::deadline::within(LIMIT, tokio::time::timeout(LIMIT, taking));
        let taken = match taking.await {
            Ok(Ok(taken)) => taken,
            Ok(Err(error)) => {
                tracing::error!(error = platform::tracing::chain(&error), "A push could not be noted.");
                Err(self.busy(connector))
            }
            Err(_) => {
                tracing::error!("A push could not be noted in time.");
                Err(self.busy(connector))
            }
        };
        let found = found.as_deref();
        tracing::info!(
            target: metrics::TARGET,
            connector = found.map_or("unknown", |receiver| receiver.connector_id.as_str()),
            outcome = match taken {
                Ok(outcome) => outcome.as_str(),
                Err(refused) => refused.as_str(),
            },
            tenant.id = found.map(|receiver| field::display(receiver.store.tenant())),
            connection.id = found.map(|receiver| field::display(&receiver.connection)),
            webhooks = 1_u64,
        );
        taken
    }

    /// Something of ours does not work: the vendor is to send it again. Vendors that serve their keys do that after 429 and
    /// never after 5xx (ConnectWise's developer guide); the others after anything but 2xx.
    fn busy(&self, connector: &str) -> Refused {
        let mut descriptors = self.parts.connectors.iter();
        let declared = descriptors.find(|known| known.id == connector).and_then(|known| known.webhook);
        let remote = declared.is_some_and(|declared| matches!(declared.verify, Verify::RemoteKey(_)));
        let status = if remote { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::SERVICE_UNAVAILABLE };
        Refused::Busy { status }
    }

    async fn take(&self, receiver: &Receiver, request: Request) -> Result<Result<Outcome, Refused>, StoreError> {
        let (parts, body) = request.into_parts();
        let Ok(body) = axum::body::to_bytes(body, LARGEST_BODY).await else {
            return self.rejected(receiver, Rejection::TooLarge).await;
        };
        if !receiver.active {
            // The vendor need not send it again: when the connection is switched on, everything is read.
            self.count_rejected(receiver, Rejection::Inactive).await?;
            return Ok(Ok(Outcome::Inactive));
        }
        let query = parts.uri.query().unwrap_or_default();
        let delivery = Delivery { headers: &parts.headers, query, body: &body };
        let now = self.parts.clock.now();
        if let Err(cause) = self.prove(receiver, &delivery, now).await {
            if !receiver.declared.unproven.is_some_and(|is_notice| is_notice(&delivery)) {
                return self.rejected(receiver, cause).await;
            }
            // Believed no further than this.
            let about = About::Subscription;
            let id = DeliveryId::of(&body, Some(&about));
            return self.note(receiver, &[Event { about, id }], now).await;
        }
        let notices = (receiver.declared.notices)(&delivery);
        let fresh: Vec<&Notice> = notices.iter().filter(|notice| !is_stale(receiver, notice, now)).collect();
        if fresh.is_empty() && !notices.is_empty() {
            return self.rejected(receiver, Rejection::Stale).await;
        }
        // What stands for an event without an id: no other one where nothing is ever sent again.
        let single: [u8; 16] = rand::random();
        let whole: &[u8] = if receiver.declared.repeats { &body } else { &single };
        let events = events(&fresh, whole);
        if events.is_empty() {
            let id = fresh.first().and_then(|notice| notice.id.as_deref()).map_or(whole, str::as_bytes);
            return Ok(Ok(self.ignore(receiver, &DeliveryId::of(id, None), now).await?));
        }
        self.note(receiver, &events, now).await
    }

    async fn prove(&self, receiver: &Receiver, delivery: &Delivery<'_>, now: Timestamp) -> Result<(), Rejection> {
        let verify = &receiver.declared.verify;
        if verify.takes_issued_secret() {
            return self.prove_by_issued(receiver, delivery, now).await;
        }
        let Verify::RemoteKey(remote) = verify else { return verify.prove(delivery, &receiver.secrets, None, now) };
        let Some(url) = verify.key_address(delivery, &receiver.open)? else { return Err(Rejection::KeyMissing) };
        if let Some(key) = self.remote_keys.kept(&url, now) {
            let proven = verify.prove(delivery, &[], Some(&key.bytes), now);
            if proven.is_ok() || !key.may_be_old(now) {
                return proven;
            }
        }
        let whose = receiver.name();
        if !self.remote_keys.may_fetch(&whose, now) {
            return Err(Rejection::KeyUnreachable);
        }
        let key = self.remote_keys.fetch(&self.parts.http, remote, &url, now).await.ok_or(Rejection::KeyUnreachable)?;
        verify.prove(delivery, &[], Some(&key.bytes), now)?;
        self.remote_keys.proved(&whose);
        Ok(())
    }

    /// With the secrets that the vendor issued; if none of those known fits, they are looked up anew once.
    async fn prove_by_issued(
        &self,
        receiver: &Receiver,
        delivery: &Delivery<'_>,
        now: Timestamp,
    ) -> Result<(), Rejection> {
        let secret = SecretRef {
            tenant: receiver.store.tenant().clone(),
            connector: receiver.connector_id.clone(),
            connection: receiver.connection.clone(),
        };
        let generations = receiver.webhook.generations(now);
        let mut proven = Err(Rejection::SignatureMismatch);
        for doubted in [false, true] {
            let port = self.parts.issued.as_ref();
            let secrets = self.issued.of(port, &secret, &generations, doubted, now).await.map_err(|error| {
                tracing::error!(error = platform::tracing::chain(&error), "Issued secrets could not be read.");
                Rejection::KeyUnreachable
            })?;
            proven = receiver.declared.verify.prove(delivery, &secrets, None, now);
            if proven != Err(Rejection::SignatureMismatch) {
                break;
            }
        }
        proven
    }

    /// Notes what a push is about and tells the queue, if nobody was told yet.
    async fn note(
        &self,
        receiver: &Receiver,
        events: &[Event],
        now: Timestamp,
    ) -> Result<Result<Outcome, Refused>, StoreError> {
        let Receiver { store, connection, webhook, .. } = receiver;
        let attempt = rand::random();
        let (mut accepted, mut tell) = (false, false);
        for Event { about, id } in events {
            if webhook.remembers(id) || self.recent.has(store, connection, id) {
                continue;
            }
            let arrival = Arrival { about, id, counts: !accepted, attempt, now };
            match store.note_arrival(connection, &arrival).await? {
                Noted::New => (accepted, tell) = (true, true),
                Noted::Joined => accepted = true,
                Noted::Duplicate { since } => tell |= since.is_some_and(|since| now.duration_since(since) > LATE),
            }
        }
        if tell {
            self.tell(receiver, now).await?;
        }
        if !accepted {
            store.count_duplicate(connection, now).await?;
            return Ok(Ok(Outcome::Duplicate));
        }
        // Only now: were it known before somebody was told, repeating the push would be in vain.
        for event in events {
            self.recent.keep(store, connection, &event.id);
        }
        Ok(Ok(Outcome::Accepted))
    }

    /// A push about nothing of ours is taken and counted.
    async fn ignore(&self, receiver: &Receiver, id: &DeliveryId, now: Timestamp) -> Result<Outcome, StoreError> {
        let Receiver { store, connection, .. } = receiver;
        if self.recent.has(store, connection, id) {
            store.count_duplicate(connection, now).await?;
            return Ok(Outcome::Duplicate);
        }
        store.count_accepted(connection, now).await?;
        self.recent.keep(store, connection, id);
        Ok(Outcome::Accepted)
    }

    /// Has the connection worked on now; where the queue fails, with the next tick.
    async fn tell(&self, receiver: &Receiver, now: Timestamp) -> Result<(), StoreError> {
        let message = WorkMessage {
            tenant: receiver.store.tenant().clone(),
            connector: receiver.connector_id.clone(),
            connection: receiver.connection.clone(),
            claim: None,
            trigger: Trigger::Webhook,
        };
        let Err(error) = self.parts.queue.send(&message, Duration::ZERO).await else { return Ok(()) };
        tracing::warn!(
            tenant.id = %message.tenant,
            connection.id = %message.connection,
            error = platform::tracing::chain(&error),
            "A push was not queued; the next tick finds it.",
        );
        receiver.store.due_now(&receiver.connection, now).await
    }

    async fn rejected(&self, receiver: &Receiver, cause: Rejection) -> Result<Result<Outcome, Refused>, StoreError> {
        self.count_rejected(receiver, cause).await?;
        Ok(Err(Refused::Rejected(cause)))
    }

    async fn count_rejected(&self, receiver: &Receiver, cause: Rejection) -> Result<(), StoreError> {
        receiver.store.count_rejected(&receiver.connection, cause).await
    }
}

/// Signed longer ago than the vendor's own retries would explain.
fn is_stale(receiver: &Receiver, notice: &Notice, now: Timestamp) -> bool {
    let (Some(sent_at), Some(tolerance)) = (notice.sent_at, receiver.declared.tolerance) else { return false };
    SignedDuration::try_from(tolerance).is_ok_and(|tolerance| now.duration_since(sent_at) > tolerance)
}

/// What is to be noted. `whole` stands for an event without an id.
fn events(notices: &[&Notice], whole: &[u8]) -> Vec<Event> {
    let event = |notice: &&Notice| {
        let about = match &notice.subject {
            Subject::Record(record_type, id) => About::Record(*record_type, id.clone()),
            Subject::Something => About::Something,
            Subject::Subscription => About::Subscription,
            Subject::Nothing => return None,
        };
        let id = DeliveryId::of(notice.id.as_deref().map_or(whole, str::as_bytes), Some(&about));
        Some(Event { about, id })
    };
    let events: Vec<Event> = notices.iter().filter_map(event).collect();
    if events.len() <= MOST_RECORDS {
        return events;
    }
    let about = About::Something;
    let id = DeliveryId::of(whole, Some(&about));
    vec![Event { about, id }]
}
