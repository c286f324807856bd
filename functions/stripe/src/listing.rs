//! A feed's answer, read: everything between the bytes and the rows, without any call.

use bytes::Bytes;
use connector::rows::{Layout, Rows};
use connector::{ConnectorError, ErrorKind, Mapped, Result};
use serde::Deserialize;

use crate::names::Names;
use crate::{map, wire};

const LIST: Layout = Layout { rows: Some("data"), total: None, id: "id" };

/// The rows of one answer of a feed, not yet mapped.
#[derive(Debug)]
pub(crate) enum Listing {
    Customers(Rows<wire::Customer>),
    Subscriptions(Rows<wire::Subscription>),
    Invoices(Rows<wire::Invoice>),
    Charges(Rows<wire::Charge>),
}

impl Listing {
    /// Reads one page of a feed, and whether there are more.
    pub(crate) fn read(feed: &str, body: Bytes) -> Result<(Self, bool)> {
        let paging: wire::Paging = serde_json::from_slice(&body).unwrap_or_default();
        let listing = match feed {
            "customers" => Self::Customers(rows("list customers", body)?),
            "subscriptions" => Self::Subscriptions(rows("list subscriptions", body)?),
            "invoices" => Self::Invoices(rows("list invoices", body)?),
            "charges" => Self::Charges(rows("list charges", body)?),
            _ => return Err(ConnectorError::new("read a page", ErrorKind::Unsupported)),
        };
        Ok((listing, paging.has_more.is_set()))
    }

    /// Reads one object of a feed.
    pub(crate) fn single(feed: &str, body: Bytes) -> Result<Self> {
        match feed {
            "customers" => Rows::single("read a customer", body, "id").map(Self::Customers),
            "subscriptions" => Rows::single("read a subscription", body, "id").map(Self::Subscriptions),
            "invoices" => Rows::single("read an invoice", body, "id").map(Self::Invoices),
            "charges" => Rows::single("read a charge", body, "id").map(Self::Charges),
            _ => Err(ConnectorError::new("read a record", ErrorKind::Unsupported)),
        }
    }

    /// The items of all subscriptions that could be read, if it is a list of them.
    pub(crate) fn items(&self) -> impl Iterator<Item = &wire::SubscriptionItem> {
        let rows = if let Self::Subscriptions(rows) = self { Some(rows) } else { None };
        rows.into_iter().flat_map(Rows::readable).flat_map(|subscription| &subscription.items.data)
    }

    /// Maps every row in order.
    pub(crate) fn map(&self, names: &Names) -> Vec<Mapped> {
        match self {
            Self::Customers(rows) => rows.map(map::company),
            Self::Subscriptions(rows) => rows.map(|row| map::subscription(row, names)),
            Self::Invoices(rows) => rows.map(map::invoice),
            Self::Charges(rows) => rows.map(map::payment),
        }
    }
}

fn rows<T: for<'de> Deserialize<'de>>(op: &'static str, body: Bytes) -> Result<Rows<T>> {
    Rows::read(op, body, LIST)
}
