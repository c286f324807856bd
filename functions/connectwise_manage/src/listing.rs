//! A feed's answer, read and mapped: everything between the bytes and the records, without any call.

use std::collections::BTreeSet;

use bytes::Bytes;
use connector::rows::{Layout, Rows};
use connector::{ConnectorError, ErrorKind, Mapped, Result};
use domain::id::ExternalId;
use domain::record::RecordType;

use crate::client::{COMPANIES, CONTACTS, List, MEMBERS, TICKETS};
use crate::map::{self, Context};
use crate::wire;

/// Every list is a bare array.
pub(crate) const BARE: Layout = Layout { rows: None, total: None, id: "id" };

/// The rows of one answer of a feed, not yet mapped.
#[derive(Debug)]
pub(crate) enum Listing {
    Companies(Rows<wire::Company>),
    Contacts(Rows<wire::Contact>),
    Members(Rows<wire::Member>),
    Tickets(Rows<wire::Ticket>),
}

impl Listing {
    /// Reads one page of a feed.
    pub(crate) fn read(record_type: RecordType, body: Bytes) -> Result<Self> {
        let op = list(record_type)?.list;
        match record_type {
            RecordType::Companies | RecordType::Sites => Rows::read(op, body, BARE).map(Self::Companies),
            RecordType::Contacts => Rows::read(op, body, BARE).map(Self::Contacts),
            RecordType::Users => Rows::read(op, body, BARE).map(Self::Members),
            RecordType::Tickets => Rows::read(op, body, BARE).map(Self::Tickets),
            _ => Err(unknown()),
        }
    }

    /// Reads one record of a feed: the same fields as in the list.
    pub(crate) fn single(record_type: RecordType, body: Bytes) -> Result<Self> {
        let op = list(record_type)?.read;
        match record_type {
            RecordType::Companies | RecordType::Sites => Rows::single(op, body, "id").map(Self::Companies),
            RecordType::Contacts => Rows::single(op, body, "id").map(Self::Contacts),
            RecordType::Users => Rows::single(op, body, "id").map(Self::Members),
            RecordType::Tickets => Rows::single(op, body, "id").map(Self::Tickets),
            _ => Err(unknown()),
        }
    }

    /// Maps every row in order.
    pub(crate) fn map(&self, context: &Context) -> Vec<Mapped> {
        match self {
            Self::Companies(rows) => rows.map(|row| map::company(row, context)),
            Self::Contacts(rows) => rows.map(map::contact),
            Self::Members(rows) => rows.map(map::technician),
            Self::Tickets(rows) => rows.map(|row| map::ticket(row, context)),
        }
    }

    /// Contacts without their communication items, and those with them.
    pub(crate) fn contacts(&self) -> (BTreeSet<ExternalId>, BTreeSet<ExternalId>) {
        let Self::Contacts(rows) = self else { return Default::default() };
        let ids = |with: bool| {
            let rows = rows.readable().filter(move |row| row.communication_items.is_some() == with);
            rows.filter_map(|row| row.id.required_id().ok()).collect()
        };
        (ids(false), ids(true))
    }

    /// Whether mapping needs to know which statuses of companies are inactive.
    pub(crate) fn has_company_statuses(&self) -> bool {
        matches!(self, Self::Companies(rows) if rows.readable().any(|row| row.status.is_some()))
    }

    /// Whether it is a company that was deleted: ConnectWise keeps those.
    pub(crate) fn is_deleted(&self) -> bool {
        matches!(self, Self::Companies(rows) if rows.readable().any(|row| row.deleted_flag.is_set()))
    }
}

/// The list of a record type. Sites are no feed of their own: they come as part of other records.
pub(crate) fn list(record_type: RecordType) -> Result<&'static List> {
    Ok(match record_type {
        RecordType::Companies | RecordType::Sites => &COMPANIES,
        RecordType::Contacts => &CONTACTS,
        RecordType::Users => &MEMBERS,
        RecordType::Tickets => &TICKETS,
        _ => return Err(unknown()),
    })
}

/// Of a record type that this connector does not declare.
fn unknown() -> ConnectorError {
    ConnectorError::new("read a record", ErrorKind::Unsupported)
}
