//! Records: a vendor's objects as the portal mirrors them, in the portal's words.
//!
//! A connector maps the vendor's JSON to these types and to nothing else. What is stored, hashed and compared is the
//! serialised form, so a field that is `None` or empty leaves no trace in it.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::email::Email;
use crate::id::ExternalId;
use crate::matching;

mod billing;
mod choice;
mod cloud;
mod devices;
mod psa;
mod training;

pub use billing::{Invoice, Payment, Subscription, SubscriptionItem};
pub use choice::{Board, Choice};
pub use cloud::{Average, ControlProfile, ControlScore, Domain, Licence, SecureScore};
pub use devices::{Alert, AlertPriority, Antivirus, Device, MonitoringState, Patches};
pub use psa::{Company, Contact, ForeignId, Note, PrimaryContact, Site, Technician, Ticket};
pub use training::{Completion, Course, Registration};

/// The kinds of record that a connector can declare. `Display` and serde give the name used in paths and options.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordType {
    /// Vendor companies: clients, accounts, customers, sites of an RMM.
    Companies,
    /// Places of a vendor company. Not chosen by itself: it comes with companies.
    Sites,
    /// People at a customer.
    Contacts,
    /// The MSP's own technicians (the customer's page calls them users).
    Users,
    /// Service tickets with their notes.
    Tickets,
    /// Domains of a cloud tenant. Not chosen by itself: it comes with companies.
    Domains,
    /// Devices that an RMM looks after.
    Devices,
    /// What an RMM's monitors raise.
    Alerts,
    /// How devices are, where the vendor tells it apart from them.
    MonitoringStates,
    /// Secure Scores of cloud tenants, one a day.
    SecureScores,
    /// What the controls of the Secure Score ask for. Not chosen by itself: it comes with secure scores.
    ControlProfiles,
    /// Licences that cloud tenants subscribe to.
    Licences,
    /// What customers pay for again and again.
    Subscriptions,
    /// Bills.
    Invoices,
    /// Payments and refunds.
    Payments,
    /// Courses of a training catalogue.
    Courses,
    /// Who takes which course, and how far they are.
    Registrations,
}

impl RecordType {
    /// Every record type, in the order in which a run brings them: what others refer to comes first.
    pub const ALL: [Self; 17] = [
        Self::Companies,
        Self::Sites,
        Self::Contacts,
        Self::Users,
        Self::Tickets,
        Self::Domains,
        Self::Devices,
        Self::Alerts,
        Self::MonitoringStates,
        Self::SecureScores,
        Self::ControlProfiles,
        Self::Licences,
        Self::Subscriptions,
        Self::Invoices,
        Self::Payments,
        Self::Courses,
        Self::Registrations,
    ];

    /// The name used in paths, options and keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Companies => "companies",
            Self::Sites => "sites",
            Self::Contacts => "contacts",
            Self::Users => "users",
            Self::Tickets => "tickets",
            Self::Domains => "domains",
            Self::Devices => "devices",
            Self::Alerts => "alerts",
            Self::MonitoringStates => "monitoring_states",
            Self::SecureScores => "secure_scores",
            Self::ControlProfiles => "control_profiles",
            Self::Licences => "licences",
            Self::Subscriptions => "subscriptions",
            Self::Invoices => "invoices",
            Self::Payments => "payments",
            Self::Courses => "courses",
            Self::Registrations => "registrations",
        }
    }

    /// Records of this type belong to a company, and what is done with the company concerns them: to a vendor's, but
    /// enrolments to a portal company.
    pub const fn belongs_to_companies(self) -> bool {
        match self {
            Self::Companies | Self::Sites | Self::Users | Self::Courses => false,
            Self::Contacts
            | Self::Tickets
            | Self::Domains
            | Self::Devices
            | Self::Alerts
            | Self::MonitoringStates
            | Self::SecureScores
            | Self::ControlProfiles
            | Self::Licences
            | Self::Subscriptions
            | Self::Invoices
            | Self::Payments
            | Self::Registrations => true,
        }
    }

    /// Reads a name from a path or a key.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|record_type| record_type.as_str() == name)
    }
}

impl std::fmt::Display for RecordType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One mirrored object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The vendor's id, unique within the connection and the record type.
    pub external_id: ExternalId,
    /// When the vendor last changed it, where the vendor says so. Not part of the content hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified_at: Option<Timestamp>,
    /// The content.
    pub data: RecordData,
}

/// The content of a record by its type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RecordData {
    /// See [`Company`].
    Company(Company),
    /// See [`Site`].
    Site(Site),
    /// See [`Contact`].
    Contact(Contact),
    /// See [`Technician`].
    Technician(Technician),
    /// See [`Ticket`].
    Ticket(Box<Ticket>),
    /// See [`Domain`].
    Domain(Domain),
    /// See [`Device`].
    Device(Box<Device>),
    /// See [`Alert`].
    Alert(Box<Alert>),
    /// See [`MonitoringState`].
    MonitoringState(MonitoringState),
    /// See [`SecureScore`].
    SecureScore(SecureScore),
    /// See [`ControlProfile`].
    ControlProfile(Box<ControlProfile>),
    /// See [`Licence`].
    Licence(Licence),
    /// See [`Subscription`].
    Subscription(Box<Subscription>),
    /// See [`Invoice`].
    Invoice(Box<Invoice>),
    /// See [`Payment`].
    Payment(Box<Payment>),
    /// See [`Course`].
    Course(Course),
    /// See [`Registration`].
    Registration(Box<Registration>),
}

impl RecordData {
    /// The record type that this content belongs to.
    pub const fn record_type(&self) -> RecordType {
        match self {
            Self::Company(_) => RecordType::Companies,
            Self::Site(_) => RecordType::Sites,
            Self::Contact(_) => RecordType::Contacts,
            Self::Technician(_) => RecordType::Users,
            Self::Ticket(_) => RecordType::Tickets,
            Self::Domain(_) => RecordType::Domains,
            Self::Device(_) => RecordType::Devices,
            Self::Alert(_) => RecordType::Alerts,
            Self::MonitoringState(_) => RecordType::MonitoringStates,
            Self::SecureScore(_) => RecordType::SecureScores,
            Self::ControlProfile(_) => RecordType::ControlProfiles,
            Self::Licence(_) => RecordType::Licences,
            Self::Subscription(_) => RecordType::Subscriptions,
            Self::Invoice(_) => RecordType::Invoices,
            Self::Payment(_) => RecordType::Payments,
            Self::Course(_) => RecordType::Courses,
            Self::Registration(_) => RecordType::Registrations,
        }
    }

    /// What a person would call it: a name or a title.
    pub fn name(&self) -> &str {
        match self {
            Self::Company(company) => &company.name,
            Self::Site(site) => &site.name,
            Self::Contact(contact) => &contact.name,
            Self::Technician(technician) => &technician.name,
            Self::Ticket(ticket) => &ticket.title,
            Self::Domain(domain) => &domain.name,
            Self::Device(device) => &device.name,
            Self::Alert(alert) => &alert.message,
            Self::MonitoringState(state) => state.device.as_str(),
            Self::SecureScore(score) => score.company.as_str(),
            Self::ControlProfile(profile) => &profile.title,
            Self::Licence(licence) => &licence.name,
            Self::Subscription(subscription) => &subscription.name,
            Self::Invoice(invoice) => &invoice.name,
            Self::Payment(payment) => &payment.name,
            Self::Course(course) => &course.title,
            Self::Registration(registration) => &registration.name,
        }
    }

    /// The vendor company that it belongs to, if it belongs to one.
    pub fn company(&self) -> Option<&ExternalId> {
        match self {
            Self::Company(_) | Self::Technician(_) | Self::Course(_) | Self::Registration(_) => None,
            Self::Site(site) => Some(&site.company),
            Self::Contact(contact) => contact.company.as_ref(),
            Self::Ticket(ticket) => ticket.company.as_ref(),
            Self::Domain(domain) => Some(&domain.company),
            Self::Device(device) => device.company.as_ref(),
            Self::Alert(alert) => alert.company.as_ref(),
            Self::MonitoringState(state) => state.company.as_ref(),
            Self::SecureScore(score) => Some(&score.company),
            Self::ControlProfile(profile) => Some(&profile.company),
            Self::Licence(licence) => Some(&licence.company),
            Self::Subscription(subscription) => subscription.company.as_ref(),
            Self::Invoice(invoice) => invoice.company.as_ref(),
            Self::Payment(payment) => payment.company.as_ref(),
        }
    }

    /// The company in whose list it stands: the vendor's that it belongs to, of an enrolment the portal's.
    pub fn listed_under(&self) -> Option<ExternalId> {
        match self {
            Self::Registration(registration) => registration.portal_company.as_deref().map(ExternalId::from),
            other => other.company().cloned(),
        }
    }

    /// What is known after this reading, where `before` was known: readings may come out of order.
    #[must_use]
    pub fn after(self, before: &Self) -> Self {
        match (self, before) {
            (Self::Registration(this), Self::Registration(before)) => Self::Registration(Box::new(this.after(before))),
            (this, _) => this,
        }
    }

    /// What another record of the type that stands for the same thing would have, too: a contact's address, a device's
    /// serial number.
    pub fn distinctive(&self) -> Option<String> {
        match self {
            Self::Contact(contact) => Email::parse(contact.email.as_deref()?).map(|email| email.to_string()),
            Self::Device(device) => matching::serial(device.serial_number.as_deref()?),
            _ => None,
        }
    }

    /// Takes out what moves all the time, so that a hash over the rest tells whether there is something to write; a day of
    /// it stays, so that it is written now and then. [`Self::put_back`] undoes it.
    pub fn take_volatile(&mut self) -> Volatile {
        match self {
            Self::Ticket(ticket) => Volatile::Notes(std::mem::take(&mut ticket.notes)),
            Self::Device(device) => {
                let audited_at = device.audited_at.take();
                Volatile::Device { last_seen_at: to_the_day(&mut device.last_seen_at), audited_at }
            }
            Self::MonitoringState(state) => Volatile::LastSeen(to_the_day(&mut state.last_seen_at)),
            _ => Volatile::Nothing,
        }
    }

    /// Nothing more will become of it: where a vendor lists only what goes on, it has left the list for good.
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Alert(alert) if alert.resolved)
    }

    /// The day that it tells of, where a vendor keeps records of so many days.
    pub const fn day(&self) -> Option<Date> {
        match self {
            Self::SecureScore(score) => Some(score.date),
            _ => None,
        }
    }

    /// Puts back what [`Self::take_volatile`] took out of it.
    pub fn put_back(&mut self, volatile: Volatile) {
        match (self, volatile) {
            (Self::Ticket(ticket), Volatile::Notes(notes)) => ticket.notes = notes,
            (Self::Device(device), Volatile::Device { last_seen_at, audited_at }) => {
                (device.last_seen_at, device.audited_at) = (last_seen_at, audited_at);
            }
            (Self::MonitoringState(state), Volatile::LastSeen(at)) => state.last_seen_at = at,
            _ => {}
        }
    }
}

/// Seconds.
const DAY: i64 = 86_400;

/// Leaves the day of a moment, and gives the moment.
fn to_the_day(moment: &mut Option<Timestamp>) -> Option<Timestamp> {
    let whole = *moment;
    *moment = whole.map(|at| Timestamp::from_second(at.as_second() - at.as_second().rem_euclid(DAY)).unwrap_or(at));
    whole
}

/// What is no reason to write a record.
#[derive(Clone, Debug, PartialEq)]
pub enum Volatile {
    /// Nothing of it.
    Nothing,
    /// A list carries no notes, a direct read does: each would undo the other's.
    Notes(Vec<Note>),
    /// Moves while a device runs.
    LastSeen(Option<Timestamp>),
    /// Both move while a device runs.
    Device {
        /// See [`Device::last_seen_at`].
        last_seen_at: Option<Timestamp>,
        /// See [`Device::audited_at`].
        audited_at: Option<Timestamp>,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}
