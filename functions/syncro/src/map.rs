//! Syncro's rows to the portal's records: pure and total. A row becomes a record, the reason for skipping it, or (as `Err`)
//! what is wrong with it.
//!
//! Only what both the list and the detail of a record carry is read; what is in neither (a ticket's description, a
//! technician's address) is added when the record is completed.

use connector::lenient::{Int, Text};
use connector::{Mapped, Outcome, dates};
use domain::email::Email;
use domain::id::ExternalId;
use domain::options::Options;
use domain::record::{Company, Contact, Note, PrimaryContact, RecordData, Technician, Ticket};
use jiff::Timestamp;

use crate::wire;

/// Built-in statuses that end a ticket. They can be renamed, so `resolved_at` counts as well.
const CLOSED: &[&str] = &["resolved", "invoiced"];
/// Syncro's own priorities. Older tickets carry the word alone.
const PRIORITIES: &[&str] = &["0 Urgent", "1 High", "2 Normal", "3 Low"];

/// What mapping needs to know besides the row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Context {
    /// Names of the ticket statuses that are not wanted.
    exclude_statuses: Vec<String>,
}

impl Context {
    /// The admin's filters.
    pub(crate) fn of(options: &Options) -> Self {
        Self { exclude_statuses: options.filter("exclude_statuses").to_vec() }
    }
}

pub(crate) fn company(row: &wire::Customer) -> Outcome {
    let id = row.id.required_id()?;
    let person = person(row);
    let business = row.business_name.owned();
    // The domain of a person's address tells nothing of a company, nor does that of a mail provider.
    let address = row.email.get().and_then(Email::parse).filter(|email| business.is_some() && !email.is_free_mail());
    let named = business.or_else(|| row.business_then_name.owned()).or_else(|| person.clone());
    let company = Company {
        name: named.or_else(|| row.email.owned()).ok_or("the customer has no name")?,
        inactive: row.disabled.is_set(),
        domains: address.map(|email| email.host().to_owned()).into_iter().collect(),
        phone: row.phone.owned().or_else(|| row.mobile.owned()),
        subtitle: row.city.owned(),
        types: Vec::new(),
        primary_contact: primary(row, person.as_deref()).map(PrimaryContact::Contact),
        external_ids: Vec::new(),
    };
    Ok(Mapped::record(id, dates::read("updated_at", &row.updated_at)?, RecordData::Company(company)))
}

/// The person that a customer is, or that its first contact was.
fn person(row: &wire::Customer) -> Option<String> {
    let parts = [row.firstname.get(), row.lastname.get()];
    let joined = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    row.fullname.owned().or_else(|| Some(joined).filter(|name| !name.is_empty()))
}

/// Syncro marks no contact as primary. The customer itself is that person, so it is the contact with the customer's own
/// address, else the one with its name; of several the first that was made.
fn primary(row: &wire::Customer, person: Option<&str>) -> Option<ExternalId> {
    let people = row.contacts.as_deref().unwrap_or_default();
    let same = |a: Option<&str>, b: Option<&str>| a.zip(b).is_some_and(|(a, b)| a.to_lowercase() == b.to_lowercase());
    let first = |fits: &dyn Fn(&&wire::Person) -> bool| people.iter().filter(fits).filter_map(|one| one.id.id()).min();
    let by_address = first(&|one| same(one.email.get(), row.email.get()));
    by_address.or_else(|| first(&|one| same(one.name.get(), person))).map(external)
}

pub(crate) fn contact(row: &wire::Contact) -> Outcome {
    let id = row.id.required_id()?;
    let named = row.name.owned();
    let name = named.clone().or_else(|| row.email.owned()).ok_or("the contact has no name")?;
    let Some(customer) = row.customer_id.external_id() else {
        return Ok(Mapped::skipped(id, name, "a supplier's contact: it belongs to no customer"));
    };
    let (first_name, last_name) = parts(named.as_deref().unwrap_or_default());
    let contact = Contact {
        name,
        first_name,
        last_name,
        email: row.email.owned(),
        phone: row.phone.owned(),
        mobile: row.mobile.owned(),
        title: row.properties.as_ref().and_then(|properties| properties.title.owned()),
        company: Some(customer),
        created_at: to_the_second("created_at", &row.created_at)?,
        ..Contact::default()
    };
    Ok(Mapped::record(id, dates::read("updated_at", &row.updated_at)?, RecordData::Contact(contact)))
}

/// There is one name; the last word of several is the family's.
fn parts(name: &str) -> (Option<String>, Option<String>) {
    match name.rsplit_once(char::is_whitespace) {
        Some((first, last)) => (Some(first.trim_end().to_owned()), Some(last.to_owned())),
        None => (Some(name.to_owned()).filter(|name| !name.is_empty()), None),
    }
}

/// The list has only those who may work.
pub(crate) fn technician(row: &wire::UserPair) -> Outcome {
    let wire::UserPair(id, name) = row;
    let name = name.owned().ok_or("the user has no name")?;
    let technician = Technician { name, active: true, ..Technician::default() };
    Ok(Mapped::record(id.required_id()?, None, RecordData::Technician(technician)))
}

pub(crate) fn ticket(row: &wire::Ticket, context: &Context) -> Outcome {
    let id = row.id.required_id()?;
    let title = row.subject.owned().unwrap_or_else(|| format!("Ticket {id}"));
    let status = row.status.owned();
    let is = |name: &str| status.as_ref().is_some_and(|status| status.eq_ignore_ascii_case(name));
    if let Some(excluded) = context.exclude_statuses.iter().find(|name| is(name)) {
        return Ok(Mapped::skipped(id, title, format!("status \"{excluded}\" is excluded")));
    }
    let resolved_at = to_the_second("resolved_at", &row.resolved_at)?;
    let closed = resolved_at.is_some() || CLOSED.iter().any(|name| is(name));
    let updated_at = dates::read("updated_at", &row.updated_at)?;
    let within = |reference: &Option<wire::Reference>| reference.as_ref().map_or(Int(None), |reference| reference.id);
    let ticket = Ticket {
        title,
        status,
        priority: row.priority.get().map(priority),
        ticket_type: row.ticket_type_id.id_text().or_else(|| within(&row.ticket_type).id_text()),
        category: row.problem_type.owned(),
        assignee: row.user_id.external_id(),
        company: row.customer_id.external_id(),
        contact: row.contact_id.external_id().or_else(|| within(&row.contact).external_id()),
        closed,
        created_at: to_the_second("created_at", &row.created_at)?,
        last_activity_at: updated_at,
        closed_at: resolved_at,
        ..Ticket::default()
    };
    Ok(Mapped::record(id, updated_at, RecordData::Ticket(Box::new(ticket))))
}

/// A priority as the account's list has it.
fn priority(text: &str) -> String {
    let word = |listed: &&&str| listed.split_once(' ').is_some_and(|(_, word)| word.eq_ignore_ascii_case(text));
    PRIORITIES.iter().find(word).map_or(text, |listed| listed).to_owned()
}

/// A ticket's comments, in the order of their ids, as its description and its notes. The first one is the description,
/// unless it is hidden from the customer.
pub(crate) fn conversation(comments: &[wire::Comment]) -> (String, Vec<Note>) {
    let (mut description, mut notes) = (String::new(), Vec::new());
    for (index, row) in comments.iter().enumerate() {
        let Some(id) = row.id.id() else { continue };
        let text = plain(row.body.get().unwrap_or_default());
        // What is not known to be public is not.
        let internal = row.hidden.0 != Some(false);
        if index == 0 && !internal {
            description = text;
        } else if !text.is_empty() {
            let created_at = to_the_second("created_at", &row.created_at).ok().flatten();
            notes.push(Note { external_id: external(id), author: row.tech.owned(), text, internal, created_at });
        }
    }
    (description, notes)
}

/// Line ends come back as those of a web form.
fn plain(text: &str) -> String {
    text.replace("\r\n", "\n")
}

fn external(id: i64) -> ExternalId {
    ExternalId::new(id.to_string())
}

/// Some endpoints write milliseconds and others do not.
fn to_the_second(field: &str, text: &Text) -> Result<Option<Timestamp>, String> {
    Ok(dates::read(field, text)?.map(dates::to_the_second))
}

#[cfg(test)]
mod tests;
