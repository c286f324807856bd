//! Datto RMM's own document, build 235. It writes moments as date-times where the live API writes epoch milliseconds.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use simulators::App;

use super::{Answer, Deviation, Headers, Place, Rows, Vendor, call};

pub(super) const VENDOR: Vendor = Vendor {
    id: "datto-rmm",
    file: "datto-rmm.openapi.json",
    base: "/api",
    any_case: false,
    authorise,
    answers: &[
        get("/v2/account/sites?page=0&max=250&siteName=a", Rows::In("sites"), "Site"),
        get("/v2/account/devices?page=0&max=250&hostname=ws", Rows::In("devices"), "Device"),
        get("/v2/account/alerts/open?page=0&max=250&muted=false", Rows::In("alerts"), "Alert"),
        get("/v2/account/alerts/resolved?page=0&max=250", Rows::In("alerts"), "Alert"),
        get("/v2/account/sites?page=0", Rows::Only("pageDetails"), "PaginationData"),
        get("/v2/account/alerts/open?page=0", Rows::Only("pageDetails"), "PaginationData"),
        Answer {
            method: "PUT",
            path: "/v2/site",
            body: r#"{"name": "New Site", "description": "x", "onDemand": false}"#,
            rows: Rows::Whole,
            schema: "Site",
        },
    ],
    deviations: &[
        Deviation { place: Place::Type("Device", "lastSeen"), reason: MOMENTS },
        Deviation { place: Place::Type("Device", "lastReboot"), reason: MOMENTS },
        Deviation { place: Place::Type("Device", "lastAuditDate"), reason: MOMENTS },
        Deviation { place: Place::Type("Device", "creationDate"), reason: MOMENTS },
        Deviation { place: Place::Type("Alert", "timestamp"), reason: MOMENTS },
        Deviation { place: Place::Type("Alert", "resolvedOn"), reason: MOMENTS },
        Deviation {
            place: Place::Type("Alert", "alertContext"),
            reason: "the document's kinds of context have no field that must be there, so one value fits several",
        },
        Deviation { place: Place::Type("Alert", "actionTime"), reason: MOMENTS },
        Deviation {
            place: Place::Lacking("Device", &["udf"]),
            reason: "build 201 and every client have it; build 235 leaves it out of the schema",
        },
    ],
};

const MOMENTS: &str = "live accounts answer epoch milliseconds (card, section 8)";

const fn get(path: &'static str, rows: Rows, schema: &'static str) -> Answer {
    Answer { method: "GET", path, body: "", rows, schema }
}

fn authorise(app: &App) -> Headers {
    let keys = app.credentials();
    let basic = format!("Basic {}", STANDARD.encode("public-client:public"));
    let form = format!("grant_type=password&username={}&password={}", keys["api_key"], keys["secret_key"]);
    let (status, body) = call(app, "POST", "/auth/oauth/token", &[("authorization", basic)], form);
    assert_eq!(status, 200, "{body}");
    vec![("authorization", format!("Bearer {}", body["access_token"].as_str().unwrap()))]
}
