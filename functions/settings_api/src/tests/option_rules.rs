//! What options say about each other: roles, rules, patterns, stages, boards and what new tickets begin with.

use domain::edit::Edit;
use domain::portal::Link;
use domain::record::RecordType;
use insta::assert_snapshot;
use serde_json::{Value, json};
use store::activity::By;

use super::harness::{Api, Call, HALO, Reply};
use super::other_psa::{self, OTHER_PSA, other};
use super::outbox;
use super::world::Vendor;

/// What is wrong, as "pointer: detail".
fn wrong(reply: &Reply) -> String {
    assert_eq!(reply.status, 422, "{reply}");
    let told = |error: &Value| format!("{}: {}", error["pointer"].as_str().unwrap(), error["detail"].as_str().unwrap());
    reply.json()["errors"].as_array().unwrap().iter().map(told).collect::<Vec<_>>().join("\n")
}

async fn save_other(api: &Api, options: &Value) -> Reply {
    let path = "/v1/integrations/other-psa";
    let tag = api.get(path).await.header("etag").unwrap().to_owned();
    api.send(Call::new("PUT", &format!("{path}/options")).body(options).header("if-match", &tag)).await
}

#[tokio::test]
async fn a_contact_type_has_one_rule_and_every_role_exists() {
    let api = Api::new().await;
    let rule = |contact_type: &str, role: &str| json!({ "type": contact_type, "role": role });
    let refused = api
        .save_options(&json!({ "auto_import": {
            "enabled": true,
            "default_role": "",
            "primary_role": "boss",
            "type_rules": [rule("Billing", "standard"), rule(" billing ", "do_not_import"), rule("Tab\t", "standard"), rule("A\u{7}b", "no")],
        } }))
        .await;
    assert_snapshot!(wrong(&refused), @r"
    /auto_import/type_rules/1/type: This type has a rule already, and the rule listed first wins. Take one of them out.
    /auto_import/type_rules/3/type: One line without control characters.
    /auto_import/type_rules/3/role: There is no such role. Choose one of the portal's roles, or do_not_import.
    /auto_import/default_role: There is no such role. Choose one of the portal's roles, or do_not_import.
    /auto_import/primary_role: There is no such role. Choose one of the portal's roles, or do_not_import.
    ");
    let saved =
        api.save_options(&json!({ "auto_import": { "type_rules": [rule(" Billing ", "do_not_import")] } })).await;
    assert_eq!(saved.expect(200)["options"]["auto_import"]["type_rules"], json!([rule("Billing", "do_not_import")]));
}

#[tokio::test]
async fn a_pattern_excludes_somebody_and_not_everybody() {
    let api = Api::new().await;
    let patterns =
        async |patterns: Value| api.save_options(&json!({ "auto_import": { "exclude_emails": patterns } })).await;
    let refused =
        patterns(json!(["*", "*@*", "@", "", "plain", "a@b@c", "a b@c", "a\u{0}@c", "x".repeat(254) + "@"])).await;
    assert_snapshot!(wrong(&refused), @r"
    /auto_import/exclude_emails/0: This stands for every address. To import nobody, switch the automatic import off.
    /auto_import/exclude_emails/1: This stands for every address. To import nobody, switch the automatic import off.
    /auto_import/exclude_emails/2: This stands for every address. To import nobody, switch the automatic import off.
    /auto_import/exclude_emails/3: Enter an address or a pattern such as noreply@*; at most 254 characters.
    /auto_import/exclude_emails/4: Enter an address or a pattern such as noreply@*; at most 254 characters.
    /auto_import/exclude_emails/5: Enter an address or a pattern such as noreply@*; at most 254 characters.
    /auto_import/exclude_emails/6: Enter an address or a pattern such as noreply@*; at most 254 characters.
    /auto_import/exclude_emails/7: Enter an address or a pattern such as noreply@*; at most 254 characters.
    /auto_import/exclude_emails/8: Enter an address or a pattern such as noreply@*; at most 254 characters.
    ");
    let saved = patterns(json!([" NoReply@* ", "noreply@*", "*@acme.example", "*bot*"])).await.expect(200);
    assert_eq!(saved["options"]["auto_import"]["exclude_emails"], json!(["NoReply@*", "*@acme.example", "*bot*"]));
    let none = patterns(json!([])).await.expect(200);
    assert_eq!(
        none["options"]["auto_import"]["exclude_emails"],
        json!([]),
        "nobody is excluded, not those excluded at first"
    );
}

#[tokio::test]
async fn what_is_written_for_a_stage_is_shown_as_it() {
    let api = Api::new().await;
    let refused = api
        .save_options(&json!({ "stages": {
            "working": { "in": ["2", "2"], "out": { "*": "9", "7": "2", "": "2" } },
            "resolved": { "in": ["9"], "out": { "*": "" } },
        } }))
        .await;
    assert_snapshot!(wrong(&refused), @r"
    /stages/resolved/out/*: 1 to 200 characters.
    /stages/resolved/out/*: A ticket with this status is not shown as resolved: add it there first.
    /stages/working/in/1: This status stands under working already; a status has one stage.
    /stages/working/out/: 1 to 200 characters.
    /stages/working/out/*: A ticket with this status is not shown as working: add it there first.
    ");
    let unknown = api.save_options(&json!({ "stages": { "new": { "in": [], "outs": {} } } })).await;
    assert_eq!(unknown.status, 422, "{unknown}");
    let stages = json!({ "working": { "in": ["2", "22"], "out": { "*": "2", "7": "22" } } });
    assert_eq!(api.save_options(&json!({ "stages": stages })).await.expect(200)["options"]["stages"], stages);
}

#[tokio::test]
async fn where_statuses_belong_to_boards_the_board_is_said() {
    let api = Api::with_connectors(&[&OTHER_PSA]).await;
    other_psa::connect(&api, |_| {}).await;
    let refused = save_other(
        &api,
        &json!({
            "auto_import": { "type_rules": [{ "type": "Billing", "role": "standard" }] },
            "stages": { "working": { "in": ["2"], "out": { "*": "2", "7": "2" } } },
            "ticket_defaults": { "status": "2", "colour": "red", "due_hours": "-1" },
        }),
    )
    .await;
    assert_snapshot!(wrong(&refused), @r"
    /auto_import/type_rules: Other PSA has no contact types, so no rule could apply.
    /stages/working/out/*: Statuses of Other belong to a board each: say which in place of *.
    /ticket_defaults/colour: Other PSA knows no such ticket default: board, status, due_hours.
    /ticket_defaults/due_hours: Enter a whole number from 0 to 99999.
    /ticket_defaults/status: status belongs to a board: choose the board of new tickets, too.
    ");
    let numbers =
        async |hours: &str| save_other(&api, &json!({ "ticket_defaults": { "due_hours": hours } })).await.status;
    for (hours, status) in
        [("0", 200), ("24", 200), ("99999", 200), ("100000", 422), ("", 422), ("+1", 422), ("1.5", 422)]
    {
        assert_eq!(numbers(hours).await, status, "{hours:?}");
    }
    save_other(&api, &json!({ "ticket_defaults": { "board": "7", "status": "2" } })).await.expect(200);
}

#[tokio::test]
async fn a_vendor_without_boards_writes_one_status_per_stage() {
    let api = Api::new().await;
    let path = "/v1/integrations/syncro";
    let tag = api.get(path).await.header("etag").unwrap().to_owned();
    let options = json!({ "stages": { "new": { "in": ["New"], "out": { "7": "New", "*": "New" } } } });
    let refused = api.send(Call::new("PUT", &format!("{path}/options")).body(&options).header("if-match", &tag)).await;
    assert_snapshot!(wrong(&refused), @"/stages/new/out/7: Syncro has no boards: use *.");
}

#[tokio::test]
async fn what_belongs_to_the_default_board_stays_out_of_tickets_of_another() {
    let api = Api::with_connectors(&[&OTHER_PSA]).await;
    let company = outbox::north(&api).await;
    let defaults =
        [("board", "7"), ("status", "2"), ("due_hours", "8")].map(|(key, value)| (key.to_owned(), value.to_owned()));
    other_psa::connect(&api, |settings| settings.options.ticket_defaults = defaults.into()).await;
    let customer = Link { external_id: "c9".into(), name: "North".to_owned(), state: Default::default() };
    let portal = api.store().company(&company.as_str().into()).await.unwrap().unwrap();
    api.store().link(&portal, &other(), customer, By::System).await.unwrap();
    let defaults = async |more: Value| {
        let mut body =
            json!({ "company_id": company, "title": "Printer", "description": "", "connector": "other-psa" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        api.post("/v1/tickets", &body).await.expect(201);
        let queued = api.store().operations(&other(), RecordType::Tickets, None).await.unwrap().pop().unwrap();
        let Edit::CreateTicket { defaults, .. } = queued.operation.edit else { panic!("not a ticket") };
        defaults.into_keys().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(defaults(json!({})).await, "board due_hours status");
    assert_eq!(defaults(json!({ "board": "7" })).await, "board due_hours status");
    assert_eq!(defaults(json!({ "board": "8" })).await, "board due_hours");
}

#[tokio::test]
async fn choosing_twice_is_choosing_once() {
    let api = Api::new().await;
    let saved = api.save_options(&json!({ "filters": { "teams": ["7", "8", "7"], "exclude_statuses": [] } })).await;
    assert_eq!(saved.expect(200)["options"]["filters"], json!({ "teams": ["7", "8"] }));
}

#[tokio::test]
async fn something_is_synced_or_the_integration_is_paused() {
    let api = Api::new().await;
    api.enter_credentials().await;
    let none = api.save_options(&json!({ "record_types": [] })).await;
    assert_eq!(none.pointers(), ["/record_types"], "a connection that syncs nothing would be called connected");
}

#[tokio::test]
async fn what_the_vendor_does_not_permit_is_told_apart_from_what_is_off() {
    let api = Api::new().await;
    api.invoker.vendor(Vendor::Forbids(vec![RecordType::Tickets]));
    api.connect().await;
    api.save_options(&json!({ "record_types": ["companies", "tickets"] })).await.expect(200);
    let types = api.get(HALO).await.json()["record_types"].clone();
    let told: Vec<_> = types
        .as_array()
        .unwrap()
        .iter()
        .map(|t| (t["id"].clone(), t["enabled"].clone(), t["permitted"].clone()))
        .collect();
    let expected =
        [("companies", true, true), ("contacts", false, true), ("users", false, true), ("tickets", false, false)];
    assert_eq!(told, expected.map(|(id, enabled, permitted)| (json!(id), json!(enabled), json!(permitted))));
}

#[tokio::test]
async fn fields_share_the_vendors_picklists() {
    let api = Api::new().await;
    api.enter_credentials().await;
    let labels = async |path: &str| {
        let page = api.get(&format!("{HALO}/choices/{path}")).await.expect(200);
        page["items"].as_array().unwrap().iter().map(|item| item["label"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(labels("exclude_statuses?limit=1").await, ["statuses: New"]);
    assert_eq!(labels("teams?limit=1").await, ["boards: New"]);
    let refused = async |query: &str| wrong(&api.get(&format!("{HALO}/choices/statuses?{query}")).await);
    let long = "x".repeat(201);
    assert_snapshot!(
        [refused("search=").await, refused(&format!("board={long}")).await, refused("cursor=eA").await, refused("page=2").await].join("\n"),
        @r"
    /search: This is needed.
    /board: At most 200 characters.
    /cursor: Send the next_cursor of the page before, as it is.
    /page: There is no such parameter here.
    "
    );
}
