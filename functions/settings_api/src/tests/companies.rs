//! Portal companies, their links, defaults and users.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::harness::{Api, Call, HALO, halo};
use super::imports::mirror_companies;
use super::links::mirror_contacts;

async fn make(api: &Api, name: &str) -> String {
    api.post("/v1/companies", &json!({ "name": name })).await.expect(201)["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_company_is_made_read_changed_and_deleted() {
    let api = Api::new().await;
    let input =
        json!({ "name": " North ", "domains": ["WWW.North.example", "north.example"], "address": "1 High St\nTown" });
    let call = Call::new("POST", "/v1/companies").body(&input).header("idempotency-key", "k-1");
    let made = api.send(call.clone()).await;
    let id = made.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(made.header("location"), Some(format!("/v1/companies/{id}").as_str()));
    assert_eq!(api.send(call).await.expect(201)["id"], id.as_str(), "the same request makes nothing new");
    let other = Call::new("POST", "/v1/companies").body(&json!({ "name": "Other" })).header("idempotency-key", "k-1");
    api.send(other).await.expect(409);

    let path = format!("/v1/companies/{id}");
    let read = api.get(&path).await;
    let tag = read.header("etag").unwrap().to_owned();
    assert_snapshot!(read.text.replace(&id, "co_1"), @r#"{"id":"co_1","name":"North","domains":["north.example"],"address":"1 High St\nTown","links":{},"not_integrated":[],"users":0,"tabs":[]}"#);
    let rename = |name: &str| Call::new("PATCH", &path).body(&json!({ "name": name, "address": "" }));
    let renamed = api.send(rename("North Ltd").header("if-match", &tag)).await.expect(200);
    assert_eq!((renamed["name"].as_str(), renamed.get("address")), (Some("North Ltd"), None));
    api.send(rename("South").header("if-match", &tag)).await.expect(412);
    api.delete(&path).await.expect(204);
    api.get(&path).await.expect(404);
    api.delete(&path).await.expect(404);
}

#[tokio::test]
async fn a_company_that_cannot_be_is_refused_by_field() {
    let api = Api::new().await;
    let input = json!({ "name": "  ", "domains": ["north", "ok.example", "a b.example"], "phone": "5".repeat(51) });
    assert_snapshot!(api.post("/v1/companies", &input).await, @r##"
    422
    {
      "detail": "4 fields are wrong.",
      "errors": [
        {
          "detail": "This is needed.",
          "pointer": "/name"
        },
        {
          "detail": "Enter a domain such as acme.example.",
          "pointer": "/domains/0"
        },
        {
          "detail": "Enter a domain such as acme.example.",
          "pointer": "/domains/2"
        },
        {
          "detail": "At most 50 characters.",
          "pointer": "/phone"
        }
      ],
      "request_id": "req-1",
      "status": 422,
      "title": "Something entered cannot work",
      "type": "urn:problem-type:portal:invalid"
    }
    "##);
    for name in ["\u{200b}", "Acme\u{202e}dtL", "Acme\u{2028}Ltd", "Acme\nLtd", "Ac\u{feff}me"] {
        let reply = api.post("/v1/companies", &json!({ "name": name })).await;
        assert_eq!(reply.pointers(), ["/name"], "{name:?} looks like another name, or like none");
    }
    for name in ["\u{feff}Acme", "می\u{200c}خواهم", "👩\u{200d}💻 Ltd"] {
        api.post("/v1/companies", &json!({ "name": name })).await.expect(201);
    }
    let input = json!({ "name": "North", "phone": "+44 20\n7946", "domains": ["-a.example"] });
    assert_eq!(api.post("/v1/companies", &input).await.pointers(), ["/domains/0", "/phone"]);
    let many: Vec<_> = (0..51).map(|n| format!("d{n}.example")).collect();
    let reply = api.post("/v1/companies", &json!({ "name": "North", "domains": many })).await;
    assert_eq!(reply.pointers(), ["/domains"]);
}

#[tokio::test]
async fn the_grid_finds_what_is_missing() {
    let api = Api::new().await;
    api.connect().await;
    mirror_companies(&api, &[("1", "Vendor One"), ("2", "Vendor Two")]).await;
    for name in ["beta", "Alpha", "Gamma", "delta"] {
        make(&api, name).await;
    }
    let alpha = api.get("/v1/companies?search=alpha").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    api.send(Call::new("PUT", &format!("/v1/companies/{alpha}/links/halo-psa/1"))).await.expect(200);
    let names = async |query: &str| {
        let mut all: Vec<String> = Vec::new();
        let mut path = format!("/v1/companies?{query}");
        loop {
            let page = api.get(&path).await.expect(200);
            let items = page["items"].as_array().unwrap();
            all.extend(items.iter().map(|company| company["name"].as_str().unwrap().to_owned()));
            let Some(cursor) = page["next_cursor"].as_str() else { return all.join(" ") };
            path = format!("/v1/companies?{query}&cursor={cursor}");
        }
    };
    assert_eq!(names("limit=1").await, "Alpha beta delta Gamma");
    assert_eq!(names("order=unlinked&limit=3").await, "beta delta Gamma Alpha");
    assert_eq!(names("missing=any").await, "beta delta Gamma");
    assert_eq!(names("missing=halo-psa&search=a&limit=1").await, "beta delta Gamma");
    assert_eq!(names("search=vendor%20one").await, "Alpha");
    let page = api.get("/v1/companies?missing=any&limit=1").await.json();
    assert_eq!((&page["total"], &page["missing"]), (&json!(3), &json!({ "halo-psa": 3 })));
    assert_eq!(page["missing_any"], 3);
    api.get("/v1/companies?missing=stripe").await.expect(422);
    api.get("/v1/companies?order=size").await.expect(422);
}

#[tokio::test]
async fn the_grid_is_a_file_that_a_spreadsheet_cannot_be_tricked_with() {
    let api = Api::new().await;
    api.connect().await;
    mirror_companies(&api, &[("1", "=HYPERLINK(\"http://x\")"), ("2", "Two, Ltd")]).await;
    let (north, south) = (make(&api, "North \"The\" Ltd").await, make(&api, "@South").await);
    for id in ["1", "2"] {
        api.send(Call::new("PUT", &format!("/v1/companies/{north}/links/halo-psa/{id}"))).await.expect(200);
    }
    let file = api.get("/v1/companies.csv").await;
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
    assert_eq!(file.header("content-disposition"), Some("attachment; filename=\"companies.csv\""));
    let text = file.text.replace(&north, "co_1").replace(&south, "co_2");
    assert_eq!(
        text.split("\r\n").collect::<Vec<_>>(),
        [
            "Company,Company ID,Domains,Imported from,Halo PSA,Halo PSA ID,Users,Default Import Role",
            "'@South,co_2,,,,,0,",
            "\"North \"\"The\"\" Ltd\",co_1,,,\"'=HYPERLINK(\"\"http://x\"\"); Two, Ltd\",1; 2,0,",
            "",
        ]
    );
    let missing = api.get("/v1/companies.csv?missing=any&search=south").await.text;
    assert_eq!(missing.lines().count(), 2);
    api.get("/v1/companies.csv?limit=1").await.expect(422);
}

#[tokio::test]
async fn the_grid_is_looked_into_at_any_place() {
    let api = Api::new().await;
    for name in ["Alpha", "beta", "Gamma", "delta"] {
        make(&api, name).await;
    }
    let names = |page: &Value| -> Vec<String> {
        page["items"].as_array().unwrap().iter().map(|company| company["name"].as_str().unwrap().to_owned()).collect()
    };
    let middle = api.get("/v1/companies?limit=1&offset=2").await.expect(200);
    assert_eq!((names(&middle), &middle["total"]), (vec!["delta".to_owned()], &json!(4)));
    let cursor = middle["next_cursor"].as_str().unwrap();
    let end = api.get(&format!("/v1/companies?limit=1&cursor={cursor}")).await.expect(200);
    assert_eq!((names(&end), &end["next_cursor"]), (vec!["Gamma".to_owned()], &Value::Null));
    assert_eq!(names(&api.get("/v1/companies?offset=4").await.expect(200)), Vec::<String>::new());
    for wrong in ["offset=-1", "offset=many", &format!("offset=1&cursor={cursor}")] {
        assert_eq!(api.get(&format!("/v1/companies?{wrong}")).await.pointers(), ["/offset"], "{wrong}");
    }
}

#[tokio::test]
async fn a_vendor_company_belongs_to_one_company() {
    let api = Api::new().await;
    api.connect().await;
    mirror_companies(&api, &[("1", "Vendor One"), ("a/b#c", "Odd")]).await;
    let (north, south) = (make(&api, "North").await, make(&api, "South").await);
    api.forget_messages();
    let link = |company: &str, id: &str| Call::new("PUT", &format!("/v1/companies/{company}/links/halo-psa/{id}"));
    let linked = api.send(link(&north, "1")).await.expect(200);
    assert_eq!(linked["links"], json!({ "halo-psa": [{ "external_id": "1", "name": "Vendor One", "state": "ok" }] }));
    assert_eq!(api.queue.take().len(), 1, "its contacts are looked at");
    assert_eq!(api.send(link(&north, "1")).await.expect(200), linked, "linking again changes nothing");
    assert_snapshot!(api.send(link(&south, "1")).await.to_string().replace(&north, "co_1"), @r##"
    409
    {
      "detail": "\"Vendor One\" is linked to \"North\" already. A vendor company belongs to one company: unlink it there first.",
      "linked_to": {
        "company_id": "co_1",
        "name": "North"
      },
      "request_id": "req-1",
      "status": 409,
      "title": "This does not fit the present state",
      "type": "urn:problem-type:portal:conflict"
    }
    "##);
    api.send(link(&south, "a%2Fb%23c")).await.expect(200);
    api.send(link(&south, "99")).await.expect(404);
    api.send(link("co_none", "1")).await.expect(404);
    assert_eq!(api.send(link(&south, "1?dryrun=true")).await.pointers(), ["/dryrun"]);
    assert_eq!(api.get(HALO).await.json()["setup"].get("found"), None, "nothing is counted before a pass has");

    let unlink = |company: &str| Call::new("DELETE", &format!("/v1/companies/{company}/links/halo-psa/1"));
    api.send(unlink(&south)).await.expect(404);
    assert_eq!(api.send(unlink(&north)).await.expect(200)["links"], json!({}));
    api.send(link(&south, "1")).await.expect(200);
}

#[tokio::test]
async fn a_companys_links_are_bounded() {
    let api = Api::new().await;
    let sites: Vec<(String, String)> = (0..201).map(|n| (format!("{n}"), format!("Site {n}"))).collect();
    let sites: Vec<(&str, &str)> = sites.iter().map(|(id, name)| (id.as_str(), name.as_str())).collect();
    mirror_companies(&api, &sites).await;
    let north = make(&api, "North").await;
    for n in 0..200 {
        api.send(Call::new("PUT", &format!("/v1/companies/{north}/links/halo-psa/{n}"))).await.expect(200);
    }
    api.send(Call::new("PUT", &format!("/v1/companies/{north}/links/halo-psa/200"))).await.expect(409);
    let swap = format!("/v1/companies/{north}/links/halo-psa/200?swap=7");
    api.send(Call::new("PUT", &swap)).await.expect(200);
    api.put(&format!("/v1/companies/{north}/defaults"), &json!({ "import_role": "admin" })).await.expect(200);
    api.delete(&format!("/v1/companies/{north}")).await.expect(204);
    let blocked = api.get("/v1/blocked-companies?limit=200").await.expect(200);
    assert_eq!(blocked["items"].as_array().unwrap().len(), 200);
}

#[tokio::test]
async fn a_page_of_the_grid_is_one_query_and_two_batch_reads() {
    let api = Api::new().await;
    api.connect().await;
    for n in 0..30 {
        make(&api, &format!("Company {n}")).await;
    }
    let (api, requests) = api.counted();
    let page = api.get("/v1/companies?limit=20&missing=any").await.expect(200);
    assert_eq!(page["items"].as_array().unwrap().len(), 20);
    let sent = requests.requests();
    assert_eq!((sent.query, sent.batch_get, sent.get, sent.writes()), (1, 2, 0, 0));
    assert_eq!(sent.items_read, 1 + 30 + 20, "settings of the one connection, every row, and what is shown");
}

#[tokio::test]
async fn defaults_say_what_is_inherited() {
    let api = Api::new().await;
    api.connect().await;
    mirror_companies(&api, &[("1", "Vendor One")]).await;
    let north = make(&api, "North").await;
    let path = format!("/v1/companies/{north}/defaults");
    assert_snapshot!(api.get(&path).await, @r##"
    200
    {
      "import_role": null,
      "inherited": [
        {
          "connector": null,
          "name": null,
          "role": null,
          "text": "No PSA linked: nothing is imported"
        }
      ]
    }
    "##);
    api.send(Call::new("PUT", &format!("/v1/companies/{north}/links/halo-psa/1"))).await.expect(200);
    let text = async || api.get(&path).await.json()["inherited"][0]["text"].as_str().unwrap().to_owned();
    assert_eq!(text().await, "Halo imports no contacts");
    api.save_options(&json!({ "auto_import": { "enabled": true } })).await.expect(200);
    assert_eq!(text().await, "Halo gives no role: nobody is imported");
    api.save_options(&json!({ "auto_import": { "enabled": true, "primary_role": "admin" } })).await.expect(200);
    assert_eq!(text().await, "Halo imports contacts that a rule names, and nobody else");
    api.save_options(&json!({ "auto_import": { "enabled": true, "default_role": "standard" } })).await.expect(200);
    assert_eq!(text().await, "Inheriting from Halo: Standard User");
    api.forget_messages();

    let tag = api.get(&path).await.header("etag").unwrap().to_owned();
    let set = |role: serde_json::Value| Call::new("PUT", &path).body(&json!({ "import_role": role }));
    assert_eq!(api.send(set(json!("boss"))).await.pointers(), ["/import_role"]);
    assert_eq!(api.send(Call::new("PUT", &path).body(&json!({}))).await.status, 422, "null is said, not left out");
    let saved = api.send(set(json!("admin")).header("if-match", &tag)).await.expect(200);
    assert_eq!(saved["import_role"], "admin");
    assert_eq!(api.queue.take().len(), 1);
    api.send(set(json!("do_not_import")).header("if-match", &tag)).await.expect(412);
    assert_eq!(api.send(set(json!(null))).await.expect(200)["import_role"], json!(null));
    assert!(!api.store().waiting(&halo()).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_next_import_is_told_for_a_role_that_is_not_saved() {
    let api = Api::new().await;
    api.connect().await;
    mirror_companies(&api, &[("1", "Vendor One")]).await;
    let contacts =
        [("11", "1", "ann@north.example"), ("12", "1", "ben@north.example"), ("13", "1", "noreply@north.example")];
    mirror_contacts(&api, &contacts).await;
    let north = make(&api, "North").await;
    let path = format!("/v1/companies/{north}/defaults");
    let told =
        async |choice: &str| api.get(&format!("{path}?preview={choice}")).await.expect(200)["next_import"].clone();
    assert_eq!(told("inherit").await, json!([]), "nothing is linked");
    assert_eq!(api.get(&path).await.json().get("next_import"), None);
    api.send(Call::new("PUT", &format!("/v1/companies/{north}/links/halo-psa/1"))).await.expect(200);
    assert_eq!(told("admin").await[0]["text"], "Halo imports no contacts");
    let rules = json!({ "enabled": true, "default_role": "standard", "exclude_emails": ["noreply@*"] });
    api.save_options(&json!({ "auto_import": rules })).await.expect(200);
    let before = api.table.items().len();
    assert_eq!(told("inherit").await[0]["text"], "2 contacts from Halo become Standard User");
    assert_eq!(told("do_not_import").await[0]["text"], "Nobody new from Halo");
    assert_eq!(
        told("admin").await,
        json!([{
            "connector": "halo-psa",
            "name": "Halo PSA",
            "roles": [{ "role": "admin", "count": 2 }],
            "text": "2 contacts from Halo become Client Admin",
        }])
    );
    assert_eq!(api.table.items().len(), before, "nothing is written");
    assert_eq!(api.get(&format!("{path}?preview=boss")).await.pointers(), ["/preview"]);
}

#[tokio::test]
async fn users_are_made_by_hand_and_access_is_an_admins_decision() {
    let api = Api::new().await;
    let (north, south) = (make(&api, "North").await, make(&api, "South").await);
    let ann = json!({ "name": "Ann Ames", "email": "Ann@North.example", "company_id": north, "role": "standard" });
    api.bus.take();
    let made = api.post("/v1/users", &ann).await.expect(201);
    assert_eq!(api.bus.take(), ["user.created"]);
    let id = made["id"].as_str().unwrap();
    let again = json!({ "name": "Ann", "email": "ann@north.EXAMPLE", "company_id": south, "role": "admin" });
    assert_snapshot!(api.post("/v1/users", &again).await, @r##"
    409
    {
      "detail": "This e-mail address belongs to another user.",
      "request_id": "req-1",
      "status": 409,
      "title": "This does not fit the present state",
      "type": "urn:problem-type:portal:conflict"
    }
    "##);
    assert_eq!(api.bus.take(), Vec::<&str>::new(), "nothing is announced that does not happen");
    let wrong = json!({ "name": "", "email": "ann", "company_id": "co_none", "role": "boss" });
    assert_eq!(api.post("/v1/users", &wrong).await.pointers(), ["/name", "/email", "/company_id", "/role"]);

    let removed = api.delete(&format!("/v1/users/{id}/access")).await;
    assert_snapshot!(removed.to_string().replace(id, "us_1").replace(&north, "co_1"), @r##"
    200
    {
      "company_id": "co_1",
      "email": "Ann@North.example",
      "id": "us_1",
      "name": "Ann Ames",
      "origin": "manual",
      "reason": "an admin took access away",
      "role": "standard",
      "state": "removed"
    }
    "##);
    let taken = api.bus.take_whole();
    assert_eq!(taken.iter().map(|event| event.detail_type).collect::<Vec<_>>(), ["user.access_changed"]);
    let given = api.send(Call::new("PUT", &format!("/v1/users/{id}/access"))).await.expect(200);
    api.delete(&format!("/v1/users/{id}/access")).await.expect(200);
    let later = api.bus.take_whole();
    let told: std::collections::BTreeSet<&str> = taken.iter().chain(&later).map(|event| event.id.as_str()).collect();
    assert_eq!((later.len(), told.len()), (2, 3), "taken, given and taken again are three occurrences");
    api.send(Call::new("PUT", &format!("/v1/users/{id}/access"))).await.expect(200);
    assert_eq!((given["state"].as_str(), given.get("reason")), (Some("active"), None));
    assert_eq!(api.get(&format!("/v1/users?company={north}")).await.json()["items"][0]["id"], id);
    assert_eq!(api.get(&format!("/v1/users?company={south}")).await.json()["items"], json!([]));
    assert_eq!(api.get("/v1/users").await.json()["items"].as_array().unwrap().len(), 1);
    assert_eq!(api.get(&format!("/v1/companies/{north}")).await.json()["users"], 1);
    api.delete("/v1/users/us_none/access").await.expect(404);
    let roles = json!([{ "id": "admin", "name": "Client Admin" }, { "id": "standard", "name": "Standard User" }]);
    assert_eq!(api.get("/v1/roles").await.json()["items"], roles);
}
