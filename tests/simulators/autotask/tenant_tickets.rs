//! The seeded tenant's tickets with their notes.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::picklists::{COMPLETE, NEW, PUBLISH_ALL, PUBLISH_INTERNAL, WORKFLOW_NOTE};
use super::schema;
use super::tenant::{FIRST_RESOURCE, ROLE, Tenant};
use super::wire::{date, object};

const FIRST_TICKET: i64 = 351_181;
const FIRST_NOTE: i64 = 900_001;

impl Tenant {
    pub(super) fn tickets(&mut self, count: usize) {
        let contacts: Vec<(i64, i64)> = schema::entity("Contacts")
            .into_iter()
            .flat_map(|entity| self.state.table(entity).live())
            .filter(|contact| contact.int("isActive") == Some(1))
            .filter_map(|contact| Some((contact.int("id")?, contact.int("companyID")?)))
            .collect();
        let mut note = FIRST_NOTE;
        for n in 0..count {
            let id = FIRST_TICKET + i64::try_from(n).unwrap_or_default();
            let Some((contact, company)) = self.seed.pick(&contacts) else { return };
            self.ticket(n, id, contact, company);
            for k in 0..(n % 5) {
                self.note(note, id, n, k);
                note += 1;
            }
        }
    }

    fn ticket(&mut self, n: usize, id: i64, contact: i64, company: i64) {
        let status = [COMPLETE, NEW, 8, 7, 9, 12].get(n % 6).copied().unwrap_or(NEW);
        let opened = self.seed.before(self.now, 6_000, 3);
        let number = self.state.ticket_number(opened);
        let due = opened.checked_add(SignedDuration::from_hours(32)).unwrap_or(opened);
        let closed = opened.checked_add(SignedDuration::from_mins(50)).unwrap_or(opened);
        let assigned = n % 3 == 1;
        let description = match n % 4 {
            1 => String::new(),
            2 => "First line.\r\n\r\nSecond line with <angles> & \"quotes\".".to_owned(),
            _ => format!("Reported on floor {}.", n % 7),
        };
        let fields = object(json!({
            "ticketNumber": number, "title": format!("{} ({n})", self.seed.problem()), "description": description,
            "companyID": company, "contactID": if n % 9 == 8 { Value::Null } else { contact.into() }, "status": status,
            "priority": 1 + n % 4, "queueID": if n % 7 == 6 { 29_683_354 } else { 29_682_833 }, "ticketType": 1 + n % 3,
            "ticketCategory": if n % 6 == 5 { 4 } else { 3 }, "source": if n.is_multiple_of(2) { 4 } else { 2 },
            "assignedResourceID": if assigned { FIRST_RESOURCE.into() } else { Value::Null },
            "assignedResourceRoleID": if assigned { ROLE.into() } else { Value::Null },
            "dueDateTime": date(due), "creatorResourceID": FIRST_RESOURCE, "creatorType": 1, "issueType": 10,
            "completedDate": if status == COMPLETE { date(closed).into() } else { Value::Null },
            "serviceLevelAgreementHasBeenMet": false, "estimatedHours": 0.0, "hoursToBeScheduled": 0.0,
        }));
        self.put("Tickets", id, fields);
    }

    fn note(&mut self, id: i64, ticket: i64, n: usize, k: usize) {
        let (publish, kind, text) = match (n + k) % 5 {
            0 => (PUBLISH_INTERNAL, 3, "Checked the event log, nothing there."),
            1 => (PUBLISH_ALL, 3, "We are looking into it."),
            2 => (4, 2, "Passed on to the co-managed team."),
            3 => (PUBLISH_INTERNAL, WORKFLOW_NOTE, "Workflow rule fired: first response."),
            _ => (PUBLISH_ALL, 3, "Please restart and try again.\r\nThank you."),
        };
        let title = if k == 0 { "Summary" } else { text.lines().next().unwrap_or_default() };
        let fields = object(json!({
            "ticketID": ticket, "title": title, "description": text, "noteType": kind, "publish": publish,
            "creatorResourceID": FIRST_RESOURCE + i64::try_from(k % 3).unwrap_or_default(),
        }));
        self.put("TicketNotes", id, fields);
    }
}
