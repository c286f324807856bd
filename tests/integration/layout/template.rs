//! The template: every function in it, every block alike, every variable set, the table as the store has it.
//!
//! Who may do what is [`super::rights`].

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_yaml_ng::Value;
use store::dynamodb::schema::{EXPIRES_AT, INDEXES, PK, SK};

use super::{files, nothing_to_do, root, vendor_folders};

pub(super) const PLACE: &str = "infra/template.yaml";
/// The block that others are copies of.
const PATTERN: &str = "halo_psa";
/// Variables that only some functions need, by the function that needs them.
const OWN: &[(&str, &[&str])] = &[
    ("DEPLOYMENT_VALUES", &["Autotask", "ConnectwiseManage"]),
    ("CONSOLE_AUTH_MODE", &["SettingsApi"]),
    ("CONSOLE_ISSUER", &["SettingsApi"]),
    ("CONSOLE_CLIENT_ID", &["SettingsApi"]),
    ("CONSOLE_BASE_PATH", &["SettingsApi"]),
    ("CONSOLE_CONNECT_ORIGINS", &["SettingsApi"]),
];
/// Lines of a connector's block that may differ, by how they begin.
const DIFFERENCES: &[&str] =
    &["DEPLOYMENT_VALUES:", "ManagedPolicyArns:", "ReservedConcurrentExecutions:", "ScalingConfig:", "# "];

/// The template as it stands, functions of CloudFormation kept as tags.
pub(super) struct Template {
    text: String,
    pub(super) content: Value,
}

impl Template {
    pub(super) fn read() -> Self {
        let text = fs::read_to_string(root().join(PLACE)).unwrap();
        let content = serde_yaml_ng::from_str(&text).unwrap_or_else(|error| panic!("{PLACE}: {error}"));
        Self { text, content }
    }

    pub(super) fn resource(&self, name: &str) -> Option<&Value> {
        self.content["Resources"].get(name)
    }

    /// Functions by name, with their code's folder.
    pub(super) fn functions(&self) -> BTreeMap<String, String> {
        let resources = self.content["Resources"].as_mapping().unwrap();
        let functions = resources.iter().filter(|(_, resource)| resource["Type"] == "AWS::Serverless::Function");
        functions
            .map(|(name, resource)| {
                let code = resource["Properties"]["CodeUri"].as_str().unwrap_or_default();
                let folder = code.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
                (name.as_str().unwrap().to_owned(), folder.to_owned())
            })
            .collect()
    }

    /// A connector's part of the text, its names replaced by the pattern's, without what may differ.
    fn block(&self, folder: &str) -> Option<String> {
        let begin = self.text.find(&format!("\n  {}:\n", logical(folder)))? + 1;
        let block = &self.text[begin..];
        let end = block.find("\n\n").map_or(block.len(), |end| end + 1);
        let dashed = |name: &str| name.replace('_', "-");
        let names = [(logical(folder), logical(PATTERN)), (dashed(folder), dashed(PATTERN))];
        let own = |line: &&str| !DIFFERENCES.iter().any(|begin| line.trim_start().starts_with(begin));
        let mut block = dashed(&block[..end].lines().filter(own).collect::<Vec<_>>().join("\n"));
        for (name, pattern) in names {
            block = block.replace(&name, &pattern);
        }
        // Where a list of properties is broken depends on how long a name is.
        Some(block.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

/// `halo_psa` as the template's names are: `HaloPsa`.
pub(super) fn logical(folder: &str) -> String {
    let words = folder.split('_').map(|word| {
        let first = word.chars().next().map_or(0, char::len_utf8);
        word[..first].to_uppercase() + &word[first..]
    });
    words.collect()
}

fn deployed() -> Vec<String> {
    vendor_folders().into_iter().chain(["settings_api".to_owned(), "webhooks".to_owned()]).collect()
}

#[test]
fn every_function_is_in_the_template() {
    let functions = Template::read().functions();
    let mut complaints = Vec::new();
    for folder in deployed() {
        if functions.get(&logical(&folder)) != Some(&folder) {
            complaints.push(format!(
                "{PLACE}: add {folder}: copy the block of {PATTERN}, write {0} for {1}, {2} for {3} and {folder} for \
                 {PATTERN}, and add its queue, secrets and function where those of {1} stand in Webhooks and SettingsApi",
                logical(&folder),
                logical(PATTERN),
                folder.replace('_', "-"),
                PATTERN.replace('_', "-"),
            ));
        }
    }
    nothing_to_do(&complaints);
}

#[test]
fn connectors_differ_in_their_names_only() {
    let template = Template::read();
    let pattern = template.block(PATTERN).unwrap();
    let mut complaints = Vec::new();
    for folder in vendor_folders() {
        let block = template.block(&folder).unwrap_or_default();
        if block != pattern {
            let same = block.bytes().zip(pattern.bytes()).take_while(|(left, right)| left == right).count();
            let excerpt: String = block.chars().skip(same.saturating_sub(40)).take(100).collect();
            complaints.push(format!("{PLACE}: make the block of {folder} that of {PATTERN} again: ... {excerpt} ..."));
        }
    }
    nothing_to_do(&complaints);
}

#[test]
fn the_build_command_names_every_function() {
    let settings = fs::read_to_string(root().join(".cargo/config.toml")).unwrap();
    let command = settings.lines().find(|line| line.starts_with("ship =")).unwrap_or_default();
    let mut complaints = Vec::new();
    for folder in deployed() {
        if !command.trim_end_matches('"').split(" -p ").any(|package| package == folder) {
            complaints.push(format!(".cargo/config.toml: add `-p {folder}` to the alias `ship`"));
        }
    }
    nothing_to_do(&complaints);
}

#[test]
fn every_variable_that_is_read_is_set_and_every_one_that_is_set_is_read() {
    let template = Template::read();
    let variables = |owner: &Value| -> BTreeSet<String> {
        let set = owner["Environment"]["Variables"].as_mapping().into_iter().flatten();
        set.map(|(name, _)| name.as_str().unwrap().to_owned()).collect()
    };
    let all = variables(&template.content["Globals"]["Function"]);
    let read = documented("shared/platform/src/config.rs");
    let of_the_console = documented("shared/platform/src/console.rs");
    let mut complaints = Vec::new();
    for function in template.functions().into_keys() {
        let own = variables(&template.resource(&function).unwrap()["Properties"]);
        let set: BTreeSet<String> = all.union(&own).cloned().collect();
        let needed = read.union(&of_the_console).filter(|variable| {
            OWN.iter().find(|(name, _)| name == variable).is_none_or(|(_, owners)| owners.contains(&function.as_str()))
        });
        for missing in needed.filter(|variable| !set.contains(*variable)) {
            complaints.push(format!("{PLACE}: set {missing} for {function}, which reads it"));
        }
        for idle in set.iter().filter(|variable| !read.contains(*variable) && !of_the_console.contains(*variable)) {
            complaints.push(format!("{PLACE}: {function} is given {idle}, which nothing reads; take it out"));
        }
    }
    nothing_to_do(&complaints);
}

/// Variables in the table of a file's documentation, without those that Lambda sets and a template may not.
fn documented(place: &str) -> BTreeSet<String> {
    let source = fs::read_to_string(root().join(place)).unwrap();
    let rows = source.lines().filter_map(|line| line.strip_prefix("//! | `")?.split('`').next());
    rows.filter(|variable| !variable.starts_with("AWS_")).map(str::to_owned).collect()
}

#[test]
fn the_table_is_the_stores() {
    let template = Template::read();
    let table = &template.resource("Table").unwrap()["Properties"];
    let keys = |schema: &Value| -> Vec<String> {
        let attributes = schema.as_sequence().unwrap().iter();
        attributes.map(|key| key["AttributeName"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(keys(&table["KeySchema"]), [PK, SK]);
    assert_eq!(table["TimeToLiveSpecification"]["AttributeName"], EXPIRES_AT);
    let declared: Vec<(String, Vec<String>, Vec<String>)> = table["GlobalSecondaryIndexes"]
        .as_sequence()
        .unwrap()
        .iter()
        .map(|index| {
            let include = index["Projection"]["NonKeyAttributes"].as_sequence().unwrap().iter();
            let include = include.map(|name| name.as_str().unwrap().to_owned()).collect();
            (index["IndexName"].as_str().unwrap().to_owned(), keys(&index["KeySchema"]), include)
        })
        .collect();
    let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<String>>();
    let expected: Vec<(String, Vec<String>, Vec<String>)> = INDEXES
        .iter()
        .map(|index| {
            let keys: Vec<&str> = [index.partition].into_iter().chain(index.sort).collect();
            (index.name.to_owned(), owned(&keys), owned(index.include))
        })
        .collect();
    assert_eq!(declared, expected, "{PLACE}: declare the indexes as shared/store/src/dynamodb/schema.rs does");
}

#[test]
fn every_page_has_its_route_at_the_gateway() {
    let template = Template::read();
    let resources = template.content["Resources"].as_mapping().unwrap();
    let routes: BTreeSet<&str> = resources
        .iter()
        .filter(|(_, resource)| resource["Type"] == "AWS::ApiGatewayV2::Route")
        .filter_map(|(_, resource)| resource["Properties"]["RouteKey"].as_str())
        .collect();
    let mut complaints = Vec::new();
    // Pages and the document; the API itself has one route for all.
    for file in files("functions/settings_api/src").iter().filter(|file| !file.is_test()) {
        let source = file.read();
        for path in source.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            // The gateway writes what is left of a path in its own way, and has no route with nothing after a slash.
            let path =
                path.split_once("{*").map_or_else(|| path.to_owned(), |(before, _)| format!("{before}{{proxy+}}"));
            let route = format!("GET {path}");
            if (path == "/" || !path.ends_with('/')) && !routes.contains(route.as_str()) {
                complaints.push(format!("{PLACE}: add the route {route:?}, which {} serves", file.place));
            }
        }
    }
    nothing_to_do(&complaints);
}

#[test]
fn production_is_protected() {
    let template = Template::read();
    let table = template.resource("Table").unwrap();
    assert_eq!(table["DeletionPolicy"], "RetainExceptOnCreate");
    assert_eq!(table["UpdateReplacePolicy"], "Retain");
    let properties = &table["Properties"];
    assert_eq!(properties["BillingMode"], "PAY_PER_REQUEST");
    assert_eq!(properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true);
    assert_eq!(properties["SSESpecification"]["SSEEnabled"], true);
    assert_eq!(properties["DeletionProtectionEnabled"], yaml("!If [IsProduction, true, false]"));
    let is_production = yaml("!Equals [!Ref Environment, prod]");
    assert_eq!(template.content["Conditions"]["IsProduction"], is_production);
    let rule = &template.content["Rules"]["ProductionCallsRealVendors"];
    assert_eq!(rule["RuleCondition"], is_production);
    for must_be in ["!Equals [!Ref VendorOrigins, '']", "!Equals [!Ref VendorLimitsLifted, 'false']"] {
        let mut asserted = rule["Assertions"].as_sequence().unwrap().iter().map(|assertion| &assertion["Assert"]);
        assert!(asserted.any(|asserted| *asserted == yaml(must_be)), "{PLACE}: production must have {must_be}");
    }
}

fn yaml(text: &str) -> Value {
    serde_yaml_ng::from_str(text).unwrap()
}

/// Without tags, for a look at the text.
pub(super) fn plain(value: &Value) -> Value {
    match value {
        Value::Tagged(tagged) => plain(&tagged.value),
        Value::Sequence(items) => items.iter().map(plain).collect(),
        Value::Mapping(map) => Value::Mapping(map.iter().map(|(key, value)| (key.clone(), plain(value))).collect()),
        other => other.clone(),
    }
}
