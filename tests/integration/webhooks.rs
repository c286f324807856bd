//! From a vendor's push to the mirror, through the receiver's real handler and the engine.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use domain::options::Options;
use domain::record::RecordType;
use domain::run::Trigger;
use domain::webhook::Rejection;
use jiff::SignedDuration;
use serde_json::json;
use store::connection::Wake;
use store::work::What;
use sync::ports::Clock as _;

use crate::acme::{import_all, object, tale};
use crate::pushing::{Answer, Pushing};

fn accepted() -> Answer {
    (200, "accepted".to_owned())
}

fn duplicate() -> Answer {
    (200, "duplicate".to_owned())
}

impl Pushing {
    /// A person changes somebody's name at the vendor, with a change stamp that no list shows.
    fn rename(&self, id: &domain::id::ExternalId, name: &str) {
        self.acme.halo.patch("users", id.as_str(), object(json!({ "name": name })), true).unwrap();
    }

    async fn name_of(&self, id: &domain::id::ExternalId) -> String {
        self.acme.record(RecordType::Contacts, id).await.unwrap().body.name
    }

    async fn waiting(&self) -> usize {
        self.acme.connected.store.waiting(&self.acme.connected.id).await.unwrap().len()
    }
}

#[tokio::test(start_paused = true)]
async fn a_push_brings_its_record_and_nothing_else() {
    let pushing = Pushing::up_to_date(import_all()).await;
    let company = pushing.acme.add_company("Globex");
    pushing.acme.run().await;
    let ticket = pushing.acme.add_ticket(&company, "Printer");
    assert_eq!(pushing.push("e-1", &format!("tickets/{ticket}")).await, accepted());
    assert_eq!(pushing.acme.world.drain().await, 1);
    let run = pushing.acme.last_run().await.unwrap();
    assert_eq!(run.trigger, Trigger::Webhook);
    assert!(tale(&run).ends_with("tickets 1 fetched, 1 created"), "{}", tale(&run));
    assert!(pushing.acme.record(RecordType::Tickets, &ticket).await.unwrap().live().is_some());

    pushing.acme.delete("tickets", &ticket);
    assert_eq!(pushing.push("e-2", &format!("tickets/{ticket}")).await, accepted());
    pushing.acme.world.drain().await;
    assert!(pushing.acme.record(RecordType::Tickets, &ticket).await.unwrap().live().is_none());
    assert_eq!((pushing.waiting().await, pushing.counts().await.accepted), (0, 2));
}

#[tokio::test(start_paused = true)]
async fn pushes_in_any_order_and_number_lead_to_what_the_vendor_has() {
    let pushing = Pushing::up_to_date(import_all()).await;
    let company = pushing.acme.add_company("Globex");
    let ann = pushing.acme.add_contact(&company, "Ann", "ann@globex.example");
    pushing.acme.run().await;
    let about = format!("contacts/{ann}");
    pushing.rename(&ann, "First");
    pushing.rename(&ann, "Second");
    // The later one comes first, the earlier one twice, and a day later once more.
    assert_eq!(pushing.push("later", &about).await, accepted());
    pushing.acme.world.drain().await;
    assert_eq!(pushing.name_of(&ann).await, "Second");
    assert_eq!(pushing.push("earlier", &about).await, accepted());
    assert_eq!(pushing.push_body(&json!({ "event": "earlier", "about": about }).to_string()).await, duplicate());
    pushing.acme.world.drain().await;
    pushing.acme.world.clock.advance(SignedDuration::from_hours(24));
    assert_eq!(pushing.push_body(&json!({ "event": "earlier", "about": about }).to_string()).await, duplicate());
    assert_eq!(pushing.acme.world.drain().await, 0);
    assert_eq!(pushing.name_of(&ann).await, "Second");
    let counts = pushing.counts().await;
    assert_eq!((counts.accepted, counts.duplicate, counts.received()), (2, 2, 4));
}

#[tokio::test(start_paused = true)]
async fn pushes_that_nothing_can_be_done_with_are_settled() {
    let options = Options { record_types: Some(vec![RecordType::Companies]), ..import_all() };
    let pushing = Pushing::connected(0, options).await;
    // The address exists once the connection is used; the first import has not been done then.
    pushing.acme.world.tick().await;
    let (message, _) = pushing.acme.world.queue.take().unwrap();
    let mut first = Box::pin(async { pushing.acme.world.engine().work(&message, pushing.acme.world.deadline()).await });
    while pushing.vendor.subscribed().is_none() {
        assert!(first.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    assert_eq!(pushing.push("before the import", "companies/1").await, accepted());
    first.await.unwrap();
    pushing.acme.world.drain().await;
    for (event, about) in
        [("unknown", "companies/999999"), ("switched off", "contacts/1"), ("none of ours", "weather/1")]
    {
        assert_eq!(pushing.push(event, about).await, accepted(), "{event}");
        pushing.acme.world.drain().await;
        assert_eq!(pushing.waiting().await, 0, "{event}");
    }
    assert_eq!(pushing.acme.issues().await, []);
    assert_eq!(pushing.counts().await.received(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_paused_connection_counts_and_catches_up_when_it_is_switched_on() {
    let pushing = Pushing::up_to_date(import_all()).await;
    let company = pushing.acme.add_company("Globex");
    pushing.acme.connected.change(Wake::default(), |settings| settings.paused = true).await;
    assert_eq!(pushing.push("e-1", &format!("companies/{}", company.id)).await, (200, "inactive".to_owned()));
    assert_eq!(pushing.acme.world.drain().await, 0);
    let wake = Wake { due_at: Some(pushing.acme.world.clock.now()), re_evaluate: false };
    pushing.acme.connected.change(wake, |settings| settings.paused = false).await;
    pushing.acme.run().await;
    assert!(pushing.acme.record(RecordType::Companies, &company.id).await.is_some());
    assert_eq!(pushing.counts().await.rejected[&Rejection::Inactive], 1);
}

#[tokio::test(start_paused = true)]
async fn what_a_push_does_not_say_is_read_from_the_lists() {
    let pushing = Pushing::up_to_date(import_all()).await;
    let company = pushing.acme.add_company("Globex");
    assert_eq!(pushing.push_body("something happened").await, accepted());
    pushing.acme.world.drain().await;
    assert!(pushing.acme.record(RecordType::Companies, &company.id).await.is_some());
    let left = pushing.acme.connected.store.waiting(&pushing.acme.connected.id).await.unwrap();
    assert!(!left.iter().any(|left| left.what == What::Something), "{left:?}");
}

/// The receiver tells the queue of a hint only when it is new. So whoever follows one that is raised meanwhile has to notice.
#[tokio::test(start_paused = true)]
async fn a_second_push_is_followed_wherever_it_meets_the_worker() {
    let pushing = Pushing::up_to_date(import_all()).await;
    let company = pushing.acme.add_company("Globex");
    let ann = pushing.acme.add_contact(&company, "Ann", "ann@globex.example");
    pushing.acme.run().await;
    let about = format!("contacts/{ann}");
    let mut met = 0;
    for steps in 0.. {
        let name = |part: &str| format!("{part} {steps}");
        pushing.rename(&ann, &name("First"));
        assert_eq!(pushing.push(&name("first"), &about).await, accepted());
        let (message, _) = pushing.acme.world.queue.take().unwrap();
        let world = pushing.acme.world.clone();
        let deadline = world.deadline();
        let mut worker: Pin<Box<dyn Future<Output = _>>> =
            Box::pin(async move { world.engine().work(&message, deadline).await });
        let ended = (0..steps).any(|_| worker.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
        pushing.rename(&ann, &name("Second"));
        assert_eq!(pushing.push(&name("second"), &about).await, accepted());
        met += u32::from(pushing.acme.world.queue.is_empty());
        if !ended {
            worker.await.unwrap();
        }
        pushing.acme.world.drain().await;
        assert_eq!(pushing.name_of(&ann).await, name("Second"), "after {steps} steps");
        assert_eq!(pushing.waiting().await, 0, "after {steps} steps");
        assert_eq!(pushing.counts().await.accepted, 2 * (steps + 1), "after {steps} steps");
        if ended {
            break;
        }
    }
    assert!(met > 3, "some pushes told nobody");
}

#[tokio::test(start_paused = true)]
async fn a_burst_is_one_message_and_one_call_for_each_record() {
    let pushing = Pushing::up_to_date(import_all()).await;
    let company = pushing.acme.add_company("Globex");
    let ids: Vec<_> = (0..4).map(|n| pushing.acme.add_ticket(&company, &format!("Ticket {n}"))).collect();
    pushing.acme.run().await;
    for n in 0..40 {
        assert_eq!(pushing.push(&format!("e-{n}"), &format!("tickets/{}", ids[n % 4])).await, accepted());
    }
    let messages = std::iter::from_fn(|| pushing.acme.world.queue.take()).count();
    assert_eq!(messages, 4, "one for each record");
    let before = pushing.acme.halo.calls(0).data;
    pushing.acme.wake().await;
    assert!(pushing.acme.halo.calls(0).data - before <= 2 * 4, "a ticket and its notes");
    assert_eq!((pushing.waiting().await, pushing.counts().await.accepted), (0, 40));
}

/// Five deliver the same events at once while workers come and go; in the end everything is accounted for.
#[tokio::test(start_paused = true)]
async fn everything_that_came_is_accounted_for_in_any_interleaving() {
    for seed in 0..6 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let pushing = Pushing::up_to_date(import_all()).await;
        let company = pushing.acme.add_company("Globex");
        let people: Vec<_> = (0..3)
            .map(|n| pushing.acme.add_contact(&company, &format!("P{n}"), &format!("p{n}@globex.example")))
            .collect();
        pushing.acme.run().await;
        let mut pushes: Vec<Pin<Box<dyn Future<Output = Answer> + '_>>> = Vec::new();
        let mut workers: Vec<Pin<Box<dyn Future<Output = ()>>>> = Vec::new();
        let (mut sent, mut names) = (0, vec![String::new(); people.len()]);
        for turn in 0..400 {
            match rng.u32(0..10) {
                0..2 if sent < 40 => {
                    let who = rng.usize(0..people.len());
                    names[who] = format!("Name {seed} {turn}");
                    pushing.rename(&people[who], &names[who]);
                    let body = json!({ "event": format!("e-{turn}"), "about": format!("contacts/{}", people[who]) })
                        .to_string();
                    for _ in 0..rng.usize(1..=5) {
                        let (pushing, body) = (&pushing, body.clone());
                        pushes.push(Box::pin(async move { pushing.push_body(&body).await }));
                        sent += 1;
                    }
                }
                2 if workers.len() < 3 => {
                    if let Some((message, _)) = pushing.acme.world.queue.take() {
                        let world = pushing.acme.world.clone();
                        workers.push(Box::pin(async move {
                            world.engine().work(&message, world.deadline()).await.unwrap();
                        }));
                    }
                }
                3..6 if !pushes.is_empty() => {
                    let which = rng.usize(0..pushes.len());
                    if let Poll::Ready(answer) = pushes[which].as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                        assert_eq!(answer.0, 200, "{answer:?}");
                        drop(pushes.swap_remove(which));
                    }
                }
                _ if !workers.is_empty() => {
                    let which = rng.usize(0..workers.len());
                    if workers[which].as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
                        drop(workers.swap_remove(which));
                    }
                }
                _ => {}
            }
        }
        for push in pushes {
            assert_eq!(push.await.0, 200);
        }
        for worker in workers {
            worker.await;
        }
        pushing.acme.world.drain().await;
        assert_eq!(pushing.counts().await.received(), sent, "seed {seed}");
        assert_eq!(pushing.waiting().await, 0, "seed {seed}");
        for (person, name) in people.iter().zip(names).filter(|(_, name)| !name.is_empty()) {
            assert_eq!(pushing.name_of(person).await, name, "seed {seed}");
        }
    }
}
