//! What may be chosen of Autotask: filters, values for new tickets, and the picklists that they come from.

use connector::{ChoiceField, ChoiceSource, FieldKind, OptionField};
use domain::record::RecordType;

pub(super) const OPTIONS: &[OptionField] = &[
    OptionField {
        key: "queues",
        label: "Queues",
        help: "Only tickets of these queues come to the portal. None chosen: all queues.",
        example: "Level I Support",
        kind: FieldKind::List,
        choices: ChoiceSource::List("boards"),
        record_types: &[RecordType::Tickets],
    },
    OptionField {
        key: "categories",
        label: "Ticket categories",
        help: "Only tickets of these categories come to the portal. None chosen: all categories.",
        example: "Standard",
        kind: FieldKind::List,
        choices: ChoiceSource::List("categories"),
        record_types: &[RecordType::Tickets],
    },
    OptionField {
        key: "exclude_statuses",
        label: "Ticket statuses to leave out",
        help: "Tickets in these statuses do not come to the portal, and leave it when they enter one.",
        example: "Waiting Materials",
        kind: FieldKind::List,
        choices: ChoiceSource::List("statuses"),
        record_types: &[RecordType::Tickets],
    },
];

pub(super) const TICKET_DEFAULTS: &[OptionField] = &[
    OptionField {
        key: "board",
        label: "Queue",
        help: "Autotask takes no ticket without queue or resource. None chosen: its default queue, else \"Client Portal\".",
        example: "Level I Support",
        kind: FieldKind::Choice,
        choices: ChoiceSource::List("boards"),
        record_types: &[RecordType::Tickets],
    },
    OptionField {
        key: "ticket_type",
        label: "Ticket type",
        help: "None chosen: Autotask takes its own default.",
        example: "Incident",
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
        help: "Autotask takes no ticket without one. None chosen: its default priority.",
        example: "Medium",
        kind: FieldKind::Choice,
        choices: ChoiceSource::List("priorities"),
        record_types: &[RecordType::Tickets],
    },
    OptionField {
        key: "category",
        label: "Category",
        help: "None chosen: Autotask takes its own default.",
        example: "Standard",
        kind: FieldKind::Choice,
        choices: ChoiceSource::List("categories"),
        record_types: &[RecordType::Tickets],
    },
    OptionField {
        key: "source",
        label: "Source",
        help: "Where new tickets are said to come from, for reports in Autotask.",
        example: "Client Portal",
        kind: FieldKind::Choice,
        choices: ChoiceSource::List("sources"),
        record_types: &[RecordType::Tickets],
    },
    OptionField {
        key: "due_hours",
        label: "Due after, in hours",
        help: "Autotask wants a due date where no service level sets one. Empty: 24 hours after the ticket is made.",
        example: "24",
        kind: FieldKind::Number,
        choices: ChoiceSource::Free,
        record_types: &[RecordType::Tickets],
    },
];

pub(super) const CHOICES: &[ChoiceField] = &[
    ChoiceField { key: "statuses", label: "Ticket statuses", per_board: false },
    ChoiceField { key: "contact_types", label: "Contact groups", per_board: false },
    ChoiceField { key: "ticket_types", label: "Ticket types", per_board: false },
    ChoiceField { key: "priorities", label: "Priorities", per_board: false },
    ChoiceField { key: "boards", label: "Queues", per_board: false },
    ChoiceField { key: "categories", label: "Ticket categories", per_board: false },
    ChoiceField { key: "sources", label: "Sources", per_board: false },
];
