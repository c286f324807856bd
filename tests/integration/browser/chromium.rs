//! A headless Chromium behind its own chromedriver, both gone with the test.

use std::env;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{Instant, MissedTickBehavior, interval};

/// How long a page may take to show what a test waits for. Generous: the machine may be busy with other tests.
const PATIENCE: Duration = Duration::from_secs(40);
const GLANCE: Duration = Duration::from_millis(100);

/// Finds elements that a person can see: displayed, and not behind a modal dialog where one is open and has such elements.
const FIND: &str = "
    const [{ css, xpath }] = arguments;
    const all = [];
    if (css) {
        all.push(...document.querySelectorAll(css));
    } else {
        const kind = XPathResult.ORDERED_NODE_SNAPSHOT_TYPE;
        const found = document.evaluate(xpath, document, null, kind, null);
        for (let at = 0; at < found.snapshotLength; at += 1) all.push(found.snapshotItem(at));
    }
    const seen = all.filter((element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true }));
    const modal = [...document.querySelectorAll('dialog:modal')].at(-1);
    return seen.find((element) => modal?.contains(element)) ?? seen[0] ?? null;";

/// Where something is on the page.
#[derive(Clone, Debug)]
pub(crate) enum By {
    Css(String),
    XPath(String),
}

impl By {
    fn argument(&self) -> Value {
        match self {
            Self::Css(css) => json!({ "css": css }),
            Self::XPath(xpath) => json!({ "xpath": xpath }),
        }
    }
}

/// A running browser.
pub(crate) struct Chromium {
    pub(crate) client: Client,
    /// Killed when dropped.
    _chromedriver: Child,
}

impl Chromium {
    /// Starts one, or says why there is none.
    pub(crate) async fn start() -> Option<Self> {
        let (Some(chromium), Some(chromedriver)) = (on_path("chromium"), on_path("chromedriver")) else {
            let required = setting("BROWSER_TESTS").as_deref() == Some("required");
            assert!(!required, "BROWSER_TESTS=required, but chromium and chromedriver are not on the search path");
            // Past the test runner's capture, so that it is seen.
            let told = b"skipped: no chromium and chromedriver on the search path\n";
            std::io::stderr().write_all(told).unwrap();
            return None;
        };
        let (process, port) = listening(&chromedriver).await;
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities(&chromium))
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap();
        Some(Self { client, _chromedriver: process })
    }

    /// The first element that a person sees there, waited for.
    pub(crate) async fn find(&self, by: &By, what: &str) -> Element {
        let mut found = None;
        let in_time = self
            .wait(async || {
                found = self.glance(by).await;
                found.is_some()
            })
            .await;
        match found {
            Some(element) if in_time => element,
            _ => self.give_up(what).await,
        }
    }

    /// Waits until nobody sees such an element any more.
    pub(crate) async fn gone(&self, by: &By, what: &str) {
        if !self.wait(async || self.glance(by).await.is_none()).await {
            self.give_up(&format!("{what} to go")).await
        }
    }

    /// What is there now. Between two pages there is nothing.
    pub(crate) async fn glance(&self, by: &By) -> Option<Element> {
        let found = self.client.execute(FIND, vec![by.argument()]).await.ok()?;
        // An element travels as an object with one entry, whose name the standard fixes.
        let reference = found.as_object()?.values().next()?.as_str()?.to_owned();
        Some(Element::from_element_id(self.client.clone(), reference.into()))
    }

    /// Looks again and again until it holds; says whether it did in time.
    pub(crate) async fn wait(&self, mut holds: impl AsyncFnMut() -> bool) -> bool {
        let until = Instant::now() + PATIENCE;
        let mut glances = interval(GLANCE);
        glances.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while Instant::now() < until {
            glances.tick().await;
            if holds().await {
                return true;
            }
        }
        false
    }

    /// Fails with what the page shows instead.
    pub(crate) async fn give_up(&self, what: &str) -> ! {
        let address = self.client.current_url().await.map(String::from).unwrap_or_default();
        let script = "return document.querySelector('dialog[open]')?.innerText ?? document.body.innerText";
        let shown = self.client.execute(script, Vec::new()).await.unwrap_or_default();
        panic!("waited for {what} at {address}; the page shows:\n{}", shown.as_str().unwrap_or_default())
    }

    /// Ends the session; a test that fails leaves that to the end of chromedriver.
    pub(crate) async fn quit(self) {
        self.client.close().await.unwrap();
    }
}

fn capabilities(chromium: &Path) -> Capabilities {
    let arguments = [
        "--headless=new",
        // As root, in a container, there is no sandbox to be had.
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        // Nothing but the pages under test is asked for.
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-proxy-server",
        "--window-size=1280,900",
    ];
    let mut wanted = Capabilities::new();
    wanted.insert("goog:chromeOptions".to_owned(), json!({ "binary": chromium, "args": arguments }));
    wanted.insert("goog:loggingPrefs".to_owned(), json!({ "browser": "ALL" }));
    wanted
}

/// Chromedriver and its port. It takes a free port of IPv4 and needs the same one of IPv6; where another process has that, it
/// ends, and is started again.
async fn listening(chromedriver: &Path) -> (Child, u16) {
    for _ in 0..5 {
        let mut process = Command::new(chromedriver)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        if let Some(port) = port_of(&mut process).await {
            return (process, port);
        }
    }
    panic!("chromedriver ended five times before it listened")
}

/// The port that chromedriver chose; it says so once it listens.
async fn port_of(process: &mut Child) -> Option<u16> {
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        let port = line.strip_prefix("ChromeDriver was started successfully on port ");
        if let Some(port) = port.and_then(|rest| rest.trim_end_matches('.').parse().ok()) {
            // Further lines have to go somewhere.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Some(port);
        }
    }
    None
}

fn on_path(program: &str) -> Option<PathBuf> {
    let path = setting("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// What whoever runs the tests says about this layer.
#[expect(clippy::disallowed_methods, reason = "these settings are the test runner's, not the product's")]
pub(crate) fn setting(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
