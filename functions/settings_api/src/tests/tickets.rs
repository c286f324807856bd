//! Opening tickets.

use domain::edit::{Edit, Operation, OperationState, RecordRef};
use domain::record::{RecordData, RecordType, Ticket};
use domain::run::Trigger;
use insta::assert_snapshot;
use serde_json::{Value, json};
use store::activity::By;

use super::harness::{Api, Call, halo};
use super::imports::record;
use super::other_psa::{self, OTHER_PSA, other};
use super::outbox::{arrive, ids, lose_the_answer, mirror_technicians, mirror_tickets, north, printer, tess, waiting};

const TICKETS: RecordType = RecordType::Tickets;

fn create<'a>(company: &str, more: &Value) -> Call<'a> {
    let mut input = json!({ "company_id": company, "title": " Printer ", "description": "It jams.\r\nAgain." });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Call::new("POST", "/v1/tickets").body(&input)
}

async fn mirror_contact(api: &Api, id: &str, client: &str) {
    let contact = domain::record::Contact { company: Some(client.into()), ..Default::default() };
    let ann = record(api, id, "Ann", Some(RecordData::Contact(contact)));
    api.store().put_records(&halo(), RecordType::Contacts, &[ann]).await.unwrap();
}

#[tokio::test]
async fn a_new_ticket_is_shown_at_once_and_keeps_its_id() {
    let api = Api::new().await;
    let company = north(&api).await;
    mirror_technicians(&api, &[("7", tess())]).await;
    mirror_contact(&api, "70", "1").await;
    mirror_tickets(&api, &[("4242", printer())]).await;
    let more = json!({
        "stage": "working", "board": "7", "priority": "2", "assignee_id": "halo-psa.7", "contact_id": "halo-psa.70",
    });
    let made = api.send(create(&company, &more).header("idempotency-key", "k-1")).await;
    let id = made.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(made.header("location"), Some(format!("/v1/tickets/{id}").as_str()));
    assert_snapshot!(made.to_string().replace(&company, "co_1"), @r##"
    201
    {
      "assignee_id": "halo-psa.7",
      "board": "7",
      "closed": false,
      "company_id": "co_1",
      "conflicts": [],
      "connector": "halo-psa",
      "contact_id": "halo-psa.70",
      "created_at": "2026-11-22T20:13:22Z",
      "description": "It jams.\nAgain.",
      "id": "halo-psa.~tk_9d163e38463a251598c7022682bcd08a",
      "notes": [],
      "priority": "2",
      "stage": "working",
      "status": "22",
      "sync": {
        "detail": "It is on its way to Halo.",
        "may_discard": false,
        "state": "pending"
      },
      "title": "Printer"
    }
    "##);
    let messages = api.queue.take();
    assert_eq!(messages.len(), 1);
    assert_eq!((messages[0].claim, messages[0].trigger), (None, Trigger::Portal));
    let reference = id.strip_prefix("halo-psa.~").unwrap();
    let ticket = Ticket {
        title: "Printer".to_owned(),
        description: "It jams.\nAgain.".to_owned(),
        status: Some("22".to_owned()),
        priority: Some("2".to_owned()),
        board: Some("7".to_owned()),
        assignee: Some("7".into()),
        company: Some("1".into()),
        contact: Some("70".into()),
        ..Ticket::default()
    };
    let operation = Operation {
        reference: reference.to_owned(),
        record_type: TICKETS,
        record: RecordRef::Portal(reference.to_owned()),
        edit: Edit::CreateTicket {
            ticket: Box::new(ticket.clone()),
            defaults: [("ticket_type".to_owned(), "1".to_owned())].into(),
        },
        by: "ada".to_owned(),
        at: api.now(),
        state: OperationState::Queued,
    };
    assert_eq!(waiting(&api, TICKETS).await, [operation]);
    assert_eq!(ids(&api.get("/v1/tickets").await.expect(200)), [id.as_str(), "halo-psa.4242"]);

    arrive(&api, RecordData::Ticket(Box::new(ticket)), "5000", None).await;
    assert_eq!(ids(&api.get("/v1/tickets").await.expect(200)), ["halo-psa.4242", id.as_str()]);
    for name in [id.as_str(), "halo-psa.5000"] {
        let there = api.get(&format!("/v1/tickets/{name}")).await.expect(200);
        assert_eq!((&there["id"], &there["external_id"]), (&json!(id), &json!("5000")), "whatever it is asked for by");
        assert_eq!(there["sync"], json!({ "state": "in_step", "may_discard": false }));
    }
}

#[tokio::test]
async fn a_repeated_key_answers_what_the_first_one_made() {
    let api = Api::new().await;
    let company = north(&api).await;
    let call = create(&company, &json!({})).header("idempotency-key", "k-1");
    let first = api.send(call.clone()).await.expect(201);
    assert_eq!(api.send(call.clone()).await.expect(201), first);
    assert_eq!(waiting(&api, TICKETS).await.len(), 1);
    let other = create(&company, &json!({ "title": "Scanner" })).header("idempotency-key", "k-1");
    api.send(other).await.expect(409);

    arrive(&api, RecordData::Ticket(Box::new(Ticket { title: "Renamed there".to_owned(), ..printer() })), "5000", None)
        .await;
    let again = api.send(call).await.expect(201);
    assert_eq!((&again["id"], &again["title"]), (&first["id"], &json!("Renamed there")));
    let without_key = api.send(create(&company, &json!({}))).await.expect(201);
    assert_ne!(without_key["id"], first["id"]);
}

#[tokio::test]
async fn what_cannot_be_opened_is_refused_by_field() {
    let api = Api::new().await;
    let company = north(&api).await;
    mirror_contact(&api, "80", "2").await;
    let wrong = json!({
        "title": "", "description": "a\u{7}", "stage": "waiting", "assignee_id": "halo-psa.9", "contact_id": "halo-psa.80",
        "priority": " ", "vendor_company_id": "1",
    });
    let refused = api.send(create(&company, &wrong)).await;
    assert_snapshot!(refused, @r##"
    422
    {
      "detail": "6 fields are wrong.",
      "errors": [
        {
          "detail": "This is needed.",
          "pointer": "/priority"
        },
        {
          "detail": "This is needed.",
          "pointer": "/title"
        },
        {
          "detail": "Text without control characters.",
          "pointer": "/description"
        },
        {
          "detail": "No status of Halo PSA is set for the stage \"waiting\". Set one under ticket stages in the options of Halo PSA.",
          "pointer": "/stage"
        },
        {
          "detail": "Choose a contact that this company has in Halo.",
          "pointer": "/contact_id"
        },
        {
          "detail": "Choose a technician that Halo has: see /v1/technicians?connector=halo-psa.",
          "pointer": "/assignee_id"
        }
      ],
      "request_id": "req-1",
      "status": 422,
      "title": "Something entered cannot work",
      "type": "urn:problem-type:portal:invalid"
    }
    "##);
    let pointers = async |more: Value| api.send(create(&company, &more)).await.pointers();
    assert_eq!(pointers(json!({ "vendor_company_id": "2" })).await, ["/vendor_company_id"]);
    assert_eq!(pointers(json!({ "company_id": "co_none" })).await, ["/company_id"]);
    assert_eq!(pointers(json!({ "connector": "stripe-x" })).await, ["/connector"]);
    assert_eq!(pointers(json!({ "color": "red" })).await, ["/color"]);
    assert_eq!(waiting(&api, TICKETS).await, []);
}

#[tokio::test]
async fn of_several_psas_the_caller_says_which() {
    let api = Api::with_connectors(&[&OTHER_PSA]).await;
    let company = north(&api).await;
    let opened = async |more: Value| api.send(create(&company, &more)).await;
    api.send(create(&company, &json!({ "connector": "other-psa" }))).await.expect(409);
    other_psa::connect(&api, |_| {}).await;
    assert_eq!(opened(json!({})).await.expect(201)["connector"], "halo-psa", "it is linked nowhere else");
    assert_eq!(opened(json!({ "connector": "other-psa" })).await.pointers(), ["/connector"]);

    let store = api.store();
    let customer =
        domain::portal::Link { external_id: "c9".into(), name: "North".to_owned(), state: Default::default() };
    let portal = store.company(&company.as_str().into()).await.unwrap().unwrap();
    store.link(&portal, &other(), customer, By::System).await.unwrap();
    assert_snapshot!(opened(json!({})).await, @r##"
    422
    {
      "detail": "\"North\" has several that take tickets. Say which: halo-psa, other-psa.",
      "errors": [
        {
          "detail": "\"North\" has several that take tickets. Say which: halo-psa, other-psa.",
          "pointer": "/connector"
        }
      ],
      "request_id": "req-1",
      "status": 422,
      "title": "Something entered cannot work",
      "type": "urn:problem-type:portal:invalid"
    }
    "##);
    let named = opened(json!({ "connector": "other-psa" })).await.expect(201);
    assert!(named["id"].as_str().unwrap().starts_with("other-psa.~tk_"));

    let nowhere = api.post("/v1/companies", &json!({ "name": "Nowhere" })).await.expect(201);
    let nowhere = api.send(create(nowhere["id"].as_str().unwrap(), &json!({}))).await;
    assert_eq!(nowhere.pointers(), ["/company_id"]);
    let detail = nowhere.json()["detail"].as_str().unwrap().to_owned();
    assert!(
        detail.starts_with("\"Nowhere\" is linked to none that takes tickets. Link it first: Halo PSA, "),
        "{detail}"
    );
}

#[tokio::test]
async fn a_connection_that_takes_no_tickets_says_what_to_do() {
    let api = Api::new().await;
    let company = north(&api).await;
    let detail = async |more: Value| {
        let refused = api.send(create(&company, &more)).await;
        assert_eq!(refused.status, 409, "{refused}");
        refused.json()["detail"].as_str().unwrap().to_owned()
    };
    api.save_options(&json!({ "record_types": ["companies", "contacts"] })).await.expect(200);
    let off = "Tickets are switched off for Halo PSA. Choose them in its options, then repeat this.";
    assert_eq!(detail(json!({})).await, off);
    assert_eq!(detail(json!({ "connector": "halo-psa" })).await, off);

    let mut settings = api.store().connection(&halo()).await.unwrap().unwrap().settings;
    settings.value.options.record_types = None;
    settings.value.not_permitted = [TICKETS].into();
    settings.version = api.store().save_settings(&halo(), &settings, &Default::default(), By::System).await.unwrap();
    assert_eq!(
        detail(json!({})).await,
        "Halo PSA does not permit access to Tickets. Have it permitted there, test the connection again, then repeat this."
    );
    settings.value.credentials = None;
    api.store().save_settings(&halo(), &settings, &Default::default(), By::System).await.unwrap();
    assert_eq!(detail(json!({})).await, "Halo PSA is not connected. Connect it, then repeat this.");
    assert_eq!(waiting(&api, TICKETS).await, []);
}

#[tokio::test]
async fn a_paused_connection_takes_tickets_and_says_that_they_wait() {
    let api = Api::new().await;
    let company = north(&api).await;
    let id = api.send(create(&company, &json!({}))).await.expect(201)["id"].as_str().unwrap().to_owned();
    let why = async || {
        let sync = api.get(&format!("/v1/tickets/{id}")).await.expect(200)["sync"].clone();
        assert_eq!(sync["state"], "pending");
        sync["detail"].as_str().unwrap().to_owned()
    };
    assert_eq!(why().await, "It is on its way to Halo.");
    lose_the_answer(&api, TICKETS).await;
    let lost = "Halo did not say whether it has it: it is looked for there before it is sent again.";
    assert_eq!(why().await, lost);
    api.send(Call::new("POST", "/v1/integrations/halo-psa/disable")).await.expect(200);
    assert_eq!(why().await, "It waits until Halo is switched on again.");
    let more = api.send(create(&company, &json!({ "title": "Scanner" }))).await.expect(201);
    assert_eq!(more["sync"]["detail"], "It waits until Halo is switched on again.");
    api.save_options(&json!({ "record_types": ["companies"] })).await.expect(200);
    assert_eq!(why().await, "It waits until Halo is connected and tickets are switched on and permitted there.");
}

#[tokio::test]
async fn without_the_queue_the_next_tick_finds_a_new_ticket() {
    let api = Api::new().await;
    let company = north(&api).await;
    api.later(30);
    assert_ne!(api.store().state(&halo()).await.unwrap().due_at, Some(api.now()));
    api.queue.fail();
    api.send(create(&company, &json!({}))).await.expect(201);
    assert_eq!(api.store().state(&halo()).await.unwrap().due_at, Some(api.now()));
}

#[tokio::test]
async fn the_first_active_link_of_several_takes_a_ticket_unless_another_is_named() {
    let api = Api::new().await;
    let company = north(&api).await;
    let path = format!("/v1/companies/{company}/links/halo-psa/2");
    api.send(Call::new("PUT", &path)).await.expect(200);
    let client = async |more: Value| {
        api.send(create(&company, &more)).await.expect(201);
        let Edit::CreateTicket { ticket, .. } = waiting(&api, TICKETS).await.pop().unwrap().edit else { panic!() };
        ticket.company.unwrap().to_string()
    };
    assert_eq!(client(json!({})).await, "1");
    assert_eq!(client(json!({ "vendor_company_id": "2" })).await, "2");
    let store = api.store();
    let asleep = store::links::Standing {
        company: company.as_str().into(),
        external_id: "1".into(),
        name: "North Client".to_owned(),
        state: domain::portal::LinkState::Inactive,
    };
    store.note_links(&halo(), &[asleep]).await.unwrap();
    assert_eq!(client(json!({})).await, "2");
}
