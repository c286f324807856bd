use std::sync::atomic::{AtomicUsize, Ordering};

use connector::{Feed, LinkRequest};
use domain::options::Options;
use serde_json::{Value, json};
use testkit::fake_vendor::{FakeVendor, Reply, ok, reply};

use super::*;
use crate::descriptor::DESCRIPTOR;
use crate::fake::{form, stripe};

const LIVE: &[(&str, &str)] = &[("restricted_key", "rk_live_hush")];

fn feed(id: &str) -> &'static Feed {
    DESCRIPTOR.feed(id).unwrap()
}

const fn page<'a>(feed: &'static Feed, cursor: Option<&'a Cursor>) -> PullRequest<'a> {
    PullRequest { feed, since: None, cursor, probe: false, company: None }
}

fn list(rows: &[Value], has_more: bool) -> Reply {
    ok(&json!({"object": "list", "url": "/v1/x", "has_more": has_more, "data": rows}))
}

fn customer(id: &str) -> Value {
    json!({"id": id, "object": "customer", "name": id})
}

fn refused(status: u16, error: &Value) -> std::sync::Arc<FakeVendor> {
    let body = json!({ "error": error }).to_string();
    stripe(move |_| reply(status, &body))
}

#[tokio::test(start_paused = true)]
async fn every_call_carries_the_key_and_the_pinned_version() {
    let fake = stripe(|_| list(&[customer("cus_1")], false));
    fake.session().pull(page(feed("customers"), None)).await.unwrap();
    let seen = &fake.calls()[0];
    assert_eq!(seen.line, "GET /v1/customers?limit=100");
    assert_eq!(
        (seen.header("authorization"), seen.header("stripe-version")),
        (Some("Bearer rk_test_hush"), Some("2026-07-29.dahlia"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_list_goes_on_behind_its_last_row_until_there_are_no_more() {
    let fake = stripe(|seen| match seen.line.contains("starting_after=cus_2") {
        false => list(&[customer("cus_1"), customer("cus_2")], true),
        true => list(&[customer("cus_3")], false),
    });
    let session = fake.session();
    let first = session.pull(page(feed("customers"), None)).await.unwrap();
    assert_eq!(first.next, Some(Cursor("cus_2".to_owned())));
    let second = session.pull(page(feed("customers"), first.next.as_ref())).await.unwrap();
    assert_eq!((second.rows.len(), second.next), (1, None));
}

#[tokio::test(start_paused = true)]
async fn a_page_that_comes_again_is_an_error() {
    let fake = stripe(|_| list(&[customer("cus_1"), customer("cus_2")], true));
    let after = Cursor("cus_2".to_owned());
    let error = fake.session().pull(page(feed("customers"), Some(&after))).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Malformed { path: "data".to_owned() });
}

#[tokio::test(start_paused = true)]
async fn a_customer_that_was_deleted_at_the_border_of_a_page_is_no_defect() {
    let gone = json!({"code": "resource_missing", "message": "No such customer: 'cus_2'", "param": "starting_after"});
    let fake = refused(400, &gone);
    let after = Cursor("cus_2".to_owned());
    let error = fake.session().pull(page(feed("customers"), Some(&after))).await.unwrap_err();
    assert_eq!(error.cause(), domain::issue::Cause::Transient, "the next pass begins anew");
    let error = fake.session().pull(page(feed("customers"), None)).await.unwrap_err();
    assert_eq!(error.cause(), domain::issue::Cause::System);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_cannot_be_read_is_about_something_and_the_others_are_told() {
    let readable = json!({"id": "evt_1", "type": "customer.updated", "created": 1_782_864_000,
        "data": {"object": {"id": "cus_1"}}});
    let odd = json!({"id": "evt_2", "type": "customer.updated", "data": {"object": {"id": {}}}});
    let fake = stripe(move |seen| match seen.line.contains("starting_after=evt_2") {
        false => list(&[json!({"id": "evt_3", "type": "plan.created"}), odd.clone()], true),
        true => list(std::slice::from_ref(&readable), false),
    });
    let journal = fake.session().journal("2026-07-01T00:00:00Z".parse().unwrap(), None).await.unwrap();
    let told: Vec<_> = journal.notices.into_iter().map(|notice| (notice.id.unwrap(), notice.subject)).collect();
    let record = Subject::Record(RecordType::Companies, "cus_1".into());
    assert_eq!(told, [("evt_1".to_owned(), record), ("evt_2".to_owned(), Subject::Something)]);
}

#[tokio::test(start_paused = true)]
async fn subscriptions_come_with_those_that_ended_and_their_products_are_named_at_once() {
    let item = |product: &str| json!({"id": "si_1", "price": {"id": "price_1", "product": product}});
    let row = move |id: &str, product: &str| json!({"id": id, "status": "canceled", "currency": "usd", "items": {"data": [item(product)]}});
    let fake = stripe(move |seen| match seen.target() {
        "GET /v1/products" => {
            list(&[json!({"id": "prod_1", "name": "Seat"}), json!({"id": "prod_2", "name": "Care"})], false)
        }
        _ => list(&[row("sub_1", "prod_1"), row("sub_2", "prod_2"), row("sub_3", "prod_1")], false),
    });
    let session = fake.session();
    for _ in 0..2 {
        session.pull(page(feed("subscriptions"), None)).await.unwrap();
    }
    assert_eq!(
        fake.lines(),
        [
            "GET /v1/subscriptions?limit=100&status=all",
            "GET /v1/products?limit=100&ids[]=prod_1&ids[]=prod_2",
            "GET /v1/subscriptions?limit=100&status=all",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn without_the_right_to_read_products_a_plan_goes_by_its_price() {
    let row = json!({"id": "sub_1", "status": "active", "currency": "usd", "items": {"data": [
        {"id": "si_1", "price": {"id": "price_1", "nickname": "Gold", "product": "prod_1"}}]}});
    let fake = stripe(move |seen| match seen.target() {
        "GET /v1/products" => reply(403, json!({"error": {"message": "no"}})),
        _ => list(std::slice::from_ref(&row), false),
    });
    let page = fake.session().pull(page(feed("subscriptions"), None)).await.unwrap();
    let Mapped::Record(record) = &page.rows[0] else { panic!("a record") };
    assert_eq!(record.data.name(), "Gold");
}

#[tokio::test(start_paused = true)]
async fn a_subscription_of_many_items_is_completed_with_the_rest() {
    let items = |from: usize, to: usize| -> Vec<Value> {
        (from..to).map(|n| json!({"id": format!("si_{n}"), "price": {"id": format!("price_{n}")}})).collect()
    };
    let fake = stripe(move |seen| match seen.target() {
        "GET /v1/subscription_items" if seen.line.contains("starting_after=si_7") => list(&items(8, 12), false),
        "GET /v1/subscription_items" => list(&items(0, 8), true),
        _ => ok(
            &json!({"id": "sub_1", "status": "active", "currency": "usd", "items": {"has_more": true, "data": items(0, 10)}}),
        ),
    });
    let session = fake.session();
    let Some(Mapped::Record(mut record)) = session.get(RecordType::Subscriptions, &"sub_1".into()).await.unwrap()
    else {
        panic!("a record")
    };
    session.complete(&mut record).await.unwrap();
    let RecordData::Subscription(subscription) = record.data else { panic!("a subscription") };
    assert_eq!(subscription.items.len(), 12);
    assert!(subscription.name.ends_with("price_11"));
}

#[tokio::test(start_paused = true)]
async fn what_is_deleted_is_gone_whether_it_is_answered_or_not() {
    let deleted = stripe(|_| ok(&json!({"id": "cus_1", "object": "customer", "deleted": true})));
    assert_eq!(deleted.session().get(RecordType::Companies, &"cus_1".into()).await.unwrap(), None);
    let missing = refused(404, &json!({"type": "invalid_request_error", "code": "resource_missing"}));
    assert_eq!(missing.session().get(RecordType::Invoices, &"in_1".into()).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn an_id_that_would_be_another_path_is_not_asked_for() {
    let fake = stripe(|_| reply(500, ""));
    for id in ["", "../account", "cus_1/sources", "cus 1"] {
        assert_eq!(fake.session().get(RecordType::Companies, &id.into()).await.unwrap(), None, "{id}");
    }
    assert!(fake.calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn events_are_told_oldest_first_back_to_the_moment_asked_for() {
    let event = |n: u32| {
        json!({"id": format!("evt_{n}"), "type": "customer.updated", "created": 1_782_864_000 + n,
        "data": {"object": {"id": format!("cus_{n}")}}})
    };
    let fake = stripe(move |seen| match seen.line.contains("starting_after=evt_2") {
        false => list(&[event(3), event(2)], true),
        true => list(&[event(1)], false),
    });
    let since = Timestamp::constant(1_782_864_000, 0);
    let page = fake.session().journal(since, None).await.unwrap();
    let ids: Vec<_> = page.notices.iter().filter_map(|notice| notice.id.clone()).collect();
    assert_eq!((ids.join(" ").as_str(), page.next), ("evt_1 evt_2 evt_3", None));
    let first = "GET /v1/events?limit=100&created[gte]=1782864000";
    assert_eq!(fake.lines(), [first.to_owned(), format!("{first}&starting_after=evt_2")]);
}

#[tokio::test(start_paused = true)]
async fn events_about_nothing_of_ours_are_passed_over() {
    let fake = stripe(|_| {
        let event = |kind: &str, id: &str| json!({"id": format!("evt_{id}"), "type": kind, "created": 1_782_864_000, "data": {"object": {"id": id}}});
        list(&[event("payout.paid", "po_1"), event("invoice.paid", "in_1"), event("balance.available", "b")], false)
    });
    let page = fake.session().journal(Timestamp::UNIX_EPOCH, None).await.unwrap();
    let subjects: Vec<_> = page.notices.into_iter().map(|notice| notice.subject).collect();
    assert_eq!(subjects, [Subject::Record(RecordType::Invoices, "in_1".into())]);
}

#[tokio::test(start_paused = true)]
async fn so_many_events_that_reading_the_lists_costs_less_are_something() {
    let number = AtomicUsize::new(0);
    let fake = stripe(move |_| {
        let id = number.fetch_add(1, Ordering::Relaxed);
        list(
            &[json!({"id": format!("evt_{id}"), "type": "customer.updated", "data": {"object": {"id": "cus_1"}}})],
            true,
        )
    });
    let page = fake.session().journal(Timestamp::UNIX_EPOCH, None).await.unwrap();
    assert_eq!((page.notices, fake.calls().len()), (vec![webhook::too_much()], EVENT_PAGES));
}

#[tokio::test(start_paused = true)]
async fn the_account_is_known_by_its_id_also_where_it_may_not_be_read() {
    let open = stripe(|_| ok(&json!({"id": "acct_1", "business_profile": {"name": "Northern MSP"}})));
    let account = open.session_with(LIVE, Options::initial()).account().await.unwrap();
    assert_eq!((account.id.as_str(), account.name.as_str()), ("acct_1", "Northern MSP"));
    let stars = "*".repeat(300);
    let message = format!(
        "The provided key 'rk_live_{stars}0042' does not have the required permissions for this endpoint on \
        account 'acct_1032D82eZvKYlo2C'. Having the 'rak_accounts_kyc_basic_read' permission would allow it."
    );
    let closed = refused(403, &json!({"type": "invalid_request_error", "message": message}));
    assert_eq!(closed.session_with(LIVE, Options::initial()).account().await.unwrap().id, "acct_1032D82eZvKYlo2C");
    let silent = refused(403, &json!({"message": "no"}));
    assert_eq!(silent.session_with(LIVE, Options::initial()).account().await.unwrap_err().kind, ErrorKind::Forbidden);
}

#[tokio::test(start_paused = true)]
async fn a_test_key_is_of_another_account_than_a_live_one_of_the_same_id() {
    let fake = stripe(|_| ok(&json!({"id": "acct_1", "business_profile": {"name": "Northern MSP"}})));
    let account = fake.session().account().await.unwrap();
    assert_eq!((account.id.as_str(), account.name.as_str()), ("acct_1:test", "Northern MSP (test mode)"));
}

#[tokio::test(start_paused = true)]
async fn errors_mean_what_stripe_means_by_them() {
    let kind = async |status: u16, error: Value| {
        let fake = refused(status, &error);
        fake.session().pull(page(feed("invoices"), None)).await.unwrap_err()
    };
    let wrong = kind(401, json!({"message": "Invalid API Key provided: rk_test_****"})).await;
    assert_eq!(wrong.kind, ErrorKind::Credentials { field: Some("restricted_key") });
    let forbidden = kind(403, json!({"message": "Having the 'rak_invoice_read' permission would allow it."})).await;
    assert_eq!(forbidden.kind, ErrorKind::Forbidden);
    assert!(forbidden.detail.unwrap().contains("rak_invoice_read"), "it names the permission");
    let held = kind(429, json!({"code": "lock_timeout", "message": "held"})).await;
    assert!(matches!(held.kind, ErrorKind::Limited { .. } | ErrorKind::Paused { .. }), "{held:?}");
    let bug = kind(400, json!({"message": "Received unknown parameter: limt", "param": "limt"})).await;
    let said = "Received unknown parameter: limt".to_owned();
    assert_eq!(bug.kind, ErrorKind::Rejected { field: Some("limt".to_owned()), message: said });
    assert_eq!(kind(402, json!({"message": "declined"})).await.cause(), domain::issue::Cause::System);
    assert_eq!(kind(500, json!({"message": "ours"})).await.kind, ErrorKind::Unavailable);
}

#[tokio::test(start_paused = true)]
async fn a_publishable_key_is_refused_before_it_is_sent() {
    let fake = stripe(|_| reply(500, ""));
    let refused = connector::Connector::open(&crate::CONNECTOR, fake.context(&[("restricted_key", "pk_live_1")]));
    let Err(error) = refused else { panic!("it was taken") };
    assert_eq!(error.kind, ErrorKind::Credentials { field: Some("restricted_key") });
}

#[tokio::test(start_paused = true)]
async fn each_click_on_the_billing_portal_is_a_session_of_its_own() {
    let fake = stripe(|_| ok(&json!({"id": "bps_1", "url": "https://billing.stripe.com/p/session/x"})));
    let session = fake.session();
    let request = LinkRequest::BillingPortal {
        company: "cus_1".into(),
        return_url: "https://portal.example/settings".parse().unwrap(),
    };
    for _ in 0..2 {
        let link = session.issue_link(&request).await.unwrap();
        assert_eq!(link.url.as_str(), "https://billing.stripe.com/p/session/x");
    }
    let calls = fake.calls();
    assert_eq!(calls[0].target(), "POST /v1/billing_portal/sessions");
    let expected = [("customer", "cus_1"), ("return_url", "https://portal.example/settings")];
    assert_eq!(form(&calls[0]), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_ne!(calls[0].header("idempotency-key"), calls[1].header("idempotency-key"));
    assert!(calls[0].header("idempotency-key").is_some());
}
