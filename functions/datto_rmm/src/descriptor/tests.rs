use super::*;

#[test]
fn pasted_addresses_become_the_platform() {
    for pasted in [
        "merlot",
        " Merlot ",
        "merlot-api.centrastage.net",
        "https://merlot-api.centrastage.net",
        "https://merlot-api.centrastage.net/",
        "HTTPS://Merlot-API.CentraStage.net/api",
        "https://merlot-api.centrastage.net/api/",
        "https://merlot-api.centrastage.net/auth",
        "https://merlot-api.centrastage.net:443/api/v2/account?page=0#x",
        "https://merlot.centrastage.net/csm/login",
        "merlotrmm.centrastage.net",
    ] {
        assert_eq!(normalise_platform(pasted), "merlot", "{pasted}");
    }
    for foreign in ["https://merlot-api.evil.example/", "merlot.rmm.datto.com", "bordeaux", "", "-api"] {
        assert!(!is_platform(&normalise_platform(foreign)), "{foreign}");
    }
}

#[test]
fn names_in_the_descriptor_are_unique() {
    let feeds: Vec<_> = DESCRIPTOR.feeds().map(|(_, feed)| feed.id).collect();
    assert_eq!(feeds, ["sites", "devices", "alerts"]);
}

#[test]
fn every_feed_names_a_permission_of_the_list() {
    for (_, feed) in DESCRIPTOR.feeds() {
        assert!(DESCRIPTOR.permissions.iter().any(|permission| permission.name == feed.permission), "{}", feed.id);
    }
}

#[test]
fn half_of_the_accounts_reads_are_left_to_others() {
    let limits = connector::http::BudgetLimits::of(&DESCRIPTOR.limits, None);
    assert_eq!((limits.calls, limits.window), (300, Duration::from_secs(60)));
}

#[test]
fn the_template_to_paste_is_json_with_datto_s_variables() {
    let template: serde_json::Value = serde_json::from_str(TEMPLATE).unwrap();
    assert_eq!(template["alert_uid"], "[alert_uid]");
    assert!(WEBHOOK.contains(&TEMPLATE));
}
