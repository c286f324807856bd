//! Halo's JSON as it arrives: every field optional, no logic.
//!
//! Halo leaves out what is null, writes ids as integers, floats or text, and answers with fields that its own schema does
//! not know (HaloAPI, uktrade/help-desk-service); so nothing here is required and nothing unknown is refused.

use connector::lenient::{Flag, Int, Text};
use serde::Deserialize;

/// A row of `/Client`, or the detail of one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Client {
    pub id: Int,
    pub name: Text,
    pub inactive: Flag,
    pub toplevel_name: Text,
    pub main_site_id: Int,
    pub website: Text,
    pub customer_relationship: Option<Vec<Named>>,
    pub alastupdate: Text,
}

/// A row of `/Site`, or the detail of one. `client_id` is a float here.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Site {
    pub id: Int,
    pub name: Text,
    pub client_id: Int,
    pub client_name: Text,
    pub inactive: Flag,
    pub phonenumber: Text,
    pub maincontact_id: Int,
    pub slastupdate: Text,
}

/// A row of `/Users` (people at customers), or the detail of one. `site_id` is a float with an integer twin.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct User {
    pub id: Int,
    pub name: Text,
    pub firstname: Text,
    pub surname: Text,
    pub title: Text,
    pub emailaddress: Text,
    pub phonenumber: Text,
    pub mobilenumber: Text,
    pub site_id: Int,
    pub site_id_int: Int,
    pub client_id: Int,
    pub client_name: Text,
    pub inactive: Flag,
    pub isserviceaccount: Flag,
    pub linked_agent_id: Int,
    /// Ids of user roles as text; in lists.
    pub role_list: Text,
    /// The user roles themselves; in details.
    pub roles: Option<Vec<Named>>,
    pub ulastupdate: Text,
}

/// A row of `/Agent`, or the detail of one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Agent {
    pub id: Int,
    pub name: Text,
    pub email: Text,
    pub jobtitle: Text,
    pub sms: Text,
    pub team: Text,
    pub isdisabled: Flag,
    pub isapiagent: Flag,
    pub last_modified: Text,
}

/// A row of `/Tickets`, the detail of one, or the answer to writing one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Ticket {
    pub id: Int,
    pub summary: Text,
    pub details: Text,
    pub details_html: Text,
    pub status_id: Int,
    pub status_name: Text,
    pub priority_id: Int,
    pub tickettype_id: Int,
    pub category_1: Text,
    pub team: Text,
    pub team_id: Int,
    pub agent_id: Int,
    pub client_id: Int,
    pub client_name: Text,
    pub user_id: Int,
    pub user_name: Text,
    pub site_id: Int,
    pub deleted: Flag,
    pub hasbeenclosed: Flag,
    pub dateoccurred: Text,
    pub datecreated: Text,
    pub dateclosed: Text,
    pub lastactiondate: Text,
    /// Builds of August 2024 say `last_update`.
    pub last_update: Text,
    /// Builds of June 2024 say `flastupdate`.
    pub flastupdate: Text,
    pub third_party_id_string: Text,
}

/// A row of `/Actions`: a note or another event on a ticket. `id` counts per ticket.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Action {
    pub id: Int,
    pub ticket_id: Int,
    pub who: Text,
    pub actionby_application_id: Text,
    pub datetime: Text,
    pub actiondatecreated: Text,
    pub note: Text,
    pub note_html: Text,
    pub hiddenfromuser: Flag,
}

/// A row of `/Status`, `/Team`, `/TicketType` or `/UserRoles`, or a named thing inside a record.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Named {
    /// A number in every list that we read; text, because details are not known to agree.
    pub id: Text,
    pub name: Text,
    /// Teams.
    pub inactive: Flag,
    /// Ticket types: `tickets`, `projects`, `opps`.
    #[serde(rename = "use")]
    pub used_for: Text,
}

/// A row of `/Priority`. `id` is a guid that nothing else uses; tickets carry `priorityid`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Priority {
    pub priorityid: Int,
    pub name: Text,
    pub ishidden: Flag,
}

/// A row of `/Category`. Tickets carry its text.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Category {
    pub value: Text,
    pub category_name: Text,
}
