//! The connectors that the grid has columns for: those of the catalogue, and those to come, of which only the declaration
//! matters here.

use connector::{
    Connector, ConnectorError, Descriptor, Direction, ErrorKind, Feed, RecordTypeDescriptor, Result, Session,
    SessionContext,
};
use domain::record::RecordType;
use std::sync::OnceLock;

/// Eight connectors with companies.
pub(crate) fn all() -> &'static [&'static dyn Connector] {
    static ALL: OnceLock<Vec<&'static dyn Connector>> = OnceLock::new();
    ALL.get_or_init(|| catalog::CONNECTORS.iter().copied().chain(TO_COME.iter().map(|one| one as _)).collect())
}

struct ToCome(&'static Descriptor);

static TO_COME: [ToCome; 4] = [ToCome(&DATTO_RMM), ToCome(&ASIO), ToCome(&MICROSOFT_365), ToCome(&STRIPE)];

static DATTO_RMM: Descriptor = declared("datto-rmm", "Datto RMM");
static ASIO: Descriptor = declared("connectwise-asio", "ConnectWise Asio");
static MICROSOFT_365: Descriptor = declared("microsoft-365", "Microsoft 365");
static STRIPE: Descriptor = declared("stripe", "Stripe");

static FEEDS: [Feed; 1] = [Feed {
    id: "companies",
    produces: RecordType::Companies,
    changes: connector::Changes::Unfiltered,
    completes: false,
    permission: "read companies",
    ..Feed::USUAL
}];

static COMPANIES: [RecordTypeDescriptor; 1] = [RecordTypeDescriptor {
    record_type: RecordType::Companies,
    label: "Companies",
    direction: Direction::Pull,
    default_on: true,
    limitation: None,
    feeds: &FEEDS,
    fields: &[],
}];

const fn declared(id: &'static str, name: &'static str) -> Descriptor {
    Descriptor { record_types: &COMPANIES, ..Descriptor::bare(id, name) }
}

impl Connector for ToCome {
    fn descriptor(&self) -> &'static Descriptor {
        self.0
    }

    fn open(&self, _: SessionContext) -> Result<Box<dyn Session>> {
        Err(ConnectorError::new("open a session", ErrorKind::Unsupported))
    }
}
