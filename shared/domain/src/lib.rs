//! The rules of the product, pure: ids, mirrored records, the role chain, options, schedule and status.
//!
//! Invariant: nothing here does I/O, reads a clock, knows AWS or names a vendor. Time comes in as an argument, so every
//! rule can be tested for any moment.
#![warn(missing_docs)]

pub mod activity;
pub mod admission;
pub mod disconnect;
pub mod duplicates;
pub mod edit;
pub mod email;
pub mod hash;
pub mod id;
pub mod issue;
pub mod matching;
pub mod merge;
pub mod money;
pub mod options;
pub mod portal;
pub mod probe;
pub mod quick_match;
pub mod record;
pub mod role;
pub mod run;
pub mod schedule;
pub mod stage;
pub mod status;
pub mod webhook;
