//! Users: searching them, and what becomes of one whose contact moved to another company.

use domain::portal::{Access, ContactRef, Origin, User};
use domain::record::RecordType;
use serde_json::{Value, json};
use store::activity::By;
use store::records::Import;

use super::harness::{Api, Call, HALO, halo};
use super::imports::mirror_companies;
use super::links::{made, mirror_contacts};

/// The user's contact belongs to this vendor company now, as a run finds it.
pub(super) async fn moved_away(api: &Api, user: &str, vendor_company: &str) {
    mirror_contacts(api, &[("70", vendor_company, "ann@harbour.example")]).await;
    let mut record = api.store().record(&halo(), RecordType::Contacts, &"70".into()).await.unwrap().unwrap();
    record.body.import = Some(Import { user: Some(user.into()), source: None, reason: String::new() });
    api.store().put_records(&halo(), RecordType::Contacts, &[record]).await.unwrap();
    let before = api.store().user(&user.into()).await.unwrap().unwrap();
    let after = User {
        origin: Origin::Imported,
        access: Access::Suspended,
        reason: Some("its contact moved to another company".to_owned()),
        contacts: vec![ContactRef { connection: halo(), external_id: "70".into(), active: false }],
        ..before.clone()
    };
    api.store().save_user(&before, &after, By::System).await.unwrap();
}

/// Ann of Harbour, whose contact belongs to Quay now; and both companies.
async fn ann() -> (Api, String, String, String) {
    let api = Api::new().await;
    api.connect().await;
    mirror_companies(&api, &[("1", "Harbour"), ("2", "Quay")]).await;
    let (harbour, quay) = (made(&api, "Harbour").await, made(&api, "Quay").await);
    for (company, vendor) in [(&harbour, "1"), (&quay, "2")] {
        api.send(Call::new("PUT", &format!("/v1/companies/{company}/links/halo-psa/{vendor}"))).await.expect(200);
    }
    let ann = json!({ "name": "Ann", "email": "ann@harbour.example", "company_id": harbour, "role": "standard" });
    let ann = api.post("/v1/users", &ann).await.expect(201)["id"].as_str().unwrap().to_owned();
    (api, ann, harbour, quay)
}

#[tokio::test]
async fn a_user_is_moved_to_where_its_contact_is() {
    let (api, ann, harbour, quay) = ann().await;
    let path = format!("/v1/users/{ann}/move");
    let refused = api.post(&path, &json!({})).await.expect(409);
    assert_eq!(refused["detail"], "No contact of \"Ann\" belongs to another company.");
    moved_away(&api, &ann, "2").await;
    api.forget_messages();
    let moved = api.post(&path, &json!({})).await.expect(200);
    assert_eq!(
        (&moved["company_id"], &moved["state"], &moved["role"]),
        (&json!(quay), &json!("active"), &json!("standard"))
    );
    assert_eq!(api.queue.take().len(), 1, "the issue is settled at once");
    assert_eq!((count(&api, &harbour).await, count(&api, &quay).await), (json!(0), json!(1)));
    assert_eq!(api.get(&format!("/v1/users?company={quay}")).await.json()["items"][0]["id"], json!(ann));
    api.post(&path, &json!({})).await.expect(409);
    assert_eq!(api.post(&path, &json!({ "to": "x" })).await.status, 422);
}

/// How many users a company has.
async fn count(api: &Api, company: &str) -> Value {
    api.get(&format!("/v1/companies/{company}")).await.json()["users"].clone()
}

#[tokio::test]
async fn a_user_of_a_deleted_company_is_moved_to_the_one_that_is_linked_in_its_place() {
    let (api, ann, harbour, quay) = ann().await;
    api.delete(&format!("/v1/companies/{harbour}")).await.expect(204);
    api.send(Call::new("PUT", &format!("/v1/companies/{quay}/links/halo-psa/1"))).await.expect(200);
    moved_away(&api, &ann, "1").await;
    let kept = api.post(&format!("/v1/users/{ann}/move"), &json!({ "keep": true })).await.expect(409);
    assert_eq!(kept["detail"], "The company of \"Ann\" was deleted, so it cannot stay there.");
    let moved = api.post(&format!("/v1/users/{ann}/move"), &json!({})).await.expect(200);
    assert_eq!((&moved["company_id"], &moved["state"]), (&json!(quay), &json!("active")));
    assert_eq!(count(&api, &quay).await, json!(1));
    api.get(&format!("/v1/companies/{harbour}")).await.expect(404);
    assert_eq!(api.get("/v1/companies").await.json()["total"], 1, "what is left of a deleted company is nowhere shown");
    assert_eq!(api.get(&format!("/v1/users?company={harbour}")).await.json()["items"], json!([]));
}

#[tokio::test]
async fn a_deleted_company_that_is_imported_again_has_its_users_and_counts_them() {
    let (api, _, _, quay) = ann().await;
    mirror_companies(&api, &[("3", "Mole")]).await;
    let import = async || {
        let items = json!({ "items": [{ "external_id": "3" }] });
        let made = api.post(&format!("{HALO}/companies/import"), &items).await.expect(200);
        made["items"][0]["company_id"].as_str().unwrap().to_owned()
    };
    let mole = import().await;
    let ben = json!({ "name": "Ben", "email": "ben@mole.example", "company_id": mole, "role": "standard" });
    let ben = api.post("/v1/users", &ben).await.expect(201)["id"].as_str().unwrap().to_owned();
    api.delete(&format!("/v1/companies/{mole}")).await.expect(204);
    let cy = json!({ "name": "Cy", "email": "cy@mole.example", "company_id": mole, "role": "standard" });
    assert_eq!(api.post("/v1/users", &cy).await.pointers(), ["/company_id"]);
    assert_eq!(import().await, mole);
    assert_eq!(count(&api, &mole).await, json!(1));
    moved_away(&api, &ben, "2").await;
    api.post(&format!("/v1/users/{ben}/move"), &json!({})).await.expect(200);
    assert_eq!((count(&api, &mole).await, count(&api, &quay).await), (json!(0), json!(1)));
}

#[tokio::test]
async fn a_user_is_kept_where_it_is() {
    let (api, ann, harbour, _) = ann().await;
    moved_away(&api, &ann, "2").await;
    let kept = api.post(&format!("/v1/users/{ann}/move"), &json!({ "keep": true })).await.expect(200);
    assert_eq!((&kept["company_id"], &kept["state"]), (&json!(harbour), &json!("active")));
    let user = api.store().user(&ann.as_str().into()).await.unwrap().unwrap();
    assert!(user.access_decided, "no run suspends it again");
}

#[tokio::test]
async fn the_user_of_a_contact_is_found() {
    let (api, ann, _, _) = ann().await;
    moved_away(&api, &ann, "2").await;
    let found = async |query: &str| api.get(&format!("/v1/users?{query}")).await;
    assert_eq!(found("contact=halo-psa.70").await.expect(200)["items"][0]["id"], json!(ann));
    assert_eq!(found("contact=halo-psa.71").await.expect(200)["items"], json!([]));
    for wrong in ["contact=70", "contact=none.70", "contact=halo-psa.70&search=a"] {
        assert_eq!(found(wrong).await.pointers(), ["/contact"], "{wrong}");
    }
}

#[tokio::test]
async fn users_are_found_by_name_and_address() {
    let api = Api::new().await;
    let (harbour, quay) = (made(&api, "Harbour").await, made(&api, "Quay").await);
    for (name, company) in [("Ann Ames", &harbour), ("Ben Boll", &harbour), ("Annika", &quay), ("Cy", &quay)] {
        let email = format!("{}@x.example", name.to_lowercase().replace(' ', "."));
        let user = json!({ "name": name, "email": email, "company_id": company, "role": "standard" });
        api.post("/v1/users", &user).await.expect(201);
    }
    let found = async |query: &str| {
        let mut names = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = api.get(&format!("/v1/users?{query}{cursor}")).await.expect(200);
            names
                .extend(page["items"].as_array().unwrap().iter().map(|user| user["name"].as_str().unwrap().to_owned()));
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        names.sort();
        names.join(", ")
    };
    assert_eq!(found("search=ANN").await, "Ann Ames, Annika");
    assert_eq!(found("search=ann&limit=1").await, "Ann Ames, Annika");
    assert_eq!(found("search=boll%40x").await, "Ben Boll");
    assert_eq!(found(&format!("search=n&company={harbour}&limit=1")).await, "Ann Ames, Ben Boll");
    assert_eq!(found(&format!("search=cy&company={harbour}")).await, "");
    assert_eq!(found("search=%20").await, "Ann Ames, Annika, Ben Boll, Cy");
    assert_eq!(api.get(&format!("/v1/users?search={}", "x".repeat(201))).await.pointers(), ["/search"]);
}
