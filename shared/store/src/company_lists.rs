//! Which records belong to a vendor company: a pointer for each, so that what is done with a company reads its records and
//! no others.
//!
//! Invariants: a record that says where it is listed is listed there, because the pointer is written first; a record that
//! leaves a list does so in one transaction. A pointer of a record that a killed worker did not get to may stand alone until
//! that record is read again. A record that is over (a resolved alert) is kept for [`KEPT_OVER`] and goes with its pointer, by the
//! table's own time to live: the vendor no longer lists it, so no pass would ever find it gone.

use domain::id::{ConnectionId, ExternalId};
use domain::record::RecordType;
use jiff::SignedDuration;

use crate::TenantStore;
use crate::dynamodb::schema::EXPIRES_AT;
use crate::error::Result;
use crate::item;
use crate::records::MirrorRecord;
use crate::table::{BatchWrite, Item, Query, SortRange, Write};

/// Records that leave their lists at once.
const LEAVING_AT_ONCE: usize = 8;
/// How long a record that is over stays, from when it was found to be.
pub const KEPT_OVER: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Where a record is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The vendor company, of an enrolment the portal company; `None`: among those of no company.
    pub company: Option<ExternalId>,
    /// What another record that stands for the same thing would have, too.
    pub distinctive: Option<String>,
    /// When it goes by itself, in seconds: only of what is over.
    pub until: Option<i64>,
}

/// One entry of the lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer {
    /// The record.
    pub external_id: ExternalId,
    /// What another record that stands for the same thing would have, too.
    pub distinctive: Option<String>,
}

impl Listed {
    /// Where this record belongs: one that is not live, or whose type does not belong to companies, nowhere.
    pub(crate) fn of(record: &MirrorRecord) -> Option<Self> {
        let data = record.live().filter(|data| data.record_type().belongs_to_companies())?;
        let until = data.is_over().then(|| record.body.changed_at.as_second() + KEPT_OVER.as_secs());
        Some(Self { company: data.listed_under(), distinctive: data.distinctive(), until })
    }

    pub(crate) fn from_item(row: &Item) -> Option<Self> {
        let company = item::get_text(row, "of")?;
        let company = Some(company).filter(|company| !company.is_empty()).map(ExternalId::from);
        let distinctive = item::get_text(row, "distinctive").map(str::to_owned);
        Some(Self { company, distinctive, until: item::get_number(row, EXPIRES_AT) })
    }

    /// Notes it on the record's item.
    pub(crate) fn note(&self, row: &mut Item) {
        row.insert("of".to_owned(), item::text(self.company.as_ref().map_or("", ExternalId::as_str)));
        self.note_what_its_entry_has(row);
    }

    fn note_what_its_entry_has(&self, row: &mut Item) {
        if let Some(distinctive) = &self.distinctive {
            row.insert("distinctive".to_owned(), item::text(distinctive));
        }
        if let Some(until) = self.until {
            row.insert(EXPIRES_AT.to_owned(), item::number(until));
        }
    }
}

impl TenantStore {
    /// Writes mirrored records and lists them where they belong; the caller holds the lease.
    pub async fn put_records(
        &self,
        connection: &ConnectionId,
        record_type: RecordType,
        records: &[MirrorRecord],
    ) -> Result<()> {
        let (mut pointers, mut staying, mut leaving) = (Vec::new(), Vec::new(), Vec::new());
        for record in records {
            let (id, belongs) = (&record.external_id, Listed::of(record));
            let row = self.record_item(connection, record_type, record)?;
            let pointer = belongs.as_ref().filter(|belongs| record.listed.as_ref() != Some(*belongs));
            let pointer = pointer.map(|belongs| self.company_pointer(connection, record_type, belongs, id));
            match &record.listed {
                Some(before) if belongs.as_ref().is_none_or(|belongs| belongs.company != before.company) => {
                    let key = self.keys.company_pointer(connection, record_type, before.company.as_ref(), id);
                    let puts = [Some(row), pointer].into_iter().flatten();
                    let puts = puts.map(|item| Write::Put { item, condition: None });
                    leaving.push([Write::Delete { key, condition: None }].into_iter().chain(puts).collect::<Vec<_>>());
                }
                _ => {
                    pointers.extend(pointer.map(BatchWrite::Put));
                    staying.push(BatchWrite::Put(row));
                }
            }
        }
        self.table.batch_write(pointers).await?;
        self.table.batch_write(staying).await?;
        let moves = leaving.into_iter().map(|writes| self.table.transact(writes)).collect();
        Ok(crate::drained(LEAVING_AT_ONCE, moves).await?)
    }

    fn company_pointer(
        &self,
        connection: &ConnectionId,
        record_type: RecordType,
        belongs: &Listed,
        external_id: &ExternalId,
    ) -> Item {
        let key = self.keys.company_pointer(connection, record_type, belongs.company.as_ref(), external_id);
        let mut row = item::bare(&key);
        row.insert("id".to_owned(), item::text(external_id.as_str()));
        belongs.note_what_its_entry_has(&mut row);
        row
    }

    /// The records of a vendor company by id, at most so many.
    pub async fn listed(
        &self,
        connection: &ConnectionId,
        record_type: RecordType,
        company: &ExternalId,
        most: u32,
    ) -> Result<Vec<ExternalId>> {
        self.listed_page(connection, record_type, company, most, None).await
    }

    /// A page of a company's records by id, after the one given.
    pub async fn listed_page(
        &self,
        connection: &ConnectionId,
        record_type: RecordType,
        company: &ExternalId,
        limit: u32,
        after: Option<&ExternalId>,
    ) -> Result<Vec<ExternalId>> {
        let key = |id| self.keys.company_pointer(connection, record_type, Some(company), id).into_item();
        let query = Query {
            pk: self.keys.company_lists(connection, record_type),
            sort: SortRange::BeginsWith(self.keys.company_list(Some(company))),
            limit: Some(limit),
            after: after.map(key),
            consistent: true,
            attributes: vec!["id"],
            ..Query::default()
        };
        Ok(self.up_to(query).await?.iter().filter_map(|row| Some(item::get_text(row, "id")?.into())).collect())
    }

    /// The entries of all lists of a type, company by company, at most so many.
    pub async fn all_listed(
        &self,
        connection: &ConnectionId,
        record_type: RecordType,
        most: u32,
    ) -> Result<Vec<Pointer>> {
        let query = Query {
            pk: self.keys.company_lists(connection, record_type),
            limit: Some(most),
            attributes: vec!["id", "distinctive"],
            ..Query::default()
        };
        let pointer = |row: &Item| {
            let distinctive = item::get_text(row, "distinctive").map(str::to_owned);
            Some(Pointer { external_id: item::get_text(row, "id")?.into(), distinctive })
        };
        Ok(self.up_to(query).await?.iter().filter_map(pointer).collect())
    }
}

#[cfg(test)]
mod tests;
