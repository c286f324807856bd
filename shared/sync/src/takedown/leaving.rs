//! The vendor's subscriptions are taken away while there are credentials to do it with.

use std::time::Duration;

use connector::{ConnectorError, ErrorKind};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::endpoint::Receiver;
use crate::engine::EngineError;
use crate::issues::explain;
use crate::slice::{Slice, Stop};

/// How long to wait after each try that got no answer; after the last the vendor is left as it is.
const PATIENCE: [SignedDuration; 3] =
    [SignedDuration::from_mins(1), SignedDuration::from_mins(5), SignedDuration::from_mins(15)];

/// How far it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Leaving {
    /// Nothing more is tried.
    settled: bool,
    /// Tries that got no answer.
    tries: usize,
    /// When to try again.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_at: Option<Timestamp>,
    /// What a person has to remove by hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    by_hand: Option<String>,
}

impl Leaving {
    pub(super) fn left_behind(&self) -> Option<String> {
        self.by_hand.clone()
    }
}

impl Slice<'_> {
    /// Takes our subscriptions at the vendor away. Gives the time until the next try, if there is to be one.
    pub(super) async fn leave_vendor(&mut self) -> Result<Option<Duration>, EngineError> {
        let (now, leaving) = (self.now(), self.takedown().leaving.clone());
        if leaving.settled {
            return Ok(None);
        }
        if let Some(at) = leaving.next_at.filter(|at| *at > now) {
            return Ok(Some(until(now, at)));
        }
        let leaving = match self.unsubscribe().await? {
            Ok(()) => Leaving { settled: true, ..leaving },
            Err(error) if may_answer_yet(&error) && leaving.tries < PATIENCE.len() => {
                let next_at = Some(self.now() + PATIENCE[leaving.tries]);
                Leaving { tries: leaving.tries + 1, next_at, ..leaving }
            }
            Err(error) => Leaving { settled: true, by_hand: Some(self.by_hand(&error)), ..leaving },
        };
        let again = leaving.next_at.filter(|_| !leaving.settled).map(|at| until(self.now(), at));
        self.takedown().leaving = leaving;
        self.keep_takedown().await?;
        Ok(again)
    }

    async fn unsubscribe(&mut self) -> Result<Result<(), ConnectorError>, EngineError> {
        let (Some(keys), Some(webhook), true) =
            (self.engine.webhooks.clone(), self.webhook.clone(), self.engine.provisions())
        else {
            return Ok(Ok(()));
        };
        // Subscriptions are made by runs. A run may have been killed before it noted them, so the vendor is asked.
        if self.settings.connected_at.is_none() || self.settings.credentials.is_none() {
            return Ok(Ok(()));
        }
        let connector = self.engine.connector_id();
        let receiver = Receiver { tenant: self.store.tenant(), connector: &connector, connection: &self.connection };
        let endpoint = keys.endpoint(receiver, &webhook, self.body.subscriptions.known.clone(), self.now());
        let unanswered = |why: String| ConnectorError::new("open a session", ErrorKind::Unavailable).with_detail(why);
        match self.unverified_session().await {
            Ok((session, _)) => Ok(session.unprovision(&endpoint).await),
            Err(Stop::Vendor(error)) => Ok(Err(error)),
            // A secret that cannot be read is no reason to stay connected for ever.
            Err(Stop::Engine(EngineError::Port(error))) => Ok(Err(unanswered(error.to_string()))),
            Err(Stop::Engine(error)) => Err(error),
            Err(stop) => Ok(Err(unanswered(format!("{stop:?}")))),
        }
    }

    fn by_hand(&self, error: &ConnectorError) -> String {
        let short = self.descriptor().short_name;
        let title = explain(self.descriptor(), error, &[], "webhooks").title;
        let address = self.engine.webhooks.as_ref().map(|keys| keys.shown_url(&self.engine.connector_id()));
        let address = address.unwrap_or_default();
        format!(
            "{title}, so its webhooks for this portal were not removed. Delete them in {short}: their address begins with \
             {address}"
        )
    }
}

fn until(now: Timestamp, at: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(now)).unwrap_or_default()
}

/// Whether another try may come to something.
const fn may_answer_yet(error: &ConnectorError) -> bool {
    matches!(
        error.kind,
        ErrorKind::Unavailable
            | ErrorKind::Misdirected { .. }
            | ErrorKind::Malformed { .. }
            | ErrorKind::Limited { .. }
            | ErrorKind::CompanyLimited { .. }
            | ErrorKind::Paused { .. }
    )
}
