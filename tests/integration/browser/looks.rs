//! How a page is looked at: light or dark, on a desk or on a phone; and pictures of it.

use std::fs;
use std::path::Path;

use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

use super::chromium::setting;
use super::person::Person;

/// A way of looking.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub(crate) name: &'static str,
    scheme: &'static str,
    width: u32,
    height: u32,
}

pub(crate) const LIGHT: Look = Look { name: "light", scheme: "light", width: 1280, height: 900 };
pub(crate) const DARK: Look = Look { name: "dark", scheme: "dark", ..LIGHT };
pub(crate) const PHONE: Look = Look { name: "phone", scheme: "light", width: 390, height: 844 };

impl Look {
    pub(crate) async fn at(self, person: &Person) {
        let Self { scheme, width, height, .. } = self;
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        devtools(person, "Emulation.setEmulatedMedia", json!({ "features": features })).await;
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        devtools(person, "Emulation.setDeviceMetricsOverride", metrics).await;
    }
}

/// Keeps a picture of the page where somebody asked for pictures.
pub(crate) async fn picture(person: &Person, name: &str) {
    let Some(folder) = setting("SCREENSHOTS") else { return };
    fs::create_dir_all(&folder).unwrap();
    // Messages about what was done just before come and go, and are no part of the page.
    let messages = "document.querySelector('toast-region').style.visibility = arguments[0]";
    person.browser.client.execute(messages, vec!["hidden".into()]).await.unwrap();
    // Colours that are on their way to another look have arrived first.
    let arrived = "const done = arguments[arguments.length - 1];
        const moving = document.getAnimations().filter((one) => one instanceof CSSTransition);
        Promise.allSettled(moving.map(({ finished }) => finished)).then(() => done());";
    person.browser.client.execute_async(arrived, Vec::new()).await.unwrap();
    let png = person.browser.client.screenshot().await.unwrap();
    person.browser.client.execute(messages, vec!["".into()]).await.unwrap();
    fs::write(Path::new(&folder).join(format!("{name}.png")), png).unwrap();
}

/// A command of Chromium's own protocol, which chromedriver passes on.
#[derive(Debug)]
struct Devtools(Value);

impl WebDriverCompatibleCommand for Devtools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.0.to_string()))
    }
}

async fn devtools(person: &Person, command: &str, parameters: Value) {
    let command = Devtools(json!({ "cmd": command, "params": parameters }));
    person.browser.client.issue_cmd(command).await.unwrap();
}
