//! The seeded customers, and among them every oddity that a connector must live with: one without scores, one with nothing
//! to score, one whose scores name a retired control, one that has not consented. Most are those of the same MSP's Halo, with
//! their domains and with another word at the end of their names: alike and not the same.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::PARTNER;
use super::state::{Scored, State, Tenant};
use super::wire::object;
use crate::Setup;
use crate::records::ChangeMode;
use crate::seed::{Seed, slug};
use crate::vendor::Refusal;

/// The customers of a small MSP; more would be a week of scores each.
const MOST: usize = 60;
const FEWEST: usize = 6;

/// Id, category, tier, points, user impact, title.
const CONTROLS: &[(&str, &str, &str, f64, &str, &str)] = &[
    (
        "AdminMFAV2",
        "Identity",
        "Core",
        10.0,
        "Low",
        "Ensure multifactor authentication is enabled for all users in administrative roles",
    ),
    (
        "MFARegistrationV2",
        "Identity",
        "Core",
        9.0,
        "Moderate",
        "Ensure multifactor authentication is enabled for all users",
    ),
    (
        "BlockLegacyAuthentication",
        "Identity",
        "Core",
        8.0,
        "Moderate",
        "Enable Conditional Access policies to block legacy authentication",
    ),
    ("OneAdmin", "Identity", "Core", 1.0, "Low", "Designate more than one global admin"),
    (
        "PWAgePolicyNew",
        "Identity",
        "Defense in Depth",
        8.0,
        "Moderate",
        "Ensure the password expiration policy is set to never expire",
    ),
    ("SigninRiskPolicy", "Identity", "Defense in Depth", 7.0, "Moderate", "Enable sign-in risk policies"),
    ("UserRiskPolicy", "Identity", "Defense in Depth", 7.0, "Moderate", "Enable user risk policies"),
    ("mdo_safeattachments", "Apps", "Core", 5.0, "Low", "Turn on Safe Attachments in block mode"),
    ("mdo_safelinksforemail", "Apps", "Core", 9.0, "Low", "Create Safe Links policies for email messages"),
    ("mdo_thresholdreachedaction", "Apps", "Advanced", 1.0, "Low", "Block users who reached the message limit"),
    ("exo_mailboxaudit", "Data", "Core", 5.0, "Low", "Ensure mailbox auditing for all users is enabled"),
    ("dlp_datalossprevention", "Data", "Advanced", 5.0, "High", "Ensure DLP policies are enabled"),
    ("scid_2010", "Device", "Core", 9.0, "Low", "Turn on real-time protection"),
    ("scid_2090", "Device", "Defense in Depth", 9.0, "Moderate", "Encrypt all BitLocker-supported drives"),
    ("scid_84", "Infrastructure", "Advanced", 6.0, "High", "Disable remote desktop where it is not needed"),
];

const PRODUCTS: &[(&str, &str)] = &[
    ("cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46", "SPB"),
    ("4b9405b0-7788-4568-add1-99614e613b69", "EXCHANGESTANDARD"),
    ("f30db892-07e9-47e9-837c-80727f46fd3d", "FLOW_FREE"),
];

pub(super) fn seed(setup: &Setup) -> State {
    let mut seed = Seed::new(setup.seed ^ 0x6d33_3635);
    let mut state = State::new((setup.clock)());
    let own = Own { id: PARTNER.to_owned(), name: "Acme MSP".to_owned(), domain: "acmemsp.example".to_owned() };
    add(&mut state, &mut seed, own, 0);
    let mut known = crate::halo_psa::customers(setup).into_iter();
    for n in 0..(setup.scale / 100).clamp(FEWEST, MOST) {
        let id = seed.guid();
        let drawn = seed.company(n);
        let (name, domain) = match known.next() {
            // The PSA does not know every fifth.
            Some(customer) if n % 5 != 4 => (format!("{} Group", first_words(&customer.name)), customer.domain),
            _ => (format!("Own {drawn}"), format!("{}.m365.example", slug(&drawn))),
        };
        add(&mut state, &mut seed, Own { id, name, domain }, n + 1);
    }
    state
}

/// What a tenant is known by.
struct Own {
    id: String,
    name: String,
    domain: String,
}

fn first_words(name: &str) -> String {
    name.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

fn add(state: &mut State, seed: &mut Seed, own: Own, n: usize) {
    let Own { id, name, domain } = own;
    let initial = format!("{}.onmicrosoft.com", slug(domain.trim_end_matches(".example")));
    let scored = match n {
        3 => Scored::Never,
        4 => Scored::Nothing,
        _ => Scored::Daily,
    };
    for (place, control) in CONTROLS.iter().enumerate() {
        put(state, "control_profiles", &id, control.0, profile(&id, control, place, n));
    }
    for (place, (sku, part)) in PRODUCTS.iter().enumerate() {
        let bought = 5 + seed.below(40);
        // More may be assigned than was bought.
        let used = if place == 0 && n % 3 == 1 { bought + 2 } else { seed.below(bought + 1) };
        let status = if place == 1 && n % 4 == 1 { "Warning" } else { "Enabled" };
        let (enabled, warning) = if status == "Warning" { (0, bought) } else { (bought, 0) };
        let row = json!({"id": format!("{id}_{sku}"), "skuId": sku, "skuPartNumber": part, "accountId": id,
            "accountName": slug(&domain), "appliesTo": "User", "capabilityStatus": status, "consumedUnits": used,
            "prepaidUnits": {"enabled": enabled, "suspended": 0, "warning": warning, "lockedOut": 0},
            "servicePlans": [], "subscriptionIds": []});
        put(state, "licences", &id, sku, row);
    }
    for (name, is_default) in [(&domain, true), (&initial, false)] {
        let row = json!({"id": name, "authenticationType": if is_default && n % 5 == 2 { "Federated" } else { "Managed" },
            "availabilityStatus": null, "isAdminManaged": true, "isDefault": is_default, "isInitial": !is_default,
            "isRoot": true, "isVerified": true, "supportedServices": ["Email"], "passwordValidityPeriodInDays": 90,
            "passwordNotificationWindowInDays": 14, "state": null});
        put(state, "domains", &id, name, row);
    }
    let tenant = Tenant {
        id: id.clone(),
        name,
        domain,
        consented: n != 5,
        lacks: BTreeSet::new(),
        related: true,
        scored,
        retired_control: n % 3 == 2,
        users: 5 + seed.below(60),
    };
    state.tenants.insert(id, tenant);
}

fn put(state: &mut State, list: &'static str, tenant: &str, id: &str, row: Value) {
    state.rows.entry(list).or_default().insert(format!("{tenant}_{id}"), object(row));
}

fn profile(tenant: &str, control: &(&str, &str, &str, f64, &str, &str), place: usize, n: usize) -> Value {
    let (id, category, tier, points, impact, title) = *control;
    let decided = if place == 5 && n % 2 == 1 {
        json!([
            {"assignedTo": null, "comment": "by another product", "state": "ThirdParty", "updatedBy": "admin@msp.example",
                "updatedDateTime": "2026-01-02T10:00:00Z"},
            {"assignedTo": null, "comment": null, "state": "Default", "updatedBy": null,
                "updatedDateTime": "2025-01-02T10:00:00Z"},
        ])
    } else {
        json!([])
    };
    let remediation = format!(
        "<p>{title}.</p><ol><li>Open the <a href=\"https://admin.example\">admin centre</a> &amp; sign in.</li>\
         <li>Switch it on.</li></ol><script>alert(1)</script>"
    );
    json!({
        "id": id, "azureTenantId": tenant, "actionType": "Config", "actionUrl": format!("https://admin.example/{id}"),
        "controlCategory": category, "title": title, "deprecated": place == 9, "implementationCost": "Low",
        "lastModifiedDateTime": null, "maxScore": points, "rank": place + 1, "remediation": remediation,
        "remediationImpact": "<p>None.</p>", "service": if category == "Identity" { "AzureAD" } else { "MDO" },
        "threats": ["Account Breach"], "tier": tier, "userImpact": impact, "complianceInformation": [],
        "controlStateUpdates": decided,
        "vendorInformation": {"provider": "SecureScore", "providerVersion": null, "subProvider": null,
            "vendor": "Microsoft"},
    })
}

/// A new customer; or a row of a tenant, named by the field `tenant`.
pub(super) fn create(
    state: &mut State,
    list: &str,
    mut fields: Map<String, Value>,
    mode: ChangeMode,
) -> Result<Value, Refusal> {
    let given = |fields: &mut Map<String, Value>, name: &str| fields.remove(name)?.as_str().map(str::to_owned);
    if list == "customers" {
        let mut seed = Seed::new(mode.at.as_second().unsigned_abs() ^ state.tenants.len() as u64);
        let id = given(&mut fields, "id").unwrap_or_else(|| seed.guid());
        let name = given(&mut fields, "displayName").unwrap_or_else(|| "New customer".to_owned());
        let domain = format!("{}.example", slug(&name));
        add(state, &mut seed, Own { id: id.clone(), name, domain }, 6);
        return state.patch(list, &id, fields);
    }
    let tenant = given(&mut fields, "tenant").ok_or_else(|| Refusal::Invalid("tenant is missing".to_owned()))?;
    let known = ["control_profiles", "licences", "domains"].into_iter().find(|known| *known == list);
    let known = known.ok_or_else(|| Refusal::UnknownList(list.to_owned()))?;
    let id = fields.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    let row = Value::Object(fields);
    put(state, known, &tenant, &id, row.clone());
    Ok(row)
}
