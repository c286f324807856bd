//! A feed's answer, read and mapped: everything between the bytes and the records, without any call.

use bytes::Bytes;
use connector::lenient::Text;
use connector::rows::{Layout, Rows};
use connector::{ConnectorError, ErrorKind, Mapped, Result};
use domain::record::RecordType;

use crate::map;
use crate::wire;

/// One of the two kinds of record: how it is listed and read.
#[derive(Debug)]
pub(crate) struct Resource {
    pub(crate) path: &'static str,
    /// The operation in words, for errors.
    pub(crate) list: &'static str,
    /// The operation in words, for errors.
    pub(crate) read: &'static str,
    /// Parameters with which a list and a single record say the same.
    pub(crate) always: &'static [(&'static str, &'static str)],
}

static COURSES: Resource = Resource {
    path: "courses",
    list: "list courses",
    read: "read a course",
    always: &[("includeCourseMetadata", "true")],
};
static REGISTRATIONS: Resource =
    Resource { path: "registrations", list: "list registrations", read: "read a registration", always: &[] };

impl Resource {
    /// Where records of a type are.
    pub(crate) fn of(record_type: RecordType) -> Result<&'static Self> {
        match record_type {
            RecordType::Courses => Ok(&COURSES),
            RecordType::Registrations => Ok(&REGISTRATIONS),
            _ => Err(ConnectorError::new("list records", ErrorKind::Unsupported)),
        }
    }

    /// The rows of one page, and what names the next one.
    pub(crate) fn page(&self, body: Bytes) -> Result<(Vec<Mapped>, Option<String>)> {
        let more = serde_json::from_slice::<wire::More>(&body).ok().and_then(|read| Text::owned(&read.more));
        let layout = Layout { rows: Some(self.path), total: None, id: "id" };
        let rows = if self.is_of_courses() {
            Rows::read(self.list, body, layout)?.map(map::course)
        } else {
            Rows::read(self.list, body, layout)?.map(map::registration)
        };
        Ok((rows, more))
    }

    /// A record that was read by itself.
    pub(crate) fn single(&self, body: Bytes) -> Result<Option<Mapped>> {
        let rows = if self.is_of_courses() {
            Rows::single(self.read, body, "id")?.map(map::course)
        } else {
            Rows::single(self.read, body, "id")?.map(map::registration)
        };
        Ok(rows.into_iter().next())
    }

    fn is_of_courses(&self) -> bool {
        self.path == COURSES.path
    }
}
