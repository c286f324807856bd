//! What SCORM Cloud, and with it Bigger Brains, is to the portal: forms, guide, permissions, feeds and field tables.

use std::time::Duration;

use connector::field::{both, pull};
use connector::webhook::{Provisioning, Verify, Webhook};
use connector::{
    Changes, CredentialField, Descriptor, Direction, Feed, LimitScope, Limits, Permission, RecordTypeDescriptor,
    SetupStep, TechnicianCreation, TokenSharing,
};
use domain::record::RecordType;

use crate::webhook;

/// Whom postbacks come from, by HTTP Basic.
pub(crate) const POSTBACK_USER: &str = "portal";

/// Everything that is declared about this connector.
pub static DESCRIPTOR: Descriptor = Descriptor {
    id: "bigger-brains",
    name: "Bigger Brains (via SCORM Cloud)",
    short_name: "SCORM Cloud",
    about: "training content and courses",
    category: "Training",
    setup: SETUP,
    setup_minutes: 15,
    permissions: PERMISSIONS,
    credentials: CREDENTIALS,
    options: &[],
    choices: &[],
    ticket_defaults: &[],
    technician_creation: TechnicianCreation::Unsupported,
    primary_contact: None,
    record_types: &[COURSES, REGISTRATIONS],
    // SCORM Cloud documents a limit for xAPI alone; five calls a second are taken for what it bears.
    limits: Limits {
        scope: LimitScope::Account,
        calls: 300,
        window: Duration::from_secs(60),
        share_percent: 50,
        concurrency: 4,
    },
    webhook: Some(Webhook {
        provisioning: Provisioning::Api,
        verify: Verify::Basic { user: POSTBACK_USER },
        tolerance: None,
        unproven: None,
        notices: |delivery| webhook::notices(delivery.body),
        repeats: true,
    }),
    journal: None,
    token: TokenSharing::Environment,
    map_version: 1,
};

const SETUP: &[SetupStep] = &[
    SetupStep {
        title: "Know what this connects to",
        text: "Bigger Brains publishes no API of its own. Its courses are SCORM packages, so the portal connects to SCORM Cloud \
               (Rustici Software), the hosted service that such packages run in. You need a SCORM Cloud account, and from Bigger \
               Brains the packages of the courses that you licensed. Progress that your customers make in Bigger Brains' own \
               BrainStation or Teams app is not seen here.",
        copy: None,
    },
    SetupStep {
        title: "Ask Bigger Brains for the packages",
        text: "Write to support@bigger-brains.com and ask for the SCORM 1.2 packages of your courses, licensed for the domain \
               cloud.scorm.com: a package asks their licence server before it shows anything.",
        copy: Some("support@bigger-brains.com"),
    },
    SetupStep {
        title: "Make an application for the portal",
        text: "In SCORM Cloud open Apps / API and click Add Application. An application has courses and learners of its own, so \
               nothing else of yours appears in the portal.",
        copy: Some("Client Portal"),
    },
    SetupStep {
        title: "Upload the courses",
        text: "Choose the application, open Library and click Add Content > Import Course for each package.",
        copy: None,
    },
    SetupStep {
        title: "Copy the App ID and a Secret Key",
        text: "In Apps / API open the application. The App ID stands at its top; add a Secret Key if there is none. A key that is \
               limited needs the scopes listed beside this guide.",
        copy: Some("read:course read:registration write:registration read:appmgmt write:appmgmt"),
    },
];

const PERMISSIONS: &[Permission] = &[
    Permission { name: "read:course", why: "Read courses.", required: true, record_types: &[RecordType::Courses] },
    Permission {
        name: "read:registration",
        why: "Read who takes which course, and how far they are.",
        required: true,
        record_types: &[RecordType::Registrations],
    },
    Permission {
        name: "write:registration",
        why: "Enrol people, and make the links that open a course.",
        required: false,
        record_types: &[RecordType::Registrations],
    },
    Permission {
        name: "write:appmgmt",
        why: "Set the webhook to which progress is posted (with read:appmgmt); without it progress arrives with each sync.",
        required: false,
        record_types: &[RecordType::Registrations],
    },
];

const CREDENTIALS: &[CredentialField] = &[
    CredentialField {
        key: "application_id",
        label: "Application ID",
        help: "Bigger Brains publishes no API of its own: this is the App ID of your SCORM Cloud application, under Apps / API.",
        example: "A1B2C3D4E5",
        pattern: Some("[A-Za-z0-9_-]{4,64}"),
        choices: &[],
        secret: false,
        required: true,
        normalise: None,
    },
    CredentialField {
        key: "secret_key",
        label: "Secret Key",
        help: "Of the same application, under Apps / API.",
        example: "a1B2c3D4e5F6g7H8…",
        pattern: None,
        choices: &[],
        secret: true,
        required: true,
        normalise: None,
    },
];

const COURSES: RecordTypeDescriptor = RecordTypeDescriptor {
    record_type: RecordType::Courses,
    label: "Courses",
    direction: Direction::Pull,
    default_on: true,
    limitation: Some(
        "These are the courses in your SCORM Cloud application. Bigger Brains publishes no API of its own, so its catalogue \
         cannot be read; upload new packages in SCORM Cloud.",
    ),
    feeds: &[Feed {
        id: "courses",
        produces: RecordType::Courses,
        changes: Changes::Filtered,
        permission: "read:course",
        ..Feed::USUAL
    }],
    fields: &[
        pull("title", "title", "else that of the metadata, else the id"),
        pull("metadata.description", "description", "as is"),
        pull("metadata.typicalTime", "seconds", "else metadata.duration; in seconds"),
        pull("metadata.keywords", "keywords", "as is"),
        pull("tags", "tags", "as is"),
        pull("courseLearningStandard", "standard", "unless UNKNOWN"),
        pull("version", "version", "as is"),
    ],
};

const REGISTRATIONS: RecordTypeDescriptor = RecordTypeDescriptor {
    record_type: RecordType::Registrations,
    label: "Enrolments",
    direction: Direction::Both,
    default_on: true,
    limitation: Some(
        "The portal enrols people and opens courses; an enrolment cannot be changed or taken back from here. Enrolments made in \
         SCORM Cloud itself belong to none of your companies, and progress made in Bigger Brains' own BrainStation is not seen.",
    ),
    feeds: &[Feed {
        id: "registrations",
        produces: RecordType::Registrations,
        changes: Changes::Filtered,
        permission: "read:registration",
        ..Feed::USUAL
    }],
    fields: &[
        pull("course.title", "name", "else the course's id"),
        both("course.id", "course", "as is"),
        both("learner.id", "learner", "the portal user, where the portal enrolled them"),
        both("learner.firstName", "learner_name", "with lastName"),
        both("learner.email", "learner_email", "as is"),
        both("tags", "portal_company", "what follows \"company:\""),
        pull("instance", "instance", "counts the attempts"),
        pull("registrationCompletion", "completion", "never falls back within an instance"),
        pull("registrationCompletionAmount", "progress", "from 0 to 1"),
        pull("registrationSuccess", "passed", "if passed or failed"),
        pull("score.scaled", "score", "from 0 to 100"),
        pull("totalSecondsTracked", "seconds", "whole seconds"),
        pull("createdDate", "created_at", "as is"),
        pull("firstAccessDate", "started_at", "as is"),
        pull("lastAccessDate", "last_access_at", "as is"),
        pull("completedDate", "completed_at", "as is"),
        pull("updated", "updated_at", "of two readings the later counts"),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feed_names_a_permission_of_the_list() {
        for (_, feed) in DESCRIPTOR.feeds() {
            assert!(DESCRIPTOR.permissions.iter().any(|permission| permission.name == feed.permission), "{}", feed.id);
        }
    }

    #[test]
    fn before_credentials_are_asked_for_it_says_what_bigger_brains_does_not_offer() {
        let says = |text: &str| text.contains("Bigger Brains publishes no API of its own");
        assert!(says(DESCRIPTOR.setup[0].text) && says(DESCRIPTOR.credentials[0].help));
        assert!(says(DESCRIPTOR.record_type(RecordType::Courses).unwrap().limitation.unwrap()));
    }

    #[test]
    fn no_customers_come_from_here() {
        assert!(DESCRIPTOR.record_type(RecordType::Companies).is_none());
    }
}
