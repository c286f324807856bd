//! What the document says of options beyond their types: lengths, numbers of entries, values.

use domain::stage::Stage;
use utoipa::openapi::Schema;
use utoipa::openapi::schema::{AdditionalProperties, Array, ArrayBuilder, Object, ObjectBuilder, SchemaType, Type};

use super::input::{LONGEST_VALUE, MOST_VALUES};
use super::people::{LONGEST_PATTERN, MOST_PATTERNS};
use super::tickets::MOST_BOARDS;

/// One line that is not blank.
const ONE_LINE: &str = r"^(?!\s*$)[^\x00-\x1f\x7f-\x9f]+$";
/// An address in which `*` stands for anything, and which is not everybody's.
const PATTERN: &str = r"^(?=.*[@*])(?=.*[^@*])(?!.*@.*@)[^\s\x00-\x1f\x7f-\x9f]+$";

fn string(pattern: &str, longest: usize) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(longest)).pattern(Some(pattern))
}

/// 5, 15 or 30.
pub(super) fn interval() -> Object {
    ObjectBuilder::new().schema_type(Type::Integer).enum_values(Some([5, 15, 30])).build()
}

/// A name or id of the vendor's, or a role's id.
pub(super) fn value() -> Object {
    string(ONE_LINE, LONGEST_VALUE).build()
}

/// A role's id, `do_not_import`, or nothing.
pub(super) fn role() -> Object {
    let or_nothing = SchemaType::from_iter([Type::String, Type::Null]);
    string(ONE_LINE, LONGEST_VALUE)
        .schema_type(or_nothing)
        .description(Some("A role's id, or `do_not_import`."))
        .build()
}

fn values() -> ArrayBuilder {
    ArrayBuilder::new().items(value()).max_items(Some(MOST_VALUES))
}

/// Patterns of addresses.
pub(super) fn patterns() -> Array {
    let described = "Addresses that are never imported; `*` stands for anything.";
    let items = string(PATTERN, LONGEST_PATTERN);
    ArrayBuilder::new().items(items).max_items(Some(MOST_PATTERNS)).description(Some(described)).build()
}

fn map_of(values: Schema, described: &str) -> ObjectBuilder {
    ObjectBuilder::new().additional_properties(Some(values)).description(Some(described))
}

fn closed() -> ObjectBuilder {
    ObjectBuilder::new().additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
}

/// Chosen values by field.
pub(super) fn filters() -> Object {
    map_of(Schema::Array(values().build()), "Values of the connector's option fields, by key.").build()
}

/// Values by ticket field.
pub(super) fn ticket_defaults() -> Object {
    let described = "Values for tickets that the portal creates, by the key of the connector's `ticket_defaults`.";
    map_of(Schema::Object(value()), described).build()
}

/// The stages, each with its statuses.
pub(super) fn stages() -> Object {
    let out = "The status written back, by board; `*` for boards not named. Each is among those shown as this stage.";
    let out = map_of(Schema::Object(value()), out).max_properties(Some(MOST_BOARDS));
    let incoming = values().description(Some("Vendor status ids shown as this stage."));
    let stage = closed().property("in", incoming).property("out", out).build();
    let stages = closed().description(Some("How the portal's stages map to the vendor's statuses."));
    Stage::ALL.into_iter().fold(stages, |stages, each| stages.property(each.as_str(), stage.clone())).build()
}
