//! The seeded tenant's tickets with their comments.

use jiff::Timestamp;
use serde_json::json;

use super::state::{State, UNASSIGNED};
use super::tenant::{FIRST_AGENT, FIRST_USER, Tenant};
use super::wire::{object, plain};
use super::{actions, tickets_write};
use crate::records::Record;

const FIRST_TICKET: i64 = 2_001;

impl Tenant {
    pub(super) fn tickets(&mut self, count: usize) {
        let requesters: Vec<(i64, i64)> = self
            .state
            .users
            .live()
            .filter(|user| !user.flag("inactive") && user.int("id").is_some_and(|id| id >= FIRST_USER))
            .filter_map(|user| Some((user.int("id")?, user.int("site_id")?)))
            .collect();
        // Two more than asked for: an opportunity and a project, which are tickets at Halo as well.
        for n in 0..count + 2 {
            let kind = match n.checked_sub(count) {
                Some(0) => 21,
                Some(_) => 22,
                None if n % 5 == 3 => 3,
                None => 1,
            };
            let Some((user, site)) = self.seed.pick(&requesters) else { return };
            self.ticket(n, kind, user, site);
        }
    }

    fn ticket(&mut self, n: usize, kind: i64, user: i64, site: i64) {
        let id = FIRST_TICKET + i64::try_from(n).unwrap_or_default();
        let offset = id - FIRST_TICKET;
        let status = [1, 2, 2, 3, 9, 4, 28, 9, 2, 31][n % 10];
        let problem = self.seed.problem();
        let html = match n % 6 {
            0 => format!("<p>{problem} &amp; it is urgent.</p><ul><li>since Monday</li></ul>"),
            3 => format!("<p>{problem}</p><script>alert('x')</script><img src=\"cid:image001\">"),
            _ => format!("<p>{problem} 😕</p>"),
        };
        let agent = if status == 1 { UNASSIGNED } else { FIRST_AGENT + offset % 4 };
        let email = self.state.users.rows.get(&user).map(|user| user.text("emailaddress")).unwrap_or_default();
        let sla = if kind == 3 { 2 } else { 1 };
        let mut fields = tickets_write::defaults(id);
        fields.extend(object(json!({
            "summary": if n % 20 == 13 { format!("{problem} {}", "again and ".repeat(30)) } else { problem.to_owned() },
            "details": plain(&html), "details_html": html, "status_id": status, "tickettype_id": kind, "sla_id": sla,
            "priority_id": 1 + offset % 3, "client_id": self.state.client_of_site(Some(site)), "site_id": site,
            "user_id": user, "user_email": email, "reportedby": email, "agent_id": agent, "source": offset % 4,
            "category_1": if n.is_multiple_of(4) { "Hardware>Laptop" } else { "Software" }, "onhold": status == 28,
            "categoryid_1": if n.is_multiple_of(4) { 2 } else { 4 }, "impact": 3, "urgency": 3, "deleted": n % 20 == 16,
            "guid": self.seed.guid(), "key": self.seed.guid(), "_open_appointment": n % 10 == 8,
        })));
        let mut ticket = self.put(fields);
        let count = i64::from(self.seed.below(6)) + i64::from(n.is_multiple_of(3));
        let acted = self.actions(id, count, &ticket);
        ticket.fields.insert("_acted".to_owned(), acted.to_string().into());
        if status == 9 {
            ticket.merge(object(json!({"hasbeenclosed": true, "_closed": ticket.changed, "closure_note": "Solved"})));
        }
        self.state.tickets.rows.insert(id, ticket);
    }

    /// A ticket's comments in time order, none later than the ticket's own stamp; gives the time of the last.
    fn actions(&mut self, ticket: i64, count: i64, row: &Record) -> Timestamp {
        let (created, changed) = (row.created, row.changed);
        let step = changed.duration_since(created).checked_div(i32::try_from(count + 1).unwrap_or(1));
        let mut at = created;
        for id in 1..=count {
            at = step.and_then(|step| at.checked_add(step).ok()).unwrap_or(at);
            let mut fields = actions::system(ticket, id, "Rule Applied");
            let agent = FIRST_AGENT + id % 4;
            let name = State::name(&self.state.agents, Some(agent)).to_owned();
            let by_agent = json!({"who": name, "who_agentid": agent, "actionby_agent_id": agent});
            match (ticket + id) % 4 {
                0 => {}
                1 => {
                    fields.extend(object(by_agent));
                    fields.extend(object(json!({"outcome": "Private Note", "outcome_id": 6,
                        "note": "Customer is difficult", "note_html": "<p>Customer is <b>difficult</b></p>"})));
                }
                2 => {
                    fields.extend(object(by_agent));
                    fields.extend(object(json!({"outcome": "Email User", "outcome_id": 8, "hiddenfromuser": false,
                        "emaildirection": "O", "emailto": row.text("user_email"), "timetaken": 0.25,
                        "note": "Please restart it.", "note_html": "<p>Please restart it.</p>"})));
                }
                _ => {
                    let user = row.int("user_id");
                    fields.extend(object(json!({"outcome": "Email Received", "hiddenfromuser": false, "who_type": 1,
                        "who": State::name(&self.state.users, user), "actionby_user_id": user, "emaildirection": "I",
                        "emailfrom": row.text("user_email"), "note": "Still broken 😡",
                        "note_html": "<div>Still broken 😡<br><script>1</script></div>"})));
                }
            }
            self.state.actions.rows.insert((ticket, id), Record::new(at, at, fields));
        }
        at
    }
}
