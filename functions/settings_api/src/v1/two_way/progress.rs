//! How far the edits of a record are, in words for a person.

use domain::edit::{Edit, OperationState};
use serde::Serialize;
use store::outbox::Queued;
use utoipa::ToSchema;

use super::{Source, TwoWay, open_for_edits};

/// Whether the vendor has what the portal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ProgressState {
    /// It has.
    InStep,
    /// Edits are on their way.
    Pending,
    /// It refused an edit; that one is not shown, and later ones wait behind it.
    Refused,
}

/// How far the edits of a record are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SyncProgress)]
pub(crate) struct Progress {
    state: ProgressState,
    /// Why, and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// An edit was refused, or got no answer for half an hour: it may be discarded.
    may_discard: bool,
}

impl Progress {
    pub(in crate::v1) fn of(source: &Source, found: &TwoWay) -> Self {
        if let Some((queued, field, message)) = found.refused().and_then(words_of_refusal) {
            let (name, what) = (source.which.descriptor.short_name, words(&queued.operation.edit));
            let at_field = field.map(|field| format!(" (field {field})")).unwrap_or_default();
            let detail = format!(
                "{name} refused {what}: {message}{at_field}. Set it right there and retry, or discard what was refused."
            );
            return Self { state: ProgressState::Refused, detail: Some(detail), may_discard: true };
        }
        let may_discard = found.stuck(source).is_some();
        match found.operations.first() {
            None => Self { state: ProgressState::InStep, detail: None, may_discard },
            Some(first) => {
                let may = if may_discard { " It may be discarded." } else { "" };
                let detail = format!("{}{may}", why_pending(source, first));
                Self { state: ProgressState::Pending, detail: Some(detail), may_discard }
            }
        }
    }
}

fn words_of_refusal(queued: &Queued) -> Option<(&Queued, Option<&String>, &str)> {
    match &queued.operation.state {
        OperationState::Refused { field, message, .. } => Some((queued, field.as_ref(), message)),
        OperationState::Queued | OperationState::Sent { .. } => None,
    }
}

fn words(edit: &Edit) -> String {
    match edit {
        Edit::CreateTicket { .. } => "the new ticket".to_owned(),
        Edit::CreateTechnician(_) => "the new technician".to_owned(),
        Edit::AddNote(_) => "a note".to_owned(),
        Edit::Enrol(_) => "the enrolment".to_owned(),
        Edit::UpdateTicket(fields) | Edit::UpdateTechnician(fields) => {
            let fields: Vec<_> = fields.wanted.keys().map(|field| super::edits::shown_field(field)).collect();
            format!("a change of {}", fields.join(", "))
        }
    }
}

fn why_pending(source: &Source, first: &Queued) -> String {
    let name = source.which.descriptor.short_name;
    let settings = source.settings();
    if open_for_edits(source.which.descriptor, settings, source.record_type).is_err() {
        let what = source.record_type;
        return format!("It waits until {name} is connected and {what} are switched on and permitted there.");
    }
    if !settings.active() {
        return format!("It waits until {name} is switched on again.");
    }
    if !source.read.connection.state.active {
        return format!("It waits until the problem with {name} is solved: see its issues.");
    }
    if source.read.body.is_read_only(settings) {
        return format!("It waits until an admin confirms that this portal may write to the {name} account.");
    }
    match first.operation.state {
        OperationState::Sent { .. } => {
            format!("{name} did not say whether it has it: it is looked for there before it is sent again.")
        }
        OperationState::Queued | OperationState::Refused { .. } => format!("It is on its way to {name}."),
    }
}
