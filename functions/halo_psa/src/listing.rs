//! A feed's answer, read and mapped: everything between the bytes and the records, without any call.

use bytes::Bytes;
use connector::rows::{Layout, Rows};
use connector::{ConnectorError, ErrorKind, Mapped, Result};

use crate::map::{self, Context};
use crate::wire;

/// The rows of one answer of a feed, not yet mapped.
#[derive(Debug)]
pub enum Listing {
    /// `/Client`
    Clients(Rows<wire::Client>),
    /// `/Site`
    Sites(Rows<wire::Site>),
    /// `/Users`
    Contacts(Rows<wire::User>),
    /// `/Agent`
    Agents(Rows<wire::Agent>),
    /// `/Tickets`
    Tickets(Rows<wire::Ticket>),
}

impl Listing {
    /// Reads one page of a feed.
    ///
    /// # Errors
    /// The answer is no JSON, lacks its envelope, or the feed is not Halo's.
    pub fn read(feed: &str, body: Bytes) -> Result<Self> {
        match feed {
            "clients" => Rows::read("list clients", body, paged("clients")).map(Self::Clients),
            "sites" => Rows::read("list sites", body, paged("sites")).map(Self::Sites),
            "contacts" => Rows::read("list users", body, paged("users")).map(Self::Contacts),
            "agents" => Rows::read("list agents", body, BARE).map(Self::Agents),
            "tickets" => Rows::read("list tickets", body, paged("tickets")).map(Self::Tickets),
            _ => Err(unknown(feed)),
        }
    }

    /// Reads the detail of one record of a feed.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn single(feed: &str, body: Bytes) -> Result<Self> {
        match feed {
            "clients" => Rows::single("read a client", body, "id").map(Self::Clients),
            "sites" => Rows::single("read a site", body, "id").map(Self::Sites),
            "contacts" => Rows::single("read a user", body, "id").map(Self::Contacts),
            "agents" => Rows::single("read an agent", body, "id").map(Self::Agents),
            "tickets" => Rows::single("read a ticket", body, "id").map(Self::Tickets),
            _ => Err(unknown(feed)),
        }
    }

    /// Maps every row in order.
    pub fn map(&self, context: &Context) -> Vec<Mapped> {
        match self {
            Self::Clients(rows) => rows.map(map::company),
            Self::Sites(rows) => rows.map(map::site),
            Self::Contacts(rows) => rows.map(|row| map::contact(row, context)),
            Self::Agents(rows) => rows.map(map::technician),
            Self::Tickets(rows) => rows.map(|row| map::ticket(row, context)),
        }
    }

    /// Whether mapping needs the names of user roles.
    pub fn has_roles(&self) -> bool {
        matches!(self, Self::Contacts(rows) if rows.readable().any(map::has_roles))
    }

    /// Whether it is a ticket in the recycle bin.
    pub fn is_deleted(&self) -> bool {
        matches!(self, Self::Tickets(rows) if rows.readable().any(|row| row.deleted.is_set()))
    }

    /// How many rows were received, unreadable ones too.
    pub fn len(&self) -> usize {
        match self {
            Self::Clients(rows) => rows.len(),
            Self::Sites(rows) => rows.len(),
            Self::Contacts(rows) => rows.len(),
            Self::Agents(rows) => rows.len(),
            Self::Tickets(rows) => rows.len(),
        }
    }

    /// Whether none was received.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Rows in the whole filtered list.
    pub fn total(&self) -> Option<u64> {
        match self {
            Self::Clients(rows) => rows.total,
            Self::Sites(rows) => rows.total,
            Self::Contacts(rows) => rows.total,
            Self::Agents(rows) => u64::try_from(rows.len()).ok(),
            Self::Tickets(rows) => rows.total,
        }
    }
}

/// Lists that are small come as bare arrays and whole.
pub(crate) const BARE: Layout = Layout { rows: None, total: None, id: "id" };

/// Lists with pages come in an envelope.
pub(crate) const fn paged(rows: &'static str) -> Layout {
    Layout { rows: Some(rows), total: Some("record_count"), id: "id" }
}

fn unknown(feed: &str) -> ConnectorError {
    ConnectorError::new("read a feed", ErrorKind::Unsupported).with_detail(format!("Halo has no feed {feed:?}"))
}
