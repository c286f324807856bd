//! A feed's answer, read and mapped: everything between the bytes and the records, without any call.

use bytes::Bytes;
use connector::rows::{Layout, Rows};
use connector::{ConnectorError, ErrorKind, Length, Mapped, Result};
use domain::record::RecordType;

use crate::map;
use crate::wire;

/// One of Datto RMM's lists: where it is, where one of its records is, and how an answer is laid out.
pub(crate) struct Resource {
    /// The operation in words, for errors.
    pub(crate) list: &'static str,
    /// The operation in words, for errors.
    pub(crate) read: &'static str,
    /// Below `/api/v2`.
    pub(crate) path: &'static [&'static str],
    /// What comes before the id of one.
    pub(crate) one: &'static str,
    layout: Layout,
}

const SITES: Resource = Resource {
    list: "list sites",
    read: "read a site",
    path: &["account", "sites"],
    one: "site",
    layout: Layout { rows: Some("sites"), total: None, id: "uid" },
};
const DEVICES: Resource = Resource {
    list: "list devices",
    read: "read a device",
    path: &["account", "devices"],
    one: "device",
    layout: Layout { rows: Some("devices"), total: None, id: "uid" },
};
const ALERTS: Resource = Resource {
    list: "list open alerts",
    read: "read an alert",
    path: &["account", "alerts", "open"],
    one: "alert",
    layout: Layout { rows: Some("alerts"), total: None, id: "alertUid" },
};

/// The list that records of a type come from.
pub(crate) fn resource(record_type: RecordType) -> Result<&'static Resource> {
    match record_type {
        RecordType::Companies => Ok(&SITES),
        RecordType::Devices => Ok(&DEVICES),
        RecordType::Alerts => Ok(&ALERTS),
        _ => Err(ConnectorError::new("list records", ErrorKind::Unsupported)),
    }
}

/// The records of a page.
pub(crate) fn page(record_type: RecordType, body: Bytes) -> Result<Vec<Mapped>> {
    let Resource { list, layout, .. } = resource(record_type)?;
    Ok(match record_type {
        RecordType::Companies => Rows::<wire::Site>::read(list, body, *layout)?.map(map::site),
        RecordType::Devices => Rows::<wire::Device>::read(list, body, *layout)?.map(map::device),
        _ => Rows::<wire::Alert>::read(list, body, *layout)?.map(map::alert),
    })
}

/// One record.
pub(crate) fn single(record_type: RecordType, body: Bytes) -> Result<Option<Mapped>> {
    let Resource { read, layout, .. } = resource(record_type)?;
    let mut rows = match record_type {
        RecordType::Companies => Rows::<wire::Site>::single(read, body, layout.id)?.map(map::site),
        RecordType::Devices => Rows::<wire::Device>::single(read, body, layout.id)?.map(map::device),
        _ => Rows::<wire::Alert>::single(read, body, layout.id)?.map(map::alert),
    };
    Ok(rows.pop())
}

/// What a page says of its list. Only the address of a next page tells that there is one; the count is missing on some lists
/// and tells no more than that rows went away in between.
pub(crate) fn length(body: &[u8], page: u32) -> Length {
    let wire::Envelope { page_details } = serde_json::from_slice(body).unwrap_or_default();
    let details = page_details.unwrap_or_default();
    let rows = details.total_count.0.and_then(|count| u64::try_from(count).ok());
    let pages = if details.next_page_url.get().is_some() { u32::MAX } else { page };
    Length { rows, pages: Some(pages) }
}
