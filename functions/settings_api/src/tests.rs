//! Router tests: events of API Gateway in, whole answers out, on the table in memory with everything else faked.

mod companies;
mod connecting;
mod credentials;
mod document;
mod harness;
mod imports;
mod options;
mod pages;
mod problems;
mod routes;
mod syncing;
mod webhook;
mod world;
