//! How many live records of a type each vendor company has, so that what waits for companies that are not linked is known
//! without reading the records.
//!
//! The counts are spread over a few items, so that a change rewrites little. The engine keeps them under its fence and knows
//! whether they are right.

use std::collections::{BTreeMap, BTreeSet};

use domain::id::{ConnectionId, ExternalId};
use domain::record::RecordType;

use crate::TenantStore;
use crate::error::Result;
use crate::item;
use crate::table::{Query, Write};

/// Items that the counts are spread over.
const PARTS: u32 = 16;

/// Live records of one type by the vendor company they belong to; the empty id stands for none. What is not there is 0.
pub type Tally = BTreeMap<ExternalId, u64>;

fn part(company: &ExternalId) -> u32 {
    company.as_str().bytes().fold(0u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(u32::from(byte))) % PARTS
}

impl TenantStore {
    /// The tally of a record type; `None`: nobody has counted yet.
    pub async fn tally(&self, connection: &ConnectionId, record_type: RecordType) -> Result<Option<Tally>> {
        let query = Query { pk: self.keys.tally(connection, record_type), consistent: true, ..Query::default() };
        let rows = self.table.query(query).await?.items;
        let parts = rows.iter().map(item::body::<Tally>).collect::<Result<Vec<_>>>()?;
        Ok((!parts.is_empty()).then(|| parts.into_iter().flatten().collect()))
    }

    /// The parts of a transaction, under the fence, that keep the counts of these companies.
    pub fn tally_writes(
        &self,
        connection: &ConnectionId,
        record_type: RecordType,
        tally: &Tally,
        changed: &BTreeSet<ExternalId>,
    ) -> Result<Vec<Write>> {
        let parts: BTreeSet<u32> = changed.iter().map(part).collect();
        let put = |number| {
            let own = tally.iter().filter(|(company, count)| **count > 0 && part(company) == number);
            let key = self.keys.tally_part(connection, record_type, number);
            let item = item::item(&key, &own.collect::<BTreeMap<_, _>>())?;
            Ok(Write::Put { item, condition: None })
        };
        parts.into_iter().map(put).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::memory::MemoryTable;

    #[tokio::test]
    async fn counts_of_many_companies_come_back_whole_and_only_changed_ones_are_written() {
        let store = TenantStore::new(Arc::new(MemoryTable::new()), "acme".into());
        let connection = ConnectionId::new("psa");
        let read = async || store.tally(&connection, RecordType::Tickets).await.unwrap();
        assert_eq!(read().await, None);
        let mut tally: Tally = (1..=300).map(|n| (ExternalId::new(format!("{n}")), n)).collect();
        let all: BTreeSet<_> = tally.keys().cloned().collect();
        let writes = store.tally_writes(&connection, RecordType::Tickets, &tally, &all).unwrap();
        assert_eq!(writes.len(), 16);
        store.table.transact(writes).await.unwrap();
        assert_eq!(read().await, Some(tally.clone()));

        tally.insert("7".into(), 0);
        let one = BTreeSet::from([ExternalId::new("7")]);
        let writes = store.tally_writes(&connection, RecordType::Tickets, &tally, &one).unwrap();
        assert_eq!(writes.len(), 1);
        store.table.transact(writes).await.unwrap();
        tally.remove(&ExternalId::new("7"));
        assert_eq!(read().await, Some(tally));
    }
}
