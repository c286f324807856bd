//! Autotask's rows to the portal's records: pure and total. A row becomes a record, the reason for skipping it, or (as
//! `Err`) what is wrong with it.

use std::collections::HashMap;

use connector::lenient::{Int, Text};
use connector::web::domain;
use connector::{Mapped, Outcome, dates};
use domain::id::ExternalId;
use domain::options::Options;
use domain::record::{Company, Contact, Note, RecordData, Technician, Ticket};
use jiff::Timestamp;

use crate::picklist::Picklist;
use crate::wire;

/// "Complete" has this id everywhere, however it is called.
pub(crate) const COMPLETE: i64 = 5;

/// The admin's filters of tickets, as ids.
#[derive(Clone, Debug, Default)]
pub(crate) struct TicketFilter {
    queues: Vec<String>,
    categories: Vec<String>,
    exclude_statuses: Vec<String>,
}

impl TicketFilter {
    pub(crate) fn of(options: &Options) -> Self {
        Self {
            queues: options.filter("queues").to_vec(),
            categories: options.filter("categories").to_vec(),
            exclude_statuses: options.filter("exclude_statuses").to_vec(),
        }
    }

    /// Why a ticket is left out.
    fn leaves_out(&self, ticket: &Ticket) -> Option<String> {
        let listed = |list: &[String], id: Option<&String>| id.is_some_and(|id| list.contains(id));
        let named = |id: Option<&String>| id.map_or_else(|| "none".to_owned(), Clone::clone);
        if !self.queues.is_empty() && !listed(&self.queues, ticket.board.as_ref()) {
            return Some(format!("queue {} is not among the chosen queues", named(ticket.board.as_ref())));
        }
        if !self.categories.is_empty() && !listed(&self.categories, ticket.category.as_ref()) {
            let category = named(ticket.category.as_ref());
            return Some(format!("category {category} is not among the chosen categories"));
        }
        let excluded = listed(&self.exclude_statuses, ticket.status.as_ref());
        excluded.then(|| format!("status {} is excluded", named(ticket.status.as_ref())))
    }
}

pub(crate) fn company(row: &wire::Company, types: &Picklist) -> Outcome {
    let id = required(row.id)?;
    let name = row.companyname.owned().ok_or("the company has no name")?;
    let company = Company {
        name,
        inactive: row.isactive.0 == Some(false),
        domains: row.webaddress.get().and_then(domain).into_iter().collect(),
        phone: row.phone.owned(),
        subtitle: row.city.owned(),
        types: row.companytype.0.and_then(|kind| types.label(kind)).map(str::to_owned).into_iter().collect(),
        primary_contact: None,
        external_ids: Vec::new(),
    };
    let changed = latest(&[
        ("lastActivityDate", &row.lastactivitydate),
        ("lastTrackedModifiedDateTime", &row.lasttrackedmodifieddatetime),
    ])?;
    Ok(Mapped::record(id, changed, RecordData::Company(company)))
}

/// A person at a customer. `groups`: the names of the contact groups that each contact is in.
pub(crate) fn contact(row: &wire::Contact, groups: &HashMap<i64, Vec<String>>) -> Outcome {
    let id = required(row.id)?;
    let (first_name, last_name) = (row.firstname.owned(), row.lastname.owned());
    let name = full_name(first_name.as_deref(), last_name.as_deref()).or_else(|| row.emailaddress.owned());
    let contact = Contact {
        name: name.ok_or("the contact has no name")?,
        first_name,
        last_name,
        email: row.emailaddress.owned(),
        phone: row.phone.owned(),
        mobile: row.mobilephone.owned(),
        title: row.title.owned(),
        inactive: row.isactive.0 == Some(false),
        company: id_of(row.companyid),
        site: None,
        types: row.id.0.and_then(|id| groups.get(&id)).cloned().unwrap_or_default(),
        primary: row.primarycontact.is_set(),
        created_at: dates::read("createDate", &row.createdate)?,
    };
    let changed = latest(&[("lastModifiedDate", &row.lastmodifieddate), ("lastActivityDate", &row.lastactivitydate)])?;
    Ok(Mapped::record(id, changed, RecordData::Contact(contact)))
}

/// A technician. Users for the API only are resources, too; only their licence tells.
pub(crate) fn technician(row: &wire::Resource, licences: &Picklist) -> Outcome {
    let id = required(row.id)?;
    let name = full_name(row.firstname.get(), row.lastname.get()).or_else(|| row.email.owned());
    let name = name.ok_or("the resource has no name")?;
    if is_api_user(row, licences) {
        return Ok(Mapped::skipped(id, name, "a user for API access only"));
    }
    let technician = Technician {
        name,
        email: row.email.owned(),
        phone: row.officephone.owned(),
        title: row.title.owned(),
        team: None,
        active: row.isactive.is_set(),
    };
    Ok(Mapped::record(id, None, RecordData::Technician(technician)))
}

/// Labels differ between customers ("API User", "API-only"); a value that nobody knows is taken for a person's.
pub(crate) fn is_api_user(row: &wire::Resource, licences: &Picklist) -> bool {
    let label = row.licensetype.0.and_then(|licence| licences.label(licence)).unwrap_or_default();
    label.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word.eq_ignore_ascii_case("api"))
}

pub(crate) fn ticket(row: &wire::Ticket, filter: &TicketFilter) -> Outcome {
    let id = required(row.id)?;
    let closed = row.status.0 == Some(COMPLETE);
    let last_activity_at = latest(&[
        ("lastActivityDate", &row.lastactivitydate),
        ("lastTrackedModificationDateTime", &row.lasttrackedmodificationdatetime),
    ])?;
    let ticket = Ticket {
        title: row.title.owned().unwrap_or_else(|| format!("Ticket {id}")),
        description: lines(&row.description),
        status: number(row.status),
        priority: number(row.priority),
        ticket_type: number(row.tickettype),
        category: number(row.ticketcategory),
        board: number(row.queueid),
        assignee: id_of(row.assignedresourceid),
        company: id_of(row.companyid),
        contact: id_of(row.contactid),
        site: None,
        closed,
        created_at: dates::read("createDate", &row.createdate)?,
        last_activity_at,
        closed_at: dates::read("completedDate", &row.completeddate)?.filter(|_| closed),
        external_reference: row.externalid.owned(),
        notes: Vec::new(),
    };
    if let Some(reason) = filter.leaves_out(&ticket) {
        return Ok(Mapped::skipped(id, ticket.title, reason));
    }
    Ok(Mapped::record(id, last_activity_at, RecordData::Ticket(Box::new(ticket))))
}

/// A ticket that the log of deletions names.
pub(crate) fn deleted_ticket(row: &wire::DeletedTicket) -> Option<Mapped> {
    let id = id_of(row.ticketid)?;
    let title = row.tickettitle.owned().unwrap_or_else(|| format!("Ticket {id}"));
    Some(Mapped::skipped(id, title, "deleted in Autotask"))
}

/// A note. `publish`: who may read what; `authors`: names of resources.
pub(crate) fn note(row: &wire::TicketNote, publish: &Picklist, authors: &HashMap<i64, String>) -> Option<Note> {
    let (title, description) = (row.title.owned().unwrap_or_default(), lines(&row.description));
    let text = match (title.is_empty(), description.is_empty()) {
        (_, true) => title,
        (true, false) => description,
        // A title that repeats how the text begins says nothing of its own.
        (false, false) if description.starts_with(title.trim_end_matches(ELLIPSIS)) => description,
        (false, false) => format!("{title}\n\n{description}"),
    };
    (!text.is_empty()).then_some(())?;
    Some(Note {
        external_id: id_of(row.id)?,
        author: row.creatorresourceid.0.and_then(|resource| authors.get(&resource)).cloned(),
        text,
        internal: !is_public(row.publish, publish),
        created_at: dates::read("createDateTime", &row.createdatetime).ok().flatten(),
    })
}

/// Ends a title that is cut.
pub(crate) const ELLIPSIS: char = '…';

/// Whether the customer may read a note. What the list does not know, or calls by any other name, is internal.
fn is_public(value: Int, publish: &Picklist) -> bool {
    value.0.and_then(|value| publish.label(value)).is_some_and(is_public_label)
}

/// "All Autotask Users" includes the client portal; the others begin with "Internal" or "Co-Managed".
pub(crate) fn is_public_label(label: &str) -> bool {
    let label = label.to_lowercase();
    label.starts_with("all ") && !label.contains("internal")
}

/// Read within the MSP alone. Co-managed users are a customer's own technicians.
pub(crate) fn is_internal_label(label: &str) -> bool {
    let label = label.to_lowercase();
    label.starts_with("internal") && !label.contains("co-managed")
}

fn required(id: Int) -> Result<ExternalId, String> {
    id_of(id).ok_or_else(|| "it has no id".to_owned())
}

/// 0 is an id: the MSP's own company has it.
fn id_of(id: Int) -> Option<ExternalId> {
    id.0.filter(|id| *id >= 0).map(|id| ExternalId::new(id.to_string()))
}

/// A picklist's value; some of Autotask's own are negative.
fn number(value: Int) -> Option<String> {
    value.0.map(|value| value.to_string())
}

/// First and last name as one.
pub(crate) fn full_name(first: Option<&str>, last: Option<&str>) -> Option<String> {
    let name = [first, last].into_iter().flatten().collect::<Vec<_>>().join(" ");
    (!name.is_empty()).then_some(name)
}

fn lines(text: &Text) -> String {
    text.get().map(|text| text.replace("\r\n", "\n")).unwrap_or_default()
}

fn latest(dates: &[(&str, &Text)]) -> Result<Option<Timestamp>, String> {
    dates.iter().try_fold(None, |latest, (field, text)| Ok(latest.max(dates::read(field, text)?)))
}

#[cfg(test)]
mod tests;
