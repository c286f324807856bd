//! The vendors' APIs as their cards describe them, odd parts included, with stateful data from a seed.
//!
//! A simulator is never bent to fit its connector. Where no source settles a fact, the code says `SIM CHOICE`, and where
//! two behaviours are known to exist both are reachable by a quirk. Each simulator is an [`App`]: an axum router over
//! state in memory, with knobs that tests turn in process ([`App`]'s methods) or over HTTP (`/__sim/...`, see
//! [`control`]). [`App::serve`] puts it on a listener; the product reaches it through its origin map under the vendor's
//! real host names.

mod app;
mod autotask;
mod bigger_brains;
mod calls;
mod clock;
mod connectwise_asio;
mod connectwise_manage;
pub mod control;
mod datto_rmm;
pub mod deliver;
mod exchange;
mod fault;
mod halo_psa;
mod kept;
mod knobs;
mod lanes;
mod microsoft_365;
mod records;
mod seed;
mod server;
mod stripe;
mod syncro;
#[cfg(test)]
mod tests;
mod vendor;

pub use app::App;
pub use calls::{CallReport, CallSummary, SeenCall};
pub use clock::Clock;
pub use fault::{Fault, FaultKind};
pub use knobs::{DenyAs, Limit};
pub use records::ChangeMode;
pub use server::Server;
pub use vendor::{Outgoing, Refusal, RouteKind};

use std::sync::Arc;

/// What a simulator is started with.
#[derive(Clone)]
pub struct Setup {
    /// Contacts at the vendor; a twentieth of that are companies and a tenth tickets.
    pub scale: usize,
    /// The same seed gives the same data on every platform.
    pub seed: u64,
    /// The time, which simulators never read themselves.
    pub clock: Clock,
}

/// One simulated vendor.
pub struct Simulator {
    /// The connector's id: `halo-psa`.
    pub id: &'static str,
    /// The vendor's name.
    pub name: &'static str,
    /// Origins it stands for; `*` is one label of a customer's choice.
    pub origins: &'static [&'static str],
    /// Origins of the seeded tenant, to be mapped to the listener.
    pub seeded_origins: &'static [&'static str],
    build: fn(&Setup) -> Arc<dyn vendor::Vendor>,
}

impl Simulator {
    /// Seeds the vendor's data.
    pub fn build(&'static self, setup: &Setup) -> App {
        App::new(self, (self.build)(setup), setup.clock.clone())
    }
}

/// Every simulator that exists.
pub fn all() -> &'static [Simulator] {
    &[
        halo_psa::SIMULATOR,
        connectwise_manage::SIMULATOR,
        autotask::SIMULATOR,
        syncro::SIMULATOR,
        datto_rmm::SIMULATOR,
        connectwise_asio::SIMULATOR,
        microsoft_365::SIMULATOR,
        stripe::SIMULATOR,
        bigger_brains::SIMULATOR,
    ]
}

/// The simulator of a connector.
pub fn by_id(id: &str) -> Option<&'static Simulator> {
    all().iter().find(|simulator| simulator.id == id)
}
