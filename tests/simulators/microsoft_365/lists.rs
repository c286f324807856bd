//! Graph's answers: one page of a list, or one row.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::state::{State, Tenant};
use super::wire::Reject;
use super::{GRAPH, PARTNER, scores};
use crate::exchange::{Answer, Call};
use crate::knobs::Knobs;

/// Rows of a page unless `$top` or a quirk says otherwise.
const PAGE: usize = 100;
/// The most that `$top` may ask for.
const LARGEST: usize = 300;

/// One call, with what answers it.
pub(super) struct View<'a> {
    pub(super) state: &'a State,
    pub(super) knobs: &'a Knobs,
    pub(super) call: &'a Call,
    /// Whose token it came with.
    pub(super) tenant: &'a str,
}

impl View<'_> {
    fn own(&self) -> Result<&Tenant, Reject> {
        self.state.tenants.get(self.tenant).ok_or(Reject::forbidden())
    }

    /// Only the partner has relationships with customers.
    fn as_partner(&self) -> Result<(), Reject> {
        if self.tenant == PARTNER { Ok(()) } else { Err(Reject::forbidden()) }
    }

    pub(super) fn organization(&self) -> Result<Answer, Reject> {
        let tenant = self.own()?;
        let mut row = json!({"id": tenant.id, "displayName": tenant.name});
        if self.call.param("$select").is_none() {
            row["verifiedDomains"] = json!([{"name": tenant.domain, "isDefault": true, "isInitial": false,
                "type": "Managed", "capabilities": "Email"}]);
        }
        Ok(Answer::ok(&self.body("organization", &[row], None)))
    }

    pub(super) fn customers(&self) -> Result<Answer, Reject> {
        self.as_delegated()?;
        let rows = self.state.customers().map(|tenant| Value::Object(customer(tenant))).collect();
        self.page("customers", "tenantRelationships/delegatedAdminCustomers", rows)
    }

    pub(super) fn customer(&self, id: &str) -> Result<Answer, Reject> {
        self.as_delegated()?;
        let found = self.state.customers().find(|tenant| tenant.id == id);
        let found = found.ok_or(Reject::not_found("The delegated admin customer was not found."))?;
        Ok(Answer::ok(&Value::Object(customer(found))))
    }

    fn as_delegated(&self) -> Result<(), Reject> {
        self.as_partner()?;
        match self.knobs.quirk("delegated_customers") {
            Some(Value::Bool(false)) => Err(Reject::forbidden()),
            _ => Ok(()),
        }
    }

    pub(super) fn contracts(&self) -> Result<Answer, Reject> {
        self.as_partner()?;
        let wanted = self.call.param("$filter").and_then(|filter| filter.strip_prefix("customerId eq "));
        let none = self.knobs.quirk("contracts").is_some_and(|quirk| quirk == "none");
        let rows =
            self.state.customers().filter(|_| !none).filter(|tenant| wanted.is_none_or(|wanted| wanted == tenant.id));
        let rows = rows.map(|tenant| {
            // Keyed by the partnership; the customer is another id.
            json!({"id": format!("c0{}", &tenant.id[2..]), "contractType": "ResellerPartner", "customerId": tenant.id,
                "defaultDomainName": tenant.domain, "displayName": tenant.name, "deletedDateTime": null})
        });
        self.page("customers", "contracts", rows.collect())
    }

    pub(super) fn scores(&self) -> Result<Answer, Reject> {
        let tenant = self.own()?;
        let days = scores::days(tenant, self.call.at);
        let kept = self.knobs.quirk("days_kept").and_then(|days| days.as_u64()).unwrap_or(u64::MAX);
        let days = days.into_iter().take(usize::try_from(kept).unwrap_or(usize::MAX));
        let rows = days.map(|day| Value::Object(scores::on(self.state, tenant, day))).collect();
        self.page("secure_scores", "security/secureScores", rows)
    }

    pub(super) fn score(&self, id: &str) -> Result<Answer, Reject> {
        let tenant = self.own()?;
        let day = scores::days(tenant, self.call.at).into_iter().find(|day| scores::id(tenant, *day) == id);
        let day = day.ok_or(Reject::not_found("No score of this day."))?;
        Ok(Answer::ok(&Value::Object(scores::on(self.state, tenant, day))))
    }

    pub(super) fn rows(&self, list: &str, path: &str) -> Result<Answer, Reject> {
        let tenant = self.own()?;
        let rows = self.state.rows_of(list, &tenant.id).cloned().map(Value::Object).collect();
        self.page(list, path, rows)
    }

    pub(super) fn row(&self, list: &str, id: &str) -> Result<Answer, Reject> {
        let tenant = self.own()?;
        let row = self.state.rows_of(list, &tenant.id).find(|row| row["id"] == id);
        Ok(Answer::ok(&Value::Object(row.cloned().ok_or(Reject::not_found("Resource does not exist."))?)))
    }

    /// One page: `$top` rows at most, fewer where the server's own page is smaller. Whatever is left has a next link.
    fn page(&self, list: &str, path: &str, rows: Vec<Value>) -> Result<Answer, Reject> {
        let total = rows.len();
        let number = |name: &str| self.call.param(name).map(str::parse::<usize>).transpose();
        let bad = |_| Reject(StatusCode::BAD_REQUEST, "Request_BadRequest", "The query options cannot be read.");
        let top = number("$top").map_err(bad)?;
        if top == Some(0) || top.is_some_and(|top| list == "customers" && top > LARGEST) {
            return Err(Reject(StatusCode::BAD_REQUEST, "Request_BadRequest", "Invalid value for $top."));
        }
        let token = self.call.param("$skiptoken");
        let skip = number("$skip").map_err(bad)?;
        let begin = token.map(|token| token.strip_prefix('p').and_then(|n| n.parse::<usize>().ok()));
        let begin = match begin {
            Some(None) => {
                return Err(Reject(StatusCode::BAD_REQUEST, "Directory_ExpiredPageToken", "The page has expired."));
            }
            Some(Some(begin)) => begin,
            None => skip.unwrap_or(0),
        };
        let sizes = self.knobs.quirk("page_sizes").and_then(|sizes| sizes.get(list)?.as_u64());
        let largest = sizes.and_then(|size| usize::try_from(size).ok()).unwrap_or(LARGEST).max(1);
        let size = top.unwrap_or(PAGE).min(largest);
        let empties = self.knobs.quirk("empty_page").is_some_and(|wanted| wanted == list);
        // The empty page stands between the first rows and the rest, and is asked for by a token of its own.
        let is_empty_page = empties && token == Some("p0");
        let (shown, next) = if is_empty_page {
            (Vec::new(), Some(size).filter(|next| *next < rows.len()))
        } else {
            let end = begin.saturating_add(size);
            let next = (end < rows.len()).then_some(if empties && token.is_none() { 0 } else { end });
            (rows.into_iter().skip(begin).take(size).collect(), next)
        };
        let next = next.map(|next| {
            let top = top.map(|top| format!("$top={top}&")).unwrap_or_default();
            // Scores count; the other lists have tokens.
            let skipped = if list == "secure_scores" && !empties {
                format!("$skip={next}")
            } else {
                format!("$skiptoken=p{next}")
            };
            format!("{GRAPH}/{path}?{top}{skipped}")
        });
        let counted = self.call.flag("$count") == Some(true) && token.is_none();
        let mut answer = self.body(path, &shown, next);
        if counted {
            answer["@odata.count"] = total.into();
        }
        Ok(Answer::ok(&answer))
    }

    fn body(&self, path: &str, rows: &[Value], next: Option<String>) -> Value {
        let mut body = json!({"@odata.context": format!("{GRAPH}/$metadata#{path}"), "value": rows});
        if let Some(next) = next {
            body["@odata.nextLink"] = next.into();
        }
        body
    }
}

fn customer(tenant: &Tenant) -> Map<String, Value> {
    super::wire::object(json!({"@odata.etag": format!("W/\"{}\"", &tenant.id[..8]), "id": tenant.id,
        "tenantId": tenant.id, "displayName": tenant.name}))
}
