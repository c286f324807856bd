//! What one vendor's code gives to the shared frame.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::exchange::{Answer, Call};
use crate::knobs::{Knobs, Limit};
use crate::records::ChangeMode;

/// Whether a call fetched a token or data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RouteKind {
    /// Credentials were exchanged for a token.
    Token,
    /// Everything else.
    Data,
}

/// What a path is, for counting and for faults.
pub(crate) struct Route {
    /// The path with its variable parts named: `/api/Client/{id}`.
    pub(crate) template: String,
    pub(crate) record_type: Option<&'static str>,
    pub(crate) kind: RouteKind,
}

/// A row that faults make odd.
#[derive(Clone, Copy)]
pub(crate) enum Odd {
    /// Values of the wrong type.
    Malformed,
    /// Valid types, values that nobody has heard of.
    UnknownEnum,
}

/// A webhook call on its way to the product.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Unique within the vendor.
    pub id: u64,
    /// Where to, as the subscription has it.
    pub url: String,
    /// Headers, `content-type` among them.
    pub headers: Vec<(String, String)>,
    /// The body as signed.
    pub body: Vec<u8>,
    /// How long the vendor waits for an answer.
    pub patience: std::time::Duration,
}

/// Why a change through the control plane was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Refusal {
    /// No such list of records.
    #[error("no record list named {0}")]
    UnknownList(String),
    /// No such record.
    #[error("no record {id} in {list}")]
    UnknownRecord {
        /// The list.
        list: String,
        /// The id asked for.
        id: String,
    },
    /// The vendor would not take the values.
    #[error("the vendor refuses: {0}")]
    Invalid(String),
}

/// One vendor.
pub(crate) trait Vendor: Send + Sync {
    fn classify(&self, call: &Call) -> Route;

    fn answer(&self, call: &Call, knobs: &Knobs) -> Answer;

    /// Turns a request for any page into one for the first.
    fn first_page(&self, call: &mut Call);

    /// Fields that make a row of this type odd.
    fn odd_row(&self, record_type: &str, odd: Odd) -> Map<String, Value>;

    /// Calls of which the vendor lets in only so many at once: what they have in common, and how many.
    fn lane(&self, call: &Call, knobs: &Knobs) -> Option<(String, usize)> {
        let _ = (call, knobs);
        None
    }

    /// The answer to a call beyond the limit.
    fn limited(&self, limit: &Limit, knobs: &Knobs) -> Answer;

    /// Values of the credentials form for the seeded tenant.
    fn credentials(&self) -> BTreeMap<String, String>;

    /// Values that the vendor gave to whoever runs the product (an integration code, a client id), by name.
    fn deployment(&self) -> BTreeMap<String, String> {
        BTreeMap::new()
    }

    /// Everything there is, deleted records included.
    fn dump(&self, knobs: &Knobs) -> Value;

    /// A person at the vendor creates a record.
    fn create(&self, list: &str, fields: Map<String, Value>, mode: ChangeMode, knobs: &Knobs)
    -> Result<Value, Refusal>;

    /// A person at the vendor changes a record.
    fn patch(
        &self,
        list: &str,
        id: &str,
        fields: Map<String, Value>,
        mode: ChangeMode,
        knobs: &Knobs,
    ) -> Result<Value, Refusal>;

    /// Webhook calls that are due by the vendor's own rules, retries included; each is given out once and answered by
    /// [`Self::delivered`].
    fn deliveries(&self, now: Timestamp, knobs: &Knobs) -> Vec<Outgoing> {
        let _ = (now, knobs);
        Vec::new()
    }

    /// What came of a webhook call: the status, or `None` when no answer came within the vendor's patience.
    fn delivered(&self, id: u64, status: Option<u16>, now: Timestamp) {
        let _ = (id, status, now);
    }

    /// A person at the vendor deletes a record; `hard` leaves nothing behind where the vendor keeps a recycle bin.
    fn delete(&self, list: &str, id: &str, hard: bool, mode: ChangeMode) -> Result<(), Refusal>;
}
