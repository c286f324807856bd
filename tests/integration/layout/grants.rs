//! Where a right may stand at all: in a function's own role, or in a managed policy that roles name. [`super::rights`] looks
//! there and nowhere else, so what could give a right or let others in by another way is refused here until somebody has
//! looked at it.

use std::collections::BTreeSet;

use serde_yaml_ng::Value;

use super::nothing_to_do;
use super::template::{PLACE, Template, plain};

/// Types that may carry a policy, a role or an address, with the properties that do none of that.
const LOOKED_AT: &[(&str, &[&str])] = &[
    (
        "AWS::DynamoDB::Table",
        &[
            "AttributeDefinitions",
            "BillingMode",
            "DeletionProtectionEnabled",
            "GlobalSecondaryIndexes",
            "KeySchema",
            "PointInTimeRecoverySpecification",
            "SSESpecification",
            "TimeToLiveSpecification",
        ],
    ),
    ("AWS::Events::EventBus", &["Name"]),
    // Their documents are read by the tests of rights, and below.
    ("AWS::IAM::ManagedPolicy", &["PolicyDocument"]),
    ("AWS::IAM::Role", &["AssumeRolePolicyDocument", "ManagedPolicyArns", "Policies"]),
    ("AWS::Lambda::Permission", &["Action", "FunctionName", "Principal", "SourceArn"]),
    ("AWS::SNS::Topic", &[]),
    ("AWS::SNS::Subscription", &["Endpoint", "Protocol", "TopicArn"]),
    (
        "AWS::SQS::Queue",
        &["MessageRetentionPeriod", "QueueName", "RedrivePolicy", "SqsManagedSseEnabled", "VisibilityTimeout"],
    ),
    ("AWS::SecretsManager::Secret", &["Description", "GenerateSecretString"]),
    ("AWS::Serverless::Function", FUNCTION),
];

/// Without `Policies`, which SAM would give a role of its own for, and `FunctionUrlConfig`, an address without the gateway.
const FUNCTION: &[&str] = &[
    "Architectures",
    "CodeUri",
    "Environment",
    "EventInvokeConfig",
    "Events",
    "FunctionName",
    "Handler",
    "LoggingConfig",
    "MemorySize",
    "ReservedConcurrentExecutions",
    "Role",
    "Runtime",
    "Timeout",
];

/// What invokes a function by SAM's own hand; HTTP stands in the template route by route.
const EVENTS: &[&str] = &["SQS", "Schedule"];

/// Types that give nobody anything, whatever their properties.
const HARMLESS: &[&str] = &[
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::ApiMapping",
    "AWS::ApiGatewayV2::Authorizer",
    "AWS::ApiGatewayV2::DomainName",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::Stage",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::Logs::LogGroup",
    "AWS::Route53::RecordSet",
];

fn resources(template: &Template) -> impl Iterator<Item = (&str, &str, &Value)> {
    let all = template.content["Resources"].as_mapping().unwrap().iter();
    all.map(|(name, resource)| (name.as_str().unwrap(), resource["Type"].as_str().unwrap(), &resource["Properties"]))
}

fn keys(properties: &Value) -> BTreeSet<&str> {
    properties.as_mapping().into_iter().flatten().filter_map(|(name, _)| name.as_str()).collect()
}

#[test]
fn nothing_gives_rights_or_lets_in_where_nobody_looks() {
    let template = Template::read();
    let mut complaints = Vec::new();
    for (name, kind, properties) in resources(&template) {
        match LOOKED_AT.iter().find(|(known, _)| *known == kind) {
            Some((_, known)) => {
                for property in keys(properties).into_iter().filter(|property| !known.contains(property)) {
                    complaints.push(format!(
                        "{PLACE}: {name} has {property}: if it gives no right and lets nobody in, name it in \
                         tests/integration/layout/grants.rs, else take it out"
                    ));
                }
            }
            None if HARMLESS.contains(&kind) => {}
            None => complaints.push(format!(
                "{PLACE}: {name} is the first {kind}: say in tests/integration/layout/grants.rs what it may have"
            )),
        }
        for (event, source) in properties["Events"].as_mapping().into_iter().flatten() {
            if !EVENTS.iter().any(|known| source["Type"] == *known) {
                complaints.push(format!("{PLACE}: {name} is invoked by {event:?}, which is none of {EVENTS:?}"));
            }
        }
    }
    let globals = &template.content["Globals"];
    assert_eq!(keys(globals), BTreeSet::from(["Function"]), "{PLACE}: Globals");
    for property in keys(&globals["Function"]).into_iter().filter(|property| !FUNCTION.contains(property)) {
        complaints
            .push(format!("{PLACE}: all functions have {property}: name it in tests/integration/layout/grants.rs"));
    }
    nothing_to_do(&complaints);
}

#[test]
fn roles_are_lambdas_alone_and_have_no_policies_from_elsewhere() {
    let template = Template::read();
    let lambda: Value = serde_yaml_ng::from_str(
        "{ Version: '2012-10-17', Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, \
         Action: sts:AssumeRole }] }",
    )
    .unwrap();
    let policies: BTreeSet<String> = resources(&template)
        .filter(|(_, kind, _)| *kind == "AWS::IAM::ManagedPolicy")
        .map(|(name, ..)| name.to_owned())
        .collect();
    for (name, _, role) in resources(&template).filter(|(_, kind, _)| *kind == "AWS::IAM::Role") {
        assert_eq!(role["AssumeRolePolicyDocument"], lambda, "{PLACE}: {name}: nobody but Lambda may act in it");
        for policy in plain(&role["ManagedPolicyArns"]).as_sequence().into_iter().flatten() {
            let policy = policy.as_str().unwrap_or_default();
            assert!(policies.contains(policy), "{PLACE}: {name}: {policy} is no policy of the template");
        }
    }
}

#[test]
fn others_invoke_functions_through_the_gateway_alone() {
    let template = Template::read();
    for (name, _, permission) in resources(&template).filter(|(_, kind, _)| *kind == "AWS::Lambda::Permission") {
        assert_eq!(permission["Action"], "lambda:InvokeFunction", "{PLACE}: {name}");
        assert_eq!(permission["Principal"], "apigateway.amazonaws.com", "{PLACE}: {name}");
        let source = plain(&permission["SourceArn"]);
        let own = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${HttpApi}/";
        assert!(source.as_str().is_some_and(|source| source.starts_with(own)), "{PLACE}: {name}: of this gateway only");
    }
}
