//! A feed's answer, read and mapped: everything between the bytes and the records, without any call.

use bytes::Bytes;
use connector::lenient::Int;
use connector::rows::{Layout, Rows};
use connector::{ConnectorError, ErrorKind, Length, Mapped, Result};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::map::{self, Context};
use crate::wire;

/// The rows of one answer of a feed, not yet mapped.
#[derive(Debug)]
pub(crate) enum Listing {
    /// `/customers`
    Customers(Rows<wire::Customer>, Length),
    /// `/contacts`
    Contacts(Rows<wire::Contact>, Length),
    /// `/users`, which has no pages
    Technicians(Rows<wire::UserPair>),
    /// `/tickets`
    Tickets(Rows<wire::Ticket>, Length),
}

impl Listing {
    /// Reads one page of a feed.
    pub(crate) fn read(feed: &str, body: Bytes) -> Result<Self> {
        let length = length(&body);
        match feed {
            "customers" => {
                Rows::read("list customers", body, under("customers")).map(|rows| Self::Customers(rows, length))
            }
            "contacts" => Rows::read("list contacts", body, under("contacts")).map(|rows| Self::Contacts(rows, length)),
            "technicians" => {
                let pairs = Layout { id: "0", ..under("users") };
                let rows: Rows<wire::UserPair> = Rows::read("list users", body, pairs)?;
                if rows.is_empty() {
                    // The token's own user is always there. Believed, nobody would be left.
                    let error = ConnectorError::new("list users", ErrorKind::Malformed { path: "users".to_owned() });
                    return Err(error.with_detail("the list names nobody, not even the token's own user"));
                }
                Ok(Self::Technicians(rows))
            }
            "tickets" => Rows::read("list tickets", body, under("tickets")).map(|rows| Self::Tickets(rows, length)),
            _ => Err(ConnectorError::new("read a page", ErrorKind::Unsupported)),
        }
    }

    /// Reads the detail of one record of a feed. Customers and tickets come wrapped, contacts bare.
    pub(crate) fn single(feed: &str, body: Bytes) -> Result<Self> {
        let one = Length::default();
        match feed {
            "customers" => {
                let row = unwrapped("read a customer", "customer", &body)?;
                Rows::single("read a customer", row, "id").map(|rows| Self::Customers(rows, one))
            }
            "contacts" => Rows::single("read a contact", body, "id").map(|rows| Self::Contacts(rows, one)),
            "tickets" => {
                let row = unwrapped("read a ticket", "ticket", &body)?;
                Rows::single("read a ticket", row, "id").map(|rows| Self::Tickets(rows, one))
            }
            _ => Err(ConnectorError::new("read a record", ErrorKind::Unsupported)),
        }
    }

    /// Maps every row in order.
    pub(crate) fn map(&self, context: &Context) -> Vec<Mapped> {
        match self {
            Self::Customers(rows, _) => rows.map(map::company),
            Self::Contacts(rows, _) => rows.map(map::contact),
            Self::Technicians(rows) => rows.map(map::technician),
            Self::Tickets(rows, _) => rows.map(|row| map::ticket(row, context)),
        }
    }

    /// How long the list is.
    pub(crate) fn length(&self) -> Length {
        match self {
            Self::Customers(_, length) | Self::Contacts(_, length) | Self::Tickets(_, length) => *length,
            Self::Technicians(rows) => Length { rows: Some(rows.len() as u64), pages: Some(1) },
        }
    }
}

pub(crate) const fn under(rows: &'static str) -> Layout {
    Layout { rows: Some(rows), total: None, id: "id" }
}

/// What the answer says of its list; an answer that says nothing is read until an empty page.
pub(crate) fn length(body: &[u8]) -> Length {
    let wire::Envelope { meta } = serde_json::from_slice(body).unwrap_or_default();
    let count = |count: Int| count.0.and_then(|count| u64::try_from(count).ok());
    Length {
        rows: count(meta.total_entries),
        pages: count(meta.total_pages).and_then(|pages| u32::try_from(pages).ok()),
    }
}

/// The record inside its envelope.
fn unwrapped(op: &'static str, key: &str, body: &Bytes) -> Result<Bytes> {
    #[derive(Deserialize)]
    struct Envelope<'a>(#[serde(borrow)] std::collections::HashMap<&'a str, &'a RawValue>);
    let missing = || ConnectorError::new(op, ErrorKind::Malformed { path: key.to_owned() });
    let Envelope(fields) = serde_json::from_slice(body).map_err(|_| missing())?;
    fields.get(key).map(|row| body.slice_ref(row.get().as_bytes())).ok_or_else(missing)
}
