//! One connector's real handler against its simulator, over every socket that there is.

use connector::{CredentialValues, Credentials};
use domain::options::{AutoImport, CompanyImport, Options, RoleChoice};
use platform::clock::SystemClock;
use secrecy::SecretString;
use store::TenantStore;
use store::activity::By;
use store::connection::{AccountRef, CredentialSet, SecretMeta, Settings, Versioned, Wake};
use sync::ports::{Clock as _, SecretRef};

use super::*;

/// Connects the seeded tenant as the settings API does.
pub(super) async fn connect(stack: &Stack, connector: &'static dyn Connector) -> TenantStore {
    let store = TenantStore::new(Arc::new(stack.table().clone()), tenant::id());
    let descriptor = connector.descriptor();
    let (id, connection) = (ConnectorId::from(descriptor.id), descriptor.id.into());
    let entered: CredentialValues = stack
        .vendors()
        .get(&id)
        .unwrap()
        .credentials()
        .into_iter()
        .map(|(key, value)| (key, SecretString::from(value)))
        .collect();
    let tenant = tenant::id();
    let command = Command::Authenticate { tenant: tenant.clone(), connection, values: entered.clone() };
    let Reply::Authenticated { account } = stack.invoke(&id, &command).await.unwrap() else { panic!("refused") };
    let credentials = Credentials::sort(descriptor, &entered);
    let connection = descriptor.id.into();
    let secret = SecretRef { tenant, connector: id.clone(), connection };
    let version = stack.services().unwrap().secret_writer().put(&secret, credentials.secrets()).await.unwrap();
    let now = SystemClock.now();
    let meta = |key: &String| (key.clone(), SecretMeta { last4: String::new(), set_at: now });
    let auto_import =
        AutoImport { enabled: true, default_role: Some(RoleChoice::Role("standard".into())), ..AutoImport::default() };
    let settings = Settings {
        credentials: Some(CredentialSet {
            open: credentials.open().clone(),
            secrets: credentials.secrets().keys().map(meta).collect(),
            version,
        }),
        account: Some(AccountRef { id: account.id, name: account.name }),
        options: Options { company_import: CompanyImport::All, auto_import, ..Options::initial() },
        options_saved: true,
        tested_at: Some(now),
        connected_at: Some(now),
        enabled_at: Some(now),
        ..Settings::new(id)
    };
    let wake = Wake { due_at: Some(now), re_evaluate: false };
    store
        .save_settings(&secret.connection, &Versioned { value: settings, version: 0 }, &wake, By::System)
        .await
        .unwrap();
    store
}

#[tokio::test]
async fn an_import_goes_through_every_socket_and_survives_fresh_environments() {
    let simulated = Simulated { names: vec!["halo-psa".to_owned()], scale: 60, ..Simulated::default() };
    let options =
        StackOptions { connectors: vec![&halo_psa::CONNECTOR], simulated: Some(simulated), ..StackOptions::default() };
    let stack = Stack::start(options).await.unwrap();
    let id = ConnectorId::from("halo-psa");
    let store = connect(&stack, &halo_psa::CONNECTOR).await;
    assert_eq!(stack.tick(&id).await.unwrap(), 1);
    stack.rebuild().unwrap();
    let outcome = stack.drain(&id).await.unwrap();
    assert!(outcome.messages > 0 && outcome.failed == 0, "{outcome:?}");
    let runs = store.runs(&"halo-psa".into(), 10, None).await.unwrap().items;
    let created: u64 = runs.iter().flat_map(|run| run.records.values()).map(|counts| counts.created).sum();
    assert!(created > 60, "{runs:#?}");
    assert!(!stack.aws().published().is_empty(), "companies and users were announced");
    stack.stop().await;
}
