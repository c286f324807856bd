//! What a connector implements and what it is given.
//!
//! A connector is *declared* first ([`Descriptor`]) and coded only where the vendor differs ([`Connector`], [`Session`]).
//! Everything that would be repeated nine times is here once: the HTTP client with its limits, the call budget, the
//! address guard, the origin map, authentication, error classification ([`http`]).
//!
//! Invariant: a connector never sees the table, the clock, a secret's name or another tenant.
#![warn(missing_docs)]

pub mod dates;
mod descriptor;
mod error;
pub mod field;
pub mod http;
pub mod lenient;
mod page;
mod place;
pub mod rows;
mod session;
pub mod text;
mod values;
pub mod web;
pub mod webhook;
pub mod write;

pub use descriptor::{
    Changes, ChoiceField, ChoiceSource, CredentialField, Descriptor, Direction, Feed, FieldKind, FieldMapping, Journal,
    LimitScope, Limits, OptionField, Permission, Reach, RecordTypeDescriptor, SetupStep, TechnicianCreation,
    TokenSharing, Unlisted,
};
pub use error::{ConnectorError, ErrorKind, Result};
pub use page::{Cursor, JournalPage, Mapped, Outcome, Page, PullRequest};
pub use place::{Length, Place};
pub use session::{
    Account, Change, ChoiceQuery, Connector, IssuedLink, LinkRequest, NoteDraft, Pushed, Session, SessionContext,
    TechnicianChange, TicketChange,
};
pub use values::{CredentialValues, Credentials, DeploymentValues};

/// A boxed future, so that the traits can be used as `&'static dyn`.
pub type BoxFuture<'a, T> = futures::future::BoxFuture<'a, T>;
