//! The way of vendors' pushes: what is due is posted to the address of its subscription, and the vendor learns what came of
//! it, so that its own rules decide whether it is sent again.

use std::collections::BTreeMap;

use crate::{App, Outgoing};

/// Hands every push that is due to `post`, one after the other, and tells the vendor the status: `None` for no answer.
/// Returns how many there were. Driven by hand: nothing waits here.
pub async fn deliver_due<A: Future<Output = Option<u16>>>(app: &App, post: impl Fn(Outgoing) -> A) -> usize {
    let due = app.deliveries();
    let count = due.len();
    for push in due {
        let id = push.id;
        app.delivered(id, post(push).await);
    }
    count
}

/// Posts over HTTP.
#[derive(Clone, Debug)]
pub struct Postman {
    client: reqwest::Client,
    origins: BTreeMap<String, String>,
}

impl Postman {
    /// Pushes to the first of these origins go to the second.
    ///
    /// # Errors
    /// The HTTP client cannot be made.
    pub fn new(origins: impl IntoIterator<Item = (String, String)>) -> reqwest::Result<Self> {
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
        Ok(Self { client, origins: origins.into_iter().collect() })
    }

    /// Posts one push, with the vendor's patience.
    pub async fn post(&self, push: Outgoing) -> Option<u16> {
        let mapped = self.origins.iter().find_map(|(origin, to)| {
            let rest = push.url.strip_prefix(origin.as_str()).filter(|rest| rest.starts_with('/'))?;
            Some(format!("{to}{rest}"))
        });
        let mut request = self.client.post(mapped.unwrap_or(push.url)).timeout(push.patience).body(push.body);
        for (name, value) in push.headers {
            request = request.header(name, value);
        }
        request.send().await.ok().map(|answer| answer.status().as_u16())
    }
}
