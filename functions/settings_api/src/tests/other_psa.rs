//! A second PSA, which can write less: priorities and notes of tickets, and technicians, come from it only. Its statuses belong to
//! a board each, and its contacts have no types.

use connector::{
    ChoiceField, ChoiceSource, Descriptor, Direction, Feed, FieldKind, FieldMapping, OptionField, RecordTypeDescriptor,
};
use domain::id::ConnectionId;
use domain::record::RecordType;
use store::connection::Settings;

use super::harness::Api;

pub(super) fn other() -> ConnectionId {
    "other-psa".into()
}

/// Connected, switched on, as if somebody had gone through set-up.
pub(super) async fn connect(api: &Api, change: impl FnOnce(&mut Settings)) {
    api.switch_on("other-psa", change).await;
}

pub(super) static OTHER_PSA: Descriptor = Descriptor {
    short_name: "Other",
    about: "Another one.",
    choices: &[
        ChoiceField { key: "statuses", label: "Statuses", per_board: true },
        ChoiceField { key: "boards", label: "Boards", per_board: false },
    ],
    ticket_defaults: &[
        default_of("board", FieldKind::Choice, ChoiceSource::List("boards")),
        default_of("status", FieldKind::Choice, ChoiceSource::List("statuses")),
        default_of("due_hours", FieldKind::Number, ChoiceSource::Free),
    ],
    record_types: &[
        RecordTypeDescriptor {
            record_type: RecordType::Companies,
            label: "Customers",
            direction: Direction::Pull,
            default_on: true,
            limitation: None,
            feeds: &[feed("customers", RecordType::Companies)],
            fields: &[],
        },
        RecordTypeDescriptor {
            record_type: RecordType::Users,
            label: "Technicians",
            direction: Direction::Pull,
            default_on: true,
            limitation: Some("Other's API reads technicians only."),
            feeds: &[feed("technicians", RecordType::Users)],
            fields: &[field("name", Direction::Pull)],
        },
        RecordTypeDescriptor {
            record_type: RecordType::Tickets,
            label: "Tickets",
            direction: Direction::Both,
            default_on: true,
            limitation: None,
            feeds: &[feed("tickets", RecordType::Tickets)],
            fields: &[
                field("title", Direction::Both),
                field("status", Direction::Both),
                field("priority", Direction::Pull),
            ],
        },
    ],
    ..Descriptor::bare("other-psa", "Other PSA")
};

const fn default_of(key: &'static str, kind: FieldKind, choices: ChoiceSource) -> OptionField {
    OptionField { key, label: key, help: "", example: "", kind, choices, record_types: &[RecordType::Tickets] }
}

const fn feed(id: &'static str, produces: RecordType) -> Feed {
    Feed { id, produces, changes: connector::Changes::Filtered, completes: false, permission: "read", ..Feed::USUAL }
}

const fn field(portal: &'static str, direction: Direction) -> FieldMapping {
    FieldMapping { vendor: portal, portal, rule: "as is", direction }
}
