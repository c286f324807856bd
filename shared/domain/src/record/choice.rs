//! Values of a vendor's picklists.

use serde::{Deserialize, Serialize};

/// A value of a vendor's picklist: the id decides, the name is for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Choice {
    /// The vendor's id.
    pub value: String,
    /// The vendor's name for it.
    pub label: String,
    /// The board that it belongs to, where the list differs by board and those of all boards were asked for: names repeat
    /// from board to board.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub board: Option<Board>,
}

/// A board, queue or team that a value of a picklist belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Board {
    /// The vendor's id.
    pub id: String,
    /// The vendor's name for it.
    pub name: String,
}

impl Choice {
    /// A value that belongs to no board in particular.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), board: None }
    }

    /// Whether the text, in lower case, stands in its name or in that of its board.
    pub fn contains(&self, text: &str) -> bool {
        let board = self.board.as_ref().map(|board| board.name.to_lowercase());
        self.label.to_lowercase().contains(text) || board.is_some_and(|board| board.contains(text))
    }
}
