//! Parameters with nesting by brackets: `metadata[a]=1`, `items[0][price]=x`, `expand[]=data.customer`, `created[gte]=1`.

use super::wire::Reject;
use crate::exchange::Call;

/// The parameters of a call, in order, each with its path.
pub(super) struct Form(Vec<(Vec<String>, String)>);

impl Form {
    pub(super) fn query(pairs: &[(String, String)]) -> Result<Self, Reject> {
        pairs.iter().map(|(name, value)| Ok((path(name)?, value.clone()))).collect::<Result<_, _>>().map(Self)
    }

    /// JSON is refused: version 1 takes forms alone.
    pub(super) fn body(call: &Call) -> Result<Self, Reject> {
        let kind = call.header("content-type").unwrap_or_default();
        if !call.body.is_empty() && !kind.starts_with("application/x-www-form-urlencoded") {
            let words = "Invalid request (check that your POST content type is application/x-www-form-urlencoded).";
            return Err(Reject::bad("", "", words));
        }
        Self::query(&call.form())
    }

    /// Refuses what the endpoint does not know.
    pub(super) fn only(&self, known: &[&str]) -> Result<(), Reject> {
        match self.0.iter().find(|(path, _)| path.first().is_none_or(|name| !known.contains(&name.as_str()))) {
            None => Ok(()),
            Some((path, _)) => {
                let name = path.first().map(String::as_str).unwrap_or_default();
                Err(Reject::bad(name, "parameter_unknown", &format!("Received unknown parameter: {name}")))
            }
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.at(&[name])
    }

    pub(super) fn at(&self, place: &[&str]) -> Option<&str> {
        let found = self.0.iter().find(|(path, _)| path.iter().map(String::as_str).eq(place.iter().copied()));
        found.map(|(_, value)| value.as_str())
    }

    pub(super) fn required(&self, name: &str) -> Result<&str, Reject> {
        self.get(name)
            .filter(|value| !value.is_empty())
            .ok_or_else(|| Reject::bad(name, "parameter_missing", &format!("Missing required param: {name}.")))
    }

    /// A whole number.
    pub(super) fn number(&self, place: &[&str]) -> Result<Option<i64>, Reject> {
        let Some(text) = self.at(place) else { return Ok(None) };
        let wrong = |_| Reject::bad(&place.join("."), "parameter_invalid_integer", &format!("Invalid integer: {text}"));
        text.parse().map(Some).map_err(wrong)
    }

    /// `name[]` or `name[0]`.
    pub(super) fn list(&self, name: &str) -> Vec<&str> {
        let of = |path: &&(Vec<String>, String)| path.0.len() == 2 && path.0[0] == name;
        self.0.iter().filter(of).map(|(_, value)| value.as_str()).collect()
    }

    /// `name[key]`.
    pub(super) fn map(&self, name: &str) -> impl Iterator<Item = (&str, &str)> {
        let of = move |path: &&(Vec<String>, String)| path.0.len() == 2 && path.0[0] == name;
        self.0.iter().filter(of).map(|(path, value)| (path[1].as_str(), value.as_str()))
    }

    /// Whether anything below this name was given.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(path, _)| path.first().is_some_and(|first| first == name))
    }
}

fn path(name: &str) -> Result<Vec<String>, Reject> {
    let wrong = || Reject::bad(name, "parameter_invalid", &format!("Invalid parameter name: {name}"));
    let (first, mut rest) = name.split_at(name.find('[').unwrap_or(name.len()));
    let mut parts = vec![first.to_owned()];
    while !rest.is_empty() {
        let inner = rest.strip_prefix('[').ok_or_else(wrong)?;
        let end = inner.find(']').ok_or_else(wrong)?;
        parts.push(inner[..end].to_owned());
        rest = &inner[end + 1..];
    }
    Ok(parts)
}
