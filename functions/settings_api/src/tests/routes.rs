//! Who may do what, for every route there is: a route without a case here fails.

use domain::record::{RecordType, Technician, Ticket};
use serde_json::{Value, json};

use super::document::{document, operations};
use super::harness::{ADMIN, Api, CANARY, Call, TENANT, credentials, cursor, halo};
use super::imports::mirror_companies;
use super::outbox::{mirror_technicians, mirror_tickets, printer, refuse, tess};
use super::secure_score::{self, TENANT_ID};
use super::training::{connect_training, mirror_course, mirror_enrolment};

/// What another tenant gets to see of something of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Foreign {
    /// Nothing: 404, as if it were not there.
    Missing,
    /// Its own, which is not ours: none of our names is in the answer.
    Own,
}
use Foreign::{Missing, Own};

#[derive(Clone)]
pub(super) struct Case {
    pub(super) method: &'static str,
    pub(super) route: &'static str,
    /// The route with ids of ours in it.
    path: String,
    body: Option<Value>,
    foreign: Foreign,
}

fn case(method: &'static str, route: &'static str, path: &str, foreign: Foreign) -> Case {
    Case { method, route, path: path.to_owned(), body: None, foreign }
}

fn with(method: &'static str, route: &'static str, path: &str, body: Value, foreign: Foreign) -> Case {
    Case { body: Some(body), ..case(method, route, path, foreign) }
}

/// What there is of ours.
pub(super) struct Ours {
    pub(super) company: String,
    pub(super) quick_match: String,
    pub(super) user: String,
    /// A user who takes no course.
    pub(super) learner: String,
    pub(super) enrolment: String,
    pub(super) refused_enrolment: String,
    pub(super) run: String,
    pub(super) test: String,
    pub(super) duplicate: String,
}

impl Ours {
    /// Ids of nothing, for what only looks at the routes.
    pub(super) fn nobody() -> Self {
        let none = || "x".to_owned();
        Self {
            company: none(),
            quick_match: none(),
            user: none(),
            learner: none(),
            enrolment: none(),
            refused_enrolment: none(),
            run: none(),
            test: none(),
            duplicate: none(),
        }
    }
}

/// A tenant with something of everything, all of it called by a name that another tenant must not see.
pub(super) async fn ours(api: &Api) -> Ours {
    api.connect().await;
    mirror_companies(api, &[("1", "Secretive Ltd"), ("2", "Secretive Two"), ("3", "Secretive Three")]).await;
    let import = json!({ "items": [{ "external_id": "3" }] });
    let blocked = api.post("/v1/integrations/halo-psa/companies/import", &import).await.expect(200);
    let blocked = blocked["items"][0]["company_id"].as_str().unwrap().to_owned();
    api.delete(&format!("/v1/companies/{blocked}")).await.expect(204);
    let made = api.post("/v1/companies", &json!({ "name": "Secretive Portal" })).await.expect(201);
    let company = made["id"].as_str().unwrap().to_owned();
    api.send(Call::new("PUT", &format!("/v1/companies/{company}/links/halo-psa/1"))).await.expect(200);
    secure_score::link(api, &company).await;
    let user =
        json!({ "name": "Secretive Ann", "email": "ann@secretive.example", "company_id": company, "role": "standard" });
    let user = api.post("/v1/users", &user).await.expect(201)["id"].as_str().unwrap().to_owned();
    let run = api.post("/v1/integrations/halo-psa/sync", &json!({ "mode": "changes" })).await.expect(202);
    let test = api.send(Call::new("POST", "/v1/integrations/halo-psa/test")).await.expect(202);
    api.invoker.run_started().await;
    let aside = store::quarantine::Quarantined {
        record_type: RecordType::Tickets,
        external_id: "17".into(),
        error: "Secretive error".to_owned(),
        raw: "{}".to_owned(),
        at: api.now(),
    };
    api.store().put_quarantined(&halo(), &[aside]).await.unwrap();
    mirror_tickets(api, &[("17", Ticket { title: "Secretive ticket".to_owned(), ..printer() })]).await;
    mirror_technicians(api, &[("7", Technician { name: "Secretive Tess".to_owned(), ..tess() })]).await;
    for (path, change, record_type) in [
        ("/v1/tickets/halo-psa.17", json!({ "title": "Secretive edit" }), RecordType::Tickets),
        ("/v1/technicians/halo-psa.7", json!({ "title": "Secretive title" }), RecordType::Users),
    ] {
        api.patch(path, &change).await.expect(200);
        refuse(api, record_type, None, "Secretive refusal").await;
    }
    connect_training(api, |_| {}).await;
    mirror_course(api, "excel", "Secretive Excel").await;
    let enrolment = mirror_enrolment(api, "excel", &user, &company).await;
    let second =
        json!({ "name": "Secretive Bea", "email": "bea@secretive.example", "company_id": company, "role": "standard" });
    let second = api.post("/v1/users", &second).await.expect(201)["id"].as_str().unwrap().to_owned();
    let wanted = json!({ "course_id": "bigger-brains.excel", "contact_id": second });
    let refused = api.post(&format!("/v1/companies/{company}/enrolments"), &wanted).await.expect(201);
    super::training::refuse_enrolments(api, "Secretive refusal").await;
    let third =
        json!({ "name": "Secretive Cyd", "email": "cyd@secretive.example", "company_id": company, "role": "standard" });
    let third = api.post("/v1/users", &third).await.expect(201)["id"].as_str().unwrap().to_owned();
    api.post("/v1/companies", &json!({ "name": "Secretive Two" })).await.expect(201);
    let found = api.post("/v1/quick-match", &json!({})).await.expect(201);
    let quick_match = found["id"].as_str().unwrap().to_owned();
    api.post(&format!("/v1/quick-match/{quick_match}/apply"), &json!({ "accept": "filtered" })).await.expect(202);
    for _ in 0..2 {
        api.post("/v1/companies", &json!({ "name": "Secretive Twin" })).await.expect(201);
    }
    let duplicates = api.get("/v1/duplicates?kind=companies").await.expect(200);
    Ours {
        company,
        quick_match,
        duplicate: duplicates["items"][0]["id"].as_str().unwrap().to_owned(),
        user,
        learner: third,
        enrolment,
        refused_enrolment: refused["id"].as_str().unwrap().to_owned(),
        run: run["run"]["id"].as_str().unwrap().to_owned(),
        test: test["test"]["id"].as_str().unwrap().to_owned(),
    }
}

pub(super) fn cases(ours: &Ours) -> Vec<Case> {
    let Ours { company, quick_match, user, run, test, duplicate, .. } = ours;
    let i = "/v1/integrations/halo-psa";
    let c = format!("/v1/companies/{company}");
    let others = vec![
        case("GET", "/v1/me", "/v1/me", Own),
        case("GET", "/v1/connectors", "/v1/connectors", Own),
        case("GET", "/v1/integrations", "/v1/integrations", Own),
        case("GET", "/v1/integrations/{connector}", i, Own),
        with("PUT", "/v1/integrations/{connector}/credentials", &format!("{i}/credentials"), credentials(), Own),
        case("POST", "/v1/integrations/{connector}/test", &format!("{i}/test"), Own),
        case("GET", "/v1/integrations/{connector}/tests/{test}", &format!("{i}/tests/{test}"), Missing),
        with("PUT", "/v1/integrations/{connector}/options", &format!("{i}/options"), json!({}), Own),
        case("GET", "/v1/integrations/{connector}/choices/{field}", &format!("{i}/choices/statuses"), Own),
        case("POST", "/v1/integrations/{connector}/enable", &format!("{i}/enable"), Own),
        case("POST", "/v1/integrations/{connector}/disable", &format!("{i}/disable"), Own),
        with("POST", "/v1/integrations/{connector}/sync", &format!("{i}/sync"), json!({ "mode": "changes" }), Own),
        case("GET", "/v1/integrations/{connector}/runs", &format!("{i}/runs"), Own),
        case("GET", "/v1/integrations/{connector}/runs/{run}", &format!("{i}/runs/{run}"), Missing),
        case("GET", "/v1/integrations/{connector}/runs/{run}/records", &format!("{i}/runs/{run}/records"), Missing),
        case("GET", "/v1/integrations/{connector}/issues", &format!("{i}/issues"), Own),
        case("GET", "/v1/integrations/{connector}/quarantine", &format!("{i}/quarantine"), Own),
        case(
            "POST",
            "/v1/integrations/{connector}/quarantine/{record_type}/{external_id}/retry",
            &format!("{i}/quarantine/tickets/17/retry"),
            Missing,
        ),
        case("GET", "/v1/integrations/{connector}/records/{record_type}", &format!("{i}/records/companies"), Own),
        case("GET", "/v1/integrations/{connector}/companies", &format!("{i}/companies"), Own),
        with(
            "POST",
            "/v1/integrations/{connector}/companies/import",
            &format!("{i}/companies/import"),
            json!({ "items": [{ "external_id": "2" }] }),
            Own,
        ),
        case("GET", "/v1/integrations/{connector}/webhook", &format!("{i}/webhook"), Own),
        case("POST", "/v1/integrations/{connector}/webhook/rotate", &format!("{i}/webhook/rotate"), Own),
        case("POST", "/v1/integrations/{connector}/webhook/provision", &format!("{i}/webhook/provision"), Own),
        case("POST", "/v1/integrations/{connector}/deletions/confirm", &format!("{i}/deletions/confirm"), Own),
        case("POST", "/v1/integrations/{connector}/confirm-account", &format!("{i}/confirm-account"), Own),
        case("GET", "/v1/integrations/{connector}/disconnect-preview", &format!("{i}/disconnect-preview"), Own),
        case("GET", "/v1/companies", "/v1/companies", Own),
        case("GET", "/v1/activity", "/v1/activity", Own),
        case("GET", "/v1/integrations/{connector}/import-preview", &format!("{i}/import-preview"), Own),
        with(
            "POST",
            "/v1/integrations/{connector}/import-preview",
            &format!("{i}/import-preview"),
            json!({ "auto_import": { "enabled": true, "default_role": "standard" } }),
            Own,
        ),
        case("GET", "/v1/integrations/{connector}/mapping", &format!("{i}/mapping"), Own),
        case("GET", "/v1/integrations/{connector}/waiting", &format!("{i}/waiting"), Own),
        case("GET", "/v1/integrations/{connector}/support", &format!("{i}/support"), Own),
        case("GET", "/v1/integrations/{connector}/explain", &format!("{i}/explain?query=17"), Own),
        case("GET", "/v1/companies.csv", "/v1/companies.csv", Own),
        with("POST", "/v1/companies", "/v1/companies", json!({ "name": "Another" }), Own),
        case("GET", "/v1/companies/{company}", &c, Missing),
        with("PATCH", "/v1/companies/{company}", &c, json!({ "phone": "1" }), Missing),
        case("GET", "/v1/companies/{company}/billing", &format!("{c}/billing"), Missing),
        with(
            "POST",
            "/v1/companies/{company}/billing/portal",
            &format!("{c}/billing/portal"),
            json!({ "return_url": "https://portal.example/" }),
            Missing,
        ),
        case("GET", "/v1/companies/{company}/defaults", &format!("{c}/defaults"), Missing),
        with(
            "PUT",
            "/v1/companies/{company}/defaults",
            &format!("{c}/defaults"),
            json!({ "import_role": "standard" }),
            Missing,
        ),
        case(
            "PUT",
            "/v1/companies/{company}/links/{connector}/{external_id}",
            &format!("{c}/links/halo-psa/2"),
            Missing,
        ),
        case(
            "DELETE",
            "/v1/companies/{company}/links/{connector}/{external_id}",
            &format!("{c}/links/halo-psa/1"),
            Missing,
        ),
        case(
            "POST",
            "/v1/companies/{company}/links/{connector}/{external_id}/consent",
            &format!("{c}/links/microsoft-365/{TENANT_ID}/consent"),
            Missing,
        ),
        case("GET", "/v1/companies/{company}/secure-score", &format!("{c}/secure-score"), Missing),
        with(
            "PUT",
            "/v1/companies/{company}/links/{connector}",
            &format!("{c}/links/syncro"),
            json!({ "not_integrated": true }),
            Missing,
        ),
        case("DELETE", "/v1/companies/{company}", &c, Missing),
        case("GET", "/v1/blocked-companies", "/v1/blocked-companies", Own),
        case("DELETE", "/v1/blocked-companies/{connector}/{external_id}", "/v1/blocked-companies/halo-psa/3", Missing),
        case("GET", "/v1/devices", "/v1/devices", Own),
        case("GET", "/v1/alerts", "/v1/alerts", Own),
        case("GET", "/v1/duplicates", "/v1/duplicates", Own),
        case("PUT", "/v1/duplicates/{duplicate}/ignored", &format!("/v1/duplicates/{duplicate}/ignored"), Missing),
        case("DELETE", "/v1/duplicates/{duplicate}/ignored", &format!("/v1/duplicates/{duplicate}/ignored"), Missing),
        case("GET", "/v1/roles", "/v1/roles", Own),
        case("GET", "/v1/users", &format!("/v1/users?company={company}"), Own),
        with(
            "POST",
            "/v1/users",
            "/v1/users",
            json!({ "name": "B", "email": "b@x.example", "company_id": company, "role": "admin" }),
            Own,
        ),
        with("POST", "/v1/users/{user}/move", &format!("/v1/users/{user}/move"), json!({ "keep": true }), Missing),
        case("PUT", "/v1/users/{user}/access", &format!("/v1/users/{user}/access"), Missing),
        case("DELETE", "/v1/users/{user}/access", &format!("/v1/users/{user}/access"), Missing),
        // Last, because it ends what the others work on.
        with(
            "POST",
            "/v1/integrations/{connector}/disconnect",
            &format!("{i}/disconnect"),
            json!({ "data": "keep", "confirm": "Halo PSA" }),
            Own,
        ),
    ]
    .into_iter();
    // First, because later ones unlink the company.
    let training = training_cases(ours).into_iter();
    two_way_cases(company).into_iter().chain(training).chain(quick_match_cases(quick_match)).chain(others).collect()
}

/// Courses and who takes them.
fn training_cases(ours: &Ours) -> Vec<Case> {
    let c = format!("/v1/companies/{}", ours.company);
    let wanted = json!({ "course_id": "bigger-brains.excel", "contact_id": ours.learner });
    let of = |enrolment: &str, what: &str| format!("/v1/enrolments/{enrolment}/{what}");
    vec![
        case("GET", "/v1/courses", "/v1/courses", Own),
        case("GET", "/v1/companies/{company}/training", &format!("{c}/training"), Missing),
        with("POST", "/v1/companies/{company}/enrolments", &format!("{c}/enrolments"), wanted, Missing),
        case("POST", "/v1/enrolments/{enrolment}/launch", &of(&ours.enrolment, "launch"), Missing),
        case("POST", "/v1/enrolments/{enrolment}/retry", &of(&ours.refused_enrolment, "retry"), Missing),
        case("POST", "/v1/enrolments/{enrolment}/discard", &of(&ours.refused_enrolment, "discard"), Missing),
    ]
}

/// Quick match.
fn quick_match_cases(id: &str) -> Vec<Case> {
    let q = format!("/v1/quick-match/{id}");
    let route = |rest: &'static str| match rest {
        "" => "/v1/quick-match/{quick_match}",
        "/proposals" => "/v1/quick-match/{quick_match}/proposals",
        "/ambiguous" => "/v1/quick-match/{quick_match}/ambiguous",
        _ => "/v1/quick-match/{quick_match}/result",
    };
    let gets = ["", "/proposals", "/ambiguous", "/result"];
    let mut cases = vec![with("POST", "/v1/quick-match", "/v1/quick-match", json!({}), Own)];
    cases.extend(gets.map(|rest| case("GET", route(rest), &format!("{q}{rest}"), Missing)));
    let apply = json!({ "accept": "filtered" });
    cases.push(with("POST", "/v1/quick-match/{quick_match}/apply", &format!("{q}/apply"), apply, Missing));
    cases.push(case("POST", "/v1/quick-match/{quick_match}/undo", &format!("{q}/undo"), Missing));
    cases
}

/// Tickets and technicians.
fn two_way_cases(company: &str) -> Vec<Case> {
    let (ticket, technician) = ("/v1/tickets/halo-psa.17", "/v1/technicians/halo-psa.7");
    let under = |of: &str, what: &str| format!("{of}/{what}");
    let new_ticket = json!({ "company_id": company, "title": "Another" });
    let new_technician =
        json!({ "connector": "halo-psa", "name": "T", "email": "t@msp.example", "confirm_seat": true });
    vec![
        case("GET", "/v1/tickets", "/v1/tickets", Own),
        with("POST", "/v1/tickets", "/v1/tickets", new_ticket, Own),
        case("GET", "/v1/tickets/{ticket}", ticket, Missing),
        with("PATCH", "/v1/tickets/{ticket}", ticket, json!({ "title": "Changed" }), Missing),
        with("POST", "/v1/tickets/{ticket}/notes", &under(ticket, "notes"), json!({ "text": "Hello" }), Missing),
        case("POST", "/v1/tickets/{ticket}/retry", &under(ticket, "retry"), Missing),
        case("POST", "/v1/tickets/{ticket}/discard", &under(ticket, "discard"), Missing),
        case("GET", "/v1/technicians", "/v1/technicians", Own),
        with("POST", "/v1/technicians", "/v1/technicians", new_technician, Own),
        case("GET", "/v1/technicians/{technician}", technician, Missing),
        with("PATCH", "/v1/technicians/{technician}", technician, json!({ "name": "Changed" }), Missing),
        with(
            "POST",
            "/v1/technicians/{technician}/import",
            &under(technician, "import"),
            json!({ "role": "standard" }),
            Missing,
        ),
        case("POST", "/v1/technicians/{technician}/retry", &under(technician, "retry"), Missing),
        case("POST", "/v1/technicians/{technician}/discard", &under(technician, "discard"), Missing),
    ]
}

pub(super) fn call<'a>(case: &'a Case, tenant: &str, scope: &str) -> Call<'a> {
    let call = Call::new(case.method, &case.path).claims(Some(json!({ "tenant": tenant, "scope": scope, "sub": "x" })));
    match &case.body {
        Some(body) => call.body(body),
        None => call,
    }
}

#[tokio::test]
async fn every_route_has_a_case() {
    let api = Api::new().await;
    let mut covered: Vec<String> =
        cases(&Ours::nobody()).iter().map(|case| format!("{} {}", case.method, case.route)).collect();
    let mut documented: Vec<String> =
        operations(&document(&api).await).iter().map(|(method, path, _)| format!("{method} {path}")).collect();
    covered.sort();
    documented.sort();
    assert_eq!(covered, documented, "add the route to `cases` in this file");
}

#[tokio::test]
async fn every_route_asks_for_its_permission_and_for_nothing_more() {
    let api = Api::new().await;
    let ours = ours(&api).await;
    let document = document(&api).await;
    let needed = |case: &Case| {
        document["paths"][case.route][case.method.to_lowercase()]["x-permission"].as_str().unwrap().to_owned()
    };
    for case in cases(&ours) {
        let name = format!("{} {}", case.method, case.route);
        let needed = needed(&case);
        let nobody = Call { claims: None, ..call(&case, TENANT, ADMIN) };
        assert_eq!(api.send(nobody).await.status, 401, "{name} without a token");
        let others =
            ["read", "write", "manage"].into_iter().filter(|other| *other != needed).collect::<Vec<_>>().join(" ");
        assert_eq!(api.send(call(&case, TENANT, &others)).await.status, 403, "{name} with {others}");
        assert_eq!(api.send(call(&case, TENANT, "")).await.status, 403, "{name} with nothing");
        api.later(300);
        let answer = api.send(call(&case, TENANT, &needed)).await;
        let refused = [401, 403, 404, 405, 500, 503];
        assert!(!refused.contains(&answer.status), "{name} with {needed}: {answer}");
    }
}

#[tokio::test]
async fn no_route_shows_or_changes_anything_of_another_tenant() {
    let api = Api::new().await;
    let ours = ours(&api).await;
    let mine = async || {
        let mut all = Vec::new();
        for path in [
            "/v1/companies",
            "/v1/users",
            "/v1/integrations/halo-psa",
            "/v1/integrations/halo-psa/quarantine",
            "/v1/tickets",
            "/v1/technicians",
        ] {
            all.push(api.get(path).await.text);
        }
        all
    };
    let before = mine().await;
    for case in cases(&ours) {
        let name = format!("{} {}", case.method, case.route);
        let answer = api.send(call(&case, "other", ADMIN)).await;
        if case.foreign == Missing {
            assert_eq!(answer.status, 404, "{name}: {answer}");
        }
        assert!(answer.status < 500, "{name}: {answer}");
        assert!(!answer.text.contains("Secretive") && !answer.text.contains("secretive"), "{name}: {answer}");
        assert!(!answer.text.contains(&ours.company) || case.path.contains(&ours.company), "{name}: {answer}");
    }
    assert_eq!(mine().await, before, "and nothing of ours has changed");
}

#[tokio::test]
async fn an_id_may_be_anything_that_a_path_can_carry() {
    let api = Api::new().await;
    let ours = ours(&api).await;
    // Too long for a key of the table, of what keys are made of, of nothing that is seen, of no character at all.
    let ids = ["x".repeat(3_000), "%23".repeat(400), "%00".to_owned(), "%E2%80%AE".to_owned(), "%FF".to_owned()];
    for case in cases(&ours) {
        let parts = case.route.split('/').zip(case.path.split(['/', '?']));
        for id in &ids {
            let named = parts.clone().map(|(part, ours)| match part {
                "{connector}" => ours,
                part if part.starts_with('{') => id,
                part => part,
            });
            let path = named.collect::<Vec<_>>().join("/");
            let asked = Case { path, ..case.clone() };
            let answer = api.send(call(&asked, TENANT, ADMIN)).await;
            assert!(answer.status < 500, "{} {} with {}: {answer}", case.method, case.route, &id[..id.len().min(12)]);
            api.later(300);
        }
    }
}

#[tokio::test]
async fn no_list_takes_the_cursor_of_another() {
    let api = Api::new().await;
    let ours = ours(&api).await;
    let document = document(&api).await;
    let pages = |case: &Case| {
        let operation = &document["paths"][case.route][case.method.to_lowercase()];
        let parameters = operation["parameters"].as_array();
        case.method == "GET" && parameters.into_iter().flatten().any(|parameter| parameter["name"] == "cursor")
    };
    for case in cases(&ours).into_iter().filter(pages) {
        for foreign in ["zzz", "nothing 1", "[1]", "{}", "\0"] {
            let with = if case.path.contains('?') { '&' } else { '?' };
            let path = format!("{}{with}cursor={}", case.path, cursor(foreign));
            let answer = api.send(call(&Case { path, ..case.clone() }, TENANT, ADMIN)).await;
            assert_eq!((answer.status, answer.pointers()), (422, vec!["/cursor".to_owned()]), "{foreign}: {answer}");
        }
    }
}

#[tokio::test]
async fn no_answer_of_any_route_carries_a_secret() {
    // `Api::send` looks at every answer of every test; here every route answers once more with secrets all around.
    let api = Api::new().await;
    let ours = ours(&api).await;
    for case in cases(&ours) {
        api.later(300);
        api.send(call(&case, TENANT, ADMIN)).await;
    }
    let kept = api.secrets.versions();
    assert!(kept.iter().all(|version| version["client_secret"].contains(CANARY)), "the canary was really there");
    let table = format!("{:?}", api.store().connection(&halo()).await.unwrap().unwrap().settings.value);
    assert!(!table.contains(CANARY), "nor does the table");
}
