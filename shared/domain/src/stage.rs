//! Stages: the portal's five words for the state of a ticket, mapped from and to a vendor's statuses.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::options::StageMap;
use crate::record::Ticket;

/// Where a ticket is, in the portal's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Nobody has looked at it.
    New,
    /// Somebody has, and nobody works on it.
    Triaged,
    /// Somebody works on it.
    Working,
    /// It waits for somebody else.
    Waiting,
    /// It is done.
    Resolved,
}

/// How stages map, by a stage's name.
pub type Stages = BTreeMap<String, StageMap>;

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Self; 5] = [Self::New, Self::Triaged, Self::Working, Self::Waiting, Self::Resolved];

    /// The name used in the API and in options.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Triaged => "triaged",
            Self::Working => "working",
            Self::Waiting => "waiting",
            Self::Resolved => "resolved",
        }
    }

    /// Reads a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == name)
    }

    /// The stage that shows this status; `None`: it is mapped to none.
    pub fn of_status(stages: &Stages, status: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| {
            stages.get(stage.as_str()).is_some_and(|map| map.incoming.iter().any(|incoming| incoming == status))
        })
    }

    /// The stage of a ticket: that of its status, else resolved if the vendor closed it, else new.
    pub fn of(stages: &Stages, ticket: &Ticket) -> Self {
        let mapped = ticket.status.as_deref().and_then(|status| Self::of_status(stages, status));
        mapped.unwrap_or(if ticket.closed { Self::Resolved } else { Self::New })
    }

    /// The status that this stage is written as on a board: the one named for the board, else for any board, else the only
    /// one that is shown as this stage. `None`: the options do not say.
    pub fn status<'a>(self, stages: &'a Stages, board: Option<&str>) -> Option<&'a str> {
        let map = stages.get(self.as_str())?;
        let named = board.and_then(|board| map.outgoing.get(board)).or_else(|| map.outgoing.get("*"));
        named.map(String::as_str).or(match &map.incoming[..] {
            [only] => Some(only),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stages() -> Stages {
        let map = |incoming: &[&str], outgoing: &[(&str, &str)]| StageMap {
            incoming: incoming.iter().map(|status| (*status).to_owned()).collect(),
            outgoing: outgoing.iter().map(|(board, status)| ((*board).to_owned(), (*status).to_owned())).collect(),
        };
        Stages::from([
            ("working".to_owned(), map(&["2", "22"], &[("7", "22"), ("*", "2")])),
            ("resolved".to_owned(), map(&["9"], &[])),
            ("waiting".to_owned(), map(&["4", "5"], &[])),
        ])
    }

    #[test]
    fn many_statuses_are_one_stage_and_a_stage_is_one_status_of_the_board() {
        let stages = stages();
        let ticket = |status: &str, closed| Ticket { status: Some(status.to_owned()), closed, ..Ticket::default() };
        assert_eq!(Stage::of(&stages, &ticket("22", false)), Stage::Working);
        assert_eq!(Stage::of(&stages, &ticket("77", false)), Stage::New, "mapped to none");
        assert_eq!(Stage::of(&stages, &ticket("77", true)), Stage::Resolved, "mapped to none, and closed");
        assert_eq!(Stage::of(&stages, &ticket("2", true)), Stage::Working, "the mapping decides");
        assert_eq!(Stage::Working.status(&stages, Some("7")), Some("22"));
        assert_eq!(Stage::Working.status(&stages, Some("8")), Some("2"));
        assert_eq!(Stage::Resolved.status(&stages, Some("8")), Some("9"), "only one is shown as resolved");
        assert_eq!(Stage::Waiting.status(&stages, None), None, "which of the two, nobody said");
        assert_eq!(Stage::New.status(&stages, None), None);
    }
}
