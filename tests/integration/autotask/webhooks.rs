//! Webhooks: made, signed, told, switched off and revived; by the connector alone, and with engine and receiver.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use connector::http::{Budget, HttpPool, HttpSettings, TokenOwner};
use connector::webhook::{Delivery, Endpoint, Subject};
use connector::{Connector, Credentials, Session, SessionContext};
use domain::id::ExternalId;
use domain::options::Options;
use domain::record::{RecordData, RecordType};
use hmac::{Hmac, Mac};
use jiff::SignedDuration;
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use sha1::Sha1;
use simulators::App;
use simulators::deliver::deliver_due;
use sync::endpoint::WebhookKeys;
use sync::ports::Clock;
use testkit::InProcess;

use super::{COMPANY, Desk, deployment};
use crate::acme::{import_all, object};
use crate::pushing::{KEY, post_with, receiver};

const URL: &str = "https://portal.example/webhooks/autotask/t0ken";

fn values(app: &App) -> BTreeMap<String, SecretString> {
    app.credentials().into_iter().map(|(key, value)| (key, SecretString::from(value))).collect()
}

impl Desk {
    fn session(&self) -> Box<dyn Session> {
        let clock = self.world.clock.clone();
        let settings = HttpSettings { seed: Some(1), ..HttpSettings::new(Arc::new(move || clock.now())) };
        let pool = HttpPool::with_transport(settings, Arc::new(InProcess(self.app.router())));
        let context = SessionContext {
            http: pool.for_connection(TokenOwner("test".to_owned()), Budget::unlimited()),
            credentials: Credentials::sort(&autotask::DESCRIPTOR, &values(&self.app)),
            options: Options::initial(),
            deployment: deployment(&self.app),
        };
        autotask::CONNECTOR.open(context).unwrap()
    }

    async fn title_of(&self, ticket: &str) -> String {
        let id = ExternalId::new(ticket);
        let record = self.connected.store.record(&self.connected.id, RecordType::Tickets, &id).await.unwrap();
        let Some(RecordData::Ticket(ticket)) = record.and_then(|record| record.body.data) else { panic!() };
        ticket.title
    }

    /// Which webhooks are on, by what they tell of.
    fn switched_on(&self) -> Vec<bool> {
        let dump = self.app.dump();
        let lists = ["company_webhooks", "contact_webhooks", "ticket_webhooks"];
        lists.iter().flat_map(|list| dump[*list].as_array().unwrap()).map(|row| row["isActive"] == true).collect()
    }
}

fn endpoint() -> Endpoint {
    Endpoint {
        url: URL.parse().unwrap(),
        previous: None,
        secret: "sign-with-this".into(),
        has_secret: true,
        known: Vec::new(),
    }
}

/// Takes what Autotask sends now, answering each call with this status.
fn deliver(app: &App, status: u16) -> Vec<simulators::Outgoing> {
    let calls = app.deliveries();
    for call in &calls {
        app.delivered(call.id, Some(status));
    }
    calls
}

fn subject_of(call: &simulators::Outgoing) -> Subject {
    let headers = connector::http::HeaderMap::new();
    let query = call.url.split_once('?').map_or("", |(_, query)| query);
    let mut notices =
        (autotask::DESCRIPTOR.webhook.unwrap().notices)(&Delivery { headers: &headers, query, body: &call.body });
    assert_eq!(notices.len(), 1);
    notices.remove(0).subject
}

#[tokio::test(start_paused = true)]
async fn webhooks_are_made_signed_and_tell_of_what_others_change() {
    let desk = Desk::up_to_date(20, import_all()).await;
    let session = desk.session();
    let made = session.provision(&endpoint()).await.unwrap().subscriptions;
    assert_eq!(
        made.iter().map(|one| (one.about.as_str(), one.active)).collect::<Vec<_>>(),
        [("companies", true), ("contacts", true), ("tickets", true)]
    );
    desk.app.clear_calls();
    assert_eq!(session.provision(&endpoint()).await.unwrap().subscriptions, made);
    let writes =
        desk.app.calls(1_000).last.into_iter().filter(|call| call.method != "GET" && !call.path.ends_with("/query"));
    assert_eq!(writes.count(), 0, "doing it again changes nothing");

    let ticket = desk.first_ticket();
    desk.app.patch("tickets", &ticket, object(json!({ "title": "Tom & Ann's <printer> \u{1f5a8}" })), false).unwrap();
    let calls = deliver(&desk.app, 200);
    assert_eq!(calls.len(), 1);
    assert_eq!(subject_of(&calls[0]), Subject::Record(RecordType::Tickets, ExternalId::new(ticket.as_str())));
    let body = String::from_utf8(calls[0].body.clone()).unwrap();
    assert!(body.is_ascii() && !body.contains(['&', '<', '\'']), "{body}");
    let mut mac = Hmac::<Sha1>::new_from_slice(b"sign-with-this").unwrap();
    mac.update(&calls[0].body);
    let signed = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
    let header = calls[0].headers.iter().find(|(name, _)| name == "x-hook-signature").unwrap();
    assert_eq!(header.1, format!("sha1={signed}"));

    let change = connector::Change::UpdateTicket {
        external_id: ExternalId::new(ticket.as_str()),
        change: connector::TicketChange { title: Some("Ours".to_owned()), ..Default::default() },
    };
    session.push(&change).await.unwrap();
    assert!(desk.app.deliveries().is_empty(), "our own changes are not told");
    session.unprovision(&endpoint()).await.unwrap();
    desk.app.patch("tickets", &ticket, object(json!({ "title": "Theirs" })), false).unwrap();
    assert!(desk.app.deliveries().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_webhook_that_failed_too_often_is_switched_off_told_and_revived() {
    let desk = Desk::up_to_date(20, import_all()).await;
    let session = desk.session();
    session.provision(&endpoint()).await.unwrap();
    let mut told = Vec::new();
    for n in 0..30 {
        desk.app.patch("companies", COMPANY, object(json!({ "city": format!("Town {n}") })), false).unwrap();
        desk.world.clock.advance(SignedDuration::from_secs(31));
        told.extend(deliver(&desk.app, 500));
    }
    let last = told.last().unwrap();
    assert_eq!((last.url.as_str(), told.len()), (format!("{URL}?deactivated=1").as_str(), 26));
    assert_eq!(subject_of(last), Subject::Subscription);
    assert!(last.headers.iter().all(|(name, _)| name != "x-hook-signature"), "nothing proves it");
    let made = session.provision(&endpoint()).await.unwrap().subscriptions;
    assert_eq!(
        made.iter().map(|one| (one.active, one.revived)).collect::<Vec<_>>(),
        [(true, true), (true, false), (true, false)]
    );
    desk.app.patch("companies", COMPANY, object(json!({ "city": "Home" })), false).unwrap();
    assert_eq!(deliver(&desk.app, 200).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_change_reaches_the_portal_by_push_and_what_a_dead_webhook_missed_is_read() {
    let mut desk = Desk::connected(20, import_all()).await;
    let keys = WebhookKeys::new("https://portal.example".parse().unwrap(), KEY.into());
    desk.world.webhooks = Some(keys.clone());
    let receiver = receiver(&desk.world, &keys, catalog::DESCRIPTORS);
    let post = |push: simulators::Outgoing| {
        let receiver = receiver.clone();
        async move {
            let headers: Map<String, Value> =
                push.headers.into_iter().map(|(name, value)| (name, value.into())).collect();
            let body = String::from_utf8(push.body).unwrap();
            let (status, said) = post_with(&receiver, &push.url, &body, headers.into()).await;
            assert_eq!(status, 200, "{said}");
            u16::try_from(status).ok()
        }
    };
    desk.run().await;
    assert_eq!((desk.issues().await, desk.switched_on()), (vec![], vec![true; 3]));

    let ticket = desk.first_ticket();
    let retitle = |title: &str| {
        desk.app.patch("tickets", &ticket, object(json!({ "title": title })), false).unwrap();
    };
    retitle("Told at once");
    desk.app.clear_calls();
    assert_eq!(deliver_due(&desk.app, post).await, 1);
    desk.world.drain().await;
    assert_eq!(desk.title_of(&ticket).await, "Told at once");
    assert_eq!(desk.app.calls(0).count("POST", "/ATServicesRest/V1.0/Tickets/query"), 0, "one record, no list");

    for n in 0..26 {
        retitle(&format!("Missed {n}"));
        desk.world.clock.advance(SignedDuration::from_secs(31));
        if desk.switched_on() == [true, true, false] {
            break;
        }
        deliver_due(&desk.app, async |_| Some(500)).await;
    }
    assert_eq!(desk.switched_on(), [true, true, false]);
    assert_eq!(deliver_due(&desk.app, post).await, 1, "the call to the deactivation address");
    desk.world.drain().await;
    assert_eq!((desk.issues().await, desk.switched_on()), (vec![], vec![true; 3]));
    assert!(desk.title_of(&ticket).await.starts_with("Missed"), "what it missed has been read");
}
