//! Microsoft Graph v1.0 and the sign-in before it, as an MSP's application meets them: customers by the partner's token,
//! scores, controls, licences and domains by each tenant's own.
//!
//! Behaviours that no source settles or that tests choose, by quirk name:
//! - `page_sizes` (`{}`): rows of a page by list (`customers`, `control_profiles`, ...), in place of 100 or what `$top`
//!   asks for; a smaller `$top` wins.
//! - `empty_page` (none): of this list the second page is empty and has a next link.
//! - `delegated_customers` (true): false refuses an application the list of GDAP customers, as older documentation says.
//! - `contracts` (`all`): `none` lists no partnership, as where an MSP never had one of the older kind.
//! - `days_kept` (90): days of scores that are listed.
//! - `consent_answer` (`granted`): what an administrator answers on the consent page; `denied` sends back `access_denied`.
//! - `throttled` (none): a tenant's id; of this one all calls are beyond its own limit, for ten minutes more each time.
//! - `secret` (none): `expired` refuses the secret as expired.
//!
//! Scores are not kept but made of the tenant and the day: a day later there is another one, and the oldest is gone.

mod lists;
mod login;
mod scores;
mod state;
mod tenant;
mod wire;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::{Method, StatusCode};
use serde_json::{Map, Value, json};

use crate::Simulator;
use crate::exchange::{Answer, Call};
use crate::kept::Kept;
use crate::knobs::{DenyAs, Knobs, Limit};
use crate::records::ChangeMode;
use crate::vendor::{Odd, Refusal, Route, RouteKind, Vendor};
use state::State;
use wire::Reject;

pub(crate) const SIMULATOR: Simulator = Simulator {
    id: "microsoft-365",
    name: "Microsoft 365",
    origins: ORIGINS,
    seeded_origins: ORIGINS,
    build: |setup| Arc::new(Microsoft365 { state: Kept::new(tenant::seed(setup)), tokens: login::Tokens::new(setup) }),
};

const ORIGINS: &[&str] = &["https://graph.microsoft.com", "https://login.microsoftonline.com"];
const GRAPH: &str = "https://graph.microsoft.com/v1.0";
/// "Microsoft Graph service-specific throttling limits": concurrent requests for scores and their controls.
const SCORES_AT_ONCE: usize = 4;
const PARTNER: &str = "0f5e2a10-3c61-4d1e-9b7a-6d2c8e4f1a00";

struct Microsoft365 {
    state: Kept<State>,
    tokens: login::Tokens,
}

/// What a path of Graph stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    Organization,
    Customers(Option<String>),
    Contracts,
    Scores(Option<String>),
    Profiles(Option<String>),
    Skus(Option<String>),
    Domains(Option<String>),
}

impl Target {
    fn of(path: &str) -> Option<Self> {
        let rest = path.strip_prefix("/v1.0/")?.trim_end_matches('/');
        let parts: Vec<&str> = rest.split('/').collect();
        let one = |id: &str| Some(percent_decoded(id));
        Some(match parts.as_slice() {
            ["organization"] => Self::Organization,
            ["tenantRelationships", "delegatedAdminCustomers"] => Self::Customers(None),
            ["tenantRelationships", "delegatedAdminCustomers", id] => Self::Customers(one(id)),
            ["contracts"] => Self::Contracts,
            ["security", "secureScores"] => Self::Scores(None),
            ["security", "secureScores", id] => Self::Scores(one(id)),
            ["security", "secureScoreControlProfiles"] => Self::Profiles(None),
            ["security", "secureScoreControlProfiles", id] => Self::Profiles(one(id)),
            ["subscribedSkus"] => Self::Skus(None),
            ["subscribedSkus", id] => Self::Skus(one(id)),
            ["domains"] => Self::Domains(None),
            ["domains", id] => Self::Domains(one(id)),
            _ => return None,
        })
    }

    const fn template(&self) -> &'static str {
        match self {
            Self::Organization => "/v1.0/organization",
            Self::Customers(None) => "/v1.0/tenantRelationships/delegatedAdminCustomers",
            Self::Customers(Some(_)) => "/v1.0/tenantRelationships/delegatedAdminCustomers/{id}",
            Self::Contracts => "/v1.0/contracts",
            Self::Scores(None) => "/v1.0/security/secureScores",
            Self::Scores(Some(_)) => "/v1.0/security/secureScores/{id}",
            Self::Profiles(None) => "/v1.0/security/secureScoreControlProfiles",
            Self::Profiles(Some(_)) => "/v1.0/security/secureScoreControlProfiles/{id}",
            Self::Skus(None) => "/v1.0/subscribedSkus",
            Self::Skus(Some(_)) => "/v1.0/subscribedSkus/{id}",
            Self::Domains(None) => "/v1.0/domains",
            Self::Domains(Some(_)) => "/v1.0/domains/{id}",
        }
    }

    /// The product's name of what it is about, for faults and denials.
    const fn record_type(&self) -> Option<&'static str> {
        match self {
            Self::Organization => None,
            Self::Customers(_) | Self::Contracts => Some("customers"),
            Self::Scores(_) => Some("secure_scores"),
            Self::Profiles(_) => Some("control_profiles"),
            Self::Skus(_) => Some("licences"),
            Self::Domains(_) => Some("domains"),
        }
    }
}

fn percent_decoded(text: &str) -> String {
    let pair = format!("x={}", text.replace('+', "%2B"));
    url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

impl Microsoft365 {
    fn graph(&self, call: &Call, knobs: &Knobs) -> Result<Answer, Reject> {
        let target = Target::of(&call.path).ok_or_else(|| Reject::not_found("Resource not found for the segment."))?;
        let tenant = self.tokens.tenant_of(call, knobs)?;
        if call.method != Method::GET {
            return Err(Reject(
                StatusCode::METHOD_NOT_ALLOWED,
                "Request_BadRequest",
                "Specified HTTP method is not allowed.",
            ));
        }
        if knobs.quirk("throttled").is_some_and(|throttled| throttled == tenant.as_str()) {
            return Ok(wire::throttled(login::CLIENT_ID, &tenant));
        }
        if let Some(record_type) = target.record_type() {
            // The product's word for customers is taken, too.
            let companies = (record_type == "customers").then(|| knobs.denied("companies")).flatten();
            match knobs.denied(record_type).or(companies) {
                Some(DenyAs::Empty) => return Ok(Answer::ok(&json!({"value": []}))),
                Some(DenyAs::Forbidden) => return Err(Reject::forbidden()),
                None => {}
            }
        }
        let state = self.state.read();
        let lacks = |tenant: &state::Tenant| target.record_type().is_some_and(|kind| tenant.lacks.contains(kind));
        if state.tenants.get(&tenant).is_some_and(lacks) {
            return Err(Reject::forbidden());
        }
        let view = lists::View { state: &state, knobs, call, tenant: &tenant };
        match &target {
            Target::Organization => view.organization(),
            Target::Customers(None) => view.customers(),
            Target::Customers(Some(id)) => view.customer(id),
            Target::Contracts => view.contracts(),
            Target::Scores(None) => view.scores(),
            Target::Scores(Some(id)) => view.score(id),
            Target::Profiles(None) => view.rows("control_profiles", "security/secureScoreControlProfiles"),
            Target::Profiles(Some(id)) => view.row("control_profiles", id),
            Target::Skus(None) => view.rows("licences", "subscribedSkus"),
            Target::Skus(Some(id)) => view.row("licences", id),
            Target::Domains(None) => view.rows("domains", "domains"),
            Target::Domains(Some(id)) => view.row("domains", id),
        }
    }
}

impl Vendor for Microsoft365 {
    fn classify(&self, call: &Call) -> Route {
        if let Some(page) = login::Page::of(&call.path) {
            return Route { template: page.template().to_owned(), record_type: None, kind: RouteKind::Token };
        }
        let target = Target::of(&call.path);
        let template = target.as_ref().map_or("unknown", Target::template).to_owned();
        Route { template, record_type: target.as_ref().and_then(Target::record_type), kind: RouteKind::Data }
    }

    fn answer(&self, call: &Call, knobs: &Knobs) -> Answer {
        match login::Page::of(&call.path) {
            Some(login::Page::Token(tenant)) => self.tokens.issue(call, &self.state.read(), &tenant, knobs),
            Some(login::Page::Consent(tenant)) => login::consent(call, &mut self.state.write(), &tenant, knobs),
            None => self.graph(call, knobs).unwrap_or_else(|reject| reject.answer(call)),
        }
    }

    fn first_page(&self, call: &mut Call) {
        call.query.retain(|(name, _)| name != "$skiptoken" && name != "$skip");
    }

    fn odd_row(&self, record_type: &str, odd: Odd) -> Map<String, Value> {
        wire::odd_row(record_type, odd)
    }

    /// By application and tenant, four calls at once for scores and controls together.
    fn lane(&self, call: &Call, knobs: &Knobs) -> Option<(String, usize)> {
        Target::of(&call.path).filter(|target| matches!(target, Target::Scores(_) | Target::Profiles(_)))?;
        let tenant = self.tokens.tenant_of(call, knobs).ok()?;
        Some((tenant, SCORES_AT_ONCE))
    }

    fn limited(&self, _limit: &Limit, _knobs: &Knobs) -> Answer {
        let message = "Please retry again later.";
        Answer::json(StatusCode::TOO_MANY_REQUESTS, &json!({"error": {"code": "TooManyRequests", "message": message}}))
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        [("tenant_id", PARTNER), ("client_id", login::CLIENT_ID), ("client_secret", login::CLIENT_SECRET)]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into()
    }

    fn dump(&self, _knobs: &Knobs) -> Value {
        self.state.read().dump()
    }

    fn create(
        &self,
        list: &str,
        fields: Map<String, Value>,
        mode: ChangeMode,
        _knobs: &Knobs,
    ) -> Result<Value, Refusal> {
        tenant::create(&mut self.state.write(), list, fields, mode)
    }

    fn patch(
        &self,
        list: &str,
        id: &str,
        fields: Map<String, Value>,
        _mode: ChangeMode,
        _knobs: &Knobs,
    ) -> Result<Value, Refusal> {
        self.state.write().patch(list, id, fields)
    }

    fn delete(&self, list: &str, id: &str, _hard: bool, _mode: ChangeMode) -> Result<(), Refusal> {
        self.state.write().delete(list, id)
    }
}
