//! The gateway's JWT authoriser: issuer, audience, time, signature; RS256 and nothing else.

use axum::http::{HeaderMap, header};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Map, Value};

/// Verifies bearer tokens of one issuer for one audience.
pub struct Verifier {
    keys: JwkSet,
    validation: Validation,
}

impl Verifier {
    /// A verifier of tokens that `issuer` signed with one of `keys`.
    ///
    /// # Errors
    /// `keys` is no key set.
    pub fn new(issuer: &str, audience: &str, keys: Value) -> anyhow::Result<Self> {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.algorithms = vec![Algorithm::RS256];
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        validation.validate_nbf = true;
        validation.leeway = 0;
        Ok(Self { keys: serde_json::from_value(keys)?, validation })
    }

    /// The token's claims as the gateway passes them on, or what is wrong in words.
    pub(crate) fn verify(&self, headers: &HeaderMap) -> Result<Map<String, Value>, String> {
        let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = value
            .map(|value| value.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")))
            .ok_or("the token is missing")?
            .map(|(_, token)| token.trim())
            .ok_or("the scheme is not Bearer")?;
        let header = jsonwebtoken::decode_header(token).map_err(|_| "the token cannot be read")?;
        let key = header.kid.as_deref().and_then(|id| self.keys.find(id)).ok_or("the key is unknown")?;
        let key = DecodingKey::from_jwk(key).map_err(|_| "the key cannot be used")?;
        let token = jsonwebtoken::decode::<Map<String, Value>>(token, &key, &self.validation)
            .map_err(|error| format!("the token is not valid: {error}"))?;
        Ok(token.claims.into_iter().map(|(name, value)| (name, Value::String(text(&value)))).collect())
    }
}

/// Claims are texts in payload 2.0; lists become `[a b]`.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(text).collect::<Vec<_>>().join(" ")),
        other => other.to_string(),
    }
}
