//! Every connector of the catalogue from *Select* to *Connected*, by the page alone.

use connector::Descriptor;
use simulators::DenyAs;

use super::chromium::Chromium;
use super::person::Person;
use super::stage::Stage;

/// What a test has to know of a connector beside its descriptor.
struct Vendor {
    id: &'static str,
    /// A credential that the vendor refuses when it is wrong, by its key.
    refused: &'static str,
    /// What the page then says to do.
    remedy: &'static str,
    /// A record type that the vendor denies, as the simulator calls it.
    denied: &'static str,
}

const VENDORS: &[Vendor] = &[
    Vendor {
        id: "halo-psa",
        refused: "client_secret",
        remedy: "Check the Client Secret in Halo, then enter it again.",
        denied: "tickets",
    },
    Vendor {
        id: "connectwise-manage",
        refused: "private_key",
        remedy: "Check the credentials in ConnectWise, then enter them again.",
        denied: "tickets",
    },
    Vendor {
        id: "autotask",
        refused: "secret",
        remedy: "Check the API secret in Autotask, then enter it again.",
        denied: "tickets",
    },
    Vendor {
        id: "connectwise-asio",
        refused: "client_secret",
        remedy: "Check the Client Secret in Asio, then enter it again.",
        denied: "monitoring_states",
    },
    Vendor {
        id: "syncro",
        refused: "api_key",
        remedy: "Check the API token in Syncro, then enter it again.",
        denied: "tickets",
    },
    Vendor {
        id: "microsoft-365",
        refused: "client_secret",
        remedy: "Check the Client secret in Microsoft 365, then enter it again.",
        denied: "companies",
    },
    Vendor {
        id: "datto-rmm",
        refused: "secret_key",
        remedy: "Check the credentials in Datto RMM, then enter them again.",
        denied: "alerts",
    },
    Vendor {
        id: "stripe",
        refused: "restricted_key",
        remedy: "Check the Restricted key in Stripe, then enter it again.",
        denied: "invoices",
    },
    Vendor {
        id: "bigger-brains",
        refused: "secret_key",
        remedy: "Check the credentials in SCORM Cloud, then enter them again.",
        denied: "registrations",
    },
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_connector_is_connected_by_the_page_alone() {
    for descriptor in catalog::DESCRIPTORS {
        let Some(browser) = Chromium::start().await else { return };
        let vendor = VENDORS.iter().find(|vendor| vendor.id == descriptor.id);
        connect(browser, descriptor, vendor.unwrap_or_else(|| panic!("add {} to VENDORS", descriptor.id))).await;
    }
}

async fn connect(browser: Chromium, descriptor: &'static Descriptor, vendor: &Vendor) {
    let stage = Stage::of(&[vendor.id], 40).await;
    stage.vendor(vendor.id).deny([vendor.denied], DenyAs::Forbidden);
    let admin = Person::sign_in(browser, stage.console(), "admin").await;

    selects(&admin, descriptor).await;
    // Whoever publishes no API, or needs an administrator's hand, says so before anything is asked for.
    admin.sees(descriptor.setup[0].text).await;
    enter(&admin, &stage, descriptor, Some(vendor.refused)).await;
    admin.clicks("Next").await;
    admin.sees(vendor.remedy).await;
    enter(&admin, &stage, descriptor, None).await;
    admin.clicks("Next").await;

    admin.sees("accepted the credentials").await;
    admin.clicks("Next").await;

    let denied = descriptor.record_types.iter().find(|known| known.record_type.as_str() == vendor.denied).unwrap();
    let label = denied.label.to_lowercase();
    admin.sees(&format!("Off until {} permits it: {label}", descriptor.short_name)).await;
    admin.clicks("Next").await;

    admin.clicks("Enable").await;
    admin.sees_element(&format!("connection-card[data-key='{}'] .pill.connected", vendor.id)).await;
    admin.browser.quit().await;
    stage.end().await;
}

/// Connects without any mishap, from *Connect* to the card that says *Connected*.
pub(crate) async fn by_the_page(admin: &Person, stage: &Stage, descriptor: &'static Descriptor) {
    selects(admin, descriptor).await;
    enter(admin, stage, descriptor, None).await;
    admin.clicks("Next").await;
    admin.sees("accepted the credentials").await;
    admin.clicks("Next").await;
    admin.sees("Everything that was asked for is permitted.").await;
    admin.clicks("Next").await;
    admin.clicks("Enable").await;
    admin.sees_element(&format!("connection-card[data-key='{}'] .pill.connected", descriptor.id)).await;
}

/// What a connector of the catalogue says of itself.
pub(crate) fn descriptor(id: &str) -> &'static Descriptor {
    let mut all = catalog::DESCRIPTORS.iter().copied();
    all.find(|descriptor| descriptor.id == id).unwrap_or_else(|| panic!("{id} is not in the catalogue"))
}

async fn selects(admin: &Person, descriptor: &Descriptor) {
    admin.clicks_in(&format!("//available-card[@data-key='{}']", descriptor.id), "Connect").await;
    admin.sees(&format!("Set up {}", descriptor.name)).await;
}

/// Fills in the form with what the simulated vendor's tenant knows, one field of it wrong if so asked.
pub(crate) async fn enter(person: &Person, stage: &Stage, descriptor: &Descriptor, wrong: Option<&str>) {
    let values = stage.vendor(descriptor.id).credentials();
    for field in descriptor.credentials {
        let Some(value) = values.get(field.key) else { continue };
        let value = if wrong == Some(field.key) { format!("not-{value}") } else { value.clone() };
        match field.choices.iter().find(|(choice, _)| *choice == value) {
            Some((_, label)) => person.chooses(field.label, label).await,
            None => person.types(field.label, &value).await,
        }
    }
}
