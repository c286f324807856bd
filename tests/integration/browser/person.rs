//! A person at the console: what they click, type and read. Everything is found as they find it, by its words.

use fantoccini::elements::Element;
use fantoccini::key::Key;

use super::chromium::{By, Chromium};

/// Somebody who looks at the pages in a browser.
pub(crate) struct Person {
    pub(crate) browser: Chromium,
}

impl Person {
    /// Signs in at the issuer as `viewer`, `operator` or `admin`.
    pub(crate) async fn sign_in(browser: Chromium, console: &str, who: &str) -> Self {
        let person = Self { browser };
        person.browser.client.goto(console).await.unwrap();
        let choice = By::Css(format!("button[name=person][value={who}]"));
        person.browser.find(&choice, "the sign-in page").await.click().await.unwrap();
        person.sees_heading("Integrations").await;
        person
    }

    /// Follows an address inside the console, as a link would: no new sign-in.
    pub(crate) async fn goes_to(&self, path: &str) {
        let script = "history.pushState(null, '', arguments[0]); dispatchEvent(new PopStateEvent('popstate'))";
        self.browser.client.execute(script, vec![path.into()]).await.unwrap();
    }

    /// Presses the button, link, tab or menu entry of this name.
    pub(crate) async fn clicks(&self, name: &str) {
        let by = By::XPath(format!(
            "//*[self::button or self::a or @role='menuitem' or @role='tab' or @role='option' or self::summary]\
             [normalize-space(.)={name} or @aria-label={name} or @role='menuitem' and starts-with(normalize-space(.), {name})]\
             [not(@aria-disabled='true')]",
            name = quoted(name)
        ));
        self.click(&by, name).await;
    }

    /// Presses the button of this name on one card, row or other part of the page.
    pub(crate) async fn clicks_in(&self, part: &str, name: &str) {
        let by = By::XPath(format!("{part}//*[self::button or self::a][normalize-space(.)={}]", quoted(name)));
        self.click(&by, name).await;
    }

    /// Picks an entry of an open list of suggestions by what it begins with.
    pub(crate) async fn clicks_option(&self, name: &str) {
        let by = By::XPath(format!("//*[@role='option'][starts-with(normalize-space(.), {})]", quoted(name)));
        self.click(&by, name).await;
    }

    /// Clicks what is there; where the page draws it anew in between, what came in its place.
    async fn click(&self, by: &By, name: &str) {
        loop {
            match self.within(by, name).await.click().await {
                Err(error) if error.is_stale_element_reference() => {}
                clicked => return clicked.unwrap(),
            }
        }
    }

    /// Presses a key wherever the focus is.
    pub(crate) async fn presses(&self, key: Key) {
        let focused = self.browser.client.active_element().await.unwrap();
        focused.send_keys(&String::from(char::from(key))).await.unwrap();
    }

    /// Ticks or picks the box, switch or radio with this label.
    pub(crate) async fn ticks(&self, label: &str) {
        let by = By::XPath(format!("//label[starts-with(normalize-space(.), {})]", quoted(label)));
        self.within(&by, label).await.click().await.unwrap();
    }

    /// Types into the field with this label, in place of what is there.
    pub(crate) async fn types(&self, label: &str, text: &str) {
        let field = self.field(label).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Chooses an entry of a drop-down list.
    pub(crate) async fn chooses(&self, label: &str, entry: &str) {
        self.field(label).await.select_by_label(entry).await.unwrap();
    }

    async fn field(&self, label: &str) -> Element {
        let by = By::XPath(format!(
            "//*[self::input or self::select or self::textarea]\
             [@aria-label={0} or @id=//label[starts-with(normalize-space(.), {0})]/@for]",
            quoted(label)
        ));
        self.within(&by, label).await
    }

    /// Reads this somewhere on the page.
    pub(crate) async fn sees(&self, text: &str) {
        self.browser.find(&saying(text), text).await;
    }

    /// Reads it no more.
    pub(crate) async fn sees_no_more(&self, text: &str) {
        self.browser.gone(&saying(text), text).await;
    }

    /// The page's one heading.
    pub(crate) async fn sees_heading(&self, text: &str) {
        let by = By::XPath(format!("//h1[normalize-space(.)={}]", quoted(text)));
        self.browser.find(&by, &format!("the heading {text}")).await;
    }

    /// An element that fits this CSS selector.
    pub(crate) async fn sees_element(&self, selector: &str) -> Element {
        self.browser.find(&By::Css(selector.to_owned()), selector).await
    }

    /// Brings it into view first, as a person scrolls.
    async fn within(&self, by: &By, what: &str) -> Element {
        let element = self.browser.find(by, what).await;
        let argument = serde_json::to_value(&element).unwrap();
        let script = "arguments[0].scrollIntoView({ block: 'center', behavior: 'instant' })";
        self.browser.client.execute(script, vec![argument]).await.unwrap();
        element
    }
}

fn saying(text: &str) -> By {
    // The innermost element, so that a hidden part of a shown whole does not count.
    let text = quoted(text);
    By::XPath(format!("//body//*[contains(normalize-space(.), {text})][not(*[contains(normalize-space(.), {text})])]"))
}

/// A text as `XPath` has it.
fn quoted(text: &str) -> String {
    if text.contains('"') { format!("'{text}'") } else { format!("\"{text}\"") }
}
