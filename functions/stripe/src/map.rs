//! Stripe's objects to the portal's records: pure and total. An object becomes a record, or (as `Err`) what is wrong with it.
//!
//! Statuses stay in Stripe's words, which may be new ones. Amounts are whole numbers in the currency's minor unit; only the
//! two currencies that Stripe counts otherwise are brought to it here.

use connector::lenient::{Int, Text};
use connector::web::https_link;
use connector::{Mapped, Outcome};
use domain::email::Email;
use domain::id::ExternalId;
use domain::record::{Company, Invoice, Payment, RecordData, Subscription, SubscriptionItem};
use jiff::Timestamp;

use crate::names::Names;
use crate::wire;

/// Currencies without a minor unit that Stripe nevertheless counts in hundredths, always whole ones ("Special cases" in
/// its page on currencies).
const IN_HUNDREDTHS: &[&str] = &["isk", "ugx"];

pub(crate) fn company(row: &wire::Customer) -> Outcome {
    let id = row.id.required_id()?;
    let names = [&row.name, &row.business_name, &row.individual_name, &row.email, &row.description, &row.id];
    let address = row.email.get().and_then(Email::parse).filter(|email| !email.is_free_mail());
    let company = Company {
        name: names.into_iter().find_map(Text::owned).unwrap_or_default(),
        domains: address.map(|email| email.host().to_owned()).into_iter().collect(),
        phone: row.phone.owned(),
        // Several customers of one name are normal: the address tells them apart.
        subtitle: row.email.owned().or_else(|| row.address.as_ref()?.city.owned()),
        ..Company::default()
    };
    Ok(Mapped::record(id, None, RecordData::Company(company)))
}

pub(crate) fn subscription(row: &wire::Subscription, names: &Names) -> Outcome {
    let id = row.id.required_id()?;
    let currency = currency(&row.currency)?;
    let items: Vec<SubscriptionItem> = row.items.data.iter().map(|item| self::item(item, &currency, names)).collect();
    // Plans may be paid at different intervals: what is paid next ends first.
    let ends = row.items.data.iter().filter_map(|item| item.current_period_end.0).min();
    let subscription = Subscription {
        name: title(&items).unwrap_or_else(|| row.description.owned().unwrap_or_else(|| id.to_string())),
        company: reference(row.customer.as_ref()),
        status: text("status", &row.status)?,
        currency,
        items,
        started_at: moment("start_date", row.start_date)?,
        period_ends_at: moment("current_period_end", Int(ends))?,
        trial_ends_at: moment("trial_end", row.trial_end)?,
        cancels_at_period_end: row.cancel_at_period_end.is_set(),
        ends_at: moment("ended_at", Int(row.ended_at.0.or(row.cancel_at.0)))?,
        collection: row.collection_method.owned(),
    };
    Ok(Mapped::record(id, None, RecordData::Subscription(Box::new(subscription))))
}

/// What a subscription is called: its plans' names.
pub(crate) fn title(items: &[SubscriptionItem]) -> Option<String> {
    let plans: Vec<&str> = items.iter().map(|item| item.name.as_str()).collect();
    (!plans.is_empty()).then(|| plans.join(" + "))
}

pub(crate) fn item(row: &wire::SubscriptionItem, currency: &str, names: &Names) -> SubscriptionItem {
    let product = row.price.product.as_ref().and_then(|product| names.of(product.id()));
    let name = product.map(str::to_owned).or_else(|| row.price.nickname.owned()).or_else(|| row.price.id.owned());
    let recurring = row.price.recurring.as_ref();
    SubscriptionItem {
        name: name.unwrap_or_default(),
        quantity: row.quantity.0.and_then(|quantity| u64::try_from(quantity).ok()),
        unit_amount: row.price.unit_amount.0.map(|amount| minor(amount, currency)),
        interval: recurring.and_then(|recurring| recurring.interval.owned()),
        interval_count: recurring
            .and_then(|recurring| recurring.interval_count.0)
            .and_then(|count| u32::try_from(count).ok()),
    }
}

pub(crate) fn invoice(row: &wire::Invoice) -> Outcome {
    let id = row.id.required_id()?;
    let currency = currency(&row.currency)?;
    let status = text("status", &row.status)?;
    let amount = |name: &str, amount: Int| -> Result<i64, String> {
        amount.0.map(|amount| minor(amount, &currency)).ok_or_else(|| format!("it has no {name}"))
    };
    let subscription = row.parent.as_ref().and_then(|parent| parent.subscription_details.as_ref());
    let invoice = Invoice {
        name: row.number.owned().unwrap_or_else(|| if status == "draft" { "Draft".to_owned() } else { id.to_string() }),
        company: reference(row.customer.as_ref()),
        subscription: reference(subscription.and_then(|details| details.subscription.as_ref())),
        total: amount("total", row.total)?,
        amount_due: amount("amount_due", row.amount_due)?,
        amount_paid: amount("amount_paid", row.amount_paid)?,
        amount_remaining: amount("amount_remaining", row.amount_remaining)?,
        status,
        created_at: moment("created", row.created)?,
        due_at: moment("due_date", row.due_date)?,
        paid_at: moment("paid_at", row.status_transitions.paid_at)?,
        hosted_url: https_link(&row.hosted_invoice_url),
        pdf_url: https_link(&row.invoice_pdf),
        currency,
    };
    Ok(Mapped::record(id, None, RecordData::Invoice(Box::new(invoice))))
}

pub(crate) fn payment(row: &wire::Charge) -> Outcome {
    let id = row.id.required_id()?;
    let currency = currency(&row.currency)?;
    let payment = Payment {
        name: row.description.owned().unwrap_or_else(|| "Payment".to_owned()),
        company: reference(row.customer.as_ref()),
        status: text("status", &row.status)?,
        amount: row.amount.0.map(|amount| minor(amount, &currency)).ok_or("it has no amount")?,
        amount_refunded: minor(row.amount_refunded.0.unwrap_or_default(), &currency),
        failure: row.failure_message.owned(),
        receipt_url: https_link(&row.receipt_url),
        created_at: moment("created", row.created)?,
        currency,
    };
    Ok(Mapped::record(id, None, RecordData::Payment(Box::new(payment))))
}

fn text(field: &str, text: &Text) -> Result<String, String> {
    text.owned().ok_or_else(|| format!("it has no {field}"))
}

fn currency(code: &Text) -> Result<String, String> {
    text("currency", code).map(|code| code.to_lowercase())
}

fn minor(amount: i64, currency: &str) -> i64 {
    if IN_HUNDREDTHS.contains(&currency) { amount / 100 } else { amount }
}

fn reference(to: Option<&wire::Ref>) -> Option<ExternalId> {
    to.map(|to| ExternalId::new(to.id()))
}

fn moment(field: &str, seconds: Int) -> Result<Option<Timestamp>, String> {
    let read = |seconds| Timestamp::from_second(seconds).map_err(|_| format!("{field} is no moment: {seconds}"));
    seconds.0.map(read).transpose()
}

#[cfg(test)]
mod tests;
