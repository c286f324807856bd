//! What disconnecting would do: counted, and said in sentences.

use std::collections::{BTreeMap, BTreeSet};

use connector::Descriptor;
use connector::webhook::Provisioning;
use domain::portal::Access;
use domain::record::RecordType;
use serde::Serialize;
use store::TenantStore;
use store::work::What;
use sync::takedown::without_contacts;
use sync::view;
use utoipa::ToSchema;

use crate::problem::Answer;
use crate::state::{AppState, Which};
use crate::v1::counts::of;
use crate::v1::integration::Read;

/// Users read at once.
const USERS: u32 = 1_000;
/// Users looked through at most.
const MOST_USERS: usize = 200_000;

/// What disconnecting would do, for either choice.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DisconnectPreview {
    /// What has to be typed to confirm.
    name: &'static str,
    keep: Consequences,
    remove: Consequences,
}

/// What one choice would do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Consequences {
    counts: DisconnectCounts,
    /// The same in sentences, in the order in which they matter.
    lines: Vec<String>,
}

/// What is concerned.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub(crate) struct DisconnectCounts {
    /// Mirrored records by type: they stay, or are deleted.
    #[schema(value_type = BTreeMap<String, u64>)]
    records: BTreeMap<RecordType, u64>,
    /// Links: they stay, or are taken away.
    links: u64,
    /// Portal companies that have such links. They stay in any case.
    companies: u64,
    /// Users who have access because of a contact there.
    users: u64,
    /// Those of them who lose it.
    users_suspended: u64,
    /// Edits that are not sent yet: they wait, or are given up.
    changes: u64,
    /// Webhooks that are removed at the vendor.
    webhooks: u64,
}

impl AppState {
    pub(super) async fn consequences(
        &self,
        store: &TenantStore,
        which: &Which,
        read: &Read,
    ) -> Answer<DisconnectPreview> {
        let descriptor = which.descriptor;
        let links = store.all_links(&which.connection).await?;
        let (users, users_suspended) = self.users_behind(store, which).await?;
        let changes = store.waiting(&which.connection).await?;
        let present = |record_type| (record_type, view::present(descriptor, &read.body, record_type));
        let keep = DisconnectCounts {
            records: RecordType::ALL.map(present).into_iter().filter(|(_, count)| *count > 0).collect(),
            links: links.len() as u64,
            companies: links.values().collect::<BTreeSet<_>>().len() as u64,
            users,
            users_suspended: 0,
            changes: changes.iter().filter(|waiting| matches!(waiting.what, What::Operation(_))).count() as u64,
            webhooks: read.body.subscriptions.known.len() as u64,
        };
        let remove = DisconnectCounts { users_suspended, ..keep.clone() };
        let first = leaving(descriptor, read, &keep);
        let keep_lines = first.iter().cloned().chain(keeping(descriptor, &keep)).collect();
        let remove_lines = first.into_iter().chain(removing(descriptor, &remove)).collect();
        Ok(DisconnectPreview {
            name: descriptor.name,
            keep: Consequences { counts: keep, lines: keep_lines },
            remove: Consequences { counts: remove, lines: remove_lines },
        })
    }

    /// Users with access whom a contact of this connection stands behind, and those whom no other does.
    async fn users_behind(&self, store: &TenantStore, which: &Which) -> Answer<(u64, u64)> {
        let (mut behind, mut losing, mut looked) = (0, 0, 0);
        let mut after = None;
        loop {
            let page = store.users(USERS, after.as_deref()).await?;
            looked += page.items.len();
            for user in page.items.iter().filter(|user| user.access == Access::Active) {
                if let Some(without) = without_contacts(user, &which.connection, which.descriptor.name) {
                    behind += 1;
                    losing += u64::from(without.access != user.access);
                }
            }
            after = page.next;
            if after.is_none() || looked >= MOST_USERS {
                return Ok((behind, losing));
            }
        }
    }
}

/// What happens in any case.
fn leaving(descriptor: &Descriptor, read: &Read, counts: &DisconnectCounts) -> Vec<String> {
    let short = descriptor.short_name;
    let mut lines = Vec::new();
    if read.settings().credentials.is_some() || read.settings().pending.is_some() {
        lines.push(format!("Stops syncing and deletes the {short} credentials."));
    }
    if counts.webhooks > 0 {
        lines.push(format!("Removes {} in {short}.", of(counts.webhooks, "webhooks")));
    }
    let by_hand = descriptor.webhook.is_some_and(|webhook| matches!(webhook.provisioning, Provisioning::Manual(_)));
    let pushes = read.connection.webhook.as_ref().is_some_and(|webhook| webhook.last_received_at.is_some());
    if by_hand && pushes {
        lines.push(format!("Ends the webhook's address. Delete the webhook in {short}: only its screens can."));
    }
    lines
}

fn keeping(descriptor: &Descriptor, counts: &DisconnectCounts) -> Vec<String> {
    let short = descriptor.short_name;
    let mut lines = Vec::new();
    if let Some(records) = mirrored(descriptor, counts) {
        lines.push(format!("Keeps {records}, to be read only."));
    }
    if counts.links > 0 {
        let (links, companies) = (of(counts.links, "links"), of(counts.companies, "companies"));
        lines.push(format!("Keeps {links} to {companies}, to be read only."));
    }
    if counts.users > 0 {
        lines.push(format!("Leaves {} their access, which no longer follows {short}.", of(counts.users, "users")));
    }
    if counts.changes > 0 {
        lines.push(format!("Holds back {} not sent to {short} yet.", of(counts.changes, "changes")));
    }
    lines.push("Connecting the same account again goes on where it stopped.".to_owned());
    lines
}

fn removing(descriptor: &Descriptor, counts: &DisconnectCounts) -> Vec<String> {
    let short = descriptor.short_name;
    let mut lines = Vec::new();
    if let Some(records) = mirrored(descriptor, counts) {
        lines.push(format!("Deletes {records} here, with the sync log. Nothing is deleted in {short}."));
    }
    if counts.links > 0 {
        let (links, companies) = (of(counts.links, "links"), of(counts.companies, "companies"));
        lines.push(format!("Takes away {links} to {companies}. Companies stay."));
    }
    if counts.users_suspended > 0 {
        lines.push(format!("Suspends {}.", of(counts.users_suspended, "users")));
    }
    if counts.changes > 0 {
        lines.push(format!("Gives up {} not sent to {short} yet.", of(counts.changes, "changes")));
    }
    lines.push("Companies and users made by hand are not touched.".to_owned());
    lines
}

/// "412 clients, 3,100 users and 1 ticket".
fn mirrored(descriptor: &Descriptor, counts: &DisconnectCounts) -> Option<String> {
    let mut parts: Vec<String> = counts
        .records
        .iter()
        .map(|(record_type, count)| {
            let declared = descriptor.record_type(*record_type);
            of(*count, &declared.map_or_else(|| record_type.to_string(), |declared| declared.label.to_lowercase()))
        })
        .collect();
    let last = parts.pop()?;
    Some(if parts.is_empty() { last } else { format!("{} and {last}", parts.join(", ")) })
}
