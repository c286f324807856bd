//! Stripe's objects against the types of its own client at the pinned version, which win over the OpenAPI document of three
//! years before; and requests against that document, whose parameters are still those.

use std::collections::BTreeMap;

use serde_json::Value;
use simulators::{App, Setup};

use super::{call, folder};

const VERSION: &str = "2026-07-29.dahlia";

/// Reads one of the documents, or says that there is none.
fn document(name: &str) -> Option<Value> {
    let Some(folder) = folder() else {
        println!("skipped: stripe is not checked against {name}, as VENDOR_SPECS is not set");
        return None;
    };
    let text =
        std::fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name} cannot be read: {error}"));
    Some(serde_json::from_str(&text).unwrap())
}

fn app() -> App {
    let clock = || jiff::Timestamp::from_second(1_790_000_000).unwrap();
    simulators::by_id("stripe").unwrap().build(&Setup { scale: 200, seed: 11, clock: std::sync::Arc::new(clock) })
}

fn ask(app: &App, method: &str, path: &str, body: &str) -> Value {
    let key = format!("Bearer {}", app.credentials()["restricted_key"]);
    let headers = [("authorization", key), ("stripe-version", VERSION.to_owned())];
    let (status, answer) = call(app, method, path, &headers, body);
    assert_eq!(status, 200, "{method} {path}: {answer}");
    answer
}

/// The client's declarations of one resource, and those of the others that it may refer to.
struct Types(Value);

impl Types {
    fn check(&self, resource: &str, value: &Value) -> Vec<String> {
        let declared = &self.0["resources"][resource];
        let interface = declared["interface"].as_str().unwrap_or_else(|| panic!("no types of {resource}"));
        let mut wrong = Vec::new();
        self.object(resource, interface, value, interface, &mut wrong);
        wrong
    }

    fn object(&self, resource: &str, name: &str, value: &Value, at: &str, wrong: &mut Vec<String>) {
        let fields = self.0["resources"][resource]["types"][name].as_object().unwrap();
        if let Some(alias) = fields.get("$alias").and_then(Value::as_str) {
            if !self.fits(resource, name, alias, value, at, &mut Vec::new()) {
                wrong.push(format!("{at} is {value}, not {alias}"));
            }
            return;
        }
        let Some(object) = value.as_object() else {
            wrong.push(format!("{at} is {value}, not an object"));
            return;
        };
        for (field, declared) in fields {
            match object.get(field) {
                Some(value) => {
                    let (kind, at) = (declared["t"].as_str().unwrap(), format!("{at}.{field}"));
                    let mut inner = Vec::new();
                    if !self.fits(resource, name, kind, value, &at, &mut inner) {
                        if inner.is_empty() {
                            inner.push(format!("{at} is {value}, not {kind}"));
                        }
                        wrong.extend(inner);
                    }
                }
                None if declared["opt"] == false => wrong.push(format!("{at}.{field} is missing")),
                None => {}
            }
        }
        wrong.extend(
            object
                .keys()
                .filter(|field| !fields.contains_key(*field))
                .map(|field| format!("{at}.{field} is not declared")),
        );
    }

    /// Whether a value is of a type; what is wrong inside is noted.
    fn fits(&self, resource: &str, of: &str, kind: &str, value: &Value, at: &str, wrong: &mut Vec<String>) -> bool {
        alternatives(kind).into_iter().any(|kind| self.is(resource, of, kind, value, at, wrong))
    }

    fn is(&self, resource: &str, of: &str, kind: &str, value: &Value, at: &str, wrong: &mut Vec<String>) -> bool {
        let inside = |name: &str| kind.strip_prefix(name).and_then(|rest| rest.strip_prefix('<')?.strip_suffix('>'));
        let all = |rows: &Value, kind: &str, wrong: &mut Vec<String>| {
            rows.as_array().is_some_and(|rows| rows.iter().all(|row| self.fits(resource, of, kind, row, at, wrong)))
        };
        match kind {
            "string" | "OtherString" | "Decimal" => value.is_string(),
            "number" => value.is_i64(),
            "boolean" => value.is_boolean(),
            "null" => value.is_null(),
            "Metadata" => value.is_object(),
            _ if kind.starts_with('\'') => value.as_str() == Some(kind.trim_matches('\'')),
            _ if kind.starts_with('{') => value.is_object(),
            _ => {
                if let Some(inner) = inside("Array") {
                    return all(value, inner, wrong);
                }
                if let Some(inner) = inside("ApiList") {
                    return value["object"] == "list" && all(&value["data"], inner, wrong);
                }
                if value.is_null() || value.is_string() && self.named(resource, of, kind).is_none() {
                    return false;
                }
                let Some((resource, name)) = self.named(resource, of, kind) else { return value.is_object() };
                let mut found = Vec::new();
                self.object(&resource, &name, value, at, &mut found);
                let fits = found.is_empty();
                wrong.extend(found);
                fits
            }
        }
    }

    /// Where a name is declared: within the interface that uses it, within the resource, or as another resource.
    fn named(&self, resource: &str, of: &str, kind: &str) -> Option<(String, String)> {
        let own = self.0["resources"][resource]["types"].as_object()?;
        let parent = of.rsplit_once('.').map_or(of, |(parent, _)| parent);
        for name in [kind.to_owned(), format!("{of}.{kind}"), format!("{parent}.{kind}")] {
            if own.contains_key(&name) {
                return Some((resource.to_owned(), name));
            }
        }
        let resources = self.0["resources"].as_object()?;
        let other = resources.iter().find(|(_, declared)| declared["interface"] == kind);
        other.map(|(resource, _)| (resource.clone(), kind.to_owned()))
    }
}

/// The members of a union, not those inside of brackets.
fn alternatives(kind: &str) -> Vec<&str> {
    let (mut depth, mut from, mut found) = (0, 0, Vec::new());
    for (at, character) in kind.char_indices() {
        match character {
            '<' | '{' | '(' => depth += 1,
            '>' | '}' | ')' => depth -= 1,
            '|' if depth == 0 => {
                found.push(kind[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    found.push(kind[from..].trim());
    found
}

#[test]
fn objects_are_as_the_client_of_the_pinned_version_declares_them() {
    let Some(types) = document("stripe.current-types.json").map(Types) else { return };
    let app = app();
    let mut wrong = Vec::new();
    for (path, resource) in [
        ("/v1/customers?limit=100", "customer"),
        ("/v1/products?limit=100", "product"),
        ("/v1/prices?limit=100", "price"),
        ("/v1/subscriptions?limit=100&status=all", "subscription"),
        ("/v1/invoices?limit=100", "invoice"),
        ("/v1/charges?limit=100", "charge"),
    ] {
        let list = ask(&app, "GET", path, "");
        let rows = list["data"].as_array().unwrap();
        assert!(!rows.is_empty(), "{path} shows nothing that could be checked");
        wrong.extend(rows.iter().flat_map(|row| types.check(resource, row)));
    }
    let customer = app.dump()["customers"][0]["id"].as_str().unwrap().to_owned();
    let charge =
        app.dump()["charges"].as_array().unwrap().iter().find(|row| row["status"] == "succeeded").unwrap()["id"]
            .clone();
    let price = app.dump()["prices"][0]["id"].clone();
    for (path, body, resource) in [
        ("/v1/customers".to_owned(), "name=New&metadata[a]=b".to_owned(), "customer"),
        ("/v1/refunds".to_owned(), format!("charge={}&amount=1", charge.as_str().unwrap()), "refund"),
        (
            "/v1/billing_portal/sessions".to_owned(),
            format!("customer={customer}&return_url=https://portal.example"),
            "billing_portal.session",
        ),
        (
            "/v1/webhook_endpoints".to_owned(),
            "url=https://portal.example/x&enabled_events[]=customer.updated&api_version=2026-07-29.dahlia".to_owned(),
            "webhook_endpoint",
        ),
        (
            "/v1/checkout/sessions".to_owned(),
            format!(
                "mode=subscription&success_url=https://portal.example&line_items[0][price]={}&line_items[0][quantity]=2",
                price.as_str().unwrap()
            ),
            "checkout.session",
        ),
    ] {
        wrong.extend(types.check(resource, &ask(&app, "POST", &path, &body)));
    }
    wrong.extend(types.check("account", &ask(&app, "GET", "/v1/account", "")));
    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    for complaint in wrong {
        *counted.entry(complaint).or_default() += 1;
    }
    assert!(counted.is_empty(), "{counted:#?}");
}

#[test]
fn objects_have_what_the_fixtures_have() {
    let Some(fixtures) = document("stripe.fixtures.json") else { return };
    let app = app();
    // One is in the fixture of an invoice by mistake, the other only where a charge is expanded.
    let strays = ["subscription", "refunds"];
    let mut missing = Vec::new();
    for (path, resource) in [
        ("/v1/customers", "customer"),
        ("/v1/subscriptions?status=all", "subscription"),
        ("/v1/invoices", "invoice"),
        ("/v1/charges", "charge"),
        ("/v1/products", "product"),
        ("/v1/prices", "price"),
    ] {
        let row = ask(&app, "GET", path, "")["data"][0].clone();
        let fixture = fixtures["resources"][resource].as_object().unwrap();
        let lacks = fixture.keys().filter(|field| row.get(field).is_none() && !strays.contains(&field.as_str()));
        missing.extend(lacks.map(|field| format!("{resource}.{field}")));
    }
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn every_parameter_that_the_connector_sends_is_documented() {
    let Some(document) = document("stripe.openapi.json") else { return };
    let parameters = |path: &str, method: &str| -> Vec<String> {
        let operation = &document["paths"][path][method];
        let listed = operation["parameters"].as_array().into_iter().flatten();
        let mut names: Vec<String> = listed.filter_map(|one| one["name"].as_str().map(str::to_owned)).collect();
        let form = &operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]["properties"];
        names.extend(form.as_object().into_iter().flatten().map(|(name, _)| name.clone()));
        names
    };
    for (method, path, sent) in [
        ("get", "/v1/customers", &["limit", "starting_after"][..]),
        ("get", "/v1/subscriptions", &["limit", "starting_after", "status"]),
        ("get", "/v1/subscription_items", &["limit", "starting_after", "subscription"]),
        ("get", "/v1/invoices", &["limit", "starting_after"]),
        ("get", "/v1/charges", &["limit", "starting_after"]),
        ("get", "/v1/products", &["limit", "ids"]),
        ("get", "/v1/events", &["limit", "starting_after", "created"]),
        ("get", "/v1/webhook_endpoints", &["limit"]),
        ("post", "/v1/webhook_endpoints", &["url", "api_version", "description", "enabled_events"]),
        ("post", "/v1/webhook_endpoints/{webhook_endpoint}", &["disabled", "enabled_events"]),
        ("post", "/v1/billing_portal/sessions", &["customer", "return_url"]),
    ] {
        let known = parameters(path, method);
        let unknown: Vec<_> = sent.iter().filter(|name| !known.iter().any(|known| known == *name)).collect();
        assert!(unknown.is_empty(), "{method} {path}: {unknown:?} of {known:?}");
    }
    for path in ["/v1/account", "/v1/customers/{customer}", "/v1/invoices/{invoice}", "/v1/charges/{charge}"] {
        assert!(document["paths"][path]["get"].is_object(), "{path}");
    }
}
