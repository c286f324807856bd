//! What is mirrored of a record that is larger than an item of the table may be (400 KB, its key and the rest included).
//!
//! A ticket's long texts are cut, and of very many notes the newest stay. The vendor keeps all of it; the portal says where
//! it cut. What is too large all the same, or has ids that fit no key, cannot be mirrored and is set aside.

use domain::record::{Record, RecordData, Ticket};

/// Bytes kept of a description.
const DESCRIPTION: usize = 60_000;
/// Bytes kept of one note.
const NOTE: usize = 30_000;
/// Bytes kept of all notes together, ids and names included.
const NOTES: usize = 200_000;
/// Bytes that a record may have, and a ticket without its notes the less.
const LARGEST: usize = 350_000;
/// Bytes of an id: two stand in one sort key of 1,024 bytes, escaped.
pub(crate) const LONGEST_ID: usize = 400;
/// Bytes of a name, which stands beside the record once more, and in the run's log.
pub(crate) const LONGEST_NAME: usize = 2_000;
/// What stands at the end of a text that was cut.
const CUT: &str = "… (cut; the whole text is at the vendor)";

/// Makes a record small enough. Doing it again changes nothing.
pub(crate) fn fit(data: &mut RecordData) {
    if let RecordData::Ticket(ticket) = data {
        fit_ticket(ticket);
    }
}

/// Why a record cannot be mirrored; `bytes` as it came. Makes it small enough where that helps.
pub(crate) fn unfit(record: &mut Record, bytes: usize) -> Option<&'static str> {
    if record.external_id.as_str().len() > LONGEST_ID
        || record.data.company().is_some_and(|id| id.as_str().len() > LONGEST_ID)
    {
        return Some("its id, or that of its company, is longer than 400 bytes");
    }
    if record.data.name().len() > LONGEST_NAME {
        return Some("its name is longer than 2,000 bytes");
    }
    if bytes <= LARGEST - NOTES {
        return None;
    }
    fit(&mut record.data);
    let size = |data: &RecordData| serde_json::to_vec(data).map_or(0, |bytes| bytes.len());
    let too_large = match &mut record.data {
        RecordData::Ticket(ticket) => {
            let notes = std::mem::take(&mut ticket.notes);
            let rest = size(&record.data);
            if let RecordData::Ticket(ticket) = &mut record.data {
                ticket.notes = notes;
            }
            rest > LARGEST - NOTES
        }
        data => size(data) > LARGEST,
    };
    too_large.then_some("it is larger than 350 KB")
}

fn fit_ticket(ticket: &mut Ticket) {
    cut(&mut ticket.description, DESCRIPTION);
    let mut left = NOTES;
    let mut kept = 0;
    for note in ticket.notes.iter_mut().rev() {
        cut(&mut note.text, NOTE);
        let size = written(&note.text) + note.author.as_deref().map_or(0, written) + 150;
        if size > left {
            break;
        }
        left -= size;
        kept += 1;
    }
    ticket.notes.drain(..ticket.notes.len() - kept);
}

fn cut(text: &mut String, most: usize) {
    if text.len() <= most / 6 || written(text) <= most {
        return;
    }
    let mut room = most - CUT.len();
    let fits = |c: &(usize, char)| {
        let needs = written(c.1.encode_utf8(&mut [0; 4]));
        let fits = needs <= room;
        room = room.saturating_sub(needs);
        !fits
    };
    let end = text.char_indices().find(fits).map_or(text.len(), |(at, _)| at);
    text.truncate(end);
    text.push_str(CUT);
}

/// Bytes of a text as JSON has it.
fn written(text: &str) -> usize {
    let escaped = |byte| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 2,
        0..=0x1f => 6,
        _ => 1,
    };
    text.bytes().map(escaped).sum()
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

    #[test]
    fn a_text_that_grows_when_it_is_written_is_cut_by_what_it_grows_to() {
        let ticket = Ticket { description: "\u{1}\"".repeat(100_000), ..Ticket::default() };
        let mut data = RecordData::Ticket(Box::new(ticket));
        fit(&mut data);
        let once = data.clone();
        let size = serde_json::to_vec(&data).unwrap().len();
        assert!((50_000..62_000).contains(&size), "{size}");
        fit(&mut data);
        assert_eq!(data, once);
    }
}
