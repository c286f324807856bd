//! What tells a company besides its name, in comparable form: domains, telephone numbers, serial numbers of devices.
//!
//! Values that many share give nothing: mail providers, hosts of other people's pages, blank serial numbers.

use crate::email;

/// Hosts on which everybody has a page.
const SHARED_HOSTS: &[&str] = &[
    "blogspot.com",
    "facebook.com",
    "github.io",
    "goo.gl",
    "google.com",
    "instagram.com",
    "linkedin.com",
    "linktr.ee",
    "medium.com",
    "sites.google.com",
    "squarespace.com",
    "tumblr.com",
    "twitter.com",
    "weebly.com",
    "wixsite.com",
    "wordpress.com",
    "x.com",
    "xing.com",
    "yelp.com",
    "youtube.com",
];
/// Labels before a company's own domain.
const FRONT_LABELS: &[&str] = &["email", "m", "mail", "portal", "remote", "shop", "web", "webmail", "www"];
const LONGEST_DOMAIN: usize = 253;

/// What makers of devices leave where a serial number belongs; in the form of [`serial`].
const BLANK_SERIALS: &[&str] = &[
    "CHASSISSERIALNUMBER",
    "DEFAULTSTRING",
    "EMPTY",
    "INVALID",
    "NONE",
    "NOTAPPLICABLE",
    "NOTAVAILABLE",
    "NOTSPECIFIED",
    "NULL",
    "OEM",
    "SERIAL",
    "SERIALNUMBER",
    "SYSTEMSERIALNUMBER",
    "TOBEFILLEDBYOEM",
    "UNDEFINED",
    "UNKNOWN",
];
const SHORTEST_SERIAL: usize = 5;

/// Digits of a telephone number that are compared: the rest is the country's, or "0" in place of it.
const PHONE_DIGITS: usize = 9;
const FEWEST_DIGITS: usize = 8;

/// The domain of a web address or an e-mail address that is the company's own, if it is one.
pub fn domain(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let text = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
    let host = text.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let host = host.split(':').next().unwrap_or_default().trim_end_matches('.');
    let mut own = host;
    while let Some((label, rest)) = own.split_once('.') {
        if !FRONT_LABELS.contains(&label) || !rest.contains('.') {
            break;
        }
        own = rest;
    }
    let label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    let plausible = own.contains('.') && own.len() <= LONGEST_DOMAIN && own.split('.').all(label);
    let own = Some(own).filter(|own| plausible && !own.split('.').all(|label| label.parse::<u8>().is_ok()))?;
    (!email::is_free_mail_host(own) && !SHARED_HOSTS.contains(&own)).then(|| own.to_owned())
}

/// The digits by which two spellings of a telephone number are compared, if it is one.
pub fn phone(text: &str) -> Option<String> {
    // What follows is an extension.
    let main = text.split(['x', 'X', 'e', 'E', '#', ';', ',']).next().unwrap_or_default();
    let digits: String = main.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_start_matches('0');
    let told = digits.len() >= FEWEST_DIGITS && digits.len() <= 15;
    let told = told.then(|| digits[digits.len().saturating_sub(PHONE_DIGITS)..].to_owned())?;
    (!is_filler(&told)).then_some(told)
}

/// The comparable form of a device's serial number, if it is one.
pub fn serial(text: &str) -> Option<String> {
    let serial: String = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).take(100).collect();
    let blank = BLANK_SERIALS.contains(&serial.as_str()) || is_filler(&serial);
    (serial.len() >= SHORTEST_SERIAL && !blank).then_some(serial)
}

/// One or two characters all along, or a run such as 12345678.
fn is_filler(text: &str) -> bool {
    let mut kinds: Vec<char> = text.chars().collect();
    let run =
        kinds.windows(2).all(|pair| u32::from(pair[1]) == u32::from(pair[0]) + 1 || (pair[0], pair[1]) == ('9', '0'));
    kinds.sort_unstable();
    kinds.dedup();
    run || kinds.len() < 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_found_in_what_people_type() {
        let found = |text: &str| domain(text);
        for text in [
            "contoso.com",
            " WWW.Contoso.com ",
            "https://www.contoso.com/about?x",
            "ann@contoso.com",
            "mail.contoso.com:443",
            "contoso.com.",
        ] {
            assert_eq!(found(text).as_deref(), Some("contoso.com"), "{text}");
        }
        assert_eq!(found("www.com").as_deref(), Some("www.com"));
        for text in
            ["", "contoso", "ann@gmail.com", "https://www.facebook.com/contoso", "10.0.0.1", "a b.com", "..", "gmx.de"]
        {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn a_telephone_number_is_the_same_with_and_without_its_country() {
        let same = ["+44 20 7946 0958", "020 7946 0958", "0044 (0)20 79460958", "2079460958 x12", "2079460958 ext. 3"];
        for text in same {
            assert_eq!(phone(text).as_deref(), Some("079460958"), "{text}");
        }
        for text in ["", "12", "0000000000", "555-5555555", "1234567890", "call us", "123456789012345678"] {
            assert_eq!(phone(text), None, "{text}");
        }
    }

    #[test]
    fn blank_serial_numbers_are_none() {
        assert_eq!(serial(" pf-0xk1 9z ").as_deref(), Some("PF0XK19Z"));
        for text in
            ["", "To be filled by O.E.M.", "Default string", "0000000", "N/A", "123456789", "XXXXXXX", "None", "1234"]
        {
            assert_eq!(serial(text), None, "{text}");
        }
    }
}
