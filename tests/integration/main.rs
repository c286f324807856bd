//! Integration tests.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by a panic, and says what it skips")]

mod conformance;
mod crash;
mod halo;
mod layout;
mod specs;
mod worlds;
