//! A connection's conversation with its Asio: pages and single records.
//!
//! Devices and their state are asked for company by company, many at once. Which companies have any is told by the list
//! of all devices; it is read once in a session, and needs no right to read companies.

use std::sync::Arc;

use connector::http::{Response, next_target};
use connector::rows::Rows;
use connector::{
    Account, BoxFuture, ChoiceQuery, ConnectorError, ErrorKind, Mapped, Page, PullRequest, Result, Session,
    SessionContext,
};
use domain::id::ExternalId;
use domain::record::{Choice, Record, RecordData, RecordType};
use tokio::sync::Mutex;
use url::Url;

use crate::client::{Client, Resources, or_nothing};
use crate::listing::{self, Inventory};
use crate::map::{self, Context};
use crate::place::Place;
use crate::wire;

/// What there is to know of a company, and of its sites.
const COMPANIES: &[&str] = &["api", "platform", "v1", "company", "companies"];
const SITES: &[&str] = &["api", "platform", "v1", "company", "sites"];
/// All devices, and each in full.
const ENDPOINTS: &[&str] = &["api", "platform", "v1", "device", "endpoints"];
/// Devices of many companies, of every category.
const BULK: &[&str] = &["api", "platform", "v2", "device", "categories", "all", "endpoints"];
const HEARTBEAT: &[&str] = &["api", "platform", "v2", "device", "endpoints", "heartbeat"];
const SYSTEM_STATE: &[&str] = &["api", "platform", "v2", "device", "endpoints", "systemstate"];

/// Rows of a page: the most that the vendor gives.
const PAGE: &str = "500";
/// What a list of devices is asked to say of each.
const FIELDS: &str = "deviceName,friendlyName,resourceType,endpointType,ipAddress,macAddress,remoteAddress,\
                      agentInstalledUTC,os,system,bios,baseboard,networks,processors,physicalMemory,antiViruses";

/// One session of one connection.
pub(crate) struct AsioSession {
    client: Client,
    inventory: Mutex<Option<Arc<Inventory>>>,
}

impl AsioSession {
    pub(crate) fn new(context: &SessionContext) -> Result<Self> {
        Ok(Self { client: Client::new(&context.http, &context.credentials)?, inventory: Mutex::default() })
    }

    async fn pull_page(&self, request: PullRequest<'_>) -> Result<Page> {
        match request.feed.produces {
            RecordType::Companies => {
                let rows = self.companies().await?;
                let context = self.context();
                Ok(whole(rows.map(|row| map::company(row, context))))
            }
            RecordType::Sites => {
                const OP: &str = "list sites";
                let body = self.client.get(OP, SITES, &[]).await?.body;
                let rows: Rows<wire::Site> = listing::flat(OP, body, "sites")?;
                let context = self.context();
                Ok(whole(rows.map(|row| map::site(row, context))))
            }
            RecordType::Devices => self.pull_devices(request).await,
            RecordType::MonitoringStates => self.pull_states(request).await,
            _ => Err(ConnectorError::new("list records", ErrorKind::Unsupported)),
        }
    }

    async fn companies(&self) -> Result<Rows<wire::Company>> {
        const OP: &str = "list companies";
        listing::flat(OP, self.client.get(OP, COMPANIES, &[]).await?.body, "companies")
    }

    fn context(&self) -> Context {
        Context { now: self.client.vendor_time() }
    }

    async fn inventory(&self) -> Result<Arc<Inventory>> {
        const OP: &str = "list devices";
        let mut known = self.inventory.lock().await;
        if let Some(known) = known.as_ref() {
            return Ok(Arc::clone(known));
        }
        let read =
            or_nothing(self.client.get(OP, ENDPOINTS, &[]).await).map_err(|error| error.needing("Assets Read"))?;
        let inventory = read.map(|answer| Inventory::read(OP, &answer.body)).transpose()?.unwrap_or_default();
        Ok(Arc::clone(known.insert(Arc::new(inventory))))
    }

    async fn pull_devices(&self, request: PullRequest<'_>) -> Result<Page> {
        const OP: &str = "list devices of companies";
        let inventory = self.inventory().await?;
        let place = Place::of(OP, request.cursor)?;
        let companies = companies(&place, &inventory, request.probe);
        if companies.is_empty() {
            return Ok(Page::default());
        }
        let limit = if request.probe { "1" } else { PAGE };
        let query = [("limit", limit), ("cursor", &place.cursor.to_string()), ("field", FIELDS)];
        let body = Resources { kind: "company", ids: &companies };
        let (rows, next) = match or_nothing(self.client.ask(OP, BULK, &query, &body).await)? {
            Some(answer) => (listing::devices(OP, &answer.body)?.map(map::device), next_cursor(OP, &answer)?),
            None => (Vec::new(), None),
        };
        Ok(part(rows, &inventory, place.after(OP, &companies, next, &inventory)?, request.probe))
    }

    async fn pull_states(&self, request: PullRequest<'_>) -> Result<Page> {
        const OP: &str = "read heartbeats and system states";
        let inventory = self.inventory().await?;
        let place = Place::of(OP, request.cursor)?;
        let companies = companies(&place, &inventory, request.probe);
        if companies.is_empty() {
            return Ok(Page::default());
        }
        let rows = self.states("companies", &companies, &inventory).await?;
        Ok(part(rows, &inventory, place.after(OP, &companies, None, &inventory)?, request.probe))
    }

    /// How the devices of these companies are, or these devices.
    async fn states(&self, kind: &str, ids: &[String], inventory: &Inventory) -> Result<Vec<Mapped>> {
        let ids = ids.join(",");
        let query = [("resourceType", kind), ("resources", ids.as_str())];
        let heartbeats = or_nothing(self.client.get("read heartbeats", HEARTBEAT, &query).await)?;
        let systems = or_nothing(self.client.get("read system states", SYSTEM_STATE, &query).await)?;
        let body = |answer: &'_ Option<Response>| answer.as_ref().map(|answer| answer.body.clone());
        let rows = listing::states("read heartbeats", body(&heartbeats).as_ref(), body(&systems).as_ref(), inventory)?;
        Ok(rows.map(map::state))
    }

    async fn read(&self, record_type: RecordType, id: &ExternalId) -> Result<Option<Mapped>> {
        // Whatever else a hint may carry, Asio's ids are those of a path's segment.
        if id.as_str().is_empty() || !id.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Ok(None);
        }
        match record_type {
            RecordType::Companies => {
                const OP: &str = "read a company";
                let answer = or_nothing(self.client.get(OP, &[COMPANIES, &[id.as_str()]].concat(), &[]).await)?;
                let rows = answer.map(|answer| Rows::single(OP, answer.body, "id")).transpose()?;
                Ok(rows.and_then(|rows| rows.map(|row| map::company(row, self.context())).pop()))
            }
            RecordType::Sites => {
                const OP: &str = "read a site";
                let answer = or_nothing(self.client.get(OP, &[SITES, &[id.as_str()]].concat(), &[]).await)?;
                let rows = answer.map(|answer| Rows::single(OP, answer.body, "id")).transpose()?;
                Ok(rows.and_then(|rows| rows.map(|row| map::site(row, self.context())).pop()))
            }
            RecordType::Devices => self.read_device(id).await,
            RecordType::MonitoringStates => self.read_state(id).await,
            _ => Err(ConnectorError::new("read a record", ErrorKind::Unsupported)),
        }
    }

    /// Its own page says whether it is there, the list what the list says of it: an error that looks like an empty list
    /// confirms nothing.
    async fn read_device(&self, id: &ExternalId) -> Result<Option<Mapped>> {
        const OP: &str = "read a device";
        let path = [ENDPOINTS, &[id.as_str()]].concat();
        let Some(detail) = or_nothing(self.client.get(OP, &path, &[]).await)? else { return Ok(None) };
        let query = [("limit", PAGE), ("cursor", "0"), ("field", FIELDS)];
        let body = Resources { kind: "endpoint", ids: &[id.as_str().to_owned()] };
        let listed = or_nothing(self.client.ask(OP, BULK, &query, &body).await)?;
        let listed = listed.map(|answer| listing::devices(OP, &answer.body)).transpose()?;
        let row = listed.and_then(|rows| rows.map(map::device).into_iter().find(|row| row.id() == Some(id)));
        Ok(row.or(listing::devices(OP, &detail.body)?.map(map::device).pop()))
    }

    /// As [`Self::read_device`].
    async fn read_state(&self, id: &ExternalId) -> Result<Option<Mapped>> {
        const OP: &str = "read a device's system state";
        let path = [ENDPOINTS, &[id.as_str(), "system-state-info"]].concat();
        let Some(detail) = or_nothing(self.client.get(OP, &path, &[]).await)? else { return Ok(None) };
        let inventory = self.inventory().await?;
        let rows = self.states("endpoints", &[id.as_str().to_owned()], &inventory).await?;
        let row = rows.into_iter().find(|row| row.id() == Some(id));
        Ok(row.or(listing::states(OP, None, Some(&detail.body), &inventory)?.map(map::state).pop()))
    }

    /// Where a tenant's lists say no more than that a device is there, its own page says the rest.
    async fn add_detail(&self, record: &mut Record) -> Result<()> {
        const OP: &str = "read a device's inventory";
        let RecordData::Device(device) = &mut record.data else { return Ok(()) };
        if !map::is_thin(&record.external_id, device) {
            return Ok(());
        }
        let path = [ENDPOINTS, &[record.external_id.as_str()]].concat();
        let Some(answer) = or_nothing(self.client.get(OP, &path, &[]).await)? else { return Ok(()) };
        let Some(row) = listing::device(OP, &answer.body)? else { return Ok(()) };
        let malformed = |detail| ConnectorError::new(OP, ErrorKind::Malformed { path: detail });
        map::add_detail(&record.external_id, device, &row).map_err(malformed)
    }

    /// The partner is named in each company only. One without companies is known by its key.
    async fn read_account(&self) -> Result<Account> {
        let rows = self.companies().await?;
        let partner = rows.readable().find_map(|row| row.partner_id.owned());
        let companies = if rows.len() == 1 { "1 company".to_owned() } else { format!("{} companies", rows.len()) };
        let region = self.client.region.label;
        Ok(match partner {
            Some(id) => Account { name: format!("Partner {id} ({region}), {companies}"), id },
            None => Account::provisional(&self.client.client_id, format!("Asio ({region}), {companies}")),
        })
    }
}

impl Session for AsioSession {
    fn account(&self) -> BoxFuture<'_, Result<Account>> {
        Box::pin(self.read_account())
    }

    fn pull<'a>(&'a self, request: PullRequest<'a>) -> BoxFuture<'a, Result<Page>> {
        Box::pin(self.pull_page(request))
    }

    fn get<'a>(&'a self, record_type: RecordType, id: &'a ExternalId) -> BoxFuture<'a, Result<Option<Mapped>>> {
        Box::pin(self.read(record_type, id))
    }

    fn complete<'a>(&'a self, record: &'a mut Record) -> BoxFuture<'a, Result<()>> {
        Box::pin(self.add_detail(record))
    }

    fn choices<'a>(&'a self, _query: ChoiceQuery<'a>) -> BoxFuture<'a, Result<Vec<Choice>>> {
        Box::pin(async { Err(ConnectorError::new("list choices", ErrorKind::Unsupported)) })
    }
}

/// A list that comes whole.
fn whole(rows: Vec<Mapped>) -> Page {
    Page { total: Some(rows.len() as u64), rows, ..Page::default() }
}

/// A part of what there is of all devices.
fn part(rows: Vec<Mapped>, inventory: &Inventory, next: Option<Place>, probe: bool) -> Page {
    let next = next.filter(|_| !probe).map(|place| place.cursor());
    Page { rows, next, total: Some(inventory.len() as u64) }
}

fn companies(place: &Place, inventory: &Inventory, probe: bool) -> Vec<String> {
    let mut companies = place.companies(inventory);
    companies.truncate(if probe { 1 } else { usize::MAX });
    companies
}

/// The cursor in the link to the next page. The link's host is of no interest: it is not called.
fn next_cursor(op: &'static str, answer: &Response) -> Result<Option<u64>> {
    let Some(target) = next_target(answer) else { return Ok(None) };
    let named = || {
        let base: Url = "https://asio.invalid".parse().ok()?;
        let url = base.join(target).ok()?;
        url.query_pairs().find(|(name, _)| name == "cursor")?.1.parse().ok()
    };
    let malformed = || ConnectorError::new(op, ErrorKind::Malformed { path: "next page".to_owned() });
    named().map(Some).ok_or_else(|| malformed().with_detail("the link to the next page names no cursor"))
}

#[cfg(test)]
mod tests;
