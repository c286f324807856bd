//! Graph's rows in the portal's words: pure and total. What belongs to a tenant is named by it, as Graph names a control
//! or a product alike in every tenant.

use connector::lenient::Int;
use connector::text::from_html;
use connector::web::https_link;
use connector::{Mapped, Outcome};
use domain::id::ExternalId;
use domain::record::{Average, Company, ControlProfile, ControlScore, Domain, Licence, RecordData, SecureScore};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::client::Tenant;
use crate::wire;

/// Controls of one day; Graph has some two hundred.
const MOST_CONTROLS: usize = 2_000;
/// Characters kept of what to do about a control.
const LONGEST_REMEDIATION: usize = 8_000;

/// A customer of the partner.
pub(crate) fn customer(row: &wire::Customer) -> Outcome {
    // Equal in every documented example; the tenant is what tokens are asked for.
    company(row.tenant_id.get().or_else(|| row.id.get()), row.display_name.get(), None)
}

/// A customer as the older list of partnerships has it.
pub(crate) fn contract(row: &wire::Contract) -> Outcome {
    company(row.customer_id.get(), row.display_name.get(), row.default_domain_name.get())
}

fn company(tenant: Option<&str>, name: Option<&str>, domain: Option<&str>) -> Outcome {
    let tenant = tenant.and_then(Tenant::parse).ok_or("tenantId: expected a tenant's id")?;
    let domain = domain.map(str::to_lowercase).filter(|domain| !domain.ends_with(".onmicrosoft.com"));
    let company = Company {
        name: name.unwrap_or(tenant.as_str()).to_owned(),
        domains: domain.into_iter().collect(),
        ..Company::default()
    };
    Ok(Mapped::record(ExternalId::new(tenant.as_str()), None, RecordData::Company(company)))
}

/// A day's score. `newest`: with the points of its controls, which the days before do without.
pub(crate) fn score(row: &wire::SecureScore, tenant: &Tenant, newest: bool) -> Outcome {
    own(row.azure_tenant_id.get(), tenant)?;
    let id = row.id.get().ok_or("id: expected text")?;
    let date = date(row)?;
    let averages = row
        .average_comparative_scores
        .iter()
        .flatten()
        .filter_map(|average| Some(Average { basis: average.basis.owned()?, percent: average.average_score? }));
    let controls = row.control_scores.iter().flatten().filter(|_| newest).take(MOST_CONTROLS).filter_map(|control| {
        let score = control.score.unwrap_or_default();
        Some(ControlScore { control: control.control_name.owned()?, category: control.control_category.owned(), score })
    });
    let score = SecureScore {
        company: ExternalId::new(tenant.as_str()),
        date,
        score: row.current_score.ok_or("currentScore: expected a number")?,
        max: row.max_score.unwrap_or_default(),
        averages: averages.collect(),
        controls: controls.collect(),
        licensed_users: count(row.licensed_user_count),
        active_users: count(row.active_user_count),
    };
    Ok(Mapped::record(ExternalId::new(id), None, RecordData::SecureScore(score)))
}

/// What a control asks for.
pub(crate) fn profile(row: &wire::ControlProfile, tenant: &Tenant) -> Outcome {
    own(row.azure_tenant_id.get(), tenant)?;
    let control = row.id.get().ok_or("id: expected text")?;
    let profile = ControlProfile {
        title: row.title.get().unwrap_or(control).to_owned(),
        company: ExternalId::new(tenant.as_str()),
        control: control.to_owned(),
        category: row.control_category.owned(),
        tier: row.tier.owned(),
        service: row.service.owned(),
        max: row.max_score.unwrap_or_default(),
        rank: count(row.rank),
        implementation_cost: row.implementation_cost.owned(),
        user_impact: row.user_impact.owned(),
        remediation: row.remediation.get().map(plain).filter(|text| !text.is_empty()),
        action_url: https_link(&row.action_url),
        state: decided(row),
        deprecated: row.deprecated.is_set(),
    };
    Ok(Mapped::record(within(tenant, control), None, RecordData::ControlProfile(Box::new(profile))))
}

/// A product that the tenant subscribes to.
pub(crate) fn licence(row: &wire::Sku, tenant: &Tenant) -> Outcome {
    let sku = row.sku_id.get().or_else(|| row.id.get()).ok_or("skuId: expected text")?;
    let units = row.prepaid_units.unwrap_or_default();
    let seats = [units.enabled, units.warning].into_iter().filter_map(count).fold(0, u32::saturating_add);
    let licence = Licence {
        name: row.sku_part_number.get().unwrap_or(sku).to_owned(),
        company: ExternalId::new(tenant.as_str()),
        status: row.capability_status.owned(),
        total: seats,
        used: count(row.consumed_units).unwrap_or_default(),
    };
    Ok(Mapped::record(within(tenant, sku), None, RecordData::Licence(licence)))
}

/// A domain of the tenant.
pub(crate) fn domain(row: &wire::Domain, tenant: &Tenant) -> Outcome {
    let name = row.id.get().ok_or("id: expected text")?.to_lowercase();
    let id = within(tenant, &name);
    let domain = Domain {
        name,
        company: ExternalId::new(tenant.as_str()),
        verified: row.is_verified.is_set(),
        default: row.is_default.is_set(),
        initial: row.is_initial.is_set(),
        authentication: row.authentication_type.owned(),
    };
    Ok(Mapped::record(id, None, RecordData::Domain(domain)))
}

/// The id of something that Graph names alike in every tenant.
pub(crate) fn within(tenant: &Tenant, name: &str) -> ExternalId {
    ExternalId::new(format!("{tenant}_{name}"))
}

/// The tenant of such an id, and the name in it. A score's id is of this form by Graph's own making.
pub(crate) fn parts(id: &ExternalId) -> Option<(Tenant, &str)> {
    let (tenant, name) = id.as_str().split_once('_')?;
    Some((Tenant::parse(tenant)?, name)).filter(|(_, name)| !name.is_empty())
}

/// A row of another tenant than the one asked about is never taken for its own.
fn own(named: Option<&str>, tenant: &Tenant) -> Result<(), String> {
    match named.and_then(Tenant::parse) {
        Some(found) if found != *tenant => Err("azureTenantId: another tenant's row".to_owned()),
        _ => Ok(()),
    }
}

fn date(row: &wire::SecureScore) -> Result<Date, String> {
    let of_time = || {
        let at: Timestamp = row.created_date_time.get()?.parse().ok()?;
        Some(at.to_zoned(jiff::tz::TimeZone::UTC).date())
    };
    let of_id = || row.id.get()?.rsplit_once('_')?.1.parse().ok();
    of_time().or_else(of_id).ok_or_else(|| "createdDateTime: expected a time".to_owned())
}

/// The last decision; `Default` is none.
fn decided(row: &wire::ControlProfile) -> Option<String> {
    let updates = row.control_state_updates.iter().flatten();
    let last = updates.max_by(|a, b| a.updated_date_time.get().cmp(&b.updated_date_time.get()))?;
    last.state.owned().filter(|state| state != "Default")
}

fn plain(html: &str) -> String {
    let text = from_html(html);
    text.chars().take(LONGEST_REMEDIATION).collect()
}

fn count(number: Int) -> Option<u32> {
    number.0.and_then(|number| u32::try_from(number.max(0)).ok())
}

#[cfg(test)]
mod tests;
