//! The pool, one per process, and the client that a connection's session carries.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use http::Method;
use jiff::Timestamp;
use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::time::Instant;
use url::Url;

use super::block::LimitedHosts;
use super::budget::{Budget, BudgetLimits, BudgetState, Usage};
use super::classify::Hooks;
use super::guard::{Lookup, SystemLookup};
use super::kept::TokenKeeper;
use super::request::{CallKind, RequestBuilder};
use super::settings::HttpSettings;
use super::token::TokenCache;
use super::transport::{Network, Transport};

/// The HTTP side of a process: connections and tokens, shared by all its sessions. Cheap to clone.
#[derive(Clone)]
pub struct HttpPool(Arc<Pool>);

pub(super) struct Pool {
    pub(super) settings: HttpSettings,
    pub(super) transport: Arc<dyn Transport>,
    pub(super) tokens: TokenCache,
    pub(super) rng: Mutex<StdRng>,
    addresses: Mutex<HashMap<String, Budget>>,
    pub(super) limited: LimitedHosts,
}

/// The HTTP client cannot be built: the platform's certificates cannot be read, mostly.
#[derive(Debug, thiserror::Error)]
#[error("build the vendor HTTP client")]
pub struct PoolError(#[source] reqwest::Error);

/// Whose tokens: tenant, connection and secret version, opaque to the kit. Another version is another owner.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TokenOwner(pub String);

impl HttpPool {
    /// The real thing.
    ///
    /// # Errors
    /// The HTTP client cannot be built.
    pub fn new(settings: HttpSettings) -> Result<Self, PoolError> {
        Self::with_lookup(settings, Arc::new(SystemLookup))
    }

    /// With other answers to name look-ups; the guard looks at them as at any.
    ///
    /// # Errors
    /// The HTTP client cannot be built.
    pub fn with_lookup(settings: HttpSettings, lookup: Arc<dyn Lookup>) -> Result<Self, PoolError> {
        let network = Network::new(&settings, lookup).map_err(PoolError)?;
        Ok(Self::with_transport(settings, Arc::new(network)))
    }

    /// With something else than a network below: simulation and tests.
    pub fn with_transport(settings: HttpSettings, transport: Arc<dyn Transport>) -> Self {
        let rng = settings.seed.map_or_else(StdRng::from_os_rng, StdRng::seed_from_u64);
        let (tokens, addresses, limited) = Default::default();
        Self(Arc::new(Pool { settings, transport, tokens, rng: Mutex::new(rng), addresses, limited }))
    }

    /// What all calls of a connector from this process share, for vendors that count by address. Made at the first asking.
    pub fn address_budget(&self, connector: &str, limits: BudgetLimits) -> Budget {
        let mut addresses = self.0.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        let made = || Budget::new(limits, BudgetState::default());
        addresses.entry(connector.to_owned()).or_insert_with(made).clone()
    }

    /// A client for one session of one connection.
    pub fn for_connection(&self, owner: TokenOwner, budget: Budget) -> VendorHttp {
        let shared = Shared {
            pool: Arc::clone(&self.0),
            owner,
            budget,
            calls: [const { AtomicU64::new(0) }; 3],
            vendor_time: OnceLock::new(),
            deadline: Mutex::new(None),
            keeper: OnceLock::new(),
        };
        VendorHttp { shared: Arc::new(shared), hooks: Hooks::default() }
    }
}

impl fmt::Debug for HttpPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpPool").field("settings", &self.0.settings).finish_non_exhaustive()
    }
}

/// The bounded HTTP client that a session calls its vendor with. Clones share budget, deadline and counts.
#[derive(Clone)]
pub struct VendorHttp {
    pub(super) shared: Arc<Shared>,
    hooks: Hooks,
}

pub(super) struct Shared {
    pub(super) pool: Arc<Pool>,
    pub(super) owner: TokenOwner,
    pub(super) budget: Budget,
    calls: [AtomicU64; 3],
    vendor_time: OnceLock<Option<VendorTime>>,
    deadline: Mutex<Option<Instant>>,
    pub(super) keeper: OnceLock<Arc<dyn TokenKeeper>>,
}

/// Calls sent, retries included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// For records.
    pub data: u64,
    /// For tokens.
    pub authentication: u64,
    /// For the state of the allowance.
    pub quota: u64,
}

/// The vendor's clock beside ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VendorTime {
    /// What the vendor's clock said.
    pub at: Timestamp,
    /// What ours said when that arrived.
    pub local: Timestamp,
}

impl VendorHttp {
    /// A GET. `op` is the operation in words, for errors: "list clients".
    pub fn get(&self, op: &'static str, url: Url) -> RequestBuilder {
        self.request(op, Method::GET, url)
    }

    /// A POST; not repeated unless the request says that this is safe.
    pub fn post(&self, op: &'static str, url: Url) -> RequestBuilder {
        self.request(op, Method::POST, url)
    }

    /// Any other method.
    pub fn request(&self, op: &'static str, method: Method, url: Url) -> RequestBuilder {
        RequestBuilder::new(self.clone(), op, method, url, self.hooks)
    }

    /// The same client with a vendor's hooks on every request.
    #[must_use]
    pub fn with_hooks(&self, hooks: Hooks) -> Self {
        Self { shared: Arc::clone(&self.shared), hooks }
    }

    /// Calls sent so far.
    pub fn calls(&self) -> Calls {
        let [data, authentication, quota] = &self.shared.calls;
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Calls { data: load(data), authentication: load(authentication), quota: load(quota) }
    }

    /// The clocks at the first successful answer with data; `None` before it, or where it named no time.
    pub fn vendor_time(&self) -> Option<VendorTime> {
        self.shared.vendor_time.get().copied().flatten()
    }

    /// From now on no call starts, waits or goes on beyond this moment.
    pub fn set_deadline(&self, at: Instant) {
        *self.shared.deadline_slot() = Some(at);
    }

    /// From now on tokens outlive this process. The first keeper stays.
    pub fn set_token_keeper(&self, keeper: Arc<dyn TokenKeeper>) {
        self.shared.keeper.get_or_init(|| keeper);
    }

    /// Passes on the vendor's own count of what everybody has used of its allowance.
    pub fn report_usage(&self, usage: Usage) {
        self.shared.budget.report(self.shared.now(), usage);
    }

    /// The account's budget.
    pub fn budget(&self) -> &Budget {
        &self.shared.budget
    }
}

impl Shared {
    fn deadline_slot(&self) -> MutexGuard<'_, Option<Instant>> {
        self.deadline.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        *self.deadline_slot()
    }

    pub(super) fn now(&self) -> Timestamp {
        (self.pool.settings.clock)()
    }

    pub(super) fn count(&self, kind: CallKind) {
        let slot = match kind {
            CallKind::Data => 0,
            CallKind::Authentication => 1,
            CallKind::Quota => 2,
        };
        self.calls[slot].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn note_vendor_time(&self, at: Option<Timestamp>) {
        self.vendor_time.get_or_init(|| at.map(|at| VendorTime { at, local: self.now() }));
    }
}

impl fmt::Debug for VendorHttp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VendorHttp")
            .field("owner", &self.shared.owner)
            .field("calls", &self.calls())
            .finish_non_exhaustive()
    }
}
