//! Technicians: what can be changed, adding one, and the portal users behind them.

use domain::edit::{Edit, Fields};
use domain::record::{RecordData, RecordType, Technician};
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::harness::{Api, Call};
use super::imports::record;
use super::other_psa::{self, OTHER_PSA, other};
use super::outbox::{arrive, ids, mirror_technicians, north, refuse, tess, waiting};

const USERS: RecordType = RecordType::Users;
const TESS: &str = "/v1/technicians/halo-psa.7";

async fn with_tess() -> Api {
    let api = Api::with_connectors(&[&OTHER_PSA]).await;
    api.connect().await;
    other_psa::connect(&api, |_| {}).await;
    mirror_technicians(&api, &[("7", tess())]).await;
    let oz = Technician { name: "Oz".to_owned(), active: true, ..Technician::default() };
    let oz = record(&api, "9", "Oz", Some(RecordData::Technician(oz)));
    api.store().put_records(&other(), USERS, &[oz]).await.unwrap();
    api.forget_messages();
    api
}

fn add<'a>(more: &Value) -> Call<'a> {
    let mut input =
        json!({ "connector": "halo-psa", "name": "Tim Tech", "email": "tim@msp.example", "confirm_seat": true });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Call::new("POST", "/v1/technicians").body(&input)
}

#[tokio::test]
async fn a_technician_says_what_can_be_changed() {
    let api = with_tess().await;
    assert_snapshot!(api.get("/v1/technicians").await, @r##"
    200
    {
      "items": [
        {
          "active": true,
          "conflicts": [],
          "connector": "halo-psa",
          "email": "tess@msp.example",
          "external_id": "7",
          "id": "halo-psa.7",
          "limitation": "Halo cannot list agents by date of change: all are read each time. An agent that is created uses a licence.",
          "name": "Tess Tech",
          "phone": "555-0100",
          "sync": {
            "may_discard": false,
            "state": "in_step"
          },
          "title": "Engineer",
          "writable": [
            "name",
            "email",
            "phone",
            "title",
            "active"
          ]
        },
        {
          "active": true,
          "conflicts": [],
          "connector": "other-psa",
          "email": null,
          "external_id": "9",
          "id": "other-psa.9",
          "limitation": "Other's API reads technicians only.",
          "name": "Oz",
          "sync": {
            "may_discard": false,
            "state": "in_step"
          },
          "writable": []
        }
      ],
      "next_cursor": null
    }
    "##);
    assert_eq!(ids(&api.get("/v1/technicians?connector=other-psa").await.expect(200)), ["other-psa.9"]);
    assert_eq!(api.get("/v1/technicians?connector=x").await.pointers(), ["/connector"]);
    let pages = api.get("/v1/technicians?limit=1").await.expect(200);
    let cursor = pages["next_cursor"].as_str().unwrap();
    assert_eq!(ids(&api.get(&format!("/v1/technicians?limit=1&cursor={cursor}")).await.expect(200)), ["other-psa.9"]);
    api.get("/v1/technicians/halo-psa.8").await.expect(404);
}

#[tokio::test]
async fn only_writable_fields_are_taken() {
    let api = with_tess().await;
    let change = json!({ "name": "Tess Tech", "phone": "", "title": "Lead", "active": false });
    let changed = api.patch(TESS, &change).await.expect(200);
    let shown = (&changed["title"], changed.get("phone"), &changed["active"], &changed["sync"]["state"]);
    assert_eq!(shown, (&json!("Lead"), None, &json!(false), &json!("pending")));
    let map = |value: Value| value.as_object().unwrap().clone();
    let fields = Fields {
        wanted: map(json!({ "phone": "", "title": "Lead", "active": false })),
        base: map(json!({ "phone": "555-0100", "title": "Engineer", "active": true })),
    };
    assert_eq!(waiting(&api, USERS).await.remove(0).edit, Edit::UpdateTechnician(fields));
    assert_eq!(api.queue.take().len(), 1);
    api.patch(TESS, &json!({ "title": "Lead" })).await.expect(200);
    assert_eq!(waiting(&api, USERS).await.len(), 1, "nothing is left to change");
    let wrong = json!({ "name": " ", "email": "tess", "phone": "5".repeat(51) });
    assert_eq!(api.patch(TESS, &wrong).await.pointers(), ["/phone", "/name", "/email"]);
    assert_snapshot!(api.patch("/v1/technicians/other-psa.9", &json!({ "name": "Oscar" })).await, @r##"
    422
    {
      "detail": "Other's API cannot change the name of a technician. Other's API reads technicians only.",
      "errors": [
        {
          "detail": "Other's API cannot change the name of a technician. Other's API reads technicians only.",
          "pointer": "/name"
        }
      ],
      "request_id": "req-1",
      "status": 422,
      "title": "Something entered cannot work",
      "type": "urn:problem-type:portal:invalid"
    }
    "##);

    refuse(&api, USERS, None, "There are not enough licences").await;
    assert_eq!(api.get(TESS).await.expect(200)["title"], "Engineer");
    let retried = api.send(Call::new("POST", &format!("{TESS}/retry"))).await.expect(202);
    assert_eq!(retried["title"], "Lead");
    refuse(&api, USERS, None, "There are not enough licences").await;
    let discarded = api.send(Call::new("POST", &format!("{TESS}/discard"))).await.expect(200);
    assert_eq!(
        (&discarded["title"], &discarded["sync"]),
        (&json!("Engineer"), &json!({ "state": "in_step", "may_discard": false }))
    );
}

#[tokio::test]
async fn adding_a_technician_takes_a_confirmed_licence() {
    let api = with_tess().await;
    assert_snapshot!(api.send(add(&json!({ "confirm_seat": false }))).await.json()["errors"], @r#"[{"detail":"A new technician takes one of your Halo licences, which may cost money. Send true to confirm it.","pointer":"/confirm_seat"}]"#);
    assert_snapshot!(api.send(add(&json!({ "connector": "other-psa" }))).await.json()["errors"], @r#"[{"detail":"Other's API cannot add a technician: add them there. Other's API reads technicians only.","pointer":"/connector"}]"#);
    assert_eq!(api.send(add(&json!({ "connector": "x" }))).await.pointers(), ["/connector"]);
    assert_eq!(api.send(add(&json!({ "name": "", "email": "tim" }))).await.pointers(), ["/name", "/email"]);
    api.send(add(&json!({ "email": "TESS@msp.example" }))).await.expect(409);
    assert_eq!(waiting(&api, USERS).await, []);

    let call = add(&json!({ "phone": " 555 ", "title": "" })).header("idempotency-key", "k-1");
    let made = api.send(call.clone()).await.expect(201);
    let id = made["id"].as_str().unwrap().to_owned();
    assert_eq!(api.send(call.clone()).await.expect(201), made);
    api.send(add(&json!({}))).await.expect(409);
    let tim = Technician {
        name: "Tim Tech".to_owned(),
        email: Some("tim@msp.example".to_owned()),
        phone: Some("555".to_owned()),
        active: true,
        ..Technician::default()
    };
    let edits: Vec<_> = waiting(&api, USERS).await.into_iter().map(|operation| operation.edit).collect();
    assert_eq!(edits, [Edit::CreateTechnician(Box::new(tim.clone()))]);
    assert_eq!(ids(&api.get("/v1/technicians?connector=halo-psa").await.expect(200)), [id.as_str(), "halo-psa.7"]);
    arrive(&api, RecordData::Technician(tim), "21", None).await;
    let there = api.send(call).await.expect(201);
    assert_eq!((&there["id"], &there["external_id"]), (&json!(id), &json!("21")));
    let other = add(&json!({ "email": "tom@msp.example" })).header("idempotency-key", "k-1");
    api.send(other).await.expect(409);
}

#[tokio::test]
async fn a_technician_becomes_one_of_the_staff_on_request() {
    let api = with_tess().await;
    let import = format!("{TESS}/import");
    assert_eq!(api.post(&import, &json!({ "role": "boss" })).await.pointers(), ["/role"]);
    for neither in [json!({}), json!({ "role": "admin", "user_id": "us_1" })] {
        assert_eq!(api.post(&import, &neither).await.pointers(), [""]);
    }
    api.bus.take();
    let imported = api.post(&import, &json!({ "role": "admin" })).await.expect(200);
    assert_eq!(api.bus.take(), ["user.created"]);
    assert_eq!(api.post(&import, &json!({ "role": "standard" })).await.expect(200), imported, "once is enough");
    let users = api.get("/v1/users").await;
    let id = imported["user_id"].as_str().unwrap();
    assert_snapshot!(users.to_string().replace(id, "us_1"), @r##"
    200
    {
      "items": [
        {
          "email": "tess@msp.example",
          "id": "us_1",
          "name": "Tess Tech",
          "origin": "imported",
          "role": "admin",
          "state": "active"
        }
      ],
      "next_cursor": null
    }
    "##);
    // Staff may be shut out and let in again like everybody.
    api.delete(&format!("/v1/users/{id}/access")).await.expect(200);
    api.send(Call::new("PUT", &format!("/v1/users/{id}/access"))).await.expect(200);
}

#[tokio::test]
async fn a_technician_is_linked_by_address_or_by_hand() {
    let api = Api::new().await;
    let company = north(&api).await;
    mirror_technicians(&api, &[("7", tess()), ("8", Technician { email: None, active: false, ..tess() })]).await;
    let user = async |name: &str, email: &str| {
        let input = json!({ "name": name, "email": email, "company_id": company, "role": "standard" });
        api.post("/v1/users", &input).await.expect(201)["id"].as_str().unwrap().to_owned()
    };
    let linked = async |technician: &str| {
        api.get(&format!("/v1/technicians/halo-psa.{technician}")).await.expect(200).get("user_id").cloned()
    };
    assert_eq!((linked("7").await, linked("8").await), (None, None));
    let tess = user("Tess", "TESS@msp.example").await;
    assert_eq!(linked("7").await, Some(json!(tess)));
    assert_snapshot!(api.post(&format!("{TESS}/import"), &json!({ "role": "admin" })).await.json()["detail"], @r#""A portal user has this e-mail address already. Send its id as user_id to link it.""#);
    let off = api.post("/v1/technicians/halo-psa.8/import", &json!({ "role": "admin" })).await.expect(409);
    assert_eq!(off["detail"], "This technician is switched off in Halo. Switch them on there first.");

    let other = user("Other", "other@north.example").await;
    for technician in ["7", "8"] {
        let path = format!("/v1/technicians/halo-psa.{technician}/import");
        let by_hand = api.post(&path, &json!({ "user_id": other })).await.expect(200);
        assert_eq!(by_hand["user_id"], json!(other), "what a person says comes before the address");
        assert_eq!(api.post(&path, &json!({ "user_id": "us_none" })).await.pointers(), ["/user_id"]);
    }
}

#[tokio::test]
async fn the_catalogue_says_where_technicians_can_be_added() {
    let api = Api::with_connectors(&[&OTHER_PSA]).await;
    let catalogue = api.get("/v1/connectors").await.expect(200);
    let creation = |connector: &str| {
        let mut all = catalogue["items"].as_array().unwrap().iter();
        let types = all.find(|found| found["id"] == connector).unwrap()["record_types"].as_array().unwrap();
        let said: Vec<_> =
            types.iter().filter_map(|found| Some((found["id"].clone(), found.get("creation")?))).collect();
        said.into_iter().map(|(id, creation)| format!("{id}: {creation}").replace('"', "")).collect::<Vec<_>>()
    };
    assert_eq!(creation("halo-psa"), ["users: takes_licence"]);
    assert_eq!(creation("connectwise-manage"), ["users: takes_licence"]);
    assert_eq!(creation("autotask"), [] as [&str; 0]);
    assert_eq!(creation("syncro"), [] as [&str; 0]);
    assert_eq!(creation("other-psa"), [] as [&str; 0]);
}
