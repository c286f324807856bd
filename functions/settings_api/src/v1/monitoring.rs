//! How devices are, where a vendor tells it apart from them ([`RecordType::MonitoringStates`]): laid over the devices as
//! they are read, so that whoever shows or filters them need not know where it comes from.
//!
//! A state bears the id of its device. What it does not know, the device keeps.

use std::collections::HashMap;

use domain::record::{Device, MonitoringState, RecordData, RecordType};
use store::TenantStore;
use store::records::MirrorRecord;

use crate::problem::Answer;
use crate::state::Which;

/// Lays states over the devices among these records of a connection: one batch read for each hundred, and none where the
/// vendor has no states.
pub(super) async fn lay_over(store: &TenantStore, which: &Which, records: &mut [MirrorRecord]) -> Answer<()> {
    if which.descriptor.record_type(RecordType::MonitoringStates).is_none() {
        return Ok(());
    }
    let devices = records.iter().filter(|record| matches!(record.live(), Some(RecordData::Device(_))));
    let ids: Vec<_> = devices.map(|record| record.external_id.clone()).collect();
    let states = store.records(&which.connection, RecordType::MonitoringStates, &ids).await?;
    let states: HashMap<_, _> = states.into_iter().map(|state| (state.external_id.clone(), state)).collect();
    for record in records {
        let Some(RecordData::MonitoringState(state)) = states.get(&record.external_id).and_then(MirrorRecord::live)
        else {
            continue;
        };
        if let Some(RecordData::Device(device)) = &mut record.body.data {
            lay(state, device);
        }
    }
    Ok(())
}

fn lay(state: &MonitoringState, device: &mut Device) {
    device.online = state.online.or(device.online);
    device.booted_at = state.booted_at.or(device.booted_at);
    device.last_seen_at = state.last_seen_at.or(device.last_seen_at);
    if state.last_user.is_some() {
        device.last_user.clone_from(&state.last_user);
    }
}
