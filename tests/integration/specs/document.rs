//! A vendor's API document as JSON Schema.
//!
//! Versions 3.0 and 2.0 of the format differ from JSON Schema in `nullable`; formats are not compared, and fields beyond the
//! documented ones are told apart from wrong ones: the former must be listed by the vendor, the latter always fail.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use super::{Deviation, Place, Vendor};

/// A document, made ready.
pub(crate) struct Document {
    root: Value,
    base: &'static str,
    /// Names are compared in lower case.
    any_case: bool,
    /// It says somewhere which fields may be null, so the others may not.
    tells_nulls: bool,
    deviations: &'static [Deviation],
    validators: BTreeMap<String, Validator>,
    /// Compiled when a body of that schema is first seen.
    bodies: RefCell<BTreeMap<String, Rc<Validator>>>,
}

/// One operation of the document.
pub(crate) struct Operation<'a> {
    /// Query parameters with the types that they are given there.
    pub(crate) parameters: BTreeMap<String, &'a str>,
    /// Schema of the JSON body.
    pub(crate) body: Option<Value>,
}

impl Document {
    pub(crate) fn new(mut root: Value, vendor: &Vendor) -> Self {
        let tells_nulls = tells_nulls(&root);
        adapt(&mut root);
        derive(&mut root);
        if vendor.any_case {
            lower_names(&mut root);
        }
        let mut validators = BTreeMap::new();
        for schema in vendor.answers.iter().map(|answer| answer.schema) {
            if let Some(example) = example(&root, schema) {
                root["components"]["schemas"][key(schema)] = of_example(example);
            }
            let compile = || validator(&root, &json!({"$ref": reference(&root, schema)}));
            validators.entry(schema.to_owned()).or_insert_with(compile);
        }
        let (base, any_case, deviations) = (vendor.base, vendor.any_case, vendor.deviations);
        Self { root, base, any_case, tells_nulls, deviations, validators, bodies: RefCell::default() }
    }

    /// What is wrong with a row. Notes which listed deviations it made use of.
    pub(crate) fn row(&self, schema: &str, row: &Value, needed: &mut BTreeSet<String>) -> Vec<String> {
        let row = &self.comparable(row);
        let validator = &self.validators[schema];
        let mut complaints = Vec::new();
        for error in validator.iter_errors(row) {
            let path = error.instance_path().to_string();
            match self.mistyped(schema, &path) {
                Some(place) => {
                    needed.insert(place);
                }
                None => complaints.push(format!("{schema}{path}: {error}")),
            }
        }
        let known = properties(&self.root, schema);
        for field in row.as_object().into_iter().flat_map(Map::keys) {
            if known.is_some_and(|known| known.contains_key(field)) {
                continue;
            }
            if self.lacks(schema, field) {
                needed.insert(format!("{schema}.{field}"));
            } else {
                complaints.push(format!("{schema}.{field} is not documented"));
            }
        }
        complaints
    }

    /// An instance in the form in which the document can be held against it. Where it says of no field at all that it may be
    /// null (version 2.0 cannot), null is as good as absent.
    fn comparable(&self, instance: &Value) -> Value {
        let mut instance = instance.clone();
        if !self.tells_nulls {
            drop_nulls(&mut instance);
        }
        if self.any_case {
            lower_keys(&mut instance);
        }
        instance
    }

    /// The listed deviation in which the document is wrong about the type of a row's field, given by the path to it.
    fn mistyped(&self, schema: &str, path: &str) -> Option<String> {
        let field = path.rsplit('/').next().unwrap_or_default();
        let listed =
            |deviation: &&Deviation| matches!(deviation.place, Place::Type(of, own) if of == schema && own == field);
        self.deviations.iter().find(listed).map(|_| format!("{schema}.{field}"))
    }

    fn lacks(&self, schema: &str, field: &str) -> bool {
        self.deviations.iter().any(|deviation| match &deviation.place {
            Place::Lacking(of, fields) => *of == schema && fields.contains(&field),
            _ => false,
        })
    }

    fn takes(&self, schema: &str, field: &str) -> bool {
        let listed = |deviation: &Deviation| matches!(&deviation.place, Place::InRequest(of, fields) if *of == schema && fields.contains(&field));
        self.lacks(schema, field) || self.deviations.iter().any(listed)
    }

    /// Whether the document is wrong about the type of a request's field, given by the path to it.
    fn mistypes(&self, schema: &str, path: &str) -> bool {
        let field = path.rsplit('/').next().unwrap_or_default();
        self.deviations.iter().any(|deviation| match deviation.place {
            Place::TypeInRequest(of, own) => of == schema && own == field,
            _ => false,
        })
    }

    /// The fields listed as lacking or of another type, each with the reason.
    pub(crate) fn lacking(&self) -> impl Iterator<Item = (String, &'static str)> {
        self.deviations.iter().flat_map(|deviation| match &deviation.place {
            Place::Lacking(of, fields) => {
                fields.iter().map(|field| (format!("{of}.{field}"), deviation.reason)).collect()
            }
            Place::Type(of, field) => vec![(format!("{of}.{field}"), deviation.reason)],
            _ => Vec::new(),
        })
    }

    /// Whether the card knows a parameter that the document does not.
    pub(crate) fn allows_parameter(&self, name: &str) -> bool {
        let same = |deviation: &Deviation| matches!(&deviation.place, Place::Parameter(own) if *own == name);
        self.deviations.iter().any(same)
    }

    /// Whether the document is wrong about the type of a parameter.
    pub(crate) fn mistypes_parameter(&self, name: &str) -> bool {
        let same = |deviation: &Deviation| matches!(&deviation.place, Place::ParameterType(own) if *own == name);
        self.deviations.iter().any(same)
    }

    /// Whether the card knows operations of this path, which the document does not.
    pub(crate) fn allows_operations(&self, path: &str) -> bool {
        let same = |deviation: &Deviation| matches!(&deviation.place, Place::Operations(own) if path.starts_with(own));
        self.deviations.iter().any(same)
    }

    /// The operation of a method and a path as called. Paths are compared without case.
    pub(crate) fn operation(&self, method: &str, path: &str) -> Option<Operation<'_>> {
        let path = path.get(self.base.len()..).filter(|_| path.to_lowercase().starts_with(self.base))?;
        let paths = self.root["paths"].as_object()?;
        // A path written out wins over one with a variable: `/Agent/me` over `/Agent/{id}`.
        let candidates = || paths.iter().filter(|(template, _)| fits(template, path));
        let found = candidates().find(|(template, _)| !template.contains('{')).or_else(|| candidates().next());
        let (_, item) = found?;
        let operation = item.get(method.to_lowercase())?;
        let listed = [&item["parameters"], &operation["parameters"]];
        let all = listed.into_iter().filter_map(Value::as_array).flatten().map(|parameter| self.resolve(parameter));
        let in_query = all.clone().filter(|parameter| parameter["in"] == "query");
        let parameters = in_query.filter_map(|parameter| {
            let schema = &parameter["schema"];
            // One that may be null has become a choice of two.
            let kinds = [&schema["type"], &schema["anyOf"][0]["type"], &parameter["type"]];
            let kind = kinds.into_iter().find_map(Value::as_str).unwrap_or_default();
            Some((parameter["name"].as_str()?.to_lowercase(), kind))
        });
        let content = self.resolve(&operation["requestBody"])["content"].as_object();
        let json = content.and_then(|content| content.iter().find(|(kind, _)| kind.contains("json")));
        let body = json.map(|(_, media)| media["schema"].clone());
        let in_body = all.clone().find(|parameter| parameter["in"] == "body");
        let body = body.or_else(|| in_body.map(|parameter| parameter["schema"].clone()));
        Some(Operation { parameters: parameters.collect(), body })
    }

    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        let pointer = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
        pointer.and_then(|pointer| self.root.pointer(pointer)).unwrap_or(value)
    }

    /// What is wrong with a body.
    pub(crate) fn body(&self, schema: &Value, body: &Value) -> Vec<String> {
        let body = &self.comparable(body);
        let compile = || Rc::new(validator(&self.root, schema));
        let validator = Rc::clone(self.bodies.borrow_mut().entry(schema.to_string()).or_insert_with(compile));
        let items = &schema["items"];
        let item = if items.is_object() { items } else { schema };
        let name = item["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()).unwrap_or_default();
        let wrong =
            validator.iter_errors(body).filter(|error| !self.mistypes(name, &error.instance_path().to_string()));
        let mut complaints: Vec<String> =
            wrong.map(|error| format!("body{}: {error}", error.instance_path())).collect();
        let known = self.resolve(item)["properties"].as_object();
        let objects = body.as_array().map_or(std::slice::from_ref(body), Vec::as_slice);
        for field in objects.iter().filter_map(Value::as_object).flat_map(Map::keys) {
            if known.is_some_and(|known| !known.contains_key(field)) && !self.takes(name, field) {
                complaints.push(format!("body field {field} is not documented"));
            }
        }
        complaints
    }
}

/// Whether a path is an instance of a template.
fn fits(template: &str, path: &str) -> bool {
    let parts = |path: &str| path.trim_matches('/').split('/').map(str::to_lowercase).collect::<Vec<_>>();
    let (template, path) = (parts(template), parts(path));
    template.len() == path.len() && template.iter().zip(&path).all(|(own, part)| own.starts_with('{') || own == part)
}

fn reference(root: &Value, schema: &str) -> String {
    let place = if root.get("definitions").is_some() { "definitions" } else { "components/schemas" };
    format!("#/{place}/{}", key(schema))
}

/// A schema's name as a part of a reference.
fn key(schema: &str) -> String {
    schema.replace(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '-'), "_")
}

/// The row of an example that is named in place of a schema.
fn example<'a>(root: &'a Value, schema: &str) -> Option<&'a Value> {
    let mut parts = schema.strip_prefix("example: ")?.split(' ');
    let (method, path, place) = (parts.next()?, parts.next()?, parts.next()?);
    let answer = &root["paths"][path][method.to_lowercase()]["responses"]["200"]["content"]["application/json"];
    let shown = answer.get("example").or_else(|| answer["examples"].as_object()?.values().next()?.get("value"))?;
    if place.is_empty() { Some(shown) } else { shown.pointer(&format!("/{place}")) }
}

/// What an example says: its fields and their types. Any of them may be null, and null says nothing.
fn of_example(example: &Value) -> Value {
    match example {
        Value::Null => json!({}),
        Value::Bool(_) => json!({"type": ["boolean", "null"]}),
        Value::Number(_) => json!({"type": ["number", "null"]}),
        Value::String(_) => json!({"type": ["string", "null"]}),
        Value::Array(items) => {
            json!({"type": ["array", "null"], "items": items.first().map_or_else(|| json!({}), of_example)})
        }
        Value::Object(fields) => {
            let properties: Map<String, Value> =
                fields.iter().map(|(name, value)| (name.clone(), of_example(value))).collect();
            json!({"type": ["object", "null"], "properties": properties})
        }
    }
}

fn properties<'a>(root: &'a Value, schema: &str) -> Option<&'a Map<String, Value>> {
    root.pointer(reference(root, schema).trim_start_matches('#'))?["properties"].as_object()
}

const MICROSOFT: &str = "microsoft.graph.";

/// Gives Microsoft's schemas what those have that they are based on. Its generator says besides that every field is an
/// object, which is true of none.
fn derive(root: &mut Value) {
    let Some(schemas) = root["components"]["schemas"].as_object().cloned() else { return };
    for (name, schema) in &schemas {
        if !name.starts_with(MICROSOFT) || !schema["allOf"][0]["$ref"].is_string() {
            continue;
        }
        let mut fields = Map::new();
        inherit(&schemas, schema, &mut fields);
        root["components"]["schemas"][name] = json!({"type": "object", "properties": fields});
    }
}

fn inherit(schemas: &Map<String, Value>, schema: &Value, fields: &mut Map<String, Value>) {
    for part in schema["allOf"].as_array().into_iter().flatten() {
        let base = part["$ref"].as_str().and_then(|reference| schemas.get(reference.rsplit('/').next()?));
        inherit(schemas, base.unwrap_or(&Value::Null), fields);
        let own = part["properties"].as_object().or_else(|| base?["properties"].as_object());
        fields.extend(own.cloned().unwrap_or_default());
    }
}

/// A validator for a schema that refers to others of the document.
fn validator(root: &Value, schema: &Value) -> Validator {
    let mut whole = schema.clone();
    for key in ["components", "definitions"] {
        if let Some(schemas) = root.get(key) {
            whole[key] = schemas.clone();
        }
    }
    whole["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    jsonschema::validator_for(&whole).unwrap_or_else(|error| panic!("a schema does not compile: {error}"))
}

/// Turns the format's dialect into JSON Schema's, everywhere.
fn adapt(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(adapt),
        Value::Object(fields) => {
            fields.values_mut().for_each(adapt);
            // Generic types' names hold characters that no reference may.
            if let Some(Value::String(reference)) = fields.get_mut("$ref") {
                *reference = reference.replace('[', "%5B").replace(']', "%5D");
            }
            // Further fields are judged apart.
            // Microsoft's generator writes "an object" for values of any kind.
            let further = fields.get("additionalProperties");
            if further.is_some_and(|further| *further == json!(false) || *further == json!({ "type": "object" })) {
                fields.remove("additionalProperties");
            }
            if fields.remove("nullable") == Some(Value::Bool(true)) {
                let own = std::mem::take(fields);
                fields.insert("anyOf".to_owned(), json!([Value::Object(own), {"type": "null"}]));
            }
        }
        _ => {}
    }
}

/// Puts the names of properties into lower case, everywhere.
fn lower_names(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(lower_names),
        Value::Object(fields) => {
            fields.values_mut().for_each(lower_names);
            if let Some(Value::Object(properties)) = fields.get_mut("properties") {
                *properties =
                    std::mem::take(properties).into_iter().map(|(key, own)| (key.to_lowercase(), own)).collect();
            }
            for name in fields.get_mut("required").and_then(Value::as_array_mut).into_iter().flatten() {
                *name = name.as_str().unwrap_or_default().to_lowercase().into();
            }
        }
        _ => {}
    }
}

fn lower_keys(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(lower_keys),
        Value::Object(fields) => {
            fields.values_mut().for_each(lower_keys);
            *fields = std::mem::take(fields).into_iter().map(|(key, own)| (key.to_lowercase(), own)).collect();
        }
        _ => {}
    }
}

/// Whether a document says of any field that it may be null.
fn tells_nulls(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(tells_nulls),
        Value::Object(fields) => {
            let kinds = fields
                .get("type")
                .map_or(&[][..], |kind| kind.as_array().map_or(std::slice::from_ref(kind), |all| all));
            fields.contains_key("nullable")
                || kinds.iter().any(|kind| kind == "null")
                || fields.values().any(tells_nulls)
        }
        _ => false,
    }
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        Value::Object(fields) => {
            fields.retain(|_, own| !own.is_null());
            fields.values_mut().for_each(drop_nulls);
        }
        _ => {}
    }
}
