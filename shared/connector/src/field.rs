//! The lines of a field-mapping table, written as a table: `pull("hostname", "name", "as is")`.

use crate::{Direction, FieldMapping};

/// Read, and never written back.
pub const fn pull(vendor: &'static str, portal: &'static str, rule: &'static str) -> FieldMapping {
    FieldMapping { vendor, portal, rule, direction: Direction::Pull }
}

/// Written back, too.
pub const fn both(vendor: &'static str, portal: &'static str, rule: &'static str) -> FieldMapping {
    FieldMapping { vendor, portal, rule, direction: Direction::Both }
}
