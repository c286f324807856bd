//! What may be chosen of Halo: filters, values for new tickets, and the picklists that they come from.

use connector::{ChoiceField, ChoiceSource, FieldKind, OptionField};
use domain::record::RecordType;

pub(super) const OPTIONS: &[OptionField] = &[
    OptionField {
        key: "teams",
        label: "Teams",
        help: "Only tickets of these teams come to the portal. None chosen: all teams.",
        example: "1st Line Support",
        kind: FieldKind::List,
        choices: ChoiceSource::List("boards"),
        record_types: &[RecordType::Tickets],
    },
    OptionField {
        key: "exclude_statuses",
        label: "Ticket statuses to leave out",
        help: "Tickets in these statuses do not come to the portal, and leave it when they enter one.",
        example: "Approved",
        kind: FieldKind::List,
        choices: ChoiceSource::List("statuses"),
        record_types: &[RecordType::Tickets],
    },
];

pub(super) const TICKET_DEFAULTS: &[OptionField] = &[
    OptionField {
        key: "board",
        label: "Team",
        help: "New tickets go to this team. None chosen: Halo decides, by ticket type.",
        example: "1st Line Support",
        kind: FieldKind::Choice,
        choices: ChoiceSource::List("boards"),
        record_types: &[RecordType::Tickets],
    },
    OptionField {
        key: "ticket_type",
        label: "Ticket type",
        help: "None chosen: Halo takes its own default.",
        example: "Incident",
        kind: FieldKind::Choice,
        choices: ChoiceSource::List("ticket_types"),
        record_types: &[RecordType::Tickets],
    },
    OptionField {
        key: "status",
        label: "Status",
        help: "The status of a ticket whose stage nobody names. None chosen: Halo decides, by ticket type.",
        example: "New",
        kind: FieldKind::Choice,
        choices: ChoiceSource::List("statuses"),
        record_types: &[RecordType::Tickets],
    },
    OptionField {
        key: "priority",
        label: "Priority",
        help: "None chosen: Halo takes that of the service level.",
        example: "Medium",
        kind: FieldKind::Choice,
        choices: ChoiceSource::List("priorities"),
        record_types: &[RecordType::Tickets],
    },
    OptionField {
        key: "category",
        label: "Category",
        help: "Halo's first category.",
        example: "Hardware",
        kind: FieldKind::Choice,
        choices: ChoiceSource::List("categories"),
        record_types: &[RecordType::Tickets],
    },
    OptionField {
        key: "source",
        label: "Source",
        help: "The number under which Halo keeps where a ticket came from. Empty: Halo decides.",
        example: "12",
        kind: FieldKind::Number,
        choices: ChoiceSource::Free,
        record_types: &[RecordType::Tickets],
    },
];

pub(super) const CHOICES: &[ChoiceField] = &[
    ChoiceField { key: "statuses", label: "Ticket statuses", per_board: false },
    ChoiceField { key: "contact_types", label: "User roles", per_board: false },
    ChoiceField { key: "ticket_types", label: "Ticket types", per_board: false },
    ChoiceField { key: "priorities", label: "Priorities", per_board: false },
    ChoiceField { key: "boards", label: "Teams", per_board: false },
    ChoiceField { key: "categories", label: "Categories", per_board: false },
];
