//! The port on the AWS SDK.
