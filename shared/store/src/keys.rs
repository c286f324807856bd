//! Every key of the table, in one file. See the crate's README for the access patterns.
//!
//! Invariant: every partition key begins with the tenant, and only [`TenantKeys`] builds one. Parts are escaped, so no id
//! can reach into another partition.

use domain::activity::ObjectKind;
use domain::id::{CompanyId, ConnectionId, ExternalId, QuickMatchId, RoleId, RunId, TenantId, TestId, UserId};
use domain::record::RecordType;
use sha2::{Digest as _, Sha256};

use crate::feeds::feed_and_company;
use crate::table::Key;

/// Builds keys of one tenant.
#[derive(Clone, Debug)]
pub(crate) struct TenantKeys {
    prefix: String,
}

/// The longest part of a key, in bytes: a sort key has at most 1,024, of which two parts and our own words are the most.
const LONGEST_PART: usize = 400;

/// Escapes what separates parts of a key. Keys must not be empty, and an empty id is one that nothing has. An id that is too
/// long for a key is one by its hash: whoever asks for it finds what was written for it, which mostly is nothing.
fn part(text: &str) -> String {
    if text.is_empty() {
        return "%".to_owned();
    }
    let escaped =
        if text.contains(['#', '%']) { text.replace('%', "%25").replace('#', "%23") } else { text.to_owned() };
    if escaped.len() > LONGEST_PART { format!("%={}", hex::encode(Sha256::digest(text))) } else { escaped }
}

pub(crate) const SETTINGS: &str = "SETTINGS";
pub(crate) const STATE: &str = "STATE";
pub(crate) const ISSUE: &str = "ISSUE#";
pub(crate) const HINT: &str = "HINT#";
pub(crate) const MARK: &str = "MARK#";
pub(crate) const CONFIRMED: &str = "CONFIRMED#";
/// A hint that something changed, and one that our subscription at the vendor did. No record type has such a name.
pub(crate) const HINT_SOMETHING: &str = "HINT#*";
pub(crate) const HINT_SUBSCRIPTION: &str = "HINT#=";
pub(crate) const TOKEN: &str = "TOKEN";
pub(crate) const WEBHOOK: &str = "WEBHOOK";
pub(crate) const WEBHOOK_BEFORE: &str = "WEBHOOK#BEFORE";
pub(crate) const OUTBOX: &str = "OUTBOX#";
pub(crate) const PAGE: &str = "PAGE#";
pub(crate) const OVERLAY: &str = "OVERLAY";
pub(crate) const DISPLACED: &str = "DISPLACED";
pub(crate) const MISSING: &str = "MISSING";
pub(crate) const ROLE: &str = "ROLE#";

impl TenantKeys {
    pub(crate) fn new(tenant: &TenantId) -> Self {
        Self { prefix: format!("T#{}", part(tenant.as_str())) }
    }

    fn key(pk: String, sk: impl Into<String>) -> Key {
        Key { pk, sk: sk.into() }
    }

    pub(crate) fn tenant(&self) -> String {
        self.prefix.clone()
    }

    pub(crate) fn profile(&self) -> Key {
        Self::key(self.tenant(), "PROFILE")
    }

    pub(crate) fn role(&self, role: &RoleId) -> Key {
        Self::key(self.tenant(), format!("{ROLE}{}", part(role.as_str())))
    }

    pub(crate) fn companies(&self) -> String {
        format!("{}#COMPANY", self.prefix)
    }

    pub(crate) fn company(&self, company: &CompanyId) -> Key {
        Self::key(self.companies(), part(company.as_str()))
    }

    /// What the grid looks at of every company: one query.
    pub(crate) fn company_rows(&self) -> String {
        format!("{}#ROW", self.prefix)
    }

    pub(crate) fn company_row(&self, company: &CompanyId) -> Key {
        Self::key(self.company_rows(), part(company.as_str()))
    }

    pub(crate) fn links(&self, connection: &ConnectionId) -> String {
        format!("{}#LINK#{}", self.prefix, part(connection.as_str()))
    }

    pub(crate) fn link(&self, connection: &ConnectionId, external_id: &ExternalId) -> Key {
        Self::key(self.links(connection), part(external_id.as_str()))
    }

    /// Vendor companies that are blocked from import, by connection: one query.
    pub(crate) fn blocks(&self) -> String {
        format!("{}#BLOCK", self.prefix)
    }

    /// Beginning of one connection's sort keys in [`Self::blocks`].
    pub(crate) fn blocks_of(&self, connection: &ConnectionId) -> String {
        format!("{}#", part(connection.as_str()))
    }

    pub(crate) fn block(&self, connection: &ConnectionId, external_id: &ExternalId) -> Key {
        Self::key(self.blocks(), format!("{}{}", self.blocks_of(connection), part(external_id.as_str())))
    }

    /// Duplicates that a person declared to be none: one query.
    pub(crate) fn ignored_duplicates(&self) -> String {
        format!("{}#IGNORED", self.prefix)
    }

    pub(crate) fn ignored_duplicate(&self, group: &str) -> Key {
        Self::key(self.ignored_duplicates(), part(group))
    }

    pub(crate) fn users(&self) -> String {
        format!("{}#USER", self.prefix)
    }

    pub(crate) fn user(&self, user: &UserId) -> Key {
        Self::key(self.users(), part(user.as_str()))
    }

    /// E-mail pointer: an address belongs to one user of the tenant.
    pub(crate) fn email(&self, email: &str) -> Key {
        Self::key(format!("{}#EMAIL", self.prefix), part(email))
    }

    /// Membership pointers: the users of one company.
    pub(crate) fn members(&self, company: &CompanyId) -> String {
        format!("{}#MEMBER#{}", self.prefix, part(company.as_str()))
    }

    pub(crate) fn member(&self, company: &CompanyId, user: &UserId) -> Key {
        Self::key(self.members(company), part(user.as_str()))
    }

    /// Settings, state and open issues of one connection: one query.
    pub(crate) fn connection(&self, connection: &ConnectionId) -> String {
        format!("{}#CONN#{}", self.prefix, part(connection.as_str()))
    }

    pub(crate) fn settings(&self, connection: &ConnectionId) -> Key {
        Self::key(self.connection(connection), SETTINGS)
    }

    pub(crate) fn state(&self, connection: &ConnectionId) -> Key {
        Self::key(self.connection(connection), STATE)
    }

    pub(crate) fn token(&self, connection: &ConnectionId) -> Key {
        Self::key(self.connection(connection), TOKEN)
    }

    pub(crate) fn issue(&self, connection: &ConnectionId, id: &str) -> Key {
        Self::key(self.connection(connection), format!("{ISSUE}{}", part(id)))
    }

    /// The address that the vendor pushes to, and what came there.
    pub(crate) fn webhook(&self, connection: &ConnectionId) -> Key {
        Self::key(self.connection(connection), WEBHOOK)
    }

    /// The address before the last rotation.
    pub(crate) fn webhook_before(&self, connection: &ConnectionId) -> Key {
        Self::key(self.connection(connection), WEBHOOK_BEFORE)
    }

    /// Hints and re-evaluate marks of one connection: one query.
    pub(crate) fn work(&self, connection: &ConnectionId) -> String {
        format!("{}#WORK", self.connection(connection))
    }

    pub(crate) fn hint(&self, connection: &ConnectionId, record_type: RecordType, external_id: &ExternalId) -> Key {
        Self::key(self.work(connection), format!("{HINT}{record_type}#{}", part(external_id.as_str())))
    }

    /// A hint that names no record.
    pub(crate) fn nameless_hint(&self, connection: &ConnectionId, name: &'static str) -> Key {
        Self::key(self.work(connection), name)
    }

    /// A person's word that what a feed misses may be gone.
    pub(crate) fn confirmed(&self, connection: &ConnectionId, feed: &str) -> Key {
        Self::key(self.work(connection), format!("{CONFIRMED}{}", part(feed)))
    }

    /// `None` marks every company.
    pub(crate) fn mark(&self, connection: &ConnectionId, company: Option<&ExternalId>) -> Key {
        let company = company.map_or_else(|| "*".to_owned(), |id| format!("={}", part(id.as_str())));
        Self::key(self.work(connection), format!("{MARK}{company}"))
    }

    /// Beginning of the sort keys of a record type's operations, or of one record's, in [`Self::work`].
    pub(crate) fn operations(&self, record_type: RecordType, record: Option<&str>) -> String {
        record.map_or_else(
            || format!("{OUTBOX}{record_type}#"),
            |record| format!("{OUTBOX}{record_type}#{}#", part(record)),
        )
    }

    pub(crate) fn operation(
        &self,
        connection: &ConnectionId,
        record_type: RecordType,
        record: &str,
        number: u64,
    ) -> Key {
        let prefix = self.operations(record_type, Some(record));
        Self::key(self.work(connection), format!("{prefix}{number:016}"))
    }

    /// What the portal made.
    pub(crate) fn all_made(&self, connection: &ConnectionId) -> String {
        format!("{}#MADE", self.connection(connection))
    }

    /// What the portal made, by our reference.
    pub(crate) fn made(&self, connection: &ConnectionId, reference: &str) -> Key {
        Self::key(self.all_made(connection), part(reference))
    }

    pub(crate) fn runs(&self, connection: &ConnectionId) -> String {
        format!("{}#RUN", self.connection(connection))
    }

    pub(crate) fn run(&self, connection: &ConnectionId, run: &RunId) -> Key {
        Self::key(self.runs(connection), part(run.as_str()))
    }

    /// The packed records of one run.
    pub(crate) fn run_records(&self, connection: &ConnectionId, run: &RunId) -> String {
        format!("{}#{}", self.runs(connection), part(run.as_str()))
    }

    pub(crate) fn run_record_pack(&self, connection: &ConnectionId, run: &RunId, pack: u64) -> Key {
        Self::key(self.run_records(connection, run), format!("{pack:08}"))
    }

    /// Page items of one feed, those of all its companies among them: one query.
    pub(crate) fn feed(&self, connection: &ConnectionId, list: &str) -> String {
        let (feed, _) = feed_and_company(list);
        format!("{}#FEED#{}", self.connection(connection), part(feed))
    }

    /// What the items of a company's part of a feed begin with; of a whole feed nothing.
    pub(crate) fn list(list: &str) -> String {
        feed_and_company(list).1.map_or_else(String::new, |company| format!("OF#{}#", part(company)))
    }

    pub(crate) fn page(&self, connection: &ConnectionId, list: &str, page: u32) -> Key {
        self.feed_item(connection, list, &format!("{PAGE}{page:07}"))
    }

    pub(crate) fn feed_item(&self, connection: &ConnectionId, list: &str, name: &str) -> Key {
        Self::key(self.feed(connection, list), format!("{}{name}", Self::list(list)))
    }

    /// Mirrored records of one type.
    pub(crate) fn records(&self, connection: &ConnectionId, record_type: RecordType) -> String {
        format!("{}#REC#{record_type}", self.connection(connection))
    }

    pub(crate) fn record(&self, connection: &ConnectionId, record_type: RecordType, external_id: &ExternalId) -> Key {
        Self::key(self.records(connection, record_type), part(external_id.as_str()))
    }

    /// How many records of a type each vendor company has: one query.
    pub(crate) fn tally(&self, connection: &ConnectionId, record_type: RecordType) -> String {
        format!("{}#TALLY#{record_type}", self.connection(connection))
    }

    pub(crate) fn tally_part(&self, connection: &ConnectionId, record_type: RecordType, part: u32) -> Key {
        Self::key(self.tally(connection, record_type), format!("{part:02}"))
    }

    /// Pointers to the records of one type, by the vendor company that they belong to.
    pub(crate) fn company_lists(&self, connection: &ConnectionId, record_type: RecordType) -> String {
        format!("{}#OF#{record_type}", self.connection(connection))
    }

    /// Beginning of the sort keys of one company's pointers in [`Self::company_lists`]; without a company, of those of no
    /// company.
    pub(crate) fn company_list(&self, company: Option<&ExternalId>) -> String {
        format!("{}#", company.map_or_else(String::new, |company| part(company.as_str())))
    }

    pub(crate) fn company_pointer(
        &self,
        connection: &ConnectionId,
        record_type: RecordType,
        company: Option<&ExternalId>,
        external_id: &ExternalId,
    ) -> Key {
        let sk = format!("{}{}", self.company_list(company), part(external_id.as_str()));
        Self::key(self.company_lists(connection, record_type), sk)
    }

    pub(crate) fn quarantine(&self, connection: &ConnectionId) -> String {
        format!("{}#QUARANTINE", self.connection(connection))
    }

    pub(crate) fn quarantined(
        &self,
        connection: &ConnectionId,
        record_type: RecordType,
        external_id: &ExternalId,
    ) -> Key {
        Self::key(self.quarantine(connection), format!("{record_type}#{}", part(external_id.as_str())))
    }

    /// Which portal users technicians were linked to by hand, by the technician's id in the portal: one query.
    pub(crate) fn technician_links(&self, connection: &ConnectionId) -> String {
        format!("{}#TECHNICIAN", self.connection(connection))
    }

    pub(crate) fn technician_link(&self, connection: &ConnectionId, technician: &str) -> Key {
        Self::key(self.technician_links(connection), part(technician))
    }

    /// What people did, by time.
    pub(crate) fn activity(&self, place: &str) -> Key {
        Self::key(format!("{}#ACTIVITY", self.prefix), place)
    }

    /// What one person did, by time.
    pub(crate) fn activity_by(&self, actor: &str, place: &str) -> Key {
        Self::key(format!("{}#ACTIVITY#BY#{}", self.prefix, part(actor)), place)
    }

    /// What was done to one object, by time.
    pub(crate) fn activity_of(&self, kind: ObjectKind, id: &str, place: &str) -> Key {
        Self::key(format!("{}#ACTIVITY#OF#{}#{}", self.prefix, kind.as_str(), part(id)), place)
    }

    /// One quick match: what was found, what was chosen of it, and what came of that.
    pub(crate) fn quick_match(&self, id: &QuickMatchId) -> String {
        format!("{}#MATCH#{}", self.prefix, part(id.as_str()))
    }

    pub(crate) fn quick_match_item(&self, id: &QuickMatchId, name: &str) -> Key {
        Self::key(self.quick_match(id), name)
    }

    /// An entry of one of its rows, or a pack of them.
    pub(crate) fn quick_match_entry(&self, id: &QuickMatchId, list: &str, row: usize, number: usize) -> Key {
        Self::key(self.quick_match(id), format!("{list}#{row:03}#{number:07}"))
    }

    pub(crate) fn tests(&self, connection: &ConnectionId) -> String {
        format!("{}#TEST", self.connection(connection))
    }

    /// A consent that was asked for, by the hash of its token; as short-lived as tests, and forgotten with them.
    pub(crate) fn consent(&self, connection: &ConnectionId, hash: &str) -> Key {
        Self::key(self.tests(connection), format!("CONSENT#{}", part(hash)))
    }

    pub(crate) fn test(&self, connection: &ConnectionId, test: &TestId) -> Key {
        Self::key(self.tests(connection), part(test.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_id_reaches_into_another_partition() {
        let evil = TenantKeys::new(&TenantId::new("a#CONN#x"));
        let plain = TenantKeys::new(&TenantId::new("a"));
        assert_ne!(evil.tenant(), plain.connection(&"x".into()));
        assert_eq!(evil.tenant(), "T#a%23CONN%23x");
        assert_ne!(plain.mark(&"x".into(), Some(&"*".into())), plain.mark(&"x".into(), None));
    }

    #[test]
    fn an_empty_id_is_a_key_that_no_other_id_has() {
        let keys = TenantKeys::new(&"acme".into());
        assert_eq!(keys.company(&"".into()).sk, "%");
        assert_ne!(keys.company(&"%".into()).sk, "%");
    }

    #[test]
    fn an_id_that_is_too_long_for_a_key_has_one_of_its_own() {
        let keys = TenantKeys::new(&"acme".into());
        let long = |last: char| ExternalId::new(format!("{}{last}", "#".repeat(2_000)));
        let pointer = |of, id| keys.company_pointer(&"psa".into(), RecordType::Contacts, Some(&of), &id).sk;
        assert!(pointer(long('a'), long('b')).len() <= 1_024);
        assert_eq!(pointer(long('a'), long('b')), pointer(long('a'), long('b')));
        assert_ne!(pointer(long('a'), long('b')), pointer(long('a'), long('c')));
        let hash = pointer("1".into(), long('a')).split_once("%=").unwrap().1.to_owned();
        assert_ne!(pointer("1".into(), ExternalId::new(format!("%={hash}"))), pointer("1".into(), long('a')));
    }

    #[test]
    fn every_partition_begins_with_the_tenant() {
        let keys = TenantKeys::new(&"acme".into());
        let connection = ConnectionId::new("halo-psa");
        let partitions = [
            keys.tenant(),
            keys.companies(),
            keys.company_rows(),
            keys.links(&connection),
            keys.blocks(),
            keys.ignored_duplicates(),
            keys.users(),
            keys.email("a@b.c").pk,
            keys.members(&"co".into()),
            keys.connection(&connection),
            keys.work(&connection),
            keys.runs(&connection),
            keys.run_records(&connection, &"r".into()),
            keys.feed(&connection, "clients"),
            keys.records(&connection, RecordType::Contacts),
            keys.tally(&connection, RecordType::Contacts),
            keys.company_lists(&connection, RecordType::Contacts),
            keys.quarantine(&connection),
            keys.all_made(&connection),
            keys.tests(&connection),
            keys.technician_links(&connection),
            keys.activity("").pk,
            keys.activity_by("ada", "").pk,
            keys.activity_of(ObjectKind::Company, "co", "").pk,
            keys.quick_match(&"qm".into()),
        ];
        let mut unique: Vec<_> = partitions.to_vec();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), partitions.len());
        assert!(partitions.iter().all(|pk| pk == "T#acme" || pk.starts_with("T#acme#")), "{partitions:?}");
    }
}
