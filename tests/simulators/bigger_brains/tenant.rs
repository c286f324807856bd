//! The seeded application: ordinary courses and registrations, and among them every oddity that a connector must live with.
//!
//! Most learners are people of the MSP's customers whom somebody registered in SCORM Cloud's own screens; some registrations
//! stem from a portal that tagged them with its companies. All change stamps are more than an hour older than the start.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::lists::List;
use super::state::{State, defaults};
use super::wire::{date, object};
use crate::Setup;
use crate::records::Record;
use crate::seed::{Seed, slug};

/// A year and a bit.
const OLDEST_HOURS: u32 = 9_000;
const NEWEST_HOURS: u32 = 2;

const TOPICS: &[(&str, &str)] = &[
    ("Excel for Microsoft 365", "excel"),
    ("Outlook for Microsoft 365", "outlook"),
    ("Teams", "teams"),
    ("SharePoint", "sharepoint"),
    ("Power BI", "power-bi"),
    ("Phishing: Spot It, Report It", "phishing"),
    ("Password Hygiene", "passwords"),
    ("Windows 11", "windows-11"),
];
const LEVELS: usize = 3;

struct Application {
    seed: Seed,
    now: Timestamp,
    state: State,
}

pub(super) fn seed(setup: &Setup) -> State {
    let seed = Seed::new(setup.seed ^ 0x5343_4f52_4d31);
    let mut application = Application { seed, now: (setup.clock)(), state: State::default() };
    let courses: Vec<Value> = (0..TOPICS.len() * LEVELS).map(|n| application.course(n)).collect();
    for n in 0..setup.scale.max(12) {
        application.registration(n, &courses);
    }
    application.state
}

impl Application {
    fn put(&mut self, list: List, id: String, own: Value, deleted: bool) {
        let mut fields = defaults(list, &id);
        fields.extend(object(own));
        let changed = self.seed.before(self.now, OLDEST_HOURS, NEWEST_HOURS);
        let created = self.seed.before(changed, OLDEST_HOURS, 0);
        let row = Record { deleted, ..Record::new(created, changed, fields) };
        self.state.table_mut(list).rows.insert(id, row);
    }

    /// Gives what registrations say of it.
    fn course(&mut self, n: usize) -> Value {
        let (topic, tag) = TOPICS[n % TOPICS.len()];
        let level = n / TOPICS.len() + 1;
        let title = match n {
            5 => format!("{topic} 🎣"),
            _ => format!("{topic}: Level {level}"),
        };
        let id = format!("{}-l{level}", slug(topic));
        let minutes = 20 + 5 * self.seed.below(12);
        let metadata = json!({
            "title": title, "titleLanguage": "en-US", "description": format!("What everybody should know of {topic}."),
            "descriptionLanguage": "en-US",
            // Authors write lengths as they like.
            "duration": if n % 6 == 4 { "about an hour".to_owned() } else { format!("PT{minutes}M") },
            "typicalTime": if n % 4 == 2 { format!("00:{minutes:02}:00") } else { format!("PT{minutes}M") },
            "keywords": [tag, "office"],
        });
        let standard = match n % 9 {
            3 => "AICC",
            7 => "UNKNOWN",
            _ => "SCORM12",
        };
        let mut own = json!({
            "title": title, "version": n % 3, "courseLearningStandard": standard, "tags": [tag, format!("level-{level}")],
        });
        // Some packages say nothing of themselves.
        if n % 7 != 6 {
            own["metadata"] = metadata;
        }
        let reference = json!({"id": id, "title": title, "version": n % 3});
        // Gone, but not for those who were registered.
        self.put(List::Courses, id, own, n == 11);
        reference
    }

    fn registration(&mut self, n: usize, courses: &[Value]) {
        let person = self.seed.person();
        let id = match n % 5 {
            0 => self.seed.guid(),
            _ => format!("reg {n}/{}", self.seed.below(1_000_000)),
        };
        let company = n % 20;
        let learner = json!({
            "id": format!("learner-{n}"), "firstName": person.first,
            "lastName": if n % 30 == 29 { String::new() } else { person.last.clone() },
            "email": format!("{}{n}@customer{company}.bb.example", person.mailbox()),
        });
        let mut own = json!({
            "course": courses[n % courses.len()], "learner": learner, "instance": u32::from(n % 11 == 10),
            "tags": if n % 4 == 1 { json!(["autumn", format!("company:co_seeded_{company}")]) } else { json!([]) },
        });
        own.as_object_mut().into_iter().for_each(|own| own.extend(self.progress(n)));
        self.put(List::Registrations, id, own, n % 50 == 49);
    }

    /// How far somebody is.
    fn progress(&mut self, n: usize) -> Map<String, Value> {
        let finished = self.seed.before(self.now, OLDEST_HOURS, NEWEST_HOURS);
        let began = finished - SignedDuration::from_mins(50);
        let seconds = f64::from(self.seed.below(30_000)) / 10.0;
        let score = f64::from(60 + self.seed.below(40));
        let opened = json!({
            "firstAccessDate": date(began), "lastAccessDate": date(finished), "totalSecondsTracked": seconds,
        });
        let mut progress = match n % 4 {
            0 => return Map::new(),
            1 => json!({"registrationCompletion": "INCOMPLETE", "registrationCompletionAmount": 0.4}),
            2 => json!({"registrationCompletion": "COMPLETED", "registrationCompletionAmount": 1.0,
                "registrationSuccess": "PASSED", "score": {"scaled": score}, "completedDate": date(finished)}),
            _ => {
                json!({"registrationCompletion": "COMPLETED", "registrationSuccess": if n % 8 == 3 { "FAILED" } else { "UNKNOWN" },
                "completedDate": date(finished)})
            }
        };
        progress.as_object_mut().into_iter().for_each(|progress| progress.extend(object(opened.clone())));
        object(progress)
    }
}
