//! ConnectWise's rows to the portal's records: pure and total. A row becomes a record, the reason for skipping it, or (as
//! `Err`) what is wrong with it.

use std::collections::HashSet;

use connector::web::domain;
use connector::{Mapped, Outcome, dates};
use domain::id::ExternalId;
use domain::options::Options;
use domain::record::{Company, Contact, Note, PrimaryContact, RecordData, Technician, Ticket};
use jiff::{SignedDuration, Timestamp};

use crate::wire::{self, Reference};

/// A description is written together with its ticket; a later note is a note.
const TOGETHER: SignedDuration = SignedDuration::from_secs(60);

/// What mapping needs to know besides the row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Context {
    /// Ids of the statuses whose companies are inactive.
    inactive_statuses: HashSet<String>,
    /// Inactive companies are left out.
    skip_inactive: bool,
    /// Ids of the types of companies that are not wanted.
    exclude_types: Vec<String>,
    /// Ids of the statuses of companies that are not wanted.
    exclude_company_statuses: Vec<String>,
    /// Ids of the boards whose tickets are wanted; empty: all.
    boards: Vec<String>,
    /// Ids of the statuses of tickets that are not wanted.
    exclude_statuses: Vec<String>,
}

impl Context {
    /// The admin's filters; no statuses yet.
    pub(crate) fn of(options: &Options) -> Self {
        let filter = |key: &str| options.filter(key).to_vec();
        Self {
            inactive_statuses: HashSet::new(),
            skip_inactive: filter("skip_inactive").iter().any(|value| value == "true"),
            exclude_types: filter("exclude_company_types"),
            exclude_company_statuses: filter("exclude_company_statuses"),
            boards: filter("boards"),
            exclude_statuses: filter("exclude_statuses"),
        }
    }

    /// The same filters, knowing the ids of the statuses whose companies are inactive.
    pub(crate) fn with_inactive(&self, inactive_statuses: HashSet<String>) -> Self {
        Self { inactive_statuses, ..self.clone() }
    }

    /// What tells inactive companies, and no filter.
    pub(crate) fn unfiltered(&self) -> Self {
        Self { inactive_statuses: self.inactive_statuses.clone(), ..Self::default() }
    }
}

pub(crate) fn company(row: &wire::Company, context: &Context) -> Outcome {
    let id = row.id.required_id()?;
    let name = row.name.owned().or_else(|| row.identifier.owned()).ok_or("the company has no name")?;
    if row.deleted_flag.is_set() {
        return Ok(Mapped::skipped(id, name, "deleted in ConnectWise"));
    }
    if row.identifier.get().is_some_and(|identifier| identifier.eq_ignore_ascii_case("catchall")) {
        return Ok(Mapped::skipped(id, name, "ConnectWise's own company for mail from nobody known"));
    }
    let inactive = number(row.status.as_ref()).is_some_and(|status| context.inactive_statuses.contains(&status));
    if let Some(reason) = company_filtered(row, inactive, context) {
        return Ok(Mapped::skipped(id, name, reason));
    }
    let company = Company {
        name,
        inactive,
        domains: row.website.get().and_then(domain).into_iter().collect(),
        phone: row.phone_number.owned(),
        subtitle: row.parent_company.as_ref().and_then(|parent| parent.name.owned()).or_else(|| row.city.owned()),
        types: names(row.types.as_deref()),
        primary_contact: reference(row.default_contact.as_ref()).map(PrimaryContact::Contact),
        external_ids: Vec::new(),
    };
    Ok(Mapped::record(id, changed(row.info.as_ref())?, RecordData::Company(company)))
}

fn company_filtered(row: &wire::Company, inactive: bool, context: &Context) -> Option<String> {
    if inactive && context.skip_inactive {
        return Some(format!("its status {} is inactive", named(row.status.as_ref())));
    }
    if number(row.status.as_ref()).is_some_and(|status| context.exclude_company_statuses.contains(&status)) {
        return Some(format!("status {} is excluded", named(row.status.as_ref())));
    }
    // A client that is a vendor as well stays when vendors are left out.
    let types = row.types.as_deref().unwrap_or_default();
    let excluded = |of: &Reference| number(Some(of)).is_some_and(|id| context.exclude_types.contains(&id));
    let all = !types.is_empty() && types.iter().all(excluded);
    all.then(|| format!("type {} is excluded", named(types.first())))
}

/// A person at a customer. Their address is the default e-mail among the communication items.
pub(crate) fn contact(row: &wire::Contact) -> Outcome {
    let id = row.id.required_id()?;
    let items = row.communication_items.as_deref().unwrap_or_default();
    let email = default_of(items, "Email").and_then(|item| item.value.owned());
    let name = full_name(row.first_name.get(), row.last_name.get());
    let name = name.or_else(|| email.clone()).ok_or("the contact has no name")?;
    let mut contact = Contact {
        name,
        first_name: row.first_name.owned(),
        last_name: row.last_name.owned(),
        email: None,
        phone: None,
        mobile: None,
        title: row.title.owned(),
        inactive: row.inactive_flag.is_set(),
        company: reference(row.company.as_ref()),
        site: None,
        types: names(row.types.as_deref()),
        primary: row.default_flag.is_set(),
        created_at: None,
    };
    add_communications(&mut contact, items);
    Ok(Mapped::record(id, changed(row.info.as_ref())?, RecordData::Contact(contact)))
}

/// The addresses and numbers of a person, wherever they are listed.
pub(crate) fn add_communications(contact: &mut Contact, items: &[wire::CommunicationItem]) {
    contact.email = default_of(items, "Email").and_then(|item| item.value.owned());
    contact.phone = default_of(items, "Phone").and_then(telephone);
    contact.mobile = items.iter().find(|item| is_mobile(item)).and_then(telephone);
}

pub(crate) fn technician(row: &wire::Member) -> Outcome {
    let id = row.id.required_id()?;
    let name = full_name(row.first_name.get(), row.last_name.get()).or_else(|| row.identifier.owned());
    let name = name.ok_or("the member has no name")?;
    if row.license_class.get() == Some("A") {
        return Ok(Mapped::skipped(id, name, "an API member"));
    }
    let technician = Technician {
        name,
        email: row.primary_email.owned().or_else(|| Email::of(row).value(row)),
        phone: Phone::of(row).value(row),
        title: row.title.owned(),
        team: None,
        active: !row.inactive_flag.is_set(),
    };
    Ok(Mapped::record(id, changed(row.info.as_ref())?, RecordData::Technician(technician)))
}

/// Which of a member's three addresses counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Email {
    Office,
    Mobile,
    Home,
}

impl Email {
    pub(crate) fn of(row: &wire::Member) -> Self {
        match row.default_email.get() {
            Some("Mobile") => Self::Mobile,
            Some("Home") => Self::Home,
            _ => Self::Office,
        }
    }

    fn value(self, row: &wire::Member) -> Option<String> {
        let field = match self {
            Self::Office => &row.office_email,
            Self::Mobile => &row.mobile_email,
            Self::Home => &row.home_email,
        };
        field.owned()
    }

    /// The member of the row that it is written to.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Office => "officeEmail",
            Self::Mobile => "mobileEmail",
            Self::Home => "homeEmail",
        }
    }
}

/// Which of a member's three numbers counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phone {
    Office,
    Mobile,
    Home,
}

impl Phone {
    pub(crate) fn of(row: &wire::Member) -> Self {
        match row.default_phone.get() {
            Some("Mobile") => Self::Mobile,
            Some("Home") => Self::Home,
            _ => Self::Office,
        }
    }

    fn value(self, row: &wire::Member) -> Option<String> {
        let field = match self {
            Self::Office => &row.office_phone,
            Self::Mobile => &row.mobile_phone,
            Self::Home => &row.home_phone,
        };
        field.owned()
    }

    /// The member of the row that it is written to.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Office => "officePhone",
            Self::Mobile => "mobilePhone",
            Self::Home => "homePhone",
        }
    }
}

pub(crate) fn ticket(row: &wire::Ticket, context: &Context) -> Outcome {
    let id = row.id.required_id()?;
    let title = row.summary.owned().unwrap_or_else(|| format!("Ticket {id}"));
    if row.record_type.get().is_some_and(is_of_a_project) {
        return Ok(Mapped::skipped(id, title, "a ticket of a project"));
    }
    if let Some(reason) = ticket_filtered(row, context) {
        return Ok(Mapped::skipped(id, title, reason));
    }
    let closed = row.closed_flag.is_set();
    let info = row.info.clone().unwrap_or_default();
    let ticket = Ticket {
        title,
        // Comes with the notes.
        description: String::new(),
        status: number(row.status.as_ref()),
        priority: number(row.priority.as_ref()),
        ticket_type: number(row.kind.as_ref()),
        category: row.sub_type.as_ref().and_then(|sub_type| sub_type.name.owned()),
        board: number(row.board.as_ref()),
        assignee: reference(row.owner.as_ref()),
        company: reference(row.company.as_ref()),
        contact: reference(row.contact.as_ref()),
        site: None,
        closed,
        created_at: dates::read("dateEntered", &info.date_entered)?,
        last_activity_at: dates::read("lastUpdated", &info.last_updated)?,
        closed_at: dates::read("closedDate", &row.closed_date)?.filter(|_| closed),
        external_reference: row.external_x_ref.owned(),
        notes: Vec::new(),
    };
    Ok(Mapped::record(id, changed(row.info.as_ref())?, RecordData::Ticket(Box::new(ticket))))
}

/// Types of records that are tickets to the server and no service tickets.
pub(crate) fn is_of_a_project(record_type: &str) -> bool {
    matches!(record_type, "ProjectTicket" | "ProjectIssue")
}

fn ticket_filtered(row: &wire::Ticket, context: &Context) -> Option<String> {
    let (board, status) = (number(row.board.as_ref()), number(row.status.as_ref()));
    if !context.boards.is_empty() && !board.is_some_and(|board| context.boards.contains(&board)) {
        return Some(format!("board {} is not among the chosen boards", named(row.board.as_ref())));
    }
    let excluded = status.is_some_and(|status| context.exclude_statuses.contains(&status));
    excluded.then(|| format!("status {} is excluded", named(row.status.as_ref())))
}

/// Adds a ticket's description and its notes, oldest first. The server keeps a description as the first public note.
pub(crate) fn add_notes(ticket: &mut Ticket, rows: &[wire::Note]) {
    let mut rows: Vec<(i64, &wire::Note)> = rows.iter().filter_map(|row| Some((row.id.id()?, row))).collect();
    rows.sort_by_key(|(id, _)| *id);
    rows.dedup_by_key(|(id, _)| *id);
    let mut notes: Vec<Note> = rows.into_iter().filter_map(|(id, row)| note(id, row)).collect();
    let first = notes.iter().position(|note| !note.internal).filter(|first| {
        let together = notes[*first].created_at.zip(ticket.created_at);
        together.is_some_and(|(written, opened)| written.duration_since(opened).abs() <= TOGETHER)
    });
    if let Some(first) = first {
        ticket.description = notes.remove(first).text;
    }
    ticket.notes = notes;
}

/// A note without text is none.
fn note(id: i64, row: &wire::Note) -> Option<Note> {
    let by = |of: Option<&Reference>| of.and_then(|of| of.name.owned());
    Some(Note {
        external_id: ExternalId::new(id.to_string()),
        author: by(row.contact.as_ref()).or_else(|| by(row.member.as_ref())).or_else(|| row.created_by.owned()),
        text: row.text.get()?.replace("\r\n", "\n"),
        internal: is_internal(row),
        created_at: dates::read("dateCreated", &row.date_created).ok().flatten(),
    })
}

/// Public is what stands in the discussion and nowhere inside; a note that is in both is for the eyes of the MSP.
pub(crate) fn is_internal(row: &wire::Note) -> bool {
    !row.detail_description_flag.is_set() || row.internal_analysis_flag.is_set() || row.internal_flag.is_set()
}

/// The default item of a kind, else the first.
fn default_of<'a>(items: &'a [wire::CommunicationItem], kind: &str) -> Option<&'a wire::CommunicationItem> {
    let of_kind =
        || items.iter().filter(|item| item.communication_type.get() == Some(kind) && item.value.get().is_some());
    of_kind().find(|item| item.default_flag.is_set()).or_else(|| of_kind().next())
}

fn is_mobile(item: &wire::CommunicationItem) -> bool {
    let name = item.kind.as_ref().and_then(|kind| kind.name.get()).unwrap_or_default().to_lowercase();
    item.communication_type.get() == Some("Phone") && (name.contains("mobile") || name.contains("cell"))
}

fn telephone(item: &wire::CommunicationItem) -> Option<String> {
    let number = item.value.owned()?;
    Some(item.extension.get().map_or_else(|| number.clone(), |extension| format!("{number} x{extension}")))
}

fn full_name(first: Option<&str>, last: Option<&str>) -> Option<String> {
    let name = [first, last].into_iter().flatten().collect::<Vec<_>>().join(" ");
    (!name.is_empty()).then_some(name)
}

fn changed(info: Option<&wire::Info>) -> Result<Option<Timestamp>, String> {
    info.map_or(Ok(None), |info| dates::read("lastUpdated", &info.last_updated))
}

fn number(of: Option<&Reference>) -> Option<String> {
    of?.id.id_text()
}

fn reference(of: Option<&Reference>) -> Option<ExternalId> {
    number(of).map(ExternalId::new)
}

/// A reference's name for a sentence.
fn named(of: Option<&Reference>) -> String {
    let name = of.and_then(|of| of.name.get()).map(|name| format!("\"{name}\""));
    name.or_else(|| number(of)).unwrap_or_else(|| "none".to_owned())
}

fn names(of: Option<&[Reference]>) -> Vec<String> {
    let mut names: Vec<String> = of.unwrap_or_default().iter().filter_map(|of| of.name.owned()).collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests;
