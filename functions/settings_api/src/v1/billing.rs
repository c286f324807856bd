//! What a company pays for, as the linked billing accounts have it, and the way to the vendor's own pages for it.
//!
//! Amounts are whole numbers in the currency's minor unit; beside each currency stands how many of its digits are behind the
//! point. A link to the vendor's pages is made when it is clicked, given to the person who asked, and kept nowhere.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use connector::LinkRequest;
use domain::id::ConnectionId;
use domain::money::minor_digits;
use domain::portal::PortalCompany;
use domain::record::{RecordData, RecordType};
use serde::{Deserialize, Serialize};
use store::TenantStore;
use sync::message::{Command, Reply};
use url::Url;
use utoipa::ToSchema;

use self::view::{Balance, CustomerView, InvoiceView, PaymentView, SubscriptionView};
use super::companies::find;
use crate::access::{Caller, Permission};
use crate::commands::{Asked, refusal, unexpected};
use crate::input::{Ids, Input};
use crate::problem::{Answer, FieldError, Problem};
use crate::routes::{Routes, handlers};
use crate::state::{AppState, Which};

mod view;

pub(super) fn routes() -> Routes {
    Routes::new().route(Permission::Read, handlers!(get)).route(Permission::Write, handlers!(open_portal))
}

/// Records of a type and vendor company that are read at most.
const MOST_READ: u32 = 2_000;
/// Invoices and payments that are shown, the newest.
const MOST_SHOWN: usize = 100;
/// Characters of an address to come back to.
const LONGEST_URL: usize = 2_000;

/// What a company pays for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Billing {
    /// Its customers at the billers, whose billing portal can be opened.
    customers: Vec<CustomerView>,
    /// Those that go on first, then those that ended.
    subscriptions: Vec<SubscriptionView>,
    /// The newest first, a hundred at most.
    invoices: Vec<InvoiceView>,
    /// The newest first, a hundred at most.
    payments: Vec<PaymentView>,
    /// What is left to pay of open invoices, by currency.
    balance: Vec<Balance>,
    /// There are more invoices or payments than are shown.
    more: bool,
}

/// What the linked billing accounts have of a company.
#[utoipa::path(
    get,
    path = "/v1/companies/{company}/billing",
    operation_id = "get_billing",
    params(("company" = String, Path)),
    responses((status = 200, body = Billing, description = "Empty where no billing connection is linked.")),
)]
async fn get(caller: Caller, State(state): State<AppState>, Ids(company): Ids<String>) -> Answer<Json<Billing>> {
    let company = find(&caller.store, &company).await?;
    let mut billing = Billing {
        customers: Vec::new(),
        subscriptions: Vec::new(),
        invoices: Vec::new(),
        payments: Vec::new(),
        balance: Vec::new(),
        more: false,
    };
    for customer in customers(&state, &company) {
        billing.read(&caller.store, &customer).await?;
        billing.customers.push(customer);
    }
    billing.settle();
    Ok(Json(billing))
}

/// The linked customers of connections that bill.
fn customers(state: &AppState, company: &PortalCompany) -> Vec<CustomerView> {
    let bills = |connection: &ConnectionId| {
        let which = state.which(connection);
        which.is_some_and(|which| which.descriptor.record_type(RecordType::Invoices).is_some())
    };
    let linked = company.links.iter().filter(|(connection, _)| bills(connection));
    let customers = linked.flat_map(|(connection, links)| links.iter().map(move |link| (connection, link)));
    customers
        .map(|(connection, link)| CustomerView {
            connector: connection.clone(),
            external_id: link.external_id.clone(),
            name: link.name.clone(),
        })
        .collect()
}

impl Billing {
    async fn read(&mut self, store: &TenantStore, customer: &CustomerView) -> Answer<()> {
        for record_type in [RecordType::Subscriptions, RecordType::Invoices, RecordType::Payments] {
            let (connection, company) = (&customer.connector, &customer.external_id);
            let ids = store.listed(connection, record_type, company, MOST_READ).await?;
            self.more |= ids.len() >= MOST_READ as usize;
            for record in store.records(connection, record_type, &ids).await? {
                let id = record.external_id.clone();
                match record.live().cloned() {
                    Some(RecordData::Subscription(row)) => {
                        self.subscriptions.push(SubscriptionView::of(connection, id, *row));
                    }
                    Some(RecordData::Invoice(row)) => self.invoices.push(InvoiceView::of(connection, id, *row)),
                    Some(RecordData::Payment(row)) => self.payments.push(PaymentView::of(connection, id, *row)),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Sums up, sorts, and leaves out what is too much for one page.
    fn settle(&mut self) {
        let mut sums: BTreeMap<&str, (i64, u64)> = BTreeMap::new();
        for invoice in self.invoices.iter().filter(|invoice| invoice.billed.status == "open") {
            let (amount, count) = sums.entry(&invoice.billed.currency).or_default();
            *amount = amount.saturating_add(invoice.amount_remaining);
            *count += 1;
        }
        self.balance = sums
            .into_iter()
            .map(|(currency, (amount, invoices))| Balance {
                currency: currency.to_owned(),
                digits: minor_digits(currency),
                amount,
                invoices,
            })
            .collect();
        let has_ended =
            |row: &SubscriptionView| matches!(row.billed.status.as_str(), "canceled" | "incomplete_expired");
        self.subscriptions.sort_by(|a, b| {
            (has_ended(a), &a.billed.name, &a.billed.external_id).cmp(&(
                has_ended(b),
                &b.billed.name,
                &b.billed.external_id,
            ))
        });
        self.invoices.sort_by(|a, b| (b.created_at, &b.billed.external_id).cmp(&(a.created_at, &a.billed.external_id)));
        self.payments.sort_by(|a, b| (b.created_at, &b.billed.external_id).cmp(&(a.created_at, &a.billed.external_id)));
        self.more |= self.invoices.len() > MOST_SHOWN || self.payments.len() > MOST_SHOWN;
        self.invoices.truncate(MOST_SHOWN);
        self.payments.truncate(MOST_SHOWN);
    }
}

/// Which customer's pages to open.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PortalInput {
    /// Where the vendor's pages lead back to.
    #[schema(format = "uri", pattern = "^https?://[^\\s]+$", max_length = 2000)]
    return_url: String,
    /// The connection; only needed where several customers are linked.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100)]
    connector: Option<String>,
    /// The vendor's id of the customer; only needed where several are linked.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 255)]
    external_id: Option<String>,
}

/// An address for one click.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PortalLink {
    /// Who opens it needs no other proof, so it is given to nobody else. It works for a short while.
    #[schema(value_type = String, format = "uri")]
    url: Url,
}

/// Has the vendor make the address of its billing portal for a linked customer. Open it at once: it is kept nowhere.
#[utoipa::path(
    post,
    path = "/v1/companies/{company}/billing/portal",
    operation_id = "open_billing_portal",
    params(
        ("company" = String, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "Accepted; each call makes an address of its own."),
    ),
    request_body = PortalInput,
    responses(
        (status = 200, body = PortalLink),
        (status = 409, description = "No customer is linked, several are and none was named, or the connection has no credentials."),
        (status = 502, description = "The vendor refused or failed."),
        (status = 504, description = "The vendor did not answer in time."),
    ),
)]
async fn open_portal(
    caller: Caller,
    State(state): State<AppState>,
    Ids(company): Ids<String>,
    Input(input): Input<PortalInput>,
) -> Answer<Json<PortalLink>> {
    let company = find(&caller.store, &company).await?;
    let return_url = input.return_url()?;
    let customer = input.customer(customers(&state, &company))?;
    let which: Which =
        state.which(&customer.connector).ok_or_else(|| Problem::not_found("There is no such connector."))?;
    let name = which.descriptor.short_name;
    if state.read(&caller.store, &which).await?.settings().credentials.is_none() {
        return Err(Problem::conflict(format!("{name} is not connected. Connect it again first.")));
    }
    let request = LinkRequest::BillingPortal { company: customer.external_id, return_url };
    let command =
        Command::IssueLink { tenant: caller.store.tenant().clone(), connection: which.connection.clone(), request };
    match state.ask(&which, &command).await? {
        Asked::Reply(Reply::Link { link }) => Ok(Json(PortalLink { url: link.url })),
        Asked::Reply(Reply::Failed { problem }) => Err(refusal(which.descriptor, &problem)),
        Asked::Reply(other) => Err(unexpected(&other)),
        Asked::NotInTime => Err(Problem::vendor_slow(which.descriptor.name)),
    }
}

impl PortalInput {
    fn return_url(&self) -> Answer<Url> {
        let fits = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
        let short = self.return_url.chars().count() <= LONGEST_URL;
        let url = Url::parse(&self.return_url).ok().filter(|url| short && fits(url));
        url.ok_or_else(|| {
            let words = format!("Send the address of a page, https://..., of at most {LONGEST_URL} characters.");
            Problem::invalid(vec![FieldError::new("/return_url", words)])
        })
    }

    /// The customer that is meant.
    fn customer(self, linked: Vec<CustomerView>) -> Answer<CustomerView> {
        let meant = |customer: &CustomerView| {
            self.connector.as_deref().is_none_or(|connector| customer.connector.as_str() == connector)
                && self.external_id.as_deref().is_none_or(|id| customer.external_id.as_str() == id)
        };
        let mut meant: Vec<_> = linked.into_iter().filter(meant).collect();
        match meant.len() {
            1 => Ok(meant.remove(0)),
            0 => Err(Problem::conflict(
                "No such customer of a billing connection is linked to this company. Link it first.",
            )),
            _ => Err(Problem::conflict(
                "Several customers are linked to this company. Say which: connector and external_id.",
            )),
        }
    }
}
