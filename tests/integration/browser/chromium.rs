//! A headless Chromium behind its own chromedriver, both gone with the test.

use std::env;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use thirtyfour::prelude::*;
use thirtyfour::{ChromiumLikeCapabilities, WebDriver};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// How long a page may take to show what a test waits for. Generous: the machine may be busy with other tests.
const PATIENCE: Duration = Duration::from_secs(40);
const GLANCE: Duration = Duration::from_millis(100);

/// A running browser.
pub(crate) struct Chromium {
    pub(crate) driver: WebDriver,
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
            let told = writeln!(std::io::stderr(), "skipped: no chromium and chromedriver on the search path");
            assert!(told.is_ok());
            return None;
        };
        let mut process = Command::new(chromedriver)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let port = port_of(&mut process).await;
        let mut wanted = DesiredCapabilities::chrome();
        wanted.set_binary(chromium.to_str().unwrap()).unwrap();
        for argument in [
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
            "--proxy-server=direct://",
            "--window-size=1280,900",
        ] {
            wanted.add_arg(argument).unwrap();
        }
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), wanted).await.unwrap();
        Some(Self { driver, _chromedriver: process })
    }

    /// The first element that is displayed and fits, waited for.
    pub(crate) async fn find(&self, by: By, what: &str) -> WebElement {
        let found = self.driver.query(by).wait(PATIENCE, GLANCE).and_displayed().first().await;
        match found {
            Ok(element) => element,
            Err(error) => self.give_up(what, &error.to_string()).await,
        }
    }

    /// Waits until nothing that fits is displayed.
    pub(crate) async fn gone(&self, by: By, what: &str) {
        if let Err(error) = self.driver.query(by).wait(PATIENCE, GLANCE).and_displayed().wait_until_gone().await {
            self.give_up(&format!("{what} to go"), &error.to_string()).await
        }
    }

    /// Fails with what the page shows instead.
    async fn give_up(&self, what: &str, error: &str) -> ! {
        let address = self.driver.current_url().await.map(String::from).unwrap_or_default();
        let script = "return document.querySelector('dialog[open]')?.innerText ?? document.body.innerText";
        let shown = self.driver.execute(script, Vec::new()).await;
        let shown = shown.ok().and_then(|shown| shown.convert::<String>().ok()).unwrap_or_default();
        panic!("waited for {what} at {address} ({error}); the page shows:\n{shown}")
    }

    /// Ends the session; a test that fails leaves that to the end of chromedriver.
    pub(crate) async fn quit(self) {
        self.driver.quit().await.unwrap();
    }
}

/// The port that chromedriver chose; it says so once it listens.
async fn port_of(process: &mut Child) -> u16 {
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        let port = line.strip_prefix("ChromeDriver was started successfully on port ");
        if let Some(port) = port.and_then(|rest| rest.trim_end_matches('.').parse().ok()) {
            // Further lines have to go somewhere.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return port;
        }
    }
    panic!("chromedriver ended before it listened")
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
