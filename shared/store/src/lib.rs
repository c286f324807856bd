//! The DynamoDB table.

pub mod counted;
pub mod dynamodb;
pub mod memory;
pub mod table;

#[cfg(test)]
mod contract;
