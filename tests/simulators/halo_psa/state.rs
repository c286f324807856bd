//! The instance's data, and the places where a change of one record touches another.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::reference::Reference;
use super::webhooks::{self, Outbox};
use super::wire::Reject;
use super::{actions, agents, clients, reference, sites, tickets, users};
use crate::knobs::Knobs;
use crate::records::{Record, Table};

/// Halo's built-in agent that tickets without technician have.
pub(super) const UNASSIGNED: i64 = 1;

pub(super) struct State {
    pub(super) clients: Table<i64>,
    pub(super) sites: Table<i64>,
    pub(super) users: Table<i64>,
    pub(super) agents: Table<i64>,
    pub(super) tickets: Table<i64>,
    /// By ticket and the ticket's own counter.
    pub(super) actions: Table<(i64, i64)>,
    pub(super) reference: Reference,
    /// The agent that the API application logs in as.
    pub(super) api_agent: i64,
    /// Technicians that may be enabled at once.
    pub(super) licences: usize,
    pub(super) webhooks: Outbox,
}

/// Who writes, and when.
pub(super) struct Context<'a> {
    pub(super) at: Timestamp,
    pub(super) knobs: &'a Knobs,
    /// A person in Halo's own screens instead of the API.
    pub(super) by_person: bool,
}

/// State as one answer shows it.
pub(super) struct View<'a> {
    pub(super) state: &'a State,
    pub(super) page_cap: usize,
    pub(super) ticket_stamp: String,
    pub(super) role_separator: String,
}

impl State {
    pub(super) fn view(&self, knobs: &Knobs) -> View<'_> {
        let text = |name: &str, default: &str| {
            knobs.quirk(name).and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_else(|| default.to_owned())
        };
        let cap = knobs.quirk("page_cap").and_then(|value| value.as_u64()).and_then(|cap| usize::try_from(cap).ok());
        View {
            state: self,
            page_cap: cap.unwrap_or(100),
            ticket_stamp: text("ticket_stamp", "last_update"),
            role_separator: text("role_separator", ","),
        }
    }

    /// One object of a POST: without `id` created, with it changed.
    pub(super) fn apply(
        &mut self,
        resource: &str,
        item: Map<String, Value>,
        context: &Context<'_>,
    ) -> Result<Value, Reject> {
        match resource {
            "Client" => clients::write(self, item, context),
            "Site" => sites::write(self, item, context),
            "Users" => users::write(self, item, context),
            "Agent" => agents::write(self, item, context),
            "Tickets" => tickets::write(self, item, context),
            "Actions" => actions::write(self, item, context),
            _ => reference::write(self, resource, item),
        }
    }

    /// Deletes by the API or by a person.
    pub(super) fn delete(
        &mut self,
        resource: &str,
        id: &str,
        ticket: Option<i64>,
        hard: bool,
        at: Timestamp,
    ) -> Result<(), Reject> {
        let number = id.parse::<i64>().map_err(|_| Reject::NotFound);
        match resource {
            // Whether Halo deletes companies for good is not documented; they and what hangs on them leave the lists.
            "Client" => {
                let id = number?;
                vanish(self.clients.get_mut(&id), at)?;
                let sites: Vec<i64> = ids_where(&self.sites, "client_id", id);
                for site in sites {
                    self.vanish_site(site, at)?;
                }
                Ok(())
            }
            "Site" => self.vanish_site(number?, at),
            "Users" => vanish(self.users.get_mut(&number?), at),
            "Agent" => vanish(self.agents.get_mut(&number?), at),
            "Tickets" => {
                let id = number?;
                if hard {
                    vanish(self.tickets.get_mut(&id), at)?;
                } else {
                    let ticket = self.tickets.get_mut(&id).ok_or(Reject::NotFound)?;
                    ticket.fields.insert("deleted".to_owned(), true.into());
                    ticket.touch(at);
                }
                webhooks::tell(self, webhooks::DELETED, id, at);
                Ok(())
            }
            "Actions" => {
                let ticket = ticket.ok_or(Reject::Blank)?;
                vanish(self.actions.get_mut(&(ticket, number?)), at)?;
                if let Some(ticket) = self.tickets.get_mut(&ticket) {
                    ticket.touch(at);
                }
                Ok(())
            }
            _ => reference::delete(self, resource, id),
        }
    }

    fn vanish_site(&mut self, site: i64, at: Timestamp) -> Result<(), Reject> {
        for user in ids_where(&self.users, "site_id", site) {
            vanish(self.users.get_mut(&user), at)?;
        }
        vanish(self.sites.get_mut(&site), at)
    }

    pub(super) fn name(table: &Table<i64>, id: Option<i64>) -> &str {
        id.and_then(|id| table.rows.get(&id)).map_or("", |record| record.text("name"))
    }

    /// The company of a site.
    pub(super) fn client_of_site(&self, site: Option<i64>) -> Option<i64> {
        self.sites.rows.get(&site?)?.int("client_id")
    }

    /// The placeholder user of a site.
    pub(super) fn general_user(&self, site: i64) -> Option<i64> {
        let is_general = |user: &&Record| user.flag("_general") && user.int("site_id") == Some(site);
        self.users.live().find(is_general)?.int("id")
    }
}

fn ids_where(table: &Table<i64>, field: &str, id: i64) -> Vec<i64> {
    let fits = |(_, record): &(&i64, &Record)| !record.deleted && record.int(field) == Some(id);
    table.rows.iter().filter(fits).map(|(id, _)| *id).collect()
}

fn vanish(record: Option<&mut Record>, at: Timestamp) -> Result<(), Reject> {
    let record = record.ok_or(Reject::NotFound)?;
    record.deleted = true;
    record.touch(at);
    Ok(())
}
