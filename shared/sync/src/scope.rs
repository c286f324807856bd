//! The scope of a feed: everything that decides which rows count and what they look like. Another scope, another full pass.

use connector::{Descriptor, RecordTypeDescriptor};
use domain::hash::ContentHash;
use domain::options::Options;
use domain::record::RecordType;
use store::connection::Settings;

/// Record types that are on: chosen (or on by default) and permitted.
pub fn enabled_types(descriptor: &Descriptor, settings: &Settings) -> Vec<RecordType> {
    descriptor
        .record_types
        .iter()
        .filter(|declared| chosen(declared, &settings.options))
        .filter(|declared| !settings.not_permitted.contains(&declared.record_type))
        .map(|declared| declared.record_type)
        .collect()
}

fn chosen(declared: &RecordTypeDescriptor, options: &Options) -> bool {
    options.record_types.as_ref().map_or(declared.default_on, |types| types.contains(&declared.record_type))
}

/// Record types for which initial import off means a baseline: what linking needs is read in any case.
pub const fn takes_baseline(record_type: RecordType) -> bool {
    matches!(record_type, RecordType::Contacts | RecordType::Tickets)
}

/// The scope of a record type's feeds, as text that changes whenever the scope does.
pub fn scope(descriptor: &Descriptor, settings: &Settings, record_type: RecordType) -> String {
    let filters: Vec<_> = descriptor
        .options
        .iter()
        .filter(|field| field.record_types.contains(&record_type))
        .map(|field| (field.key, settings.options.filter(field.key)))
        .collect();
    let baseline = takes_baseline(record_type) && !settings.options.initial_import;
    let account = settings.account.as_ref().map(|account| account.id.as_str());
    let scope = serde_json::json!([record_type, filters, baseline, account]);
    let hash = ContentHash::of(scope.to_string().as_bytes(), descriptor.map_version);
    format!("{hash:?}")
}
