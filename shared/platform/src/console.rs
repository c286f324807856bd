//! How the console is deployed: where people sign in and which page may embed it.
//!
//! | variable | meaning |
//! |---|---|
//! | `CONSOLE_AUTH_MODE` | `oidc`: people sign in at the issuer; `host`: the portal around the pages hands over a token |
//! | `CONSOLE_ISSUER` | the issuer's URL; in mode `host` the origin of the portal that embeds the pages |
//! | `CONSOLE_CLIENT_ID` | the console's client at the issuer; empty in mode `host` |
//! | `CONSOLE_BASE_PATH` | the path under which API and pages are served, such as `/integrations`; empty: the root |
//! | `CONSOLE_CONNECT_ORIGINS` | further origins that signing in talks to (a token endpoint elsewhere), by commas |

use crate::config::{ConfigError, variable};

/// How people sign in to the console.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConsoleAuth {
    /// At the issuer, by authorisation code with PKCE.
    #[default]
    Oidc,
    /// The portal around the pages hands over a token.
    Host,
}

/// What the console's pages are served with; also built in code, by the stack on a laptop.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsoleConfig {
    /// How people sign in.
    pub auth: ConsoleAuth,
    /// The issuer's URL, or the origin of the portal around the pages.
    pub issuer: String,
    /// The console's client at the issuer.
    pub client_id: String,
    /// Path under which API and pages are served, without a slash at the end.
    pub base_path: String,
    /// Further origins that signing in talks to.
    pub connect_origins: Vec<String>,
}

impl ConsoleConfig {
    /// Reads the process's environment.
    ///
    /// # Errors
    /// The first variable that is absent or wrong.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(variable)
    }

    /// Reads variables through `get`.
    ///
    /// # Errors
    /// The first variable that is absent or wrong.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let get = |variable: &str| get(variable).map(|value| value.trim().to_owned()).unwrap_or_default();
        let auth = match get(MODE).as_str() {
            "" | "oidc" => ConsoleAuth::Oidc,
            "host" => ConsoleAuth::Host,
            _ => return Err(wrong(MODE, "must be oidc or host")),
        };
        let issuer = get(ISSUER);
        if !is_web(&issuer) {
            return Err(wrong(ISSUER, "must be the https URL of the issuer, or of the portal around the pages"));
        }
        let client_id = get(CLIENT_ID);
        if auth == ConsoleAuth::Oidc && client_id.is_empty() {
            return Err(wrong(CLIENT_ID, "is not set; it is the console's client at the issuer"));
        }
        let base_path = get(BASE_PATH).trim_end_matches('/').to_owned();
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.' | '~');
        if !(base_path.is_empty() || base_path.starts_with('/')) || !base_path.chars().all(plain) {
            return Err(wrong(BASE_PATH, "must be a path that begins with a slash"));
        }
        let connect_origins: Vec<String> =
            get(CONNECT).split(',').map(str::trim).filter(|origin| !origin.is_empty()).map(str::to_owned).collect();
        if !connect_origins.iter().all(|origin| is_web(origin)) {
            return Err(wrong(CONNECT, "must be https origins, separated by commas"));
        }
        Ok(Self { auth, issuer, client_id, base_path, connect_origins })
    }
}

const MODE: &str = "CONSOLE_AUTH_MODE";
const ISSUER: &str = "CONSOLE_ISSUER";
const CLIENT_ID: &str = "CONSOLE_CLIENT_ID";
const BASE_PATH: &str = "CONSOLE_BASE_PATH";
const CONNECT: &str = "CONSOLE_CONNECT_ORIGINS";

fn wrong(variable: &'static str, problem: &str) -> ConfigError {
    ConfigError { variable, problem: problem.to_owned() }
}

/// Also in clear on this machine; nothing that could end a directive of a security policy.
fn is_web(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| {
        let rest = url.strip_prefix("http://")?;
        let host = rest.split([':', '/']).next().unwrap_or_default();
        matches!(host, "127.0.0.1" | "localhost").then_some(rest)
    });
    rest.is_some_and(|rest| {
        !rest.is_empty() && rest.chars().all(|c| c.is_ascii_graphic() && !matches!(c, ';' | ',' | '"'))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<ConsoleConfig, ConfigError> {
        let all: BTreeMap<&str, &str> = pairs.iter().copied().collect();
        ConsoleConfig::read(|variable| all.get(variable).map(|value| (*value).to_owned()))
    }

    #[test]
    fn what_is_wrong_is_named() {
        let issuer = (ISSUER, "https://id.example");
        let client = (CLIENT_ID, "console");
        assert_eq!(read(&[issuer, client]).unwrap().auth, ConsoleAuth::Oidc);
        assert_eq!(read(&[(MODE, "host"), issuer, (BASE_PATH, "/i/")]).unwrap().base_path, "/i");
        for (pairs, variable) in [
            (vec![client], ISSUER),
            (vec![client, (ISSUER, "http://id.example")], ISSUER),
            (vec![client, (ISSUER, "http://localhost.id.example")], ISSUER),
            (vec![client, (ISSUER, "https://id.example; script-src *")], ISSUER),
            (vec![issuer], CLIENT_ID),
            (vec![issuer, client, (MODE, "saml")], MODE),
            (vec![issuer, client, (BASE_PATH, "i")], BASE_PATH),
            (vec![issuer, client, (BASE_PATH, "/i\"><script>")], BASE_PATH),
            (vec![issuer, client, (CONNECT, "https://a.example,*")], CONNECT),
        ] {
            assert_eq!(read(&pairs).unwrap_err().variable, variable);
        }
    }
}
