//! The vendor's side of the desk: how a person there sees and changes tickets, by each vendor's own names.

use std::collections::BTreeMap;

use domain::id::ExternalId;
use serde_json::{Value, json};
use simulators::{App, SeenCall};

use crate::acme::object;

/// A ticket at the vendor.
#[derive(Clone, Debug)]
pub(super) struct SeenTicket {
    pub(super) title: String,
    pub(super) description: String,
    pub(super) notes: Vec<SeenNote>,
}

/// A note at the vendor.
#[derive(Clone, Debug)]
pub(super) struct SeenNote {
    pub(super) id: ExternalId,
    pub(super) text: String,
    pub(super) internal: bool,
}

/// A vendor's desk.
pub(super) trait Desk: Sync {
    fn connector(&self) -> &'static str;

    /// A company that tickets can be opened for.
    fn company(&self, app: &App) -> ExternalId;

    /// What the options say of tickets that the portal opens.
    fn defaults(&self) -> BTreeMap<String, String> {
        BTreeMap::new()
    }

    /// Tickets that the portal is to show.
    fn tickets(&self, app: &App) -> BTreeMap<ExternalId, SeenTicket>;

    fn retitle(&self, app: &App, ticket: &ExternalId, title: &str);

    fn note(&self, app: &App, ticket: &ExternalId, text: &str, internal: bool);

    /// The method by which tickets are made.
    fn creates_with(&self) -> &'static str {
        "POST"
    }

    /// Whether a call changes something.
    fn writes(&self, call: &SeenCall) -> bool {
        call.method != "GET" && call.kind == simulators::RouteKind::Data
    }
}

fn rows(app: &App, list: &str) -> Vec<Value> {
    app.dump()[list].as_array().cloned().unwrap_or_default()
}

fn id(value: &Value) -> ExternalId {
    ExternalId::new(value.to_string())
}

fn text(row: &Value, field: &str) -> String {
    row[field].as_str().unwrap_or_default().to_owned()
}

/// Halo: actions of a ticket are its notes; those of the system are not shown.
pub(super) struct Halo;

impl Desk for Halo {
    fn connector(&self) -> &'static str {
        "halo-psa"
    }

    fn company(&self, _app: &App) -> ExternalId {
        "12".into()
    }

    fn tickets(&self, app: &App) -> BTreeMap<ExternalId, SeenTicket> {
        let types = rows(app, "ticket_types");
        let service =
            |ticket: &Value| types.iter().any(|kind| kind["id"] == ticket["tickettype_id"] && kind["use"] == "tickets");
        let gone = |row: &Value| row["deleted"] == true || row["_sim"]["deleted"] == true;
        let actions = rows(app, "actions");
        let seen = |row: &Value| {
            let of_ticket = actions.iter().filter(|a| a["ticket_id"] == row["id"] && a["who"] != "System");
            let note = |action: &Value| SeenNote {
                id: id(&action["id"]),
                text: text(action, "note"),
                internal: action["hiddenfromuser"] == true,
            };
            let (title, description) = (text(row, "summary").trim().to_owned(), text(row, "details"));
            SeenTicket { title, description, notes: of_ticket.map(note).collect() }
        };
        let shown = rows(app, "tickets").into_iter().filter(|row| service(row) && !gone(row));
        shown.map(|row| (id(&row["id"]), seen(&row))).collect()
    }

    fn retitle(&self, app: &App, ticket: &ExternalId, title: &str) {
        app.patch("tickets", ticket.as_str(), object(json!({ "summary": title })), false).unwrap();
    }

    fn note(&self, app: &App, ticket: &ExternalId, text: &str, internal: bool) {
        let ticket: i64 = ticket.as_str().parse().unwrap();
        let outcome = if internal { "Private Note" } else { "Email User" };
        let note = json!({ "ticket_id": ticket, "outcome": outcome, "note": text, "hiddenfromuser": internal });
        app.create("actions", object(note)).unwrap();
    }
}

/// Autotask: what is not published to all is internal.
pub(super) struct Autotask;

impl Desk for Autotask {
    fn connector(&self) -> &'static str {
        "autotask"
    }

    fn company(&self, _app: &App) -> ExternalId {
        "29683500".into()
    }

    fn tickets(&self, app: &App) -> BTreeMap<ExternalId, SeenTicket> {
        let gone = |row: &Value| row["_sim"]["deleted"] == true;
        let notes = rows(app, "notes");
        let seen = |row: &Value| {
            let of_ticket = notes.iter().filter(|note| note["ticketID"] == row["id"]);
            let note = |note: &Value| SeenNote {
                id: id(&note["id"]),
                text: text(note, "description"),
                internal: note["publish"] != 1,
            };
            let (title, description) = (text(row, "title"), text(row, "description"));
            SeenTicket { title, description, notes: of_ticket.map(note).collect() }
        };
        let shown = rows(app, "tickets").into_iter().filter(|row| !gone(row));
        shown.map(|row| (id(&row["id"]), seen(&row))).collect()
    }

    fn retitle(&self, app: &App, ticket: &ExternalId, title: &str) {
        app.patch("tickets", ticket.as_str(), object(json!({ "title": title })), false).unwrap();
    }

    fn note(&self, app: &App, ticket: &ExternalId, text: &str, internal: bool) {
        let ticket: i64 = ticket.as_str().parse().unwrap();
        let publish = if internal { 2 } else { 1 };
        let note = json!({ "ticketID": ticket, "title": text, "description": text, "publish": publish });
        app.create("notes", object(note)).unwrap();
    }

    fn writes(&self, call: &SeenCall) -> bool {
        call.method != "GET" && !call.path.contains("/query")
    }
}
