//! What is said of contacts: of those with a user how it stands, of others what the engine decides on them now.

use std::collections::HashMap;

use domain::admission::Refusal;
use domain::id::{RoleId, UserId};
use domain::portal::{Access, User};
use domain::record::RecordType;
use store::records::MirrorRecord;
use sync::admission::{Admission, Decision, contact, user_of};

use super::verdict::{Said, Surroundings, say, settled};
use super::{Asking, Verdict};
use crate::problem::Answer;

impl Asking<'_> {
    /// One for each record, in their order.
    pub(super) async fn contacts(&self, records: Vec<MirrorRecord>, around: &Surroundings) -> Answer<Vec<Said>> {
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let users: HashMap<UserId, User> = self.store.users_by_id(records.iter().filter_map(user_of)).await?;
        let roles: HashMap<RoleId, String> =
            self.store.roles().await?.into_iter().map(|role| (role.id, role.name)).collect();
        let planned = HashMap::new();
        let admission = Admission {
            store: self.store,
            connection: &self.which.connection,
            rules: &self.read.settings().options.auto_import,
            links: &around.links,
            planned: &planned,
        };
        let decided: HashMap<usize, Decision> = admission.decide(&records).await?.into_iter().collect();
        let each = records.iter().enumerate().map(|(index, record)| {
            if let Some(said) = self.at_first_sight(RecordType::Contacts, record) {
                return said;
            }
            let role = |id: &RoleId| roles.get(id).cloned().unwrap_or_else(|| id.to_string());
            if let Some(user) = user_of(record).and_then(|user| users.get(user)) {
                return with_user(user, record, &role(&user.role));
            }
            match decided.get(&index) {
                Some(Decision::New { role: id, source, .. }) => {
                    self.coming(format!("It becomes a user with the next sync: {} ({}).", role(id), source.words()))
                }
                Some(Decision::Attach { .. }) => {
                    self.coming("It is linked to the user with its e-mail address with the next sync; the role stays.")
                }
                Some(Decision::Refused(refusal)) => self.refused(refusal, record, around),
                Some(Decision::None) | None => settled(Verdict::NotSeen, "It is not there."),
            }
        });
        Ok(each.collect())
    }

    fn refused(&self, refusal: &Refusal, record: &MirrorRecord, around: &Surroundings) -> Said {
        let name = self.which.descriptor.short_name;
        let detail = format!("Not a portal user: {refusal}.");
        let rules = format!("Change who gets in, in the options of {name}.");
        match refusal {
            Refusal::Off => say(
                Verdict::Off,
                "Contact auto-import is off, so contacts do not become users.",
                format!("Switch it on in the options of {name}."),
            ),
            Refusal::Inactive => say(Verdict::Inactive, detail, format!("Switch the contact on in {name}.")),
            Refusal::NoCompany => {
                say(Verdict::CompanyNotLinked, detail, format!("Give the contact a company in {name}."))
            }
            Refusal::CompanyNotLinked => {
                let company = contact(record).and_then(|contact| contact.company.as_ref());
                let company = company.map_or_else(|| "its company".to_owned(), |id| around.vendor_company(id));
                say(
                    Verdict::CompanyNotLinked,
                    format!("Not a portal user: {company} is not linked."),
                    format!("Link {company} under Integrations, Companies."),
                )
            }
            Refusal::NoAddress | Refusal::UnusableAddress => {
                say(Verdict::Address, detail, format!("Enter the e-mail address in {name}."))
            }
            Refusal::Excluded(_) => say(Verdict::Excluded, detail, rules),
            Refusal::AddressTaken { .. } => {
                say(Verdict::Address, detail, format!("Correct the e-mail address in {name}, or that of the user."))
            }
            Refusal::DoNotImport(_) => say(Verdict::Excluded, detail, rules),
            Refusal::RoleGone(..) | Refusal::NoRole => {
                let remedy =
                    format!("Set a default role or a rule in the options of {name}, or the company's default.");
                say(Verdict::NoRole, detail, remedy)
            }
        }
    }
}

/// How the user behind a contact stands.
fn with_user(user: &User, record: &MirrorRecord, role: &str) -> Said {
    let told = record.body.import.as_ref().map(|import| import.reason.clone()).unwrap_or_default();
    let reason = user.reason.clone().unwrap_or_else(|| told.clone());
    match user.access {
        Access::Active => settled(Verdict::Imported, format!("It is the user {:?} ({role}): {told}.", user.name)),
        Access::Suspended => say(
            Verdict::Suspended,
            format!("The user {:?} is suspended: {reason}.", user.name),
            "Access comes back with an active contact of the user's company, or give it back by hand.",
        ),
        Access::Removed => say(
            Verdict::Suspended,
            format!("The user {:?} has no access: {reason}.", user.name),
            "Give the access back under Users.",
        ),
    }
}
