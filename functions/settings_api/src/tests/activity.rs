//! Activity: what each route that writes leaves behind.

use insta::assert_snapshot;
use serde_json::{Value, json};
use sync::body::{Body, Held};

use super::harness::{ADMIN, Api, CANARY, Call, HALO, TENANT, halo};
use super::imports::mirror_companies;
use super::lifecycle::engine_knows;
use super::quick_match::start;
use super::routes::{Ours, call, cases, ours};
use super::users::moved_away;

/// Routes that write and leave no entry, and why none is needed.
const WITHOUT_ENTRY: &[(&str, &str)] = &[
    ("POST /v1/integrations/{connector}/test", "a test changes nothing that a person decides"),
    ("POST /v1/integrations/{connector}/import-preview", "it writes nothing"),
    ("POST /v1/quick-match", "it proposes, and links nothing"),
    ("POST /v1/companies/{company}/billing/portal", "it opens a page of the vendor's, and changes nothing here"),
    ("POST /v1/enrolments/{enrolment}/launch", "an address for one click changes nothing"),
    ("POST /v1/integrations/{connector}/webhook/provision", "Halo has no API for it; a test of its own asks Autotask"),
];

async fn entries(api: &Api) -> Vec<Value> {
    api.get("/v1/activity?limit=200").await.expect(200)["items"].as_array().unwrap().clone()
}

/// What an entry tells, in one line.
fn line(entry: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let object = &entry["object"];
    let mut line = format!(
        "{} {} {} {}",
        text(&entry["actor"]["name"]),
        text(&entry["action"]),
        text(&object["kind"]),
        text(&object["name"])
    );
    for part in ["before", "after", "count"] {
        if !entry[part].is_null() {
            line.push_str(&format!(" {part} {}", entry[part]));
        }
    }
    line
}

/// Sorted, because the clock of these tests stands still.
async fn in_order(api: &Api) -> String {
    let mut lines = lines(api).await;
    lines.sort();
    lines.join("\n")
}

async fn lines(api: &Api) -> Vec<String> {
    entries(api).await.iter().map(line).collect()
}

#[tokio::test]
async fn every_route_that_writes_leaves_an_entry() {
    let mut silent = Vec::new();
    let nobody = Ours::nobody();
    for place in 0..cases(&nobody).len() {
        let case = &cases(&nobody)[place];
        let name = format!("{} {}", case.method, case.route);
        if case.method == "GET" {
            continue;
        }
        let api = Api::new().await;
        let mut ours = ours(&api).await;
        prepare(&api, &name, &mut ours).await;
        let before = entries(&api).await.len();
        let case = &cases(&ours)[place];
        let tag = api.get(HALO).await.header("etag").unwrap_or_default().to_owned();
        let mut sent = call(case, TENANT, ADMIN);
        if case.route.ends_with("/options") {
            sent = sent.header("if-match", &tag);
        }
        let answer = api.send(sent).await;
        let added = entries(&api).await.len() - before;
        let excused = WITHOUT_ENTRY.iter().any(|(route, _)| *route == name);
        assert!(added == 0 || !excused, "{name} leaves an entry, so it needs no excuse");
        if added == 0 && !excused {
            silent.push(format!("{name}: {}", answer.status));
        }
    }
    assert!(
        silent.is_empty(),
        "No entry of activity after {silent:#?}. Hand one to the store with the change (`By::Person`). Where the case in \
         `routes.rs` changes nothing, have `prepare` in this file see to it. Where the route changes nothing that a person \
         decides, say so in `WITHOUT_ENTRY`."
    );
}

/// Brings about a state in which the case of a route changes something.
async fn prepare(api: &Api, name: &str, ours: &mut Ours) {
    api.later(300);
    let undo_quick_match = async |ours: &Ours| {
        let undo = format!("/v1/quick-match/{}/undo", ours.quick_match);
        api.send(Call::new("POST", &undo)).await.expect(202);
    };
    match name {
        "POST /v1/integrations/{connector}/enable" => {
            api.send(Call::new("POST", &format!("{HALO}/disable"))).await.expect(200);
        }
        "POST /v1/integrations/{connector}/sync" => api.requested_run_ends().await,
        "POST /v1/integrations/{connector}/deletions/confirm" => {
            let held = Held { count: 412, of: 450, at: api.now() };
            engine_knows(api, &Body { held: [("contacts".to_owned(), held)].into(), ..Body::default() }).await;
        }
        "POST /v1/integrations/{connector}/confirm-account" => {
            let account = api.store().connection(&halo()).await.unwrap().unwrap().settings.value.account.unwrap();
            engine_knows(api, &Body { shared_account: Some(account.id), ..Body::default() }).await;
        }
        // What these link is linked by the quick match that was applied.
        "POST /v1/integrations/{connector}/companies/import"
        | "PUT /v1/companies/{company}/links/{connector}/{external_id}" => undo_quick_match(ours).await,
        "POST /v1/users/{user}/move" => moved_away(api, &ours.user, "2").await,
        "DELETE /v1/duplicates/{duplicate}/ignored" => {
            api.send(Call::new("PUT", &format!("/v1/duplicates/{}/ignored", ours.duplicate))).await.expect(204);
        }
        "POST /v1/quick-match/{quick_match}/apply" => {
            undo_quick_match(ours).await;
            ours.quick_match = start(api).await.rsplit('/').next().unwrap().to_owned();
        }
        _ => {}
    }
}

#[tokio::test]
async fn an_entry_says_who_did_what_before_and_after() {
    let api = Api::new().await;
    api.connect().await;
    api.save_options(&json!({ "interval_minutes": 5 })).await.expect(200);
    mirror_companies(&api, &[("1", "Acme Ltd"), ("2", "Beta"), ("3", "Gamma")]).await;
    let made = api.post("/v1/companies", &json!({ "name": "Acme", "phone": "1" })).await.expect(201);
    let company = format!("/v1/companies/{}", made["id"].as_str().unwrap());
    api.patch(&company, &json!({ "name": "Acme Limited" })).await.expect(200);
    api.patch(&company, &json!({ "name": "Acme Limited" })).await.expect(200);
    api.send(Call::new("PUT", &format!("{company}/links/halo-psa/1"))).await.expect(200);
    api.put(&format!("{company}/defaults"), &json!({ "import_role": "standard" })).await.expect(200);
    let items = json!({ "items": [{ "external_id": "2" }, { "external_id": "3" }] });
    api.post(&format!("{HALO}/companies/import"), &items).await.expect(200);
    api.delete(&format!("{company}/links/halo-psa/1")).await.expect(200);
    api.delete(&company).await.expect(204);
    api.send(Call::new("POST", &format!("{HALO}/disable"))).await.expect(200);
    assert_snapshot!(in_order(&api).await, @r#"
    Ada Admin company.changed company Acme before {"name":"Acme"} after {"name":"Acme Limited"}
    Ada Admin company.created company Acme after {"domains":[],"name":"Acme","phone":"1"}
    Ada Admin company.defaults_changed company Acme Limited after {"import_role":"standard"}
    Ada Admin company.deleted company Acme Limited before {"links":{},"users":0}
    Ada Admin company.imported integration Halo PSA count 2
    Ada Admin company.linked company Acme Limited after {"connector":"halo-psa","external_id":"1","name":"Acme Ltd"}
    Ada Admin company.unlinked company Acme Limited before {"connector":"halo-psa","external_id":"1","name":"Acme Ltd"}
    Ada Admin credentials.replaced integration Halo PSA after {"client_id":"c-1","client_secret":"replaced","url":"https://acme.halopsa.com"}
    Ada Admin integration.enabled integration Halo PSA before {"active":false} after {"active":true}
    Ada Admin integration.paused integration Halo PSA before {"active":true} after {"active":false}
    Ada Admin options.changed integration Halo PSA after {"record_types":["companies","contacts","users","tickets"]}
    Ada Admin options.changed integration Halo PSA before {"interval_minutes":15} after {"interval_minutes":5}
    "#);
}

#[tokio::test]
async fn secrets_stand_in_no_entry() {
    let api = Api::new().await;
    api.enter_credentials().await;
    let other = json!({ "values": { "url": "acme.halopsa.com", "client_id": "c-2", "client_secret": CANARY } });
    api.put(&format!("{HALO}/credentials"), &other).await.expect(200);
    api.send(Call::new("POST", &format!("{HALO}/webhook/rotate"))).await.expect(200);
    assert_snapshot!(in_order(&api).await, @r#"
    Ada Admin credentials.replaced integration Halo PSA after {"client_id":"c-1","client_secret":"replaced","url":"https://acme.halopsa.com"}
    Ada Admin credentials.replaced integration Halo PSA before {"client_id":"c-1"} after {"client_id":"c-2","client_secret":"replaced"}
    Ada Admin webhook.rotated integration Halo PSA after {"address":"replaced","secret":"replaced"}
    "#);
}

#[tokio::test]
async fn entries_are_filtered_by_person_and_by_object() {
    let api = Api::new().await;
    let made = api.post("/v1/companies", &json!({ "name": "Acme" })).await.expect(201);
    api.later(1);
    let bob = json!({ "tenant": TENANT, "scope": ADMIN, "sub": "bob", "name": "Bob" });
    let other = Call::new("POST", "/v1/companies").body(&json!({ "name": "Beta" })).claims(Some(bob));
    api.send(other).await.expect(201);
    let told = async |filter: &str| {
        let list = api.get(&format!("/v1/activity?{filter}")).await.expect(200);
        list["items"].as_array().unwrap().iter().map(line).collect::<Vec<_>>().join(", ")
    };
    let acme = made["id"].as_str().unwrap();
    assert_eq!(told("actor=bob").await, r#"Bob company.created company Beta after {"domains":[],"name":"Beta"}"#);
    assert_eq!(
        told(&format!("object=company:{acme}")).await,
        r#"Ada Admin company.created company Acme after {"domains":[],"name":"Acme"}"#
    );
    assert_eq!(told(&format!("actor=bob&object=company:{acme}")).await, "");
    assert_eq!(api.get("/v1/activity?object=company").await.pointers(), ["/object"]);
    assert_eq!(api.get("/v1/activity?object=planet:mars").await.pointers(), ["/object"]);
    assert_eq!(api.get("/v1/activity?actor=").await.pointers(), ["/actor"]);
}

#[tokio::test]
async fn putting_subscriptions_in_order_leaves_an_entry() {
    let api = Api::new().await;
    api.switch_on("autotask", |_| ()).await;
    api.send(Call::new("POST", "/v1/integrations/autotask/webhook/provision")).await.expect(202);
    assert_eq!(lines(&api).await, ["Ada Admin webhook.provisioned integration Autotask"]);
}

#[tokio::test]
async fn an_import_is_one_entry_and_each_company_knows_of_its_own() {
    let api = Api::new().await;
    api.connect().await;
    mirror_companies(&api, &[("1", "Acme"), ("2", "Beta")]).await;
    let items = json!({ "items": [{ "external_id": "1" }, { "external_id": "2" }] });
    let list = api.post(&format!("{HALO}/companies/import"), &items).await.expect(200);
    let beta = list["items"][1]["company_id"].as_str().unwrap();
    let told = lines(&api).await;
    let imported: Vec<_> = told.iter().filter(|line| line.contains("company.imported")).collect();
    assert_eq!(imported, ["Ada Admin company.imported integration Halo PSA count 2"]);
    let own = api.get(&format!("/v1/activity?object=company:{beta}")).await.expect(200);
    assert_eq!(
        line(&own["items"][0]),
        r#"Ada Admin company.imported company Beta after {"connector":"halo-psa","external_id":"2","name":"Beta"}"#
    );
}
