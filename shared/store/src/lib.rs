//! The DynamoDB table.

pub mod dynamodb;
pub mod memory;
pub mod table;
