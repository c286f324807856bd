//! What the vendors' writes have in common.

use domain::id::ExternalId;

use crate::error::{ConnectorError, Result};
use crate::session::NoteDraft;

/// A vendor whose ids are numbers and are written as such.
#[derive(Clone, Copy, Debug)]
pub struct NumericIds {
    /// Whose ids, for whoever entered another.
    pub vendor: &'static str,
}

impl NumericIds {
    /// An id that was chosen or entered for this field; blank is none.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Rejected`] for text that is no number.
    pub fn number(self, field: &str, text: Option<&str>) -> Result<Option<i64>> {
        let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
        let not_an_id = |_| ConnectorError::rejected(field, format!("{text:?} is not an id of {}'s", self.vendor));
        text.parse().map(Some).map_err(not_an_id)
    }

    /// The id of a record, for this field.
    ///
    /// # Errors
    /// As [`Self::number`].
    pub fn of(self, field: &str, id: Option<&ExternalId>) -> Result<Option<i64>> {
        self.number(field, id.map(ExternalId::as_str))
    }
}

/// A note's text with who wrote it: at the vendor every note of ours is by the account that we sign in with.
pub fn signed(note: &NoteDraft) -> String {
    let author = note.author.trim();
    if author.is_empty() { note.text.clone() } else { format!("{}\n\n\u{2014} {author}", note.text.trim_end()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn an_id_that_is_no_number_is_refused_by_name() {
        const IDS: NumericIds = NumericIds { vendor: "Halo" };
        assert_eq!(IDS.number("board", Some(" 26 ")).unwrap(), Some(26));
        assert_eq!(IDS.number("board", Some(" ")).unwrap(), None);
        let error = IDS.of("contact", Some(&"x".into())).unwrap_err();
        let message = "\"x\" is not an id of Halo's".to_owned();
        assert_eq!(error.kind, ErrorKind::Rejected { field: Some("contact".to_owned()), message });
    }
}
