//! `expand[]`: an id is replaced by its object, four levels deep at most.

use serde_json::Value;

use super::state::State;
use super::wire::Reject;

const DEEPEST: usize = 4;

pub(super) fn expand(state: &State, body: &mut Value, paths: &[&str]) -> Result<(), Reject> {
    for path in paths {
        let parts: Vec<&str> = path.split('.').collect();
        if parts.len() > DEEPEST {
            let words = format!("You cannot expand more than {DEEPEST} levels of a property. Property: {path}");
            return Err(Reject::bad("expand", "property_expansion_max_depth", &words));
        }
        into(state, body, &parts);
    }
    Ok(())
}

/// SIM CHOICE: what cannot be expanded stays as it is.
fn into(state: &State, value: &mut Value, parts: &[&str]) {
    let Some((first, rest)) = parts.split_first() else { return };
    match value {
        Value::Array(rows) => rows.iter_mut().for_each(|row| into(state, row, parts)),
        Value::Object(fields) => {
            let Some(inner) = fields.get_mut(*first) else { return };
            if let Some(found) = inner.as_str().and_then(|id| by_id(state, id)) {
                *inner = found;
            }
            into(state, inner, rest);
        }
        _ => {}
    }
}

fn by_id(state: &State, id: &str) -> Option<Value> {
    let list = match id.split('_').next()? {
        "cus" => "customers",
        "prod" => "products",
        "price" => "prices",
        "sub" => "subscriptions",
        "in" => "invoices",
        "ch" => "charges",
        _ => return None,
    };
    state.shown(list, id)
}
