//! The port's in-memory twin.
