//! What may be chosen of Syncro: filters, values for new tickets, and the picklists that they come from.

use connector::{ChoiceField, ChoiceSource, FieldKind, OptionField};
use domain::record::RecordType;

pub(super) const OPTIONS: &[OptionField] = &[OptionField {
    key: "exclude_statuses",
    label: "Ticket statuses to leave out",
    help: "Tickets in these statuses do not come to the portal, and leave it when they enter one.",
    example: "Invoiced",
    kind: FieldKind::List,
    choices: ChoiceSource::List("statuses"),
    record_types: &[RecordType::Tickets],
}];

pub(super) const TICKET_DEFAULTS: &[OptionField] = &[
    OptionField {
        key: "ticket_type",
        label: "Ticket type",
        help: "None chosen: Syncro takes its own default.",
        example: "Standard",
        kind: FieldKind::Choice,
        choices: ChoiceSource::List("ticket_types"),
        record_types: &[RecordType::Tickets],
    },
    OptionField {
        key: "status",
        label: "Status",
        help: "The status of a ticket whose stage nobody names. None chosen: New.",
        example: "New",
        kind: FieldKind::Choice,
        choices: ChoiceSource::List("statuses"),
        record_types: &[RecordType::Tickets],
    },
    OptionField {
        key: "priority",
        label: "Priority",
        help: "None chosen: Syncro takes its own default.",
        example: "2 Normal",
        kind: FieldKind::Choice,
        choices: ChoiceSource::List("priorities"),
        record_types: &[RecordType::Tickets],
    },
    OptionField {
        key: "category",
        label: "Problem type",
        help: "What Syncro calls issue type.",
        example: "Hardware",
        kind: FieldKind::Choice,
        choices: ChoiceSource::List("categories"),
        record_types: &[RecordType::Tickets],
    },
];

// No contact types: Syncro has none.
pub(super) const CHOICES: &[ChoiceField] = &[
    ChoiceField { key: "statuses", label: "Ticket statuses", per_board: false },
    ChoiceField { key: "ticket_types", label: "Ticket types", per_board: false },
    ChoiceField { key: "priorities", label: "Priorities", per_board: false },
    ChoiceField { key: "categories", label: "Problem types", per_board: false },
];
