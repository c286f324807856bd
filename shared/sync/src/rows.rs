//! The pure path of a page: vendor rows in, changed records out. No I/O, so it is measured by itself (`cargo bench`).

use std::collections::HashMap;

use connector::Mapped;
use domain::hash::ContentHash;
use domain::id::ExternalId;
use domain::record::Record;

use crate::fit::{LONGEST_ID, LONGEST_NAME, unfit};

/// How names made from content begin.
const NAMED: &str = "row-";

/// A row with the hash of its content.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The vendor's id; for a row without one, a name made from its content.
    pub id: ExternalId,
    /// Hash of what the list says of it.
    pub hash: ContentHash,
    /// What it became.
    pub content: Content,
}

/// What a row became.
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every row is a record; boxing them would cost an allocation each"
)]
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// A record to mirror.
    Record(Record),
    /// Left out by a rule.
    Skipped {
        /// What a person would call it.
        name: String,
        /// Which rule.
        reason: String,
    },
    /// Could not be read.
    Malformed {
        /// What is wrong.
        error: String,
        /// The row, cut.
        raw: String,
    },
}

/// Hashes the rows of a page; of two with one id the later counts.
pub fn hash(rows: Vec<Mapped>, map_version: u32) -> Vec<Row> {
    let mut hashed: Vec<Row> = Vec::with_capacity(rows.len());
    let mut at: HashMap<ExternalId, usize> = HashMap::with_capacity(rows.len());
    let mut bytes = Vec::with_capacity(1024);
    for mapped in rows {
        let row = hash_one(mapped, map_version, &mut bytes);
        if let Some(&index) = at.get(&row.id) {
            hashed[index] = row;
        } else {
            at.insert(row.id.clone(), hashed.len());
            hashed.push(row);
        }
    }
    hashed
}

fn hash_one(mapped: Mapped, map_version: u32, bytes: &mut Vec<u8>) -> Row {
    bytes.clear();
    match mapped {
        Mapped::Record(mut record) => {
            let volatile = record.data.take_volatile();
            // Serialising these types cannot fail; were it to, the empty content would only look changed each time.
            let _ = serde_json::to_writer(&mut *bytes, &record.data);
            let hash = ContentHash::of(bytes, map_version);
            record.data.put_back(volatile);
            if let Some(why) = unfit(&mut record, bytes.len()) {
                return set_aside(record.external_id, hash, why.to_owned());
            }
            Row { id: record.external_id.clone(), hash, content: Content::Record(record) }
        }
        Mapped::Skipped { external_id, mut name, reason } => {
            name.truncate(name.floor_char_boundary(LONGEST_NAME));
            bytes.extend_from_slice(b"skipped\0");
            bytes.extend_from_slice(reason.as_bytes());
            let hash = ContentHash::of(bytes, map_version);
            Row { id: keyed(external_id, hash), hash, content: Content::Skipped { name, reason } }
        }
        Mapped::Malformed { external_id, error, raw } => {
            bytes.extend_from_slice(b"malformed\0");
            bytes.extend_from_slice(raw.as_bytes());
            let hash = ContentHash::of(bytes, map_version);
            let id = external_id.map_or_else(|| named_by(hash), |id| keyed(id, hash));
            Row { id, hash, content: Content::Malformed { error, raw } }
        }
    }
}

fn set_aside(id: ExternalId, hash: ContentHash, error: String) -> Row {
    Row { id: keyed(id, hash), hash, content: Content::Malformed { error, raw: String::new() } }
}

/// An id that fits a key.
fn keyed(id: ExternalId, hash: ContentHash) -> ExternalId {
    if id.as_str().len() > LONGEST_ID { named_by(hash) } else { id }
}

fn named_by(hash: ContentHash) -> ExternalId {
    ExternalId::new(format!("{NAMED}{hash:?}"))
}

/// Whether a row is called so for want of an id of its vendor's that fits.
pub(crate) fn is_named_by_content(id: &ExternalId) -> bool {
    id.as_str().strip_prefix(NAMED).is_some_and(|hash| ContentHash::from_hex(hash).is_some())
}

/// The rows whose content is not the one known.
pub fn changed(rows: Vec<Row>, known: impl Fn(&ExternalId) -> Option<ContentHash>) -> Vec<Row> {
    rows.into_iter().filter(|row| known(&row.id) != Some(row.hash)).collect()
}

/// What tells a page from another: its ids in order.
pub(crate) fn fingerprint(rows: &[Row]) -> String {
    let mut ids = Vec::with_capacity(rows.len() * 8);
    for row in rows {
        ids.extend_from_slice(row.id.as_str().as_bytes());
        ids.push(0);
    }
    format!("{:?}", ContentHash::of(&ids, 0))
}

#[cfg(test)]
mod tests {
    use domain::record::{Device, Note, RecordData, Ticket};

    use super::*;

    fn ticket(notes: Vec<Note>) -> Mapped {
        let data = RecordData::Ticket(Box::new(Ticket { title: "Printer".to_owned(), notes, ..Ticket::default() }));
        Mapped::Record(Record { external_id: "7".into(), modified_at: None, data })
    }

    #[test]
    fn a_ticket_read_with_its_notes_is_the_ticket_that_the_list_shows() {
        let note =
            Note { external_id: "1".into(), author: None, text: "Hello".to_owned(), internal: true, created_at: None };
        let rows = [ticket(Vec::new()), ticket(vec![note.clone()])].map(|mapped| hash(vec![mapped], 1).remove(0));
        assert_eq!(rows[0].hash, rows[1].hash);
        let Content::Record(record) = &rows[1].content else { panic!("a record") };
        assert!(matches!(&record.data, RecordData::Ticket(ticket) if ticket.notes == [note]), "the notes are kept");
    }

    #[test]
    fn what_fits_no_item_or_no_key_is_set_aside_and_the_rest_of_its_page_is_not() {
        let of =
            |id: &str, data: RecordData| Mapped::Record(Record { external_id: id.into(), modified_at: None, data });
        let device = |name: &str, model: &str| {
            let device = Device { name: name.to_owned(), model: Some(model.to_owned()), ..Device::default() };
            RecordData::Device(Box::new(device))
        };
        let ticket = Ticket { description: "x".repeat(2_000_000), ..Ticket::default() };
        let rows = hash(
            vec![
                of("1", device("small", "")),
                of("2", device("large", &"x".repeat(400_000))),
                of(&"3".repeat(500), device("long", "")),
                of("4", device(&"n".repeat(3_000), "")),
                of("5", RecordData::Ticket(Box::new(ticket))),
            ],
            1,
        );
        let said = |row: &Row| match &row.content {
            Content::Malformed { error, .. } => error.clone(),
            _ => "mirrored".to_owned(),
        };
        assert_eq!(
            rows.iter().map(said).collect::<Vec<_>>(),
            [
                "mirrored",
                "it is larger than 350 KB",
                "its id, or that of its company, is longer than 400 bytes",
                "its name is longer than 2,000 bytes",
                "mirrored",
            ]
        );
        assert!(is_named_by_content(&rows[2].id) && !is_named_by_content(&rows[0].id));
        assert!(!is_named_by_content(&"row-7".into()), "a vendor may call its rows so");
    }

    fn device(last_seen_at: &str) -> Row {
        let last_seen_at = Some(last_seen_at.parse().unwrap());
        let device = Device { name: "CON-LT-07".to_owned(), last_seen_at, ..Device::default() };
        let data = RecordData::Device(Box::new(device));
        let mapped = Mapped::Record(Record { external_id: "501".into(), modified_at: None, data });
        hash(vec![mapped], 1).remove(0)
    }

    #[test]
    fn a_device_that_was_only_seen_again_is_written_once_a_day() {
        let [noon, evening] = ["2026-05-01T12:00:00Z", "2026-05-01T23:59:59Z"].map(device);
        assert_eq!(noon.hash, evening.hash);
        assert_ne!(evening.hash, device("2026-05-02T00:00:00Z").hash);
        let Content::Record(Record { data: RecordData::Device(seen), .. }) = evening.content else {
            panic!("a device")
        };
        assert_eq!(
            seen.last_seen_at,
            Some("2026-05-01T23:59:59Z".parse().unwrap()),
            "what is written is the moment itself"
        );
    }
}
