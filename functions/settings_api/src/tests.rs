//! Router tests: events of API Gateway in, whole answers out, on the table in memory with everything else faked.

mod activity;
mod companies;
mod connecting;
mod credentials;
mod document;
mod harness;
mod imports;
mod options;
mod other_psa;
mod outbox;
mod pages;
mod problems;
mod routes;
mod syncing;
mod technicians;
mod ticket_edits;
mod ticket_lists;
mod ticket_refusals;
mod tickets;
mod webhook;
mod world;
