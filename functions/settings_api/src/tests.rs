//! Router tests: events of API Gateway in, whole answers out, on the table in memory with everything else faked.

mod activity;
mod companies;
mod connecting;
mod credentials;
mod disconnecting;
mod document;
<<<<<<< HEAD
mod events;
=======
mod duplicates;
>>>>>>> main
mod explain;
mod harness;
mod imports;
mod insight;
mod lifecycle;
mod links;
mod option_rules;
mod options;
mod other_psa;
mod outbox;
mod pages;
mod problems;
mod quick_match;
mod quick_match_work;
mod routes;
mod syncing;
mod technicians;
mod ticket_edits;
mod ticket_lists;
mod ticket_refusals;
mod tickets;
mod users;
mod webhook;
mod world;
