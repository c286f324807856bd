//! Syncro's JSON as it arrives: every field optional, no logic.

use connector::lenient::{Flag, Int, Text};
use serde::Deserialize;

/// The length of a list. Tickets have no `total_entries`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Meta {
    pub(crate) total_pages: Int,
    pub(crate) total_entries: Int,
}

/// A list, of which only the length is read here.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Envelope {
    pub(crate) meta: Meta,
}

/// `/me`. Its `user_token` is a secret and is not read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Me {
    pub(crate) subdomain: Text,
}

/// A row of `/customers`, or the detail of one. Its `online_profile_url` holds a key to the customer's portal and is not read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Customer {
    pub(crate) id: Int,
    pub(crate) firstname: Text,
    pub(crate) lastname: Text,
    pub(crate) fullname: Text,
    pub(crate) business_name: Text,
    pub(crate) business_then_name: Text,
    pub(crate) email: Text,
    pub(crate) phone: Text,
    pub(crate) mobile: Text,
    pub(crate) city: Text,
    pub(crate) disabled: Flag,
    pub(crate) updated_at: Text,
    pub(crate) contacts: Option<Vec<Person>>,
}

/// A contact inside a customer.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Person {
    pub(crate) id: Int,
    pub(crate) name: Text,
    pub(crate) email: Text,
}

/// A row of `/contacts`, or the detail of one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Contact {
    pub(crate) id: Int,
    pub(crate) name: Text,
    pub(crate) email: Text,
    pub(crate) phone: Text,
    pub(crate) mobile: Text,
    pub(crate) customer_id: Int,
    pub(crate) created_at: Text,
    pub(crate) updated_at: Text,
    pub(crate) properties: Option<Properties>,
}

/// The one custom field that is known by name: a title is stored here.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Properties {
    pub(crate) title: Text,
}

/// A row of `/users`: id and name.
#[derive(Debug, Deserialize)]
pub(crate) struct UserPair(pub(crate) Int, pub(crate) Text);

/// The answer of `/users/{id}`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct UserAnswer {
    pub(crate) user: Option<User>,
}

/// A user in detail.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct User {
    pub(crate) email: Text,
}

/// A row of `/tickets`, or the detail of one. A detail has the contact and the type as objects only.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Ticket {
    pub(crate) id: Int,
    pub(crate) subject: Text,
    pub(crate) customer_id: Int,
    pub(crate) contact_id: Int,
    pub(crate) contact: Option<Reference>,
    pub(crate) user_id: Int,
    pub(crate) status: Text,
    pub(crate) priority: Text,
    pub(crate) problem_type: Text,
    pub(crate) ticket_type_id: Int,
    pub(crate) ticket_type: Option<Reference>,
    pub(crate) created_at: Text,
    pub(crate) updated_at: Text,
    pub(crate) resolved_at: Text,
}

/// A row of `/tickets` as it is looked through for one of ours, with its first comment.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct FoundTicket {
    pub(crate) id: Int,
    pub(crate) subject: Text,
    pub(crate) comments: Option<Vec<Comment>>,
}

/// Something that is embedded; its id is enough.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Reference {
    pub(crate) id: Int,
}

/// A row of `/tickets/{id}/comments`, one in a ticket, or the answer to writing one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Comment {
    pub(crate) id: Int,
    pub(crate) body: Text,
    pub(crate) tech: Text,
    pub(crate) hidden: Flag,
    pub(crate) user_id: Int,
    pub(crate) created_at: Text,
}

/// The answer to writing a ticket.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Ticketed {
    pub(crate) ticket: Option<Reference>,
}

/// The answer to writing a comment.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Commented {
    pub(crate) comment: Option<Comment>,
}

/// `/settings`, as far as tickets are concerned.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct AccountSettings {
    pub(crate) ticket: TicketLists,
}

/// Lists that an admin may edit. All but types are texts without ids.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TicketLists {
    pub(crate) problem_types: Vec<Text>,
    pub(crate) priorities: Vec<Text>,
}

/// `/tickets/settings`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TicketSettings {
    pub(crate) ticket_status_list: Vec<Text>,
    pub(crate) ticket_types: Vec<TicketType>,
}

/// A ticket type.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TicketType {
    pub(crate) id: Int,
    pub(crate) name: Text,
    pub(crate) disabled: Flag,
}
