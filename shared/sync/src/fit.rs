//! What is mirrored of a ticket that is larger than an item of the table may be (400 KB, its key and the rest included).
//!
//! Long texts are cut, and of very many notes the newest stay. The vendor keeps all of it; the portal says where it cut.

use domain::record::{RecordData, Ticket};

/// Bytes kept of a description.
const DESCRIPTION: usize = 60_000;
/// Bytes kept of one note.
const NOTE: usize = 30_000;
/// Bytes kept of all notes together, ids and names included.
const NOTES: usize = 200_000;
/// What stands at the end of a text that was cut.
const CUT: &str = "… (cut; the whole text is at the vendor)";

/// Makes a record small enough. Doing it again changes nothing.
pub(crate) fn fit(data: &mut RecordData) {
    if let RecordData::Ticket(ticket) = data {
        fit_ticket(ticket);
    }
}

fn fit_ticket(ticket: &mut Ticket) {
    cut(&mut ticket.description, DESCRIPTION);
    let mut left = NOTES;
    let mut kept = 0;
    for note in ticket.notes.iter_mut().rev() {
        cut(&mut note.text, NOTE);
        let size = note.text.len() + note.author.as_ref().map_or(0, String::len) + 150;
        if size > left {
            break;
        }
        left -= size;
        kept += 1;
    }
    ticket.notes.drain(..ticket.notes.len() - kept);
}

fn cut(text: &mut String, most: usize) {
    if text.len() <= most {
        return;
    }
    let mut end = most - CUT.len();
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text.push_str(CUT);
}

#[cfg(test)]
mod tests {
    use domain::record::Note;

    use super::*;

    #[test]
    fn the_newest_notes_stay_and_long_texts_are_cut_once() {
        let note = |n: usize| Note {
            external_id: n.to_string().as_str().into(),
            author: None,
            text: "ü".repeat(20_000),
            internal: true,
            created_at: None,
        };
        let ticket =
            Ticket { description: "x".repeat(2_000_000), notes: (0..500).map(note).collect(), ..Ticket::default() };
        let mut data = RecordData::Ticket(Box::new(ticket));
        fit(&mut data);
        let once = data.clone();
        assert!(serde_json::to_vec(&data).unwrap().len() < 300_000);
        fit(&mut data);
        assert_eq!(data, once);
        let RecordData::Ticket(ticket) = data else { panic!("a ticket") };
        assert_eq!(ticket.notes.last().unwrap().external_id, "499".into());
        assert!(ticket.description.ends_with(CUT) && ticket.notes[0].text.ends_with(CUT));
    }
}
