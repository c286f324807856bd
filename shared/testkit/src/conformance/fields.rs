//! The field-mapping table against what is really mirrored.

use std::collections::{BTreeMap, BTreeSet};

use domain::record::RecordType;
use serde_json::Value;

use super::Vendor;
use super::subject::{PAGES, Subject};

/// Parts of a record that no vendor field stands for.
const OWN: &[&str] = &["type", "notes"];

/// By declaring record type: keys found in mirrored content.
async fn mirrored(vendor: &dyn Vendor) -> BTreeMap<RecordType, BTreeSet<String>> {
    let subject = Subject::imported(vendor, PAGES).await;
    subject.simulated.end_one();
    subject.run().await;
    let mut keys: BTreeMap<RecordType, BTreeSet<String>> = BTreeMap::new();
    for (declared, feed) in vendor.connector().descriptor().feeds() {
        for record in subject.records(feed.produces).await.into_values() {
            let content = serde_json::to_value(record.body.data).unwrap();
            let Value::Object(content) = content else { continue };
            let filled = content.into_iter().filter(|(_, value)| !value.is_null()).map(|(key, _)| key);
            keys.entry(declared.record_type).or_default().extend(filled.filter(|key| !OWN.contains(&key.as_str())));
        }
    }
    keys
}

fn declared(vendor: &dyn Vendor, record_type: RecordType) -> BTreeSet<String> {
    let fields = vendor.connector().descriptor().record_type(record_type).unwrap().fields;
    fields.iter().map(|field| field.portal.to_owned()).filter(|key| !OWN.contains(&key.as_str())).collect()
}

/// What the mapper fills stands in the table that people read.
pub async fn every_mapped_field_is_declared(vendor: &dyn Vendor) {
    for (record_type, keys) in mirrored(vendor).await {
        let missing: Vec<_> = keys.difference(&declared(vendor, record_type)).cloned().collect();
        assert!(missing.is_empty(), "{record_type}: {missing:?} are mapped and not declared");
    }
}

/// What the table promises comes for at least one seeded record.
pub async fn every_declared_field_is_filled(vendor: &dyn Vendor) {
    let mirrored = mirrored(vendor).await;
    let mut never = Vec::new();
    for declared_type in vendor.connector().descriptor().record_types {
        let record_type = declared_type.record_type;
        let keys = mirrored.get(&record_type).cloned().unwrap_or_default();
        never.extend(declared(vendor, record_type).difference(&keys).map(|key| format!("{record_type}.{key}")));
    }
    assert_eq!(never, Vec::<String>::new(), "declared and never filled");
}
