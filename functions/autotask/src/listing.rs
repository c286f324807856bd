//! Entities as we read them, and their answers as rows.

use bytes::Bytes;
use connector::lenient::Int;
use connector::rows::{Layout, Rows};
use connector::{ConnectorError, Result};
use domain::record::RecordType;
use serde::de::DeserializeOwned;

use crate::any_case::AnyCase;
use crate::client::{Client, Entity, Filter, PAGE_SIZE};
use crate::keyset::After;
use crate::wire;

pub(crate) static COMPANIES: Entity = Entity {
    path: "Companies",
    list: "list companies",
    read: "read a company",
    include: &[
        "id",
        "companyName",
        "companyType",
        "isActive",
        "phone",
        "city",
        "webAddress",
        "lastActivityDate",
        "lastTrackedModifiedDateTime",
    ],
};
pub(crate) static CONTACTS: Entity = Entity {
    path: "Contacts",
    list: "list contacts",
    read: "read a contact",
    include: &[
        "id",
        "companyID",
        "firstName",
        "lastName",
        "isActive",
        "primaryContact",
        "emailAddress",
        "phone",
        "mobilePhone",
        "title",
        "createDate",
        "lastModifiedDate",
        "lastActivityDate",
    ],
};
pub(crate) static RESOURCES: Entity = Entity {
    path: "Resources",
    list: "list resources",
    read: "read a resource",
    include: &["id", "firstName", "lastName", "email", "userName", "isActive", "licenseType", "title", "officePhone"],
};
pub(crate) static TICKETS: Entity = Entity {
    path: "Tickets",
    list: "list tickets",
    read: "read a ticket",
    include: &[
        "id",
        "title",
        "description",
        "companyID",
        "contactID",
        "status",
        "priority",
        "queueID",
        "ticketType",
        "ticketCategory",
        "assignedResourceID",
        "createDate",
        "completedDate",
        "lastActivityDate",
        "lastTrackedModificationDateTime",
        "externalID",
    ],
};
pub(crate) static NOTES: Entity = Entity {
    path: "TicketNotes",
    list: "list ticket notes",
    read: "read a ticket note",
    include: &["id", "ticketID", "title", "description", "publish", "createDateTime", "creatorResourceID"],
};
pub(crate) static DELETED_TICKETS: Entity = Entity {
    path: "DeletedTicketLogs",
    list: "list deleted tickets",
    read: "read a deleted ticket",
    include: &["id", "ticketID", "ticketTitle"],
};
pub(crate) static GROUPS: Entity = Entity {
    path: "ContactGroups",
    list: "list contact groups",
    read: "read a contact group",
    include: &["id", "name", "isActive"],
};
pub(crate) static MEMBERSHIPS: Entity = Entity {
    path: "ContactGroupContacts",
    list: "list members of contact groups",
    read: "read a member of a contact group",
    include: &["id", "contactID", "contactGroupID"],
};
pub(crate) static ROLES: Entity = Entity {
    path: "ResourceRoles",
    list: "list a resource's roles",
    read: "read a resource's role",
    include: &["id", "roleID", "queueID", "isActive"],
};

/// Pages read of a list that is looked through as a whole: a million rows.
const MOST_PAGES: u32 = 2_000;

const ITEMS: Layout = Layout { rows: Some("items"), total: None, id: "id" };

/// An answer of a feed.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// A page of a query.
    Page(Bytes),
    /// One record.
    One(Bytes),
}

impl Answer {
    /// Its rows, or its row as a list of one.
    pub(crate) fn rows<T: DeserializeOwned>(self, entity: &Entity) -> Result<Rows<AnyCase<T>>> {
        match self {
            Self::Page(body) => Rows::read(entity.list, body, ITEMS),
            Self::One(body) => Rows::single(entity.read, body, "id"),
        }
    }
}

/// The rows of a page that can be read.
pub(crate) fn readable<T: DeserializeOwned>(entity: &Entity, body: Bytes) -> Result<Vec<T>> {
    let rows = Answer::Page(body).rows::<T>(entity)?.into_readable();
    Ok(rows.into_iter().map(|AnyCase(row)| row).collect())
}

/// Every row that fulfils the conditions, page by page.
pub(crate) async fn all<T: DeserializeOwned>(
    client: &Client,
    entity: &'static Entity,
    conditions: &Filter,
    id: fn(&T) -> Int,
) -> Result<Vec<T>> {
    let (mut all, mut after): (Vec<T>, _) = (Vec::new(), After::default());
    for _ in 0..MOST_PAGES {
        let filter = std::iter::once(after.condition()).chain(conditions.iter().cloned()).collect();
        let body = client.query(entity, &filter, PAGE_SIZE).await?;
        let rows = Answer::Page(body.clone()).rows::<T>(entity)?;
        let received = rows.len();
        let rows: Vec<T> = rows.into_readable().into_iter().map(|AnyCase(row)| row).collect();
        let mut ids: Vec<Option<i64>> = rows.iter().map(|row| id(row).0).collect();
        // Rows that cannot be read count, too.
        ids.resize(received, None);
        let next = after.after(entity.list, &ids, PAGE_SIZE, &body)?;
        all.extend(rows);
        match next {
            Some(next) => after = next,
            None => return Ok(all),
        }
    }
    Err(ConnectorError::endless(entity.list))
}

/// The rows below a parent. There are few of them, and no pages.
pub(crate) async fn below(client: &Client, op: &'static str, path: &[&str]) -> Result<Vec<wire::WebhookPart>> {
    let rows: Rows<AnyCase<wire::WebhookPart>> = Rows::read(op, client.get(op, path).await?, ITEMS)?;
    Ok(rows.into_readable().into_iter().map(|AnyCase(row)| row).collect())
}

/// What a record type is at Autotask.
pub(crate) const fn entity(record_type: RecordType) -> Option<&'static Entity> {
    match record_type {
        RecordType::Companies => Some(&COMPANIES),
        RecordType::Contacts => Some(&CONTACTS),
        RecordType::Users => Some(&RESOURCES),
        RecordType::Tickets => Some(&TICKETS),
        _ => None,
    }
}
