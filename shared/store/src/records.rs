//! Mirrored records: one partition per connection and record type, written only under the lease, hence in batches.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::hash::ContentHash;
use domain::id::{ConnectionId, ExternalId, UserId};
use domain::merge::Conflict;
use domain::record::{Company, RecordData, RecordType};
use domain::role::RoleSource;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::TenantStore;
use crate::company_lists::Listed;
use crate::error::Result;
use crate::item;
use crate::table::{Item, Query};

/// Whether a mirrored record stands for something at the vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// It is there and passes the rules.
    Live,
    /// It is there, but a rule leaves it out.
    Skipped,
    /// Confirmed gone.
    Gone,
}

/// What came of a contact when it was last looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// The portal user behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// The step of the chain that gave the role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<RoleSource>,
    /// In words for the log: "imported as Standard User", "its company is not linked".
    pub reason: String,
}

/// What the portal adds to a record that goes both ways.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PortalPart {
    /// The reference under which the portal made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Portal values that lost to the vendor's, newest last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<Conflict>,
}

/// The body of a mirrored record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mirrored {
    /// Its presence.
    pub presence: Presence,
    /// What a person would call it.
    pub name: String,
    /// The content; absent for skipped ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<RecordData>,
    /// Why it is left out or gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What came of a contact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import: Option<Import>,
    /// What the portal adds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub portal: Option<PortalPart>,
    /// When it was first seen.
    pub first_seen_at: Timestamp,
    /// When its content last changed here.
    pub changed_at: Timestamp,
}

/// A mirrored record with its key and hash.
#[derive(Clone, Debug, PartialEq)]
pub struct MirrorRecord {
    /// The vendor's id.
    pub external_id: ExternalId,
    /// Hash of the content as mapped from the list.
    pub hash: ContentHash,
    /// The body.
    pub body: Mirrored,
    /// Where the table lists it; of a record that was not read from the table nowhere.
    pub listed: Option<Listed>,
}

impl MirrorRecord {
    fn from_item(row: &Item) -> Result<Self> {
        let hash = item::get_bytes(row, "hash").and_then(|bytes| <[u8; 16]>::try_from(bytes).ok()).unwrap_or_default();
        let external_id = item::get_text(row, "id").unwrap_or_default();
        let (hash, listed) = (ContentHash::from_bytes(hash), Listed::from_item(row));
        Ok(Self { external_id: external_id.into(), hash, body: item::body(row)?, listed })
    }

    /// The content, if it is live.
    pub fn live(&self) -> Option<&RecordData> {
        self.body.data.as_ref().filter(|_| self.body.presence == Presence::Live)
    }
}

impl TenantStore {
    /// The item of a mirrored record.
    pub fn record_item(
        &self,
        connection: &ConnectionId,
        record_type: RecordType,
        record: &MirrorRecord,
    ) -> Result<Item> {
        let key = self.keys.record(connection, record_type, &record.external_id);
        let mut row = item::item(&key, &record.body)?;
        row.insert("id".to_owned(), item::text(record.external_id.as_str()));
        row.insert("hash".to_owned(), AttributeValue::B(Blob::new(record.hash.as_bytes().to_vec())));
        if let Some(listed) = Listed::of(record) {
            listed.note(&mut row);
        }
        Ok(row)
    }

    /// Mirrored records by id, those that are there.
    pub async fn records(
        &self,
        connection: &ConnectionId,
        record_type: RecordType,
        ids: impl IntoIterator<Item = &ExternalId>,
    ) -> Result<Vec<MirrorRecord>> {
        let keys: Vec<_> = ids.into_iter().map(|id| self.keys.record(connection, record_type, id)).collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        self.table.batch_get(keys, Vec::new()).await?.iter().map(MirrorRecord::from_item).collect()
    }

    /// One mirrored record.
    pub async fn record(
        &self,
        connection: &ConnectionId,
        record_type: RecordType,
        id: &ExternalId,
    ) -> Result<Option<MirrorRecord>> {
        let item = self.table.get(self.keys.record(connection, record_type, id)).await?;
        item.as_ref().map(MirrorRecord::from_item).transpose()
    }

    /// A page of all mirrored records of a type, in the order of their ids, after the one given. Shorter than `limit` only
    /// at the end, however large the records are.
    pub async fn record_page(
        &self,
        connection: &ConnectionId,
        record_type: RecordType,
        limit: u32,
        after: Option<&ExternalId>,
    ) -> Result<Vec<MirrorRecord>> {
        let pk = self.keys.records(connection, record_type);
        let after = after.map(|id| self.keys.record(connection, record_type, id).into_item());
        let query = Query { pk, limit: Some(limit), after, ..Query::default() };
        self.up_to(query).await?.iter().map(MirrorRecord::from_item).collect()
    }

    /// As many items as the query's limit says, unless there are fewer: the table ends a page at a megabyte, too.
    pub(crate) async fn up_to(&self, mut query: Query) -> Result<Vec<Item>> {
        let mut items = Vec::new();
        loop {
            let page = self.table.query(query.clone()).await?;
            query.limit = query.limit.map(|limit| limit - u32::try_from(page.items.len()).unwrap_or(limit).min(limit));
            items.extend(page.items);
            query.after = page.next;
            if query.after.is_none() || query.limit == Some(0) {
                return Ok(items);
            }
        }
    }

    /// A connection's live vendor companies, at most so many: only what a comparison of all of them needs is sent and read.
    pub async fn live_companies(&self, connection: &ConnectionId, most: u32) -> Result<Vec<(ExternalId, Company)>> {
        let pk = self.keys.records(connection, RecordType::Companies);
        let attributes = vec!["id", "v", "body"];
        let mut query = Query { pk, limit: Some(most), attributes, ..Query::default() };
        let mut companies = Vec::new();
        let mut left = most as usize;
        loop {
            let page = self.table.query(query.clone()).await?;
            left = left.saturating_sub(page.items.len());
            for row in &page.items {
                let mirrored: MirroredCompany = item::body(row)?;
                let id = item::get_text(row, "id").unwrap_or_default();
                companies.extend(
                    mirrored.data.filter(|_| mirrored.presence == Presence::Live).map(|data| (id.into(), data)),
                );
            }
            query.after = page.next;
            query.limit = u32::try_from(left).ok();
            if query.after.is_none() || left == 0 {
                return Ok(companies);
            }
        }
    }
}

/// The part of [`Mirrored`] that a comparison needs; the type of the content follows from where it stands.
#[derive(Deserialize)]
struct MirroredCompany {
    presence: Presence,
    #[serde(default)]
    data: Option<Company>,
}
