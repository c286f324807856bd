//! An Autotask for tests.

use std::sync::Arc;

use connector::http::Budget;
use serde_json::{Value, json};
use testkit::fake_vendor::{FakeVendor, Reply, Seen, ok, reply};
use url::Url;

use crate::CONNECTOR;

const KEY: &[(&str, &str)] = &[("username", "api+x@msp.example"), ("secret", "hush-hush")];

/// One in zone 5 that answers like this.
pub(crate) fn autotask(answering: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Arc<FakeVendor> {
    budgeted(Budget::unlimited(), answering)
}

pub(crate) fn budgeted(budget: Budget, answering: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Arc<FakeVendor> {
    bare(budget, move |seen| if seen.line.starts_with("GET zoneInformation") { zone(5) } else { answering(seen) })
}

/// One that answers like this when it is asked for the zone, too.
pub(crate) fn bare(budget: Budget, answering: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Arc<FakeVendor> {
    let vendor = FakeVendor::new(&CONNECTOR, KEY, answering).aside(&["zoneInformation", "entityInformation"]);
    let vendor = vendor.telling(below_version).dated().budget(budget);
    Arc::new(vendor.deployment("autotask_integration_code", "TRACKING"))
}

/// `Tickets/query`: every call is below the version.
fn below_version(url: &Url) -> String {
    let whole = &url[url::Position::BeforePath..url::Position::AfterQuery];
    whole.split_once("1.0/").map_or(whole, |(_, path)| path).to_owned()
}

pub(crate) fn zone(number: u32) -> Reply {
    let url = format!("https://webservices{number}.autotask.net/ATServicesRest/");
    ok(&json!({"zoneName": "x", "url": url, "webUrl": "https://ww5.autotask.net/", "ci": 12345}))
}

pub(crate) fn items(rows: Value) -> Reply {
    let count = rows.as_array().map(Vec::len);
    let mut page = json!({"pageDetails": {"count": count, "requestCount": 500, "nextPageUrl": null}});
    page["items"] = rows;
    ok(&page)
}

pub(crate) fn errors(text: &str) -> Reply {
    reply(500, json!({"errors": [text]}))
}

/// `entityInformation/fields` with these lists of (value, label), the first one the default.
pub(crate) fn fields(lists: &[(&str, &[(&str, &str)])]) -> Reply {
    let list = |(name, values): &(&str, &[(&str, &str)])| {
        let values = values.iter().enumerate().map(|(index, (value, label))| {
            json!({"value": value, "label": label, "isActive": true, "sortOrder": index, "isDefaultValue": index == 0})
        });
        json!({"name": name, "picklistValues": values.collect::<Vec<_>>()})
    };
    ok(&json!({"fields": lists.iter().map(list).collect::<Vec<_>>()}))
}

/// The bodies sent with this line.
pub(crate) fn sent(autotask: &FakeVendor, line: &str) -> Vec<Value> {
    autotask.calls().into_iter().filter(|seen| seen.line == line).map(|seen| seen.json()).collect()
}
