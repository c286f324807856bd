//! The vendor HTTP kit: one client with limits, retries, call budget, address guard and origin map.
//!
//! Placeholder signatures only are fixed here: `VendorHttp` is cheap to clone and holds everything.

/// The bounded HTTP client that a session calls its vendor with.
#[derive(Clone, Debug)]
pub struct VendorHttp {}
