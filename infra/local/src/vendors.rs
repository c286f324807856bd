//! The simulated vendors and the origin map that leads to them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use domain::id::ConnectorId;
use platform::clock::SystemClock;
use secrecy::SecretString;
use simulators::{Fault, Server, Setup};
use sync::ports::Clock as _;

use crate::loopback;

/// Which vendors are simulated, and how.
#[derive(Clone, Debug)]
pub struct Simulated {
    /// Connectors' ids; empty: all there are.
    pub names: Vec<String>,
    /// Contacts at each vendor.
    pub scale: usize,
    /// The same seed gives the same data.
    pub seed: u64,
    /// Vendors' rate limits hold.
    pub real_limits: bool,
    /// A JSON file: connector's id to its list of faults.
    pub faults: Option<PathBuf>,
}

impl Default for Simulated {
    fn default() -> Self {
        Self { names: Vec::new(), scale: 200, seed: 1, real_limits: false, faults: None }
    }
}

/// The running simulators.
#[derive(Default)]
pub struct Vendors(BTreeMap<ConnectorId, Server>);

impl Vendors {
    /// Starts them, on ports from `port` on, or on free ones if that is 0.
    ///
    /// # Errors
    /// A name is unknown, a port is taken, or the faults cannot be read.
    pub async fn start(simulated: &Simulated, port: u16) -> anyhow::Result<Self> {
        let mut faults = read_faults(simulated)?;
        let clock: simulators::Clock = Arc::new(|| SystemClock.now());
        let setup = Setup { scale: simulated.scale, seed: simulated.seed, clock };
        let mut vendors = BTreeMap::new();
        for (index, name) in (0_u16..).zip(names(simulated)?) {
            let simulator = simulators::by_id(&name).with_context(|| format!("no simulator is named {name}"))?;
            let app = simulator.build(&setup);
            if !simulated.real_limits {
                app.set_limit(None);
            }
            if let Some(faults) = faults.remove(&name) {
                app.set_faults(faults);
            }
            let listener = loopback::bind(if port == 0 { 0 } else { port + index }).await?;
            let server = app.serve(listener).with_context(|| format!("serve the simulator of {name}"))?;
            vendors.insert(ConnectorId::new(name), server);
        }
        if let Some(name) = faults.keys().next() {
            bail!("the faults name {name}, which is not simulated");
        }
        Ok(Self(vendors))
    }

    /// One vendor.
    pub fn get(&self, connector: &ConnectorId) -> Option<&Server> {
        self.0.get(connector)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&ConnectorId, &Server)> {
        self.0.iter()
    }

    /// Values of the deployment that the simulators know, by name.
    pub fn deployment(&self) -> impl Iterator<Item = (String, SecretString)> + '_ {
        let values = self.0.values().flat_map(|server| server.deployment());
        values.map(|(name, value)| (name, SecretString::from(value)))
    }

    /// The origin map: `https://vendor=http://127.0.0.1:4290,...`.
    pub fn origins(&self) -> String {
        let pairs = self.0.values().flat_map(|server| server.origin_map());
        pairs.map(|(vendor, local)| format!("{vendor}={local}")).collect::<Vec<_>>().join(",")
    }
}

fn names(simulated: &Simulated) -> anyhow::Result<Vec<String>> {
    let all: Vec<String> = simulators::all().iter().map(|simulator| simulator.id.to_owned()).collect();
    if simulated.names.is_empty() {
        return Ok(all);
    }
    if let Some(unknown) = simulated.names.iter().find(|name| !all.contains(name)) {
        bail!("no simulator is named {unknown}; there are {}", all.join(", "));
    }
    Ok(simulated.names.clone())
}

fn read_faults(simulated: &Simulated) -> anyhow::Result<BTreeMap<String, Vec<Fault>>> {
    let Some(file) = &simulated.faults else { return Ok(BTreeMap::new()) };
    let text = std::fs::read(file).with_context(|| format!("read the faults in {}", file.display()))?;
    serde_json::from_slice(&text)
        .with_context(|| format!("{} is no JSON object of connector ids and lists of faults", file.display()))
}
