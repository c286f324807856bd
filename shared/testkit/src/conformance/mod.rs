//! What every connector must do, whatever its vendor: [`conformance!`](crate::conformance!) makes one test of each check.
//!
//! ```text
//! mod halo_psa {
//!     testkit::conformance!(super::simulated("halo-psa", &halo_psa::CONNECTOR));
//! }
//! ```
//!
//! This crate knows no simulator: a test says by [`Vendor`] and [`Simulated`] how one is made and disturbed.

mod fields;
mod paging;
mod refusals;
mod rows;
mod secrets;
mod subject;

use std::collections::BTreeMap;
use std::sync::Arc;

use connector::Connector;
use connector::http::Transport;

use crate::TestClock;

pub use fields::{every_declared_field_is_filled, every_mapped_field_is_declared};
pub use paging::{
    a_repeated_page_ends_with_an_issue_and_loses_nothing, an_empty_page_deletes_nothing, paging_ends,
    the_cursor_survives_a_crash_between_pages, the_second_run_finds_nothing,
};
pub use refusals::{
    a_429_delays_and_then_succeeds, a_429_without_a_time_delays_and_then_succeeds, a_cut_answer_heals,
    a_page_of_html_heals, a_server_error_heals, one_forbidden_type_waits_for_a_person_and_the_others_go_on,
    refused_credentials_disconnect,
};
pub use rows::{a_malformed_record_is_set_aside_until_it_is_mended, unknown_values_are_taken};
pub use secrets::no_secret_is_written_anywhere;

/// A vendor under test.
pub trait Vendor {
    /// Its connector.
    fn connector(&self) -> &'static dyn Connector;
    /// A freshly seeded simulator that has more than one page of contacts from 250 on.
    fn start(&self, scale: usize, clock: &TestClock) -> Arc<dyn Simulated>;
}

/// A running simulator.
pub trait Simulated {
    /// The way to it.
    fn transport(&self) -> Arc<dyn Transport>;
    /// Credentials that it takes.
    fn credentials(&self) -> BTreeMap<String, String>;
    /// Values of the deployment that it takes (an integration code, a client id).
    fn deployment(&self) -> BTreeMap<String, String> {
        BTreeMap::new()
    }
    /// From now on answers are disturbed, those of one feed or, `None`, of all calls but those for a token.
    fn disturb(&self, feed: Option<&str>, how: Disturbance, times: Option<u32>);
    /// Ends every disturbance, denial and revocation.
    fn heal(&self);
    /// The credentials may not read this feed.
    fn deny(&self, feed: &str);
    /// The credentials are worth nothing any more.
    fn revoke(&self);
    /// A person saves the record at the vendor without changing a field.
    fn touch(&self, feed: &str, id: &str);
    /// Ends one of the things that go on until they are over, such as an alert, where the vendor has any.
    fn end_one(&self) {}
    /// Calls answered so far, tokens included.
    fn calls(&self) -> u64;
}

/// What happens to answers.
#[derive(Clone, Debug)]
pub enum Disturbance {
    /// This status in place of the answer.
    Status {
        /// Which.
        code: u16,
        /// `Retry-After`.
        retry_after: Option<&'static str>,
        /// The body.
        body: Option<String>,
    },
    /// 200 with a web page.
    Html,
    /// Cut in the middle.
    Cut,
    /// Every page is the first.
    RepeatPage,
    /// 200 with a list that has no rows.
    NoRows,
    /// The first row has values that nobody has heard of.
    UnknownValue,
    /// The first row has values of wrong types.
    Malformed,
}

impl Disturbance {
    /// A status without anything else.
    pub const fn status(code: u16) -> Self {
        Self::Status { code, retry_after: None, body: None }
    }
}

/// One test of each check, for the vendor that the expression makes.
#[macro_export]
macro_rules! conformance {
    ($vendor:expr) => {
        $crate::conformance! { @each $vendor;
            paging_ends
            the_second_run_finds_nothing
            the_cursor_survives_a_crash_between_pages
            a_repeated_page_ends_with_an_issue_and_loses_nothing
            an_empty_page_deletes_nothing
            refused_credentials_disconnect
            one_forbidden_type_waits_for_a_person_and_the_others_go_on
            a_429_delays_and_then_succeeds
            a_429_without_a_time_delays_and_then_succeeds
            a_server_error_heals
            a_page_of_html_heals
            a_cut_answer_heals
            unknown_values_are_taken
            a_malformed_record_is_set_aside_until_it_is_mended
            every_mapped_field_is_declared
            every_declared_field_is_filled
            no_secret_is_written_anywhere
        }
    };
    (@each $vendor:expr; $($check:ident)*) => {$(
        #[tokio::test(start_paused = true)]
        async fn $check() {
            $crate::conformance::$check(&$vendor).await;
        }
    )*};
}
