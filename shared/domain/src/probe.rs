//! A connection test: what was asked of the vendor and what came back, line by line.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::TestId;
use crate::record::RecordType;

/// Whether a test is still at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TestState {
    /// Lines are still filling in.
    Running,
    /// Nothing more comes.
    Done,
}

/// Whether the vendor took the credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Authenticated {
    /// It did.
    Yes,
    /// It refused them.
    No,
    /// It could not be asked.
    Unverified,
}

/// What the test found about one record type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckResult {
    /// Not asked yet.
    Waiting,
    /// May be read.
    Granted,
    /// The vendor refuses it.
    NotPermitted,
    /// The vendor does not offer it to this account.
    NotAvailable,
    /// Could not be asked; never a failure.
    Unverified,
}

/// Why a line did not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckCause {
    /// The credentials.
    Credentials,
    /// A missing right.
    Permission,
    /// A plan without API access.
    Plan,
    /// Address, certificate or firewall.
    Network,
    /// The vendor itself.
    VendorDown,
}

/// One line of a test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Check {
    /// Which record type.
    pub record_type: RecordType,
    /// What was found.
    pub result: CheckResult,
    /// The vendor's name of the right it needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
    /// Why it did not pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<CheckCause>,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// The vendor account that a test reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TestAccount {
    /// Fingerprint.
    pub id: String,
    /// Name for people.
    pub name: String,
}

/// One test. Writes nothing at the vendor and enables nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ConnectionTest {
    /// Its id.
    pub id: TestId,
    /// Whether it is still at work.
    pub state: TestState,
    /// The vendor's host answered.
    pub reachable: Option<bool>,
    /// Over a trusted connection.
    pub tls: Option<bool>,
    /// The vendor took the credentials; absent until asked.
    pub authenticated: Option<Authenticated>,
    /// Who we are there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<TestAccount>,
    /// In words, where something could not be done at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
    /// Line by line.
    pub checks: Vec<Check>,
    /// When it began; kept 15 minutes.
    pub started_at: Timestamp,
}

impl ConnectionTest {
    /// Everything that was asked passed or could not be verified, and something was verified.
    pub fn passed(&self) -> bool {
        self.state == TestState::Done && self.problem.is_none() && self.authenticated == Some(Authenticated::Yes)
    }

    /// Ends a test that could not be carried out: what was not asked by now is unverified.
    pub fn give_up(&mut self) {
        self.state = TestState::Done;
        self.authenticated.get_or_insert(Authenticated::Unverified);
        self.problem = Some("The test could not be carried out".to_owned());
        self.remedy = Some("This was on our side and says nothing of the credentials: test again.".to_owned());
        for check in self.checks.iter_mut().filter(|check| check.result == CheckResult::Waiting) {
            check.result = CheckResult::Unverified;
        }
    }
}
