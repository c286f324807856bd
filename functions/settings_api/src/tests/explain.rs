//! "Why isn't X here?", in whole answers.

use domain::id::UserId;
use domain::portal::{Access, Origin, User};
use domain::record::{Contact, Device, RecordData, RecordType, Ticket};
use insta::assert_snapshot;
use serde_json::{Value, json};
use store::activity::By;
use store::quarantine::Quarantined;
use store::records::Import;

use super::harness::{Api, Call, HALO, halo};
use super::imports::{mirror_companies, record};
use super::outbox::{mirror_technicians, mirror_tickets, tess};

/// Mirrors contacts by id, name, address and vendor company.
pub(super) async fn mirror_contacts(api: &Api, contacts: &[(&str, &str, &str, &str)]) {
    let records: Vec<_> = contacts
        .iter()
        .map(|(id, name, email, company)| {
            let contact = Contact {
                name: (*name).to_owned(),
                email: Some((*email).to_owned()),
                company: Some((*company).into()),
                ..Contact::default()
            };
            record(api, id, name, Some(RecordData::Contact(contact)))
        })
        .collect();
    api.store().put_records(&halo(), RecordType::Contacts, &records).await.unwrap();
}

/// A Halo with two companies, of which Acme is linked.
pub(super) async fn half_linked(api: &Api) -> String {
    api.connect().await;
    mirror_companies(api, &[("1", "Acme Ltd"), ("2", "Beta Ltd")]).await;
    let made = api.post("/v1/companies", &json!({ "name": "Acme" })).await.expect(201);
    let company = made["id"].as_str().unwrap().to_owned();
    api.send(Call::new("PUT", &format!("/v1/companies/{company}/links/halo-psa/1"))).await.expect(200);
    company
}

pub(super) async fn auto_import(api: &Api, default_role: Option<&str>) {
    let rules = json!({ "enabled": true, "default_role": default_role, "exclude_emails": ["noreply@*"] });
    api.save_options(&json!({ "auto_import": rules })).await.expect(200);
}

/// Verdict, name, what is said and the remedy of each, on a line.
async fn why(api: &Api, query: &str) -> String {
    let query: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
    let answer = api.get(&format!("{HALO}/explain?query={query}")).await.expect(200);
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let line = |row: &Value| {
        let parts =
            [&row["verdict"], &row["record_type"], &row["external_id"], &row["name"], &row["detail"], &row["remedy"]];
        parts.map(text).join(" | ")
    };
    answer.as_array().unwrap().iter().map(line).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn an_answer_is_whole() {
    let api = Api::new().await;
    half_linked(&api).await;
    assert_snapshot!(api.get(&format!("{HALO}/explain?query=2")).await, @r#"
    200
    [
      {
        "detail": "Companies are linked or imported by a person, and this one is not.",
        "external_id": "2",
        "name": "Beta Ltd",
        "record_type": "companies",
        "remedy": "Link it under Integrations, Companies, or import it.",
        "verdict": "company_not_linked"
      }
    ]
    "#);
}

#[tokio::test]
async fn contacts_are_explained_by_what_the_engine_decides_on_them() {
    let api = Api::new().await;
    half_linked(&api).await;
    mirror_contacts(
        &api,
        &[
            ("11", "Ann", "ann@acme.example", "1"),
            ("12", "Robot", "noreply@acme.example", "1"),
            ("13", "Ben", "ben@beta.example", "2"),
        ],
    )
    .await;
    assert_snapshot!(why(&api, "11").await, @r#"
    off | contacts | 11 | Ann | Contact auto-import is off, so contacts do not become users. | Switch it on in the options of Halo.
    "#);
    auto_import(&api, None).await;
    assert_snapshot!(why(&api, "ANN@acme.example").await, @r#"
    no_role | contacts | 11 | Ann | Not a portal user: no role applies. | Set a default role or a rule in the options of Halo, or the company's default.
    "#);
    auto_import(&api, Some("standard")).await;
    let each = [why(&api, "ann").await, why(&api, "noreply@acme.example").await, why(&api, "13").await];
    assert_snapshot!(each.join("\n"), @r#"
    waiting | contacts | 11 | Ann | It becomes a user with the next sync: Standard User (integration default). | Sync now.
    excluded | contacts | 12 | Robot | Not a portal user: its e-mail address is excluded by "noreply@*". | Change who gets in, in the options of Halo.
    company_not_linked | contacts | 13 | Ben | Not a portal user: "Beta Ltd" is not linked. | Link "Beta Ltd" under Integrations, Companies.
    "#);
}

#[tokio::test]
async fn contacts_with_a_user_are_explained_by_how_it_stands() {
    let api = Api::new().await;
    let company = half_linked(&api).await;
    auto_import(&api, Some("standard")).await;
    let user = User {
        id: UserId::new("us_1"),
        name: "Ann".to_owned(),
        email: "ann@acme.example".to_owned(),
        company_id: Some(company.as_str().into()),
        role: "standard".into(),
        origin: Origin::Imported,
        access: Access::Active,
        reason: None,
        access_decided: false,
        contacts: Vec::new(),
        created_at: api.now(),
        version: 1,
    };
    api.store().create_user(&user, By::System).await.unwrap();
    let contact = Contact {
        name: "Ann".to_owned(),
        email: Some("ann@acme.example".to_owned()),
        company: Some("1".into()),
        ..Contact::default()
    };
    let mut ann = record(&api, "11", "Ann", Some(RecordData::Contact(contact)));
    let reason = "imported as Standard User (integration default)".to_owned();
    ann.body.import = Some(Import { user: Some(user.id.clone()), source: None, reason });
    api.store().put_records(&halo(), RecordType::Contacts, &[ann]).await.unwrap();
    let here = why(&api, "Ann").await;
    api.delete("/v1/users/us_1/access").await.expect(200);
    assert_snapshot!([here, why(&api, "Ann").await].join("\n"), @r#"
    imported | contacts | 11 | Ann | It is the user "Ann" (Standard User): imported as Standard User (integration default). | -
    suspended | contacts | 11 | Ann | The user "Ann" has no access: an admin took access away. | Give the access back under Users.
    "#);
}

#[tokio::test]
async fn tickets_technicians_and_records_set_aside_are_explained() {
    let api = Api::new().await;
    half_linked(&api).await;
    let of = |company: Option<&str>, title: &str| Ticket {
        title: title.to_owned(),
        company: company.map(Into::into),
        ..Ticket::default()
    };
    mirror_tickets(
        &api,
        &[("21", of(Some("1"), "Printer")), ("22", of(Some("2"), "Screen")), ("23", of(None, "Mouse"))],
    )
    .await;
    mirror_technicians(&api, &[("31", tess())]).await;
    let left_out = record(&api, "24", "Phone", None);
    api.store().put_records(&halo(), RecordType::Tickets, &[left_out]).await.unwrap();
    let aside = Quarantined {
        record_type: RecordType::Tickets,
        external_id: "25".into(),
        error: "the field status_id is no number".to_owned(),
        raw: "{}".to_owned(),
        at: api.now(),
    };
    api.store().put_quarantined(&halo(), &[aside]).await.unwrap();
    let mut each = Vec::new();
    for query in ["21", "screen", "mouse", "24", "25", "tess@msp.example", "nobody"] {
        each.push(why(&api, query).await);
    }
    assert_snapshot!(each.join("\n"), @r#"
    imported | tickets | 21 | Printer | It is shown at "Acme". | -
    waiting | tickets | 22 | Screen | It waits for its company: "Beta Ltd" is not linked. | Link "Beta Ltd" under Integrations, Companies.
    waiting | tickets | 23 | Mouse | It belongs to no company, and a ticket is shown with its company only. | Give it a company in Halo.
    filtered | tickets | 24 | Phone | It does not come in: left out by the option Teams. | Change it in Halo, or change the scope in the options.
    quarantined | tickets | 25 | - | It could not be read: the field status_id is no number. | Set it right in Halo, then retry it in the sync log.
    imported | users | 31 | Tess Tech | It is here. | -
    not_seen | - | - | - | Nothing that was read from Halo has the id, address or name "nobody". | Look for it in Halo and ask again by the id that it has there, or sync now.
    "#);
}

#[tokio::test]
async fn a_type_that_is_off_and_a_blocked_company_are_explained() {
    let api = Api::new().await;
    let company = half_linked(&api).await;
    mirror_tickets(&api, &[("21", Ticket { title: "Printer".to_owned(), ..Ticket::default() })]).await;
    api.save_options(&json!({ "record_types": ["companies", "contacts"] })).await.expect(200);
    api.delete(&format!("/v1/companies/{company}")).await.expect(204);
    let each = [why(&api, "21").await, why(&api, "acme").await, why(&api, "nobody").await];
    assert_snapshot!(each.join("\n"), @r#"
    off | tickets | 21 | Printer | Tickets are switched off, so nothing is kept up to date. | Switch Tickets on in the options of Halo.
    excluded | companies | 1 | Acme Ltd | Its portal company was deleted, which blocks it from import. | Unblock it under Settings, Companies, Blocked.
    not_seen | - | - | - | Nothing that was read from Halo has the id, address or name "nobody". Switched off are: Agents, Tickets. | Look for it in Halo and ask again by the id that it has there, or sync now.
    "#);
}

#[tokio::test]
async fn a_query_is_needed_and_bounded() {
    let api = Api::new().await;
    for query in ["", "%20", &"x".repeat(201), "a%0Ab"] {
        assert_eq!(api.get(&format!("{HALO}/explain?query={query}")).await.pointers(), ["/query"], "{query:?}");
    }
    api.get(&format!("{HALO}/explain")).await.expect(422);
    api.get("/v1/integrations/nobody/explain?query=x").await.expect(404);
}

#[tokio::test]
async fn what_comes_with_the_next_sync_does_not_while_there_is_none() {
    let api = Api::new().await;
    half_linked(&api).await;
    auto_import(&api, Some("standard")).await;
    mirror_contacts(&api, &[("10", "Ann Reed", "ann@acme.example", "1")]).await;
    api.send(Call::new("POST", &format!("{HALO}/disable"))).await.expect(200);
    assert_snapshot!(why(&api, "10").await, @"waiting | contacts | 10 | Ann Reed | It becomes a user with the next sync: Standard User (integration default). But Halo does not sync at the moment. | Resume Halo, or connect it again, under Integrations.");
}

#[tokio::test]
async fn devices_are_found_by_name_and_alerts_by_their_id() {
    let api = Api::new().await;
    api.switch_on("datto-rmm", |_| ()).await;
    let device = Device { name: "PC-1".to_owned(), ..Device::default() };
    api.mirror("datto-rmm", RecordType::Devices, vec![("d1", RecordData::Device(Box::new(device)))]).await;
    let found = async |query: &str| {
        let answer = api.get(&format!("/v1/integrations/datto-rmm/explain?query={query}")).await.expect(200);
        answer[0].clone()
    };
    for query in ["d1", "pc-1"] {
        assert_eq!(
            (&found(query).await["verdict"], &found(query).await["external_id"]),
            (&json!("imported"), &json!("d1"))
        );
    }
    assert_snapshot!(found("nothing").await["detail"], @r#""Nothing that was read from Datto RMM has the id, address or name \"nothing\". Found by their id only are: Alerts.""#);
}
