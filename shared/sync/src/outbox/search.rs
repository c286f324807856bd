//! Looking for a creation or note whose answer was lost.

use connector::{Change, ErrorKind, Pushed};
use domain::edit::Operation;
use domain::id::ExternalId;
use domain::record::RecordData;
use jiff::Timestamp;

use super::Refusal;
use crate::engine::EngineError;
use crate::slice::{Slice, Stop, vendor};

/// What a search came to.
pub(super) enum Found {
    /// This is it.
    Yes(Box<Pushed>),
    /// It is not there (yet).
    No,
    /// The vendor does not permit looking for it: nobody but a person can tell whether it is there.
    Refused(Refusal),
    /// The vendor did not say.
    Unknown,
}

impl Slice<'_> {
    /// Looks for what was sent at `sent`; notes that were `known` then are others.
    pub(super) async fn search(
        &mut self,
        operation: &Operation,
        change: &Change,
        sent: Timestamp,
        known: &[ExternalId],
    ) -> Result<Found, Stop> {
        let (session, _) = self.session().await?;
        let candidates = match session.find(change).await {
            Ok(candidates) => candidates,
            Err(error) if error.kind.is_account_wide() => return Err(vendor(error)),
            Err(error) if error.kind == ErrorKind::Forbidden => return Ok(Found::Refused(unseen())),
            Err(_) => return Ok(Found::Unknown),
        };
        for candidate in candidates {
            let ours = match &candidate.note_id {
                Some(note) => !known.contains(note),
                None => self.may_be_ours(operation, &candidate, sent).await?,
            };
            if ours {
                return Ok(Found::Yes(Box::new(candidate)));
            }
        }
        Ok(Found::No)
    }

    /// A record that bears our reference is ours. One that does not is ours only if it came after we sent ours, and no
    /// other edit made it.
    async fn may_be_ours(
        &self,
        operation: &Operation,
        candidate: &Pushed,
        sent: Timestamp,
    ) -> Result<bool, EngineError> {
        if let Some(RecordData::Ticket(ticket)) = candidate.record.as_ref().map(|record| &record.data)
            && let Some(reference) = &ticket.external_reference
        {
            return Ok(*reference == operation.reference);
        }
        let record_type = operation.record_type;
        let Some(mirrored) = self.store.record(&self.connection, record_type, &candidate.external_id).await? else {
            return Ok(true);
        };
        let reference = mirrored.body.portal.and_then(|part| part.reference);
        Ok(match reference {
            Some(reference) => reference == operation.reference,
            None => mirrored.body.first_seen_at >= sent,
        })
    }
}

fn unseen() -> Refusal {
    let message = "it was sent, and whether it arrived is not known: the vendor does not permit looking for it. Retrying \
                   may make it twice";
    Refusal { field: None, message: message.to_owned() }
}
