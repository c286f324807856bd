//! Opening and closing issues during a run: one per problem, closed by the first success that disproves it.

use connector::{ConnectorError, Descriptor, ErrorKind};
use domain::id::ConnectionId;
use domain::issue::{Cause, Issue, Reason};
use domain::record::RecordType;
use jiff::Timestamp;
use store::{Result, TenantStore};

/// The open issues of one connection as a run changes them.
#[derive(Debug)]
pub(crate) struct IssueBook {
    open: Vec<Issue>,
    touched: Vec<String>,
}

/// A problem to be noted.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) cause: Cause,
    pub(crate) reason: Reason,
    /// What it is about besides the reason; part of the issue's id.
    pub(crate) subject: Option<String>,
    pub(crate) title: String,
    pub(crate) detail: String,
    pub(crate) remedy: String,
    pub(crate) record_types: Vec<RecordType>,
}

impl Finding {
    pub(crate) fn id(&self) -> String {
        self.subject
            .as_ref()
            .map_or_else(|| self.reason.as_str().to_owned(), |subject| format!("{}:{subject}", self.reason.as_str()))
    }
}

impl IssueBook {
    pub(crate) const fn new(open: Vec<Issue>) -> Self {
        Self { open, touched: Vec::new() }
    }

    /// The same book with the issues as they are open now: others may have closed some.
    pub(crate) fn carry(before: &Self, open: Vec<Issue>) -> Self {
        Self { open, touched: before.touched.clone() }
    }

    /// Whether this run noted a problem.
    pub(crate) const fn noted_any(&self) -> bool {
        !self.touched.is_empty()
    }

    /// Whether the problem is not open yet.
    pub(crate) fn is_new(&self, finding: &Finding) -> bool {
        let id = finding.id();
        !self.open.iter().any(|issue| issue.id == id)
    }

    /// Notes a problem, once in a slice.
    pub(crate) async fn note(
        &mut self,
        store: &TenantStore,
        connection: &ConnectionId,
        finding: Finding,
        now: Timestamp,
    ) -> Result<()> {
        let id = finding.id();
        let known = self.open.iter().position(|issue| issue.id == id);
        let (first_seen_at, times) =
            known.map_or((now, 0), |index| (self.open[index].first_seen_at, self.open[index].times));
        if self.touched.contains(&id) {
            return Ok(());
        }
        let issue = Issue {
            id: id.clone(),
            cause: finding.cause,
            reason: finding.reason,
            subject: finding.subject,
            title: finding.title,
            detail: finding.detail,
            remedy: finding.remedy,
            record_types: finding.record_types,
            first_seen_at,
            last_seen_at: now,
            times: times + 1,
        };
        store.put_issue(connection, &issue).await?;
        self.touched.push(id);
        match known {
            Some(index) => self.open[index] = issue,
            None => self.open.push(issue),
        }
        Ok(())
    }

    /// The open issues of which this holds.
    pub(crate) fn which(&self, holds: impl Fn(&Issue) -> bool) -> Vec<Issue> {
        self.open.iter().filter(|issue| holds(issue)).cloned().collect()
    }

    /// Closes an issue.
    pub(crate) async fn close(&mut self, store: &TenantStore, connection: &ConnectionId, id: &str) -> Result<()> {
        store.close_issue(connection, id).await?;
        self.open.retain(|issue| issue.id != id);
        // Seen again in the same run, it is a new problem.
        self.touched.retain(|touched| touched != id);
        Ok(())
    }
}

/// A label within a sentence: "Client Secret" becomes "client secret", "API secret" stays.
fn in_a_sentence(label: &str) -> String {
    let lower = |word: &str| if word.chars().all(char::is_uppercase) { word.to_owned() } else { word.to_lowercase() };
    label.split(' ').map(lower).collect::<Vec<_>>().join(" ")
}

/// What a vendor's error means to a person, with the remedy in the vendor's terms.
pub(crate) fn explain(
    descriptor: &Descriptor,
    error: &ConnectorError,
    types: &[RecordType],
    permission: &str,
) -> Finding {
    let name = descriptor.name;
    let short = descriptor.short_name;
    let permission = error.permission.unwrap_or(permission);
    let (title, remedy) = match &error.kind {
        ErrorKind::Credentials { field } => {
            let label = field.and_then(|key| descriptor.credentials.iter().find(|f| f.key == key)).map(|f| f.label);
            let (what, again) = label.map_or(("credentials", "them"), |label| (label, "it"));
            (
                format!("{name} refused the {}", in_a_sentence(what)),
                format!("Check the {what} in {short}, then enter {again} again."),
            )
        }
        ErrorKind::Expired => (
            format!("The {short} credentials have expired"),
            format!("Make new credentials in {short}, then enter them."),
        ),
        ErrorKind::Forbidden => (
            format!("{name} does not permit reading {}", words(types)),
            format!("Give the API agent the right \"{permission}\" in {short}, then press Check again."),
        ),
        ErrorKind::Plan => (
            format!("The {short} subscription has no API access"),
            format!("Ask {name} to add API access to your plan, then test the connection again."),
        ),
        ErrorKind::Address { reason } => (
            format!("The {short} address cannot be used"),
            format!("Enter the public https address of your {short} system: {reason}."),
        ),
        ErrorKind::Limited { .. } | ErrorKind::CompanyLimited { .. } | ErrorKind::Paused { .. } => (
            format!("{name} asks us to slow down"),
            format!(
                "Nothing to do: we go on when {short} allows it. Other tools using the same account may share its limit."
            ),
        ),
        ErrorKind::Misdirected { field } => {
            let field = field.and_then(|key| descriptor.credentials.iter().find(|field| field.key == key));
            let check = field.map_or_else(String::new, |field| {
                format!(" If none does, check the {} and enter the credentials again.", field.label)
            });
            (
                format!("Something else answers in place of {name}'s sign-in"),
                format!("Open the {short} address in a browser: a maintenance page or a proxy may answer.{check}"),
            )
        }
        ErrorKind::Malformed { .. } => (
            format!("{name} answers with something that is not its API"),
            format!(
                "Open the {short} address in a browser: a maintenance or sign-in page, or a proxy, may answer in its place."
            ),
        ),
        ErrorKind::Unavailable => (
            if types.is_empty() {
                format!("{name} does not answer")
            } else {
                format!("{name} does not answer when asked for {}", words(types))
            },
            format!("Nothing to do if {short} is down: we keep trying. Otherwise check its address and your firewall."),
        ),
        ErrorKind::NotFound | ErrorKind::Rejected { .. } | ErrorKind::Unsupported => (
            format!("{name} refused a request of ours"),
            "This is a defect on our side: use Copy for support.".to_owned(),
        ),
    };
    let vendor_wide = matches!(error.kind, ErrorKind::Credentials { .. } | ErrorKind::Expired | ErrorKind::Plan);
    Finding {
        cause: error.cause(),
        reason: error.reason(),
        subject: (!vendor_wide && !types.is_empty()).then(|| words(types)),
        title,
        detail: error.detail.clone().unwrap_or_else(|| error.to_string()),
        remedy,
        record_types: if vendor_wide { Vec::new() } else { types.to_vec() },
    }
}

fn words(types: &[RecordType]) -> String {
    types.iter().map(|t| t.as_str()).collect::<Vec<_>>().join(", ")
}
