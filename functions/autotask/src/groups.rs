//! Contact groups, which stand in for the contact types that Autotask does not have.

use std::collections::HashMap;

use connector::Result;
use serde_json::json;
use tokio::sync::OnceCell;

use crate::client::Client;
use crate::descriptor::CONTACT_GROUPS;
use crate::listing::{GROUPS, MEMBERSHIPS, all};
use crate::wire;

/// The groups in use, read when first needed in a session.
#[derive(Debug, Default)]
pub(crate) struct Groups(OnceCell<HashMap<i64, String>>);

impl Groups {
    /// Id and name of each group in use.
    pub(crate) async fn names(&self, client: &Client) -> Result<&HashMap<i64, String>> {
        let read = || async {
            let groups = all::<wire::ContactGroup>(client, &GROUPS, &Vec::new(), |group| group.id).await;
            let groups = groups.map_err(|error| error.needing(CONTACT_GROUPS))?;
            let in_use = groups.into_iter().filter(|group| group.isactive.0 != Some(false));
            Ok(in_use.filter_map(|group| Some((group.id.0?, group.name.owned()?))).collect())
        };
        self.0.get_or_try_init(read).await
    }

    /// The names of the groups that each of these contacts is in, sorted. One query serves a whole page of contacts:
    /// as many as may be joined by OR.
    pub(crate) async fn of(&self, client: &Client, contacts: &[i64]) -> Result<HashMap<i64, Vec<String>>> {
        let names = self.names(client).await?;
        if contacts.is_empty() || names.is_empty() {
            return Ok(HashMap::new());
        }
        let among = vec![json!({"op": "in", "field": "contactID", "value": contacts})];
        let members = all::<wire::Membership>(client, &MEMBERSHIPS, &among, |member| member.id).await;
        let members = members.map_err(|error| error.needing(CONTACT_GROUPS))?;
        let mut groups: HashMap<i64, Vec<String>> = HashMap::new();
        for member in members {
            let Some((contact, name)) = member.contactid.0.zip(member.contactgroupid.0.and_then(|id| names.get(&id)))
            else {
                continue;
            };
            groups.entry(contact).or_default().push(name.clone());
        }
        for names in groups.values_mut() {
            names.sort();
            names.dedup();
        }
        Ok(groups)
    }
}
