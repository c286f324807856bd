//! The portal's changes to technicians as calls to ConnectWise's members.
//!
//! A new member takes a licensed seat, so one is made only by a person's own decision in the portal, and only where no
//! member has the address yet.

use bytes::Bytes;
use connector::{ConnectorError, ErrorKind, Pushed, Result, TechnicianChange, text};
use domain::id::ExternalId;
use domain::record::{RecordType, Technician};
use serde_json::{Map, Value, json};

use crate::client::{MEMBERS, Operation};
use crate::listing::Listing;
use crate::map::{Context, Email, Phone};
use crate::push::{CANDIDATES, id_in, of_id, path_id, pushed, quoted};
use crate::session::ManageSession;
use crate::wire;

/// Longest identifier, the name that a member signs in with (OpenAPI document).
const LONGEST_IDENTIFIER: usize = 15;
/// Longest first and last name.
const LONGEST_NAME: usize = 30;
/// Longest telephone number.
const LONGEST_PHONE: usize = 15;

impl ManageSession {
    pub(crate) async fn create_member(&self, technician: &Technician) -> Result<Pushed> {
        let op = "create a member";
        let role = self.member_role.as_deref().ok_or_else(|| {
            ConnectorError::rejected(
                "security_role",
                "choose in this connection's options the security role that new members get",
            )
        })?;
        let email = technician.email.as_deref().map(str::trim).filter(|email| !email.is_empty());
        let email = email.ok_or_else(|| {
            ConnectorError::rejected("email", "ConnectWise takes a member with an e-mail address only")
        })?;
        if !self.members_with(email).await?.is_empty() {
            return Err(ConnectorError::rejected(
                "email",
                format!("ConnectWise has a member with the address {email} already"),
            ));
        }
        // The day of hire is mandatory, and the vendor's clock is the only one here.
        let now = self.client.vendor_time();
        let now = now.ok_or_else(|| ConnectorError::new(op, ErrorKind::Malformed { path: "Date".to_owned() }))?;
        let hired = now.strftime("%Y-%m-%dT00:00:00Z").to_string();
        let body = new_member(technician, email, &of_id("security_role", Some(role))?, &hired)?;
        let answer = self.client.create(op, MEMBERS.path, &body).await?;
        Ok(self.read_back(RecordType::Users, &id_in(op, &answer)?, None).await)
    }

    pub(crate) async fn change_member(&self, id: &ExternalId, change: &TechnicianChange) -> Result<Pushed> {
        let op = "change a member";
        let path = ["system", "members", path_id("id", id)?];
        let before: wire::Member = member(op, &self.client.read(&MEMBERS, id.as_str()).await?)?;
        let operations = changed_member(&before, change)?;
        if !operations.is_empty() {
            self.client.change(op, &path, &operations).await?;
        }
        // There is a call of its own for this; it refuses a member who still has work of theirs, and says so.
        if change.active == Some(false) && !before.inactive_flag.is_set() {
            let [system, members, id] = path;
            self.client.create(op, &[system, members, id, "deactivate"], &json!({})).await?;
        }
        Ok(self.read_back(RecordType::Users, id, None).await)
    }

    pub(crate) async fn find_member(&self, technician: &Technician) -> Result<Vec<Pushed>> {
        let Some(email) = technician.email.as_deref().map(str::trim) else { return Ok(Vec::new()) };
        self.members_with(email).await
    }

    async fn members_with(&self, email: &str) -> Result<Vec<Pushed>> {
        let conditions = format!("officeEmail = {}", quoted(email));
        let body = self.client.newest("look for a member", &MEMBERS, &conditions, 5).await?;
        let rows = Listing::read(RecordType::Users, body)?.map(&Context::default());
        Ok(rows.into_iter().filter_map(pushed).take(CANDIDATES).collect())
    }
}

fn member(op: &'static str, body: &Bytes) -> Result<wire::Member> {
    let malformed = |_| ConnectorError::new(op, ErrorKind::Malformed { path: "the member".to_owned() });
    serde_json::from_slice(body).map_err(malformed)
}

/// With just what the server demands; everything else is for a person in ConnectWise.
fn new_member(technician: &Technician, email: &str, role: &Option<Value>, hired: &str) -> Result<Value> {
    let (first, last) = split_name(&technician.name, None, None)?;
    let fields = [
        ("identifier", Some(json!(identifier(email)))),
        ("licenseClass", Some(json!("F"))),
        ("firstName", Some(json!(first))),
        ("lastName", Some(json!(last))),
        ("hireDate", Some(json!(hired))),
        ("defaultEmail", Some(json!("Office"))),
        ("officeEmail", Some(json!(email))),
        ("defaultPhone", Some(json!("Office"))),
        ("officePhone", technician.phone.as_deref().map(phone).transpose()?.map(Value::from)),
        ("title", technician.title.as_deref().map(Value::from)),
        ("securityRole", role.clone()),
    ];
    let given = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Ok(Value::Object(given.collect::<Map<_, _>>()))
}

fn changed_member(before: &wire::Member, change: &TechnicianChange) -> Result<Vec<Operation>> {
    let mut operations = Vec::new();
    if let Some(name) = &change.name {
        let (first, last) = split_name(name, before.first_name.get(), before.last_name.get())?;
        operations.push(Operation::replace("firstName", first));
        operations.push(Operation::replace("lastName", last));
    }
    // Of three addresses and three numbers, the one that counts for this member is changed.
    if let Some(email) = &change.email {
        operations.push(Operation::replace(Email::of(before).path(), email.trim()));
    }
    if let Some(number) = &change.phone {
        operations.push(Operation::replace(Phone::of(before).path(), phone(number)?));
    }
    if let Some(title) = &change.title {
        operations.push(Operation::replace("title", title.trim()));
    }
    if change.active == Some(true) && before.inactive_flag.is_set() {
        operations.push(Operation::replace("inactiveFlag", false));
    }
    Ok(operations)
}

fn split_name(name: &str, first: Option<&str>, last: Option<&str>) -> Result<(String, String)> {
    let parts = text::split_name(name, first, last);
    let (first, last) =
        parts.ok_or_else(|| ConnectorError::rejected("name", "ConnectWise takes a first and a last name"))?;
    if first.chars().count() > LONGEST_NAME || last.chars().count() > LONGEST_NAME {
        let message = format!("ConnectWise takes {LONGEST_NAME} characters at most of the first and of the last name");
        return Err(ConnectorError::rejected("name", message));
    }
    Ok((first, last))
}

fn phone(number: &str) -> Result<String> {
    let number = number.trim();
    if number.chars().count() > LONGEST_PHONE {
        return Err(ConnectorError::rejected("phone", format!("ConnectWise takes {LONGEST_PHONE} characters at most")));
    }
    Ok(number.to_owned())
}

/// What the member will sign in with: the address's first part. One that is taken is refused in the server's own words.
fn identifier(email: &str) -> String {
    let mailbox = email.split('@').next().unwrap_or_default();
    mailbox
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
        .take(LONGEST_IDENTIFIER)
        .collect()
}

#[cfg(test)]
mod tests;
