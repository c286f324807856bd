//! Where postbacks go: settings of the application, put in order and taken away again.
//!
//! There is one such address for an application. One that is not this connection's belongs to another system of the MSP's,
//! or to another tenant of this portal, which would not be told any more: it stays, and somebody is told instead.
//!
//! Invariant: an address is ours if it is today's, the one before, or one that this connection set and remembers.

use connector::webhook::{Endpoint, Subscription};
use connector::{ConnectorError, ErrorKind, Result};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use url::Url;

use crate::client::Query;
use crate::descriptor::POSTBACK_USER;
use crate::session::CloudSession;
use crate::wire;

const PATH: &[&str] = &["appManagement", "configuration"];

const URL: &str = "ApiRollupRegistrationPostBackUrl";
const AUTH_TYPE: &str = "ApiRollupRegistrationAuthType";
const AUTH_USER: &str = "ApiRollupRegistrationAuthUser";
const AUTH_PASSWORD: &str = "ApiRollupRegistrationAuthPassword";
const FORMAT: &str = "ApiRollupRegistrationFormat";

impl CloudSession {
    pub(crate) async fn subscribe(&self, endpoint: &Endpoint) -> Result<Vec<Subscription>> {
        const OP: &str = "set where postbacks go";
        let settings = self.settings().await?;
        let address = settings.of(URL);
        if let Some(other) = address.filter(|address| !is_ours(address, endpoint)) {
            let host = Url::parse(other).ok().and_then(|url| url.host_str().map(str::to_owned));
            let host = host.unwrap_or_else(|| "another address".to_owned());
            let message = format!(
                "postbacks of this application go to {host} already; clear its setting {URL}, or give the portal an \
                 application of its own"
            );
            return Err(ConnectorError::new(OP, ErrorKind::Rejected { field: None, message: message.clone() })
                .with_detail(message));
        }
        let wanted = [
            (URL, endpoint.url.as_str()),
            (AUTH_TYPE, "httpbasic"),
            (AUTH_USER, POSTBACK_USER),
            (AUTH_PASSWORD, endpoint.secret.expose_secret()),
            (FORMAT, "course"),
        ];
        // Address and secret change together. A secret that is not shown is taken to be the one of its address.
        let is_set = |(id, value): &(&str, &str)| match settings.of(id) {
            Some(set) => set == *value || (*id == AUTH_PASSWORD && set.chars().all(|letter| letter == '*')),
            None => *id == AUTH_PASSWORD && address == Some(endpoint.url.as_str()),
        };
        if !wanted.iter().all(is_set) {
            self.client.post_secret(OP, PATH, &setting(&wanted), &endpoint.secret).await?;
        }
        // Ours before, and gone since: what happened meanwhile was told to nobody.
        let revived = address.is_none() && !endpoint.known.is_empty();
        let id = Subscription::id_of(endpoint.url.as_str());
        Ok(vec![Subscription { id, about: "registrations".to_owned(), active: true, revived }])
    }

    pub(crate) async fn unsubscribe(&self, endpoint: &Endpoint) -> Result<()> {
        if self.settings().await?.of(URL).is_some_and(|address| is_ours(address, endpoint)) {
            let none = [URL, AUTH_TYPE, AUTH_USER, AUTH_PASSWORD].map(|id| (id, ""));
            self.client.post("stop postbacks", PATH, &setting(&none)).await?;
        }
        Ok(())
    }

    async fn settings(&self) -> Result<wire::Settings> {
        self.client.get("read where postbacks go", PATH, &Query::new()).await?.json()
    }
}

impl wire::Settings {
    /// What is set for the application itself.
    fn of(&self, id: &str) -> Option<&str> {
        self.setting_items.iter().find(|item| item.id.get() == Some(id))?.explicit_value.get()
    }
}

fn setting(values: &[(&str, &str)]) -> Value {
    let settings = values.iter().map(|(id, value)| json!({ "settingId": id, "value": value }));
    json!({ "settings": settings.collect::<Vec<_>>() })
}

fn is_ours(address: &str, endpoint: &Endpoint) -> bool {
    endpoint.has_address(address) || endpoint.knows(&Subscription::id_of(address))
}

#[cfg(test)]
mod tests;
