//! The vendor's side of the desk: how a person there sees and changes tickets, by each vendor's own names.

use std::collections::BTreeMap;

use domain::id::ExternalId;
use serde_json::{Value, json};
use simulators::{App, SeenCall};

use crate::acme::object;

/// A ticket at the vendor.
#[derive(Clone, Debug)]
pub(crate) struct SeenTicket {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) notes: Vec<SeenNote>,
}

/// A note at the vendor.
#[derive(Clone, Debug)]
pub(crate) struct SeenNote {
    pub(crate) id: ExternalId,
    pub(crate) text: String,
    pub(crate) internal: bool,
}

/// A vendor's desk.
pub(crate) trait Desk: Sync {
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
pub(crate) struct Halo;

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
pub(crate) struct Autotask;

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

/// ConnectWise Manage: the description is the first public note of a ticket, written when it was opened.
pub(crate) struct ConnectWiseManage;

impl Desk for ConnectWiseManage {
    fn connector(&self) -> &'static str {
        "connectwise-manage"
    }

    fn company(&self, app: &App) -> ExternalId {
        let ticket = rows(app, "tickets").into_iter().find(|row| row["recordType"] == "ServiceTicket");
        id(&ticket.unwrap()["company"]["id"])
    }

    fn tickets(&self, app: &App) -> BTreeMap<ExternalId, SeenTicket> {
        let gone = |row: &Value| row["_sim"]["deleted"] == true;
        let public = |note: &Value| note["detailDescriptionFlag"] == true && note["internalAnalysisFlag"] != true;
        let notes = rows(app, "notes");
        let seen = |row: &Value| {
            let mut of_ticket: Vec<&Value> = notes.iter().filter(|note| note["ticketId"] == row["id"]).collect();
            of_ticket.sort_by_key(|note| note["id"].as_i64());
            // Whole seconds apart from the ticket, at most: what was written with it.
            let second =
                |at: &Value| at.as_str().unwrap_or_default().parse::<jiff::Timestamp>().map(|at| at.as_second());
            let opened = second(&row["_info"]["dateEntered"]);
            let first = of_ticket.first().filter(|first| {
                let apart = second(&first["dateCreated"]).ok().zip(opened.ok()).map(|(a, b)| (a - b).abs());
                public(first) && apart.is_some_and(|apart| apart <= 2)
            });
            let description = first.map(|note| text(note, "text")).unwrap_or_default();
            let note =
                |note: &&Value| SeenNote { id: id(&note["id"]), text: text(note, "text"), internal: !public(note) };
            let notes = of_ticket.iter().skip(usize::from(first.is_some())).map(note).collect();
            SeenTicket { title: text(row, "summary").trim().to_owned(), description, notes }
        };
        let shown = rows(app, "tickets").into_iter().filter(|row| row["recordType"] == "ServiceTicket" && !gone(row));
        shown.map(|row| (id(&row["id"]), seen(&row))).collect()
    }

    fn retitle(&self, app: &App, ticket: &ExternalId, title: &str) {
        app.patch("tickets", ticket.as_str(), object(json!({ "summary": title })), false).unwrap();
    }

    fn note(&self, app: &App, ticket: &ExternalId, text: &str, internal: bool) {
        let ticket: i64 = ticket.as_str().parse().unwrap();
        let note = json!({ "ticketId": ticket, "text": text, "detailDescriptionFlag": !internal,
            "internalAnalysisFlag": internal });
        app.create("notes", object(note)).unwrap();
    }

    fn writes(&self, call: &SeenCall) -> bool {
        call.method != "GET" && !call.path.contains("/search")
    }
}

/// Syncro: the description is the first comment of a ticket, if it is not hidden.
pub(crate) struct Syncro;

impl Desk for Syncro {
    fn connector(&self) -> &'static str {
        "syncro"
    }

    fn company(&self, app: &App) -> ExternalId {
        id(&rows(app, "tickets")[0]["customer_id"])
    }

    fn tickets(&self, app: &App) -> BTreeMap<ExternalId, SeenTicket> {
        let gone = |row: &Value| row["_sim"]["deleted"] == true;
        let comments = rows(app, "comments");
        let seen = |row: &Value| {
            let of = |comment: &&Value| comment["ticket_id"] == row["id"] && !gone(comment);
            let mut of_ticket: Vec<&Value> = comments.iter().filter(of).collect();
            of_ticket.sort_by_key(|comment| comment["id"].as_i64());
            let described = of_ticket.first().is_some_and(|first| first["hidden"] == false);
            let description = if described { text(of_ticket[0], "body") } else { String::new() };
            let note = |comment: &&Value| SeenNote {
                id: id(&comment["id"]),
                text: text(comment, "body"),
                internal: comment["hidden"] != false,
            };
            let notes = of_ticket.iter().skip(usize::from(described)).map(note).collect();
            SeenTicket { title: text(row, "subject").trim().to_owned(), description, notes }
        };
        let shown = rows(app, "tickets").into_iter().filter(|row| !gone(row));
        shown.map(|row| (id(&row["id"]), seen(&row))).collect()
    }

    fn retitle(&self, app: &App, ticket: &ExternalId, title: &str) {
        app.patch("tickets", ticket.as_str(), object(json!({ "subject": title })), false).unwrap();
    }

    fn note(&self, app: &App, ticket: &ExternalId, text: &str, internal: bool) {
        let ticket: i64 = ticket.as_str().parse().unwrap();
        let comment = json!({ "ticket_id": ticket, "subject": "Update", "body": text, "hidden": internal });
        app.create("comments", object(comment)).unwrap();
    }
}
