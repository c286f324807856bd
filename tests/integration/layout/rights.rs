//! What each function may do on AWS, and the code that does it.
//!
//! A right that stands in the template and not here, or here without code that uses it, fails; so does code's right that
//! the template lacks. What the lists cannot say, a reader sees beside them: which lines a right is for. That rights stand
//! nowhere else is [`super::grants`].

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_yaml_ng::Value;

use super::template::{PLACE, Template, logical, plain};
use super::{OTHER_FUNCTIONS, nothing_to_do, root};

/// A right: action, resource as the template names it, and a line of code that has no use without it.
type Right = (&'static str, &'static str, &'static str, &'static str);

const TABLE: &str = "shared/store/src/dynamodb.rs";
const BATCH: &str = "shared/store/src/dynamodb/batch.rs";
const SECRETS: &str = "shared/platform/src/secrets.rs";
const CREDENTIALS: &str = "functions/settings_api/src/v1/credentials.rs";
const ISSUED_SECRETS: &str = "shared/platform/src/issued_secrets.rs";

/// Every access of the `Table` port; the engine and the API use all of them.
const WHOLE_TABLE: &[Right] = &[
    ("dynamodb:BatchGetItem", "Table.Arn", BATCH, ".batch_get_item()"),
    ("dynamodb:BatchWriteItem", "Table.Arn", BATCH, ".batch_write_item()"),
    (
        "dynamodb:ConditionCheckItem",
        "Table.Arn",
        "shared/store/src/dynamodb/transaction.rs",
        "ConditionCheck::builder()",
    ),
    ("dynamodb:DeleteItem", "Table.Arn", TABLE, ".delete_item()"),
    ("dynamodb:GetItem", "Table.Arn", TABLE, ".get_item()"),
    ("dynamodb:PutItem", "Table.Arn", TABLE, ".put_item()"),
    ("dynamodb:Query", "Table.Arn", TABLE, ".query()"),
    ("dynamodb:UpdateItem", "Table.Arn", TABLE, ".update_item()"),
];

/// `{NAME}` and `{id}` stand for the connector's names.
const CONNECTOR: &[Right] = &[
    ("dynamodb:Query", "${Table.Arn}/index/due", "shared/sync/src/engine.rs", "cross_tenant::due("),
    (
        "dynamodb:Query",
        "${Table.Arn}/index/account",
        "shared/sync/src/conversation.rs",
        "cross_tenant::connected_before(",
    ),
    ("events:PutEvents", "Bus.Arn", "shared/platform/src/bus.rs", ".put_events()"),
    ("secretsmanager:GetSecretValue", "WebhookKey", "shared/platform/src/function.rs", "read_webhook_keys()"),
    ("logs:CreateLogStream", "{NAME}Log.Arn", "shared/platform/src/tracing.rs", "tracing_subscriber::fmt::layer()"),
    ("logs:PutLogEvents", "{NAME}Log.Arn", "shared/platform/src/tracing.rs", "tracing_subscriber::fmt::layer()"),
    // Lambda takes messages for the function, with the function's own rights.
    ("sqs:DeleteMessage", "{NAME}Queue.Arn", PLACE, "FunctionResponseTypes: [ReportBatchItemFailures]"),
    ("sqs:GetQueueAttributes", "{NAME}Queue.Arn", PLACE, "FunctionResponseTypes: [ReportBatchItemFailures]"),
    ("sqs:ReceiveMessage", "{NAME}Queue.Arn", PLACE, "FunctionResponseTypes: [ReportBatchItemFailures]"),
    ("sqs:SendMessage", "{NAME}Queue.Arn", "shared/sync/src/engine.rs", "self.queue.send("),
    ("secretsmanager:DeleteSecret", SECRET, "shared/sync/src/takedown.rs", "secrets.delete("),
    ("secretsmanager:GetSecretValue", SECRET, SECRETS, ".get_secret_value()"),
];

/// What a connector may besides whose vendor issues the secrets that its pushes are proven with.
const ISSUING: &[Right] = &[
    ("secretsmanager:CreateSecret", ISSUED, ISSUED_SECRETS, "self.writer.put("),
    ("secretsmanager:DeleteSecret", ISSUED, ISSUED_SECRETS, "self.writer.delete("),
    ("secretsmanager:GetSecretValue", ISSUED, ISSUED_SECRETS, ".get_secret_value()"),
    ("secretsmanager:PutSecretValue", ISSUED, ISSUED_SECRETS, "self.writer.put("),
];

const WEBHOOKS: &[Right] = &[
    ("logs:CreateLogStream", "WebhooksLog.Arn", "functions/webhooks/src/main.rs", "platform::tracing::init("),
    ("logs:PutLogEvents", "WebhooksLog.Arn", "functions/webhooks/src/main.rs", "platform::tracing::init("),
    ("dynamodb:Query", "Table.Arn", "functions/webhooks/src/directory.rs", "store.connection("),
    ("dynamodb:UpdateItem", "Table.Arn", "functions/webhooks/src/receive.rs", "store.note_arrival("),
    ("dynamodb:Query", "${Table.Arn}/index/webhook", "functions/webhooks/src/directory.rs", "cross_tenant::addressee("),
    ("secretsmanager:GetSecretValue", "WebhookKey", "functions/webhooks/src/main.rs", "read_webhook_keys()"),
    ("secretsmanager:GetSecretValue", ALL_ISSUED, "functions/webhooks/src/receive.rs", "self.issued.of("),
];

const SETTINGS_API: &[Right] = &[
    ("logs:CreateLogStream", "SettingsApiLog.Arn", "functions/settings_api/src/main.rs", "platform::tracing::init("),
    ("logs:PutLogEvents", "SettingsApiLog.Arn", "functions/settings_api/src/main.rs", "platform::tracing::init("),
    (
        "dynamodb:Query",
        "${Table.Arn}/index/account",
        "functions/settings_api/src/v1/credentials.rs",
        "cross_tenant::connected_before(",
    ),
    (
        "dynamodb:Query",
        "${Table.Arn}/index/webhook",
        "functions/settings_api/src/consent_page.rs",
        "cross_tenant::addressee(",
    ),
    ("events:PutEvents", "Bus.Arn", "functions/settings_api/src/commands.rs", "self.bus.publish("),
    ("secretsmanager:GetSecretValue", "WebhookKey", "functions/settings_api/src/main.rs", "read_webhook_keys()"),
];

/// What the two HTTP functions may do with each connector.
const WEBHOOKS_WITH_EACH: &[Right] =
    &[("sqs:SendMessage", "{NAME}Queue.Arn", "functions/webhooks/src/receive.rs", "queue.send(")];
const SETTINGS_API_WITH_EACH: &[Right] = &[
    ("sqs:SendMessage", "{NAME}Queue.Arn", "functions/settings_api/src/commands.rs", "self.queue.send("),
    ("lambda:InvokeFunction", "{NAME}.Arn", "functions/settings_api/src/commands.rs", "self.invoker.request("),
    ("secretsmanager:CreateSecret", SECRET, CREDENTIALS, "self.secrets.put("),
    ("secretsmanager:DeleteSecret", SECRET, CREDENTIALS, "self.secrets.delete("),
    ("secretsmanager:PutSecretValue", SECRET, CREDENTIALS, "self.secrets.put("),
];

/// The secrets of one connector's connections.
const SECRET: &str =
    "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${AWS::StackName}/{id}/*";

/// What vendors issued to prove their pushes with: under a prefix of its own.
const ISSUED: &str =
    "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${AWS::StackName}/webhooks/{id}/*";
const ALL_ISSUED: &str =
    "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:${AWS::StackName}/webhooks/*";

type Rights = BTreeSet<(String, String)>;

/// The rights that code uses, each with where; a list's names are the connector's.
fn used(lists: &[&[Right]], folder: &str) -> BTreeMap<(String, String), (&'static str, &'static str)> {
    let names = |text: &str| text.replace("{NAME}", &logical(folder)).replace("{id}", &folder.replace('_', "-"));
    let all = lists.iter().flat_map(|list| list.iter());
    all.map(|&(action, resource, place, code)| ((action.to_owned(), names(resource)), (place, code))).collect()
}

fn texts(value: &Value) -> Vec<String> {
    match plain(value) {
        Value::String(text) => vec![text],
        Value::Sequence(items) => items.iter().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// What a policy document allows.
fn allowed(document: &Value) -> Rights {
    let mut rights = Rights::new();
    for statement in document["Statement"].as_sequence().unwrap() {
        assert_eq!(statement["Effect"], "Allow");
        assert!(statement.get("NotAction").is_none() && statement.get("NotResource").is_none());
        for action in texts(&statement["Action"]) {
            rights.extend(texts(&statement["Resource"]).into_iter().map(|resource| (action.clone(), resource)));
        }
    }
    rights
}

/// What a function's role allows.
fn rights_of(template: &Template, function: &str) -> Rights {
    let role = &template.resource(&format!("{function}Role")).unwrap()["Properties"];
    let mut rights = Rights::new();
    for policy in role["Policies"].as_sequence().into_iter().flatten() {
        rights.extend(allowed(&policy["PolicyDocument"]));
    }
    for policy in texts(&role["ManagedPolicyArns"]) {
        rights.extend(allowed(&template.resource(&policy).unwrap()["Properties"]["PolicyDocument"]));
    }
    rights
}

/// Whether the vendor issues the secrets that its pushes are proven with.
fn issues_secrets(folder: &str) -> bool {
    let id = folder.replace('_', "-");
    let descriptors = catalog::DESCRIPTORS.iter().copied();
    let declared =
        descriptors.filter(|descriptor| descriptor.id == id).find_map(|descriptor| descriptor.webhook.as_ref());
    declared.is_some_and(|webhook| webhook.verify.takes_issued_secret())
}

#[test]
fn no_function_may_do_what_its_code_does_not() {
    let template = Template::read();
    // Those that the template has: each of them is given rights, whether it is built already or not.
    let folders = template.functions().into_values();
    let vendors: Vec<String> = folders.filter(|folder| !OTHER_FUNCTIONS.contains(&folder.as_str())).collect();
    let of_each = |list: &[Right]| vendors.iter().flat_map(|vendor| used(&[list], vendor)).collect::<BTreeMap<_, _>>();
    let of_connector = |vendor: &String| {
        let issuing = if issues_secrets(vendor) { ISSUING } else { &[] };
        (logical(vendor), used(&[WHOLE_TABLE, CONNECTOR, issuing], vendor))
    };
    let mut expected: Vec<_> = vendors.iter().map(of_connector).collect();
    let mut webhooks = used(&[WEBHOOKS], "");
    webhooks.extend(of_each(WEBHOOKS_WITH_EACH));
    let mut settings_api = used(&[WHOLE_TABLE, SETTINGS_API], "");
    settings_api.extend(of_each(SETTINGS_API_WITH_EACH));
    expected.extend([("Webhooks".to_owned(), webhooks), ("SettingsApi".to_owned(), settings_api)]);

    let mut complaints = Vec::new();
    for (function, used) in expected {
        let rights = rights_of(&template, &function);
        for (action, resource) in rights.iter().filter(|right| !used.contains_key(*right)) {
            complaints.push(format!(
                "{PLACE}: {function} may {action} on {resource}: take it out, or name the code that does it in \
                 tests/integration/layout/rights.rs"
            ));
        }
        for ((action, resource), (place, code)) in used {
            let source = fs::read_to_string(root().join(place)).unwrap_or_default();
            if !source.contains(code) {
                complaints.push(format!(
                    "{place} has no `{code}` any more: take {action} from {function}, or correct the list"
                ));
            }
            if !rights.contains(&(action.clone(), resource.clone())) {
                complaints.push(format!("{PLACE}: {function} needs {action} on {resource}, for `{code}` in {place}"));
            }
        }
    }
    complaints.dedup();
    nothing_to_do(&complaints);
}

#[test]
fn every_function_has_a_role_of_its_own() {
    let template = Template::read();
    for function in template.functions().into_keys() {
        let role = plain(&template.resource(&function).unwrap()["Properties"]["Role"]);
        assert_eq!(role, format!("{function}Role.Arn"), "{PLACE}: SAM's own roles may more than the code does");
        assert!(template.resource(&function).unwrap()["Properties"].get("Policies").is_none());
    }
}
