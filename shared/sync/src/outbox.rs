//! The outbox under the lease: edits made in the portal are brought to the vendor, in order for each record.
//!
//! - A change is merged field by field with what the vendor has at that moment; writing it twice does no harm.
//! - A creation or note is marked as sent before it is sent. If its answer is lost, by whatever happens, it is looked for
//!   at once and again after a time in which vendors' lists catch up, and only then sent again.
//! - What the vendor refuses stays, with the vendor's reason as an issue, and holds later edits of its record back.
//! - What the vendor has afterwards goes the way of every record that is read, so our own write coming back is no change.

mod search;
mod send;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use connector::{ConnectorError, Direction, ErrorKind, Feed, Mapped, Pushed};
use domain::edit::{Edit, Operation, OperationState, RecordRef};
use domain::id::ExternalId;
use domain::issue::{Cause, Reason};
use domain::merge::{Conflict, rebase};
use domain::record::RecordType;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};
use store::StoreError;
use store::outbox::Queued;
use store::records::PortalPart;
use store::table::{TableError, Write};

use crate::apply::by_type;
use crate::engine::EngineError;
use crate::issues::Finding;
use crate::scope::enabled_types;
use crate::slice::{Slice, Stop};

use send::content;

pub use send::edit_of;

/// Sending is not begun with less time than this left: the answer should come within the slice.
const ROOM: SignedDuration = SignedDuration::from_secs(8);
/// After this long a vendor shows what it was sent, and no call of a dead worker can be under way any more.
const SETTLED: SignedDuration = SignedDuration::from_secs(90);
/// The longest wait between two attempts at a vendor that gives no answer.
const PATIENCE: SignedDuration = SignedDuration::from_mins(15);
/// Names the issue about operations that cannot be read.
const UNREADABLE: &str = "operations";
/// Conflicts kept of a record, the newest.
const CONFLICTS: usize = 50;

/// Characters kept of a text that lost.
const CONFLICT_TEXT: usize = 1_000;

/// What became of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Brought {
    /// The vendor has it.
    Done,
    /// It stays, and later ones of its record behind it.
    Held,
}

/// A vendor's refusal.
struct Refusal {
    field: Option<String>,
    message: String,
}

impl Slice<'_> {
    /// Brings what waits to the vendor, as far as each record's first refused or unanswered one.
    pub(crate) async fn push_out(&mut self, operations: Vec<Queued>) -> Result<(), Stop> {
        self.close_settled_refusals(&operations).await?;
        if !operations.is_empty() {
            // Whether anything may be written is known once the account is.
            self.session().await?;
        }
        if self.read_only() {
            return Ok(());
        }
        let mut by_record: BTreeMap<(RecordType, RecordRef), Vec<Queued>> = BTreeMap::new();
        for queued in operations {
            let record = (queued.operation.record_type, queued.operation.record.clone());
            by_record.entry(record).or_default().push(queued);
        }
        let mut queues: Vec<_> = by_record.into_values().collect();
        for queue in &mut queues {
            queue.sort_by_key(|queued| queued.number);
        }
        // Who waited longest goes first.
        queues.sort_by_key(|queue| queue.first().map(|queued| queued.number));
        for queue in queues {
            let mut queue = VecDeque::from(queue);
            while let Some(queued) = queue.pop_front() {
                if self.now() + ROOM >= self.stop_at {
                    return Err(Stop::Later(Duration::ZERO));
                }
                if self.bring(queued, &mut queue).await? == Brought::Held {
                    break;
                }
            }
        }
        Ok(())
    }

    /// The feed that brings records of this type back, if it is on and its first pass is done.
    fn two_way(&mut self, record_type: RecordType) -> Option<&'static Feed> {
        let declared = self.descriptor().record_type(record_type)?;
        let on = declared.direction == Direction::Both
            && enabled_types(self.descriptor(), &self.settings).contains(&record_type);
        let feed = declared.feeds.iter().find(|feed| feed.produces == record_type).filter(|_| on)?;
        if !self.body.feeds.contains_key(feed.id) {
            // What is written before the first pass would make the pass look resumed.
            self.outbox_held = true;
            return None;
        }
        Some(feed)
    }

    /// Brings one operation to the vendor; `later` are those of its record that follow it.
    async fn bring(&mut self, queued: Queued, later: &mut VecDeque<Queued>) -> Result<Brought, Stop> {
        let Some(feed) = self.two_way(queued.operation.record_type) else { return Ok(Brought::Held) };
        match queued.operation.state.clone() {
            OperationState::Refused { .. } => Ok(Brought::Held),
            OperationState::Queued => self.send(feed, queued, 0, later).await,
            // Writing the same values again does no harm, so a change need not be looked for.
            OperationState::Sent { at, times, .. } if !queued.operation.edit.is_creation() => {
                if self.now() >= at + patience(times) {
                    return self.send(feed, queued, times, later).await;
                }
                self.look_again(at + patience(times));
                Ok(Brought::Held)
            }
            OperationState::Sent { at, times, missed, known } => {
                let Some(change) = self.change(&queued.operation).await? else {
                    return self.refuse(queued, never_made()).await;
                };
                match self.search(&queued.operation, &change, at, &known).await? {
                    search::Found::Yes(pushed) => self.arrived(feed, queued, *pushed, Vec::new(), later).await,
                    search::Found::No if missed > 0 && self.now() >= at + patience(times) => {
                        self.send(feed, queued, times, later).await
                    }
                    search::Found::No => {
                        // One list without rows may be an error in disguise: it takes two to believe it.
                        let sent = OperationState::Sent { at, times, missed: missed + 1, known };
                        self.move_on(queued, sent).await?;
                        self.look_again(at + patience(times));
                        Ok(Brought::Held)
                    }
                    search::Found::Refused(refusal) => self.refuse(queued, refusal).await,
                    search::Found::Unknown => {
                        self.note_silence(&queued.operation).await?;
                        self.look_again(self.now() + patience(times));
                        Ok(Brought::Held)
                    }
                }
            }
        }
    }

    /// The connection is due again at this moment, if its slot is not sooner.
    fn look_again(&mut self, at: Timestamp) {
        let at = at.max(self.now() + SignedDuration::from_secs(5));
        self.recheck = Some(self.recheck.map_or(at, |other| other.min(at)));
    }

    /// The vendor has it: take in what it has now, then end the operation.
    async fn arrived(
        &mut self,
        feed: &'static Feed,
        queued: Queued,
        pushed: Pushed,
        conflicts: Vec<Conflict>,
        later: &mut VecDeque<Queued>,
    ) -> Result<Brought, Stop> {
        let id = pushed.external_id.clone();
        let vendor = pushed.record.as_ref().map(|record| content(&record.data)).unwrap_or_default();
        let taken_in = match pushed.record {
            Some(record) => match self.take_in(feed, Mapped::Record(record)).await {
                Err(stop @ (Stop::Engine(_) | Stop::OutOfService(_))) => return Err(stop),
                taken_in => taken_in.map(|()| true),
            },
            None => Ok(false),
        };
        let lost: Vec<_> = conflicts.iter().map(|conflict| conflict.field.clone()).collect();
        self.keep_portal_part(feed.produces, &id, &queued.operation, conflicts).await?;
        let done = self.store.operation_done(&self.connection, &queued, &id, pushed.note_id.as_ref())?;
        let mut parts = self.rebase(&queued.operation, &lost, &vendor, later)?;
        if !matches!(taken_in, Ok(true)) {
            // What the vendor has could not be read (to its end): somebody has to look at it again.
            parts.push(self.store.hint_write(&self.connection, feed.produces, &id));
            self.look_again(self.now());
        }
        self.end(&queued, done, parts).await?;
        taken_in.map(|_| Brought::Done)
    }

    /// Later changes of the record were made on top of the one that arrived: they are based on what the vendor has now.
    fn rebase(
        &self,
        arrived: &Operation,
        lost: &[String],
        vendor: &Map<String, Value>,
        later: &mut VecDeque<Queued>,
    ) -> Result<Vec<Write>, EngineError> {
        let Some(earlier) = arrived.edit.fields() else { return Ok(Vec::new()) };
        let mut parts = Vec::new();
        // A transaction has a hundred parts at most; nobody edits one ticket so often in the time that a slice takes.
        for queued in later.iter_mut().take(80) {
            let mut operation = queued.operation.clone();
            if operation.edit.fields_mut().is_some_and(|fields| rebase(fields, earlier, lost, vendor)) {
                parts.push(self.store.operation_rewrite(queued, &operation)?);
                *queued = queued.clone().rewritten(operation);
            }
        }
        Ok(parts)
    }

    /// Ends an operation; the issue about it, if there was one, is closed. Of one that a person discarded meanwhile only
    /// what follows is kept.
    async fn end(&mut self, queued: &Queued, done: Vec<Write>, follows: Vec<Write>) -> Result<(), Stop> {
        let all = done.into_iter().chain(follows.iter().cloned()).collect();
        match self.keep(all).await {
            Err(Stop::Later(_)) => self.keep(follows).await?,
            kept => kept?,
        }
        let id = refusal_id(&queued.operation);
        Ok(self.disprove(|issue| issue.reason == Reason::ChangeRefused && issue.id == id).await?)
    }

    /// Writes parts about operations with the log. Where a person discarded one of them in between, everything that waits is
    /// looked at anew.
    async fn keep(&mut self, parts: Vec<Write>) -> Result<(), Stop> {
        match self.flush_log(parts).await {
            Err(EngineError::Store(StoreError::Table(TableError::Cancelled(_)))) => Err(Stop::Later(Duration::ZERO)),
            kept => Ok(kept?),
        }
    }

    /// Keeps what the mirror of a record adds to what the vendor says: our reference, values that lost.
    async fn keep_portal_part(
        &mut self,
        record_type: RecordType,
        id: &ExternalId,
        operation: &Operation,
        conflicts: Vec<Conflict>,
    ) -> Result<(), EngineError> {
        let reference = matches!(operation.edit, Edit::CreateTicket { .. } | Edit::CreateTechnician(_))
            .then(|| operation.reference.clone());
        if reference.is_none() && conflicts.is_empty() {
            return Ok(());
        }
        let Some(mut record) = self.store.record(&self.connection, record_type, id).await? else {
            // Kept with the operation's end, until the record can be read.
            self.body.references.extend(reference.map(|reference| (by_type(record_type, id), reference)));
            return Ok(());
        };
        let before = record.body.portal.clone().unwrap_or_default();
        let mut part = PortalPart { reference: reference.or(before.reference), conflicts: before.conflicts };
        // A conflict that was written before a crash is not written twice.
        part.conflicts.retain(|conflict| conflict.reference != operation.reference);
        part.conflicts.extend(conflicts.into_iter().map(cut));
        let surplus = part.conflicts.len().saturating_sub(CONFLICTS);
        part.conflicts.drain(..surplus);
        record.body.portal = Some(part);
        Ok(self.store.put_records(&self.connection, record_type, &[record]).await?)
    }

    /// The vendor refused it: it stays, later ones of its record wait, and somebody is told.
    async fn refuse(&mut self, queued: Queued, refusal: Refusal) -> Result<Brought, Stop> {
        let Refusal { field, message } = refusal;
        let operation = &queued.operation;
        let short = self.descriptor().short_name;
        let what = words(operation);
        let at_field = field.as_ref().map_or_else(String::new, |field| format!(" (field {field})"));
        self.note(Finding {
            cause: Cause::Config,
            reason: Reason::ChangeRefused,
            subject: Some(subject(operation)),
            title: format!("{short} refused {what}"),
            detail: format!("{message}{at_field}"),
            remedy: format!("Correct it, or set right in {short} what it names, then retry; or discard the change."),
            record_types: vec![operation.record_type],
        })
        .await?;
        let at = self.now();
        let part = self.store.operation_write(&queued, OperationState::Refused { field, message, at })?;
        self.begin_for_good().await?;
        self.keep(vec![part]).await?;
        Ok(Brought::Held)
    }

    /// Operations that this version cannot read, after a roll-back: they stay, and later ones of their records behind them.
    pub(crate) async fn note_unreadable(&mut self, queues: &BTreeSet<String>) -> Result<(), EngineError> {
        if queues.is_empty() {
            return self.disprove(|issue| issue.id == format!("{}:{UNREADABLE}", Reason::Defect.as_str())).await;
        }
        self.note(Finding {
            cause: Cause::System,
            reason: Reason::Defect,
            subject: Some(UNREADABLE.to_owned()),
            title: format!("Changes of {} records cannot be read", queues.len()),
            detail: "They were made with another version of the portal. They stay, and nothing else waits for them."
                .to_owned(),
            remedy: "This is a defect on our side: use Copy for support.".to_owned(),
            record_types: Vec::new(),
        })
        .await
    }

    /// Somebody is told of an operation that gets no answer for long.
    async fn note_silence(&mut self, operation: &Operation) -> Result<(), EngineError> {
        if !operation.is_silent(self.now()) {
            return Ok(());
        }
        let short = self.descriptor().short_name;
        self.note(Finding {
            cause: Cause::Transient,
            reason: Reason::ChangeRefused,
            subject: Some(subject(operation)),
            title: format!("{short} gives no answer to {}", words(operation)),
            detail: "It was sent, and whether it arrived is not known. It is tried again at growing intervals."
                .to_owned(),
            remedy: format!(
                "If {short} is up and takes other changes, look at the record there, or discard the change."
            ),
            record_types: vec![operation.record_type],
        })
        .await
    }

    /// Closes issues about operations that a person has corrected, retried or discarded.
    async fn close_settled_refusals(&mut self, operations: &[Queued]) -> Result<(), EngineError> {
        let now = self.now();
        let troubled = |queued: &&Queued| {
            let operation = &queued.operation;
            matches!(operation.state, OperationState::Refused { .. }) || operation.is_silent(now)
        };
        let open: Vec<_> = operations.iter().filter(troubled).map(|queued| refusal_id(&queued.operation)).collect();
        self.disprove(|issue| issue.reason == Reason::ChangeRefused && !open.contains(&issue.id)).await
    }
}

/// A conflict is kept for a person to read: of long texts the beginning is enough.
fn cut(mut conflict: Conflict) -> Conflict {
    for value in [&mut conflict.portal, &mut conflict.vendor] {
        if let Value::String(text) = value
            && let Some((end, _)) = text.char_indices().nth(CONFLICT_TEXT)
        {
            text.truncate(end);
            text.push('…');
        }
    }
    conflict
}

/// How long an operation that was sent so often is waited for.
fn patience(times: u32) -> SignedDuration {
    (SETTLED * 2_i32.saturating_pow(times.saturating_sub(1).min(8))).min(PATIENCE)
}

fn never_made() -> Refusal {
    Refusal { field: None, message: "the record that it belongs to was never made".to_owned() }
}

/// What an issue about a refusal is about: one per record, as later edits of it wait behind the first.
fn subject(operation: &Operation) -> String {
    format!("{}/{}", operation.record_type, operation.record)
}

fn refusal_id(operation: &Operation) -> String {
    format!("{}:{}", Reason::ChangeRefused.as_str(), subject(operation))
}

/// An edit in words, without names of people.
fn words(operation: &Operation) -> String {
    match &operation.edit {
        Edit::CreateTicket { ticket, .. } => format!("the new ticket {:?}", ticket.title),
        Edit::UpdateTicket(fields) => format!("a change of ticket {}: {}", operation.record, keys(&fields.wanted)),
        Edit::AddNote(_) => format!("a note on ticket {}", operation.record),
        Edit::CreateTechnician(_) => "a new technician".to_owned(),
        Edit::UpdateTechnician(fields) => {
            format!("a change of technician {}: {}", operation.record, keys(&fields.wanted))
        }
        Edit::Enrol(enrolment) => format!("an enrolment in {:?}", enrolment.name),
    }
}

fn keys(fields: &Map<String, Value>) -> String {
    fields.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// What a vendor's error says of an edit for good; `None`: it says nothing for good.
fn refusal(error: &ConnectorError) -> Option<Refusal> {
    let (field, message) = match &error.kind {
        ErrorKind::Rejected { field, message } => (field.clone(), message.clone()),
        ErrorKind::Forbidden => (None, "the vendor does not permit it".to_owned()),
        ErrorKind::NotFound => (None, "it is no longer there at the vendor".to_owned()),
        ErrorKind::Unsupported => (None, "the vendor's API cannot do it".to_owned()),
        _ => return None,
    };
    let said = error.detail.as_ref().filter(|detail| **detail != message);
    Some(Refusal { field, message: said.map_or_else(|| message.clone(), |said| format!("{message}: {said}")) })
}
