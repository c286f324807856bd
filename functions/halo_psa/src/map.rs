//! Halo's rows to the portal's records: pure and total. A row becomes a record, the reason for skipping it, or (as `Err`)
//! what is wrong with it.
//!
//! Only what both the list and the detail of a record carry is read. A field known to one of them alone
//! (`main_phonenumber` of a client, `ismaincontact` and `datecreated` of a user) would come and go with the way the record
//! was read, and every targeted read would look like a change. The primary contact is therefore found through the client's
//! main site and that site's main contact, which lists do carry.

use std::collections::HashMap;

use connector::lenient::Int;
use connector::rows::Rows;
use connector::web::domain;
use connector::{Mapped, Outcome};
use domain::id::ExternalId;
use domain::options::Options;
use domain::record::{Company, Contact, Note, PrimaryContact, RecordData, Site, Technician, Ticket};

use crate::{dates, wire};

/// Halo's built-in "Closed"; statuses can be renamed but keep their ids (help-desk-service, Netskope plugin).
pub(crate) const CLOSED: i64 = 9;
/// The built-in agent "Unassigned"; new tickets carry it (captured answer in help-desk-service).
pub(crate) const UNASSIGNED: i64 = 1;
/// Every instance starts with a client "Unknown" of this id, for mail from nobody known (tier2tickets knowledge base).
const UNKNOWN_CLIENT: i64 = 1;

/// What mapping needs to know besides the row.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// User roles, id to name.
    pub roles: HashMap<String, String>,
    /// Ids of the teams whose tickets are wanted; empty: all.
    pub teams: Vec<String>,
    /// Ids of the ticket statuses that are not wanted.
    pub exclude_statuses: Vec<String>,
}

impl Context {
    /// The admin's filters; no roles yet.
    pub fn of(options: &Options) -> Self {
        Self {
            roles: HashMap::new(),
            teams: options.filter("teams").to_vec(),
            exclude_statuses: options.filter("exclude_statuses").to_vec(),
        }
    }
}

pub(crate) fn company(row: &wire::Client) -> Outcome {
    let id = row.id.required_id()?;
    let name = row.name.owned().ok_or("the client has no name")?;
    if is_unknown_client(row.id, Some(&name)) {
        return Ok(Mapped::skipped(id, name, "Halo's own placeholder for clients it does not know"));
    }
    let relationships = row.customer_relationship.iter().flatten();
    let company = Company {
        name,
        inactive: row.inactive.is_set(),
        domains: row.website.get().and_then(domain).into_iter().collect(),
        phone: None,
        subtitle: row.toplevel_name.owned(),
        types: sorted(relationships.filter_map(|relationship| relationship.name.owned())),
        primary_contact: row.main_site_id.external_id().map(PrimaryContact::OfSite),
        external_ids: Vec::new(),
    };
    Ok(Mapped::record(id, dates::read("alastupdate", &row.alastupdate)?, RecordData::Company(company)))
}

pub(crate) fn site(row: &wire::Site) -> Outcome {
    let id = row.id.required_id()?;
    let name = row.name.owned().ok_or("the site has no name")?;
    let client = row.client_id.external_id().ok_or("the site belongs to no client")?;
    if is_unknown_client(row.client_id, row.client_name.get()) {
        return Ok(Mapped::skipped(id, name, "a site of Halo's own placeholder client"));
    }
    let site = Site {
        name,
        company: client,
        inactive: row.inactive.is_set(),
        main_contact: row.maincontact_id.external_id(),
        phone: row.phonenumber.owned(),
    };
    Ok(Mapped::record(id, dates::read("slastupdate", &row.slastupdate)?, RecordData::Site(site)))
}

/// A person at a customer.
///
/// # Errors
/// What is wrong with the row.
pub fn contact(row: &wire::User, context: &Context) -> Outcome {
    let id = row.id.required_id()?;
    let (first_name, last_name) = (row.firstname.owned(), row.surname.owned());
    let parts = [first_name.as_deref(), last_name.as_deref()];
    let joined = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let name = row.name.owned().or_else(|| Some(joined).filter(|name| !name.is_empty()));
    let name = name.or_else(|| row.emailaddress.owned()).ok_or("the user has no name")?;
    if is_general_user(&name) {
        return Ok(Mapped::skipped(id, name, "the placeholder user that Halo gives each site"));
    }
    if row.isserviceaccount.is_set() {
        return Ok(Mapped::skipped(id, name, "a service account"));
    }
    if row.linked_agent_id.id().is_some() {
        return Ok(Mapped::skipped(id, name, "an agent's own user: it comes with the agents"));
    }
    let contact = Contact {
        name,
        first_name,
        last_name,
        email: row.emailaddress.owned(),
        phone: row.phonenumber.owned(),
        mobile: row.mobilenumber.owned(),
        title: row.title.owned(),
        inactive: row.inactive.is_set(),
        company: client(row.client_id, row.client_name.get()),
        site: row.site_id_int.external_id().or_else(|| row.site_id.external_id()),
        types: sorted(role_ids(row).filter_map(|role| role_name(row, role, context))),
        primary: false,
        created_at: None,
    };
    Ok(Mapped::record(id, dates::read("ulastupdate", &row.ulastupdate)?, RecordData::Contact(contact)))
}

pub(crate) fn technician(row: &wire::Agent) -> Outcome {
    let id = row.id.required_id()?;
    let name = row.name.owned().or_else(|| row.email.owned()).ok_or("the agent has no name")?;
    // By name too: an admin may have made a person of it.
    if row.id.0 == Some(UNASSIGNED) && name.eq_ignore_ascii_case("unassigned") {
        return Ok(Mapped::skipped(id, name, "Halo's placeholder for \"nobody\""));
    }
    if row.isapiagent.is_set() {
        return Ok(Mapped::skipped(id, name, "an agent for API access only"));
    }
    let technician = Technician {
        name,
        email: row.email.owned(),
        phone: row.sms.owned(),
        title: row.jobtitle.owned(),
        team: row.team.owned(),
        active: !row.isdisabled.is_set(),
    };
    Ok(Mapped::record(id, dates::read("last_modified", &row.last_modified)?, RecordData::Technician(technician)))
}

pub(crate) fn ticket(row: &wire::Ticket, context: &Context) -> Outcome {
    let id = row.id.required_id()?;
    let title = row.summary.owned().unwrap_or_else(|| format!("Ticket {id}"));
    if row.deleted.is_set() {
        return Ok(Mapped::skipped(id, title, "in Halo's recycle bin"));
    }
    let (status, board) = (row.status_id.id_text(), row.team_id.id_text());
    if let Some(reason) = filtered(row, status.as_deref(), board.as_deref(), context) {
        return Ok(Mapped::skipped(id, title, reason));
    }
    let closed = row.hasbeenclosed.is_set() || row.status_id.0 == Some(CLOSED);
    let date = dates::to_the_second;
    let updated = date("last_update", &row.last_update)?.max(date("flastupdate", &row.flastupdate)?);
    let last_activity_at = updated.max(date("lastactiondate", &row.lastactiondate)?);
    let occurred = date("dateoccurred", &row.dateoccurred)?;
    let ticket = Ticket {
        title,
        description: plain(row.details.get(), row.details_html.get()),
        status,
        priority: row.priority_id.id_text(),
        ticket_type: row.tickettype_id.id_text(),
        category: row.category_1.owned(),
        board,
        assignee: row.agent_id.external_id().filter(|_| row.agent_id.0 != Some(UNASSIGNED)),
        company: client(row.client_id, row.client_name.get()),
        contact: row.user_id.external_id().filter(|_| !row.user_name.get().is_some_and(is_general_user)),
        site: row.site_id.external_id(),
        closed,
        created_at: occurred.or(date("datecreated", &row.datecreated)?),
        last_activity_at,
        closed_at: date("dateclosed", &row.dateclosed)?.filter(|_| closed),
        external_reference: row.third_party_id_string.owned(),
        notes: Vec::new(),
    };
    Ok(Mapped::record(id, last_activity_at, RecordData::Ticket(Box::new(ticket))))
}

/// Notes, oldest first: Halo lists the newest first. Actions without text (a status change) are no notes.
pub(crate) fn notes(actions: &Rows<wire::Action>) -> Vec<Note> {
    let mut notes: Vec<(i64, Note)> = actions.readable().filter_map(note).collect();
    notes.sort_by_key(|(id, _)| *id);
    notes.into_iter().map(|(_, note)| note).collect()
}

fn note(row: &wire::Action) -> Option<(i64, Note)> {
    let id = row.id.id()?;
    let text = plain(row.note.get(), row.note_html.get());
    let note = Note {
        external_id: ExternalId::new(id.to_string()),
        author: row.who.owned(),
        text,
        internal: row.hiddenfromuser.0 != Some(false),
        created_at: [&row.datetime, &row.actiondatecreated]
            .into_iter()
            .find_map(|date| dates::to_the_second("datetime", date).ok().flatten()),
    };
    (!note.text.is_empty()).then_some((id, note))
}

/// Whether naming the user's types needs the list of user roles.
pub(crate) fn has_roles(row: &wire::User) -> bool {
    role_ids(row).next().is_some()
}

/// Ids of user roles: a list in text in list rows, whose separator the specification does not say; objects in details.
fn role_ids(row: &wire::User) -> impl Iterator<Item = &str> {
    let listed = row.role_list.get().unwrap_or_default().split([',', ';', '|', ' ']);
    let detailed = row.roles.iter().flatten().filter_map(|role| role.id.get());
    listed.map(str::trim).filter(|id| !id.is_empty()).chain(detailed)
}

fn role_name(row: &wire::User, id: &str, context: &Context) -> Option<String> {
    let own = || row.roles.iter().flatten().find(|role| role.id.get() == Some(id))?.name.owned();
    context.roles.get(id).cloned().or_else(own)
}

fn filtered(row: &wire::Ticket, status: Option<&str>, team: Option<&str>, context: &Context) -> Option<String> {
    let named = |name: Option<&str>, id: Option<&str>| match (name, id) {
        (Some(name), _) => format!("\"{name}\""),
        (None, Some(id)) => id.to_owned(),
        (None, None) => "none".to_owned(),
    };
    let listed = |list: &[String], id: &str| list.iter().any(|listed| listed == id);
    if !context.teams.is_empty() && !team.is_some_and(|team| listed(&context.teams, team)) {
        return Some(format!("team {} is not among the chosen teams", named(row.team.get(), team)));
    }
    if status.is_some_and(|status| listed(&context.exclude_statuses, status)) {
        return Some(format!("status {} is excluded", named(row.status_name.get(), status)));
    }
    None
}

fn is_unknown_client(id: Int, name: Option<&str>) -> bool {
    // By name too: an admin may have made a client of it.
    id.0 == Some(UNKNOWN_CLIENT) && name.is_some_and(|name| name.eq_ignore_ascii_case("unknown"))
}

/// Lists can leave these out on request (`exclude_generaluser`); rows carry no flag, only the name.
fn is_general_user(name: &str) -> bool {
    name.eq_ignore_ascii_case("general user")
}

fn client(id: Int, name: Option<&str>) -> Option<ExternalId> {
    id.external_id().filter(|_| !is_unknown_client(id, name))
}

fn sorted(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut names: Vec<String> = names.collect();
    names.sort();
    names.dedup();
    names
}

fn plain(text: Option<&str>, html: Option<&str>) -> String {
    text.map(|text| text.replace("\r\n", "\n")).or_else(|| html.map(connector::text::from_html)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
