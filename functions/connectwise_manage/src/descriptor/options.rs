//! What may be chosen of ConnectWise: filters, values for new tickets, and the picklists that they come from.

use connector::{ChoiceField, ChoiceSource, FieldKind, OptionField};
use domain::record::RecordType;

pub(super) const OPTIONS: &[OptionField] = &[
    OptionField {
        key: "boards",
        label: "Boards",
        help: "Only tickets of these service boards come to the portal. None chosen: all boards.",
        example: "Help Desk",
        kind: FieldKind::List,
        choices: ChoiceSource::List("boards"),
        record_types: &[RecordType::Tickets],
    },
    OptionField {
        key: "exclude_statuses",
        label: "Ticket statuses to leave out",
        help: "Tickets in these statuses do not come to the portal, and leave it when they enter one.",
        example: "Help Desk: >Closed",
        kind: FieldKind::List,
        choices: ChoiceSource::List("statuses"),
        record_types: &[RecordType::Tickets],
    },
    OptionField {
        key: "exclude_company_types",
        label: "Company types to leave out",
        help: "Companies whose types are all among these do not come to the portal: a client that is a vendor as well stays.",
        example: "Vendor",
        kind: FieldKind::List,
        choices: ChoiceSource::Live,
        record_types: &[RecordType::Companies],
    },
    OptionField {
        key: "exclude_company_statuses",
        label: "Company statuses to leave out",
        help: "Companies in these statuses do not come to the portal.",
        example: "Not-Approved",
        kind: FieldKind::List,
        choices: ChoiceSource::Live,
        record_types: &[RecordType::Companies],
    },
    OptionField {
        key: "skip_inactive",
        label: "Leave out inactive companies",
        help: "Companies whose status is marked inactive in ConnectWise are not mirrored at all.",
        example: "true",
        kind: FieldKind::Flag,
        choices: ChoiceSource::Fixed(&[("true", "Leave them out")]),
        record_types: &[RecordType::Companies],
    },
    OptionField {
        key: "member_security_role",
        label: "Security role of new members",
        help: "What a member may do that the portal creates. None chosen: the portal creates no members.",
        example: "Technician",
        kind: FieldKind::Choice,
        choices: ChoiceSource::Live,
        record_types: &[RecordType::Users],
    },
];

pub(super) const TICKET_DEFAULTS: &[OptionField] = &[
    OptionField {
        key: "board",
        label: "Board",
        help: "New tickets go to this service board. None chosen: the default board of ConnectWise.",
        example: "Help Desk",
        kind: FieldKind::Choice,
        choices: ChoiceSource::List("boards"),
        record_types: &[RecordType::Tickets],
    },
    OptionField {
        key: "ticket_type",
        label: "Type",
        help: "Types belong to the board above. None chosen: none is set.",
        example: "Incident",
        kind: FieldKind::Choice,
        choices: ChoiceSource::List("ticket_types"),
        record_types: &[RecordType::Tickets],
    },
    OptionField {
        key: "status",
        label: "Status",
        help: "The status of a ticket whose stage nobody names. None chosen: the default status of the board.",
        example: "New",
        kind: FieldKind::Choice,
        choices: ChoiceSource::List("statuses"),
        record_types: &[RecordType::Tickets],
    },
    OptionField {
        key: "priority",
        label: "Priority",
        help: "None chosen: ConnectWise takes that of the company or the board.",
        example: "Priority 3 - Normal",
        kind: FieldKind::Choice,
        choices: ChoiceSource::List("priorities"),
        record_types: &[RecordType::Tickets],
    },
    OptionField {
        key: "category",
        label: "Subtype",
        help: "Subtypes belong to the board above and need a type there.",
        example: "Printer",
        kind: FieldKind::Choice,
        choices: ChoiceSource::List("categories"),
        record_types: &[RecordType::Tickets],
    },
    OptionField {
        key: "source",
        label: "Source",
        help: "Where new tickets are said to come from, for reports in ConnectWise.",
        example: "Portal",
        kind: FieldKind::Choice,
        choices: ChoiceSource::List("sources"),
        record_types: &[RecordType::Tickets],
    },
];

pub(super) const CHOICES: &[ChoiceField] = &[
    ChoiceField { key: "statuses", label: "Ticket statuses", per_board: true },
    ChoiceField { key: "contact_types", label: "Contact types", per_board: false },
    ChoiceField { key: "ticket_types", label: "Ticket types", per_board: true },
    ChoiceField { key: "priorities", label: "Priorities", per_board: false },
    ChoiceField { key: "boards", label: "Service boards", per_board: false },
    ChoiceField { key: "categories", label: "Ticket subtypes", per_board: true },
    ChoiceField { key: "sources", label: "Sources", per_board: false },
];
