//! Pushes as API Gateway hands them over, to receivers of made-up vendors on the table in memory.

mod keys;
mod proofs;
mod taking;
mod vendors;
mod world;
