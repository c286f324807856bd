//! What follows from contacts: portal users with a role, and access that follows the PSA.
//!
//! Invariants: a role is given once, at import; hand-made users and what an admin decided on access are never touched;
//! importing decides from mirrored records and links only, never from a page.

use std::collections::{BTreeSet, HashMap};

use domain::email::Email;
use domain::id::{CompanyId, ExternalId, RoleId, UserId};
use domain::portal::{Access, ContactRef, Origin, User};
use domain::role::RoleSource;
use store::activity::By;
use store::records::{Import, MirrorRecord};

use crate::admission::{Admission, Decision, contact, user_of};
use crate::engine::EngineError;
use crate::slice::Slice;

impl Slice<'_> {
    pub(crate) async fn decide_contacts(&mut self, records: &mut [MirrorRecord]) -> Result<(), EngineError> {
        // Only a user that exists, or one that may come to be, depends on links.
        let imports = self.settings.options.auto_import.enabled;
        let concerned = records.iter().filter(|record| imports || user_of(record).is_some());
        let companies: BTreeSet<_> = concerned.filter_map(|r| contact(r)?.company.clone()).collect();
        let links = self.store.linked(&self.connection, &companies).await?;
        self.follow_known(records, &links).await?;
        let rules = self.settings.options.auto_import.clone();
        let (store, connection) = (self.store.clone(), self.connection.clone());
        let planned = HashMap::new();
        let admission =
            Admission { store: &store, connection: &connection, rules: &rules, links: &links, planned: &planned };
        let mut new = Vec::new();
        let mut known = Vec::new();
        for (index, decision) in admission.decide(records).await? {
            match decision {
                Decision::New { company, role, source, .. } => {
                    let user = self.new_user(&admission, &records[index], company, role);
                    new.push((index, user, source));
                }
                Decision::Attach { user, company } => known.push((index, user, company)),
                Decision::Refused(refusal) => records[index].body.import = Some(skipped(&refusal.to_string())),
                Decision::None => records[index].body.import = None,
            }
        }
        self.create_users(new, records).await?;
        for (index, user, company) in known {
            self.attach(&company, &user, &mut records[index]).await?;
        }
        Ok(())
    }

    fn new_user(&self, admission: &Admission<'_>, record: &MirrorRecord, company: CompanyId, role: RoleId) -> User {
        let contact = contact(record);
        User {
            id: admission.user_made_of(record),
            name: record.body.name.clone(),
            email: contact.and_then(|contact| contact.email.clone()).unwrap_or_default().trim().to_owned(),
            company_id: Some(company),
            role,
            origin: Origin::Imported,
            access: Access::Active,
            reason: None,
            access_decided: false,
            contacts: vec![self.contact_ref(&record.external_id, true)],
            created_at: self.now(),
            version: 1,
        }
    }

    fn contact_ref(&self, external_id: &ExternalId, active: bool) -> ContactRef {
        ContactRef { connection: self.connection.clone(), external_id: external_id.clone(), active }
    }

    async fn create_users(
        &mut self,
        new: Vec<(usize, User, RoleSource)>,
        records: &mut [MirrorRecord],
    ) -> Result<(), EngineError> {
        if new.is_empty() {
            return Ok(());
        }
        let roles: HashMap<RoleId, String> =
            self.store.roles().await?.into_iter().map(|role| (role.id, role.name)).collect();
        let users: Vec<User> = new.iter().map(|(_, user, _)| user.clone()).collect();
        let events: Vec<_> = users
            .iter()
            .map(|user| {
                let detail =
                    serde_json::json!({ "user": user.id, "company": user.company_id, "connection": self.connection });
                self.event("user.created", user.id.as_str(), detail)
            })
            .collect();
        self.engine.bus.publish(&events).await?;
        let created: BTreeSet<UserId> = self.store.create_users(&users).await?.into_iter().collect();
        let missed: Vec<&UserId> = users.iter().map(|user| &user.id).filter(|id| !created.contains(*id)).collect();
        // Created before a crash, or by somebody else in the meantime.
        let found = self.store.users_by_id(missed).await?;
        for (index, user, source) in new {
            let there = created.contains(&user.id) || found.contains_key(&user.id);
            records[index].body.import = Some(if there {
                let role = found.get(&user.id).map_or(&user.role, |found| &found.role);
                let role = roles.get(role).map_or(role.as_str(), String::as_str);
                let reason = format!("imported as {role} ({})", source.words());
                Import { user: Some(user.id), source: Some(source), reason }
            } else {
                skipped("its e-mail address or company was taken away in the meantime; it is decided on again")
            });
        }
        Ok(())
    }

    /// Same address at the same company is the same person: the contact stands behind that user, whose role stays.
    async fn attach(
        &mut self,
        company: &CompanyId,
        user: &UserId,
        record: &mut MirrorRecord,
    ) -> Result<(), EngineError> {
        for _ in 0..3 {
            let Some(before) = self.store.user(user).await? else { break };
            if before.company_id.as_ref() != Some(company) {
                break;
            }
            let mut after = before.clone();
            after.contacts.retain(|held| held.connection != self.connection || held.external_id != record.external_id);
            after.contacts.push(self.contact_ref(&record.external_id, true));
            set_access(&mut after);
            record.body.import = Some(Import {
                user: Some(user.clone()),
                source: None,
                reason: "linked to the user with its e-mail address, role unchanged".to_owned(),
            });
            if self.save_user(&before, &after).await? {
                return Ok(());
            }
        }
        record.body.import =
            Some(skipped("the user with its e-mail address changed meanwhile; it is decided on again"));
        Ok(())
    }

    /// Lets access follow contacts that have a user already.
    async fn follow_known(
        &mut self,
        records: &mut [MirrorRecord],
        links: &HashMap<ExternalId, CompanyId>,
    ) -> Result<(), EngineError> {
        let ids: Vec<UserId> = records.iter().filter_map(|r| r.body.import.as_ref()?.user.clone()).collect();
        let mut users = self.store.users_by_id(&ids).await?;
        for record in records {
            let Some(id) = record.body.import.as_ref().and_then(|import| import.user.clone()) else { continue };
            let Some(user) = users.get(&id) else {
                // The user was deleted: the contact is looked at as a new one.
                record.body.import = None;
                continue;
            };
            let (after, why) = self.followed(record, user, links);
            match &why.moved_to {
                Some(other) => self.note_move(record, user, other).await?,
                None => self.no_longer_moved(&record.external_id).await?,
            }
            if let Some(import) = &mut record.body.import {
                import.reason = why.reason;
            }
            if after != *user {
                if self.save_user(user, &after).await? {
                    let saved = User { version: user.version + 1, ..after };
                    users.insert(id, saved);
                } else if let Some(fresh) = self.store.user(&id).await? {
                    let (again, _) = self.followed(record, &fresh, links);
                    let kept = User { email: fresh.email.clone(), ..again };
                    self.save_user(&fresh, &kept).await?;
                    users.insert(id, User { version: fresh.version + 1, ..kept });
                }
            }
        }
        Ok(())
    }

    /// The user as the contact now makes it, and why.
    fn followed(&self, record: &MirrorRecord, user: &User, links: &HashMap<ExternalId, CompanyId>) -> (User, Why) {
        let contact = contact(record);
        let company = contact.and_then(|contact| links.get(contact.company.as_ref()?));
        let (active, reason) = match contact {
            None => (false, "its contact is gone at the vendor or left out by a rule"),
            Some(contact) if contact.inactive => (false, "its contact is inactive at the vendor"),
            Some(_) if company.is_none() => (false, "its contact's company is not linked"),
            Some(_) if company != user.company_id.as_ref() => (false, "its contact moved to another company"),
            Some(_) => (true, "its contact is active"),
        };
        let mut after = user.clone();
        let same = |held: &ContactRef| held.connection == self.connection && held.external_id == record.external_id;
        // A second contact of one address stands behind the user and does not say what it is called.
        let speaks = user.id == UserId::imported(self.tenant(), &self.connection, &record.external_id)
            || !user.contacts.iter().any(|held| held.active && !same(held));
        if let Some(contact) = contact
            && active
            && speaks
            && user.origin == Origin::Imported
        {
            record.body.name.clone_into(&mut after.name);
            if let Some(email) = contact.email.as_deref().map(str::trim).filter(|email| Email::parse(email).is_some()) {
                email.clone_into(&mut after.email);
            }
        }
        match after.contacts.iter_mut().find(|held| same(held)) {
            Some(held) => held.active = active,
            None => after.contacts.push(self.contact_ref(&record.external_id, active)),
        }
        set_access(&mut after);
        let kept = record.body.import.as_ref().map(|import| import.reason.clone()).filter(|_| active);
        // Who was made by hand or settled by an admin loses nothing by it.
        let undecided = user.origin == Origin::Imported && !user.access_decided;
        let moved_to = company.filter(|company| {
            undecided && contact.is_some_and(|c| !c.inactive) && Some(*company) != user.company_id.as_ref()
        });
        let reason = match kept {
            Some(kept) if kept.starts_with("imported") || kept.starts_with("linked") => kept,
            _ if active => "access given back: its contact is active again".to_owned(),
            _ => format!("access suspended: {reason}"),
        };
        (after, Why { reason, moved_to: moved_to.cloned() })
    }

    async fn note_move(&mut self, record: &MirrorRecord, user: &User, to: &CompanyId) -> Result<(), EngineError> {
        let names = self.store.companies_by_id(user.company_id.iter().chain([to])).await?;
        let name = |id: &CompanyId| names.iter().find(|c| c.id == *id).map_or("another company", |c| c.name.as_str());
        let finding = crate::issues::Finding {
            cause: domain::issue::Cause::Config,
            reason: domain::issue::Reason::ContactMoved,
            subject: Some(record.external_id.to_string()),
            title: format!(
                "{} moved from {} to {}",
                record.body.name,
                user.company_id.as_ref().map_or("the staff", name),
                name(to)
            ),
            detail: "Access is suspended until somebody decides.".to_owned(),
            remedy: "Move the user to the new company, or keep it where it is.".to_owned(),
            record_types: Vec::new(),
        };
        self.note(finding).await
    }

    /// Back where the user is, or gone: there is nothing left to decide.
    async fn no_longer_moved(&mut self, contact: &ExternalId) -> Result<(), EngineError> {
        let moved = format!("{}:{contact}", domain::issue::Reason::ContactMoved.as_str());
        self.disprove(|issue| issue.id == moved).await
    }

    /// Saves a user; a change of access is announced first. False when somebody else changed it.
    async fn save_user(&self, before: &User, after: &User) -> Result<bool, EngineError> {
        if before == after {
            return Ok(true);
        }
        if before.access != after.access {
            let kind = if after.access == Access::Active { "user.restored" } else { "user.suspended" };
            let detail =
                serde_json::json!({ "user": after.id, "company": after.company_id, "version": before.version });
            self.announce(kind, after.id.as_str(), detail).await?;
        }
        match self.store.save_user(before, after, By::System).await {
            Ok(()) => Ok(true),
            Err(store::StoreError::Stale) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// What a followed contact means.
struct Why {
    reason: String,
    moved_to: Option<CompanyId>,
}

/// Access follows the contacts, except where a person decides: hand-made users and what an admin settled.
pub(crate) fn set_access(user: &mut User) {
    if user.origin == Origin::Manual || user.access_decided {
        return;
    }
    if user.contacts.iter().any(|contact| contact.active) {
        user.access = Access::Active;
        user.reason = None;
    } else {
        user.access = Access::Suspended;
        user.reason = Some("no active contact of its company stands behind it".to_owned());
    }
}

fn skipped(why: &str) -> Import {
    Import { user: None, source: None, reason: why.to_owned() }
}
