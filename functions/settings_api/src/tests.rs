//! Router tests: events of API Gateway in, whole answers out, on the table in memory with everything else faked.

mod activity;
mod companies;
mod connecting;
mod credentials;
mod disconnecting;
mod document;
mod explain;
mod harness;
mod imports;
mod insight;
mod option_rules;
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
