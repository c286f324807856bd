//! Integration tests.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by a panic, and says what it skips")]

mod access;
mod accounts;
mod acme;
mod autotask;
mod bigger_brains;
mod browser;
mod budget;
mod canary;
mod companies;
mod conformance;
mod connectwise;
mod converging;
mod crash;
mod datto;
mod deciding;
mod deliveries;
mod failures;
mod halo;
mod interleaving;
mod layout;
mod limits;
mod linked;
mod metrics;
mod neighbours;
mod outbox;
mod portal;
mod preview;
mod pushing;
mod races;
mod roles;
mod schedule;
mod shared_tokens;
mod specs;
mod stripe;
mod subscriptions;
mod sweeps;
mod syncro;

mod takedown;
mod tallies;
mod tickets;
mod two_way;
mod webhooks;
mod wire;
mod worlds;
