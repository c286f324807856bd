//! The portal's own objects: companies with their links, users with their access.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{CompanyId, ConnectionId, ExternalId, RoleId, UserId};
use crate::options::RoleChoice;

/// A role that portal users can have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Role {
    /// Its id.
    pub id: RoleId,
    /// Its name.
    pub name: String,
}

/// How a linked vendor company stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// There and active.
    #[default]
    Ok,
    /// Switched off at the vendor.
    Inactive,
    /// Confirmed gone at the vendor.
    GoneAtVendor,
    /// Its owner has not consented yet.
    NeedsConsent,
}

/// A vendor company linked to a portal company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Link {
    /// The vendor's id of the company.
    pub external_id: ExternalId,
    /// Its name at the vendor when last read.
    pub name: String,
    /// How it stands.
    pub state: LinkState,
}

/// A portal company. It carries its links, so that a page of the grid is one query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PortalCompany {
    /// Its id.
    pub id: CompanyId,
    /// Its name.
    pub name: String,
    /// Web and e-mail domains.
    #[serde(default)]
    pub domains: Vec<String>,
    /// Telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Postal address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The connection that it was imported from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported_from: Option<ConnectionId>,
    /// Linked vendor companies by connection.
    #[serde(default)]
    pub links: BTreeMap<ConnectionId, Vec<Link>>,
    /// Connections that this company explicitly has nothing in.
    #[serde(default)]
    pub not_integrated: BTreeSet<ConnectionId>,
    /// Company override of the role chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import_role: Option<RoleChoice>,
    /// How many users it has, suspended ones included.
    #[serde(default)]
    pub users: u64,
    /// Optimistic lock.
    pub version: u64,
}

/// Where a user came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// From a vendor: a contact by auto-import, a technician on request.
    Imported,
    /// By hand.
    Manual,
}

/// What a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// May sign in.
    Active,
    /// The PSA took access away; it gives it back too.
    Suspended,
    /// An admin took access away; only an admin gives it back.
    Removed,
}

/// A contact that stands behind a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactRef {
    /// The connection.
    pub connection: ConnectionId,
    /// The vendor's id of the contact.
    pub external_id: ExternalId,
    /// The contact is active, there, and of a company linked to the user's company.
    pub active: bool,
}

/// A portal user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// Full name.
    pub name: String,
    /// Address as written; compared through [`crate::email::Email`].
    pub email: String,
    /// The portal company; `None`: one of the MSP's own staff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company_id: Option<CompanyId>,
    /// The role, fixed at import.
    pub role: RoleId,
    /// Where it came from.
    pub origin: Origin,
    /// What it may do.
    pub access: Access,
    /// Why access is not active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// An admin decided on access: imports leave it alone.
    #[serde(default)]
    pub access_decided: bool,
    /// The contacts that stand behind it.
    #[serde(default)]
    pub contacts: Vec<ContactRef>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Optimistic lock.
    pub version: u64,
}

impl User {
    /// Whether somebody is asked what becomes of it when its contact moves to another company: who was made by hand or
    /// settled by an admin loses nothing by that.
    pub fn asks_on_moving(&self) -> bool {
        self.origin == Origin::Imported && !self.access_decided
    }
}
