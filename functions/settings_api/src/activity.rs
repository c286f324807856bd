//! Entries of activity. The handler that changes something makes one and hands it to the store with the change.

use domain::activity::{Action, Actor, Entry, Object, ObjectKind, REPLACED, fields};
use domain::id::{ExternalId, QuickMatchId};
use domain::portal::{PortalCompany, User};
use store::connection::{CredentialSet, Settings};

use crate::access::Caller;
use crate::state::{AppState, Which};

impl Caller {
    /// What the caller does, without details.
    pub(crate) fn did(&self, state: &AppState, action: Action, object: Object) -> Entry {
        let id = format!("ac_{}", uuid::Uuid::new_v4().simple());
        let actor = Actor { id: self.user.clone(), name: self.name.clone() };
        Entry::new(id, state.now(), actor, action, object)
    }
}

pub(crate) fn company(company: &PortalCompany) -> Object {
    Object::new(ObjectKind::Company, company.id.as_str(), &company.name)
}

pub(crate) fn user(user: &User) -> Object {
    Object::new(ObjectKind::User, user.id.as_str(), &user.name)
}

pub(crate) fn integration(which: &Which) -> Object {
    Object::new(ObjectKind::Integration, which.connection.as_str(), which.descriptor.name)
}

pub(crate) fn vendor_company(which: &Which, id: &ExternalId) -> Object {
    Object::new(ObjectKind::VendorCompany, format!("{}.{id}", which.connection), id.as_str())
}

pub(crate) fn quick_match(id: &QuickMatchId) -> Object {
    Object::new(ObjectKind::QuickMatch, id.as_str(), "Quick match")
}

/// With what differs between settings: options, open credential fields, whether it is on; secrets as replaced.
pub(crate) fn with_settings(entry: Entry, before: &Settings, after: &Settings) -> Entry {
    let mut entry = entry.changed(&shown(before), &shown(after));
    if let Some(set) = entered_last(after)
        && entered_last(before).is_none_or(|former| former.version != set.version)
    {
        entry.after.extend(set.secrets.keys().map(|key| (key.clone(), REPLACED.into())));
    }
    entry
}

fn shown(settings: &Settings) -> domain::activity::Fields {
    let mut shown = serde_json::to_value(&settings.options).map(fields).unwrap_or_default();
    shown.insert("active".to_owned(), settings.active().into());
    let data = settings.disconnect.as_ref().and_then(|disconnect| serde_json::to_value(disconnect.data).ok());
    shown.extend(data.map(|data| ("data".to_owned(), data)));
    let open = entered_last(settings).map(|set| set.open.clone()).unwrap_or_default();
    shown.extend(open.into_iter().map(|(key, value)| (key, value.into())));
    shown
}

fn entered_last(settings: &Settings) -> Option<&CredentialSet> {
    settings.pending.as_ref().or(settings.credentials.as_ref())
}
