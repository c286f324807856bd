//! A connection's conversation with its Datto RMM: pages, single records, audits.

use connector::{
    Account, BoxFuture, ChoiceQuery, ConnectorError, ErrorKind, Mapped, Page, Place, PullRequest, Result, Session,
    SessionContext,
};
use domain::id::ExternalId;
use domain::record::{Choice, Device, Record, RecordData, RecordType};
use jiff::SignedDuration;

use crate::client::{Client, Query};
use crate::listing::{self, resource};
use crate::{map, wire};

/// Larger pages are clamped to this size.
const PAGE: &str = "250";
/// Datto audits a device every day, and what is read of it hardly ever changes.
const AUDIT_AGAIN: SignedDuration = SignedDuration::from_hours(30 * 24);

/// One session of one connection.
pub(crate) struct DattoSession {
    client: Client,
}

impl DattoSession {
    pub(crate) fn new(context: &SessionContext) -> Result<Self> {
        Ok(Self { client: Client::new(&context.http, &context.credentials)? })
    }

    async fn pull_page(&self, request: PullRequest<'_>) -> Result<Page> {
        let record_type = request.feed.produces;
        let resource = resource(record_type)?;
        let place = Place::of(resource.list, &request)?;
        // Pages count from 0 there.
        let page = (place.page - 1).to_string();
        let query = vec![("page", page.into()), ("max", if request.probe { "1" } else { PAGE }.into())];
        let body = self.client.get(resource.list, resource.path, &query).await?;
        let length = listing::length(&body, place.page);
        let rows = listing::page(record_type, body)?;
        let next = if request.probe { None } else { place.after(resource.list, &rows, length)? };
        Ok(Page { rows, next: next.map(|place| place.cursor()), total: length.rows })
    }

    async fn read(&self, record_type: RecordType, id: &ExternalId) -> Result<Option<Mapped>> {
        let resource = resource(record_type)?;
        if !is_uid(id.as_str()) {
            return Ok(None);
        }
        match self.client.get(resource.read, &[resource.one, id.as_str()], &Query::new()).await {
            Ok(body) => listing::single(record_type, body),
            Err(ConnectorError { kind: ErrorKind::NotFound, .. }) => Ok(None),
            // No 404 is documented for an alert: one that is not known may be refused, or fail, while the list answers.
            Err(error)
                if record_type == RecordType::Alerts
                    && matches!(error.kind, ErrorKind::Forbidden | ErrorKind::Unavailable) =>
            {
                let query = vec![("page", "0".into()), ("max", "1".into())];
                self.client.get(resource.list, resource.path, &query).await.map(|_| None).map_err(|_| error)
            }
            Err(error) => Err(error),
        }
    }

    /// Adds what only the audit of a device tells. One without an audit (never audited, just deleted) is shown without it.
    async fn add_audit(&self, record: &mut Record) -> Result<()> {
        const OP: &str = "read the audit of a device";
        let RecordData::Device(device) = &mut record.data else { return Ok(()) };
        if device.audited_at.is_none() {
            return Ok(());
        }
        match self.client.get(OP, &["audit", "device", record.external_id.as_str()], &Query::new()).await {
            Ok(body) => {
                let malformed = |_| ConnectorError::new(OP, ErrorKind::Malformed { path: "the audit".to_owned() });
                let audit: wire::Audit = serde_json::from_slice(&body).map_err(malformed)?;
                map::audit(&audit, device);
                Ok(())
            }
            Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Rejected { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn read_account(&self) -> Result<Account> {
        const OP: &str = "authenticate";
        let malformed = |path: &str| ConnectorError::new(OP, ErrorKind::Malformed { path: path.to_owned() });
        let body = self.client.get(OP, &["account"], &Query::new()).await?;
        let account: wire::Account = serde_json::from_slice(&body).map_err(|_| malformed("the account"))?;
        let id = account.uid.owned().ok_or_else(|| malformed("uid"))?;
        let named = account.name.owned().unwrap_or_else(|| id.clone());
        let devices = account.devices_status.and_then(|status| status.number_of_devices.0);
        let name = match devices {
            Some(1) => format!("{named}, 1 device"),
            Some(devices) => format!("{named}, {devices} devices"),
            None => named,
        };
        Ok(Account { id, name })
    }
}

impl Session for DattoSession {
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
        Box::pin(self.add_audit(record))
    }

    fn take_over(&self, record: &mut Record, mirrored: &RecordData) -> bool {
        let (RecordData::Device(device), RecordData::Device(before)) = (&mut record.data, mirrored) else {
            return false;
        };
        match (device.audited_at, before.audited_at) {
            (Some(now), Some(then)) if now.duration_since(then) < AUDIT_AGAIN => {
                take_audit(before, device);
                true
            }
            _ => false,
        }
    }

    fn choices<'a>(&'a self, _query: ChoiceQuery<'a>) -> BoxFuture<'a, Result<Vec<Choice>>> {
        Box::pin(async { Err(ConnectorError::new("list choices", ErrorKind::Unsupported)) })
    }
}

/// What an audit told, with when it was.
fn take_audit(from: &Device, to: &mut Device) {
    to.audited_at = from.audited_at;
    to.manufacturer.clone_from(&from.manufacturer);
    to.model.clone_from(&from.model);
    to.serial_number.clone_from(&from.serial_number);
    to.memory_bytes = from.memory_bytes;
    to.processor.clone_from(&from.processor);
    to.mac_addresses.clone_from(&from.mac_addresses);
}

/// Whatever else a hint may carry, Datto's uids are letters, digits and hyphens.
pub(crate) fn is_uid(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests;
