//! Ticket stages and what new tickets begin with: a status has one stage, what is written for a stage is shown as it, and
//! what belongs to a board comes with that board.

use std::collections::BTreeMap;

use domain::options::StageMap;
use domain::stage::{Stage, Stages};

use super::input::{Checker, MOST_VALUES, StageInput};
use crate::input::escape;

pub(super) const MOST_BOARDS: usize = 200;
/// Any board that is not named.
const ANY_BOARD: &str = "*";
/// The ticket default that says which board.
const BOARD: &str = "board";

impl Checker<'_> {
    pub(super) fn stages(&mut self, input: BTreeMap<String, StageInput>) -> Stages {
        let name = self.descriptor.name;
        if !input.is_empty() && self.descriptor.list("statuses").is_none() {
            self.wrong("/stages", format!("{name} has no ticket statuses."));
            return Stages::new();
        }
        let mut holder: BTreeMap<String, &str> = BTreeMap::new();
        let mut stages = Stages::new();
        for (stage, map) in &input {
            let pointer = format!("/stages/{}", escape(stage));
            if Stage::parse(stage).is_none() {
                self.wrong(pointer, format!("There is no such stage: {}.", Stage::ALL.map(Stage::as_str).join(", ")));
                continue;
            }
            let fits = self.cap(&format!("{pointer}/in"), map.incoming.len(), MOST_VALUES)
                & self.cap(&format!("{pointer}/out"), map.outgoing.len(), MOST_BOARDS);
            if !fits {
                continue;
            }
            for (index, status) in map.incoming.iter().enumerate() {
                let at = format!("{pointer}/in/{index}");
                self.short(&at, status);
                if let Some(other) = holder.insert(status.clone(), stage) {
                    self.wrong(at, format!("This status stands under {other} already; a status has one stage."));
                }
            }
            for (board, status) in &map.outgoing {
                let at = format!("{pointer}/out/{}", escape(board));
                self.board(&at, board);
                self.short(&at, status);
                if !map.incoming.contains(status) {
                    self.wrong(at, format!("A ticket with this status is not shown as {stage}: add it there first."));
                }
            }
            stages.insert(stage.clone(), StageMap { incoming: map.incoming.clone(), outgoing: map.outgoing.clone() });
        }
        stages
    }

    /// Whether a status can be written for this board.
    fn board(&mut self, at: &str, board: &str) {
        let descriptor = self.descriptor;
        let per_board = descriptor.list("statuses").is_some_and(|list| list.per_board);
        if board == ANY_BOARD && per_board {
            let name = descriptor.short_name;
            self.wrong(at, format!("Statuses of {name} belong to a board each: say which in place of *."));
        } else if board != ANY_BOARD && descriptor.list("boards").is_none() {
            self.wrong(at, format!("{} has no boards: use *.", descriptor.name));
        } else {
            self.short(at, board);
        }
    }

    pub(super) fn ticket_defaults(&mut self, defaults: BTreeMap<String, String>) -> BTreeMap<String, String> {
        let descriptor = self.descriptor;
        for (key, value) in &defaults {
            let pointer = format!("/ticket_defaults/{}", escape(key));
            let Some(field) = descriptor.ticket_defaults.iter().find(|field| field.key == key) else {
                let known: Vec<&str> = descriptor.ticket_defaults.iter().map(|field| field.key).collect();
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                self.wrong(pointer, format!("{} knows no such ticket default: {known}.", descriptor.name));
                continue;
            };
            self.value(&pointer, field, value);
            let per_board = field.list().and_then(|list| descriptor.list(list)).is_some_and(|list| list.per_board);
            if per_board && !defaults.contains_key(BOARD) {
                let detail = format!("{} belongs to a board: choose the board of new tickets, too.", field.label);
                self.wrong(pointer, detail);
            }
        }
        defaults
    }
}
