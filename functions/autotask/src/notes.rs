//! Notes of tickets, read for many tickets at once where many need them.
//!
//! A first import of 50,000 tickets would take 50,000 calls one by one, five hours of the whole allowance of everybody at
//! the customer; a hundred tickets to a query makes it a few hundred. A quiet run, on the other hand, should read no
//! note that it does not need: so the first few tickets of a page are asked for singly.

use std::collections::{HashMap, HashSet};

use connector::Result;
use serde_json::json;

use crate::client::Client;
use crate::listing::{NOTES, all};
use crate::wire;

/// Tickets of a page that are asked for singly before the others are asked for together.
const SINGLY: usize = 3;
/// Tickets whose notes are asked for together.
const TOGETHER: usize = 100;

/// The page of tickets that is being completed, and notes read for it already.
#[derive(Debug, Default)]
pub(crate) struct NotesAhead {
    page: Vec<i64>,
    asked: usize,
    read: HashMap<i64, Vec<wire::TicketNote>>,
}

impl NotesAhead {
    /// From here on tickets of this page are completed.
    pub(crate) fn turn_to(&mut self, page: Vec<i64>) {
        *self = Self { page, ..Self::default() };
    }

    /// A ticket that was read by itself is newer than its page.
    pub(crate) fn forget(&mut self, ticket: i64) {
        self.page.retain(|id| *id != ticket);
        self.read.remove(&ticket);
    }

    /// The notes of a ticket, oldest first.
    pub(crate) async fn of(&mut self, client: &Client, ticket: i64) -> Result<Vec<wire::TicketNote>> {
        if let Some(notes) = self.read.remove(&ticket) {
            return Ok(notes);
        }
        let tickets = self.next(ticket);
        let condition = match tickets.as_slice() {
            [_] => json!({"op": "eq", "field": "ticketID", "value": ticket}),
            many => json!({"op": "in", "field": "ticketID", "value": many}),
        };
        let notes = all::<wire::TicketNote>(client, &NOTES, &vec![condition], |note| note.id).await?;
        self.read.extend(tickets.into_iter().map(|ticket| (ticket, Vec::new())));
        for note in notes {
            if let Some(notes) = note.ticketid.0.and_then(|ticket| self.read.get_mut(&ticket)) {
                notes.push(note);
            }
        }
        Ok(self.read.remove(&ticket).unwrap_or_default())
    }

    /// The tickets to ask for now: this one, or with it those behind it on its page.
    fn next(&mut self, ticket: i64) -> Vec<i64> {
        let Some(place) = self.page.iter().position(|id| *id == ticket) else { return vec![ticket] };
        self.asked += 1;
        if self.asked <= SINGLY {
            return vec![ticket];
        }
        let read: HashSet<&i64> = self.read.keys().collect();
        self.page[place..].iter().filter(|id| !read.contains(id)).take(TOGETHER).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_few_of_a_page_are_asked_for_singly_and_the_rest_together() {
        let mut ahead = NotesAhead::default();
        ahead.turn_to((1..=250).collect());
        assert_eq!([ahead.next(1), ahead.next(5), ahead.next(6)], [[1], [5], [6]]);
        assert_eq!(ahead.next(7), (7..=106).collect::<Vec<_>>());
        ahead.read.insert(150, Vec::new());
        assert_eq!(ahead.next(149).len(), 100);
        assert!(!ahead.next(149).contains(&150), "it has been read");
        assert_eq!(ahead.next(250), [250]);
    }

    #[test]
    fn a_ticket_that_is_not_of_the_page_is_asked_for_by_itself() {
        let mut ahead = NotesAhead::default();
        ahead.turn_to(vec![1, 2, 3, 4, 5, 6]);
        for ticket in 1..=4 {
            ahead.next(ticket);
        }
        ahead.forget(5);
        assert_eq!(ahead.next(5), [5]);
        assert_eq!(ahead.next(99), [99]);
    }
}
