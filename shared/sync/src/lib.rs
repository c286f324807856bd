//! The engine: schedule, webhook, button and portal edit all end in one message, *bring this connection up to date*.

pub mod engine;
pub mod message;
pub mod ports;
