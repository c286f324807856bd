//! The list of all connectors: the one place of the product that names them.
//!
//! A tenth connector is a line here and one in this folder's `Cargo.toml`. What it needs elsewhere (its block of the
//! template, its simulator, its module of the conformance suite, a sample of its pushes), `tests/integration/layout` asks
//! for.

use connector::{Connector, Descriptor};

macro_rules! catalog {
    ($($connector:ident),+ $(,)?) => {
        /// Every connector, in the order in which the catalogue shows them.
        pub static CONNECTORS: &[&'static dyn Connector] = &[$(&$connector::CONNECTOR),+];

        /// What every connector declares, in the same order. Who needs no more than this does not carry the connectors' code.
        pub static DESCRIPTORS: &[&'static Descriptor] = &[$(&$connector::DESCRIPTOR),+];
    };
}

catalog![
    halo_psa,
    connectwise_manage,
    autotask,
    syncro,
    microsoft_365,
    datto_rmm,
    connectwise_asio,
    stripe,
    bigger_brains,
];

/// The connector of this id, such as `halo-psa`.
pub fn by_id(id: &str) -> Option<&'static dyn Connector> {
    CONNECTORS.iter().copied().find(|connector| connector.descriptor().id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_connector_is_found_by_its_id_and_by_no_other() {
        for (connector, descriptor) in CONNECTORS.iter().zip(DESCRIPTORS) {
            assert!(std::ptr::eq(connector.descriptor(), *descriptor), "{}", descriptor.id);
            assert_eq!(by_id(descriptor.id).map(|found| found.descriptor().id), Some(descriptor.id));
        }
        assert!(by_id("").is_none() && by_id("halo").is_none());
    }

    #[test]
    fn what_may_be_chosen_comes_from_a_picklist_that_is_declared() {
        for descriptor in DESCRIPTORS {
            for field in descriptor.options.iter().chain(descriptor.ticket_defaults) {
                let declared = field.list().is_none_or(|list| descriptor.lists().any(|known| known == list));
                assert!(declared, "{}: {} comes from a picklist that nobody declared", descriptor.id, field.key);
            }
        }
    }
}
