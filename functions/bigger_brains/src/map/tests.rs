use connector::Mapped;
use serde_json::{Value, json};

use super::*;

fn course_of(row: Value) -> Outcome {
    course(&serde_json::from_value(row).unwrap())
}

fn registration_of(row: Value) -> Outcome {
    registration(&serde_json::from_value(row).unwrap())
}

fn content(outcome: Outcome) -> Value {
    match outcome.unwrap() {
        Mapped::Record(record) => json!({ "id": record.external_id, "at": record.modified_at, "data": record.data }),
        other => panic!("{other:?}"),
    }
}

/// The card's example.
fn example() -> Value {
    json!({"id":"9f1c","instance":0,"xapiRegistrationId":"3d8f","updated":"2026-06-01T10:20:30.000Z",
        "registrationCompletion":"COMPLETED","registrationCompletionAmount":1.0,"registrationSuccess":"PASSED",
        "score":{"scaled":92.0},"totalSecondsTracked":1804.2,"firstAccessDate":"2026-06-01T09:40:00.000Z",
        "lastAccessDate":"2026-06-01T10:20:30.000Z","completedDate":"2026-06-01T10:20:30.000Z",
        "createdDate":"2026-05-30T08:00:00.000Z","course":{"id":"excel-365-l1","title":"Excel: Level 1","version":1},
        "learner":{"id":"contact-42","email":"ann@contoso.com","firstName":"Ann","lastName":"Lee"},"tags":["x","company:17"]})
}

#[test]
fn a_course_is_taken_with_what_its_package_says_of_itself() {
    let row = json!({"id":"excel-365-l1","title":"Excel: Level 1","updated":"2026-05-02T11:30:00.000Z","version":1,
        "registrationCount":12,"courseLearningStandard":"SCORM12","tags":["microsoft-365"],"dispatched":false,
        "metadata":{"title":"Excel","description":"Basics of Excel","duration":"PT1H","typicalTime":"PT45M","keywords":["excel"]}});
    insta::assert_json_snapshot!(content(course_of(row)), @r#"
    {
      "at": "2026-05-02T11:30:00Z",
      "data": {
        "description": "Basics of Excel",
        "keywords": [
          "excel"
        ],
        "seconds": 2700,
        "standard": "SCORM12",
        "tags": [
          "microsoft-365"
        ],
        "title": "Excel: Level 1",
        "type": "course",
        "version": 1
      },
      "id": "excel-365-l1"
    }
    "#);
}

#[test]
fn a_course_without_metadata_has_its_title_and_one_without_a_title_its_id() {
    let title = |row: Value| content(course_of(row))["data"]["title"].clone();
    assert_eq!(title(json!({"id": "a", "title": "Excel", "metadata": null})), "Excel");
    assert_eq!(title(json!({"id": "a", "metadata": {"title": "Word"}})), "Word");
    assert_eq!(title(json!({"id": "a"})), "a");
}

#[test]
fn lengths_are_read_as_iso_writes_them_or_scorm_does_and_otherwise_left_out() {
    for (text, seconds) in [
        ("PT45M", json!(2700)),
        ("PT1H30M", json!(5400)),
        ("00:45:00", json!(2700)),
        ("about an hour", Value::Null),
        ("PT0S", Value::Null),
        ("-PT5M", Value::Null),
    ] {
        let row = json!({"id": "a", "metadata": {"typicalTime": text}});
        assert_eq!(content(course_of(row))["data"]["seconds"], seconds, "{text}");
    }
}

#[test]
fn a_registration_is_a_person_a_course_and_how_far_they_are() {
    insta::assert_json_snapshot!(content(registration_of(example())), @r#"
    {
      "at": "2026-06-01T10:20:30Z",
      "data": {
        "completed_at": "2026-06-01T10:20:30Z",
        "completion": "completed",
        "course": "excel-365-l1",
        "created_at": "2026-05-30T08:00:00Z",
        "instance": 0,
        "last_access_at": "2026-06-01T10:20:30Z",
        "learner": "contact-42",
        "learner_email": "ann@contoso.com",
        "learner_name": "Ann Lee",
        "name": "Excel: Level 1",
        "passed": true,
        "portal_company": "17",
        "progress": 1.0,
        "score": 92.0,
        "seconds": 1804,
        "started_at": "2026-06-01T09:40:00Z",
        "type": "registration",
        "updated_at": "2026-06-01T10:20:30Z"
      },
      "id": "9f1c"
    }
    "#);
}

#[test]
fn what_nobody_has_heard_of_says_nothing_about_progress() {
    let mut row = example();
    row["registrationCompletion"] = json!("PONDERING");
    row["registrationSuccess"] = json!("UNKNOWN");
    row["tags"] = json!(["company:", "companies:4"]);
    let data = content(registration_of(row))["data"].clone();
    assert_eq!(data["completion"], "unknown");
    assert_eq!((data.get("passed"), data.get("portal_company")), (None, None));
}

#[test]
fn a_registration_without_a_course_or_anybody_is_set_aside() {
    let without = |field: &str| {
        let mut row = example();
        row[field] = Value::Null;
        registration_of(row).unwrap_err()
    };
    assert_eq!(without("id"), "the registration has no id");
    assert_eq!(without("course"), "the registration names no course");
    assert_eq!(without("learner"), "the registration names nobody");
    let mut row = example();
    row["updated"] = json!("yesterday");
    assert_eq!(registration_of(row).unwrap_err(), "updated is not a date: \"yesterday\"");
}
