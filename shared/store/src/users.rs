//! Portal users, with two pointers written in the same transaction.
//!
//! The address (one user of the tenant holds it) and the membership of a company (to list its users). The company counts its
//! users. The MSP's own staff belong to none.

use std::collections::{BTreeMap, HashMap};

use domain::email::Email;
use domain::id::{CompanyId, ConnectionId, ExternalId, UserId};
use domain::portal::User;

use crate::TenantStore;
use crate::activity::By;
use crate::error::Result;
use crate::item;
use crate::runs::Listed;
use crate::table::{Condition, Item, Key, Query, TableError, Update, Write};

/// Users that go into one transaction: three items each and at most one company each.
const PER_TRANSACTION: usize = 24;

/// Users looked at together in a search, and how often.
const LOOKED_AT: u32 = 500;
const LOOKS: usize = 40;

/// Who holds an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The user.
    pub user: UserId,
    /// The user's company; `None`: one of the MSP's own staff.
    pub company: Option<CompanyId>,
}

impl TenantStore {
    fn user_item(&self, user: &User) -> Result<Item> {
        let mut row = item::item(&self.keys.user(&user.id), user)?;
        row.insert("version".to_owned(), item::count(user.version));
        Ok(row)
    }

    pub(crate) fn read_user(row: &Item) -> Result<User> {
        let mut user: User = item::body(row)?;
        user.version = item::get_count(row, "version");
        Ok(user)
    }

    fn email_put(&self, email: &Email, user: &User) -> Write {
        let mut row = item::bare(&self.keys.email(email.as_str()));
        row.insert("email".to_owned(), item::text(email.as_str()));
        row.insert("user".to_owned(), item::text(user.id.as_str()));
        if let Some(company) = &user.company_id {
            row.insert("company".to_owned(), item::text(company.as_str()));
        }
        Write::Put { item: row, condition: Some(Condition::NotExists) }
    }

    fn member_put(&self, company: &CompanyId, user: &User) -> Write {
        let mut row = item::bare(&self.keys.member(company, &user.id));
        row.insert("user".to_owned(), item::text(user.id.as_str()));
        Write::Put { item: row, condition: None }
    }

    /// Counts a company's users: who comes needs a company, who goes may leave one that was deleted.
    fn count_users(&self, company: &CompanyId, by: i64) -> Write {
        let mut update = Update::default();
        update.add.insert("users", by);
        let condition = if by > 0 { Condition::Has("body") } else { Condition::Exists };
        Write::Update { key: self.keys.company(company), update, condition: Some(condition) }
    }

    /// Creates users, each conditional on neither the user nor the address existing. Returns which were created; the
    /// others exist already, or their address or company is not to be had.
    pub async fn create_users(&self, users: &[User]) -> Result<Vec<UserId>> {
        let mut created = Vec::new();
        for chunk in users.chunks(PER_TRANSACTION) {
            match self.table.transact(self.user_writes(chunk)?).await {
                Ok(()) => created.extend(chunk.iter().map(|user| user.id.clone())),
                Err(TableError::Cancelled(_)) => {
                    for user in chunk {
                        match self.table.transact(self.user_writes(std::slice::from_ref(user))?).await {
                            Ok(()) => created.push(user.id.clone()),
                            Err(TableError::Cancelled(_)) => {}
                            Err(error) => return Err(error.into()),
                        }
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(created)
    }

    /// Creates a user because a person asked for it. False when the user or the address exists already, or the company does
    /// not.
    pub async fn create_user(&self, user: &User, by: By<'_>) -> Result<bool> {
        let mut writes = self.user_writes(std::slice::from_ref(user))?;
        writes.extend(self.entry_writes(by)?);
        match self.table.transact(writes).await {
            Err(TableError::Cancelled(_)) => Ok(false),
            other => Ok(other.map(|()| true)?),
        }
    }

    fn user_writes(&self, users: &[User]) -> Result<Vec<Write>> {
        let mut writes = Vec::with_capacity(users.len() * 4);
        let mut per_company: BTreeMap<&CompanyId, i64> = BTreeMap::new();
        for user in users {
            writes.push(Write::Put { item: self.user_item(user)?, condition: Some(Condition::NotExists) });
            if let Some(email) = Email::parse(&user.email) {
                writes.push(self.email_put(&email, user));
            }
            if let Some(company) = &user.company_id {
                writes.push(self.member_put(company, user));
                *per_company.entry(company).or_default() += 1;
            }
        }
        writes.extend(per_company.into_iter().map(|(company, by)| self.count_users(company, by)));
        Ok(writes)
    }

    /// Saves a user that was read as `before`; a changed address moves its pointer.
    ///
    /// # Errors
    /// [`crate::StoreError::Stale`] when somebody changed the user since, or the new address is taken.
    pub async fn save_user(&self, before: &User, after: &User, by: By<'_>) -> Result<()> {
        self.all_or_stale(self.user_changes(before, after)?, by).await
    }

    /// Saves a user that was read as `before`, and has the contacts of a vendor company looked at again: it was decided what
    /// becomes of one who moved there.
    ///
    /// # Errors
    /// [`crate::StoreError::Stale`] when somebody changed the user since.
    pub async fn settle_move(
        &self,
        before: &User,
        after: &User,
        connection: &ConnectionId,
        vendor_company: &ExternalId,
        by: By<'_>,
    ) -> Result<()> {
        let mut writes = self.user_changes(before, after)?;
        writes.push(self.mark_write(connection, Some(vendor_company)));
        writes.push(self.wake_write(connection));
        self.all_or_stale(writes, by).await
    }

    /// The parts of a transaction that saves a user read as `before`.
    fn user_changes(&self, before: &User, after: &User) -> Result<Vec<Write>> {
        let key = self.keys.user(&after.id);
        let saved = User { version: before.version + 1, ..after.clone() };
        let mut row = item::item(&key, &saved)?;
        row.insert("version".to_owned(), item::count(saved.version));
        let unchanged = Condition::Equal("version", item::count(before.version));
        let mut writes = vec![Write::Put { item: row, condition: Some(unchanged) }];
        let (old, new) = (Email::parse(&before.email), Email::parse(&after.email));
        if old != new || before.company_id != after.company_id {
            match (old, new) {
                (Some(old), Some(new)) if old == new => {
                    let mut update = Update::default();
                    match &after.company_id {
                        Some(company) => {
                            update.set.insert("company", item::text(company.as_str()));
                        }
                        None => update.remove.push("company"),
                    }
                    writes.push(Write::Update { key: self.keys.email(new.as_str()), update, condition: None });
                }
                (old, new) => {
                    writes.extend(old.map(|old| Write::Delete { key: self.keys.email(old.as_str()), condition: None }));
                    writes.extend(new.map(|new| self.email_put(&new, after)));
                }
            }
        }
        if before.company_id != after.company_id {
            if let Some(company) = &before.company_id {
                writes.push(Write::Delete { key: self.keys.member(company, &before.id), condition: None });
                writes.push(self.count_users(company, -1));
            }
            if let Some(company) = &after.company_id {
                writes.push(self.member_put(company, after));
                writes.push(self.count_users(company, 1));
            }
        }
        Ok(writes)
    }

    /// One user.
    pub async fn user(&self, id: &UserId) -> Result<Option<User>> {
        self.table.get(self.keys.user(id)).await?.as_ref().map(Self::read_user).transpose()
    }

    /// Users by id, those that are there.
    pub async fn users_by_id(&self, ids: impl IntoIterator<Item = &UserId>) -> Result<HashMap<UserId, User>> {
        let keys: Vec<_> = ids.into_iter().map(|id| self.keys.user(id)).collect();
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = self.table.batch_get(keys, Vec::new()).await?;
        rows.iter().map(|row| Self::read_user(row).map(|user| (user.id.clone(), user))).collect()
    }

    /// A page of all users by id.
    pub async fn users(&self, limit: u32, after: Option<&str>) -> Result<Listed<User>> {
        self.list(self.keys.users(), limit, after, false).await
    }

    /// A page of one company's users by id.
    pub async fn users_of(&self, company: &CompanyId, limit: u32, after: Option<&str>) -> Result<Listed<User>> {
        let pk = self.keys.members(company);
        let after = after.map(|sk| Key::new(&pk, sk).into_item());
        let page = self.table.query(Query { pk, limit: Some(limit), after, ..Query::default() }).await?;
        let next = page.next.as_ref().and_then(|key| item::get_text(key, "sk")).map(str::to_owned);
        let ids: Vec<UserId> = page.items.iter().filter_map(|row| Some(item::get_text(row, "user")?.into())).collect();
        let mut users = self.users_by_id(&ids).await?;
        Ok(Listed { items: ids.iter().filter_map(|id| users.remove(id)).collect(), next })
    }

    /// Users by id that are wanted, of one company or of all, until so many are found or so many were looked at.
    pub async fn find_users(
        &self,
        company: Option<&CompanyId>,
        limit: usize,
        after: Option<&str>,
        wanted: impl Fn(&User) -> bool,
    ) -> Result<Listed<User>> {
        let mut found = Listed { items: Vec::new(), next: after.map(str::to_owned) };
        for _ in 0..LOOKS {
            let after = found.next.as_deref();
            let page = match company {
                None => self.users(LOOKED_AT, after).await?,
                Some(company) => self.users_of(company, LOOKED_AT, after).await?,
            };
            found.next = page.next;
            let room = limit - found.items.len();
            let mut fitting = page.items.into_iter().filter(|user| wanted(user));
            found.items.extend(fitting.by_ref().take(room));
            if fitting.next().is_some() {
                found.next = found.items.last().map(|last| self.keys.user(&last.id).sk);
            }
            if found.next.is_none() || found.items.len() == limit {
                break;
            }
        }
        Ok(found)
    }

    /// Who holds these addresses; free ones are absent.
    pub async fn holders<'a>(&self, emails: impl IntoIterator<Item = &'a Email>) -> Result<HashMap<Email, Holder>> {
        let keys: Vec<_> = emails.into_iter().map(|email| self.keys.email(email.as_str())).collect();
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = self.table.batch_get(keys, Vec::new()).await?;
        Ok(rows
            .iter()
            .filter_map(|row| {
                let email = Email::parse(item::get_text(row, "email")?)?;
                let user = item::get_text(row, "user")?.into();
                let company = item::get_text(row, "company").map(CompanyId::from);
                Some((email, Holder { user, company }))
            })
            .collect())
    }
}
