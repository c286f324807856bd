//! Three-way merging of one record's fields: what the person saw, what they want, what the vendor has now.
//!
//! Changed on one side: that side's value. Changed on both: the vendor wins, and the portal's value is kept in the conflict
//! log. Changed on both to the same: nothing to do. A field that the person could not see, because the vendor had not made
//! the record yet, has no base: their wish counts.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::edit::Fields;

/// A portal value that lost to the vendor's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Conflict {
    /// The field.
    pub field: String,
    /// What the portal wanted.
    #[schema(value_type = Object)]
    pub portal: Value,
    /// What the vendor has.
    #[schema(value_type = Object)]
    pub vendor: Value,
    /// Our reference of the edit.
    pub reference: String,
    /// Who made it.
    pub by: String,
    /// When it was decided.
    pub at: Timestamp,
}

/// What is left of an edit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Merged {
    /// To be written to the vendor.
    pub write: Map<String, Value>,
    /// Fields where the vendor won, with its value.
    pub lost: Vec<(String, Value)>,
}

/// Merges an edit with what the vendor has. `same` tells whether two values of a field mean the same to the portal, such as
/// two statuses of one stage.
pub fn merge(edit: &Fields, vendor: &Map<String, Value>, same: impl Fn(&str, &Value, &Value) -> bool) -> Merged {
    let mut merged = Merged::default();
    for (field, wanted) in &edit.wanted {
        let unseen = !edit.base.contains_key(field);
        let base = value(&edit.base, field);
        let theirs = value(vendor, field);
        if plain(wanted) == theirs || (theirs != base && same(field, wanted, theirs)) {
            continue;
        }
        if unseen || theirs == base {
            merged.write.insert(field.clone(), wanted.clone());
        } else {
            merged.lost.push((field.clone(), theirs.clone()));
        }
    }
    merged
}

/// Bases a later edit on what became of an earlier one of the same record.
///
/// The earlier one has arrived, and the vendor now has `vendor`: where the later one was made on top of it, or on what it was
/// made on, that is its base. Fields that the earlier one lost keep theirs: there the vendor decided. Returns whether anything
/// changed.
pub fn rebase(later: &mut Fields, earlier: &Fields, lost: &[String], vendor: &Map<String, Value>) -> bool {
    let mut changed = false;
    let touched: Vec<_> = later.wanted.keys().filter(|field| !lost.contains(field)).cloned().collect();
    for field in touched {
        let Some(arrived) = earlier.wanted.get(&field) else { continue };
        let base = value(&later.base, &field);
        let now = value(vendor, &field);
        let on_top = base == plain(arrived) || base == value(&earlier.base, &field);
        if on_top && base != now {
            let now = now.clone();
            later.base.insert(field, now);
            changed = true;
        }
    }
    changed
}

/// A field's value; an absent field and an empty text are null, as records leave empty fields out.
fn value<'a>(of: &'a Map<String, Value>, field: &str) -> &'a Value {
    of.get(field).map_or(&Value::Null, plain)
}

fn plain(value: &Value) -> &Value {
    if value.as_str() == Some("") { &Value::Null } else { value }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        let Value::Object(map) = value else { panic!("an object") };
        map
    }

    fn edit(wanted: Value, base: Value) -> Fields {
        Fields { wanted: map(wanted), base: map(base) }
    }

    #[test]
    fn each_side_keeps_what_it_alone_changed_and_the_vendor_wins_the_rest() {
        let edit = edit(
            json!({ "title": "New", "priority": "2", "status": "5", "assignee": null, "description": "" }),
            json!({ "title": "Old", "priority": "3", "status": "1", "assignee": "7" }),
        );
        let vendor = map(json!({ "title": "Old", "priority": "4", "status": "5", "assignee": "7" }));
        let merged = merge(&edit, &vendor, |_, _, _| false);
        assert_eq!(merged.write, map(json!({ "title": "New", "assignee": null })));
        assert_eq!(merged.lost, [("priority".to_owned(), json!("4"))]);
    }

    #[test]
    fn another_status_of_the_same_stage_is_no_conflict_and_no_write() {
        let edit = edit(json!({ "status": "5" }), json!({ "status": "1" }));
        let working =
            |_: &str, a: &Value, b: &Value| [a, b].iter().all(|status| ["5", "6"].contains(&status.as_str().unwrap()));
        let merged = merge(&edit, &map(json!({ "status": "6" })), working);
        assert_eq!(merged, Merged::default());
    }

    #[test]
    fn an_edit_on_top_of_another_follows_what_became_of_it() {
        let first = edit(json!({ "title": "B", "priority": "2" }), json!({ "title": "A", "priority": "1" }));
        let vendor = map(json!({ "title": "B (normalised)", "priority": "9" }));
        let lost = ["priority".to_owned()];
        for seen in ["A", "B"] {
            let mut second = edit(json!({ "title": "C", "priority": "3" }), json!({ "title": seen, "priority": "2" }));
            assert!(rebase(&mut second, &first, &lost, &vendor));
            assert_eq!(second.base, map(json!({ "title": "B (normalised)", "priority": "2" })));
            let merged = merge(&second, &vendor, |_, _, _| false);
            assert_eq!((merged.write, merged.lost.len()), (map(json!({ "title": "C" })), 1));
        }
        let mut apart = edit(json!({ "title": "C" }), json!({ "title": "seen elsewhere" }));
        assert!(!rebase(&mut apart, &first, &[], &vendor));
    }

    #[test]
    fn what_the_person_could_not_see_is_no_reason_to_lose_their_wish() {
        let edit = edit(json!({ "status": "2", "priority": "3" }), json!({}));
        let merged = merge(&edit, &map(json!({ "status": "1", "priority": "3" })), |_, _, _| false);
        assert_eq!(merged, Merged { write: map(json!({ "status": "2" })), lost: Vec::new() });
    }

    proptest! {
        /// Whatever the three are: a written field is one that the vendor had left alone, a lost one is one that it had
        /// not, and writing what is to be written and merging again leaves nothing to do.
        #[test]
        fn merging_again_finds_nothing(base in 0..3_u8, wanted in 0..3_u8, theirs in 0..3_u8) {
            let value = |n: u8| if n == 0 { Value::Null } else { json!(n.to_string()) };
            let edit = edit(json!({ "f": value(wanted) }), json!({ "f": value(base) }));
            let mut vendor = map(json!({ "f": value(theirs) }));
            let merged = merge(&edit, &vendor, |_, a, b| a == b);
            prop_assert_eq!(!merged.write.is_empty(), wanted != theirs && theirs == base);
            prop_assert_eq!(!merged.lost.is_empty(), wanted != theirs && theirs != base);
            vendor.extend(merged.write.clone());
            let again = merge(&edit, &vendor, |_, a, b| a == b);
            prop_assert!(again.write.is_empty());
            prop_assert_eq!(again.lost, merged.lost);
        }
    }
}
