//! E-mail addresses as keys: what counts as the same person, and which are never imported.

use serde::{Deserialize, Serialize};

/// An address in the form in which two are compared: trimmed, lower case.
///
/// A plus tag or a dot is kept: whether a mail system ignores them is its own affair, and two portal users too many are
/// better than two people in one account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Email(String);

/// Mail providers that anybody may have an address at. Sorted.
const FREE_MAIL: &[&str] = &[
    "aol.com",
    "att.net",
    "bellsouth.net",
    "bigpond.com",
    "btinternet.com",
    "charter.net",
    "comcast.net",
    "cox.net",
    "fastmail.com",
    "free.fr",
    "gmail.com",
    "gmx.at",
    "gmx.ch",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hey.com",
    "hotmail.co.uk",
    "hotmail.com",
    "hotmail.de",
    "hotmail.fr",
    "icloud.com",
    "laposte.net",
    "libero.it",
    "live.co.uk",
    "live.com",
    "mac.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "optonline.net",
    "orange.fr",
    "outlook.com",
    "outlook.de",
    "pm.me",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "rocketmail.com",
    "rogers.com",
    "sbcglobal.net",
    "shaw.ca",
    "sympatico.ca",
    "t-online.de",
    "tutanota.com",
    "verizon.net",
    "virginmedia.com",
    "wanadoo.fr",
    "web.de",
    "yahoo.ca",
    "yahoo.co.uk",
    "yahoo.com",
    "yahoo.de",
    "yahoo.fr",
    "yandex.ru",
    "ymail.com",
    "zoho.com",
];

impl Email {
    /// Reads an address; text that cannot be one gives nothing.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (local, host) = text.rsplit_once('@')?;
        let printable =
            !text.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';'));
        let plausible = !local.is_empty() && !host.is_empty() && !local.contains('@') && text.len() <= 254;
        (printable && plausible).then(|| Self(text.to_lowercase()))
    }

    /// The comparable form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after the `@`.
    pub fn host(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, host)| host)
    }

    /// Whether anybody may have an address at its host, so that the host says nothing of a company.
    pub fn is_free_mail(&self) -> bool {
        is_free_mail_host(self.host())
    }
}

/// Whether anybody may have an address at this host.
pub fn is_free_mail_host(host: &str) -> bool {
    FREE_MAIL.binary_search(&host).is_ok()
}

impl std::fmt::Display for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A pattern such as `noreply@*`: `*` stands for any run of characters; case does not matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
pub struct EmailPattern(String);

impl EmailPattern {
    /// Wraps a pattern.
    pub fn new(pattern: impl Into<String>) -> Self {
        Self(pattern.into())
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the address falls under the pattern.
    pub fn matches(&self, email: &Email) -> bool {
        let pattern = self.0.trim().to_lowercase();
        let mut rest = email.as_str();
        let mut pieces = pattern.split('*');
        let first = pieces.next().unwrap_or_default();
        let Some(after) = rest.strip_prefix(first) else { return false };
        rest = after;
        let Some(last) = pieces.next_back() else { return rest.is_empty() };
        for piece in pieces {
            let Some(at) = rest.find(piece) else { return false };
            rest = &rest[at + piece.len()..];
        }
        rest.ends_with(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_at_a_mail_provider_tells_no_company() {
        let free = |text: &str| Email::parse(text).unwrap().is_free_mail();
        assert_eq!(
            (free("Ann@GMail.com"), free("ann@contoso.example"), free("ann@notgmail.com")),
            (true, false, false)
        );
        assert!(FREE_MAIL.is_sorted());
    }

    #[test]
    fn addresses_compare_without_case_and_keep_their_plus_tag() {
        assert_eq!(Email::parse(" Ann@Example.COM "), Email::parse("ann@example.com"));
        assert_ne!(Email::parse("ann+a@example.com"), Email::parse("ann@example.com"));
        for bad in ["", "ann", "@example.com", "ann@", "a b@example.com", "Ann <ann@example.com>", "a@b@c", "a@b,c@d"] {
            assert_eq!(Email::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn patterns_match_whole_addresses() {
        let matches = |pattern: &str, email: &str| EmailPattern::new(pattern).matches(&Email::parse(email).unwrap());
        assert!(matches("noreply@*", "NoReply@acme.example"));
        assert!(matches("*@acme.example", "ann@acme.example"));
        assert!(matches("*scan*@*", "office-scanner-2@acme.example"));
        assert!(matches("ann@acme.example", "ann@acme.example"));
        assert!(!matches("noreply@*", "not-noreply@acme.example"));
        assert!(!matches("*@acme.example", "ann@acme.example.org"));
        assert!(!matches("ann@acme.example", "ann@acme.example.org"));
        assert!(!matches("a*a@x", "a@x"));
    }
}
