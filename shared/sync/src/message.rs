//! The messages that move the system: work (SQS) and commands (invocation by the settings API).

use std::collections::BTreeMap;

use connector::{Account, IssuedLink, LinkRequest};
use domain::id::{ConnectionId, ConnectorId, ExternalId, TenantId, TestId};
use domain::record::Choice;
use domain::run::Trigger;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};

/// *Bring this connection up to date.* Carries no data: what is to be done is read from the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkMessage {
    /// Whose connection.
    pub tenant: TenantId,
    /// Which connector's function is to work.
    pub connector: ConnectorId,
    /// Which connection.
    pub connection: ConnectionId,
    /// The claim that sent it; a message older than the connection's last claim is dropped. `None`: a wake-up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<u64>,
    /// What asked for it; for the run log.
    pub trigger: Trigger,
}

/// What the settings API asks a connector's function.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// Authenticate once with values not kept yet.
    Authenticate {
        /// Whose.
        tenant: TenantId,
        /// Which connection.
        connection: ConnectionId,
        /// All credential values, by field key.
        #[serde(serialize_with = "expose")]
        values: BTreeMap<String, SecretString>,
    },
    /// Run the connection test and write its progress into the table.
    Test {
        /// Whose.
        tenant: TenantId,
        /// Which connection.
        connection: ConnectionId,
        /// The test item, already written as running.
        test: TestId,
    },
    /// Read a live picklist.
    Choices {
        /// Whose.
        tenant: TenantId,
        /// Which connection.
        connection: ConnectionId,
        /// Key of an option field or choice field.
        field: String,
        /// Text that labels contain.
        #[serde(default)]
        search: Option<String>,
        /// Narrow to a board.
        #[serde(default)]
        board: Option<String>,
    },
    /// Have the vendor make an address for one click.
    IssueLink {
        /// Whose.
        tenant: TenantId,
        /// Which connection.
        connection: ConnectionId,
        /// What to be taken to.
        request: LinkRequest,
    },
    /// Look whether a vendor company may be read, where each consents by itself.
    CompanyAccess {
        /// Whose.
        tenant: TenantId,
        /// Which connection.
        connection: ConnectionId,
        /// The vendor company.
        company: ExternalId,
    },
}

/// The one place where secrets are written out: into the invocation of a connector's function.
fn expose<S: Serializer>(values: &BTreeMap<String, SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(values.iter().map(|(key, value)| (key, value.expose_secret())))
}

/// The answer to a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    /// The vendor took the credentials.
    Authenticated {
        /// Who we are there.
        account: Account,
    },
    /// The test has run; its result is in the table.
    Tested,
    /// A picklist.
    Choices {
        /// Its values.
        choices: Vec<Choice>,
    },
    /// The address was made. Who opens it needs no other proof: it goes to the person who asked and nowhere else.
    Link {
        /// It, and how long it works.
        link: IssuedLink,
    },
    /// The vendor company may be read.
    Accessible,
    /// The command failed in a way that a person can act on.
    Failed {
        /// What went wrong.
        problem: Problem,
    },
}

/// A failure in words for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Whether the vendor could be reached at all; a failure to reach it is "could not verify", never a refusal.
    pub reached: bool,
    /// The credential field at fault, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// One sentence: "the vendor refused the client secret".
    pub title: String,
    /// The vendor's words, scrubbed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What to do.
    pub remedy: String,
}
