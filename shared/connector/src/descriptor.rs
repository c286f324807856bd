//! The declared half of a connector. Forms, validation, the catalogue, the field-mapping table, webhook routes and the
//! conformance matrix derive from it.

use std::time::Duration;

use domain::record::RecordType;

use crate::webhook::Webhook;

/// A typed constant that says everything about a connector that is not code.
#[derive(Debug)]
pub struct Descriptor {
    /// `halo-psa`; used in paths, keys and names of functions.
    pub id: &'static str,
    /// Full name: "Halo PSA".
    pub name: &'static str,
    /// Short name for sentences: "Halo".
    pub short_name: &'static str,
    /// One line on what it brings.
    pub about: &'static str,
    /// PSA, RMM, Cloud, Billing, Training.
    pub category: &'static str,
    /// Numbered guide for the vendor's screens, in the vendor's menu words.
    pub setup: &'static [SetupStep],
    /// How long the guide takes somebody who knows the vendor's screens.
    pub setup_minutes: u32,
    /// Rights to ask the vendor's admin for.
    pub permissions: &'static [Permission],
    /// The credentials form.
    pub credentials: &'static [CredentialField],
    /// Option fields beyond those that every connector has.
    pub options: &'static [OptionField],
    /// Picklists that are no filter: statuses for stages, contact types for rules, boards, ticket types.
    pub choices: &'static [ChoiceField],
    /// What may be set for tickets that the portal creates; the values arrive in `Options::ticket_defaults`.
    pub ticket_defaults: &'static [OptionField],
    /// What it takes to create a technician there.
    pub technician_creation: TechnicianCreation,
    /// Who counts as a company's primary contact at this vendor, in words; `None`: it cannot be told.
    pub primary_contact: Option<&'static str>,
    /// What it syncs.
    pub record_types: &'static [RecordTypeDescriptor],
    /// The vendor's allowance.
    pub limits: Limits,
    /// How the vendor tells of changes; `None`: it does not.
    pub webhook: Option<Webhook>,
    /// The journal of changes, if the vendor writes one.
    pub journal: Option<Journal>,
    /// Where access tokens are kept.
    pub token: TokenSharing,
    /// Raised whenever the mapping changes what a record looks like; every record is compared anew once.
    pub map_version: u32,
}

impl Descriptor {
    /// A declaration of nothing but a name: what tests and benchmarks begin with.
    pub const fn bare(id: &'static str, name: &'static str) -> Self {
        Self {
            id,
            name,
            short_name: name,
            about: "",
            category: "PSA",
            setup: &[],
            setup_minutes: 5,
            permissions: &[],
            credentials: &[],
            options: &[],
            choices: &[],
            ticket_defaults: &[],
            technician_creation: TechnicianCreation::Unsupported,
            primary_contact: None,
            record_types: &[],
            limits: Limits {
                scope: LimitScope::Account,
                calls: 500,
                window: Duration::from_secs(300),
                share_percent: 50,
                concurrency: 4,
            },
            webhook: None,
            journal: None,
            token: TokenSharing::Environment,
            map_version: 1,
        }
    }

    /// The declaration of a record type, if the connector has it.
    pub fn record_type(&self, record_type: RecordType) -> Option<&'static RecordTypeDescriptor> {
        self.record_types.iter().find(|declared| declared.record_type == record_type)
    }

    /// Every feed in the order in which a run pulls them.
    pub fn feeds(&self) -> impl Iterator<Item = (&'static RecordTypeDescriptor, &'static Feed)> {
        self.record_types.iter().flat_map(|declared| declared.feeds.iter().map(move |feed| (declared, feed)))
    }

    /// Whether it has one company for each customer. Others may have several: an RMM's sites, tenants of a cloud, accounts of
    /// a biller.
    pub fn has_one_company_each(&self) -> bool {
        self.category == "PSA"
    }

    /// The keys of every live picklist: what [`crate::Session::choices`] answers.
    pub fn lists(&self) -> impl Iterator<Item = &'static str> {
        let own = self.options.iter().filter(|field| field.choices == ChoiceSource::Live);
        self.choices.iter().map(|list| list.key).chain(own.map(|field| field.key))
    }

    /// The live picklist of this key.
    pub fn list(&self, key: &str) -> Option<&'static ChoiceField> {
        self.choices.iter().find(|list| list.key == key)
    }

    /// The feed of this name.
    pub fn feed(&self, id: &str) -> Option<&'static Feed> {
        self.feeds().map(|(_, feed)| feed).find(|feed| feed.id == id)
    }
}

/// One step of the vendor-side guide.
#[derive(Debug)]
pub struct SetupStep {
    /// What to do, short.
    pub title: &'static str,
    /// How, in the vendor's menu words.
    pub text: &'static str,
    /// Text to copy into the vendor's screen.
    pub copy: Option<&'static str>,
}

/// A right at the vendor.
#[derive(Debug)]
pub struct Permission {
    /// The vendor's name for it.
    pub name: &'static str,
    /// What it is needed for.
    pub why: &'static str,
    /// Without it nothing works.
    pub required: bool,
    /// Record types that need it.
    pub record_types: &'static [RecordType],
}

/// The kind of control that a field is entered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// One line of text.
    Text,
    /// One line that is never shown again.
    Secret,
    /// One of a few.
    Choice,
    /// On or off.
    Flag,
    /// Several of a list.
    List,
    /// A whole number.
    Number,
}

/// One field of the credentials form.
#[derive(Debug)]
pub struct CredentialField {
    /// Key in the API.
    pub key: &'static str,
    /// Label on the form.
    pub label: &'static str,
    /// One sentence of help: where to find it.
    pub help: &'static str,
    /// An example that cannot be mistaken for a default.
    pub example: &'static str,
    /// Regular expression that the normalised value must match in whole; `None` takes any text.
    pub pattern: Option<&'static str>,
    /// The values to choose from, as (value, label); empty: free text.
    pub choices: &'static [(&'static str, &'static str)],
    /// Kept in Secrets Manager and never shown again.
    pub secret: bool,
    /// Must be given.
    pub required: bool,
    /// Turns what people paste (a URL with a path) into the value kept; `None` trims only.
    pub normalise: Option<fn(&str) -> String>,
}

/// Where the values of an option field come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChoiceSource {
    /// Read live from the vendor through [`crate::Session::choices`], under the field's own key.
    Live,
    /// Read live from the vendor: the picklist of this key in [`Descriptor::choices`].
    List(&'static str),
    /// Entered freely.
    Free,
    /// Fixed, as (value, label).
    Fixed(&'static [(&'static str, &'static str)]),
}

/// One option field that is particular to a connector; its values arrive in `Options::filters`.
#[derive(Debug)]
pub struct OptionField {
    /// Key in the API; `exclude_...` where what is chosen stays out.
    pub key: &'static str,
    /// Label on the form.
    pub label: &'static str,
    /// What it does.
    pub help: &'static str,
    /// An example.
    pub example: &'static str,
    /// The control.
    pub kind: FieldKind,
    /// Where its values come from.
    pub choices: ChoiceSource,
    /// The record types it narrows; a change of it makes their feeds start over.
    pub record_types: &'static [RecordType],
}

impl OptionField {
    /// The key of the live picklist that its values come from.
    pub const fn list(&self) -> Option<&'static str> {
        match self.choices {
            ChoiceSource::Live => Some(self.key),
            ChoiceSource::List(key) => Some(key),
            ChoiceSource::Free | ChoiceSource::Fixed(_) => None,
        }
    }
}

/// A live picklist that is not a filter.
#[derive(Debug)]
pub struct ChoiceField {
    /// Key in the API: `statuses`, `contact_types`, `ticket_types`, `boards`, `priorities`.
    pub key: &'static str,
    /// Label.
    pub label: &'static str,
    /// Each board has values of its own: [`crate::ChoiceQuery::board`] narrows it, and without a board each value names the
    /// one that it belongs to.
    pub per_board: bool,
}

/// Which way a record type flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Vendor to portal.
    Pull,
    /// Both ways.
    Both,
}

/// What it takes to create a technician through the vendor's API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TechnicianCreation {
    /// The API cannot.
    #[default]
    Unsupported,
    /// It costs nothing.
    Free,
    /// It takes one of the licences that the MSP pays for, so a person confirms it.
    TakesLicence,
}

/// One record type that a connector syncs.
#[derive(Debug)]
pub struct RecordTypeDescriptor {
    /// Which.
    pub record_type: RecordType,
    /// The vendor's word for it: "Clients".
    pub label: &'static str,
    /// Which way.
    pub direction: Direction,
    /// Chosen unless the admin says otherwise.
    pub default_on: bool,
    /// What the vendor's API cannot do, in words for the page.
    pub limitation: Option<&'static str>,
    /// The lists that make it up, in order.
    pub feeds: &'static [Feed],
    /// How its fields map.
    pub fields: &'static [FieldMapping],
}

impl RecordTypeDescriptor {
    /// What the records are that have this field: those of the feed whose word its vendor field begins with, else the type's.
    pub fn produced(&self, field: &FieldMapping) -> RecordType {
        let word = field.vendor.split_once(": ").map(|(word, _)| word.to_lowercase().replace(' ', "_"));
        let mut produced = self.feeds.iter().map(|feed| feed.produces);
        let named = |found: &RecordType| word.as_deref() == found.as_str().strip_suffix('s');
        produced.find(named).unwrap_or(self.record_type)
    }
}

/// One list of the vendor.
#[derive(Debug, PartialEq, Eq)]
pub struct Feed {
    /// Name, unique in the connector; part of checkpoints' keys, so never renamed lightly.
    pub id: &'static str,
    /// What its rows become. May differ from the declaring record type: Halo's sites come with companies.
    pub produces: RecordType,
    /// How the vendor tells what changed in it.
    pub changes: Changes,
    /// Each new or changed record needs [`crate::Session::complete`] (notes of a ticket).
    pub completes: bool,
    /// The vendor's name of the right to read it, for the remedy.
    pub permission: &'static str,
    /// What one pass of it covers.
    pub reach: Reach,
    /// Read no more often than this, in minutes, whatever the chosen interval: what it tells moves no faster. 0: at the
    /// chosen interval.
    pub slowest_minutes: u32,
    /// What it means that a record is not listed any more.
    pub unlisted: Unlisted,
}

impl Feed {
    /// What most lists are: of the whole account, read at the chosen interval. For the rest of a declaration.
    pub const USUAL: Self = Self {
        id: "",
        produces: RecordType::Companies,
        changes: Changes::Unfiltered,
        completes: false,
        permission: "",
        reach: Reach::Account,
        slowest_minutes: 0,
        unlisted: Unlisted::Gone,
    };

    /// The vendor filters it by change stamp.
    pub const fn is_filtered(&self) -> bool {
        matches!(self.changes, Changes::Filtered)
    }

    /// The vendor's journal tells of its changes.
    pub const fn is_journalled(&self) -> bool {
        matches!(self.changes, Changes::Journal)
    }
}

/// How a vendor tells what changed in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changes {
    /// It filters by change stamp.
    Filtered,
    /// It writes a journal over all of its lists ([`Descriptor::journal`]); the list itself is read in full, once a day.
    Journal,
    /// Not at all: it is read in full each time.
    Unfiltered,
}

/// What it means that a record is not listed any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unlisted {
    /// It is gone, once that is sure.
    Gone,
    /// It is over: the vendor lists only what goes on ([`domain::record::RecordData::is_over`]). It is read once more by itself,
    /// and stays as it was found.
    Over,
    /// The vendor keeps so many days. What is older goes with them, however much at once, and nobody is asked; the rest is
    /// gone, once that is sure.
    Aged {
        /// How many.
        days: u16,
    },
}

/// What one pass of a feed covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The whole account.
    Account,
    /// Each linked vendor company by itself, in the order of their ids: what cannot be read of one stops none of the others.
    LinkedCompanies,
}

/// A vendor's journal: one list that tells which records changed, of every type.
#[derive(Clone, Copy, Debug)]
pub struct Journal {
    /// How long the vendor keeps its entries; after a longer gap every list is read in full.
    pub keeps: Duration,
    /// The vendor's name of the right to read it.
    pub permission: &'static str,
}

/// Where access tokens are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenSharing {
    /// In the memory of each function's environment, which asks for its own.
    #[default]
    Environment,
    /// Encrypted in the table too, refreshed by the lease holder only: the vendor locks a key that is asked for tokens too
    /// often.
    Table,
}

/// One line of the field-mapping table.
#[derive(Debug)]
pub struct FieldMapping {
    /// The vendor's field. Where a record type has several lists, its record comes first: `Site: name`.
    pub vendor: &'static str,
    /// The portal's field: the key in the mirrored record's serialised content.
    pub portal: &'static str,
    /// The rule in words: "as is", "first of ...".
    pub rule: &'static str,
    /// Written back too.
    pub direction: Direction,
}

/// Whose calls a vendor counts together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitScope {
    /// Those of one account at the vendor: each connection has an allowance of its own.
    Account,
    /// Those from one address: all connections of the connector share one allowance, so the function must not run in more
    /// environments at once than the share allows for.
    Address,
}

/// The vendor's allowance.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// What is counted together.
    pub scope: LimitScope,
    /// Calls that the vendor allows in [`Self::window`].
    pub calls: u32,
    /// The rolling window.
    pub window: Duration,
    /// The share of the allowance that we take unless the deployment says otherwise, in percent.
    pub share_percent: u32,
    /// Calls at once.
    pub concurrency: u32,
}
