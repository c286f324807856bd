//! Subscriptions at vendors whose API makes them: kept as they should be, by the worker that holds the lease.
//!
//! They are looked at in the first run after enabling, when address and secret have moved on, when a push or a person says
//! that something is amiss with them, and once a day, since some vendors switch them off without a word. A vendor that
//! refuses costs an issue and never the run: everything that a push would tell is read anyway, later.

use connector::ConnectorError;
use connector::ErrorKind;
use connector::webhook::{Endpoint, Provisioned, Provisioning, Subscription};
use domain::id::ConnectionId;
use domain::issue::{Cause, Reason};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use store::TenantStore;
use store::webhook::Webhook;

use crate::endpoint::Receiver;
use crate::engine::{Engine, EngineError};
use crate::issues::{Finding, explain};
use crate::ports::IssuedSecrets;
use crate::slice::{Slice, Stop, vendor};

/// Looked at this often without a cause.
const EVERY: SignedDuration = SignedDuration::from_hours(24);
/// After a refusal, the next try.
const AFTER_REFUSAL: SignedDuration = SignedDuration::from_hours(1);
/// What issues about subscriptions are about.
const SUBJECT: &str = "webhook";

/// What is known of a connection's subscriptions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Subscriptions {
    /// The generation of address and secret that they were made with; 0: none was made.
    pub generation: u64,
    /// As the vendor had them when they were last looked at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub known: Vec<Subscription>,
    /// When that was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checked_at: Option<Timestamp>,
    /// Something asked for a look.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub asked: bool,
    /// When the vendor last refused, if it did since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused_at: Option<Timestamp>,
}

impl Subscriptions {
    /// Made with the address in use, and on.
    pub fn are_active(&self, generation: u64) -> bool {
        self.generation == generation && !self.known.is_empty() && self.known.iter().all(|known| known.active)
    }

    fn due(&self, generation: u64, now: Timestamp) -> bool {
        if self.asked {
            return true;
        }
        let since = |at: Option<Timestamp>| at.map_or(SignedDuration::MAX, |at| now.duration_since(at));
        if since(self.refused_at) < AFTER_REFUSAL {
            return false;
        }
        self.generation != generation || since(self.checked_at) >= EVERY
    }
}

impl Slice<'_> {
    /// Puts the vendor's subscriptions in order, if it is time to.
    pub(crate) async fn keep_subscriptions(&mut self) -> Result<(), Stop> {
        if !self.engine.provisions() {
            return Ok(());
        }
        let Some(keys) = self.engine.webhooks.clone() else { return Ok(()) };
        let webhook = match self.webhook.clone() {
            Some(webhook) => webhook,
            None => self.engine.ensure_webhook(&self.store, &self.connection).await?,
        };
        let now = self.now();
        if !self.body.subscriptions.due(webhook.generation, now) {
            return Ok(());
        }
        self.session().await?;
        if self.read_only() {
            return Ok(());
        }
        let connector = self.engine.connector_id();
        let receiver = Receiver { tenant: self.store.tenant(), connector: &connector, connection: &self.connection };
        let mut endpoint = keys.endpoint(receiver, &webhook, self.body.subscriptions.known.clone(), now);
        let issued = self.issued_secrets().await?;
        endpoint.has_secret = issued.as_ref().is_none_or(|issued| issued.contains_key(&webhook.generation));
        let (session, http) = self.session().await?;
        let before = http.calls().data;
        let answer = session.provision(&endpoint).await;
        // A run's calls tell what its records cost.
        self.calls_counted += http.calls().data - before;
        match answer {
            Ok(Provisioned { subscriptions, secret }) => {
                if let (Some(issued), Some(secret)) = (issued, secret) {
                    // Before anything is noted: what is not kept now is known to nobody.
                    self.keep_issued(&webhook, issued, secret, now).await?;
                }
                self.subscribed(webhook, subscriptions, now).await
            }
            Err(error) if concerns_subscriptions_alone(&error) => {
                self.body.subscriptions.asked = false;
                self.body.subscriptions.refused_at = Some(now);
                let finding = refusal(&self.issue_of(&error), &error, &endpoint);
                Ok(self.note(finding).await?)
            }
            Err(error) => Err(vendor(error)),
        }
    }

    /// The secrets that the vendor issued, if it does.
    async fn issued_secrets(&self) -> Result<Option<IssuedSecrets>, EngineError> {
        let declared = self.descriptor().webhook.as_ref();
        if !declared.is_some_and(|webhook| webhook.verify.takes_issued_secret()) {
            return Ok(None);
        }
        Ok(Some(self.engine.issued.read(&self.engine.secret_of(self.tenant(), &self.connection)).await?))
    }

    /// Keeps a new secret beside the one before, for as long as the address before is good.
    async fn keep_issued(
        &self,
        webhook: &Webhook,
        mut issued: IssuedSecrets,
        secret: SecretString,
        now: Timestamp,
    ) -> Result<(), EngineError> {
        let good = webhook.generations(now);
        issued.retain(|generation, _| good.contains(generation));
        issued.insert(webhook.generation, secret);
        Ok(self.engine.issued.put(&self.engine.secret_of(self.tenant(), &self.connection), &issued).await?)
    }

    async fn subscribed(&mut self, webhook: Webhook, known: Vec<Subscription>, now: Timestamp) -> Result<(), Stop> {
        // What happened while one was off was told to nobody.
        self.body.reads |= known.iter().any(|subscription| subscription.revived);
        self.body.subscriptions = Subscriptions {
            generation: webhook.generation,
            known,
            checked_at: Some(now),
            asked: false,
            refused_at: None,
        };
        let suffix = format!(":{SUBJECT}");
        Ok(self.disprove(|issue| issue.id.ends_with(&suffix)).await?)
    }

    fn issue_of(&self, error: &ConnectorError) -> Finding {
        // Vendors call pushes by either word.
        let speaks_of_it = |text: &str| ["webhook", "callback"].iter().any(|word| text.to_lowercase().contains(word));
        let permissions = self.descriptor().permissions.iter();
        let mut needed = permissions.filter(|permission| speaks_of_it(permission.name) || speaks_of_it(permission.why));
        explain(self.descriptor(), error, &[], needed.next().map_or("webhooks", |permission| permission.name))
    }
}

/// Whether the rest of the run can go on: neither are the credentials wrong nor does the vendor slow us down. One that is
/// away altogether does not answer what is read next either.
const fn concerns_subscriptions_alone(error: &ConnectorError) -> bool {
    matches!(
        error.kind,
        ErrorKind::Forbidden
            | ErrorKind::NotFound
            | ErrorKind::Rejected { .. }
            | ErrorKind::Malformed { .. }
            | ErrorKind::Unsupported
            | ErrorKind::Unavailable
    )
}

fn refusal(general: &Finding, error: &ConnectorError, endpoint: &Endpoint) -> Finding {
    // A vendor may quote what it was given.
    let hidden = |text: &str| {
        let text = text.replace(endpoint.url.as_str(), "\u{2026}");
        let token = endpoint.url.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or_default();
        text.replace(endpoint.secret.expose_secret(), "\u{2026}").replace(token, "\u{2026}")
    };
    let (cause, reason, remedy) = match &error.kind {
        ErrorKind::Forbidden => (general.cause, Reason::PermissionMissing, general.remedy.clone()),
        // Something is in the way at the vendor, and only the vendor can say what.
        ErrorKind::Rejected { message, .. } => (Cause::Config, Reason::WebhookRefused, sentence(&hidden(message))),
        _ => (general.cause, general.reason, general.remedy.clone()),
    };
    Finding {
        reason,
        subject: Some(SUBJECT.to_owned()),
        title: "Changes are not pushed to us".to_owned(),
        detail: hidden(&general.detail),
        remedy: format!("{remedy} Until then changes arrive with the next sync."),
        record_types: Vec::new(),
        cause,
    }
}

/// A vendor's words as a sentence.
fn sentence(words: &str) -> String {
    let mut letters = words.trim().trim_end_matches('.').chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

impl Engine {
    /// Whether this connector makes subscriptions by its vendor's API.
    pub(crate) fn provisions(&self) -> bool {
        let webhook = self.connector.descriptor().webhook.as_ref();
        self.webhooks.is_some() && webhook.is_some_and(|webhook| webhook.provisioning == Provisioning::Api)
    }

    /// The connection's webhook, made if it was never needed before.
    async fn ensure_webhook(&self, store: &TenantStore, connection: &ConnectionId) -> Result<Webhook, EngineError> {
        let connector = self.connector_id();
        let receiver = Receiver { tenant: store.tenant(), connector: &connector, connection };
        let keys = self.webhooks.as_ref();
        let token = |generation| keys.map(|keys| keys.hashed_token(receiver, generation)).unwrap_or_default();
        Ok(store.ensure_webhook(connection, &connector, token).await?)
    }
}
