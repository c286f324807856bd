use std::collections::BTreeMap;

use super::*;

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

#[test]
fn a_condition_names_each_attribute_once_and_never_inlines_a_value() {
    let mut to = Placeholders::default();
    let lease_is_free = Condition::All(vec![
        Condition::Exists,
        Condition::Any(vec![
            Condition::Lacks("lease"),
            Condition::Less("lease_until", AttributeValue::N("17".into())),
            Condition::Equal("lease", text("a = b")),
        ]),
        Condition::LessOrEqual("wake", AttributeValue::N("3".into())),
        Condition::Has("status"),
    ]);

    let rendered = condition(lease_is_free, &mut to);

    assert_eq!(
        rendered,
        "(attribute_exists(#0)) AND ((attribute_not_exists(#1)) OR (#2 < :0) OR (#1 = :1)) AND (#3 <= :2) \
         AND (attribute_exists(#4))"
    );
    assert_eq!(to.names, ["pk", "lease", "lease_until", "wake", "status"]);
    assert_eq!(to.values[1], text("a = b"));
}

#[test]
fn joining_no_conditions_is_true_for_all_and_false_for_any() {
    let all = condition(Condition::All(Vec::new()), &mut Placeholders::default());
    let any = condition(Condition::Any(Vec::new()), &mut Placeholders::default());

    assert_eq!(all, "(attribute_exists(#0)) OR (attribute_not_exists(#0))");
    assert_eq!(any, "(attribute_exists(#0)) AND (attribute_not_exists(#0))");
}

/// `DynamoDB` refuses parentheses around parentheses.
#[test]
fn a_single_part_stands_alone() {
    let nested = Condition::Any(vec![
        Condition::All(vec![Condition::Any(vec![Condition::Has("a"), Condition::Has("b")])]),
        Condition::All(vec![Condition::Has("c")]),
    ]);

    let rendered = condition(nested, &mut Placeholders::default());

    assert_eq!(rendered, "((attribute_exists(#0)) OR (attribute_exists(#1))) OR (attribute_exists(#2))");
}

#[test]
fn an_update_has_one_clause_for_each_kind_of_change() {
    let mut to = Placeholders::default();
    let change = Update {
        set: BTreeMap::from([("name", text("Acme")), ("status", text("ok"))]),
        set_if_absent: BTreeMap::from([("created_at", text("now"))]),
        add: BTreeMap::from([("wake", 1)]),
        remove: vec!["lease", "lease_until"],
    };

    let rendered = update(change, &mut to);

    assert_eq!(rendered.as_deref(), Some("SET #0 = :0, #1 = :1, #2 = if_not_exists(#2, :2) ADD #3 :3 REMOVE #4, #5"));
}

#[test]
fn an_update_of_nothing_has_no_expression_and_no_placeholders() {
    let mut to = Placeholders::default();

    assert_eq!(update(Update::default(), &mut to), None);
    assert_eq!(projection(&[], &mut to), None);
    assert_eq!(to.names(), None);
    assert_eq!(to.into_values(), None);
}

#[test]
fn a_key_range_names_the_attributes_of_the_table_or_of_the_index() {
    let mut to = Placeholders::default();
    let number = |n: &str| AttributeValue::N(n.into());

    let all = key_range(("pk", "T#1".into()), "sk", SortRange::All, &mut to);
    let prefix = key_range(("pk", "T#1".into()), "sk", SortRange::BeginsWith("COMPANY#".into()), &mut to);
    let due = key_range(("due_shard", "3".into()), "due_at", SortRange::UpTo(number("9")), &mut to);
    let between = SortRange::Between(number("1"), number("2"));
    let window = key_range(("due_shard", "3".into()), "due_at", between, &mut to);

    assert_eq!(all, "#0 = :0");
    assert_eq!(prefix, "#0 = :1 AND begins_with(#1, :2)");
    assert_eq!(due, "#2 = :3 AND #3 <= :4");
    assert_eq!(window, "#2 = :5 AND #3 BETWEEN :6 AND :7");
    assert_eq!(to.names, ["pk", "sk", "due_shard", "due_at"]);
}
