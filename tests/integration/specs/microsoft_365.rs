//! Microsoft's document of Graph v1.0, 2023, trimmed.

use std::collections::{BTreeMap, BTreeSet};

use simulators::App;

use super::{Answer, Deviation, Headers, Place, Rows, Vendor, call, folder, rows};

const SCORE: &str = "microsoft.graph.secureScore";
const PROFILE: &str = "microsoft.graph.secureScoreControlProfile";
const CUSTOMER: &str = "microsoft.graph.delegatedAdminCustomer";
const DOMAIN: &str = "microsoft.graph.domain";

pub(super) const VENDOR: Vendor = Vendor {
    id: "microsoft-365",
    file: "microsoft-graph.openapi.yaml",
    base: "/v1.0",
    any_case: false,
    authorise,
    answers: &[
        get("/organization", "microsoft.graph.organization"),
        get("/tenantRelationships/delegatedAdminCustomers?$top=3&$count=true", CUSTOMER),
        get("/contracts?$top=3", "microsoft.graph.contract"),
        get("/security/secureScores?$top=3", SCORE),
        get("/security/secureScoreControlProfiles", PROFILE),
        Answer { rows: Rows::Whole, ..get("/security/secureScoreControlProfiles/AdminMFAV2", PROFILE) },
        get("/subscribedSkus", "microsoft.graph.subscribedSku"),
        get("/domains", DOMAIN),
        Answer { rows: Rows::Whole, ..get("/domains/acmemsp.example", DOMAIN) },
    ],
    deviations: &[
        Deviation {
            place: Place::Lacking(CUSTOMER, &["@odata.etag"]),
            reason: "the card: an annotation that every customer carries",
        },
        Deviation {
            place: Place::Type(DOMAIN, "state"),
            reason: "the card: null unless something is under way with it",
        },
    ],
};

const fn get(path: &'static str, schema: &'static str) -> Answer {
    Answer { method: "GET", path, body: "", rows: Rows::In("value"), schema }
}

/// The partner's own token: it reads the partner's lists, and the partner's own scores.
fn authorise(app: &App) -> Headers {
    let credentials = app.credentials();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", credentials["client_id"].as_str()),
        ("client_secret", credentials["client_secret"].as_str()),
        ("scope", "https://graph.microsoft.com/.default"),
    ];
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let path = format!("/{}/oauth2/v2.0/token", credentials["tenant_id"]);
    let (status, answer) = call(app, "POST", &path, &[], body);
    assert_eq!(status, 200, "{answer}");
    vec![("authorization", format!("Bearer {}", answer["access_token"].as_str().unwrap()))]
}

/// Types of Microsoft's metadata (CSDL), which is three years newer than the document: what each is based on, and its own
/// properties.
fn metadata(xml: &str) -> BTreeMap<String, (Option<String>, BTreeSet<String>)> {
    let attribute = |line: &str, name: &str| {
        let (_, rest) = line.split_once(&format!(" {name}=\""))?;
        Some(rest.split('"').next()?.to_owned())
    };
    let mut types: BTreeMap<String, (Option<String>, BTreeSet<String>)> = BTreeMap::new();
    let mut current = String::new();
    for line in xml.lines().map(str::trim) {
        let Some(name) = attribute(line, "Name") else { continue };
        if line.starts_with("<EntityType") || line.starts_with("<ComplexType") {
            let base = attribute(line, "BaseType").map(|base| base.replace("graph.", ""));
            types.entry(name.clone()).or_default().0 = base;
            current = name;
        } else if line.starts_with("<Property") || line.starts_with("<NavigationProperty") {
            types.entry(current.clone()).or_default().1.insert(name);
        }
    }
    types
}

#[test]
fn names_are_those_of_microsofts_newest_metadata() {
    let Some(folder) = folder() else {
        println!("skipped: VENDOR_SPECS is not set");
        return;
    };
    let types = metadata(&std::fs::read_to_string(folder.join("microsoft-graph.csdl.xml")).unwrap());
    let app = VENDOR.app();
    let headers = authorise(&app);
    let mut strangers = BTreeSet::new();
    for answer in VENDOR.answers {
        let name = answer.schema.rsplit('.').next().unwrap();
        let mut known = BTreeSet::new();
        let mut of = Some(name.to_owned());
        while let Some((base, own)) = of.and_then(|of| types.get(&of)) {
            known.extend(own);
            of = base.clone();
        }
        assert!(known.len() > 2, "{name} is not in the metadata");
        let (_, body) = call(&app, answer.method, &format!("{}{}", VENDOR.base, answer.path), &headers, answer.body);
        for row in rows(&body, answer.rows).unwrap() {
            let fields = row.as_object().unwrap().keys().filter(|field| !field.starts_with('@'));
            strangers.extend(fields.filter(|field| !known.contains(field)).map(|field| format!("{name}.{field}")));
        }
    }
    assert_eq!(strangers, BTreeSet::new());
}
