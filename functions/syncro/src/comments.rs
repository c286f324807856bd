//! What is said on a ticket: its description and its notes are one list at Syncro.

use bytes::Bytes;
use connector::rows::Rows;
use connector::{ConnectorError, ErrorKind, Result};
use domain::id::ExternalId;
use domain::record::{Record, RecordData};

use crate::client::Query;
use crate::listing::{length, under};
use crate::session::SyncroSession;
use crate::{map, wire};

/// Comments asked for on each page; without this there are ten.
const PAGE_SIZE: &str = "100";
/// Pages of comments read of one ticket: 5,000 comments.
const PAGES: u32 = 50;

impl SyncroSession {
    /// Adds what lists do not carry: a ticket's description and notes, a technician's address.
    pub(crate) async fn add_details(&self, record: &mut Record) -> Result<()> {
        match &mut record.data {
            RecordData::Ticket(ticket) => {
                let comments = self.comments(&record.external_id).await?;
                (ticket.description, ticket.notes) = map::conversation(&comments);
            }
            RecordData::Technician(technician) => {
                let path = ["users", record.external_id.as_str()];
                let body = self.client.get("read a user", &path, &Query::new()).await?;
                technician.email = read_user(&body)?.email.owned();
            }
            _ => {}
        }
        Ok(())
    }

    /// Every comment of a ticket in the order of their ids, which is that of their writing.
    pub(crate) async fn comments(&self, ticket: &ExternalId) -> Result<Vec<wire::Comment>> {
        const OP: &str = "list comments";
        let path = ["tickets", ticket.as_str(), "comments"];
        let mut comments: Vec<wire::Comment> = Vec::new();
        for page in 1..=PAGES {
            let query: Query = vec![
                ("sort_by", "created_at".into()),
                ("sort_direction", "ASC".into()),
                ("per_page", PAGE_SIZE.into()),
                ("comment_format", "plaintext".into()),
                ("page", page.to_string().into()),
            ];
            let read = self.client.get(OP, &path, &query).await;
            let body = read.map_err(|error| error.needing("Tickets - View Details"))?;
            let length = length(&body);
            let rows: Rows<wire::Comment> = Rows::read(OP, body, under("comments"))?;
            if page == 1 {
                length.shown(OP, rows.len())?;
            }
            let before = comments.len();
            let new = |row: &wire::Comment| !comments[..before].iter().any(|known| known.id == row.id);
            let (any, rows): (bool, Vec<_>) = (!rows.is_empty(), rows.into_readable());
            let fresh: Vec<_> = rows.into_iter().filter(new).collect();
            // A page that only repeats ends it, too.
            let is_last = !any || fresh.is_empty() || length.pages.is_some_and(|pages| page >= pages);
            comments.extend(fresh);
            if is_last {
                comments.sort_by_key(|comment| comment.id.0);
                return Ok(comments);
            }
        }
        Err(ConnectorError::endless(OP))
    }
}

fn read_user(body: &Bytes) -> Result<wire::User> {
    let malformed = || ConnectorError::new("read a user", ErrorKind::Malformed { path: "user".to_owned() });
    let answer: wire::UserAnswer = serde_json::from_slice(body).map_err(|_| malformed())?;
    answer.user.ok_or_else(malformed)
}
