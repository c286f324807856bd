//! `/v1`: one file per noun. Each lists its routes with the permission that they need.

use crate::routes::Routes;

mod account;
mod activity;
mod alerts;
mod api_usage;
mod billing;
mod blocked_companies;
mod choices;
mod companies;
mod connection_tests;
mod connectors;
mod consent;
mod counts;
mod courses;
mod credentials;
mod current_run;
mod defaults;
mod deletions;
mod devices;
mod disconnecting;
mod duplicates;
mod enabling;
mod explain;
mod import_preview;
mod integration;
mod integrations;
mod issues;
mod links;
mod mapping;
mod me;
mod mirrored;
mod monitoring;
mod options;
mod quarantine;
mod quick_match;
mod records;
mod roles;
mod runs;
mod saving;
mod secure_score;
mod support;
mod sync;
mod technicians;
mod tickets;
mod training;
mod two_way;
mod users;
mod vendor_companies;
mod waiting;
mod webhook;

/// Every route of the API.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .merge(me::routes())
        .merge(connectors::routes())
        .merge(integrations::routes())
        .merge(credentials::routes())
        .merge(connection_tests::routes())
        .merge(options::routes())
        .merge(choices::routes())
        .merge(enabling::routes())
        .merge(account::routes())
        .merge(deletions::routes())
        .merge(disconnecting::routes())
        .merge(sync::routes())
        .merge(runs::routes())
        .merge(issues::routes())
        .merge(quarantine::routes())
        .merge(records::routes())
        .merge(vendor_companies::routes())
        .merge(companies::routes())
        .merge(links::routes())
        .merge(consent::routes())
        .merge(secure_score::routes())
        .merge(quick_match::routes())
        .merge(defaults::routes())
        .merge(duplicates::routes())
        .merge(billing::routes())
        .merge(blocked_companies::routes())
        .merge(roles::routes())
        .merge(devices::routes())
        .merge(alerts::routes())
        .merge(users::routes())
        .merge(tickets::routes())
        .merge(technicians::routes())
        .merge(courses::routes())
        .merge(training::routes())
        .merge(webhook::routes())
        .merge(activity::routes())
        .merge(import_preview::routes())
        .merge(explain::routes())
        .merge(mapping::routes())
        .merge(waiting::routes())
        .merge(support::routes())
}
