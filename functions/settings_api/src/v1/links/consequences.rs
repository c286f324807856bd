//! What a change of links would do, as it is told.

use domain::record::RecordType;
use serde::Serialize;
use sync::consequences::Consequences;
use utoipa::ToSchema;

use crate::v1::counts;

/// What would follow.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LinkConsequences)]
pub(crate) struct ConsequencesView {
    users: UserConsequences,
    tickets: RecordConsequences,
    devices: RecordConsequences,
    /// The same in sentences; none: nothing would follow.
    lines: Vec<String>,
}

/// What would become of users.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserConsequences {
    /// They would lose access.
    suspended: u64,
    /// They would get it back.
    restored: u64,
    /// Contacts would become users.
    imported: u64,
}

/// What would become of records.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecordConsequences {
    /// Nobody would see them any more.
    hidden: u64,
    /// They would be seen.
    shown: u64,
}

impl ConsequencesView {
    /// `sleeping`: the connection is off, so users follow only when it is on again.
    pub(crate) fn of(found: &Consequences, sleeping: Option<&str>) -> Self {
        let users = UserConsequences { suspended: found.suspended, restored: found.restored, imported: found.imported };
        let count = |record_type| RecordConsequences {
            hidden: found.hidden.get(&record_type).copied().unwrap_or_default(),
            shown: found.shown.get(&record_type).copied().unwrap_or_default(),
        };
        let (tickets, devices) = (count(RecordType::Tickets), count(RecordType::Devices));
        let mut lines = Vec::new();
        let mut say = |verb: &str, many: u64, what: &str| {
            if many > 0 {
                lines.push(format!("{verb} {}.", counts::of(many, what)));
            }
        };
        say("Suspends", users.suspended, "users");
        say("Gives access back to", users.restored, "users");
        say("Imports", users.imported, "contacts");
        for (records, what) in [(&tickets, "tickets"), (&devices, "devices")] {
            say("Hides", records.hidden, what);
            say("Shows", records.shown, what);
        }
        let touches_users = users.suspended + users.restored + users.imported > 0;
        if let Some(name) = sleeping.filter(|_| touches_users) {
            lines.push(format!("{name} is switched off: users follow when it is on again."));
        }
        Self { users, tickets, devices, lines }
    }
}
